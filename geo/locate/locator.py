"""The unit that each of many points lies in: a lookup built once, exact at the borders."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.core.errors import CRSError, GeometryError
from geo.core.messages import message
from geo.locate import kernels as kernels

#: Cells of the lookup: 4 MB, which the processor's cache holds. With 4 times as many, 10 million points took 3 times as
#: long; with a quarter of them more points need the exact test, and it took 1.3 times as long.
DEFAULT_CELLS: Final = 1 << 20
#: Points that a thread takes at a time: its coordinates fit into the processor's cache.
_CHUNK: Final = 1 << 16
_POLYGONAL: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

Coordinates: TypeAlias = NDArray[np.float64]


class _Lookup(NamedTuple):
    """What `geo.locate.kernels.locate` reads, in the order of its arguments."""

    lefts: NDArray[np.float64]
    bottoms: NDArray[np.float64]
    cells: NDArray[np.int32]
    candidate_starts: NDArray[np.int32]
    candidate_unit: NDArray[np.int32]
    candidate_inside: NDArray[np.int32]
    candidate_entries: NDArray[np.int32]
    entry_edge: NDArray[np.int32]
    edges: NDArray[np.float64]


class Locator:
    """Find the unit of each point, as exactly as shapely's predicates do and far faster for many points.

    A point belongs to the first unit, in the order of the table, whose closed polygon holds it: a point exactly on a
    shared border belongs to the first of the units that share it, and one on the outer border is inside. Units may
    overlap and leave gaps.

    Parameters
    ----------
    units : GeoDataFrame
        Valid polygons or multipolygons in any CRS; the index holds the ids.
    cells : int
        How many cells to lay over the units' bounds.

    Raises
    ------
    GeometryError
        A unit has no geometry, or one that is no polygon.

    Examples
    --------
    >>> from shapely import box
    >>> units = gpd.GeoDataFrame(index=["west", "east"], geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326)
    >>> Locator(units, cells=16).positions([0.5, 1.0, 1.5, 9.0], [0.5, 0.5, 0.5, 0.5]).tolist()
    [0, 0, 1, -1]
    """

    def __init__(self, units: gpd.GeoDataFrame, *, cells: int = DEFAULT_CELLS) -> None:
        self.ids: Final = units.index
        self.crs: Final = units.crs
        edges, unit_edges = _edges(units)
        self._lookup = _build(edges, unit_edges, *_lattice(units.total_bounds, cells))

    def positions(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
        """Return the position in `ids` of each point's unit, -1 where no unit holds it or a coordinate is missing.

        Parameters
        ----------
        x, y : array-like of float, shape (n,)
            Coordinates in the units' CRS; longitude and latitude for stored tables.
        """
        xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if xs.shape != ys.shape or xs.ndim != 1:
            raise ValueError(f"x and y must be of one length and dimension, not of shape {xs.shape} and {ys.shape}")
        return self._in_chunks(len(xs), lambda part: (xs[part], ys[part]))

    def assign(self, points: gpd.GeoSeries) -> pd.Series:
        """Return the id of each point's unit, missing where there is none, with the index of `points`.

        The ids come as a categorical column over all units: a number a row and not a text a row.

        Raises
        ------
        CRSError
            The points' CRS is not the units'.
        GeometryError
            A geometry has more than one position.
        """
        if points.crs != self.crs:
            raise CRSError(
                message(
                    "{what} is in {found}; expected {expected}.",
                    what=message("points"),
                    found=points.crs,
                    expected=self.crs,
                )
            )
        geometries = points.to_numpy()

        def coordinates(part: slice) -> tuple[Coordinates, Coordinates]:
            # one pass over the geometries: points have one position each, whatever has more is something else
            at, row = shapely.get_coordinates(geometries[part], return_index=True)
            repeated = row[1:] == row[:-1]
            if repeated.any():
                wrong = points.index[part][int(row[repeated.argmax()])]
                raise GeometryError(message("{id} is no point; only points lie in exactly one unit.", id=wrong))
            both = np.full((len(points.index[part]), 2), np.nan)
            both[row] = at
            return both[:, 0], both[:, 1]

        found = pd.Categorical.from_codes(self._in_chunks(len(geometries), coordinates), categories=self.ids)
        return pd.Series(found, index=points.index, name="unit_id")

    def _in_chunks(self, n: int, coordinates: Callable[[slice], tuple[Coordinates, Coordinates]]) -> NDArray[np.int32]:
        out = np.empty(n, np.int32)

        def locate(start: int) -> None:
            part = slice(start, start + _CHUNK)
            xs, ys = coordinates(part)
            kernels.locate(np.ascontiguousarray(xs), np.ascontiguousarray(ys), *self._lookup, out[part])

        starts = range(0, n, _CHUNK)
        if len(starts) <= 1:
            for start in starts:
                locate(start)
        else:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(locate, starts))
        return out


def _edges(units: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the units' edges (n, 4: ax, ay, bx, by) and where each unit's begin (units + 1)."""
    geometries = units.geometry.to_numpy()
    unusable = ~np.isin(shapely.get_type_id(geometries), _POLYGONAL) | shapely.is_empty(geometries)
    if unusable.any():
        raise GeometryError(message("{id} has no polygon; every unit needs one.", id=units.index[unusable.argmax()]))
    polygons, polygon_unit = shapely.get_parts(geometries, return_index=True)
    rings, ring_polygon = shapely.get_rings(polygons, return_index=True)
    vertices, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    same_ring = vertex_ring[:-1] == vertex_ring[1:]
    edges = np.hstack([vertices[:-1], vertices[1:]])[same_ring]
    edge_unit = polygon_unit[ring_polygon[vertex_ring[:-1][same_ring]]]
    return edges, np.searchsorted(edge_unit, np.arange(len(units) + 1)).astype(np.int32)


