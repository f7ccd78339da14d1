"""What the reader of workbooks does not tell: how far sheets reach, formulas without values, errors, days from 1904.

A zipped workbook is unpacked here, within limits, and packed again for the reader, which trusts the sizes that an
archive states. How far a sheet reaches is found first, because the reader makes room for every cell in between.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from geo.core.errors import FileError
from geo.core.messages import message
from geo.reading import compound
from geo.reading.tabular import MOST_BYTES, Merged
from geo.reading.text import UNSTORED

Kind = Literal["xlsx", "xlsb", "xls", "ods"]

#: Cells between a sheet's first and last, filled or not.
MOST_CELLS: Final = 25_000_000

#: What reading a damaged zip raises.
DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, KeyError,
    struct.error, IndexError,
)  # fmt: skip
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_UNREAD: Final = re.compile(
    r"(xl/(media|drawings|charts|theme|printerSettings|vbaProject)|docProps/|customXml/|Pictures/)"
)

_CELL_AT: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,7})(\d{1,9})[\"']")
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
# A formula's text holds no "<" but as &lt;.
_FORMULA_CELL: Final = re.compile(
    rb"<((?:\w+:)?)c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v(?:\s[^<>]*)?>([^<]*)</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_TYPE: Final = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_ERROR: Final = re.compile(rb"(<(?:\w+:)?c\b[^<>]*\st\s*=\s*[\"'])e(?=[\"'])")

# For as many strings as it states, true or not, the reader makes room.
_STRINGS: Final = re.compile(rb"<((?:\w+:)?sst)\b[^<>]*?(/?)>")

_ODS_TOKEN: Final = re.compile(rb"<table:(?:table|table-row|table-cell|covered-table-cell)\b[^<>]*>")
# Bounded, lest a tag made for it take for ever.
_ODS_UNSTORED: Final = re.compile(
    rb"<table:table-cell\b(?![^<>]{0,4000}office:value-type)([^<>]{0,4000}?)\stable:formula=\"([^\"<>]*)\"([^<>]{0,4000}?)(?:/>|>\s*</table:table-cell>)"
)
_ODS_ERROR: Final = re.compile(rb"\soffice:string-value=\"\"(?=[^<>]{0,4000}calcext:value-type=\"error\")")

# BIFF12 (xlsb): a row's header, the records of cells, the workbook's properties. BIFF8 (xls): records of cells.
_XLSB_ROW, _XLSB_CELLS, _XLSB_PROPERTIES, _XLSB_STRINGS = 0, range(2, 12), 153, 159
_XLS_CELLS: Final = frozenset({0x0006, 0x007E, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E})
_XLS_MULTIPLE, _XLS_DIMENSIONS, _XLS_DATES, _XLS_BEGIN = 0x00BD, 0x0200, 0x0022, 0x0809


@dataclass(slots=True)
class Parts:
    """A workbook for the reader, and what was found out about it.

    Attributes
    ----------
    content
        The workbook, with `UNSTORED` and the formula in the cells that have no value, and errors as text.
    epoch_1904
        Days are counted from 1904.
    reaches
        Last row and column of each sheet, counted from 1.
    merged
        Merged cells of each sheet, where the reader does not tell them.
    """

    content: bytes
    epoch_1904: bool = False
    reaches: list[tuple[int, int]] = field(default_factory=list)
    merged: list[list[Merged]] = field(default_factory=list)


def kind_of(data: bytes) -> Kind | None:
    """Tell which kind of workbook the bytes hold, if any."""
    if data.startswith(compound.MAGIC):
        return "xls"
    if not data.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if "mimetype" in names and "content.xml" in names:
                return "ods" if archive.open("mimetype").read(100).startswith(_ODS) else None
    except DAMAGED:
        return "xlsx"  # what is no zip at all is for the reader of workbooks to name
    if "xl/workbook.bin" in names:
        return "xlsb"
    return "xlsx" if any(name.startswith("xl/") for name in names) else None


def prepare(data: bytes, kind: Kind, file: str) -> Parts:
    """Return the workbook as it may be given to the reader.

    Raises
    ------
    FileError
        The workbook is damaged, unpacks to too much, or a sheet reaches too far.
    """
    try:
        parts = _PREPARED[kind](data, file)
    except DAMAGED as error:
        raise unreadable(file, kind, type(error).__name__) from error
    for rows, columns in parts.reaches:
        if rows * columns > MOST_CELLS:
            raise FileError(
                message(
                    "{file}: a sheet reaches to row {rows}, column {columns}, which is more than {limit} cells. Delete "
                    "the empty rows and columns at its end and save it again.",
                    file=file,
                    rows=rows,
                    columns=columns,
                    limit=MOST_CELLS,
                ),
                file=file,
            )
    return parts


def unreadable(file: str, kind: Kind, why: str) -> FileError:
    """Return the error of a damaged workbook."""
    return FileError(
        message("{file} is not a readable {kind} workbook ({why}).", file=file, kind=kind.upper(), why=why), file=file
    )


def _unpack(data: bytes, file: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
            raise FileError(
                message("{file} unpacks to more than {limit} MB.", file=file, limit=MOST_BYTES // 1_000_000), file=file
            )
        return {name: archive.read(name) for name in archive.namelist() if not _UNREAD.match(name)}


def _pack(members: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def _prepare_xlsx(data: bytes, file: str) -> Parts:
    members = _unpack(data, file)
    workbook = b"".join(xml for name, xml in members.items() if re.fullmatch(r"xl/workbook\w*\.xml", name))
    recalculated = _is_set(workbook, rb"fullCalcOnLoad")
    parts = Parts(b"", epoch_1904=_is_set(workbook, rb"date1904"))
    for name, xml in members.items():
        if name.lower().endswith(".xml") and b"\0" in xml:
            raise ValueError("not UTF-8")
        if b"sst" in xml:
            members[name] = xml = _STRINGS.sub(rb"<\1\2>", xml)
        if b"sheetData" in xml:
            parts.reaches.append(_reach_xlsx(xml))
            members[name] = _readable_xlsx(xml, recalculated)
    parts.content = _pack(members)
    return parts


def _is_set(xml: bytes, attribute: bytes) -> bool:
    return re.search(rb"\s" + attribute + rb"\s*=\s*[\"'](?:1|true)[\"']", xml) is not None


def _reach_xlsx(xml: bytes) -> tuple[int, int]:
    found = _CELL_AT.findall(xml)
    rows = max(map(int, {digits for _, digits in found}), default=0)
    columns = max(map(_column_number, {letters for letters, _ in found}), default=0)
    if len(found) < len(_CELL.findall(xml)):  # cells that do not say where they are stand one beside the other
        rows = max(rows, len(_ROW.findall(xml)))
        columns = max(columns, *(len(_CELL.findall(row)) for row in _ROW.split(xml)))
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _readable_xlsx(xml: bytes, recalculated: bool) -> bytes:
    """Write formulas without a value, and errors, as text: the reader would give an empty cell for both."""
    if b"<f" in xml or b":f" in xml:
        xml = _FORMULA_CELL.sub(lambda cell: _with_value(cell, recalculated), xml)
    if b't="e"' in xml or b"t='e'" in xml:
        xml = _ERROR.sub(rb"\1str", xml)
    return xml


def _with_value(cell: re.Match[bytes], recalculated: bool) -> bytes:
    prefix, attributes, formula, value = cell.groups()
    kind = _TYPE.search(attributes)
    typed = kind.group(1) if kind else b"n"
    # A text may be empty. A program that leaves the calculation to Excel may write 0 for every number.
    left = recalculated and typed == b"n" and value is not None and value.strip() == b"0"
    if value is not None and (value.strip() or typed == b"str") and not left:
        return cell.group()
    text = UNSTORED.encode() + b"=" + (formula or b"")
    return b'<%bc%b t="str"><%bv>%b</%bv></%bc>' % (prefix, _TYPE.sub(b"", attributes), prefix, text, prefix, prefix)


def _prepare_ods(data: bytes, file: str) -> Parts:
    members = _unpack(data, file)
    xml = members["content.xml"]
    if b"\0" in xml:
        raise ValueError("not UTF-8")
    xml = _ODS_UNSTORED.sub(
        lambda cell: (
            b'<table:table-cell%b%b office:value-type="string"><text:p>%b</text:p></table:table-cell>'
            % (cell[1], cell[3], UNSTORED.encode() + cell[2].removeprefix(b"of:"))
        ),
        xml,
    )
    members["content.xml"] = xml = _ODS_ERROR.sub(b"", xml)
    parts = Parts(_pack(members), epoch_1904=b'date-value="1904-01-01"' in xml)
    _look_through_ods(xml, parts)
    return parts


def _look_through_ods(xml: bytes, parts: Parts) -> None:
    """Follow rows and cells, each perhaps repeated, as far as there is anything in them."""
    row, column, repeated = 0, 0, 0
    for token in _ODS_TOKEN.findall(xml):
        if token.startswith(b"<table:table-row"):
            row, column, repeated = row + repeated, 0, _number(token, b"number-rows-repeated")
        elif token.startswith((b"<table:table-cell", b"<table:covered")):
            begin, column = column, column + _number(token, b"number-columns-repeated")
            if b"office:" in token and parts.reaches:
                reach = parts.reaches[-1]
                parts.reaches[-1] = (max(reach[0], row + repeated), max(reach[1], min(column, 16_384)))
            down = _number(token, b"number-rows-spanned")
            if down > 1 and parts.merged:
                across = _number(token, b"number-columns-spanned")
                parts.merged[-1].append(((row, begin), (row + down - 1, begin + across - 1)))
        else:
            parts.reaches.append((0, 0))
            parts.merged.append([])
            row, column, repeated = 0, 0, 0


def _number(token: bytes, attribute: bytes) -> int:
    found = re.search(attribute + rb"=\"(\d{1,12})\"", token)
    return int(found[1]) if found else 1


def _prepare_xlsb(data: bytes, file: str) -> Parts:
    members = _unpack(data, file)
    parts = Parts(b"")
    for name, content in members.items():
        if not name.endswith(".bin"):
            continue
        rows = columns = 0
        for record, at, body in _records_xlsb(content):
            if record == _XLSB_STRINGS and int.from_bytes(body[4:8], "little") > len(content):
                members[name] = content[: at + 4] + bytes(4) + content[at + 8 :]  # more than there is room for
            if record == _XLSB_ROW:
                rows = max(rows, int.from_bytes(body[:4], "little") + 1)
            elif record in _XLSB_CELLS:
                columns = max(columns, int.from_bytes(body[:4], "little") + 1)
            elif record == _XLSB_PROPERTIES and name == "xl/workbook.bin":
                parts.epoch_1904 = bool(body[0] & 1)
        parts.reaches.append((rows, columns))
    parts.content = _pack(members)
    return parts


def _records_xlsb(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at < len(content):
        record, at = content[at], at + 1
        if record & 0x80:
            record, at = (record & 0x7F) | (content[at] & 0x7F) << 7, at + 1
        length = shift = 0
        for shift in range(0, 28, 7):
            byte, at = content[at], at + 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield record, at, content[at : at + length]
        at += length


def _prepare_xls(data: bytes, file: str) -> Parts:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise FileError(message("{file} is protected by a password; save it without one.", file=file), file=file)
    stream = compound.workbook_stream(data)
    parts = Parts(data)
    rows = columns = at = 0
    while at + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if record == _XLS_BEGIN:
            parts.reaches.append((rows, columns))
            rows = columns = 0
        elif record == _XLS_DATES:
            parts.epoch_1904 = body[:1] == b"\x01"
        elif record == _XLS_DIMENSIONS and len(body) >= 12:
            rows = max(rows, struct.unpack_from("<I", body, 4)[0])
            columns = max(columns, struct.unpack_from("<H", body, 10)[0])
        elif record in _XLS_CELLS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, length - 2)[0] if record == _XLS_MULTIPLE else column
            rows, columns = max(rows, row + 1), max(columns, column + 1, last + 1)
    parts.reaches.append((rows, columns))
    return parts


_PREPARED: Final[Mapping[Kind, Callable[[bytes, str], Parts]]] = {
    "xlsx": _prepare_xlsx,
    "xlsb": _prepare_xlsb,
    "xls": _prepare_xls,
    "ods": _prepare_ods,
}
