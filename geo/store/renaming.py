"""A source under another name: which records get it, which are one with a record that is there, which cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from geo.core.identity import Claim, is_made
from geo.store.clashes import clashing
from geo.store.frames import Record, digest
from geo.store.record_keys import keys_of
from geo.store.register import Read, Register


@dataclass(slots=True)
class Renaming:
    """Records with their new content, those that are gone, into which, and those that clash with one that is there."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)
    renamed: int = 0


def renamed(
    table: Table, records: Mapping[str, Record], brought: Mapping[str, tuple[int, int]], old: str, new: str
) -> Renaming:
    """Give the records of the source `old` the name `new`.

    A record that stands under both names becomes one, with the id and the source's id that it had under `new`, and what
    was brought last; unless they differ so much that one must be wrong: that keeps the old name.

    Parameters
    ----------
    records
        id → record of the table; others than these two sources' are not looked at.
    brought
        id → revisions that brought it first and last: rows without ids are counted off in the order of the first.
    """
    result, register = Renaming(), Register.of(table, _of(records, brought, new))
    moving = _of(records, brought, old)
    for record, keys in zip(moving, keys_of(table, moving), strict=True):
        claim = Claim(made=is_made(record["source_id"]))
        found = register.take(Read(record["id"], new, record["source_id"], claim, keys))
        if found is None:
            result.records[record["id"]] = _with(record, source=new)
            result.renamed += 1
        elif clashing(records[found], record):
            result.clashes.append(record["id"])
        else:
            kept = records[found]
            if brought[record["id"]][1] > brought[found][1]:
                result.records[found] = _with(record, id=found, source=new, source_id=kept["source_id"])
            result.gone[record["id"]] = found
    return result


def _of(records: Mapping[str, Record], brought: Mapping[str, tuple[int, int]], source: str) -> list[Record]:
    found = [record for record in records.values() if record["source"] == source]
    return sorted(found, key=lambda record: (brought[record["id"]][0], record["id"]))


def _with(record: Record, **changed: str) -> Record:
    named = {**record, **changed}
    return {**named, "digest": digest(named)}
