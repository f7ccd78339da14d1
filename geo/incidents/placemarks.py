"""Points of KML documents and waypoints of GPX files as rows of cells."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.core.written import unmarked
from geo.incidents.geofile import LAT, LON, OTHER
from geo.reading.markup import Placemark, local, parse, placemarks
from geo.reading.tabular import Sheet
from geo.reading.text import fold
from geo.reading.word_lists import stem, words

#: Parts of a waypoint in which its device is looked for, the plainest first.
_TOLD_IN: Final = ("type", "desc", "name", "cmt", "sym")
#: Words of the longest name of a device.
_LONGEST: Final = 5

#: Number of a point in its file, what is said of it, and where it lies.
_Row = tuple[int, Mapping[str, str], tuple[str, str, str]]


def read_markup(data: bytes, file: str) -> Sheet:
    """Read the points of a KML document or the waypoints of a GPX file.

    Raises
    ------
    FileError
        It is no XML, hostile, of another kind, or holds no points.
    """
    root = parse(data, file)
    return _gpx(root, file) if local(root) == "gpx" else _kml(root, file)


def _kml(root: ET.Element, file: str) -> Sheet:
    found = list(placemarks(root))
    if found and all("event_id" in placemark.properties for placemark in found):
        return _sheet(file, _siras(root, found), ())
    points = [(number, each) for number, each in enumerate(found, start=1) if not _is_area(each)]
    if not points:
        raise FileError(message("{file} holds no points.", file=file), file=file)
    notes: tuple[Message, ...] = ()
    if len(points) < len(found):
        count = len(found) - len(points)
        notes = (message("Areas beside the points, read as hazard areas and not as incidents: {count}.", count=count),)
    rows = [(number, each.properties, _point(each)) for number, each in points]
    return _sheet(file, rows, notes)


def _siras(root: ET.Element, found: Sequence[Placemark]) -> list[_Row]:
    """Return the rows of a file of Sira's: all the columns that its schema names, also those without any value."""
    columns = dict.fromkeys((each.get("name", "") for each in root.iter() if local(each) == "SimpleField"), "")
    return [
        (
            number,
            {
                "id": each.element.get("id", ""),
                **columns,
                **{name: unmarked(text, "kml") for name, text in each.properties.items()},
            },
            _point(each),
        )
        for number, each in enumerate(found, start=1)
    ]


def _is_area(placemark: Placemark) -> bool:
    return any(local(shape) == "Polygon" for shape in placemark.shapes())


def _point(placemark: Placemark) -> tuple[str, str, str]:
    shapes = placemark.shapes()
    if len(shapes) != 1 or local(shapes[0]) != "Point":
        return "", "", ", ".join(map(local, shapes))
    text = next((part.text or "" for part in shapes[0].iter() if local(part) == "coordinates"), "")
    lon, _, rest = (text.split() or [""])[0].partition(",")
    return lon, rest.partition(",")[0], ""


def _gpx(root: ET.Element, file: str) -> Sheet:
    points = [element for element in root if local(element) == "wpt"]
    if not points:
        raise FileError(
            message(
                "{file} holds no waypoints; tracks and routes are no incidents (sira route reads them).", file=file
            ),
            file=file,
        )
    rows = []
    for number, point in enumerate(points, start=1):
        told = {local(part): (part.text or "").strip() for part in point if len(part) == 0}
        device, outcome = _device(told)
        properties = {
            "name": told.get("name", ""),
            "date": told.get("time", ""),
            "device_type": device,
            "outcome": outcome,
            "description": told.get("desc", "") or told.get("cmt", ""),
        }
        rows.append((number, properties, (point.get("lon", ""), point.get("lat", ""), "")))
    note = message("Device and outcome were taken from the words of each waypoint, its date from its time.")
    return replace(_sheet(file, rows, (note,)), closed=True)


def _device(told: Mapping[str, str]) -> tuple[str, str]:
    """Return the words of a waypoint that name a device and what became of it; without any, all that it says."""
    texts = [told[name] for name in _TOLD_IN if told.get(name)]
    device, outcome = (
        next((found for text in texts if (found := _word_of(text, words(name).means))), "")
        for name in ("devices", "outcomes")
    )
    return device or " ".join(texts), outcome


def _word_of(text: str, known: Mapping[str, str]) -> str:
    parts = fold(text).split("_")
    for length in range(_LONGEST, 0, -1):
        for begin in range(len(parts) - length + 1):
            word = "_".join(parts[begin : begin + length])
            if stem(word) in known and len(word) > 1:
                return word
    return ""


def _sheet(file: str, rows: Sequence[_Row], notes: tuple[Message, ...]) -> Sheet:
    """Lay out rows; names that are all given, and all different, are the ids of what they name."""
    columns = list(dict.fromkeys(column for _, properties, _ in rows for column in properties))
    names = [properties.get("name", "") for _, properties, _ in rows]
    if all(names) and len(set(names)) == len(names) and "id" not in map(fold, columns):
        columns = ["id" if column == "name" else column for column in columns]
        rows = [(number, {**properties, "id": properties["name"]}, place) for number, properties, place in rows]
        notes = (*notes, message("The names of the points, all different, were taken as their ids."))
    cells = [[*columns, LON, LAT, OTHER]]
    cells += [[*(properties.get(column, "") for column in columns), *place] for _, properties, place in rows]
    return Sheet(file, "geofile", [0, *(number for number, _, _ in rows)], cells, notes)
