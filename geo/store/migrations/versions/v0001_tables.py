"""The first schema: revisions, incidents, hazard areas, quarantine, imported units, keys, settings.

Column by column and without the tables of today's `geo.store.tables`: a migration says what was, whatever comes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_VICTIMS = tuple(
    f"{harm}_{group}"
    for harm in ("killed", "injured")
    for group in (
        "total",
        "civilian",
        "humanitarian",
        "peacekeeper",
        "security_force",
        "men",
        "women",
        "boys",
        "girls",
    )
)


def upgrade() -> None:
    """Create the tables; on PostGIS also the geometry columns that it derives from ``wkb``, and their indexes."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    _create_revisions()
    _create_incidents()
    _create_hazards()
    _create_vintages()
    _create_access()
    if is_postgres:
        for table in ("incidents", "hazards", "units"):
            op.execute(
                f"ALTER TABLE {table} ADD COLUMN geometry geometry(Geometry, 4326) "
                "GENERATED ALWAYS AS (ST_Force2D(ST_GeomFromWKB(wkb, 4326))) STORED"
            )
            op.execute(f"CREATE INDEX gx_{table}_geometry ON {table} USING gist (geometry)")


def _versioned() -> list[sa.Column[object]]:
    return [
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("revision_added", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
        sa.Column("revision_updated", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
    ]


def _create_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("revision", sa.Integer, sa.ForeignKey("revisions.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("column", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("source", sa.Text),
        sa.Column("source_id", sa.Text),
        sa.Column("date", sa.DateTime),
        sa.Column("date_precision", sa.Text),
        sa.Column("location_precision", sa.Text),
        sa.Column("location_error_km", sa.Double),
        sa.Column("location_unit", sa.Text),
        sa.Column("hazard_type", sa.Text),
        sa.Column("outcome", sa.Text),
        *(sa.Column(name, sa.Integer) for name in _VICTIMS),
        sa.Column("narrative", sa.Text),
        sa.Column("place_name", sa.Text),
        sa.Column("entered_at", sa.DateTime),
        sa.Column("updated_at", sa.DateTime),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("wkb", sa.LargeBinary),
        *_versioned(),
        sa.Column("event_id", _ID, nullable=False),
    )
    op.create_index("ix_incidents_date", "incidents", ["date"])
    op.create_index("ix_incidents_event_id", "incidents", ["event_id"])
    op.create_table(
        "unlinked",
        sa.Column("incident_id", _ID, primary_key=True),
        sa.Column("revision", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
    )


def _create_hazards() -> None:
    op.create_table(
        "hazards",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("source", sa.Text),
        sa.Column("source_id", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("status_since", sa.DateTime),
        sa.Column("history", sa.Text),
        sa.Column("device_categories", sa.Text),
        sa.Column("survey_date", sa.DateTime),
        sa.Column("clearance_date", sa.DateTime),
        sa.Column("method", sa.Text),
        sa.Column("area_reported_m2", sa.Double),
        sa.Column("area_measured_m2", sa.Double),
        sa.Column("updated_at", sa.DateTime),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("wkb", sa.LargeBinary),
        *_versioned(),
    )


def _create_vintages() -> None:
    op.create_table(
        "vintage_levels",
        sa.Column("vintage", _ID, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
    )
    op.create_table(
        "units",
        sa.Column("vintage", _ID, primary_key=True),
        sa.Column("unit_id", _ID, primary_key=True),
        sa.Column("level", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("pcode", sa.Text),
        sa.Column("pcode_set", sa.Text),
        sa.Column("parent_id", sa.Text),
        sa.Column("area_km2", sa.Double),
        sa.Column("population", sa.BigInteger),
        sa.Column("population_year", sa.BigInteger),
        sa.Column("approximate", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("wkb", sa.LargeBinary),
    )


def _create_access() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("revoked", sa.DateTime),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
