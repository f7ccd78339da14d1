"""The planners of a running service: made in the background, replaced when the new one is ready, never by a request.

Fitting the roads takes some seconds on the shipped network and about half a minute on 150,000 edges. So a planner is
made as soon as there is an assessment (after a start, an import, ``sira roads import``, and once a day for what is out
of date). Until then the last one of the same kind of data goes on answering; each answer says which revision it is of.
Nothing but the order of contraction is kept on disk: most of the time goes into what any new incident changes.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd

from api.base.assessments import today
from api.base.service import Service, Snapshot
from api.layers.serving import assessment_for
from geo.boundaries.regions import Boundaries
from geo.core.errors import InputError, ModelError, NotReadyError, SiraError, StoreError
from geo.core.memory import give_back
from geo.core.messages import Message, message
from geo.core.replacing import put_in_place
from geo.incidents.schema import HazardType, LocationPrecision
from geo.roads.cache import INDEX, installed_network
from geo.roads.graph import Network
from geo.roads.segments import cut_segments
from geo.store import Store
from models.risk.assessment import Assessment
from models.risk.target import Target

if TYPE_CHECKING:
    from models.routes.planner import RoutePlanner

#: How often it is looked whether something new is to be made.
WATCH_S: Final = 1.0

_BEING_MADE: Final = message("The roads are being prepared for these data. Ask again in a minute.")
_BROKEN: Final = message("The roads could not be prepared for these data; the log of the service names the fault.")
_log: Final = logging.getLogger("sira")

#: In the home folder: the imported network, and traffic counts per segment.
ROADS: Final = "roads"
TRAFFIC: Final = "traffic.csv"


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What was made, or why it could not be, from what `key` stands for."""

    key: Hashable
    ready: ReadyPlanner | None = None
    reason: Message | None = None


