"""Read a file of hazard areas: find its format, read, validate, and give account of every area."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.core.crs import METRIC_CRS, STORAGE_CRS
from geo.core.errors import FileError, ParameterError
from geo.core.messages import Message, message
from geo.core.names import slug
from geo.core.ogr_source import FLATGEOBUF_MAGIC, SQLITE_MAGIC
from geo.hazards import kml, sira, tables
from geo.hazards.batch import HazardBatch, QuarantinedArea, RawArea
from geo.hazards.fields import DATE_FIELDS, TAUGHT, column_of, text_of
from geo.hazards.schema import conform, empty_hazards
from geo.hazards.tables import BearingReference
from geo.hazards.validation import TakenArea, Validator
from geo.incidents.dates import Order, settle_order
from geo.incidents.devices import teaching_note
from geo.incidents.raw import Table
from geo.reading import parquet
from geo.reading.containers import ZIP_MAGIC, Source, unwrapped
from geo.reading.encodings import beginning
from geo.reading.tabular import Place
from geo.reading.text import fold
from geo.reading.workbook_parts import kind_of

if TYPE_CHECKING:
    from geo.boundaries.regions import Boundaries

_LAYERED: Final = {ZIP_MAGIC: "shapefile", SQLITE_MAGIC: "geopackage", FLATGEOBUF_MAGIC: "flatgeobuf"}
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


def read(
    path: Path | str,
    *,
    boundaries: Boundaries,
    today: dt.date,
    source: str | None = None,
    date_order: Order | None = None,
    bearings: BearingReference | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    areas_only: bool = False,
    values: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> HazardBatch:
    """Return the hazard areas of a file.

    The format is told from the content: GeoJSON, GeoPackage, FlatGeobuf, zipped shapefile, KML, CSV with a WKT column,
    or CSV with IMSMA-style turning points (`geo.hazards.turning`). GeoJSON, KML and CSV are in longitude, latitude on
    WGS 84; other files state their CRS. An area is taken or set aside with its reason; none is repaired or dropped.

    Parameters
    ----------
    boundaries
        Gives the outline of the country.
    today
        UTC date; later dates in the file are refused.
    source
        Who the areas come from, an organisation or its system, where they do not say.
    date_order
        Order of day and month in dates by number, "dmy" or "mdy", where the file's dates do not settle it.
    bearings
        What the bearings of turning points count from, "true" or "magnetic", where the file does not say.
    layer
        Name of a GIS file's layer; unless it is given, the first with polygons that have a status is read.
    encoding
        Of a text file or a shapefile, as Python calls it; unless it is given, it is told from the bytes.
    areas_only
        Points beside the areas are read as incidents, and left out here with a note.
    values
        Field (`TAUGHT`) → the file's word → Sira's word.

    Raises
    ------
    FileError
        Where the file as a whole cannot be read, or is hostile (zip bombs, paths that lead out of a zip, XML
        entities), or its dates can be read both ways; a `SourceNeededError` where neither it nor `source` says whose
        areas it holds.
    CRSError
        Where a file states no CRS where one is needed, or one on another datum.
    ParameterError
        Where `bearings` has another value.
    """
    path = Path(path)
    with unwrapped(path) as opened:
        kind, areas, notes = _raw_areas(opened, bearings, Place(layer=layer, encoding=encoding))
        notes = (*opened.notes, *notes)
        unread = _unread(opened) if layer is None else ""
    if areas_only:
        areas, left = _without_points(areas)
        notes = (*notes, *left)
    areas = [_taught(sira.restored(area, kind), values) for area in areas]
    order, order_note = _date_order(areas, path.name, date_order)
    validator = Validator(boundaries.country(), today, path.name, slug(source) if source else None, order)
    judged = [validator.judge(area) for area in areas]
    taken = [area for area in judged if isinstance(area, TakenArea)]
    accepted = _table(taken)
    return HazardBatch(
        file=path.name,
        format=kind,
        rows_read=len(areas),
        accepted=accepted,
        quarantined=tuple(area for area in judged if isinstance(area, QuarantinedArea)),
        notes=(*notes, *([order_note] if order_note else []), *_notes(accepted, taken), *_unknown_words(judged)),
        claims={area.id: area.claim for area in taken},
        unread=unread,
    )


def delivered(path: Path, *, layer: str | None = None, encoding: str | None = None, areas_only: bool = False) -> Table:
    """Return the rows of a file of hazard areas as they were delivered.

    Of a table they are its lines, under their own headings; of other files what is said of each area, under the names
    that Sira reads, with its outline as WKT. An outline that could not be made out is left empty.
    """
    with unwrapped(Path(path)) as opened:
        if _is_table(opened):
            sheet = tables.read_sheet(opened.data, opened.name, encoding)
            lines = np.array(sheet.lines[1:], dtype=np.int64)
            return Table(opened.name, list(sheet.cells[0]), lines, sheet.cells[1:], sheet.notes)
        _, areas, notes = _raw_areas(opened, None, Place(layer=layer, encoding=encoding))
    if areas_only:
        areas, _ = _without_points(areas)
    names = list(dict.fromkeys(name for area in areas for name in area.properties if name != "wkt"))
    rows = [[*(area.properties.get(name, "") for name in names), _outline(area)] for area in areas]
    return Table(path.name, [*names, "wkt"], np.array([area.row for area in areas], dtype=np.int64), rows, notes)


def _is_table(source: Source) -> bool:
    data = source.data
    binary = data.startswith((*_LAYERED, parquet.MAGIC))
    return kind_of(data) is not None or (not binary and not beginning(data).startswith((b"{", b"<")))


def _outline(area: RawArea) -> str:
    if area.geometry is None or area.fault is not None:
        return ""
    return str(shapely.to_wkt(area.geometry, rounding_precision=-1))


def _taught(area: RawArea, values: Mapping[str, Mapping[str, str]]) -> RawArea:
    """Return an area with Sira's words in the place of the file's."""
    properties = dict(area.properties)
    for name, meant in values.items():
        column = column_of(name, properties) if name in TAUGHT else None
        if column is not None:
            known = {fold(word): own for word, own in meant.items()}
            properties[column] = known.get(fold(properties[column]), properties[column])
    return replace(area, properties=properties)


def _unknown_words(judged: Sequence[TakenArea | QuarantinedArea]) -> list[Message]:
    """List the words that set areas aside once, with the lines that would teach them."""
    unknown: dict[str, dict[str, None]] = {}
    aside = [area for area in judged if isinstance(area, QuarantinedArea)]
    cells = [(each.kind, each.column, each.value) for area in aside for each in area.faults]
    for kind, column, value in cells:
        if kind == "code" and column in TAUGHT:
            unknown.setdefault(column, {})[value] = None
    return [teaching_note(name, name, list(found)) for name, found in unknown.items()]


def _raw_areas(
    source: Source, bearings: BearingReference | None, place: Place
) -> tuple[str, list[RawArea], tuple[Message, ...]]:
    from geo.hazards import vector  # which loads GDAL's vectors: a service may run for long without

    data, file = source.data, source.name
    if place.layer is not None and not data.startswith(tuple(_LAYERED)):
        raise ParameterError(
            message("{file}: {option} means nothing for a file of this kind.", file=file, option="--layer"),
            parameter="layer",
        )
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    workbook = kind_of(data)
    if workbook is not None:
        return _from_table(data, file, bearings, None, workbook)
    for magic, kind in _LAYERED.items():
        if data.startswith(magic):
            return (kind, *vector.read_layer(source.path, file, place))
    if data.startswith(parquet.MAGIC):
        return ("geoparquet", *vector.read_parquet(source.path, file))
    if start.startswith(b"{"):
        return ("geojson", *vector.read_geojson(data, file))
    if start.startswith(b"<") or data.startswith(_UTF16_BOMS):
        return "kml", kml.read(data, file), ()
    return _from_table(data, file, bearings, place.encoding, "csv")


def _unread(source: Source) -> str:
    """Name the parts of a file that hold areas, too, and are not read unless they are asked for."""
    from geo.hazards import vector

    if source.data.startswith(tuple(_LAYERED)) and kind_of(source.data) is None:
        return vector.unread_layers(source.path, source.name)
    workbook = kind_of(source.data)
    return "" if workbook is None else tables.unread_sheets(source.data, workbook, source.name)


def _without_points(areas: list[RawArea]) -> tuple[list[RawArea], tuple[Message, ...]]:
    kept = [area for area in areas if not area.is_point]
    if len(kept) == len(areas):
        return areas, ()
    count = len(areas) - len(kept)
    return kept, (message("Points beside the areas, read as incidents: {count}.", count=count),)


def _date_order(areas: Sequence[RawArea], file: str, given: Order | None) -> tuple[Order | None, Message | None]:
    columns = {
        field: pd.Series([text_of(area.properties, field) for area in areas], dtype=object) for field in DATE_FIELDS
    }
    return settle_order(columns, np.array([area.row for area in areas], dtype=np.int64), file, given)


def _from_table(
    data: bytes, file: str, bearings: BearingReference | None, encoding: str | None, kind: str
) -> tuple[str, list[RawArea], tuple[Message, ...]]:
    lines, notes = tables.read_lines(data, file, encoding)
    columns = lines[0].cells if lines else {}
    if column_of("wkt", columns):
        return f"{kind}-wkt", tables.areas_from_wkt(lines), notes
    if not tables.holds_turning_points(columns) and tables.holds_corners(
        list(columns), [list(line.cells.values()) for line in lines]
    ):
        areas = tables.areas_from_points(lines, file, bearings)
        note = message(
            "{lines} {lines:line describes|lines describe} {areas} {areas:area by its|areas by their} corners.",
            lines=len(lines),
            areas=len(areas),
        )
        return f"{kind}-corners", areas, (*notes, note)
    if tables.holds_turning_points(columns):
        areas = tables.areas_from_points(lines, file, bearings)
        note = message(
            "{lines} {lines:line describes|lines describe} {areas} {areas:area|areas} by turning points.",
            lines=len(lines),
            areas=len(areas),
        )
        return f"{kind}-turning-points", areas, (*notes, note)
    raise FileError(
        message(
            "{file} is in no known format of hazard areas; expected GeoJSON, GeoPackage, a zipped shapefile, KML, or "
            "CSV with a column wkt, the columns bearing and distance_m, or a line for each corner (area_id, status, "
            "vertex, longitude, latitude).",
            file=file,
        ),
        file=file,
    )


def _table(taken: list[TakenArea]) -> gpd.GeoDataFrame:
    if not taken:
        return empty_hazards()
    frame = pd.DataFrame([dict(area.values) for area in taken], index=[area.id for area in taken])
    return conform(gpd.GeoDataFrame(frame, geometry=[area.geometry for area in taken], crs=STORAGE_CRS))


def _notes(accepted: gpd.GeoDataFrame, taken: list[TakenArea]) -> list[Message]:
    notes = [message("Row {row}: {note}.", row=area.row, note=note) for area in taken for note in area.notes]
    overlapping = _overlapping(accepted)
    if overlapping:
        notes.append(
            message(
                "{count} {count:area overlaps|areas overlap} others; land they share is counted once per status.",
                count=overlapping,
            )
        )
    return notes


def _overlapping(accepted: gpd.GeoDataFrame) -> int:
    shapes = accepted.geometry.to_crs(METRIC_CRS).array
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    distinct = one < other
    one, other = one[distinct], other[distinct]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other])) > 1.0  # m²; less is a shared border
    return len(set(one[shared]) | set(other[shared]))
