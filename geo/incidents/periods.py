"""Which periods an event may fall into, by the precision of its date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.core.errors import InputError, ParameterError
from geo.core.messages import message
from geo.incidents.schema import DatePrecision

Dates = NDArray[np.datetime64]
Numbers = NDArray[np.int64]
Unit = Literal["D", "M", "Y"]

#: Precision of a date → the calendar unit that it names.
_UNIT: Final[Mapping[str, Unit]] = MappingProxyType(
    {DatePrecision.DAY.value: "D", DatePrecision.MONTH.value: "M", DatePrecision.YEAR.value: "Y"}
)


def _whole(unit: Unit, n: int) -> tuple[Callable[[Dates], Numbers], Callable[[Numbers], Dates]]:
    """Return how to number periods of `n` calendar units, and the first day of a number."""
    return (
        lambda dates: dates.astype(f"datetime64[{unit}]").astype(np.int64) // n,
        lambda numbers: (numbers * n).astype(f"datetime64[{unit}]").astype("datetime64[D]"),
    )


_PERIODS: Final = MappingProxyType(
    {"day": _whole("D", 1), "month": _whole("M", 1), "quarter": _whole("M", 3), "year": _whole("Y", 1)}
)
PERIODS: Final = tuple(_PERIODS)


def period_starts(dates: Dates, period: str) -> Dates:
    """Return the first day of the period that each date lies in.

    Examples
    --------
    >>> period_starts(np.array(["2020-05-17"], "datetime64[D]"), "quarter")
    array(['2020-04-01'], dtype='datetime64[D]')
    """
    number, first_day = _named(period)
    return first_day(number(dates))


def period_ends(starts: Dates, period: str) -> Dates:
    """Return the day after the last of each period that begins at `starts`."""
    number, first_day = _named(period)
    return first_day(number(starts) + 1)


def period_shares(events: pd.DataFrame, period: str) -> tuple[sparse.csr_array, Dates]:
    """Return the share of each event that falls into each period, shape (events, periods), and the periods' starts.

    An event of a known day, or of a month that lies within one period, has one entry, which is 1. One known to the
    month or year only is spread over the periods by the number of days. Periods without any event are left out.

    Raises
    ------
    ParameterError
        There is no such period.
    InputError
        An event has no date.
    """
    number, first_day = _named(period)
    undated = events["date"].isna().to_numpy()
    if undated.any():
        raise InputError(message("Incident {id} has no date.", id=events.index[int(undated.argmax())]))
    dates: Dates = events["date"].to_numpy().astype("datetime64[D]")
    begin, end = dates.copy(), dates.copy()
    for precision, unit in _UNIT.items():
        of_this = (events["date_precision"] == precision).to_numpy()
        named: Any = dates[of_this].astype(f"datetime64[{unit}]")
        begin[of_this], end[of_this] = named, named + 1
    first, last = number(begin), number(end - 1)
    row = np.repeat(np.arange(len(events)), last - first + 1)
    offset = np.arange(len(row)) - np.searchsorted(row, np.arange(len(events)))[row]
    at = first[row] + offset
    days = np.minimum(first_day(at + 1), end[row]) - np.maximum(first_day(at), begin[row])
    share = days / (end - begin)[row]
    numbers, column = np.unique(at, return_inverse=True)
    return sparse.csr_array((share, (row, column)), shape=(len(events), len(numbers))), first_day(numbers)


def _named(period: str) -> tuple[Callable[[Dates], Numbers], Callable[[Numbers], Dates]]:
    if period not in _PERIODS:
        raise ParameterError(
            message("There is no period {period}; there are {known}.", period=period, known=", ".join(PERIODS)),
            parameter="period",
        )
    return _PERIODS[period]
