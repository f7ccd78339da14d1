"""Sessions of browsers: who entered which key, known by the hash of a random id alone."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import delete, insert, or_, select, update

from geo.store import tables
from geo.store.database import Database
from geo.store.keys import to_key
from geo.store.records import Session

#: A session that nobody has used for so long is over.
IDLE: Final = dt.timedelta(hours=12)
#: A session is over after so long, however much it is used.
LONGEST: Final = dt.timedelta(days=7)


class Sessions:
    """The store's sessions. None makes a revision, and none is in a backup: after a restore each key is entered anew.

    Every method is told the time, in UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, hash: str, key: int, at: dt.datetime) -> None:
        """Keep the hash of a new session's id with the number of the key that was entered; drop those that are over."""
        table, moment = tables.sessions, _naive(at)
        with self._database.write() as connection:
            connection.execute(
                delete(table).where(or_(table.c.seen <= moment - IDLE, table.c.created <= moment - LONGEST))
            )
            connection.execute(insert(table).values(hash=hash, key=key, created=moment, seen=moment))

    def find(self, hash: str, at: dt.datetime) -> Session | None:
        """Return the session with this hash; `None` where there is none, it is over, or its key was revoked."""
        table, keys, moment = tables.sessions, tables.keys, _naive(at)
        query = select(keys, table.c.seen).join(table, table.c.key == keys.c.id)
        query = query.where(table.c.hash == hash, keys.c.revoked.is_(None))
        query = query.where(table.c.seen > moment - IDLE, table.c.created > moment - LONGEST)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Session(to_key(row), row.seen.replace(tzinfo=dt.UTC))

    def touch(self, hash: str, at: dt.datetime) -> None:
        """Note that a session is used."""
        table = tables.sessions
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.hash == hash).values(seen=_naive(at)))

    def end(self, hash: str) -> None:
        """End a session; ending one that is over changes nothing."""
        with self._database.write() as connection:
            connection.execute(delete(tables.sessions).where(tables.sessions.c.hash == hash))


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
