"""The planner that answers for routes: made once for an assessment and a road network, and kept.

A request waits for it where it is the first after an import; the others find it made.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd

from api.assessments import today
from api.risk_serving import assessment_for
from api.service import Service, Snapshot
from geo.errors import ModelError, NotReadyError
from geo.incidents.schema import HazardType, LocationPrecision
from geo.messages import message
from geo.network.cache import installed
from geo.network.graph import Network
from geo.network.segments import segments
from geo.regions import Boundaries
from geo.store import Store
from models.assessment import Assessment
from models.passages import read_traffic
from models.routes import RoutePlanner
from models.target import HAZARDS, Target

#: In the home folder: the imported network, and traffic counts per segment.
ROADS: Final = "roads"
TRAFFIC: Final = "traffic.csv"


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A planner, and what its answers are told with.

    `incidents` holds of each event the report that puts it in its place: rows of the incident table, sorted by
    ``event_id``. `secret` is what pseudonyms are made with.
    """

    planner: RoutePlanner
    network: Network
    assessment: Assessment
    incidents: gpd.GeoDataFrame
    secret: bytes


def make_ready(
    store: Store, boundaries: Boundaries, assessment: Assessment, home: Path, *, traffic: Path | None = None
) -> Ready:
    """Return the planner for an assessment on the network imported into `home`, or on the shipped one.

    Traffic counts are those of the file `traffic`, else of ``traffic.csv`` in `home` where there is one.

    Raises
    ------
    FileError
        If the stored network is damaged.
    NotReadyError
        If the assessment is of other incidents than the store now has.
    """
    incidents = store.incidents(hazards=tuple(HazardType))
    found = installed(home / ROADS)
    counts = traffic or home / TRAFFIC
    try:
        planner = RoutePlanner.build(
            assessment,
            incidents,
            boundaries,
            found.network,
            today=today(),
            order=found.order,
            hazards=store.hazards(),
            traffic=read_traffic(counts, segments(found.network).index) if traffic or counts.exists() else None,
        )
    except ModelError:
        raise NotReadyError(
            message("The assessment of these data is being made. Ask again in a minute, or run: sira assess")
        ) from None
    mine = incidents[incidents["hazard_type"].isin(HAZARDS[assessment.target])]
    return Ready(planner, found.network, assessment, _most_precise(mine), store.secret("pseudonyms"))


def _most_precise(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return for each event the report that puts it in its place, as `geo.events.to_events` does."""
    ranks = {precision.value: rank for rank, precision in enumerate(LocationPrecision)}
    ordered = incidents.assign(
        _rank=incidents["location_precision"].map(ranks), _error=incidents["location_error_km"].fillna(0)
    )
    first = ordered.sort_index().sort_values(["_rank", "_error"], kind="stable").drop_duplicates("event_id")
    return first.drop(columns=["_rank", "_error"]).sort_values("event_id")


class Planners:
    """The planners of a running service, one per target. Used from one event loop at a time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: dict[Target, tuple[object, Ready]] = {}
        self._pending: dict[object, asyncio.Task[Ready]] = {}

    async def get(self, snapshot: Snapshot, target: Target) -> Ready:
        """Return the planner of the assessment to show now; raises `NotReadyError` where there is no assessment."""
        assessment = await assessment_for(self._service, snapshot, target)
        home = self._service.settings.home
        # Not the object: requests that come at once each read the same file.
        made_from = json.dumps(dict(assessment.about), sort_keys=True, default=str)
        key = (
            assessment.revision,
            target,
            assessment.t0,
            made_from,
            snapshot.boundaries,
            _changed(home / ROADS),
            _changed(home / TRAFFIC),
            today(),
        )
        made_for, kept = self._kept.get(target, (None, None))
        if kept is not None and made_for == key:
            return kept
        task = self._pending.get(key)
        if task is None:
            task = self._pending[key] = asyncio.create_task(self._make(key, snapshot, target, assessment))
            task.add_done_callback(_take_error)
        return await asyncio.shield(task)  # a caller who hangs up must not cancel what others wait for

    async def _make(self, key: object, snapshot: Snapshot, target: Target, assessment: Assessment) -> Ready:
        try:
            make = partial(
                make_ready, self._service.store, snapshot.boundaries, assessment, self._service.settings.home
            )
            ready = await asyncio.to_thread(make)
        finally:
            del self._pending[key]
        self._kept[target] = key, ready
        return ready


def _take_error(task: asyncio.Task[Ready]) -> None:
    """Mark a failed task's error as seen: it reaches whoever still waits."""
    if not task.cancelled():
        task.exception()


def _changed(path: Path) -> int | None:
    """When what lies there was last replaced; None where there is nothing."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
