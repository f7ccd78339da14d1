"""Take what a reader accepted and set aside into the tables: what is new, what changed, what was there already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

import geopandas as gpd
from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from geo.core.errors import InputError
from geo.core.identity import Claim
from geo.core.messages import Message, message
from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS
from geo.incidents.schema import EXPLOSIVE
from geo.store import quarantine, revisions, tables
from geo.store.basis import count_synthetic, holds
from geo.store.frames import Record, digest, digest_all, to_records
from geo.store.matching import registered
from geo.store.planning import Plan, plan, stored_in
from geo.store.records import ImportReport, RevisionKind, SetAside


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
    connection: Connection, batch: Batch, relink: Callable[[Connection], None], *, meant: Collection[str] = ()
) -> ImportReport:
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
        meant=meant,
        replaces_synthetic=(tables.incidents, tables.hazards) if real else (),
        replaced_note=lambda count: message(
            "The first explosive incidents from a source replaced the {count} synthetic incidents and hazard areas.",
            count=count,
        ),
    )
    if report.changed:
        relink(connection)
    return report


def add_hazards(connection: Connection, batch: Batch, *, meant: Collection[str] = ()) -> ImportReport:
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
        meant=meant,
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
    rows = {
        tables.incidents: to_records(incidents, INCIDENT_COLUMNS),
        tables.hazards: to_records(hazards, HAZARD_COLUMNS),
    }
    counts = {table.name: len(records) for table, records in rows.items()}
    revision = revisions.begin(connection, RevisionKind.SYNTHETIC, counts=counts)
    for table, records in rows.items():
        _write(connection, table, Plan(added={record["id"]: record for record in records}), revision)
    relink(connection)


def _add(
    connection: Connection,
    batch: Batch,
    records: list[Record],
    table: Table,
    kind: RevisionKind,
    *,
    meant: Collection[str],
    replaces_synthetic: Iterable[Table],
    replaced_note: Callable[[int], Message],
) -> ImportReport:
    if len(records) + len(batch.quarantined) != batch.rows_read:
        raise ValueError(f"{batch.rows_read} rows read, {len(records)} accepted, {len(batch.quarantined)} quarantined")
    as_read = [record["digest"] for record in records]
    was_real = holds(connection, synthetic=False)
    removed = sum(connection.execute(delete(old).where(old.c.synthetic)).rowcount for old in replaces_synthetic)
    register = registered(connection, table, records, batch.claims)
    planned = plan(table, records, batch.claims, register, stored_in(connection, table), meant=meant)
    set_aside = [*batch.quarantined, *planned.clashes]
    rows = [quarantine.to_record(entry) for entry in set_aside]
    content = digest_all((*as_read, *(digest({**row, "record": ""}) for row in rows)))
    settled = quarantine.settle(connection, planned.brought)
    becomes_real = not was_real and any(not record["synthetic"] for record in planned.latest.values())
    notes = [
        *batch.notes,
        *([replaced_note(removed)] if removed else []),
        *_notes(planned, settled, left=count_synthetic(connection) if becomes_real else 0),
    ]
    counts = {
        "rows_read": batch.rows_read,
        "new": planned.new,
        "updated": planned.updated,
        "duplicate": planned.duplicate,
        "quarantined": len(set_aside),
    }
    changed = bool(planned.latest or removed or (rows and not quarantine.holds(connection, kind, content)))
    revision = revisions.current(connection)
    if changed:
        revision = revisions.begin(
            connection, kind, file=batch.file, format=batch.format, digest=content, counts=counts, notes=notes
        )
        _write(connection, table, planned, revision)
        quarantine.keep(connection, revision, rows)
    quarantine.expire(connection, revisions.now())
    return ImportReport(revision=revision, changed=changed, notes=tuple(notes), set_aside=tuple(set_aside), **counts)


def _notes(planned: Plan, settled: int, *, left: int) -> list[Message]:
    notes = []
    if planned.outdated:
        notes.append(
            message(
                "{count} rows are older than what the store holds of them and were left out.", count=planned.outdated
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
    added = [
        {
            **record,
            **({"event_id": record_id} if "event_id" in table.c else {}),
            "revision_added": revision,
            "revision_updated": revision,
        }
        for record_id, record in planned.added.items()
    ]
    changed = [
        {**record, "revision_updated": revision, "known_id": record_id} for record_id, record in planned.changed.items()
    ]
    if added:
        connection.execute(insert(table), added)
    if changed:
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), changed)
