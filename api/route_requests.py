"""What may be asked of a route, as JSON, GeoJSON, a query string or on the command line: total parsers.

Any bytes give an `Asked`, an `AskedTrack`, or an error that names the parameter. Bodies name a field as the query
string does; a list of texts is an array there and separated by semicolons here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from api.dependencies import parse_choice, parse_query, shown
from api.gpx import read_gpx
from api.risk_queries import parse_target
from geo.errors import ParameterError
from geo.messages import Message, message
from geo.network.snapping import MAX_SNAP_KM
from geo.network.travel import SEASONS, VEHICLES, Season, Vehicle, season_of
from models.route_answer import HORIZON_DAYS
from models.target import Target

#: Bytes of a body; a track of a day at one point a second is smaller.
MOST_BYTES: Final = 1_000_000
MOST_TRACK_BYTES: Final = 8_000_000
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
_NUMBER: Final = re.compile(r"\d{1,4}(?:\.\d{1,6})?")
#: A month for whoever names the season alone.
_MONTH_OF: Final[Mapping[Season, int]] = MappingProxyType({"dry": 1, "rainy": 8})
_MONTH: Final = re.compile(r"(?:\d{4}-)?(0?[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Options:
    """How a route or a track is asked about; the fields are those of `models.route_answer.RouteRequest`.

    `month` (1 to 12) is that of departure, `season` what it gives outright; with neither it is the present month.
    """

    target: Target = Target.IED
    profile: Vehicle = "light"
    month: int | None = None
    horizon_days: int = HORIZON_DAYS
    corridor_km: float | None = None
    max_snap_km: float = MAX_SNAP_KM
    minutes_per_incident: float = 0.0
    alternatives: bool = True
    exclude_edges: tuple[str, ...] = ()
    exclude_areas: Mapping[str, BaseGeometry] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Asked:
    """A route asked for: through two or more places, in order."""

    stops: tuple[Stop, ...]
    options: Options


@dataclass(frozen=True, slots=True, eq=False)
class AskedTrack:
    """A track to assess as it lies: points (N, 2), longitude and latitude in degrees on WGS 84."""

    name: str
    points: NDArray[np.float64]
    gaps: int
    options: Options


def parse_route_body(body: bytes) -> Asked:
    """Return the route that a JSON body asks for.

    The body is an object with ``waypoints`` and options; or, where it has a ``type``, GeoJSON: the waypoints alone.
    """
    given = _object(body)
    if "type" in given:
        return Asked(_geojson_stops(given, "waypoints"), Options())
    _known(given, ("waypoints", *OPTIONS))
    if "waypoints" not in given:
        raise _wrong("waypoints", _TWO_PLACES)
    return Asked(_stops(given.pop("waypoints")), _options(given))


def parse_route_query(query: bytes) -> Asked:
    """Return the route that a query string asks for: ``from=&to=&via=`` (several separated by semicolons), options."""
    given: dict[str, Any] = dict(parse_query(query, ("from", "to", "via", *TEXT_OPTIONS, "lang")))
    given.pop("lang", None)
    return parse_route_texts(given)


def parse_route_texts(given: Mapping[str, str]) -> Asked:
    """Return the route asked for by texts under the names of the query string."""
    rest: dict[str, Any] = dict(given)
    for name in ("from", "to"):
        if not rest.get(name):
            raise _wrong(name, message("a place is missing; expected its name, or lon,lat in degrees"))
    via = [text for text in rest.pop("via", "").split(";") if text.strip()]
    names = ["from", *(f"via[{number}]" for number in range(len(via))), "to"]
    texts = [rest.pop("from"), *via, rest.pop("to")]
    _count(texts, "via")
    stops = tuple(_stop(text, name) for name, text in zip(names, texts, strict=True))
    if "exclude_edges" in rest:
        rest["exclude_edges"] = [text.strip() for text in rest["exclude_edges"].split(";") if text.strip()]
    for name in _NUMBERS:
        if name in rest and _NUMBER.fullmatch(rest[name]):  # what is no number is refused below
            rest[name] = float(rest[name]) if "." in rest[name] else int(rest[name])
    if "alternatives" in rest:
        rest["alternatives"] = {"true": True, "false": False}.get(rest["alternatives"], rest["alternatives"])
    return Asked(stops, _options(rest))


def parse_track_body(body: bytes) -> AskedTrack:
    """Return the track that a body holds: a GPX document; a GeoJSON LineString or Feature; or an object with such a
    ``track`` and options."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        track = read_gpx(body, "GPX")
        return AskedTrack(track.name, track.points, track.gaps, Options())
    given = _object(body)
    if "type" in given:
        given = {"track": given}
    _known(given, ("track", *TRACK_OPTIONS))
    name, points = _line(given.pop("track", None))
    return AskedTrack(name, points, 0, _options(given))


def names_of(asked: Asked, *, is_query: bool) -> tuple[str, ...]:
    """Return what the asker calls each stop: ``from``, ``via[0]``, ``to``; or ``waypoints[0]``."""
    count = len(asked.stops)
    if not is_query:
        return tuple(f"waypoints[{number}]" for number in range(count))
    return ("from", *(f"via[{number}]" for number in range(count - 2)), "to")


