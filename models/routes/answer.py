"""What is asked of a route and what is answered: plain values, with every sentence as a `Message`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.core.messages import Message, message
from geo.roads.travel import Travel, Vehicle
from models.risk.windows import Window

#: Half of a corridor's width unless asked otherwise, and the length of a forecast.
CORRIDOR_KM: Final = 15.0
HORIZON_DAYS: Final = 30
#: Alternatives shown at most.
MOST_ALTERNATIVES: Final = 5


class Coverage(StrEnum):
    """How well the surroundings of a road are observed, as `geo.counting.reporting` judges their cercle."""

    ASSESSED = "assessed"
    UNDER_OBSERVED = "under_observed"
    NOT_ASSESSED = "not_assessed"


class Kind(StrEnum):
    """What an alternative is. There is no "safest", and "fewer" only where the difference is larger than chance."""

    FASTEST = "fastest"
    FEWER_RECORDED = "fewer_recorded_incidents"
    OTHER = "other"


KINDS: Final = {
    Kind.FASTEST: message("fastest"),
    Kind.FEWER_RECORDED: message("fewer recorded incidents expected than on the fastest"),
    Kind.OTHER: message("another road"),
}


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """A question for a route.

    Attributes
    ----------
    waypoints : tuple of (lon, lat)
        Start, points on the way, destination, in degrees on WGS 84.
    horizon_days : int
        From the date of the assessment on; at most that of the assessment.
    corridor_km : float, optional
        Distance from the road up to which incidents count; None takes 15 km, or more where the data's positions are
        coarser.
    profile : {"light", "truck"}
    month : int
        Of departure, 1 to 12: in the rains some roads are closed, and all are slower.
    exclude_edges : tuple of str
        Ids of road edges to leave out.
    exclude_areas : mapping of str to polygon
        Named polygons in lon, lat to leave out.
    alternatives : bool
        Whether other routes are looked for.
    minutes_per_incident : float
        Minutes of detour that one expected recorded incident less is worth; 0 takes the fastest route. Never a wall:
        however large, a route is found wherever there is one.
    max_snap_km : float
        How far a waypoint may lie from the network.
    names : tuple of str
        Of the waypoints, for sentences; coordinates where it is empty.
    """

    waypoints: tuple[tuple[float, float], ...]
    horizon_days: int = HORIZON_DAYS
    corridor_km: float | None = None
    profile: Vehicle = "light"
    month: int = 1
    exclude_edges: tuple[str, ...] = ()
    exclude_areas: Mapping[str, BaseGeometry] = field(default_factory=dict)
    alternatives: bool = True
    minutes_per_incident: float = 0.0
    max_snap_km: float = 10.0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapped:
    """A waypoint and the point of the network that stands for it."""

    lon: float
    lat: float
    on_lon: float
    on_lat: float
    distance_km: float


@dataclass(frozen=True, slots=True)
class RouteSegment:
    """A segment of a route, as far as it is travelled.

    `segment_id` is a row of the planner's segment table, empty for a piece of a track that lies off the network.
    `share` is the part of the segment that is travelled, `expected` the incidents of that part. `relative_rate` is the
    rate per road-km over the national median; `band`, `coverage` and what follows describe the whole segment.
    None stands for what is not known, and for the interval where 95 % of the outcomes are 0. `abroad` says that some
    of it lies outside the country.
    """

    segment_id: str
    from_km: float
    to_km: float
    share: float
    ref: str | None
    name: str | None
    expected: float | None
    low: float | None
    high: float | None
    probability_any: float | None
    relative_rate: float | None
    band: str
    n_incidents: int
    last_incident: date | None
    imprecise_share: float | None
    coverage: Coverage
    abroad: bool
    schematic: bool
    ferry: bool
    corridor_km: float
    geometry: shapely.LineString

    @property
    def length_km(self) -> float:
        """Length travelled."""
        return self.to_km - self.from_km


@dataclass(frozen=True, slots=True)
class Unknown:
    """A stretch of which nothing is said: outside the country (`abroad`), or in a cercle that is not assessed."""

    from_km: float
    to_km: float
    abroad: bool


@dataclass(frozen=True, slots=True)
class Passages:
    """Expected recorded incidents per passage of one vehicle, where traffic was counted.

    `low` and `high` hold 90 %; `counted_share` is the part of the length with counts, and the figures are None where
    it is not whole. `better_than_fastest` is the probability that this route has the lower figure, `better` whether
    that is enough to mark it.
    """

    expected: float | None
    low: float | None
    high: float | None
    counted_share: float
    better_than_fastest: float | None = None
    better: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the routes that no other beats in both time and expected recorded incidents.

    `known_km` is the length that `expected_incidents` speaks of; where it is not all, there is no probability.
    `duration_min` is rounded, since the speeds are assumed.
    """

    kind: Kind
    length_km: float
    known_km: float
    duration_min: float
    expected_incidents: float | None
    low: float | None
    high: float | None
    probability_any: float | None
    share_not_assessed: float
    share_under_observed: float
    worst: tuple[str, ...]
    geometry: shapely.LineString
    passages: Passages | None = None

    @property
    def label(self) -> Message:
        """What it is called."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Something on the way: a place, an airstrip or a hazard area. `id` leads to its row where it comes from.

    `at_km` is where along the route it is nearest; `distance_km` how far from it, 0 where the route crosses it.
    `detail` is the kind of a place, or the status of a hazard area.
    """

    id: str
    name: str
    detail: str
    at_km: float
    distance_km: float


