"""Sources: who records come from, and how a source gets the name that all of its deliveries share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, func, select, update

from geo.core.errors import NotFoundError, ParameterError
from geo.core.identity import Claim, is_made
from geo.core.invented import is_invented
from geo.core.messages import message
from geo.core.names import slug
from geo.store import revisions, tables
from geo.store.clashes import clashing
from geo.store.frames import Record, digest
from geo.store.matching import Register, keys_of
from geo.store.records import RevisionKind

_TABLES: Final = (tables.incidents, tables.hazards)
#: Kept by the store, and no part of what a source says.
_OURS: Final = ("event_id", "revision_added", "revision_updated")


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a new name for a source did: records renamed, merged into one that was there, and left for a person.

    `clashes` are the ids of records that stand under both names and differ so much that one of them must be wrong:
    they keep the old name.
    """

    revision: int
    renamed: int
    merged: int
    clashes: tuple[str, ...]


def counted(connection: Connection) -> dict[str, int]:
    """Return source → number of its records, of all kinds, by name; synthetic ones aside."""
    counts: Counter[str] = Counter()
    for table in _TABLES:
        query = select(table.c.source, func.count()).where(table.c.synthetic.is_(False)).group_by(table.c.source)
        counts.update({source: count for source, count in connection.execute(query) if source is not None})
    return dict(sorted(counts.items()))


def rename(connection: Connection, old: str, new: str, relink: Callable[[Connection], None]) -> Renamed:
    """Give the records of `old` the source `new`; of two that are one record, the one updated last stays."""
    name = slug(new)
    if not name or is_invented(name, ""):
        raise ParameterError(
            message("{source} is not a usable name of a source; it needs letters or digits.", source=new),
            parameter="source",
        )
    if old not in counted(connection):
        raise NotFoundError(message("No record is of the source {source}.", source=old))
    if old == name:
        raise ParameterError(message("The source is called {source} already.", source=name), parameter="source")
    revision = revisions.begin(connection, RevisionKind.RENAME, file=f"{old} → {name}")
    done = [_rename(connection, table, old, name, revision) for table in _TABLES]
    relink(connection)
    return Renamed(
        revision,
        sum(renamed for renamed, _, _ in done),
        sum(merged for _, merged, _ in done),
        tuple(record for _, _, clashes in done for record in clashes),
    )


def _rename(connection: Connection, table: Table, old: str, new: str, revision: int) -> tuple[int, int, list[str]]:
    register, there = Register(), _records(connection, table, new)
    for record, keys in zip(there.values(), keys_of(table, list(there.values())), strict=True):
        register.add(record, keys, made=is_made(record["source_id"]))
    moving = _records(connection, table, old)
    renamed, merged, clashes = 0, 0, []
    for record, keys in zip(moving.values(), keys_of(table, list(moving.values())), strict=True):
        found = register.take({**record, "source": new}, Claim(made=is_made(record["source_id"])), keys)
        if found is None:
            _give(connection, table, {**record, "source": new}, record["id"], revision)
            renamed += 1
        elif clashing(there[found], record):
            clashes.append(record["id"])
        else:
            _merge(connection, table, there[found], record, revision)
            merged += 1
    return renamed, merged, clashes


def _records(connection: Connection, table: Table, source: str) -> dict[str, dict[str, Any]]:
    """Return the records of a source by id, oldest first."""
    query = select(table).where(table.c.source == source).order_by(table.c.revision_added, table.c.id)
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _merge(connection: Connection, table: Table, kept: Record, other: Record, revision: int) -> None:
    """Let one record stand for both: the older id, with what was brought last."""
    connection.execute(delete(table).where(table.c.id == other["id"]))
    if other["revision_updated"] > kept["revision_updated"]:
        said = {name: value for name, value in other.items() if name not in ("id", "source", "source_id", *_OURS)}
        _give(connection, table, {**kept, **said}, kept["id"], revision)


def _give(connection: Connection, table: Table, record: Record, record_id: str, revision: int) -> None:
    said = {name: value for name, value in record.items() if name not in _OURS}
    values = {**said, "digest": digest(said), "revision_updated": revision}
    connection.execute(update(table).where(table.c.id == record_id).values(**values))
