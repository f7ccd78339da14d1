"""A `RouteAnswer` as JSON: every number with its period, source, precision and interval; words in the reader's
language; of single incidents, only what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import orjson
import shapely

from api.base.access import Caller, visible_incidents
from api.base.class_legend import classes
from api.base.i18n import translate
from api.layers.encode import MOST_DECIMALS, geojson_geometries, json_value
from api.layers.labels import HAZARD_STATUSES
from api.layers.points import DATE_FORMATS
from api.layers.risk import MODEL_ADDRESS, notices, window_json
from api.roads.planners import ReadyPlanner
from geo.core.crs import TO_METRIC
from geo.core.messages import Message
from geo.hazards.schema import HazardStatus
from models.risk.class_limits import Band, Support, band_label
from models.risk.target import Target, target_title
from models.risk.windows import Window
from models.routes import words as words
from models.routes.answer import (
    Alternative,
    Coverage,
    Nearby,
    Passages,
    PlaceRisk,
    RouteAnswer,
    RouteSegment,
    Snapped,
    Unknown,
)
from models.routes.words import COVERAGE

#: Latest incidents shown; the answer says how many there are.
MOST_INCIDENTS: Final = 20
#: Share of outcomes that an interval holds.
INTERVAL: Final = 0.9
#: Why nothing is said of a stretch, beside that it is not assessed.
OUTSIDE_COUNTRY: Final = "outside_country"
_DIGITS: Final = 3
_KM_DECIMALS: Final = 3
_SHARE_DECIMALS: Final = 3

#: Columns of the incident table that an answer shows, as the layer of incidents does.
_INCIDENT_COLUMNS: Final = (
    "event_id",
    "source",
    "source_id",
    "date_precision",
    "location_precision",
    "location_error_km",
    "hazard_type",
    "outcome",
    "place_name",
    "synthetic",
)


def answer_json(answer: RouteAnswer, ready: ReadyPlanner, caller: Caller, lang: str, today: date) -> dict[str, Any]:
    """Return the answer as `api.roads.schemas` documents it; `orjson` writes it."""
    return {
        "hazard_areas": [_hazard(each, lang) for each in answer.hazard_areas],
        "ended_areas": [_hazard(each, lang) for each in answer.ended_areas],
        **about_answer(ready, answer.caveats, answer.start, answer.end, lang, today),
        "horizon_days": answer.horizon_days,
        "profile": answer.travel.vehicle,
        "season": answer.travel.season,
        "schematic": answer.schematic,
        "corridor_km": _km(answer.corridor_km),
        "widest_corridor_km": _km(answer.widest_km),
        "length_km": _km(answer.length_km),
        "known_km": _km(answer.known_km),
        "unknown": [_unknown(each) for each in answer.unknown],
        "duration_min": _minutes(answer.duration_min),
        "expected_incidents": estimate(answer.expected_incidents, answer.low, answer.high),
        "probability_any": round_significant(answer.probability_any),
        "frequency_12_months": round_significant(answer.frequency),
        "share_not_assessed": _share(answer.share_not_assessed),
        "share_under_observed": _share(answer.share_under_observed),
        "share_off_network": _share(answer.share_off_network),
        "ferries": answer.ferries,
        "waypoints": [snapped_json(each) for each in answer.snapped],
        "segments": [segment_json(each, lang) for each in answer.segments],
        "worst": list(answer.worst),
        "alternatives": [_alternative(each, lang) for each in answer.alternatives],
        "passages": _passages(answer.passages),
        "places": [_nearby(each) for each in answer.places],
        "airstrips": [_nearby(each) for each in answer.airstrips],
        "incidents_in_corridor": len(answer.incidents),
        "incidents": _incidents(answer, ready, caller),
        "geometry": _geometry(answer.geometry),
    }


def place_json(risk: PlaceRisk, ready: ReadyPlanner, lang: str, today: date) -> dict[str, Any]:
    """Return what is expected around a place."""
    return {
        **about_answer(ready, risk.caveats, risk.start, risk.end, lang, today),
        "horizon_days": risk.horizon_days,
        "place_id": risk.place_id,
        "name": risk.name,
        "kind": risk.kind,
        "radius_km": _km(risk.radius_km),
        "known_share": _share(risk.known_share),
        "expected_incidents": estimate(risk.expected_incidents, risk.low, risk.high),
        "probability_any": round_significant(risk.probability_any),
        "incidents_behind": risk.n_incidents,
        "last_incident": json_value(risk.last_incident),
        "coverage": risk.coverage.value,
        "coverage_label": translate(COVERAGE[risk.coverage], lang),
    }


def about_answer(
    ready: ReadyPlanner, caveats: tuple[Message, ...], start: date, end: date, lang: str, today: date
) -> dict[str, Any]:
    """Return what holds for every number of an answer."""
    assessment = ready.assessment
    window = Window(start, end, assessment.newest)
    past = window.notice(today)
    said = (*(() if past is None else (past,)), *caveats, *notices(assessment, today, window=window))
    return {
        "lang": lang,
        "synthetic": assessment.synthetic,
        "revision": assessment.revision,
        "target": assessment.target.value,
        "target_label": translate(target_title(assessment.target), lang),
        "explosive": assessment.target is not Target.CONFLICT,
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "data_until": assessment.newest.isoformat(),
        **window_json(window, today, lang),
        "interval": INTERVAL,
        **classes(Support.ROAD, assessment.target, lang),
        "sources": [{"name": name} for name in (*assessment.about["sources"], ready.network.source)],
        "model": MODEL_ADDRESS,
        "caveats": list(dict.fromkeys(translate(each, lang) for each in said)),
    }


def estimate(value: float | None, low: float | None, high: float | None) -> dict[str, float | None] | None:
    """Return an expectation with the counts between which `INTERVAL` of the outcomes lie; None without an estimate.

    The counts are None where nearly all of the outcomes are 0; see `models.routes.segments.count_interval`.
    """
    if value is None:
        return None
    return {"value": round_significant(value), "low": round_significant(low), "high": round_significant(high)}


def round_significant(value: float | None, digits: int = _DIGITS) -> float | None:
    """Return `value` with that many significant digits: rounding must not make a zero.

    Examples
    --------
    >>> round_significant(0.00123456), round_significant(1234.5), round_significant(None)
    (0.00123, 1230.0, None)
    """
    return None if value is None else float(f"{value:.{digits}g}")


def _km(value: float) -> float:
    return round(float(value), _KM_DECIMALS)


def _minutes(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)


def _share(value: float) -> float:
    return round(float(value), _SHARE_DECIMALS)


def _geometry(shape: shapely.Geometry) -> orjson.Fragment | None:
    return geojson_geometries(np.array([shape], dtype=object), decimals=MOST_DECIMALS)[0]


def snapped_json(each: Snapped) -> dict[str, Any]:
    """Return a waypoint as an answer holds it."""
    return {
        "asked": [round(each.lon, 6), round(each.lat, 6)],
        "on_network": [round(each.on_lon, 6), round(each.on_lat, 6)],
        "distance_km": _km(each.distance_km),
    }


def segment_json(each: RouteSegment, lang: str) -> dict[str, Any]:
    """Return a segment as an answer holds it."""
    return {
        "segment_id": each.segment_id or None,
        "from_km": _km(each.from_km),
        "to_km": _km(each.to_km),
        "share": _share(each.share),
        "ref": each.ref,
        "name": each.name,
        # Not rounded: the segments add up to the route.
        "expected_incidents": None
        if each.expected is None
        else {"value": each.expected, "low": round_significant(each.low), "high": round_significant(each.high)},
        "probability_any": round_significant(each.probability_any),
        "relative_rate": round_significant(each.relative_rate),
        "band": each.band,
        "band_label": translate(band_label(Band(each.band)), lang),
        "incidents_behind": each.n_incidents,
        "last_incident": json_value(each.last_incident),
        "imprecise_share": None if each.imprecise_share is None else _share(each.imprecise_share),
        "coverage": Coverage(each.coverage).value,
        "coverage_label": translate(words.ABROAD if each.abroad else COVERAGE[Coverage(each.coverage)], lang),
        "outside_country": each.abroad,
        "corridor_km": _km(each.corridor_km),
        "schematic": each.schematic,
        "ferry": each.ferry,
        "geometry": _geometry(each.geometry),
    }


def _alternative(each: Alternative, lang: str) -> dict[str, Any]:
    return {
        "kind": each.kind.value,
        "label": translate(each.label, lang),
        "length_km": _km(each.length_km),
        "known_km": _km(each.known_km),
        "duration_min": _minutes(each.duration_min),
        "expected_incidents": estimate(each.expected_incidents, each.low, each.high),
        "probability_any": round_significant(each.probability_any),
        "share_not_assessed": _share(each.share_not_assessed),
        "share_under_observed": _share(each.share_under_observed),
        "worst": list(each.worst),
        "passages": _passages(each.passages),
        "geometry": _geometry(each.geometry),
    }


def _passages(each: Passages | None) -> dict[str, Any] | None:
    if each is None:
        return None
    return {
        "expected_incidents": estimate(each.expected, each.low, each.high),
        "counted_share": _share(each.counted_share),
        "probability_lower_than_fastest": round_significant(each.better_than_fastest),
        "marked": each.better,
    }


def _unknown(each: Unknown) -> dict[str, Any]:
    return {
        "from_km": _km(each.from_km),
        "to_km": _km(each.to_km),
        "why": OUTSIDE_COUNTRY if each.abroad else Coverage.NOT_ASSESSED.value,
    }


def _hazard(each: Nearby, lang: str) -> dict[str, Any]:
    return _nearby(each) | {"status_label": translate(HAZARD_STATUSES[HazardStatus(each.detail)], lang)}


def _nearby(each: Nearby) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "kind": each.detail,
        "at_km": _km(each.at_km),
        "distance_km": _km(each.distance_km),
    }


def _incidents(answer: RouteAnswer, ready: ReadyPlanner, caller: Caller) -> list[dict[str, Any]]:
    """Return the latest incidents in the corridor as `caller` may see them.

    Where they lie along the route is measured from the position that is shown: from a distance to an exact position,
    asked for along several routes, the position could be worked out.
    """
    if not answer.incidents:
        return []
    latest = list(dict.fromkeys(each.id for each in answer.incidents))[:MOST_INCIDENTS]
    reports = ready.incidents[ready.incidents["event_id"].isin(latest)]
    return described_incidents(reports, answer.geometry, caller, ready.secret)


def described_incidents(
    incidents: gpd.GeoDataFrame, line: shapely.LineString, caller: Caller, secret: bytes
) -> list[dict[str, Any]]:
    """Return rows of an incident table as `caller` may see them, newest first, and where along `line` (lon, lat)."""
    if incidents.empty:
        return []
    # Sorted by the ids that are shown: in the order of those behind them, pseudonyms would say which is which.
    visible = visible_incidents(incidents, caller, secret=secret).sort_index()
    visible = visible.sort_values(["date", "event_id"], ascending=False)
    metric_line, metric_points = (
        shapely.transform(shape, TO_METRIC.transform, interleaved=False)
        for shape in (line, visible.geometry.to_numpy())
    )
    along = shapely.line_locate_point(metric_line, metric_points) / 1000
    away = shapely.distance(metric_line, metric_points) / 1000
    points = geojson_geometries(visible.geometry.to_numpy(), decimals=MOST_DECIMALS)
    rows: list[Mapping[str, Any]] = visible[list(_INCIDENT_COLUMNS)].to_dict(orient="records")
    return [
        {
            "id": str(name),
            "date": day.strftime(DATE_FORMATS[row["date_precision"]]),
            **{column: json_value(value) for column, value in row.items()},
            "at_km": json_value(round(float(at), 1)),
            "distance_km": json_value(round(float(far), 1)),
            "geometry": point,
        }
        for name, day, row, at, far, point in zip(
            visible.index, visible["date"], rows, along, away, points, strict=True
        )
    ]
