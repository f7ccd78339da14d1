"""The rows set aside, as a CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from geo.incidents.batch import QuarantinedRow
from geo.incidents.text import is_formula
from geo.messages import Message


def write_report(
    path: Path, rows: Iterable[QuarantinedRow], *, header: Iterable[str], say: Callable[[Message], str]
) -> None:
    """Write line number, column, value, reason and kind of each row, in UTF-8 with a byte order mark.

    The mark is what makes spreadsheets read accents; a text that a spreadsheet would take for a formula is written
    with an apostrophe before it.

    Parameters
    ----------
    header
        Names of the five columns, in the reader's language.
    say
        Puts a message into the reader's language.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(list(header))
        for row in rows:
            writer.writerow([row.row, *map(harmless, (row.column, row.value, say(row.reason), row.kind))])


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-4.19"), harmless("Mopti")
    ("'=1+1", '-4.19', 'Mopti')
    """
    return f"'{text}" if is_formula(text) or text[:1] in ("\t", "\r", "\n") else text
