"""Unpacks one shapefile of a zip, and refuses zips that are damaged, bombs, or lead out of their folder."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import message

#: A zip may unpack to this much; beyond the harmless size, by no more than this factor. Real shapefiles stay far below.
MAX_UNPACKED_BYTES: Final = 500_000_000
HARMLESS_BYTES: Final = 10_000_000
MAX_RATIO: Final = 200
MAX_MEMBERS: Final = 100

_SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SHAPEFILE_REQUIRED: Final = (".shp", ".shx", ".dbf", ".prj")


def unpack_shapefile(path: Path, folder: Path, layer: str | None = None) -> Path:
    """Unpack the one shapefile of a zip, or the one called `layer`, into `folder` and return the path of its ``.shp``.

    Raises
    ------
    FileError
        Where the zip is damaged, encrypted or a bomb, holds paths that lead out of it, or not exactly one shapefile
        with its .shx, .dbf and .prj.
    """
    with _members(path) as (archive, members):
        return _unpack(archive, _shapefile_parts(members, path.name, layer), folder / "layer.shp")


def unpack_shapefiles(path: Path, folder: Path) -> Path:
    """Unpack a zip's one shapefile and return its path, or all of several into `folder` and return that.

    Raises
    ------
    FileError
        As `unpack_shapefile` does, but for several shapefiles of different names.
    """
    with _members(path) as (archive, members):
        stems = [PurePosixPath(member.filename.replace("\\", "/")).stem for member in _shapes(members)]
        if len(stems) < 2:
            return _unpack(archive, _shapefile_parts(members, path.name, None), folder / "layer.shp")
        for number, stem in enumerate(stems):
            target = folder / f"{_plain(stem) or number}.shp"
            _unpack(archive, _shapefile_parts(members, path.name, stem), target)
    return folder


@contextmanager
def _members(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(archive.infolist(), path.name)
            yield archive, archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise FileError(
            message("{file} is a damaged or unreadable zip: {detail}.", file=path.name, detail=str(error)),
            file=path.name,
        ) from error


def _unpack(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo], target: Path) -> Path:
    for suffix, member in parts.items():
        target.with_name(target.stem + suffix).write_bytes(archive.read(member))
    return target


def _shapes(members: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    return [m for m in members if m.filename.lower().endswith(".shp") and "__MACOSX" not in m.filename]


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isalnum() or c in "-_")[:80]


def check_members(members: Sequence[zipfile.ZipInfo], file: str) -> None:
    """Raise `FileError` for a zip that is a bomb, holds too many files, or paths that lead out of it."""
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    bomb = unpacked > MAX_UNPACKED_BYTES or (unpacked > HARMLESS_BYTES and unpacked / packed > MAX_RATIO)
    if bomb or len(members) > MAX_MEMBERS:
        raise FileError(
            message(
                "{file} holds {members} files that unpack to {bytes} bytes, {ratio} times its size: refused.",
                file=file,
                members=len(members),
                bytes=unpacked,
                ratio=round(unpacked / packed),
            ),
            file=file,
        )
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in member.filename:
            raise FileError(
                message("{file} holds a path that leads out of it, {name}: refused.", file=file, name=member.filename),
                file=file,
            )


def _shapefile_parts(members: list[zipfile.ZipInfo], file: str, layer: str | None) -> Mapping[str, zipfile.ZipInfo]:
    shapes = _shapes(members)
    if layer is not None:
        shapes = [m for m in shapes if PurePosixPath(m.filename.replace("\\", "/")).stem == layer]
    if len(shapes) != 1:
        raise FileError(
            message("{file} holds {count} shapefiles; expected exactly one.", file=file, count=len(shapes)), file=file
        )
    stem = shapes[0].filename[:-4].lower()
    parts = {
        suffix: member for suffix in _SHAPEFILE_PARTS for member in members if member.filename.lower() == stem + suffix
    }
    missing = [suffix for suffix in _SHAPEFILE_REQUIRED if suffix not in parts]
    if missing:
        raise FileError(
            message("{file}: the shapefile lacks its {missing}.", file=file, missing=", ".join(missing)), file=file
        )
    return parts
