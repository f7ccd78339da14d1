"""Hazard areas in KML: one per Placemark; a folder may be named after the status of what is in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.hazards import sira
from geo.hazards.batch import RawArea
from geo.hazards.fields import column_of, status_named
from geo.hazards.shapes import Ring, Rings, polygon_from_rings
from geo.reading.markup import Placemark, local, parse, placemarks
from geo.reading.text import fold


def read(data: bytes, file: str) -> list[RawArea]:
    """Return the areas of a KML document, numbered by Placemark from 1.

    Raises
    ------
    FileError
        Where the document is not well-formed XML, is no KML, or is hostile.
    """
    root = parse(data, file)
    if local(root) != "kml":
        raise FileError(message("{file} is XML but not KML.", file=file), file=file)
    return [_area(number, placemark) for number, placemark in enumerate(placemarks(root), start=1)]


def _area(row: int, placemark: Placemark) -> RawArea:
    shapes = placemark.shapes()
    polygons = [shape for shape in shapes if local(shape) == "Polygon"]
    aside = len(shapes) - len(polygons)
    properties, notes = _properties(placemark)
    if polygons and aside:
        notes = (
            *notes,
            message(
                "{count} {count:point or line|points or lines} beside the polygon {count:was|were} left aside",
                count=aside,
            ),
        )
    try:
        geometry, fault = polygon_from_rings([_rings(polygon) for polygon in polygons])
    except ValueError:
        geometry, fault = None, message("the coordinates are not numbers")
    if not polygons and aside:
        fault = message("a point or line was found where a polygon is expected")
    is_point = bool(shapes) and all(local(shape) == "Point" for shape in shapes)
    return RawArea(row, properties, geometry, fault, notes, is_point)


def _properties(placemark: Placemark) -> tuple[Mapping[str, str], tuple[Message, ...]]:
    """Return what is said of an area; where nothing says its status, the name of its folder may."""
    found = {fold(name): text for name, text in placemark.properties.items() if name != "description"}
    if sira.wrote(found):  # GDAL writes the column id so
        found.setdefault("id", placemark.element.get("id", ""))
    if column_of("status", found) is None:
        for folder in reversed(placemark.folders):
            status = status_named(folder)
            if status is not None:
                note = message("status {status}, after the folder {folder}", status=status, folder=folder)
                return found | {"status": status.value}, (note,)
    return found, ()


def _rings(polygon: ET.Element) -> Rings:
    shells = [ring for element in polygon if local(element) == "outerBoundaryIs" for ring in _linear_rings(element)]
    holes = [ring for element in polygon if local(element) == "innerBoundaryIs" for ring in _linear_rings(element)]
    return [*(shells or [[]]), *holes]


def _linear_rings(boundary: ET.Element) -> Iterator[Ring]:
    for element in boundary.iter():
        if local(element) == "coordinates":
            yield [[float(part) for part in position.split(",")] for position in (element.text or "").split()]