def _lattice(bounds: NDArray[np.float64], n: int) -> tuple[Coordinates, Coordinates]:
    """Return the left edges of about `n` cells over `bounds` (columns + 1) and the bottom edges (rows + 1)."""
    west, south, east, north = bounds
    # a margin, so that points on the outer border fall into cells; cells never so small that rounding shows in them
    smallest = 1e-7 * np.abs(bounds).max()
    width, height = max(east - west, smallest) * 1.001, max(north - south, smallest) * 1.001
    columns = int(np.clip(np.sqrt(n * width / height), 1, width / smallest))
    rows = int(np.clip(n / columns, 1, height / smallest))
    lefts = west - 0.0005 * width + width / columns * np.arange(columns + 1)
    bottoms = south - 0.0005 * height + height / rows * np.arange(rows + 1)
    return lefts, bottoms


def _build(
    edges: NDArray[np.float64], unit_edges: NDArray[np.int32], lefts: Coordinates, bottoms: Coordinates
) -> _Lookup:
    cells = np.full((len(lefts) - 1) * (len(bottoms) - 1), kernels.OUTSIDE, np.int32)
    cell_of, edge_of = kernels.entries_of_edges(edges, lefts, bottoms)
    n_border = kernels.number_border_cells(cells, cell_of)
    entry_border = kernels.FIRST_BORDER - cells[cell_of]
    unit_entries = np.searchsorted(edge_of, unit_edges).astype(np.int32)
    border, unit, inside = kernels.fill(edges, unit_edges, unit_entries, cell_of, lefts, bottoms, cells)

    entry_starts, order = kernels.starts_of(entry_border, n_border)
    entry_edge = edge_of[order]
    entry_unit = (np.searchsorted(unit_edges, entry_edge, side="right") - 1).astype(np.int32)
    candidate_starts, order = kernels.starts_of(border, n_border)
    candidate_unit, candidate_inside = unit[order], inside[order]
    candidate_entries = np.empty(len(order) + 1, np.int32)
    kernels.edge_ranges(candidate_starts, candidate_unit, entry_starts, entry_unit, candidate_entries)
    return _Lookup(
        lefts, bottoms, cells, candidate_starts, candidate_unit, candidate_inside, candidate_entries, entry_edge, edges
    )
