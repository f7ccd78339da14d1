"""Hazard areas in KML: one per Placemark. Files that declare entities or a document type are refused unread."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # hostile XML is refused by `_Builder` before anything expands
from collections.abc import Iterator, Mapping
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.hazards.batch import RawArea
from geo.hazards.shapes import Ring, Rings, polygon_from_rings
from geo.reading.text import fold

#: KML nests Folders; a document deeper than this is made to exhaust a parser.
MAX_DEPTH: Final = 100


class _Builder(ET.TreeBuilder):
    """Builds the tree, and stops at a document type (the only way to declare entities) or at absurd nesting."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self._depth = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise FileError(
            message("{file} declares a document type or entities, which KML has no use for: refused.", file=self._file),
            file=self._file,
        )

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FileError(
                message("{file} nests more than {limit} elements: refused.", file=self._file, limit=MAX_DEPTH),
                file=self._file,
            )
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def read(data: bytes, file: str) -> list[RawArea]:
    """Return the areas of a KML document, numbered by Placemark from 1.

    Raises
    ------
    FileError
        Where the document is not well-formed XML, is no KML, or is hostile.
    """
    parser = ET.XMLParser(target=_Builder(file))  # noqa: S314
    try:
        parser.feed(data)
        root = parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        raise FileError(
            message("{file} is not well-formed XML: {detail}.", file=file, detail=str(error)), file=file
        ) from error
    if _local(root) != "kml":
        raise FileError(message("{file} is XML but not KML.", file=file), file=file)
    placemarks = (element for element in root.iter() if _local(element) == "Placemark")
    return [_area(number, placemark) for number, placemark in enumerate(placemarks, start=1)]


def _area(row: int, placemark: ET.Element) -> RawArea:
    polygons, aside = [], 0
    for element in placemark.iter():
        if _local(element) == "Polygon":
            polygons.append(element)
        elif _local(element) in ("Point", "LineString", "Model", "Track"):
            aside += 1
    notes: tuple[Message, ...] = ()
    if polygons and aside:
        notes = (message("{count} points or lines beside the polygon were left aside", count=aside),)
    try:
        geometry, fault = polygon_from_rings([_rings(polygon) for polygon in polygons])
    except ValueError:
        geometry, fault = None, message("the coordinates are not numbers")
    if not polygons and aside:
        fault = message("a point or line was found where a polygon is expected")
    return RawArea(row, _properties(placemark), geometry, fault, notes)


def _properties(placemark: ET.Element) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for element in placemark.iter():
        tag = _local(element)
        if tag == "name" and "name" not in found:
            found["name"] = element.text or ""
        elif tag == "SimpleData":
            found[fold(element.get("name", ""))] = element.text or ""
        elif tag == "Data":
            values = [child.text or "" for child in element if _local(child) == "value"]
            found[fold(element.get("name", ""))] = "".join(values)
    return found


def _rings(polygon: ET.Element) -> Rings:
    shells = [ring for element in polygon if _local(element) == "outerBoundaryIs" for ring in _linear_rings(element)]
    holes = [ring for element in polygon if _local(element) == "innerBoundaryIs" for ring in _linear_rings(element)]
    return [*(shells or [[]]), *holes]


def _linear_rings(boundary: ET.Element) -> Iterator[Ring]:
    for element in boundary.iter():
        if _local(element) == "coordinates":
            yield [[float(part) for part in position.split(",")] for position in (element.text or "").split()]


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]
