"""What the records are, worked out anew from everything that was delivered and decided, but for what is taken back.

The same rules as when it was done (`geo.store.planning`): an import looks records up in the tables, a replay in what it
has worked out so far.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection, Table

from geo.store import journal, tables, versions
from geo.store.completing import absent, standing
from geo.store.delivered import Delivered
from geo.store.frames import Record
from geo.store.planning import Planner, Withdrawn
from geo.store.records import Action
from geo.store.register import Register
from geo.store.renaming import Renaming, renamed

#: Actions that bring rows, and the table that they are for; `BASELINE` has one entry a table.
DELIVERIES: Final[Mapping[Action, Table]] = {Action.INCIDENTS: tables.incidents, Action.HAZARDS: tables.hazards}


@dataclass(slots=True)
class State:
    """The real records of one table: those that stand, those that were taken back, and when each was brought."""

    records: dict[str, Record] = field(default_factory=dict)
    withdrawn: dict[str, Withdrawn] = field(default_factory=dict)
    brought: dict[str, tuple[int, int]] = field(default_factory=dict)  # by which revisions first and last

    def register(self, table: Table) -> Register:
        """Return the records that rows may be of, in the order in which they were brought."""
        standing = sorted(self.records, key=lambda name: (self.brought[name][0], name))
        records = [
            *(self.records[name] for name in standing),
            *(self.withdrawn[name].record for name in sorted(self.withdrawn)),
        ]
        return Register.of(table, records)

    def put(self, record: Record, revision: int) -> None:
        """Let a record be as a revision made it."""
        first = self.brought.get(record["id"], (revision, revision))[0]
        self.records[record["id"]] = record
        self.brought[record["id"]] = (first, revision)

    def rename(self, table: Table, old: str, new: str, revision: int) -> Renaming:
        """Give the source `old` the name `new` (`geo.store.renaming`)."""
        result = renamed(table, self.records, self.brought, old, new)
        for record in result.records.values():
            self.put(record, revision)
        for name in result.gone:
            del self.records[name]
        for name, one in self.withdrawn.items():
            if one.record["source"] == old:
                self.withdrawn[name] = replace(one, record={**one.record, "source": new})
        return result

    def withdraw(self, record: str, reason: str, *, by_source: bool) -> None:
        """Take a record back, if it stands."""
        if record in self.records:
            self.withdrawn[record] = Withdrawn(self.records.pop(record), reason, by_source)


#: Of which sources the records of tables may be others by an entry of the journal; None for all.
Reach = dict[Table, set[str] | None]


def reached(connection: Connection, line: Sequence[journal.Entry], entry: journal.Entry) -> Reach:
    """Return which tables, and in these which sources' records, may be others without an entry.

    Rows find their records within their source; sources that share a delivery or a name belong together. Rows of files
    that Sira wrote find those of any source.
    """
    if entry.action is Action.UNDO:
        return reached(connection, line, next(other for other in line if other.number == entry.details["entry"]))
    if entry.action is Action.RENAME:
        return {
            table: _together(connection, table, line, {entry.details["old"], entry.details["new"]})
            for table in DELIVERIES.values()
        }
    kind = str(entry.action) if entry.action in DELIVERIES else entry.details.get("kind")
    table = next((table for table in DELIVERIES.values() if table.name == kind), None)
    if table is None:
        return {}
    rows = versions.delivered(connection, entry.number) if entry.action is Action.WITHDRAW else ()
    sources = {*entry.details.get("sources", ()), *(record["source"] for record, _ in rows)}
    return {table: _together(connection, table, line, sources) if sources and None not in sources else None}


def _together(
    connection: Connection, table: Table, line: Sequence[journal.Entry], sources: set[str]
) -> set[str] | None:
    """Return sources with all those whose records theirs may have become, None for all."""
    joined = []
    for entry in line:
        if entry.action is Action.RENAME:
            joined.append({entry.details["old"], entry.details["new"]})
        elif DELIVERIES.get(entry.action) is table:
            joined.append({*entry.details["sources"]})
            if any(claim.own for claim, _ in versions.order_of(connection, entry.number)):
                return None
    found = set(sources)
    while more := set().union(*(names for names in joined if names & found)) - found:
        found |= more
    return found


def replayed(connection: Connection, table: Table, line: Sequence[journal.Entry], sources: set[str] | None) -> State:
    """Return the records of a table as the entries `line` of the journal make them, but those taken back.

    Parameters
    ----------
    sources
        Whose records are wanted, all that belong together (`reached`); None for all.
    """
    gone = journal.undone(line)
    state = State()
    for entry in line:
        if entry.number not in gone:
            _apply(connection, table, state, entry, sources)
    return state


def _apply(connection: Connection, table: Table, state: State, entry: journal.Entry, sources: set[str] | None) -> None:
    details = entry.details
    if entry.action is Action.BASELINE and details["kind"] == table.name:
        for record, _ in versions.delivered(connection, entry.number):
            if sources is None or record["source"] in sources:
                state.put(record, details["added"].get(record["id"], entry.revision))
    elif DELIVERIES.get(entry.action) is table:
        if sources is None or sources & {*details["sources"]}:
            _deliver(connection, table, state, entry)
    elif entry.action is Action.WITHDRAW and details["kind"] == table.name:
        for record in details["records"]:
            state.withdraw(record, details["reason"], by_source=False)
    elif entry.action is Action.RENAME:
        state.rename(table, details["old"], details["new"], entry.revision)


def _deliver(connection: Connection, table: Table, state: State, entry: journal.Entry) -> None:
    rows = versions.delivered(connection, entry.number)
    delivered = Delivered.of_records(
        table, [record for record, _ in rows], {record["id"]: claim for record, claim in rows}
    )
    planner = Planner(
        table,
        state.register(table),
        lambda ids: {name: state.records[name] for name in ids if name in state.records},
        meant=entry.details["meant"],
        withdrawn=dict(state.withdrawn),
    )
    planner.ask(delivered)
    planned = planner.judge(0, delivered.read, delivered.part(0), delivered.claims(0))
    for brought in planned.latest.values():
        state.put(brought, entry.revision)
    freed = planner.free()
    for brought in freed.latest.values():
        state.put(brought, entry.revision)
    state.withdrawn |= freed.gone
    for record in planned.returned:
        state.withdrawn.pop(record, None)
    if entry.details["complete"] is not None:
        given = entry.details["complete"]["period"]
        period = None if given is None else (dt.date.fromisoformat(given[0]), dt.date.fromisoformat(given[1]))
        theirs = standing(state.records.values(), entry.details["sources"], period)
        for record in absent(theirs, planner.seen, entry.details["aside"]).records:
            state.withdraw(record, "", by_source=True)
