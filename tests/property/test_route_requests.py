"""Requests for routes are parsed totally: any bytes give a request or an error that both languages can say."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from api.base.i18n import LANGUAGES, catalogue, translate
from api.roads.fields import MOST_TRACK_POINTS, MOST_WAYPOINTS, OPTIONS
from api.roads.gpx import read_gpx
from api.roads.requests import (
    RouteOptions,
    RouteQuery,
    TrackQuery,
    names_of,
    parse_route_body,
    parse_route_query,
    parse_track_body,
)
from geo.core.errors import FileError, ParameterError, SiraError

NUMBERS = st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.text(max_size=5))
POSITIONS = st.one_of(
    st.lists(st.floats(-200, 200), max_size=4),
    st.lists(NUMBERS, max_size=4),
    st.tuples(st.floats(-12, 4), st.floats(10, 25)).map(list),
)
TYPES = ["Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon", "Feature", "FeatureCollection", "Nothing"]
COORDINATES = st.one_of(
    POSITIONS, st.lists(POSITIONS, max_size=5), st.lists(st.lists(POSITIONS, max_size=6), max_size=3), NUMBERS
)
GEOMETRIES = st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional={"coordinates": COORDINATES})
FEATURES = st.recursive(
    GEOMETRIES,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["Feature", "FeatureCollection"])},
        optional={
            "geometry": inner | NUMBERS,
            "features": st.lists(inner, max_size=3) | NUMBERS,
            "properties": st.dictionaries(st.just("name"), NUMBERS) | NUMBERS,
            "id": NUMBERS,
        },
    ),
    max_leaves=4,
)
ANYTHING = st.one_of(NUMBERS, POSITIONS, FEATURES, st.lists(FEATURES | POSITIONS | NUMBERS, max_size=4))
FIELDS = st.sampled_from([*OPTIONS, "waypoints", "track", "type", "lang", "surprise", ""])
OBJECTS = st.one_of(st.dictionaries(FIELDS, ANYTHING, max_size=4), FEATURES)
BODIES = st.one_of(st.binary(max_size=300), OBJECTS.map(lambda each: json.dumps(each).encode()))


@pytest.fixture(scope="module", autouse=True)
def _words() -> None:
    """The catalogue is read before the clock of the first example runs."""
    catalogue("fr")


def sayable(error: SiraError) -> None:
    for lang in LANGUAGES:
        text = translate(error.message, lang)
        assert text
        assert len(text) < 2_000
    if isinstance(error, ParameterError):
        assert error.parameter


def within_reach(points: Any) -> None:
    lon, lat = np.asarray(points, dtype=float).T
    assert (np.abs(lon) <= 180).all()
    assert (np.abs(lat) <= 90).all()


def check_options(options: RouteOptions) -> None:
    assert options.month is None or 1 <= options.month <= 12
    assert options.corridor_km is None or 0 <= options.corridor_km <= 100
    assert 0 <= options.max_snap_km <= 100
    for name, area in options.exclude_areas.items():
        assert name
        assert area.is_valid
        assert area.geom_type in ("Polygon", "MultiPolygon")


@given(BODIES)
@example(b"[" * 2_000)
@example(b'{"waypoints":' + b"[" * 900 + b"]" * 900 + b"}")
@example(b'{"waypoints":[[1e400,1],[1,1]]}')
@example(json.dumps({"waypoints": ["Gao", "Gao\u202e"]}).encode())
def test_any_body_is_a_route_or_an_error(body: bytes) -> None:
    try:
        asked = parse_route_body(body)
    except ParameterError as error:
        return sayable(error)
    assert isinstance(asked, RouteQuery)
    assert 2 <= len(asked.stops) <= MOST_WAYPOINTS
    assert len(names_of(asked, is_query=False)) == len(asked.stops)
    within_reach([stop for stop in asked.stops if not isinstance(stop, str)] or [[0, 0]])
    return check_options(asked.options)


@given(BODIES | st.binary(max_size=200).map(lambda part: b"<gpx><trk><trkseg>" + part))
def test_any_body_is_a_track_or_an_error(body: bytes) -> None:
    try:
        asked = parse_track_body(body)
    except (ParameterError, FileError) as error:
        return sayable(error)
    assert isinstance(asked, TrackQuery)
    assert 2 <= len(asked.points) <= MOST_TRACK_POINTS
    within_reach(asked.points)
    return check_options(asked.options)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["from", "to", "via", *OPTIONS, "lang", "x"]),
            st.one_of(
                st.text(max_size=20),
                st.sampled_from(["Gao", "Sévaré", "-4.09,14.52", "200,100", "0", "7", "2025-07", "a;b", ";;", "15.5"]),
            ),
        ),
        max_size=6,
    )
)
def test_any_query_string_is_a_route_or_an_error(given_pairs: list[tuple[str, str]]) -> None:
    query = urlencode(given_pairs, encoding="utf-8", errors="replace").encode()
    try:
        asked = parse_route_query(query)
    except ParameterError as error:
        return sayable(error)
    assert 2 <= len(asked.stops) <= MOST_WAYPOINTS
    assert len(names_of(asked, is_query=True)) == len(asked.stops)
    return check_options(asked.options)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_gpx_track_or_refused(data: bytes) -> None:
    try:
        track = read_gpx(data, "track.gpx")
    except FileError as error:
        return sayable(error)
    return within_reach(track.points)


STOPS = st.lists(
    st.one_of(
        st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
        st.sampled_from(["Sévaré", "Tombouctou", "Gao", "N’Tillit"]),
    ),
    min_size=2,
    max_size=MOST_WAYPOINTS,
)


@given(STOPS)
def test_what_is_asked_comes_through_in_its_order(stops: list[str | tuple[float, float]]) -> None:
    asked = parse_route_body(json.dumps({"waypoints": stops, "profile": "truck", "month": 8}).encode())
    assert list(asked.stops) == stops
    assert asked.options == RouteOptions(profile="truck", month=8)


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=2, max_size=MOST_WAYPOINTS))
def test_geojson_waypoints_mean_the_same_in_every_form(points: list[tuple[float, float]]) -> None:
    collection = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": None, "geometry": {"type": "Point", "coordinates": point}}
            for point in points
        ],
    }
    forms: list[Any] = [
        {"type": "MultiPoint", "coordinates": points},
        {"type": "LineString", "coordinates": points},
        collection,
        {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPoint", "coordinates": points}},
        {"waypoints": {"type": "MultiPoint", "coordinates": points}},
        {"waypoints": collection["features"]},
    ]
    for form in forms:
        assert list(parse_route_body(json.dumps(form).encode()).stops) == points


SQUARE = shapely.geometry.mapping(shapely.box(-3, 14, -2, 16))


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, "waypoints"),
        ({"waypoints": ["Gao"]}, "waypoints"),
        ({"waypoints": ["Gao"] * (MOST_WAYPOINTS + 1)}, "waypoints"),
        ({"waypoints": "Gao"}, "waypoints"),
        ({"waypoints": ["Gao", ""]}, "waypoints[1]"),
        ({"waypoints": ["Gao", "x" * 200]}, "waypoints[1]"),
        ({"waypoints": ["Gao", [16.27]]}, "waypoints[1]"),
        ({"waypoints": ["Gao", [0, 91]]}, "waypoints[1]"),
        ({"waypoints": ["Gao", [True, 1]]}, "waypoints[1]"),
        ({"waypoints": ["Gao", {"type": "MultiPoint", "coordinates": [[0, 15], [1, 15]]}]}, "waypoints[1]"),
        ({"waypoints": ["Gao", "Kidal"], "profile": "tank"}, "profile"),
        ({"waypoints": ["Gao", "Kidal"], "month": 13}, "month"),
        ({"waypoints": ["Gao", "Kidal"], "month": True}, "month"),
        ({"waypoints": ["Gao", "Kidal"], "season": 1}, "season"),
        ({"waypoints": ["Gao", "Kidal"], "corridor_km": -1}, "corridor_km"),
        ({"waypoints": ["Gao", "Kidal"], "corridor_km": "15"}, "corridor_km"),
        ({"waypoints": ["Gao", "Kidal"], "month": 1, "season": "rainy"}, "season"),
        ({"waypoints": ["Gao", "Kidal"], "horizon_days": 1.5}, "horizon_days"),
        ({"waypoints": ["Gao", "Kidal"], "horizon_days": 0}, "horizon_days"),
        ({"waypoints": ["Gao", "Kidal"], "alternatives": "yes"}, "alternatives"),
        ({"waypoints": ["Gao", "Kidal"], "minutes_per_incident": -1}, "minutes_per_incident"),
        ({"waypoints": ["Gao", "Kidal"], "target": "mines"}, "target"),
        ({"waypoints": ["Gao", "Kidal"], "avoid": []}, "avoid"),
        ({"waypoints": ["Gao", "Kidal"], "exclude_edges": "x"}, "exclude_edges"),
        ({"waypoints": ["Gao", "Kidal"], "exclude_areas": {"type": "Point", "coordinates": [0, 15]}}, "exclude_areas"),
        ({"waypoints": ["Gao", "Kidal"], "exclude_areas": [SQUARE] * 101}, "exclude_areas"),
        (
            {
                "waypoints": ["Gao", "Kidal"],
                "exclude_areas": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            },
            "exclude_areas",
        ),
        (["Gao", "Kidal"], "body"),
    ],
)
def test_each_wrong_field_is_named(body: Any, parameter: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_route_body(json.dumps(body).encode())
    assert caught.value.parameter.startswith(parameter)


def test_areas_keep_their_names() -> None:
    features = [
        {"type": "Feature", "geometry": SQUARE, "properties": {"name": "Gourma"}},
        {"type": "Feature", "geometry": SQUARE, "properties": {"name": "Gourma"}},
        {"type": "Feature", "geometry": SQUARE, "properties": None, "id": "a7"},
        SQUARE,
    ]
    body = {"waypoints": ["Gao", "Kidal"], "exclude_areas": {"type": "FeatureCollection", "features": features}}
    options = parse_route_body(json.dumps(body).encode()).options
    assert list(options.exclude_areas) == ["Gourma", "Gourma (1)", "a7", "3"]


def test_options_beside_a_body_count_and_never_twice() -> None:
    body = json.dumps({"type": "MultiPoint", "coordinates": [[0, 15], [1, 15]]}).encode()
    assert parse_route_body(body, b"profile=truck&lang=fr").options.profile == "truck"
    with pytest.raises(ParameterError, match="twice"):
        parse_route_body(json.dumps({"waypoints": ["Gao", "Kidal"], "month": 1}).encode(), b"month=2")
    line = json.dumps({"type": "LineString", "coordinates": [[0, 15], [1, 15]]}).encode()
    assert parse_track_body(line, b"month=8").options.month == 8
    with pytest.raises(ParameterError) as caught:
        parse_track_body(line, b"exclude_edges=ab")
    assert caught.value.parameter == "exclude_edges"


def test_a_query_names_places_or_points() -> None:
    query = "from=S%C3%A9var%C3%A9&to=-0.05,16.27&via=Douentza;Hombori&month=2025-07&corridor_km=20&exclude_edges=ab;cd"
    asked = parse_route_query(query.encode())
    assert asked.stops == ("Sévaré", "Douentza", "Hombori", (-0.05, 16.27))
    assert asked.options == RouteOptions(month=7, corridor_km=20.0, exclude_edges=("ab", "cd"))
    assert names_of(asked, is_query=True) == ("from", "via[0]", "via[1]", "to")
