"""The records that the rows of a delivery may be of, and which of them each row is: the rules of matching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table

from geo.core.identity import ALSO_AND, ALSO_BETWEEN, Claim, is_made
from geo.store.frames import Record, digest
from geo.store.record_keys import Key, keys_of


class Read(NamedTuple):
    """What is asked of a row of a delivery to find its record: its names as it was read, its claim and its keys."""

    id: str
    source: str | None
    source_id: str | None
    claim: Claim
    keys: tuple[Key, ...]


@dataclass(slots=True)
class Register:
    """The records that rows of a delivery may be of; those that a delivery brings are put in on the way.

    There may be a million: what follows from the id of a record, which mostly is made of its source and its number, is
    not kept beside it.
    """

    _digests: dict[str, bytes] = field(default_factory=dict)
    _numbers: dict[str, str | None] = field(default_factory=dict)  # of the records whose id is not made so
    _by_number: dict[tuple[str | None, str], str] = field(default_factory=dict)  # those of them
    _by_key: defaultdict[str | None, dict[Key, str | list[str]]] = field(default_factory=lambda: defaultdict(dict))
    _without_id: set[str] = field(default_factory=set)
    _taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, table: Table, records: Sequence[Mapping[str, Any]]) -> Register:
        """Return a register of stored records, which are counted off in this order."""
        register = cls()
        register.fill(table, records)
        return register

    def fill(self, table: Table, records: Sequence[Mapping[str, Any]]) -> None:
        """Put stored records in, behind those that it has."""
        for record, keys in zip(records, keys_of(table, records), strict=True):
            made = is_made(record["source_id"])
            self._add(record["id"], record["source"], record["source_id"], record["digest"], keys, made=made)

    def _add(
        self,
        record: str,
        source: str | None,
        number: str | None,
        digest: str,
        keys: Iterable[Key],
        *,
        made: bool,
    ) -> None:
        if not number or _named(source, number) != record:
            self._numbers[record] = number
            if number and self._known(source, number) is None:
                self._by_number[source, number] = record
        self._digests[record] = bytes.fromhex(digest)
        if made:
            self._without_id.add(record)
        by_key = self._by_key[source]
        for key in keys:
            held = by_key.get(key)
            if isinstance(held, list):
                held.append(record)
            else:
                by_key[key] = record if held is None else [held, record]

    def _known(self, source: str | None, number: str | None) -> str | None:
        """Return the record that a source gave this number first."""
        if not number:
            return None
        if known := self._by_number.get((source, number)):
            return known
        name = _named(source, number)
        return name if name in self._digests and name not in self._numbers else None

    def _all_numbers(self) -> Iterator[tuple[tuple[str | None, str], str]]:
        """Give source and number of all records that have one, with the record that was given it first."""
        yield from self._by_number.items()
        for record in self._digests:
            if record not in self._numbers:
                source, _, number = record.partition(":")
                if (source, number) not in self._by_number:
                    yield (source, number), record

    def _with_key(self, source: str | None, key: Key) -> Sequence[str]:
        held = self._by_key[source].get(key, ())
        return (held,) if isinstance(held, str) else held

    def renumbered(self, rows: Sequence[Read]) -> dict[int, str | None]:
        """Return position → record of the rows whose source gave new numbers to what it had sent before.

        A number that now stands before what another record says is no correction of the one that had it: both rows are
        known by what they say. So is a row with a new number, of a record whose number went to another, and a row whose
        number stands for a record that was known elsewhere is a new one.
        """
        if not self._digests:
            return {}

        def named() -> Iterator[tuple[int, Read, str | None]]:
            for position, row in enumerate(rows):
                if row.source_id and not row.claim.made and not row.claim.own:
                    yield position, row, self._known(row.source, row.source_id)

        at_home = {known for _, row, known in named() if known and self._says(known, row)}
        found: dict[int, str | None] = {}
        taken = set(at_home)

        def move(position: int, row: Read, bearing: Callable[[str], bool]) -> None:
            record_id = next((id for id in self._numbered(row) if id not in taken and bearing(id)), None)
            if record_id is not None:
                found[position] = record_id
                taken.add(record_id)

        for position, row, known in named():
            if known is not None and known not in at_home:
                move(position, row, lambda _: True)
        if found:
            lost = {known for *_, known in named() if known is not None and known not in at_home}
            for position, row, known in named():
                if known is None and self._known_else(row) is None:
                    move(position, row, lost.__contains__)
            went = set(found.values())
            found |= {p: None for p, _, known in named() if p not in found and known in went and known not in at_home}
        return found

    def _known_else(self, row: Read) -> str | None:
        """Return the record that a row is of by the further ids that its source gave it."""
        if not row.claim.also:
            return None
        firsts, _, second = row.claim.also.partition(ALSO_BETWEEN)
        for first in firsts.split(ALSO_AND):
            if known := self._known(row.source, first):
                return known
        known = self._known(row.source, second)
        return known if known is not None and self._says(known, row) else None

    def _says(self, record_id: str, row: Read) -> bool:
        return any(record_id in self._with_key(row.source, key) for key in row.keys)

    def _numbered(self, row: Read) -> Iterator[str]:
        """Give the records of a source that say what the keys do and have a number of its own."""
        for key in row.keys:
            yield from (id for id in self._with_key(row.source, key) if id not in self._without_id)

    def spelled(self, rows: Sequence[Read]) -> dict[int, str]:
        """Return position → record of the rows whose number is one of the store's in another spelling.

        Spreadsheets drop zeros before a number, programs add ``.0`` or change its case: where only one is meant, it is
        the same (``1``, ``001``, ``1.0``; ``ml-2``, ``ML-2``).
        """
        if not self._digests:
            return {}
        unknown: defaultdict[tuple[str | None, str], list[int]] = defaultdict(list)
        wanted = self._may_be_spelled(rows)
        for position, row in enumerate(rows) if wanted else ():
            key = row.source, _plain_number(row.source_id or "")
            if hash(key) in wanted and self._has_unknown_number(row):
                unknown[key].append(position)
        if not unknown:
            return {}
        borne = {
            (row.source, row.source_id) for row in rows if (row.source, _plain_number(row.source_id or "")) in unknown
        }
        meant: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
        for (source, number), record_id in self._all_numbers():
            if (key := (source, _plain_number(number))) in unknown:
                meant[key].append("" if (source, number) in borne else record_id)
        return {unknown[key][0]: ids[0] for key, ids in meant.items() if len(ids) == len(unknown[key]) == 1 and ids[0]}

    def _has_unknown_number(self, row: Read) -> bool:
        return not (
            row.claim.made
            or row.claim.own
            or self._known(row.source, row.source_id) is not None
            or self._known_else(row) is not None
        )

    def _may_be_spelled(self, rows: Sequence[Read]) -> frozenset[int]:
        """Return the hashes of numbers, as all programs write them, that unknown rows and the store have."""
        unknown = ((row.source, row.source_id or "") for row in rows if self._has_unknown_number(row))
        stored = (numbered for numbered, _ in self._all_numbers())
        return frozenset(np.intersect1d(_hashes(unknown), _hashes(stored)).tolist())

    def number_of(self, record_id: str) -> str | None:
        """Return the id that its source gave a record."""
        return self._numbers[record_id] if record_id in self._numbers else record_id.partition(":")[2]

    def bearer(self, source: str | None, number: str | None) -> str | None:
        """Return the record that a source's id stood for before the delivery, or stands for in it where it is new."""
        return self._known(source, number) if source else None

    def take_as(self, record_id: str) -> None:
        """Let no later row take a record by its key."""
        self._taken.add(record_id)

    def take(self, row: Read) -> str | None:
        """Return the id of the record that a row is of, None for a new one; no later row takes it by its key."""
        found = self._find(row)
        if found is not None:
            self._taken.add(found)
        return found

    def may_say(self, row: Read) -> bool:
        """Tell whether there is a record of which `take_same` would ask the whole row."""
        return next(self._open(row), None) is not None

    def take_same(self, row: Read, record: Record) -> str | None:
        """Return the record that says exactly what a row without an id says, if there is one that no row has taken."""
        for known in self._open(row):
            if self.says(record, known, self.number_of(known)):
                self._taken.add(known)
                return known
        return None

    def bring(self, row: Read, digest: str) -> str:
        """Put in a record that this delivery brings, and return its id, which no other has."""
        unused = self.unused(row.id)
        self._add(unused, row.source, row.source_id, digest, row.keys, made=row.claim.made)
        self._taken.add(unused)
        return unused

    def unused(self, wanted: str) -> str:
        """Return an id that no other record has: the one that is wanted, or that with a number."""
        number, record_id = 1, wanted
        while record_id in self._digests:
            number += 1
            record_id = f"{wanted}~{number}"
        return record_id

    def says(self, record: Record, known: str, source_id: str | None) -> bool:
        """Tell whether a row says exactly what the record `known` says; `source_id` is what its record's becomes."""
        named = (record["id"], record["source_id"]) == (known, source_id)
        said = record["digest"] if named else digest({**record, "id": known, "source_id": source_id})
        return bytes.fromhex(said) == self._digests[known]

    def _find(self, row: Read) -> str | None:
        source, number, claim = row.source, row.source_id, row.claim
        if claim.own:
            for candidate in _peeled(claim.own, source):
                if candidate in self._digests:
                    return candidate
        if not claim.made:
            for name in _peeled(number or "", source) if claim.own else (number or "",):
                if known := self._known(source, name):
                    return known
            if known := self._known_else(row):
                return known
        # two ids of a source at one place and day are two records
        return next((id for id in self._open(row) if claim.made or id in self._without_id), None)

    def _open(self, row: Read) -> Iterator[str]:
        for key in row.keys:
            known = [name for name in self._with_key(row.source, key) if name not in self._taken]
            yield from sorted(known, key=lambda name: name not in self._without_id)  # those without an id first


def _named(source: str | None, number: str) -> str:
    """Return the id that a record has by its source and number; empty where these could not be told from it."""
    return "" if source is None or ":" in source else f"{source}:{number}"


def _hashes(numbers: Iterable[tuple[str | None, str]]) -> NDArray[np.int64]:
    return np.fromiter((hash((source, _plain_number(number))) for source, number in numbers), dtype=np.int64)


def _plain_number(number: str) -> str:
    """Return a source's id as all programs would write it: spreadsheets drop zeros before a number and add ``.0``."""
    plain = "".join(number.split()).casefold()
    whole = plain.removesuffix(".0")
    return whole.lstrip("0") or "0" if whole.isascii() and whole.isdigit() else plain


def _peeled(name: str, source: str | None) -> Iterator[str]:
    """Give an id, and what is left of it without the source's name before it, as often as it stands there."""
    yield name
    while name.startswith(f"{source}:"):
        name = name.removeprefix(f"{source}:")
        yield name
