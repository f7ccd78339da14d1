"""Boxes: ``bbox`` with four or six numbers, across the antimeridian, in each reference system."""

from __future__ import annotations

import math
from typing import Any, Final

import shapely

from api.dependencies import shown
from api.ogc.crs import MERCATOR, WGS84, to_crs84
from geo.errors import ParameterError
from geo.messages import message

_LENGTHS: Final = (4, 6)


def parse_bbox(text: str, crs: str) -> Any:
    """Return the area of ``bbox`` in lon, lat; raises `ParameterError` naming the parameter."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    return box(numbers, crs, parameter="bbox", written=text)


def box(numbers: list[float], crs: str, *, parameter: str, written: str) -> Any:
    """Return a (Multi)Polygon in lon, lat: two boxes where the first edge lies east of the second.

    Raises
    ------
    ParameterError
        Where it is not four or six finite numbers in range, the lower before the upper; heights are left aside.
    """
    if len(numbers) not in _LENGTHS or not all(math.isfinite(number) for number in numbers):
        raise _wrong(parameter, written)
    half = len(numbers) // 2
    first, second, third, fourth = numbers[0], numbers[1], numbers[half], numbers[half + 1]
    if half == 3 and numbers[2] > numbers[5]:
        raise _wrong(parameter, written)
    if crs == MERCATOR:
        if first > third or second > fourth:
            raise _wrong(parameter, written)
        first, second, third, fourth = to_crs84(shapely.box(first, second, third, fourth), crs).bounds
    west, south, east, north = (second, first, fourth, third) if crs == WGS84 else (first, second, third, fourth)
    # A client rounds, and one that shows the whole world asks for a little more than there is.
    if not (-90.001 <= south <= north <= 90.001 and -360 <= west <= 360 and -360 <= east <= 360):
        raise _wrong(parameter, written)
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])


def _wrong(parameter: str, written: str) -> ParameterError:
    return ParameterError(
        message(
            "{parameter}: {value} is not a box; expected four or six numbers, the lower corner before the upper one: "
            "west, south, east, north in degrees, as in {example}.",
            parameter=parameter,
            value=shown(written),
            example="-5,14,-3,16",
        ),
        parameter=parameter,
    )
