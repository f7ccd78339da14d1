"""Overlap of 5 km cells with the 701 communes: the grid against an STRtree and shapely's intersections, in one run.

.venv/bin/pytest -m bench -s tests/bench/test_bench_grid.py
"""

from __future__ import annotations

import time

import pytest
import shapely
from scipy import sparse

from geo.boundaries.grid import Grid, to_metric
from geo.boundaries.regions import Boundaries

pytestmark = pytest.mark.bench


def test_overlap_of_five_kilometre_cells(capsys: pytest.CaptureFixture[str]) -> None:
    boundaries = Boundaries.shipped()
    communes = boundaries.units("commune", "2015")
    Grid(boundaries.country(), 50_000).overlap(communes)  # compiled

    begin = time.perf_counter()
    grid = Grid(boundaries.country(), 5_000)
    overlap = grid.overlap(communes)
    seconds = time.perf_counter() - begin

    begin = time.perf_counter()
    west, south = grid.columns * grid.cell_m, grid.rows * grid.cell_m
    squares = shapely.box(west, south, west + grid.cell_m, south + grid.cell_m)
    polygons = to_metric(communes.geometry.to_numpy())
    unit, cell = shapely.STRtree(squares).query(polygons, predicate="intersects")
    areas = shapely.area(shapely.intersection(squares[cell], polygons[unit])) / 1e6
    expected = sparse.csr_array((areas, (cell, unit)), shape=overlap.shape)
    peer = time.perf_counter() - begin

    with capsys.disabled():
        print(f"\n{len(grid):,} cells of 5 km, {len(communes)} communes, {overlap.nnz:,} overlaps")
        print(f"  STRtree + intersection (cells given)  {peer:6.2f} s")
        print(f"  Grid, cells made and overlapped       {seconds:6.2f} s   {peer / seconds:5.1f} x")
    assert abs(overlap - expected).max() < 1e-9
    assert seconds < 3
    assert peer / seconds > 5
