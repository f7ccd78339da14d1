"""Which record each row of a delivery is of: by Sira's own id, the source's id, or what the row itself says.

Rows are matched within their source: two organisations may both number from 1. Rows that say the same without an id
are counted off, first with first, so that two devices at one place and day stay two.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import shapely
from sqlalchemy import Connection, Table, or_, select

from geo.core.identity import ALSO_AND, ALSO_BETWEEN, Claim, is_made, pseudonym_in, pseudonyms
from geo.store import tables
from geo.store.frames import WKB, Record, digest

#: Under this name a store keeps the secret that its pseudonyms are made with.
PSEUDONYMS: Final = "pseudonyms"
#: Degrees are compared to this many decimals (1 m): another program may write a position a little differently.
_DECIMALS: Final = 5

#: Stored records that are read together.
_AT_ONCE: Final = 5_000
#: What is read of a stored record to match it: its names, and the columns of its keys.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "incidents": ("date", "date_precision", "hazard_type", "location_unit", WKB),
    "hazards": ("name", WKB),
}

Key = tuple[Hashable, ...]
#: A row of a delivery, what it says of its record, and its keys.
Read = tuple[Record, Claim, Sequence[Key]]


@dataclass(slots=True)
class Register:
    """The records that rows of a delivery may be of; those that a delivery brings are put in on the way."""

    ids: set[str] = field(default_factory=set)
    _by_source_id: dict[tuple[str, str], str] = field(default_factory=dict)
    _by_key: defaultdict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    _source_ids: dict[str, str | None] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
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
            self.add(record, keys, made=is_made(record["source_id"]))

    def add(self, record: Mapping[str, Any], keys: Iterable[Key], *, made: bool) -> None:
        """Put a record in."""
        record_id, source = record["id"], record["source"]
        self.ids.add(record_id)
        self._source_ids[record_id], self._digests[record_id] = record["source_id"], record["digest"]
        if record["source_id"]:
            self._by_source_id.setdefault((source, record["source_id"]), record_id)
        if made:
            self._without_id.add(record_id)
        for key in keys:
            self._by_key[source, *key].append(record_id)

    def renumbered(self, rows: Sequence[Read]) -> dict[int, str | None]:
        """Return position → record of the rows whose source gave new numbers to what it had sent before.

        A number that now stands before what another record says is no correction of the one that had it: both rows are
        known by what they say. So is a row with a new number, of a record whose number went to another, and a row whose
        number stands for a record that was known elsewhere is a new one.
        """
        named = [
            (position, record["source"], claim, keys, self._by_source_id.get((record["source"], record["source_id"])))
            for position, (record, claim, keys) in enumerate(rows)
            if record["source_id"] and not claim.made and not claim.own
        ]
        at_home = {known for _, source, _, keys, known in named if known and self._says(known, source, keys)}
        found: dict[int, str | None] = {}
        taken = set(at_home)

        def move(position: int, source: str, keys: Iterable[Key], bearing: Callable[[str], bool]) -> None:
            record_id = next((id for id in self._numbered(source, keys) if id not in taken and bearing(id)), None)
            if record_id is not None:
                found[position] = record_id
                taken.add(record_id)

        for position, source, _, keys, known in named:
            if known is not None and known not in at_home:
                move(position, source, keys, lambda _: True)
        if found:
            lost = {known for position, *_, known in named if known is not None and known not in at_home}
            for position, source, claim, keys, known in named:
                if known is None and self._known_else(source, claim, keys) is None:
                    move(position, source, keys, lost.__contains__)
            went = set(found.values())
            found |= {p: None for p, *_, known in named if p not in found and known in went and known not in at_home}
        return found

    def _known_else(self, source: str, claim: Claim, keys: Iterable[Key]) -> str | None:
        """Return the record that a row is of by the further ids that its source gave it."""
        firsts, _, second = claim.also.partition(ALSO_BETWEEN)
        for first in filter(None, firsts.split(ALSO_AND)):
            if known := self._by_source_id.get((source, first)):
                return known
        known = self._by_source_id.get((source, second)) if second else None
        return known if known is not None and self._says(known, source, keys) else None

    def _says(self, record_id: str, source: str, keys: Iterable[Key]) -> bool:
        return any(record_id in self._by_key.get((source, *key), ()) for key in keys)

    def _numbered(self, source: str, keys: Iterable[Key]) -> Iterator[str]:
        """Give the records of a source that say what the keys do and have a number of its own."""
        for key in keys:
            yield from (id for id in self._by_key.get((source, *key), ()) if id not in self._without_id)

    def spelled(self, rows: Sequence[Read]) -> dict[int, str]:
        """Return position → record of the rows whose number is one of the store's in another spelling.

        Spreadsheets drop zeros before a number, programs add ``.0`` or change its case: where only one is meant, it is
        the same (``1``, ``001``, ``1.0``; ``ml-2``, ``ML-2``).
        """
        borne = {(record["source"], record["source_id"]) for record, *_ in rows}
        unknown: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for position, (record, claim, keys) in enumerate(rows):
            source = record["source"]
            if not (
                claim.made
                or claim.own
                or (source, record["source_id"]) in self._by_source_id
                or self._known_else(source, claim, keys)
            ):
                unknown[source, _plain_number(record["source_id"])].append(position)
        meant: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for (source, number), record_id in self._by_source_id.items() if unknown else ():
            if (key := (source, _plain_number(number))) in unknown:
                meant[key].append("" if (source, number) in borne else record_id)
        return {unknown[key][0]: ids[0] for key, ids in meant.items() if len(ids) == len(unknown[key]) == 1 and ids[0]}

    def number_of(self, record_id: str) -> str | None:
        """Return the id that its source gave a record."""
        return self._source_ids[record_id]

    def bearer(self, source: str | None, source_id: str | None) -> str | None:
        """Return the record that a source's id stood for before the delivery, or stands for in it where it is new."""
        return self._by_source_id.get((source, source_id)) if source and source_id else None

    def take_as(self, record_id: str) -> None:
        """Let no later row take a record by its key."""
        self._taken.add(record_id)

    def take(self, record: Record, claim: Claim, keys: Iterable[Key]) -> str | None:
        """Return the id of the record that a row is of, None for a new one; no later row takes it by its key."""
        found = self._find(record, claim, keys)
        if found is not None:
            self._taken.add(found)
        return found

    def take_same(self, record: Record, keys: Iterable[Key]) -> str | None:
        """Return the record that says exactly what a row without an id says, if there is one that no row has taken."""
        for known in self._open(record["source"], keys):
            if self.says(record, known, self._source_ids[known]):
                self._taken.add(known)
                return known
        return None

    def bring(self, record: Record, keys: Iterable[Key], *, made: bool) -> Record:
        """Put in a record that this delivery brings, and return it under an id that no other has."""
        unused = self.unused(record["id"])
        named = record if unused == record["id"] else {**record, "id": unused}
        self.add(named, keys, made=made)
        self._taken.add(unused)
        return named

    def unused(self, wanted: str) -> str:
        """Return an id that no other record has: the one that is wanted, or that with a number."""
        number, record_id = 1, wanted
        while record_id in self.ids:
            number += 1
            record_id = f"{wanted}~{number}"
        return record_id

    def says(self, record: Record, known: str, source_id: str | None) -> bool:
        """Tell whether a row says exactly what the record `known` says; `source_id` is what its record's becomes."""
        if (record["id"], record["source_id"]) == (known, source_id):
            return bool(record["digest"] == self._digests[known])
        return digest({**record, "id": known, "source_id": source_id}) == self._digests[known]

    def _find(self, record: Record, claim: Claim, keys: Iterable[Key]) -> str | None:
        source, source_id = record["source"], record["source_id"]
        if claim.own:
            for candidate in _peeled(claim.own, source):
                if candidate in self.ids:
                    return candidate
        if not claim.made:
            for candidate in _peeled(source_id or "", source) if claim.own else (source_id,):
                if known := self._by_source_id.get((source, candidate or "")):
                    return known
            if known := self._known_else(source, claim, keys):
                return known
        # two ids of a source at one place and day are two records
        return next((id for id in self._open(source, keys) if claim.made or id in self._without_id), None)

    def _open(self, source: str, keys: Iterable[Key]) -> Iterator[str]:
        for key in keys:
            known = [name for name in self._by_key.get((source, *key), ()) if name not in self._taken]
            yield from sorted(known, key=lambda name: name not in self._without_id)  # those without an id first


