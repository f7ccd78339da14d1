"""A route's answer as a file to take along: GPX for phones and receivers, GeoJSON for maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from typing import Any

import orjson
import shapely

from api.base.i18n import translate
from api.roads.gpx import Waypoint, write_gpx
from api.roads.planners import ReadyPlanner
from api.roads.words import ENDED, HAZARDS, hazard_texts, on_part
from geo.core.messages import Message, message
from models.risk.class_limits import Band, Support, band_label, scale_text
from models.routes.answer import RouteAnswer


def as_gpx(answer: RouteAnswer, names: Sequence[str], ready: ReadyPlanner, made: datetime, lang: str) -> bytes:
    """Return a GPX 1.1 document: the route as a track, and a waypoint at either end of each of the worst segments.

    The description says first, as the title does, that the period is over where it is on the day of `made`; then come
    the hazard areas on the way, what the figures are and what must be kept in mind, since a phone shows nothing else of
    the answer.
    """
    title = " – ".join(names)
    if answer.synthetic:
        title = translate(message("SYNTHETIC: {title}", title=title), lang)
    mark, past = answer.window.mark(made.date()), answer.window.notice(made.date())
    if mark is not None:
        title = translate(message("{mark}: {title}", mark=mark, title=title), lang)
    first = () if past is None else (past,)
    limits = (scale_text(Support.ROAD, ready.assessment.target),) if answer.worst else ()
    said = dict.fromkeys((*first, *_hazards(answer), *_figures(answer, ready), *limits, *answer.caveats))
    line = shapely.get_coordinates(answer.geometry)
    return write_gpx(title, " ".join(translate(each, lang) for each in said), made, _ends(answer, lang), line)


def _hazards(answer: RouteAnswer) -> Iterator[Message]:
    for heading, areas in ((HAZARDS, answer.hazard_areas), (ENDED, answer.ended_areas)):
        if areas:
            yield message("{heading}: {areas}.", heading=heading, areas=reduce(_and, hazard_texts(areas)))


def _and(one: Message, more: Message) -> Message:
    return message("{one}; {more}", one=one, more=more)


def _figures(answer: RouteAnswer, ready: ReadyPlanner) -> Iterator[Message]:
    if answer.expected_incidents is not None:
        yield message(
            "Expected recorded incidents within {km} km of the road, from {start} to {end} (excluded): {figure}.",
            km=round(answer.corridor_km, 1),
            start=answer.start,
            end=answer.end,
            figure=on_part(
                _interval(answer.expected_incidents, answer.low, answer.high), answer.known_km, answer.length_km
            ),
        )
    if answer.duration_min is not None:
        hours, minutes = divmod(round(answer.duration_min), 60)
        yield message("Assumed time: about {hours} h {minutes} min.", hours=hours, minutes=minutes)
    yield message(
        "Newest record: {date}. Sources: {sources}.",
        date=answer.newest,
        sources=(*ready.assessment.about["sources"], ready.network.source),
    )


def _interval(value: float, low: float | None, high: float | None) -> Message:
    """Return a figure with its interval, where there is one."""
    short = float(f"{value:.2g}")
    if low is None or high is None:
        return message("{value}", value=short)
    return message("{value} (90 % of the outcomes: {low} to {high})", value=short, low=int(low), high=int(high))


def _ends(answer: RouteAnswer, lang: str) -> Iterator[Waypoint]:
    by_id = {each.segment_id: each for each in reversed(answer.segments)}
    segments = [by_id[name] for name in answer.worst if name in by_id]
    for number, segment in enumerate(segments, start=1):
        coordinates = shapely.get_coordinates(segment.geometry)
        described = message(
            "km {from_km} to {to_km}: expected recorded incidents in {days} days: {figure}; band {band} (per 100 km of "
            "road). Absence of records is not absence of hazard.",
            from_km=round(segment.from_km, 1),
            to_km=round(segment.to_km, 1),
            days=answer.horizon_days,
            figure="–" if segment.expected is None else _interval(segment.expected, segment.low, segment.high),
            band=band_label(Band(segment.band)),
        )
        names = (message("{number} begins", number=number), message("{number} ends", number=number))
        for (lon, lat), name in zip((coordinates[0], coordinates[-1]), names, strict=True):
            yield Waypoint(
                float(lon),
                float(lat),
                translate(name, lang),
                translate(described, lang),
                translate(message("segment with one of the highest rates"), lang),
                "Flag, Red" if number == 1 else "Flag, Blue",
            )


def as_geojson(answer: dict[str, Any]) -> bytes:
    """Return an answer of `api.roads.answers.answer_json` as a FeatureCollection: the route, its segments and the
    other routes; everything that holds for all of them stands in the member ``sira``."""
    segments, alternatives, incidents = (answer[name] for name in ("segments", "alternatives", "incidents"))
    apart = ("geometry", "segments", "alternatives", "incidents")
    whole = {name: value for name, value in answer.items() if name not in apart}
    features = [
        _feature("route", "route", answer["geometry"], {name: whole[name] for name in _ROUTE}),
        *(_feature(f"segment-{number}", "segment", each["geometry"], each) for number, each in enumerate(segments)),
        *(
            _feature(f"alternative-{number}", "alternative", each["geometry"], each)
            for number, each in enumerate(alternatives)
        ),
        *(_feature(f"incident-{each['id']}", "incident", each["geometry"], each) for each in incidents),
    ]
    return orjson.dumps({"type": "FeatureCollection", "sira": whole, "features": features})


_ROUTE = (
    *("window", "period", "hazard_areas", "ended_areas", "length_km", "known_km", "duration_min", "profile", "season"),
    *("expected_incidents", "probability_any", "synthetic", "schematic"),
)


def _feature(name: str, part: str, geometry: Any, properties: dict[str, Any]) -> dict[str, Any]:
    told = {"part": part} | {key: value for key, value in properties.items() if key != "geometry"}
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": told}
