"""Predictive distributions of counts and their quantiles: a negative binomial pooled with what was counted lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from models.risk.domain import Floats

Counts = NDArray[np.int64]

#: Probabilities are summed until this little is left.
_TAIL: Final = 1e-7
_MOST: Final = 20_000


def negative_binomial_log_pmf(count: Floats, mean: Floats, alpha: float) -> Floats:
    """Return log P(count) for mean `mean` and variance ``mean + alpha * mean²``; `count` may be fractional."""
    size = 1 / alpha
    scaled = alpha * mean
    value = gammaln(count + size) - gammaln(size) - gammaln(count + 1)
    value = value - size * np.log1p(scaled) + count * (np.log(scaled) - np.log1p(scaled))
    return np.asarray(value, np.float64)


def negative_binomial_pmf(mean: Floats, alpha: float, most: int) -> Floats:
    """Return P(0), …, P(most), shape (n, most + 1)."""
    counts = np.arange(most + 1, dtype=np.float64)
    return np.exp(negative_binomial_log_pmf(counts[None, :], np.asarray(mean)[:, None], alpha))


def negative_binomial_quantile(mean: Floats, alpha: float, level: float) -> Counts:
    """Return the smallest count whose distribution function reaches `level`, for many means at once."""
    size, odds = 1 / alpha, alpha * mean / (1 + alpha * mean)
    probability = (1 + alpha * mean) ** -size
    reached, total = np.zeros(len(mean), np.int64), probability.copy()
    below = np.flatnonzero(total < level)
    count = 0
    while len(below) and count < _MOST:
        probability[below] *= (count + size) / (count + 1) * odds[below]
        count += 1
        total[below] += probability[below]
        reached[below] = count
        below = below[total[below] < level]
    return reached


@dataclass(frozen=True, slots=True, eq=False)
class CountDistribution:
    """(1 − v) NB(mu, alpha) + v · the weighted counts of past quarters, for each of n units.

    Attributes
    ----------
    mu : float array, shape (n,)
        Mean of the negative binomial part, above zero.
    alpha : float
        Its overdispersion: variance ``mu + alpha * mu²``.
    pool : float array, shape (n,)
        v, the weight of the counts.
    past : int array, shape (quarters, n)
    past_weight : float array, shape (quarters,)
        Weights of the quarters, sum to 1 (empty where there is no past quarter; `pool` is then 0).
    """

    mu: Floats
    alpha: float
    pool: Floats
    past: Counts
    past_weight: Floats

    def mean(self) -> Floats:
        """Return the expected count, shape (n,)."""
        return np.asarray((1 - self.pool) * self.mu + self.pool * (self.past_weight @ self.past), np.float64)

    def p_any(self) -> Floats:
        """Return the probability of at least one, shape (n,); never 0."""
        none = (1 + self.alpha * self.mu) ** (-1 / self.alpha)
        seen = self.past_weight @ (self.past > 0)
        return np.asarray((1 - self.pool) * (1 - none) + self.pool * seen, np.float64)

    def pmf(self, least: int = 0) -> Floats:
        """Return P(0), P(1), … up to where all but 1e-7 is covered, and at least to `least`, shape (n, K)."""
        most = int(negative_binomial_quantile(np.array([self.mu.max()]), self.alpha, 1 - _TAIL)[0])
        most = max(most, int(self.past.max(initial=0)), least)
        result = (1 - self.pool)[:, None] * negative_binomial_pmf(self.mu, self.alpha, most)
        unit = np.arange(len(self.mu))
        for counts, weight in zip(self.past, self.past_weight, strict=True):
            result[unit, counts] += self.pool * weight
        return result

    def quantile(self, level: float) -> Counts:
        """Return the smallest count whose distribution function reaches `level`, shape (n,)."""
        reached = np.cumsum(self.pmf(), axis=1) >= level - _TAIL
        return np.asarray(np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1]), np.int64)
