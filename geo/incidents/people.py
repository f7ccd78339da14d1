"""Counts of people harmed, column by column: an incident is never lost because a count is a range or is not known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.messages import message
from geo.incidents import notes
from geo.incidents.raw import Raw
from geo.incidents.schema import VICTIM_COLUMNS
from geo.reading.people import Count, read_count
from geo.reading.text import is_blank


def read_counts(raw: Raw) -> Mapping[str, NDArray[np.float64]]:
    """Return the counts of each column that the file has, NaN where they are not known.

    A range or a minimum counts with its lower bound; what only says that nothing is known is missing. Each such row has
    a note with what its cell says.
    """
    counts = {name: _column(raw, name) for name in VICTIM_COLUMNS if name in raw.frame}
    loose = sum(1 for remarks in raw.row_notes.values() if any(notes.is_of_count(remark) for remark in remarks))
    if loose:
        raw.notes.append(
            message(
                "{count} {count:row counts|rows count} people by a range, a minimum or in words: the lower bound "
                "was taken, or the count is not known; {count:it|each} has a note.",
                count=loose,
            )
        )
    return counts


def _column(raw: Raw, name: str) -> NDArray[np.float64]:
    texts = raw.column(name)
    codes, distinct = pd.factorize(texts)
    found = [Count(None, True) if is_blank(text) else read_count(text) for text in distinct]
    _refuse(raw, name, texts, np.array([count is None for count in found], dtype=bool)[codes])
    loose = np.array([count is not None and not count.is_exact for count in found], dtype=bool)[codes]
    for row in np.flatnonzero(loose).tolist():
        count = found[codes[row]]
        raw.row_notes[row].append(
            notes.count_said(raw.headers.get(name, name), texts[row], None if count is None else count.number)
        )
    numbers = [np.nan if count is None or count.number is None else float(count.number) for count in found]
    return np.array(numbers, dtype=np.float64)[codes]


def _refuse(raw: Raw, name: str, texts: pd.Series, rows: NDArray[np.bool_]) -> None:
    negative = texts.str.strip().str.startswith(("-", "\u2212")).to_numpy(dtype=bool)
    raw.faults.add(
        rows & negative,
        name,
        texts,
        lambda _, value: message("{value} people: a count cannot be negative.", value=value),
        "count",
    )
    raw.faults.add(
        rows,
        name,
        texts,
        lambda _, value: message("{value} is not a whole number of people.", value=value),
        "count",
    )
