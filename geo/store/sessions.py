"""Sessions of browsers: who signed in, by which key or as which user, known by the hash of a random id alone."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from geo.store import tables
from geo.store.database import Database
from geo.store.keys import opens, to_key
from geo.store.moments import aware, naive
from geo.store.records import Key, Login, Session, User
from geo.store.users import to_user

#: A session that nobody has used for so long is over.
IDLE: Final = dt.timedelta(hours=12)
#: A session is over after so long, however much it is used.
LONGEST: Final = dt.timedelta(days=7)
#: Characters of a session's hash by which it is listed and ended: they sign nobody in.
_NAME: Final = 12


class Sessions:
    """The store's sessions. None makes a revision, and none is in a backup: after a restore each signs in anew.

    Every method that needs it is told the time, in UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, hash: str, holder: Key | User, at: dt.datetime) -> None:
        """Keep the hash of a new session's id with whose it is; drop those that are over."""
        table, moment = tables.sessions, naive(at)
        column = table.c.key if isinstance(holder, Key) else table.c.user
        with self._database.write() as connection:
            connection.execute(
                delete(table).where(or_(table.c.seen <= moment - IDLE, table.c.created <= moment - LONGEST))
            )
            connection.execute(
                insert(table).values({"hash": hash, column.name: holder.id, "created": moment, "seen": moment})
            )

    def find(self, hash: str, at: dt.datetime) -> Session | None:
        """Return the session with this hash; `None` where there is none, it is over, or its holder may no longer."""
        table = tables.sessions
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.hash == hash, _lasts(at))).one_or_none()
            holder = None if row is None else _holder(connection, row.key, row.user, at)
        return None if row is None or holder is None else Session(holder, aware(row.seen))

    def touch(self, hash: str, at: dt.datetime) -> None:
        """Note that a session is used."""
        table = tables.sessions
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.hash == hash).values(seen=naive(at)))

    def end(self, hash: str) -> None:
        """End a session; ending one that is over changes nothing."""
        with self._database.write() as connection:
            connection.execute(delete(tables.sessions).where(tables.sessions.c.hash == hash))

    def of(self, user: int, at: dt.datetime) -> tuple[Login, ...]:
        """Return the sessions of a user that last, the one used last first."""
        table = tables.sessions
        query = select(table).where(table.c.user == user, _lasts(at)).order_by(table.c.seen.desc(), table.c.hash)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(Login(row.hash[:_NAME], aware(row.created), aware(row.seen)) for row in rows)

    def end_of(self, user: int, *, name: str | None = None, but: str | None = None) -> int:
        """End the session of a user listed as `name`, or all but the one with the hash `but`; return how many."""
        table = tables.sessions
        chosen: Any = table.c.user == user
        if name is not None:
            chosen &= table.c.hash.startswith(name, autoescape=True) if len(name) == _NAME else False
        if but is not None:
            chosen &= table.c.hash != but
        with self._database.write() as connection:
            return connection.execute(delete(table).where(chosen)).rowcount


def listed_as(hash: str) -> str:
    """Return the name under which `Sessions.of` lists the session with this hash."""
    return hash[:_NAME]


def _lasts(at: dt.datetime) -> Any:
    table, moment = tables.sessions, naive(at)
    return (table.c.seen > moment - IDLE) & (table.c.created > moment - LONGEST)


def _holder(connection: Connection, key: int | None, user: int | None, at: dt.datetime) -> Key | User | None:
    keys, users = tables.keys, tables.users
    if key is not None:
        found = connection.execute(select(keys).where(keys.c.id == key, opens(at))).one_or_none()
        return None if found is None else to_key(found)
    found = connection.execute(select(users).where(users.c.id == user, users.c.disabled.is_(None))).one_or_none()
    return None if found is None else to_user(found)
