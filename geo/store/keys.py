"""Access keys, known by their hash alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from geo.core.errors import NotFoundError
from geo.core.messages import message
from geo.store import tables
from geo.store.database import Database
from geo.store.records import Key
from geo.store.revisions import now


class Keys:
    """The store's access keys. Adding or revoking one makes no revision: what is mapped stays the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, hash: str, audience: str, label: str) -> int:
        """Keep a key's hash with its audience and a label for people; return its number."""
        table = tables.keys
        with self._database.write() as connection:
            number = int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()) + 1
            connection.execute(
                insert(table).values(id=number, hash=hash, audience=audience, label=label, created=now())
            )
        return number

    def find(self, hash: str) -> Key | None:
        """Return the key with this hash, `None` where there is none or it was revoked."""
        table = tables.keys
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.hash == hash, table.c.revoked.is_(None))).one_or_none()
        return None if row is None else to_key(row)

    def revoke(self, number: int) -> None:
        """Revoke a key for good, and end its sessions; revoking it again changes nothing.

        Raises
        ------
        NotFoundError
            Where no key has this number.
        """
        table = tables.keys
        with self._database.write() as connection:
            if connection.execute(select(table.c.id).where(table.c.id == number)).one_or_none() is None:
                raise NotFoundError(message("There is no key number {number}.", number=number))
            connection.execute(
                update(table).where(table.c.id == number, table.c.revoked.is_(None)).values(revoked=now())
            )
            connection.execute(delete(tables.sessions).where(tables.sessions.c.key == number))

    def list(self) -> tuple[Key, ...]:
        """Return all keys, oldest first, the revoked ones too."""
        with self._database.read() as connection:
            return tuple(to_key(row) for row in connection.execute(select(tables.keys).order_by(tables.keys.c.id)))


def to_key(row: Row[Any]) -> Key:
    """Return a row of the table of keys as a `Key`."""
    created, revoked = row.created, row.revoked
    return Key(
        id=row.id,
        hash=row.hash,
        audience=row.audience,
        label=row.label,
        created=created.replace(tzinfo=dt.UTC),
        revoked=None if revoked is None else revoked.replace(tzinfo=dt.UTC),
    )
