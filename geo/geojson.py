"""Geometries as GeoJSON text (RFC 7946), compiled: each coordinate is a whole multiple of its last decimal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from geo.geojson_kernels import write

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
#: Most bytes that stand around the positions of a ring, and around those of a shape, its separator among them.
_RING_BYTES: Final = 8


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
    families = [np.isin(types, [int(type_) for type_ in family]) for family in _FAMILIES]
    for family, of_family in zip(_FAMILIES, families, strict=True):
        if len(known) == len(geometries) > 0 and of_family.all():  # the usual layer; nothing has to be put in order
            return _of_family(geometries, types, family, decimals)
    texts: list[bytes | None] = [None] * len(geometries)
    for family, of_family in zip(_FAMILIES, families, strict=True):
        rows = known[of_family]
        if len(rows):
            found = _of_family(geometries[rows], types[of_family], family, decimals).to_pylist()
            for row, text in zip(rows.tolist(), found, strict=True):
                texts[row] = text
    for row in known[~np.any(families, axis=0)].tolist():  # several points, collections: rare, and not worth a kernel
        rounded = shapely.transform(geometries[row], lambda positions: np.round(positions, decimals))
        texts[row] = shapely.to_geojson(shapely.orient_polygons(rounded)).encode()
    return pa.array(texts, _BYTES)


def _of_family(shapes: NDArray[np.object_], types: NDArray[Any], family: Family, decimals: int) -> pa.LargeBinaryArray:
    _, positions, offsets = shapely.to_ragged_array(shapes, include_z=False)
    if not np.isfinite(positions).all():
        raise ValueError("a coordinate is no finite number")
    whole = np.rint(positions * 10.0**decimals).astype(np.int64)
    rings, parts, outer = _levels(offsets, len(shapes))
    name_of = {int(type_): f'{{"type":"{name}","coordinates":'.encode() for type_, (name, _) in family.items()}
    brackets_of = {int(type_): brackets for type_, (_, brackets) in family.items()}
    brackets = np.array([brackets_of[type_] for type_ in types.tolist()], dtype=np.int64)
    digits = len(str(int(np.abs(whole).max()))) + decimals + 3
    room = len(whole) * (2 * digits + 4) + _RING_BYTES * (len(rings) + len(parts) + len(outer))
    written = np.empty(room, dtype=np.uint8)
    is_polygons = GeometryType.POLYGON in family
    ends, size = write(whole, rings, parts, outer, brackets, decimals, written, is_polygons=is_polygons)
    bounds = np.concatenate([[0], ends])
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(written[:size])]
    positions_ = pa.LargeBinaryArray.from_buffers(_BYTES, len(shapes), buffers)
    names = pa.array([name_of[type_] for type_ in types.tolist()], _BYTES)
    return pc.binary_join_element_wise(names, positions_, pa.scalar(b"}", _BYTES), pa.scalar(b"", _BYTES))


def _levels(offsets: tuple[NDArray[Any], ...], count: int) -> tuple[NDArray[np.int64], ...]:
    """Return where rings, parts and shapes begin: a level that a type does not have holds one of the one below."""
    each = np.arange(count + 1)
    levels = (*offsets, *(each for _ in range(3 - len(offsets))))
    return tuple(np.asarray(level, dtype=np.int64) for level in levels)
