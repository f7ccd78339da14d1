"""Regions, cercles and communes with what was counted in them: explosive incidents, conflict events apart, land."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd

from api.counting import MEASURES, Conflict, counts_within
from api.i18n import translate_text
from api.queries import LAYERS, Period, Query
from api.service import Snapshot
from geo.hazards.areas import area_by_unit
from geo.regions import Boundaries
from geo.store import Store

#: Corners that span less than this many metres squared are left out of the outlines.
TOLERANCE_M: Final = MappingProxyType({"region": 800.0, "cercle": 500.0, "commune": 400.0})
#: Decimals of a degree kept of an outline, about 11 m.
DECIMALS: Final = 4

#: Decimals of a count: an event may be spread over units and months.
_COUNT_DECIMALS: Final = 3
_RATE_DECIMALS: Final = 3
_PER_PEOPLE: Final = 100_000


def unit_layer(
    store: Store, snapshot: Snapshot, query: Query, period: Period | None, conflict: Conflict
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return the units of a layer with their counts, indexed by ``unit_id``, and the sources of what was counted.

    The columns are those of `api.schemas.ATTRIBUTES`. Conflict events have a column of their own.
    Without a period there is nothing to count: counts are 0 events, and everything else is missing.
    """
    level = LAYERS[query.layer].level
    assert level is not None
    units = snapshot.boundaries.simplified(level, query.vintage, TOLERANCE_M[level])
    units.insert(0, "unit_id", units.index)
    units["note"] = [translate_text(note, query.lang) if isinstance(note, str) else None for note in units["note"]]
    counts = counts_within(store, snapshot, query, period, query.hazards)
    for name, column in _totals(counts, units.index).items():
        units[name] = column
    units["rate_per_100k_year"] = _rate(units, period)
    units["last_event"] = _last_event(counts).reindex(units.index)
    units["conflict_events"] = conflict.events.reindex(units.index).round(_COUNT_DECIMALS)
    for name, column in _land(store, snapshot.boundaries, query, period, level).items():
        units[name] = column.reindex(units.index)
    is_synthetic = counts.loc[counts["synthetic"], "unit_id"].unique()
    units["synthetic"] = units.index.isin(is_synthetic)
    found = sorted({source for joined in counts["sources"].unique() for source in joined.split("; ")})
    return units, tuple(found)


def _totals(counts: pd.DataFrame, units: pd.Index) -> dict[str, pd.Series]:
    """Return the counts of each unit over the whole period; unknown is missing, no report is 0 events."""
    summed = counts.groupby(["unit_id", "measure"])[["exact", "spread", "total"]].sum(min_count=1)
    found: dict[str, pd.Series] = {}
    for measure in MEASURES:
        if measure in summed.index.get_level_values("measure"):
            of_units = summed.xs(measure, level="measure").reindex(units)
        else:
            of_units = pd.DataFrame(index=units, columns=["exact", "spread", "total"], dtype="float64")
        found[measure] = of_units["total"].round(_COUNT_DECIMALS)
        if measure == "events":
            found = {
                "events": of_units["total"].fillna(0.0).round(_COUNT_DECIMALS),
                "events_exact": of_units["exact"].fillna(0.0).round(_COUNT_DECIMALS),
                "events_spread": of_units["spread"].fillna(0.0).round(_COUNT_DECIMALS),
            }
    return found


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
    store: Store, boundaries: Boundaries, query: Query, period: Period | None, level: str
) -> dict[str, pd.Series]:
    """Return the land in m² that stood suspected, confirmed and released at the end of the period, per unit."""
    names = {group: f"area_{group}_m2" for group in ("suspected", "confirmed", "released")}
    hazards = store.hazards()
    if hazards.empty or period is None:
        return {name: pd.Series(dtype="float64") for name in names.values()}
    start = period.last_day.replace(day=1)
    areas = area_by_unit(hazards, boundaries, level, query.vintage, start=start, end=period.end)
    by_unit = areas.pivot(index="unit_id", columns="status", values="area_m2").round(0)
    return {name: by_unit[group] for group, name in names.items()}
