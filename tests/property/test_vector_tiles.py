"""Vector tiles of drawn coverages: borders stay shared, polygons stay themselves, two other programs read them."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from geo.boundaries.regions import Boundaries
from geo.tiles.layer import BUFFER, VectorLayer
from geo.tiles.shapes import EXTENT, Shapes, to_world

pytestmark = pytest.mark.slow


def decoded(tile: bytes | None, layer: str) -> dict[int, shapely.Geometry]:
    """Return feature number → geometry as another program reads it, y to the south."""
    if tile is None:
        return {}
    read = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})[layer]
    return {feature["id"]: shape(feature["geometry"]) for feature in read["features"]}


def polygons_of(shapes: Shapes) -> dict[int, shapely.Geometry]:
    """Return feature number → the polygons that were prepared, on the zoom's grid."""
    found: dict[int, list[shapely.Geometry]] = {}
    for part, feature in enumerate(shapes.part_feature):
        rings = [
            shapes.xy[shapes.ring_first[ring] : shapes.ring_first[ring + 1]]
            for ring in range(shapes.part_first[part], shapes.part_first[part + 1])
        ]
        found.setdefault(int(feature), []).append(shapely.Polygon(rings[0], rings[1:]))
    return {feature: shapely.MultiPolygon(parts) for feature, parts in found.items()}


def in_tile(geometry: shapely.Geometry, x: int, y: int) -> shapely.Geometry:
    """Return what lies in the tile and its buffer, in the tile's coordinates."""
    box = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    moved = shapely.transform(geometry, lambda xy: xy - [x * EXTENT, y * EXTENT])
    return shapely.intersection(moved, box)


def lines_in_tile(line: shapely.LineString, x: int, y: int) -> shapely.Geometry:
    """Return the parts of a line in the tile and its buffer: where it only touches the edge, no tile shows it."""
    parts = shapely.get_parts(in_tile(line, x, y))
    return shapely.multilinestrings(parts[shapely.length(parts) > 0])


