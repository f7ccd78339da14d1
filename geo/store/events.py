"""Which reports tell of one event: linked by `geo.incidents.duplicates`, unless people say otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Protocol

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, bindparam, func, select, update

from geo.incidents.duplicates import Pair
from geo.incidents.likeness import Likeness, likeness
from geo.incidents.schema import COLUMNS
from geo.store import links, questions, tables
from geo.store.frames import WKB, read_frame, to_frame
from geo.store.real_or_synthetic import rested_on


class Link(Protocol):
    """Finds the event of each report, by what they say and what people said of them."""

    def __call__(
        self, incidents: gpd.GeoDataFrame, /, *, together: Iterable[Pair], apart: Collection[Pair]
    ) -> pd.Series[str]: ...


@dataclass(frozen=True, slots=True)
class Relinked:
    """What bringing events up to date did.

    Attributes
    ----------
    linked
        How many reports joined others as one event.
    links
        How alike some of them are to one of these.
    asked
        How many questions are new.
    """

    linked: int
    links: tuple[Likeness, ...]
    asked: int


#: What linking, and likeness, ask of a report.
_ASKED: Final = {
    name: COLUMNS[name]
    for name in (
        "source",
        "source_id",
        "date",
        "date_precision",
        "location_precision",
        "location_error_km",
        "location_unit",
        "hazard_type",
        "outcome",
        "killed_total",
        "injured_total",
        "narrative",
        "place_name",
        "synthetic",
    )
}
#: Of so many reports that joined others it is said what they have in common with these.
_SHOWN: Final = 10


def relink(connection: Connection, link: Link) -> Relinked:
    """Bring the event of each report, and the questions, up to date in the connection's transaction.

    Reports that a person unlinked are kept out of the linking, so each stays an event of its own.
    """
    table = tables.incidents
    columns = [table.c[name] for name in ("id", *_ASKED, "event_id", WKB)]
    frame = read_frame(connection, select(*columns).order_by(table.c.id), {**_ASKED, "event_id": "str"})
    ids = frame.index.tolist()
    before = frame.pop("event_id").tolist()
    now = links.said(connection)
    linkable = frame[~frame.index.isin(now.alone)] if now.alone else frame
    linked = link(linkable, together=now.same, apart=now.different)
    # who joined others, which are few: all other reports are events of their own, under their own ids
    events = {name: event for name, event in zip(linked.index.tolist(), linked.tolist(), strict=True) if name != event}
    moved = [
        {"known_id": name, "event_id": events.get(name, name)}
        for name, event in zip(ids, before, strict=True)
        if events.get(name, name) != event
    ]
    if moved:
        connection.execute(update(table).where(table.c.id == bindparam("known_id")), moved)
    joined = [str(row["known_id"]) for row in moved if row["event_id"] != row["known_id"]]
    asked = questions.refresh(connection, frame, events, now)
    return Relinked(len(joined), _links(frame, events, joined[:_SHOWN]), asked)


def _links(frame: gpd.GeoDataFrame, events: Mapping[str, str], joined: Sequence[str]) -> tuple[Likeness, ...]:
    """Return how alike reports are to the others of their events."""
    theirs = {events[name] for name in joined}
    members = {name: event for name, event in events.items() if event in theirs}
    return tuple(_within(frame, members | {event: event for event in theirs}))


def read(connection: Connection) -> list[questions.Group]:
    """Return the events of several reports, with how alike these are: each to one that it is most like."""
    table = tables.incidents
    shown = rested_on(connection, table)
    several = select(table.c.event_id).where(shown).group_by(table.c.event_id).having(func.count() > 1)
    columns = [table.c[name] for name in ("id", *COLUMNS, WKB, "event_id")]
    rows = connection.execute(select(*columns).where(shown, table.c.event_id.in_(several)).order_by(table.c.id)).all()
    frame = to_frame([row[:-1] for row in rows], COLUMNS)
    return questions.grouped(connection, _within(frame, {row.id: row.event_id for row in rows}))


def _within(frame: gpd.GeoDataFrame, events: Mapping[str, str]) -> list[Likeness]:
    """Return how alike the reports of each event are: each to one that it is most like."""
    members: dict[str, list[str]] = {}
    for name, event in events.items():
        members.setdefault(event, []).append(name)
    return _tree(likeness(frame, [pair for ids in members.values() for pair in combinations(ids, 2)]))


def _tree(likenesses: Iterable[Likeness]) -> list[Likeness]:
    """Keep of the likenesses within events the best that join all reports."""
    event: dict[str, set[str]] = {}
    kept = []
    for like in sorted(likenesses, key=lambda like: (-like.score, like.a, like.b)):
        one, other = event.setdefault(like.a, {like.a}), event.setdefault(like.b, {like.b})
        if one is not other:
            one |= other
            event.update(dict.fromkeys(other, one))
            kept.append(like)
    return kept
