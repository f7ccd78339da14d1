"""What people decide about records: to take back a delivery or a record, to erase text, to name a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Row, RowMapping, Table, bindparam, delete, func, insert, select, update

from geo.core.errors import NotFoundError, ParameterError
from geo.core.identity import Claim
from geo.core.invented import is_invented
from geo.core.messages import message
from geo.core.names import slug
from geo.store import journal, links, quarantine, revisions, tables, versions
from geo.store.frames import Record, from_content, in_parts, to_content
from geo.store.planning import Judged, Outcome, Withdrawn
from geo.store.records import Action, RevisionKind
from geo.store.replay import DELIVERIES, State, reached, replayed

TABLES: Final = (tables.incidents, tables.hazards)
#: Kept by the store, and no part of what a source says.
_OURS: Final = ("event_id", "revision_added", "revision_updated")

_UNDOABLE: Final = (
    *DELIVERIES,
    Action.WITHDRAW,
    Action.RENAME,
    Action.LINK,
    Action.PART,
    Action.UNLINK,
    Action.UNDO,
)
_NOTHING: Final = Claim()

Relink = Callable[[Connection], object]
#: Ids of records that go, that come and that become others.
Difference = tuple[list[str], list[str], list[str]]


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


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking a revision back does: records that go, come back, or are again as other deliveries say."""

    revision: int
    removed: tuple[str, ...]
    restored: tuple[str, ...]
    changed: tuple[str, ...]


# Sources


def sources(connection: Connection) -> dict[str, int]:
    """Return source → number of its records, of all kinds, by name; synthetic ones aside."""
    counts: Counter[str] = Counter()
    for table in TABLES:
        query = select(table.c.source, func.count()).where(table.c.synthetic.is_(False)).group_by(table.c.source)
        counts.update({source: count for source, count in connection.execute(query) if source is not None})
    return dict(sorted(counts.items()))


def rename(connection: Connection, old: str, new: str, relink: Relink) -> Renamed:
    """Give the records of `old` the source `new`; of two that are one record, what was brought last stays."""
    name = slug(new)
    if not name or is_invented(name, ""):
        raise ParameterError(
            message("{source} is not a usable name of a source; it needs letters or digits.", source=new),
            parameter="source",
        )
    gone = tables.withdrawn.c.source
    if old not in {*sources(connection), *connection.execute(select(gone).distinct()).scalars()}:
        raise NotFoundError(message("No record is of the source {source}.", source=old))
    if old == name:
        raise ParameterError(message("The source is called {source} already.", source=name), parameter="source")
    revision = revisions.begin(connection, RevisionKind.RENAME, file=f"{old} → {name}")
    done = []
    for table in TABLES:
        now, state = (present(connection, table, {old, name}) for _ in range(2))
        done.append(state.rename(table, old, name, revision))
        _write(connection, table, now, state, revision)
    merged = {gone: into for each in done for gone, into in each.gone.items()}
    journal.append(connection, Action.RENAME, revision, {"old": old, "new": name, "merged": merged})
    links.settle(connection)
    relink(connection)
    return Renamed(
        revision,
        sum(each.renamed for each in done),
        sum(len(each.gone) for each in done),
        tuple(record for each in done for record in each.clashes),
    )


# Taking back


def undo(connection: Connection, revision: int, relink: Relink, *, confirm: Callable[[Undone], None]) -> Undone:
    """Take back what made a revision, however much came after it, once `confirm` has let it (it raises where not).

    Every record then is what replaying all other deliveries and decisions in order gives.

    Raises
    ------
    NotFoundError
        Where there is no such revision.
    ParameterError
        Where it cannot be taken back: nothing of it was kept, or it was taken back already.
    """
    line = journal.entries(connection)
    newest = revisions.current(connection)
    entry = _undoable(line, revision, newest)
    number = newest + 1
    supposed = replace(line[-1], number=line[-1].number + 1, action=Action.UNDO, details={"entry": entry.number})
    states = {
        table: (present(connection, table, sources), replayed(connection, table, [*line, supposed], sources))
        for table, sources in reached(connection, line, entry).items()
    }
    differences = [_difference(*each) for each in states.values()]
    merged = [tuple(sorted(chain.from_iterable(part))) for part in zip(*differences, strict=True)] or [()] * 3
    result = Undone(number, *merged)
    confirm(result)
    revisions.begin(
        connection,
        RevisionKind.UNDO,
        counts={"undone": revision, "removed": len(result.removed), "restored": len(result.restored)},
    )
    for table, (now, target) in states.items():
        _write(connection, table, now, target, number)
    quarantine.close(connection, revision)
    journal.append(connection, Action.UNDO, number, {"entry": entry.number, "undone": revision})
    links.settle(connection)
    relink(connection)
    return result


def withdraw(connection: Connection, records: Collection[str], reason: str, relink: Relink) -> int:
    """Take records back, for good: later deliveries do not bring them again unless told. Returns the revision.

    Raises
    ------
    NotFoundError
        Where one of them is no record of the store.
    """
    stored = {table: stored_real(connection, table, records) for table in TABLES}
    require_found(records, chain.from_iterable(stored.values()))
    revision = revisions.begin(connection, RevisionKind.WITHDRAW, counts={"withdrawn": len(set(records))})
    for table, found in stored.items():
        if found:
            judged = [Judged(name, Outcome.TAKEN_BACK, record, _NOTHING) for name, (record, _) in found.items()]
            gone = {name: Withdrawn(record, reason, False) for name, (record, _) in found.items()}
            keep_withdrawn(connection, table, gone, {name: first for name, (_, first) in found.items()})
            for ids in in_parts(found):
                connection.execute(delete(table).where(table.c.id.in_(ids)))
            details = {"kind": table.name, "records": list(found), "reason": reason}
            versions.enter(connection, Action.WITHDRAW, revision, details, judged)
    relink(connection)
    return revision


