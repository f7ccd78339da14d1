"""Tables as they stand under a row of a sheet, or under two rows that share the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.incidents.raw import Table
from geo.reading.tabular import Sheet
from geo.reading.text import fold

#: Under a group of columns these words say no more than the group's own name.
_PLAIN_PARTS: Final = frozenset({"total", "nombre", "nb", "number", "n"})


def from_row(sheet: Sheet, row: int | None) -> Sheet:
    """Return a sheet from the line on that was said to be its header."""
    if row is None:
        return sheet
    if row not in sheet.lines:
        raise ParameterError(
            message("{file} has no row {row} with anything in it.", file=sheet.file, row=row), parameter="header_row"
        )
    position = sheet.lines.index(row)
    return replace(sheet, lines=sheet.lines[position:], cells=sheet.cells[position:])


def two_rows(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Name columns by two rows: a group's name holds for the columns to its right that have none."""
    width = max(len(upper), len(lower))
    names, group = [], ""
    for own, part in zip(_wide(upper, width), _wide(lower, width), strict=True):
        group = own or group
        plain = not part or fold(part) in _PLAIN_PARTS
        names.append((own or group) if plain and (own or part) else f"{group}/{part}" if part else "")
    return names


def _wide(cells: Sequence[str], width: int) -> list[str]:
    return [*(cell.strip() for cell in cells), *[""] * (width - len(cells))]


def table_under(sheet: Sheet, last: int, header: int | None = None) -> Table:
    """Return the rows under row `last`, with the row `header` (`last` itself unless given) as their header."""
    names = sheet.cells[last if header is None else header]
    width = max(len(names), len(sheet.cells[last]))
    names = list(names) + [""] * (width - len(names))
    while names and not names[-1].strip() and (header is None):
        names.pop()
    lines = np.array(sheet.lines[last + 1 :], dtype=np.int64)
    header_names = [name.strip() for name in names]
    rows = sheet.cells[last + 1 :]
    return Table(sheet.file, header_names, lines, rows, sheet.notes, sheet.name, closed=sheet.closed)
