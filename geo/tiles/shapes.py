"""Shapes ready for the vector tiles of one zoom: simplified together, on the zoom's grid, as arrays.

Neighbours share their border before and after: polygons that form a coverage are simplified as one, and their lines
are snapped to the grid together (snap rounding), so that both sides of a border keep the same vertices and every
polygon stays valid. Only then are they cut to tiles, which `geo.tiles.clip_kernels` does alike for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.tiles import encode_kernels as kernels

#: Steps of the grid per tile side.
EXTENT: Final = 4096
#: Steps of a pixel where a tile is drawn 512 pixels wide: details below that are left out.
PIXEL: Final = 8
#: Beyond it a grid of 32 bits would not do for the distances that are multiplied.
MOST_ZOOM: Final = 16

_MOST_LAT: Final = 85.0511287798066
_KINDS: Final = {
    shapely.GeometryType.POINT: kernels.POINT,
    shapely.GeometryType.MULTIPOINT: kernels.POINT,
    shapely.GeometryType.LINESTRING: kernels.LINE,
    shapely.GeometryType.MULTILINESTRING: kernels.LINE,
    shapely.GeometryType.POLYGON: kernels.POLYGON,
    shapely.GeometryType.MULTIPOLYGON: kernels.POLYGON,
}
Objects = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Shapes of one zoom, as `geo.tiles.encode_kernels.encode_features` takes them; `kind` is one of its three."""

    kind: int
    xy: NDArray[np.int32]
    ring_first: NDArray[np.int64]
    part_first: NDArray[np.int64]
    part_feature: NDArray[np.int64]
    bounds: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        arrays = (self.xy, self.ring_first, self.part_first, self.part_feature, self.bounds)
        return sum(array.nbytes for array in arrays)


def geometry_kind(geometries: Objects) -> int:
    """Return the one kind of `geometries`: point, line or polygon; missing ones do not count.

    Raises
    ------
    ValueError
        Where they are of several kinds, or of none that tiles can hold.
    """
    types = {int(type_) for type_ in np.unique(shapely.get_type_id(geometries)) if type_ >= 0}
    kinds = {_KINDS.get(shapely.GeometryType(type_), 0) for type_ in types}
    if len(kinds) > 1 or 0 in kinds:
        raise ValueError("a layer of vector tiles holds points, lines or polygons; these are mixed or something else")
    return kinds.pop() if kinds else kernels.POINT


