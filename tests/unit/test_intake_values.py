"""From cells to values: every file of tests/fixtures/intake comes to the values that its table of cases names."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.incidents import Batch
from geo.incidents.batch import write_report
from geo.incidents.readers import read
from geo.store.store import Store

INTAKE = Path(__file__).parents[1] / "fixtures" / "intake"
TODAY = date(2026, 11, 30)


def take(name: str, **options: object) -> Batch:
    options = {"source": "cas"} | options
    return read(INTAKE / name, boundaries=Boundaries.shipped(), today=TODAY, **options)  # type: ignore[arg-type]


def take_rows(tmp_path: Path, *rows: list[str], **options: object) -> Batch:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = tmp_path / "rows.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    options = {"source": "cas"} | options
    return read(path, boundaries=Boundaries.shipped(), today=TODAY, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "lon", "lat", "precision", "error_km"),
    [
        ("c_coordonnees.csv", -2.95, 15.0012, "exact", 0.1),
        ("c_dms.csv", -2.95, 15.00347, "exact", 0.1),
        ("c_mgrs.csv", -4.75354, 15.98340, "exact", 0.1),
        ("c_utm_cols.csv", -4.95297, 14.99374, "exact", 0.1),
        ("c_integers.csv", -3, 15, "within_km", 55.6),
        ("p_kobo_bad_accuracy.csv", -2.95, 15.0, "within_km", 4.8),
    ],
)
def test_positions_are_read_with_the_error_of_their_writing(
    file: str, lon: float, lat: float, precision: str, error_km: float
) -> None:
    batch = take(file)
    assert batch.quarantined == ()
    assert max(abs(batch.accepted.geometry.x - lon)) < 1e-4
    assert max(abs(batch.accepted.geometry.y - lat)) < 2e-4
    assert set(batch.accepted["location_precision"]) == {precision}
    assert max(abs(batch.accepted["location_error_km"] - error_km)) < 0.01 * error_km


KOBO = ["date_incident", "type_engin", "_id", "_uuid", "_submission_time"]
SENT = ["2024-03-02", "EEI", "1", "uuid-1", "2024-03-02T09:00:00"]
START = ["start-geopoint", "_start-geopoint_latitude", "_start-geopoint_longitude", "_geolocation"]
BAMAKO = ["12.63 -8.00 0 5", "12.63", "-8.00", "[12.63, -8.0]"]


def split(stem: str) -> list[str]:
    return [f"_{stem}_latitude", f"_{stem}_longitude", f"_{stem}_precision"]


def test_the_interviewers_position_is_never_the_events(tmp_path: Path) -> None:
    there = ["15.12", "-2.95", "250"]
    batch = take_rows(tmp_path, [*KOBO, *START, *split("lieu")], [*SENT, *BAMAKO, *there])
    assert batch.accepted.geometry.iloc[0].coords[0] == (-2.95, 15.12)
    with pytest.raises(FileError, match="only where the form was filled in"):
        take_rows(tmp_path, [*KOBO, *START], [*SENT, *BAMAKO])
    batch = take_rows(tmp_path, [*KOBO, *START, "cercle"], [*SENT, *BAMAKO, "Douentza"])
    assert batch.accepted["location_unit"].tolist() == ["cercle-douentza"]


def test_of_two_positions_neither_is_chosen(tmp_path: Path) -> None:
    header = [*KOBO, *split("engin"), *split("village")]
    with pytest.raises(FileError, match=r"engin, village"):
        take_rows(tmp_path, header, [*SENT, "15.12", "-2.95", "5", "15.2", "-2.9", "5"])


def test_two_columns_that_state_other_places_set_the_row_aside(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "latitude", "longitude", "gps"]
    good = ["1", "2024-03-02", "EEI", "15.12", "-2.95", "15.121 -2.951"]
    (row,) = take_rows(tmp_path, header, good, ["2", *good[1:5], "14.2, -4.1"]).quarantined
    assert (row.row, row.column) == (3, "gps")
    assert "-2.95, 15.12" in str(row.reason)


def test_metres_without_a_zone_are_refused_in_words(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "x", "y"]
    (row,) = take_rows(tmp_path, header, ["1", "2024-03-02", "EEI", "290000", "1658560"]).quarantined
    assert "add a column zone" in str(row.reason)


def test_all_faults_of_a_row_are_named_at_once() -> None:
    (row,) = take("multi.csv").quarantined
    assert {(fault.column, fault.kind) for fault in row.faults} == {
        ("date", "date"),
        ("device_category", "code"),
        ("killed", "count"),
        ("injured", "count"),
        ("longitude, latitude", "location"),
    }
    assert (row.column, row.kind) == ("date", "date")
    batch = take("lifecycle/q.csv")
    assert {row.row: {fault.column for fault in row.faults} for row in batch.quarantined} == {
        3: {"date"},
        4: {"longitude, latitude"},
        5: {"killed", "device_category"},
    }


def test_the_report_holds_every_fault_and_the_store_keeps_them(tmp_path: Path) -> None:
    batch = take("multi.csv")
    write_report(
        tmp_path / "report.csv", batch.quarantined, header=["row", "column", "value", "reason", "kind"], say=str
    )
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["column"] for row in csv.DictReader(stream)] == [f.column for f in batch.quarantined[0].faults]
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    (kept,) = store.quarantine(store.add_incidents(batch).revision)
    assert [fault["column"] for fault in kept.details["others"]] == [f.column for f in batch.quarantined[0].others]
