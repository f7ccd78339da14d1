"""The store's tables. Each is created by the migrations; a test holds that both say the same.

Geometries are WKB in longitude, latitude (WGS 84) in the column ``wkb``. On PostGIS the migrations add a column
``geometry`` that the database itself derives from it, with a GIST index, for QGIS and SQL; Sira writes ``wkb`` only.
Text that came from a file outside the canonical tables (file names, quarantined values) is kept as JSON, which
PostgreSQL takes whatever characters it holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS


class Json(TypeDecorator[Any]):
    """JSON in a text column, in ASCII: PostgreSQL's own JSON types refuse NUL and half surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Write the value as JSON."""
        return json.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read the JSON back."""
        return json.loads(value)


#: Ids sort by code point in both databases, so that both give rows in the same order.
Id: Final = Text().with_variant(Text(collation="C"), "postgresql")

#: Column → pandas dtype of a unit table (`geo.boundaries.units.UNIT_COLUMNS`); the index is ``unit_id``.
UNIT_TYPES: Final[Mapping[str, str]] = {
    "level": "str",
    "vintage": "str",
    "name": "str",
    "pcode": "str",
    "pcode_set": "str",
    "parent_id": "str",
    "area_km2": "float64",
    "population": "Int64",
    "population_year": "Int64",
    "approximate": "bool",
    "note": "str",
}

_SQL_TYPES: Final[Mapping[str, type[TypeEngine[Any]]]] = {
    "str": Text,
    "float64": Double,
    "Int32": Integer,
    "Int64": BigInteger,
    "bool": Boolean,
    "datetime64[s]": DateTime,
}


def _columns(schema: Mapping[str, str]) -> list[Column[Any]]:
    return [
        *(Column(name, _SQL_TYPES[dtype](), nullable=dtype != "bool") for name, dtype in schema.items()),
        Column("wkb", LargeBinary),
    ]


def _versioned() -> list[Column[Any]]:
    """Return the columns that say what the row's content is and which revisions brought it."""
    return [
        Column("digest", Text, nullable=False),
        Column("revision_added", ForeignKey("revisions.id"), nullable=False),
        Column("revision_updated", ForeignKey("revisions.id"), nullable=False),
    ]


metadata: Final = MetaData()

revisions: Final = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("created_at", DateTime, nullable=False),  # UTC
    Column("kind", Text, nullable=False),
    Column("file", Json, nullable=False),
    Column("format", Json, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of what the file brought; empty where there was none
    Column("counts", Json, nullable=False),
    Column("notes", Json, nullable=False),
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", Id, primary_key=True),
    *_columns(INCIDENT_COLUMNS),
    *_versioned(),
    Column("event_id", Id, nullable=False),
    Index("ix_incidents_date", "date"),
    Index("ix_incidents_event_id", "event_id"),
)

#: Reports that a person took out of an event. No foreign key: the decision outlives a report that is replaced.
unlinked: Final = Table(
    "unlinked",
    metadata,
    Column("incident_id", Id, primary_key=True),
    Column("revision", ForeignKey("revisions.id"), nullable=False),
)

#: What a person said of two reports, the smaller id first: that they are of one event, or of two. As `unlinked`, it is
#: worked out of the journal (`geo.store.links`), and outlives reports.
answers: Final = Table(
    "answers",
    metadata,
    Column("a", Id, primary_key=True),
    Column("b", Id, primary_key=True),
    Column("same", Boolean, nullable=False),
    Column("revision", ForeignKey("revisions.id"), nullable=False),
)

#: Reports of one source that are likely one event, until a person says whether they are.
questions: Final = Table(
    "questions",
    metadata,
    Column("a", Id, primary_key=True),
    Column("b", Id, primary_key=True),
    Column("score", Double, nullable=False),
    Column("reasons", Json, nullable=False),
    Column("revision", ForeignKey("revisions.id"), nullable=False),
)

