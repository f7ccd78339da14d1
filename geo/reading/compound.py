"""Old Excel's container (OLE compound file, MS-CFB): its chains of sectors are sound, and one stream of it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_LAST_SECTOR: Final = 0xFFFFFFFA  # greater numbers end a chain or mark a sector as free or special
_HEADER_FATS: Final = 109


def workbook_stream(data: bytes) -> bytes:
    """Return the stream called ``Workbook`` (or ``Book``, before Excel 97).

    Every chain of sectors of the file is followed first: one that leads back into itself would have the reader of
    the workbook fill the memory.

    Raises
    ------
    ValueError
        A chain is circular or leads out of the file, or there is no such stream.
    """
    size = 1 << _u16(data, 30)
    if size not in (512, 4096):
        raise ValueError("sector size")
    fat = _fat(data, size)
    _check_chains(fat)
    mini_fat = _words(_chain(data, fat, _u32(data, 60), size, size))
    _check_chains(mini_fat)
    entries = _chain(data, fat, _u32(data, 48), size, size)
    mini_stream = b""
    for at in range(0, len(entries) - 127, 128):
        name = entries[at : at + max(_u16(entries, at + 64) - 2, 0)].decode("utf-16-le", "replace")
        kind, start, length = entries[at + 66], _u32(entries, at + 116), _u32(entries, at + 120)
        if kind == 5:
            mini_stream = _chain(data, fat, start, size, size)
        if kind == 2 and name.casefold() in ("workbook", "book"):
            if length < _u32(data, 56):
                return _chain(mini_stream, mini_fat, start, 1 << _u16(data, 32), 0)[:length]
            return _chain(data, fat, start, size, size)[:length]
    raise ValueError("no stream called Workbook")


def _fat(data: bytes, size: int) -> list[int]:
    sectors = list(struct.unpack_from(f"<{_HEADER_FATS}I", data, 76))
    further, seen = _u32(data, 68), set[int]()
    while further < _LAST_SECTOR:
        if further in seen:
            raise ValueError("circular chain")
        seen.add(further)
        *more, further = _words(_sector(data, further, size, size))
        sectors += more
    return _words(b"".join(_sector(data, number, size, size) for number in sectors if number < _LAST_SECTOR))


def _check_chains(table: Sequence[int]) -> None:
    """Raise where a chain that begins anywhere comes back to a sector of its own."""
    seen = [0] * len(table)
    for begin in range(len(table)):
        at = begin
        while at < len(table) and not seen[at]:
            seen[at] = begin + 1
            at = table[at]
        if at < len(table) and seen[at] == begin + 1:
            raise ValueError("circular chain")


def _chain(data: bytes, table: Sequence[int], at: int, size: int, offset: int) -> bytes:
    found = []
    while at < _LAST_SECTOR:
        if at >= len(table):
            raise ValueError("chain out of the file")
        found.append(_sector(data, at, size, offset))
        at = table[at]
    return b"".join(found)


def _sector(data: bytes, number: int, size: int, offset: int) -> bytes:
    return data[offset + number * size : offset + (number + 1) * size]


def _words(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
