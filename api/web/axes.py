"""``GET /axes``: the named axes, ranked; and the same as a layer, sent from kept bytes as the other layers are."""

from __future__ import annotations

from typing import Final

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.base.access import disclose
from api.base.assessments import today
from api.base.cache import Encoded, EncodedCache, encode
from api.base.dependencies import parse_lang, parse_query
from api.base.http import service_of
from api.base.i18n import negotiate
from api.base.service import Service
from api.layers.asking import parse_target
from api.layers.serving import read_conditions, send_encoded
from api.roads.axes import axes_body, axes_json
from api.roads.layers import AXES
from api.roads.planners import Planners, Ready
from api.web.road_routes import planners_of, private
from models.risk.target import Target
from models.routes.answer import HORIZON_DAYS

router: Final = APIRouter()


@router.get("/axes")
async def send_axes(request: Request) -> Response:
    """Answer the axes as a list, the highest expectation per 100 km first."""
    service = service_of(request)
    snapshot = await service.current()
    disclose(AXES.kind, await service.caller(request.scope, snapshot))
    target, lang = _asked(service, request.scope["query_string"], request.headers.get("accept-language"))
    ready = await planners_of(request).get(snapshot, target)
    body = await anyio.to_thread.run_sync(lambda: orjson.dumps(axes_json(ready, lang, today())))
    return Response(body, media_type="application/json", headers=private(lang))


class AxesEndpoint:
    """ASGI application that answers GET and HEAD for the layer of axes. Errors are raised."""

    def __init__(self, service: Service, planners: Planners, cache: EncodedCache) -> None:
        self._service = service
        self._planners = planners
        self._cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        conditions = read_conditions(scope)
        snapshot = await self._service.current()
        caller = await self._service.caller(scope, snapshot)
        disclose(AXES.kind, caller)
        target, lang = _asked(self._service, scope["query_string"], conditions.accept_language)
        encoded = await self._encoded(await self._planners.get(snapshot, target), lang)
        await send_encoded(scope, send, conditions, encoded, lang=lang)

    async def _encoded(self, ready: Ready, lang: str) -> Encoded:
        now = today()
        # The window of an assessment is over as time passes.
        key = "axes", ready.token, lang, ready.assessment.window(HORIZON_DAYS).age(now)
        encoded = await self._cache.get(key, lambda: encode(axes_body(ready, lang, now)))
        assert encoded is not None
        return encoded


def _asked(service: Service, query: bytes, accept_language: str | None) -> tuple[Target, str]:
    given = parse_query(query, AXES.parameters)
    target = parse_target(given.get("target", Target.IED.value))
    return target, parse_lang(given["lang"]) if "lang" in given else negotiate(accept_language, service.settings.lang)
