"""Geometries as GeoJSON text (RFC 7946): each coordinate is a whole multiple of its last decimal."""

from __future__ import annotations

from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

Family: TypeAlias = MappingProxyType[int, str]  # by `shapely.GeometryType`
Floats: TypeAlias = NDArray[np.float64]

#: Types that `shapely.to_ragged_array` takes together, with their names in GeoJSON.
_FAMILIES: Final[tuple[Family, ...]] = (
    MappingProxyType({GeometryType.POINT: "Point"}),
    MappingProxyType({GeometryType.LINESTRING: "LineString", GeometryType.MULTILINESTRING: "MultiLineString"}),
    MappingProxyType({GeometryType.POLYGON: "Polygon", GeometryType.MULTIPOLYGON: "MultiPolygon"}),
)
_IN_A_FAMILY: Final = tuple(type_ for family in _FAMILIES for type_ in family)


def geojson_texts(geometries: NDArray[np.object_], *, decimals: int) -> list[bytes | None]:
    """Return each geometry as GeoJSON text, missing or empty ones as None.

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
    >>> geojson_texts(np.array([shapely.Point(-4.12345, 14), None]), decimals=3)
    [b'{"type":"Point","coordinates":[-4.123,14.0]}', None]
    """
    texts: list[bytes | None] = [None] * len(geometries)
    known = np.flatnonzero(~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))
    types = shapely.get_type_id(geometries[known])
    for family in _FAMILIES:
        is_mine = np.isin(types, list(family))
        rows = known[is_mine].tolist()
        if rows:
            coordinates = _coordinates(geometries[rows], decimals)
            for row, type_, found in zip(rows, types[is_mine].tolist(), coordinates, strict=True):
                written = {"type": family[type_], "coordinates": found}
                texts[row] = orjson.dumps(written, option=orjson.OPT_SERIALIZE_NUMPY)
    for row in known[~np.isin(types, _IN_A_FAMILY)].tolist():  # several points, collections: rare
        rounded = shapely.transform(geometries[row], lambda at: np.round(at, decimals) + 0.0)
        # GEOS writes some decimals with 17 digits, orjson the fewest that mean the same number
        texts[row] = orjson.dumps(orjson.loads(shapely.to_geojson(shapely.orient_polygons(rounded))))
    return texts


def _coordinates(shapes: NDArray[np.object_], decimals: int) -> list[Any]:
    """Return the member ``coordinates`` of each shape; the shapes are of one family."""
    type_, positions, offsets = shapely.to_ragged_array(shapes, include_z=False)
    if not np.isfinite(positions).all():
        raise ValueError("a coordinate is no finite number")
    rounded = np.round(positions, decimals) + 0.0  # no zero keeps a sign
    nested: Any = rounded
    if type_ in _FAMILIES[-1]:
        nested = _rings(np.rint(positions * 10**decimals), rounded, offsets[0], offsets[1])
        offsets = offsets[1:]
    for level in offsets:
        nested = [nested[start:end] for start, end in pairwise(level.tolist())]
    if type_ in (GeometryType.MULTILINESTRING, GeometryType.MULTIPOLYGON):
        single = shapely.get_type_id(shapes) != type_
        nested = [parts[0] if is_one else parts for parts, is_one in zip(nested, single.tolist(), strict=True)]
    return list(nested)


def _rings(whole: Floats, positions: Floats, starts: NDArray[Any], polygons: NDArray[Any]) -> list[Floats]:
    """Return the positions of each ring: the first of a polygon turns anticlockwise, the others clockwise.

    Told by twice the signed area in units of the last decimal, exact in whole numbers; a ring without area stays.
    """
    x, y = (whole - np.repeat(whole[starts[:-1]], np.diff(starts), axis=0)).astype(np.int64).T
    cross = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0)
    cross[starts[1:] - 1] = 0  # no edge leads from a ring to the next
    twice = np.add.reduceat(cross, starts[:-1])
    wanted = np.full(len(twice), -1)
    wanted[polygons[:-1]] = 1
    rings = [positions[start:end] for start, end in pairwise(starts.tolist())]
    for ring in np.flatnonzero(twice * wanted < 0).tolist():
        rings[ring] = np.ascontiguousarray(rings[ring][::-1])
    return rings
