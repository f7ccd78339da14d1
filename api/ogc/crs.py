"""The reference systems that are honoured, to the order of their axes (OGC API - Features, Part 2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from api.dependencies import shown
from geo.errors import ParameterError
from geo.messages import message

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