class Planners:
    """One planner per target, made one at a time in a thread. Asked from one event loop at a time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._wanted = {Target.IED}
        self._kept: dict[Target, _Made] = {}
        self._failed: dict[Target, _Made] = {}
        self._pending: dict[Target, Future[ReadyPlanner]] = {}
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="sira-planner")
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make what is missing, before anybody asks for it."""
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Make nothing more; what is being made is waited for."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await asyncio.to_thread(self._maker.shutdown, cancel_futures=True)

    async def get(self, snapshot: Snapshot, target: Target) -> ReadyPlanner:
        """Return the planner to answer with now.

        Raises
        ------
        NotReadyError
            There is none yet; the message says why. It is being made.
        """
        self._wanted.add(target)
        try:
            reason = await self._update(snapshot, target)
        except NotReadyError as error:  # nothing is assessed
            reason = error.message
        kept = self._shown(snapshot, target)
        if kept is None:
            raise NotReadyError(reason or _BEING_MADE)
        return kept

    def now(self, snapshot: Snapshot, target: Target) -> ReadyPlanner:
        """Return the planner that is there, for whoever asks from a thread; raises `NotReadyError` where none is.

        The watch makes what is missing; nothing is made here.
        """
        self._wanted.add(target)
        kept = self._shown(snapshot, target)
        if kept is None:
            failed = self._failed.get(target)
            raise NotReadyError(_BEING_MADE if failed is None or failed.reason is None else failed.reason)
        return kept

    def state(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return whether routes are answered, and of which revision: for whoever waits for the service."""
        kept = self._shown(snapshot, Target.IED)
        return {
            "status": "not ready" if kept is None else "ready",
            "revision": None if kept is None else kept.assessment.revision,
            "being_made": Target.IED in self._pending,
        }

    def _shown(self, snapshot: Snapshot, target: Target) -> ReadyPlanner | None:
        """Invented incidents are never shown for real ones, nor the other way round."""
        kept = self._kept.get(target)
        ready = None if kept is None else kept.ready
        if ready is None or ready.assessment.revision == snapshot.revision:
            return ready
        return ready if ready.assessment.synthetic == snapshot.is_synthetic_only else None

    async def _update(self, snapshot: Snapshot, target: Target) -> Message | None:
        """Have the planner of the assessment to show made where it is not there; return why that failed before."""
        assessment = await assessment_for(self._service, snapshot, target)
        key = _key(assessment, self._service.settings.home)
        kept, failed = self._kept.get(target), self._failed.get(target)
        if (kept is not None and kept.key == key) or target in self._pending:
            return None
        if failed is not None and failed.key == key:
            return failed.reason
        make = partial(_make_alone, self._service.store, snapshot.boundaries, assessment, self._service.settings.home)
        future = self._pending[target] = self._maker.submit(make)
        future.add_done_callback(partial(self._done, target, key))
        return None

    def _done(self, target: Target, key: Hashable, future: Future[ReadyPlanner]) -> None:
        """Keep what was made. What failed is not tried again until something it is made from has changed."""
        if not future.cancelled():
            error = future.exception()
            if error is None:
                self._kept[target] = _Made(key, future.result())
            else:
                _log.warning("Routes: %s", error, exc_info=None if isinstance(error, SiraError) else error)
                if not isinstance(error, StoreError):  # a store that does not answer may do so in a moment
                    self._failed[target] = _Made(key, reason=_reason(error))
        self._pending.pop(target, None)

    async def _watch(self) -> None:
        said = ""
        while True:
            for target in tuple(self._wanted):
                try:
                    await self._update(await self._service.current(), target)
                except NotReadyError:
                    continue  # it is being assessed, or cannot be; whoever asks is told
                except SiraError as error:
                    if str(error) != said:
                        said = str(error)
                        _log.warning("Routes: %s", error)
            await asyncio.sleep(WATCH_S)


def _key(assessment: Assessment, home: Path) -> Hashable:
    """Return what a planner is made from."""
    # Not the object: it is read again whenever another revision was shown meanwhile.
    made_from = json.dumps(dict(assessment.about), sort_keys=True, default=str)
    files = (home / ROADS / INDEX, home / TRAFFIC)
    return assessment.revision, assessment.t0, made_from, *map(put_in_place, files), today()


def _reason(error: BaseException) -> Message:
    if isinstance(error, NotReadyError):
        return error.message
    if isinstance(error, InputError):
        return message("Routes cannot be answered. {reason}", reason=error.message)
    return _BROKEN


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ReadyPlanner:
    """A planner, and what its answers are told with.

    `incidents` holds of each event the report that puts it in its place: rows of the incident table, sorted by
    ``event_id``. `axes` is the planner's table of them. `secret` is what pseudonyms are made with. `token` stands for
    all of it where something is kept that was made from it: a key that held the planner would keep it in memory.
    """

    planner: RoutePlanner
    network: Network
    assessment: Assessment
    incidents: gpd.GeoDataFrame
    axes: gpd.GeoDataFrame
    secret: bytes
    token: object = field(default_factory=object)


def _make_alone(store: Store, boundaries: Boundaries, assessment: Assessment, home: Path) -> ReadyPlanner:
    """Make a planner beside requests: on one processor, and without keeping the memory that it took for a while."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    try:
        with threadpool_limits(limits=1):
            return make_ready(store, boundaries, assessment, home)
    finally:
        give_back()


def make_ready(
    store: Store, boundaries: Boundaries, assessment: Assessment, home: Path, *, traffic: Path | None = None
) -> ReadyPlanner:
    """Return the planner for an assessment on the network imported into `home`, or on the shipped one.

    Traffic counts are those of the file `traffic`, else of ``traffic.csv`` in `home` where there is one.

    Raises
    ------
    FileError
        If the stored network is damaged.
    NotReadyError
        If the assessment is of other incidents than the store now has.
    """
    from models.routes.passages import read_traffic  # in the thread that makes planners: a start waits for neither
    from models.routes.planner import RoutePlanner

    incidents, hazards = store.incidents(hazards=tuple(HazardType)), store.hazards()
    found = installed_network(home / ROADS)
    counts = traffic or home / TRAFFIC
    try:
        planner = RoutePlanner.build(
            assessment,
            incidents,
            boundaries,
            found.network,
            today=today(),
            order=found.order,
            hazards=hazards,
            traffic=read_traffic(counts, cut_segments(found.network).index) if traffic or counts.exists() else None,
        )
    except ModelError:
        raise NotReadyError(
            message("The assessment of these data is being made. Ask again in a minute, or run: sira assess")
        ) from None
    # by event, not by hazard: the report that puts an event in its place may be one that does not name the device
    mine = incidents[incidents["event_id"].isin(assessment.event_ids)]
    return ReadyPlanner(
        planner=planner,
        network=found.network,
        assessment=assessment,
        incidents=_most_precise(mine),
        axes=planner.axes(),
        secret=store.secret("pseudonyms"),
    )


def _most_precise(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return for each event the report that puts it in its place, as `geo.counting.events.to_events` does."""
    ranks = {precision.value: rank for rank, precision in enumerate(LocationPrecision)}
    ordered = incidents.assign(
        _rank=incidents["location_precision"].map(ranks), _error=incidents["location_error_km"].fillna(0)
    )
    first = ordered.sort_index().sort_values(["_rank", "_error"], kind="stable").drop_duplicates("event_id")
    return first.drop(columns=["_rank", "_error"]).sort_values("event_id")
