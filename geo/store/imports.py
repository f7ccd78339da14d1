"""Take what a reader accepted and set aside into the tables, by the rules of each kind of record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
from sqlalchemy import Connection, select

from geo.core.errors import InputError
from geo.core.messages import message
from geo.hazards.likeness import likely_repeats
from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS
from geo.incidents.schema import EXPLOSIVE
from geo.store import questions, tables, telling
from geo.store.events import Relinked
from geo.store.frames import WKB, to_frame, to_records
from geo.store.planning import Plan
from geo.store.real_or_synthetic import holds
from geo.store.records import ImportReport, RevisionKind
from geo.store.taking import take, write
from geo.store.terms import Batch, Terms


def add_incidents(
    connection: Connection, batch: Batch, relink: Callable[[Connection], Relinked], terms: Terms
) -> ImportReport:
    """Import incidents in the connection's transaction.

    Explosive incidents that are not synthetic take the place of the whole synthetic set, hazard areas included.
    Conflict events alone replace nothing: what is synthetic stays, and is not handed out any more
    (`geo.core.real_or_synthetic`).
    """
    rows = batch.accepted
    real = bool((~rows["synthetic"] & rows["hazard_type"].isin([str(hazard) for hazard in EXPLOSIVE])).any())
    _keep_apart(connection, batch)
    report = take(
        connection,
        batch,
        RevisionKind.INCIDENTS,
        tables.incidents,
        INCIDENT_COLUMNS,
        terms=terms,
        replaces_synthetic=(tables.incidents, tables.hazards) if real else (),
        replaced_note=telling.replaced_all,
    )
    if report.changed:
        relinked = relink(connection)
        report = replace(report, asked=relinked.asked, linked=relinked.linked, links=relinked.links)
    return replace(report, open=questions.count(connection))


def add_hazards(connection: Connection, batch: Batch, terms: Terms) -> ImportReport:
    """Import hazard areas in the connection's transaction; an area's history keeps what was known of it before.

    Areas that are not synthetic take the place of all synthetic ones.
    """
    real = bool((~batch.accepted["synthetic"]).any())
    _keep_apart(connection, batch)
    report = take(
        connection,
        batch,
        RevisionKind.HAZARDS,
        tables.hazards,
        HAZARD_COLUMNS,
        terms=terms,
        replaces_synthetic=(tables.hazards,) if real else (),
        replaced_note=telling.replaced_areas,
    )
    if not report.new:
        return report
    pairs = _likely_repeats(connection, report.revision)
    return replace(report, notes=(*report.notes, *telling.likely_one_area(pairs)), asked=len(pairs))


def _likely_repeats(connection: Connection, revision: int) -> list[tuple[str, str]]:
    """Return the areas that a revision brought, each with one of its source that it likely is."""
    table = tables.hazards
    brought = select(table.c.id).where(table.c.revision_added == revision, table.c.synthetic.is_(False))
    new = connection.execute(brought).scalars().all()
    sources = select(table.c.source).where(table.c.id.in_(brought))
    rows = select(table.c.id, table.c.source, table.c[WKB]).where(table.c.source.in_(sources))
    areas = to_frame(connection.execute(rows.order_by(table.c.id)).all(), {"source": "str"})
    return likely_repeats(areas, new)


def _keep_apart(connection: Connection, batch: Batch) -> None:
    """Refuse synthetic records beside real ones, of the store or of the same file.

    Raises
    ------
    InputError
        Naming the file and how many of its records are synthetic.
    """
    count = int(batch.accepted["synthetic"].sum())
    if count and (count < len(batch.accepted) or holds(connection, synthetic=False)):
        raise InputError(
            message(
                "{file} holds {count} synthetic {count:record, which is|records, which are} never put beside real "
                "ones: nothing was taken from it.",
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
        write(connection, table, Plan(added=records), revision)
    relink(connection)
