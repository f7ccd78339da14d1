"""Erase what people wrote freely: from records, their versions and what was set aside, also after a restore."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, insert, select, update

from geo.core.errors import NotFoundError
from geo.core.messages import message
from geo.store import corrections, journal, quarantine, revisions, tables, versions
from geo.store.frames import from_content, in_parts, to_content
from geo.store.planning import without_text
from geo.store.records import Action, RevisionKind
from geo.store.replay import DELIVERIES


@dataclass(frozen=True, slots=True)
class Erased:
    """Of how many records personal text was erased, and of how many rows set aside."""

    revision: int
    records: tuple[str, ...]
    set_aside: int


def erase(connection: Connection, records: Collection[str], source: str | None, relink: corrections.Relink) -> Erased:
    """Erase the personal text of records, or of all of a source, from the store, its versions and what was set aside.

    Raises
    ------
    NotFoundError
        Where there is no such record, or none of this source.
    """
    named = set(records)
    corrections.require_found(records, _among(connection, named))
    if source is not None:
        named |= _names_of(connection, source)
        if not named:
            raise NotFoundError(message("No record is of the source {source}.", source=source))
    return _erase(connection, named, source, relink)


def erase_again(
    connection: Connection, records: Collection[str], source: str | None, relink: corrections.Relink
) -> None:
    """Erase in what a backup brought back what was erased after it; of later deliveries the text is not taken."""
    _erase(connection, {*records, *(_names_of(connection, source) if source is not None else ())}, source, relink)


def _erase(connection: Connection, names: Collection[str], source: str | None, relink: corrections.Relink) -> Erased:
    revision = revisions.begin(connection, RevisionKind.ERASE, counts={"erased": len(names)})
    changed = sum(_forget(connection, table, names, revision) for table in corrections.TABLES)
    versions.erase(connection, names)
    deliveries = _deliveries_of(connection, source) if source is not None else []
    aside = quarantine.forget(connection, names, deliveries)
    for ids in in_parts(names):
        connection.execute(delete(tables.erased).where(tables.erased.c.record.in_(ids)))
        connection.execute(insert(tables.erased), [{"record": name, "revision": revision} for name in ids])
    journal.append(connection, Action.ERASE, revision, {"records": sorted(names), "source": source})
    if changed:  # what made reports alike may be gone
        relink(connection)
    return Erased(revision, tuple(sorted(names)), aside)


def _forget(connection: Connection, table: Table, names: Collection[str], revision: int) -> int:
    """Forget the personal text of records of a table, also of those taken back; return how many that stand had any."""
    count = 0
    for name, (record, _) in corrections.stored_real(connection, table, names).items():
        if corrections.said_of(without := without_text(record)) != corrections.said_of(record):
            changed = update(table).where(table.c.id == name)
            connection.execute(changed.values(**without, revision_updated=revision))
            count += 1
    gone = tables.withdrawn
    for ids in in_parts(names):
        kept = select(gone).where(gone.c.kind == table.name, gone.c.record.in_(ids))
        for row in connection.execute(kept).all():
            without = without_text(from_content(row.content))
            of_it = update(gone).where(gone.c.kind == table.name, gone.c.record == row.record)
            connection.execute(of_it.values(content=to_content(without)))
    return count


def _among(connection: Connection, names: Collection[str]) -> set[str]:
    """Return which of these are, or were, records of the store."""
    found: set[str] = set()
    columns = [tables.withdrawn.c.record, tables.traces.c.record]
    for ids in in_parts(names):
        for table in corrections.TABLES:
            real = select(table.c.id).where(table.c.id.in_(ids), table.c.synthetic.is_(False))
            found.update(connection.execute(real).scalars())
        for column in columns:
            found.update(connection.execute(select(column).where(column.in_(ids))).scalars())
    return found


def _names_of(connection: Connection, source: str) -> set[str]:
    """Return the records of a source: those that stand, those withdrawn, and those of deliveries that were undone."""
    gone, traces = tables.withdrawn, tables.traces
    found = set(connection.execute(select(gone.c.record).where(gone.c.source == source)).scalars())
    for table in corrections.TABLES:
        real = select(table.c.id).where(table.c.source == source, table.c.synthetic.is_(False))
        found.update(connection.execute(real).scalars())
    line = journal.entries(connection)
    undone = journal.undone(line)
    for entry in line:
        if entry.number in undone and source in entry.details.get("sources", ()):
            found.update(connection.execute(select(traces.c.record).where(traces.c.entry == entry.number)).scalars())
    return found


def _deliveries_of(connection: Connection, source: str) -> list[int]:
    return [
        entry.revision
        for entry in journal.entries(connection)
        if entry.action in DELIVERIES and source in entry.details["sources"]
    ]
