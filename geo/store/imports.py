"""Take what a reader accepted and set aside into the tables: what is new, what changed, what was there already."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import geopandas as gpd
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from geo.core.errors import InputError
from geo.core.messages import Message, message
from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.hazards.schema import merge_histories, parse_history
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS
from geo.incidents.schema import EXPLOSIVE
from geo.store import revisions, tables
from geo.store.basis import count_synthetic, holds
from geo.store.frames import Record, digest, digest_all, to_records
from geo.store.records import ImportReport, RevisionKind, dump_message


class Quarantined(Protocol):
    """A row that a reader set aside; readers may add fields, which are kept as its details."""

    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def reason(self) -> Message: ...
    @property
    def kind(self) -> str: ...


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
    def quarantined(self) -> Sequence[Quarantined]: ...
    @property
    def notes(self) -> Sequence[Message]: ...


_QUARANTINE_FIELDS: Final = ("row", "column", "value", "reason", "kind")


@dataclass(slots=True)
class _Plan:
    """What an import would do to one table. A record that comes twice in one file counts twice and is kept once."""

    known: frozenset[str]
    latest: dict[str, Record] = field(default_factory=dict)
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    outdated: int = 0  # among the duplicates: older versions of what is stored


def add_incidents(connection: Connection, batch: Batch, relink: Callable[[Connection], None]) -> ImportReport:
    """Import incidents in the connection's transaction.

    Explosive incidents that are not synthetic take the place of the whole synthetic set, hazard areas included.
    Conflict events alone replace nothing: what is synthetic stays, and is not handed out any more (`geo.core.basis`).
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
        replaces_synthetic=(tables.incidents, tables.hazards) if real else (),
        replaced_note=lambda count: message(
            "The first explosive incidents from a source replaced the {count} synthetic incidents and hazard areas.",
            count=count,
        ),
    )
    if report.changed:
        relink(connection)
    return report


def add_hazards(connection: Connection, batch: Batch) -> ImportReport:
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


def seed(
    connection: Connection,
    incidents: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    relink: Callable[[Connection], None],
) -> None:
    """Put the synthetic default into an empty store, as its first revision."""
    plans = {
        tables.incidents: _plan(connection, tables.incidents, to_records(incidents, INCIDENT_COLUMNS)),
        tables.hazards: _plan(connection, tables.hazards, to_records(hazards, HAZARD_COLUMNS)),
    }
    counts = {table.name: plan.new for table, plan in plans.items()}
    revision = revisions.begin(connection, RevisionKind.SYNTHETIC, counts=counts)
    for table, plan in plans.items():
        _write(connection, table, plan, revision)
    relink(connection)


def _add(
    connection: Connection,
    batch: Batch,
    records: list[Record],
    table: Table,
    kind: RevisionKind,
    *,
    replaces_synthetic: Iterable[Table],
    replaced_note: Callable[[int], Message],
) -> ImportReport:
    quarantined = [_quarantine_record(entry) for entry in batch.quarantined]
    if len(records) + len(quarantined) != batch.rows_read:
        raise ValueError(f"{batch.rows_read} rows read, {len(records)} accepted, {len(quarantined)} quarantined")
    content = digest_all((*(record["digest"] for record in records), *(digest(entry) for entry in quarantined)))
    notes = list(batch.notes)
    if revisions.seen(connection, kind, content):
        return _unchanged(connection, batch, notes)
    was_real = holds(connection, synthetic=False)
    removed = sum(connection.execute(delete(old).where(old.c.synthetic)).rowcount for old in replaces_synthetic)
    if removed:
        notes.append(replaced_note(removed))
    if table is tables.hazards:
        _merge_histories(connection, records)
    plan = _plan(connection, table, records)
    if plan.outdated:
        notes.append(
            message("{count} rows are older than what the store holds of them and were left out.", count=plan.outdated)
        )
    is_first = not was_real and any(not record["synthetic"] for record in plan.latest.values())
    if is_first and (left := count_synthetic(connection)):
        notes.append(
            message(
                "The store now holds real data: its {count} synthetic incidents and hazard areas are no longer shown.",
                count=left,
            )
        )
    if not plan.latest and not quarantined and not removed:
        return _unchanged(connection, batch, notes)
    counts = {
        "rows_read": batch.rows_read,
        "new": plan.new,
        "updated": plan.updated,
        "duplicate": plan.duplicate,
        "quarantined": len(quarantined),
    }
    revision = revisions.begin(
        connection, kind, file=batch.file, format=batch.format, digest=content, counts=counts, notes=notes
    )
    _write(connection, table, plan, revision)
    if quarantined:
        rows = [{"revision": revision, "position": at, **entry} for at, entry in enumerate(quarantined)]
        connection.execute(insert(tables.quarantine), rows)
    return ImportReport(revision=revision, changed=True, notes=tuple(notes), **counts)


def _unchanged(connection: Connection, batch: Batch, notes: Iterable[Message]) -> ImportReport:
    return ImportReport(
        revision=revisions.current(connection),
        changed=False,
        rows_read=batch.rows_read,
        new=0,
        updated=0,
        duplicate=len(batch.accepted),
        quarantined=len(batch.quarantined),
        notes=tuple(notes),
    )


def _plan(connection: Connection, table: Table, records: Iterable[Record]) -> _Plan:
    stored = {
        row.id: (row.digest, row.updated_at)
        for row in connection.execute(select(table.c.id, table.c.digest, table.c.updated_at))
    }
    plan = _Plan(known=frozenset(stored))
    for record in records:
        content, record_id = record["digest"], record["id"]
        known, known_time = stored.get(record_id, (None, None))
        if known == content:
            plan.duplicate += 1
        elif _is_older(record["updated_at"], known_time):
            plan.duplicate += 1
            plan.outdated += 1
        else:
            if known is None:
                plan.new += 1
            else:
                plan.updated += 1
            stored[record_id] = content, record["updated_at"]
            plan.latest[record_id] = record
    return plan


def _is_older(time: dt.datetime | None, known: dt.datetime | None) -> bool:
    return time is not None and known is not None and time < known


def _write(connection: Connection, table: Table, plan: _Plan, revision: int) -> None:
    added: list[Record] = []
    changed: list[Record] = []
    for record_id, record in plan.latest.items():
        if record_id in plan.known:
            changed.append({**record, "revision_updated": revision, "known_id": record_id})
        else:
            own_event = {"event_id": record_id} if "event_id" in table.c else {}
            added.append({**record, **own_event, "revision_added": revision, "revision_updated": revision})
    if added:
        connection.execute(insert(table), added)
    if changed:
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), changed)


def _merge_histories(connection: Connection, records: Iterable[Record]) -> None:
    table = tables.hazards
    known = {row.id: row.history for row in connection.execute(select(table.c.id, table.c.history))}
    for record in records:
        if record["id"] in known:
            record["history"] = merge_histories(known[record["id"]], record["history"])
            last = parse_history(record["history"])[-1]
            record["status"] = str(last.status)
            record["status_since"] = dt.datetime.combine(last.since, dt.time())
            record["digest"] = digest(record)


def _quarantine_record(entry: Quarantined) -> Record:
    names: list[str] = [part.name for part in dataclasses.fields(entry)] if dataclasses.is_dataclass(entry) else []
    return {
        "row": entry.row,
        "column": entry.column,
        "value": entry.value,
        "kind": str(entry.kind),
        "reason": dump_message(entry.reason),
        "details": {name: _detail(getattr(entry, name)) for name in names if name not in _QUARANTINE_FIELDS},
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
