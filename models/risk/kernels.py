"""Gaussian smoothing on a lattice of cells: a matrix over its rows and one over its columns."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEGLIGIBLE: Final = 1e-40


class CellKernel:
    """A Gaussian between cells, integrated over the receiving cell: mass in one cell's centre, spread over all.

    The kernel separates into rows and columns, so smoothing a raster is two matrix products, exact to the edge, and
    asking for few cells costs only their rows and columns.

    Parameters
    ----------
    shape : (rows, columns)
    cell_m, bandwidth_m : float
    """

    def __init__(self, shape: tuple[int, int], cell_m: float, bandwidth_m: float) -> None:
        self.by_row: Final = _axis(shape[0], cell_m, bandwidth_m)
        self.by_column: Final = _axis(shape[1], cell_m, bandwidth_m)

    def smooth(self, raster: Floats) -> Floats:
        """Smooth rasters, shape (…, rows, columns). The kernel is symmetric, so this is also its transpose."""
        smoothed: Floats = self.by_row @ raster @ self.by_column
        return smoothed

    def at(self, rasters: Floats, rows: Ints, columns: Ints) -> Floats:
        """Smooth rasters, shape (k, rows, columns), and return the cells asked for only, shape (len(rows), k)."""
        wanted, position = np.unique(columns, return_inverse=True)
        across = rasters @ self.by_column[:, wanted]
        picked = across.transpose(2, 1, 0)[position]
        values: Floats = np.einsum("nr,nrk->nk", self.by_row[rows], picked)
        return values


def _axis(cells: int, cell_m: float, bandwidth_m: float) -> Floats:
    offset = np.arange(cells) * cell_m
    # Always the lower tail: a difference of two numbers near 1 would lose the far cells to rounding.
    distance = -np.abs(offset[:, None] - offset[None, :])
    return without_denormals(ndtr((distance + cell_m / 2) / bandwidth_m) - ndtr((distance - cell_m / 2) / bandwidth_m))


def without_denormals(matrix: Floats) -> Floats:
    """Set what is next to nothing to 0, in place: denormal numbers make a matrix product fifty times slower."""
    matrix[matrix < _NEGLIGIBLE] = 0.0
    return matrix
