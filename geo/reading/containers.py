"""What a file is wrapped in: one file in a zip (KMZ too), or a gzip, taken out within limits."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.core.shapefile_zip import HARMLESS_BYTES, MAX_RATIO, check_members
from geo.reading.tabular import MOST_BYTES, read_bytes
from geo.reading.workbook_parts import kind_of

GZIP_MAGIC: Final = b"\x1f\x8b"
ZIP_MAGIC: Final = b"PK\x03\x04"

#: Wrapping within wrapping: a KMZ in a zip, and no more.
_DEEPEST: Final = 2
#: What desktops keep of a folder's looks.
_OF_DESKTOPS: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
#: Members of a zip that accompany what is to be read.
_BESIDE: Final = (".txt", ".md", ".pdf", ".prj", ".cpg", ".qml", ".png", ".jpg", ".jpeg", ".gif", ".xsl", ".html")


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it is read: where it is, its bytes, its name without folder, and how it was wrapped."""

    path: Path
    data: bytes
    name: str
    notes: tuple[Message, ...] = ()


@contextmanager
def unwrapped(path: Path) -> Iterator[Source]:
    """Give a file, or the one file that a zip or gzip holds; a workbook or the parts of a shapefile stay together.

    Raises
    ------
    FileError
        It cannot be read, or is a bomb, or a zip holds no file that could be meant, or several.
    """
    source = Source(path, read_bytes(path), path.name)
    with tempfile.TemporaryDirectory(prefix="sira-") as folder:
        for _ in range(_DEEPEST):
            inner = _inner(source)
            if inner is None:
                break
            name, data = inner
            if not data.strip():
                raise FileError(message("{file} is empty.", file=name), file=name)
            within = Path(folder) / f"{len(source.notes)}-{_plain(name)}"
            within.write_bytes(data)
            note = message("{file} holds {inner}.", file=source.name, inner=name)
            source = Source(within, data, name, (*source.notes, note))
        yield source


def _inner(source: Source) -> tuple[str, bytes] | None:
    if source.data.startswith(GZIP_MAGIC):
        return PurePosixPath(source.name).stem or source.name, _gunzip(source.data, source.name)
    if source.data.startswith(ZIP_MAGIC) and kind_of(source.data) is None:
        return _member(source)
    return None


def _gunzip(data: bytes, file: str) -> bytes:
    """Unpack a gzip, of one part or of several one after another."""
    limit = max(HARMLESS_BYTES, min(MOST_BYTES, MAX_RATIO * len(data)))
    content = bytearray()
    while data.startswith(GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content += unpacker.decompress(data, limit - len(content) + 1)
        except zlib.error as error:
            raise FileError(
                message("{file} is a damaged gzip: {why}.", file=file, why=str(error)), file=file
            ) from error
        if len(content) > limit:
            raise FileError(
                message("{file} unpacks to more than {limit} MB: refused.", file=file, limit=limit // 1_000_000),
                file=file,
            )
        if not unpacker.eof:
            raise FileError(message("{file} is a gzip cut short: its end is missing.", file=file), file=file)
        data = unpacker.unused_data
    return bytes(content)


def _member(source: Source) -> tuple[str, bytes] | None:
    try:
        with zipfile.ZipFile(source.path) as archive:
            members = archive.infolist()
            check_members(members, source.name)
            files = [m for m in members if not m.is_dir() and not _left_by_a_desktop(m.filename)]
            if any(m.filename.lower().endswith((".shp", ".shx", ".dbf")) for m in files):
                return None
            meant = _meant(files, source.name)
            return PurePosixPath(meant.filename).name, archive.read(meant)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise FileError(
            message("{file} is a damaged or unreadable zip: {detail}.", file=source.name, detail=str(error)),
            file=source.name,
        ) from error


def _left_by_a_desktop(name: str) -> bool:
    """Tell whether macOS or Windows put a file into the folder that was packed."""
    base = PurePosixPath(name).name.casefold()
    return name.startswith("__MACOSX/") or base.startswith(("._", "~$")) or base in _OF_DESKTOPS


def _meant(files: list[zipfile.ZipInfo], file: str) -> zipfile.ZipInfo:
    likely = [m for m in files if not m.filename.lower().endswith(_BESIDE)] or files
    documents = [m for m in likely if m.filename.lower() == "doc.kml"]
    if len(documents or likely) == 1:
        return (documents or likely)[0]
    raise FileError(
        message(
            "{file} holds {count} files ({names}); expected one file of incidents or areas, or one shapefile. Unpack "
            "it and give the file that is meant.",
            file=file,
            count=len(likely),
            names=", ".join(m.filename for m in likely[:10]),
        ),
        file=file,
    )


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in ".-_" else "_" for c in name)[-80:]
