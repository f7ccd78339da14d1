"""Backups: one SQLite file that holds all of a store, whichever database it came from or goes to."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import URL, Connection, Table, delete, insert, or_, select, update

from geo.core.errors import StoreError
from geo.core.messages import message
from geo.store import journal, revisions, tables
from geo.store.again import Later, later
from geo.store.database import Database
from geo.store.migrate import migrate, schema_version
from geo.store.records import Action, RevisionKind

_CHUNK_ROWS: Final = 5_000


def backup(database: Database, path: Path, *, overwrite: bool) -> None:
    """Write the store as it is now to `path`; the file appears whole or not at all, readable by its owner alone.

    Raises
    ------
    StoreError
        Where `path` exists and `overwrite` is false, is the store itself, cannot be written, or the store fails.
    """
    _check_target(database, path, overwrite)
    try:
        # Beside the target, so that the last step is a rename within one file system.
        with TemporaryDirectory(dir=path.parent, prefix=".sira-backup-") as folder:
            unfinished = Path(folder) / "backup.sqlite"
            copy = _stand_alone(unfinished, label=str(path))
            try:
                migrate(copy)
                with database.read() as source, copy.write() as target:
                    _copy_tables(database, source, target)
            finally:
                copy.close()
            _flush(unfinished)
            unfinished.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise StoreError(
            message("The backup {file} cannot be written ({reason}).", file=str(path), reason=error.strerror)
        ) from error


def restore(
    database: Database,
    path: Path,
    confirm: Callable[[Sequence[Later]], bool],
    take: Callable[[Connection, Later], None],
) -> None:
    """Replace all that the store holds by a backup, in one transaction; the file is only read.

    `confirm` is given what was done since the backup was made: deliveries, decisions, erasures. It tells whether to
    keep it (it raises to let all be as it is); that is then done again by `take`, one after the other. What was erased
    is erased again in any case.

    A backup of an older Sira is brought up to date on the way. What follows is a new revision with a number that
    neither side had, so that nothing cached can be taken for it; keys that were revoked here stay revoked, users who
    are here stay what they are here (role, password, disabled), and all sessions and links end.

    Raises
    ------
    StoreError
        Where the file is no Sira backup, is damaged or was written by a newer Sira, or the store fails. The store
        then stays as it was.
    """
    with TemporaryDirectory(prefix="sira-restore-") as folder:
        working_copy = Path(folder) / "backup.sqlite"
        _copy_file(path, working_copy)
        copy = _stand_alone(working_copy, label=str(path))
        try:
            _require_backup(copy)
            migrate(copy)
            with copy.read() as source, database.write() as target:
                unknown = later(source, target)
                keep = confirm(unknown)
                _replace_all(copy, source, target, path.name)
                for one in unknown:
                    if keep or one.is_erasure:
                        take(target, one)
        finally:
            copy.close()


def _check_target(database: Database, path: Path, overwrite: bool) -> None:
    if database.is_sqlite and path.exists() and path.samefile(database.sqlite_path):
        raise StoreError(
            message("The backup {file} would replace the store itself; name another file.", file=str(path))
        )
    if path.exists() and not overwrite:
        raise StoreError(message("The file {file} exists already; name another one for the backup.", file=str(path)))


def _stand_alone(path: Path, label: str) -> Database:
    return Database(URL.create("sqlite", database=str(path)), wal=False, label=label)


def _copy_file(path: Path, target: Path) -> None:
    """Copy a SQLite file with SQLite's own means, which also take what still lies in its write-ahead log."""
    try:
        path.open("rb").close()
        source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            copy = sqlite3.connect(target)
            try:
                source.backup(copy)
            finally:
                copy.close()
        finally:
            source.close()
    except OSError as error:
        raise StoreError(
            message("The backup {file} cannot be read ({reason}).", file=str(path), reason=error.strerror)
        ) from error
    except sqlite3.Error as error:
        raise StoreError(
            message("{file} is not a Sira backup ({reason}).", file=str(path), reason=str(error))
        ) from error


def _require_backup(copy: Database) -> None:
    with copy.read() as connection:
        if schema_version(connection, copy.label) is None:
            raise StoreError(message("{file} is not a Sira backup (it is empty).", file=copy.label))
        faults = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        if faults != ["ok"]:
            raise StoreError(message("The backup {file} is damaged ({reason}).", file=copy.label, reason=faults[0]))


def _replace_all(copy: Database, source: Connection, target: Connection, file: str) -> None:
    keys = tables.keys
    last = revisions.current(target)
    ended = target.execute(select(keys.c.hash, keys.c.revoked, keys.c.expires)).all()
    here = [dict(row) for row in target.execute(select(tables.users)).mappings()]
    for table in reversed(tables.metadata.sorted_tables):
        target.execute(delete(table))
    _copy_tables(copy, source, target)
    for key in ended:
        _end_as_here(target, key)
    for user in here:
        values = {name: value for name, value in user.items() if name not in ("id", "name")}
        target.execute(update(tables.users).where(tables.users.c.name == user["name"]).values(values))
    number = max(last, revisions.current(target)) + 1
    revisions.begin(target, RevisionKind.RESTORE, file=file, number=number)
    journal.append(target, Action.RESTORE, number, {"file": file})


def _end_as_here(target: Connection, key: Any) -> None:
    """Have a key that came with the backup end when it did, or was to, here."""
    keys = tables.keys
    if key.revoked is not None:
        target.execute(update(keys).where(keys.c.hash == key.hash).values(revoked=key.revoked))
    if key.expires is not None:
        later = or_(keys.c.expires.is_(None), keys.c.expires > key.expires)
        target.execute(update(keys).where(keys.c.hash == key.hash, later).values(expires=key.expires))


def _copy_tables(database: Database, source: Connection, target: Connection) -> None:
    for table in tables.metadata.sorted_tables:
        if table in (tables.sessions, tables.invitations):  # a copy of the store must not sign anybody in, nor back in
            continue
        for chunk in _chunks(database, source, table):
            target.execute(insert(table), chunk)


def _chunks(database: Database, source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Give the rows of a table of `database`; what is wrong with them is said of it, not of where they go."""
    try:
        with database.errors_told():
            rows = source.execution_options(yield_per=_CHUNK_ROWS).execute(select(table))
            for chunk in rows.mappings().partitions():
                yield [dict(row) for row in chunk]
    except (ValueError, TypeError) as error:  # a date or JSON text that is none
        raise StoreError(
            message(
                "{store} is damaged: table {table} ({reason}).",
                store=database.label,
                table=table.name,
                reason=str(error),
            )
        ) from error


def _flush(path: Path) -> None:
    """Wait until the file, or the folder's list of files, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
