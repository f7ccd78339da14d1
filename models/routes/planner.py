"""What has been recorded along a route, where it is worst, and what else there is: routes, tracks, axes, places."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.boundaries.places import Gazetteer
from geo.boundaries.places import places as shipped_places
from geo.boundaries.regions import Boundaries
from geo.core.crs import GEOD
from geo.core.errors import NotFoundError, OffNetworkError, ParameterError
from geo.core.messages import Message, message
from geo.roads.arcs import Position, Route
from geo.roads.cutting import route_line
from geo.roads.exclusions import (
    Exclusion,
    closed_edges,
    exclude_areas,
    exclude_edges,
    explain_no_route,
    reachable,
    seasonal_closures,
)
from geo.roads.graph import Flags, Floats, Network
from geo.roads.pareto import nondominated, pareto_routes, pick_distinct
from geo.roads.routing import Metric, Router
from geo.roads.snapping import MAX_SNAP_KM, Snapper
from geo.roads.travel import Travel, durations_min, season_of
from models.risk.assessment import Assessment
from models.risk.domain import Domain
from models.risk.inputs import build_domain
from models.routes import words as words
from models.routes.answer import (
    HORIZON_DAYS,
    MOST_ALTERNATIVES,
    Kind,
    PlaceRisk,
    RouteAnswer,
    RouteRequest,
    Snapped,
)
from models.routes.answering import AnswerBuilder, Other
from models.routes.axes import axes_table
from models.routes.lixels import Lixels
from models.routes.near import Rounding
from models.routes.other_roads import classify_alternatives, expected_with_unknown
from models.routes.passages import Traffic
from models.routes.place_risk import risk_around
from models.routes.road_risk import RecordedEvents, RoadRisk
from models.routes.segments import RoadSegments, SegmentValues, segment_table
from models.routes.tracks import Matcher, check_track, off_roads, refuse_exchanged
from models.routes.travelled import Travelled

#: Networks beyond this size have their alternatives merged within a share of each other.
EXACT_EDGES: Final = 20_000
EPSILON: Final = 0.01
#: Weights and corridors kept ready.
_KEPT: Final = 8


class RoutePlanner:
    """Answers for one assessment on one network. Build it once; it may be asked from several threads.

    Attributes
    ----------
    network : Network
    router : Router
    assessment : Assessment
    note : Message or None
        Said where routes are worked out slowly.
    """

    def __init__(
        self,
        risk: RoadRisk,
        router: Router,
        *,
        today: date,
        places: gpd.GeoDataFrame,
        hazards: gpd.GeoDataFrame | None,
        traffic: Traffic | None,
    ) -> None:
        self.assessment: Final = risk.assessment
        self.network: Final = risk.lixels.network
        self.router: Final = router
        self.note: Final = router.note
        self._risk, self._places = risk, places
        self._roads = RoadSegments.of(risk)
        self._snapper = Snapper(self.network)
        self._matcher = Matcher(risk.lixels, router.customise(np.rint(self.network.length_km * 1000)))
        self._answers = AnswerBuilder(risk, self._roads, today=today, places=places, hazards=hazards, traffic=traffic)
        self._metrics: OrderedDict[object, Metric] = OrderedDict()
        self._values: OrderedDict[object, SegmentValues] = OrderedDict()
        self._minutes: dict[Travel, Floats] = {}
        self._lock = threading.RLock()
        self._values_of(None)  # the first answer need not wait for it

    @classmethod
    def build(
        cls,
        assessment: Assessment,
        incidents: gpd.GeoDataFrame,
        boundaries: Boundaries,
        network: Network,
        *,
        today: date,
        domain: Domain | None = None,
        order: NDArray[np.uint32] | None = None,
        hazards: gpd.GeoDataFrame | None = None,
        places: gpd.GeoDataFrame | None = None,
        traffic: Traffic | None = None,
    ) -> RoutePlanner:
        """Fit the roads.

        Parameters
        ----------
        assessment : Assessment
        incidents : GeoDataFrame
            The incident table that it was made from.
        network : Network
        today : date
            For what is out of date, and the status of hazard areas.
        domain : Domain, optional
            The assessment's, where it is built already.
        order : int array, optional
            The network's order of contraction.
        hazards, places : GeoDataFrame, optional
            Tables of hazard areas and places (default: the shipped places).
        traffic : Traffic, optional
            Counts; only with them can one alternative be marked as better.

        Raises
        ------
        ModelError
            If the incidents are not those of the assessment.
        """
        domain = domain or build_domain(boundaries, population_per_km2=assessment.population_per_km2)
        recorded = RecordedEvents.of(assessment, incidents, boundaries, domain)
        risk = RoadRisk(assessment, recorded, Lixels(network), domain)
        table = shipped_places() if places is None else places
        return cls(risk, Router(network, order=order), today=today, places=table, hazards=hazards, traffic=traffic)

    def segments(self, corridor_km: float | None = None, horizon_days: int = HORIZON_DAYS) -> gpd.GeoDataFrame:
        """Return all segments; see `models.routes.segments.segment_table`."""
        self._check_horizon(horizon_days)
        return segment_table(self._values_of(corridor_km), horizon_days)

    def route(self, request: RouteRequest, *, rounding: Rounding | None = None) -> RouteAnswer:
        """Return the route through the waypoints, with what is known of it and what else there is.

        With a `rounding`, incidents are told from rounded positions; see `models.routes.near.Near`.

        Raises
        ------
        ParameterError
            If the request is not one: too few waypoints, or all at one point; a horizon or corridor that
            cannot be answered.
        OffNetworkError
            If a waypoint is too far from any road; says how far.
        NoRouteError
            If no way is left; says what cut it.
        NotFoundError
            If an edge to leave out does not exist.
        """
        self._check(request)
        values = self._values_of(request.corridor_km, rounding)
        travel = Travel(request.profile, season_of(request.month))
        minutes = self._minutes_of(travel)
        exclusions = self._exclusions(request, travel)
        closed = closed_edges(self.network, exclusions) if exclusions else None
        at = [self._snapper.snap(lon, lat, max_km=request.max_snap_km) for lon, lat in request.waypoints]
        found = self._metric(travel, request, values, minutes, closed).through(at)
        if found is None:
            raise self._cut(request, at, exclusions)
        if found.total(self.network.length_km) <= 0:
            raise ParameterError(
                message(
                    "The places are all at one point of the road network: there is no way between them to speak of. "
                    "Ask for what is expected around the place instead."
                ),
                parameter="waypoints",
            )
        way = Travelled.route(self._risk.lixels, found, values)
        others: list[Other] = []
        epsilon = 0.0
        if request.alternatives:
            others, epsilon = self._others((found, way), at, minutes, closed, values, request.horizon_days)
        asked = [
            Snapped(lon, lat, p.lon, p.lat, p.distance_km) for (lon, lat), p in zip(request.waypoints, at, strict=True)
        ]
        return self._answers.answer(
            way,
            values,
            request.horizon_days,
            route_line(self.network, found),
            travel=travel,
            duration_min=found.total(minutes),
            snapped=tuple(asked),
            others=others,
            minutes=minutes,
            more=_about_others(others, epsilon),
        )

    def assess(
        self, line: shapely.LineString, request: RouteRequest | None = None, *, rounding: Rounding | None = None
    ) -> RouteAnswer:
        """Return what is known of a track in lon, lat: on the network where it follows it, as it lies elsewhere.

        Of `request` the horizon, corridor, vehicle and month are used; `rounding` is as for `route`.

        Raises
        ------
        GeometryError
            If it is no track, or its coordinates are exchanged.
        ParameterError
            If the horizon or corridor cannot be answered.
        """
        request = request or RouteRequest(())
        self._check_horizon(request.horizon_days)
        track = check_track(line)
        refuse_exchanged(track, self._risk.domain)
        values = self._values_of(request.corridor_km, rounding)
        travel = Travel(request.profile, season_of(request.month))
        minutes = self._minutes_of(travel)
        parts, duration, off_km = [], 0.0, 0.0
        for part in self._matcher.match(track):
            if isinstance(part, Route):
                parts.append(Travelled.route(self._risk.lixels, part, values))
                duration += part.total(minutes)
                continue
            km = GEOD.geometry_length(part) / 1000
            off_km += km
            parts.append(off_roads(part, values, self._risk.domain, km))
        way = Travelled.joined(parts, values.rasters)
        share_off = off_km / way.length_km if way.length_km else 0.0
        return self._answers.answer(
            way,
            values,
            request.horizon_days,
            track,
            travel=travel,
            duration_min=None if off_km else duration,
            more=[words.off_network(share_off)] if off_km else [],
            share_off=share_off,
        )

    def axes(self, horizon_days: int = HORIZON_DAYS) -> gpd.GeoDataFrame:
        """Return the named axes, most expected recorded incidents per 100 km first; see
        `models.routes.axes.axes_table`."""
        self._check_horizon(horizon_days)
        return axes_table(self._values_of(None), self._risk.lixels, horizon_days, self._between)

    def _between(self, start: str, end: str) -> Route | None:
        """The fastest way between two towns in the dry season; None where one of them is not on the network."""
        travel, values = Travel("light", "dry"), self._values_of(None)
        towns = [Gazetteer.shipped().find(town) for town in (start, end)]
        exclusions = seasonal_closures(self.network, travel)
        closed = closed_edges(self.network, exclusions) if exclusions else None
        try:
            at = [self._snapper.snap(place.lon, place.lat, max_km=MAX_SNAP_KM) for place in towns]
        except OffNetworkError:
            return None
        return self._metric(travel, RouteRequest(()), values, self._minutes_of(travel), closed).through(at)

    def place_risk(
        self,
        place_id: str,
        radius_km: float = 15.0,
        horizon_days: int = HORIZON_DAYS,
        *,
        rounding: Rounding | None = None,
    ) -> PlaceRisk:
        """Return what is expected around a place of the gazetteer; `rounding` is as for `route`.

        Raises
        ------
        NotFoundError
            If there is no such place.
        ParameterError
            If the radius is narrower than the data's positions, or no distance up to 50 km.
        """
        self._check_horizon(horizon_days)
        if place_id not in self._places.index:
            raise NotFoundError(message("There is no place {place}.", place=place_id[:80]))
        values = self._values_of(radius_km, rounding)
        return risk_around(
            self._places.loc[place_id],
            place_id,
            values,
            self._risk,
            horizon_days,
            self._answers.period(horizon_days),
            past=self._answers.past(horizon_days),
            caveats=self._answers.caveats(values, (), horizon_days),
        )

    @property
    def alpha(self) -> float:
        """Overdispersion of counts in corridors, as every interval and probability here has it."""
        return self._risk.alpha()

    def _values_of(self, corridor_km: float | None, rounding: Rounding | None = None) -> SegmentValues:
        corridor = self._risk.corridor(corridor_km)
        key = (corridor.km, corridor.finest_km, corridor.exact_only, rounding)
        with self._lock:
            if key not in self._values:
                self._values[key] = (
                    SegmentValues.of(self._risk, self._roads, corridor)
                    if rounding is None
                    else self._values_of(corridor_km).rounded(rounding)
                )
                while len(self._values) > _KEPT:
                    self._values.popitem(last=False)
            self._values.move_to_end(key)
            return self._values[key]

    def _minutes_of(self, travel: Travel) -> Floats:
        with self._lock:
            if travel not in self._minutes:
                self._minutes[travel] = durations_min(self.network, travel)
            return self._minutes[travel]

    def _metric(
        self, travel: Travel, request: RouteRequest, values: SegmentValues, minutes: Floats, closed: Flags | None
    ) -> Metric:
        soft = request.minutes_per_incident
        weights = minutes
        if soft and values.has_estimates:
            weights = minutes + soft * values.per_edge * (request.horizon_days / values.horizon_days)
        if request.exclude_edges or request.exclude_areas:
            return self.router.customise(weights, closed)
        key = (travel, soft, (values.corridor.km, request.horizon_days) if soft else None)
        with self._lock:
            if key not in self._metrics:
                self._metrics[key] = self.router.customise(weights, closed)
                while len(self._metrics) > _KEPT:
                    self._metrics.popitem(last=False)
            self._metrics.move_to_end(key)
            return self._metrics[key]

    def _exclusions(self, request: RouteRequest, travel: Travel) -> tuple[Exclusion, ...]:
        edges = exclude_edges(self.network, request.exclude_edges) if request.exclude_edges else ()
        areas = exclude_areas(self.network, request.exclude_areas) if request.exclude_areas else ()
        return (*edges, *areas, *seasonal_closures(self.network, travel))

    def _cut(self, request: RouteRequest, at: Sequence[Position], exclusions: Sequence[Exclusion]) -> Exception:
        """The error that says why there is no route: for the first leg that has none."""
        names = request.names or tuple(f"{lon:.4f}, {lat:.4f}" for lon, lat in request.waypoints)
        closed = closed_edges(self.network, exclusions)
        legs = list(zip(pairwise(at), pairwise(names), strict=True))
        cut = [leg for leg in legs if not reachable(self.network, self.router.arcs, *leg[0], closed)]
        (start, end), (origin, destination) = (cut or legs)[0]
        return explain_no_route(self.network, self.router.arcs, start, end, exclusions, (origin, destination))

    def _others(
        self,
        main: tuple[Route, Travelled],
        at: Sequence[Position],
        minutes: Floats,
        closed: Flags | None,
        values: SegmentValues,
        horizon_days: int,
    ) -> tuple[list[Other], float]:
        """Up to five routes that no other beats in time and expected recorded incidents, the fastest first.

        One that is the `main` route has the very same `Travelled`.
        """
        if not values.has_estimates:
            return [], 0.0
        epsilon = 0.0 if self.network.edge_count <= EXACT_EDGES else EPSILON
        found = pareto_routes(
            self.network, minutes, values.per_edge, at, closed=closed, epsilon=epsilon, arcs=self.router.arcs
        )
        few = pick_distinct(found.routes, self.network.length_km, most=MOST_ALTERNATIVES)
        ways = [
            (route, main[1] if _same(route, main[0]) else Travelled.route(self._risk.lixels, route, values))
            for route in (found.routes[i] for i in few)
        ]
        # A part of an edge has its own segments' figures here, which the search shares out evenly.
        costs = np.array(
            [[route.total(minutes), expected_with_unknown(way, values, self.network)] for route, way in ways]
        )
        kept = [ways[i] for i in nondominated(costs)] if len(costs) else []
        kinds = classify_alternatives([way for _, way in kept], values, horizon_days)
        return [(kind, *each) for kind, each in zip(kinds, kept, strict=True)], found.epsilon

    def _check(self, request: RouteRequest) -> None:
        if len(request.waypoints) < 2:
            raise ParameterError(message("A route needs a start and a destination."), parameter="waypoints")
        if request.names and len(request.names) != len(request.waypoints):
            raise ParameterError(message("Give one name for each waypoint, or none."), parameter="names")
        if not (np.isfinite(request.minutes_per_incident) and request.minutes_per_incident >= 0):
            raise ParameterError(
                message("The minutes per incident must be a number from 0 up."), parameter="minutes_per_incident"
            )
        self._check_horizon(request.horizon_days)

    def _check_horizon(self, horizon_days: int) -> None:
        if not 1 <= horizon_days <= self.assessment.horizon_days:
            raise ParameterError(
                message(
                    "The horizon must be 1 to {most} days, not {value}.",
                    most=self.assessment.horizon_days,
                    value=str(horizon_days),
                ),
                parameter="horizon_days",
            )


def _same(one: Route, other: Route) -> bool:
    pairs = ((one.edge, other.edge), (one.start, other.start), (one.end, other.end))
    return all(np.array_equal(first, second) for first, second in pairs)


def _about_others(others: Sequence[Other], epsilon: float) -> list[Message]:
    """What is said of the other roads together."""
    if len(others) < 2:
        return []
    said = [] if any(kind is Kind.FEWER_RECORDED for kind, *_ in others) else [words.NO_FEWER]
    return [*said, words.alternatives_merged(epsilon)] if epsilon else said
