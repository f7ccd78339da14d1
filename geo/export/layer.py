"""What is written to a file: layers of one geometry type with typed, described columns, and texts about the whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo.core.crs import require_storage_crs


class ColumnType(StrEnum):
    """Types of columns. A missing value is null in every one of them."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class GeometryType(StrEnum):
    """Geometry types of layers, by their names in the Simple Features standard."""

    POINT = "Point"
    MULTILINESTRING = "MultiLineString"
    MULTIPOLYGON = "MultiPolygon"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name for programs, its title and description for people in the file's language."""

    name: str
    type: ColumnType
    title: str
    description: str
    hxl: str


@dataclass(frozen=True, slots=True, eq=False)
class ExportLayer:
    """One layer of a file.

    Attributes
    ----------
    name : str
        Name of the table: lower-case ASCII letters, digits and ``_``.
    title, description : str
        In the file's language.
    geometry : GeometryType
        Of every feature; a feature may also have none.
    key : Column
        The column that the index of `frame` is written to, first.
    columns : tuple of Column
        The other columns, in order.
    frame : GeoDataFrame
        EPSG:4326; the index is the feature's id as text, the columns are those of `columns`.
    about : mapping of str to str
        What holds for the layer as a whole: audience, revision, synthetic, sources, licence, caveat …
    """

    name: str
    title: str
    description: str
    geometry: GeometryType
    key: Column
    columns: tuple[Column, ...]
    frame: gpd.GeoDataFrame
    about: Mapping[str, str]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The key and the other columns, as they are written."""
        return (self.key, *self.columns)


#: Name of the geometry column in the tables of `arrow_table`.
GEOMETRY: Final = "geometry"
_ARROW: Final = {
    ColumnType.STRING: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.DATETIME: pa.timestamp("ms"),
}


def arrow_table(layer: ExportLayer) -> pa.Table:
    """Return the layer as an Arrow table: its columns with their types, then ``geometry`` as WKB.

    A column that is empty keeps its type; nothing is guessed from the first rows.

    Raises
    ------
    CRSError
        The frame is in another CRS than EPSG:4326.
    ValueError
        A geometry is of another type than the layer's, a column is missing, or holds values of another type.
    """
    require_storage_crs(layer.frame, layer.name)
    arrays = [pa.array(layer.frame.index.astype(str), pa.string())]
    arrays += [_array(layer, column) for column in layer.columns]
    shapes = geometries(layer)
    wkb = pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary())
    fields = [
        pa.field(column.name, _ARROW[column.type], metadata={"title": column.title, "description": column.description})
        for column in layer.all_columns
    ]
    fields.append(pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}))
    return pa.Table.from_arrays([*arrays, wkb], schema=pa.schema(fields))


def geometries(layer: ExportLayer) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return the layer's geometries, each of the layer's type; an empty one is None."""
    shapes = np.array(layer.frame.geometry.array, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    if layer.geometry is not GeometryType.POINT:
        shapes = _as_multi(shapes)
    found = {str(name) for name in pd.Series(shapes).dropna().map(lambda shape: shape.geom_type).unique()}
    if found - {layer.geometry.value}:
        raise ValueError(f"{layer.name}: geometries of type {sorted(found)}, expected {layer.geometry}")
    return shapes


def _as_multi(shapes: np.ndarray[Any, np.dtype[np.object_]]) -> np.ndarray[Any, np.dtype[np.object_]]:
    single = {"Polygon": shapely.MultiPolygon, "LineString": shapely.MultiLineString}
    made = [
        single[shape.geom_type]([shape]) if shape is not None and shape.geom_type in single else shape
        for shape in shapes
    ]
    result = np.empty(len(made), dtype=object)
    result[:] = made
    return result


def _array(layer: ExportLayer, column: Column) -> pa.Array:
    values = layer.frame[column.name]
    if column.type is ColumnType.DATE:
        values = _dates(values)
    elif column.type is ColumnType.DATETIME:
        values = pd.to_datetime(values).dt.as_unit("ms")
    return pa.Array.from_pandas(values.astype(object).where(values.notna(), None), type=_ARROW[column.type])


def _dates(values: pd.Series) -> pd.Series:
    plain = [_date(value) for value in values]
    return pd.Series(plain, index=values.index, dtype=object)


def _date(value: Any) -> date | None:
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def about_json(about: Mapping[str, str]) -> str:
    """Return texts about a file or layer as one JSON object, for formats that keep a single text."""
    return json.dumps(dict(about), ensure_ascii=False)
