"""The incidents of a unit one by one, as their reader may see them: those with most victims, and points for the map."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from api.base.access import Caller, visible_incidents
from api.base.service import Snapshot
from api.bulletin.places import Place, find_unit
from api.bulletin.sketch import sketch_bounds
from api.layers.query import month_after
from geo.boundaries.places import Gazetteer
from geo.boundaries.regions import LEVELS, Boundaries
from geo.counting.events import to_events
from geo.incidents.schema import UNIT_PRECISIONS, HazardType, LocationPrecision
from geo.store import Store
from models.risk.target import HAZARDS, REPORTED_WITH, Target

_RECENT_MONTHS: Final = 24
_MOST_INCIDENTS: Final = 8
_RANKS: Final = MappingProxyType({precision.value: rank for rank, precision in enumerate(LocationPrecision)})
#: What a sheet tells of a report, and what decides who may see it.
_COLUMNS: Final = (
    "event_id",
    "date",
    "date_precision",
    "hazard_type",
    "killed_total",
    "injured_total",
    "location_precision",
    "location_error_km",
    "location_unit",
    "place_name",
    "geometry",
)


@dataclass(frozen=True, slots=True)
class Notable:
    """An incident as its reader may see it.

    `near` and `km` name the town next to the position that is shown, `known_to` the unit where no position is known;
    `written` is the place as the source wrote it.
    """

    date: date
    date_precision: str
    hazard: HazardType
    killed: int | None
    injured: int | None
    precision: LocationPrecision
    error_km: float | None
    near: str | None
    km: float | None
    known_to: str | None
    written: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Reports:
    """The reports of two years as the store has them: nobody sees them but through `visible_incidents`."""

    table: gpd.GeoDataFrame
    lonlat: NDArray[np.float64]
    events: NDArray[np.intp]

    def around(self, place: Place, units: Collection[str]) -> gpd.GeoDataFrame:
        """Return all reports of events that may be on the map of a place, or are known to one of `units`."""
        west, south, east, north = sketch_bounds(place.outline).bounds
        lon, lat = self.lonlat.T
        near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        near |= self.table["location_unit"].isin(units).to_numpy()
        wanted = np.zeros(len(self.events), dtype=bool)
        wanted[self.events[near]] = True
        return self.table[wanted[self.events]]


def _reports(store: Store, snapshot: Snapshot, target: Target, start: date, end: date) -> _Reports:
    """Read the reports once. Each has the hazard type of its event, as it is counted."""

    def make() -> gpd.GeoDataFrame:
        table = store.incidents(start=start, end=end, hazards=REPORTED_WITH[target])
        table["hazard_type"] = table["event_id"].map(to_events(table)["hazard_type"])
        return table.loc[table["hazard_type"].isin(HAZARDS[target]), list(_COLUMNS)]

    table = snapshot.table(("reports", target, start, end), make)
    lonlat = np.column_stack([shapely.get_x(table.geometry), shapely.get_y(table.geometry)])
    return _Reports(table, lonlat, pd.factorize(table["event_id"])[0])


def notable_incidents(
    store: Store,
    snapshot: Snapshot,
    place: Place,
    target: Target,
    data: tuple[date, date] | None,
    caller: Caller,
) -> tuple[tuple[Notable, ...], NDArray[np.object_], int]:
    """Return incidents of the last two years of `data`: those with most victims, newest first; points; how many.

    The points are of all events that a map of the unit may show. Whether an incident lies in the unit is told from
    the position that is shown, or from the unit it is known to.

    Raises
    ------
    AccessDeniedError
        The caller may see no single incident.
    """
    boundaries = snapshot.boundaries
    units = _within(boundaries, place)
    if data is None:
        return (), np.empty(0, dtype=object), 0
    end = month_after(data[1])
    start = (pd.Timestamp(end) - pd.DateOffset(months=_RECENT_MONTHS)).date()
    reports = _reports(store, snapshot, target, start, end).around(place, units)
    visible = visible_incidents(reports, caller, secret=store.secret("pseudonyms"))
    events = _events(visible)
    shapes = events.geometry.to_numpy()
    inside = shapely.intersects(shapes, place.outline)
    inside |= events["location_unit"].isin(units).to_numpy() & shapely.is_missing(shapes)
    chosen = np.flatnonzero(inside)
    ids, newest_first = events["event_id"].to_numpy(str), -events["date"].to_numpy(np.int64)
    victims = events[["killed_total", "injured_total"]].to_numpy(np.float64, na_value=0).sum(axis=1)
    most = chosen[np.lexsort((ids[chosen], newest_first[chosen], -victims[chosen]))][:_MOST_INCIDENTS]
    most = most[np.lexsort((ids[most], newest_first[most]))]
    rows = events.iloc[most].to_dict("records")
    return tuple(_notable(row, boundaries) for row in rows), shapes, len(chosen)


def _events(reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return of each event its best placed report, with the most victims that any report of it states."""
    error_km = reports["location_error_km"].to_numpy(np.float64, na_value=np.nan)
    ranks = reports["location_precision"].map(_RANKS).to_numpy()
    order = np.lexsort((reports.index.to_numpy(str), error_km, ranks))
    events, ids = pd.factorize(reports["event_id"].to_numpy(object)[order])
    best = reports.iloc[order[np.unique(events, return_index=True)[1]]]
    most = {}
    for column in ("killed_total", "injured_total"):
        most[column] = np.full(len(ids), np.nan)
        np.fmax.at(most[column], events, reports[column].to_numpy(np.float64, na_value=np.nan)[order])
    return best.assign(**most)


def _notable(row: Mapping[Hashable, Any], boundaries: Boundaries) -> Notable:
    near, km, known_to = None, None, None
    shape = row["geometry"]
    if row["location_precision"] in UNIT_PRECISIONS and pd.notna(row["location_unit"]):
        known_to = find_unit(boundaries, str(row["location_unit"])).name
    elif shape is not None and not shape.is_empty:
        town, km = Gazetteer.shipped().nearest(shape.x, shape.y)
        near = town.name
    return Notable(
        date=row["date"].date(),
        date_precision=str(row["date_precision"]),
        hazard=HazardType(row["hazard_type"]),
        killed=_whole(row["killed_total"]),
        injured=_whole(row["injured_total"]),
        precision=LocationPrecision(row["location_precision"]),
        error_km=float(row["location_error_km"]) if pd.notna(row["location_error_km"]) else None,
        near=near,
        km=km,
        known_to=known_to,
        written=str(row["place_name"]) if pd.notna(row["place_name"]) else None,
    )


def _whole(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


@lru_cache(maxsize=64)
def _units_below(boundaries: Boundaries, level: str, vintage: str) -> dict[str, frozenset[str]]:
    """Unit id of `level` → the ids of all units in it, its own included."""
    found: dict[str, set[str]] = {str(unit_id): {str(unit_id)} for unit_id in boundaries.units(level, vintage).index}
    known = boundaries.levels(vintage)
    for finer in LEVELS[LEVELS.index(level) + 1 :]:
        if finer in known:
            for unit_id, above in boundaries.ancestors(finer, level, vintage).items():
                if above in found:
                    found[above].add(str(unit_id))
    return {unit_id: frozenset(ids) for unit_id, ids in found.items()}


def _within(boundaries: Boundaries, place: Place) -> Sequence[str]:
    return sorted(_units_below(boundaries, place.level, place.vintage)[place.unit_id])
