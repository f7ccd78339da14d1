"""What holds of the store whatever it is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import store_kit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from sqlalchemy import URL, select

from geo.core.errors import StoreError
from geo.core.messages import Message
from geo.incidents.schema import COLUMNS, HazardType
from geo.store import Store, tables
from geo.store.database import _parse
from geo.store.frames import digest, read_frame, to_frame, to_records
from geo.store.records import dump_message, load_message

pytestmark = pytest.mark.slow

SHARED_STORE = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
DATES = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(lambda time: time.replace(microsecond=0))
COUNTS = st.none() | st.integers(0, 2**31 - 1)
POINTS = st.none() | st.builds(shapely.Point, st.floats(-180, 180), st.floats(-90, 90))


@st.composite
def rows(draw: st.DrawFn, ids: list[str]) -> dict[str, list[Any]]:
    """Columns of an incident table with anything that its types allow."""
    values = {
        "str": st.none() | STORABLE,
        "float64": st.floats(0, 1e6) | st.just(np.nan),
        "Int32": COUNTS,
        "bool": st.booleans(),
    }
    columns = {
        name: draw(st.lists(values[dtype], min_size=len(ids), max_size=len(ids)))
        for name, dtype in COLUMNS.items()
        if dtype in values and name != "hazard_type"
    }
    columns["hazard_type"] = draw(
        st.lists(st.sampled_from([str(h) for h in HazardType]), min_size=len(ids), max_size=len(ids))
    )
    columns["geometry"] = draw(st.lists(POINTS, min_size=len(ids), max_size=len(ids)))
    for name in ("date", "entered_at", "updated_at"):
        times = draw(st.lists(st.none() | DATES, min_size=len(ids), max_size=len(ids)))
        columns[name] = np.array(times, dtype="datetime64[s]")
    return columns


@pytest.fixture(params=store_kit.KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with store_kit.fresh_url(request.param, request) as url, Store.open(url, seed=False) as opened:
        yield opened


def in_parts(store: Store) -> gpd.GeoDataFrame:
    """Return the incidents of a store, read three rows at a time."""
    table = tables.incidents
    query = select(*(table.c[name] for name in ("id", *COLUMNS, "wkb"))).order_by(table.c.id)
    with store._database.read() as connection:
        return read_frame(connection, query, COLUMNS, at_once=3)


@SHARED_STORE
@given(data=st.data())
def test_any_table_comes_back_as_it_was(store: Store, data: st.DataObject) -> None:
    known = store.revision()
    ids = data.draw(st.lists(STORABLE.filter(bool), min_size=1, max_size=4, unique=True))
    frame = store_kit.incidents([f"{known}:{each}" for each in ids], **data.draw(rows(ids)))
    frame["synthetic"] = False
    frame["source_id"] = pd.array(frame.index, dtype="str")  # a reader gives each record one row
    report = store.add_incidents(store_kit.batch(frame))
    assert report.new == len(frame)
    found = store.incidents(hazards=HazardType).drop(columns="event_id")
    assert_frame_equal(found.loc[frame.index], frame, check_exact=True)
    assert_frame_equal(in_parts(store), found, check_exact=True)
    assert not store.add_incidents(store_kit.batch(frame)).changed


@given(data=st.data())
def test_records_and_frames_are_inverse(data: st.DataObject) -> None:
    ids = data.draw(st.lists(STORABLE, max_size=4, unique=True))
    frame = store_kit.incidents(ids, **data.draw(rows(ids)))
    records = to_records(frame, COLUMNS)
    assert_frame_equal(to_frame([[r[c] for c in ("id", *COLUMNS, "wkb")] for r in records], COLUMNS), frame)
    assert [r["digest"] for r in to_records(frame.copy(), COLUMNS)] == [digest(r) for r in records]
    order = data.draw(st.permutations(range(len(ids))))
    assert to_records(frame.iloc[order], COLUMNS) == [records[position] for position in order]


FILES = st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 2)), max_size=6), min_size=1, max_size=5)


@SHARED_STORE
@given(files=FILES, quarantined=st.integers(0, 2))
def test_imports_follow_the_simple_model(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[str, int]]], quarantined: int
) -> None:
    held: dict[str, int] = {}
    seen: list[list[tuple[str, int]]] = []  # files whose rows set aside are kept
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('s') / 's.sqlite'}", seed=False) as store:
        for file in files:
            before = store.revision()
            counts = {"new": 0, "updated": 0, "duplicate": 0}
            for name, killed in file:
                known = held.get(name)
                counts["duplicate" if known == killed else "new" if known is None else "updated"] += 1
                held = held | {name: killed}
            frame = store_kit.incidents(
                [name for name, _ in file],
                killed_total=[killed for _, killed in file],
                date=np.full(len(file), np.datetime64("2021-03-01", "s")),
                geometry=[shapely.Point(-4, 14)] * len(file),
            )
            report = store.add_incidents(store_kit.batch(frame, quarantined))
            assert {name: getattr(report, name) for name in counts} == counts
            assert report.rows_read == len(file) + quarantined == sum(counts.values()) + report.quarantined
            changed = bool(counts["new"] or counts["updated"] or (quarantined and file not in seen))
            assert (report.changed, store.revision()) == (changed, before + changed)
            seen += [file] if changed else []
            assert store.incidents()["killed_total"].to_dict() == held


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates() | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3).map(lambda params: Message("…", params))
    ),
    max_leaves=6,
)


@given(st.text(), st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_stored_message_says_the_same(template: str, params: dict[str, object]) -> None:
    said = Message(template, params)
    assert load_message(dump_message(said)) == said


@given(st.text() | st.builds("{}://{}:{}@{}".format, st.text(), st.text(), st.text(), st.text()))
def test_any_address_gives_a_url_or_a_clear_error(text: str) -> None:
    try:
        parsed = _parse(text)
    except StoreError:
        return
    assert isinstance(parsed, URL)


@SHARED_STORE
@given(content=st.binary(max_size=3000), keep_header=st.booleans())
def test_no_file_that_is_no_backup_changes_a_store(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, keep_header: bool
) -> None:
    folder: Path = tmp_path_factory.mktemp("restore")
    with Store.open(f"sqlite:///{folder / 's.sqlite'}", seed=False) as store:
        store.add_incidents(store_kit.batch(store_kit.incidents(["a"])))
        (folder / "given").write_bytes((b"SQLite format 3\0" if keep_header else b"") + content)
        with pytest.raises(StoreError):
            store.restore(folder / "given")
        assert store.incidents().index.tolist() == ["a"]
        assert store.revision() == 1


def test_a_permuted_file_is_the_same_file(tmp_path: Path) -> None:
    frame = store_kit.incidents([f"{n}" for n in range(50)])
    with Store.open(f"sqlite:///{tmp_path / 's.sqlite'}", seed=False) as store:
        store.add_incidents(store_kit.batch(frame))
        before = store.incidents()
        report = store.add_incidents(store_kit.batch(frame.sample(frac=1, random_state=3)))
        assert (report.changed, report.duplicate) == (False, 50)
        pd.testing.assert_frame_equal(store.incidents(), before)
