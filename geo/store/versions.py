"""Every version of every record: as it was delivered, and what it was afterwards.

A row is kept once: one that says again what a delivery of its record said before is a reference to that (its `Place`).
"""

from __future__ import annotations

import hashlib
import secrets
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, insert, select, update

from geo.core.identity import Claim
from geo.store import journal, tables
from geo.store.frames import Record, from_content, in_parts, to_content
from geo.store.packing import ORDERED, PACKED, Content, Kept, Place, alike, order, ordered, pack, unpack
from geo.store.planning import Judged, Outcome, forget_text
from geo.store.records import Action

#: What leaves a record as it was.
_KEEPS: Final = (Outcome.CLASH, Outcome.WITHDRAWN)
#: What says what is known: no part of a history.
_AGAIN: Final = (Outcome.SAME, Outcome.OLDER)
#: Bytes of a salt, which are all 0 where text was erased, and of a digest or seal.
_SALT: Final = 8
_HASH: Final = 32
_NO_SALT: Final = bytes(_SALT)


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry of the journal did to a record; `before` and `after` are None where there was none."""

    entry: journal.Entry
    outcome: str
    before: Content | None
    after: Content | None
    undone: bool


@dataclass(frozen=True, slots=True)
class Pack:
    """Rows that are kept together: where the first of them is, and salt, seal and digest of each."""

    start: Place
    content: bytes
    salts: bytes
    seals: bytes
    digests: bytes

    @property
    def count(self) -> int:
        """How many rows it holds."""
        return len(self.digests) // _HASH

    def salt(self, position: int) -> str:
        """Return the salt of a row, empty where its text was erased."""
        salt = _part(self.salts, position - self.start.position, _SALT)
        return "" if salt == _NO_SALT else salt.hex()

    def seal(self, position: int) -> str:
        """Return the seal of a row."""
        return _part(self.seals, position - self.start.position, _HASH).hex()

    def digest(self, position: int) -> str:
        """Return the digest of a row as it was delivered."""
        return _part(self.digests, position - self.start.position, _HASH).hex()


class Entering:
    """The next entry of the journal, with the rows that it brings: they are kept as they come, and then it is closed.

    How they come, in which parts, changes nothing of what is kept.
    """

    def __init__(self, connection: Connection, action: Action, *, who: str = "") -> None:
        self._connection = connection
        self._entry = journal.begin(connection, action, who=who)
        self._over = hashlib.sha256()
        self._kept = 0
        self._count = 0
        self._to_keep: list[tuple[Judged, bytes, str]] = []
        self._to_order: list[tuple[Claim, Place]] = []
        self._ordered = 0

    @property
    def number(self) -> int:
        """The number of the entry."""
        return self._entry.number

    def put(self, judged: Sequence[Judged]) -> None:
        """Keep the next rows."""
        earlier = _said_before(self._connection, judged, self.number)
        for row, known in zip(judged, earlier, strict=True):
            if known is None:
                salt = secrets.token_bytes(_SALT)
                place, seal = Place(self.number, self._count), _seal(salt, row)
                self._to_keep.append((row, salt, seal))
                self._count += 1
            else:
                place, seal = known
            self._over.update(seal.encode("ascii"))
            self._to_order.append((row.claim, place))
        self._write(rest=False)

    def close(self, revision: int, details: Mapping[str, Any]) -> None:
        """Write what is left, and the entry."""
        self._write(rest=True)
        journal.end(self._connection, self._entry, revision, details, self._over.hexdigest())

    def _write(self, *, rest: bool) -> None:
        bounds = list(alike([row.delivered for row, *_ in self._to_keep]))
        for start, end in bounds if rest else bounds[:-1]:  # more may belong to the last
            _keep(self._connection, self.number, self._kept + start, self._to_keep[start:end])
        written = len(self._to_keep) if rest else sum(end - start for start, end in bounds[:-1])
        del self._to_keep[:written]
        self._kept += written
        while len(self._to_order) >= ORDERED or (rest and self._to_order):
            part = {"entry": self.number, "start": self._ordered, "rows": order(self._to_order[:ORDERED])}
            self._connection.execute(insert(tables.deliveries), part)
            self._ordered += len(self._to_order[:ORDERED])
            del self._to_order[:ORDERED]


def enter(
    connection: Connection,
    action: Action,
    revision: int,
    details: Mapping[str, Any],
    judged: Sequence[Judged],
) -> None:
    """Write the next entry of the journal, and keep the rows that it brought."""
    entering = Entering(connection, action)
    entering.put(judged)
    entering.close(revision, details)


def delivered(connection: Connection, entry: int) -> list[tuple[Record, Claim]]:
    """Return the rows of a delivery in the order of its file."""
    rows = list(order_of(connection, entry))
    held = {
        place: (kept.delivered, digest)
        for place, kept, digest in _kept_at(connection, [at for _, at in rows])
        if kept.outcome != Outcome.UNNUMBERED
    }
    return [(from_content(*held[place]), claim) for claim, place in rows if place in held]


def order_of(connection: Connection, entry: int) -> Iterator[tuple[Claim, Place]]:
    """Give the rows of an entry: what each says of its identity, and where it is kept."""
    table = tables.deliveries
    query = select(table.c.rows).where(table.c.entry == entry).order_by(table.c.start)
    return chain.from_iterable(map(ordered, connection.execute(query).scalars()))


def packs_of(connection: Connection, entry: int) -> Iterator[Pack]:
    """Give the rows that an entry keeps, in order."""
    table = tables.packs
    return map(_pack, connection.execute(select(table).where(table.c.entry == entry).order_by(table.c.start)))


def digests_of(connection: Connection, records: Collection[str], entry: int) -> dict[str, set[str]]:
    """Return record → digests of what it has been before an entry."""
    found: dict[str, set[str]] = {}
    places = (place for place in _traces(connection, records) if place.entry < entry)
    for _, kept, digest in _kept_at(connection, places):
        if kept.after is not None:
            found.setdefault(kept.record, set()).add(after_digest(kept, digest) or "")
    return found


def after_digest(kept: Kept, digest: str) -> str | None:
    """Return the digest of a record after a row, None where that left it; `digest` is that of the row itself."""
    if kept.after is None:
        return None
    return digest if kept.after is kept.delivered else journal.content_digest(kept.after)


def history(connection: Connection, record: str) -> list[Version]:
    """Return what happened to a record, oldest first; rows that said again what was known are left out."""
    line = {entry.number: entry for entry in journal.entries(connection)}
    taken_back = journal.undone(line.values())
    found: list[Version] = []
    before = None
    for place, kept, _ in _kept_at(connection, _traces(connection, [record])):
        if kept.outcome in _AGAIN:
            continue
        is_undone = place.entry in taken_back
        after = kept.after if kept.after is not None else (before if kept.outcome in _KEEPS else None)
        found.append(Version(line[place.entry], kept.outcome, before, after, is_undone))
        before = before if is_undone else after
    return found


def left_by_before(connection: Connection, kind: str) -> frozenset[str]:
    """Return the records of a table that are as an earlier version of Sira left them."""
    line = journal.entries(connection)
    first = [entry.number for entry in line if entry.action is Action.BASELINE and entry.details["kind"] == kind]
    if not first:
        return frozenset()
    table, later = tables.traces, tables.traces.alias()
    again = exists().where(later.c.record == table.c.record, later.c.entry > table.c.entry, later.c.changed)
    return frozenset(connection.execute(select(table.c.record).where(table.c.entry.in_(first), ~again)).scalars())


def erase(connection: Connection, records: Collection[str]) -> None:
    """Forget the personal text in all versions of these records; their seals stand, without what they sealed."""
    table = tables.packs
    for held, positions in list(_packs_at(connection, _traces(connection, records))):
        rows, salts, digests = unpack(held.content), bytearray(held.salts), bytearray(held.digests)
        for at in (position - held.start.position for position in positions):
            kept, digest = _without_text(rows[at])
            if kept != rows[at]:
                rows[at] = kept
                salts[at * _SALT : (at + 1) * _SALT] = _NO_SALT
                digests[at * _HASH : (at + 1) * _HASH] = bytes.fromhex(digest)
        connection.execute(
            update(table)
            .where(table.c.entry == held.start.entry, table.c.start == held.start.position)
            .values(content=pack(rows), salts=bytes(salts), digests=bytes(digests))
        )


def _without_text(kept: Kept) -> tuple[Kept, str]:
    """Return a row without what people wrote freely, and its digest."""
    delivered, after = (_forgetting(content) for content in (kept.delivered, kept.after))
    digest = journal.content_digest(delivered)
    if kept.after is kept.delivered:
        after = delivered
    return replace(kept, delivered=delivered or {}, after=after), digest


def _forgetting(content: Content | None) -> Content | None:
    if content is None:
        return None
    record = from_content(content)
    forget_text(record)
    return to_content(record)


def _said_before(connection: Connection, judged: Sequence[Judged], entry: int) -> list[tuple[Place, str] | None]:
    """Return where what each row says again is kept before an entry, under which seal; None where that is new."""
    found = _traces(connection, {row.record for row in judged if row.outcome in _AGAIN})
    traced = {place: record for place, record in found.items() if place.entry < entry}
    kept = {
        (traced[Place(held.start.entry, position)], held.digest(position)): position_and_seal
        for held, positions in _packs_at(connection, traced)
        for position in positions
        for position_and_seal in [(Place(held.start.entry, position), held.seal(position))]
    }
    return [kept.get((row.record, row.delivered["digest"])) if row.outcome in _AGAIN else None for row in judged]


def _traces(connection: Connection, records: Collection[str]) -> dict[Place, str]:
    """Return where rows of these records are kept, each with its record."""
    table = tables.traces
    columns = (table.c.entry, table.c.position, table.c.record)
    return {
        Place(entry, position): record
        for part in in_parts(records)
        for entry, position, record in connection.execute(select(*columns).where(table.c.record.in_(part)))
    }


def _kept_at(connection: Connection, places: Iterable[Place]) -> Iterator[tuple[Place, Kept, str]]:
    """Give what is kept at these places, and its digest as delivered, in order."""
    for held, positions in _packs_at(connection, places):
        rows = unpack(held.content)
        for position in positions:
            yield Place(held.start.entry, position), rows[position - held.start.position], held.digest(position)


def _packs_at(connection: Connection, places: Iterable[Place]) -> Iterator[tuple[Pack, list[int]]]:
    """Give the packs that hold these places, and which of their rows it are, in order."""
    table = tables.packs
    for entry, of_entry in groupby(sorted(places), key=lambda place: place.entry):
        positions = [place.position for place in of_entry]
        may_hold = table.c.start.between(positions[0] - PACKED + 1, positions[-1])
        query = select(table).where(table.c.entry == entry, may_hold).order_by(table.c.start)
        for held in map(_pack, connection.execute(query)):
            first = held.start.position
            here = positions[bisect_left(positions, first) : bisect_left(positions, first + held.count)]
            if here:
                yield held, here


def _pack(row: Row[Any]) -> Pack:
    return Pack(Place(row.entry, row.start), row.content, row.salts, row.seals, row.digests)


def _part(joined: bytes, at: int, size: int) -> bytes:
    return joined[at * size : (at + 1) * size]


def _seal(salt: bytes, row: Judged) -> str:
    after = row.after["digest"] if row.after is not None else None
    return journal.seal(salt.hex(), row.record, str(row.outcome), row.delivered["digest"], after)


def _keep(connection: Connection, entry: int, start: int, rows: Sequence[tuple[Judged, bytes, str]]) -> None:
    """Keep rows as one pack, of which the first is at `start` among what the entry keeps."""
    held = {
        "entry": entry,
        "start": start,
        "content": pack([Kept(row.record, str(row.outcome), row.delivered, row.after) for row, *_ in rows]),
        "salts": b"".join(salt for _, salt, _ in rows),
        "seals": bytes.fromhex("".join(seal for *_, seal in rows)),
        "digests": bytes.fromhex("".join(row.delivered["digest"] for row, *_ in rows)),
    }
    traces = [
        {"record": row.record, "entry": entry, "position": position, "changed": row.after is not None}
        for position, (row, *_) in enumerate(rows, start=start)
    ]
    connection.execute(insert(tables.packs), held)
    connection.execute(insert(tables.traces), traces)
