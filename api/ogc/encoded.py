"""Every feature of a table as GeoJSON bytes, made once: a page is a join of slices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from api.collections.fields import FieldType
from api.collections.tables import Table
from api.ogc.crs import MERCATOR, METRE_DECIMALS, from_crs84
from geo.geojson import geojson_texts

#: Types whose values hold no comma in JSON.
_WITHOUT_COMMAS: Final = (FieldType.INTEGER, FieldType.BOOLEAN)


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
    fields = table.collection.fields
    keys = [b"%b:%%b" % orjson.dumps(field.name).replace(b"%", b"%%") for field in fields]
    template = b'{"type":"Feature","id":%b,"geometry":%b,"properties":{' + b",".join(keys) + b"}}"
    columns = [_texts(frame[field.name], field.type) for field in fields]
    ids = map(orjson.dumps, frame.index.tolist())
    shown = (text or b"null" for text in geometries)
    encoded = [template % row for row in zip(ids, shown, *columns, strict=True)]
    lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    ends = np.cumsum(lengths + 1) - 1
    body = b",".join(encoded)
    return Features(body, ends - lengths, ends, hashlib.sha256(body).digest())


def _texts(column: pd.Series, type_: FieldType) -> list[bytes]:
    """Return a column's values as JSON, missing ones as null.

    Columns without text are written whole and taken apart at the commas: a dictionary per feature would take twice as
    long, most of it in the interpreter's search for garbage.
    """
    if type_ is FieldType.DATE:
        column = column.dt.strftime("%Y-%m-%d")
    array: Any = column.array
    if type_ is FieldType.NUMBER:
        numbers = orjson.dumps(array.to_numpy(dtype=float, na_value=np.nan), option=orjson.OPT_SERIALIZE_NUMPY)
        return numbers[1:-1].split(b",") if len(column) else []
    values: list[Any] = array.to_numpy(dtype=object, na_value=None).tolist()
    if type_ in _WITHOUT_COMMAS and values:
        return orjson.dumps(values)[1:-1].split(b",")
    return list(map(orjson.dumps, values))
