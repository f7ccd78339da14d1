"""KML and GPX: parsed without document types or entities; other XML is refused by what it is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # hostile XML is refused by `_Builder` before anything expands
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import Message, message

#: KML nests Folders; a document deeper than this is made to exhaust a parser.
MAX_DEPTH: Final = 100

_HTML: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
#: Characters of a balloon's text that are looked through.
_LONGEST: Final = 100_000
#: What holds the time of a Placemark: its day, or the first of a span.
_WHEN: Final = ("when", "begin")
_SHAPES: Final = frozenset({"Point", "LineString", "LinearRing", "Polygon", "Model", "Track"})


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


def parse(data: bytes, file: str) -> ET.Element:
    """Return the root of a KML or GPX document.

    Raises
    ------
    FileError
        The document is not well-formed XML, is hostile, or is neither: then by what it is.
    """
    if _HTML.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise FileError(
            message("{file} is a web page, whatever its name ends in: save the table as XLSX or CSV.", file=file),
            file=file,
        )
    parser = ET.XMLParser(target=_Builder(file))  # noqa: S314
    try:
        parser.feed(data)
        root = parser.close()
    except (ET.ParseError, ValueError, LookupError) as error:
        raise FileError(
            message("{file} is not well-formed XML: {detail}.", file=file, detail=str(error)), file=file
        ) from error
    if local(root) not in ("kml", "gpx"):
        raise FileError(_what_else(root, file), file=file)
    return root


def _what_else(root: ET.Element, file: str) -> Message:
    space, _, name = str(root.tag).removeprefix("{").rpartition("}")
    if name.casefold() == "maxml" or "maxml" in space.casefold():
        return message(
            "{file} is IMSMA's maXML, which Sira does not read. Export a table instead: from IMSMA NG a search or "
            "report as CSV or Excel, with places and dates; from IMSMA Core the layer as CSV, GeoJSON or shapefile.",
            file=file,
        )
    if "office:spreadsheet" in space or name == "Workbook":
        return message("{file} is a spreadsheet in the XML of 2003: save it as XLSX.", file=file)
    return message("{file} is XML but not KML.", file=file)


def local(element: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


@dataclass(frozen=True, slots=True)
class Placemark:
    """A Placemark of a KML document.

    Attributes
    ----------
    folders
        Names of the folders that it is in, from the outermost.
    properties
        Its ``name``, its ``description``, and its extended data, or the table in its description, under their names.
    """

    element: ET.Element
    folders: tuple[str, ...]
    properties: Mapping[str, str]

    def shapes(self) -> list[ET.Element]:
        """Return its points, lines and polygons, but not the rings of these."""
        return [element for element in self.element.iter() if local(element) in _SHAPES - {"LinearRing"}]


def placemarks(element: ET.Element, folders: tuple[str, ...] = ()) -> Iterator[Placemark]:
    """Yield the Placemarks of a KML document, in its order."""
    for child in element:
        kind = local(child)
        if kind == "Placemark":
            yield Placemark(child, folders, _properties(child))
        elif kind in ("Folder", "Document"):
            name = next((part.text or "" for part in child if local(part) == "name"), "") if kind == "Folder" else ""
            yield from placemarks(child, (*folders, name.strip()) if name.strip() else folders)
        elif kind not in ("Style", "StyleMap", "Schema"):
            yield from placemarks(child, folders)


def _properties(placemark: ET.Element) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for element in placemark.iter():
        tag = local(element)
        if tag in ("name", "description") and tag not in found:
            found[tag] = (element.text or "").strip()
        elif tag in _WHEN and "date" not in found and (element.text or "").strip():
            found["date"] = (element.text or "").strip()
        elif tag == "SimpleData":
            found[element.get("name", "")] = element.text or ""
        elif tag == "Data":
            values = [child.text or "" for child in element if local(child) == "value"]
            found[element.get("name", "")] = "".join(values)
    if set(found) <= {"name", "description", "date"}:
        found |= _table_of(found.get("description", ""))
    return found


class _Rows(HTMLParser):
    """Collects the texts of a table's cells, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        self._within = tag == "td" or (self._within and tag != "tr")
        if tag == "td" and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag not in ("td", "tr", "table")

    def handle_data(self, data: str) -> None:
        if self._within and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def _table_of(description: str) -> dict[str, str]:
    """Return the rows of names and values of the table that ArcGIS writes into a balloon instead of extended data."""
    if "<td" not in description.casefold():
        return {}
    table = _Rows()
    table.feed(description[:_LONGEST])
    rows = ([cell.strip() for cell in cells] for cells in table.rows)
    return {cells[0]: cells[1] for cells in rows if len(cells) == 2 and cells[0]}