def coverage(seed: int, number: int, spread: float) -> gpd.GeoDataFrame:
    """Return units that share borders; some have holes, some are in pieces."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform([-12, 10], [4, 25])
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(centre + rng.normal(size=(number, 2)) * spread))
    )
    cells = shapely.intersection(cells, shapely.Point(centre).buffer(2 * spread))
    unit = rng.integers(0, max(2, number // 3), len(cells))
    units = np.array([shapely.coverage_union_all(cells[unit == each]) for each in np.unique(unit)], dtype=object)
    units = units[~shapely.is_empty(units)]
    return gpd.GeoDataFrame(
        {"n": range(len(units))}, index=[f"u{n}" for n in range(len(units))], geometry=units, crs=4326
    )


def tiles_around(frame: gpd.GeoDataFrame, zoom: int, seed: int, number: int = 4) -> list[tuple[int, int]]:
    """Return tiles near drawn vertices."""
    rng = np.random.default_rng(seed)
    vertices = shapely.get_coordinates(to_world(frame.geometry.to_numpy()))
    chosen = vertices[rng.integers(0, len(vertices), number)] + rng.normal(size=(number, 2)) * 0.3 / 2**zoom
    return sorted({(int(x), int(y)) for x, y in np.floor(chosen * 2**zoom)})


def border_vertices(
    a: shapely.Geometry, b: shapely.Geometry
) -> tuple[set[tuple[float, float]], set[tuple[float, float]]]:
    """Return the vertices of each on the border that both share."""
    shared = shapely.line_merge(shapely.intersection(shapely.boundary(a), shapely.boundary(b)))
    lines = [part for part in shapely.get_parts(shared) if part.geom_type == "LineString"]
    border = shapely.MultiLineString(lines)

    def on_border(polygon: shapely.Geometry) -> set[tuple[float, float]]:
        xy = shapely.get_coordinates(polygon)
        return {(x, y) for x, y in xy[shapely.intersects_xy(border, xy[:, 0], xy[:, 1])]}

    return on_border(a), on_border(b)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 50), st.floats(0.01, 8.0), st.integers(2, 13))
def test_units_share_their_borders_and_keep_their_shape(seed: int, number: int, spread: float, zoom: int) -> None:
    frame = coverage(seed, number, spread)
    layer = VectorLayer("units", frame)
    prepared = polygons_of(layer.geometries.at(zoom))
    whole = np.array(list(prepared.values()), dtype=object)
    assert shapely.is_valid(whole).all()
    assert shapely.coverage_is_valid(whole)
    for x, y in tiles_around(frame, zoom, seed):
        shown = decoded(layer.tile(zoom, x, y), "units")
        for feature, polygon in prepared.items():
            expected = in_tile(polygon, x, y)
            if feature not in shown:  # thinner than the grid within this tile
                assert expected.area <= 1.2 * expected.length
                continue
            # Where an edge leaves the window it is rounded to the grid, so it may swing by half a step.
            difference = shapely.symmetric_difference(shapely.make_valid(shown[feature]), expected).area
            assert difference <= 0.6 * expected.length + 4
        drawn = np.array(list(shown.values()), dtype=object)
        is_valid = shapely.is_valid(drawn)
        assert shapely.coverage_is_valid(drawn[is_valid])
        for reason in shapely.is_valid_reason(drawn[~is_valid]):  # rounded at the window, a ring may touch itself
            assert reason.startswith("Ring Self-intersection")


def test_neighbouring_communes_have_the_same_vertices_in_every_tile() -> None:
    communes = Boundaries.shipped().units("commune", "2015")[["name", "geometry"]]
    layer = VectorLayer("communes", communes)
    borders = 0
    for zoom, x, y in ((5, 15, 14), (6, 30, 29), (7, 61, 58), (8, 121, 117), (10, 487, 470)):
        shown = list(decoded(layer.tile(zoom, x, y), "communes").values())
        tree = shapely.STRtree(shown)
        for first, second in zip(*tree.query(shown, predicate="touches"), strict=True):
            if first < second:
                one, other = border_vertices(shown[first], shown[second])
                assert one == other
                borders += len(one)
    assert borders > 3000


def test_rings_are_wound_and_closed_as_the_specification_asks() -> None:
    ring = shapely.Point(-4, 15).buffer(1).difference(shapely.Point(-4, 15).buffer(0.4))
    frame = gpd.GeoDataFrame(index=["ring"], geometry=[ring], crs=4326)
    layer = VectorLayer("ring", frame)
    for zoom, x, y in ((6, 31, 29), (9, 250, 234), (11, 1001, 936)):
        tile = layer.tile(zoom, x, y)
        if tile is None:
            continue
        read = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["ring"]["features"][0]
        shown = shape(read["geometry"])
        assert shown.is_valid
        for polygon in shapely.get_parts(shown):
            # Exterior rings have a positive area as x and y are written (section 4.3.3.3), interior ones a negative.
            assert polygon.exterior.is_ccw
            assert not any(hole.is_ccw for hole in polygon.interiors)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(3, 13))
@example(272445, 7)  # a line that goes back along itself
def test_lines_are_cut_at_the_window_and_nowhere_else(seed: int, zoom: int) -> None:
    rng = np.random.default_rng(seed)
    lines = [shapely.LineString([-4, 15] + np.cumsum(rng.normal(size=(n, 2)), axis=0) * 0.2) for n in (2, 9, 40)]
    frame = gpd.GeoDataFrame(index=list("abc"), geometry=lines, crs=4326)
    layer = VectorLayer("lines", frame)
    shapes = layer.geometries.at(zoom)
    for x, y in tiles_around(frame, zoom, seed):
        shown = decoded(layer.tile(zoom, x, y), "lines")
        for part, feature in enumerate(shapes.part_feature):
            line = shapely.LineString(shapes.xy[shapes.ring_first[part] : shapes.ring_first[part + 1]])
            expected = lines_in_tile(line, x, y)
            if int(feature) not in shown:
                assert expected.length < 2
                continue
            assert shapely.hausdorff_distance(shown[int(feature)], expected) <= 2.0
            # Piece by piece: what a line goes along twice, an intersection with it holds once.
            pieces = [shapely.LineString(pair) for pair in itertools.pairwise(line.coords)]
            length = sum(in_tile(piece, x, y).length for piece in pieces)
            assert abs(shown[int(feature)].length - length) <= 2 + 0.01 * length


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 12))
def test_every_point_is_in_its_tile(seed: int, zoom: int) -> None:
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.uniform([-12, 10], [4, 25], (20, 2)))
    frame = gpd.GeoDataFrame(index=[str(n) for n in range(20)], geometry=points, crs=4326)
    layer = VectorLayer("points", frame)
    world = shapely.get_coordinates(to_world(frame.geometry.to_numpy())) * 2**zoom
    for number, (x, y) in enumerate(world):
        shown = decoded(layer.tile(zoom, int(x), int(y)), "points")[number]
        assert shown.x == pytest.approx((x - int(x)) * EXTENT, abs=0.51)
        assert shown.y == pytest.approx((y - int(y)) * EXTENT, abs=0.51)


def test_attributes_keep_their_type_and_nothing_is_said_where_nothing_is_known() -> None:
    frame = gpd.GeoDataFrame(
        {
            "text": pd.Series(["Ségou", None], dtype="string"),
            "whole": pd.Series([-3, 2**40], dtype="Int64"),
            "decimal": pd.Series([1.0, None], dtype="Float64"),
            "flag": pd.Series([True, False], dtype="boolean"),
            "day": pd.Series(["2024-03-11", None], dtype="datetime64[s]"),
        },
        geometry=shapely.points([[-4, 15], [-4.01, 15]]),
        crs=4326,
    ).set_axis(["a", "b"])
    tile = VectorLayer("layer", frame).tile(5, 15, 14)
    assert tile is not None
    first, second = mapbox_vector_tile.decode(tile)["layer"]["features"]
    assert first["properties"] == {
        "id": "a", "text": "Ségou", "whole": -3, "decimal": 1.0, "flag": True, "day": "2024-03-11",
    }  # fmt: skip
    assert isinstance(first["properties"]["decimal"], float)
    assert isinstance(first["properties"]["flag"], bool)
    assert second["properties"] == {"id": "b", "whole": 2**40, "flag": False}


def test_gdal_reads_the_same(tmp_path: Path) -> None:
    communes = Boundaries.shipped().units("commune", "2015")[["name", "area_km2", "approximate", "geometry"]]
    layer = VectorLayer("communes", communes)
    tile = layer.tile(6, 30, 29)
    assert tile is not None
    file = tmp_path / "29.mvt"
    file.write_bytes(tile)
    read = pyogrio.read_dataframe(f"MVT:{file}", layer="communes", X=30, Y=29, Z=6, CLIP="NO")
    assert read.crs.to_epsg() == 3857
    assert len(read) == len(decoded(tile, "communes"))
    assert set(read["name"]) <= set(communes["name"])
    assert read["area_km2"].dtype.kind == "f"
    for unit, polygon in read.set_index("id").to_crs(4326).geometry.items():
        assert shapely.buffer(communes.geometry[unit], 0.02).covers(polygon)


def test_an_empty_table_and_missing_geometries_are_in_no_tile() -> None:
    empty = gpd.GeoDataFrame({"n": pd.Series([], dtype="Int64")}, geometry=gpd.GeoSeries([], crs=4326))
    assert VectorLayer("empty", empty).tile(0, 0, 0) is None
    nowhere = gpd.GeoDataFrame({"n": [1]}, geometry=gpd.GeoSeries([None], crs=4326))
    assert VectorLayer("nowhere", nowhere).tile(0, 0, 0) is None


def test_areas_that_overlap_are_each_kept_valid() -> None:
    discs = shapely.buffer(shapely.points([[-4, 15], [-3.9, 15], [-3.95, 15.05]]), 0.1)
    frame = gpd.GeoDataFrame(index=list("abc"), geometry=discs, crs=4326)
    layer = VectorLayer("areas", frame)
    for zoom in range(6, 12):
        x, y = (
            int(each)
            for each in np.floor(shapely.get_coordinates(to_world(shapely.points([[-3.95, 15]])))[0] * 2**zoom)
        )
        for polygon in decoded(layer.tile(zoom, x, y), "areas").values():
            assert polygon.is_valid
    assert len(decoded(layer.tile(8, 125, 117), "areas")) == 3
