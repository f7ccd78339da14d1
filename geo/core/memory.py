"""How many bytes of memory geometries and tables take, for whoever keeps no more than so many."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

#: Measured for points, lines and polygons: an object in Python and one in GEOS, and each ring or part; per position two
#: numbers and the room that GEOS leaves.
_PER_PART: Final = 250
_PER_POSITION: Final = 24


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
