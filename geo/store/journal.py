"""The journal: what was done, in order, each entry sealed with the one before, so that no later change goes unseen.

An entry holds what was done and a hash over the seals of its versions (`geo.store.versions`). A seal takes in a salt,
so that erasing a text and its salt leaves nothing to guess it from, and the chain whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

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


def append(connection: Connection, action: Action, revision: int, details: Mapping[str, Any], *, who: str = "") -> int:
    """Write the next entry, of something that has no rows, and return its number."""
    return end(connection, begin(connection, action, who=who), revision, details, over(()))


def begin(connection: Connection, action: Action, *, who: str = "") -> Entry:
    """Write the next entry as far as it is known before its rows are, which may be many; `end` writes the rest."""
    table = tables.journal
    last = connection.execute(select(table).order_by(table.c.number.desc()).limit(1)).first()
    entry = Entry(
        number=1 if last is None else last.number + 1,
        at=now(),
        who=who,
        action=action,
        revision=0,
        details={},
        rows="",
        previous="" if last is None else last.hash,
        hash="",
    )
    connection.execute(insert(table).values(**_values(entry)))
    return entry


def end(connection: Connection, entry: Entry, revision: int, details: Mapping[str, Any], rows: str) -> int:
    """Write what was found out of an entry since it began, with its hash, and return its number."""
    whole = replace(entry, revision=revision, details=dict(details), rows=rows)
    values = _values(whole) | {"hash": hash_of(whole)}
    connection.execute(update(tables.journal).where(tables.journal.c.number == entry.number).values(**values))
    return entry.number


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__} | {"action": str(entry.action)}


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


def over(seals: Iterable[str]) -> str:
    """Return what an entry says of its rows."""
    digest = hashlib.sha256()
    for seal in seals:
        digest.update(seal.encode("ascii"))
    return digest.hexdigest()


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
