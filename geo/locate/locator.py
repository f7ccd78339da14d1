"""The unit that each of many points lies in, exact at the borders."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.core.errors import GeometryError
from geo.core.messages import message
from geo.locate import kernels as kernels

#: Cells of the lookup: 4 MB, which the processor's cache holds. With 4 times as many, 10 million points took 3 times as
#: long; with a quarter of them more points need the exact test, and it took 1.3 times as long.
DEFAULT_CELLS: Final = 1 << 20
#: Below it the tree is faster in a process that has not loaded the kernels yet, and none is loaded for it.
COMPILED_FROM: Final = 250_000
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
    """Find the unit of each point: with shapely's tree where points are few, with compiled kernels where they are many.

    A point belongs to the first unit, in the order of the table, whose closed polygon holds it: a point exactly on a
    shared border belongs to the first of the units that share it, and one on the outer border is inside. Units may
    overlap and leave gaps. Both ways decide exactly, so they say the same. Safe to share between threads.

    Parameters
    ----------
    units : GeoDataFrame
        Valid polygons or multipolygons in any CRS.
    cells : int
        How many cells the kernels lay over the units' bounds.
    compiled_from : int
        From how many points in one question on the kernels answer.

    Raises
    ------
    GeometryError
        A unit has no geometry, or one that is no polygon.

    Examples
    --------
    >>> from shapely import box
    >>> units = gpd.GeoDataFrame(index=["west", "east"], geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326)
    >>> Locator(units).positions([0.5, 1.0, 1.5, 9.0], [0.5, 0.5, 0.5, 0.5]).tolist()
    [0, 0, 1, -1]
    """

    def __init__(
        self, units: gpd.GeoDataFrame, *, cells: int = DEFAULT_CELLS, compiled_from: int = COMPILED_FROM
    ) -> None:
        self._polygons: Final = _polygons_of(units)
        self._cells: Final = cells
        self._compiled_from: Final = compiled_from
        self._tree: Final = shapely.STRtree(self._polygons)
        # the first question makes GEOS build its index, which two threads must not do at once
        self._tree.query(shapely.Point(0, 0))

    def positions(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
        """Return the position in the table of each point's unit, -1 where none holds it or a coordinate is missing.

        Parameters
        ----------
        x, y : array-like of float, shape (n,)
            Coordinates in the units' CRS; longitude and latitude for stored tables.
        """
        xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if xs.shape != ys.shape or xs.ndim != 1:
            raise ValueError(f"x and y must be of one length and dimension, not of shape {xs.shape} and {ys.shape}")
        return self._by_kernels(xs, ys) if len(xs) >= self._compiled_from else self._by_tree(xs, ys)

    def _by_tree(self, xs: Coordinates, ys: Coordinates) -> NDArray[np.int32]:
        known = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        point, unit = self._tree.query(shapely.points(xs[known], ys[known]), predicate="intersects")
        none = len(self._polygons)
        first = np.full(len(xs), none, np.int32)
        np.minimum.at(first, known[point], unit.astype(np.int32))
        first[first == none] = kernels.OUTSIDE
        return first

    @cached_property
    def _lookup(self) -> _Lookup:
        return _build(*_edges(self._polygons), *_lattice(shapely.total_bounds(self._polygons), self._cells))

    def _by_kernels(self, xs: Coordinates, ys: Coordinates) -> NDArray[np.int32]:
        out = np.empty(len(xs), np.int32)
        lookup = self._lookup

        def locate(start: int) -> None:
            part = slice(start, start + _CHUNK)
            kernels.locate(np.ascontiguousarray(xs[part]), np.ascontiguousarray(ys[part]), *lookup, out[part])

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(locate, range(0, len(xs), _CHUNK)))
        return out


def _polygons_of(units: gpd.GeoDataFrame) -> NDArray[np.object_]:
    geometries: NDArray[np.object_] = units.geometry.to_numpy()
    unusable = ~np.isin(shapely.get_type_id(geometries), _POLYGONAL) | shapely.is_empty(geometries)
    if unusable.any():
        raise GeometryError(message("{id} has no polygon; every unit needs one.", id=units.index[unusable.argmax()]))
    return geometries


def _edges(units: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the units' edges (n, 4: ax, ay, bx, by) and where each unit's begin (units + 1)."""
    polygons, polygon_unit = shapely.get_parts(units, return_index=True)
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
    border, unit, inside = kernels.fill_lattice(edges, unit_edges, unit_entries, cell_of, lefts, bottoms, cells)

    entry_starts, order = kernels.group_starts(entry_border, n_border)
    entry_edge = edge_of[order]
    entry_unit = (np.searchsorted(unit_edges, entry_edge, side="right") - 1).astype(np.int32)
    candidate_starts, order = kernels.group_starts(border, n_border)
    candidate_unit, candidate_inside = unit[order], inside[order]
    candidate_entries = np.empty(len(order) + 1, np.int32)
    kernels.edge_ranges(candidate_starts, candidate_unit, entry_starts, entry_unit, candidate_entries)
    return _Lookup(
        lefts, bottoms, cells, candidate_starts, candidate_unit, candidate_inside, candidate_entries, entry_edge, edges
    )