@dataclass(frozen=True, slots=True)
class NearIncident:
    """An incident within the corridor of a route, by id; what of it may be shown is for the caller to decide."""

    id: str
    date: date
    at_km: float
    distance_km: float
    precise: bool


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """A route, or a track, and what is known of it.

    Attributes
    ----------
    length_km, duration_min : float
        The duration is rounded, since the speeds are assumed: those of `travel`. Of a track it is None where a part
        of it lies off the network.
    known_km : float
        The part of the length of which something is said: in the country, in cercles that are assessed.
    unknown : tuple of Unknown
        The rest, in the order of travel; empty where there is no estimate for any road.
    expected_incidents, low, high : float, optional
        Expected recorded incidents in the corridor of the known part and in the horizon, and the counts between which
        90 % of the outcomes lie; the segments' expectations add up to it. None without an estimate; the interval is
        None, too, where 95 % of the outcomes are 0.
    probability_any : float, optional
        Of at least one recorded incident in the corridor and horizon; None unless the whole length is known.
    frequency : float, optional
        The route's own: share of the windows as long as the horizon, in the 12 months before, with at least one; None
        unless the whole length is known.
    segments : tuple of RouteSegment
        In order of travel.
    worst : tuple of str
        Ids of the segments with the highest rates, highest first.
    alternatives : tuple of Alternative
        The fastest first; at most five, any two differ by a fifth of their length.
    caveats : tuple of Message
        All are to be shown.
    incidents : tuple of NearIncident
        Latest first.
    hazard_areas, ended_areas : tuple of Nearby
        Hazard areas that the route crosses or passes, worst status first; those that were reduced, cancelled, cleared
        or released apart.
    share_off_network : float
        Part of a track's length that follows no road of the network; 0 for a route.
    corridor_km, widest_km : float
        Half-width asked for (or chosen), and the widest used where roads are drawn inexactly.
    start, end : date
        The period [start, end).
    newest : date
        Of the newest record.
    past : Message, optional
        What is said first where the period is over, or the newest record so old that this is no current forecast.
    synthetic : bool
        Whether anything here is invented: what the estimate was made from, or a hazard area on the way.
    """

    length_km: float
    known_km: float
    unknown: tuple[Unknown, ...]
    duration_min: float | None
    travel: Travel
    expected_incidents: float | None
    low: float | None
    high: float | None
    probability_any: float | None
    frequency: float | None
    segments: tuple[RouteSegment, ...]
    worst: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    caveats: tuple[Message, ...]
    geometry: shapely.LineString
    share_not_assessed: float
    share_under_observed: float
    share_off_network: float
    snapped: tuple[Snapped, ...]
    hazard_areas: tuple[Nearby, ...]
    ended_areas: tuple[Nearby, ...]
    places: tuple[Nearby, ...]
    airstrips: tuple[Nearby, ...]
    incidents: tuple[NearIncident, ...]
    ferries: int
    schematic: bool
    corridor_km: float
    widest_km: float
    horizon_days: int
    start: date
    end: date
    newest: date
    past: Message | None
    synthetic: bool
    passages: Passages | None = None

    @property
    def window(self) -> Window:
        """The days that the figures are of."""
        return Window(self.start, self.end, self.newest)


@dataclass(frozen=True, slots=True)
class PlaceRisk:
    """Expected recorded incidents around a place over the horizon; None where there is no estimate.

    They are those of `known_share` of the circle: what lies in the country, in cercles that are assessed. Where that is
    not all of it, there is no probability.
    """

    place_id: str
    name: str
    kind: str
    radius_km: float
    known_share: float
    expected_incidents: float | None
    low: float | None
    high: float | None
    probability_any: float | None
    n_incidents: int
    last_incident: date | None
    coverage: Coverage
    horizon_days: int
    start: date
    end: date
    past: Message | None
    synthetic: bool
    caveats: tuple[Message, ...]
