"""Every version of every record: as it was delivered, and what it was afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select, update

from geo.core.identity import Claim
from geo.store import journal, tables
from geo.store.frames import Record, from_content, in_parts, to_content
from geo.store.planning import Judged, forget_text


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry of the journal did to a record; `before` and `after` are None where there was none."""

    entry: journal.Entry
    outcome: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    undone: bool


def seals_for(judged: Iterable[Judged]) -> list[tuple[str, str]]:
    """Draw a salt for each row and return it with its seal."""
    drawn = []
    for row in judged:
        salt = secrets.token_hex(8)
        after = row.after["digest"] if row.after is not None else None
        drawn.append((salt, journal.seal(salt, row.record, str(row.outcome), row.delivered["digest"], after)))
    return drawn


def keep(
    connection: Connection, table: Table, entry: int, judged: Sequence[Judged], seals: Sequence[tuple[str, str]]
) -> None:
    """Keep the rows of a delivery under its entry."""
    _keep_contents(connection, [*(row.delivered for row in judged), *(row.after for row in judged if row.after)])
    rows = [
        {
            "entry": entry,
            "position": position,
            "kind": table.name,
            "record": row.record,
            "outcome": str(row.outcome),
            "claim": list(row.claim),
            "delivered": row.delivered["digest"],
            "after": row.after["digest"] if row.after is not None else None,
            "salt": salt,
            "seal": seal,
        }
        for position, (row, (salt, seal)) in enumerate(zip(judged, seals, strict=True))
    ]
    if rows:
        connection.execute(insert(tables.versions), rows)


def delivered(connection: Connection, entry: int) -> list[tuple[Record, Claim]]:
    """Return the rows of a delivery in the order of its file."""
    versions, contents = tables.versions, tables.contents
    rows = connection.execute(
        select(versions.c.claim, contents.c.digest, contents.c.content)
        .join(contents, contents.c.digest == versions.c.delivered)
        .where(versions.c.entry == entry)
        .order_by(versions.c.position)
    )
    return [(from_content(row.content, row.digest), Claim(*row.claim)) for row in rows]


def digests_of(connection: Connection, records: Collection[str]) -> dict[str, set[str]]:
    """Return record → digests of what it has been."""
    table = tables.versions
    found: dict[str, set[str]] = {}
    for part in in_parts(records):
        of_these = table.c.record.in_(part)
        for row in connection.execute(
            select(table.c.record, table.c.after).where(of_these, table.c.after.is_not(None))
        ):
            found.setdefault(row.record, set()).add(row.after)
    return found


def history(connection: Connection, record: str) -> list[Version]:
    """Return what happened to a record, oldest first; rows that said again what was known are left out."""
    table, contents = tables.versions, tables.contents
    line = {entry.number: entry for entry in journal.entries(connection)}
    taken_back = journal.undone(line.values())
    rows = connection.execute(
        select(table.c.entry, table.c.outcome, contents.c.content)
        .outerjoin(contents, contents.c.digest == table.c.after)
        .where(table.c.record == record, table.c.outcome.not_in(("same", "older")))
        .order_by(table.c.entry, table.c.position)
    )
    found: list[Version] = []
    before = None
    for row in rows:
        is_undone = row.entry in taken_back
        after = row.content if row.content is not None else (before if row.outcome in _KEEPS else None)
        found.append(Version(line[row.entry], row.outcome, before, after, is_undone))
        before = before if is_undone else after
    return found


#: What leaves a record as it was.
_KEEPS: Final = ("clash", "withdrawn")


def erase(connection: Connection, records: Collection[str]) -> None:
    """Forget the personal text in all versions of these records; their seals stand, without what they sealed."""
    table, contents = tables.versions, tables.contents
    for part in in_parts(records):
        of_these = table.c.record.in_(part)
        rows = connection.execute(select(table.c.delivered, table.c.after).where(of_these)).all()
        digests = {name for row in rows for name in row if name is not None}
        for name in sorted(digests):
            content = connection.execute(select(contents.c.content).where(contents.c.digest == name)).scalar()
            if content is None:
                continue
            record = from_content(content, name)
            forget_text(record)
            if record["digest"] == name:
                continue
            _keep_contents(connection, [record])
            for column in ("delivered", "after"):
                connection.execute(
                    update(table).where(table.c[column] == name).values({column: record["digest"], "salt": ""})
                )
            connection.execute(contents.delete().where(contents.c.digest == name))


def _keep_contents(connection: Connection, records: Iterable[Record]) -> None:
    table = tables.contents
    fresh = {record["digest"]: record for record in records if record["digest"]}
    for part in in_parts(fresh):
        there = set(connection.execute(select(table.c.digest).where(table.c.digest.in_(part))).scalars())
        rows = [{"digest": name, "content": to_content(fresh[name])} for name in part if name not in there]
        if rows:
            connection.execute(insert(table), rows)
