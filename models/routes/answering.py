"""Puts together what is answered about a route: figures, what lies beside it, alternatives, caveats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.boundaries.grid import to_metric
from geo.core.messages import Message
from geo.hazards.areas import status_at
from geo.hazards.schema import RELEASED_STATUSES, HazardStatus
from geo.roads.arcs import Route
from geo.roads.cutting import route_line
from geo.roads.graph import Floats
from geo.roads.travel import Travel, assumed_minutes
from models.risk.target import Target, target_title
from models.routes import words as words
from models.routes.answer import Alternative, Coverage, Kind, Nearby, NearIncident, Passages, RouteAnswer, Snapped
from models.routes.passages import Traffic, passages
from models.routes.probability import LEAST_LOCATED, Frequency, probability_any
from models.routes.road_risk import RoadRisk
from models.routes.segments import RoadSegments, SegmentValues, count_interval
from models.routes.travelled import Travelled, in_metres, near_incidents, none_if_nan, own_frequency, segments_of

#: One of the other routes: what it is, its way on the network, what it passes.
Other: TypeAlias = tuple[Kind, Route, Travelled]

PLACE_KM: Final = 5.0
#: A hazard area within this distance, beside what the road may be off, is passed.
HAZARD_KM: Final = 1.0
AIRSTRIP_KM: Final = 10.0
_TOWNS: Final = ("town", "village")
_AIRSTRIPS: Final = ("airstrip",)


#: The worst first; the rest have ended.
_PRESENT: Final = (HazardStatus.CONFIRMED, HazardStatus.SUSPECTED)


class AnswerBuilder:
    """What every answer made from one assessment on one network has in common.

    Parameters
    ----------
    risk : RoadRisk
    roads : Roads
    today : date
        For how old the window of an answer is, and the status of hazard areas.
    places, hazards : GeoDataFrame
    traffic : Traffic, optional
    """

    def __init__(
        self,
        risk: RoadRisk,
        roads: RoadSegments,
        *,
        today: date,
        places: gpd.GeoDataFrame,
        hazards: gpd.GeoDataFrame | None,
        traffic: Traffic | None,
    ) -> None:
        self._assessment: Final = risk.assessment
        self._network: Final = risk.lixels.network
        self._roads, self._today, self._traffic = roads, today, traffic
        self._towns, self._airstrips = towns(places), airstrips(places)
        self._hazards = None
        self._invented: frozenset[str] = frozenset()
        if hazards is not None and len(hazards):
            now = hazards.assign(now=status_at(hazards, today))
            self._hazards = NearbyShapes(now[now["now"].notna()], "now")
            self._invented = frozenset(hazards.index[hazards["synthetic"]].astype(str))

    def past(self, horizon_days: int) -> Message | None:
        """Return what is said first where the window of an answer is over."""
        return self._assessment.window(horizon_days).notice(self._today)

    def answer(
        self,
        way: Travelled,
        values: SegmentValues,
        horizon_days: int,
        line: shapely.LineString,
        *,
        travel: Travel,
        duration_min: float | None,
        snapped: tuple[Snapped, ...] = (),
        others: Sequence[Other] = (),
        minutes: Floats | None = None,
        more: Sequence[Message] = (),
        share_off: float = 0.0,
    ) -> RouteAnswer:
        """Return the answer for what is passed on the way; `minutes` (E,) are needed for `others`."""
        start, end = self.period(horizon_days)
        incidents = near_incidents(way, values)
        expected, low, high = self._expected(way, values, horizon_days)
        own = own_frequency(incidents, way.located, start, horizon_days) if way.is_whole else None
        segments = segments_of(way, values, horizon_days)
        metric = in_metres(np.array([line]))[0]
        error_km = float(max(way.half_km.max(initial=0.0) - values.corridor.km, 0.0))
        areas = self._hazards.near(metric, error_km + HAZARD_KM) if self._hazards else ()
        present, ended = by_status(areas)
        invented = any(each.id in self._invented for each in areas)
        figures: list[Passages] = []
        if self._traffic is not None and values.has_estimates:
            figures = passages(self._traffic, values, [each for _, _, each in others] or [way])
        alternatives = tuple(
            self._alternative(
                *each,
                incidents if each[2] is way else near_incidents(each[2], values),
                values,
                horizon_days,
                minutes,
                figures[i] if figures else None,
            )
            for i, each in enumerate(others)
        )
        return RouteAnswer(
            length_km=way.length_km,
            known_km=way.known_km,
            unknown=way.unknown() if values.has_estimates else (),
            duration_min=None if duration_min is None else assumed_minutes(duration_min),
            travel=travel,
            expected_incidents=expected,
            low=low,
            high=high,
            probability_any=_any(expected, way, values, own),
            frequency=None if own is None else own.share,
            segments=segments,
            worst=way.worst(values),
            alternatives=alternatives,
            caveats=(
                *([words.INVENTED_AREAS] if invented and not self._assessment.synthetic else []),
                *self.caveats(values, figures, horizon_days),
                *self._about(way, values, segments),
                *([] if duration_min is None else [words.assumed_time(travel)]),
                *more,
            ),
            geometry=line,
            share_not_assessed=way.share_of(Coverage.NOT_ASSESSED),
            share_under_observed=way.share_of(Coverage.UNDER_OBSERVED),
            share_off_network=share_off,
            snapped=snapped,
            hazard_areas=present,
            ended_areas=ended,
            places=self._towns.near(metric, PLACE_KM),
            airstrips=self._airstrips.near(metric, AIRSTRIP_KM),
            incidents=incidents,
            ferries=len({each.segment_id.split("-")[0] for each in segments if each.ferry}),
            schematic=any(each.schematic for each in segments),
            corridor_km=values.corridor.km,
            widest_km=float(way.half_km.max(initial=values.corridor.km)),
            horizon_days=horizon_days,
            start=start,
            end=end,
            newest=self._assessment.newest,
            past=self.past(horizon_days),
            synthetic=self._assessment.synthetic or invented,
            passages=figures[0] if figures and not others else None,
        )

    def _alternative(
        self,
        kind: Kind,
        route: Route,
        way: Travelled,
        incidents: Sequence[NearIncident],
        values: SegmentValues,
        horizon_days: int,
        minutes: Floats | None,
        passed: Passages | None,
    ) -> Alternative:
        expected, low, high = self._expected(way, values, horizon_days)
        own = own_frequency(incidents, way.located, self._assessment.t0, horizon_days) if way.is_whole else None
        return Alternative(
            kind=kind,
            length_km=way.length_km,
            known_km=way.known_km,
            duration_min=0.0 if minutes is None else assumed_minutes(route.total(minutes)),
            expected_incidents=expected,
            low=low,
            high=high,
            probability_any=_any(expected, way, values, own),
            share_not_assessed=way.share_of(Coverage.NOT_ASSESSED),
            share_under_observed=way.share_of(Coverage.UNDER_OBSERVED),
            worst=way.worst(values),
            geometry=route_line(self._network, route),
            passages=passed,
        )

    def _expected(
        self, way: Travelled, values: SegmentValues, horizon_days: int
    ) -> tuple[float | None, float | None, float | None]:
        total = way.total * (horizon_days / values.horizon_days)
        low, high = count_interval(np.array([total]), values.alpha)
        return none_if_nan(total), none_if_nan(low[0]), none_if_nan(high[0])

    def caveats(self, values: SegmentValues, figures: Sequence[Passages], horizon_days: int) -> tuple[Message, ...]:
        """What stands on every answer."""
        past = self.past(horizon_days)
        said = [] if past is None else [past]
        if self._assessment.synthetic:
            said.append(words.SYNTHETIC)
        if self._assessment.target is not Target.IED:
            said.append(target_title(self._assessment.target))
        said += words.NO_CERTIFICATE
        if not values.has_estimates:
            return (*said, words.NO_ESTIMATE)
        said.append(words.NOT_PER_TRIP)
        if values.corridor.caveat is not None:
            said.append(values.corridor.caveat)
        if not figures:
            said.append(words.FEWER_RECORDS)
        else:
            whole = all(each.expected is not None for each in figures)
            said.append(words.ALL_COUNTED if whole else words.SOME_COUNTED)
        return tuple(said)

    def _about(self, way: Travelled, values: SegmentValues, segments: Sequence[object]) -> tuple[Message, ...]:
        """What is said of this route."""
        said: list[Message] = []
        if self._roads.schematic[way.segment[way.segment >= 0]].any():
            said.append(words.SCHEMATIC)
        if values.has_estimates and not way.is_whole:
            said.append(words.partly_known_way(way.known_km, way.length_km, way.unknown()))
        if (share := way.share_of(Coverage.UNDER_OBSERVED)) > 0:
            said.append(words.under_observed(share))
        if way.is_whole and way.located < LEAST_LOCATED:
            said.append(words.NO_FREQUENCY)
        crossed = np.unique(self._roads.edge[way.segment[way.segment >= 0]])
        count = int(self._network.ferry[crossed].sum())
        if count:
            said.append(words.ferries(count))
        return tuple(said)

    def period(self, horizon_days: int) -> tuple[date, date]:
        """Return the first day of the forecast, and the day after its last."""
        return self._assessment.t0, self._assessment.t0 + timedelta(days=horizon_days)


def _any(expected: float | None, way: Travelled, values: SegmentValues, own: Frequency | None) -> float | None:
    """Return the probability of at least one; None where part of the way is not known."""
    if expected is None or not way.is_whole:
        return None
    return probability_any(expected, values.alpha, own)


class NearbyShapes:
    """Shapes that a route may pass, with their names.

    Parameters
    ----------
    table : GeoDataFrame
        In lon, lat, with a ``name``.
    detail : str
        The column that is answered beside the name.
    """

    def __init__(self, table: gpd.GeoDataFrame, detail: str) -> None:
        self._ids = table.index.astype(str).to_numpy(object)
        self._names = table["name"].to_numpy(object)
        self._details = table[detail].to_numpy(object)
        self._shapes: NDArray[np.object_] = to_metric(table.geometry.to_numpy())
        self._tree = shapely.STRtree(self._shapes)

    def near(self, line: shapely.LineString, km: float) -> tuple[Nearby, ...]:
        """Return what lies within `km` of a line in the metric CRS, in the order of travel."""
        if line.is_empty:
            return ()
        found = self._tree.query(line, predicate="dwithin", distance=km * 1000)
        shapes = self._shapes[found]
        distance = shapely.distance(line, shapes)
        # Where it comes nearest; for an area that the line crosses, a point of the crossing.
        nearest = shapely.get_point(shapely.shortest_line(line, shapes), 0)
        at = shapely.line_locate_point(line, nearest)
        order = np.argsort(at, kind="stable")
        return tuple(
            Nearby(
                self._ids[row],
                str(self._names[row]),
                str(self._details[row]),
                float(at[i] / 1000),
                float(distance[i] / 1000),
            )
            for i, row in ((int(i), int(found[i])) for i in order)
        )


def by_status(areas: Sequence[Nearby]) -> tuple[tuple[Nearby, ...], tuple[Nearby, ...]]:
    """Return the hazard areas of today, worst status first and then in the order of travel, and those that ended."""
    present = [each for each in areas if each.detail not in RELEASED_STATUSES]
    ended = tuple(each for each in areas if each.detail in RELEASED_STATUSES)
    return tuple(sorted(present, key=lambda each: _PRESENT.index(HazardStatus(each.detail)))), ended


def towns(places: gpd.GeoDataFrame) -> NearbyShapes:
    """Return towns and villages."""
    return NearbyShapes(places[places["kind"].isin(_TOWNS)], "kind")


def airstrips(places: gpd.GeoDataFrame) -> NearbyShapes:
    """Return airstrips."""
    return NearbyShapes(places[places["kind"].isin(_AIRSTRIPS)], "kind")
