"""Sheets as bytes, made once per revision, audience, language and day, and kept.

Access is decided in `gather_unit` and `gather_nation`, on the revision that the sheet is made from.
"""

from __future__ import annotations

from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial

from api.base.access import Caller
from api.base.cache import Encoded, as_it_is
from api.base.door import Order
from api.base.service import Service, Snapshot
from api.bulletin.national_facts import gather_nation
from api.bulletin.national_page import national_page
from api.bulletin.pdf import load_writer, write_pdf
from api.bulletin.places import Place
from api.bulletin.unit_facts import gather_unit
from api.bulletin.unit_page import unit_page
from api.roads.planners import ReadyPlanner
from geo.core.messages import Message
from geo.store import Store
from models.risk.assessment import Assessment


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """What a sheet is asked of, and for whom. `place` is None for the national sheet."""

    place: Place | None
    assessment: Assessment
    ready: ReadyPlanner | Message | None
    caller: Caller
    lang: str
    today: date


def render_sheet(store: Store, snapshot: Snapshot, asked: SheetRequest) -> bytes:
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
    """Orders sheets of a running service, which are made one at a time: each takes a second of one core."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="sira-sheet", initializer=load_writer)

    def order(self, snapshot: Snapshot, asked: SheetRequest) -> Order[SheetRequest, Encoded]:
        """Return the order for a sheet."""
        make = partial(self._make, snapshot, asked)
        return Order(asked, make, _key(asked), self._maker)

    def _make(self, snapshot: Snapshot, asked: SheetRequest) -> Encoded:
        return as_it_is(render_sheet(self._service.store, snapshot, asked))


def _key(asked: SheetRequest) -> Hashable:
    """Return what a sheet depends on beside the revision; an assessment and a planner are not kept with it."""
    place = asked.place and (asked.place.vintage, asked.place.unit_id)
    roads = asked.ready.token if isinstance(asked.ready, ReadyPlanner) else asked.ready
    return "sheet", place, asked.assessment.token, roads, asked.caller.audience, asked.lang, asked.today
