"""Workbooks as people send them: several sheets, titles, totals, merged cells, formulas, days from 1904, bombs."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from xlsb_kit import write_xlsb

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, ParameterError
from geo.incidents import Batch
from geo.incidents.readers import read
from geo.reading.workbook_parts import MOST_CELLS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "intake"
HEADER = ["id", "date", "latitude", "longitude", "device_category", "killed", "place"]

Take = Callable[..., Batch]


def take(path: Path | str, **options: Any) -> Batch:
    where = FIXTURES / path if isinstance(path, str) else path
    return read(where, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), source="cas", **options)


def notes(batch: Batch) -> str:
    return "\n".join(map(str, batch.notes))


def book(path: Path, sheets: dict[str, list[list[object]]], change: Callable[[Any], None] | None = None) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change is not None:
        change(made)
    made.save(path)
    return path


def row(name: str, **changes: object) -> list[object]:
    values = dict(zip(HEADER, [name, "2023-02-03", 14.49, -4.19, "IED", 2, "Mopti"], strict=True)) | changes
    return [values[column] for column in HEADER]


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of a zipped workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in parts.items():
            archive.writestr(member, change(content) if member == name else content)
    return path


@pytest.mark.parametrize(
    ("name", "ids", "dates", "killed"),
    [
        ("excel_sheet_per_region.xlsx", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("excel_readme_first.xlsx", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("excel_title_rows.xlsx", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("excel_two_header_rows.xlsx", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("excel_serials_1904_general.xlsx", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("excel_total_row.xlsx", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("excel_formulas.xlsx", ["A2"], ["2023-02-25"], [0]),
        ("kobo_repeat_sheet_first.xlsx", ["uuid-1"], ["2024-03-02"], [2]),
        ("sheet.ods", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
        ("old.xls", ["A1", "A2"], ["2023-01-12", "2023-02-25"], [2, 0]),
    ],
)
def test_the_cases(name: str, ids: list[str], dates: list[str], killed: list[int]) -> None:
    accepted = take(name).accepted
    assert accepted["date"].tolist() == [pd.Timestamp(day) for day in dates]
    assert accepted["killed_total"].tolist() == killed
    if not name.startswith("kobo"):
        assert accepted["source_id"].tolist() == ids


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("excel_sheet_per_region.xlsx", "Sheets read, with their rows: Mopti (2), Gao (2)."),
        ("excel_readme_first.xlsx", "Sheets without incidents, not read: LISEZMOI (2)."),
        ("kobo_repeat_sheet_first.xlsx", "Sheets without incidents, not read: rep_victimes (2)."),
        ("excel_title_rows.xlsx", "The header was found in row 4; what stands above it was not read."),
        ("excel_two_header_rows.xlsx", "The header was found in row 2"),
        ("excel_serials_1904_general.xlsx", "counts days from 1904"),
        ("excel_total_row.xlsx", "Totals left out of the sheet Données, by row: 4 (Total)."),
        ("mixed_fr.csv", "Totals left out, by row: 8 (TOTAL)."),
    ],
)
def test_what_was_settled_is_said(name: str, said: str) -> None:
    assert said in notes(take(name))


def test_a_total_is_no_row() -> None:
    assert take("excel_total_row.xlsx").rows_read == 2
    assert take("mixed_fr.csv").rows_read == 6


def test_a_torn_workbook_is_refused_by_name() -> None:
    with pytest.raises(FileError, match=r"book\.xlsb is not a readable XLSB workbook"):
        take("book.xlsb")


def test_a_formula_without_a_value_is_set_aside() -> None:
    (quarantined,) = take("excel_formulas.xlsx").quarantined
    assert (quarantined.row, quarantined.kind) == (2, "formula")
    assert quarantined.value.startswith("=")
    assert "without a stored value; open and save the file in Excel or LibreOffice" in str(quarantined.reason)


@pytest.mark.parametrize(
    ("stored", "recalculated", "killed", "set_aside"),
    [("7", b"0", [7], 0), ("0", b"0", [0], 0), ("0", b"1", [], 1), ("7", b"1", [7], 0)],
)
def test_a_formula_gives_the_value_stored_with_it(
    tmp_path: Path, stored: str, recalculated: bytes, killed: list[int], set_aside: int
) -> None:
    """A program that leaves the calculation to Excel writes 0 for all: that is no value."""
    path = book(tmp_path / "f.xlsx", {"D": [HEADER, row("1", killed="=3+4")]})
    with_part(path, "xl/worksheets/sheet1.xml", lambda xml: _stored(xml, stored.encode()))
    with_part(
        path, "xl/workbook.xml", lambda xml: xml.replace(b'fullCalcOnLoad="1"', b'fullCalcOnLoad="%b"' % recalculated)
    )
    batch = take(path)
    assert batch.accepted["killed_total"].tolist() == killed
    assert len(batch.quarantined) == set_aside


def _stored(xml: bytes, value: bytes) -> bytes:
    assert b"<f>3+4</f><v></v>" in xml or b"<f>3+4</f><v />" in xml
    return xml.replace(b"<v />", b"<v></v>").replace(b"<f>3+4</f><v></v>", b"<f>3+4</f><v>%b</v>" % value)


def test_an_error_is_not_an_empty_cell(tmp_path: Path) -> None:
    path = book(tmp_path / "f.xlsx", {"D": [HEADER, row("1", killed="=3+4")]})
    with_part(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: _stored(xml, b"#REF!").replace(b'<c r="F2">', b'<c r="F2" t="e">'),
    )
    (quarantined,) = take(path).quarantined
    assert (quarantined.column, quarantined.value) == ("killed", "#REF!")


def test_hidden_sheets_and_other_headers_are_named_and_read_when_asked_for(tmp_path: Path) -> None:
    def hide(made: Any) -> None:
        made["Brouillon"].sheet_state = "hidden"

    path = book(
        tmp_path / "s.xlsx",
        {
            "Kayes": [HEADER, row("1")],
            "Brouillon": [HEADER, row("2"), row("3")],
            "Autre": [[*HEADER, "injured"], [*row("4"), 3]],
            "Gao": [list(reversed(HEADER)), list(reversed(row("5", killed=9)))],
        },
        hide,
    )
    batch = take(path)
    assert batch.accepted["source_id"].tolist() == ["1", "5"]
    assert batch.accepted["killed_total"].tolist() == [2, 9]
    assert "Sheets read, with their rows: Kayes (2), Gao (2)." in notes(batch)
    assert "under another header, not read: Autre (2). --sheet NAME" in notes(batch)
    assert "Hidden sheets, not read: Brouillon (3)." in notes(batch)
    assert take(path, sheet="brouillon").accepted["source_id"].tolist() == ["2", "3"]
    with pytest.raises(ParameterError, match="it has: Kayes, Brouillon, Autre, Gao"):
        take(path, sheet="Sikasso")


def test_a_fault_names_its_sheet_where_there_are_several(tmp_path: Path) -> None:
    path = book(tmp_path / "s.xlsx", {"Kayes": [HEADER, row("1")], "Gao": [HEADER, row("2", date="soon")]})
    (quarantined,) = take(path).quarantined
    assert quarantined.row == 2
    assert str(quarantined.reason).startswith("Sheet Gao: soon is not a date")


def test_a_workbook_without_incidents_names_its_sheets(tmp_path: Path) -> None:
    path = book(tmp_path / "s.xlsx", {"Notes": [["bonjour"]], "Listes": [["date", "region"], ["2023", "Gao"]]})
    with pytest.raises(
        FileError, match=r"columns are: date, region.* Its sheets, with their rows: Notes \(1\), Listes"
    ):
        take(path)


def test_the_header_row_may_be_named(tmp_path: Path) -> None:
    rows = [HEADER, row("1"), ["suite"], HEADER, row("2", killed=5)]
    path = book(tmp_path / "h.xlsx", {"D": rows})
    assert take(path, header_row=4).accepted["killed_total"].tolist() == [5]
    with pytest.raises(ParameterError, match="no row 40"):
        take(path, header_row=40)
    tabular = tmp_path / "map.toml"
    columns = {"date": "date", "hazard_type": "device_category", "latitude": "latitude", "longitude": "longitude"}
    said = "".join(f'{field} = "{name}"\n' for field, name in columns.items())
    tabular.write_text(f'source = "x"\nsheet = "D"\nheader_row = 4\n[columns]\n{said}')
    assert take(path, column_map=tabular).rows_read == 1
    tabular.write_text(f'source = "x"\nheader_row = "four"\n[columns]\n{said}')
    with pytest.raises(FileError, match="header_row must be a whole number"):
        take(path, column_map=tabular)


def test_a_header_of_two_rows_that_share_the_names(tmp_path: Path) -> None:
    path = book(
        tmp_path / "two.xlsx",
        {
            "D": [
                ["Incidents 2023"],
                ["id", "date", "region", "Coordonnées", None, "engin", "Tués", None],
                [None, None, None, "Latitude", "Longitude", None, "Total", "dont enfants"],
                ["1", "2023-02-03", "Mopti", 14.49, -4.19, "EEI", 2, 1],
            ]
        },
    )
    accepted = take(path).accepted
    assert accepted["killed_total"].tolist() == [2]
    assert accepted.geometry.iloc[0].y == 14.49


def test_merged_cells_hold_in_each_row_and_count_people_once(tmp_path: Path) -> None:
    def merge(made: Any) -> None:
        made["D"].merge_cells("B2:B3")
        made["D"].merge_cells("F2:F3")

    rows = [HEADER, row("1", killed=4), row("2", date=None, killed=None, latitude=14.6), row("3", date="2023-05-06")]
    batch = take(book(tmp_path / "m.xlsx", {"D": rows}, merge))
    assert batch.accepted["date"].dt.strftime("%m-%d").tolist() == ["02-03", "02-03", "05-06"]
    assert batch.accepted["killed_total"].sum() == 6
    assert "counted in the first: " in notes(batch)
    assert "2–3 (date)" in notes(batch)
    assert "2–3 (killed)" in notes(batch)


def test_real_dates_of_a_workbook_that_counts_from_1904(tmp_path: Path) -> None:
    def count_from_1904(made: Any) -> None:
        made.epoch = CALENDAR_MAC_1904
        made["D"].append(row("1", date=datetime(2023, 2, 3)))

    batch = take(book(tmp_path / "m.xlsx", {"D": [HEADER]}, count_from_1904))
    assert batch.accepted["date"].tolist() == [pd.Timestamp("2023-02-03")]


def test_a_cell_far_out_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    def far(made: Any) -> None:
        made["D"]["XFD1048576"] = "x"

    path = book(tmp_path / "far.xlsx", {"D": [HEADER, row("1")]}, far)
    with pytest.raises(FileError, match="row 1048576, column 16384"):
        take(path)
    assert MOST_CELLS < 1_048_576 * 16_384


def test_repeated_cells_of_a_calc_sheet_are_counted_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "far.ods"
    path.write_bytes((FIXTURES / "sheet.ods").read_bytes())
    cell = b'<table:table-row table:number-rows-repeated="90000000"><table:table-cell office:value-type="string"'
    with_part(
        path,
        "content.xml",
        lambda xml: xml.replace(b'<table:table-row><table:table-cell office:value-type="string"', cell),
    )
    with pytest.raises(FileError, match="a sheet reaches to row"):
        take(path)


def test_sizes_that_an_archive_states_wrongly_are_not_believed(tmp_path: Path) -> None:
    """The central directory says that a sheet of 60 MB unpacks to a few bytes."""
    path = book(tmp_path / "b.xlsx", {"D": [HEADER, row("1")]})
    with_part(path, "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * 60_000_000)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    at = data.rindex(struct.pack("<I", size))
    data[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(bytes(data))
    with pytest.raises(FileError, match="not a readable XLSX"):
        take(path)


def test_room_is_not_made_for_as_many_strings_as_a_workbook_states(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", {"D": [HEADER, row("1")]})
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="rId99" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    with_part(path, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"</Relationships>", relation.encode()))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml",
            f'<sst xmlns="{space}" count="4294967295" uniqueCount="4294967290"><si><t>un</t></si></sst>',
        )
    assert take(path).accepted["source_id"].tolist() == ["1"]


def test_a_circular_chain_of_sectors_is_refused(tmp_path: Path) -> None:
    data = bytearray((FIXTURES / "old.xls").read_bytes())
    first = struct.unpack_from("<I", data, 76)[0]
    for sector in range(9):
        circular = bytearray(data)
        struct.pack_into("<I", circular, 512 + first * 512 + 4 * sector, sector)
        path = tmp_path / "c.xls"
        path.write_bytes(bytes(circular))
        with pytest.raises(FileError, match="not a readable XLS workbook"):
            take(path)


def test_old_excel_that_counts_from_1904(tmp_path: Path) -> None:
    data = (FIXTURES / "old.xls").read_bytes()
    dates = b"\x22\x00\x02\x00\x00\x00"
    assert data.count(dates) == 1
    path = tmp_path / "c.xls"
    path.write_bytes(data.replace(dates, b"\x22\x00\x02\x00\x01\x00"))
    assert "counts days from 1904" in notes(take(path))


@pytest.mark.parametrize("name", ["acled_2025.csv", "ucdp_ged_v24.csv", "hxl_title_and_3headers.csv", "t_bambara.csv"])
def test_what_was_right_stays_right(name: str) -> None:
    batch = take(name)
    got = batch.accepted.reset_index()[["source_id", "date", "hazard_type", "killed_total", "location_precision"]]
    rows = [tuple(str(value) for value in line) for line in got.itertuples(index=False)]
    if name == "acled_2025.csv":
        assert rows == [("MLI31001", "2025-02-03 00:00:00", "unknown", "0", "settlement")]
        assert [quarantined.kind for quarantined in batch.quarantined] == ["date", "outside"]
    elif name == "ucdp_ged_v24.csv":
        assert [line[0] for line in rows] == ["500001", "500002", "500003"]
        assert [line[-1] for line in rows] == ["settlement", "country", "within_km"]
    else:
        assert [line[1:4] for line in rows] == [("2023-01-12 00:00:00", "ied", "2")]
    if name == "t_bambara.csv":
        assert batch.accepted["place_name"].tolist() == ["Kɔrɔ – Ŋɔmɔ Bɛlɛ"]


FRENCH = "N°;Date;Région;Cercle;Latitude;Longitude;Type engin;Tués;Blessés\n"
FRENCH_ROWS = "1;12/01/2023;Mopti;Mopti;14,4912;-4,1923;EEI;2;1\n2;25/01/2023;Mopti;Mopti;14,4912;-4,1923;EEI;0;1\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CELLULE, le 12 mars\nListe des incidents, 2023\n\n" + FRENCH + FRENCH_ROWS, "The header was found in row 4"),
        ("Événement;;Lieu;;Position;;Engin;Victimes;\n" + FRENCH + FRENCH_ROWS, "The header was found in row 2"),
        (FRENCH + FRENCH_ROWS + "Sous-total Mopti;;;;;;;2;2\n;TOTAL;;;;;;2;2\n", "4 (Sous-total Mopti), 5 (TOTAL)"),
        (FRENCH + FRENCH_ROWS + "Total général;;;;;;;2;2\n", "4 (Total général)"),
    ],
)
def test_titles_headers_and_totals_in_text_files_too(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    batch = take(path)
    assert batch.accepted["source_id"].tolist() == ["1", "2"]
    assert batch.quarantined == ()
    assert said in notes(batch)


def test_a_place_called_total_is_no_total(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id;date;lieu;region;engin\n1;2023-01-12;Total;Gao;EEI\n2;;Total Gao;Gao;EEI\n", encoding="utf-8")
    batch = take(path)
    assert batch.accepted["place_name"].tolist() == ["Total"]
    assert [row.kind for row in batch.quarantined] == ["date"]


def test_a_whole_french_sheet() -> None:
    batch = take("mixed_fr.csv")
    assert batch.accepted["source_id"].tolist() == ["1", "2", "3", "5", "6"]
    assert batch.accepted["killed_total"].tolist() == [2, 1, 0, 0, 2]
    assert "“au moins 2”, taken as at least 2" in batch.accepted["note"].iloc[4]
    assert [(row.row, str(row.reason)) for row in batch.quarantined] == [(5, "There is no such day as 31/02/2023.")]


def test_french_dates_as_text(tmp_path: Path) -> None:
    """In the case two ids repeat throughout: they get ids of their own here, so that each date is seen."""
    made = openpyxl.load_workbook(FIXTURES / "excel_dates_fr_text.xlsx")
    for number, cells in enumerate(made["D"].iter_rows(min_row=2), start=2):
        cells[0].value = f"A{number}"
    made.save(tmp_path / "d.xlsx")
    batch = take(tmp_path / "d.xlsx")
    read_as = {name: f"{day:%Y-%m-%d}" for name, day in batch.accepted.set_index("source_id")["date"].items()}
    assert read_as == {
        "A2": "2023-01-12", "A3": "2023-01-12", "A4": "2022-03-01", "A5": "2022-03-01", "A6": "2022-03-01",
        "A7": "2023-01-12", "A8": "2023-01-12", "A9": "2023-01-12", "A10": "2023-02-12", "A11": "2022-12-01",
    }  # fmt: skip
    assert batch.accepted.set_index("source_id")["date_precision"][["A5", "A6", "A11"]].tolist() == ["month"] * 3
    assert batch.quarantined == ()
    assert "read as spreadsheets do, from 1930 to 2029, e.g. mars-22" in notes(batch)
    assert "Dates are read as day/month/year, as row 2 shows: 12 janv. 2023." in notes(batch)
    repeated = take("excel_dates_fr_text.xlsx")
    assert repeated.accepted["source_id"].tolist() == ["A1", "A2"]
    assert {row.kind for row in repeated.quarantined} <= {"duplicate", "date", "clash"}


def test_a_calc_sheet_with_dates_merged_cells_formulas_and_errors(tmp_path: Path) -> None:
    def cell(text: str, attributes: str = "") -> str:
        return f'<table:table-cell {attributes} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    formula = 'table:formula="of:=[.A1]+1"'
    killed = [
        f'<table:table-cell {formula} office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell>',
        f"<table:table-cell {formula}/>",
        f'<table:table-cell {formula} office:value-type="string" office:string-value="" calcext:value-type="error">'
        "<text:p>#DIV/0!</text:p></table:table-cell>",
    ]
    regions = [cell("Mopti", 'table:number-rows-spanned="2"'), "<table:covered-table-cell/>", cell("Gao")]
    rows = ["".join(map(cell, ["id", "date", "region", "engin", "tues"]))]
    for number in range(3):
        day = f'<table:table-cell office:value-type="date" office:date-value="2023-01-1{number}"/>'
        rows.append(f"{cell(f'A{number}')}{day}{regions[number]}{cell('EEI')}{killed[number]}")
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    end = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    path = tmp_path / "f.ods"
    path.write_bytes((FIXTURES / "sheet.ods").read_bytes())
    with_part(
        path,
        "content.xml",
        lambda xml: (
            xml[: xml.index(b"<table:table-row>")].replace(
                b"<office:document-content", b'<office:document-content xmlns:calcext="urn:c"'
            )
            + (body + end).encode()
            + xml[xml.rindex(b"</table:table-row>") + 18 :]
        ),
    )
    batch = take(path)
    assert batch.accepted["date"].tolist() == [pd.Timestamp("2023-01-10")]
    assert [(row.row, row.value) for row in batch.quarantined] == [(3, "=[.A1]+1"), (4, "#DIV/0!")]
    assert "2–3 (region)" in notes(batch)


@pytest.mark.parametrize(("epoch_1904", "serial"), [(False, 44938.0), (True, 43476.0)])
def test_a_binary_workbook(tmp_path: Path, epoch_1904: bool, serial: float) -> None:
    values = [*zip(HEADER, ["A1", serial, 14.49, -4.19, "EEI", 2.0, "Ténenkou"], strict=True)]
    cells = {(row, column): pair[row] for column, pair in enumerate(values) for row in (0, 1)}
    accepted = take(write_xlsb(tmp_path / "b.xlsb", cells, epoch_1904=epoch_1904)).accepted
    assert accepted["date"].tolist() == [pd.Timestamp("2023-01-12")]
    assert (accepted["killed_total"].iloc[0], accepted["place_name"].iloc[0]) == (2, "Ténenkou")


def test_a_binary_workbook_that_reaches_too_far(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "b.xlsb", {(0, 0): "id", (1_048_575, 16_383): "x"})
    with pytest.raises(FileError, match="row 1048576, column 16384"):
        take(path)


def test_rows_of_one_text_are_titles_and_no_incidents(tmp_path: Path) -> None:
    header = ["N°", "Date", "Cercle", "Lat", "Lon", "Engin", "Tués"]
    row = [1, "2023-01-02", "Bandiagara", 14.3512, -3.6098, "EEI", 1]
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    for cells in (header, ["Janvier 2023"], row, ["Février 2023"], [2, *row[1:]], [3], ["Source : bureau de Mopti"]):
        sheet.append(cells)
    made.save(tmp_path / "d.xlsx")
    batch = take(tmp_path / "d.xlsx")
    assert batch.accepted["source_id"].tolist() == ["1", "2"]
    assert [row.row for row in batch.quarantined] == [6]  # what is left of a row is no title
    assert "2 (Janvier 2023), 4 (Février 2023), 7 (Source : bureau de Mopti)" in notes(batch)


def test_an_id_that_repeats_with_other_content_is_told_so_and_where(tmp_path: Path) -> None:
    header = ["N°", "Date", "Lat", "Lon", "Engin"]
    made = openpyxl.Workbook()
    made.worksheets[0].title = "2023"
    for year, sheet in ((2023, made.worksheets[0]), (2022, made.create_sheet("2022"))):
        sheet.append(header)
        sheet.append([1, f"{year}-01-02", 14.3512, -3.6098, "EEI"])
    made.save(tmp_path / "d.xlsx")
    (repeated,) = take(tmp_path / "d.xlsx").quarantined
    assert "Row 2 (2023) has the same id with other content" in str(repeated.reason)


def test_a_header_of_three_rows_under_merged_groups(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append(["RAPPORT MENSUEL"])
    sheet.append(["N°", "Date", "Lieu", None, "Engin", "Victimes", None, None, None])
    sheet.append([None, None, "Lat", "Lon", None, "Tués", None, "Blessés", None])
    sheet.append([None] * 5 + ["Civils", "FDS", "Civils", "FDS"])
    sheet.append([1, "2023-03-02", 14.3512, -3.6098, "EEI", 1, 2, 0, 3])
    for cells in ("C2:D2", "F2:I2", "F3:G3", "H3:I3"):
        sheet.merge_cells(cells)
    made.save(tmp_path / "d.xlsx")
    (row,) = take(tmp_path / "d.xlsx").accepted.itertuples()
    assert (row.killed_civilian, row.killed_security_force) == (1, 2)
    assert (row.injured_civilian, row.injured_security_force) == (0, 3)
    assert (row.geometry.x, row.geometry.y) == (-3.6098, 14.3512)
