"""How much land is suspected, confirmed and released, per unit and period; and the status of an area on a date."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.core.crs import METRIC_CRS, require_storage_crs
from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.hazards.schema import STATUS_GROUPS, HazardStatus, StatusChange, parse_history
from geo.incidents.periods import period_ends, period_starts

if TYPE_CHECKING:
    from geo.boundaries.regions import Boundaries

#: Columns of the table of `area_by_unit`, with their types.
AREA_COLUMNS: Final = {
    "unit_id": "str",
    "period_start": "datetime64[s]",
    "status": "str",
    "area_m2": "float64",
    "synthetic": "bool",
}

_Row = tuple[str, pd.Timestamp, str, float, bool]


def status_at(hazards: gpd.GeoDataFrame, date: dt.date) -> pd.Series:
    """Return each area's status on a UTC date, indexed like `hazards`; missing before its first entry."""
    found = [_status_on(parse_history(text), date) for text in hazards["history"]]
    return pd.Series([None if status is None else str(status) for status in found], index=hazards.index, dtype="str")


def _status_on(history: Sequence[StatusChange], date: dt.date) -> HazardStatus | None:
    position = bisect_right([change.since for change in history], date)
    return history[position - 1].status if position else None


def area_difference(hazards: gpd.GeoDataFrame) -> pd.Series:
    """Return measured minus reported area as a share of the reported one; missing where none (or 0) is reported."""
    reported = hazards["area_reported_m2"].where(hazards["area_reported_m2"] > 0)
    difference: pd.Series = (hazards["area_measured_m2"] - reported) / reported
    return difference


def area_by_unit(
    hazards: gpd.GeoDataFrame,
    boundaries: Boundaries,
    level: str,
    vintage: str,
    *,
    period: str = "month",
    start: dt.date | None = None,
    end: dt.date | None = None,
    groups: Mapping[str, Sequence[HazardStatus]] = STATUS_GROUPS,
) -> pd.DataFrame:
    """Return the land in m² that stood suspected, confirmed and released at the end of each period, per unit.

    Parameters
    ----------
    hazards
        Canonical hazard table (EPSG:4326).
    level, vintage
        Which units: see `geo.boundaries.regions.Boundaries.units`.
    period
        One of `geo.incidents.periods.PERIODS`.
    start, end
        UTC dates, half-open: periods that hold a day of [start, end). By default from the first change of status
        to the last. A period cut by `end` is measured on the last day before it.
    groups
        What each figure sums; `geo.hazards.schema.STATUS_GROUPS` by default.

    Returns
    -------
    pandas.DataFrame
        Long table ``unit_id``, ``period_start``, ``status`` (the group), ``area_m2``, ``synthetic`` (any of the areas
        it comes from is), sorted by the first three. Every unit that holds any part of an area has a row for each
        group and period, zeros included; a unit without rows has no recorded area, which says nothing about its
        land. Within a group, overlapping areas count once; an area in two units is split exactly along their border.
        Areas are measured in the equal-area CRS; what lies outside all units is in none.

    Raises
    ------
    ParameterError
        Where `period` is unknown or `end` is not after `start`.
    CRSError
        Where `hazards` is not in EPSG:4326.
    """
    require_storage_crs(hazards, "hazard areas")
    if hazards.empty:
        return _table([])
    histories = {key: parse_history(text) for key, text in hazards["history"].items()}
    days = _periods(histories, period, start, end)
    pieces = _pieces(hazards, boundaries.units(level, vintage))
    invented = set(hazards.index[hazards["synthetic"]])
    rows: list[_Row] = []
    for unit_id, parts in sorted(pieces.items()):
        measured: dict[frozenset[str], float] = {}
        for period_start, last_day in days:
            status = {key: _status_on(histories[key], last_day) for key in parts}
            for group, statuses in groups.items():
                members = frozenset(key for key, value in status.items() if value in statuses)
                if members not in measured:
                    measured[members] = float(shapely.union_all([parts[key] for key in sorted(members)]).area)
                rows.append((unit_id, period_start, group, measured[members], not invented.isdisjoint(members)))
    return _table(rows)


def _periods(
    histories: Mapping[str, Sequence[StatusChange]], period: str, start: dt.date | None, end: dt.date | None
) -> list[tuple[pd.Timestamp, dt.date]]:
    changes = sorted(change.since for history in histories.values() for change in history)
    first = start or changes[0]
    last = (end - dt.timedelta(days=1)) if end else max(changes[-1], first)
    if last < first:
        raise ParameterError(
            message("The end {end} is not after the start {start}.", start=first, end=end), parameter="end"
        )
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    starts = np.unique(period_starts(days, period))
    last_days = period_ends(starts, period) - 1
    if end:
        last_days = np.minimum(last_days, np.datetime64(last))
    return list(zip(pd.DatetimeIndex(starts), last_days.tolist(), strict=True))


def _pieces(hazards: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> dict[str, dict[str, BaseGeometry]]:
    """Return unit id → area id → the part of the area inside the unit, in the equal-area CRS."""
    areas = hazards.geometry.to_crs(METRIC_CRS)
    outlines = units.geometry.to_crs(METRIC_CRS)
    area_numbers, unit_numbers = shapely.STRtree(outlines.array).query(areas.array, predicate="intersects")
    parts = shapely.intersection(np.asarray(areas.array)[area_numbers], np.asarray(outlines.array)[unit_numbers])
    found: dict[str, dict[str, BaseGeometry]] = {}
    for part, area_number, unit_number in zip(parts, area_numbers, unit_numbers, strict=True):
        if part.area > 0:
            found.setdefault(str(units.index[unit_number]), {})[str(hazards.index[area_number])] = part
    return found


def _table(rows: Sequence[_Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(AREA_COLUMNS)).astype(AREA_COLUMNS)
    return frame.sort_values(["unit_id", "period_start", "status"], ignore_index=True)
