"""The fields of a request for a route: one total parser each, any JSON value gives a value or names the parameter."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from api.base.country import EXTENT
from api.base.query_parameters import parse_choice, shown
from api.layers.query import parse_target
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.reading.coordinates import Position, parse_position
from geo.reading.links import parse_link
from geo.roads.travel import SEASONS, VEHICLES
from models.risk.target import Target

MOST_WAYPOINTS: Final = 25
MOST_EXCLUSIONS: Final = 100
#: Vertices of all excluded polygons together.
MOST_VERTICES: Final = 20_000
MOST_TRACK_POINTS: Final = 100_000
MOST_DAYS: Final = 366
MOST_KM: Final = 100.0
LEAST_CORRIDOR_KM: Final = 0.1
MOST_MINUTES: Final = 10_000.0
_MOST_NAME: Final = 100

#: A place: its name, or longitude and latitude in degrees on WGS 84.
Stop: TypeAlias = str | tuple[float, float]

_POINT: Final = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")
_MONTH: Final = re.compile(r"(?:\d{4}-)?(0?[1-9]|1[0-2])")

TWO_PLACES: Final = message(
    "expected from 2 to {most} places, each a name, [lon, lat] in degrees, or GeoJSON points", most=MOST_WAYPOINTS
)
_KM: Final = message("expected a number of km up to {most}", most=100)
_MINUTES: Final = message("expected a number of minutes from 0 to {most}", most=10_000)
_EDGES: Final = message("expected at most {most} ids of road edges", most=MOST_EXCLUSIONS)
_AREAS: Final = message(
    "expected valid polygons in longitude and latitude as GeoJSON, at most {most} with {vertices} vertices in all",
    most=MOST_EXCLUSIONS,
    vertices=MOST_VERTICES,
)
_LINE: Final = message(
    "expected a GeoJSON LineString or a Feature of one, from 2 to {most} points of longitude and latitude in degrees",
    most=MOST_TRACK_POINTS,
)


def field_error(parameter: str, expected: Message) -> ParameterError:
    return ParameterError(
        message("{parameter}: {expected}.", parameter=parameter, expected=expected), parameter=parameter
    )


def check_known(given: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for name in given:
        if name not in allowed:
            raise ParameterError(
                message(
                    "{parameter}: no such parameter here; expected one of {expected}.",
                    parameter=shown(name) or "body",
                    expected=tuple(allowed),
                ),
                parameter=shown(name) or "body",
            )


def parse_stops(given: Any) -> tuple[Stop, ...]:
    if isinstance(given, dict):
        return parse_geojson_stops(given, "waypoints")
    if not isinstance(given, list):
        raise field_error("waypoints", TWO_PLACES)
    check_count(given, "waypoints")
    return tuple(parse_stop(value, f"waypoints[{number}]") for number, value in enumerate(given))


def check_count(stops: Sequence[object], parameter: str) -> None:
    if not 2 <= len(stops) <= MOST_WAYPOINTS:
        raise field_error(parameter, TWO_PLACES)


def parse_stop(value: Any, parameter: str) -> Stop:
    if isinstance(value, str):
        if (point := _written_point(value, parameter)) is not None:
            return point
        text = " ".join(value.split())
        if not 0 < len(text) <= _MOST_NAME or not text.isprintable():
            raise field_error(
                parameter, message("expected the name of a place, of at most {most} letters", most=_MOST_NAME)
            )
        return text
    if isinstance(value, dict) and "type" in value:
        points = _points_of(value, parameter)
        if len(points) != 1:
            raise field_error(parameter, message("expected one point"))
        return points[0]
    return _lonlat(value, parameter)


def _written_point(text: str, parameter: str) -> tuple[float, float] | None:
    """Return the point that a text writes in whatever way; None of a name.

    Two plain numbers are longitude and latitude, in this order, unless only the other one lies in the country.
    """
    found = parse_position(text, EXTENT)
    if isinstance(found, Position):
        return _lonlat([found.lon, found.lat], parameter)
    if match := _POINT.fullmatch(text):
        return _lonlat([float(match[1]), float(match[2])], parameter)
    if parse_link(text.strip()) is not None:
        raise ParameterError(message("{parameter}: {reason}", parameter=parameter, reason=found), parameter=parameter)
    return None


def _lonlat(value: Any, parameter: str) -> tuple[float, float]:
    # A third number, the height, is what GeoJSON allows; nothing here uses it.
    if isinstance(value, list) and len(value) in (2, 3) and all(_is_number(part) for part in value):
        lon, lat = float(value[0]), float(value[1])
        if abs(lon) <= 180 and abs(lat) <= 90:
            return lon, lat
    raise field_error(
        parameter,
        message("expected the name of a place, or longitude (-180 to 180) and latitude (-90 to 90), in this order"),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def parse_geojson_stops(given: dict[str, Any], parameter: str) -> tuple[Stop, ...]:
    stops = _points_of(given, parameter)
    check_count(stops, parameter)
    return tuple(stops)


def _points_of(given: Any, parameter: str, depth: int = 0) -> list[Stop]:
    """Return the points of a GeoJSON object, in its order; a line's are those it is drawn through."""
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "FeatureCollection" and isinstance(given.get("features"), list) and depth == 0:
        features = given["features"]
        if len(features) <= MOST_WAYPOINTS:
            return [stop for each in features for stop in _points_of(each, parameter, 1)]
    elif kind == "Feature" and depth < 2:
        return _points_of(given.get("geometry"), parameter, 2)
    elif kind == "Point":
        return [_lonlat(given.get("coordinates"), parameter)]
    elif kind in ("MultiPoint", "LineString") and isinstance(given.get("coordinates"), list):
        check_count(given["coordinates"], parameter)
        return [_lonlat(each, f"{parameter}[{number}]") for number, each in enumerate(given["coordinates"])]
    raise field_error(parameter, TWO_PLACES)


