"""Counts of one unit over the periods that a bulletin compares, from the monthly counts of `geo.counting.counts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from api.layers.layer import Period
from api.layers.query import month_after
from geo.counting.counts import COUNTED
from geo.incidents.schema import HazardType, recorded_with
from geo.store import Store
from models.risk.trends import Trend, trend_of

#: Bars of the plot, of three months each.
BARS: Final = 12


@dataclass(frozen=True, slots=True)
class PeriodCount:
    """What was counted in one period.

    `total` is None where no event states it, or where the data hold nothing of the period; of `unknown` events it is
    not known. `partial` says that the data reach over a part of the period only.
    """

    total: float | None
    spread: float
    unknown: float
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one unit.

    Attributes
    ----------
    periods : tuple of Period
        The last 3 months, the last 12, the 12 before; whole months, up to the one in which the data end.
    measures : mapping of measure to one `PeriodCount` per period
        Of the target; ``other``, ``fire`` and ``conflict`` hold events counted apart, where such are recorded at all.
    bars : tuple of (Period, exact, spread)
        Events of the target per three months, oldest first; None where the data do not reach back so far.
    trend : Trend, optional
        None where the data do not cover both years, or less than one event was recorded in them.
    first, newest : date, optional
        Where the data begin, and the newest record of the target; None where there are none.
    covers : bool
        Whether the data reach back over both years.
    """

    periods: tuple[Period, ...]
    measures: Mapping[str, tuple[PeriodCount, ...]]
    bars: tuple[tuple[Period, float, float], ...]
    trend: Trend | None
    first: date | None
    newest: date | None
    covers: bool
    sources: tuple[str, ...]


Dates = tuple[date, date]


def data_dates(store: Store, hazards: tuple[HazardType, ...]) -> Dates | None:
    """Return the first and last date of the data that records of some types are of; None where there is no record."""
    return store.data_period(recorded_with(hazards)) if store.data_period(hazards) else None


def tally(
    counts: pd.DataFrame,
    apart: Mapping[str, tuple[pd.DataFrame, Dates]],
    data: Dates | None,
    newest: date | None = None,
) -> Tally:
    """Return the tally of one unit.

    Parameters
    ----------
    counts : DataFrame
        Rows of `geo.counting.counts.count` by month: of the unit, and of the target's hazards.
    apart : mapping of name to DataFrame and two dates
        Alike, of what is counted beside it, with the first and last date of its data, anywhere.
    data : tuple of date, optional
        First and last date of the data that the target's records are of, anywhere: a device that was not reported for
        a year has no report in it, its data do not end before.
    newest : date, optional
        Of the target's records (default: the end of the data).
    """
    if data is None:
        return Tally((), {}, (), None, None, None, False, ())
    end = month_after(data[1])
    periods = (_months(end, 3), _months(end, 12), _months(_back(end, 12), 12))
    months, known = _Months(counts), _known(data)
    measures = {name: tuple(months.count(name, period, known) for period in periods) for name in COUNTED}
    for name, (table, dates) in apart.items():
        others = _Months(table)
        measures[name] = tuple(others.count("events", period, _known(dates)) for period in periods)
    bars = []
    for number in reversed(range(BARS)):
        period = _months(_back(end, 3 * number), 3)
        if period.start >= known.start:
            found = months.count("events", period, known)
            bars.append((period, (found.total or 0.0) - found.spread, found.spread))
    covers = periods[2].start >= known.start
    now, before = (measures["events"][number].total or 0.0 for number in (1, 2))
    return Tally(
        periods=periods,
        measures=measures,
        bars=tuple(bars),
        trend=trend_of(now, before) if covers else None,
        first=data[0],
        newest=newest or data[1],
        covers=covers,
        sources=tuple(sorted({name for joined in counts["sources"].unique() for name in str(joined).split("; ")})),
    )


class _Months:
    """Rows of one unit as arrays, to be summed over many periods."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._measures = table["measure"].to_numpy(object)
        self._starts = table["period_start"].to_numpy("datetime64[D]")
        values = table[["total", "spread", "unknown_events"]].to_numpy(np.float64, na_value=np.nan)
        self._total, self._spread, self._unknown = values.T

    def count(self, measure: str, period: Period, known: Period) -> PeriodCount:
        """Count within `period`, of which something can be in the data only as far as it lies in `known`."""
        partial = period.start < known.start or period.end > known.end
        rows = self._measures == measure
        rows &= (self._starts >= np.datetime64(period.start)) & (self._starts < np.datetime64(period.end))
        if measure == "events" and not rows.any():
            return PeriodCount(None if partial else 0.0, 0.0, 0.0, partial)
        total = self._total[rows]
        stated = total[~np.isnan(total)]
        is_told = len(stated) and (stated.any() or not partial)  # nothing in a part of the time is not nothing in it
        return PeriodCount(
            float(stated.sum()) if is_told else None,
            float(np.nansum(self._spread[rows])),
            float(np.nansum(self._unknown[rows])),
            partial,
        )


def _known(data: Dates) -> Period:
    """Return the whole months that data lie in."""
    return Period(data[0].replace(day=1), month_after(data[1]))


def _months(end: date, number: int) -> Period:
    return Period(_back(end, number), end)


def _back(day: date, months: int) -> date:
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()
