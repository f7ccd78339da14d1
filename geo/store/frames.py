"""Canonical tables as database rows and back, by a schema of column → pandas dtype."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, Select

from geo.core.crs import STORAGE_CRS, require_storage_crs
from geo.core.errors import InputError
from geo.core.messages import message
from geo.hazards.schema import COLUMNS as HAZARD_COLUMNS
from geo.incidents.schema import COLUMNS as INCIDENT_COLUMNS

Record = dict[str, Any]

#: Ids named in one statement.
_AT_ONCE: Final = 500
#: The column of geometries: WKB in longitude, latitude.
WKB: Final = "wkb"
#: Columns of either kind of record that hold a moment.
_MOMENTS: Final = frozenset(
    name for schema in (INCIDENT_COLUMNS, HAZARD_COLUMNS) for name, dtype in schema.items() if dtype == "datetime64[s]"
)


def in_parts(ids: Collection[str]) -> Iterator[list[str]]:
    """Give ids in order, no more at once than a database takes in one statement."""
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def to_records(frame: gpd.GeoDataFrame, schema: Mapping[str, str], index: str = "id") -> list[Record]:
    """Return one dictionary of plain values per row: `index`, the schema's columns, ``wkb``, ``digest`` over all.

    Missing values are None.

    Parameters
    ----------
    frame : GeoDataFrame
        In EPSG:4326 (lon, lat), with the schema's columns; others are not looked at. The geometry may be missing.
    schema : mapping
        Column → pandas dtype.
    index : str
        The name the index takes among the columns.

    Raises
    ------
    CRSError
        Where the frame is in another CRS.
    InputError
        Where a text holds a character that no database keeps: NUL, or half of a surrogate pair.
    """
    require_storage_crs(frame, "a table for the store")
    columns = {index: [str(value) for value in frame.index]}
    for name in schema:
        columns[name] = values_of(frame[name])
        if schema[name] == "str":
            _require_storable(name, columns[name], columns[index])
    columns[WKB] = shapely.to_wkb(frame.geometry.to_numpy()).tolist()
    names = (*columns, "digest")
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), _digests(columns), strict=True)]


def _digests(columns: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Give the `digest` of each row, of which the JSON is put together from that of its cells, column by column."""
    template, cells = "", []
    for name, values in columns.items():
        template += f"{', ' if template else '{'}{json.dumps(name)}: ".replace("%", "%%")
        distinct = set(values)
        if len(distinct) == 1 and not isinstance(values[0], float):  # mostly nobody fills it: written once for all rows
            template += _json(values[0]).replace("%", "%%")
        else:
            template += "%s"
            cells.append(_as_json(values, distinct))
    template += "}"
    count = len(next(iter(columns.values())))
    for row in zip(*cells, strict=True) if cells else [()] * count:
        yield hashlib.sha256((template % row).encode("ascii")).hexdigest()


def _as_json(values: Sequence[Any], distinct: Collection[Any]) -> list[str]:
    """Return each value as `digest` writes it."""
    if any(isinstance(value, float) for value in distinct):  # 0.0 and -0.0 are equal, and written otherwise
        return [json.dumps(value) for value in values]
    written = {value: _json(value) for value in distinct}
    return [written[value] for value in values]


def _json(value: object) -> str:
    return f'"{plain(value)}"' if isinstance(value, bytes | dt.datetime) else json.dumps(value)


def to_frame(rows: Sequence[Sequence[Any]], schema: Mapping[str, str], index: str = "id") -> gpd.GeoDataFrame:
    """Return the table of rows with the values of `index`, the schema's columns and ``wkb``, in this order.

    The columns have the schema's dtypes; the CRS is EPSG:4326 (lon, lat).
    """
    names = [index, *schema, WKB]
    by_name = dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
    ids = pd.Index(np.array(by_name.pop(index), dtype=object), dtype="str", name=index)
    geometry = shapely.from_wkb(np.array(by_name.pop(WKB), dtype=object))
    data = {name: _array(by_name[name], dtype) for name, dtype in schema.items()}
    return gpd.GeoDataFrame(data, index=ids, geometry=gpd.GeoSeries(geometry, index=ids, crs=STORAGE_CRS))


