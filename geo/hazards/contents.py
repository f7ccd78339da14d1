"""Tells, before a file is read, whether it holds incidents (points), hazard areas (polygons), or both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from geo.core.ogr_source import FLATGEOBUF_MAGIC, SQLITE_MAGIC
from geo.hazards.fields import column_of
from geo.hazards.tables import OUTLINE, SEPARATORS, holds_corners, holds_turning_points, workbook_has_outlines
from geo.incidents.geofile import Fits, shapes
from geo.reading import parquet
from geo.reading.containers import ZIP_MAGIC, Source, unwrapped
from geo.reading.encodings import decode
from geo.reading.markup import local, parse, placemarks
from geo.reading.records import is_records
from geo.reading.tabular import NOWHERE, Place
from geo.reading.text import fold
from geo.reading.workbook_parts import kind_of

Content = Literal["incidents", "areas"]

_ENOUGH: Final = 1_000_000


def contents(path: Path, place: Place = NOWHERE, fits: Fits = lambda _: True) -> frozenset[Content]:
    """Return what `path` holds; points count as incidents beside areas only if their columns are those of incidents.

    Parameters
    ----------
    place
        Which layer is meant, where that was said.
    fits
        Tells whether a header is one of incidents.

    Raises
    ------
    FileError
        The file cannot be read at all.
    """
    with unwrapped(path) as source:
        return _contents(source, place, fits)


def holds_areas(path: Path) -> bool:
    """Return whether `path` is a file of hazard areas: polygons in a GIS file or as WKT, KML, or turning points."""
    return "areas" in contents(path)


def _contents(source: Source, place: Place, fits: Fits) -> frozenset[Content]:
    data = source.data
    kind = kind_of(data)
    if kind is not None:
        return frozenset({"areas" if workbook_has_outlines(data, kind, source.name) else "incidents"})
    if data.startswith((ZIP_MAGIC, SQLITE_MAGIC, FLATGEOBUF_MAGIC, parquet.MAGIC)):
        return _of_shapes(shapes(source.path, data, place.layer, fits), fits)
    text = _beginning(data, source.name, place.encoding)
    if text.startswith("<"):
        return _of_shapes(_marked(data, source.name), fits)
    if text.startswith("{") and not is_records(data, source.name):
        return _of_shapes(shapes(source.path, data), fits)
    return frozenset({"areas" if _csv_holds_areas(text) else "incidents"})


def _beginning(data: bytes, file: str, encoding: str | None) -> str:
    """Return the first lines of a text: enough to tell what it is."""
    cut = data.rfind(b"\n", 0, _ENOUGH) if len(data) > _ENOUGH else -1
    return decode(data[: cut + 1] if cut > 0 else data, file, encoding)[0].lstrip()


def _marked(data: bytes, file: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for placemark in placemarks(parse(data, file)):
        for shape in placemark.shapes():
            found.setdefault(local(shape), set()).update(placemark.properties)
    return found


def _of_shapes(found: Mapping[str, set[str]], fits: Fits) -> frozenset[Content]:
    areas = any(kind.endswith("Polygon") for kind in found)
    columns = set[str]().union(*(names for kind, names in found.items() if kind.endswith("Point")))
    if areas and columns and fits(sorted(columns)):
        return frozenset({"areas", "incidents"})
    return frozenset({"areas"} if areas else {"incidents"})


def _csv_holds_areas(text: str) -> bool:
    header, _, rows = text.partition("\n")
    names = [fold(name.strip('" ')) for name in re.split("[,;\t|]", header)]
    if column_of("wkt", names) and OUTLINE.search(rows):
        return True
    if holds_turning_points(names):
        return True
    separator = max(SEPARATORS, key=header.count)
    return holds_corners(names, (line.split(separator) for line in rows.splitlines()))
