"""What GDAL may be asked to open of a file that people hand in: what its first bytes tell, and nothing that leads on.

GDAL lets any of its drivers claim a file. Some formats (VRT, GDALG, virtual tables of SQLite) make it read other files
of this machine, or of the network, whatever the file is called.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import message

SQLITE_MAGIC: Final = b"SQLite format 3\x00"
SHAPEFILE_MAGIC: Final = b"\x00\x00\x27\x0a"
FLATGEOBUF_MAGIC: Final = b"fgb\x03fgb"

_VIRTUAL: Final = re.compile(r"\bvirtual\b.*\busing\b", re.IGNORECASE | re.DOTALL)
#: Modules that only index what the file itself holds.
_INDEX: Final = re.compile(
    r"""CREATE\s+VIRTUAL\s+TABLE\s+(?:"[^"]*"|\w+)\s+USING\s+"?(?:rtree|fts[345])"?\s*\(.*\)\s*""",
    re.IGNORECASE | re.DOTALL,
)


def is_json(start: bytes) -> bool:
    """Tell whether a file that begins so is a JSON object."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"{")


def ogr_source(path: Path, file: str | None = None) -> str:
    """Return under what name GDAL opens a GeoPackage, GeoJSON, FlatGeobuf or shapefile as that and as nothing else.

    Parameters
    ----------
    path : path
    file : str, optional
        What people call the file, where that is not the name of `path`.

    Raises
    ------
    FileError
        If it is none of these, or a GeoPackage that leads to other files.
    """
    file = file or path.name
    with path.open("rb") as stream:
        start = stream.read(4096)
    if is_json(start):
        return f"GeoJSON:{path}"
    if start.startswith(SQLITE_MAGIC):
        _check_tables(path, file)
    elif not start.startswith((SHAPEFILE_MAGIC, FLATGEOBUF_MAGIC)):
        raise FileError(
            message("{file} cannot be read: it is no GeoPackage, GeoJSON file or shapefile.", file=file), file=file
        )
    return str(path)


def _check_tables(path: Path, file: str) -> None:
    """Raise where a table of a database is not in the database."""
    log = path.with_name(f"{path.name}-wal")
    address = f"{path.absolute().as_uri()}?mode=ro" + ("" if log.exists() else "&immutable=1")
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = lambda text: text.decode("utf-8", "replace")
            made = [str(sql) for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
    except sqlite3.Error as error:
        raise FileError(
            message("{file} cannot be read: {detail}.", file=file, detail=str(error)[:200]), file=file
        ) from error
    if any(_VIRTUAL.search(sql) and not _INDEX.fullmatch(sql) for sql in made):
        raise FileError(message("{file} has tables that read other files: refused.", file=file), file=file)
