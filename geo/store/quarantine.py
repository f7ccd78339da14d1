"""Rows that imports set aside: kept with all that was wrong, until they are corrected or their time is over."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, exists, func, insert, select, update

from geo.core.messages import Message, message
from geo.store import revisions, tables
from geo.store.frames import Record, in_parts
from geo.store.records import RevisionKind, SetAside, StoredQuarantine, dump_message, load_message

#: The kind of an update that is likely to be a mistake (`geo.store.clashes`).
CLASH: Final = "clash"
#: The kind of a row of a record that a person took back.
WITHDRAWN: Final = "withdrawn"
#: What a person wrote in a cell that could not be used is kept this long, unless an installation says otherwise: time
#: to ask for a correction.
KEPT_DAYS: Final = 180
_FIELDS: Final = ("row", "column", "value", "reason", "kind", "record")
#: A reason may repeat the value.
_FORGOTTEN: Final = {"value": "", "details": {}, "reason": dump_message(message("The value is no longer kept."))}


def to_record(entry: SetAside) -> Record:
    """Return a row set aside as a row of the table, without its revision."""
    if isinstance(entry, StoredQuarantine):
        return {name: getattr(entry, name) for name in (*_FIELDS, "details")} | {"reason": dump_message(entry.reason)}
    names: list[str] = [part.name for part in dataclasses.fields(entry)] if dataclasses.is_dataclass(entry) else []
    return {
        "row": entry.row,
        "column": entry.column,
        "value": entry.value,
        "kind": str(entry.kind),
        "reason": dump_message(entry.reason),
        "details": {name: _detail(getattr(entry, name)) for name in names if name not in _FIELDS},
        "record": getattr(entry, "record", ""),
    }


def _detail(value: object) -> object:
    """Return what a reader adds to a row set aside as JSON values: the further faults hold messages."""
    if isinstance(value, Message):
        return dump_message(value)
    if isinstance(value, tuple):
        return [_detail(part) for part in value]
    if dataclasses.is_dataclass(value):
        return {part.name: _detail(getattr(value, part.name)) for part in dataclasses.fields(value)}
    return value


def keep(connection: Connection, revision: int, records: Sequence[Record]) -> None:
    """Keep rows in the order of their report."""
    if records:
        rows = [{"revision": revision, "position": at, **record} for at, record in enumerate(records)]
        connection.execute(insert(tables.quarantine), rows)


def holds(connection: Connection, kind: RevisionKind, digest: str) -> bool:
    """Tell whether the rows of an import of exactly this content are kept already, none of them closed since."""
    made, table = tables.revisions, tables.quarantine
    newest = connection.execute(
        select(func.max(made.c.id)).where(made.c.kind == str(kind), made.c.digest == digest)
    ).scalar()
    if newest is None:
        return False
    return not connection.execute(exists().where(table.c.revision == newest, table.c.closed).select()).scalar_one()


def waiting(connection: Connection) -> set[str]:
    """Return the records of which rows are set aside and not closed."""
    table = tables.quarantine
    return set(connection.execute(select(table.c.record).where(table.c.closed.is_(False)).distinct()).scalars())


def settle(connection: Connection, records: Collection[str]) -> int:
    """Close what was set aside of records that a delivery has brought in order, and forget what their cells held.

    Returns of how many records there were clashes among it.
    """
    table = tables.quarantine
    clashes = 0
    for ids in in_parts(waiting(connection).intersection(records)):
        open_ = (table.c.record.in_(ids)) & table.c.closed.is_(False)
        clashed = select(table.c.record).where(open_, table.c.kind == CLASH).distinct()
        clashes += len(connection.execute(clashed).all())
        connection.execute(update(table).where(open_).values(closed=True, **_FORGOTTEN))
    return clashes


def close(connection: Connection, revision: int) -> None:
    """Close and forget what the import of a revision set aside: the delivery was taken back."""
    table = tables.quarantine
    connection.execute(update(table).where(table.c.revision == revision).values(closed=True, **_FORGOTTEN))


def forget(connection: Connection, records: Collection[str], revisions: Collection[int] = ()) -> int:
    """Forget what the cells of rows of these records held, and of all rows of these revisions; return how many."""
    table, count = tables.quarantine, 0
    for ids in in_parts(records):
        count += connection.execute(update(table).where(table.c.record.in_(ids)).values(**_FORGOTTEN)).rowcount
    if revisions:
        made = table.c.revision.in_(sorted(revisions))
        count += connection.execute(update(table).where(made, table.c.value != "").values(**_FORGOTTEN)).rowcount
    return count


def expire(connection: Connection, days: int) -> None:
    """Forget what the cells of rows held that were set aside longer ago than `days`; that they were stays."""
    connection.execute(update(tables.quarantine).where(_old(days)).values(**_FORGOTTEN))


def has_expired(connection: Connection, days: int) -> bool:
    """Tell whether `expire` would forget anything."""
    return bool(connection.execute(exists().where(_old(days)).select()).scalar_one())


def _old(days: int) -> ColumnElement[bool]:
    table, made = tables.quarantine, tables.revisions
    old = select(made.c.id).where(made.c.created_at < revisions.now() - dt.timedelta(days=days))
    return table.c.revision.in_(old) & (table.c.value != "")


def read(connection: Connection, revision: int) -> tuple[StoredQuarantine, ...]:
    """Return the rows that the import of a revision set aside, in the order of its report."""
    table = tables.quarantine
    rows = connection.execute(select(table).where(table.c.revision == revision).order_by(table.c.position))
    return tuple(_stored(row) for row in rows)


def read_at_source(connection: Connection, revision: int) -> tuple[StoredQuarantine, ...]:
    """Return those of `read` that their reader set aside, whatever the store held."""
    return tuple(row for row in read(connection, revision) if row.kind not in (CLASH, WITHDRAWN))


def _stored(row: Row[Any]) -> StoredQuarantine:
    return StoredQuarantine(
        row=row.row,
        column=row.column,
        value=row.value,
        reason=load_message(row.reason),
        kind=row.kind,
        details=row.details,
        record=row.record,
        closed=row.closed,
    )