def _plain_number(number: str) -> str:
    """Return a source's id as all programs would write it: spreadsheets drop zeros before a number and add ``.0``."""
    plain = "".join(number.split()).casefold()
    whole = plain.removesuffix(".0")
    return whole.lstrip("0") or "0" if whole.isascii() and whole.isdigit() else plain


def _peeled(name: str, source: str) -> Iterator[str]:
    """Give an id, and what is left of it without the source's name before it, as often as it stands there."""
    yield name
    while name.startswith(f"{source}:"):
        name = name.removeprefix(f"{source}:")
        yield name


def recognised(
    connection: Connection, table: Table, records: Sequence[Record], claims: Mapping[str, Claim], also: Iterable[str]
) -> Mapping[str, Claim]:
    """Return the claims of rows, those that state an id or a pseudonym of this store's as claims of that record.

    Files for partners bear pseudonyms; and where the columns by which a file of Sira's is known were deleted, its ids
    are left in the column that other files have their source's in.

    Parameters
    ----------
    also
        Ids of records that are in no table any more.
    """
    foreign: dict[str, str] = {}
    for record in records:
        row, own = record["id"], claims.get(record["id"], Claim()).own
        name = own or record["source_id"] or ""
        if pseudonym_in(name) or (not own and name.startswith(f"{record['source']}:")):
            foreign[row] = name
    if not foreign:
        return claims
    ids = {*connection.execute(select(table.c.id)).scalars(), *also}
    known = _by_pseudonym(connection, ids) if any(map(pseudonym_in, foreign.values())) else {}
    result = dict(claims)
    for row, name in foreign.items():
        claim = claims.get(row, Claim())
        is_stated = name in ids and (claim.own or row not in ids)
        earlier = f"{name.rpartition(':')[0]}:{pseudonym_in(name)}"  # as an earlier version of Sira called it
        if found := name if is_stated else known.get(pseudonym_in(name)) or (earlier if earlier in ids else None):
            result[row] = claim._replace(own=found)
    return result


