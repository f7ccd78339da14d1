"""ACLED export: explosions and remote violence by their sub-event, every other event is a conflict event.

References
----------
ACLED, *Armed Conflict Location & Event Data Project Codebook*, 2023 and 2024 (event and sub-event types,
``geo_precision``, ``time_precision``).
"""

from __future__ import annotations

from typing import Final

from geo.incidents.raw import Format, Raw
from geo.incidents.schema import DatePrecision, HazardType, LocationPrecision, Outcome
from geo.reading.text import each, fold

_EXPLOSIVE_EVENT: Final = fold("Explosions/Remote violence")

# Every sub-event of the codebook. "Remote explosive/landmine/IED" is one class at ACLED: which of the three it was is
# not told apart. A suicide bomb, also one in a vehicle, is an IED (IMAS 04.10). Chemical weapons are none of ours.
_SUB_EVENTS: Final = {
    fold("Remote explosive/landmine/IED"): HazardType.UNKNOWN.value,
    fold("Suicide bomb"): HazardType.IED.value,
    fold("Air/drone strike"): HazardType.AIR_OR_INDIRECT_FIRE.value,
    fold("Shelling/artillery/missile attack"): HazardType.AIR_OR_INDIRECT_FIRE.value,
    fold("Grenade"): HazardType.AIR_OR_INDIRECT_FIRE.value,
    fold("Chemical weapon"): HazardType.OTHER_EXPLOSIVE.value,
}

# 1 a named town, 2 part of a region known by a town near by, 3 a larger region. Mali's ACLED regions are admin 1.
_WHERE: Final = {
    "1": LocationPrecision.SETTLEMENT.value,
    "2": LocationPrecision.CERCLE.value,
    "3": LocationPrecision.REGION.value,
}
# 1 the day, 2 within the week, 3 within the month.
_WHEN: Final = {"1": DatePrecision.DAY.value, "2": DatePrecision.MONTH.value, "3": DatePrecision.MONTH.value}


def refine(raw: Raw) -> None:
    """Set hazard type and outcome from event and sub-event type, and precisions from their codes.

    A sub-event that the codebook does not have stays as it is, and the row is set aside by its name: it might be
    anything, a mine as well as an air strike.
    """
    raw.closed = True
    events = raw.column("outcome")
    explosive = each(events, fold) == _EXPLOSIVE_EVENT
    sub_events = raw.column("hazard_type")
    named = sub_events.where(sub_events != "", events)
    kinds = each(named, lambda name: _SUB_EVENTS.get(fold(name), name))
    raw.frame["hazard_type"] = kinds.where(explosive, HazardType.NOT_EXPLOSIVE.value)
    raw.frame["outcome"] = explosive.map({True: Outcome.DETONATION.value, False: ""})
    raw.replace("location_precision", _WHERE)
    raw.replace("date_precision", _WHEN)


FORMAT: Final = Format(
    name="acled",
    source="acled",
    label="ACLED",
    columns={
        "source_id": ("event_id_cnty",),
        "date": ("event_date",),
        "date_precision": ("time_precision",),
        "longitude": ("longitude",),
        "latitude": ("latitude",),
        "location_precision": ("geo_precision",),
        "country": ("country",),
        "hazard_type": ("sub_event_type",),
        "outcome": ("event_type",),
        "killed_total": ("fatalities",),
        "narrative": ("notes",),
        "place_name": ("location",),
        "updated_at": ("timestamp",),
    },
    signatures=(frozenset({"event_id_cnty", "event_date", "event_type", "sub_event_type", "latitude", "longitude"}),),
    required=(("source_id",), ("date",), ("hazard_type",), ("outcome",), ("longitude",), ("latitude",)),
    refine=refine,
)
