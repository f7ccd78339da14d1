"""What a sheet means beyond its cells: merged cells, days from 1904, rows that are totals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from geo.core.messages import Message, message
from geo.incidents.raw import Table
from geo.incidents.schema import VICTIM_COLUMNS
from geo.reading.tabular import Sheet
from geo.reading.text import fold, is_blank

_DATES: Final = ("date", "date_end", "entered_at", "updated_at")
_SERIAL: Final = re.compile(r"\d{1,6}(?:\.\d+)?")
#: Days between the two first days that workbooks count from.
_EPOCHS_APART: Final = 1_462
_TOTAL: Final = re.compile(r"(?:sous_|grand_|sub)?tota(?:l|ls|ux)(?:_.*)?|(?:somme|sum|ensemble)")
_TOTAL_ALONE: Final = re.compile(r"(?:sous_|grand_|sub)?tota(?:l|ls|ux)(?:_general|_generaux)?")
#: Without any of these a row that is called a total is no incident.
_OF_AN_INCIDENT: Final = ("date", "year", "longitude", "latitude", "geopoint")
#: Text of several words, or of letters alone: no number or code that may be all that is left of an incident.
_TITLE: Final = re.compile(r"[^\W\d_]{3}.*\s|\s.*[^\W\d_]{3}|^[^\W\d_]{4,}$", re.DOTALL)
_LONGEST_TITLE: Final = 60
#: A table of so few columns that are read may well have rows of one cell.
_FEWEST: Final = 3
#: Rows named one by one in a note.
_NAMED: Final = 20


def settle(table: Table, sheet: Sheet, chosen: Mapping[str, int]) -> Table:
    """Return the table with merged cells filled, days counted as all others are, and totals left out, each noted."""
    table = _without_titles(_filled(table, sheet, chosen), sheet, chosen)
    if sheet.epoch_1904:
        table = _from_1904(table, chosen)
    return _with_short_rows(_without_totals(table, chosen), sheet)


def _with_short_rows(table: Table, sheet: Sheet) -> Table:
    """Mark the rows of a text that end before the others do, and say that the last line may be torn.

    Where most rows end early the program that wrote them leaves out empty cells at the end, and nothing is marked.
    """
    if sheet.kind != "csv":
        return table
    width = len(table.header)
    short = tuple(index for index, row in enumerate(table.rows) if len(row) < width)
    notes = table.notes
    if 2 * len(short) > len(table.rows) > 1:
        short = ()
        notes = (*notes, message("Most rows end before the last column; what is missing was read as empty."))
    elif sheet.torn and len(table.rows) and len(table.rows) - 1 not in short:
        last = int(table.lines[-1])
        notes = (*notes, message("The last line of the file, row {row}, has no end: see that it is whole.", row=last))
    return replace(table, short=short, notes=notes)


def _filled(table: Table, sheet: Sheet, chosen: Mapping[str, int]) -> Table:
    """Give each row the value of the merged cells that it is part of; people are counted in the first row only."""
    fields = {position: name for name, position in chosen.items()}
    at = {int(line): index for index, line in enumerate(table.lines)}
    rows = table.rows
    filled: list[str] = []
    for (top, left), (bottom, _) in sheet.merged:
        name = fields.get(left)
        first = at.get(top + 1)
        if name is None or first is None or bottom == top or left >= len(rows[first]):
            continue
        filled.append(f"{top + 1}–{bottom + 1} ({table.header[left]})")
        if name in VICTIM_COLUMNS:
            continue
        rows = list(rows) if rows is table.rows else rows
        for line in range(top + 2, bottom + 2):
            if line in at:
                rows[at[line]] = _with(rows[at[line]], left, rows[first][left])
    if not filled:
        return table
    note = message(
        "Merged cells hold in each of their rows; people in them are counted in the first: {cells}.",
        cells=_some(filled),
    )
    return replace(table, rows=rows, notes=(*table.notes, note))


def _with(row: list[str], position: int, value: str) -> list[str]:
    wide = row + [""] * (position + 1 - len(row))
    return [*wide[:position], value, *wide[position + 1 :]]


def _from_1904(table: Table, chosen: Mapping[str, int]) -> Table:
    positions = {chosen[name] for name in _DATES if name in chosen}
    rows = [
        [_later(cell) if position in positions else cell for position, cell in enumerate(row)] for row in table.rows
    ]
    note = message("The workbook counts days from 1904; dates written as bare numbers were read so.")
    return replace(table, rows=rows, notes=(*table.notes, note))


def _later(cell: str) -> str:
    if not _SERIAL.fullmatch(cell.strip()):
        return cell
    whole, point, part = cell.strip().partition(".")
    return f"{int(whole) + _EPOCHS_APART}{point}{part}"


def _without_totals(table: Table, chosen: Mapping[str, int]) -> Table:
    telling = [chosen[name] for name in _OF_AN_INCIDENT if name in chosen]
    totals = {index: label for index, row in enumerate(table.rows) if (label := _total(row, telling))}
    if not totals:
        return table
    kept = np.array([index not in totals for index in range(len(table.rows))], dtype=bool)
    named = [f"{table.lines[index]} ({label})" for index, label in totals.items()]
    return replace(
        table,
        lines=table.lines[kept],
        rows=[row for index, row in enumerate(table.rows) if index not in totals],
        notes=(*table.notes, _left_out(named, table.sheet)),
    )


def _without_titles(table: Table, sheet: Sheet, chosen: Mapping[str, int]) -> Table:
    """Leave out the rows of a workbook that hold one text and nothing else: a month above its rows, a source below."""
    if sheet.kind != "workbook" or len(chosen) <= _FEWEST:
        return table
    said = [[cell.strip() for cell in row if cell.strip()] for row in table.rows]
    titles = {index: cells[0] for index, cells in enumerate(said) if len(cells) == 1 and _TITLE.search(cells[0])}
    titles = {index: text for index, text in titles.items() if not _total(table.rows[index], [])}
    if not titles or len(titles) == len(table.rows):
        return table
    kept = np.array([index not in titles for index in range(len(table.rows))], dtype=bool)
    named = _some([f"{table.lines[index]} ({text[:_LONGEST_TITLE]})" for index, text in titles.items()])
    note = message("Rows that hold one text and nothing else, left out, by row: {rows}.", rows=named)
    rows = [row for index, row in enumerate(table.rows) if index not in titles]
    return replace(table, lines=table.lines[kept], rows=rows, notes=(*table.notes, note))


def _left_out(named: list[str], sheet: str) -> Message:
    if sheet:
        return message("Totals left out of the sheet {sheet}, by row: {rows}.", sheet=sheet, rows=_some(named))
    return message("Totals left out, by row: {rows}.", rows=_some(named))


def _total(row: list[str], telling: list[int]) -> str:
    """Return the cell that calls a row a total; nothing where the row has a date or a place as incidents have."""
    said = [(position, cell.strip()) for position, cell in enumerate(row) if cell.strip()]
    label = ""
    for number, (_, cell) in enumerate(said):
        if cell[:1] in "tTsSgGeE" and (_TOTAL if number == 0 else _TOTAL_ALONE).fullmatch(fold(cell)):
            label = cell
            break
    if not label or any(position in telling and cell != label and not is_blank(cell) for position, cell in said):
        return ""
    return label


def _some(named: list[str]) -> str:
    return ", ".join(named[:_NAMED]) + (", …" if len(named) > _NAMED else "")
