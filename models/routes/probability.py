"""The probability that at least one incident is recorded: expected counts, pooled with what happened lately there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

#: The year over which a route's own frequency is told.
FREQUENCY_DAYS: Final = 365.0
#: Most that the frequency weighs.
POOL_MOST: Final = 0.5
#: Where less of what is expected is of incidents with a usable point, there is no frequency.
LEAST_LOCATED: Final = 0.5


@dataclass(frozen=True, slots=True)
class Frequency:
    """In how many of the past windows as long as the horizon, over 12 months, an incident was recorded.

    `located` is the part of the incidents that could be counted: those whose position is exact enough.
    """

    seen: int
    windows: int
    located: float = 1.0

    @property
    def share(self) -> float:
        """The part of the windows that had any."""
        return self.seen / self.windows

    @property
    def weight(self) -> float:
        """How much the frequency counts: half of it once many windows had any, nothing where none had.

        Twelve empty months say little of the next one, while they would halve the probability; the counts per cercle
        are pooled in the same way (`models.risk.counts.CountModel`). It counts less where incidents without a usable
        point are missing from it.
        """
        return POOL_MOST * self.seen / (self.seen + 1) * self.located


def frequency(age_days: ArrayLike, horizon_days: float, located: float = 1.0) -> Frequency:
    """Return the frequency from the ages of incidents: 0 for one on the day before the horizon begins.

    Parameters
    ----------
    age_days : array-like of int
        Negative ages, of what lies in the horizon or after it, do not count.
    located : float
        As in `Frequency`.

    Examples
    --------
    >>> frequency([0, 3, 40, 364, -1], 30)
    Frequency(seen=2, windows=12, located=1.0)
    """
    windows = max(1, int(FREQUENCY_DAYS // horizon_days))
    window = np.asarray(age_days, np.float64) // horizon_days
    return Frequency(len(np.unique(window[(window >= 0) & (window < windows)])), windows, located)


def negative_binomial_any(expected: float, alpha: float) -> float:
    """Return 1 − (1 + αΛ)^(−1/α).

    Examples
    --------
    >>> round(negative_binomial_any(1.0, 0.8), 3)
    0.52
    """
    return float(-np.expm1(-np.log1p(alpha * expected) / alpha))


def probability_any(expected: float, alpha: float, own: Frequency | None) -> float:
    """Return the probability of at least one: the negative binomial's, pooled with the route's own frequency, if any.

    Examples
    --------
    >>> round(probability_any(1.0, 0.8, Frequency(3, 12)), 3)
    0.419
    >>> probability_any(1.0, 0.8, Frequency(0, 12)) == negative_binomial_any(1.0, 0.8)
    True
    """
    if own is None:
        return negative_binomial_any(expected, alpha)
    return (1.0 - own.weight) * negative_binomial_any(expected, alpha) + own.weight * own.share
