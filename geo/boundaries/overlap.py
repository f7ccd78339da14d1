"""How much of each part lies in each unit."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.boundaries.grid import to_metric
from geo.boundaries.regions import Boundaries

#: A smaller share of an extent is where two outlines of one border do not agree to the last digit.
_SLIVER: Final = 1e-9
#: A point this far outside every unit belongs to the nearest: outlines differ by this much between sources, and the
#: readers take points up to 1 km outside the border. Farther out there is nothing to count it in.
NEAREST_KM: Final = 5.0
#: Half the width of the strips that are left between two outlines of one border.
_STRIP_M: Final = 1_000.0


def overlaps(extents: NDArray[np.object_], polygons: NDArray[np.object_]) -> sparse.csr_array:
    """Return the area (m²) of each extent, of a line the length (m), in each polygon, slivers left out.

    Geometries are in metres (`geo.boundaries.grid.to_metric`).
    """
    row, unit = shapely.STRtree(polygons).query(extents, predicate="intersects")
    shared = shapely.intersection(extents[row], polygons[unit])
    is_line = shapely.get_dimensions(extents) == 1
    measure = np.where(is_line[row], shapely.length(shared), shapely.area(shared))
    whole = np.where(is_line, shapely.length(extents), shapely.area(extents))
    real = measure > _SLIVER * whole[row]
    return sparse.csr_array((measure[real], (row[real], unit[real])), shape=(len(extents), len(polygons)))


def left_out(units: NDArray[np.object_], boundaries: Boundaries) -> NDArray[np.object_]:
    """Return the part of the country that `units` (in metres) leave out, no polygon where that is nothing.

    Two outlines of one border differ by up to `NEAREST_KM`; what lies between them is not left out, nor the strips
    along the country's border that join up with what is.
    """
    together = shapely.union_all(units)
    bare = shapely.difference(to_metric(np.array([boundaries.country()], dtype=object))[0], together)
    far = shapely.difference(bare, shapely.buffer(together, NEAREST_KM * 1000))
    if far.is_empty:
        return np.empty(0, dtype=object)
    broad = shapely.buffer(shapely.buffer(bare, -_STRIP_M), _STRIP_M)
    pieces = shapely.get_parts(shapely.intersection(bare, broad))
    return np.array([shapely.union_all(pieces[shapely.intersects(pieces, far)])], dtype=object)
