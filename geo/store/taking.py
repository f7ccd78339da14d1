"""Take the rows of a delivery into a table, some thousands at a time: what is new, what changed, what was there.

All in the connection's transaction and as one revision: what is known of the whole at the end is then written to what
was begun at the start.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from geo.core.messages import Message
from geo.incidents.batch import QuarantinedRow
from geo.store import corrections, quarantine, revisions, tables, telling, versions
from geo.store.completing import Complete, Standing, absent, known_in, require_safe, standing
from geo.store.delivered import Delivered
from geo.store.frames import Record, digest, to_content
from geo.store.matching import recognised, registered
from geo.store.planning import DUPLICATE, Freed, Outcome, Plan, Planner, Withdrawn, stored_in
from geo.store.real_or_synthetic import count_synthetic, holds
from geo.store.records import Action, ImportReport, RevisionKind
from geo.store.terms import Batch, Terms

#: Rows of one statement.
_WRITTEN: Final = 5_000


class _Content:
    """What a delivery brought: `geo.store.frames.digest_all` over digests that come one by one."""

    def __init__(self) -> None:
        self._digest, self._lead = hashlib.sha256(), b""

    def add(self, digest: str) -> None:
        """Put in the next digest."""
        self._digest.update(self._lead + digest.encode("ascii"))
        self._lead = b"\n"

    def hexdigest(self) -> str:
        """Return the digest over those put in."""
        return self._digest.hexdigest()


@dataclass(slots=True)
class _Taken:
    """What was taken so far."""

    became: list[Outcome] = field(default_factory=list)
    clashes: list[QuarantinedRow] = field(default_factory=list)
    returned: set[str] = field(default_factory=set)
    settles: set[str] = field(default_factory=set)  # records brought in good order of which a row was set aside
    back: set[str] = field(default_factory=set)  # updated to what they said before
    forgot: dict[str, tuple[str, ...]] = field(default_factory=dict)  # record → what an update leaves open of it
    has_real: bool = False
    content: _Content = field(default_factory=_Content)


def take(
    connection: Connection,
    batch: Batch,
    kind: RevisionKind,
    table: Table,
    schema: Mapping[str, str],
    *,
    terms: Terms,
    replaces_synthetic: Iterable[Table],
    replaced_note: Callable[..., Message],
) -> ImportReport:
    """Take a delivery in the connection's transaction, in place of what is synthetic in `replaces_synthetic`."""
    if len(batch.accepted) + len(batch.quarantined) != batch.rows_read:
        raise ValueError(
            f"{batch.rows_read} rows read, {len(batch.accepted)} accepted, {len(batch.quarantined)} quarantined"
        )
    delivered = Delivered.of_frame(table, batch.accepted, schema, batch.claims)
    was_real = holds(connection, synthetic=False)
    removed = sum(connection.execute(delete(old).where(old.c.synthetic)).rowcount for old in replaces_synthetic)
    taken_back = corrections.withdrawn_in(connection, table)
    delivered.claim(recognised(connection, table, delivered.read, taken_back))
    sources = sorted({row.source for row in delivered.read if row.source})
    theirs = _standing(connection, table, sources, terms)
    planner = Planner(
        table,
        registered(connection, table, delivered.read, [one.record for one in taken_back.values()]),
        stored_in(connection, table),
        meant=terms.meant,
        withdrawn=taken_back,
        before=versions.left_by_before(connection, table.name),
        erased=frozenset(connection.execute(select(tables.erased.c.record)).scalars()),
    )
    planner.ask(delivered)
    revision = _Revision(connection, kind, batch)
    if removed:
        revision.begin()
    entering = None
    if len(delivered) and not batch.accepted["synthetic"].any():  # also where nothing changes: it may outlast another
        entering = versions.Entering(connection, Action(str(kind)), who=terms.who)
    taken = _taken(connection, delivered, planner, revision, entering, terms)
    freed = _freed(connection, planner, taken, revision, entering)
    gone, absence = _absent(theirs, planner, batch, taken, terms)
    aside = [*batch.quarantined, *taken.clashes]
    rows = [quarantine.to_record(entry) for entry in aside]
    for row in rows:
        taken.content.add(digest({**row, "record": ""}))
    content = taken.content.hexdigest()
    settled = quarantine.settle(connection, taken.settles)
    becomes_real = not was_real and taken.has_real
    notes = [
        *batch.notes,
        *([replaced_note(removed, check=terms.check)] if removed else []),
        *telling.of_rows(Counter(taken.became), planner.renumbered),
        *telling.of_records(
            sorted([*freed.unnumbered, *freed.gone]),
            settled,
            left=count_synthetic(connection) if becomes_real else 0,
            check=terms.check,
        ),
        *telling.left_open(taken.forgot),
        # one that was withdrawn since is no update
        *telling.changed_back(sorted(taken.back - taken.returned)),
        *absence,
    ]
    became = Counter(taken.became)
    counts: dict[str, Any] = {
        "rows_read": batch.rows_read,
        "new": became[Outcome.NEW],
        "updated": became[Outcome.UPDATED],
        "duplicate": sum(became[outcome] for outcome in DUPLICATE),
        "quarantined": len(aside),
    }
    if gone or (rows and not quarantine.holds(connection, kind, content)):
        revision.begin()
    if revision.is_begun:
        revisions.complete(connection, revision.number, digest=content, counts=counts, notes=notes)
        _take_back(connection, table, taken.returned, freed, gone, revision.number)
        quarantine.keep(connection, revision.number, rows)
    if entering is not None:
        details = {
            "file": batch.file,
            "format": batch.format,
            "sources": sources,
            "meant": sorted(terms.meant),
            "aside": _stated(batch),
            "complete": None if terms.complete is None else {"period": _iso(terms.complete)},
            "withdrawn": sorted(gone),
            "digest": content,
            "changed": revision.is_begun,
        }
        entering.close(revision.number, details)
    return ImportReport(
        revision=revision.number,
        changed=revision.is_begun,
        notes=tuple(notes),
        set_aside=tuple(aside),
        became=tuple(taken.became),
        **counts,
    )


