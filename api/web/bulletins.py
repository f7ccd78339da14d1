"""Sheets of one page: ``GET /units/{unit_id}/bulletin.pdf`` and ``GET /bulletin.pdf``, the national one."""

from __future__ import annotations

from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.assessments import today
from api.base.cache import Encoded
from api.base.door import Order, Visit
from api.base.http import Readable, door_of, lang_of
from api.base.query_parameters import parse_query
from api.base.service import Snapshot
from api.bulletin.places import Place, find_unit
from api.bulletin.rendering import SheetRequest
from api.bulletin.unit_facts import check_unit_access
from api.layers.query import parse_target, parse_vintage
from api.layers.serving import assessment_for, matches
from api.web.road_routes import planner_for
from models.risk.target import Target

router: Final = APIRouter(route_class=Readable)

MEDIA_TYPE: Final = "application/pdf"
_NATIONAL: Final = ("target", "lang")
_OF_UNIT: Final = ("target", "vintage", "lang")


@router.get("/bulletin.pdf")
async def national(request: Request) -> Response:
    """Answer the national sheet."""
    given = parse_query(request.scope["query_string"], _NATIONAL)
    return await _answer(request, None, given)


@router.get("/units/{unit_id}/bulletin.pdf")
async def of_unit(request: Request, unit_id: str) -> Response:
    """Answer the bulletin of a region, cercle or commune."""
    given = parse_query(request.scope["query_string"], _OF_UNIT)
    return await _answer(request, unit_id, given)


async def _answer(request: Request, unit_id: str | None, given: dict[str, str]) -> Response:
    door = door_of(request)
    service, bulletins = door.service, request.app.state.bulletins
    lang = lang_of(request, given)
    target = parse_target(given.get("target", Target.IED.value))

    async def ask(visit: Visit) -> Order[SheetRequest, Encoded]:
        snapshot, caller = visit.snapshot, visit.caller
        place = None if unit_id is None else await anyio.to_thread.run_sync(_place, snapshot, unit_id, given)
        check_unit_access("cercle" if place is None else place.level, caller)
        assessment = await assessment_for(service, snapshot, target)
        ready = None if place is None else await planner_for(request, visit, target)
        order: Order[SheetRequest, Encoded] = bulletins.order(
            snapshot, SheetRequest(place, assessment, ready, caller, lang, today())
        )
        return order

    asked, found = await door.answer(request.scope, ask)
    return _response(request, found, asked)


def _place(snapshot: Snapshot, unit_id: str, given: dict[str, str]) -> Place:
    vintage = parse_vintage(given["vintage"], None, snapshot.boundaries) if "vintage" in given else None
    return find_unit(snapshot.boundaries, unit_id, vintage)


def _response(request: Request, found: Encoded, asked: SheetRequest) -> Response:
    tag = found.etags["identity"]
    name = "mali" if asked.place is None else asked.place.unit_id
    headers = {
        "ETag": tag.decode(),
        "Vary": "Accept-Language",
        "Cache-Control": "no-cache",
        "Content-Language": asked.lang,
    }
    if matches(request.headers.get("if-none-match", "").encode("latin-1"), tag):
        return Response(status_code=304, headers=headers)
    safe = "".join(character if character.isascii() and character.isalnum() else "-" for character in name)
    headers["Content-Disposition"] = f'inline; filename="sira-{safe}-{asked.today.isoformat()}-{asked.lang}.pdf"'
    return Response(found.bodies["identity"], media_type=MEDIA_TYPE, headers=headers)
