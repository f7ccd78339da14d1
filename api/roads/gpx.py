"""GPX 1.1: routes written for phones and receivers, tracks read from them.

A file is hostile until read: a document type (the only way to declare entities), absurd nesting and more points than
a track has are refused while reading, before anything grows.

References
----------
GPX 1.1 schema, https://www.topografix.com/GPX/1/1/gpx.xsd
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # hostile XML is refused by `_Reader` before anything expands
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.core.errors import FileError
from geo.core.messages import Message, message

NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
#: A day at one point a second.
MOST_POINTS: Final = 100_000
_MOST_DEPTH: Final = 30
#: 0.1 m.
_DECIMALS: Final = 6
#: Documents of GPX 1.0 have the same tracks under another name.
_NAMESPACES: Final = (NAMESPACE, "http://www.topografix.com/GPX/1/0", "")


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A named point in longitude, latitude (WGS 84); `kind` groups points in programs that show groups."""

    lon: float
    lat: float
    name: str
    description: str = ""
    kind: str = ""
    symbol: str = "Flag, Blue"


@dataclass(frozen=True, slots=True)
class Track:
    """The one track, or route, of a file: points (N, 2) in longitude, latitude (WGS 84), two at least.

    `gaps` counts the places where the track was interrupted and is taken as going on straight.
    """

    name: str
    points: NDArray[np.float64]
    gaps: int


def write_gpx(
    name: str, description: str, made: datetime, waypoints: Iterable[Waypoint], line: NDArray[np.float64]
) -> bytes:
    """Return a GPX 1.1 document: the waypoints and one track along `line` (N, 2; longitude, latitude).

    Texts may hold anything; characters that XML cannot carry are left out.
    """
    root = ET.Element("gpx", {"version": "1.1", "creator": "Sira", "xmlns": NAMESPACE})
    metadata = ET.SubElement(root, "metadata")
    _texts(metadata, name=name, desc=description)
    _texts(metadata, time=made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for point in waypoints:
        element = ET.SubElement(root, "wpt", _position(point.lon, point.lat))
        _texts(element, name=point.name, desc=point.description, sym=point.symbol, type=point.kind)
    track = ET.SubElement(root, "trk")
    _texts(track, name=name, desc=description)
    part = ET.SubElement(track, "trkseg")
    for lon, lat in line.tolist():
        ET.SubElement(part, "trkpt", _position(lon, lat))
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _position(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.{_DECIMALS}f}", "lon": f"{lon:.{_DECIMALS}f}"}


def _texts(parent: ET.Element, **texts: str) -> None:
    """Add children in the order given, which is the schema's; empty ones are left out."""
    for tag, text in texts.items():
        if text:
            ET.SubElement(parent, tag).text = "".join(filter(_is_xml, text))


def _is_xml(character: str) -> bool:
    """XML 1.0, production 2 (Char)."""
    code = ord(character)
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def read_gpx(data: bytes, file: str) -> Track:
    """Return the one track of a GPX document or, where it has none, its one route.

    Raises
    ------
    FileError
        Where the document is no well-formed GPX, is hostile, has no track or several, or a point of it is none.
    """
    reader = _Reader(file)
    parser = ET.XMLParser(target=reader)  # noqa: S314
    try:
        parser.feed(data)
        parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        raise _refused(
            message("{file} is not well-formed XML: {detail}.", file=file, detail=str(error)), file
        ) from error
    found = reader.tracks or reader.routes
    if len(found) != 1:
        raise _refused(
            message(
                "{file} holds {tracks} tracks and {routes} routes; expected one track, or one route.",
                file=file,
                tracks=len(reader.tracks),
                routes=len(reader.routes),
            ),
            file,
        )
    return found[0].track(file)


@dataclass(slots=True)
class _Line:
    """A track being read."""

    name: str = ""
    parts: list[list[tuple[float, float]]] = field(default_factory=list)

    def track(self, file: str) -> Track:
        parts = [part for part in self.parts if part]
        points = np.array([point for part in parts for point in part], dtype=np.float64).reshape(-1, 2)
        if len(points) < 2:
            raise _refused(
                message("{file}: the track has {count} points; expected two at least.", file=file, count=len(points)),
                file,
            )
        return Track(self.name.strip()[:200], points, len(parts) - 1)


class _Reader:
    """Target of the XML parser: keeps tracks and routes, and nothing else of the document."""

    def __init__(self, file: str) -> None:
        self.tracks: list[_Line] = []
        self.routes: list[_Line] = []
        self._file = file
        self._path: list[str] = []
        self._count = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _refused(
            message("{file} declares a document type or entities, which GPX has no use for: refused.", file=self._file),
            self._file,
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, local = tag.rpartition("}")
        self._path.append(local)
        if len(self._path) > _MOST_DEPTH:
            raise _refused(
                message("{file} nests more than {limit} elements: refused.", file=self._file, limit=_MOST_DEPTH),
                self._file,
            )
        if len(self._path) == 1 and (local != "gpx" or namespace.removeprefix("{") not in _NAMESPACES):
            raise _refused(message("{file} is XML but not GPX.", file=self._file), self._file)
        match self._path[1:]:
            case ["trk"]:
                self.tracks.append(_Line())
            case ["rte"]:
                self.routes.append(_Line(parts=[[]]))
            case ["trk", "trkseg"]:
                self.tracks[-1].parts.append([])
            case ["trk", "trkseg", "trkpt"]:
                self.tracks[-1].parts[-1].append(self._point(attributes))
            case ["rte", "rtept"]:
                self.routes[-1].parts[-1].append(self._point(attributes))

    def data(self, text: str) -> None:
        if self._path[1:] == ["trk", "name"] and len(self.tracks[-1].name) < 200:
            self.tracks[-1].name += text

    def end(self, tag: str) -> None:
        self._path.pop()

    def close(self) -> None:
        """Nothing is left to do."""

    def _point(self, attributes: dict[str, str]) -> tuple[float, float]:
        self._count += 1
        if self._count > MOST_POINTS:
            raise _refused(
                message("{file} holds more than {limit} points: refused.", file=self._file, limit=MOST_POINTS),
                self._file,
            )
        try:
            lon, lat = float(attributes["lon"]), float(attributes["lat"])
        except (KeyError, ValueError):
            lon = lat = np.nan
        if not (abs(lon) <= 180 and abs(lat) <= 90):  # also false for what is no number
            raise _refused(
                message(
                    "{file}: point {number} has no lon from -180 to 180 and lat from -90 to 90.",
                    file=self._file,
                    number=self._count,
                ),
                self._file,
            )
        return lon, lat


def _refused(said: Message, file: str) -> FileError:
    return FileError(said, file=file)
