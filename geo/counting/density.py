"""People per km² of the units that incidents are spread over, and how these add up to coarser units."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from geo.boundaries.grid import to_metric
from geo.boundaries.overlap import overlaps
from geo.boundaries.regions import Boundaries
from geo.locate.locator import Locator

#: Level and vintage for which populations are known (2020).
_POPULATION_UNITS: Final = ("cercle", "2016")
#: Coarser units that differ by more than this from the finer ones inside them are not made of them.
_NESTING_TOLERANCE: Final = 0.01


def base_units(boundaries: Boundaries, level: str, vintage: str) -> tuple[gpd.GeoDataFrame, sparse.csr_array]:
    """Return the finest units of the vintage and which unit of `level` each is part of, shape (finest, units).

    Where the units of `level` are not made of the vintage's finest ones (the levels of an imported vintage may come
    from different sources), they are their own base.
    """
    units = boundaries.units(level, vintage)
    finest = boundaries.levels(vintage)[-1]
    if level != finest:
        base = boundaries.units(finest, vintage)
        inside = base.geometry.representative_point()
        position = Locator(units).positions(inside.x, inside.y)
        if (position >= 0).all():
            shape = (len(base), len(units))
            membership = sparse.csr_array((np.ones(len(base)), (np.arange(len(base)), position)), shape=shape)
            added_up = shapely.area(to_metric(base.geometry.to_numpy())) @ membership
            areas = shapely.area(to_metric(units.geometry.to_numpy()))
            if (np.abs(added_up - areas) <= _NESTING_TOLERANCE * areas).all():
                return base, membership
    return units, sparse.eye_array(len(units), format="csr")


def population_density(units: gpd.GeoDataFrame, boundaries: Boundaries) -> pd.Series:
    """Return the people per km² of each unit in 2020, by unit id, never missing.

    Populations are known per cercle of 2016 and taken as even inside each. A unit in several cercles has their mean
    by area; one outside them all has the country's mean.
    """
    cercles = boundaries.units(*_POPULATION_UNITS)
    polygons = to_metric(cercles.geometry.to_numpy())
    people = cercles["population"].to_numpy(np.float64)
    areas_m2 = shapely.area(polygons)
    shared = overlaps(to_metric(units.geometry.to_numpy()), polygons)
    inside_m2 = shared.sum(axis=1)
    mean = people.sum() / areas_m2.sum()
    density = np.divide(shared @ (people / areas_m2), inside_m2, out=np.full(len(units), mean), where=inside_m2 > 0)
    return pd.Series(density * 1e6, index=units.index, name="people_per_km2")
