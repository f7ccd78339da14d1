"""The two coordinate reference systems of the project, and checks that raise.

Stored and served: longitude, latitude on WGS 84 (OGC CRS84). Metric work: a Lambert azimuthal equal-area projection
centred on Mali; areas are exact and distances over Mali within ±0.3 %.
"""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError as ProjError

from geo.core.errors import CRSError
from geo.core.messages import Message, message
from geo.core.names import fold

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


def to_storage(stated: object, what: str) -> tuple[Transformer | None, tuple[Message, ...]]:
    """Return how to bring a stated CRS on the WGS 84 datum to longitude, latitude (None: it is so), and a note.

    Raises
    ------
    CRSError
        None is stated, or one on another datum; `what` names what is in it.
    """
    expected = "EPSG:4326 (lon, lat)"
    if not stated:
        raise CRSError(message("{what} has no CRS; expected {expected}.", what=what, expected=expected))
    crs = _known(stated, what)
    if crs.equals(STORAGE_CRS, ignore_axis_order=True):
        return None, ()
    geodetic = crs.geodetic_crs
    datum = fold(geodetic.datum.name) if geodetic is not None and geodetic.datum is not None else ""
    if "worldgeodeticsystem1984" not in datum and "wgs1984" not in datum and "wgs84" not in datum:
        raise CRSError(
            message("{what} is in {found}; expected {expected}.", what=what, found=crs.name, expected=expected)
        )
    if geodetic is not None and not crs.is_projected:
        return None, ()
    note = message("{file} is in {crs}; its coordinates were brought to longitude, latitude.", file=what, crs=crs.name)
    return Transformer.from_crs(crs, STORAGE_CRS, always_xy=True), (note,)


def _known(stated: object, what: str) -> CRS:
    try:
        return CRS.from_user_input(stated)
    except ProjError as error:
        raise CRSError(
            message(
                "{what} is in {found}; expected {expected}.",
                what=what,
                found=str(stated)[:200],
                expected="EPSG:4326 (lon, lat)",
            )
        ) from error


def in_storage(frame: gpd.GeoDataFrame, what: str) -> tuple[gpd.GeoDataFrame, tuple[Message, ...]]:
    """Return `frame` in longitude, latitude, each vertex brought there by itself; see `to_storage`."""
    transformer, notes = to_storage(frame.crs, what)
    if transformer is None:
        return frame, notes
    moved = shapely.transform(frame.geometry.to_numpy(), transformer.transform, interleaved=False)
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=STORAGE_CRS)), notes
