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
from models.location import Events

PERIOD_DAYS: Final = 365.0
MOST_PERIODS: Final = 4
LEAST_PERIODS: Final = 2
#: Cells whose centres are this near are neighbours.
REACH_M: Final = 25_000.0


def period_masses(events: Events, t0: float) -> Floats:
    """Return the events per cell in each whole year before `t0`, oldest first, shape (years, cells)."""
    past = events.before(t0)
    years = int(min(MOST_PERIODS, (t0 - past.day.min()) // PERIOD_DAYS)) if len(past) else 0
    rows = []
    for back in range(years, 0, -1):
        start = t0 - back * PERIOD_DAYS
        chosen = np.flatnonzero((past.day >= start) & (past.day < start + PERIOD_DAYS))
        rows.append(np.asarray(past.mass[chosen].sum(axis=0)).ravel())
    return np.reshape(rows, (years, events.mass.shape[1])).astype(np.float64)


def cell_hotspots(masses: Floats, domain: Domain) -> pd.DataFrame:
    """Return Gi* per cell: ``count`` of the last year, ``z, p, significant, pattern``, by position."""
    radius = REACH_M / domain.cell_m
    rows, columns = domain.grid.rows[domain.chosen], domain.grid.columns[domain.chosen]
    z = [gi_star_on_lattice(counts, rows.astype(np.int64), columns.astype(np.int64), radius) for counts in masses]
    return _table(masses, np.reshape(z, masses.shape), pd.RangeIndex(len(domain)))


def unit_hotspots(masses: Floats, shares: sparse.csr_array, units: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the same per unit, by ``unit_id``; units that touch are neighbours.

    Parameters
    ----------
    shares : sparse array, shape (units, cells)
    units : GeoDataFrame
        Polygons in the same order.
    """
    counts = np.asarray((shares @ masses.T).T, np.float64)
    weights = _touching(units)
    z = [gi_star(np.maximum(values, 0.0), weights) for values in counts]
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
