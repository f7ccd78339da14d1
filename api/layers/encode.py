"""GeoDataFrames as GeoJSON bytes (RFC 7946): lon, lat in WGS 84, at most six decimals, rings by the right-hand rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any, Final

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd

from api.base.sizes import Most
from geo.core.crs import require_storage_crs
from geo.core.geojson import geojson_texts

#: 0.1 m: RFC 7946, section 11.2, asks for no more than the data know.
MOST_DECIMALS: Final = 6
#: Features written at once: so many are looked at before it shows that all together are too large.
_AT_ONCE: Final = 5_000


def feature_collection(
    frame: gpd.GeoDataFrame, member: Mapping[str, Any], *, decimals: int = MOST_DECIMALS, most: Most | None = None
) -> bytes:
    """Return `frame` as a FeatureCollection: the index as feature ids, every other column as a property.

    Parameters
    ----------
    frame : GeoDataFrame
        In EPSG:4326. A missing geometry becomes ``null``, a missing value likewise; nothing is left out.
    member : mapping
        The foreign member ``sira`` of the collection.
    decimals : int
        Decimals of a degree that coordinates keep, at most six.
    most : Most, optional
        The most bytes; without it, as many as there are.

    Raises
    ------
    CRSError
        The frame is in another CRS.
    TooLargeError
        There are more than `most`.
    """
    require_storage_crs(frame, "the layer")
    parts, size = [orjson.dumps({"type": "FeatureCollection", "sira": json_value(member)})[:-1] + b',"features":['], 2
    for start in range(0, len(frame), _AT_ONCE):
        part = _features(frame.iloc[start : start + _AT_ONCE], decimals)
        parts += [b",", part] if start else [part]
        size += len(part)
        if most is not None:
            most.check(len(parts[0]) + size)
    return b"".join([*parts, b"]}"])


def least_bytes(names: Iterable[str]) -> int:
    """Return the least bytes of a feature with properties of these names."""
    empty = orjson.dumps({"type": "Feature", "id": "", "geometry": None, "properties": dict.fromkeys(names, 0)})
    return len(empty)


def _features(frame: gpd.GeoDataFrame, decimals: int) -> bytes:
    """Return the features of `frame` with commas between them."""
    geometries = geojson_geometries(frame.geometry.to_numpy(), decimals=decimals)
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    values = [column_values(frame[name]) for name in columns]
    features = [
        {
            "type": "Feature",
            "id": str(feature_id),
            "geometry": geometry,
            "properties": dict(zip(columns, row, strict=True)),
        }
        for feature_id, geometry, row in zip(
            frame.index, geometries, zip(*values, strict=True) if values else [()] * len(frame), strict=True
        )
    ]
    return orjson.dumps(features, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]


def geojson_geometries(geometries: np.ndarray[Any, Any], *, decimals: int) -> list[orjson.Fragment | None]:
    """Return each geometry as GeoJSON, missing or empty ones as None; exterior rings run anticlockwise."""
    if not 0 <= decimals <= MOST_DECIMALS:
        raise ValueError(f"decimals must be between 0 and {MOST_DECIMALS}, not {decimals}")
    texts = geojson_texts(geometries, decimals=decimals)
    return [None if text is None else orjson.Fragment(text) for text in texts]


def json_value(value: Any) -> Any:
    """Return `value` as JSON holds it: enums as their value, dates as ISO text, anything missing as None.

    Examples
    --------
    >>> json_value({"start": date(2023, 7, 1), "rate": float("nan")})
    {'start': '2023-07-01', 'rate': None}
    """
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):  # a timestamp is one, too
        return value.isoformat()[:10]
    if isinstance(value, np.generic):
        return value.item()
    return value


def column_values(column: pd.Series) -> list[Any]:
    """Return a column's values as JSON holds them; infinities are a `ValueError`, since JSON has none."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_float_dtype(column.dtype) and np.isinf(column.to_numpy(dtype=float, na_value=np.nan)).any():
        raise ValueError(f"column {column.name!r} holds infinite values")
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    return values
