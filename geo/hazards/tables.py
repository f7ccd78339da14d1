"""Hazard areas in CSV and workbooks: a line per area, its outline as WKT or corners, or a line per point or corner."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from geo.core.errors import FileError, ParameterError
from geo.core.messages import Message, message
from geo.hazards.batch import RawArea
from geo.hazards.fields import FieldError, column_of, parse_number, text_of
from geo.hazards.turning import Point, TraverseError, compute
from geo.incidents.returned import without_report
from geo.reading.coordinates import AROUND, parse_position
from geo.reading.degrees import Axis, parse_angle
from geo.reading.encodings import decode
from geo.reading.tabular import MOST_BYTES, Sheet
from geo.reading.text import fold
from geo.reading.workbook_parts import DAMAGED, Kind, kind_of
from geo.reading.workbooks import read_workbook

#: What the bearings of a turning-point file count from.
BearingReference = Literal["true", "magnetic"]

#: Columns of a turning-point table that belong to the point; all others describe the area.
_POINT_FIELDS: Final = ("point", "origin", "bearing", "distance", "longitude", "latitude")
_REFERENCE_LABELS: Final = frozenset({"rp", "pr", "reference_point", "point_de_reference", "landmark"})
_TRUE_WORDS: Final = frozenset({"true", "true_north", "vrai", "nord_vrai", "geographique", "nord_geographique"})
_MAGNETIC_WORDS: Final = frozenset({"magnetic", "magnetic_north", "magnetique", "nord_magnetique"})

#: Cells that begin with a hash in a row of HXL hashtags, at least.
_FEWEST_TAGS: Final = 2
#: A polygon as WKT, or three corners at least, each of two numbers or more.
OUTLINE: Final = re.compile(
    r"(?:MULTI)?POLYGON\s*Z?\s*\(|(?:-?\d+[.,]?\d*[ ,]+-?\d[^;\n\"]*;\s*){2}-?\d", re.IGNORECASE
)
#: Words without which the bytes of a workbook hold no outline, also where each letter has two.
_MENTION: Final = re.compile(
    b"|".join(
        b"\0?".join(re.escape(bytes([letter])) for letter in word)
        for word in (
            b"POLYGON",
            b"CONTOUR",
            b"BEARING",
            b"AZIMUT",
            b"GISEMENT",
            b"RELEVEMENT",
            b"VERTEX",
            b"SOMMET",
            b"CORNER",
            b"POINT_NO",
            b"POINT NO",
            b"NUMERO POINT",
            b"NUMERO DU POINT",
        )
    ),
    re.IGNORECASE,
)
_LONGEST_MENTION: Final = 16
_PIECE: Final = 1_000_000

_FEWEST_CORNERS: Final = 3
SEPARATORS: Final = (",", ";", "\t", "|")
_LIMITS: Final[Mapping[Axis, float]] = {"longitude": 180.0, "latitude": 90.0}
_FIELD_LIMIT: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a CSV file: its number in the file (header: 1) and its cells by folded column name."""

    number: int
    cells: Mapping[str, str]


def read_lines(data: bytes, file: str, encoding: str | None = None) -> tuple[list[Line], tuple[Message, ...]]:
    """Return the lines below the header of a CSV text (encodings: `geo.reading.encodings.decode`), and notes.

    Raises
    ------
    FileError
        Where the text cannot be read, a column name occurs twice, or a line has more cells than the header.
    """
    sheet = read_sheet(data, file, encoding)
    names = [fold(name) for name in sheet.cells[0]] if sheet.cells else []
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise FileError(
            message("{file}: the column {column} occurs twice.", file=file, column=", ".join(repeated)), file=file
        )
    lines = []
    for row, cells in zip(sheet.lines[1:], sheet.cells[1:], strict=True):
        if len(cells) > len(names):
            raise FileError(
                message(
                    "{file}, row {row}: {cells} cells under {columns} columns.",
                    file=file,
                    row=row,
                    cells=len(cells),
                    columns=len(names),
                ),
                file=file,
            )
        lines.append(Line(row, dict(zip(names, cells, strict=False))))
    return lines, sheet.notes


