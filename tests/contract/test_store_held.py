"""Incidents held in memory are those of the store, whatever came between: only what changed is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import event
from store_kit import KINDS, batch, fresh_url, incidents

from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import Store

IDS = [f"r{number}" for number in range(40)]
QUESTIONS = (
    {},
    {"hazards": tuple(HazardType)},
    {"hazards": (HazardType.NOT_EXPLOSIVE,)},
    {"start": date(2021, 3, 5), "end": date(2021, 3, 12), "hazards": EXPLOSIVE},
)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with fresh_url(request.param, request) as url, Store.open(url) as found:
        yield found


def assert_same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    tables = [pd.DataFrame(each.drop(columns="geometry")) for each in (one, other)]
    pd.testing.assert_frame_equal(*tables)
    assert one.crs == other.crs
    assert (one.geometry.isna() == other.geometry.isna()).all()
    assert shapely.equals(one.geometry.dropna().to_numpy(), other.geometry.dropna().to_numpy()).all()


def deliver(store: Store, **columns: object) -> None:
    ids = columns.pop("ids", IDS)
    store.add_incidents(batch(incidents(ids, **columns)))  # type: ignore[arg-type]


def change(store: Store) -> None:
    deliver(store, killed_total=[number % 3 for number in range(len(IDS))])


def one_more(store: Store) -> None:
    deliver(store, ids=[*IDS, "r99"])


def without_points(store: Store) -> None:
    deliver(
        store,
        ids=["u1", "u2"],
        location_precision=["cercle"] * 2,
        location_error_km=[np.nan] * 2,
        location_unit=["cercle-mopti"] * 2,
        geometry=[None, None],
    )


def conflict(store: Store) -> None:
    deliver(store, ids=["c1", "c2"], hazard_type=["not_explosive"] * 2)


def linked(store: Store) -> None:
    other = incidents(["o1", "o2"], source=["ong-x"] * 2)
    store.add_incidents(batch(other))


def withdraw(store: Store) -> None:
    store.withdraw([store.incidents().index[3]], "told twice")


def erase(store: Store) -> None:
    store.erase([store.incidents().index[4]])


def undo(store: Store) -> None:
    store.undo(store.revision())


@pytest.mark.parametrize(
    "happens",
    [change, one_more, without_points, conflict, linked, withdraw, erase, undo],
    ids=lambda each: each.__name__,
)
def test_what_is_held_is_what_is_in_the_store(store: Store, happens: Callable[[Store], None]) -> None:
    synthetic = store.all_incidents()
    assert_same(synthetic.chosen(), store.incidents())
    deliver(store, narrative=["told"] * len(IDS))
    held = store.all_incidents(synthetic)
    for question in QUESTIONS:
        assert_same(held.chosen(**question), store.incidents(**question))
    happens(store)
    for known in (held, synthetic, None):
        found = store.all_incidents(known)
        for question in QUESTIONS:
            assert_same(found.chosen(**question), store.incidents(**question))


def test_only_what_changed_is_read(store: Store) -> None:
    deliver(store)
    held = store.all_incidents()
    one_more(store)
    read: list[str] = []
    event.listen(store._database._readers, "before_cursor_execute", lambda *told: read.append(told[2]))
    store.all_incidents(held)
    whole = [statement for statement in read if "narrative" in statement]
    assert len(whole) == 1
    assert " IN (" in whole[0]
