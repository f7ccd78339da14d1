"""Tables of plain text that keep to a width: one column gives way, and its text goes on in the next line."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import Final

_GAP: Final = 2
#: What the column that gives way keeps.
_LEAST: Final = 12


def table_lines(
    rows: Sequence[Sequence[str]], width: int, *, flexible: int, right: Collection[int] = ()
) -> Iterator[str]:
    """Yield the lines of a table, the first row being its head.

    Parameters
    ----------
    rows : sequence of rows
        Of equal length, of short texts.
    width : int
        Columns of a line at most, as long as the other columns leave 12 for the flexible one.
    flexible : int
        The column that is broken into lines where the table is too wide.
    right : collection of int
        Columns that are set flush right.

    Examples
    --------
    >>> list(table_lines([["a", "n"], ["b c", "10"]], 20, flexible=0, right=(1,)))
    ['a     n', 'b c  10']
    """
    widths = [max(cells(row[column]) for row in rows) for column in range(len(rows[0]))]
    others = sum(widths) - widths[flexible] + _GAP * (len(widths) - 1)
    widths[flexible] = min(widths[flexible], max(width - others, _LEAST))
    for row in rows:
        parts = textwrap.wrap(row[flexible], widths[flexible]) or [""]
        for number, part in enumerate(parts):
            texts = ["" if number else text for text in row]
            texts[flexible] = part
            padded = (
                " " * (wide - cells(text)) + text if column in right else text + " " * (wide - cells(text))
                for column, (text, wide) in enumerate(zip(texts, widths, strict=True))
            )
            yield (" " * _GAP).join(padded).rstrip()


def cells(text: str) -> int:
    """Return how many columns of a terminal `text` takes: accents that combine take none."""
    return sum(not unicodedata.combining(character) for character in text)
