"""What a delivery does to the records of a table: each row is new, an update, there already, older, or set aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Table, select

from geo.core.identity import Claim, made_for
from geo.core.messages import message
from geo.hazards.schema import merge_histories, parse_history
from geo.incidents.batch import QuarantinedRow
from geo.store.alike import alike, same_place
from geo.store.clashes import changes, clashing, forgotten, says_nothing
from geo.store.delivered import Delivered
from geo.store.frames import WKB, Record, digest, in_parts
from geo.store.quarantine import CLASH, WITHDRAWN
from geo.store.register import Read, Register

#: Worked out from the outline of an area.
_MEASURED: Final = "area_measured_m2"
#: Kept by the store, and no part of what a row says.
_OURS: Final = ("id", "digest")
#: Taken together, where a file of Sira's own knows a place less closely than the store does.
_PLACE: Final = ("location_precision", "location_error_km", "location_unit", WKB)

#: What people wrote freely, of records of either kind.
PERSONAL: Final = ("narrative", "place_name", "name")
#: What Sira works out from what a source says.
_DERIVED: Final = frozenset({"location_precision", "location_error_km", "location_unit", "note"})

Stored = Callable[[Collection[str]], Mapping[str, Record]]


class Outcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"
    REREAD = "reread"  # says the same, and is read more closely than by an earlier version of Sira
    OLDER = "older"
    CLASH = "clash"
    WITHDRAWN = "withdrawn"  # its record was taken back before
    TAKEN_BACK = "taken_back"  # no row: its record was taken back now
    UNNUMBERED = "unnumbered"  # no row: its source gave its record's number to another


#: What leaves a record as its source says that it is.
_IN_ORDER: Final = (Outcome.NEW, Outcome.UPDATED, Outcome.SAME, Outcome.REREAD)
#: What is there already, in the report.
DUPLICATE: Final = (Outcome.SAME, Outcome.REREAD, Outcome.OLDER)


@dataclass(frozen=True, slots=True)
class Judged:
    """A row as it was delivered, the record that it is of, and that record after it, where the row changed it."""

    record: str
    outcome: Outcome
    delivered: Record
    claim: Claim
    after: Record | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A record that was taken back: by its source, which may bring it again, or by a person, whose word stands."""

    record: Record
    reason: str
    by_source: bool


@dataclass(slots=True)
class Plan:
    """What rows of a delivery would do. A record that comes twice among them counts twice and is kept once."""

    added: dict[str, Record] = field(default_factory=dict)
    changed: dict[str, Record] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    clashes: list[QuarantinedRow] = field(default_factory=list)
    returned: set[str] = field(default_factory=set)  # withdrawn before, and brought again
    forgot: dict[str, tuple[str, ...]] = field(default_factory=dict)  # record → what an update leaves open of it

    @property
    def brought(self) -> set[str]:
        """The records that they have in good order."""
        return {row.record for row in self.judged if row.outcome in _IN_ORDER}

    @property
    def latest(self) -> dict[str, Record]:
        """The records that they write."""
        return {**self.added, **self.changed}


