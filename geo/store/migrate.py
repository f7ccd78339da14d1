"""Bring a database to the schema this version of Sira knows, with Alembic's scripts and without its command line."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, column, inspect, select, table

from geo.core.errors import StoreError
from geo.core.messages import message
from geo.store.database import APPLICATION_ID, Database

if TYPE_CHECKING:  # Alembic is loaded where there is something to migrate
    from alembic.script import ScriptDirectory

VERSION_TABLE: Final = "alembic_version"


def migrate(database: Database) -> None:
    """Apply the migrations that `database` lacks, all in one transaction; a current one is only read.

    Raises
    ------
    StoreError
        Where the file belongs to another program, a newer Sira wrote it, or the database fails.
    """
    with database.read() as connection:
        if schema_version(connection, database.label) == _versions()[-1]:
            return
    with database.write() as connection:  # read again: another process may have been faster
        _apply(connection, schema_version(connection, database.label), _scripts())


def _apply(connection: Connection, current: str | None, scripts: ScriptDirectory) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    pending = [script for script in scripts.walk_revisions(current or "base", "heads") if script.revision != current]
    with Operations.context(context):
        for script in reversed(pending):
            script.module.upgrade()
            context.stamp(scripts, script.revision)


def schema_version(connection: Connection, label: str) -> str | None:
    """Return the schema version of the database, `None` for a fresh one.

    Raises
    ------
    StoreError
        Where the file belongs to another program or a newer Sira wrote it; `label` names it.
    """
    tables = inspect(connection).get_table_names()
    if connection.dialect.name == "sqlite" and tables:
        found = connection.exec_driver_sql("PRAGMA application_id").scalar()
        if found != APPLICATION_ID or VERSION_TABLE not in tables:
            raise StoreError(message("{store} is a database of another program, not a Sira store.", store=label))
    if VERSION_TABLE not in tables:
        return None
    current: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if current is not None and current not in _versions():
        raise StoreError(
            message(
                "The store {store} was written by a newer version of Sira (schema {version}); update Sira to open it.",
                store=label,
                version=current,
            )
        )
    return current


def _versions() -> list[str]:
    """Return the versions of the schema that this Sira knows, oldest first: they are in the names of the migrations."""
    names = (each.name for each in (resources.files("geo.store") / "migrations" / "versions").iterdir())
    return sorted(name[1:5] for name in names if name.startswith("v") and name.endswith(".py"))


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(resources.files("geo.store") / "migrations"))