def to_world(geometries: Objects) -> Objects:
    """Project longitude and latitude to the square of Web Mercator: x from 0 to 1 eastwards, y from 0 southwards."""

    def project(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        phi = np.radians(np.clip(lonlat[:, 1], -_MOST_LAT, _MOST_LAT))
        return np.column_stack([lonlat[:, 0] / 360 + 0.5, 0.5 - np.arcsinh(np.tan(phi)) / (2 * np.pi)])

    projected: Objects = shapely.transform(geometries, project)
    return projected


def prepare_shapes(world: Objects, kind: int, zoom: int, *, is_coverage: bool) -> Shapes:
    """Return the shapes of one zoom.

    Parameters
    ----------
    world : array of geometries
        As `to_world` returns them; missing ones are left out.
    kind : int
        As `geometry_kind` returns it.
    zoom : int
    is_coverage : bool
        Whether polygons share borders and nowhere overlap.
    """
    if not 0 <= zoom <= MOST_ZOOM:
        raise ValueError(f"zoom must be between 0 and {MOST_ZOOM}, not {zoom}")
    scale = float(EXTENT << zoom)
    feature = np.flatnonzero(~(shapely.is_missing(world) | shapely.is_empty(world)))
    scaled = shapely.transform(world[feature], lambda xy: xy * scale)
    if kind == kernels.POINT:
        return _points(scaled, feature)
    if kind == kernels.LINE:
        return _lines(scaled, feature)
    if is_coverage:
        polygons, owner = _snapped_together(shapely.coverage_simplify(scaled, PIXEL))
    else:
        polygons, owner = _snapped_alone(shapely.simplify(scaled, PIXEL / 2))
    return _polygons(polygons, feature[owner])


def _points(scaled: Objects, feature: NDArray[np.int64]) -> Shapes:
    xy, owner = shapely.get_coordinates(scaled, return_index=True)
    numbers = np.arange(len(xy) + 1, dtype=np.int64)
    return _shapes(kernels.POINT, _rounded(xy), numbers, numbers, feature[owner])


def _lines(scaled: Objects, feature: NDArray[np.int64]) -> Shapes:
    parts, owner = shapely.get_parts(shapely.simplify(scaled, PIXEL / 2), return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    whole = _rounded(xy)
    is_new = np.ones(len(whole), np.bool_)
    is_new[1:] = (whole[1:] != whole[:-1]).any(axis=1) | (part[1:] != part[:-1])
    counts = np.bincount(part[is_new], minlength=len(parts))
    kept = counts > 1  # else shorter than a step
    first = np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int64)
    numbers = np.arange(len(first), dtype=np.int64)
    return _shapes(kernels.LINE, whole[is_new & kept[part]], first, numbers, feature[owner[kept]])


def _polygons(polygons: Objects, feature: NDArray[np.int64]) -> Shapes:
    """Flatten valid polygons on the grid; `feature` is ascending. What the grid made nothing of is left out."""
    is_left = ~shapely.is_empty(polygons)
    polygons, feature = polygons[is_left], feature[is_left]
    rings, polygon = shapely.get_rings(shapely.orient_polygons(polygons), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    is_open = np.ones(len(xy), np.bool_)  # the last vertex of a ring repeats the first
    is_open[np.cumsum(np.bincount(ring, minlength=len(rings))) - 1] = False
    ring_first = np.concatenate([[0], np.cumsum(np.bincount(ring[is_open], minlength=len(rings)))])
    part_first = np.concatenate([[0], np.cumsum(np.bincount(polygon, minlength=len(polygons)))])
    return _shapes(kernels.POLYGON, _rounded(xy[is_open]), ring_first, part_first, feature)


def _shapes(
    kind: int, xy: NDArray[np.int32], ring_first: NDArray[Any], part_first: NDArray[Any], feature: NDArray[Any]
) -> Shapes:
    starts = ring_first[part_first[:-1]]
    if len(starts):
        bounds = np.hstack([np.minimum.reduceat(xy, starts), np.maximum.reduceat(xy, starts)])
    else:
        bounds = np.empty((0, 4), np.int32)
    return Shapes(
        kind,
        np.ascontiguousarray(xy, np.int32),
        np.asarray(ring_first, np.int64),
        np.asarray(part_first, np.int64),
        np.asarray(feature, np.int64),
        np.ascontiguousarray(bounds, np.int32),
    )


def _rounded(xy: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.floor(xy + 0.5).astype(np.int32)


def _snapped_alone(polygons: Objects) -> tuple[Objects, NDArray[np.int64]]:
    """Snap each polygon to the grid for itself; return the parts and whose they are."""
    snapped = shapely.set_precision(shapely.make_valid(polygons), 1.0)
    parts, owner = shapely.get_parts(snapped, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # make_valid may give collections
    is_polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    return parts[is_polygon], owner[inner][is_polygon]


def _snapped_together(polygons: Objects) -> tuple[Objects, NDArray[np.int64]]:
    """Snap a coverage to the grid as a whole; return the parts of its polygons and whose they are.

    Rounding alone keeps a coverage whose edges are long against the grid. Where it does not, the lines are noded on
    the grid and the faces between them given to the polygons they came from.
    """
    rounded = shapely.transform(polygons, lambda xy: np.floor(xy + 0.5))
    if not shapely.is_valid(rounded).all() or not shapely.coverage_is_valid(rounded):
        return _faces(polygons)
    parts, owner = shapely.get_parts(rounded, return_index=True)
    return parts, owner


def _faces(polygons: Objects) -> tuple[Objects, NDArray[np.int64]]:
    lines = shapely.union_all(shapely.boundary(polygons), grid_size=1.0)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.point_on_surface(faces)
    face, owner = shapely.STRtree(polygons).query(inside, predicate="intersects")
    face, chosen = np.unique(face, return_index=True)  # a point on a border belongs to one of its sides
    owner = owner[chosen]
    order = np.argsort(owner, kind="stable")
    faces, owner = faces[face[order]], owner[order]
    if not len(owner):
        return faces, owner
    owners, first = np.unique(owner, return_index=True)
    merged = [shapely.coverage_union_all(group) for group in np.split(faces, first[1:])]
    parts, position = shapely.get_parts(np.array(merged, dtype=object), return_index=True)
    return parts, owners[position]
