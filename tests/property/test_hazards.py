"""What must hold for any hazard areas and any text in a file."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.crs import GEOD
from geo.core.errors import SiraError
from geo.hazards import area_by_unit, conform
from geo.hazards.schema import STATUS_GROUPS, HazardStatus, StatusChange, history_text, parse_history
from geo.hazards.shapes import to_metric
from geo.hazards.turning import Point, compute

TODAY = dt.date(2026, 11, 22)
boundaries = cache(Boundaries.shipped)

days = st.dates(dt.date(2015, 1, 1), dt.date(2018, 12, 31))
histories = st.dictionaries(days, st.sampled_from(HazardStatus), min_size=1, max_size=4)


@st.composite
def areas(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Between one and six boxes around Mopti, overlapping at will and across borders."""
    shapes, texts = [], []
    for _ in range(draw(st.integers(1, 6))):
        west, south = draw(st.floats(-4.6, -4.0)), draw(st.floats(14.2, 15.0))
        shapes.append(box(west, south, west + draw(st.floats(0.001, 0.5)), south + draw(st.floats(0.001, 0.5))))
        texts.append(history_text(StatusChange(day, status) for day, status in draw(histories).items()))
    index = [f"a{number}" for number in range(len(shapes))]
    return conform(gpd.GeoDataFrame({"history": texts}, index=index, geometry=shapes, crs=4326))


@settings(max_examples=15)
@given(areas())
def test_units_sum_to_the_union_and_order_does_not_matter(frame: gpd.GeoDataFrame) -> None:
    table = area_by_unit(frame, boundaries(), "cercle", "2016", period="year")
    for (start, group), sums in table.groupby(["period_start", "status"]):
        last_day = dt.date(start.year, 12, 31)
        status = hazards.status_at(frame, last_day)
        members = frame.geometry[status.isin([str(s) for s in STATUS_GROUPS[group]])]
        expected = shapely.union_all([to_metric(shape) for shape in members]).area
        assert sums["area_m2"].sum() == pytest.approx(expected, rel=1e-9, abs=1e-3)
    shuffled = area_by_unit(frame.iloc[::-1], boundaries(), "cercle", "2016", period="year")
    pd.testing.assert_frame_equal(table, shuffled, rtol=1e-9)


@given(histories)
def test_a_history_survives_writing(changes: dict[dt.date, HazardStatus]) -> None:
    expected = tuple(sorted(StatusChange(day, status) for day, status in changes.items()))
    assert parse_history(history_text(expected)) == expected


@given(
    st.floats(0, 360),
    st.lists(st.floats(20, 500), min_size=3, max_size=9),
    st.floats(-11, 3),
    st.floats(11, 24),
)
def test_a_polygon_measured_by_its_legs_comes_back(turn: float, radii: list[float], lon: float, lat: float) -> None:
    step = 360 / len(radii)
    ring = [GEOD.fwd(lon, lat, turn + step * n, radius)[:2] for n, radius in enumerate(radii)]
    points = [Point("SP", position=ring[0])]
    for number, (start, end) in enumerate(zip(ring, [*ring[1:], ring[0]], strict=True), start=1):
        azimuth, _, distance = GEOD.inv(*start, *end)
        label = "SP" if number == len(ring) else f"TP{number}"
        points.append(Point(label, bearing_deg=azimuth, distance_m=distance))
    found = compute(points)
    assert found.misclosure_m is not None
    assert found.misclosure_m < 0.001
    for given_corner, corner in zip(ring, found.polygon.exterior.coords, strict=False):
        assert GEOD.inv(*given_corner, *corner)[2] < 0.001


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
geometries = json_values | st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": json_values}
)
features = json_values | st.fixed_dictionaries(
    {
        "type": st.just("Feature"),
        "properties": json_values | st.dictionaries(st.sampled_from(["status", "id", "survey_date"]), json_values),
        "geometry": geometries,
    }
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(features, max_size=3))
def test_any_features_are_accounted_for(tmp_path: Path, drawn: list[object]) -> None:
    path = tmp_path / "any.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": drawn}))
    try:
        batch = hazards.read(path, boundaries=boundaries(), today=TODAY)
    except SiraError:
        return
    assert batch.rows_read == len(drawn) == len(batch.accepted) + len(batch.quarantined)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | st.text(alphabet='id,wkt;POLYGON((1 2\n".-', max_size=200).map(lambda text: f"id,status,wkt\n{text}".encode())
    | st.text(alphabet="<>/kmlPlacemark \"'&;!=", max_size=200).map(lambda text: f"<kml>{text}</kml>".encode())
)
def test_any_bytes_give_a_batch_or_an_error_of_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.dat"
    path.write_bytes(content)
    try:
        batch = hazards.read(path, boundaries=boundaries(), today=TODAY)
    except SiraError:
        return
    assert batch.rows_read == len(batch.accepted) + len(batch.quarantined)
