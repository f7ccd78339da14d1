"""Geometries as GeoJSON text (RFC 7946), compiled: each coordinate is a whole multiple of its last decimal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from geo.core.geojson_kernels import write

Family: TypeAlias = Mapping[GeometryType, tuple[str, int]]

_BYTES: Final = pa.large_binary()
#: Types that `shapely.to_ragged_array` takes together: GeoJSON's name and brackets around the positions of each.
_FAMILIES: Final[tuple[Family, ...]] = (
    MappingProxyType({GeometryType.POINT: ("Point", 0)}),
    MappingProxyType(
        {GeometryType.LINESTRING: ("LineString", 1), GeometryType.MULTILINESTRING: ("MultiLineString", 2)}
    ),
    MappingProxyType({GeometryType.POLYGON: ("Polygon", 2), GeometryType.MULTIPOLYGON: ("MultiPolygon", 3)}),
)
#: Number of the family of each type; -1 where it has none.
_FAMILY_OF: Final = np.array(
    [
        next((number for number, family in enumerate(_FAMILIES) if type_ in family), -1)
        for type_ in sorted(type_ for type_ in GeometryType if type_ >= 0)
    ]
)
#: Most bytes that stand around the positions of a ring, and around those of a shape, its separator among them.
_RING_BYTES: Final = 8
_HEAD: Final = '{"type":"%s","coordinates":'
#: Longest head: that of a MultiLineString.
_HEAD_BYTES: Final = len(_HEAD % "MultiLineString")


def geojson_texts(geometries: NDArray[np.object_], *, decimals: int) -> pa.LargeBinaryArray:
    """Return each geometry as GeoJSON text, missing or empty ones as null.

    Parameters
    ----------
    geometries : array of geometries
        In two dimensions, of any CRS; exterior rings come out anticlockwise. A third coordinate is left out.
    decimals : int
        Decimals that coordinates keep.

    Raises
    ------
    ValueError
        Where a coordinate is no number.

    Examples
    --------
    >>> geojson_texts(np.array([shapely.Point(-4.12345, 14), None]), decimals=3).to_pylist()
    [b'{"type":"Point","coordinates":[-4.123,14.0]}', None]
    """
    known = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    types = shapely.get_type_id(geometries[known])
    families = _FAMILY_OF[types]
    if len(known) == len(geometries) > 0 and (families == families[0]).all() and families[0] >= 0:
        return _of_family(geometries, types, _FAMILIES[families[0]], decimals)  # the usual layer: all is in order
    texts: list[bytes | None] = [None] * len(geometries)
    for number, family in enumerate(_FAMILIES):
        rows = known[families == number]
        if len(rows):
            found = _of_family(geometries[rows], types[families == number], family, decimals).to_pylist()
            for row, text in zip(rows.tolist(), found, strict=True):
                texts[row] = text
    for row in known[families < 0].tolist():  # several points, collections: rare, and not worth a kernel
        rounded = shapely.transform(geometries[row], lambda at: np.round(at, decimals) + 0.0)  # no zero keeps a sign
        texts[row] = shapely.to_geojson(shapely.orient_polygons(rounded)).encode()
    return pa.array(texts, _BYTES)


def _of_family(shapes: NDArray[np.object_], types: NDArray[Any], family: Family, decimals: int) -> pa.LargeBinaryArray:
    _, positions, offsets = shapely.to_ragged_array(shapes, include_z=False)
    most = float(max(positions.max(), -positions.min()))  # NaN, where there is one
    if not np.isfinite(most):
        raise ValueError("a coordinate is no finite number")
    rings, parts, outer = _levels(offsets, len(shapes))
    depths = np.zeros(len(GeometryType), dtype=np.int64)
    heads = np.zeros((4, _HEAD_BYTES), dtype=np.uint8)
    for type_, (name, depth) in family.items():
        depths[type_] = depth
        head = np.frombuffer((_HEAD % name).encode(), np.uint8)
        heads[depth, : len(head)] = head
    digits = len(str(round(most * 10**decimals))) + decimals + 3
    room = len(positions) * (2 * digits + 4) + _RING_BYTES * (len(rings) + len(parts) + len(outer))
    written = np.empty(room + len(shapes) * (_HEAD_BYTES + 1), dtype=np.uint8)
    is_polygons = GeometryType.POLYGON in family
    brackets = depths[types]
    ends, size = write(positions, rings, parts, outer, brackets, heads, decimals, written, is_polygons=is_polygons)
    bounds = np.concatenate([[0], ends])
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(written[:size])]
    return pa.LargeBinaryArray.from_buffers(_BYTES, len(shapes), buffers)


def _levels(offsets: tuple[NDArray[Any], ...], count: int) -> tuple[NDArray[np.int64], ...]:
    """Return where rings, parts and shapes begin: a level that a type does not have holds one of the one below."""
    each = np.arange(count + 1)
    levels = (*offsets, *(each for _ in range(3 - len(offsets))))
    return tuple(np.asarray(level, dtype=np.int64) for level in levels)
