"""Rasters: people per cell and unit from a population raster, and values of cells as a Cloud-Optimized GeoTIFF."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from geo.boundaries.grid import Grid
from geo.core.crs import METRIC_CRS
from geo.core.errors import CRSError, FileError, ParameterError
from geo.core.messages import message

if TYPE_CHECKING:  # loaded by the first raster: a service may run for long without one
    from rasterio.transform import Affine

Floats = NDArray[np.float64]

#: Written where there is no value: outside the country, and where nothing is said.
NODATA: Final = -9999.0
#: What a population raster's numbers may be.
KINDS: Final = ("density", "count")
_TILE: Final = 256


def density_from_raster(path: Path, grid: Grid, *, kind: str = "density") -> Floats:
    """Return the people per km² of each cell, shape (len(grid),), from a raster in any CRS.

    Parameters
    ----------
    path : Path
        A GeoTIFF of one band: people per km² (``kind="density"``) or people per pixel (``kind="count"``), as WorldPop
        has both.
    kind : {"density", "count"}

    Returns
    -------
    float array
        Means weighted by area. Where the raster has no data there is nobody: 0.

    Raises
    ------
    FileError
        If the file is no raster, holds negative people, or lies elsewhere.
    CRSError
        If it names no CRS.
    """
    if kind not in KINDS:
        raise ParameterError(
            message("{value} is not known; expected one of {expected}.", value=kind, expected=KINDS), parameter="kind"
        )
    import rasterio
    from rasterio.warp import Resampling, reproject

    transform, shape = _frame(grid.columns, grid.rows, grid.cell_m)
    try:
        with rasterio.open(path, driver="GTiff") as source:  # a VRT would make GDAL read other files
            if source.crs is None:
                raise CRSError(message("{file} names no coordinate reference system.", file=path.name))
            band = source.read(1, masked=True).astype(np.float64)
            values = np.where(np.isfinite(band.filled(np.nan)), band.filled(np.nan), np.nan)
            if (values[np.isfinite(values)] < 0).any():
                raise FileError(message("{file} holds negative numbers of people.", file=path.name), file=path.name)
            target = np.full(shape, np.nan)
            reproject(
                values,
                target,
                src_transform=source.transform,
                src_crs=source.crs,
                dst_transform=transform,
                dst_crs=METRIC_CRS,
                src_nodata=np.nan,
                dst_nodata=np.nan,
                resampling=Resampling.average if kind == "density" else Resampling.sum,
            )
    except rasterio.errors.RasterioError as error:
        raise FileError(message("{file} cannot be read as a raster.", file=path.name), file=path.name) from error
    per_cell = np.nan_to_num(_at_cells(target, grid.columns, grid.rows))
    if per_cell.sum() == 0:
        raise FileError(message("{file} holds no people within the country.", file=path.name), file=path.name)
    return per_cell if kind == "density" else np.asarray(per_cell / (grid.cell_m / 1000) ** 2, np.float64)


class Overview(StrEnum):
    """What a pixel of an overview says of the cells below it: their mean, or the highest among them."""

    MEAN = "mean"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """One band of a raster: a value per cell, missing where nothing is said, with its name and unit.

    Codes and upper bounds have no mean: their `overview` is the highest.
    """

    name: str
    unit: str
    values: Floats
    overview: Overview = Overview.MEAN


def encode_cog(
    columns: NDArray[np.integer],
    rows: NDArray[np.integer],
    cell_m: float,
    bands: Sequence[Band],
    tags: Mapping[str, str],
) -> bytes:
    """Return cells as a Cloud-Optimized GeoTIFF in `METRIC_CRS`, north up, float32.

    Parameters
    ----------
    columns, rows : int array, shape (n,)
        Of the cells, as in `Grid`.
    bands : sequence of Band
    tags : mapping
        Metadata of the file; ``UNITS`` and ``OVERVIEW`` are written per band.

    Raises
    ------
    ParameterError
        If a band holds infinite values or the value that stands for none.
    """
    import rasterio.shutil
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile

    transform, shape = _frame(columns, rows, cell_m)
    profile = {
        "driver": "GTiff",
        "width": shape[1],
        "height": shape[0],
        "count": len(bands),
        "dtype": "float32",
        "crs": METRIC_CRS,
        "transform": transform,
        "nodata": NODATA,
    }
    planes: list[Floats] = []
    with MemoryFile() as plain, MemoryFile() as final:
        with plain.open(**profile) as out:
            for number, band in enumerate(bands, start=1):
                if np.isinf(band.values).any() or (band.values == NODATA).any():
                    raise ParameterError(
                        message("The band {name} holds infinite values.", name=band.name), parameter="bands"
                    )
                plane = np.full(shape, np.nan)
                plane[_top(rows), columns - columns.min()] = band.values
                planes.append(plane)
                out.write(_stored(plane), number)
                out.set_band_description(number, band.name)
                out.set_band_unit(number, band.unit)
                out.update_tags(number, UNITS=band.unit, OVERVIEW=band.overview.value)
            out.update_tags(**tags)
            factors = _factors(shape)
            out.build_overviews(factors, Resampling.nearest)  # room for what follows: GDAL knows one way for all bands
        for level, factor in enumerate(factors):
            with rasterio.open(plain.name, "r+", overview_level=level) as out:
                for number, (plane, band) in enumerate(zip(planes, bands, strict=True), start=1):
                    out.write(_stored(_coarser(plane, factor, band.overview)), number)
        with plain.open() as source:
            rasterio.shutil.copy(
                source, final.name, driver="COG", compress="DEFLATE", blocksize=_TILE, overviews="FORCE_USE_EXISTING"
            )
        return bytes(final.read())


def _factors(shape: tuple[int, int]) -> list[int]:
    """Return how many cells a side a pixel of each overview stands for, until one tile holds all."""
    levels = max(math.ceil(math.log2(max(shape) / _TILE)), 0)
    return [2**level for level in range(1, levels + 1)]


def _stored(plane: Floats) -> NDArray[np.float32]:
    return np.nan_to_num(plane, nan=NODATA).astype(np.float32)


def _coarser(plane: Floats, factor: int, overview: Overview) -> Floats:
    """Return a plane of which each pixel stands for `factor` cells a side; NaN only where all of these are missing."""
    padded = np.pad(plane, [(0, -size % factor) for size in plane.shape], constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)
    known = np.isfinite(blocks).sum(axis=(1, 3))
    if overview is Overview.HIGHEST:
        highest = np.where(np.isfinite(blocks), blocks, -np.inf).max(axis=(1, 3))
        return np.where(known > 0, highest, np.nan)
    return np.where(known > 0, np.nansum(blocks, axis=(1, 3)) / np.maximum(known, 1), np.nan)


def _frame(columns: NDArray[np.integer], rows: NDArray[np.integer], cell_m: float) -> tuple[Affine, tuple[int, int]]:
    """Transform and shape of the smallest north-up raster that holds the cells."""
    from rasterio.transform import Affine

    west, north = float(columns.min()) * cell_m, (float(rows.max()) + 1) * cell_m
    return Affine(cell_m, 0.0, west, 0.0, -cell_m, north), (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1)


def _top(rows: NDArray[np.integer]) -> NDArray[np.int64]:
    """Line of each cell from the north; rows count from the south."""
    return np.asarray(rows.max() - rows, np.int64)


def _at_cells(plane: Floats, columns: NDArray[np.integer], rows: NDArray[np.integer]) -> Floats:
    return np.asarray(plane[_top(rows), columns - columns.min()], np.float64)
