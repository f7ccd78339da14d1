"""The locator against shapely's predicates, and what it does at borders, outside and with bad input."""

from __future__ import annotations

import geopandas as gpd
import numba
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, box

from geo.boundaries.regions import Boundaries
from geo.core.compiled import compiled
from geo.core.errors import GeometryError
from geo.locate.locator import Locator
from geo.locate.predicates import side

HOLED = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(3, 3), (7, 3), (7, 7), (3, 7)]])


def units_of(*geometries: object, crs: object = 4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=[f"u{k}" for k in range(len(geometries))], geometry=list(geometries), crs=crs)


def first_by_shapely(units: gpd.GeoDataFrame, points: np.ndarray) -> np.ndarray:
    """Position of the first unit that shapely says intersects each point, -1 if none."""
    tree = shapely.STRtree(units.geometry.to_numpy())
    point, unit = tree.query(shapely.points(points), predicate="intersects")
    first = np.full(len(points), len(units))
    np.minimum.at(first, point, unit)
    return np.where(first == len(units), -1, first)


@pytest.fixture(scope="module")
def communes() -> gpd.GeoDataFrame:
    return Boundaries.shipped().units("commune", "2015")


#: Both ways of finding a unit, whatever the number of points.
BY_TREE, BY_KERNELS = 1 << 60, 0
both_ways = pytest.mark.parametrize("compiled_from", [BY_TREE, BY_KERNELS], ids=["tree", "kernels"])


@pytest.fixture(scope="module", params=[BY_TREE, BY_KERNELS], ids=["tree", "kernels"])
def locator(communes: gpd.GeoDataFrame, request: pytest.FixtureRequest) -> Locator:
    return Locator(communes, compiled_from=request.param)


def test_random_points_agree_with_sjoin(communes: gpd.GeoDataFrame, locator: Locator) -> None:
    west, south, east, north = communes.total_bounds
    rng = np.random.default_rng(7)
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(rng.uniform(west, east, 40_000), rng.uniform(south, north, 40_000)), crs=4326
    )
    joined = gpd.sjoin(points, communes[["geometry"]], predicate="within", how="left")
    assert joined.index.is_unique
    found = locator.positions(points.geometry.x, points.geometry.y)
    assert (found < 0).sum() > 10_000  # the country fills about half of its bounds
    np.testing.assert_array_equal(found, communes.index.get_indexer(joined["unit_id"].to_numpy()))


def test_every_vertex_and_the_middle_of_every_edge(communes: gpd.GeoDataFrame, locator: Locator) -> None:
    rings = shapely.get_rings(shapely.get_parts(communes.geometry.to_numpy()))
    vertices, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[:-1] == ring[1:]
    points = np.unique(np.vstack([vertices, (vertices[:-1] + vertices[1:])[inner] / 2]), axis=0)
    assert len(points) > 15_000
    found = locator.positions(points[:, 0], points[:, 1])
    np.testing.assert_array_equal(found, first_by_shapely(communes, points))
    on_vertex = locator.positions(vertices[:, 0], vertices[:, 1])
    assert (on_vertex >= 0).all()


@pytest.mark.sample
@pytest.mark.parametrize("level", [1, 2, 3])
def test_another_set_of_boundaries(sample_data, level: int) -> None:
    units = gpd.read_file(sample_data / f"boundaries/cod_ab_mli_adm{level}_2015.geojson")
    west, south, east, north = units.total_bounds
    rng = np.random.default_rng(level)
    points = np.column_stack([rng.uniform(west, east, 5_000), rng.uniform(south, north, 5_000)])
    points = np.vstack([points, shapely.get_coordinates(units.geometry.to_numpy())[::7]])
    found = Locator(units, compiled_from=BY_KERNELS).positions(points[:, 0], points[:, 1])
    np.testing.assert_array_equal(found, first_by_shapely(units, points))


