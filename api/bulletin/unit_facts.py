"""What a unit's bulletin says, gathered once: counts, forecast, hotspots, roads, incidents, all as its reader may see.

Nothing here is in words, and nothing finer than `api.access` allows leaves this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from api.access import Caller, Kind, disclose, visible_incidents
from api.bulletin.places import Place, find_unit
from api.bulletin.roads_in import RoadIn, roads_into
from api.bulletin.tally import Tally, tally
from api.counting import counts_within
from api.planner import Ready
from api.queries import LayerName, Query, month_after
from api.service import Snapshot
from api.unit_layers import TOLERANCE_M
from geo.errors import NotReadyError
from geo.incidents.schema import EXPLOSIVE, UNIT_PRECISIONS, VICTIM_COLUMNS, HazardType, LocationPrecision
from geo.messages import Message, message
from geo.places import Gazetteer
from geo.regions import LEVELS, Boundaries
from geo.store import Store
from models.assessment import Assessment
from models.bands import Band
from models.inputs import VINTAGE
from models.target import HAZARDS, Target

LAYER_OF: Final = MappingProxyType(
    {"region": LayerName.REGIONS, "cercle": LayerName.CERCLES, "commune": LayerName.COMMUNES}
)
_COUNTS: Final = MappingProxyType(
    {"region": Kind.COARSE_COUNTS, "cercle": Kind.COARSE_COUNTS, "commune": Kind.COMMUNE_COUNTS}
)
_RISK: Final = MappingProxyType({"region": Kind.COARSE_RISK, "cercle": Kind.COARSE_RISK, "commune": Kind.FINE_RISK})
_PATTERNS: Final = ("emerging", "persistent", "fading")
_RECENT_MONTHS: Final = 24
_MOST_INCIDENTS: Final = 8
_RANKS: Final = MappingProxyType({precision.value: rank for rank, precision in enumerate(LocationPrecision)})


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A commune whose records cluster; `recorded` in the last year, with parts of events."""

    name: str
    pattern: str
    recorded: float
    z: float


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
    disclose(_COUNTS[level], caller)
    disclose(_RISK[level], caller)


def gather_unit(
    store: Store,
    snapshot: Snapshot,
    place: Place,
    assessment: Assessment,
    ready: Ready | Message | None,
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
        The assessment is older than the unit's vintage.
    """
    check_unit_access(place.level, caller)
    boundaries, target = snapshot.boundaries, assessment.target
    if (place.level, place.vintage) not in assessment.units:
        raise NotReadyError(
            message("The assessment of these data is being made. Ask again in a minute, or run: sira assess")
        )
    table = assessment.table(place.level, place.vintage)
    outlines = boundaries.simplified(place.level, place.vintage, TOLERANCE_M[place.level])
    outlines["band"] = table["band"].reindex(outlines.index).fillna(Band.NOT_ASSESSED.value)
    query = Query(LAYER_OF[place.level], place.vintage, None, None, HAZARDS[target], "en")
    data = store.data_period(HAZARDS[target])
    counts = counts_within(store, snapshot, query, None, HAZARDS[target])
    apart = {}
    for name, hazards in apart_from(target).items():
        known = store.data_period(hazards)
        if known is not None:
            other = counts_within(store, snapshot, query, None, hazards)
            apart[name] = other[other["unit_id"] == place.unit_id]
    told = tally(counts[counts["unit_id"] == place.unit_id], apart, data)
    notable, points, known_incidents = (None, None, 0)
    if caller.may(Kind.INCIDENT_POINTS):
        notable, points, known_incidents = _incidents(store, boundaries, place, target, data, caller)
    roads, lines = (None, None)
    if isinstance(ready, Ready):
        disclose(Kind.ROUTES, caller)
        roads, lines = roads_into(ready, outlines, place, assessment.horizon_days)
    return UnitFacts(
        place=place,
        units=outlines,
        target=target,
        assessment=assessment,
        row=table.loc[[place.unit_id]].iloc[0],
        counts=told,
        hotspots=_hotspots(assessment, boundaries, place) if caller.may(Kind.FINE_RISK) else None,
        roads=roads,
        road_lines=lines,
        roads_wait=ready if isinstance(ready, Message) else None,
        incidents=notable,
        incidents_known=known_incidents,
        points=points,
        today=today,
        revision=snapshot.revision,
        synthetic=assessment.synthetic or told.synthetic,
        schematic=ready.network.is_schematic if isinstance(ready, Ready) else True,
    )


def apart_from(target: Target) -> dict[str, tuple[HazardType, ...]]:
    """What is counted beside the target, never added to it."""
    other = tuple(hazard for hazard in EXPLOSIVE if hazard not in HAZARDS[target])
    return (
        {"other": other, "conflict": (HazardType.NOT_EXPLOSIVE,)} if target is not Target.CONFLICT else {"other": other}
    )


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


def _incidents(
    store: Store,
    boundaries: Boundaries,
    place: Place,
    target: Target,
    data: tuple[date, date] | None,
    caller: Caller,
) -> tuple[tuple[Notable, ...], np.ndarray[tuple[int], np.dtype[np.object_]], int]:
    """The incidents of the last two years of data: those with most victims, newest first; points for the map.

    Whether an incident lies in the unit is told from the position that is shown, or from the unit it is known to.
    """
    if data is None:
        return (), np.empty(0, dtype=object), 0
    end = month_after(data[1])
    start = (pd.Timestamp(end) - pd.DateOffset(months=_RECENT_MONTHS)).date()
    reports = store.incidents(start=start, end=end, hazards=HAZARDS[target])
    visible = visible_incidents(reports, caller, secret=store.secret("pseudonyms"))
    ranked = visible.assign(_rank=visible["location_precision"].map(_RANKS)).sort_index()
    events = ranked.sort_values(["_rank", "location_error_km"], kind="stable").drop_duplicates("event_id")
    victims = ranked.groupby("event_id")[list(VICTIM_COLUMNS)].max()
    shapes = events.geometry.to_numpy()
    inside = shapely.intersects(shapes, place.outline)
    inside |= events["location_unit"].isin(_within(boundaries, place)).to_numpy() & shapely.is_missing(shapes)
    chosen = events[inside].set_index("event_id")
    chosen = chosen.assign(**{name: victims[name].reindex(chosen.index) for name in VICTIM_COLUMNS})
    harm = chosen["killed_total"].fillna(0) + chosen["injured_total"].fillna(0)
    most = chosen.assign(_harm=harm, _id=chosen.index)
    most = most.sort_values(["_harm", "date", "_id"], ascending=[False, False, True]).head(_MOST_INCIDENTS)
    most = most.sort_values(["date", "_id"], ascending=[False, True])
    return tuple(_notable(row, boundaries) for _, row in most.iterrows()), shapes, len(chosen)


def _notable(row: pd.Series, boundaries: Boundaries) -> Notable:
    near, km, known_to = None, None, None
    if row["location_precision"] in UNIT_PRECISIONS and pd.notna(row["location_unit"]):
        known_to = find_unit(boundaries, str(row["location_unit"])).name
    elif row["geometry"] is not None and not row["geometry"].is_empty:
        town, km = Gazetteer.shipped().nearest(row["geometry"].x, row["geometry"].y)
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