def read_sheet(data: bytes, file: str, encoding: str | None = None) -> Sheet:
    """Return the lines of a CSV text, the header first, those that are blank left out.

    The separator is the one of ``,`` ``;`` tab and ``|`` that the header has most of: the cells below may hold any
    number of each, in WKT.

    Raises
    ------
    FileError
        Where the text cannot be read.
    """
    kind = kind_of(data)
    if kind is not None:
        return _untagged(without_report(_sheet_with_outlines(read_workbook(data, kind, file))))
    text, notes = decode(data, file, encoding)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    limit = csv.field_size_limit(_FIELD_LIMIT)  # a polygon's WKT may be longer than the module's 131,072 characters
    try:
        numbered = _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise FileError(
            message("{file} is not a readable CSV: {detail}.", file=file, detail=str(error)), file=file
        ) from error
    finally:
        csv.field_size_limit(limit)
    sheet = Sheet(file, "csv", [line for line, _ in numbered], [cells for _, cells in numbered], notes)
    return _untagged(without_report(sheet))


def _untagged(sheet: Sheet) -> Sheet:
    """Leave out the row of HXL hashtags under the header."""
    if len(sheet.cells) < 2 or sum(cell.startswith("#") for cell in sheet.cells[1]) < _FEWEST_TAGS:
        return sheet
    return replace(sheet, lines=[sheet.lines[0], *sheet.lines[2:]], cells=[sheet.cells[0], *sheet.cells[2:]])


def workbook_has_outlines(data: bytes, kind: Kind, file: str) -> bool:
    """Tell whether a sheet of a workbook that is not hidden holds outlines, as WKT, turning points or corners."""
    return _mention_outlines(data) and any(map(_has_outlines, read_workbook(data, kind, file)))


def _mention_outlines(data: bytes) -> bool:
    """Tell whether a workbook's bytes speak of outlines at all: most do not, and need not be read for it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
                return False  # its reader refuses it by name
            for part in archive.infolist():
                with archive.open(part) as stream:
                    before = b""
                    while piece := stream.read(_PIECE):
                        if _MENTION.search(before + piece):
                            return True
                        before = piece[-_LONGEST_MENTION:]
    except DAMAGED:
        return _MENTION.search(data) is not None  # of old Excel; what is damaged is for its reader to name
    return False


def unread_sheets(data: bytes, kind: Kind, file: str) -> str:
    """Name the sheets with outlines beside the one that is read, each with its rows."""
    found = [sheet for sheet in read_workbook(data, kind, file) if _has_outlines(sheet)]
    return ", ".join(f"{sheet.name} ({len(sheet.cells)})" for sheet in found[1:])


def _has_outlines(sheet: Sheet) -> bool:
    names, rows = [fold(name) for name in sheet.cells[0]], sheet.cells[1:]
    if sheet.hidden:
        return False
    if column_of("wkt", names) is not None:
        return any(OUTLINE.search(cell) for row in rows for cell in row)
    return holds_turning_points(names) or holds_corners(names, rows)


def holds_turning_points(names: Collection[str]) -> bool:
    """Tell whether columns are those of legs from point to point."""
    return column_of("bearing", names) is not None and column_of("distance", names) is not None


def holds_corners(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether each row is a corner of an area: named, at a position, and most areas have three or more."""
    columns = [column_of(field, names) for field in ("source_id", "status", "point", "longitude", "latitude")]
    if None in columns:
        return False
    place = names.index(str(columns[0]))
    counts = Counter(row[place].strip() for row in rows if place < len(row))
    return bool(counts) and 2 * sum(count >= _FEWEST_CORNERS for count in counts.values()) > len(counts)


