"""The rows set aside, as a CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from geo.incidents.batch import QuarantinedRow
from geo.incidents.text import is_formula
from geo.messages import Message
from geo.tables import defuse_inside

#: What a spreadsheet may run although a list in a narrative begins so, too.
_CALLS: Final = re.compile(r"\s*[-+].*[|!(]", re.DOTALL)


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
    """Return `text` so that no spreadsheet takes it, or a part of it, for a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-4.19"), harmless("Mopti")
    ("'=1+1", '-4.19', 'Mopti')
    """
    risky = is_formula(text) or _CALLS.match(text) is not None or text[:1] in ("\t", "\r", "\n")
    return ("'" if risky else "") + defuse_inside(text)
