"""Files that appear whole or not at all: written beside their target, and put in its place at the end."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import message

#: A part that nobody has written to for so long is of a process that was killed.
STALE_S: Final = 3600.0
_PART: Final = ".part"


@contextmanager
def replacing(target: Path, *, suffix: str, overwrite: bool) -> Iterator[Path]:
    """Give the path of a file to write, beside `target`; at the end of the block it takes the place of `target`.

    However the block ends, nothing else stays behind. A process that is killed outright leaves a hidden folder, which
    the next writing of the same target removes once it is an hour old.

    Parameters
    ----------
    suffix : str
        Ending of the file to write, which drivers may go by, such as ``.gpkg``.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Raises
    ------
    FileError
        If `target` exists and may not be replaced, or writing it fails; the message names the file.
    """
    refuse_existing(target, overwrite=overwrite)
    folder: Path | None = None
    try:
        remove_stale(target)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=_PART, dir=target.parent))
        part = folder / f"sira{suffix}"
        yield part
        refuse_existing(target, overwrite=overwrite)
        os.replace(part, target)
    except _write_errors() as error:
        raise unwritable(target, error) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _write_errors() -> tuple[type[Exception], ...]:
    """Return what a writer raises where a disk is full or a folder cannot be written."""
    # loaded where something was raised: most of who writes needs neither of the libraries
    from pyarrow import ArrowException
    from pyogrio.errors import DataLayerError, DataSourceError

    return OSError, sqlite3.Error, ArrowException, DataSourceError, DataLayerError


def unwritable(target: Path, error: Exception) -> FileError:
    """Return the error that `target` cannot be written, with the reason that a library or the system gives."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return FileError(
        message("{file} cannot be written: {reason}.", file=str(target), reason=reason.rstrip(".")), file=str(target)
    )


def refuse_existing(target: Path, *, overwrite: bool) -> None:
    """Raise `FileError` where `target` exists and may not be replaced, or is a folder."""
    if target.is_dir():
        raise FileError(message("{file} is a folder; expected the name of a file.", file=str(target)), file=str(target))
    if target.exists() and not overwrite:
        raise FileError(
            message("{file} exists already; choose another name, or allow it to be overwritten.", file=str(target)),
            file=str(target),
        )


def remove_stale(target: Path) -> None:
    """Remove what processes that were killed have left of `target`."""
    for left in target.parent.glob(f".{_escaped(target.name)}.*{_PART}"):
        if time.time() - max(path.stat().st_mtime for path in (left, *left.rglob("*"))) > STALE_S:
            shutil.rmtree(left)


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def put_in_place(path: Path) -> int | None:
    """Return when a file was put in its place, in nanoseconds since 1970; None where there is none."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
