"""What a store did after a backup was made, done again in what the backup holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
from sqlalchemy import Connection

from geo.core.errors import NotFoundError
from geo.core.identity import Claim
from geo.core.messages import Message
from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS
from geo.store import corrections, erasing, imports, journal, links, quarantine, versions
from geo.store.completing import Complete
from geo.store.events import Relinked
from geo.store.frames import WKB, Record, to_frame
from geo.store.records import Action, SetAside
from geo.store.replay import DELIVERIES
from geo.store.terms import Terms

#: What people say, beside deliveries.
DECISIONS: Final = (Action.WITHDRAW, Action.RENAME, Action.LINK, Action.PART, Action.UNLINK, Action.UNDO)


@dataclass(frozen=True, slots=True)
class Later:
    """What a backup does not know: its entry in the journal; of a delivery the rows as read, and those set aside."""

    entry: journal.Entry
    rows: Sequence[tuple[Record, Claim]] = ()
    aside: Sequence[SetAside] = ()

    @property
    def is_delivery(self) -> bool:
        """Tell whether it brought rows."""
        return self.entry.action in DELIVERIES

    @property
    def is_erasure(self) -> bool:
        """Tell whether it erased text: a backup brings none of it back."""
        return self.entry.action is Action.ERASE


@dataclass(frozen=True, slots=True)
class _Batch:
    """A delivery that is brought again, as a batch."""

    file: str
    format: str
    rows_read: int
    accepted: gpd.GeoDataFrame
    claims: Mapping[str, Claim]
    quarantined: Sequence[SetAside]
    notes: Sequence[Message] = ()


def later(source: Connection, target: Connection) -> list[Later]:
    """Return what holds in the target and is not known to the source, in the order in which it was done."""
    there = {entry.hash for entry in journal.entries(source)}
    line = journal.entries(target)
    gone = journal.undone(line)
    new = {entry.number for entry in line if entry.hash not in there}
    return [
        _later(target, entry)
        for entry in line
        if entry.number in new - gone
        and entry.action in (*DELIVERIES, *DECISIONS, Action.ERASE)
        and not (entry.action is Action.UNDO and entry.details["entry"] in new)
    ]


def _later(connection: Connection, entry: journal.Entry) -> Later:
    if entry.action not in DELIVERIES:
        return Later(entry)
    aside = quarantine.read_at_source(connection, entry.revision) if entry.details.get("changed", True) else ()
    return Later(entry, versions.delivered(connection, entry.number), aside)


def do(
    connection: Connection,
    one: Later,
    relink: Callable[[Connection], Relinked],
    undo: Callable[[Connection, int], object],
) -> None:
    """Do again what was done, on the terms of then, as far as there still is what it was about."""
    details = one.entry.details
    match one.entry.action:
        case Action.ERASE:
            erasing.erase_again(connection, details["records"], details["source"], relink)
        case Action.WITHDRAW:
            if found := corrections.standing(connection, details["records"]):
                corrections.withdraw(connection, found, details["reason"], relink)
        case Action.RENAME:
            with suppress(NotFoundError):  # no record has that name in the backup, and none came since
                corrections.rename(connection, details["old"], details["new"], relink)
        case Action.LINK | Action.PART:
            _answer(connection, details["pairs"], same=one.entry.action is Action.LINK)
            relink(connection)
        case Action.UNLINK:
            for report in details["records"]:
                with suppress(NotFoundError):  # it is linked with none any more
                    links.unlink(connection, report)
            relink(connection)
        case Action.UNDO:
            undo(connection, details["undone"])
        case _:
            _take(connection, one, relink)


def _answer(connection: Connection, told: Collection[Sequence[str]], *, same: bool) -> None:
    there = set(corrections.standing(connection, {report for pair in told for report in pair}))
    if pairs := [(a, b) for a, b in told if {a, b} <= there]:
        links.answer(connection, pairs, same=same)


def _take(connection: Connection, one: Later, relink: Callable[[Connection], Relinked]) -> None:
    """Take the rows of a delivery again; what it withdrew as complete goes again."""
    of_incidents = one.entry.action is Action.INCIDENTS
    schema = INCIDENT_COLUMNS if of_incidents else HAZARD_COLUMNS
    details, names = one.entry.details, ("id", *schema, WKB)
    batch = _Batch(
        file=details["file"],
        format=details["format"],
        rows_read=len(one.rows) + len(one.aside),
        accepted=to_frame([[record[name] for name in names] for record, _ in one.rows], schema),
        claims={record["id"]: claim for record, claim in one.rows},
        quarantined=one.aside,
    )
    terms = Terms(who=one.entry.who, meant=frozenset(details["meant"]), complete=_complete(details))
    if of_incidents:
        imports.add_incidents(connection, batch, relink, terms)
    else:
        imports.add_hazards(connection, batch, terms)


def _complete(details: Mapping[str, Any]) -> Complete | None:
    """Return that a delivery is complete, where it withdrew anything as such: a person said yes to it then."""
    if not details.get("withdrawn"):
        return None
    period = details["complete"]["period"]
    dates = None if period is None else (dt.date.fromisoformat(period[0]), dt.date.fromisoformat(period[1]))
    return Complete(lambda *_: None, dates, force=True)
