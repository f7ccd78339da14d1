"""What is caught in a file of incidents, and how it is named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.hazards.contents import holds_areas
from geo.incidents import Batch, QuarantinedRow, notes
from geo.incidents.batch import KINDS
from geo.incidents.readers import read

HEADER = ["id", "date", "longitude", "latitude", "hazard_type", "killed", "narrative"]
GOOD = ["1", "2023-02-03", "-4.19", "14.49", "ied", "2", "text"]

Take = Callable[..., Batch]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    def read_rows(
        *rows: list[str], header: list[str] = HEADER, separator: str = ",", encoding: str = "utf-8", **options: object
    ) -> Batch:
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows([header, *rows])
        path = tmp_path / "file.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        options = {"source": "imsma"} | options
        return read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), **options)  # type: ignore[arg-type]

    return read_rows


def _row(**changes: str) -> list[str]:
    return [changes.get(name, value) for name, value in zip(HEADER, GOOD, strict=True)]


def _only(batch: Batch) -> QuarantinedRow:
    (row,) = batch.quarantined
    assert row.kind in KINDS
    return row


@pytest.mark.parametrize(
    ("changes", "kind", "column", "said"),
    [
        ({"longitude": "2.35", "latitude": "48.85"}, "outside", "longitude, latitude", "outside Mali"),
        ({"longitude": "14.49", "latitude": "-4.19"}, "swapped", "longitude, latitude", "swapped"),
        ({"longitude": "0", "latitude": "0"}, "location", "longitude, latitude", "0, 0"),
        ({"longitude": "-419", "latitude": "14.49"}, "location", "longitude, latitude", "degrees"),
        ({"longitude": "4°X"}, "location", "longitude", "decimal degrees"),
        ({"longitude": "4°N"}, "swapped", "longitude", "other coordinate"),
        ({"longitude": "4°11'"}, "location", "longitude", "E or W"),
        ({"longitude": "1e999"}, "location", "longitude", "decimal degrees"),
        ({"latitude": ""}, "location", "longitude, latitude", "missing"),
        ({"longitude": "", "latitude": ""}, "location", "longitude, latitude", "neither coordinates"),
        ({"date": "2031-01-01"}, "date", "date", "future"),
        ({"date": "1820-01-01"}, "date", "date", "before"),
        ({"date": ""}, "date", "date", "missing"),
        ({"date": "soon"}, "date", "date", "YYYY-MM-DD"),
        ({"date": "2023-02-30"}, "date", "date", "no such day"),
        ({"killed": "-2"}, "count", "killed", "negative"),
        ({"killed": "two"}, "count", "killed", "whole number"),
        ({"killed": "99999999999"}, "count", "killed", "whole number"),
        ({"hazard_type": "223 00 00 00"}, "code", "hazard_type", "ap_mine"),
        ({"narrative": "=HYPERLINK(1)"}, "formula", "narrative", "formula"),
        ({"killed": "+A1"}, "formula", "killed", "formula"),
        ({"narrative": "ding\x07"}, "control", "narrative", "control"),
        ({"id": "1\u202e2"}, "control", "id", "control"),
    ],
)
def test_each_fault_is_named(take: Take, changes: dict[str, str], kind: str, column: str, said: str) -> None:
    batch = take(GOOD, _row(**({"id": "2"} | changes)))
    row = _only(batch)
    assert (row.row, row.kind, row.column) == (3, kind, column)
    assert said in str(row.reason)
    assert len(batch.accepted) == 1


def test_a_row_of_the_wrong_length(take: Take) -> None:
    batch = take([*GOOD, "extra"], _row(id="2"), ["3", "2023-02-03", "-4.19", "14.49", "uxo"])
    assert [(row.row, row.kind) for row in batch.quarantined] == [(2, "shape"), (4, "shape")]
    assert batch.accepted.index.tolist() == ["imsma:2"]


def test_lines_are_those_of_the_file(take: Take) -> None:
    batch = take(_row(narrative="two\nlines\nmore"), ["", "", "", "", "", "", ""], _row(id="2", killed="-1"))
    assert _only(batch).row == 6
    assert any("1 blank line was" in str(note) for note in batch.notes)


def test_unknown_is_not_zero(take: Take) -> None:
    killed = take(_row(killed=""), _row(id="2", killed="0"), _row(id="3", killed="inconnu")).accepted["killed_total"]
    assert killed.isna().tolist() == [True, False, True]
    assert killed.iloc[1] == 0


def test_the_same_record_twice(take: Take) -> None:
    row = _only(take(GOOD, GOOD))
    assert (row.row, row.kind, row.value) == (3, "duplicate", "1")
    assert "row 2" in str(row.reason)
    header = [*HEADER, "updated_at"]
    batch = take([*GOOD, "2023-03-01"], [*_row(killed="5"), "2023-04-01"], header=header)
    assert _only(batch).row == 2
    assert batch.accepted["killed_total"].tolist() == [5]


def test_without_an_id_date_place_and_device_are_the_id_and_rows_that_share_them_are_counted_off(take: Take) -> None:
    header = HEADER[1:]
    batch = take(GOOD[1:], _row(killed="3")[1:], _row(date="03/02/2023")[1:], header=header, date_order="dmy")
    first, second, third = batch.accepted.index
    assert (second, third) == (f"{first}-2", f"{first}-3")
    assert first.startswith("imsma:row-")
    moved = take(_row(longitude="-4.2")[1:], header=header).accepted.index[0]
    assert not moved.startswith(first)


def test_columns_named_longitude_and_latitude_are_never_exchanged_but_the_map_line_is_offered(take: Take) -> None:
    rows = [_row(id=str(n), longitude=f"14.{n}", latitude=f"-4.{n}") for n in range(1, 5)]
    batch = take(*rows)
    assert [row.kind for row in batch.quarantined] == ["swapped"] * 4
    assert any('longitude = "latitude", latitude = "longitude"' in str(note) for note in batch.notes)
    mixed = take(*rows, _row(id="9"))
    assert [row.kind for row in mixed.quarantined] == ["swapped"] * 4


def test_a_point_just_outside_the_border_is_taken_with_a_note(take: Take) -> None:
    batch = take(_row(longitude="3.900001", latitude="15.750045"), _row(id="2", longitude="-5.2", latitude="11.30"))
    (note,) = batch.accepted["note"].dropna()
    distance = int(note.split()[0])
    assert 0 < distance <= 1000
    assert notes.read(note)[0].template == "{distance} m outside the border"
    abroad = take([*_row(longitude="3.900001", latitude="15.750045"), "Niger"], header=[*HEADER, "country"])
    assert _only(abroad).kind == "outside"  # the tolerance is for places that may be in Mali
    inside = take([*GOOD, "Niger"], header=[*HEADER, "country"])
    assert (_only(inside).kind, _only(inside).column) == ("location", "country")


def test_a_point_on_a_centre_stands_for_the_unit(take: Take) -> None:
    cercle = Boundaries.shipped().units("cercle", "2016").loc[["cercle-douentza"]].geometry.iloc[0].centroid
    batch = take(_row(longitude=f"{cercle.x:.6f}", latitude=f"{cercle.y:.6f}"), _row(id="2"))
    row = batch.accepted.loc["imsma:1"]
    assert (row["location_precision"], row["location_unit"]) == ("cercle", "cercle-douentza")
    assert row.geometry is None
    assert pd.isna(row["location_error_km"])
    assert f"{cercle.x:.6g}"[:5] in row["note"]
    assert notes.read(row["note"])[0].params["unit"] == "Douentza"
    assert batch.accepted.loc["imsma:2", "location_precision"] == "within_km"  # as its two decimals say


def test_names_of_units_place_rows_without_coordinates(take: Take) -> None:
    header = ["id", "date", "hazard_type", "commune", "cercle", "region"]
    batch = take(
        ["1", "2023-01-01", "ied", "", "Timbuktu", ""],
        ["2", "2023-01-01", "ied", "", "", "Kidal"],
        ["3", "2023-01-01", "ied", "Nowhere", "Mopti", ""],
        header=header,
    )
    assert batch.accepted["location_unit"].tolist() == ["cercle-tombouctou", "region-2016-kidal"]
    row = _only(batch)
    assert (row.row, row.column, row.value, row.kind) == (4, "commune", "Nowhere", "location")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(take: Take, encoding: str, separator: str) -> None:
    row = _row(narrative="près de Ségou, « ici »" if encoding != "cp1252" else "près de Ségou, ici")
    batch = take(row, _row(id="2", longitude="-4,19", latitude="14,49"), separator=separator, encoding=encoding)
    assert len(batch.accepted) == 2
    assert batch.accepted["narrative"].iloc[0] == row[-1]
    assert batch.accepted.geometry.iloc[0] == batch.accepted.geometry.iloc[1]


def test_the_order_of_day_and_month(take: Take) -> None:
    ambiguous = [_row(date="01/02/2023"), _row(id="2", date="03/04/2023")]
    with pytest.raises(FileError, match="--date-order"):
        take(*ambiguous)
    assert take(*ambiguous, date_order="mdy").accepted["date"].iloc[0] == pd.Timestamp("2023-01-02")
    settled = take(*ambiguous, _row(id="3", date="25/03/2023"))
    assert settled.accepted["date"].iloc[0] == pd.Timestamp("2023-02-01")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"a,b\n1,2\n", "no format Sira knows"),
        (b'id,date\n1,"open\n', "quotation mark"),
        (b"\x81\x8d\x8f", "nor a format"),
        (b"PK\x03\x04nonsense", "XLSX"),
        (b"{not json", "JSON"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (b'{"features": [], "crs": {"properties": {"name": "EPSG:4201"}}}', "Adindan"),
        (b"SQLite format 3\x00 and more", "cannot be read"),
        (b"date,date,hazard_type,lat,lon\n2023-01-01,2023-01-02,ied,14,-4\n", "2 times"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match=said):
        read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.csv"):
        read(tmp_path / "none.csv", boundaries=Boundaries.shipped(), today=date(2026, 1, 1))


def test_a_workbook_with_several_sheets_and_real_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["1", date(2023, 2, 3), -4.19, 14.49, "ied", 2, "text"])
    book.create_sheet("other").append(["x"])
    book.save(tmp_path / "b.xlsx")
    batch = read(tmp_path / "b.xlsx", boundaries=Boundaries.shipped(), today=date(2026, 1, 1), source="imsma")
    assert batch.accepted["date"].tolist() == [pd.Timestamp("2023-02-03")]
    assert "Sheets read, with their rows: Sheet (2)." in map(str, batch.notes)


def test_areas_are_told_from_points(tmp_path: Path) -> None:
    def holds(content: str) -> bool:
        path = tmp_path / "f"
        path.write_text(content)
        return holds_areas(path)

    polygon = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    feature = {"type": "Feature", "geometry": polygon, "properties": {}}
    assert holds(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert holds('id,wkt\n1,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n')
    assert holds("id;bearing;distance_m\n1;2;3\n")
    placemark = "<Placemark><{kind}><coordinates>-4,14</coordinates></{kind}></Placemark>"
    assert holds(f'<?xml version="1.0"?><kml>{placemark.format(kind="Polygon")}</kml>')
    assert not holds(f"<kml>{placemark.format(kind='Point')}</kml>")
    fixtures = Path(__file__).parents[1] / "fixtures" / "incidents"
    for name in ("ucdp_ged_official.csv", "acled.csv", "kobo.xlsx", "points.geojson", "imsma_accidents.csv"):
        assert not holds_areas(fixtures / name)
