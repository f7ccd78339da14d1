"""Sends the layers of an assessment: as `api.serving` does for counts, from kept bytes; a request never assesses."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from functools import partial

import anyio.to_thread
from starlette.types import Receive, Scope, Send

from api.access import Caller, Kind, disclose
from api.assessments import find, today
from api.cache import Encoded, EncodedCache, encode
from api.risk_layers import risk_body
from api.risk_queries import RISK_LAYERS, RiskLayerName, RiskQuery, parse_risk_query
from api.service import Service, Snapshot
from api.serving import Conditions, read_conditions, send_encoded
from geo.regions import Boundaries
from models.assessment import Assessment
from models.target import Target


async def assessment_for(service: Service, snapshot: Snapshot, target: Target) -> Assessment:
    """Return the assessment to show now; raises `NotReadyError` where there is none, and has it made."""
    kept = service.shelf.peek(snapshot.revision, target)
    if kept is not None:
        return kept
    look = partial(
        find, service.shelf, service.assessor, snapshot.revision, target, synthetic=snapshot.is_synthetic_only
    )
    return await anyio.to_thread.run_sync(look)


class RiskEndpoint:
    """ASGI application that answers GET and HEAD for one layer of an assessment.

    Errors are raised: the application around it turns them into problems.
    """

    def __init__(self, service: Service, cache: EncodedCache, name: RiskLayerName) -> None:
        self._service = service
        self._cache = cache
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        conditions = read_conditions(scope)
        query, encoded = await self._find(scope, conditions)
        await send_encoded(scope, send, conditions, encoded, lang=query.lang)

    async def _find(self, scope: Scope, conditions: Conditions) -> tuple[RiskQuery, Encoded]:
        snapshot = await self._service.current()
        caller = await self._service.caller(scope, snapshot)
        query = parse_risk_query(
            self._name,
            scope["query_string"],
            conditions.accept_language,
            default_lang=self._service.settings.lang,
            boundaries=snapshot.boundaries,
        )
        disclose(RISK_LAYERS[self._name].kind, caller)
        assessment = await assessment_for(self._service, snapshot, query.target)
        now = today()
        key = _key(assessment, query, caller, now)
        encoded = self._cache.peek(key)
        if encoded is None:
            make = partial(self._make, assessment, snapshot.boundaries, query, caller, now)
            encoded = await self._cache.get(key, make)
        assert encoded is not None
        return query, encoded

    def _make(
        self, assessment: Assessment, boundaries: Boundaries, query: RiskQuery, caller: Caller, now: date
    ) -> Encoded:
        secret = self._service.store.secret("pseudonyms")
        return encode(risk_body(assessment, boundaries, query, caller, now, secret=secret))


def _key(assessment: Assessment, query: RiskQuery, caller: Caller, now: date) -> Hashable:
    """Return what a body depends on: the window of an assessment is over as time passes."""
    seen = tuple(caller.may(kind) for kind in (Kind.DAYS, Kind.INCIDENT_POINTS, Kind.NARRATIVES))
    return assessment, query, seen, assessment.window().age(now)
