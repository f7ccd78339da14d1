"""Hotspots of recorded incidents on cells and communes, year against year: where records cluster, not a forecast."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from geo.grid import to_metric
from models.domain import NEIGHBOUR_M, Domain, Floats
from models.hotspots import Pattern, gi_star, gi_star_on_lattice, hotspots, pattern

MOST_PERIODS: Final = 4
LEAST_PERIODS: Final = 2
#: Cells whose centres are this near are neighbours.
REACH_M: Final = 25_000.0


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
