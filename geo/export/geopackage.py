"""GeoPackage 1.3: many layers in one file, with styles, titles of columns, and metadata"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.export.formats import write_arrow
from geo.export.layer import ExportLayer, arrow_table

#: What QGIS 3.16 and GDAL 3.2 read without a remark.
VERSION: Final = "1.3"
GEOMETRY_COLUMN: Final = "geom"

_SCHEMA_EXTENSION: Final = "http://www.geopackage.org/spec130/#extension_schema"
_METADATA_EXTENSION: Final = "http://www.geopackage.org/spec130/#extension_metadata"

#: Tables of the extensions Schema and Metadata, and of QGIS; as in GeoPackage 1.3, annex F.8 and F.9.
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
"""


@dataclass(frozen=True, slots=True)
class Metadata:
    """One text that goes with the file, or with the one layer named `table`."""

    standard: str
    mime_type: str
    text: str
    table: str | None = None


def write_geopackage(
    layers: Iterable[ExportLayer],
    path: Path,
    *,
    styles: Callable[[ExportLayer], str],
    metadata: Sequence[Metadata],
    each: Callable[[ExportLayer], None],
) -> None:
    """Write a GeoPackage.

    Parameters
    ----------
    layers : iterable of Layer
        Taken one after another, so that not all need to be in memory; their names must differ.
    styles : callable
        Gives a layer's QGIS style (QML), with which QGIS opens it.
    metadata : sequence of Metadata
        What goes with the file and its layers.
    each : callable
        Called after each layer; an exception that it raises ends the writing.

    References
    ----------
    OGC 12-128r17, GeoPackage 1.3.
    """
    written: list[tuple[ExportLayer, str]] = []
    titles: set[str] = set()  # identifiers of contents must differ
    for layer in layers:
        write_arrow(
            arrow_table(layer),
            path,
            driver="GPKG",
            layer=layer,
            layer_options={
                "GEOMETRY_NAME": GEOMETRY_COLUMN,
                "IDENTIFIER": layer.title if layer.title not in titles else f"{layer.title} ({layer.name})",
                "DESCRIPTION": layer.description,
                "SPATIAL_INDEX": "YES",
            },
            **({} if written else {"dataset_options": {"VERSION": VERSION}}),
        )
        titles.add(layer.title)
        written.append((layer, styles(layer)))
        each(layer)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_TABLES)
        _describe_columns(connection, [layer for layer, _ in written])
        _add_styles(connection, written)
        _add_metadata(connection, metadata)


def _describe_columns(connection: sqlite3.Connection, layers: Sequence[ExportLayer]) -> None:
    _register(connection, "gpkg_schema", _SCHEMA_EXTENSION, "gpkg_data_columns", "gpkg_data_column_constraints")
    for layer in layers:
        titles = [column.title for column in layer.all_columns]
        connection.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?, ?, ?, ?, ?)",
            [
                (
                    layer.name,
                    column.name,
                    # must differ within the table, which titles need not
                    column.title if titles.count(column.title) == 1 else f"{column.title} ({column.name})",
                    column.title,
                    column.description,
                )
                for column in layer.all_columns
            ],
        )


def _add_styles(connection: sqlite3.Connection, written: Sequence[tuple[ExportLayer, str]]) -> None:
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', ?)",
        ("layer_styles",),
    )
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
        "styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
        [(layer.name, GEOMETRY_COLUMN, layer.name[:30], qml, layer.title) for layer, qml in written],
    )


def _add_metadata(connection: sqlite3.Connection, metadata: Sequence[Metadata]) -> None:
    _register(connection, "gpkg_metadata", _METADATA_EXTENSION, "gpkg_metadata", "gpkg_metadata_reference")
    for entry in metadata:
        row = connection.execute(
            "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) VALUES ('dataset', ?, ?, ?)",
            (entry.standard, entry.mime_type, entry.text),
        ).lastrowid
        connection.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, md_file_id) VALUES (?, ?, ?)",
            ("geopackage" if entry.table is None else "table", entry.table, row),
        )


def _register(connection: sqlite3.Connection, extension: str, definition: str, *tables: str) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        [(table, extension, definition) for table in tables],
    )
