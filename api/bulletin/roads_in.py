"""Roads that lead into a unit: of each the stretch with the highest rate, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from api.bulletin.places import Place
from api.bulletin.sketch import sketch_bounds
from api.roads.planners import ReadyPlanner
from models.risk.class_limits import Band
from models.routes.answer import Coverage

_TOLD: Final = ("ref", "name", "length_km", "expected", "low", "high", "relative_rate", "band", "coverage")


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


#: Planner → horizon in days → its segments: gone with the planner.
_kept: Final[WeakKeyDictionary[ReadyPlanner, dict[int, gpd.GeoDataFrame]]] = WeakKeyDictionary()


def _segments(ready: ReadyPlanner, horizon_days: int) -> gpd.GeoDataFrame:
    """Return the segments of a planner, made once."""
    known = _kept.setdefault(ready, {})
    if horizon_days not in known:
        known[horizon_days] = _made(ready, horizon_days)
    return known[horizon_days]


def _made(ready: ReadyPlanner, horizon_days: int) -> gpd.GeoDataFrame:
    """Every segment of the network; ``road`` numbers its reference and name together, -1 where it has neither."""
    table = ready.planner.segments(horizon_days=horizon_days)
    named = table["ref"].notna() | table["name"].notna()
    label = table["ref"].astype(object).where(table["ref"].notna(), "")
    name = table["name"].astype(object).where(table["name"].notna(), "")
    return table.assign(road=np.where(named, pd.factorize(label + "\n" + name)[0], -1))


def roads_into(
    ready: ReadyPlanner, outlines: gpd.GeoDataFrame, place: Place, horizon_days: int
) -> tuple[tuple[RoadIn, ...], gpd.GeoDataFrame]:
    """The roads in the unit, the highest rate first; and all segments around it, for the map."""
    table = _segments(ready, horizon_days)
    around = table.iloc[np.sort(table.sindex.query(sketch_bounds(place.outline)))]
    shapes, roads = around.geometry.to_numpy(), around["road"].to_numpy()
    inside = np.flatnonzero((roads >= 0) & shapely.intersects(shapes, place.outline))
    crossing = inside[shapely.crosses(shapes[inside], place.outline)]
    leads_to = _neighbours(shapes[crossing], roads[crossing], outlines, place)
    rates = around["relative_rate"].to_numpy(np.float64, na_value=np.nan)
    # Of each road the stretch with the highest rate, those without one last, the first of equal ones.
    order = inside[np.lexsort((-rates[inside], roads[inside]))]
    best = order[np.unique(roads[order], return_index=True)[1]]
    found = [_road(row, leads_to.get(road, ())) for road, row in zip(roads[best], _rows(around, best), strict=True)]
    # Roads across the border first: they lead in; then by rate, unknown last.
    found.sort(key=lambda each: (not each.leads_to, -(each.relative_rate or 0.0), each.ref or "", each.name or ""))
    return tuple(found), around


def _rows(table: gpd.GeoDataFrame, positions: NDArray[np.intp]) -> Iterator[dict[str, Any]]:
    """Yield rows as the values of `_TOLD`."""
    columns = {name: table[name].iloc[positions].tolist() for name in _TOLD}
    return (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))


def _road(row: Mapping[str, Any], leads_to: tuple[str, ...]) -> RoadIn:
    is_told = row["coverage"] != Coverage.NOT_ASSESSED.value and pd.notna(row["expected"])
    return RoadIn(
        ref=row["ref"] if pd.notna(row["ref"]) else None,
        name=row["name"] if pd.notna(row["name"]) else None,
        leads_to=leads_to,
        expected=float(row["expected"]) if is_told else None,
        low=float(row["low"]) if is_told else None,
        high=float(row["high"]) if is_told else None,
        relative_rate=float(row["relative_rate"]) if is_told else None,
        length_km=float(row["length_km"]),
        band=Band(row["band"]) if is_told else Band.NOT_ASSESSED,
        coverage=Coverage(row["coverage"]),
    )


def _neighbours(
    lines: NDArray[np.object_], roads: NDArray[np.int64], outlines: gpd.GeoDataFrame, place: Place
) -> dict[int, tuple[str, ...]]:
    """Return for each road the names of the other units that its stretches across the border touch."""
    if not len(lines):
        return {}
    near = np.flatnonzero(shapely.intersects(outlines.geometry.to_numpy(), shapely.box(*shapely.total_bounds(lines))))
    near = near[outlines.index.to_numpy()[near] != place.unit_id]
    touched = shapely.intersects(outlines.geometry.to_numpy()[near][:, None], lines[None, :])
    names = outlines["name"].to_numpy(object)[near]
    found: dict[int, set[str]] = {}
    for unit, line in zip(*np.nonzero(touched), strict=True):
        found.setdefault(int(roads[line]), set()).add(str(names[unit]))
    return {road: tuple(sorted(told)) for road, told in found.items()}