def stored_real(connection: Connection, table: Table, names: Collection[str]) -> dict[str, tuple[Record, int]]:
    """Return real records of a table as they stand, by their ids in order, each with the revision that added it."""
    found = {}
    for ids in in_parts(names):
        query = select(table).where(table.c.id.in_(ids), table.c.synthetic.is_(False)).order_by(table.c.id)
        for row in connection.execute(query).mappings():
            found[row["id"]] = _record(row), row["revision_added"]
    return found


def standing(connection: Connection, records: Collection[str]) -> list[str]:
    """Return which of these records stand, sorted."""
    return sorted(chain.from_iterable(stored_real(connection, table, records) for table in TABLES))


# The tables


def present(connection: Connection, table: Table, sources: Collection[str] | None) -> State:
    """Return the real records of a table as they stand, of all sources where none are named."""
    state, gone = State(), tables.withdrawn
    rows = select(table).where(table.c.synthetic.is_(False))
    left = select(gone).where(gone.c.kind == table.name).order_by(gone.c.record)
    if sources is not None:
        rows, left = rows.where(table.c.source.in_(sorted(sources))), left.where(gone.c.source.in_(sorted(sources)))
    for row in connection.execute(rows).mappings():
        state.records[row["id"]] = _record(row)
        state.brought[row["id"]] = row["revision_added"], row["revision_updated"]
    for taken in connection.execute(left):
        state.withdrawn[taken.record] = _withdrawn(taken)
        state.brought[taken.record] = taken.revision, taken.revision
    return state


def _record(row: RowMapping) -> Record:
    return {name: value for name, value in row.items() if name not in _OURS}


def withdrawn_in(connection: Connection, table: Table) -> dict[str, Withdrawn]:
    """Return the records of a table that were taken back."""
    gone = tables.withdrawn
    return {
        row.record: _withdrawn(row)
        for row in connection.execute(select(gone).where(gone.c.kind == table.name).order_by(gone.c.record))
    }


def _withdrawn(row: Row[Any]) -> Withdrawn:
    return Withdrawn(from_content(row.content), row.reason, row.by_source)


def _write(connection: Connection, table: Table, now: State, target: State, revision: int) -> None:
    """Let the records of a table that are `now` be those of `target`; what differs is of this revision."""
    removed, restored, changed = _difference(now, target)
    for ids in in_parts(removed):
        connection.execute(delete(table).where(table.c.id.in_(ids)))
    event = "event_id" in table.c
    added = [
        {
            **target.records[name],
            **({"event_id": name} if event else {}),
            "revision_added": min(target.brought[name][0], revision),
            "revision_updated": revision,
        }
        for name in restored
    ]
    if added:
        connection.execute(insert(table), added)
    updated = [{**target.records[name], "revision_updated": revision, "known_id": name} for name in changed]
    if updated:
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), updated)
    gone = tables.withdrawn
    for ids in in_parts(now.withdrawn):
        connection.execute(delete(gone).where(gone.c.kind == table.name, gone.c.record.in_(ids)))
    keep_withdrawn(connection, table, target.withdrawn, {name: first for name, (first, _) in target.brought.items()})


def keep_withdrawn(
    connection: Connection, table: Table, gone: Mapping[str, Withdrawn], brought: Mapping[str, int]
) -> None:
    """Keep records that were taken back, so that later deliveries of them are known."""
    rows = [
        {
            "kind": table.name,
            "record": name,
            "source": one.record["source"],
            "content": to_content(one.record),
            "reason": one.reason,
            "by_source": one.by_source,
            "revision": brought[name],
        }
        for name, one in gone.items()
    ]
    if rows:
        connection.execute(insert(tables.withdrawn), rows)


def _difference(now: State, target: State) -> Difference:
    """Return the ids of records that go, that come and that become others."""
    before, after = now.records, target.records
    changed = [name for name in sorted(before.keys() & after.keys()) if said_of(before[name]) != said_of(after[name])]
    return sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys()), changed


def said_of(record: Record) -> dict[str, object]:
    """Return a record without its digest."""
    return {name: value for name, value in record.items() if name != "digest"}


def _undoable(line: Sequence[journal.Entry], revision: int, newest: int) -> journal.Entry:
    found = [
        entry
        for entry in line
        if entry.revision == revision and entry.action in _UNDOABLE and entry.details.get("changed", True)
    ]
    if not 1 <= revision <= newest:
        raise NotFoundError(message("There is no revision {revision}.", revision=revision))
    if not found:
        raise ParameterError(
            message(
                "Revision {revision} cannot be taken back: it brought no records, or an earlier version of Sira made "
                "it, which did not keep what it brought. Single records can be: sira withdraw ID",
                revision=revision,
            ),
            parameter="revision",
        )
    if found[0].number in journal.undone(line):
        raise ParameterError(
            message("Revision {revision} was taken back already.", revision=revision), parameter="revision"
        )
    return found[0]


def _all(state: State) -> dict[str, Record]:
    return {**{name: one.record for name, one in state.withdrawn.items()}, **state.records}


def require_found(records: Iterable[str], known: Iterable[str]) -> None:
    """Raise `NotFoundError` where one of these is none of the known records."""
    there = set(known)
    for name in records:
        if name not in there:
            raise NotFoundError(message("There is no record {id}.", id=name))
