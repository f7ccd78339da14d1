"""When a change is told as one: the one rule for map, sheets, axes and explanation, always with an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.special import betaincinv

from geo.core.messages import Message, message
from models.risk.distributions import negative_binomial_pmf, negative_binomial_quantile
from models.risk.domain import Floats

#: Share of the outcomes that the intervals hold.
INTERVAL_LEVEL: Final = 0.9
#: With fewer counted in both periods together, they are not compared; with fewer before, there is no ratio.
LEAST_EVENTS: Final = 1.0
LEAST_BEFORE: Final = 0.5
_TAIL: Final = 1e-9
#: Stands for an expectation of nothing, of which no logarithm can be taken.
_LEAST: Final = 1e-12


class Direction(StrEnum):
    """What may be said of a change."""

    MORE = "more"
    FEWER = "fewer"
    UNCLEAR = "unclear"


def direction(low: float, high: float, none: float) -> Direction:
    """Return what may be said of a change with this interval, where `none` stands for no change.

    Examples
    --------
    >>> [str(direction(low, high, 1)) for low, high in ((1.1, 3), (0.2, 0.9), (0.5, 1.4))]
    ['more', 'fewer', 'unclear']
    """
    if low > none:
        return Direction.MORE
    return Direction.FEWER if high < none else Direction.UNCLEAR


@dataclass(frozen=True, slots=True)
class Trend:
    """How one period's count compares with that of the period before: a ratio of counts, with its 90 % interval.

    `ratio`, `low` and `high` are None where the earlier count is less than half an event: then no ratio says anything.
    """

    now: float
    before: float
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def direction(self) -> Direction:
        """What may be said of it."""
        if self.low is None or self.high is None:
            return Direction.UNCLEAR
        return direction(self.low, self.high, 1)


TOO_FEW: Final = message(
    "Too few records in both years to compare them. That says nothing about danger: see how often anybody reported."
)


def trend_of(now: float, before: float) -> Trend | None:
    """Return the ratio of two counts of periods of the same length, with its exact 90 % interval; None of too few.

    Given both together, the later count is binomial; its share's interval (Clopper and Pearson 1934,
    doi:10.1093/biomet/26.4.404) is one of the ratio.

    Examples
    --------
    >>> trend = trend_of(20, 10)
    >>> trend.ratio, round(trend.low, 2), round(trend.high, 2), str(trend.direction), trend_of(0.3, 0.4)
    (2.0, 1.0, 4.17, 'more', None)
    """
    if now + before < LEAST_EVENTS:
        return None
    if before < LEAST_BEFORE:
        return Trend(now, before, None, None, None)
    tail = (1 - INTERVAL_LEVEL) / 2
    low = float(betaincinv(now, before + 1, tail)) if now > 0 else 0.0
    high = float(betaincinv(now + 1, before, 1 - tail))
    return Trend(now, before, now / before, low / (1 - low), high / (1 - high))


def trend_message(trend: Trend, count: Callable[[float], str], number: Callable[[float], str]) -> Message:
    """Return what is said of a trend over 12 months; `count` and `number` write the counts, and the ratio's figures."""
    now, before = count(trend.now), count(trend.before)
    if trend.ratio is None or trend.low is None or trend.high is None:
        return message("{now} in the last 12 months, {before} in the 12 before.", now=now, before=before)
    ratio, low, high = number(trend.ratio), number(trend.low), number(trend.high)
    if trend.direction is Direction.MORE:
        return message(
            "More records: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: {low} "
            "to {high}).",
            now=now,
            before=before,
            ratio=ratio,
            low=low,
            high=high,
        )
    if trend.direction is Direction.FEWER:
        return message(
            "Fewer records: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: "
            "{low} to {high}). Fewer records are not less danger.",
            now=now,
            before=before,
            ratio=ratio,
            low=low,
            high=high,
        )
    return message(
        "No clear change: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: {low} "
        "to {high}).",
        now=now,
        before=before,
        ratio=ratio,
        low=low,
        high=high,
    )


def difference_interval(now: Floats, before: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Return between which values 90 % of the differences of two independent counts lie.

    NaN where one is not known, or nearly all of the differences are 0, as for `models.routes.segments.count_interval`.

    Examples
    --------
    >>> low, high = difference_interval(np.array([4.0]), np.array([4.0]), 0.5)
    >>> float(low[0]), float(high[0])
    (-8.0, 8.0)
    """
    tail = (1 - INTERVAL_LEVEL) / 2
    low, high = np.full(len(now), np.nan), np.full(len(now), np.nan)
    for i in np.flatnonzero(np.isfinite(now) & np.isfinite(before)).tolist():
        means = np.maximum([now[i], before[i]], _LEAST)
        most = int(negative_binomial_quantile(means, alpha, 1 - _TAIL).max())
        first, second = negative_binomial_pmf(means, alpha, most)
        reached = np.cumsum(np.convolve(first, second[::-1]))
        low[i], high[i] = (int(np.searchsorted(reached, level)) - most for level in (tail, 1 - tail))
    none = (low == 0) & (high == 0)
    low[none], high[none] = np.nan, np.nan
    return low, high
