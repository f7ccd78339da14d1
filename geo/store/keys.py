"""Access keys, known by their hash alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from geo.core.errors import InputError, NotFoundError
from geo.core.messages import message
from geo.store import tables
from geo.store.database import Database, largest_id
from geo.store.moments import aware, naive
from geo.store.records import Key, Scope
from geo.store.revisions import now

_EVERYWHERE = Scope()


class Keys:
    """The store's access keys. Adding or revoking one makes no revision: what is mapped stays the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        hash: str,
        audience: str,
        label: str,
        *,
        role: str = "reader",
        scope: Scope = _EVERYWHERE,
        expires: dt.datetime | None = None,
    ) -> int:
        """Keep a key's hash with what it opens and a label for people; return its number."""
        with self._database.write() as connection:
            return _add(connection, hash, audience, label, role, scope, expires)

    def add_first(self, hash: str, audience: str, label: str, *, role: str) -> int | None:
        """Keep a key's hash where no key has had this audience yet, revoked ones included; None where one has."""
        table = tables.keys
        with self._database.write() as connection:
            if connection.execute(select(table.c.id).where(table.c.audience == audience)).first() is not None:
                return None
            return _add(connection, hash, audience, label, role, _EVERYWHERE, None)

    def replace(self, number: int, hash: str, until: dt.datetime, *, at: dt.datetime) -> Key:
        """Keep a key's hash as the one that takes the place of key `number`, which opens until then what it opened.

        Where that one was to expire, the new one lasts as long from now as that one did. Returns the new key.

        Raises
        ------
        NotFoundError
            Where no key has this number.
        InputError
            Where it was revoked, or has expired.
        """
        table = tables.keys
        with self._database.write() as connection:
            old = _numbered(connection, number)
            if old.revoked is not None or (old.expires is not None and old.expires <= at):
                raise InputError(message("Key number {number} opens nothing any more; make a new one.", number=number))
            lasts = None if old.expires is None else at + (old.expires - old.created)
            new = _add(connection, hash, old.audience, old.label, old.role, old.scope, lasts)
            end = until if old.expires is None else min(until, old.expires)
            connection.execute(update(table).where(table.c.id == number).values(expires=naive(end)))
            return _numbered(connection, new)

    def find(self, hash: str, at: dt.datetime) -> Key | None:
        """Return the key with this hash; `None` where there is none, it was revoked, or has expired by then."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.keys).where(tables.keys.c.hash == hash, opens(at))).one_or_none()
        return None if row is None else to_key(row)

    def touch(self, number: int, at: dt.datetime) -> None:
        """Note the hour in which a key is used."""
        hour = naive(at).replace(minute=0, second=0, microsecond=0)
        with self._database.write() as connection:
            connection.execute(update(tables.keys).where(tables.keys.c.id == number).values(used=hour))

    def revoke(self, number: int) -> None:
        """Revoke a key for good, and end its sessions; revoking it again changes nothing.

        Raises
        ------
        NotFoundError
            Where no key has this number.
        """
        table = tables.keys
        with self._database.write() as connection:
            _numbered(connection, number)
            connection.execute(
                update(table).where(table.c.id == number, table.c.revoked.is_(None)).values(revoked=now())
            )
            connection.execute(delete(tables.sessions).where(tables.sessions.c.key == number))

    def list(self) -> tuple[Key, ...]:
        """Return all keys, oldest first, the revoked and expired ones too."""
        with self._database.read() as connection:
            return tuple(to_key(row) for row in connection.execute(select(tables.keys).order_by(tables.keys.c.id)))


def opens(at: dt.datetime) -> Any:
    """Return the condition of a key that opens something at a time."""
    table = tables.keys
    return table.c.revoked.is_(None) & (table.c.expires.is_(None) | (table.c.expires > naive(at)))


def _add(
    connection: Connection,
    hash: str,
    audience: str,
    label: str,
    role: str,
    scope: Scope,
    expires: dt.datetime | None,
) -> int:
    table = tables.keys
    number = largest_id(connection, table) + 1
    connection.execute(
        insert(table).values(
            id=number,
            hash=hash,
            audience=audience,
            label=label,
            created=now(),
            role=role,
            scope=dump_scope(scope),
            expires=None if expires is None else naive(expires),
        )
    )
    return number


def _numbered(connection: Connection, number: int) -> Key:
    row = connection.execute(select(tables.keys).where(tables.keys.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(message("There is no key number {number}.", number=number))
    return to_key(row)


def to_key(row: Row[Any]) -> Key:
    """Return a row of the table of keys as a `Key`."""
    return Key(
        id=row.id,
        hash=row.hash,
        audience=row.audience,
        label=row.label,
        created=row.created.replace(tzinfo=dt.UTC),
        revoked=aware(row.revoked),
        role=row.role,
        scope=load_scope(row.scope),
        expires=aware(row.expires),
        used=aware(row.used),
    )


def dump_scope(scope: Scope) -> dict[str, list[str]]:
    """Return `scope` as its column keeps it."""
    return {"places": sorted(scope.places), "sources": sorted(scope.sources)}


def load_scope(stored: dict[str, list[str]]) -> Scope:
    """Return what `dump_scope` wrote, or the whole for what was there before scopes."""
    return Scope(tuple(stored.get("places", ())), tuple(stored.get("sources", ())))
