"""Sheets of a workbook that belong together, put under each other; what is said of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from geo.core.messages import Message, message
from geo.incidents.raw import Table
from geo.reading.tabular import Sheet
from geo.reading.text import fold


def same_header(one: Table, other: Table) -> bool:
    """Tell whether two tables have the same columns, in whatever order and spelling."""
    first, second = (sorted(fold(name) for name in table.header if name) for table in (one, other))
    return first == second


def joined(tables: Sequence[Table]) -> Table:
    """Put the rows of tables with one header under each other, each row with the sheet it is from."""
    first = tables[0]
    if len(tables) == 1:
        return first
    keys = [fold(name) for name in first.header]
    rows: list[list[str]] = []
    for part in tables:
        order = _order(keys, [fold(name) for name in part.header])
        rows += part.rows if order is None else [_reordered(row, order) for row in part.rows]
    return replace(
        first,
        lines=np.concatenate([part.lines for part in tables]),
        rows=rows,
        notes=tuple(note for part in tables for note in part.notes),
        sheets=tuple(part.sheet for part in tables for _ in part.rows),
        short=tuple(index + begin for part, begin in _begins(tables) for index in part.short),
    )


def _begins(tables: Sequence[Table]) -> Iterator[tuple[Table, int]]:
    begin = 0
    for table in tables:
        yield table, begin
        begin += len(table.rows)


def _order(keys: list[str], own: list[str]) -> list[int] | None:
    """Return where each column of the first sheet stands in another; None where they stand in the same places."""
    if own[: len(keys)] == keys:
        return None
    taken = list(own)
    order = []
    for key in keys:
        position = taken.index(key) if key in taken else -1
        order.append(position)
        if position >= 0:
            taken[position] = "\0"
    return order


def _reordered(row: list[str], order: list[int]) -> list[str]:
    known = [row[position] if 0 <= position < len(row) else "" for position in order]
    return [*known, *(cell for position, cell in enumerate(row) if position not in order and cell.strip())]


def left_aside(sheets: Sequence[Sheet], read: Sequence[Sheet], others: Sequence[Sheet]) -> list[Message]:
    """Say which sheets of a workbook were read, and which were not and why, with their rows."""
    if len(sheets) < 2:
        return []
    notes = [message("Sheets read, with their rows: {sheets}.", sheets=sizes(read))]
    hidden = [sheet for sheet in sheets if sheet.hidden and sheet not in read]
    rest = [sheet for sheet in sheets if sheet not in read and sheet not in hidden and sheet not in others]
    if others:
        notes.append(
            message(
                "Sheets with incidents under another header, not read: {sheets}. --sheet NAME reads one.",
                sheets=sizes(others),
            )
        )
    if hidden:
        notes.append(message("Hidden sheets, not read: {sheets}. --sheet NAME reads one.", sheets=sizes(hidden)))
    if rest:
        notes.append(message("Sheets without incidents, not read: {sheets}.", sheets=sizes(rest)))
    return notes


def sizes(sheets: Sequence[Sheet]) -> str:
    """Name sheets, each with the number of its rows."""
    return ", ".join(f"{sheet.name} ({len(sheet.cells)})" for sheet in sheets)
