"""Every feature of a table as GeoJSON bytes, made once: a page is a join of slices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from api.collections.fields import FieldType
from api.collections.tables import Table
from api.ogc.crs import MERCATOR, METRE_DECIMALS, from_crs84
from geo.geojson import geojson_texts

#: How pandas gives out its nullable columns; orjson writes NaN as null.
_NUMBERS: Final = MappingProxyType({"dtype": float, "na_value": np.nan})
_OBJECTS: Final = MappingProxyType({"dtype": object, "na_value": None})


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Features as JSON objects with commas between them; feature i is ``body[starts[i] : ends[i]]``."""

    body: bytes
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    digest: bytes

    @property
    def size(self) -> int:
        """Bytes kept in memory."""
        return len(self.body) + self.starts.nbytes + self.ends.nbytes

    def rows(self, rows: NDArray[np.int64]) -> bytes:
        """Return these rows in this order, with commas between them; neighbours are taken in one slice."""
        if not len(rows):
            return b""
        breaks = np.flatnonzero(np.diff(rows) != 1)
        first = rows[np.concatenate([[0], breaks + 1])]
        last = rows[np.concatenate([breaks, [len(rows) - 1]])]
        parts = zip(self.starts[first].tolist(), self.ends[last].tolist(), strict=True)
        return b",".join([self.body[start:end] for start, end in parts])

    def row(self, row: int) -> bytes:
        """Return one feature."""
        return self.body[self.starts[row] : self.ends[row]]


def encode_features(table: Table, crs: str) -> Features:
    """Return the features of `table` with coordinates in `crs`, in the order of its axes; rows keep their order."""
    frame = table.frame
    shapes = from_crs84(frame.geometry.to_numpy(), crs)
    decimals = METRE_DECIMALS if crs == MERCATOR else table.decimals
    geometries = geojson_texts(shapes, decimals=decimals)
    names = [field.name for field in table.collection.fields]
    columns = [_values(frame[field.name], field.type) for field in table.collection.fields]
    dumps, fragment = orjson.dumps, orjson.Fragment
    encoded = [
        dumps(
            {
                "type": "Feature",
                "id": feature_id,
                "geometry": None if geometry is None else fragment(geometry),
                "properties": dict(zip(names, values, strict=True)),
            }
        )
        for feature_id, geometry, values in zip(
            frame.index.tolist(), geometries, zip(*columns, strict=True), strict=True
        )
    ]
    lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    ends = np.cumsum(lengths + 1) - 1
    body = b",".join(encoded)
    return Features(body, ends - lengths, ends, hashlib.sha256(body).digest())


def _values(column: pd.Series, type_: FieldType) -> list[Any]:
    """Return a column's values as orjson takes them, missing ones as what it writes as null."""
    if type_ is FieldType.DATE:
        column = column.dt.strftime("%Y-%m-%d")
    array: Any = column.array
    is_number = type_ is FieldType.NUMBER
    values: list[Any] = array.to_numpy(**_NUMBERS if is_number else _OBJECTS).tolist()
    return values
