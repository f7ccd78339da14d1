"""The predicate against rational arithmetic; the locator on coverages where everything falls on grid lines."""

from __future__ import annotations

from fractions import Fraction

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.locate.locator import Locator, _build, _edges, kernels
from geo.locate.predicates import side

degrees = st.floats(-180, 180, allow_nan=False, allow_subnormal=False).filter(lambda v: v == 0 or abs(v) > 1e-100)
small = st.integers(0, 6)


def side_by_fractions(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    ax_, ay_, bx_, by_, px_, py_ = map(Fraction, (ax, ay, bx, by, px, py))
    turn = (bx_ - ax_) * (py_ - ay_) - (by_ - ay_) * (px_ - ax_)
    return (turn > 0) - (turn < 0)


@given(degrees, degrees, degrees, degrees, degrees, degrees)
def test_side_is_exact(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> None:
    assert side(ax, ay, bx, by, px, py) == side_by_fractions(ax, ay, bx, by, px, py)


@given(degrees, degrees, degrees, degrees, st.floats(-2, 2), st.integers(-3, 3), st.integers(-3, 3))
def test_side_is_exact_a_few_last_bits_from_the_line(
    ax: float, ay: float, bx: float, by: float, share: float, ulps_x: int, ulps_y: int
) -> None:
    px, py = ax + share * (bx - ax), ay + share * (by - ay)
    px += ulps_x * np.spacing(px)
    py += ulps_y * np.spacing(py)
    assume(abs(px) > 1e-100 and abs(py) > 1e-100)
    assert side(ax, ay, bx, by, px, py) == side_by_fractions(ax, ay, bx, by, px, py)


@st.composite
def triangulations(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Units of one or several triangles on integer corners: every corner and border is a tie for some rule."""
    corners = draw(st.lists(st.tuples(small, small), min_size=3, max_size=14, unique=True))
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.multipoints(corners)))
    assume(len(triangles) > 0)
    owners = draw(st.lists(st.integers(0, 4), min_size=len(triangles), max_size=len(triangles)))
    units = [
        shapely.union_all([t for t, o in zip(triangles, owners, strict=True) if o == owner]) for owner in set(owners)
    ]
    return gpd.GeoDataFrame(index=[f"u{k}" for k in range(len(units))], geometry=units, crs=4326)


def points_to_try(units: gpd.GeoDataFrame) -> np.ndarray:
    quarters = np.stack(np.meshgrid(np.arange(-1, 7.25, 0.25), np.arange(-1, 7.25, 0.25)), axis=-1).reshape(-1, 2)
    return np.vstack([quarters, shapely.get_coordinates(units.geometry.to_numpy())])


def first_by_shapely(units: gpd.GeoDataFrame, points: np.ndarray) -> np.ndarray:
    point, unit = shapely.STRtree(units.geometry.to_numpy()).query(shapely.points(points), predicate="intersects")
    first = np.full(len(points), len(units))
    np.minimum.at(first, point, unit)
    return np.where(first == len(units), -1, first)


@settings(max_examples=150)
@given(triangulations(), st.integers(1, 500))
def test_every_tie_is_decided_as_shapely_does(units: gpd.GeoDataFrame, cells: int) -> None:
    points = points_to_try(units)
    for compiled_from in (0, len(points) + 1):  # the kernels, the tree
        found = Locator(units, cells=cells, compiled_from=compiled_from).positions(points[:, 0], points[:, 1])
        np.testing.assert_array_equal(found, first_by_shapely(units, points))


@settings(max_examples=150)
@given(triangulations(), st.sampled_from([0.25, 0.5, 1.0, 2.0]))
def test_cells_whose_corners_lie_on_vertices_and_edges(units: gpd.GeoDataFrame, size: float) -> None:
    lines = np.arange(-2.0, 8.0 + size, size)
    lookup = _build(*_edges(units.geometry.to_numpy()), lines, lines)
    points = points_to_try(units)
    found = np.empty(len(points), np.int32)
    kernels.locate(points[:, 0].copy(), points[:, 1].copy(), *lookup, found)
    np.testing.assert_array_equal(found, first_by_shapely(units, points))


@settings(max_examples=50)
@given(triangulations(), st.randoms(use_true_random=False))
def test_permuted_points_get_permuted_answers(units: gpd.GeoDataFrame, random: object) -> None:
    points = points_to_try(units)
    order = list(range(len(points)))
    random.shuffle(order)
    locator = Locator(units, cells=100, compiled_from=0)
    np.testing.assert_array_equal(locator.positions(*points[order].T), locator.positions(*points.T)[order])
