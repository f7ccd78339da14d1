"""The grid: which cells, their ids, and how exactly they overlap units."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy import sparse

from geo.boundaries.grid import Grid, to_metric
from geo.boundaries.regions import Boundaries
from geo.core.crs import METRIC_CRS, TO_METRIC
from geo.core.errors import CRSError, ParameterError

BOUNDARIES = Boundaries.shipped()


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid(BOUNDARIES.country(), 20_000)


def test_five_kilometre_cells_cover_the_country() -> None:
    fine = Grid(BOUNDARIES.country(), 5_000)
    assert 50_000 < len(fine) < 52_000
    country_km2 = shapely.area(to_metric(np.array([BOUNDARIES.country()], dtype=object)))[0] / 1e6
    assert country_km2 == pytest.approx(1_253_557, rel=2e-3)
    assert fine.inside_km2.sum() == pytest.approx(country_km2, rel=1e-12)
    assert fine.inside_km2.max() == 25.0
    assert fine.inside_km2.min() > 0


def test_ids_are_unique_and_do_not_depend_on_the_area(grid: Grid) -> None:
    assert grid.ids.is_unique
    assert grid.ids[0] == f"c20-{grid.columns[0]}-{grid.rows[0]}"
    kidal = BOUNDARIES.units("region", "2015").loc["region-2015-kidal"].geometry
    part = Grid(kidal, 20_000)
    assert part.ids.isin(grid.ids).all()
    np.testing.assert_array_equal(part.centres, grid.centres[grid.ids.get_indexer(part.ids)])


def test_overlap_agrees_with_shapely(grid: Grid) -> None:
    units = BOUNDARIES.units("commune", "2016")
    overlap = grid.overlap(units)
    west, south = grid.columns * grid.cell_m, grid.rows * grid.cell_m
    squares = shapely.box(west, south, west + grid.cell_m, south + grid.cell_m)
    polygons = to_metric(units.geometry.to_numpy())
    unit, cell = shapely.STRtree(squares).query(polygons, predicate="intersects")
    areas = shapely.area(shapely.intersection(squares[cell], polygons[unit])) / 1e6
    expected = sparse.csr_array((areas, (cell, unit)), shape=overlap.shape)
    assert abs(overlap - expected).max() < 1e-9
    assert ((overlap > 0) != (expected > 1e-9)).sum() == 0


@pytest.mark.parametrize(("level", "vintage"), [("commune", "2015"), ("cercle", "2016"), ("region", "2023")])
def test_overlap_adds_up_both_ways(grid: Grid, level: str, vintage: str) -> None:
    units = BOUNDARIES.units(level, vintage)
    overlap = grid.overlap(units)
    np.testing.assert_allclose(overlap.sum(axis=1), grid.inside_km2, atol=1e-8)
    np.testing.assert_allclose(
        overlap.sum(axis=0), shapely.area(to_metric(units.geometry.to_numpy())) / 1e6, rtol=1e-12
    )


def test_columns_follow_the_rows_of_the_unit_table(grid: Grid) -> None:
    units = BOUNDARIES.units("cercle", "2016")
    order = np.random.default_rng(3).permutation(len(units))
    difference = grid.overlap(units.iloc[order]) - grid.overlap(units)[:, order]
    assert abs(difference).max() == 0


def test_holes_and_borders_along_the_lattice() -> None:
    lattice = Grid(BOUNDARIES.country(), 10_000)
    outer = np.array([(-100e3, -100e3), (-60e3, -100e3), (-60e3, -60e3), (-100e3, -60e3)])
    covered = lattice._covered(shapely.Polygon(outer, [outer * 0.5 - 40e3]))
    assert covered[2].sum() == pytest.approx(1600 - 400)
    assert sorted(set(covered[2].round(9))) == [100.0]
    assert len(covered[2]) == 12


def test_locate_gives_the_cell_of_its_centre_and_nothing_outside(grid: Grid) -> None:
    np.testing.assert_array_equal(grid.locate(*grid.centres.T), np.arange(len(grid)))
    x, y = grid.centres[0]
    assert grid.locate([x - 10_000], [y - 10_000]).tolist() == [0]  # on the corner: the north-eastern cell
    assert grid.locate([np.nan, np.inf, 1e12, x], [y, y, -1e12, np.nan]).tolist() == [-1, -1, -1, -1]
    paris = TO_METRIC.transform(2.35, 48.86)
    assert grid.locate([paris[0]], [paris[1]]).tolist() == [-1]


@pytest.mark.parametrize("cell_m", [0, -5000, np.nan, np.inf, 10])
def test_a_cell_size_that_cannot_be_is_refused(cell_m: float) -> None:
    with pytest.raises(ParameterError) as raised:
        Grid(BOUNDARIES.country(), cell_m)
    assert raised.value.parameter == "cell_m"


def test_units_in_another_crs_are_refused(grid: Grid) -> None:
    with pytest.raises(CRSError):
        grid.overlap(BOUNDARIES.units("region", "2015").to_crs(METRIC_CRS))


def test_long_straight_borders_stay_where_they_are() -> None:
    line = np.array([shapely.LineString([(-12, 25), (-5, 25)])], dtype=object)
    on_parallel = shapely.points(np.column_stack(TO_METRIC.transform(np.linspace(-12, -5, 500), np.full(500, 25.0))))
    projected = to_metric(line)[0]
    assert shapely.distance(on_parallel, projected).max() < 0.5
    chord = shapely.LineString(shapely.get_coordinates(projected)[[0, -1]])
    assert shapely.distance(on_parallel, chord).max() > 1_000


def test_no_units_overlap_nothing(grid: Grid) -> None:
    none: gpd.GeoDataFrame = BOUNDARIES.units("region", "2015").iloc[:0]
    assert grid.overlap(none).shape == (len(grid), 0)
