"""Rasters: people per cell from any CRS, sums per unit, and the GeoTIFF of the cells."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.shutil
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from shapely.geometry import box

from geo.boundaries.grid import Grid
from geo.boundaries.regions import Boundaries
from geo.core.crs import METRIC_CRS
from geo.core.errors import CRSError, FileError, ParameterError
from geo.counting.raster import NODATA, Band, Overview, density_from_raster, encode_cog

AREA = box(-4.5, 14.0, -3.5, 15.0)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid(AREA, 5000.0)


def write(path: Path, values: np.ndarray, transform: Affine, crs: str | None, nodata: float | None) -> Path:
    """Write one band."""
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1}
    with rasterio.open(path, "w", **profile, dtype=values.dtype, crs=crs, transform=transform, nodata=nodata) as out:
        out.write(values, 1)
    return path


@pytest.mark.parametrize(
    ("crs", "dtype", "nodata"),
    list(product(["EPSG:4326", "EPSG:32630", METRIC_CRS], ["float32", "int16"], [None, -99])),
)
def test_an_even_density_is_found_in_every_crs_and_type(
    tmp_path: Path, grid: Grid, crs: str, dtype: str, nodata: float | None
) -> None:
    side = 0.05 if crs == "EPSG:4326" else 4000.0
    west, north = {"EPSG:4326": (-5.0, 15.5), "EPSG:32630": (280_000.0, 1_720_000.0)}.get(crs, (-110_000.0, -220_000.0))
    transform = Affine(side, 0.0, west, 0.0, -side, north)
    count = 60 if crs == "EPSG:4326" else 70
    path = write(tmp_path / "people.tif", np.full((count, count), 7, dtype), transform, crs, nodata)
    density = density_from_raster(path, grid)
    assert density == pytest.approx(np.full(len(grid), 7.0), abs=1e-6)


def test_counts_per_pixel_keep_their_sum(tmp_path: Path, grid: Grid) -> None:
    values = np.zeros((100, 100), "float32")
    values[40:60, 40:60] = 3.0
    path = write(tmp_path / "people.tif", values, Affine(0.01, 0.0, -4.5, 0.0, -0.01, 15.0), "EPSG:4326", None)
    people = density_from_raster(path, grid, kind="count") * 25.0
    assert people.sum() == pytest.approx(values.sum(), rel=1e-3)


def test_no_data_is_nobody(tmp_path: Path, grid: Grid) -> None:
    values = np.full((100, 100), -99.0, "float32")
    values[:50] = 2.0
    path = write(tmp_path / "people.tif", values, Affine(0.01, 0.0, -4.5, 0.0, -0.01, 15.0), "EPSG:4326", -99.0)
    density = density_from_raster(path, grid)
    south = grid.centres[:, 1] < np.quantile(grid.centres[:, 1], 0.3)
    assert density[south] == pytest.approx(0.0)
    assert density.max() == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("values", "crs", "error"),
    [
        (np.full((4, 4), 1.0, "float32"), None, CRSError),
        (np.full((4, 4), -1.0, "float32"), "EPSG:4326", FileError),
        (np.zeros((4, 4), "float32"), "EPSG:4326", FileError),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_what_cannot_be_used_is_refused(
    tmp_path: Path, grid: Grid, values: np.ndarray, crs: str | None, error: type[Exception]
) -> None:
    path = write(tmp_path / "people.tif", values, Affine(0.5, 0.0, -5.0, 0.0, -0.5, 15.5), crs, None)
    with pytest.raises(error, match=r"people\.tif"):
        density_from_raster(path, grid)


def test_a_file_that_is_no_raster_and_an_unknown_kind_are_refused(tmp_path: Path, grid: Grid) -> None:
    path = tmp_path / "people.tif"
    path.write_text("name,people\n")
    with pytest.raises(FileError, match=r"people\.tif"):
        density_from_raster(path, grid)
    with pytest.raises(ParameterError, match="sheep"):
        density_from_raster(path, grid, kind="sheep")


def test_a_raster_that_leads_to_another_file_is_refused(tmp_path: Path, grid: Grid) -> None:
    transform = Affine(0.05, 0.0, -5.0, 0.0, -0.05, 15.5)
    secret = write(tmp_path / "secret.tif", np.full((60, 60), 7, "float32"), transform, "EPSG:4326", None)
    path = tmp_path / "people.tif"
    rasterio.shutil.copy(secret, path, driver="VRT")
    with pytest.raises(FileError, match=r"people\.tif"):
        density_from_raster(path, grid)


def test_the_geotiff_says_what_it_holds_and_where(grid: Grid) -> None:
    values = np.arange(len(grid), dtype=np.float64) + 1
    values[3] = np.nan
    bands = [Band("expected", "incidents", values), Band("p_any", "probability", values / 1e4)]
    body = encode_cog(grid.columns, grid.rows, grid.cell_m, bands, {"T0": "2024-01-01", "HORIZON_DAYS": "91"})
    with MemoryFile(body) as file, file.open() as raster:
        assert raster.crs.to_dict()["proj"] == "laea"
        assert raster.tags()["T0"] == "2024-01-01"
        assert raster.tags(1)["UNITS"] == "incidents"
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.descriptions == ("expected", "p_any")
        assert raster.units == ("incidents", "probability")
        assert raster.nodata == NODATA
        sampled = np.array([row[0] for row in raster.sample(grid.centres)])
        shown = np.isfinite(values)
        assert sampled[shown] == pytest.approx(values[shown])
        assert sampled[3] == NODATA
        outside = raster.read(1, masked=True).mask.sum()
        assert outside == raster.width * raster.height - shown.sum()


def test_an_overview_shows_each_band_by_its_kind() -> None:
    rng, side = np.random.default_rng(2), 701  # no multiple of anything
    rows, columns = (axis.ravel() for axis in np.mgrid[0:side, 0:side])
    codes = rng.integers(0, 5, len(rows)).astype(float)
    values = np.where(rng.random(len(rows)) < 0.3, np.nan, rng.random(len(rows)))
    body = encode_cog(
        columns, rows, 5_000.0, [Band("expected", "n", values), Band("band", "code", codes, Overview.HIGHEST)], {}
    )
    with MemoryFile(body) as file:
        with file.open() as raster:
            factors = raster.overviews(1)
            whole = raster.read(masked=True)
        assert factors == [2, 4]
        for level, factor in enumerate(factors):
            with rasterio.open(file.name, overview_level=level) as raster:
                found = raster.read(masked=True)
                assert set(np.unique(found[1].compressed())) <= set(range(5))
                for row, column in rng.integers(0, side // factor, (200, 2)).tolist():
                    below = np.s_[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
                    assert found[1, row, column] == whole[1][below].max()
                    mean = whole[0][below].mean()
                    assert found[0].mask[row, column] == (mean is np.ma.masked)
                    if mean is not np.ma.masked:
                        assert found[0, row, column] == pytest.approx(float(mean))


@pytest.mark.parametrize("wrong", [np.inf, NODATA])
def test_values_that_cannot_be_told_from_none_are_refused(grid: Grid, wrong: float) -> None:
    with pytest.raises(ParameterError, match="expected"):
        encode_cog(grid.columns, grid.rows, grid.cell_m, [Band("expected", "incidents", np.full(len(grid), wrong))], {})


@pytest.mark.sample
def test_worldpop_has_the_people_of_mali(sample_data: Path) -> None:
    boundaries = Boundaries.shipped()
    grid = Grid(boundaries.country(), 10_000.0)
    density = density_from_raster(sample_data / "worldpop_mali_density_20km_2020.tif", grid)
    units = boundaries.units("region", "2016")
    total = pd.Series(grid.overlap(units).T @ density, index=units.index)
    assert 18e6 < total.sum() < 21e6
    assert total["region-2016-kidal"] < total["region-2016-sikasso"]
