"""Questions: reports of one source that are likely one event, asked until a person answers, each counted until then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
from sqlalchemy import Connection, delete, insert, select, update

from geo.incidents.duplicates import Pair, groups
from geo.incidents.likeness import Likeness, likely_repeats
from geo.store import revisions, tables
from geo.store.frames import Record
from geo.store.links import Said
from geo.store.planning import stored_in
from geo.store.records import dump_message, load_message


@dataclass(frozen=True, slots=True)
class Group:
    """Reports that are, or are likely, of one event: each as it stands, and how alike they are, two by two."""

    reports: tuple[Record, ...]
    likenesses: tuple[Likeness, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the reports, sorted."""
        return tuple(record["id"] for record in self.reports)


def refresh(connection: Connection, incidents: gpd.GeoDataFrame, events: Mapping[str, str], now: Said) -> int:
    """Bring the questions up to date: what is alike, not linked, and not answered. Return how many are new.

    Nothing is asked of a report that a person made an event of its own.

    Parameters
    ----------
    incidents
        All reports of the store.
    events
        Report → event.
    """
    found = {
        (like.a, like.b): like
        for like in likely_repeats(incidents, events)
        if (like.a, like.b) not in now.different and not {like.a, like.b} & now.alone.keys()
    }
    table = tables.questions
    known = {(row.a, row.b): row for row in connection.execute(select(table))}
    revision = revisions.current(connection)
    _remove(connection, known.keys() - found.keys())
    for pair in sorted(found.keys() & known.keys()):
        said = _row(found[pair])
        if (known[pair].score, known[pair].reasons) != (said["score"], said["reasons"]):
            connection.execute(update(table).where(table.c.a == pair[0], table.c.b == pair[1]).values(**said))
    new = sorted(found.keys() - known.keys())
    if new:
        connection.execute(insert(table), [{**_row(found[pair]), "revision": revision} for pair in new])
    return sum(any(pair[0] in group for pair in new) for group in groups(found))


def count(connection: Connection) -> int:
    """Return how many questions are open; reports that are alike one another make one."""
    table = tables.questions
    return len(groups((row.a, row.b) for row in connection.execute(select(table.c.a, table.c.b))))


def read(connection: Connection) -> list[Group]:
    """Return the open questions, the likeliest repeats first."""
    table = tables.questions
    rows = connection.execute(select(table).order_by(table.c.a, table.c.b)).all()
    asked = grouped(
        connection,
        [Likeness(row.a, row.b, row.score, tuple(load_message(reason) for reason in row.reasons)) for row in rows],
    )
    return sorted(asked, key=lambda group: (-max(like.score for like in group.likenesses), group.ids))


def grouped(connection: Connection, likenesses: Sequence[Likeness]) -> list[Group]:
    """Return the reports that likenesses join, as they stand, with these."""
    stored = stored_in(connection, tables.incidents)
    records = stored({name for like in likenesses for name in (like.a, like.b)})
    return [
        Group(
            tuple(records[name] for name in sorted(group)),
            tuple(like for like in likenesses if like.a in group),
        )
        for group in groups((like.a, like.b) for like in likenesses)
    ]


def _remove(connection: Connection, pairs: Collection[Pair]) -> None:
    table = tables.questions
    for a, b in sorted(pairs):
        connection.execute(delete(table).where(table.c.a == a, table.c.b == b))


def _row(like: Likeness) -> dict[str, object]:
    return {"a": like.a, "b": like.b, "score": like.score, "reasons": [dump_message(why) for why in like.reasons]}
