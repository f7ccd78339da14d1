"""Routes: ``POST /routes``, ``GET /routes?from=&to=&via=`` and ``POST /routes/assess`` for a track one already has;
as JSON, GeoJSON, GPX or a page of PDF.

What is asked for is in no log and in no cache; answers may not be kept by anybody in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import Kind, disclose
from api.base.assessments import today
from api.base.bodies import read_body
from api.base.door import Order, Visit
from api.base.http import Readable, door_of
from api.base.problems import language_of
from api.bulletin.pdf import write_pdf
from api.bulletin.route_page import RouteSheet, route_page
from api.roads.answers import answer_json
from api.roads.files import as_geojson, as_gpx
from api.roads.formats import MEDIA_TYPES, Format, accepted_format, parse_format
from api.roads.planners import Planners, ReadyPlanner
from api.roads.requests import (
    MOST_BYTES,
    MOST_TRACK_BYTES,
    RouteQuery,
    names_of,
    parse_route_body,
    parse_route_query,
    parse_track_body,
)
from api.roads.stops import plan_route, plan_track, resolve_stops
from geo.boundaries.places import Gazetteer
from geo.core.errors import NotReadyError
from geo.core.messages import Message
from models.risk.target import Target
from models.routes.answer import RouteAnswer

router: Final = APIRouter(route_class=Readable)

_NAMED: Final = {
    Format.GPX: 'attachment; filename="sira.gpx"',
    Format.PDF: 'inline; filename="sira-route.pdf"',
}


@router.get("/routes")
async def find_route(request: Request) -> Response:
    """Answer a route asked for by names or coordinates in the query string."""
    return await _answer(request, 0, partial(_to_plan, _of_query, is_query=True))


@router.post("/routes")
async def post_route(request: Request) -> Response:
    """Answer a route asked for as JSON, or as GeoJSON waypoints."""
    return await _answer(request, MOST_BYTES, partial(_to_plan, parse_route_body, is_query=False))


@router.post("/routes/assess")
async def assess_track(request: Request) -> Response:
    """Answer for a track as it lies: a GeoJSON LineString or a GPX document."""
    return await _answer(request, MOST_TRACK_BYTES, _to_plan_track)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to plan: for which target, and how; `make` also gives the names of the waypoints, or of the track."""

    target: Target
    make: Callable[[ReadyPlanner, Visit], tuple[RouteAnswer, Sequence[str]]]


async def _answer(request: Request, most: int, read: Callable[[bytes, bytes], _Plan]) -> Response:
    """Answer with what `read` makes of a body of at most `most` bytes and a query string; 0 where none is sent."""
    lang = language_of(request)
    plan: _Plan | None = None

    async def ask(visit: Visit) -> Order[Format, bytes]:
        nonlocal plan
        disclose(Kind.ROUTES, visit.caller)  # before a body is read
        if plan is None:
            body = await read_body(request, most) if most else b""
            plan = await anyio.to_thread.run_sync(read, body, request.scope["query_string"])
        ready = await planners_of(request).get(visit.snapshot, plan.target)
        form = _form(request)
        return Order(form, partial(_written, plan, ready, visit, form, lang))

    form, answer = await door_of(request).answer(request.scope, ask)
    headers = private(lang)
    if form in _NAMED:  # a phone saves it under this name; the places asked for are not in it
        headers["Content-Disposition"] = _NAMED[form]
    return Response(answer, media_type=MEDIA_TYPES[form], headers=headers)


def _of_query(_: bytes, query: bytes) -> RouteQuery:
    return parse_route_query(query)


def _to_plan(parse: Callable[[bytes, bytes], RouteQuery], body: bytes, query: bytes, *, is_query: bool) -> _Plan:
    asked = parse(body, query)

    def make(ready: ReadyPlanner, visit: Visit) -> tuple[RouteAnswer, Sequence[str]]:
        names = names_of(asked, is_query=is_query)
        stops = resolve_stops(asked, names, Gazetteer.shipped(), visit.snapshot.boundaries)
        return plan_route(ready, asked, stops, visit.caller), stops.names

    return _Plan(asked.options.target, make)


def _to_plan_track(body: bytes, query: bytes) -> _Plan:
    asked = parse_track_body(body, query)
    return _Plan(
        asked.options.target, lambda ready, visit: (plan_track(ready, asked, visit.caller), (asked.name or "GPX",))
    )


def _written(plan: _Plan, ready: ReadyPlanner, visit: Visit, form: Format, lang: str) -> bytes:
    answer, names = plan.make(ready, visit)
    if form is Format.GPX:
        return as_gpx(answer, names, ready, datetime.now(UTC), lang)
    if form is Format.PDF:
        sheet = RouteSheet(answer, names, ready, visit.caller, today())
        return write_pdf(route_page(sheet, lang))
    told = answer_json(answer, ready, visit.caller, lang, today())
    return as_geojson(told) if form is Format.GEOJSON else orjson.dumps(told)


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


async def planner_for(request: Request, visit: Visit, target: Target) -> ReadyPlanner | Message | None:
    """Return what knows the roads, where a visitor may see them; or why there is nothing yet."""
    if not visit.caller.may(Kind.ROUTES):
        return None
    try:
        return await planners_of(request).get(visit.snapshot, target)
    except NotReadyError as error:
        return error.message
