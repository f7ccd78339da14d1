"""Sheets as bytes, made once per revision, audience, language and day, and kept.

Access is decided in `gather_unit` and `gather_nation`, on the revision that the sheet is made from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final

from api.base.access import Caller
from api.base.cache import Encoded, EncodedCache
from api.base.service import Service, Snapshot
from api.bulletin.national_facts import gather_nation
from api.bulletin.national_page import national_page
from api.bulletin.pdf import write_pdf
from api.bulletin.places import Place
from api.bulletin.unit_facts import gather_unit
from api.bulletin.unit_page import unit_page
from api.roads.planners import Ready
from geo.core.messages import Message
from geo.store import Store
from models.risk.assessment import Assessment

#: Bytes of sheets that a process keeps.
KEPT_BYTES: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sheet is asked of, and for whom. `place` is None for the national sheet."""

    place: Place | None
    assessment: Assessment
    ready: Ready | Message | None
    caller: Caller
    lang: str
    today: date


def sheet(store: Store, snapshot: Snapshot, asked: Asked) -> bytes:
    """Return the PDF of a unit's bulletin, or of the national sheet.

    Raises
    ------
    AccessDeniedError
        The caller may not see such a unit.
    NotReadyError
        The assessment is older than the unit's vintage.
    """
    if asked.place is None:
        nation = gather_nation(store, snapshot, asked.assessment, asked.caller, asked.today)
        return write_pdf(national_page(nation, asked.lang))
    facts = gather_unit(store, snapshot, asked.place, asked.assessment, asked.ready, asked.caller, asked.today)
    return write_pdf(unit_page(facts, asked.lang))


class Bulletins:
    """Keeps the sheets of a running service. Used from one event loop at a time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._cache = EncodedCache(KEPT_BYTES, makers=1)

    async def get(self, snapshot: Snapshot, asked: Asked) -> Encoded | None:
        """Return a sheet and its entity tag; None where an import came between: ask again with a new snapshot."""
        return await self._cache.get(_key(snapshot, asked), partial(self._make, snapshot, asked))

    def _make(self, snapshot: Snapshot, asked: Asked) -> Encoded | None:
        body = sheet(self._service.store, snapshot, asked)
        return encoded(body) if self._service.store.revision() == snapshot.revision else None


def encoded(body: bytes) -> Encoded:
    """Return `body` as it is, with its tag: a PDF is compressed inside."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'.encode()
    return Encoded(MappingProxyType({"identity": body}), MappingProxyType({"identity": tag}))


def _key(snapshot: Snapshot, asked: Asked) -> Hashable:
    """Return what a sheet depends on; an assessment counts as the object it is, a planner by its token."""
    place = asked.place and (asked.place.vintage, asked.place.unit_id)
    roads = asked.ready.token if isinstance(asked.ready, Ready) else asked.ready
    return snapshot.revision, place, asked.assessment, roads, asked.caller.audience, asked.lang, asked.today
