"""What a unit's bulletin says, gathered once: counts, forecast, hotspots, roads, incidents, all as its reader may see.

Nothing here is in words, and nothing finer than `api.base.access` allows leaves this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from api.base.access import Caller, Kind, disclose
from api.base.service import Snapshot
from api.bulletin.notable import Notable, notable_incidents
from api.bulletin.places import Place
from api.bulletin.roads_in import RoadIn, roads_into
from api.bulletin.tally import Tally, data_dates, tally
from api.layers.counting import counts_within
from api.layers.layer import Query
from api.layers.registry import COUNTED, EXPECTED, HOTSPOTS, INCIDENTS
from api.layers.risk import unit_table
from api.layers.units import TOLERANCE_M
from api.roads.planners import ReadyPlanner
from geo.boundaries.regions import Boundaries
from geo.core.messages import Message
from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import Store
from models.risk.assessment import Assessment
from models.risk.inputs import VINTAGE
from models.risk.target import HAZARDS, Target

_PATTERNS: Final = ("emerging", "persistent", "fading")


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A commune whose records cluster; `recorded` in the last year, with parts of events."""

    name: str
    pattern: str
    recorded: float
    z: float


@dataclass(frozen=True, slots=True, eq=False)
class UnitFacts:
    """All that one bulletin is made of. None stands for what the reader may not see; empty for what there is not."""

    place: Place
    units: gpd.GeoDataFrame
    target: Target
    assessment: Assessment
    row: pd.Series
    counts: Tally
    hotspots: tuple[Hotspot, ...] | None
    roads: tuple[RoadIn, ...] | None
    road_lines: gpd.GeoDataFrame | None
    roads_wait: Message | None
    incidents: tuple[Notable, ...] | None
    incidents_known: int
    points: np.ndarray[tuple[int], np.dtype[np.object_]] | None
    today: date
    revision: int
    synthetic: bool
    schematic: bool


def check_unit_access(level: str, caller: Caller) -> None:
    """Let pass a caller who may see counts and expectations of units of `level`; raises as `disclose`."""
    disclose(COUNTED[level].kind, caller)
    disclose(EXPECTED[level].kind, caller)


def gather_unit(
    store: Store,
    snapshot: Snapshot,
    place: Place,
    assessment: Assessment,
    ready: ReadyPlanner | Message | None,
    caller: Caller,
    today: date,
) -> UnitFacts:
    """Return what the bulletin of a unit says to `caller`.

    Parameters
    ----------
    ready : Ready or Message, optional
        The planner of the assessment, where the caller may see routes; or why there is none yet.

    Raises
    ------
    AccessDeniedError
        The caller may not see this unit at all.
    NotReadyError
        The assessment is older than the unit's vintage, or than what replaced it.
    """
    check_unit_access(place.level, caller)
    boundaries, target = snapshot.boundaries, assessment.target
    outlines = boundaries.simplified(place.level, place.vintage, TOLERANCE_M[place.level])
    table = unit_table(assessment, place.level, place.vintage, outlines.index)
    outlines["band"] = table["band"]
    query = Query(COUNTED[place.level], place.vintage, None, None, HAZARDS[target], "en")
    own, data = store.data_period(HAZARDS[target]), data_dates(store, HAZARDS[target])
    counts = counts_within(store, snapshot, query, None, HAZARDS[target])
    apart = {}
    for name, hazards in counted_apart(target).items():
        known = data_dates(store, hazards)
        if known is not None:
            other = counts_within(store, snapshot, query, None, hazards)
            apart[name] = other[other["unit_id"] == place.unit_id], known
    told = tally(counts[counts["unit_id"] == place.unit_id], apart, data, own and own[1])
    notable, points, known_incidents = (None, None, 0)
    if caller.may(INCIDENTS.kind):
        notable, points, known_incidents = notable_incidents(store, snapshot, place, target, data, caller)
    roads, lines = (None, None)
    if isinstance(ready, ReadyPlanner):
        disclose(Kind.ROUTES, caller)
        roads, lines = roads_into(ready, outlines, place, assessment.horizon_days)
    return UnitFacts(
        place=place,
        units=outlines,
        target=target,
        assessment=assessment,
        row=table.loc[[place.unit_id]].iloc[0],
        counts=told,
        hotspots=_hotspots(assessment, boundaries, place) if caller.may(HOTSPOTS.kind) else None,
        roads=roads,
        road_lines=lines,
        roads_wait=ready if isinstance(ready, Message) else None,
        incidents=notable,
        incidents_known=known_incidents,
        points=points,
        today=today,
        revision=snapshot.revision,
        synthetic=snapshot.is_synthetic_only,
        schematic=ready.network.is_schematic if isinstance(ready, ReadyPlanner) else True,
    )


def counted_apart(target: Target) -> dict[str, tuple[HazardType, ...]]:
    """What is counted beside the target, never added to it."""
    apart = {
        "other": tuple(hazard for hazard in EXPLOSIVE if hazard not in HAZARDS[target]),
        "fire": (HazardType.AIR_OR_INDIRECT_FIRE,),
        "conflict": (HazardType.NOT_EXPLOSIVE,),
    }
    return {name: kinds for name, kinds in apart.items() if kinds != HAZARDS[target]}


def _hotspots(assessment: Assessment, boundaries: Boundaries, place: Place) -> tuple[Hotspot, ...]:
    """The communes in the unit whose records cluster, the clearest first."""
    communes, points = _commune_points(boundaries)
    table = assessment.hotspots["commune"].reindex(communes.index)
    if place.unit_id in communes.index:
        inside = communes.index == place.unit_id
    else:
        inside = shapely.within(points, place.outline)
    chosen = table[inside & table["pattern"].isin(_PATTERNS).to_numpy()].sort_values("z", ascending=False)
    return tuple(
        Hotspot(str(name), str(row["pattern"]), float(row["count"]), float(row["z"]))
        for name, (_, row) in zip(communes["name"].reindex(chosen.index), chosen.iterrows(), strict=True)
    )


@lru_cache(maxsize=4)
def _commune_points(boundaries: Boundaries) -> tuple[pd.DataFrame, np.ndarray[tuple[int], np.dtype[np.object_]]]:
    communes = boundaries.units("commune", VINTAGE)
    return pd.DataFrame(communes[["name"]]), shapely.point_on_surface(communes.geometry.to_numpy())
