"""Updates that change a record so much that a mistake is likelier: set aside until a person has looked."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import shapely
from pyproj import Geod

from geo.core.names import printable
from geo.incidents.schema import APART, DatePrecision, HazardType
from geo.store.frames import WKB, Record

#: Further than this, or by more days, no correction moves an event.
FAR_M: Final = 20_000.0
LONG_DAYS: Final = 31
#: Victims that became this many times as many, and as many more; from none or an unknown number, so many.
TIMES: Final = 10
MORE: Final = 10
FROM_NONE: Final = 50

_GEOD: Final = Geod(ellps="WGS84")
_VAGUE: Final = (HazardType.UNKNOWN.value, HazardType.SEVERAL.value, HazardType.OTHER_EXPLOSIVE.value)
_VICTIMS: Final = ("killed_total", "injured_total")
#: Kept by Sira, and no part of what a source says.
_OURS: Final = ("id", "digest", "source", "source_id")
#: What Sira notes of a record, or works out beside its place.
_REMARKS: Final = (*_OURS, "note", "location_error_km", "location_unit", "entered_at", "updated_at")
_SHOWN: Final = 60


def clashing(old: Record, new: Record) -> tuple[str, ...]:
    """Return the columns in which an update is likely to be a mistake.

    Parameters
    ----------
    old, new
        Two versions of one record, of an incident or of a hazard area.
    """
    found = [WKB] if _is_far(old, new) else []
    if "hazard_type" in old:
        found += ["date"] if _days_apart(old, new) > LONG_DAYS else []
        found += ["hazard_type"] if _other_class(old["hazard_type"], new["hazard_type"]) else []
        found += [name for name in _VICTIMS if _rises(old[name] or 0, new[name] or 0)]
    return tuple(found)


def says_nothing(column: str, record: Record) -> bool:
    """Tell whether a version of a record leaves a column open: empty, or a device that is not known."""
    value = record[column]
    if column == WKB and value is not None:
        return bool(shapely.from_wkb(value).is_empty)
    return value is None or (column == "hazard_type" and value == HazardType.UNKNOWN.value)


def forgotten(old: Record, new: Record) -> tuple[str, ...]:
    """Return the columns that a version of a record filled and the next leaves open, or knows less closely (a date)."""
    names = [name for name in old if name in new and name not in _REMARKS]
    lost = [name for name in names if says_nothing(name, new) and not says_nothing(name, old)]
    if "date_precision" in old and _is_coarser(old["date_precision"], new["date_precision"]):
        lost.append("date")
    return tuple("geometry" if name == WKB else name for name in lost)


def _is_coarser(old: str | None, new: str | None) -> bool:
    ranks = list(DatePrecision)
    return old in ranks and new in ranks and ranks.index(DatePrecision(new)) > ranks.index(DatePrecision(old))


def changes(old: Record, new: Record) -> dict[str, tuple[str, str]]:
    """Return column → old and new value, as text, of what differs."""
    names = [name for name in old if name in new and name not in _OURS and old[name] != new[name]]
    return {name: (_shown(old[name]), _shown(new[name])) for name in names}


def _is_far(old: Record, new: Record) -> bool:
    if old[WKB] is None or new[WKB] is None or old[WKB] == new[WKB]:
        return False
    one, other = (shapely.from_wkb(record[WKB]).centroid for record in (old, new))
    apart_m = _GEOD.inv(one.x, one.y, other.x, other.y)[2]
    errors_km = sum(record.get("location_error_km") or 0.0 for record in (old, new))
    return bool(apart_m > max(FAR_M, 1_000 * errors_km))


def _days_apart(old: Record, new: Record) -> int:
    """Days between two dates, each as long as its precision says: 0 where one lies within the other."""
    if old["date"] is None or new["date"] is None:
        return 0
    first, second = sorted((old, new), key=lambda record: record["date"])
    days: int = (second["date"] - _end(first)).days + 1
    return max(0, days)


def _end(record: Record) -> dt.datetime:
    start: dt.datetime = record["date"]
    if record["date_precision"] == DatePrecision.YEAR.value:
        return start.replace(month=12, day=31) + dt.timedelta(days=1)
    if record["date_precision"] == DatePrecision.MONTH.value:
        return (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return start + dt.timedelta(days=1)


def _other_class(old: str | None, new: str | None) -> bool:
    if old == new:
        return False
    both_explosive = not {old, new} & {hazard.value for hazard in APART}
    return not (both_explosive and (old in _VAGUE or new in _VAGUE))


def _rises(old: int, new: int) -> bool:
    return new >= FROM_NONE if old == 0 else new >= TIMES * old and new - old >= MORE


def _shown(value: Any) -> str:
    text = value_text(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def value_text(value: Any) -> str:
    """Return a stored value as a person reads it: a dash for none, a geometry as WKT, no control characters."""
    if value is None:
        return "–"
    if isinstance(value, bytes):
        value = shapely.to_wkt(shapely.from_wkb(value), rounding_precision=6)
    if isinstance(value, dt.datetime):
        value = value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    return printable(str(value))