def _by_pseudonym(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return pseudonym → id; none where this store never told any."""
    kept = connection.execute(select(tables.settings.c.value).where(tables.settings.c.name == PSEUDONYMS)).scalar()
    return {} if kept is None else dict(zip(pseudonyms(ids, bytes.fromhex(kept)), ids, strict=True))


def registered(
    connection: Connection,
    table: Table,
    records: Sequence[Record],
    claims: Mapping[str, Claim],
    taken_back: Iterable[Record],
) -> Register:
    """Return the records that the rows may be of: those of their sources, or all where Sira wrote the file.

    Those that were taken back are among them, behind those that stand.
    """
    names = ("id", "source", "source_id", "digest", *_COLUMNS[table.name])
    query = select(*(table.c[name] for name in names)).order_by(table.c.revision_added, table.c.id)
    sources = {record["source"] for record in records}
    if not any(claim.own for claim in claims.values()):
        # also ids that a source gave before it had another name: no second record may have them
        alike = (table.c.id.startswith(f"{source}:", autoescape=True) for source in sorted(filter(None, sources)))
        named = table.c.source.in_([source for source in sources if source is not None])
        query = query.where(or_(named, *alike, *([table.c.source.is_(None)] if None in sources else [])))
    register = Register()
    result = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for part in result.mappings().partitions():
        register.fill(table, [dict(row) for row in part])
    register.fill(table, list(taken_back))
    return register


def keys_of(table: Table, records: Sequence[Mapping[str, Any]]) -> list[tuple[Key, ...]]:
    """Return, for each record, by what it is known where its source gives no id, the most telling first.

    An incident by its parsed date, place and device; an area by its name, then by its outline. What says too little
    gives no key.
    """
    shapes = shapely.from_wkb([record[WKB] for record in records])
    if table is tables.hazards:
        return [
            (*((("name", record["name"]),) if record["name"] else ()), ("shape", _outline(shape)))
            for record, shape in zip(records, shapes, strict=True)
        ]
    return [
        (("incident", record["date"], record["date_precision"], record["hazard_type"], *place),)
        if (place := _place(record, shape)) and record["date"] is not None
        else ()
        for record, shape in zip(records, shapes, strict=True)
    ]


def _place(record: Mapping[str, Any], shape: shapely.Point | None) -> tuple[object, ...]:
    if shape is None or shape.is_empty:
        return (record["location_unit"],) if record["location_unit"] else ()
    return round(shape.x, _DECIMALS), round(shape.y, _DECIMALS)


def _outline(shape: shapely.MultiPolygon) -> str:
    rounded = shapely.set_precision(shape, 10**-_DECIMALS, mode="pointwise").normalize()
    return hashlib.sha256(shapely.to_wkb(rounded, byte_order=1)).hexdigest()