@dataclass(frozen=True, slots=True)
class Freed:
    """Records whose number their source gave to another, without it: written by the delivery, standing, withdrawn."""

    changed: dict[str, Record] = field(default_factory=dict)
    unnumbered: dict[str, Judged] = field(default_factory=dict)  # no rows of the delivery
    gone: dict[str, Withdrawn] = field(default_factory=dict)

    @property
    def latest(self) -> dict[str, Record]:
        """The records that it writes."""
        return self.changed | {name: row.after for name, row in self.unnumbered.items() if row.after is not None}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a delivery as it was read, and the record that it is of: known or not, saying the same or not."""

    delivered: Record
    record: str
    source_id: str | None
    claim: Claim
    known: bool
    same: bool

    def is_named_so(self) -> bool:
        """Tell whether its record has the names that the row states."""
        return (self.delivered["id"], self.delivered["source_id"]) == (self.record, self.source_id)

    def version(self) -> Record:
        """Return the row as a version of its record, which may be changed."""
        return {**self.delivered, "id": self.record, "source_id": self.source_id}


@dataclass(slots=True)
class Planner:
    """Says what the rows of a delivery would do to the records of `table`: all are asked at once, and judged in parts.

    Attributes
    ----------
    register
        The records that the rows may be of; it learns the new ones.
    stored
        Gives records as they are, with what the parts before made of them.
    meant
        Records whose update is meant, however much it changes, and though it was withdrawn.
    withdrawn
        Records that were taken back; `register` knows them.
    erased
        Records whose personal text was erased: that of later rows is not taken.
    before
        Records as an earlier version of Sira left them, which took positions for exact that are not.
    renumbered
        Of how many rows the source numbered its rows anew, which are known by what they say.
    seen
        The records of all rows judged so far, each with what was written of it: that it is new, that it changed, or
        nothing.
    is_own
        Whether Sira wrote the file, in part at least.
    """

    table: Table
    register: Register
    stored: Stored
    meant: Collection[str] = ()
    withdrawn: Mapping[str, Withdrawn] = field(default_factory=dict)
    erased: Collection[str] = frozenset()
    before: Collection[str] = ()
    renumbered: int = 0
    seen: dict[str, Outcome | None] = field(default_factory=dict)
    is_own: bool = False
    _decided: dict[int, str | None] = field(default_factory=dict)
    _spelled: Mapping[int, str] = field(default_factory=dict)
    _same: dict[int, str] = field(default_factory=dict)
    _numbered: dict[str, tuple[str, str]] = field(default_factory=dict)  # records written under another's number

    def ask(self, delivered: Delivered) -> None:
        """Settle what hangs on all rows together."""
        # First those that say what is stored: of rows with one key, the one that changed may stand before the others.
        for start, part in delivered.read_in_parts():
            asked = [at for at, row in enumerate(part) if row.claim.made and self.register.may_say(row)]
            records = delivered.part(start) if asked else []
            for at in asked:
                known = self.register.take_same(part[at], records[at])
                if known is not None:
                    self._same[start + at] = known
        renumbered = self.register.renumbered(delivered.read)
        self._spelled = {at: one for at, one in self.register.spelled(delivered.read).items() if at not in renumbered}
        self._decided = {**renumbered, **self._spelled}
        for record_id in filter(None, self._decided.values()):
            self.register.take_as(record_id)
        self.is_own = any(row.claim.own for row in delivered.read)
        self.renumbered = sum(known is not None for known in renumbered.values())

    def judge(self, start: int, read: Sequence[Read], records: Sequence[Record], claims: Sequence[Claim]) -> Plan:
        """Return what the next rows do, of which the first is the `start`-th of the delivery.

        ``id`` of a record becomes that of the record that the row is of.
        """
        said = enumerate(zip(read, records, claims, strict=True), start)
        rows = [self._row(at, row, record, claim) for at, (row, record, claim) in said]
        asked = {row.record for row in rows if row.known and (not row.same or row.record in self.seen)}
        current = dict(self.stored(asked))
        result = Plan()
        for row in rows:
            taken_back = self.withdrawn.get(row.record)
            if taken_back is not None and row.record not in current:
                if not (taken_back.by_source or row.record in self.meant):
                    _leave_out(result, row, taken_back)
                    continue
                result.returned.add(row.record)
            elif row.same and row.record not in current:
                result.judged.append(Judged(row.record, Outcome.SAME, row.delivered, row.claim))
                continue
            _judge(result, row, current, self.meant, self.before)
        self._note(result)
        return result

    def _note(self, result: Plan) -> None:
        for row in result.judged:
            self.seen.setdefault(row.record, None)
        for name, record in result.latest.items():
            if self.seen[name] is not Outcome.NEW:
                self.seen[name] = Outcome.NEW if name in result.added else Outcome.UPDATED
            source, number = record["source"], record["source_id"]
            self._numbered.pop(name, None)
            if source and number and self.register.bearer(source, number) != name:
                self._numbered[name] = source, number

    def free(self) -> Freed:
        """Take from records the number that their source gave to another: from then on they are known by what they say.

        To be asked once what all rows do is written.
        """
        result = Freed()
        for record_id, (source, number) in sorted(self._numbered.items()):
            bearer = self.register.bearer(source, number)
            if bearer is None or bearer == record_id:
                continue
            now, written = self.stored({bearer}).get(bearer), self.seen.get(bearer)
            if written is not None and now is not None and now["source_id"] != number:
                continue
            if written is Outcome.UPDATED and now is not None:
                result.changed[bearer] = _unnumbered(now)
            elif written is None and now is not None:
                result.unnumbered[bearer] = Judged(bearer, Outcome.UNNUMBERED, now, Claim(), _unnumbered(now))
            elif bearer in self.withdrawn:
                gone = self.withdrawn[bearer]
                result.gone[bearer] = replace(gone, record=_unnumbered(gone.record))
        return result

    def _row(self, position: int, read: Read, record: Record, claim: Claim) -> Row:
        """Return a row with the record that it is of."""
        decided = position in self._decided
        known = self._decided[position] if decided else self._same.get(position) or self.register.take(read)
        if self.erased and (known or self.register.unused(read.id)) in self.erased:
            forget_text(record)
        if known is None:
            brought = self.register.bring(read, record["digest"])
            return Row(record, brought, record["source_id"], claim, known=False, same=False)
        source_id = self.register.number_of(known) if position in self._spelled else record["source_id"]
        # what a record keeps of its own (`_continue`) is looked up where the row may say something else
        keeps = bool(claim.own) or "history" in record
        said = self.register.number_of(known) if claim.made else source_id
        same = not keeps and self.register.says(record, known, said)
        return Row(record, known, source_id, claim, known=True, same=same)


def stored_in(connection: Connection, table: Table) -> Stored:
    """Return a way to read records of a table as they are, by their ids."""

    def read(ids: Collection[str]) -> dict[str, Record]:
        columns = [column for column in table.c if column.name not in ("event_id", "revision_added")]
        found: dict[str, Record] = {}
        for part in in_parts(ids):
            query = select(*columns).where(table.c.id.in_(part))
            for row in connection.execute(query).mappings():
                found[row["id"]] = {name: row[name] for name in row if name != "revision_updated"}
        return found

    return read


def _unnumbered(record: Record) -> Record:
    return _digested({**record, "source_id": made_for(record["id"])})


def forget_text(record: Record) -> None:
    """Take out of a record what people wrote freely."""
    record.update({name: None for name in PERSONAL if name in record})
    _digested(record)


def without_text(record: Record) -> Record:
    """Return a record without what people wrote freely."""
    without = dict(record)
    forget_text(without)
    return without


def _digested(record: Record) -> Record:
    record["digest"] = digest(record)
    return record


def _judge(result: Plan, row: Row, current: dict[str, Record], meant: Collection[str], before: Collection[str]) -> None:
    old = current.get(row.record)
    if old is None:
        # as it was delivered, unless that id is another's: one object, since there may be a million
        record = row.delivered if row.is_named_so() else _digested(row.version())
        result.added[row.record] = current[row.record] = record
        result.judged.append(Judged(row.record, Outcome.NEW, row.delivered, row.claim, record))
        return
    record = row.version()
    _continue(record, old, row.claim)
    if record["digest"] == old["digest"] or _is_older(record["updated_at"], old["updated_at"]):
        outcome = Outcome.SAME if record["digest"] == old["digest"] else Outcome.OLDER
        result.judged.append(Judged(record["id"], outcome, row.delivered, row.claim))
        return
    if old["digest"] and record["id"] in before and changes(old, record).keys() <= _DERIVED:
        _change(result, current, row, record, Outcome.REREAD)
        return
    faults = clashing(old, record) if old["digest"] and record["id"] not in meant else ()
    if faults:
        result.clashes.append(_clash(old, record, faults, row.claim))
        result.judged.append(Judged(record["id"], Outcome.CLASH, row.delivered, row.claim))
        return
    _change(result, current, row, record, Outcome.UPDATED)


def _change(result: Plan, current: dict[str, Record], row: Row, record: Record, outcome: Outcome) -> None:
    kept = result.added if record["id"] in result.added else result.changed
    if lost := forgotten(current[record["id"]], record):
        result.forgot[record["id"]] = lost
    kept[record["id"]] = current[record["id"]] = record
    result.judged.append(Judged(record["id"], outcome, row.delivered, row.claim, record))


def _leave_out(result: Plan, row: Row, taken_back: Withdrawn) -> None:
    """Set aside a row of a record that a person withdrew."""
    record_id = row.record
    result.judged.append(Judged(record_id, Outcome.WITHDRAWN, row.delivered, row.claim))
    result.clashes.append(
        QuarantinedRow(
            row=row.claim.row,
            column="",
            value="",
            reason=message(
                "The record {id} was withdrawn ({reason}). To take it again: --accept {id}",
                id=record_id,
                reason=taken_back.reason,
            ),
            kind=WITHDRAWN,
            record=record_id,
        )
    )


def _continue(record: Record, old: Record, claim: Claim) -> None:
    """Give a row what its record keeps: its names, the history of an area, and what a file of Sira's leaves out."""
    if claim.own or claim.made:
        record["source"], record["source_id"] = old["source"], old["source_id"]
    if claim.own:
        _keep(record, old)
    for name in claim.unsaid.split():
        if says_nothing(name, record) and _may_stay(name, old, record):
            record[name] = old[name]
    if "history" in record:
        record["history"] = merge_histories(old["history"], record["history"])
        last = parse_history(record["history"])[-1]
        record["status"] = str(last.status)
        record["status_since"] = dt.datetime.combine(last.since, dt.time())
    record["digest"] = digest(record)


def _keep(record: Record, old: Record) -> None:
    """Let a row of a file of Sira's say what the store holds wherever the file holds nothing else."""
    if "location_precision" in old and same_place(old, record):
        record.update({name: old[name] for name in _PLACE})
    if record.get(_MEASURED) is not None and alike(old[WKB], record[WKB]):
        record[_MEASURED] = old[_MEASURED]
    for name, value in old.items():
        if name not in _OURS and alike(value, record.get(name)):
            record[name] = value


def _may_stay(name: str, old: Record, new: Record) -> bool:
    """Tell whether what is known of a record goes with what a row says of it: an outcome belongs to its device."""
    return name != "outcome" or old["hazard_type"] == new["hazard_type"]


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