class _Revision:
    """The revision that a delivery makes, which begins with the first thing that it changes."""

    def __init__(self, connection: Connection, kind: RevisionKind, batch: Batch) -> None:
        self._connection, self._kind, self._batch = connection, kind, batch
        self.number = revisions.current(connection)
        self.is_begun = False

    def begin(self) -> int:
        """Begin it unless it is begun, and return its number."""
        if not self.is_begun:
            batch = self._batch
            self.number = revisions.begin(self._connection, self._kind, file=batch.file, format=batch.format)
            self.is_begun = True
        return self.number


def _taken(
    connection: Connection,
    delivered: Delivered,
    planner: Planner,
    revision: _Revision,
    entering: versions.Entering | None,
    terms: Terms,
) -> _Taken:
    """Judge the rows and write what they do, part by part."""
    taken, waiting = _Taken(), quarantine.waiting(connection)
    for start, read in delivered.read_in_parts():
        planned = planner.judge(start, read, delivered.part(start), delivered.claims(start))
        if entering is not None:
            _compare_with_before(connection, planned.changed, taken, entering.number)
            entering.put(planned.judged)
        if planned.added or planned.changed:
            write(connection, planner.table, planned, revision.begin())
        taken.became += [row.outcome for row in planned.judged]
        taken.clashes += planned.clashes
        taken.returned |= planned.returned
        taken.forgot |= planned.forgot
        taken.settles |= waiting & planned.brought
        taken.has_real |= any(not record["synthetic"] for record in planned.latest.values())
        for row in planned.judged:
            taken.content.add(row.delivered["digest"])
        terms.progress(len(read))
    delivered.forget()
    return taken


