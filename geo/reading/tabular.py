"""From bytes to cells: which encoding, which separator, which sheet; every row keeps its line number."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, Literal

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.reading.encodings import decode

#: Largest file read, and largest size a spreadsheet may unpack to (against archives made to fill the memory).
MOST_BYTES: Final = 500_000_000

#: First and last cell of merged ones, each as row and column counted from 0.
Merged = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file the rows are, as far as a person said: None is for Sira to find.

    Attributes
    ----------
    sheet
        Name of a workbook's sheet.
    layer
        Name of a GIS file's layer.
    header_row
        Line of the header, counted from 1.
    encoding
        Of a text file or a shapefile's names, as Python calls it.
    """

    sheet: str | None = None
    layer: str | None = None
    header_row: int | None = None
    encoding: str | None = None


#: Nobody said where.
NOWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells as text, of a file, a sheet or a layer. The header is still among the rows: lines may stand above it.

    Attributes
    ----------
    file
        Name without folder.
    kind
        What the file is, not what its name says.
    lines
        Line (or feature number) of each row; blank rows are left out.
    cells
        One list per row, of any length.
    name
        Of the sheet or layer, where the file may have several.
    hidden
        The sheet is not shown to who opens the workbook.
    merged
        Merged cells; only the first of them holds what is seen in all.
    epoch_1904
        Days that are written as bare numbers count from 1904, not 1900.
    torn
        The last line of a text has no end: it may have lost a part.
    closed
        Not every row need be of the kind looked for: one whose words are not known is none.
    unread
        Other layers of the file that hold the same kind of things, each with how many; empty where one was asked for.
    """

    file: str
    kind: Literal["csv", "workbook", "geofile", "records"]
    lines: list[int]
    cells: list[list[str]]
    notes: tuple[Message, ...]
    name: str = ""
    hidden: bool = False
    merged: tuple[Merged, ...] = ()
    epoch_1904: bool = False
    torn: bool = False
    closed: bool = False
    unread: str = ""


def read_bytes(path: Path) -> bytes:
    """Return the bytes of `path`; a missing, unreadable, empty or far too large file is a `FileError`."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FileError(
                message("{file} is larger than {limit} MB.", file=path.name, limit=MOST_BYTES // 1_000_000),
                file=path.name,
            )
        data = path.read_bytes()
    except OSError as error:
        raise FileError(
            message("{file} cannot be read: {why}.", file=path.name, why=error.strerror or type(error).__name__),
            file=path.name,
        ) from error
    if not data.strip():
        raise FileError(message("{file} is empty.", file=path.name), file=path.name)
    return data


#: A line in one pair of quotation marks, with a separator in it.
_QUOTED_LINE: Final = re.compile(r'"(?:[^"]|"")*[,;\t|](?:[^"]|"")*"')


def read_csv(data: bytes, file: str, encoding: str | None = None) -> Sheet:
    """Read text in any encoding that can be told (`geo.reading.encodings`), split by ``,``, ``;``, tab or ``|``."""
    text, notes = decode(data, file, encoding)
    torn = not text.endswith(("\n", "\r"))
    text, separator = _separator(_unquoted(text))
    lines: list[int] = []
    cells: list[list[str]] = []
    blank = 0
    reader = csv.reader(_lines(text), delimiter=separator, strict=True)
    shared: dict[str, str] = {}
    begin = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                lines.append(begin)
                cells.append([shared.setdefault(cell, cell) for cell in row])
                if len(shared) > _SHARED:
                    shared.clear()
            else:
                blank += 1
            begin = reader.line_num + 1
    except csv.Error as error:
        raise FileError(
            message(
                "{file}: the row that begins in line {line} cannot be split into columns ({why}); a quotation mark "
                "is probably missing or not doubled.",
                file=file,
                line=begin,
                why=str(error),
            ),
            file=file,
        ) from error
    return Sheet(file, "csv", lines, cells, (*notes, *blank_note(blank)), torn=torn and len(cells) > 1)


#: A line with its end, as the csv module takes lines from a file; the last may have none.
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
#: Distinct cells that are remembered, so that words which stand in many rows are one text each.
_SHARED: Final = 50_000


def _lines(text: str) -> Iterator[str]:
    """Give the lines of a text; a file in memory would hold it in four bytes a character."""
    return (found.group() for found in _LINE.finditer(text))


def _unquoted(text: str) -> str:
    """Return a text without the quotation marks that stand around each line as a whole: a sheet of one column."""
    lines = text.splitlines()
    if len(lines) < 2 or not all(_QUOTED_LINE.fullmatch(line) for line in lines if line):
        return text
    doubled, single = '""', '"'
    return "\n".join(line[1:-1].replace(doubled, single) for line in lines) + "\n"


def _separator(text: str) -> tuple[str, str]:
    """Return the text without a spreadsheet's ``sep=`` line, and the separator that splits its first rows alike."""
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:
        return "\n" + text[declared.end() :], declared.group(1)  # the line keeps its number, as a blank one
    head = "\n".join(text.splitlines()[:25])
    alike, widest = {}, {}
    for candidate in (",", ";", "\t", "|"):
        # Not strict: a quotation mark that only one of the candidates makes sense of must not end the search.
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=candidate) if row]
        except csv.Error:
            widths = []
        repeated = Counter(width for width in widths if width > 1)
        alike[candidate] = max((count * (width - 1) for width, count in repeated.items() if count > 1), default=0)
        widest[candidate] = max(widths[:2], default=0)
    said = alike if any(alike.values()) else widest
    return text, max(said, key=lambda candidate: said[candidate])


def cell_text(value: object) -> str:
    """Return the value of a typed cell as text: whole numbers without a point, days as ISO 8601 has them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def blank_note(blank: int) -> tuple[Message, ...]:
    """Return the remark on blank lines between the rows, if there are any."""
    return (message("{count} blank {count:line was|lines were} passed over.", count=blank),) if blank else ()
