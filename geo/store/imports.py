"""Take what a reader accepted and set aside into the tables: what is new, what changed, what was there already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, Protocol

import geopandas as gpd
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from geo.core.errors import InputError
from geo.core.identity import Claim
from geo.core.messages import Message, listed, message
from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS
from geo.incidents.schema import EXPLOSIVE
from geo.store import corrections, quarantine, questions, revisions, tables, versions
from geo.store.completing import Complete, absent, known_in, require_safe
from geo.store.events import Relinked
from geo.store.frames import Record, digest, digest_all, to_content, to_records
from geo.store.matching import recognised, registered
from geo.store.planning import DUPLICATE, Outcome, Plan, Withdrawn, plan, stored_in
from geo.store.real_or_synthetic import count_synthetic, holds
from geo.store.records import Action, ImportReport, RevisionKind, SetAside


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a delivery is taken.

    Attributes
    ----------
    who
        Brings it.
    meant
        Records whose update is meant, however much it changes.
    complete
        That it holds all that its source has.
    check
        Whether only to say what it would do.
    part
        That it holds only what changed: nothing is said of what it lacks.
    """

    who: str = ""
    meant: frozenset[str] = frozenset()
    complete: Complete | None = None
    check: bool = False
    part: bool = False


#: Rows of one statement.
_WRITTEN: Final = 5_000
#: As from a program that says nothing of itself, and means nothing in particular.
NO_TERMS: Final = Terms()


