"""Every feature of a table as GeoJSON bytes, made once: a page is a join of slices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from api.collections.fields import Field, FieldType
from api.collections.tables import Table
from api.ogc.crs import MERCATOR, METRE_DECIMALS, from_crs84
from geo.geojson import geojson_texts

_BYTES: Final = pa.large_binary()
#: Types that Arrow casts to the text that JSON has for them.
_WRITTEN_BY_ARROW: Final = (FieldType.INTEGER, FieldType.BOOLEAN)


@dataclass(frozen=True, eq=False)
class Features:
    """Features as JSON objects with commas between them; feature i is ``body[starts[i] : ends[i]]``."""

    body: bytes
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @cached_property
    def digest(self) -> bytes:
        """What tells these features from others, for entity tags."""
        return hashlib.sha256(self.body).digest()

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
    texts = _texts(pd.DataFrame(frame), fields)
    parts: list[Any] = [b'{"type":"Feature","id":', texts.pop(None), b',"geometry":']
    parts += [geometries.fill_null(b"null"), b',"properties":{']
    for position, field in enumerate(fields):
        parts += [b"%b%b:" % (b"," if position else b"", orjson.dumps(field.name)), texts[field.name]]
    parts += [b"}},", b""]  # with the comma to the next; the last part is the separator, which is none
    joined = pc.binary_join_element_wise(
        *(pa.scalar(part, _BYTES) if isinstance(part, bytes) else part for part in parts)
    )
    ends = np.cumsum(pc.binary_length(joined).to_numpy(zero_copy_only=False).astype(np.int64))
    body = bytes(memoryview(joined.buffers()[-1])[: max(ends[-1] - 1, 0)]) if len(ends) else b""
    return Features(body, np.concatenate([[0], ends[:-1]]), ends - 1)


def _texts(frame: pd.DataFrame, fields: Sequence[Field]) -> dict[str | None, pa.Array]:
    """Return the index (under None) and the columns as JSON, missing values as null.

    Columns of a kind are written in one go and cut apart.
    """
    found: dict[str | None, pa.Array] = {}
    numbers = [field.name for field in fields if field.type is FieldType.NUMBER]
    others = [field for field in fields if field.type not in _WRITTEN_BY_ARROW and field.name not in numbers]
    for type_ in _WRITTEN_BY_ARROW:
        if names := [field.name for field in fields if field.type is type_]:
            values = pa.concat_arrays([pa.array(frame[name]) for name in names])
            found |= _cut(values.cast(pa.string()).cast(_BYTES).fill_null(b"null"), names)
    if numbers:
        floats = [frame[name].array.to_numpy(dtype=float, na_value=np.nan) for name in numbers]
        written = orjson.dumps(np.concatenate(floats), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
        found |= _cut(_split(written, len(frame) * len(numbers)), numbers)
    columns = [_text(pa.array(frame.index)), *(_text(_days(frame[field.name], field.type)) for field in others)]
    return found | _cut(_quoted(pa.concat_arrays(columns)), [None, *(field.name for field in others)])


def _split(written: bytes, count: int) -> pa.Array:
    """Return `count` values that commas separate, as an array over the same bytes."""
    commas = np.flatnonzero(np.frombuffer(written, np.uint8) == ord(","))
    bounds = np.zeros(2 * count, dtype=np.int64)  # values and commas in turn
    if count:
        bounds[1:-1:2], bounds[2::2], bounds[-1] = commas, commas + 1, len(written)
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(written)]
    both = pa.LargeBinaryArray.from_buffers(_BYTES, max(2 * count - 1, 0), buffers)
    return both.take(pa.array(np.arange(0, 2 * count, 2)))


def _days(column: pd.Series, type_: FieldType) -> pa.Array:
    return pa.array(column.dt.strftime("%Y-%m-%d") if type_ is FieldType.DATE else column)


def _text(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return (values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values).cast(_BYTES)


def _cut(values: pa.Array, names: Sequence[str | None]) -> dict[str | None, pa.Array]:
    length = len(values) // len(names)
    return {name: values.slice(length * position, length) for position, name in enumerate(names)}


def _quoted(values: pa.Array) -> pa.Array:
    """Return texts as JSON; orjson sees them one by one only where a sign in them has to be escaped."""
    data = memoryview(values.buffers()[-1] or b"").tobytes()
    if b'"' in data or b"\\" in data or (data and np.frombuffer(data, np.uint8).min() < ord(" ")):
        written = [b"null" if text is None else orjson.dumps(text.decode()) for text in values.to_pylist()]
        return pa.array(written, _BYTES)
    quote, nothing = pa.scalar(b'"', _BYTES), pa.scalar(b"", _BYTES)
    return pc.binary_join_element_wise(quote, values, quote, nothing).fill_null(b"null")
