"""What the store promises about imports, events, boundaries and keys, on SQLite and on PostGIS."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import store_kit
from pandas.testing import assert_frame_equal

import geo.store.store
from geo.boundaries.regions import Boundaries
from geo.core.errors import InputError, NotFoundError, ParameterError, StoreError
from geo.core.messages import message
from geo.hazards.batch import QuarantinedArea
from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import RevisionKind, Store

ALL = tuple(HazardType)


@pytest.fixture(params=store_kit.KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with store_kit.fresh_url(request.param, request) as fresh:
        yield fresh


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, seed=False) as opened:
        yield opened


def synthetic_incidents(count: int = 5) -> gpd.GeoDataFrame:
    return store_kit.incidents(
        [f"syn-{n}" for n in range(count)], synthetic=[True] * count, source=["synthetic"] * count
    )


# The default


def test_an_empty_store_is_seeded_once_with_synthetic_data(url: str) -> None:
    with Store.open(url) as store:
        assert store.revision() == 1
        assert [r.kind for r in store.revisions()] == [RevisionKind.SYNTHETIC]
        incidents, hazards = store.incidents(hazards=ALL), store.hazards()
        assert len(incidents)
        assert len(hazards)
        assert incidents["synthetic"].all()
        assert hazards["synthetic"].all()
        assert store.synthetic_only()
    with Store.open(url) as again:
        assert again.revision() == 1
        assert_frame_equal(again.incidents(hazards=ALL), incidents)
        assert_frame_equal(again.hazards(), hazards)


def test_several_processes_may_open_a_new_store_at_once(url: str) -> None:
    def open_and_look(_: int) -> tuple[int, int]:
        with Store.open(url) as store:
            return store.revision(), len(store.incidents())

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(open_and_look, range(6)))) == 1


def test_a_store_without_rows_gives_empty_tables_of_the_right_types(store: Store) -> None:
    expected = store_kit.no_incidents()
    found = store.incidents()
    assert_frame_equal(found.drop(columns="event_id"), expected)
    assert found["event_id"].dtype == "str"
    assert store.hazards().empty
    assert store.revision() == 0
    assert store.vintages() == {}
    assert store.data_period() is None
    assert not store.synthetic_only()
    assert not store.has_real()


# Incidents


def test_what_is_stored_comes_back_as_it_was(store: Store) -> None:
    frame = store_kit.incidents(
        ["b", "a", "É", "c"],
        geometry=[shapely.Point(-3.9999999999999, 14.1), None, shapely.Point(1, 17), shapely.Point(0.1 + 0.2, 12)],
        date=np.array(["2016-02-29", "1999-12-31", "2023-01-01", "2020-05-05"], dtype="datetime64[s]"),
        date_precision=["day", "day", "year", "month"],
        location_error_km=[0.1, np.nan, 2.0, 1 / 3],
        outcome=["detonation", None, "found", None],
        killed_total=pd.array([0, None, 3, 2_147_483_647], dtype="Int32"),
        narrative=['</script><img onerror="x">', None, "؜ Sévaré\r\n\t🚧 ${x}", "'; DROP TABLE incidents; --"],
        updated_at=np.array(["2020-01-01T10:11:12", "NaT", "NaT", "NaT"], dtype="datetime64[s]"),
        note=["", None, "x", "y"],
    )
    store.add_incidents(store_kit.batch(frame))
    found = store.incidents()
    assert_frame_equal(found.drop(columns="event_id"), frame.sort_index(), check_exact=True)
    assert found.index.tolist() == sorted(frame.index)
    assert found.crs.equals(frame.crs)


def test_each_row_is_accounted_for(store: Store) -> None:
    first = store.add_incidents(store_kit.batch(store_kit.incidents(["a", "b", "c"]), quarantined=2))
    assert (first.new, first.updated, first.duplicate, first.quarantined, first.rows_read) == (3, 0, 0, 2, 5)
    assert (first.revision, first.changed) == (1, True)

    frame = store_kit.incidents(["a", "b", "c", "d"])
    frame.loc["b", "killed_total"] = 7
    second = store.add_incidents(store_kit.batch(frame, quarantined=1))
    assert (second.new, second.updated, second.duplicate, second.quarantined, second.rows_read) == (1, 1, 2, 1, 5)
    assert store.incidents().loc["b", "killed_total"] == 7
    assert [dict(r.counts) for r in store.revisions()][1] == {
        "rows_read": 5,
        "new": 1,
        "updated": 1,
        "duplicate": 2,
        "quarantined": 1,
    }


def test_a_second_import_of_the_same_file_changes_nothing(store: Store) -> None:
    batch = store_kit.batch(store_kit.incidents(["a", "b", "c"]), quarantined=2)
    store.add_incidents(batch)
    before = store.incidents()
    report = store.add_incidents(batch)
    assert not report.changed
    assert report.revision == store.revision() == 1
    assert (report.new, report.updated, report.duplicate, report.quarantined) == (0, 0, 3, 2)
    assert_frame_equal(store.incidents(), before)
    assert len(store.quarantine(1)) == 2


def test_what_a_source_says_last_holds_even_if_it_said_so_before(store: Store) -> None:
    old = store_kit.batch(store_kit.incidents(["a"], killed_total=[1]))
    store.add_incidents(old)
    store.add_incidents(store_kit.batch(store_kit.incidents(["a"], killed_total=[2])))
    report = store.add_incidents(old)
    assert (report.changed, report.updated) == (True, 1)
    assert store.incidents().loc["a", "killed_total"] == 1


def test_an_older_version_of_a_report_is_left_out_and_named(store: Store) -> None:
    def version(time: str, killed: int) -> gpd.GeoDataFrame:
        return store_kit.incidents(["a"], updated_at=np.array([time], dtype="datetime64[s]"), killed_total=[killed])

    store.add_incidents(store_kit.batch(version("2022-05-01", 2)))
    frame = pd.concat([version("2021-01-01", 1), store_kit.incidents(["b"])])
    report = store.add_incidents(store_kit.batch(frame))
    assert (report.new, report.updated, report.duplicate) == (1, 0, 1)
    assert report.notes[-1].params == {"count": 1}
    alone = store.add_incidents(store_kit.batch(version("2020-01-01", 0)))
    assert (alone.changed, alone.duplicate, alone.notes[0].params) == (False, 1, {"count": 1})
    assert store.incidents().loc["a", "killed_total"] == 2


def test_an_id_that_comes_twice_in_one_file_keeps_its_last_row(store: Store) -> None:
    frame = store_kit.incidents(["a", "a", "a"], killed_total=[1, 2, 2], date=np.array(["2020-01-01"] * 3, "M8[s]"))
    frame.geometry = gpd.GeoSeries([shapely.Point(-4, 14)] * 3, index=frame.index, crs=4326)
    frame["source_id"] = pd.array(["a"] * 3, dtype="str")
    report = store.add_incidents(store_kit.batch(frame))
    assert (report.new, report.updated, report.duplicate) == (1, 1, 1)
    assert store.incidents()["killed_total"].tolist() == [2]


def test_a_file_of_nothing_but_quarantined_rows_is_kept(store: Store) -> None:
    report = store.add_incidents(store_kit.batch(store_kit.incidents([]), quarantined=2))
    assert report.changed
    assert [(entry.row, entry.value) for entry in store.quarantine(report.revision)] == [
        (2, "2099-01-01"),
        (3, "2099-01-02"),
    ]


def test_a_reason_can_be_told_again_in_either_language(store: Store) -> None:
    batch = store_kit.batch(store_kit.incidents(["a"]), quarantined=1)
    report = store.add_incidents(batch)
    (entry,) = store.quarantine(report.revision)
    assert entry.reason == batch.quarantined[0].reason
    assert (entry.column, entry.kind) == ("date", "date")
    assert store.quarantine(99) == ()


def test_conflict_events_come_only_where_asked_for(store: Store) -> None:
    store.add_incidents(store_kit.batch(store_kit.incidents(["a", "b"], hazard_type=["ied", "not_explosive"])))
    assert store.incidents().index.tolist() == ["a"]
    assert store.incidents(hazards=ALL).index.tolist() == ["a", "b"]
    assert store.incidents(hazards=[HazardType.NOT_EXPLOSIVE]).index.tolist() == ["b"]
    assert store.incidents(hazards=[]).empty
    assert store.data_period(EXPLOSIVE) == (dt.date(2021, 3, 1), dt.date(2021, 3, 1))
    assert store.data_period(ALL) == (dt.date(2021, 3, 1), dt.date(2021, 3, 2))


def test_the_period_is_half_open(store: Store) -> None:
    store.add_incidents(store_kit.batch(store_kit.incidents(["a", "b", "c"])))  # 1, 2, 3 March 2021
    assert store.incidents(start=dt.date(2021, 3, 2)).index.tolist() == ["b", "c"]
    assert store.incidents(end=dt.date(2021, 3, 2)).index.tolist() == ["a"]
    assert store.incidents(start=dt.date(2021, 3, 2), end=dt.date(2021, 3, 3)).index.tolist() == ["b"]


@pytest.mark.parametrize("text", ["a\0b", "half \ud800"])
def test_text_that_no_database_keeps_is_refused_by_name(store: Store, text: str) -> None:
    frame = store_kit.incidents(["a", "b"])
    frame["narrative"] = pd.Series([None, text], index=frame.index, dtype=object)
    with pytest.raises(InputError, match="Record b, column narrative"):
        store.add_incidents(store_kit.batch(frame))
    assert store.revision() == 0


# Synthetic and real


def test_explosive_incidents_from_a_source_replace_the_synthetic_ones(store: Store) -> None:
    store.add_incidents(store_kit.batch(synthetic_incidents()))
    store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["s1", "s2"], synthetic=[True, True])))
    report = store.add_incidents(store_kit.batch(store_kit.incidents(["a"])))
    assert store.incidents().index.tolist() == ["a"]
    assert store.hazards().empty
    assert [note.params for note in report.notes] == [{"count": 7}]
    assert store.revisions()[-1].notes == report.notes
    assert store.has_real()


def test_beside_conflict_events_from_a_source_nothing_synthetic_is_handed_out(store: Store) -> None:
    store.add_incidents(store_kit.batch(synthetic_incidents()))
    store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["s1", "s2"], synthetic=[True, True])))
    assert store.synthetic_only()
    report = store.add_incidents(store_kit.batch(store_kit.incidents(["a"], hazard_type=["not_explosive"])))
    assert [note.params for note in report.notes] == [{"count": 7}]
    assert store.incidents(hazards=tuple(HazardType)).index.tolist() == ["a"]
    assert store.incidents().empty
    assert store.hazards().empty
    assert store.data_period() is None
    assert not store.synthetic_only()


@pytest.mark.parametrize("hazard_type", ["ied", "not_explosive"])
def test_synthetic_rows_are_never_put_beside_real_ones(store: Store, hazard_type: str) -> None:
    real = store_kit.incidents(["a"], hazard_type=[hazard_type])
    store.add_incidents(store_kit.batch(real))
    for rows in (synthetic_incidents(), pd.concat([synthetic_incidents(), store_kit.incidents(["b"])])):
        with pytest.raises(InputError, match="5 synthetic records"):
            store.add_incidents(store_kit.batch(rows))
    with pytest.raises(InputError, match="1 synthetic record"):
        store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["s"], synthetic=[True])))
    assert store.incidents(hazards=tuple(HazardType)).index.tolist() == ["a"]


def test_hazard_areas_from_a_source_replace_the_synthetic_ones_and_hide_the_incidents(store: Store) -> None:
    store.add_incidents(store_kit.batch(synthetic_incidents()))
    store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["s1", "s2"], synthetic=[True, True])))
    assert store.synthetic_only()
    report = store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["h"])))
    assert [note.params for note in report.notes] == [{"count": 2}, {"count": 5}]
    assert store.hazards().index.tolist() == ["h"]
    assert store.incidents().empty
    assert not store.synthetic_only()


# Events


def twice_told() -> gpd.GeoDataFrame:
    """Return three reports: two sources tell of one event, a third report is far off."""
    return store_kit.incidents(
        ["a", "b", "far"],
        source=["acled", "imsma", "imsma"],
        date=np.array(["2021-03-01", "2021-03-02", "2021-03-01"], dtype="datetime64[s]"),
        geometry=[shapely.Point(-4.0, 14.5), shapely.Point(-4.005, 14.5), shapely.Point(-1, 16)],
    )


def test_near_duplicates_are_one_event_and_two_reports(store: Store) -> None:
    store.add_incidents(store_kit.batch(twice_told()))
    assert store.incidents()["event_id"].to_dict() == {"a": "a", "b": "a", "far": "far"}


def test_a_later_file_is_linked_with_what_is_stored(store: Store) -> None:
    store.add_incidents(store_kit.batch(twice_told().loc[["b", "far"]]))
    store.add_incidents(store_kit.batch(twice_told().loc[["a"]]))
    assert store.incidents()["event_id"].to_dict() == {"a": "a", "b": "a", "far": "far"}


def test_an_unlinked_event_stays_apart_after_later_imports(store: Store) -> None:
    store.add_incidents(store_kit.batch(twice_told()))
    assert store.unlink("a") == store.revision() == 2
    apart = {"a": "a", "b": "b", "far": "far"}
    assert store.incidents()["event_id"].to_dict() == apart
    changed = twice_told()
    changed["killed_total"] = pd.array([1, 1, 1], dtype="Int32")
    store.add_incidents(store_kit.batch(changed))
    assert store.incidents()["event_id"].to_dict() == apart


@pytest.mark.parametrize("report", ["far", "nothing", ""])
def test_only_linked_reports_can_be_unlinked(store: Store, report: str) -> None:
    store.add_incidents(store_kit.batch(twice_told()))
    with pytest.raises(NotFoundError):
        store.unlink(report)
    assert store.revision() == 1


# Hazard areas


def test_hazard_areas_come_back_as_they_were(store: Store) -> None:
    frame = store_kit.hazards(["h2", "h1"], clearance_date=np.array(["2023-04-05", "NaT"], dtype="datetime64[s]"))
    store.add_hazards(store_kit.hazard_batch(frame))
    assert_frame_equal(store.hazards(), frame.sort_index(), check_exact=True)


def test_the_history_keeps_what_a_newer_file_no_longer_names(store: Store) -> None:
    first = store_kit.hazard_batch(store_kit.hazards(["h"]))
    store.add_hazards(first)
    report = store.add_hazards(
        store_kit.hazard_batch(store_kit.hazards(["h"], history=['[["2021-01-09", "cleared"]]']))
    )
    assert (report.new, report.updated) == (0, 1)
    area = store.hazards().loc["h"]
    assert area["history"] == '[["2019-05-02", "suspected"], ["2021-01-09", "cleared"]]'
    assert (area["status"], area["status_since"]) == ("cleared", pd.Timestamp("2021-01-09"))
    assert not store.add_hazards(first).changed


def test_a_broken_polygon_is_kept_with_its_repair(store: Store) -> None:
    broken = QuarantinedArea(
        row=3,
        column="geometry",
        value="POLYGON (…)",
        reason=message("Row {row}: the ring crosses itself.", row=3),
        kind="geometry",
        repair_wkt="POLYGON ((0 0, 1 0, 1 1, 0 0))",
        repair_area_m2=12.5,
    )
    report = store.add_hazards(store_kit.hazard_batch(store_kit.hazards([]), [broken]))
    (entry,) = store.quarantine(report.revision)
    assert entry.details["repair_wkt"] == broken.repair_wkt
    assert entry.details["repair_area_m2"] == 12.5
    assert entry.details["broken_wkt"] is None


# Imported boundaries


def units(level: str, vintage: str = "official") -> gpd.GeoDataFrame:
    shipped = Boundaries.shipped().units(level, "2015")
    return shipped.assign(vintage=vintage).rename(index=lambda unit: f"{unit}-{vintage}")


def test_an_imported_vintage_stands_beside_the_shipped_ones(store: Store) -> None:
    cercles, regions = units("cercle"), units("region")
    assert store.add_vintage("official", cercles, {"file": "adm2.gpkg"}) == 1
    assert store.add_vintage("official", regions, {"file": "adm1.gpkg"}) == 2
    boundaries = Boundaries.with_imported(store.vintages())
    assert boundaries.vintages()[-1] == "official"
    for level, frame in (("cercle", cercles), ("region", regions)):
        assert_frame_equal(boundaries.units(level, "official"), frame.sort_index(), check_exact=True)


def test_the_same_units_again_change_nothing_and_others_replace_their_level(store: Store) -> None:
    cercles = units("cercle")
    store.add_vintage("official", cercles, {})
    assert store.add_vintage("official", cercles.sample(frac=1, random_state=1), {}) == 1
    assert store.add_vintage("official", cercles.iloc[:3], {}) == 2
    assert len(store.vintages()["official"]) == 3


def test_a_shipped_vintage_cannot_be_replaced(store: Store) -> None:
    with pytest.raises(ParameterError, match="2016"):
        store.add_vintage("2016", units("cercle", "2016"), {})
    assert store.revision() == 0


# Keys and settings


def test_keys_are_found_until_they_are_revoked(store: Store) -> None:
    first = store.keys.add("aa", "analyst", "Bamako <b>office</b>\0")
    second = store.keys.add("bb", "admin", "")
    assert first != second
    key = store.keys.find("aa", dt.datetime.now(dt.UTC))
    assert key is not None
    assert (key.id, key.audience, key.label, key.revoked) == (first, "analyst", "Bamako <b>office</b>\0", None)
    assert store.keys.find("cc", dt.datetime.now(dt.UTC)) is None
    store.keys.revoke(first)
    assert store.keys.find("aa", dt.datetime.now(dt.UTC)) is None
    listed = store.keys.list()
    assert [k.id for k in listed] == [first, second]
    store.keys.revoke(first)
    assert store.keys.list() == listed
    assert listed[0].revoked is not None
    with pytest.raises(NotFoundError):
        store.keys.revoke(99)
    assert store.revision() == 0


def test_a_secret_is_drawn_once(store: Store) -> None:
    drawn = store.secret("pseudonyms")
    assert len(drawn) == 32
    assert store.secret("pseudonyms") == drawn
    assert store.secret("another") != drawn


# All or nothing, one state at a time


def test_a_failure_in_the_middle_leaves_the_store_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_incidents(store_kit.batch(synthetic_incidents()))
    before = store.incidents()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(geo.store.store, "link", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        store.add_incidents(store_kit.batch(store_kit.incidents(["a", "b"]), quarantined=1))
    assert store.revision() == 1
    assert store.quarantine(2) == ()
    assert_frame_equal(store.incidents(), before)


def test_readers_see_the_old_revision_whole_during_an_import(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_incidents(store_kit.batch(synthetic_incidents()))
    link, seen = geo.store.store.link, []

    def look_and_link(frame: gpd.GeoDataFrame, **options: Boundaries) -> pd.Series[str]:
        with Store.open(url, seed=False) as other:  # as another process would
            for reader in (store, other):
                seen.append((reader.revision(), reader.incidents().index.tolist(), reader.synthetic_only()))
        return link(frame, **options)

    monkeypatch.setattr(geo.store.store, "link", look_and_link)
    store.add_incidents(store_kit.batch(store_kit.incidents(["a", "b"])))
    assert seen == [(1, [f"syn-{n}" for n in range(5)], True)] * 2
    assert (store.revision(), store.incidents().index.tolist()) == (2, ["a", "b"])


@pytest.mark.slow
def test_threads_read_whole_revisions_while_files_come_in(store: Store) -> None:
    sizes: set[int] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            sizes.add(len(store.incidents()))

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for number in range(5):
            store.add_incidents(store_kit.batch(store_kit.incidents([f"{number}-{n}" for n in range(200)])))
        done.set()
        for reader in readers:
            reader.result()
    assert sizes <= {0, 200, 400, 600, 800, 1000}


def test_writers_take_turns(store: Store, url: str) -> None:
    def add(number: int) -> int:
        with Store.open(url, seed=False) as other:
            return other.add_incidents(
                store_kit.batch(store_kit.incidents([f"{number}-{n}" for n in range(50)]))
            ).revision

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, range(8))) == list(range(1, 9))
    assert len(store.incidents()) == 400


def test_a_writer_gives_up_with_a_clear_error(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    link, refused = geo.store.store.link, []

    def try_to_write(frame: gpd.GeoDataFrame, **options: Boundaries) -> pd.Series[str]:
        with Store.open(url, seed=False, busy_timeout_s=0.2) as other, pytest.raises(StoreError) as caught:
            other.keys.add("aa", "admin", "")
        refused.append(str(caught.value))
        return link(frame, **options)

    monkeypatch.setattr(geo.store.store, "link", try_to_write)
    store.add_incidents(store_kit.batch(store_kit.incidents(["a"])))
    assert len(refused) == 1
    assert "locked for 0.2 s" in refused[0]
