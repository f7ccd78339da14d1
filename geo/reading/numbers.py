"""Numbers as people write them: decimal point or comma, spaces between thousands, counts that are not negative."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.reading.text import is_blank

#: More people than any single event has harmed; beyond it a cell holds something else than a count.
MOST_PEOPLE: Final = 100_000

_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,17}(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?")
_METRES: Final = re.compile(
    r"(?:±|\+/-|\+-|<|<=|≤|env\.?|environ|about)?\s*(\d+(?:[.,]\d+)?)\s*(k?m|m[èe]tres?|meters?|kilom[èe]tres?|kilometers?)\.?"
)
_SPACES: Final = re.compile("[\\s\u00a0\u202f\u2009]")


def parse_decimal(text: str) -> float:
    """Return the number that `text` writes with a decimal point or comma; NaN where it writes none.

    Examples
    --------
    >>> parse_decimal("-4,1975"), parse_decimal(" 14.49 "), parse_decimal("14°29'")
    (-4.1975, 14.49, nan)
    """
    stripped = text.strip().replace("\u2212", "-")
    if not _DECIMAL.fullmatch(stripped):
        return float("nan")
    return float(stripped.replace(",", "."))


def parse_metres(text: str) -> float:
    """Return the metres of a distance, perhaps with its unit: ``5``, ``±5 m``, ``2,5 km``; NaN of anything else.

    Examples
    --------
    >>> parse_metres("± 15 m"), parse_metres("2,5 km"), parse_metres("4.5"), parse_metres("bonne")
    (15.0, 2500.0, 4.5, nan)
    """
    found = _METRES.fullmatch(text.strip().casefold())
    if found is None:
        return parse_decimal(text)
    return parse_decimal(found[1]) * (1_000.0 if found[2].startswith("k") else 1.0)


def parse_count(text: str) -> float:
    """Return the whole number that `text` writes (``3``, ``3.0``, ``1 541``); NaN where it writes none.

    Examples
    --------
    >>> parse_count("3,0"), parse_count("1 541"), parse_count("2.5"), parse_count("-1")
    (3.0, 1541.0, nan, -1.0)
    """
    number = parse_decimal(_SPACES.sub("", text))
    return number if number == number and number.is_integer() else float("nan")


def parse_column(values: pd.Series, parse: Callable[[str], float]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Parse a text column once per distinct text.

    Returns
    -------
    numbers, unreadable
        NaN in `numbers` where the cell is blank or unreadable; `unreadable` marks cells that say something else
        than a number.
    """
    codes, texts = pd.factorize(values)
    blank = np.array([is_blank(t) for t in texts], dtype=bool)
    parsed = np.array([np.nan if b else parse(t) for t, b in zip(texts, blank, strict=True)], dtype=float)
    unreadable = ~blank & ~np.isfinite(parsed)
    return parsed[codes], unreadable[codes]
