"""Sends the map's documents from kept bytes: each is made once per revision, question and, if it differs, audience."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any, Final

import orjson
from starlette.types import Scope, Send

from api.base.access import Caller
from api.base.assessments import today
from api.base.cache import Encoded, encode
from api.base.door import Door, Order, Visit
from api.base.i18n import translate
from api.base.service import Snapshot
from api.base.sizes import Most
from api.layers.serving import assessment_for, dated, read_conditions, send_encoded
from api.map.data.cells import cells
from api.map.data.counts import counts, forecasts
from api.map.data.names import names, outlines
from api.map.data.points import incident_body, points
from api.map.data.queries import DocumentName, DocumentQuery, check_access, parse_document_query
from geo.core.errors import NotReadyError, SiraError
from models.risk.assessment import Assessment
from models.risk.target import Target

_FOR_AUDIENCES: Final = (DocumentName.INCIDENTS, DocumentName.INCIDENT, DocumentName.RISK, DocumentName.CELLS)
_ASSESSED: Final = (DocumentName.RISK, DocumentName.CELLS)
#: Of boundaries, or of an assessment: these stay whatever was imported since.
_LASTING: Final = (DocumentName.OUTLINES, DocumentName.NAMES, *_ASSESSED)
_log: Final = logging.getLogger("sira")


class MapDocuments:
    """The documents of one service."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def find(self, name: DocumentName, scope: Scope) -> tuple[DocumentQuery, Encoded]:
        """Return what a request asks, and the document; raises what the parsers and `api.base.access` raise.

        Where what it needs is not assessed, the document is ``{"waiting": why}``, in the reader's language: to the
        page that is an answer like another, which a browser must not report as a fault. The layers answer 503.
        """
        return await self._door.answer(scope, partial(self._ask, name, scope["query_string"]))

    async def warm(self) -> None:
        """Have what the first view asks for made before anybody asks: counting takes seconds after a large import."""
        lang = f"lang={self._door.service.settings.lang}".encode()
        for name, query in ((DocumentName.OUTLINES, b""), (DocumentName.COUNTS, lang), (DocumentName.NAMES, b"")):
            try:
                await self._door.answer(None, partial(self._ask, name, query))
            except SiraError as error:  # whoever asks for it is told; nobody has asked yet
                _log.warning("%s", error)

    async def _ask(self, name: DocumentName, query: bytes, visit: Visit) -> Order[DocumentQuery, Encoded]:
        boundaries = visit.snapshot.boundaries
        asked = parse_document_query(name, query, default_lang=self._door.service.settings.lang, boundaries=boundaries)
        check_access(asked, visit.caller)
        assessment = None
        if name in _ASSESSED:
            try:
                assessment = await assessment_for(self._door.service, visit.snapshot, Target.IED)
            except NotReadyError as error:
                why = translate(error.message, asked.lang)
                return Order(asked, lambda: encode(orjson.dumps({"waiting": why})))
        audience = visit.caller.audience if name in _FOR_AUDIENCES else None
        secret = visit.snapshot.pseudonyms(self._door.service.store) if name in _ASSESSED else None
        key = "map", asked, audience, assessment and dated(assessment, today()), boundaries, secret
        return Order(asked, partial(self._make, asked, visit, assessment), key, is_lasting=name in _LASTING)

    def _make(self, asked: DocumentQuery, visit: Visit, assessment: Assessment | None) -> Encoded:
        made = self._body(asked, visit.caller, visit.snapshot, assessment)
        body = made if isinstance(made, bytes) else orjson.dumps(made)
        Most(self._door.service.most_bytes, asked.collection()).check(len(body))
        return encode(body)

    def _body(
        self, asked: DocumentQuery, caller: Caller, snapshot: Snapshot, assessment: Assessment | None
    ) -> dict[str, Any] | bytes:
        store, most_bytes = self._door.service.store, self._door.service.most_bytes
        if assessment is not None:
            if asked.name is DocumentName.CELLS:
                return cells(assessment, asked, today(), caller)
            secret = store.secret("pseudonyms")
            return forecasts(assessment, snapshot.boundaries, asked, caller, today(), secret=secret)
        if asked.name is DocumentName.OUTLINES:
            return outlines(snapshot.boundaries, asked)
        if asked.name is DocumentName.NAMES:
            return names(snapshot.boundaries)
        if asked.name is DocumentName.COUNTS:
            return counts(store, snapshot, asked)
        if asked.name is DocumentName.INCIDENT:
            return incident_body(store, snapshot, asked, caller, most_bytes=most_bytes)
        return points(store, snapshot, asked, caller, most_bytes=most_bytes)


async def send_document(documents: MapDocuments, name: DocumentName, scope: Scope, send: Send) -> None:
    """Answer a GET or HEAD request for a document; errors are raised."""
    asked, encoded = await documents.find(name, scope)
    conditions = read_conditions(scope)
    await send_encoded(scope, send, conditions, encoded, lang=asked.lang, media_type=b"application/json")
