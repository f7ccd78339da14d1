"""Single-layer files: FlatGeobuf, KML and CSV with HXL hashtags"""

from __future__ import annotations

import errno
import warnings
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely

from geo.export.layer import GEOMETRY, Column, ColumnType, GeometryType, Layer, arrow_table, geometries
from geo.tables import write_csv

#: HXL hashtags of a point's coordinates.
_HXL_LONLAT: Final = {"lon": "#geo+lon", "lat": "#geo+lat"}
#: What is said of the whole file that a CSV repeats in each row, since it has no other place for it → HXL hashtag.
_REPEATED: Final = MappingProxyType(
    {
        "audience": "#meta+audience",
        "revision": "#meta+revision",
        "synthetic": "#meta+synthetic",
        "notice": "#meta+notice",
        "period": "#date+period",
        "data_until": "#date+newest",
        "notices": "#meta+notices",
        "caveat": "#meta+caveat",
        "caveats": "#meta+caveats",
        "conflict_period": "#date+period+conflict",
        "conflict_source": "#meta+source+conflict",
        "sources": "#meta+source+all",
    }
)
#: What KML viewers would take for markup, and what stands for it.
_MARKUP: Final = (("<", "‹"), (">", "›"), ("&", "＆"))


def write_arrow(table: pa.Table, path: Path, *, driver: str, layer: Layer, **options: Any) -> None:
    """Write an Arrow table with a WKB column ``geometry`` through GDAL; raises `OSError` where rows are missing.

    GDAL does not always say that a disk was full: what arrived is read again.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        pyogrio.write_arrow(
            table,
            path,
            layer=layer.name,
            driver=driver,
            geometry_name=GEOMETRY,
            geometry_type=layer.geometry.value,
            crs="EPSG:4326",
            encoding="UTF-8",
            **options,
        )
    _check_arrived(table, path, layer.name if driver == "GPKG" else None)


def _check_arrived(table: pa.Table, path: Path, layer: str | None) -> None:
    """Read back the first column, which is the features' ids; raises `OSError` where it is not what was written."""
    key = table.column_names[0]
    read = pyogrio.read_arrow(path, layer=layer, columns=[key], read_geometry=False)[1]
    if sorted(read.column(key).to_pylist()) != sorted(table.column(key).to_pylist()):  # a spatial index reorders
        raise OSError(errno.EIO, f"{path.suffix}: not all features arrived")


def write_flatgeobuf(layer: Layer, path: Path) -> None:
    """Write a FlatGeobuf file; `layer.about` becomes its metadata.

    The spatial index needs a geometry in every feature: a layer where some have none is written without.
    """
    table = arrow_table(layer)
    write_arrow(
        table,
        path,
        driver="FlatGeobuf",
        layer=layer,
        SPATIAL_INDEX="NO" if table[GEOMETRY].null_count or not len(table) else "YES",
        TITLE=layer.title,
        DESCRIPTION=layer.description,
        layer_metadata=dict(layer.about),
    )


def write_kml(layer: Layer, path: Path) -> None:
    """Write a KML file, columns as typed extended data.

    Viewers show text in balloons that understand markup: ``<``, ``>`` and ``&`` of a text are written as characters
    that look alike and do nothing. Dates are ISO text, since KML has no type for them.
    """
    table = arrow_table(layer)
    for position, column in enumerate(layer.all_columns):
        table = table.set_column(position, column.name, _as_kml(table[column.name], column))
    write_arrow(
        table,
        path,
        driver="LIBKML",
        layer=layer,
        dataset_options={"NAME": layer.title, "DESCRIPTION": _harmless(_lines(layer)), "OPEN": "1"},
        layer_options={"NAME": layer.title},
    )


def _lines(layer: Layer) -> str:
    return "\n".join((layer.description, *(f"{name}: {text}" for name, text in layer.about.items())))


def _as_kml(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if column.type is ColumnType.DATE:
        return pc.strftime(values, format="%Y-%m-%d")
    if column.type is ColumnType.DATETIME:
        return pc.strftime(pc.cast(values, pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%SZ")
    if column.type is not ColumnType.STRING:
        return values
    for markup, harmless in _MARKUP:
        values = pc.replace_substring(values, markup, harmless)
    return values


def _harmless(text: str) -> str:
    for markup, harmless in _MARKUP:
        text = text.replace(markup, harmless)
    return text


def write_hxl_csv(layer: Layer, path: Path) -> None:
    """Write a CSV whose second row holds HXL hashtags, and that a spreadsheet opens without running anything.

    Points have their coordinates in ``lon`` and ``lat``; areas and lines have none: their id leads to them. The
    columns ``sira_…`` repeat in each row for whom the file is, of which revision and period, from which sources, how
    new, and what must be said of it.
    """
    table = pd.DataFrame({layer.key.name: layer.frame.index.astype(str)})
    hxl = {column.name: column.hxl for column in layer.all_columns}
    for column in layer.columns:
        table[column.name] = _as_cells(layer, column)
    if layer.geometry is GeometryType.POINT:
        points = geometries(layer)
        table["lon"], table["lat"] = shapely.get_x(points), shapely.get_y(points)
        hxl |= _HXL_LONLAT
    for name, hashtag in _REPEATED.items():
        if name in layer.about:
            table[f"sira_{name}"] = layer.about[name]
            hxl[f"sira_{name}"] = hashtag
    write_csv(table, path, hxl=hxl)


def _as_cells(layer: Layer, column: Column) -> pd.Series:
    values = layer.frame[column.name].reset_index(drop=True)
    if column.type is ColumnType.DATETIME:
        values = pd.to_datetime(values).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return pd.Series(values)
