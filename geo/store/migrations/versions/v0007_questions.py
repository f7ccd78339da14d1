"""Questions that are asked of likely repeats, and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create both tables; what is stored already is asked about with the next import."""
    op.create_table(
        "answers",
        sa.Column("a", _ID, primary_key=True),
        sa.Column("b", _ID, primary_key=True),
        sa.Column("same", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
    )
    op.create_table(
        "questions",
        sa.Column("a", _ID, primary_key=True),
        sa.Column("b", _ID, primary_key=True),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, sa.ForeignKey("revisions.id"), nullable=False),
    )
