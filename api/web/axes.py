"""``GET /axes``: the named axes, ranked; and the same as a layer, sent from kept bytes as the other layers are."""

from __future__ import annotations

from typing import Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import disclose
from api.base.assessments import today
from api.base.cache import Encoded, encode
from api.base.door import Order, Visit
from api.base.http import Readable, door_of
from api.base.query_parameters import language, parse_query
from api.base.service import Service
from api.base.sizes import Most
from api.layers.query import parse_target
from api.layers.serving import Conditions
from api.roads.axes import axes_body, axes_json
from api.roads.layers import AXES
from api.roads.planners import Planners
from api.web.road_routes import planners_of, private
from models.risk.target import Target
from models.routes.answer import HORIZON_DAYS

router: Final = APIRouter(route_class=Readable)


@router.get("/axes")
async def send_axes(request: Request) -> Response:
    """Answer the axes as a list, the highest expectation per 100 km first."""
    door = door_of(request)

    async def ask(visit: Visit) -> Order[str, bytes]:
        disclose(AXES.kind, visit.caller)
        target, lang = _asked(door.service, request.scope["query_string"], request.headers.get("accept-language"))
        ready = await planners_of(request).get(visit.snapshot, target)
        return Order(lang, lambda: orjson.dumps(axes_json(ready, lang, today())))

    lang, body = await door.answer(request.scope, ask)
    return Response(body, media_type="application/json", headers=private(lang))


async def ask_axes(
    service: Service, planners: Planners, text: bytes, conditions: Conditions, visit: Visit
) -> Order[str, Encoded]:
    """Order the layer of axes; raises what `disclose`, its parser and `Planners.get` raise."""
    disclose(AXES.kind, visit.caller)
    target, lang = _asked(service, text, conditions.accept_language)
    ready, now = await planners.get(visit.snapshot, target), today()
    # The window of an assessment is over as time passes.
    key = "axes", ready.token, lang, ready.assessment.window(HORIZON_DAYS).age(now)

    def make() -> Encoded:
        body = axes_body(ready, lang, now)
        Most(service.most_bytes, AXES.taken[0].id).check(len(body))
        return encode(body)

    return Order(lang, make, key)


def _asked(service: Service, query: bytes, accept_language: str | None) -> tuple[Target, str]:
    given = parse_query(query, AXES.parameters)
    target = parse_target(given.get("target", Target.IED.value))
    return target, language(given, accept_language, service.settings.lang)
