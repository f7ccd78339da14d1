"""From reports to events: what is known of an event that several sources report."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo.incidents.schema import VICTIM_COLUMNS, DatePrecision, HazardType, LocationPrecision

_LOCATION_RANK: Final = {precision.value: rank for rank, precision in enumerate(LocationPrecision)}
_DATE_RANK: Final = {precision.value: rank for rank, precision in enumerate(DatePrecision)}
#: A named device says more than "other", "other" more than "unknown"; conflict events say nothing of a device.
_HAZARD_RANK: Final = {
    hazard.value: {
        HazardType.SEVERAL: 1,
        HazardType.OTHER_EXPLOSIVE: 1,
        HazardType.UNKNOWN: 2,
        HazardType.NOT_EXPLOSIVE: 3,
    }.get(hazard, 0)
    for hazard in HazardType
}
_LOCATION_COLUMNS: Final = ("location_precision", "location_error_km", "location_unit", "geometry")
#: Columns of events, in order.
_COLUMNS: Final = (
    *("date", "date_precision", "hazard_type", *VICTIM_COLUMNS),
    *("sources", "synthetic", "reports", *_LOCATION_COLUMNS),
)


def to_events(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row per event: linked reports become one.

    An event lies where its most precise report puts it, at the date of the most precisely dated one, and is of the
    most specific hazard type that a report names. Of each count of victims it has the largest that a report states:
    reports tend to be early and incomplete. A count that no report states stays missing. Ties go to the report whose
    id sorts first, so the order of the rows changes nothing.

    Parameters
    ----------
    incidents : GeoDataFrame
        An incident table (`geo.incidents.schema`), with or without the column ``event_id``. Without it, each report
        is an event of its own.

    Returns
    -------
    GeoDataFrame
        Indexed by ``event_id``, sorted; the columns on date, location, hazard and victims as in the incident table,
        ``sources`` (names of the sources joined by "; ", sorted), ``synthetic`` (whether any report is) and
        ``reports`` (how many there are).
    """
    rows = incidents.sort_index()
    if "event_id" not in incidents:
        rows["event_id"] = rows.index
    is_linked = rows["event_id"].duplicated(keep=False).to_numpy()
    if is_linked.all():
        return _linked(rows)
    alone = _alone(rows[~is_linked])
    return pd.concat([alone, _linked(rows[is_linked])]).sort_index() if is_linked.any() else alone.sort_index()


def _alone(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the events of reports each of which is the only one of its event: what it says is what is known."""
    events = rows.set_index(pd.Index(rows["event_id"], name="event_id"))
    events["sources"] = events["source"]
    events["reports"] = 1
    return events[list(_COLUMNS)]


def _linked(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    by_place = _best(rows, [rows["location_precision"].map(_LOCATION_RANK), rows["location_error_km"].fillna(0.0)])
    by_date = _best(rows, [rows["date_precision"].map(_DATE_RANK)])
    by_hazard = _best(rows, [rows["hazard_type"].map(_HAZARD_RANK)])
    groups = rows.groupby("event_id", sort=True)
    events = gpd.GeoDataFrame(
        {
            "date": by_date["date"],
            "date_precision": by_date["date_precision"],
            "hazard_type": by_hazard["hazard_type"],
            **{column: groups[column].max() for column in VICTIM_COLUMNS},
            "sources": joined_names(rows["source"], rows["event_id"]),
            "synthetic": groups["synthetic"].any(),
            "reports": groups.size(),
            **{column: by_place[column] for column in _LOCATION_COLUMNS},
        },
        geometry="geometry",
        crs=rows.crs,
    )
    return events.rename_axis(index="event_id")


def _best(rows: gpd.GeoDataFrame, ranks: list[pd.Series]) -> gpd.GeoDataFrame:
    """Return the first report of each event by `ranks`, then by id, indexed and sorted by event id."""
    keys = pd.concat([rows["event_id"], *ranks], axis=1, keys=range(len(ranks) + 1))
    order = keys.sort_values(list(keys.columns), kind="stable").index
    return rows.loc[order].drop_duplicates("event_id").set_index("event_id")


def joined_names(names: pd.Series, by: ArrayLike) -> pd.Series:
    """Return the different `names` of each group in `by`, sorted and joined by "; ", indexed and sorted by group.

    A name may itself be such a list.

    Examples
    --------
    >>> joined_names(pd.Series(["b; a", "a", "c"]), [1, 1, 2]).to_dict()
    {1: 'a; b', 2: 'c'}
    """
    pairs = pd.DataFrame({"group": np.asarray(by), "name": names.to_numpy()}).drop_duplicates()
    # most groups have one name; joining is slow and only for the others
    shared = pairs["group"].duplicated(keep=False)
    several = pairs[shared].assign(name=lambda table: table["name"].str.split("; ")).explode("name")
    several = several.drop_duplicates().sort_values(["group", "name"])
    lists = several.groupby("group")["name"].agg("; ".join)
    joined: pd.Series = pd.concat([pairs[~shared].set_index("group")["name"], lists]).sort_index()
    return joined
