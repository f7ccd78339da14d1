"""Polygons given as IMSMA-style turning points: a reference point, then a bearing and a distance per leg.

The reference point (RP) is a landmark and no corner of the area. The first leg leads from it to the start point (SP),
the first corner; each further leg leads to a turning point (TP), from the point before it or from the one its
``origin`` names. A last leg back to the start closes the traverse, and its misclosure tells how far bearings and
distances can be trusted. Legs are geodesics on WGS 84.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shapely.geometry import Polygon

from geo.core.crs import GEOD
from geo.core.messages import Message, message

#: A traverse may miss its start by this share of its perimeter, and always by `CLOSURE_MIN_M`.
CLOSURE_SHARE: Final = 0.01
CLOSURE_MIN_M: Final = 2.0

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a turning-point table.

    ``label`` names the point. It lies at ``position`` (longitude, latitude), or ``distance_m`` away from ``origin``
    (the label of an earlier point; empty: the point before) in the direction of ``bearing_deg``, clockwise from true
    north; or both are given and must agree.
    """

    label: str
    position: Position | None = None
    origin: str = ""
    bearing_deg: float | None = None
    distance_m: float | None = None
    is_reference: bool = False


class TraverseError(ValueError):
    """The points do not describe a polygon: `reason` says why, `polygon` is their nearest reading, if any."""

    def __init__(self, reason: Message, polygon: Polygon | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.polygon = polygon


@dataclass(frozen=True, slots=True)
class Traverse:
    """A computed polygon; ``misclosure_m`` is missing where no leg leads back to the start."""

    polygon: Polygon
    misclosure_m: float | None
    tolerance_m: float


def compute(points: Sequence[Point]) -> Traverse:
    """Return the polygon of the points, in order.

    The traverse is closed by a last point that bears the label of the first corner. Its misclosure may be
    `CLOSURE_SHARE` of the perimeter, at least `CLOSURE_MIN_M`; within it the polygon ends in the start point.

    Raises
    ------
    TraverseError
        Where a point cannot be placed, there are fewer than three corners, or the traverse does not close.

    Examples
    --------
    >>> legs = [Point("RP", position=(-4.0, 14.0), is_reference=True), Point("SP", bearing_deg=90, distance_m=100)]
    >>> legs += [Point(f"TP{n}", bearing_deg=b, distance_m=50) for n, b in enumerate((0, 90, 180), start=1)]
    >>> found = compute([*legs, Point("SP", bearing_deg=270, distance_m=50)])
    >>> found.misclosure_m < 0.01, len(found.polygon.exterior.coords)
    (True, 5)
    """
    placed = _place(points)
    corners = [
        (point.label, position) for point, position in zip(points, placed, strict=True) if not point.is_reference
    ]
    closed = len(corners) > 1 and _same(corners[0][0], corners[-1][0])
    ring = [position for _, position in (corners[:-1] if closed else corners)]
    if len(set(ring)) < 3:
        raise TraverseError(
            message("the points give {count} {count:corner|corners}; a polygon needs at least 3", count=len(set(ring)))
        )
    polygon = Polygon(ring)
    tolerance = max(CLOSURE_MIN_M, CLOSURE_SHARE * float(GEOD.geometry_length(polygon.exterior)))
    if not closed:
        return Traverse(polygon, None, tolerance)
    misclosure = _distance(corners[0][1], corners[-1][1])
    if misclosure > tolerance:
        raise TraverseError(
            message(
                "the last leg ends {misclosure_m} m from the start point; at most {tolerance_m} m are allowed "
                "(1 % of the perimeter, at least 2 m)",
                misclosure_m=round(misclosure, 1),
                tolerance_m=round(tolerance, 1),
            ),
            polygon,
        )
    return Traverse(polygon, misclosure, tolerance)


def _place(points: Sequence[Point]) -> list[Position]:
    placed: list[Position] = []
    for number, point in enumerate(points):
        by_leg = _end_of_leg(points, placed, number)
        if point.position is None and by_leg is None:
            raise TraverseError(
                message("point {label} has neither coordinates nor a bearing with a distance", label=point.label)
            )
        if point.position is not None and by_leg is not None:
            _require_agreement(point, point.position, by_leg)
        position = point.position if point.position is not None else by_leg
        assert position is not None
        placed.append(position)
    return placed


def _end_of_leg(points: Sequence[Point], placed: Sequence[Position], number: int) -> Position | None:
    point = points[number]
    if point.bearing_deg is None or point.distance_m is None:
        return None
    start = number - 1
    if point.origin:
        earlier = [n for n in range(number) if _same(points[n].label, point.origin)]
        if not earlier:
            raise TraverseError(
                message(
                    "point {label} is measured from {origin}, which is none of the points before it",
                    label=point.label,
                    origin=point.origin,
                )
            )
        start = earlier[-1]
    if start < 0:
        raise TraverseError(message("the first point, {label}, needs coordinates", label=point.label))
    lon, lat, _ = GEOD.fwd(*placed[start], point.bearing_deg, point.distance_m)
    return float(lon), float(lat)


def _require_agreement(point: Point, stated: Position, by_leg: Position) -> None:
    apart = _distance(stated, by_leg)
    tolerance = max(CLOSURE_MIN_M, CLOSURE_SHARE * (point.distance_m or 0.0))
    if apart > tolerance:
        raise TraverseError(
            message(
                "the coordinates of point {label} lie {apart_m} m from where its bearing and distance lead; "
                "at most {tolerance_m} m are allowed",
                label=point.label,
                apart_m=round(apart, 1),
                tolerance_m=round(tolerance, 1),
            )
        )


def _distance(one: Position, other: Position) -> float:
    return float(GEOD.inv(*one, *other)[2])


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
