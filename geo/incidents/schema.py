"""The canonical incident table: its columns, their types and the closed lists of values.

An incident table is a `GeoDataFrame` in longitude, latitude (WGS 84), one row per report, indexed by ``id``
(text, unique), geometry a Point or missing where only an administrative unit or a road is known. Counts of people
are nullable integers: unknown is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import geopandas as gpd
import pandas as pd

from geo.core.crs import STORAGE_CRS


class DatePrecision(StrEnum):
    """How closely the date is known; ``date`` holds the first day of the day, month or year."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class LocationPrecision(StrEnum):
    """How closely the location is known, finest first."""

    EXACT = "exact"
    SETTLEMENT = "settlement"
    WITHIN_KM = "within_km"
    ROAD_AXIS = "road_axis"
    COMMUNE = "commune"
    CERCLE = "cercle"
    REGION = "region"
    COUNTRY = "country"


#: Location error in km where the source states a class but no distance. Settlement: a town's extent and the habit
#: of coding events to its centre. Administrative classes carry no radius: the event lies anywhere in the unit.
DEFAULT_ERROR_KM: Final = {LocationPrecision.EXACT: 0.1, LocationPrecision.SETTLEMENT: 2.0}

#: Precisions whose extent is a unit's polygon (named in ``location_unit``), finest first.
UNIT_PRECISIONS: Final = (
    LocationPrecision.COMMUNE,
    LocationPrecision.CERCLE,
    LocationPrecision.REGION,
    LocationPrecision.COUNTRY,
)


class HazardType(StrEnum):
    """Device category in IMAS terms, and two classes of what is no such device, which are never mixed in unasked.

    `OTHER_EXPLOSIVE` is ordnance that its source names as none of those before it; `UNKNOWN` may be any of them, and
    `SEVERAL` is devices of more than one of them in one event. `AIR_OR_INDIRECT_FIRE` is what is dropped, fired or
    thrown: air and drone strikes, shells, mortars, rockets and missiles, grenades. Nobody left it in the ground.
    `NOT_EXPLOSIVE` marks conflict events: without an explosive, or from a source that does not record the weapon.
    """

    IED = "ied"
    AP_MINE = "ap_mine"
    AV_MINE = "av_mine"
    UXO = "uxo"
    AXO = "axo"
    OTHER_EXPLOSIVE = "other_explosive"
    UNKNOWN = "unknown"
    SEVERAL = "several"
    AIR_OR_INDIRECT_FIRE = "air_or_indirect_fire"
    NOT_EXPLOSIVE = "not_explosive"


#: Asked for by name, one at a time, and counted apart from everything else.
APART: Final = (HazardType.AIR_OR_INDIRECT_FIRE, HazardType.NOT_EXPLOSIVE)
#: Explosive ordnance in the sense of mine action, which "incidents" means wherever nothing else is said.
EXPLOSIVE: Final = tuple(hazard for hazard in HazardType if hazard not in APART)


def recorded_with(hazards: Iterable[HazardType]) -> tuple[HazardType, ...]:
    """Return the types with which some are recorded: the data of all of them end with the last report of any.

    That a device has not been reported for two years is a lack of reports in these years, not the end of the data.
    Conflict events come from sources of their own.

    Examples
    --------
    >>> recorded_with([HazardType.AV_MINE]) == EXPLOSIVE, recorded_with([HazardType.NOT_EXPLOSIVE])
    (True, (<HazardType.NOT_EXPLOSIVE: 'not_explosive'>,))
    """
    asked = tuple(hazards)
    return asked if HazardType.NOT_EXPLOSIVE in asked else tuple(dict.fromkeys((*EXPLOSIVE, *asked)))


class Outcome(StrEnum):
    """What became of the device. Missing for conflict events and where the source does not say."""

    DETONATION = "detonation"
    FOUND = "found"
    CLEARED = "cleared"


#: Columns of killed and injured: by who the victims were, and by sex and age where known (men and women are
#: adults; boys and girls are under 18). ``_total`` is what the source states as its total.
VICTIM_GROUPS: Final = ("total", "civilian", "humanitarian", "peacekeeper", "security_force")
VICTIM_SEX_AGE: Final = ("men", "women", "boys", "girls")
VICTIM_COLUMNS: Final = tuple(
    f"{harm}_{group}" for harm in ("killed", "injured") for group in (*VICTIM_GROUPS, *VICTIM_SEX_AGE)
)

#: Column → pandas dtype of the canonical table, in order; ``id`` is the index and ``geometry`` comes last.
COLUMNS: Final = {
    "source": "str",  # who published the record: "ucdp-ged", "acled", "imsma", "synthetic", …
    "source_id": "str",  # the record's id at the source
    "date": "datetime64[s]",  # UTC date; first day of the interval that date_precision gives
    "date_precision": "str",
    "location_precision": "str",
    "location_error_km": "float64",  # radius; missing for unit precisions
    "location_unit": "str",  # unit id (geo.boundaries.regions) or road id (geo.roads) for unit and road precisions
    "hazard_type": "str",
    "outcome": "str",
    **dict.fromkeys(VICTIM_COLUMNS, "Int32"),
    "narrative": "str",  # as the source wrote it: hostile text, escaped wherever it is shown
    "place_name": "str",  # as the source wrote it
    "entered_at": "datetime64[s]",  # UTC, when the source entered it; missing where it does not say
    "updated_at": "datetime64[s]",
    "synthetic": "bool",
    "note": "str",  # what Sira did to take the row, e.g. "0.4 km outside the border"
}


def conform(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame` with exactly the canonical columns, in order and of canonical type; missing ones are empty.

    Index (``id``) and geometry are kept. Columns outside the schema are an error (`KeyError`): nothing is dropped
    in silence.
    """
    unknown = set(frame.columns) - set(COLUMNS) - {"geometry"}
    if unknown:
        raise KeyError(f"columns outside the incident schema: {sorted(unknown)}")
    columns = {
        name: frame[name].astype(dtype)
        if name in frame
        else pd.Series(False if dtype == "bool" else None, index=frame.index, dtype=dtype)
        for name, dtype in COLUMNS.items()
    }
    index = pd.Index(frame.index.astype("str"), name="id")
    geometry = gpd.GeoSeries(frame.geometry.array, index=index, crs=frame.crs)
    result = gpd.GeoDataFrame({name: column.array for name, column in columns.items()}, index=index, geometry=geometry)
    return result.set_crs(STORAGE_CRS, allow_override=False)
