"""Every version of every record, in a journal; what was stored before is its first entry."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AT_ONCE = 2_000
_MOMENTS = ("date", "entered_at", "updated_at", "status_since", "survey_date", "clearance_date")
_VICTIMS = tuple(
    f"{harm}_{group}"
    for harm in ("killed", "injured")
    for group in (
        "total", "civilian", "humanitarian", "peacekeeper", "security_force", "men", "women", "boys", "girls",
    )
)  # fmt: skip
#: Columns of records in the order of their tables, as of this version.
_COLUMNS = {
    "incidents": (
        "source", "source_id", "date", "date_precision", "location_precision", "location_error_km", "location_unit",
        "hazard_type", "outcome", *_VICTIMS, "narrative", "place_name", "entered_at", "updated_at", "synthetic",
        "note",
    ),
    "hazards": (
        "source", "source_id", "name", "status", "status_since", "history", "device_categories", "survey_date",
        "clearance_date", "method", "area_reported_m2", "area_measured_m2", "updated_at", "synthetic", "note",
    ),
}  # fmt: skip


def upgrade() -> None:
    """Create the tables; enter the real records of the store as one delivery of each kind."""
    _create()
    connection = op.get_bind()
    for kind in ("incidents", "hazards"):
        _enter(connection, kind)


def _create() -> None:
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("entry", sa.Integer, sa.ForeignKey("journal.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("record", _ID, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("delivered", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
    )
    op.create_index("ix_versions_record", "versions", ["record"])
    op.create_table(
        "contents",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "withdrawn",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("record", _ID, primary_key=True),
        sa.Column("source", sa.Text),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by_source", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    op.create_table(
        "erased",
        sa.Column("record", _ID, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
    )


def _enter(connection: sa.Connection, kind: str) -> None:
    records = list(_records(connection, kind))
    if not records:
        return
    last = connection.execute(sa.text("SELECT number, hash FROM journal ORDER BY number DESC LIMIT 1")).first()
    newest = connection.execute(sa.text("SELECT max(id) FROM revisions")).scalar_one()
    number, previous = (1, "") if last is None else (last.number + 1, last.hash)
    versions: list[dict[str, Any]] = []
    contents: dict[str, str] = {}
    for position, (_, record) in enumerate(records):
        text = json.dumps(record)
        digest, salt = _sha(text), secrets.token_hex(8)
        contents[digest] = text
        versions.append(
            {
                "entry": number, "position": position, "kind": kind, "record": record["id"], "outcome": "new",
                "claim": json.dumps([0, "", False, ""]), "delivered": digest, "after": digest, "salt": salt,
                "seal": _sha(json.dumps([salt, record["id"], "new", digest, digest])),
            }
        )  # fmt: skip
    at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    details = {"kind": kind, "added": {record["id"]: added for added, record in records}}
    rows = _sha("".join(version["seal"] for version in versions))
    said = [number, at.isoformat(), "", "baseline", newest, details, rows, previous]
    entry = {
        "number": number, "at": at, "who": json.dumps(""), "action": "baseline", "revision": newest,
        "details": json.dumps(details), "rows": rows, "previous": previous, "hash": _sha(json.dumps(said)),
    }  # fmt: skip
    _insert(connection, "journal", [entry])
    _insert(connection, "versions", versions)
    _insert(connection, "contents", [{"digest": digest, "content": text} for digest, text in contents.items()])


def _records(connection: sa.Connection, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give the real records as JSON values, in the order of the table's columns, with the revision that added each."""
    typed = {"synthetic": sa.Boolean, **dict.fromkeys(_MOMENTS, sa.DateTime)}
    names = ("id", *_COLUMNS[kind], "wkb", "revision_added")
    table = sa.table(kind, *(sa.column(name, typed.get(name)) for name in names))
    rows = connection.execute(sa.select(table).where(table.c.synthetic.is_(sa.false())).order_by(table.c.id))
    for row in rows.mappings():
        yield row["revision_added"], {name: _plain(row[name]) for name in names[:-1]}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _insert(connection: sa.Connection, name: str, rows: list[dict[str, Any]]) -> None:
    table = sa.table(name, *(sa.column(column, sa.DateTime if column == "at" else None) for column in rows[0]))
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(table.insert(), rows[start : start + _AT_ONCE])


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()
