"""Which areas of one source are likely one that was entered again under another id: a question, as of incidents."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from geo.core.crs import METRIC_CRS

#: Two areas that share this much of the land of both together are likely one.
SHARED: Final = 0.5
#: So are two of about one size whose centres lie nearer than half a side: an outline that was drawn anew, or moved.
ONE_SIZE: Final = 0.5
#: Areas further apart than this are not compared.
_NEAR_M: Final = 100.0

#: Two ids of areas, the smaller first.
Pair = tuple[str, str]


def likely_repeats(areas: gpd.GeoDataFrame, new: Collection[str]) -> list[Pair]:
    """Return the pairs of areas of one source, one of them new at least, that are likely one area.

    Parameters
    ----------
    areas
        Hazard areas in EPSG:4326, with the column ``source``.
    new
        Ids of those that were not there before.
    """
    found: set[Pair] = set()
    for _, group in areas.groupby("source"):
        shapes, ids = group.geometry.to_crs(METRIC_CRS).array, group.index.to_numpy(dtype=object)
        asked = np.flatnonzero(group.index.isin(list(new)))
        one, other = shapely.STRtree(shapes).query(shapes[asked], predicate="dwithin", distance=_NEAR_M)
        one = asked[one]
        one, other = one[one != other], other[one != other]
        alike = _alike(np.asarray(shapes[one]), np.asarray(shapes[other]))
        found |= {(min(a, b), max(a, b)) for a, b in zip(ids[one[alike]], ids[other[alike]], strict=True)}
    return sorted(found)


def _alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    first, second = shapely.area(one), shapely.area(other)
    shared = shapely.area(shapely.intersection(one, other))
    smaller, larger = np.minimum(first, second), np.maximum(first, second)
    apart_m = shapely.distance(shapely.centroid(one), shapely.centroid(other))
    moved = (smaller >= ONE_SIZE * larger) & (apart_m < np.sqrt(smaller) / 2)
    return np.asarray((shared >= SHARED * (first + second - shared)) | moved, dtype=bool)
