"""Polygons of hazard areas: from rings to shapes, what is broken about them, their repair and their area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.core.crs import TO_METRIC
from geo.core.messages import Message, message

#: Longitude, latitude pairs (further ordinates are heights) of one ring; of one polygon: shell, then holes.
Ring = Sequence[Sequence[float]]
Rings = Sequence[Ring]

#: Longest WKT shown in a report, in characters.
WKT_LIMIT: Final = 100_000


def polygon_from_rings(polygons: Sequence[Rings]) -> tuple[BaseGeometry | None, Message | None]:
    """Return the (multi)polygon of the given rings and what is wrong with how they are written.

    An open ring or one of fewer than four positions is a fault; the geometry then closes the ring so that it can be
    shown, and must not be used.

    Raises
    ------
    ValueError
        Where a position is not a pair of numbers.
    """
    fault: Message | None = None
    shapes: list[Polygon] = []
    for number, rings in enumerate(polygons, start=1):
        closed: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]] = []
        for ring in rings:
            positions = _positions(ring)
            if len(positions) < 4 or not np.array_equal(positions[0], positions[-1]):
                fault = fault or _ring_fault(positions, number)
            if len(positions) >= 3:
                closed.append(positions)
        if closed:
            shapes.append(Polygon(closed[0], closed[1:]))
    if not shapes:
        return None, fault
    return (shapes[0] if len(shapes) == 1 else MultiPolygon(shapes)), fault


def _positions(ring: Ring) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    if any(len(position) < 2 for position in ring):
        raise ValueError("a position needs a longitude and a latitude")
    return np.array([[float(position[0]), float(position[1])] for position in ring], dtype=np.float64).reshape(-1, 2)


def _ring_fault(positions: np.ndarray[tuple[int, int], np.dtype[np.float64]], number: int) -> Message:
    if len(positions) < 4:
        return message(
            "polygon {number} has a ring of {count} positions; a ring needs at least 4, the last equal to the first",
            number=number,
            count=len(positions),
        )
    return message("polygon {number} has an open ring: its last position is not its first", number=number)


def as_multipolygon(geometry: BaseGeometry) -> MultiPolygon:
    """Return a polygon or multipolygon as a two-dimensional multipolygon with RFC 7946 ring orientation."""
    flat = shapely.orient_polygons(shapely.force_2d(geometry))
    return flat if isinstance(flat, MultiPolygon) else MultiPolygon([flat])


def in_range(geometry: BaseGeometry) -> bool:
    """Tell whether every coordinate is a finite longitude and latitude in degrees."""
    coordinates = shapely.get_coordinates(geometry)
    return bool(np.isfinite(coordinates).all() and (np.abs(coordinates) <= (180.0, 90.0)).all())


def to_metric(geometry: BaseGeometry) -> BaseGeometry:
    """Project from longitude, latitude to Mali's equal-area CRS (m), vertex by vertex."""
    return shapely.transform(geometry, TO_METRIC.transform, interleaved=False)


def area_m2(geometry: BaseGeometry) -> float:
    """Return the area in m² of a lon/lat geometry, measured in the equal-area CRS."""
    return float(to_metric(geometry).area)


def repair(geometry: BaseGeometry) -> BaseGeometry:
    """Return what a person may take in place of a broken polygon: `shapely.make_valid`, its polygons only."""
    return shapely.make_valid(geometry, method="structure", keep_collapsed=False)


def swapped(geometry: BaseGeometry) -> BaseGeometry:
    """Return the geometry with longitude and latitude exchanged."""
    return shapely.transform(geometry, lambda x, y: (y, x), interleaved=False)


def wkt(geometry: BaseGeometry) -> str:
    """Return WKT with 7 decimals (about 1 cm), cut off at `WKT_LIMIT` characters."""
    text = str(shapely.to_wkt(geometry, rounding_precision=7))
    return text if len(text) <= WKT_LIMIT else text[:WKT_LIMIT] + "…"
