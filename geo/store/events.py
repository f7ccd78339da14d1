"""Which reports tell of one event: linked by `geo.incidents.duplicates`, taken apart by people."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, bindparam, insert, select, update

from geo.core.errors import NotFoundError
from geo.core.messages import message
from geo.incidents.schema import COLUMNS
from geo.store import journal, revisions, tables
from geo.store.frames import WKB, to_frame
from geo.store.records import Action, RevisionKind

Link = Callable[[gpd.GeoDataFrame], "pd.Series[str]"]


def relink(connection: Connection, link: Link) -> None:
    """Bring the event of each report up to date in the connection's transaction.

    Reports that a person unlinked are kept out of the linking, so each stays an event of its own.
    """
    table = tables.incidents
    columns = [table.c[name] for name in ("id", *COLUMNS, WKB, "event_id")]
    rows = connection.execute(select(*columns).order_by(table.c.id)).all()
    frame = to_frame([row[:-1] for row in rows], COLUMNS)
    apart = set(connection.execute(select(tables.unlinked.c.incident_id)).scalars())
    linked = link(frame[~frame.index.isin(apart)]).to_dict()
    moved = [
        {"known_id": row.id, "event_id": event_id}
        for row in rows
        if (event_id := linked.get(row.id, row.id)) != row.event_id
    ]
    if moved:
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), moved)


def unlink(connection: Connection, report: str) -> int:
    """Take a report out of its event, for good: it is an event of its own. Returns the new revision.

    The other reports of the event stay together.

    Raises
    ------
    NotFoundError
        Where there is no such report, or it is linked with none.
    """
    table = tables.incidents
    event = select(table.c.event_id).where(table.c.id == report).scalar_subquery()
    linked = list(
        connection.execute(select(table.c.id).where(table.c.event_id == event).order_by(table.c.id)).scalars()
    )
    if len(linked) < 2:
        raise NotFoundError(message("The report {id} is linked with no other.", id=report))
    revision = revisions.begin(connection, RevisionKind.UNLINK, counts={"reports": 1})
    connection.execute(insert(tables.unlinked).values(incident_id=report, revision=revision))
    journal.append(connection, Action.UNLINK, revision, {"records": [report]})
    return revision
