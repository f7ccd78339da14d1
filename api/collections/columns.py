"""Gives the rows of a collection exactly its columns, each of its type, and its one type of geometry."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from api.collections.fields import DTYPES, Field, FieldType
from api.collections.registry import GeometryType
from geo.crs import STORAGE_CRS, require_storage_crs

_MANY = {
    GeometryType.MULTIPOLYGON: (shapely.GeometryType.POLYGON, shapely.multipolygons),
    GeometryType.MULTILINESTRING: (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
}
_EXPECTED = {
    GeometryType.POINT: shapely.GeometryType.POINT,
    GeometryType.MULTIPOLYGON: shapely.GeometryType.MULTIPOLYGON,
    GeometryType.MULTILINESTRING: shapely.GeometryType.MULTILINESTRING,
}


def typed(frame: gpd.GeoDataFrame, fields: tuple[Field, ...], geometry: GeometryType) -> gpd.GeoDataFrame:
    """Return `frame` with the columns of `fields` and ``geometry``, rows ordered by their text index ``id``.

    Dtypes are those of `api.collections.fields.DTYPES`; what is missing is missing. Lists become JSON text; simple
    geometries become multiple ones where the type asks for it, empty ones become missing.

    Raises
    ------
    ValueError
        Where a geometry is of another type.
    """
    require_storage_crs(frame, "the collection")
    index = pd.Index(frame.index.astype("str"), name="id")
    columns = {field.name: pd.Series(_typed(frame[field.name], field.type).array, index=index) for field in fields}
    shapes = gpd.GeoSeries(one_type(frame.geometry.to_numpy(), geometry), index=index, crs=STORAGE_CRS)
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index).sort_index()


def _typed(column: pd.Series, type_: FieldType) -> pd.Series:
    if type_ is FieldType.STRING:
        column = pd.Series([_text(value) for value in column], dtype=object)
    elif type_ in (FieldType.DATE, FieldType.DATETIME):
        column = pd.to_datetime(column)
    elif type_ is FieldType.INTEGER:
        column = column.astype("Float64")
    result: pd.Series = column.astype(DTYPES[type_])
    return result


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return orjson.dumps(value).decode()
    return None if pd.isna(value) else str(value)


def one_type(shapes: NDArray[np.object_], type_: GeometryType) -> NDArray[np.object_]:
    """Return `shapes` as the one type of a collection."""
    result = shapes.copy()
    result[shapely.is_empty(shapes)] = None
    if type_ in _MANY:
        single, many = _MANY[type_]
        rows = np.flatnonzero(shapely.get_type_id(result) == single)
        result[rows] = many(result[rows], indices=np.arange(len(rows)))
    wrong = (shapely.get_type_id(result) != _EXPECTED[type_]) & ~shapely.is_missing(result)
    if wrong.any():
        raise ValueError(f"expected {type_.value}, found {result[wrong][0].geom_type}")
    return result
