"""Roads that lead into a unit: of each the stretch with the highest rate, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from api.bulletin.places import Place
from api.planner import Ready
from models.bands import Band
from models.route_answer import Coverage
from models.target import Target


@dataclass(frozen=True, slots=True)
class RoadIn:
    """A road that leads in or lies in the unit: the segment of it with the highest rate, and where it leads."""

    ref: str | None
    name: str | None
    leads_to: tuple[str, ...]
    expected: float | None
    low: float | None
    high: float | None
    relative_rate: float | None
    length_km: float
    band: Band
    coverage: Coverage


@lru_cache(maxsize=len(Target))
def _segments(ready: Ready, horizon_days: int) -> gpd.GeoDataFrame:
    table = ready.planner.segments(horizon_days=horizon_days)
    label = table["ref"].astype(object).where(table["ref"].notna(), "")
    name = table["name"].astype(object).where(table["name"].notna(), "")
    return table.assign(road=label + "\n" + name)


def roads_into(
    ready: Ready, outlines: gpd.GeoDataFrame, place: Place, horizon_days: int
) -> tuple[tuple[RoadIn, ...], gpd.GeoDataFrame]:
    """The roads in the unit, the highest rate first; and all segments around it, for the map."""
    table = _segments(ready, horizon_days)
    west, south, east, north = place.outline.bounds
    margin = max(east - west, north - south, 0.2)
    around = table.iloc[
        np.sort(table.sindex.query(shapely.box(west - margin, south - margin, east + margin, north + margin)))
    ]
    inside = around[shapely.intersects(around.geometry.to_numpy(), place.outline)]
    named = inside[inside["road"] != "\n"]
    crossing = shapely.crosses(named.geometry.to_numpy(), place.outline)
    found = []
    for road, rows in named.groupby("road", sort=False):
        ordered = rows.sort_values("relative_rate", ascending=False, na_position="last", kind="stable")
        best = ordered.iloc[0]
        across = named.geometry[crossing & (named["road"] == road).to_numpy()]
        ref, _, name = str(road).partition("\n")
        is_told = best["coverage"] != Coverage.NOT_ASSESSED.value and pd.notna(best["expected"])
        found.append(
            RoadIn(
                ref=ref or None,
                name=name or None,
                leads_to=_neighbours_on(across, outlines, place.unit_id),
                expected=float(best["expected"]) if is_told else None,
                low=float(best["low"]) if is_told else None,
                high=float(best["high"]) if is_told else None,
                relative_rate=float(best["relative_rate"]) if is_told else None,
                length_km=float(best["length_km"]),
                band=Band(best["band"]) if is_told else Band.NOT_ASSESSED,
                coverage=Coverage(best["coverage"]),
            )
        )
    # Roads across the border first: they lead in; then by rate, unknown last.
    found.sort(key=lambda each: (not each.leads_to, -(each.relative_rate or 0.0), each.ref or "", each.name or ""))
    return tuple(found), around


def _neighbours_on(lines: gpd.GeoSeries, outlines: gpd.GeoDataFrame, unit_id: str) -> tuple[str, ...]:
    if lines.empty:
        return ()
    merged = shapely.union_all(lines.to_numpy())
    touched = outlines[outlines.geometry.intersects(merged) & (outlines.index != unit_id)]
    return tuple(sorted(str(name) for name in touched["name"]))
