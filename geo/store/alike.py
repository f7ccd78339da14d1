"""Whether what a file of Sira's says is what the store holds, as closely as the file's format and reader allow."""

from __future__ import annotations

from typing import Any, Final

import shapely
from pyproj import Geod

from geo.core.written import CUT, unmarked
from geo.incidents.schema import DEFAULT_ERROR_KM, LocationPrecision
from geo.store.frames import WKB, Record

#: Degrees by which a position may differ: GeoJSON has six decimals (0.1 m).
_DEGREES: Final = 1.1e-6
#: Decimals of a degree in files for partners.
_ROUNDED: Final = 2
#: Share by which a number may differ: KML and shapefiles have 15 digits.
_SHARE: Final = 1e-9
#: What is said of an incident's place beside its point.
_NAMED: Final = ("location_precision", "location_unit")
_MEASURED: Final = (WKB, "location_error_km")
_GEOD: Final = Geod(ellps="WGS84")


def alike(old: Any, new: Any) -> bool:
    """Tell whether a value of a file is the stored one, as that file has it.

    Parameters
    ----------
    old, new
        Values of one column as the tables keep them: text, number, geometry as WKB. `None` in a file says nothing.
    """
    if new is None or old == new:
        return True
    if old is None:
        return False
    if isinstance(old, bytes):
        return _same_shape(shapely.from_wkb(old), shapely.from_wkb(new))
    if isinstance(old, float):
        return abs(old - float(new)) <= _SHARE * abs(old)
    return isinstance(old, str) and _same_text(old, new)


def _same_text(old: str, new: str) -> bool:
    stored, said = (" ".join(unmarked(text, "kml").split()) for text in (old, new))
    return stored == said or (len(new.encode()) in CUT and stored.startswith(said))


def _same_shape(old: shapely.Geometry, new: shapely.Geometry) -> bool:
    # as it stands first: rounding may change which vertex a normal form begins with
    return bool(
        shapely.equals_exact(old, new, _DEGREES)
        or shapely.equals_exact(shapely.normalize(old), shapely.normalize(new), _DEGREES)
    )


def same_place(old: Record, new: Record) -> bool:
    """Tell whether an incident's place in a file says no more than the stored one, and nothing against it.

    It is the stored one, or that rounded, or known less closely with room for it. A unit or road leaves room for every
    point.
    """
    if all(old[name] == new[name] for name in _NAMED) and all(alike(old[name], new[name]) for name in _MEASURED):
        return True
    one, other = shapely.from_wkb(old[WKB]), shapely.from_wkb(new[WKB])
    if one is None or other is None:
        return _error_km(new) > _error_km(old)
    if (round(one.x, _ROUNDED), round(one.y, _ROUNDED)) == (other.x, other.y):
        return True
    apart_km = _GEOD.inv(one.x, one.y, other.x, other.y)[2] / 1_000
    return _error_km(new) > _error_km(old) and apart_km <= _error_km(new) + _error_km(old)


def _error_km(record: Record) -> float:
    """How far off a place may be; what is known to a unit or road only is behind every point."""
    error = record["location_error_km"]
    if error is None:
        error = DEFAULT_ERROR_KM.get(record["location_precision"])
    return 1_000.0 + list(LocationPrecision).index(record["location_precision"]) if error is None else float(error)