@pytest.mark.parametrize("cells", [1, 9, 400, 1 << 16])
def test_holes_parts_overlaps_and_gaps_whatever_the_cells(cells: int) -> None:
    islands = MultiPolygon([box(20, 0, 22, 2), box(24, 0, 26, 2)])
    units = units_of(HOLED, box(4, 4, 6, 6), islands, box(8, 8, 21, 12))
    grid = np.stack(np.meshgrid(np.arange(-1, 28, 0.5), np.arange(-1, 14, 0.5)), axis=-1).reshape(-1, 2)
    found = Locator(units, cells=cells, compiled_from=BY_KERNELS).positions(grid[:, 0], grid[:, 1])
    np.testing.assert_array_equal(found, first_by_shapely(units, grid))
    assert set(found) == {-1, 0, 1, 2, 3}


@both_ways
def test_a_shared_border_belongs_to_the_first_unit_of_the_table(compiled_from: int) -> None:
    west, east = box(0, 0, 1, 1), box(1, 0, 2, 1)
    border = np.linspace(0, 1, 11)
    for units in (units_of(west, east), units_of(east, west)):
        assert (Locator(units, compiled_from=compiled_from).positions(np.ones(11), border) == 0).all()
    locator = Locator(units_of(west, east), compiled_from=compiled_from)
    assert locator.positions([0, 2, 2], [0, 0.5, 1]).tolist() == [0, 1, 1]


@both_ways
def test_what_is_no_place_lies_nowhere(compiled_from: int) -> None:
    locator = Locator(units_of(box(0, 0, 1, 1)), compiled_from=compiled_from)
    x = [np.nan, 0.5, np.inf, -np.inf, 1e300, 0.5, -1e-12, 1 + 1e-12]
    y = [0.5, np.nan, 0.5, 0.5, -1e300, 0.5, 0.5, 0.5]
    assert locator.positions(x, y).tolist() == [-1, -1, -1, -1, -1, 0, -1, -1]
    assert locator.positions([], []).tolist() == []


def test_more_points_than_one_chunk() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-1, 3, (2, 300_001))
    found = Locator(units_of(box(0, 0, 1, 1), box(1, 0, 2, 1))).positions(x, y)
    inside = (x >= 0) & (x <= 2) & (y >= 0) & (y <= 1)
    np.testing.assert_array_equal(found, np.where(inside, np.where(x <= 1, 0, 1), -1))


def test_coordinates_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Locator(units_of(box(0, 0, 1, 1))).positions([0.5], [0.5, 0.6])


@pytest.mark.parametrize("geometry", [None, Point(0, 0), shapely.Polygon()])
def test_a_unit_without_a_polygon_is_refused_by_name(geometry: object) -> None:
    with pytest.raises(GeometryError, match="u1 has no polygon"):
        Locator(units_of(box(0, 0, 1, 1), geometry))


def test_side_where_rounding_would_decide() -> None:
    # the three points lie on one line but for the last bit of one coordinate
    tiny = 2.0**-52
    assert side(0.5, 0.5, 12.0, 12.0, 24.0, 24.0) == 0
    assert side(0.5, 0.5, 12.0, 12.0, 24.0, 24.0 * (1 + tiny)) == 1
    assert side(0.5 + tiny, 0.5, 12.0, 12.0, 24.0, 24.0) == -1
    assert side(0.5, 0.5 + tiny, 12.0, 12.0, 24.0, 24.0) == 1


def test_kernels_compile_where_no_cache_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    real = numba.njit

    def refusing(*args: object, cache: bool = False, **options: object) -> object:
        def decorate(function: object) -> object:
            if cache:
                raise RuntimeError("cannot cache function 'double': no locator available for file 'x.py'")
            return real(**options)(function)

        return decorate

    monkeypatch.setattr(numba, "njit", refusing)

    @compiled
    def double(value: float) -> float:
        return 2.0 * value

    assert double(4.0) == 8.0
