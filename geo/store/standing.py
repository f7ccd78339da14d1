"""The incidents and hazard areas that stand, as tables, and how many and since when: what statements may rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
from sqlalchemy import ColumnElement, Connection, Table, func, select

from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS
from geo.incidents.schema import HazardType
from geo.store import tables
from geo.store.frames import WKB, read_frame, to_frame
from geo.store.real_or_synthetic import rested_on

Day = dt.date | None


def incidents(connection: Connection, start: Day, end: Day, hazards: Iterable[str]) -> gpd.GeoDataFrame:
    """Return incidents of some types in a half-open period, with their events, ordered by id."""
    table = tables.incidents
    schema = {**INCIDENT_COLUMNS, "event_id": "str"}
    query = select(*_canonical(table, schema)).order_by(table.c.id).where(*_chosen(start, end, hazards))
    return read_frame(connection, query.where(rested_on(connection, table)), schema)


def count_incidents(connection: Connection, start: Day, end: Day, hazards: Iterable[str]) -> int:
    """Return how many rows `incidents` gives, without reading them."""
    table = tables.incidents
    query = select(func.count()).select_from(table).where(*_chosen(start, end, hazards))
    return int(connection.execute(query.where(rested_on(connection, table))).scalar_one())


def newest_since(connection: Connection, most: int, hazards: Iterable[str]) -> Day:
    """Return the day of the incident after the newest `most`, None where there are no more than these."""
    table = tables.incidents
    query = select(table.c.date).where(*_chosen(None, None, hazards)).order_by(table.c.date.desc())
    found = connection.execute(query.where(rested_on(connection, table)).offset(most).limit(1)).scalar()
    return None if found is None else found.date()


def hazards(connection: Connection) -> gpd.GeoDataFrame:
    """Return the hazard areas, ordered by id."""
    table = tables.hazards
    query = select(*_canonical(table, HAZARD_COLUMNS)).order_by(table.c.id)
    return to_frame(connection.execute(query.where(rested_on(connection, table))).all(), HAZARD_COLUMNS)


def data_period(connection: Connection, hazards: Iterable[str]) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of the incidents of these types, None where there is none."""
    table = tables.incidents
    query = select(func.min(table.c.date), func.max(table.c.date)).where(*_chosen(None, None, hazards))
    first, last = connection.execute(query.where(rested_on(connection, table))).one()
    return None if first is None else (first.date(), last.date())


def _chosen(start: Day, end: Day, hazards: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return the conditions of incidents of some types in a half-open period."""
    table = tables.incidents
    found: list[ColumnElement[bool]] = [table.c.hazard_type.in_([str(HazardType(hazard)) for hazard in hazards])]
    if start is not None:
        found.append(table.c.date >= dt.datetime.combine(start, dt.time()))
    if end is not None:
        found.append(table.c.date < dt.datetime.combine(end, dt.time()))
    return found


def _canonical(table: Table, schema: Iterable[str]) -> list[Any]:
    return [table.c[name] for name in ("id", *schema, WKB)]
