"""Tells, before a file is read, whether it holds incidents (points) or hazard areas (polygons)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from geo.core.ogr_source import FLATGEOBUF_MAGIC, SQLITE_MAGIC
from geo.hazards.fields import column_of
from geo.incidents.geofile import geometry_types
from geo.reading.tabular import PARQUET_MAGIC, decode, read_bytes
from geo.reading.text import fold
from geo.reading.workbook_parts import kind_of

_POLYGON: Final = re.compile(r"(?:MULTI)?POLYGON\s*Z?\s*\(", re.IGNORECASE)


def holds_areas(path: Path) -> bool:
    """Return whether `path` is a file of hazard areas: polygons in a GIS file or as WKT, KML, or turning points.

    Raises
    ------
    FileError
        The file cannot be read at all.
    """
    data = read_bytes(path)
    if kind_of(data) is not None:
        return False
    if data.startswith((b"PK\x03\x04", SQLITE_MAGIC, FLATGEOBUF_MAGIC)):
        return _polygons(geometry_types(path, data))
    if data.startswith(PARQUET_MAGIC):
        return False  # refused by its name
    text = decode(data, path.name)[0].lstrip()
    if text.startswith("<"):
        return True
    return _polygons(geometry_types(path, data)) if text.startswith("{") else _csv_holds_areas(text)


def _polygons(kinds: set[str]) -> bool:
    return any(kind.endswith("Polygon") for kind in kinds)


def _csv_holds_areas(text: str) -> bool:
    header, _, rows = text.partition("\n")
    names = [fold(name.strip('" ')) for name in re.split("[,;\t]", header)]
    if column_of("wkt", names) and _POLYGON.search(rows):
        return True
    return bool(column_of("bearing", names) and column_of("distance", names))