def _sheet_with_outlines(sheets: Sequence[Sheet]) -> Sheet:
    chosen = next((sheet for sheet in sheets if _has_outlines(sheet)), sheets[0])
    rest = ", ".join(f"{sheet.name} ({len(sheet.cells)})" for sheet in sheets if sheet is not chosen)
    note = message("Sheet read: {sheet}. Others, with their rows, not read: {sheets}.", sheet=chosen.name, sheets=rest)
    return replace(chosen, notes=(*chosen.notes, note)) if rest else chosen


def _numbered(reader: Any) -> list[tuple[int, list[str]]]:
    lines: list[tuple[int, list[str]]] = [(1, next(reader, []))]
    begin = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            lines.append((begin, cells))
        begin = reader.line_num + 1
    return lines


def areas_from_wkt(lines: Sequence[Line]) -> list[RawArea]:
    """Return one area per line, its polygon from the column of its outline: WKT (longitude, latitude on WGS 84), or
    corners with semicolons between them, each as `geo.reading.coordinates.parse_position` reads one."""
    return [_from_wkt(line) for line in lines]


def _from_wkt(line: Line) -> RawArea:
    column = column_of("wkt", line.cells)
    text = text_of(line.cells, "wkt")
    properties = {name: value for name, value in line.cells.items() if name != column}
    if not text:
        return RawArea(line.number, properties, None)
    geometry, fault = _geometry(text)
    return RawArea(line.number, properties, geometry, fault)


def _geometry(text: str) -> tuple[BaseGeometry | None, Message | None]:
    if not text[0].isalpha() and ";" in text:
        return _from_corners(text)
    srid, separator, rest = text.partition(";")
    if separator and srid.strip().upper() != "SRID=4326":
        return None, message("the WKT is in {srid}; expected longitude, latitude (EPSG:4326)", srid=srid.strip())
    body = rest if separator else text
    try:
        return shapely.from_wkt(body), None
    except GEOSException as error:
        fixed = shapely.from_wkt(body, on_invalid="ignore") or _closed(body)
        return fixed, message("the WKT is not well formed: {detail}", detail=str(error))


def _from_corners(text: str) -> tuple[BaseGeometry | None, Message | None]:
    """Return the polygon through corners in their order, as forms write it: positions with semicolons between them."""
    corners = [parse_position(corner, AROUND) for corner in text.split(";") if corner.strip()]
    unreadable = next((corner for corner in corners if isinstance(corner, Message)), None)
    if unreadable is not None:
        return None, message("a corner of the outline: {reason}", reason=unreadable)
    ring = [(corner.lon, corner.lat) for corner in corners if not isinstance(corner, Message)]
    if len(set(ring)) < _FEWEST_CORNERS:
        return None, message(
            "the outline has {count} {count:corner|corners}; expected three or more", count=len(set(ring))
        )
    return shapely.Polygon(ring), None


def _closed(body: str) -> BaseGeometry | None:
    try:
        return shapely.from_wkt(body, on_invalid="fix")
    except GEOSException:
        return None


def areas_from_points(lines: Sequence[Line], file: str, bearings: BearingReference | None) -> list[RawArea]:
    """Return one area per run of lines with the same area id, its polygon computed from the turning points.

    Parameters
    ----------
    bearings
        What the bearings count from, where the file has no column that says so. Magnetic bearings need a column
        with the declination in degrees, east positive.

    Raises
    ------
    FileError
        Where neither the file nor `bearings` says whether bearings are true or magnetic, or it names no area.
    ParameterError
        Where `bearings` is neither "true" nor "magnetic".
    """
    if bearings not in (None, "true", "magnetic"):
        raise ParameterError(
            message("Unknown bearing reference {value}; expected true or magnetic.", value=bearings),
            parameter="bearings",
        )
    columns = lines[0].cells if lines else {}
    if lines and column_of("source_id", columns) is None:
        raise FileError(
            message("{file}: turning points need a column with the area's id (area_id).", file=file), file=file
        )
    has_legs = column_of("bearing", columns) is not None
    if lines and has_legs and bearings is None and column_of("bearing_reference", columns) is None:
        raise FileError(
            message(
                "{file} does not say whether its bearings are true or magnetic; add a column bearing_reference.",
                file=file,
            ),
            file=file,
        )
    groups: list[list[Line]] = []
    for line in lines:
        if groups and text_of(groups[-1][0].cells, "source_id") == text_of(line.cells, "source_id"):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_from_points(group, bearings) for group in groups]