_TWO_PLACES: Final = message(
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


def _wrong(parameter: str, expected: Message) -> ParameterError:
    return ParameterError(
        message("{parameter}: {expected}.", parameter=parameter, expected=expected), parameter=parameter
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise _wrong("body", message("expected a JSON object"))
    return given


def _known(given: Mapping[str, Any], allowed: Sequence[str]) -> None:
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


def _stops(given: Any) -> tuple[Stop, ...]:
    if isinstance(given, dict):
        return _geojson_stops(given, "waypoints")
    if not isinstance(given, list):
        raise _wrong("waypoints", _TWO_PLACES)
    _count(given, "waypoints")
    return tuple(_stop(value, f"waypoints[{number}]") for number, value in enumerate(given))


def _count(stops: Sequence[object], parameter: str) -> None:
    if not 2 <= len(stops) <= MOST_WAYPOINTS:
        raise _wrong(parameter, _TWO_PLACES)


def _stop(value: Any, parameter: str) -> Stop:
    if isinstance(value, str):
        if match := _POINT.fullmatch(value):
            return _lonlat([float(match[1]), float(match[2])], parameter)
        text = " ".join(value.split())
        if not 0 < len(text) <= _MOST_NAME or not text.isprintable():
            raise _wrong(parameter, message("expected the name of a place, of at most {most} letters", most=_MOST_NAME))
        return text
    if isinstance(value, dict) and "type" in value:
        points = _points_of(value, parameter)
        if len(points) != 1:
            raise _wrong(parameter, message("expected one point"))
        return points[0]
    return _lonlat(value, parameter)


def _lonlat(value: Any, parameter: str) -> tuple[float, float]:
    # A third number, the height, is what GeoJSON allows; nothing here uses it.
    if isinstance(value, list) and len(value) in (2, 3) and all(_is_number(part) for part in value):
        lon, lat = float(value[0]), float(value[1])
        if abs(lon) <= 180 and abs(lat) <= 90:
            return lon, lat
    raise _wrong(
        parameter,
        message("expected the name of a place, or longitude (-180 to 180) and latitude (-90 to 90), in this order"),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _geojson_stops(given: dict[str, Any], parameter: str) -> tuple[Stop, ...]:
    stops = _points_of(given, parameter)
    _count(stops, parameter)
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
        _count(given["coordinates"], parameter)
        return [_lonlat(each, f"{parameter}[{number}]") for number, each in enumerate(given["coordinates"])]
    raise _wrong(parameter, _TWO_PLACES)


def _line(given: Any) -> tuple[str, NDArray[np.float64]]:
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
        raise _wrong("track", _LINE)
    points = [_lonlat(each, f"track[{number}]") for number, each in enumerate(coordinates)]
    return shown(name), np.array(points, dtype=np.float64)


def _options(given: Mapping[str, Any]) -> Options:
    _known(given, OPTIONS)
    found = {name: _PARSERS[name](value) for name, value in given.items() if value is not None}
    season = found.pop("season", None)
    if season is not None and season_of(found.setdefault("month", _MONTH_OF[season])) != season:
        raise ParameterError(
            message("season: {season} does not go with the month {month}.", season=season, month=found["month"]),
            parameter="season",
        )
    return Options(**found)


def _text_choice(choices: Sequence[str], parameter: str) -> Callable[[Any], Any]:
    return lambda value: parse_choice(value if isinstance(value, str) else "", choices, parameter=parameter)


def _month(value: Any) -> int:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise _wrong("month", message("expected the month of departure, from 1 to 12 or as YYYY-MM"))
    return int(match[1])


def _number(parameter: str, most: float, expected: Message, *, least: float = 0) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        if not _is_number(value) or not least <= value <= most:
            raise _wrong(parameter, expected)
        return float(value)

    return parse


def _days(value: Any) -> int:
    if not _is_number(value) or value != int(value) or not 1 <= value <= MOST_DAYS:
        raise _wrong("horizon_days", message("expected a whole number of days from 1 to {most}", most=MOST_DAYS))
    return int(value)


def _bool(parameter: str) -> Callable[[Any], bool]:
    def parse(value: Any) -> bool:
        if not isinstance(value, bool):
            raise _wrong(parameter, message("expected true or false"))
        return value

    return parse


def _edges(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_EXCLUSIONS:
        raise _wrong("exclude_edges", _EDGES)
    if not all(isinstance(each, str) and 0 < len(each) <= _MOST_NAME for each in value):
        raise _wrong("exclude_edges", _EDGES)
    return tuple(dict.fromkeys(value))


def _areas(value: Any) -> Mapping[str, BaseGeometry]:
    """Return polygons by name: a Feature's ``name`` or ``id``, else its number."""
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        value = value.get("features")
    features = value if isinstance(value, list) else [value]
    if len(features) > MOST_EXCLUSIONS:
        raise _wrong("exclude_areas", _AREAS)
    found: dict[str, BaseGeometry] = {}
    vertices = 0
    for number, feature in enumerate(features):
        name, shape = _area(feature, number)
        vertices += shapely.get_num_coordinates(shape)
        if vertices > MOST_VERTICES:
            raise _wrong("exclude_areas", _AREAS)
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
        raise _wrong(parameter, _AREAS)
    try:
        shape = shapely.from_geojson(orjson.dumps(geometry))
    except shapely.GEOSException:
        raise _wrong(parameter, _AREAS) from None
    if shape.is_empty or not shape.is_valid or not _in_range(shape):
        raise _wrong(parameter, _AREAS)
    return shown(name) or str(number), shape


def _in_range(shape: BaseGeometry) -> bool:
    west, south, east, north = shape.bounds
    return bool(-180 <= west <= east <= 180 and -90 <= south <= north <= 90)


def _target(value: Any) -> Target:
    return parse_target(value if isinstance(value, str) else "")


_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
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
_NUMBERS: Final = ("horizon_days", "corridor_km", "max_snap_km", "minutes_per_incident")
OPTIONS: Final = tuple(_PARSERS)
#: Polygons do not fit into a query string.
TEXT_OPTIONS: Final = tuple(name for name in OPTIONS if name != "exclude_areas")
#: A track is where it is: nothing can be left out of it.
TRACK_OPTIONS: Final = ("target", "profile", "month", "season", "horizon_days", "corridor_km")
