"""Rows set aside name their record, and are closed once it is in order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add both columns; of what was set aside before, the record is not known."""
    op.add_column("quarantine", sa.Column("record", _ID, nullable=False, server_default=""))
    op.add_column("quarantine", sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_quarantine_record", "quarantine", ["record"])
