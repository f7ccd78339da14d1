"""The two coordinate reference systems of the project, and checks that raise.

Stored and served: longitude, latitude on WGS 84 (OGC CRS84). Metric work: a Lambert azimuthal equal-area projection
centred on Mali; areas are exact and distances over Mali within ±0.3 %.
"""

from __future__ import annotations

from typing import Final

import geopandas as gpd
from pyproj import CRS, Geod, Transformer

from geo.core.errors import CRSError
from geo.core.messages import message

STORAGE_CRS: Final = CRS.from_epsg(4326)
METRIC_CRS: Final = CRS.from_proj4("+proj=laea +lat_0=17.5 +lon_0=-4 +datum=WGS84 +units=m +no_defs")
GEOD: Final = Geod(ellps="WGS84")

#: lon, lat → x, y in metres; ``TO_STORAGE`` is its inverse.
TO_METRIC: Final = Transformer.from_crs(STORAGE_CRS, METRIC_CRS, always_xy=True)
TO_STORAGE: Final = Transformer.from_crs(METRIC_CRS, STORAGE_CRS, always_xy=True)


def require_storage_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries, what: str) -> None:
    """Raise `CRSError` unless `frame` is in longitude, latitude on WGS 84; `what` names it in the message."""
    expected = "EPSG:4326 (lon, lat)"
    if frame.crs is None:
        raise CRSError(message("{what} has no CRS; expected {expected}.", what=what, expected=expected))
    found = CRS.from_user_input(frame.crs)
    if found != STORAGE_CRS and not found.equals(STORAGE_CRS, ignore_axis_order=True):
        raise CRSError(
            message("{what} is in {found}; expected {expected}.", what=what, found=found.name, expected=expected)
        )
