"""Boundaries that a person imported: the vintages beside the shipped ones, kept level by level."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
from sqlalchemy import Connection, delete, insert, select

from geo.boundaries.units import SHIPPED_VINTAGES
from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.store import revisions, tables
from geo.store.frames import WKB, digest_all, to_frame, to_records
from geo.store.records import RevisionKind


def add(connection: Connection, name: str, frame: gpd.GeoDataFrame, metadata: Mapping[str, Any]) -> int:
    """Keep units under the vintage `name`, replacing its units of the same levels; return the revision.

    Official sets come as one file per level, so levels that `frame` does not hold stay as they are. The same units
    again change nothing and make no revision.
    """
    if name in SHIPPED_VINTAGES:
        raise ParameterError(
            message("The vintage {vintage} is shipped with Sira; give the imported one another name.", vintage=name),
            parameter="vintage",
        )
    strangers = sorted(set(frame["vintage"]) - {name})
    if strangers:
        raise ValueError(f"units of {strangers} cannot be kept under the vintage {name!r}")
    described = json.dumps(dict(metadata), sort_keys=True)
    levels = {
        level: to_records(part, tables.UNIT_TYPES, index="unit_id") for level, part in frame.groupby("level", sort=True)
    }
    digests = {
        level: digest_all((described, *sorted(record["digest"] for record in records)))
        for level, records in levels.items()
    }
    if digests.items() <= _digests(connection, name).items():
        return revisions.current(connection)
    counts = {str(level): len(records) for level, records in levels.items()}
    revision = revisions.begin(connection, RevisionKind.VINTAGE, file=name, counts=counts)
    for level, records in levels.items():
        _replace(connection, name, str(level), records)
        row = {"vintage": name, "level": level, "metadata": dict(metadata), "digest": digests[level]}
        connection.execute(insert(tables.vintage_levels).values(**row, revision=revision))
    return revision


def read(connection: Connection) -> dict[str, gpd.GeoDataFrame]:
    """Return vintage → unit table of all its levels, in the order of their names and ids."""
    table = tables.units
    columns = [table.c[name] for name in ("unit_id", *tables.UNIT_TYPES, WKB)]
    rows = connection.execute(select(*columns).order_by(table.c.vintage, table.c.unit_id)).all()
    frame = to_frame(rows, tables.UNIT_TYPES, index="unit_id")
    return {str(name): part.copy() for name, part in frame.groupby("vintage", sort=False)}


def digests(connection: Connection) -> dict[tuple[str, str], str]:
    """Return vintage and level → what tells the units of both from any other."""
    table = tables.vintage_levels
    rows = connection.execute(select(table.c.vintage, table.c.level, table.c.digest))
    return {(row.vintage, row.level): row.digest for row in rows}


def _digests(connection: Connection, name: str) -> dict[str, str]:
    table = tables.vintage_levels
    rows = connection.execute(select(table.c.level, table.c.digest).where(table.c.vintage == name))
    return {row.level: row.digest for row in rows}


def _replace(connection: Connection, name: str, level: str, records: list[dict[str, Any]]) -> None:
    units, levels = tables.units, tables.vintage_levels
    connection.execute(delete(units).where(units.c.vintage == name, units.c.level == level))
    connection.execute(delete(levels).where(levels.c.vintage == name, levels.c.level == level))
    connection.execute(
        insert(units), [{key: value for key, value in record.items() if key != "digest"} for record in records]
    )
