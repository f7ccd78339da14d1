"""Counts of people harmed, column by column: an incident is never lost because a count is a range or is not known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.messages import Message, listed, message
from geo.incidents import notes
from geo.incidents.raw import Raw
from geo.incidents.schema import VICTIM_COLUMNS, VICTIM_GROUPS, VICTIM_SEX_AGE
from geo.reading.people import Count, read_count
from geo.reading.text import is_blank


def read_counts(raw: Raw) -> Mapping[str, NDArray[np.float64]]:
    """Return the counts of each column that the file has, NaN where they are not known.

    A range or a minimum counts with its lower bound; what only says that nothing is known is missing. Each such row has
    a note with what its cell says.
    """
    counts = {name: _column(raw, name) for name in VICTIM_COLUMNS if name in raw.frame}
    raw.notes += _beyond_totals(raw, counts)
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


def _beyond_totals(raw: Raw, counts: Mapping[str, NDArray[np.float64]]) -> list[Message]:
    """Name the rows whose men, women, boys and girls, or civilians and others, are more than their total."""
    beyond = np.zeros(len(raw), dtype=bool)
    for harm in ("killed", "injured"):
        for groups in (VICTIM_GROUPS[1:], VICTIM_SEX_AGE):
            parts = [counts[name] for group in groups if (name := f"{harm}_{group}") in counts]
            if parts and f"{harm}_total" in counts:
                beyond |= np.nansum(parts, axis=0) > counts[f"{harm}_total"]  # never where the total is not known
    lines = [str(line) for line in raw.lines[beyond & ~raw.faults.bad].tolist()]
    if not lines:
        return []
    return [
        message(
            "In {count} {count:row|rows} those counted by sex, age or standing are more than the total, which was "
            "taken as it stands ({count:row|rows} {rows}).",
            count=len(lines),
            rows=listed(lines),
        )
    ]


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