def _freed(
    connection: Connection,
    planner: Planner,
    taken: _Taken,
    revision: _Revision,
    entering: versions.Entering | None,
) -> Freed:
    """Write the records that lost their number to another."""
    freed = planner.free()
    if freed.latest:
        write(connection, planner.table, Plan(changed=freed.latest), revision.begin())
    if entering is not None:
        _compare_with_before(connection, freed.changed, taken, entering.number)
        entering.put(list(freed.unnumbered.values()))
    return freed


def _compare_with_before(connection: Connection, changed: Mapping[str, Record], taken: _Taken, entry: int) -> None:
    """Note which updates bring back what a record said before this delivery; what is brought last counts."""
    before = versions.digests_of(connection, changed, entry)
    for name, record in changed.items():
        if record["digest"] in before.get(name, ()):
            taken.back.add(name)
        else:
            taken.back.discard(name)


def _standing(connection: Connection, table: Table, sources: Sequence[str], terms: Terms) -> list[Standing]:
    if terms.part:
        return []
    period = None if terms.complete is None else terms.complete.period
    return standing(known_in(connection, table, sources), sources, period)


def _absent(
    theirs: Sequence[Standing], planner: Planner, batch: Batch, taken: _Taken, terms: Terms
) -> tuple[tuple[str, ...], list[Message]]:
    """Return the records to withdraw, as a complete delivery does not have them; and what is said of those missing."""
    complete = terms.complete
    if terms.part:
        return (), []
    missing = absent(theirs, planner.seen, _stated(batch))
    if complete is not None:
        named = {name for names in theirs for name in names}
        require_safe(complete, missing, batch.quarantined, batch.file, named, getattr(batch, "unread", ""))
        return missing.records, telling.withdrawn(missing.records, check=terms.check)
    continues = not planner.is_own and any(one in (Outcome.UPDATED, *DUPLICATE) for one in set(taken.became))
    return (), telling.missing(missing.records) if continues else []


def _stated(batch: Batch) -> list[str]:
    """Return the ids that rows state which their reader set aside."""
    return sorted({record for row in batch.quarantined if (record := getattr(row, "record", ""))})


def _take_back(
    connection: Connection, table: Table, returned: Iterable[str], freed: Freed, gone: Sequence[str], revision: int
) -> None:
    back = tables.withdrawn
    for name in sorted(returned):
        connection.execute(delete(back).where(back.c.kind == table.name, back.c.record == name))
    for name, one in freed.gone.items():
        kept = update(back).where(back.c.kind == table.name, back.c.record == name)
        connection.execute(kept.values(content=to_content(one.record)))
    stored = stored_in(connection, table)(gone)
    corrections.keep_withdrawn(
        connection, table, {name: Withdrawn(stored[name], "", True) for name in gone}, dict.fromkeys(gone, revision)
    )
    for name in gone:
        connection.execute(delete(table).where(table.c.id == name))


def _iso(complete: Complete) -> list[str] | None:
    return None if complete.period is None else [day.isoformat() for day in complete.period]


def write(connection: Connection, table: Table, planned: Plan, revision: int) -> None:
    """Write the records of a plan."""
    with_event = "event_id" in table.c
    for part in _at_once(planned.added):
        added = [
            {
                **record,
                **({"event_id": name} if with_event else {}),
                "revision_added": revision,
                "revision_updated": revision,
            }
            for name, record in part
        ]
        connection.execute(insert(table), added)
    for part in _at_once(planned.changed):
        changed = [{**record, "revision_updated": revision, "known_id": name} for name, record in part]
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), changed)


def _at_once(records: Mapping[str, Record]) -> Iterator[list[tuple[str, Record]]]:
    """Give records in parts: a statement with a million rows holds each of them several times."""
    left = iter(records.items())
    while part := list(islice(left, _WRITTEN)):
        yield part
