"""What was made from a planner or an assessment is kept without it: a replaced one, tens of MB, leaves the memory."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from weakref import ref

import pytest
from bulletin_kit import installed
from exports_kit import real_service, synthetic_service

from api.base.access import OPERATOR
from api.base.assessments import Shelf, today
from api.base.cache import Encoded
from api.base.door import Door, Order, Visit
from api.bulletin.places import find_unit
from api.bulletin.rendering import Bulletins, SheetRequest
from api.collections.registry import TARGET, collections
from api.collections.tables import OwnPlanners, Tables
from api.layers.serving import dated
from api.roads.planners import make_ready
from api.tiles.source import TileSource

pytestmark = pytest.mark.slow


def test_a_replaced_planner_leaves_the_memory(tmp_path: Path) -> None:
    with installed(real_service(tmp_path)) as here:
        service, snapshot = here.service, here.snapshot
        shown = [make_ready(service.store, snapshot.boundaries, here.assessment, service.settings.home)]
        tables, sheets, door = Tables(service, lambda *_: shown[0]), Bulletins(service), Door(service)
        tiles, visit = TileSource(service, tables), Visit(snapshot, OPERATOR)
        place = find_unit(snapshot.boundaries, "cercle-mopti")
        asked = SheetRequest(place, here.assessment, shown[0], OPERATOR, "fr", today())

        async def ask(_: Visit, asked: SheetRequest = asked) -> Order[SheetRequest, Encoded]:
            return sheets.order(snapshot, asked)

        first = asyncio.run(door.answer(None, ask))[1]
        roads = [collections(snapshot)[name] for name in ("road-segments", "axes")]
        before = [tables.table(each, snapshot, OPERATOR, "fr") for each in roads]
        assert all(tiles.get(each, visit, "fr") for each in roads)
        assert asyncio.run(door.answer(None, ask))[1] is first  # kept as long as the planner is the same
        assert [tables.table(each, snapshot, OPERATOR, "fr") for each in roads] == before
        old, planner = ref(shown[0]), ref(shown[0].planner)
        shown[0] = here.ready
        del asked, ask
        gc.collect()
        assert old() is None
        assert planner() is None
        after = [tables.table(each, snapshot, OPERATOR, "fr") for each in roads]
        assert not any(one is other for one, other in zip(before, after, strict=True))


def test_a_key_can_be_used_when_its_assessment_is_gone(tmp_path: Path) -> None:
    """Two requests read an assessment at once, and the shelf kept the other's."""
    service = synthetic_service(tmp_path)
    snapshot, tables = service.read_snapshot(), Tables(service, OwnPlanners(service))
    shown = tables.assessment(snapshot)
    assert shown is not None
    gone, cells = ref(shown), collections(snapshot)["risk-cells"]
    keys = tables.key(cells, snapshot, OPERATOR, "fr"), dated(shown, today())
    del shown
    service.shelf = Shelf.of(service.settings)
    gc.collect()
    assert gone() is None
    assert len(set(keys)) == 2


def test_requests_at_once_read_an_assessment_once(tmp_path: Path) -> None:
    service = synthetic_service(tmp_path)
    revision = service.read_snapshot().revision
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: service.shelf.get(revision, TARGET), range(8)))
    assert got[0] is not None
    assert len(set(map(id, got))) == 1