def parse_line(given: Any) -> tuple[str, NDArray[np.float64]]:
    name = ""
    if isinstance(given, dict) and given.get("type") == "FeatureCollection":
        features = given.get("features")
        given = features[0] if isinstance(features, list) and len(features) == 1 else None
    if isinstance(given, dict) and given.get("type") == "Feature":
        properties = given.get("properties")
        told = properties.get("name") if isinstance(properties, dict) else None
        name = told if isinstance(told, str) else ""
        given = given.get("geometry")
    coordinates = given.get("coordinates") if isinstance(given, dict) and given.get("type") == "LineString" else None
    if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= MOST_TRACK_POINTS:
        raise field_error("track", _LINE)
    points = [_lonlat(each, f"track[{number}]") for number, each in enumerate(coordinates)]
    return shown(name), np.array(points, dtype=np.float64)


def _text_choice(choices: Sequence[str], parameter: str) -> Callable[[Any], Any]:
    return lambda value: parse_choice(value if isinstance(value, str) else "", choices, parameter=parameter)


def _month(value: Any) -> int:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise field_error("month", message("expected the month of departure, from 1 to 12 or as YYYY-MM"))
    return int(match[1])


def _number(parameter: str, most: float, expected: Message, *, least: float = 0) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        if not _is_number(value) or not least <= value <= most:
            raise field_error(parameter, expected)
        return float(value)

    return parse


def _days(value: Any) -> int:
    if not _is_number(value) or value != int(value) or not 1 <= value <= MOST_DAYS:
        raise field_error("horizon_days", message("expected a whole number of days from 1 to {most}", most=MOST_DAYS))
    return int(value)


def _bool(parameter: str) -> Callable[[Any], bool]:
    def parse(value: Any) -> bool:
        if not isinstance(value, bool):
            raise field_error(parameter, message("expected true or false"))
        return value

    return parse


def _edges(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_EXCLUSIONS:
        raise field_error("exclude_edges", _EDGES)
    if not all(isinstance(each, str) and 0 < len(each) <= _MOST_NAME for each in value):
        raise field_error("exclude_edges", _EDGES)
    return tuple(dict.fromkeys(value))


def _areas(value: Any) -> Mapping[str, BaseGeometry]:
    """Return polygons by name: a Feature's ``name`` or ``id``, else its number."""
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        value = value.get("features")
    features = value if isinstance(value, list) else [value]
    if len(features) > MOST_EXCLUSIONS:
        raise field_error("exclude_areas", _AREAS)
    found: dict[str, BaseGeometry] = {}
    vertices = 0
    for number, feature in enumerate(features):
        name, shape = _area(feature, number)
        vertices += shapely.get_num_coordinates(shape)
        if vertices > MOST_VERTICES:
            raise field_error("exclude_areas", _AREAS)
        found[name if name not in found else f"{name} ({number})"] = shape
    return MappingProxyType(found)


def _area(feature: Any, number: int) -> tuple[str, BaseGeometry]:
    parameter, name, geometry = f"exclude_areas[{number}]", "", feature
    if isinstance(feature, dict) and feature.get("type") == "Feature":
        geometry = feature.get("geometry")
        properties = feature.get("properties")
        told = properties.get("name") if isinstance(properties, dict) else None
        name = next((each for each in (told, feature.get("id")) if isinstance(each, str) and each.strip()), "")
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise field_error(parameter, _AREAS)
    try:
        shape = shapely.from_geojson(orjson.dumps(geometry))
    except shapely.GEOSException:
        raise field_error(parameter, _AREAS) from None
    if shape.is_empty or not shape.is_valid or not _in_range(shape):
        raise field_error(parameter, _AREAS)
    return shown(name) or str(number), shape


def _in_range(shape: BaseGeometry) -> bool:
    west, south, east, north = shape.bounds
    return bool(-180 <= west <= east <= 180 and -90 <= south <= north <= 90)


def _target(value: Any) -> Target:
    return parse_target(value if isinstance(value, str) else "")


PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "target": _target,
        "profile": _text_choice(VEHICLES, "profile"),
        "month": _month,
        "season": _text_choice(SEASONS, "season"),
        "horizon_days": _days,
        "corridor_km": _number("corridor_km", MOST_KM, _KM, least=LEAST_CORRIDOR_KM),
        "max_snap_km": _number("max_snap_km", MOST_KM, _KM),
        "minutes_per_incident": _number("minutes_per_incident", MOST_MINUTES, _MINUTES),
        "alternatives": _bool("alternatives"),
        "exclude_edges": _edges,
        "exclude_areas": _areas,
    }
)
#: What a place is asked about.
PLACE_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "target": _target,
        "horizon_days": _days,
        "radius_km": _number("radius_km", MOST_KM, _KM, least=LEAST_CORRIDOR_KM),
    }
)
NUMBERS: Final = ("horizon_days", "corridor_km", "radius_km", "max_snap_km", "minutes_per_incident")
OPTIONS: Final = tuple(PARSERS)
#: Polygons do not fit into a query string.
TEXT_OPTIONS: Final = tuple(name for name in OPTIONS if name != "exclude_areas")
#: A track is where it is: nothing can be left out of it.
TRACK_OPTIONS: Final = ("target", "profile", "month", "season", "horizon_days", "corridor_km")
