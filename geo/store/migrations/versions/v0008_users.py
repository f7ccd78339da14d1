"""Users and their invitations; sessions of users beside those of keys; keys with role, scope, expiry and last use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables, empty. A key may do what its audience let it do until now, and a session lasts."""
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("disabled", sa.DateTime),
        sa.Column("password", sa.Text),
    )
    op.create_table(
        "invitations",
        sa.Column("user", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.add_column("keys", sa.Column("role", sa.Text, nullable=False, server_default="reader"))
    op.add_column("keys", sa.Column("scope", sa.Text, nullable=False, server_default="{}"))
    op.add_column("keys", sa.Column("expires", sa.DateTime))
    op.add_column("keys", sa.Column("used", sa.DateTime))
    keys = sa.table("keys", sa.column("audience"), sa.column("role"))
    op.get_bind().execute(sa.update(keys).where(keys.c.audience == "admin").values(role="admin"))
    _renew_sessions()


def _renew_sessions() -> None:
    """Let a session be a user's: SQLite changes no column's constraint, so the table is made anew with its rows."""
    moments = (sa.column(name, sa.DateTime) for name in ("created", "seen"))
    old = sa.table("sessions", sa.column("hash"), sa.column("key"), *moments)
    connection = op.get_bind()
    kept = [dict(row) for row in connection.execute(sa.select(old)).mappings()]
    op.drop_table("sessions")
    new = op.create_table(
        "sessions",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("key", sa.Integer, sa.ForeignKey("keys.id")),
        sa.Column("user", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("seen", sa.DateTime, nullable=False),
    )
    if kept:
        connection.execute(sa.insert(new), kept)
