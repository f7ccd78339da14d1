"""Every feature of a table as GeoJSON bytes, made once: a page is a join of slices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from api.collections.fields import Field, FieldType
from api.collections.tables import Table
from api.ogc.crs import MERCATOR, METRE_DECIMALS, from_crs84
from geo.core.geojson import geojson_texts
from geo.core.geojson_kernels import interleave

_BYTES: Final = pa.large_binary()
_TEXT: Final = pa.large_string()
_NULL: Final = b"null"
#: Types that Arrow casts to the text that JSON has for them.
_WRITTEN_BY_ARROW: Final = (FieldType.INTEGER, FieldType.BOOLEAN)


@dataclass(frozen=True, eq=False)
class Features:
    """Features as JSON objects with commas between them; feature i is ``body[starts[i] : ends[i]]``."""

    body: memoryview
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
        return bytes(self.body[self.starts[row] : self.ends[row]])


def encode_features(table: Table, crs: str) -> Features:
    """Return the features of `table` with coordinates in `crs`, in the order of its axes; rows keep their order."""
    shapes = from_crs84(table.frame.geometry.to_numpy(), crs)
    decimals = METRE_DECIMALS if crs == MERCATOR else table.decimals
    fields = table.collection.fields
    columns = _columns(pd.DataFrame(table.frame), fields)
    shaped = _cells(geojson_texts(shapes, decimals=decimals))
    names = [b',"properties":{', *(b"," for _ in fields[1:])]
    literals = [b'{"type":"Feature","id":', b',"geometry":']
    literals += [before + orjson.dumps(field.name) + b":" for before, field in zip(names, fields, strict=True)]
    in_order = [columns[None], shaped, *(columns[field.name] for field in fields)]
    return _joined(in_order, [*literals, b"}},"])  # with the comma to the next


class _Cells(NamedTuple):
    """Values of one column or more: value i is ``data[starts[i] : ends[i]]``; ``starts`` is -1 where it is null."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    is_quoted: bool = False

    def cut(self, names: Sequence[str | None]) -> dict[str | None, _Cells]:
        """Return the columns that stand here one behind the other."""
        length = len(self.starts) // len(names)
        parts = [slice(length * position, length * (position + 1)) for position in range(len(names))]
        return {
            name: self._replace(starts=self.starts[part], ends=self.ends[part])
            for name, part in zip(names, parts, strict=True)
        }


def _joined(columns: Sequence[_Cells], literals: Sequence[bytes]) -> Features:
    """Return rows of literals and values in turn."""
    offsets: dict[int, int] = {}
    blocks = [np.frombuffer(_NULL, np.uint8)]
    at = len(_NULL)
    for data in (column.data for column in columns):
        if id(data) not in offsets:  # columns of a kind share their bytes
            offsets[id(data)] = at
            blocks.append(data)
            at += len(data)
    rows = len(columns[0].starts)
    starts, ends = np.empty((2, len(columns), rows), dtype=np.int64)
    for number, column in enumerate(columns):
        is_null = column.starts < 0
        offset = offsets[id(column.data)]
        starts[number] = np.where(is_null, 0, column.starts + offset)
        ends[number] = np.where(is_null, len(_NULL), column.ends + offset)
    quoted = np.array([column.is_quoted for column in columns])
    bounds = np.concatenate([[0], np.cumsum([len(literal) for literal in literals])])
    room = int((ends - starts).sum()) + rows * (int(bounds[-1]) + 2 * int(quoted.sum()))
    body = np.empty(room, dtype=np.uint8)
    values, between = np.concatenate(blocks), np.frombuffer(b"".join(literals), np.uint8)
    row_ends, size = interleave(between, bounds, values, starts, ends, quoted, body)
    return Features(body[: max(size - 1, 0)].data, np.concatenate([[0], row_ends[:-1]]), row_ends - 1)


def _columns(frame: pd.DataFrame, fields: Sequence[Field]) -> dict[str | None, _Cells]:
    """Return the index (under None) and the columns as JSON.

    Columns of a kind are written in one go and cut apart.
    """
    found: dict[str | None, _Cells] = {}
    numbers = [field.name for field in fields if field.type is FieldType.NUMBER]
    others = [field for field in fields if field.type not in _WRITTEN_BY_ARROW and field.name not in numbers]
    for type_ in _WRITTEN_BY_ARROW:
        if names := [field.name for field in fields if field.type is type_]:
            values = pa.concat_arrays([pa.array(frame[name].array) for name in names])
            found |= _cells(values.cast(_TEXT)).cut(names)
    if numbers:
        floats = [frame[name].array.to_numpy(dtype=float, na_value=np.nan) for name in numbers]
        found |= _numbers(np.concatenate(floats)).cut(numbers)
    columns = [_text(pa.array(frame.index.array)), *(_text(_days(frame[field.name], field.type)) for field in others)]
    return found | _texts(pa.concat_arrays(columns)).cut([None, *(field.name for field in others)])


def _cells(values: pa.LargeStringArray | pa.LargeBinaryArray) -> _Cells:
    """Return values that are written as they are."""
    _, bounds, data = values.buffers()
    ends = np.frombuffer(bounds, np.int64)[values.offset : values.offset + len(values) + 1]
    starts = ends[:-1]
    if values.null_count:
        starts = np.where(values.is_null().to_numpy(zero_copy_only=False), -1, starts)
    return _Cells(np.frombuffer(data or b"", np.uint8), starts, ends[1:])


def _numbers(values: NDArray[np.float64]) -> _Cells:
    written = np.frombuffer(orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY), np.uint8)
    between = np.flatnonzero((written == ord(",")) | (written == ord("[")) | (written == ord("]")))
    return _Cells(written, between[:-1] + 1, between[1:]) if len(values) else _Cells(written, between[:0], between[:0])


def _texts(values: pa.LargeStringArray) -> _Cells:
    """Return texts in quotation marks; orjson sees them one by one only where a sign in them has to be escaped."""
    found = _cells(values)
    data = found.data
    if data.size and (data.min() < ord(" ") or ((data == ord('"')) | (data == ord("\\"))).any()):
        return _cells(pa.array([None if text is None else orjson.dumps(text) for text in values.to_pylist()], _BYTES))
    return found._replace(is_quoted=True)


def _days(column: pd.Series, type_: FieldType) -> pa.Array:
    return pa.array((column.dt.strftime("%Y-%m-%d") if type_ is FieldType.DATE else column).array)


def _text(values: pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    return (values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values).cast(_TEXT)
