"""Scores of forecasts, and intervals around them that respect that quarters follow one another."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.distributions import Counts
from models.risk.domain import Floats, Ints

#: Name of this project's model in every table of scores.
RISK: Final = "risk"
#: Quarters drawn together by the bootstrap: neighbouring ones share their history and their surges.
BLOCK_QUARTERS: Final = 2
#: An empirical distribution calls unseen counts impossible; this share of a geometric keeps its log score finite.
LOG_SCORE_MIX: Final = 0.05
#: Relative densities closer than this are a tie.
_TIE: Final = 1e-12


def hit_rates(share: Floats, area: Floats, events: Floats, fractions: tuple[float, ...]) -> Floats:
    """Return how many events fell in the best cells that make up each fraction of the area.

    Cells are ranked by density. Cells of one density are a tie: of their events, the part that an arbitrary order
    would catch on average is counted, so that a baseline with many zeros gains nothing from the order of its rows.

    Examples
    --------
    >>> hit_rates(np.array([.6, .2, .1, .1]), np.ones(4), np.array([3., 0., 0., 1.]), (.25, .75)).tolist()
    [3.0, 3.5]
    """
    density = share / area
    rank = np.round(density / density.max() / _TIE)
    _, group = np.unique(-rank, return_inverse=True)
    covered = np.concatenate([[0.0], np.cumsum(np.bincount(group, area)) / area.sum()])
    caught = np.concatenate([[0.0], np.cumsum(np.bincount(group, events))])
    return np.asarray(np.interp(fractions, covered, caught), np.float64)


def information_gain(share: Floats, reference: Floats, events: Floats) -> float:
    """Return Σ events · log(share / reference): nats gained over the reference, minus infinity where impossible."""
    hit = events > 0
    with np.errstate(divide="ignore"):
        return float(events[hit] @ np.log(share[hit] / reference[hit]))


def crps(pmf: Floats, observed: Counts) -> Floats:
    """Return the continuous ranked probability score of count distributions, shape (n,).

    ``pmf`` has shape (n, K); observed counts from K on are scored as if all were up to then.
    """
    most = max(pmf.shape[1], int(observed.max(initial=0)) + 1)
    padded = np.pad(pmf, ((0, 0), (0, most - pmf.shape[1])))
    step = np.arange(most)[None, :] >= observed[:, None]
    return np.asarray(((np.cumsum(padded, axis=1) - step) ** 2).sum(axis=1), np.float64)


def log_score(pmf: Floats, observed: Counts, *, empirical: bool) -> Floats:
    """Return −log P(observed), shape (n,); empirical distributions are mixed with a geometric of their mean."""
    most = max(pmf.shape[1], int(observed.max(initial=0)) + 1)
    padded = np.pad(pmf, ((0, 0), (0, most - pmf.shape[1])))
    at = padded[np.arange(len(observed)), observed]
    if empirical:
        mean = padded @ np.arange(most) + 1 / pmf.shape[1]
        geometric = (mean / (1 + mean)) ** observed / (1 + mean)
        at = (1 - LOG_SCORE_MIX) * at + LOG_SCORE_MIX * geometric
    return np.asarray(-np.log(at), np.float64)


def pit_bounds(pmf: Floats, observed: Counts) -> tuple[Floats, Floats]:
    """Return F(y − 1) and F(y), shape (n,) each: the randomised PIT is uniform between them."""
    most = max(pmf.shape[1], int(observed.max(initial=0)) + 1)
    below = np.cumsum(np.pad(pmf, ((0, 0), (1, most - pmf.shape[1]))), axis=1)
    rows = np.arange(len(observed))
    return below[rows, observed], np.minimum(below[rows, observed + 1], 1.0)


def pit_cover(low: Floats, high: Floats, lower: float = 0.1, upper: float = 0.9) -> Floats:
    """Return the probability that the randomised PIT lies in [lower, upper], shape (n,); no dice are thrown.

    References
    ----------
    Czado, C., Gneiting, T. & Held, L. (2009). Predictive model assessment for count data. Biometrics 65, 1254-1261.
    """
    inside = np.minimum(high, upper) - np.maximum(low, lower)
    return np.asarray(np.clip(inside, 0, None) / np.maximum(high - low, 1e-300), np.float64)


def moving_blocks(n: int, draws: int, rng: np.random.Generator, block: int = BLOCK_QUARTERS) -> Ints:
    """Return positions of `draws` resampled series of length `n`, made of blocks that wrap around, (draws, n)."""
    block = min(block, n)
    starts = rng.integers(0, n, (draws, -(-n // block)))
    positions: NDArray[np.int64] = (starts[:, :, None] + np.arange(block)) % n
    return positions.reshape(draws, -1)[:, :n]


def ratio_interval(
    top: Floats,
    bottom: Floats,
    *,
    draws: int = 4000,
    seed: int = 0,
    level: float = 0.9,
    block: int = BLOCK_QUARTERS,
) -> tuple[float, float, float]:
    """Return Σtop / Σbottom over quarters with its moving-block bootstrap interval: (value, low, high).

    With ``bottom`` the number of events this is a mean per event; with another model's score a ratio of scores. Both
    are drawn for the same quarters, so differences are paired. `block` quarters are drawn together.
    """
    drawn = moving_blocks(len(top), draws, np.random.default_rng(seed), block)
    below = bottom[drawn].sum(axis=1)
    values = top[drawn].sum(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(top.sum() / bottom.sum()), float(low), float(high)


def rank_overlap(expected: Floats, reporting: Floats, top: float = 0.1) -> float:
    """Return how much of the top share of units stays on top if recorded incidents are divided by `reporting`.

    This is how sensitive a ranking is to a reporting gradient: 1 where it does not matter, 0 where nothing stays. It
    warns; it is no correction, because the true gradient is not known.

    Examples
    --------
    >>> rank_overlap(np.array([4.0, 3.0, 2.0, 1.0]), np.array([1.0, 1.0, 1.0, 0.1]), top=0.5)
    0.3333333333333333
    """
    count = max(1, round(top * len(expected)))
    seen = set(np.argsort(-expected, kind="stable")[:count].tolist())
    true = set(np.argsort(-(expected / reporting), kind="stable")[:count].tolist())
    return len(seen & true) / len(seen | true)
