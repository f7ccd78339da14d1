"""The line of revisions: each change of what is mapped has a number, and no number is ever used twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from geo.core.messages import Message
from geo.store import tables
from geo.store.database import largest_id
from geo.store.records import Revision, RevisionKind, dump_message, load_message


def now() -> dt.datetime:
    """Return the present time in UTC, without a zone, as the tables keep it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def current(connection: Connection) -> int:
    """Return the number of the newest revision, 0 where there is none."""
    return largest_id(connection, tables.revisions)


def begin(
    connection: Connection,
    kind: RevisionKind,
    *,
    file: str = "",
    format: str = "",
    digest: str = "",
    counts: Mapping[str, int] | None = None,
    notes: Iterable[Message] = (),
    number: int | None = None,
) -> int:
    """Write the next revision and return its number; the rows that belong to it follow in the same transaction."""
    number = current(connection) + 1 if number is None else number
    connection.execute(
        insert(tables.revisions).values(
            id=number,
            created_at=now(),
            kind=str(kind),
            file=file,
            format=format,
            digest=digest,
            counts=dict(counts or {}),
            notes=[dump_message(note) for note in notes],
        )
    )
    return number


def complete(
    connection: Connection, number: int, *, digest: str, counts: Mapping[str, int], notes: Iterable[Message]
) -> None:
    """Write to a revision that was begun what is known once all of it is there."""
    table = tables.revisions
    said = {"digest": digest, "counts": dict(counts), "notes": [dump_message(note) for note in notes]}
    connection.execute(update(table).where(table.c.id == number).values(**said))


def unsettled(connection: Connection) -> tuple[Message, ...]:
    """Return the notes of upgrades that left records which no import has brought again since."""
    table, incidents = tables.revisions, tables.incidents
    rows = connection.execute(
        select(table.c.notes)
        .where(table.c.kind == str(RevisionKind.UPGRADE))
        .where(exists().where(incidents.c.revision_updated == table.c.id))
        .order_by(table.c.id)
    )
    return tuple(load_message(note) for row in rows for note in row.notes)


def read(row: Row[Any]) -> Revision:
    """Return the revision of a row of the table."""
    return Revision(
        id=row.id,
        created_at=row.created_at.replace(tzinfo=dt.UTC),
        kind=RevisionKind(row.kind),
        file=row.file,
        format=row.format,
        digest=row.digest,
        counts=row.counts,
        notes=tuple(load_message(note) for note in row.notes),
    )
