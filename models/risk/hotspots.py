"""Getis-Ord Gi*: where counts cluster more than chance would have it. A description of the past, not a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr

from geo.boundaries.grid import to_metric
from geo.core.errors import ParameterError
from geo.core.messages import message
from models.risk.domain import NEIGHBOUR_M, Domain, Floats

Mask = NDArray[np.bool_]

#: Share of false discoveries that is accepted.
FDR: Final = 0.05

MOST_PERIODS: Final = 4
LEAST_PERIODS: Final = 2
#: Cells whose centres are this near are neighbours.
REACH_M: Final = 25_000.0


class Pattern(StrEnum):
    """How a hotspot behaves over two or more periods."""

    EMERGING = "emerging"
    PERSISTENT = "persistent"
    FADING = "fading"
    NONE = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Hotspots:
    """Gi* per cell or unit.

    Attributes
    ----------
    z : float array, shape (n,)
        Standard score of the sum of counts within the neighbourhood, the place itself included.
    p : float array
        One-sided: the chance of a z this high where nothing clusters.
    significant : bool array
        After Benjamini-Hochberg, at a false discovery rate of `fdr`.
    """

    z: Floats
    p: Floats
    significant: Mask
    fdr: float


def gi_star(counts: Floats, weights: sparse.sparray) -> Floats:
    """Return the analytic z of Gi*, shape (n,), for binary or other weights that include each place itself.

    Where the counts do not vary, or the neighbourhood is everything, z is 0.

    Raises
    ------
    ParameterError
        If counts are missing or negative, or the weights do not fit.

    References
    ----------
    Ord, J. K. & Getis, A. (1995). Local spatial autocorrelation statistics. Geographical Analysis 27(4), 286-306.
    """
    values = _checked(counts)
    if weights.shape != (len(values), len(values)):
        raise ParameterError(message("weights must have one row and column per place."), parameter="weights")
    matrix = sparse.csr_array(weights)
    local = np.asarray(matrix @ values)
    total = np.asarray(matrix.sum(axis=1)).ravel()
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    return _standardised(values, local, total, squares)


def gi_star_on_lattice(counts: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], radius: float) -> Floats:
    """Return the analytic z of Gi* for cells of a lattice within `radius` cells of each other, shape (n,).

    The neighbourhood is a disc: cells whose centres are at most `radius` cell sides away. Sums over it are a
    convolution, so no table of neighbours is made.

    Raises
    ------
    ParameterError
        If counts are missing or negative, or the radius is below 1.

    References
    ----------
    Ord, J. K. & Getis, A. (1995), as above.
    """
    values = _checked(counts)
    if not radius >= 1:
        raise ParameterError(
            message("The radius must be at least one cell, not {value}.", value=radius), parameter="radius"
        )
    reach = int(np.floor(radius))
    across, along = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
    disc = (across**2 + along**2 <= radius**2).astype(np.float64)
    row, column = rows - rows.min(), columns - columns.min()
    planes = np.zeros((2, int(row.max()) + 1, int(column.max()) + 1))
    planes[0, row, column] = values
    planes[1, row, column] = 1.0
    from scipy.signal import fftconvolve  # half a tenth of a second, which whoever shows hotspots does without

    summed = fftconvolve(planes, disc[None], mode="same", axes=(1, 2))[:, row, column]
    # Numbers of neighbours are whole; so are sums of whole counts. The transform's rounding is taken off.
    local = np.rint(summed[0]) if np.array_equal(values, np.rint(values)) else summed[0]
    total = np.rint(summed[1])
    return _standardised(values, local, total, total)


def benjamini_hochberg(p: Floats, fdr: float = FDR) -> Mask:
    """Return which of many tests stand when a share `fdr` of false discoveries is accepted, shape (n,).

    References
    ----------
    Caldas de Castro, M. & Singer, B. H. (2006). Controlling the false discovery rate: a new application to account
    for multiple and dependent tests in local statistics of spatial association. Geographical Analysis 38, 180-208.

    Examples
    --------
    >>> benjamini_hochberg(np.array([.001, .2, .02, .04])).tolist()
    [True, False, True, False]
    """
    order = np.argsort(p)
    limit = fdr * np.arange(1, len(p) + 1) / max(len(p), 1)
    below = np.flatnonzero(p[order] <= limit)
    result = np.zeros(len(p), bool)
    if len(below):
        result[order[: below[-1] + 1]] = True
    return result


def hotspots(z: Floats, fdr: float = FDR) -> Hotspots:
    """Judge z-scores: one-sided p, and significance after control of the false discovery rate."""
    p = ndtr(-np.asarray(z, np.float64))
    return Hotspots(np.asarray(z, np.float64), p, benjamini_hochberg(p, fdr), fdr)


def pattern(significant: Mask) -> NDArray[np.object_]:
    """Compare periods, oldest first, shape (periods, n): emerging, persistent, fading or none, shape (n,).

    Emerging: significant in the last period and in none before. Persistent: in the last and in at least half of the
    others. Fading: in at least half of the earlier periods, not in the last. A place that is significant now and was
    now and then before is persistent too, since it came back.

    Raises
    ------
    ParameterError
        If there are fewer than two periods.
    """
    if significant.ndim != 2 or len(significant) < 2:
        raise ParameterError(message("At least two periods are needed to compare."), parameter="significant")
    now, earlier = significant[-1], significant[:-1].mean(axis=0)
    result = np.full(significant.shape[1], Pattern.NONE, dtype=object)
    result[now & (earlier == 0)] = Pattern.EMERGING
    result[now & (earlier > 0)] = Pattern.PERSISTENT
    result[~now & (earlier >= 0.5)] = Pattern.FADING
    return result


def _checked(counts: Floats) -> Floats:
    values = np.asarray(counts, np.float64)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ParameterError(message("Counts must be finite and not negative."), parameter="counts")
    return values


def _standardised(values: Floats, local: Floats, total: Floats, squares: Floats) -> Floats:
    n = len(values)
    if n < 2:
        return np.zeros(n)
    mean = values.mean()
    spread = values.std()
    variance = (n * squares - total**2) / (n - 1)
    scale = spread * np.sqrt(np.maximum(variance, 0))
    return np.asarray(np.divide(local - mean * total, scale, out=np.zeros(n), where=scale > 0), np.float64)


def cell_hotspots(counts: Floats, domain: Domain) -> pd.DataFrame:
    """Return Gi* per cell: ``count`` of the last year, ``z, p, significant, pattern``, by position.

    Parameters
    ----------
    counts : float array, shape (years, cells)
        Events recorded in each whole year, oldest first.
    """
    radius = REACH_M / domain.cell_m
    rows, columns = domain.grid.rows[domain.chosen], domain.grid.columns[domain.chosen]
    z = [gi_star_on_lattice(year, rows.astype(np.int64), columns.astype(np.int64), radius) for year in counts]
    return _table(counts, np.reshape(z, counts.shape), pd.RangeIndex(len(domain)))


def unit_hotspots(counts: Floats, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the same per unit, by ``unit_id``; units that touch are neighbours.

    Parameters
    ----------
    counts : float array, shape (years, units)
        Events recorded in each whole year, oldest first.
    units : GeoDataFrame
        Polygons in the same order.
    """
    weights = _touching(units)
    z = [gi_star(year, weights) for year in counts]
    return _table(counts, np.reshape(z, counts.shape), units.index)


def _table(counts: Floats, z: Floats, index: pd.Index) -> pd.DataFrame:
    if len(counts) < LEAST_PERIODS:
        last = counts[-1] if len(counts) else np.full(len(index), np.nan)
        empty = {"z": np.nan, "p": np.nan, "significant": False, "pattern": None}
        return pd.DataFrame({"count": last, **empty}, index=index)
    judged = [hotspots(values) for values in z]
    kinds = pattern(np.array([spots.significant for spots in judged]))
    return pd.DataFrame(
        {
            "count": counts[-1],
            "z": judged[-1].z,
            "p": judged[-1].p,
            "significant": judged[-1].significant,
            "pattern": [Pattern(kind).value for kind in kinds],
        },
        index=index,
    )


def _touching(units: gpd.GeoDataFrame) -> sparse.csr_array:
    shapes = to_metric(units.geometry.to_numpy())
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEIGHBOUR_M)
    return sparse.csr_array((np.ones(len(left)), (left, right)), shape=(len(units), len(units)))
