"""Routes: ``POST /routes``, ``GET /routes?from=&to=&via=`` and ``POST /routes/assess`` for a track one already has;
as JSON, GeoJSON, GPX or a page of PDF.

What is asked for is in no log and in no cache; answers may not be kept by anybody in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import Caller, Kind, disclose
from api.base.assessments import today
from api.base.bodies import read_body
from api.base.http import service_of
from api.base.problems import language_of
from api.base.service import Snapshot
from api.bulletin.pdf import write_pdf
from api.bulletin.route_page import RouteSheet, route_page
from api.roads.answers import answer_json
from api.roads.files import as_geojson, as_gpx
from api.roads.formats import MEDIA_TYPES, Format, accepted_format, parse_format
from api.roads.planners import Planners, Ready
from api.roads.requests import (
    MOST_BYTES,
    MOST_TRACK_BYTES,
    Asked,
    AskedTrack,
    names_of,
    parse_route_body,
    parse_route_query,
    parse_track_body,
)
from api.roads.stops import plan_route, plan_track, resolve
from geo.boundaries.places import Gazetteer
from models.routes.answer import RouteAnswer

router: Final = APIRouter()

_NAMED: Final = {
    Format.GPX: 'attachment; filename="sira.gpx"',
    Format.PDF: 'inline; filename="sira-route.pdf"',
}


@router.get("/routes")
async def find_route(request: Request) -> Response:
    """Answer a route asked for by names or coordinates in the query string."""
    snapshot, caller = await _allowed(request)
    asked = parse_route_query(request.scope["query_string"])
    return await _route(request, snapshot, caller, asked, is_query=True)


@router.post("/routes")
async def post_route(request: Request) -> Response:
    """Answer a route asked for as JSON, or as GeoJSON waypoints."""
    snapshot, caller = await _allowed(request)
    body = await read_body(request, MOST_BYTES)
    asked = await anyio.to_thread.run_sync(parse_route_body, body, request.scope["query_string"])
    return await _route(request, snapshot, caller, asked, is_query=False)


@router.post("/routes/assess")
async def assess_track(request: Request) -> Response:
    """Answer for a track as it lies: a GeoJSON LineString or a GPX document."""
    snapshot, caller = await _allowed(request)
    body = await read_body(request, MOST_TRACK_BYTES)
    asked = await anyio.to_thread.run_sync(parse_track_body, body, request.scope["query_string"])
    ready = await planners_of(request).get(snapshot, asked.options.target)
    return await _sent(request, ready, caller, lambda: plan_track(ready, asked, caller), (asked.name or "GPX",), asked)


async def _allowed(request: Request) -> tuple[Snapshot, Caller]:
    """Return who asks of what; before a body is read."""
    service = service_of(request)
    snapshot = await service.current()
    caller = await service.caller(request.scope, snapshot)
    disclose(Kind.ROUTES, caller)
    return snapshot, caller


async def _route(request: Request, snapshot: Snapshot, caller: Caller, asked: Asked, *, is_query: bool) -> Response:
    ready = await planners_of(request).get(snapshot, asked.options.target)
    stops = resolve(asked, names_of(asked, is_query=is_query), Gazetteer.shipped(), snapshot.boundaries)
    return await _sent(request, ready, caller, lambda: plan_route(ready, asked, stops, caller), stops.names, asked)


async def _sent(
    request: Request,
    ready: Ready,
    caller: Caller,
    plan: Callable[[], RouteAnswer],
    names: Sequence[str],
    asked: Asked | AskedTrack,
) -> Response:
    """Plan and encode off the event loop; `names` are those of the waypoints, or of the track."""
    lang, form = language_of(request), _form(request)

    def make() -> bytes:
        answer = plan()
        if form is Format.GPX:
            return as_gpx(answer, names, ready, datetime.now(UTC), lang)
        if form is Format.PDF:
            sheet = RouteSheet(answer, names, ready, caller, today())
            return write_pdf(route_page(sheet, lang))
        told = answer_json(answer, ready, caller, lang, today())
        return as_geojson(told) if form is Format.GEOJSON else orjson.dumps(told)

    headers = private(lang)
    if form in _NAMED:  # a phone saves it under this name; the places asked for are not in it
        headers["Content-Disposition"] = _NAMED[form]
    body = await anyio.to_thread.run_sync(make)
    return Response(body, media_type=MEDIA_TYPES[form], headers=headers)


def _form(request: Request) -> Format:
    asked = request.query_params.get("f")
    return accepted_format(request.headers.get("accept")) if asked is None else parse_format(asked)


def private(lang: str) -> dict[str, str]:
    """Return the headers of an answer that belongs to its asker alone."""
    return {"Cache-Control": "no-store", "Content-Language": lang, "Vary": "Accept, Accept-Language"}


def planners_of(request: Request) -> Planners:
    """Return the planners of the service that a request came to."""
    planners: Planners = request.app.state.planners
    return planners
