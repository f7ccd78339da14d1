"""UCDP GED: the official export and the subset with day, month and year in columns of their own.

The events are organised violence with at least one death; the weapon is not recorded, so none counts as explosive.

References
----------
Högbladh, S., *UCDP GED Codebook version 24.1*, Uppsala University (columns, ``where_prec``, ``date_prec``).
Sundberg, R. and Melander, E. (2013), doi:10.1177/0022343313484347.
"""

from __future__ import annotations

from typing import Final

from geo.core.messages import message
from geo.incidents.raw import Format, Raw
from geo.incidents.schema import DatePrecision, HazardType, LocationPrecision

#: Radius of where_prec 2, "a point within about 25 km", and so the most the subset's rows may be off.
RADIUS_KM: Final = 25

# Codebook: 1 a named place, 2 within about 25 km of one, 3 second-order unit (in Mali the cercle), 4 first-order unit
# (region), 5 a line or a fuzzy area, 6 the country, 7 international waters or airspace. A line or fuzzy area has no
# stated extent; the region around its point is the finest unit that is not claimed without ground.
_WHERE: Final = {
    "1": LocationPrecision.SETTLEMENT.value,
    "2": LocationPrecision.WITHIN_KM.value,
    "3": LocationPrecision.CERCLE.value,
    "4": LocationPrecision.REGION.value,
    "5": LocationPrecision.REGION.value,
    "6": LocationPrecision.COUNTRY.value,
    "7": LocationPrecision.COUNTRY.value,
}
# 1 the day, 2 within two to six days, 3 within a week, 4 within a month, 5 more than a month.
_WHEN: Final = {
    "1": DatePrecision.DAY.value,
    "2": DatePrecision.MONTH.value,
    "3": DatePrecision.MONTH.value,
    "4": DatePrecision.MONTH.value,
    "5": DatePrecision.YEAR.value,
}


def refine(raw: Raw) -> None:
    """Turn the codes of precision into words, and say which assumption stands in where the subset has none."""
    if "location_precision" in raw.frame:
        raw.replace("location_precision", _WHERE)
        within = raw.column("location_precision") == LocationPrecision.WITHIN_KM.value
        raw.frame["location_error_km"] = within.map({True: str(RADIUS_KM), False: ""})
    else:
        raw.frame["location_precision"] = LocationPrecision.WITHIN_KM.value
        raw.frame["location_error_km"] = str(RADIUS_KM)
        raw.notes.append(
            message(
                "The file does not say how closely each place is known (where_prec); every event is taken as known "
                "within {radius} km.",
                radius=RADIUS_KM,
            )
        )
    if "date_precision" in raw.frame:
        raw.replace("date_precision", _WHEN)


FORMAT: Final = Format(
    name="ucdp-ged",
    source="ucdp-ged",
    label="UCDP GED",
    columns={
        "source_id": ("id",),
        "date": ("date_start",),
        "date_end": ("date_end",),
        "year": ("year",),
        "month": ("month",),
        "day": ("day",),
        "date_precision": ("date_prec",),
        "longitude": ("longitude",),
        "latitude": ("latitude",),
        "geopoint": ("geom_wkt",),
        "location_precision": ("where_prec",),
        "country": ("country",),
        "killed_total": ("best", "best_death"),
        "killed_civilian": ("deaths_civilians",),
        "narrative": ("source_headline", "conflict_name"),
        "place_name": ("where_coordinates",),
    },
    signatures=(
        frozenset({"id", "type_of_violence", "best", "where_prec", "date_prec", "date_start", "latitude"}),
        frozenset({"id", "type_of_violence", "best_death", "year", "month", "day", "latitude"}),
    ),
    required=(("source_id",), ("date", "year"), ("longitude", "geopoint"), ("latitude", "geopoint")),
    constants={"hazard_type": HazardType.NOT_EXPLOSIVE.value},
    refine=refine,
)
