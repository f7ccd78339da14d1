"""``sira route``: what is recorded along a route, as a text to read, and as GPX or GeoJSON to take along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import click
import orjson

from api.base.access import OPERATOR
from api.base.assessments import Shelf, make_assessment, today
from api.base.query_parameters import parse_lang
from api.bulletin.pdf import write_pdf
from api.bulletin.route_page import RouteSheet, route_page
from api.commands.session import Session, pass_session
from api.roads.answers import answer_json
from api.roads.fields import PARSERS
from api.roads.files import as_geojson, as_gpx
from api.roads.planners import ReadyPlanner, make_ready
from api.roads.report import Report
from api.roads.requests import MOST_TRACK_BYTES, names_of, parse_route_texts, parse_track_body
from api.roads.stops import plan_route, plan_track, resolve_stops
from geo.boundaries.places import Gazetteer
from geo.core.errors import FileError, ParameterError
from geo.core.messages import message
from geo.core.replacing import replacing
from geo.roads.travel import SEASONS
from models.risk.target import Target
from models.routes.answer import RouteAnswer

_Answered: TypeAlias = tuple[RouteAnswer, tuple[str, ...], ReadyPlanner]

_EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("start", required=False)
@click.argument("end", required=False)
@click.option("--via", multiple=True, help="Étape, répétable / a place on the way, repeatable.")
@click.option(
    "--track",
    type=_EXISTING,
    default=None,
    help="Trace GPX ou GeoJSON à évaluer / a track to assess.",
)
@click.option("--target", default=None, help="ied | erw | conflict")
@click.option("--truck", is_flag=True, help="Camion / truck.")
@click.option("--month", default=None, help="Mois de départ, 1-12 ou AAAA-MM / month of departure.")
@click.option("--season", type=click.Choice(SEASONS), default=None, help="Saison / season.")
@click.option("--days", "horizon_days", default=None, help="Jours / days of the forecast.")
@click.option("--corridor", "corridor_km", default=None, help="km de part et d’autre / km to each side.")
@click.option("--snap", "max_snap_km", default=None, help="km jusqu’à la route / most km to the road.")
@click.option("--minutes-per-incident", default=None, help="Détour en minutes par incident / minutes of detour.")
@click.option(
    "--exclude", multiple=True, help="Tronçon à éviter (identifiant), ou fichier GeoJSON / a road edge's id, or a file."
)
@click.option("--traffic", type=_EXISTING, default=None, help="Comptages de trafic par tronçon (CSV) / traffic counts.")
@click.option("--gpx", type=_FILE, default=None, help="Fichier GPX à écrire / GPX file to write.")
@click.option("--geojson", type=_FILE, default=None, help="Fichier GeoJSON à écrire / GeoJSON file to write.")
@click.option("--pdf", type=_FILE, default=None, help="Fiche PDF d’une page à écrire / one page of PDF to write.")
@click.option("--lang", default=None, help="fr | en")
@pass_session
def route(
    session: Session,
    /,
    start: str | None,
    end: str | None,
    via: tuple[str, ...],
    track: Path | None,
    exclude: tuple[str, ...],
    truck: bool,
    traffic: Path | None,
    gpx: Path | None,
    geojson: Path | None,
    pdf: Path | None,
    lang: str | None,
    **options: str | None,
) -> None:
    """Itinéraire de START à END : incidents recensés, tronçons, autres routes / a route and what is recorded on it.

    Un lieu est un nom ou « lon,lat » / a place is a name or "lon,lat".
    """
    if lang is not None:
        session.lang = parse_lang(lang)
    texts = {name: value for name, value in options.items() if value is not None}
    if truck:
        texts["profile"] = "truck"
    if track is None:
        answer, names, ready = _planned(session, start, end, via, exclude, texts, traffic)
    elif start or end or via or exclude:
        raise ParameterError(
            message("track: a track is assessed as it lies; places and exclusions do not go with it."),
            parameter="track",
        )
    else:
        answer, names, ready = _assessed(session, track, texts, traffic)
    click.echo(Report(answer, names, ready, session.lang).text(), nl=False)
    if gpx is not None:
        gpx.write_bytes(as_gpx(answer, names, ready, datetime.now(UTC), session.lang))
    if geojson is not None:
        geojson.write_bytes(as_geojson(answer_json(answer, ready, OPERATOR, session.lang, today())))
    if pdf is not None:
        sheet = RouteSheet(answer, names, ready, OPERATOR, today())
        body = write_pdf(route_page(sheet, session.lang))
        with replacing(pdf, suffix=".pdf", overwrite=True) as part:
            part.write_bytes(body)
    for file in (gpx, geojson, pdf):
        if file is not None:
            session.say(message("Written: {file}", file=str(file)))


def _planned(
    session: Session,
    start: str | None,
    end: str | None,
    via: tuple[str, ...],
    exclude: tuple[str, ...],
    texts: dict[str, str],
    traffic: Path | None,
) -> _Answered:
    ids = [text for text in exclude if not Path(text).is_file()]
    files = [Path(text) for text in exclude if Path(text).is_file()]
    given = {"from": start or "", "to": end or "", "via": ";".join(via), "exclude_edges": ";".join(ids), **texts}
    asked = parse_route_texts({name: text for name, text in given.items() if text})
    if files:
        areas = PARSERS["exclude_areas"]([feature for file in files for feature in _features(file)])
        asked = replace(asked, options=replace(asked.options, exclude_areas=areas))
    stops = resolve_stops(asked, names_of(asked, is_query=True), Gazetteer.shipped(), session.boundaries)
    ready = ready_for(session, asked.options.target, traffic)
    return plan_route(ready, asked, stops, OPERATOR), stops.names, ready


def _features(file: Path) -> list[Any]:
    """Return the polygons of a GeoJSON file as they stand there; a polygon without a name is called by its file's."""
    try:
        given = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError:
        raise FileError(message("{file} is not JSON.", file=file.name), file=file.name) from None
    if isinstance(given, dict) and given.get("type") == "FeatureCollection" and isinstance(given.get("features"), list):
        return list(given["features"])
    if isinstance(given, dict) and given.get("type") in ("Polygon", "MultiPolygon"):
        return [{"type": "Feature", "geometry": given, "properties": {"name": file.stem}}]
    return [given]


def _assessed(session: Session, track: Path, texts: dict[str, str], traffic: Path | None) -> _Answered:
    if track.stat().st_size > MOST_TRACK_BYTES:
        raise FileError(
            message("{file} has more than {most} bytes, which is the limit.", file=track.name, most=MOST_TRACK_BYTES),
            file=track.name,
        )
    asked = parse_track_body(track.read_bytes(), urlencode(texts).encode(), name=track.name)
    ready = ready_for(session, asked.options.target, traffic)
    return plan_track(ready, asked, OPERATOR), (asked.name or track.name,), ready


def ready_for(session: Session, target: Target, traffic: Path | None) -> ReadyPlanner:
    """Return the planner for the store's present revision; what has not been assessed yet is assessed first."""
    shelf = Shelf.of(session.settings)
    assessment = shelf.get(session.store.revision(), target)
    if assessment is None:
        session.say(message("These data are assessed first; this takes a minute."), err=True)
        assessment = make_assessment(session.store, session.settings, target)
        shelf.keep(assessment)
    return make_ready(session.store, session.boundaries, assessment, session.settings.home, traffic=traffic)


COMMANDS: Final = (route,)
