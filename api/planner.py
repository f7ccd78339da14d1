"""The planner that answers for routes: made from an assessment and a road network. `api.planners` keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import geopandas as gpd

from api.assessments import today
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

#: In the home folder: the imported network, and traffic counts per segment.
ROADS: Final = "roads"
TRAFFIC: Final = "traffic.csv"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Ready:
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
    incidents, hazards = store.incidents(hazards=tuple(HazardType)), store.hazards()
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
            hazards=hazards,
            traffic=read_traffic(counts, segments(found.network).index) if traffic or counts.exists() else None,
        )
    except ModelError:
        raise NotReadyError(
            message("The assessment of these data is being made. Ask again in a minute, or run: sira assess")
        ) from None
    # by event, not by hazard: the report that puts an event in its place may be one that does not name the device
    mine = incidents[incidents["event_id"].isin(assessment.event_ids)]
    return Ready(
        planner=planner,
        network=found.network,
        assessment=assessment,
        incidents=_most_precise(mine),
        axes=planner.axes(),
        secret=store.secret("pseudonyms"),
    )


def _most_precise(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return for each event the report that puts it in its place, as `geo.events.to_events` does."""
    ranks = {precision.value: rank for rank, precision in enumerate(LocationPrecision)}
    ordered = incidents.assign(
        _rank=incidents["location_precision"].map(ranks), _error=incidents["location_error_km"].fillna(0)
    )
    first = ordered.sort_index().sort_values(["_rank", "_error"], kind="stable").drop_duplicates("event_id")
    return first.drop(columns=["_rank", "_error"]).sort_values("event_id")
