"""Geometries as GeoJSON text: the same positions as GEOS writes, in rings that turn as RFC 7946 asks."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from shapely import MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry import LinearRing

from geo.core.geojson import geojson_texts

SQUARE = Polygon([(0, 0), (0, 4), (4, 4), (4, 0)], holes=[[(1, 1), (2, 1), (2, 2), (1, 2)]])


#: At 0 decimals nothing is left of it but a line there and back.
COLLAPSING = Polygon([(1, -0.5), (1, 0.5), (0, 0.5), (0, -0.5)])


def by_geos(shape: shapely.Geometry, decimals: int) -> Any:
    rounded = shapely.transform(shape, lambda positions: np.round(positions, decimals))
    return json.loads(shapely.to_geojson(rounded))


def parts_of(geometry: Any) -> list[list[list[list[float]]]]:
    """Return the rings of each polygon; none where the geometry has no rings."""
    nested = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
    return nested.get(geometry["type"], [])


def turn(ring: list[list[float]], decimals: int) -> int:
    """Return 1 for a ring that turns anticlockwise, −1 for clockwise, 0 where rounding left it without area."""
    whole = [(round(x * 10**decimals), round(y * 10**decimals)) for x, y in ring]
    twice = sum(x * v - u * y for (x, y), (u, v) in pairwise(whole))
    return (twice > 0) - (twice < 0)


coordinates = st.floats(-200, 200)
positions = st.tuples(coordinates, coordinates)
lines = st.lists(positions, min_size=2, max_size=5).map(shapely.LineString)
boxes = st.builds(lambda x, y, size: shapely.box(x, y, x + size, y + size), *[coordinates] * 2, st.floats(1, 50))
small = st.floats(-2, 2)  # rounded to few decimals, many of these cross themselves or lose their area
polygons = boxes | st.lists(st.tuples(small, small), min_size=3, max_size=6).map(Polygon)
shapes = st.one_of(
    positions.map(Point),
    st.lists(positions, min_size=1, max_size=3).map(MultiPoint),
    lines,
    st.lists(lines, min_size=1, max_size=3).map(MultiLineString),
    polygons,
    st.lists(polygons, min_size=1, max_size=3).map(MultiPolygon),
    st.just(SQUARE),
    st.just(SQUARE.reverse()),
)


@given(st.lists(shapes | st.just(Point()) | st.none(), max_size=8), st.integers(0, 6))
@example([COLLAPSING], 0)
@example([COLLAPSING.reverse(), SQUARE], 0)
def test_positions_are_those_that_geos_writes(drawn: list[shapely.Geometry | None], decimals: int) -> None:
    array = np.empty(len(drawn), dtype=object)
    array[:] = drawn
    for shape, text in zip(drawn, geojson_texts(array, decimals=decimals), strict=True):
        if shape is None or shape.is_empty:
            assert text is None
            continue
        assert text is not None
        assert not re.search(rb"-0\.0[],]", text), "a zero with a sign"
        assert not re.search(rb"\.\d{%d}" % (max(decimals, 1) + 1), text), "more digits than were asked for"
        written, expected = json.loads(text), by_geos(shape, decimals)
        for rings, wanted in zip(parts_of(written), parts_of(expected), strict=True):
            for number, ring in enumerate(rings):
                assert turn(ring, decimals) in ((0, 1) if number == 0 else (0, -1))
                if ring != wanted[number]:
                    wanted[number].reverse()
        assert written == expected


def test_rings_turn_as_rfc_7946_asks() -> None:
    for shape in (SQUARE, SQUARE.reverse()):
        (text,) = geojson_texts(np.array([shape], dtype=object), decimals=2)
        assert text is not None
        outer, hole = json.loads(text)["coordinates"]
        assert LinearRing(outer).is_ccw
        assert not LinearRing(hole).is_ccw


def test_a_third_coordinate_is_left_out_and_no_number_is_refused() -> None:
    assert geojson_texts(np.array([Point(1, 2, 3)], dtype=object), decimals=0) == [
        b'{"type":"Point","coordinates":[1.0,2.0]}'
    ]
    with pytest.raises(ValueError, match="finite"):
        geojson_texts(np.array([Point(np.inf, 0)], dtype=object), decimals=0)
