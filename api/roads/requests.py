"""What may be asked of a route, as JSON, GeoJSON, a query string or on the command line: total parsers.

Any bytes give a `RouteQuery`, a `TrackQuery`, or an error that names the parameter. Options have the same names
everywhere; beside a body they may stand in the query string, each once. A list of texts is an array in a body and
separated by semicolons in a query string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from api.base.query_parameters import parse_lang, parse_query
from api.roads.fields import (
    NUMBERS,
    OPTIONS,
    PARSERS,
    TEXT_OPTIONS,
    TRACK_OPTIONS,
    TWO_PLACES,
    Stop,
    check_count,
    check_known,
    field_error,
    parse_geojson_stops,
    parse_line,
    parse_stop,
    parse_stops,
)
from api.roads.formats import parse_format
from api.roads.gpx import read_gpx
from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.roads.snapping import MAX_SNAP_KM
from geo.roads.travel import Season, Vehicle, season_of
from models.risk.target import Target
from models.routes.answer import HORIZON_DAYS

#: Bytes of a body; a track of a day at one point a second is smaller.
MOST_BYTES: Final = 1_000_000
MOST_TRACK_BYTES: Final = 8_000_000

_NUMBER: Final = re.compile(r"\d{1,4}(?:\.\d{1,6})?")
#: A month for whoever names the season alone.
_MONTH_OF: Final[Mapping[Season, int]] = MappingProxyType({"dry": 1, "rainy": 8})


@dataclass(frozen=True, slots=True)
class RouteOptions:
    """How a route or a track is asked about; the fields are those of `models.routes.answer.RouteRequest`.

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
class RouteQuery:
    """A route asked for: through two or more places, in order."""

    stops: tuple[Stop, ...]
    options: RouteOptions


@dataclass(frozen=True, slots=True, eq=False)
class TrackQuery:
    """A track to assess as it lies: points (N, 2), longitude and latitude in degrees on WGS 84."""

    name: str
    points: NDArray[np.float64]
    gaps: int
    options: RouteOptions


def parse_route_body(body: bytes, query: bytes = b"") -> RouteQuery:
    """Return the route that a JSON body asks for.

    The body is an object with ``waypoints`` and options; or, where it has a ``type``, GeoJSON: the waypoints alone.
    """
    given = _object(body)
    if "type" in given:
        given = {"waypoints": parse_geojson_stops(given, "waypoints")}
    else:
        check_known(given, ("waypoints", *OPTIONS))
        if "waypoints" not in given:
            raise field_error("waypoints", TWO_PLACES)
        given["waypoints"] = parse_stops(given["waypoints"])
    return RouteQuery(given.pop("waypoints"), _options(_joined(given, _texts(query, TEXT_OPTIONS))))


def parse_route_query(query: bytes) -> RouteQuery:
    """Return the route that a query string asks for: ``from=&to=&via=`` (several separated by semicolons), options."""
    return parse_route_texts(_texts(query, ("from", "to", "via", *TEXT_OPTIONS)))


def parse_route_texts(given: Mapping[str, str]) -> RouteQuery:
    """Return the route asked for by texts under the names of the query string."""
    rest = dict(given)
    for name in ("from", "to"):
        if not rest.get(name):
            raise field_error(name, message("a place is missing; expected its name, or lon,lat in degrees"))
    via = [text for text in rest.pop("via", "").split(";") if text.strip()]
    names = ["from", *(f"via[{number}]" for number in range(len(via))), "to"]
    texts = [rest.pop("from"), *via, rest.pop("to")]
    check_count(texts, "via")
    stops = tuple(parse_stop(text, name) for name, text in zip(names, texts, strict=True))
    return RouteQuery(stops, _options(_joined({}, rest)))


def parse_track_body(body: bytes, query: bytes = b"", *, name: str = "body") -> TrackQuery:
    """Return the track that a body holds: a GPX document; a GeoJSON LineString or Feature; or an object with such a
    ``track`` and options. `name` is what the asker calls the body: that of a file, where it is one."""
    asked = _texts(query, TRACK_OPTIONS)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        track = read_gpx(body, "GPX" if name == "body" else name)
        return TrackQuery(track.name, track.points, track.gaps, _options(_joined({}, asked)))
    given = _object(body, name)
    if "type" in given:
        given = {"track": given}
    check_known(given, ("track", *TRACK_OPTIONS))
    title, points = parse_line(given.pop("track", None))
    return TrackQuery(title, points, 0, _options(_joined(given, asked)))


def names_of(asked: RouteQuery, *, is_query: bool) -> tuple[str, ...]:
    """Return what the asker calls each stop: ``from``, ``via[0]``, ``to``; or ``waypoints[0]``."""
    count = len(asked.stops)
    if not is_query:
        return tuple(f"waypoints[{number}]" for number in range(count))
    return ("from", *(f"via[{number}]" for number in range(count - 2)), "to")


def _texts(query: bytes, allowed: tuple[str, ...]) -> dict[str, str]:
    given = parse_query(query, (*allowed, "lang", "f"))
    # What these are for is whoever answers'; here they are only known to be right.
    if "lang" in given:
        parse_lang(given.pop("lang"))
    if "f" in given:
        parse_format(given.pop("f"))
    return given


def _joined(given: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a body and those of a query string, which gives everything as text, as JSON values."""
    found = dict(given)
    for name, text in texts.items():
        if name in found:
            raise ParameterError(message("{parameter}: given twice; expected once.", parameter=name), parameter=name)
        found[name] = as_json_value(name, text)
    return found


def as_json_value(name: str, text: str) -> Any:
    """Return a text as the JSON value it stands for; what stands for none is refused by the option's parser."""
    if name == "exclude_edges":
        return [part.strip() for part in text.split(";") if part.strip()]
    if name in NUMBERS and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if name == "alternatives":
        return {"true": True, "false": False}.get(text, text)
    return text


def _object(body: bytes, name: str = "body") -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise field_error(name, message("expected a JSON object"))
    return given


def _options(given: Mapping[str, Any]) -> RouteOptions:
    check_known(given, OPTIONS)
    found = {name: PARSERS[name](value) for name, value in given.items() if value is not None}
    season = found.pop("season", None)
    if season is not None and season_of(found.setdefault("month", _MONTH_OF[season])) != season:
        raise ParameterError(
            message("season: {season} does not go with the month {month}.", season=season, month=found["month"]),
            parameter="season",
        )
    return RouteOptions(**found)
