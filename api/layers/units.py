"""Regions, cercles and communes with what was counted in them: explosive incidents, conflict events apart, land."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd

from api.base.access import Caller
from api.base.service import Snapshot
from api.layers.counting import conflict_events, counts_within
from api.layers.layer import Period, Query, Rows, about_period
from api.layers.measures import VICTIMS
from geo.boundaries.regions import Boundaries
from geo.hazards.areas import area_by_unit
from geo.hazards.schema import STATUS_GROUPS
from geo.store import Store

#: Corners that span less than this many metres squared are left out of the outlines.
TOLERANCE_M: Final = MappingProxyType({"region": 800.0, "cercle": 500.0, "commune": 400.0})
#: Decimals of a degree kept of an outline, about 11 m.
DECIMALS: Final = 4

#: Decimals of a count: an event may be spread over units and months.
_COUNT_DECIMALS: Final = 6
_RATE_DECIMALS: Final = 3
_PER_PEOPLE: Final = 100_000


def make_counted_units(store: Store, snapshot: Snapshot, query: Query, period: Period | None, caller: Caller) -> Rows:
    """Make the rows of a layer of units: their counts, indexed by ``unit_id``, and the sources of what was counted.

    The columns are those of `api.layers.attributes.UNIT`. Conflict events have a column of their own.
    Without a period there is nothing to count: counts are 0 events, and everything else is missing.
    """
    level = query.layer.level
    assert level is not None
    conflict = conflict_events(store, snapshot, query)
    units = snapshot.boundaries.simplified(level, query.vintage, TOLERANCE_M[level])
    units.insert(0, "unit_id", units.index)
    counts = counts_within(store, snapshot, query, period, query.hazards)
    for name, column in _totals(counts, units.index).items():
        units[name] = column
    units["rate_per_100k_year"] = _rate(units, period)
    units["last_event"] = _last_event(counts).reindex(units.index)
    units["conflict_events"] = conflict.events.reindex(units.index).round(_COUNT_DECIMALS)
    hazards = store.hazards()
    land = _land(hazards, snapshot.boundaries, query, period, level)
    for group in land:
        units[group] = land[group].reindex(units.index)
    units["synthetic"] = units.index.isin(counts.loc[counts["synthetic"], "unit_id"])
    if hazards["synthetic"].any():
        units["synthetic"] |= units.index.isin(land.index)
    found = sorted({source for joined in counts["sources"].unique() for source in joined.split("; ")})
    return Rows(units, tuple(found), {"conflict": {"period": about_period(conflict.period), "source": conflict.source}})


def _totals(counts: pd.DataFrame, units: pd.Index) -> dict[str, pd.Series]:
    """Return the counts of each unit over the whole period; unknown is missing, no report is 0 events."""
    summed = counts.groupby(["measure", "unit_id"])[["exact", "spread", "total"]].sum(min_count=1)

    def column(measure: str, part: str) -> pd.Series:
        rows = pd.MultiIndex.from_product([[measure], units], names=summed.index.names)
        return summed[part].reindex(rows).droplevel("measure").round(_COUNT_DECIMALS)

    events = {"events": "total", "events_exact": "exact", "events_spread": "spread"}
    return {name: column("events", part).fillna(0.0) for name, part in events.items()} | {
        measure: column(measure, "total") for measure in VICTIMS
    }


def _rate(units: gpd.GeoDataFrame, period: Period | None) -> pd.Series:
    """Return incidents per 100,000 people and year, missing where no population is known for exactly this unit."""
    if period is None:
        return pd.Series(pd.NA, index=units.index, dtype="Float64")
    people = units["population"].astype("Float64")
    rate = units["events"] / people.where(people > 0) * _PER_PEOPLE / period.years
    rounded: pd.Series = rate.round(_RATE_DECIMALS)
    return rounded


def _last_event(counts: pd.DataFrame) -> pd.Series:
    """Return the last month, as ``YYYY-MM``, with an event that lies in the unit for sure."""
    certain = counts[(counts["measure"] == "events") & (counts["exact"] > 0)]
    months: pd.Series = certain.groupby("unit_id")["period_start"].max().dt.strftime("%Y-%m")
    return months


def _land(
    hazards: gpd.GeoDataFrame, boundaries: Boundaries, query: Query, period: Period | None, level: str
) -> pd.DataFrame:
    """Return the land in m² that stood suspected, confirmed and released at the end of the period, by ``unit_id``."""
    names = {group: f"area_{group}_m2" for group in STATUS_GROUPS}
    if hazards.empty or period is None:
        return pd.DataFrame(columns=list(names.values()), dtype="float64")
    start = period.last_day.replace(day=1)
    areas = area_by_unit(hazards, boundaries, level, query.vintage, start=start, end=period.end)
    by_unit = areas.pivot(index="unit_id", columns="status", values="area_m2").round(0)
    return by_unit[list(names)].rename(columns=names)
