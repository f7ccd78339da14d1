"""Sends the map's documents from kept bytes: each is made once per revision, question and, if it differs, audience."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from functools import partial
from typing import Any, Final

import orjson
from starlette.types import Scope, Send

from api.base.access import PUBLIC, Caller
from api.base.assessments import today
from api.base.cache import Encoded, EncodedCache, encode
from api.base.i18n import translate
from api.base.service import Service, Snapshot
from api.layers.serving import assessment_for, read_conditions, send_encoded
from api.map.data.cells import cells
from api.map.data.counts import counts, forecasts
from api.map.data.names import names, outlines
from api.map.data.points import incident, points
from api.map.data.queries import Asked, Name, check_access, parse_asked
from geo.core.errors import NotReadyError, SiraError
from models.risk.assessment import Assessment
from models.risk.target import Target

_FOR_AUDIENCES: Final = (Name.INCIDENTS, Name.INCIDENT, Name.RISK, Name.CELLS)
_ASSESSED: Final = (Name.RISK, Name.CELLS)
_log: Final = logging.getLogger("sira")


class MapDocuments:
    """The documents of one service, and what is kept of them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._cache = EncodedCache(service.settings.cache_mb * 1_000_000)

    async def find(self, name: Name, scope: Scope) -> tuple[Asked, Encoded]:
        """Return what a request asks, and the document; raises what the parsers and `api.base.access` raise.

        Where what it needs is not assessed, the document is ``{"waiting": why}``, in the reader's language: to the
        page that is an answer like another, which a browser must not report as a fault. The layers answer 503.
        """
        snapshot = await self._service.current()
        asked, caller = await self._ask(name, scope, snapshot)
        try:
            assessment = await self._assessment(asked, snapshot)
            encoded = self._cache.peek(_key(asked, caller, snapshot, assessment))
            while encoded is None:
                # Access is decided on the revision that the document is made from, not on one up to a moment old.
                snapshot = await self._service.refresh()
                asked, caller = await self._ask(name, scope, snapshot)
                assessment = await self._assessment(asked, snapshot)
                make = partial(self._make, asked, caller, snapshot, assessment)
                encoded = await self._cache.get(_key(asked, caller, snapshot, assessment), make)
        except NotReadyError as error:
            encoded = encode(orjson.dumps({"waiting": translate(error.message, asked.lang)}))
        return asked, encoded

    async def warm(self) -> None:
        """Have what the first view asks for made before anybody asks: counting takes seconds after a large import."""
        snapshot = await self._service.current()
        for asked in (Asked(Name.OUTLINES), Asked(Name.COUNTS, lang=self._service.settings.lang), Asked(Name.NAMES)):
            try:
                await self._cache.get(
                    _key(asked, PUBLIC, snapshot, None), partial(self._make, asked, PUBLIC, snapshot, None)
                )
            except SiraError as error:  # whoever asks for it is told; nobody has asked yet
                _log.warning("%s", error)

    async def _ask(self, name: Name, scope: Scope, snapshot: Snapshot) -> tuple[Asked, Caller]:
        caller = await self._service.caller(scope, snapshot)
        asked = parse_asked(
            name,
            scope["query_string"],
            default_lang=self._service.settings.lang,
            boundaries=snapshot.boundaries,
        )
        check_access(asked, caller)
        return asked, caller

    async def _assessment(self, asked: Asked, snapshot: Snapshot) -> Assessment | None:
        return await assessment_for(self._service, snapshot, Target.IED) if asked.name in _ASSESSED else None

    def _make(self, asked: Asked, caller: Caller, snapshot: Snapshot, assessment: Assessment | None) -> Encoded | None:
        body = self._body(asked, caller, snapshot, assessment)
        encoded = encode(body if isinstance(body, bytes) else orjson.dumps(body))
        # An import during the reading may have given the body rows of the next revision: made again, asked again.
        return encoded if self._service.store.revision() == snapshot.revision else None

    def _body(
        self, asked: Asked, caller: Caller, snapshot: Snapshot, assessment: Assessment | None
    ) -> dict[str, Any] | bytes:
        store = self._service.store
        if assessment is not None:
            if asked.name is Name.CELLS:
                return cells(assessment, asked, today(), caller)
            secret = store.secret("pseudonyms")
            return forecasts(assessment, snapshot.boundaries, asked, caller, today(), secret=secret)
        if asked.name is Name.OUTLINES:
            return outlines(snapshot.boundaries, asked)
        if asked.name is Name.NAMES:
            return names(snapshot.boundaries)
        if asked.name is Name.COUNTS:
            return counts(store, snapshot, asked)
        if asked.name is Name.INCIDENT:
            return incident(store, snapshot, asked, caller)
        return points(store, snapshot, asked, caller)


async def send_document(documents: MapDocuments, name: Name, scope: Scope, send: Send) -> None:
    """Answer a GET or HEAD request for a document; errors are raised."""
    asked, encoded = await documents.find(name, scope)
    conditions = read_conditions(scope)
    await send_encoded(scope, send, conditions, encoded, lang=asked.lang, media_type=b"application/json")


def _key(asked: Asked, caller: Caller, snapshot: Snapshot, assessment: Assessment | None) -> Hashable:
    """Return what a document depends on; the window of an assessment is over as time passes."""
    audience = caller.audience if asked.name in _FOR_AUDIENCES else None
    dated = assessment and (assessment, assessment.window().age(today()))
    return snapshot.revision, asked, audience, dated