class Batch(Protocol):
    """What reading a file of incidents or of hazard areas gives."""

    @property
    def file(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def rows_read(self) -> int: ...
    @property
    def accepted(self) -> gpd.GeoDataFrame: ...
    @property
    def quarantined(self) -> Sequence[SetAside]: ...
    @property
    def notes(self) -> Sequence[Message]: ...
    @property
    def claims(self) -> Mapping[str, Claim]: ...


def add_incidents(
    connection: Connection, batch: Batch, relink: Callable[[Connection], Relinked], terms: Terms
) -> ImportReport:
    """Import incidents in the connection's transaction.

    Explosive incidents that are not synthetic take the place of the whole synthetic set, hazard areas included.
    Conflict events alone replace nothing: what is synthetic stays, and is not handed out any more
    (`geo.core.real_or_synthetic`).
    """
    records = to_records(batch.accepted, INCIDENT_COLUMNS)
    real = any(not record["synthetic"] and record["hazard_type"] in EXPLOSIVE for record in records)
    _keep_apart(connection, batch, records)
    report = _add(
        connection,
        batch,
        records,
        tables.incidents,
        RevisionKind.INCIDENTS,
        terms=terms,
        replaces_synthetic=(tables.incidents, tables.hazards) if real else (),
        replaced_note=lambda count: message(
            "The first explosive incidents from a source replaced the {count} synthetic incidents and hazard areas.",
            count=count,
        ),
    )
    del records  # linking needs the room
    if report.changed:
        relinked = relink(connection)
        report = replace(report, asked=relinked.asked, linked=relinked.linked, links=relinked.links)
    return replace(report, open=questions.count(connection))


def add_hazards(connection: Connection, batch: Batch, terms: Terms) -> ImportReport:
    """Import hazard areas in the connection's transaction; an area's history keeps what was known of it before.

    Areas that are not synthetic take the place of all synthetic ones.
    """
    records = to_records(batch.accepted, HAZARD_COLUMNS)
    real = any(not record["synthetic"] for record in records)
    _keep_apart(connection, batch, records)
    return _add(
        connection,
        batch,
        records,
        tables.hazards,
        RevisionKind.HAZARDS,
        terms=terms,
        replaces_synthetic=(tables.hazards,) if real else (),
        replaced_note=lambda count: message(
            "The first hazard areas from a source replaced the {count} synthetic ones.", count=count
        ),
    )


def _keep_apart(connection: Connection, batch: Batch, records: Sequence[Record]) -> None:
    """Refuse synthetic records beside real ones, of the store or of the same file.

    Raises
    ------
    InputError
        Naming the file and how many of its records are synthetic.
    """
    count = sum(record["synthetic"] for record in records)
    if count and (count < len(records) or holds(connection, synthetic=False)):
        raise InputError(
            message(
                "{file} holds {count} synthetic records, which are never put beside real ones: nothing was taken from "
                "it.",
                file=batch.file,
                count=count,
            )
        )


def put_default(
    connection: Connection,
    incidents: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    relink: Callable[[Connection], Relinked],
    revision: int,
) -> None:
    """Put the synthetic default into an empty store."""
    for table, frame, schema in (
        (tables.incidents, incidents, INCIDENT_COLUMNS),
        (tables.hazards, hazards, HAZARD_COLUMNS),
    ):
        records = {record["id"]: record for record in to_records(frame, schema)}
        _write(connection, table, Plan(added=records), revision)
    relink(connection)


def _add(
    connection: Connection,
    batch: Batch,
    records: list[Record],
    table: Table,
    kind: RevisionKind,
    *,
    terms: Terms,
    replaces_synthetic: Iterable[Table],
    replaced_note: Callable[[int], Message],
) -> ImportReport:
    if len(records) + len(batch.quarantined) != batch.rows_read:
        raise ValueError(f"{batch.rows_read} rows read, {len(records)} accepted, {len(batch.quarantined)} quarantined")
    was_real = holds(connection, synthetic=False)
    removed = sum(connection.execute(delete(old).where(old.c.synthetic)).rowcount for old in replaces_synthetic)
    taken_back = corrections.withdrawn_in(connection, table)
    claims = recognised(connection, table, records, batch.claims, taken_back)
    planned = plan(
        table,
        records,
        claims,
        registered(connection, table, records, claims, [one.record for one in taken_back.values()]),
        stored_in(connection, table),
        meant=terms.meant,
        withdrawn=taken_back,
        before=versions.left_by_before(connection, table.name),
        erased=frozenset(connection.execute(select(tables.erased.c.record)).scalars()),
    )
    gone, absence = _absent(connection, table, batch, planned, terms)
    aside = [*batch.quarantined, *planned.clashes]
    rows = [quarantine.to_record(entry) for entry in aside]
    digests = (row.delivered["digest"] for row in planned.judged)
    content = digest_all((*digests, *(digest({**row, "record": ""}) for row in rows)))
    settled = quarantine.settle(connection, planned.brought)
    becomes_real = not was_real and any(not record["synthetic"] for record in planned.latest.values())
    notes = [
        *batch.notes,
        *([replaced_note(removed)] if removed else []),
        *_notes(planned, settled, left=count_synthetic(connection) if becomes_real else 0),
        *_changed_back(connection, planned),
        *absence,
    ]
    counts: dict[str, Any] = {
        "rows_read": batch.rows_read,
        "new": planned.count(Outcome.NEW),
        "updated": planned.count(Outcome.UPDATED),
        "duplicate": planned.count(*DUPLICATE),
        "quarantined": len(aside),
    }
    changed = bool(planned.latest or removed or gone or (rows and not quarantine.holds(connection, kind, content)))
    revision = revisions.current(connection)
    if changed:
        revision = revisions.begin(
            connection, kind, file=batch.file, format=batch.format, digest=content, counts=counts, notes=notes
        )
        _write(connection, table, planned, revision)
        _take_back(connection, table, planned, gone, revision)
        quarantine.keep(connection, revision, rows)
    _enter(connection, kind, batch, planned, terms, gone, content, revision, changed)
    return ImportReport(
        revision=revision,
        changed=changed,
        notes=tuple(notes),
        set_aside=tuple(aside),
        became=tuple(row.outcome for row in planned.judged),
        **counts,
    )


def _absent(
    connection: Connection, table: Table, batch: Batch, planned: Plan, terms: Terms
) -> tuple[tuple[str, ...], list[Message]]:
    """Return the records to withdraw, as a complete delivery does not have them; and what is said of those missing."""
    complete = terms.complete
    if terms.part:
        return (), []
    sources = _sources(planned)
    missing = absent(
        known_in(connection, table, sources),
        sources,
        planned,
        _stated(batch),
        complete.period if complete is not None else None,
    )
    shown = listed(missing.records)
    count = len(missing.records)
    if complete is not None:
        require_safe(complete, missing, batch.quarantined, batch.file)
        note = message(
            "{count} records are no longer at their source and were withdrawn: {ids}", count=count, ids=shown
        )
        return missing.records, [note] if count else []
    continues = planned.count(Outcome.UPDATED, *DUPLICATE) > 0 and not any(row.claim.own for row in planned.judged)
    note = message(
        "{count} records of the source are not in this file and stay: {ids} (--complete withdraws them).",
        count=count,
        ids=shown,
    )
    return (), [note] if count and continues else []


def _sources(planned: Plan) -> list[str]:
    return sorted({row.delivered["source"] for row in planned.judged if row.delivered["source"]})


def _stated(batch: Batch) -> list[str]:
    """Return the ids that rows state which their reader set aside."""
    return sorted({record for row in batch.quarantined if (record := getattr(row, "record", ""))})


def _changed_back(connection: Connection, planned: Plan) -> list[Message]:
    """Say which updates bring back what a record said before."""
    names = sorted(planned.changed)
    before = versions.digests_of(connection, names)
    back = [name for name in names if planned.changed[name]["digest"] in before.get(name, ())]
    if not back:
        return []
    return [
        message(
            "{count} records again say what they said before a correction: {ids}",
            count=len(back),
            ids=listed(back),
        )
    ]


def _take_back(connection: Connection, table: Table, planned: Plan, gone: Collection[str], revision: int) -> None:
    back = tables.withdrawn
    for name in sorted(planned.returned):
        connection.execute(delete(back).where(back.c.kind == table.name, back.c.record == name))
    for name, one in planned.unnumbered_gone.items():
        kept = update(back).where(back.c.kind == table.name, back.c.record == name)
        connection.execute(kept.values(content=to_content(one.record)))
    stored = stored_in(connection, table)(gone)
    corrections.keep_withdrawn(
        connection, table, {name: Withdrawn(stored[name], "", True) for name in gone}, dict.fromkeys(gone, revision)
    )
    for name in gone:
        connection.execute(delete(table).where(table.c.id == name))


def _enter(
    connection: Connection,
    kind: RevisionKind,
    batch: Batch,
    planned: Plan,
    terms: Terms,
    gone: Collection[str],
    content: str,
    revision: int,
    changed: bool,
) -> None:
    """Enter a delivery of real records in the journal, also one that changed nothing: it may outlast another."""
    if not planned.judged or any(row.delivered["synthetic"] for row in planned.judged):
        return
    complete = terms.complete
    details = {
        "file": batch.file,
        "format": batch.format,
        "sources": _sources(planned),
        "meant": sorted(terms.meant),
        "aside": _stated(batch),
        "complete": None if complete is None else {"period": _iso(complete)},
        "withdrawn": sorted(gone),
        "digest": content,
        "changed": changed,
    }
    versions.enter(
        connection, Action(str(kind)), revision, details, [*planned.judged, *planned.unnumbered.values()], who=terms.who
    )


def _iso(complete: Complete) -> list[str] | None:
    return None if complete.period is None else [day.isoformat() for day in complete.period]


def _notes(planned: Plan, settled: int, *, left: int) -> list[Message]:
    notes = []
    if older := planned.count(Outcome.OLDER):
        notes.append(
            message("{count} rows are older than what the store holds of them and were left out.", count=older)
        )
    if planned.renumbered:
        notes.append(
            message(
                "{count} rows have another number (id) than their records had: the source numbered its rows anew, and "
                "they are known by what they say.",
                count=planned.renumbered,
            )
        )
    if free := [*planned.unnumbered, *planned.unnumbered_gone]:
        notes.append(
            message(
                "{count} records have no number (id) of their source any more, which gave it to another record: {ids}",
                count=len(free),
                ids=listed(sorted(free)),
            )
        )
    if reread := planned.count(Outcome.REREAD):
        notes.append(
            message(
                "Of {count} records, stored by an earlier version, it is now known how closely their source gives the "
                "place.",
                count=reread,
            )
        )
    if settled:
        notes.append(message("{count} clashes are settled: the source says again what can be taken.", count=settled))
    if left:
        notes.append(
            message(
                "The store now holds real data: its {count} synthetic incidents and hazard areas are no longer shown.",
                count=left,
            )
        )
    return notes


def _write(connection: Connection, table: Table, planned: Plan, revision: int) -> None:
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
    for part in _at_once(planned.rewritten):
        changed = [{**record, "revision_updated": revision, "known_id": name} for name, record in part]
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), changed)


def _at_once(records: Mapping[str, Record]) -> Iterator[list[tuple[str, Record]]]:
    """Give records in parts: a statement with a million rows holds each of them several times."""
    left = iter(records.items())
    while part := list(islice(left, _WRITTEN)):
        yield part
