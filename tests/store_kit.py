"""What the store's tests share: a fresh database of either kind, and batches as readers give them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import create_engine, make_url

from geo.core.messages import message
from geo.hazards import schema as hazard_schema
from geo.hazards.batch import HazardBatch, QuarantinedArea
from geo.incidents import schema
from geo.incidents.batch import Batch, QuarantinedRow

#: Parameters of a fixture that runs each test on both databases.
KINDS = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]


@contextmanager
def fresh_url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of an empty database: a new file, or a new schema that is dropped afterwards."""
    if kind == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("store")
        yield f"sqlite:///{folder / 'store.sqlite'}"
        return
    server = request.getfixturevalue("postgis_url")
    name = f"sira_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    try:
        url = make_url(server).update_query_dict({"options": f"-csearch_path={name},public"})
        yield url.render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
        admin.dispose()


def incidents(ids: Sequence[str], **columns: Any) -> gpd.GeoDataFrame:
    """Return an incident table: one explosive report per id, a day and 0.1° apart, unless `columns` say otherwise."""
    count = len(ids)
    data = {
        "source": ["acled"] * count,
        "source_id": list(ids),
        "date": np.datetime64("2021-03-01", "s") + np.arange(count) * np.timedelta64(1, "D"),
        "date_precision": ["day"] * count,
        "location_precision": ["exact"] * count,
        "location_error_km": [0.1] * count,
        "hazard_type": ["ied"] * count,
        "narrative": [None] * count,
        "synthetic": [False] * count,
        "geometry": shapely.points(-7 + 0.1 * (np.arange(count) % 90), 13 + 0.1 * (np.arange(count) // 90 % 90)),
        **columns,
    }
    return schema.conform(gpd.GeoDataFrame(data, index=pd.Index(ids, dtype="str", name="id"), crs=4326))


def no_incidents() -> gpd.GeoDataFrame:
    """Return an incident table without rows."""
    return schema.conform(gpd.GeoDataFrame(index=pd.Index([], dtype="str"), geometry=[], crs=4326))


def batch(frame: gpd.GeoDataFrame, quarantined: int = 0, file: str = "reports.csv") -> Batch:
    """Return the batch of a file with the rows of `frame` and some rows set aside."""
    aside = tuple(
        QuarantinedRow(
            row=number + 2,
            column="date",
            value=f"2099-01-{number + 1:02}",
            reason=message("Row {row}: the date {value} is in the future.", row=number + 2, value="2099"),
            kind="date",
        )
        for number in range(quarantined)
    )
    return Batch(file, "ACLED", len(frame) + quarantined, frame, aside, ())


def hazards(ids: Sequence[str], **columns: Any) -> gpd.GeoDataFrame:
    """Return a hazard table: one suspected square per id since 2 May 2019, unless `columns` say otherwise."""
    count = len(ids)
    squares = [shapely.MultiPolygon([shapely.box(west, 14, west + 0.01, 14.01)]) for west in np.arange(count) * 0.1 - 5]
    data = {
        "source": ["imsma"] * count,
        "source_id": list(ids),
        "history": ['[["2019-05-02", "suspected"]]'] * count,
        "area_measured_m2": [1.2e6] * count,
        "synthetic": [False] * count,
        "geometry": squares,
        **columns,
    }
    return hazard_schema.conform(gpd.GeoDataFrame(data, index=pd.Index(ids, dtype="str", name="id"), crs=4326))


def hazard_batch(frame: gpd.GeoDataFrame, quarantined: Sequence[QuarantinedArea] = ()) -> HazardBatch:
    """Return the batch of a file with the areas of `frame`."""
    return HazardBatch("areas.geojson", "GeoJSON", len(frame) + len(quarantined), frame, tuple(quarantined))
