"""The reference systems that are honoured, to the order of their axes (OGC API - Features, Part 2)."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from api.base.query_parameters import shown
from geo.core.errors import ParameterError
from geo.core.messages import message

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
WGS84: Final = "http://www.opengis.net/def/crs/EPSG/0/4326"
MERCATOR: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
#: What every collection can be had in; stored in the first.
ALL: Final = (CRS84, WGS84, MERCATOR)

#: Other spellings of the same, as clients send them.
_SPELLINGS: Final = MappingProxyType(
    {
        **{uri: uri for uri in ALL},
        "OGC:CRS84": CRS84,
        "urn:ogc:def:crs:OGC:1.3:CRS84": CRS84,
        "EPSG:4326": WGS84,
        "urn:ogc:def:crs:EPSG::4326": WGS84,
        "EPSG:3857": MERCATOR,
        "urn:ogc:def:crs:EPSG::3857": MERCATOR,
    }
)
#: Decimals worth keeping in metres, beside those of degrees.
METRE_DECIMALS: Final = 1
_TO_MERCATOR: Final = Transformer.from_crs("OGC:CRS84", "EPSG:3857", always_xy=True)
_FROM_MERCATOR: Final = Transformer.from_crs("EPSG:3857", "OGC:CRS84", always_xy=True)

_LENGTHS: Final = (4, 6)


def parse_crs(text: str, *, parameter: str) -> str:
    """Return the URI of a reference system; raises `ParameterError` naming those there are."""
    stripped = text.removeprefix("[").removesuffix("]")  # safe CURIEs, as [EPSG:4326]
    if stripped not in _SPELLINGS:
        raise ParameterError(
            message(
                "{parameter}: {value} is not a reference system that is served; expected one of {expected}.",
                parameter=parameter,
                value=shown(text),
                expected=ALL,
            ),
            parameter=parameter,
        )
    return _SPELLINGS[stripped]


def from_crs84(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Return geometries in lon, lat as `crs` writes them: EPSG:4326 is lat, lon."""
    found: NDArray[np.object_] = shapes
    if crs == WGS84:
        found = shapely.transform(shapes, _swapped)
    elif crs == MERCATOR:
        found = shapely.transform(shapes, lambda lonlat: np.column_stack(_TO_MERCATOR.transform(*lonlat.T)))
    return found


def to_crs84(shape: Any, crs: str) -> Any:
    """Return one geometry written in `crs` in lon, lat."""
    if crs == WGS84:
        return shapely.transform(shape, _swapped)
    if crs == MERCATOR:
        return shapely.transform(shape, lambda xy: np.column_stack(_FROM_MERCATOR.transform(*xy.T)))
    return shape


def _swapped(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    return coordinates[:, ::-1]


def parse_bbox(text: str, crs: str) -> Any:
    """Return the area of ``bbox`` in lon, lat; raises `ParameterError` naming the parameter."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    return parse_box(numbers, crs, parameter="bbox", written=text)


def parse_box(numbers: list[float], crs: str, *, parameter: str, written: str) -> Any:
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