def read_frame(
    connection: Connection, query: Select[Any], schema: Mapping[str, str], *, at_once: int = 20_000
) -> gpd.GeoDataFrame:
    """Return the table of `to_frame` that a query gives, read `at_once` rows at a time: rows need far more room."""
    result = connection.execute(query, execution_options={"yield_per": at_once})
    parts = [to_frame(part, schema) for part in result.partitions()]
    return pd.concat(parts) if parts else to_frame([], schema)


def digest(record: Record) -> str:
    """Return the SHA-256 of a record's values, a digest it already carries aside: equal contents, equal digests."""
    content = {name: value for name, value in record.items() if name != "digest"}
    return hashlib.sha256(json.dumps(content, default=plain).encode("ascii")).hexdigest()


def to_content(record: Record) -> dict[str, Any]:
    """Return a record as JSON values, its digest aside."""
    return {
        name: plain(value) if isinstance(value, bytes | dt.datetime) else value
        for name, value in record.items()
        if name != "digest"
    }


def from_content(content: Mapping[str, Any], name: str = "") -> Record:
    """Return the record of `to_content`, with its digest."""
    record = {column: _value(column, value) for column, value in content.items()}
    record["digest"] = name or digest(record)
    return record


def _value(column: str, value: Any) -> Any:
    if value is None:
        return None
    if column == WKB:
        return bytes.fromhex(value)
    return dt.datetime.fromisoformat(value) if column in _MOMENTS else value


def plain(value: bytes | dt.datetime) -> str:
    """Return a value of a record that JSON has no word for as text."""
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def digest_all(parts: Iterable[str]) -> str:
    """Return the SHA-256 of a sequence of texts of ASCII without line breaks."""
    return hashlib.sha256("\n".join(parts).encode("ascii")).hexdigest()


def values_of(column: pd.Series[Any]) -> list[Any]:
    """Return the cells of a column as plain values, None where one is missing; equal texts or days are one object."""
    missing = column.isna().to_numpy()
    if missing.all():
        return [None] * len(column)
    values = column.to_numpy().astype(object) if column.dtype.kind == "M" else column.astype(object).to_numpy()
    found: list[Any] = np.where(missing, None, values).tolist()  # type: ignore[call-overload]
    if column.dtype.kind not in "MO":
        return found
    shared: dict[Any, Any] = {}
    return [shared.setdefault(value, value) for value in found]


def _require_storable(name: str, values: Iterable[str | None], ids: Sequence[str]) -> None:
    for row_id, value in zip(ids, values, strict=True):
        if value is not None and ("\0" in value or not _encodes(value)):
            raise InputError(
                message(
                    "Record {id}, column {column}: the text holds a character that cannot be kept (NUL or half of a "
                    "surrogate pair).",
                    id=row_id.encode("ascii", "backslashreplace").decode(),
                    column=name,
                )
            )


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _array(values: Sequence[Any], dtype: str) -> Any:
    if dtype == "datetime64[s]":
        return np.array(values, dtype=dtype)  # None becomes NaT; pandas would go through nanoseconds
    if dtype.startswith("Int"):
        return _nullable_integers(values, dtype)
    if dtype == "str":
        return pd.array(np.array(values, dtype=object), dtype="str")
    return np.array(values, dtype=dtype)  # a missing float is NaN


def _nullable_integers(values: Sequence[int | None], dtype: str) -> Any:
    missing = np.array([value is None for value in values], dtype=bool)
    known = np.array([0 if value is None else value for value in values], dtype=dtype.lower())
    return pd.arrays.IntegerArray(known, missing)
