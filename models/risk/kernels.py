"""Gaussian smoothing on a lattice: by separable filters for whole fields, by matrices where few cells are asked."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr

from geo.core.errors import ParameterError
from geo.core.messages import message

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Filters are cut at this many bandwidths; what is lost is under 6e-7 of a kernel's mass.
_TRUNCATE: Final = 5.0
#: Sharing a point between two centres adds f (1 − f) to its variance, in cells², 1/6 on average.
_BINNING_VARIANCE: Final = 1 / 6
_NEGLIGIBLE: Final = 1e-40


def linear_binning(x: Floats, y: Floats, weights: Floats, shape: tuple[int, int]) -> Floats:
    """Share each point among the four cell centres around it.

    Parameters
    ----------
    x, y : float array
        Positions in cells: the centre of the cell in row r and column c is (c, r). Mass that falls outside is lost.
    weights : float array
    shape : (rows, columns)

    Returns
    -------
    float array, shape (rows, columns)

    References
    ----------
    Wand, M. P. (1994). Fast computation of multivariate kernel estimators. JCGS 3(4), 433-445.
    """
    rows, columns = shape
    padded = np.zeros((rows + 2) * (columns + 2))
    # One ring of padding takes what lies within a cell of the edge; points beyond it are dropped.
    inside = (x > -1) & (x < columns) & (y > -1) & (y < rows)
    if not inside.all():
        x, y, weights = x[inside], y[inside], weights[inside]
    column, row = np.floor(x), np.floor(y)
    east, north = x - column, y - row
    corner = ((row + 1) * (columns + 2) + column + 1).astype(np.int64)
    for offset, part in (
        (0, (1 - east) * (1 - north)),
        (1, east * (1 - north)),
        (columns + 2, (1 - east) * north),
        (columns + 3, east * north),
    ):
        padded += np.bincount(corner + offset, part * weights, minlength=padded.size)
    return padded.reshape(rows + 2, columns + 2)[1:-1, 1:-1]


def kernel_density(
    x_m: Floats,
    y_m: Floats,
    *,
    south_west: tuple[float, float],
    shape: tuple[int, int],
    cell_m: float,
    bandwidth_m: float,
    weights: Floats | None = None,
) -> Floats:
    """Return the Gaussian kernel density at the cell centres, per m²; it integrates to 1 with what lies outside.

    Linear binning, then a separable filter, narrowed by what the binning spreads already: for bandwidths of three
    cells and more and events that do not all lie in a few places, the error is below 0.2 % of the peak.

    Raises
    ------
    ParameterError
        If the bandwidth is below one cell: the lattice cannot show it.
    """
    if not bandwidth_m >= cell_m:
        raise ParameterError(
            message("The bandwidth must be at least one cell ({cell} m).", cell=cell_m), parameter="bandwidth_m"
        )
    mass = np.full(len(x_m), 1.0) if weights is None else weights
    column = (x_m - south_west[0]) / cell_m - 0.5
    row = (y_m - south_west[1]) / cell_m - 0.5
    sigma = np.sqrt((bandwidth_m / cell_m) ** 2 - _BINNING_VARIANCE)
    # Points beyond the edge still reach over it.
    beyond = (column < 0) | (column > shape[1] - 1) | (row < 0) | (row > shape[0] - 1)
    margin = int(np.ceil(_TRUNCATE * sigma)) if beyond.any() else 0
    binned = linear_binning(column + margin, row + margin, mass, (shape[0] + 2 * margin, shape[1] + 2 * margin))
    smooth: Floats = gaussian_filter(binned, sigma, mode="constant", truncate=_TRUNCATE)
    inner = smooth[margin : margin + shape[0], margin : margin + shape[1]]
    return np.asarray(inner / (mass.sum() * cell_m**2), np.float64)


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
