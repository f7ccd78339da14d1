"""``GET /places/{id}/risk``: what is expected around a town or an airstrip."""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import Kind, disclose
from api.base.assessments import today
from api.base.door import Order, Visit
from api.base.http import Readable, door_of, lang_of
from api.base.query_parameters import parse_query
from api.roads.answers import place_json
from api.roads.fields import PLACE_PARSERS
from api.roads.requests import as_json_value
from api.roads.stops import find_place, rounding_for
from api.web.road_routes import planners_of, private
from geo.boundaries.places import Gazetteer
from models.risk.target import Target

router: Final = APIRouter(route_class=Readable)


@router.get("/places/{place}/risk")
async def send_place(request: Request, place: str) -> Response:
    """Answer for a place named by its id or by any spelling of its name."""
    door = door_of(request)

    async def ask(visit: Visit) -> Order[str, bytes]:
        disclose(Kind.ROUTES, visit.caller)
        given = parse_query(request.scope["query_string"], (*PLACE_PARSERS, "lang"))
        lang = lang_of(request, given)
        options: dict[str, Any] = {
            name: PLACE_PARSERS[name](as_json_value(name, text)) for name, text in given.items() if name != "lang"
        }
        found = find_place(place, "place", Gazetteer.shipped(), visit.snapshot.boundaries)
        ready = await planners_of(request).get(visit.snapshot, options.pop("target", Target.IED))

        def make() -> bytes:
            risk = ready.planner.place_risk(found.place_id, **options, rounding=rounding_for(visit.caller))
            return orjson.dumps(place_json(risk, ready, lang, today()))

        return Order(lang, make)

    lang, body = await door.answer(request.scope, ask)
    return Response(body, media_type="application/json", headers=private(lang))
