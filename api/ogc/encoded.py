"""Features of a table as GeoJSON bytes, a block of rows at a time and each once: a page is a join of slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from api.collections.fields import FieldType
from api.collections.tables import Table
from api.ogc.crs import MERCATOR, METRE_DECIMALS, from_crs84
from geo.core.geojson import geojson_texts

_TEXT: Final = pa.large_string()
#: Rows that are encoded together, and the part of a block that must be asked for to encode all of it.
BLOCK: Final = 2_000
_LEAST_PART: Final = 0.1
#: What JSON does not hold as it is.
_ESCAPED: Final = r'["\\\x00-\x1f]'


@dataclass(frozen=True, eq=False)
class Features:
    """Features as JSON objects with commas between them; feature i is ``body[starts[i] : ends[i]]``."""

    body: memoryview
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
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


#: Returns a block by its number, from where such are kept or as the second argument makes it.
Keep = Callable[[int, Callable[[], Features]], Features]


class Blocks:
    """The features of one table in a reference system, encoded where they are asked for."""

    def __init__(self, table: Table, crs: str, keep: Keep) -> None:
        self._table = table
        self._crs = crs
        self._keep = keep

    def rows(self, rows: NDArray[np.int64]) -> bytes:
        """Return these rows in this order, with commas between them.

        Blocks are kept; rows of a block of which hardly any is asked for are encoded for this once.
        """
        numbers, counts = np.unique(rows // BLOCK, return_counts=True)
        sizes = np.minimum(BLOCK, len(self._table.rows) - numbers * BLOCK)
        is_lone = np.isin(rows // BLOCK, numbers[counts < _LEAST_PART * sizes])
        lone = encode_features(self._table, self._crs, rows[is_lone])
        block = np.where(is_lone, -1, rows // BLOCK)
        place = np.where(is_lone, np.cumsum(is_lone) - 1, rows % BLOCK)
        ends = [0, *(np.flatnonzero(np.diff(block)) + 1), len(rows)] if len(rows) else []
        runs = [(int(block[start]), place[start:end]) for start, end in pairwise(ends)]
        return b",".join([(lone if number < 0 else self._block(number)).rows(at) for number, at in runs])

    def _block(self, number: int) -> Features:
        rows = np.arange(number * BLOCK, min((number + 1) * BLOCK, len(self._table.rows)))
        return self._keep(number, lambda: encode_features(self._table, self._crs, rows))


def encode_features(table: Table, crs: str, rows: NDArray[np.int64] | None = None) -> Features:
    """Return the features of `table` with coordinates in `crs`, in the order of its axes: all, or of these rows."""
    chosen = table.frame if rows is None else table.chosen(rows)
    frame, fields = pd.DataFrame(chosen), table.collection.fields
    shapes = from_crs84(chosen.geometry.to_numpy(), crs)
    decimals = METRE_DECIMALS if crs == MERCATOR else table.decimals
    geometries = pa.array(geojson_texts(shapes, decimals=decimals), _TEXT)
    columns = [_quoted(frame.index), geometries, *(_values(frame[field.name], field.type) for field in fields)]
    names = [orjson.dumps(field.name).decode() for field in fields]
    literals = ['{"type":"Feature","id":', ',"geometry":', f',"properties":{{{names[0]}:']
    literals += [f",{name}:" for name in names[1:]]
    parts = [part for pair in zip(literals, columns, strict=True) for part in pair]
    joined = _joined(*parts, "}},", null_handling="replace", null_replacement="null")  # with the comma to the next
    bounds = np.frombuffer(joined.buffers()[1], np.int64)[joined.offset : joined.offset + len(joined) + 1]
    body = memoryview(joined.buffers()[2] or b"")[: max(int(bounds[-1]) - 1, 0)]
    return Features(body, bounds[:-1], bounds[1:] - 1)


def _values(column: pd.Series, type_: FieldType) -> pa.LargeStringArray:
    """Return a column's values as JSON, null where they are missing."""
    if type_ is FieldType.NUMBER:
        numbers = column.array.to_numpy(dtype=float, na_value=np.nan)
        written = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
        return pa.array(written.split(b",") if len(numbers) else [], _TEXT)
    if type_ in (FieldType.INTEGER, FieldType.BOOLEAN):  # as Arrow writes them, JSON has them too
        return _texts(column)
    return _quoted(column.dt.strftime("%Y-%m-%d") if type_ is FieldType.DATE else column)


def _quoted(values: pd.Series | pd.Index) -> pa.LargeStringArray:
    """Return texts in quotation marks; orjson sees them one by one only where a sign in them has to be escaped."""
    texts = _texts(values)
    if pc.any(pc.match_substring_regex(texts, _ESCAPED)).as_py():
        return pa.array([None if text is None else orjson.dumps(text) for text in texts.to_pylist()], _TEXT)
    return _joined('"', texts, '"')


def _texts(values: pd.Series | pd.Index) -> pa.LargeStringArray:
    array = pa.array(values.array)
    return (array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array).cast(_TEXT)


def _joined(*parts: str | pa.LargeStringArray, **missing: str) -> pa.LargeStringArray:
    """Return the parts of each row behind each other; `missing` says what becomes of nulls, which else make a null."""
    wide = [pa.scalar(part, _TEXT) if isinstance(part, str) else part for part in (*parts, "")]
    return pc.binary_join_element_wise(*wide, **missing)
