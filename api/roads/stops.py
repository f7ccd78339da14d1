"""From what was asked to the planner's answer: names become points, and errors name the stop that they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import shapely

from api.base.access import ROUNDED_DECIMALS, ROUNDING_ERROR_KM, Caller, Kind
from api.base.assessments import today
from api.roads.planners import ReadyPlanner
from api.roads.requests import RouteOptions, RouteQuery, TrackQuery
from geo.boundaries.places import Gazetteer, Place
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.errors import OffNetworkError, ParameterError, PlaceNameError, SiraError, UnknownNameError
from geo.core.messages import Message, message
from models.routes.answer import RouteAnswer, RouteRequest
from models.routes.near import Rounding

_LEVELS: Final = {"region": message("region"), "cercle": message("cercle"), "commune": message("commune")}


class StopNameError(PlaceNameError, ParameterError):
    """A stop's name leads to no single place; `parameter` says which stop, `candidates` what may be meant."""

    def __init__(self, message: Message, *, parameter: str, candidates: tuple[str, ...]) -> None:
        SiraError.__init__(self, message)  # the two parents take different arguments
        self.candidates, self.parameter = candidates, parameter


class StopOffNetworkError(OffNetworkError, ParameterError):
    """A stop lies too far from the network; `parameter` says which, `distance_km` how far."""

    def __init__(self, message: Message, *, parameter: str, distance_km: float) -> None:
        SiraError.__init__(self, message)
        self.distance_km, self.parameter = distance_km, parameter


@dataclass(frozen=True, slots=True)
class Stops:
    """The places of a request, resolved: what the asker calls each, its name for sentences, and its point."""

    parameters: tuple[str, ...]
    names: tuple[str, ...]
    points: tuple[tuple[float, float], ...]


def resolve_stops(
    asked: RouteQuery, parameters: tuple[str, ...], gazetteer: Gazetteer, boundaries: Boundaries
) -> Stops:
    """Return the points of a request's stops.

    Raises
    ------
    StopNameError
        If a name is of no place or of several.
    """
    names, points = [], []
    for parameter, stop in zip(parameters, asked.stops, strict=True):
        if isinstance(stop, str):
            place = find_place(stop, parameter, gazetteer, boundaries)
            names.append(place.name)
            points.append((place.lon, place.lat))
        else:
            lon, lat = stop
            names.append(f"{lon:.4f}, {lat:.4f}")
            points.append(stop)
    return Stops(parameters, tuple(names), tuple(points))


def find_place(name: str, parameter: str, gazetteer: Gazetteer, boundaries: Boundaries) -> Place:
    """Return the place of a name or id, by any spelling; `StopNameError` names the parameter and what may be meant."""
    try:
        return gazetteer.find(name)
    except PlaceNameError as error:
        units = boundaries.matches(name, vintage=DEFAULT_VINTAGE) if isinstance(error, UnknownNameError) else ()
        if units:
            said = message(
                "{parameter}: {name} is a {level}, not a point on a road; name a town, or lon,lat in degrees.",
                parameter=parameter,
                name=units[0].name,
                level=_LEVELS[units[0].level],
            )
            raise StopNameError(said, parameter=parameter, candidates=error.candidates) from None
        said = message("{parameter}: {reason}", parameter=parameter, reason=error.message)
        raise StopNameError(said, parameter=parameter, candidates=error.candidates) from None


def request_of(stops: Stops, options: RouteOptions, today: date) -> RouteRequest:
    """Return what the planner is asked."""
    return RouteRequest(
        waypoints=stops.points,
        horizon_days=options.horizon_days,
        corridor_km=options.corridor_km,
        profile=options.profile,
        month=options.month or today.month,
        exclude_edges=options.exclude_edges,
        exclude_areas=options.exclude_areas,
        alternatives=options.alternatives,
        minutes_per_incident=options.minutes_per_incident,
        max_snap_km=options.max_snap_km,
        names=stops.names,
    )


def naming_the_stop(error: OffNetworkError, stops: Stops) -> OffNetworkError:
    """Return the error with the stop that it speaks of, which it names by its coordinates."""
    told = error.message.params.get("lon"), error.message.params.get("lat")
    for parameter, name, (lon, lat) in zip(stops.parameters, stops.names, stops.points, strict=True):
        if told == (round(lon, 4), round(lat, 4)):
            return StopOffNetworkError(
                message("{parameter} ({name}): {reason}", parameter=parameter, name=name, reason=error.message),
                parameter=parameter,
                distance_km=error.distance_km,
            )
    return error


def rounding_for(caller: Caller) -> Rounding | None:
    """Return how positions are rounded before a `caller` is told what lies in a corridor; None where they are not."""
    return None if caller.may(Kind.EXACT_POINTS) else Rounding(ROUNDED_DECIMALS, ROUNDING_ERROR_KM)


def plan_route(ready: ReadyPlanner, asked: RouteQuery, stops: Stops, caller: Caller) -> RouteAnswer:
    """Return the planner's answer for `caller`; an error about a stop names it as the asker does."""
    try:
        return ready.planner.route(request_of(stops, asked.options, today()), rounding=rounding_for(caller))
    except OffNetworkError as error:
        raise naming_the_stop(error, stops) from None


def plan_track(ready: ReadyPlanner, asked: TrackQuery, caller: Caller) -> RouteAnswer:
    """Return the planner's answer for a track to `caller`."""
    options, line = asked.options, shapely.LineString(asked.points)
    if line.length == 0:
        raise ParameterError(message("track: all its points are at one place."), parameter="track")
    request = RouteRequest(
        (),
        horizon_days=options.horizon_days,
        corridor_km=options.corridor_km,
        profile=options.profile,
        month=options.month or today().month,
    )
    return ready.planner.assess(line, request, rounding=rounding_for(caller))
