"""The journal: what was done, in order, each entry sealed with the one before, so that no later change goes unseen.

An entry holds what was done and a hash over the seals of its versions (`geo.store.versions`). A seal takes in a salt,
so that erasing a text and its salt leaves nothing to guess it from, and the chain whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from geo.store import tables
from geo.store.records import Action
from geo.store.revisions import now


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done: by whom, when (UTC), with which revision, and its place in the chain."""

    number: int
    at: dt.datetime
    who: str
    action: Action
    revision: int
    details: Mapping[str, Any]
    rows: str
    previous: str
    hash: str


def append(
    connection: Connection,
    action: Action,
    revision: int,
    details: Mapping[str, Any],
    *,
    who: str = "",
    seals: Sequence[str] = (),
) -> int:
    """Write the next entry and return its number."""
    table = tables.journal
    last = connection.execute(select(table).order_by(table.c.number.desc()).limit(1)).first()
    entry = Entry(
        number=1 if last is None else last.number + 1,
        at=now(),
        who=who,
        action=action,
        revision=revision,
        details=dict(details),
        rows=over(seals),
        previous="" if last is None else last.hash,
        hash="",
    )
    values = {name: getattr(entry, name) for name in Entry.__slots__} | {"hash": hash_of(entry), "action": str(action)}
    connection.execute(insert(table).values(**values))
    return entry.number


def entries(connection: Connection) -> list[Entry]:
    """Return all entries, oldest first."""
    return [_entry(row) for row in connection.execute(select(tables.journal).order_by(tables.journal.c.number))]


def undone(line: Iterable[Entry]) -> set[int]:
    """Return the numbers of entries that were taken back, by an entry that itself still holds."""
    taken_back: set[int] = set()
    for entry in sorted(line, key=lambda entry: -entry.number):
        if entry.action is Action.UNDO and entry.number not in taken_back:
            taken_back.add(int(entry.details["entry"]))
    return taken_back


def seal(salt: str, record: str, outcome: str, delivered: str | None, after: str | None) -> str:
    """Return the seal of a version."""
    return hashlib.sha256(json.dumps([salt, record, outcome, delivered, after]).encode("ascii")).hexdigest()


def content_digest(content: object) -> str:
    """Return the digest under which a content is kept: that of the record (`geo.store.frames.digest`)."""
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()


def over(seals: Sequence[str]) -> str:
    """Return what an entry says of its rows."""
    return hashlib.sha256("".join(seals).encode("ascii")).hexdigest()


def hash_of(entry: Entry) -> str:
    """Return the hash of an entry, which takes in that of the one before."""
    said = [
        entry.number,
        entry.at.isoformat(),
        entry.who,
        str(entry.action),
        entry.revision,
        dict(entry.details),
        entry.rows,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(said).encode("ascii")).hexdigest()


def _entry(row: Row[Any]) -> Entry:
    values = {name: getattr(row, name) for name in Entry.__slots__}
    return Entry(**values | {"action": Action(row.action)})
