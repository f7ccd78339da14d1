"""The report on a delivery comes back as it went out: the same records, the same rows set aside, the same faults."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.hazards.contents import contents
from geo.incidents import readers, returned
from geo.incidents.raw import Table
from geo.incidents.returned import Verdict, as_delivered, harmless
from geo.reading.text import is_formula

FIXTURES = Path(__file__).parents[1] / "fixtures"
TODAY = date(2025, 6, 1)
HEADINGS = ("Sira: row", "Sira: what became of it", "Sira: faults")
#: Beside column maps and notes: files of activities, of areas or of what is refused, and one that needs its map.
NO_INCIDENTS = {
    *("3w.csv", "eore_kobo.csv", "eore_sessions.csv", "mapped.csv", "book.xlsb", "imsma.xml"),
    *("adm2_utm30.zip", "g.kmz", "g_poly_foldername_status.kml", "gpkg_areas_zones_first.gpkg", "hz_status_fr.csv"),
    *("zones_2023-01.zip", "zones_2023-06.zip", "shp_area_utf8_cpg1252.zip", "shp_area_wrongcpg.zip"),
}
FILES = sorted(
    path
    for folder in ("incidents", "intake", "exchange")
    for path in (FIXTURES / folder).rglob("*.*")
    if path.name not in NO_INCIDENTS and path.suffix not in {".md", ".py", ".pyc", ".toml"}
)


def written(table: Table, path: Path) -> Path:
    line = "Sira : point" if table.closed else HEADINGS[0]
    return returned.write(path, table, [Verdict("new", "=1+1")] * len(table.rows), (line, *HEADINGS[1:]))


def faults(batch: object) -> list[list[tuple[str, str, str]]]:
    return [[(each.column, each.value, each.kind) for each in row.faults] for row in batch.quarantined]  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


AS_WORKBOOK = {
    "kobo.xlsx",
    "hxl.csv",
    "q.csv",
    "g.gpx",
    "excel_formulas.xlsx",
    "e_cp850.csv",
    "excel_two_header_rows.xlsx",
}
REPORTS = [
    (file, ending) for file in FILES for ending in (".csv", ".xlsx") if ending == ".csv" or file.name in AS_WORKBOOK
]


@pytest.mark.parametrize(("file", "ending"), REPORTS, ids=lambda part: getattr(part, "name", part))
def test_incidents_come_back_as_they_were(file: Path, ending: str, boundaries: Boundaries, tmp_path: Path) -> None:
    words = {"boundaries": boundaries, "today": TODAY, "source": "cas", "pcodes": "ocha2020", "date_order": "dmy"}
    first = readers.read(file, **words)  # type: ignore[arg-type]
    table = readers.delivered(file).table
    assert len(table.rows) == first.rows_read
    again = readers.read(written(table, tmp_path / f"report{ending}"), **words)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(again.accepted, first.accepted)
    assert faults(again) == faults(first)


@pytest.mark.parametrize(
    "name",
    ["lifecycle/zones_2023-01.zip", "hz_status_fr.csv", "g_poly_foldername_status.kml", "gpkg_areas_zones_first.gpkg"],
)
def test_areas_come_back_as_they_were(name: str, boundaries: Boundaries, tmp_path: Path) -> None:
    file = FIXTURES / "intake" / name
    first = hazards.read(file, boundaries=boundaries, today=TODAY, source="cas")
    path = written(hazards.delivered(file), tmp_path / "report.csv")
    assert contents(path) == {"areas"}
    again = hazards.read(path, boundaries=boundaries, today=TODAY, source="cas")
    pd.testing.assert_frame_equal(again.accepted.drop(columns="note"), first.accepted.drop(columns="note"))
    assert faults(again) == faults(first)
    assert len(first.accepted) + len(first.quarantined) == len(again.accepted) + len(again.quarantined) > 0


HOSTILE = st.text(st.sampled_from("=+-@;\t\n' a1(|!é\x07\u202e\\"), max_size=8)


@given(HOSTILE)
def test_no_cell_runs_and_each_comes_back(text: str) -> None:
    assert not is_formula(harmless(text))
    back = as_delivered(harmless(text))
    assert back == (text if "\\" not in text else back)  # a backslash of its own may be one of a control character
    assert harmless(back) == harmless(text)


def test_a_report_saved_by_another_program_under_a_title_comes_back(boundaries: Boundaries, tmp_path: Path) -> None:
    file = FIXTURES / "intake" / "v_words.csv"
    path = written(readers.delivered(file).table, tmp_path / "report.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    with path.open("w", encoding="cp1252", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([["Corrigé le 3 mai"], *rows])
    words = {"boundaries": boundaries, "today": TODAY, "source": "cas"}
    again = readers.read(path, **words, column_map=None, header_row=9)  # type: ignore[arg-type]
    assert len(again.accepted) == len(readers.read(file, **words).accepted) > 0  # type: ignore[arg-type]


def test_what_a_workbook_cannot_hold_is_written_as_csv(boundaries: Boundaries, tmp_path: Path) -> None:
    rows = [["id", "date", "longitude", "latitude", "engin", "description"]]
    rows += [["1", "2023-02-03", "-4.19", "14.49", "mine", "très " * 9_000]]
    file = tmp_path / "long.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    path = written(readers.delivered(file).table, tmp_path / "report.xlsx")
    assert path.name == "report.csv"
    assert len(readers.read(path, boundaries=boundaries, today=TODAY, source="cas").accepted) == 1


def test_no_cell_of_the_workbook_is_a_formula(tmp_path: Path) -> None:
    path = written(readers.delivered(FIXTURES / "incidents" / "kobo.xlsx").table, tmp_path / "report.xlsx")
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}  # text, or empty
    assert "'=1+1" in {cell.value for cell in cells}


def test_what_a_workbook_takes_for_a_coded_character_comes_back_as_it_stands(
    boundaries: Boundaries, tmp_path: Path
) -> None:
    file = tmp_path / "coded.csv"
    text = "_x000D_ et _x0041_ _x41_"
    file.write_text(f"id,date,longitude,latitude,engin,description\n1,2023-02-03,-4.19,14.49,mine,{text}\n")
    path = written(readers.delivered(file).table, tmp_path / "report.xlsx")
    again = readers.read(path, boundaries=boundaries, today=TODAY, source="cas")
    assert again.accepted["narrative"].tolist() == [text]
