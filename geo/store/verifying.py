"""Whether what was entered in the journal, and every version of every record, is as it was written."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from geo.core.messages import Message, message
from geo.store import journal, tables, versions
from geo.store.packing import Kept, Place, unpack
from geo.store.records import Action


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking the journal found: how many entries, what is wrong, and the records of which text was erased."""

    entries: int
    faults: tuple[Message, ...]
    erased: tuple[str, ...]


@dataclass(slots=True)
class _Rows:
    """What an entry keeps: its seals, records whose row is not what was sealed, those erased, a sum over all traces."""

    seals: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    traced: int = 0
    is_readable: bool = True


def verify(connection: Connection) -> Verified:
    """Check that every entry follows from the one before, and every version from its seal."""
    faults: list[Message] = []
    erased: set[str] = set()
    previous = ""
    line = journal.entries(connection)
    named = {record for entry in line if entry.action is Action.ERASE for record in entry.details["records"]}
    traced = _traced(connection)
    sealed: dict[int, list[str]] = {}
    for entry in line:
        rows = _rows_of(connection, entry.number)
        sealed[entry.number] = rows.seals
        erased |= rows.erased
        follows = entry.previous == previous and entry.hash == journal.hash_of(entry)
        is_whole = rows.is_readable and rows.traced == traced[entry.number]
        if not follows or not is_whole or entry.rows != _over(connection, entry.number, sealed):
            faults.append(
                message("Entry {number} of {at} was changed, or one before it.", number=entry.number, at=entry.at)
            )
        faults += [
            message("Entry {number}: the record {id} is not what was written.", number=entry.number, id=record)
            for record in sorted(rows.wrong | (rows.erased - named))
        ]
        previous = entry.hash
    return Verified(len(line), tuple(faults), tuple(sorted(erased)))


def _rows_of(connection: Connection, number: int) -> _Rows:
    found = _Rows()
    for held in versions.packs_of(connection, number):
        first = held.start.position
        found.seals += [held.seal(first + at) for at in range(held.count)]
        try:
            rows = unpack(held.content)
        except (zlib.error, ValueError, LookupError, TypeError):
            rows = []
        found.is_readable &= len(rows) == held.count
        for position, kept in enumerate(rows, start=first):
            found.traced += _trace(kept.record, position, kept.after is not None)
            if not held.salt(position):
                found.erased.add(kept.record)
            if not _is_sealed(held, position, kept):
                found.wrong.add(kept.record)
    return found


def _is_sealed(held: versions.Pack, position: int, kept: Kept) -> bool:
    digest, salt = journal.content_digest(kept.delivered), held.salt(position)
    if digest != held.digest(position):
        return False
    after = versions.after_digest(kept, digest)
    return not salt or held.seal(position) == journal.seal(salt, kept.record, kept.outcome, digest, after)


def _over(connection: Connection, number: int, sealed: dict[int, list[str]]) -> str:
    """Return what an entry must say of its rows, which may be kept by entries before; empty where one is missing."""
    try:
        return journal.over([_at(sealed, place) for _, place in versions.order_of(connection, number)])
    except (zlib.error, ValueError, LookupError, TypeError):
        return ""


def _at(sealed: dict[int, list[str]], place: Place) -> str:
    return sealed[place.entry][place.position]


def _traced(connection: Connection) -> Counter[int]:
    """Return entry → a sum over the traces of what it keeps, whatever their order."""
    table = tables.traces
    query = select(table.c.entry, table.c.record, table.c.position, table.c.changed)
    sums: Counter[int] = Counter()
    for entry, record, position, changed in connection.execute(query):
        sums[entry] += _trace(record, position, changed)
    return sums


def _trace(record: str, position: int, changed: bool) -> int:
    digest = hashlib.sha256(f"{position} {changed} {record}".encode())
    return int.from_bytes(digest.digest()[:8])
