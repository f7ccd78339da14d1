"""What a delivery does to the records of a table: each row is new, an update, there already, older, or a clash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, Table, select

from geo.core.identity import Claim
from geo.core.messages import message
from geo.hazards.schema import merge_histories, parse_history
from geo.incidents.batch import QuarantinedRow
from geo.incidents.schema import DEFAULT_ERROR_KM, LocationPrecision
from geo.store.clashes import changes, clashing
from geo.store.frames import WKB, Record, digest
from geo.store.matching import Register, keys_of, place_of
from geo.store.quarantine import CLASH

#: What is read back of stored records at once.
_AT_ONCE: Final = 500
#: Taken together, where a file of Sira's own knows a place less closely than the store does.
_PLACE: Final = ("location_precision", "location_error_km", "location_unit", WKB)

Stored = Callable[[Collection[str]], Mapping[str, Record]]


@dataclass(slots=True)
class Plan:
    """What a delivery would do. A record that comes twice in one file counts twice and is kept once."""

    added: dict[str, Record] = field(default_factory=dict)
    changed: dict[str, Record] = field(default_factory=dict)
    clashes: list[QuarantinedRow] = field(default_factory=list)
    brought: set[str] = field(default_factory=set)  # the records that it is about, in good order
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    outdated: int = 0  # among the duplicates: older versions of what is stored

    @property
    def latest(self) -> dict[str, Record]:
        """The records that it writes."""
        return {**self.added, **self.changed}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a delivery, and the record that it is of."""

    record: Record
    claim: Claim
    known: bool


def plan(
    table: Table,
    records: Sequence[Record],
    claims: Mapping[str, Claim],
    register: Register,
    stored: Stored,
    *,
    meant: Collection[str] = (),
) -> Plan:
    """Return what the rows of a delivery would do to the records of `table`.

    Parameters
    ----------
    records
        The rows in the order of the file; ``id`` becomes that of the record that a row is of.
    claims
        ``id`` as read → what the row says of its identity.
    register
        The records that the rows may be of; it learns the new ones.
    stored
        Gives records as they are.
    meant
        Records whose update is meant, however much it changes.
    """
    rows = _recognised(table, records, claims, register)
    current = dict(stored(_needed(table, rows)))
    result = Plan()
    for row in rows:
        _judge(result, row, current, meant)
    return result


def stored_in(connection: Connection, table: Table) -> Stored:
    """Return a way to read records of a table as they are, by their ids."""

    def read(ids: Collection[str]) -> dict[str, Record]:
        columns = [column for column in table.c if column.name not in ("event_id", "revision_added")]
        wanted = sorted(ids)
        found: dict[str, Record] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(*columns).where(table.c.id.in_(wanted[start : start + _AT_ONCE]))
            for row in connection.execute(query).mappings():
                found[row["id"]] = {name: row[name] for name in row if name != "revision_updated"}
        return found

    return read


def _recognised(table: Table, records: Sequence[Record], claims: Mapping[str, Claim], register: Register) -> list[Row]:
    rows = []
    read = [
        (record, claims.get(record["id"], Claim()), keys)
        for record, keys in zip(records, keys_of(table, records), strict=True)
    ]
    # First those that say what is stored: of rows with one key, the one that changed may stand before the others.
    same = [register.take_same(record, keys) if claim.made else None for record, claim, keys in read]
    for (record, claim, keys), found in zip(read, same, strict=True):
        known = found or register.take(record, claim, keys)
        if known is None:
            register.bring(record, keys, made=claim.made)
        else:
            record["id"] = known
        rows.append(Row(record, claim, known is not None))
    return rows


def _needed(table: Table, rows: Iterable[Row]) -> set[str]:
    return {row.record["id"] for row in rows if row.known}


def _judge(result: Plan, row: Row, current: dict[str, Record], meant: Collection[str]) -> None:
    record = row.record
    old = current.get(record["id"])
    if old is None:
        record["digest"] = digest(record)
        result.new += 1
        result.added[record["id"]] = current[record["id"]] = record
        result.brought.add(record["id"])
        return
    _continue(record, old, row.claim)
    if record["digest"] == old["digest"] or _is_older(record["updated_at"], old["updated_at"]):
        result.duplicate += 1
        result.outdated += record["digest"] != old["digest"]
        result.brought.update([record["id"]] if record["digest"] == old["digest"] else [])
        return
    faults = clashing(old, record) if old["digest"] and record["id"] not in meant else ()
    if faults:
        result.clashes.append(_clash(old, record, faults, row.claim))
        return
    result.updated += 1
    kept = result.added if record["id"] in result.added else result.changed
    kept[record["id"]] = current[record["id"]] = record
    result.brought.add(record["id"])


def _continue(record: Record, old: Record, claim: Claim) -> None:
    """Give a row what its record keeps: its names, the history of an area, and what a file of Sira's leaves out."""
    if claim.own or claim.made:
        record["source"], record["source_id"] = old["source"], old["source_id"]
    if claim.own:
        _fill(record, old)
    if "history" in record:
        record["history"] = merge_histories(old["history"], record["history"])
        last = parse_history(record["history"])[-1]
        record["status"] = str(last.status)
        record["status_since"] = dt.datetime.combine(last.since, dt.time())
    record["digest"] = digest(record)


def _fill(record: Record, old: Record) -> None:
    if "location_precision" in old and (_error_km(record) > _error_km(old) or place_of(old) == place_of(record)):
        record.update({name: old[name] for name in _PLACE})
    for name, value in old.items():
        if record.get(name) is None:
            record[name] = value


def _error_km(record: Record) -> float:
    """How far off a place may be; what is known to a unit or road only is behind every point."""
    error = record["location_error_km"]
    if error is None:
        error = DEFAULT_ERROR_KM.get(record["location_precision"])
    return 1_000.0 + list(LocationPrecision).index(record["location_precision"]) if error is None else float(error)


def _is_older(time: dt.datetime | None, known: dt.datetime | None) -> bool:
    return time is not None and known is not None and time < known


def _clash(old: Record, new: Record, faults: Sequence[str], claim: Claim) -> QuarantinedRow:
    differing = changes(old, new)
    column = faults[0]
    return QuarantinedRow(
        row=claim.row,
        column="geometry" if column == WKB else column,
        value=differing[column][1],
        reason=message(
            "It would change the record {id} so much that a mistake is likelier: {changes}. If it is meant: --accept "
            "{id}",
            id=old["id"],
            changes="; ".join(f"{name} {before} → {after}" for name, (before, after) in differing.items()),
        ),
        kind=CLASH,
        record=old["id"],
    )
