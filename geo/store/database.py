"""One database: how it is reached, how its transactions begin, and how its failures are said."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from geo.core.errors import StoreError
from geo.core.messages import Message, message

#: "Sira" in ASCII: marks a SQLite file as Sira's, and is the key of the writers' lock on PostgreSQL.
APPLICATION_ID: Final = 0x53697261

_POSTGRES: Final = "postgresql+psycopg"
_CONNECT_TIMEOUT_S: Final = 10
_PG_LOCK_NOT_AVAILABLE: Final = "55P03"
_SQLITE_DAMAGED: Final = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_SQLITE_UNWRITABLE: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)


class Database:
    """A SQLite file or a PostGIS database, with one kind of transaction to read and one to write.

    Both see one state of all tables from their first statement to their last. Writers come one at a time, in this
    process and in others; readers never wait for them. Instances may be shared between threads.

    Parameters
    ----------
    url
        ``sqlite:///FILE`` or ``postgresql+psycopg://USER:PASSWORD@HOST/NAME``. On PostgreSQL the tables are in the
        first schema of the connection's ``search_path``.
    busy_timeout_s
        How long a writer waits for another before it gives up.
    wal
        SQLite's write-ahead log, which lets readers work beside a writer; without it the file stands alone, as a
        backup must.
    label
        What messages call the database; its URL without the password unless given.
    """

    def __init__(
        self, url: str | URL, *, busy_timeout_s: float = 60.0, wal: bool = True, label: str | None = None
    ) -> None:
        self._url = _parse(url)
        self.label = label or _label(self._url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._busy_timeout_s = busy_timeout_s
        engine = self._sqlite_engine(wal) if self.is_sqlite else self._postgres_engine()
        self._engine = engine
        self._readers, self._writers = _by_purpose(engine, busy_timeout_s)

    def _sqlite_engine(self, wal: bool) -> Engine:
        self._create_private_file()
        engine = create_engine(self._url, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None  # transactions begin where `_by_purpose` says, not where sqlite3 guesses
            connection.execute(f"PRAGMA busy_timeout = {round(self._busy_timeout_s * 1000)}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # erased text is not left in free pages
            connection.execute("PRAGMA synchronous = FULL")
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            if wal and mode != "wal":
                connection.execute("PRAGMA journal_mode = WAL")

        return engine

    def _create_private_file(self) -> None:
        """Create the file before SQLite would, readable by its owner alone: it will hold points and narratives.

        One that is there is not opened here: to close it would free every lock that this process has on it through
        SQLite (POSIX frees them per file, not per descriptor), and another process could then take the log away.
        """
        path = self.sqlite_path
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return
        except OSError as error:
            raise StoreError(
                message(
                    "The store {store} cannot be opened for writing ({reason}). Check that its folder exists and that "
                    "you may write there.",
                    store=self.label,
                    reason=error.strerror,
                )
            ) from error

    def _postgres_engine(self) -> Engine:
        arguments = {} if "connect_timeout" in self._url.query else {"connect_timeout": _CONNECT_TIMEOUT_S}
        return create_engine(self._url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)

    @property
    def sqlite_path(self) -> Path:
        """Path of the SQLite file."""
        return Path(str(self._url.database))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one committed state of the store and cannot change it.

        Raises
        ------
        StoreError
            Where the database fails.
        """
        with self.errors_told(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give the only connection that may write now; all its changes are committed at the end, or none.

        Raises
        ------
        StoreError
            Where the database fails, or another writer holds it longer than the busy timeout.
        """
        with self.errors_told(), self._writers.begin() as connection:
            yield connection

    @contextmanager
    def errors_told(self) -> Iterator[None]:
        """Turn the database's errors into a `StoreError` that names the store and never its password."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(self._explain(error)) from error

    def _explain(self, error: SQLAlchemyError | sqlite3.Error) -> Message:
        cause: Any = error.orig if isinstance(error, DBAPIError) else error
        reason = str(cause).strip()
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the primary code, without the extended bits
        if code == sqlite3.SQLITE_BUSY or getattr(cause, "sqlstate", None) == _PG_LOCK_NOT_AVAILABLE:
            return message(
                "The store {store} is being written to by someone else and stayed locked for {seconds} s. Try again "
                "when they have finished.",
                store=self.label,
                seconds=self._busy_timeout_s,
            )
        if code in _SQLITE_DAMAGED:
            return message(
                "The store {store} is damaged, or is no Sira store ({reason}). A backup can be restored into a new "
                "place.",
                store=self.label,
                reason=reason,
            )
        if code in _SQLITE_UNWRITABLE:
            return message(
                "The store {store} cannot be opened for writing ({reason}). Check that its folder exists and that you "
                "may write there.",
                store=self.label,
                reason=reason,
            )
        if not self.is_sqlite and isinstance(error, DBAPIError) and error.statement is None:
            return message("The store {store} cannot be reached ({reason}).", store=self.label, reason=reason)
        return message("The store {store} failed ({reason}).", store=self.label, reason=reason)

    def settle(self) -> None:
        """Bring SQLite's write-ahead log into the file and empty it, as far as no reader still needs it."""
        if self.is_sqlite:
            with self.errors_told(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the pooled connections."""
        self._engine.dispose()


def _by_purpose(engine: Engine, busy_timeout_s: float) -> tuple[Engine, Engine]:
    """Return the engine's view for readers and the one for writers."""
    if engine.dialect.name == "sqlite":
        readers, writers = engine.execution_options(), engine.execution_options()
        event.listen(readers, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        # A deferred transaction that reads and then writes can fail at once; this one waits for its turn first.
        event.listen(writers, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return readers, writers

    def queue_up(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{round(busy_timeout_s * 1000)}ms'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")

    writers = engine.execution_options(isolation_level="READ COMMITTED")
    event.listen(writers, "begin", queue_up)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True), writers


def _parse(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # the latter for a port that is no number
        # The text is not shown: whatever it is, it may hold a password.
        raise StoreError(
            message("The store's address cannot be read; expected sqlite:///FILE or postgresql+psycopg://….")
        ) from error
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername=_POSTGRES)
    on_file = parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:")
    if not on_file and parsed.drivername != _POSTGRES:
        raise StoreError(
            message(
                "The store {store} is of no known kind; expected sqlite:///FILE or postgresql+psycopg://….",
                store=_label(parsed),
            )
        )
    return parsed


def _label(url: URL) -> str:
    """Return the URL as it may be shown: the password is starred, the options (which may repeat it) are left out."""
    return url.set(query={}).render_as_string(hide_password=True)


def largest_id(connection: Connection, table: Table) -> int:
    """Return the largest id of a table that numbers its rows, 0 where it has none."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())
