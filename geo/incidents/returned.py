"""The report on a delivery: its own rows with what became of each; and how it is read when it comes back corrected."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from geo.core.messages import message
from geo.core.tables import defuse_inside, undefused_inside
from geo.incidents.raw import Table
from geo.reading.tabular import Sheet
from geo.reading.text import UNSTORED, controls_of, is_formula, visible

#: A heading of the report's, in any language. Where a row has two of them, it is the header of such a report.
_OURS: Final = re.compile(r"\s*sira\s*:\s*\S", re.IGNORECASE)
_FEWEST: Final = 2
#: So the report calls the rows of a file in which not every row need be an incident (`Sheet.closed`).
_CLOSED: Final = re.compile(r"\s*sira\s*:\s*(?:waypoint|point)\b", re.IGNORECASE)
#: The header of a report is looked for among this many first rows: somebody may have put a title above it.
_SEARCHED: Final = 25

#: What a spreadsheet may run although a list in a narrative begins so, too.
_CALLS: Final = re.compile(r"\s*[-+].*[|!(]", re.DOTALL)
#: What a workbook takes for a character written as its number.
_CODED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
#: What a workbook holds at most: characters in a cell, rows in a sheet.
_LONGEST_CELL: Final = 32_767
_MOST_ROWS: Final = 1_000_000


class Verdict(NamedTuple):
    """What became of a row and why, in the reader's language; both empty for a line that is part of another's row."""

    became: str
    faults: str


def write(path: Path, table: Table, verdicts: Iterable[Verdict], headings: tuple[str, str, str]) -> Path:
    """Write the rows of a file as they were delivered, each with its line, what became of it and its faults.

    Three columns of ours stand before those of the file, so that a row that is too long stays as long as it is. Text
    that a spreadsheet would take for a formula gets an apostrophe, control characters are written out; `without_report`
    takes both back.

    Parameters
    ----------
    path
        A workbook where its name ends in ``.xlsx``, else CSV in UTF-8 with the mark by which spreadsheets know it.
    headings
        Of the three columns, in the reader's language.

    Returns
    -------
    Path
        Where it was written: beside `path`, as CSV, where a workbook cannot hold the rows.
    """
    lines = chain([[*headings, *table.header]], _tags(table), _rows(table, verdicts))
    harmless_lines = ([harmless(cell) for cell in line] for line in lines)
    if path.suffix.casefold() == ".xlsx" and _fits_workbook(table):
        _write_workbook(path, harmless_lines)
        return path
    if path.suffix.casefold() == ".xlsx":
        path = path.with_suffix(".csv")
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(harmless_lines)
    return path


def _tags(table: Table) -> list[list[str]]:
    return [["", "", "", *table.tags]] if table.tags else []


def _rows(table: Table, verdicts: Iterable[Verdict]) -> Iterator[list[str]]:
    sheets: Iterable[str] = table.sheets or [""] * len(table.rows)
    for line, sheet, verdict, row in zip(table.lines, sheets, verdicts, table.rows, strict=True):
        yield [f"{sheet} {line}".strip(), verdict.became, verdict.faults, *row]


def _fits_workbook(table: Table) -> bool:
    longest = max((len(cell) for row in table.rows for cell in row), default=0)
    return len(table.rows) < _MOST_ROWS and 2 * longest <= _LONGEST_CELL  # what is written out is longer


def _write_workbook(path: Path, lines: Iterable[Sequence[str]]) -> None:
    from openpyxl import Workbook  # here, because few commands need it
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sira")
    sheet.freeze_panes = "D2"
    for column, width in (("A", 10), ("B", 24), ("C", 70)):
        sheet.column_dimensions[column].width = width
    for line in lines:
        cells = [WriteOnlyCell(sheet, value=_CODED.sub("_x005F_", cell)) for cell in line]
        for cell in cells:
            cell.number_format = "@"  # what is typed into it stays as it is typed: “2-3” becomes no date
        sheet.append(cells)
    book.save(path)


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it, or a part of it, for a formula; control characters written out.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-4.19"), harmless("Mopti")
    ("'=1+1", '-4.19', 'Mopti')
    """
    text = visible(text.removeprefix(UNSTORED))
    return ("'" if _is_risky(text) else "") + defuse_inside(text)


def _is_risky(text: str) -> bool:
    """Tell whether a text, or what stands behind apostrophes of its own, may run."""
    bare = text.lstrip("'")
    return is_formula(bare) or _CALLS.match(bare) is not None or bare[:1] in ("\t", "\r", "\n")


def as_delivered(text: str) -> str:
    """Return the cell that `harmless` was given: what was wrong with it stays so until a person corrects it.

    Examples
    --------
    >>> [as_delivered(harmless(cell)) for cell in ("=1+1", "-4.19", "two; =1+1", "'tis", "a\\x07b")]
    ['=1+1', '-4.19', 'two; =1+1', "'tis", 'a\\x07b']
    """
    if text.startswith("'") and _is_risky(bare := undefused_inside(text[1:])):
        return controls_of(bare)
    return controls_of(undefused_inside(text))


def without_report(sheet: Sheet) -> Sheet:
    """Return a sheet without the columns of a report of ours, its cells as they were delivered or corrected since."""
    for position, row in enumerate(sheet.cells[:_SEARCHED]):
        ours = {place for place, cell in enumerate(row) if _OURS.match(cell)}
        if len(ours) >= _FEWEST:
            return _without(sheet, position, ours)
    return sheet


def _without(sheet: Sheet, header: int, ours: set[int]) -> Sheet:
    from geo.incidents.geofile import LON  # which loads GDAL's vectors: a service may run for long without

    names = sheet.cells[header]
    rows = [stripped(row, ours) for row in sheet.cells[header:]]
    kept = [(line, row) for line, row in zip(sheet.lines[header:], rows, strict=True) if any(map(str.strip, row))]
    note = message(
        "This is a report of Sira's that comes back; its own columns were not read: {columns}.",
        columns=", ".join(names[place].strip() for place in sorted(ours)),
    )
    return replace(
        sheet,
        kind="geofile" if LON in rows[0] else sheet.kind,
        lines=[line for line, _ in kept],
        cells=[row for _, row in kept],
        notes=(*sheet.notes, note),
        merged=(),
        closed=any(_CLOSED.match(names[place]) for place in ours),
    )


def stripped(row: Sequence[str], ours: set[int]) -> list[str]:
    """Return the cells of a row without the columns `ours`, as they were delivered."""
    return [as_delivered(cell) for place, cell in enumerate(row) if place not in ours]
