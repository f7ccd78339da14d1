"""Equal-area square cells with stable ids, and how much of each cell every unit covers."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from geo.core.compiled import compiled
from geo.core.crs import TO_METRIC, require_storage_crs
from geo.core.errors import ParameterError
from geo.core.messages import message

#: Borders are straight in longitude and latitude. Cut to this length (5.6 km at most) before they are projected, they
#: stay within 0.5 m of where they belong; the 1,200 km of the border in the Sahara would be off by kilometres.
_MAX_SEGMENT_DEG: Final = 0.05
#: Less than this of a cell, in cells, is rounding at a border that runs along the lattice.
_NOTHING: Final = 1e-12


def to_metric(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Project geometries from longitude and latitude to `METRIC_CRS` (m), long straight borders in short pieces.

    A border that two units share stays shared, to rounding.
    """
    cut = shapely.segmentize(geometries, _MAX_SEGMENT_DEG)
    projected: NDArray[np.object_] = shapely.transform(
        cut, lambda lonlat: np.column_stack(TO_METRIC.transform(lonlat[:, 0], lonlat[:, 1]))
    )
    return projected


class Grid:
    """Square cells of one size in `METRIC_CRS` that share area with a country.

    The lattice is anchored at the projection's origin, so a cell keeps its id whatever the area: ``c5-<column>-<row>``
    is the cell of 5 km whose lower left corner lies at (column · 5 km, row · 5 km).

    Parameters
    ----------
    area : shapely geometry
        Polygon or multipolygon in longitude and latitude, for example ``boundaries.country()``.
    cell_m : float
        Side of a cell in metres.

    Attributes
    ----------
    ids : Index of str, length n
        By row from the south, then by column from the west.
    columns, rows : int32 array, shape (n,)
    centres : float array, shape (n, 2)
        x and y in metres.
    inside_km2 : float array, shape (n,)
        How much of each cell lies in the area.
    """

    def __init__(self, area: BaseGeometry, cell_m: float = 5000.0) -> None:
        if not (np.isfinite(cell_m) and cell_m >= 100):
            raise ParameterError(
                message("cell_m must be at least 100 m, not {value}.", value=cell_m), parameter="cell_m"
            )
        self.cell_m: Final = float(cell_m)
        rows, columns, covered = self._covered(to_metric(np.array([area], dtype=object))[0])
        self.columns: Final = columns.astype(np.int32)
        self.rows: Final = rows.astype(np.int32)
        self.inside_km2: Final = covered
        prefix = f"c{self.cell_m / 1000:g}"
        self.ids: Final = pd.Index(
            [f"{prefix}-{column}-{row}" for column, row in zip(columns, rows, strict=True)], dtype="str", name="cell_id"
        )
        self.centres: Final = (np.column_stack([columns, rows]) + 0.5) * self.cell_m
        self._west, self._south = int(columns.min()), int(rows.min())
        self._index = np.full((rows.max() - self._south + 1, columns.max() - self._west + 1), -1, np.int32)
        self._index[rows - self._south, columns - self._west] = np.arange(len(rows))

    def __len__(self) -> int:
        return len(self.ids)

    def locate(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
        """Return the position of the cell that holds each point (m), -1 where none does or a coordinate is missing.

        A point on the line between two cells belongs to the eastern or northern one.
        """
        column = np.floor(np.asarray(x, np.float64) / self.cell_m) - self._west
        row = np.floor(np.asarray(y, np.float64) / self.cell_m) - self._south
        height, width = self._index.shape
        within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        found = np.full(within.shape, -1, np.int32)
        found[within] = self._index[row[within].astype(np.int64), column[within].astype(np.int64)]
        return found

    def overlap(self, units: gpd.GeoDataFrame) -> sparse.csr_array:
        """Return how much of each cell each unit covers, in km², shape (cells, units); exact to 1e-12 of a cell.

        Parameters
        ----------
        units : GeoDataFrame
            Valid polygons in longitude and latitude. What lies outside the cells is left out.
        """
        require_storage_crs(units, "units")
        cells, unit_of, areas = [], [], []
        for position, geometry in enumerate(to_metric(units.geometry.to_numpy())):
            rows, columns, covered = self._covered(geometry)
            cell = self.locate((columns + 0.5) * self.cell_m, (rows + 0.5) * self.cell_m)
            cells.append(cell[cell >= 0])
            areas.append(covered[cell >= 0])
            unit_of.append(np.full(len(cells[-1]), position))
        shape = (len(self), len(units))
        if not cells:
            return sparse.csr_array(shape)
        return sparse.csr_array((np.concatenate(areas), (np.concatenate(cells), np.concatenate(unit_of))), shape=shape)

    def _covered(self, polygon: BaseGeometry) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return row, column and covered km² of the cells that share area with `polygon` (m)."""
        west, south, east, north = np.floor(np.array(polygon.bounds) / self.cell_m).astype(np.int64)
        rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(polygon)))
        vertices, ring = shapely.get_coordinates(rings, return_index=True)
        vertices -= (west * self.cell_m, south * self.cell_m)
        edges = np.hstack([vertices[:-1], vertices[1:]])[ring[:-1] == ring[1:]]
        area = np.zeros((north - south + 1, east - west + 1))
        covered_area(edges, self.cell_m, area)
        rows, columns = np.nonzero(area > _NOTHING * self.cell_m**2)
        return rows + south, columns + west, area[rows, columns] / 1e6


@compiled
def covered_area(edges: NDArray[np.float64], cell: float, area: NDArray[np.float64]) -> None:
    """Add the area that a polygon covers of each cell to `area` (rows, columns), in the unit of `edges` squared.

    Each edge (ax, ay, bx, by), the polygon on its left, is cut at the lattice's lines. A piece that climbs by dy
    takes away, in the cells of its row, all that lies right of it: a trapezium from its own cell and dy · cell from
    every cell to the right. Over a closed ring the signed sum is the area covered.

    Parameters
    ----------
    edges : array, shape (n, 4)
        Counter-clockwise shells and clockwise holes; all within the lattice, whose corner is the origin.
    cell : float
        Side of a cell.
    area : array, shape (rows, columns)
        Zeros, changed in place.
    """
    rows, columns = area.shape
    # what a piece takes from every cell right of its own, summed along the row at the end
    beyond = np.zeros((rows, columns + 1))
    touched = np.zeros((rows, columns), np.bool_)
    for e in range(len(edges)):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        step_x = 1 if bx > ax else -1
        step_y = 1 if by > ay else -1
        # the next lines that the edge meets, as shares of its length
        line_x = np.floor(ax / cell) + 1 if bx > ax else np.ceil(ax / cell) - 1
        line_y = np.floor(ay / cell) + 1 if by > ay else np.ceil(ay / cell) - 1
        start = 0.0
        while start < 1.0:
            at_x = (line_x * cell - ax) / (bx - ax) if bx != ax else np.inf
            at_y = (line_y * cell - ay) / (by - ay) if by != ay else np.inf
            end = min(at_x, at_y, 1.0)
            if at_x <= end:
                line_x += step_x
            if at_y <= end:
                line_y += step_y
            middle_x = ax + 0.5 * (start + end) * (bx - ax)
            middle_y = ay + 0.5 * (start + end) * (by - ay)
            column = min(max(int(middle_x / cell), 0), columns - 1)
            row = min(max(int(middle_y / cell), 0), rows - 1)
            climbed = (end - start) * (by - ay)
            area[row, column] -= climbed * ((column + 1) * cell - middle_x)
            beyond[row, column + 1] -= climbed * cell
            touched[row, column] = True
            start = end
    whole = cell * cell
    for row in range(rows):
        left = 0.0
        for column in range(columns):
            left += beyond[row, column]
            covered = area[row, column] + left
            if not touched[row, column]:
                # no border inside: all or nothing, whatever the rounding
                covered = whole if covered > 0.5 * whole else 0.0
            area[row, column] = min(max(covered, 0.0), whole)
