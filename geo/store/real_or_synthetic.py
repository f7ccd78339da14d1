"""Which rows of the store statements may rest on: `geo.core.real_or_synthetic`, said in queries."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, exists, func, select

from geo.store import tables

_TABLES: Final = (tables.incidents, tables.hazards)


def holds(connection: Connection, *, synthetic: bool) -> bool:
    """Tell whether any incident, conflict events included, or hazard area is synthetic, or real."""
    found = [exists().where(table.c.synthetic.is_(synthetic)).select() for table in _TABLES]
    return any(connection.execute(query).scalar_one() for query in found)


def rested_on(connection: Connection, table: Table) -> ColumnElement[bool]:
    """Return the condition for what statements may rest on, as `geo.core` has it for a whole table (`resting`)."""
    return table.c.synthetic.is_(not holds(connection, synthetic=False))


def count_synthetic(connection: Connection) -> int:
    """Return how many incidents and hazard areas are synthetic."""
    queries = [select(func.count()).select_from(table).where(table.c.synthetic.is_(True)) for table in _TABLES]
    return sum(connection.execute(query).scalar_one() for query in queries)