hazards: Final = Table(
    "hazards",
    metadata,
    Column("id", Id, primary_key=True),
    *_columns(HAZARD_COLUMNS),
    *_versioned(),
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("revision", ForeignKey("revisions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),  # order in the report
    Column("row", Integer, nullable=False),
    Column("column", Json, nullable=False),
    Column("value", Json, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Json, nullable=False),
    Column("details", Json, nullable=False),
    Column("record", Id, nullable=False, server_default=""),
    Column("closed", Boolean, nullable=False, server_default=false()),
    Index("ix_quarantine_record", "record"),
)

vintage_levels: Final = Table(
    "vintage_levels",
    metadata,
    Column("vintage", Id, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("metadata", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("revision", ForeignKey("revisions.id"), nullable=False),
)

units: Final = Table(
    "units",
    metadata,
    Column("vintage", Id, primary_key=True),
    Column("unit_id", Id, primary_key=True),
    *_columns({name: dtype for name, dtype in UNIT_TYPES.items() if name != "vintage"}),
)

keys: Final = Table(
    "keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("audience", Text, nullable=False),
    Column("label", Json, nullable=False),
    Column("created", DateTime, nullable=False),  # UTC
    Column("revoked", DateTime),
    Column("role", Text, nullable=False),
    Column("scope", Json, nullable=False),
    Column("expires", DateTime),
    Column("used", DateTime),  # to the hour
)

users: Final = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("shown", Json, nullable=False),
    Column("organisation", Json, nullable=False),
    Column("role", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("scope", Json, nullable=False),
    Column("lang", Text, nullable=False),
    Column("created", DateTime, nullable=False),  # UTC
    Column("disabled", DateTime),
    Column("password", Text),  # argon2id, encoded with its parameters
)

#: Links by which a user sets a password, by the SHA-256 of their token; one per user. Never in a backup.
invitations: Final = Table(
    "invitations",
    metadata,
    Column("user", ForeignKey("users.id"), primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("created", DateTime, nullable=False),  # UTC
)

#: What was done, in order: each entry's hash takes in the one before. Values stand in `packs`.
journal: Final = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),  # UTC
    Column("who", Json, nullable=False),
    Column("action", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("details", Json, nullable=False),
    Column("rows", Text, nullable=False),  # SHA-256 over the seals of its versions
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

#: What rows of deliveries said, many together (`geo.store.packing`), with a salt, a seal and a digest for each.
packs: Final = Table(
    "packs",
    metadata,
    Column("entry", ForeignKey("journal.number"), primary_key=True),
    Column("start", Integer, primary_key=True),  # position of the first among what the entry keeps
    Column("content", LargeBinary, nullable=False),
    Column("salts", LargeBinary, nullable=False),
    Column("seals", LargeBinary, nullable=False),
    Column("digests", LargeBinary, nullable=False),
)

#: In which packs a record is found; `changed` where the row changed it.
traces: Final = Table(
    "traces",
    metadata,
    Column("record", Id, primary_key=True),
    Column("entry", ForeignKey("journal.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("changed", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

#: The rows of each entry in the order of its file: where each is kept, perhaps by an entry before.
deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("entry", ForeignKey("journal.number"), primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("rows", LargeBinary, nullable=False),
)

#: Records that were taken back, as they were: a later delivery of the same record is known by them.
withdrawn: Final = Table(
    "withdrawn",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("record", Id, primary_key=True),
    Column("source", Text),
    Column("content", Json, nullable=False),
    Column("reason", Json, nullable=False),
    Column("by_source", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
)

#: Records whose personal text was erased: that of later deliveries is not taken.
erased: Final = Table(
    "erased",
    metadata,
    Column("record", Id, primary_key=True),
    Column("revision", Integer, nullable=False),
)

#: Browsers in which a key was entered, or a user signed in, by the SHA-256 of a random id. Never in a backup
#: (`geo.store.backup`).
sessions: Final = Table(
    "sessions",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("key", ForeignKey("keys.id")),
    Column("user", ForeignKey("users.id")),
    Column("created", DateTime, nullable=False),  # UTC
    Column("seen", DateTime, nullable=False),  # UTC
)

settings: Final = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
)