def _from_points(group: Sequence[Line], bearings: BearingReference | None) -> RawArea:
    first = group[0]
    point_columns = {column_of(field, first.cells) for field in _POINT_FIELDS}
    properties: dict[str, str] = {}
    for line in group:  # an area's facts may stand on its first line only, or on all
        for name, value in line.cells.items():
            if name not in point_columns and value.strip():
                properties.setdefault(name, value)
    area = RawArea(first.number, properties, None)
    try:
        points = [_point(line, bearings) for line in group]
        has_legs = any(point.bearing_deg is not None for point in points)
        traverse = compute(points if has_legs else _numbered_off(points))
    except FieldError as error:
        reason = message("{column} {value}: {reason}", column=error.column, value=error.value, reason=error.reason)
        return replace(area, fault=reason)
    except TraverseError as error:
        return replace(area, geometry=error.polygon, fault=error.reason)
    if not has_legs:
        return replace(area, geometry=traverse.polygon)
    if traverse.misclosure_m is None:
        note = message("no leg leads back to the start point, so the closure is not checked")
    else:
        note = message(
            "the turning points close within {misclosure_m} m (allowed: {tolerance_m} m)",
            misclosure_m=round(traverse.misclosure_m, 1),
            tolerance_m=round(traverse.tolerance_m, 1),
        )
    return replace(area, geometry=traverse.polygon, notes=(note,))


def _numbered_off(points: Sequence[Point]) -> Sequence[Point]:
    """Return corners in the order of their numbers, where all have one of their own."""
    labels = {point.label for point in points}
    if len(labels) < len(points) or not all(label.isascii() and label.isdigit() for label in labels):
        return points
    return sorted(points, key=lambda point: int(point.label))


def _point(line: Line, bearings: BearingReference | None) -> Point:
    cells = line.cells
    lon, lat = _coordinate(cells, "longitude"), _coordinate(cells, "latitude")
    bearing = parse_number(text_of(cells, "bearing"), "bearing", minimum=0, maximum=360)
    distance = parse_number(text_of(cells, "distance"), "distance", minimum=0, maximum=100_000)
    label = text_of(cells, "point")
    if bearing is not None:
        bearing += _declination(cells, bearings)
    return Point(
        label=label,
        position=(lon, lat) if lon is not None and lat is not None else None,
        origin=text_of(cells, "origin"),
        bearing_deg=bearing,
        distance_m=distance,
        is_reference=fold(label) in _REFERENCE_LABELS,
    )


def _coordinate(cells: Mapping[str, str], axis: Axis) -> float | None:
    text = text_of(cells, axis)
    if not text:
        return None
    angle = parse_angle(text)
    if angle is None or angle.axis not in (None, axis) or not (angle.sided or axis == "latitude"):
        raise FieldError(
            axis,
            text,
            message("not a coordinate: expected decimal degrees, or degrees, minutes and seconds with N, S, E, W (O)"),
            "location",
        )
    return parse_number(repr(angle.degrees), axis, minimum=-_LIMITS[axis], maximum=_LIMITS[axis])


def _declination(cells: Mapping[str, str], bearings: BearingReference | None) -> float:
    """Return what to add to a bearing to count it from true north."""
    stated = fold(text_of(cells, "bearing_reference")) or (bearings or "")
    if stated in _TRUE_WORDS:
        return 0.0
    if stated not in _MAGNETIC_WORDS:
        raise FieldError(
            "bearing_reference",
            stated,
            message("it is not said whether the bearing is true or magnetic"),
            "bearing",
        )
    declination = parse_number(text_of(cells, "declination"), "declination", minimum=-180, maximum=180)
    if declination is None:
        raise FieldError(
            "declination", "", message("a magnetic bearing needs the declination (degrees, east positive)"), "bearing"
        )
    return declination
