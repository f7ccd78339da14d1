"""Positions as people write them, each with the error its writing implies: degrees, MGRS, UTM, geo: URIs, map links.

References
----------
RFC 5870, *A Uniform Resource Identifier for Geographic Locations ('geo' URI)*. NGA.STND.0037, *Universal Grids and Grid
Reference Systems* (UTM, MGRS).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from geo.core.messages import Message, message
from geo.core.names import shown
from geo.reading import grids
from geo.reading.degrees import Angle, parse_angles
from geo.reading.links import Link, parse_link

#: West, south, east, north of a country, in degrees.
Extent = tuple[float, float, float, float]
#: Where a position may be that is told from nothing but its numbers: the country and what is around it.
AROUND: Final[Extent] = (-13.0, 9.0, 5.0, 26.0)

#: Length of a degree on the sphere of the Earth's mean radius.
KM_PER_DEGREE: Final = math.radians(6_371.0)

_LONGEST: Final = 2_000
_WKT: Final = re.compile(r"(?:SRID\s*=\s*4326\s*;)?\s*POINT\s*Z?M?\s*\(([^()]*)\)", re.IGNORECASE)
_GEOJSON: Final = re.compile(r"\{.*\"type\"\s*:\s*\"Point\".*\}", re.DOTALL)
_BRACKETED: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")

_ACCURACY: Final = re.compile(r"(.+?)[\s,;]*(?:±|\+/-|\+-)\s*(\d+(?:[.,]\d+)?)\s*m(?:[èe]tres?|eters?)?")
_LABEL: Final = re.compile(
    r"^(?:(?:coord(?:onn[ée]es|inates|s)?|gps|position|point|localisation|location)\.?\s*)+[:=]?\s*(?=[\d+NSEWOL-])",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"([^()\[\]]*\d[^()\[\]]*)\([^()\d]*\)")
_NAMED_BEFORE: Final = re.compile(r"[^()\[\]\d]+[(\[]([^()\[\]]*\d[^()\[\]]*)[)\]]")


@dataclass(frozen=True, slots=True)
class Position:
    """A point in degrees on WGS 84, and how far from it the true one may lie: by the way it is written, or as a device
    that gave it said."""

    lon: float
    lat: float
    error_km: float
    by_device: bool = False


def position_of(lat: Angle, lon: Angle) -> Position:
    """Return the position of two coordinates.

    Decimals are those of the coordinate with fewer, but for one zero that a spreadsheet drops at the end.

    Examples
    --------
    >>> lat, lon = parse_angles("15°00'04\\" N 2°57'00\\" O")
    >>> position_of(lat, lon)
    Position(lon=-2.95, lat=15.001111111111111, error_km=0.015443739811744269, by_device=False)
    """
    lat_step, lon_step = lat.half_step, lon.half_step
    if lat.decimals is not None and lon.decimals is not None:
        fewer, more = sorted((lat.decimals, lon.decimals))
        lat_step = lon_step = 0.5 * 10.0 ** -min(more, fewer + 1)
    error_km = KM_PER_DEGREE * max(lat_step, lon_step * math.cos(math.radians(lat.degrees)))
    return Position(lon.degrees, lat.degrees, error_km)


def parse_position(text: str, extent: Extent) -> Position | Message:
    """Read one cell that holds a whole position; a message says why it holds none.

    Parameters
    ----------
    text
        Decimal degrees or degrees, minutes and seconds (``.`` or ``,``; N, S, E, W or O), also with KoBo's altitude and
        accuracy behind; WKT or GeoJSON of a point, MGRS, UTM with its zone, a geo: URI, a link of OpenStreetMap or
        Google.
    extent
        Where two numbers without letters do not say which is the latitude, the order that lies in here is taken, if
        only one does.

    Examples
    --------
    >>> mali = (-12.24, 10.14, 4.25, 25.0)
    >>> parse_position("-2,95; 15,0012", mali)
    Position(lon=-2.95, lat=15.0012, error_km=0.05559746332227937, by_device=False)
    >>> str(parse_position("48,85 2,35", mali))
    '48,85 2,35: neither way round does it lie in Mali; is a sign or a letter missing?'
    """
    cell = text.strip()
    if len(cell) > _LONGEST:
        return _unreadable(text)
    link = parse_link(cell)
    if isinstance(link, Message):
        return link
    if link is not None:
        return _linked(link, extent) or _unreadable(text)
    if found := _WKT.fullmatch(cell):
        return _pair(parse_angles(found[1]), 1) or _unreadable(text)
    if _GEOJSON.fullmatch(cell) and (inner := _BRACKETED.search(cell)):
        return _pair(parse_angles(inner[1]), 1) or _unreadable(text)
    if (grid := grids.parse_grid(cell)) is not None:
        return Position(*grid)
    if outer := _BRACKETED.fullmatch(cell):
        cell = outer[1]
    cell = _without_words(cell)
    if (said := _ACCURACY.fullmatch(cell)) and isinstance(place := parse_position(said[1], extent), Position):
        return Position(place.lon, place.lat, float(said[2].replace(",", ".")) / 1_000, True)
    readings = [angles for mark in _marks(cell) if len(angles := parse_angles(cell, mark)) > 1]
    for angles in readings:
        if (ordered := _ordered(angles, extent, cell)) is not None:
            return ordered
    return _unreadable(text)


def _without_words(cell: str) -> str:
    """Take off what is said around a position: "GPS :" before it, the place's name before or behind it in brackets."""
    if (found := _NAMED.fullmatch(cell)) or (found := _NAMED_BEFORE.fullmatch(cell)):
        cell = found[1].strip()
    return _LABEL.sub("", cell)


def _marks(cell: str) -> tuple[str, str]:
    """Return the decimal marks to try, the likelier first: where a point stands in a number a comma parts numbers."""
    return (".", ".,") if re.search(r"\d\.\d", cell) else (".,", ".")


def _unreadable(text: str) -> Message:
    return message(
        "{value} is no position Sira can read; write latitude and longitude in decimal degrees or in degrees, minutes "
        "and seconds with N, S, E, W (O), or an MGRS reference.",
        value=shown(text),
    )


def _linked(link: Link, extent: Extent) -> Position | None:
    found = _pair(parse_angles(link.text), 0) or parse_position(link.text, extent)
    if not isinstance(found, Position):
        return None
    error_km = link.error_km
    if link.zoom is not None:  # where the map was looked at: as near as half a tile
        error_km = math.pi * 6_371.0 * math.cos(math.radians(found.lat)) / 2**link.zoom
    return Position(found.lon, found.lat, max(found.error_km, error_km))


def _pair(angles: list[Angle], latitude: int) -> Position | None:
    """Return the position of the first two of `angles`, of which the one at `latitude` is the latitude."""
    if len(angles) < 2 or not _may_be(angles[latitude], angles[1 - latitude]):
        return None
    return position_of(angles[latitude], angles[1 - latitude])


def _may_be(lat: Angle, lon: Angle) -> bool:
    return (
        lat.axis in (None, "latitude")
        and lon.axis in (None, "longitude")
        and abs(lat.degrees) <= 90
        and abs(lon.degrees) <= 180
    )


def _ordered(angles: list[Angle], extent: Extent, text: str) -> Position | Message | None:
    plain = all(angle.decimals is not None and angle.axis is None for angle in angles)
    if len(angles) > 2 and not (plain and len(angles) <= 4):
        return None
    if len(angles) == 4:  # KoBo and ODK: latitude, longitude, altitude in m, accuracy in m
        found = _pair(angles, 0)
        accuracy_km = angles[3].degrees / 1_000
        return Position(found.lon, found.lat, accuracy_km, True) if found and accuracy_km > 0 else found
    sideless = [angle for angle in angles if not (angle.sided or angle.axis == "latitude")]
    if len(angles) == 2 and len(sideless) == 1:  # as latitude it is north, as in all of the country
        alone = _pair(angles, angles.index(sideless[0]))
        turned = _pair(angles, 1 - angles.index(sideless[0]))
        if alone is not None and _in(alone, extent) and (turned is None or not _in(turned, extent)):
            return alone
    if sideless:
        return message("{value}: write N, E or W (O) behind the degrees; Mali lies on both sides.", value=shown(text))
    both = [found for latitude in (0, 1) if (found := _pair(angles, latitude)) is not None]
    if len(both) == 1 and (not plain or len(angles) == 3):
        return both[0]
    inside = [found for found in both if _in(found, extent)]
    if len(inside) == 1:
        return inside[0]
    if not both:
        return None
    if inside:
        return message("{value}: both ways round it lies in Mali; say with N, E, W which is which.", value=shown(text))
    return message("{value}: neither way round does it lie in Mali; is a sign or a letter missing?", value=shown(text))


def _in(position: Position, extent: Extent) -> bool:
    west, south, east, north = extent
    margin = position.error_km / KM_PER_DEGREE
    return west - margin <= position.lon <= east + margin and south - margin <= position.lat <= north + margin
