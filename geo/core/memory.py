"""Bytes of memory that geometries and tables take, for whoever keeps no more than so many; and giving memory back."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.core.crs import STORAGE_CRS

#: Measured for points, lines and polygons: an object in Python and one in GEOS, and each ring or part; per position two
#: numbers and the room that GEOS leaves.
_PER_PART: Final = 250
_PER_POSITION: Final = 24
#: glibc's number for how many arenas threads may allocate from, and how many; it would have eight a processor, and
#: what one thread frees there no other one uses.
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
#: Columns of positions in degrees.
LON: Final = "lon"
LAT: Final = "lat"


def shapes_nbytes(shapes: NDArray[np.object_]) -> int:
    """Return about how many bytes an array of geometries takes."""
    positions = int(shapely.get_num_coordinates(shapes).sum())
    parts = int(np.maximum(shapely.get_num_geometries(shapes), 1).sum())
    return _PER_POSITION * positions + _PER_PART * (len(shapes) + parts)


def frame_nbytes(frame: pd.DataFrame) -> int:
    """Return about how many bytes a table takes: columns, texts, index and geometries."""
    shapes = 0
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = shapes_nbytes(frame.geometry.to_numpy())
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return int(frame.memory_usage(deep=True).sum()) + shapes


def flat(points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a table of points with their positions in two columns, NaN where there is none.

    A geometry takes some 500 bytes, two numbers 16.
    """
    shapes = points.geometry.to_numpy()
    table = pd.DataFrame(points.drop(columns=points.geometry.name))
    return table.assign(**{LON: shapely.get_x(shapes), LAT: shapely.get_y(shapes)})


def located(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return what `flat` was given, in EPSG:4326."""
    lon, lat = table[LON].to_numpy(), table[LAT].to_numpy()
    shapes = np.full(len(table), None, dtype=object)
    is_known = ~np.isnan(lon)
    shapes[is_known] = shapely.points(lon[is_known], lat[is_known])
    geometry = gpd.GeoSeries(shapes, index=table.index, crs=STORAGE_CRS)
    return gpd.GeoDataFrame(table.drop(columns=[LON, LAT]), geometry=geometry)


def share_memory() -> None:
    """Have threads, and Arrow, use memory that others have freed; to be called before there are threads."""
    _of_libc("mallopt", _M_ARENA_MAX, _ARENAS)
    pa.set_memory_pool(pa.system_memory_pool())


def give_back() -> None:
    """Give memory that is free back to the system, where the C library can: after work that took much for a while."""
    _of_libc("malloc_trim", 0)


def _of_libc(name: str, *arguments: int) -> None:
    if sys.platform == "linux":
        function: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)  # musl has neither
        if function is not None:
            function(*arguments)
