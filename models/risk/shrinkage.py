"""Rates of small areas, shrunk towards the whole by empirical Bayes; the raw rate is always shown beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from geo.core.errors import ParameterError
from geo.core.messages import message
from models.risk.domain import Floats

PER: Final = 100_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates per 100,000 people.

    Attributes
    ----------
    raw, shrunk : float array, shape (n,)
    weight : float array, shape (n,)
        How much of each unit's own rate is kept: 1 leaves it as it is, 0 gives it the mean of all.
    mean : float
        Rate of all units together.
    """

    raw: Floats
    shrunk: Floats
    weight: Floats
    mean: float


def empirical_bayes(counts: ArrayLike, population: ArrayLike) -> Rates:
    """Shrink each unit's rate towards the common mean, the more the fewer people live there.

    Parameters
    ----------
    counts : array-like, shape (n,)
    population : array-like, shape (n,)
        Above zero; units whose population is not known have no rate and do not belong here.

    Raises
    ------
    ParameterError
        If a count is negative or missing, or a population is not above zero.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. Applied Statistics
    40(2), 283-294. doi:10.2307/2347593

    Examples
    --------
    >>> rates = empirical_bayes([0, 6, 30], [1_000, 100_000, 200_000])
    >>> rates.raw.round(1).tolist(), rates.shrunk.round(1).tolist()
    ([0.0, 6.0, 15.0], [11.9, 9.9, 13.5])
    """
    events, people = np.asarray(counts, np.float64), np.asarray(population, np.float64)
    if not (np.isfinite(events).all() and (events >= 0).all()):
        raise ParameterError(message("Counts must be finite and not negative."), parameter="counts")
    if not (np.isfinite(people).all() and (people > 0).all()):
        raise ParameterError(message("Every population must be above zero."), parameter="population")
    raw = events / people
    mean = events.sum() / people.sum()
    between = (people * (raw - mean) ** 2).sum() / people.sum() - mean / people.mean()
    weight = np.zeros(len(raw)) if between <= 0 else between / (between + mean / people)
    shrunk = mean + weight * (raw - mean)
    return Rates(raw * PER, shrunk * PER, weight, float(mean * PER))
