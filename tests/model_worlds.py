"""A small square country with four cercles, for tests of the models."""

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy import sparse

from geo.boundaries.grid import Grid
from geo.core.crs import TO_STORAGE
from models.risk.domain import Domain
from models.risk.location import Events

SIDE_M = 200_000.0


def square_units(split: float = 103_000.0) -> gpd.GeoDataFrame:
    """Four units around (split, split) in a square of 200 km, in lon, lat, densified so that their edges stay put."""
    xs = [0.0, split, SIDE_M]
    boxes, names = [], []
    for i in range(2):
        for j in range(2):
            box = shapely.segmentize(shapely.box(xs[i], xs[j], xs[i + 1], xs[j + 1]), 5_000)
            boxes.append(shapely.transform(box, lambda c: np.column_stack(TO_STORAGE.transform(c[:, 0], c[:, 1]))))
            names.append(f"unit-{i}{j}")
    data = {"population": [1000.0, 2000.0, 3000.0, 4000.0]}
    return gpd.GeoDataFrame(data, index=names, geometry=boxes, crs=4326)


def square_domain(cell_m: float = 10_000.0) -> Domain:
    units = square_units()
    lon, lat = TO_STORAGE.transform([10_000, 190_000], [20_000, 180_000])
    roads = gpd.GeoSeries([shapely.linestrings(lon, lat)], index=["r1"], crs=4326)
    towns = gpd.GeoSeries(shapely.points(lon, lat), crs=4326)
    return Domain.build(Grid(units.union_all(), cell_m), units, roads=roads, towns=towns)


def clustered_events(domain: Domain, n: int = 300, seed: int = 0, days: float = 1500.0) -> Events:
    """Events around three centres, growing rarer with distance, over `days` days."""
    rng = np.random.default_rng(seed)
    centres = np.array([[40_000, 50_000], [150_000, 140_000], [100_000, 30_000]])
    xy = np.clip(centres[rng.integers(0, 3, n)] + rng.normal(0, 12_000, (n, 2)), 1_000, SIDE_M - 1_000)
    return events_at(xy[:, 0], xy[:, 1], np.floor(rng.uniform(0, days, n)), domain)


def events_at(
    x_m: ArrayLike,
    y_m: ArrayLike,
    day: ArrayLike,
    domain: Domain,
    *,
    ids: Collection[str] | None = None,
    known: ArrayLike | None = None,
) -> Events:
    """Events at points (m, metric CRS), all of an event's mass in the cell that holds it; in order of day and id."""
    days = np.asarray(day, np.float64)
    xy = np.column_stack([np.asarray(x_m, np.float64), np.asarray(y_m, np.float64)])
    names = np.array([str(name) for name in (range(len(days)) if ids is None else ids)], dtype=object)
    first = days if known is None else np.fmax(days, np.asarray(known, np.float64))
    cell = domain.locate(xy[:, 0], xy[:, 1])
    mass = sparse.csr_array((np.ones(len(days)), (np.arange(len(days)), cell)), shape=(len(days), len(domain)))
    events = Events(names, days, first, xy, cell, np.ones(len(days), bool), mass)
    return events.take(np.lexsort((names.astype(str), days)))
