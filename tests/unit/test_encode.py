"""GeoJSON bodies: RFC 7946 geometry, at most six decimals, nothing missing invented, hostile text kept as text."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely
from shapely.geometry import LinearRing, MultiPolygon, Point, Polygon

from api.layers.encode import feature_collection, geojson_geometries, json_value
from geo.core.errors import CRSError

CLOCKWISE = Polygon([(0, 0), (0, 4), (4, 4), (4, 0)], holes=[[(1, 1), (2, 1), (2, 2), (1, 2)]])


def test_geometry_follows_rfc_7946() -> None:
    third = shapely.affinity.translate(CLOCKWISE, 1 / 3, 1 / 7)
    geometries = geojson_geometries(np.array([third, MultiPolygon([third])], dtype=object), decimals=6)
    for text in map(orjson.dumps, geometries):
        shape = json.loads(text)
        rings = shape["coordinates"] if shape["type"] == "Polygon" else shape["coordinates"][0]
        assert LinearRing(rings[0]).is_ccw
        assert not LinearRing(rings[1]).is_ccw
        assert not re.search(rb"\.\d{7,}", text)


def test_missing_values_and_geometries_become_null() -> None:
    frame = gpd.GeoDataFrame(
        {
            "killed_total": pd.Series([0, None], dtype="Int32", index=["a", "b"]),
            "rate": pd.Series([1.5, np.nan], index=["a", "b"]),
            "date": pd.Series([pd.Timestamp("2023-07-14"), pd.NaT], index=["a", "b"]),
            "name": pd.Series(["<img onerror=x>${a}</script>", None], index=["a", "b"], dtype="str"),
        },
        geometry=gpd.GeoSeries([Point(-4, 14.123456789), None], index=["a", "b"], crs="EPSG:4326"),
    )
    body = json.loads(feature_collection(frame, {"synthetic": True}))
    first, second = body["features"]
    assert first["id"] == "a"
    assert first["geometry"]["coordinates"] == [-4, 14.123457]
    assert first["properties"] == {
        "killed_total": 0,
        "rate": 1.5,
        "date": "2023-07-14",
        "name": "<img onerror=x>${a}</script>",
    }
    assert second["geometry"] is None
    assert set(second["properties"].values()) == {None}
    assert body["sira"] == {"synthetic": True}


def test_another_crs_and_infinities_are_refused() -> None:
    points = gpd.GeoSeries([Point(0, 0)], index=["a"])
    with pytest.raises(CRSError):
        feature_collection(gpd.GeoDataFrame(geometry=points.set_crs("EPSG:32630")), {})
    with pytest.raises(ValueError, match="infinite"):
        feature_collection(gpd.GeoDataFrame({"rate": [np.inf]}, index=["a"], geometry=points.set_crs("EPSG:4326")), {})


def test_more_decimals_than_the_standard_advises_are_refused() -> None:
    with pytest.raises(ValueError, match="decimals"):
        geojson_geometries(np.array([Point(0, 0)], dtype=object), decimals=7)


def test_an_empty_table_is_an_empty_collection() -> None:
    frame = gpd.GeoDataFrame({"name": pd.Series([], dtype="str")}, geometry=gpd.GeoSeries([], crs="EPSG:4326"))
    assert json.loads(feature_collection(frame, {}))["features"] == []


def test_plain_values() -> None:
    assert json_value({"a": (np.int64(3), pd.Timestamp("2020-01-02"), pd.NA)}) == {"a": [3, "2020-01-02", None]}
