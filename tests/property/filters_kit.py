"""What the tests of filters share: a collection with a column of every type, tables of it, and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from api.base.access import Kind
from api.collections.context import MadeFrom
from api.collections.fields import Field, FieldType
from api.collections.registry import Collection
from api.collections.tables import Table, typed
from api.layers.layer import GeometryType
from geo.core.errors import ParameterError
from geo.core.messages import message

SOME = message("{harm}, {group}", harm="a", group="b")
FIELDS = (
    Field("n", FieldType.NUMBER, SOME, SOME, nullable=True),
    Field("t", FieldType.STRING, SOME, SOME, nullable=True),
    Field("b", FieldType.BOOLEAN, SOME, SOME, nullable=True),
    Field("d", FieldType.DATE, SOME, SOME, nullable=True),
)


def never(_: Any) -> Any:
    raise AssertionError


COLLECTION = Collection(
    "test", SOME, SOME, None, Kind.REFERENCE, GeometryType.POINT, FIELDS, MadeFrom.DATA, never, time_field="d"
)


@contextmanager
def refused_by(*parameters: str) -> Iterator[None]:
    """Let pass what is right, and what is refused with an error that names one of `parameters`."""
    try:
        yield
    except ParameterError as error:
        if error.parameter not in parameters:
            raise


def table_of(rows: list[Any], ids: list[str] | None = None) -> Table:
    index = pd.Index(ids if ids is not None else [f"f{n:02d}" for n in range(len(rows))], dtype="str")
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]
    frame = gpd.GeoDataFrame(
        {
            "n": pd.array(columns[0], dtype="Float64"),
            "t": pd.array(columns[1], dtype="string"),
            "b": pd.array(columns[2], dtype="boolean"),
            "d": pd.to_datetime(pd.Series(columns[3], index=index, dtype=object)),
        },
        index=index,
        geometry=gpd.GeoSeries([None if p is None else shapely.Point(p) for p in columns[4]], index=index, crs=4326),
    )
    return Table(COLLECTION, typed(frame, FIELDS, GeometryType.POINT), {}, 1, 6, 0)
