"""A small binary workbook (XLSB, [MS-XLSB]): one sheet of texts and numbers, since no library here writes one."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/>'
    "</Relationships>"
)


def write_xlsb(path: Path, cells: Mapping[tuple[int, int], str | float], *, epoch_1904: bool = False) -> Path:
    """Write cells by row and column, counted from 0."""
    bundle = _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("D"))
    book = _record(131) + _record(153, struct.pack("<III", epoch_1904, 0, 0)) + _record(143) + bundle + _record(144)
    sheet = _record(129) + _record(148, bytes(16)) + _record(145)
    for row in sorted({row for row, _ in cells}):
        sheet += _record(0, struct.pack("<IIHHBI", row, 0, 0, 0, 0, 0))
        for (_, column), value in sorted(item for item in cells.items() if item[0][0] == row):
            at = struct.pack("<II", column, 0)
            sheet += (
                _record(6, at + _text(value)) if isinstance(value, str) else _record(5, at + struct.pack("<d", value))
            )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/_rels/workbook.bin.rels", _RELATIONS)
        archive.writestr("xl/workbook.bin", book + _record(132))
        archive.writestr("xl/worksheets/sheet1.bin", sheet + _record(146) + _record(130))
    return path


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    assert len(body) < 128 * 128
    length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
    return head + length + body


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
