"""What rows of deliveries said is kept many together, compressed; nothing of it is lost."""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
#: Rows of one pack and of one order, as of this version.
_PACKED = 1_000
_ORDERED = 20_000


def upgrade() -> None:
    """Put the contents of all versions into packs, under the entries, salts and seals that they have."""
    _create()
    connection = op.get_bind()
    for number in connection.execute(sa.text("SELECT number FROM journal ORDER BY number")).scalars().all():
        _pack(connection, number)
    op.drop_table("versions")
    op.drop_table("contents")


def _create() -> None:
    op.create_table(
        "packs",
        sa.Column("entry", sa.Integer, sa.ForeignKey("journal.number"), primary_key=True),
        sa.Column("start", sa.Integer, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("salts", sa.LargeBinary, nullable=False),
        sa.Column("seals", sa.LargeBinary, nullable=False),
        sa.Column("digests", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "traces",
        sa.Column("record", _ID, primary_key=True),
        sa.Column("entry", sa.Integer, sa.ForeignKey("journal.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("changed", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("entry", sa.Integer, sa.ForeignKey("journal.number"), primary_key=True),
        sa.Column("start", sa.Integer, primary_key=True),
        sa.Column("rows", sa.LargeBinary, nullable=False),
    )


def _pack(connection: sa.Connection, number: int) -> None:
    claims: list[list[Any]] = []
    for part in _parts(connection, number):
        start = len(claims)
        contents = [json.loads(row.said or "{}") for row in part]
        afters = [None if row.after is None else json.loads(row.became or "{}") for row in part]
        names = list(contents[0])
        columns = {name: [content[name] for content in contents] for name in names}
        packed = {
            "record": [row.record for row in part],
            "outcome": [row.outcome for row in part],
            "names": names,
            "columns": {name: column for name, column in columns.items() if any(value is not None for value in column)},
            "after": [_difference(*both) for both in zip(contents, afters, strict=True)],
        }
        kept = {
            "entry": number,
            "start": start,
            "content": _compressed(packed),
            "salts": b"".join(bytes.fromhex(row.salt or "00" * 8) for row in part),
            "seals": bytes.fromhex("".join(row.seal for row in part)),
            "digests": bytes.fromhex("".join(row.delivered or "00" * 32 for row in part)),
        }
        traces = [
            {"record": row.record, "entry": number, "position": at, "changed": row.after is not None}
            for at, row in enumerate(part, start=start)
        ]
        _insert(connection, "packs", [kept])
        _insert(connection, "traces", traces)
        claims += [json.loads(row.claim) for row in part]
    _order(connection, number, claims)


def _parts(connection: sa.Connection, number: int) -> Iterator[list[sa.Row[Any]]]:
    """Give the rows of an entry in order, as many together as go into one pack: with one list of columns."""
    query = sa.text(
        "SELECT v.record, v.outcome, v.claim, v.delivered, v.after, v.salt, v.seal, d.content AS said, "
        "a.content AS became FROM versions v LEFT JOIN contents d ON d.digest = v.delivered "
        "LEFT JOIN contents a ON a.digest = v.after WHERE v.entry = :number ORDER BY v.position"
    )
    rows = connection.execute(query, {"number": number}, execution_options={"yield_per": _PACKED})
    for _, alike in itertools.groupby(rows, key=lambda row: list(json.loads(row.said or "{}"))):
        while part := list(itertools.islice(alike, _PACKED)):
            yield part


def _difference(delivered: dict[str, Any], after: dict[str, Any] | None) -> object:
    if after is None:
        return None
    if list(after) != list(delivered):
        return [after]
    return {name: value for name, value in after.items() if json.dumps(value) != json.dumps(delivered[name])}


def _order(connection: sa.Connection, number: int, claims: list[list[Any]]) -> None:
    for start in range(0, len(claims), _ORDERED):
        part = claims[start : start + _ORDERED]
        rows, owns, mades, alsos = (list(column) for column in zip(*part, strict=True))
        held = {
            "row": _steps(rows),
            "entry": _steps([number] * len(part)),
            "position": _steps(list(range(start, start + len(part)))),
            "own": owns if any(owns) else None,
            "made": mades if any(mades) else None,
            "also": alsos if any(alsos) else None,
        }
        _insert(connection, "deliveries", [{"entry": number, "start": start, "rows": _compressed(held)}])


def _steps(values: list[int]) -> list[int]:
    return [value - before for before, value in itertools.pairwise([0, *values])]


def _compressed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode("ascii"))


def _insert(connection: sa.Connection, name: str, rows: list[dict[str, Any]]) -> None:
    types = {"changed": sa.Boolean}
    table = sa.table(name, *(sa.column(column, types.get(column)) for column in rows[0]))
    connection.execute(table.insert(), rows)
