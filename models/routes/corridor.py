"""How wide a corridor must be, and how many incidents are expected in it: the density across the road, integrated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import map_coordinates

from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.roads.graph import Floats, Ints
from models.risk.domain import Domain
from models.risk.target import LEAST_EVENTS
from models.routes.answer import CORRIDOR_KM
from models.routes.kernels import cover
from models.routes.lixels import Lixels
from models.routes.road_model import RoadForecast
from models.routes.words import corridor_widened, exact_positions_only

#: Raster on which densities are held, and points across a corridor at which they are read.
RASTER_M: Final = 2_500.0
_ACROSS: Final = 25
WIDEST_KM: Final = 50.0
NARROWEST_KM: Final = 0.1
#: Where at least this share of the points is within 15 km, the coarser ones are spread over where they may lie.
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Corridor:
    """A half-width that the data can bear.

    Attributes
    ----------
    km : float
    finest_km : float
        Points with a larger error are spread like events without a point.
    exact_only : bool
        Whether only points with a small enough error count at all.
    caveat : Message or None
        What is said of it.
    """

    km: float
    finest_km: float
    exact_only: bool
    caveat: Message | None


def choose_corridor(asked_km: float | None, error_km: Floats) -> Corridor:
    """Return the corridor for a request.

    Parameters
    ----------
    asked_km : float, optional
        None takes 15 km, or the largest error of a point where most points are coarser than that.
    error_km : float array (n,)
        How far each event's point may be off; missing where it has none.

    Raises
    ------
    ParameterError
        If it is no distance from 0.1 to 50 km, or narrower than the positions are exact while too few are exact
        enough for it.

    Examples
    --------
    >>> choose_corridor(None, np.array([0.1, 2.0, np.nan])).km
    15.0
    >>> choose_corridor(None, np.array([25.0, 25.0])).km
    25.0
    """
    points = error_km[np.isfinite(error_km)]
    fine = points <= CORRIDOR_KM
    needed = CORRIDOR_KM if not len(points) or fine.mean() >= _MOST else float(points.max())
    if asked_km is None:
        caveat = corridor_widened(needed, needed) if needed > CORRIDOR_KM else None
        return Corridor(needed, needed, False, caveat)
    if not (math.isfinite(asked_km) and NARROWEST_KM <= asked_km <= WIDEST_KM):
        raise ParameterError(
            message(
                "The corridor must be {least} to {most} km to each side, not {value}.",
                least=NARROWEST_KM,
                most=WIDEST_KM,
                value=str(asked_km),
            ),
            parameter="corridor_km",
        )
    if asked_km >= needed:
        return Corridor(asked_km, needed, False, None)
    used = int((points <= asked_km).sum())
    if used < LEAST_EVENTS:
        raise ParameterError(
            message(
                "A corridor of {corridor_km} km needs positions at least as exact: {used} of {total} incidents have "
                "them, and {least} are needed. Ask for {needed} km.",
                corridor_km=asked_km,
                used=used,
                total=len(error_km),
                least=LEAST_EVENTS,
                needed=needed,
            ),
            parameter="corridor_km",
        )
    return Corridor(asked_km, asked_km, True, exact_positions_only(asked_km, used, len(error_km)))


class DensityRaster:
    """Expected recorded incidents per km² on a fine raster, from roads and from what lies off them.

    Parameters
    ----------
    lixels : Lixels
    domain : Domain
    on_roads : float array (L,)
    off_road : float array (cells,)
        Missing values of either count as nothing: who asks must know where something can be said.
    """

    def __init__(self, lixels: Lixels, domain: Domain, on_roads: Floats, off_road: Floats) -> None:
        centres = domain.centres
        points = np.concatenate([lixels.xy_m, centres])
        mass = np.nan_to_num(np.concatenate([on_roads, off_road]))
        self._origin = points.min(axis=0) - 2 * RASTER_M
        size = np.ceil((points.max(axis=0) - self._origin) / RASTER_M).astype(int) + 2
        # A cell of 5 km fills four of the raster: its quarters' centres.
        count = len(lixels)
        quarter = domain.cell_m / 4
        spots, weights = [points[:count]], [mass[:count]]
        for dx, dy in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            spots.append(centres + np.array([dx, dy]) * quarter)
            weights.append(mass[count:] / 4)
        at = (np.concatenate(spots) - self._origin) / RASTER_M - 0.5
        shape = (int(size[1]), int(size[0]))
        binned = _linear_binning(at[:, 0], at[:, 1], np.concatenate(weights), shape)
        self._density = binned / (RASTER_M / 1000) ** 2

    def across(self, xy_m: Floats, normal: Floats, half_km: Floats) -> Floats:
        """Return the expected incidents per km of road, shape (n,), within `half_km` (n,) at right angles to it.

        Strips of this width along a line cover its corridor but for the rounds at its ends: what bends leave out on
        one side they cover twice on the other.
        """
        share = (np.arange(_ACROSS) + 0.5) / _ACROSS * 2 - 1
        total = np.zeros(len(xy_m))
        for u in share:
            at = (xy_m + normal * (u * half_km * 1000)[:, None] - self._origin) / RASTER_M - 0.5
            total += map_coordinates(self._density, [at[:, 1], at[:, 0]], order=1, mode="constant")
        return total * (2 * half_km / _ACROSS)

    def around(self, xy_m: Floats, half_km: Floats) -> Floats:
        """Return the expected incidents within `half_km` (n,) of any of n points, each place shared to one of them.

        What the points get adds up to what lies in the union of their circles, so that nothing counts twice.
        """
        return self.shared(*self.cover(xy_m, half_km), len(xy_m))

    def shared(self, cells: Ints, weight: Floats, owner: Ints, count: int) -> Floats:
        """Return what each of `count` points gets of the cells that `cover` gives it."""
        mass = self._density.ravel()[cells] * weight * (RASTER_M / 1000) ** 2
        return np.asarray(np.bincount(owner, mass, minlength=count), np.float64)

    def cover(self, xy_m: Floats, half_km: Floats) -> tuple[Ints, Floats, Ints]:
        """Return the cells of the raster within `half_km` of any point, how much of each, and the point it goes to."""
        at = (xy_m - self._origin) / RASTER_M - 0.5
        best, owner = np.zeros(self._density.shape), np.full(self._density.shape, -1, np.int64)
        cover(at[:, 0].copy(), at[:, 1].copy(), half_km * 1000 / RASTER_M, best, owner)
        cells = np.flatnonzero(owner >= 0)
        return cells, best.ravel()[cells], owner.ravel()[cells]

    def middles(self, cells: Ints) -> Floats:
        """Return the middles of cells that `cover` gives, shape (n, 2), in the metric CRS."""
        row, column = np.divmod(cells, self._density.shape[1])
        return np.asarray(self._origin + (np.stack([column, row], axis=1) + 0.5) * RASTER_M, np.float64)

    def mass(self) -> Floats:
        """Return the expected incidents of each cell of the raster."""
        return np.asarray(self._density.ravel() * (RASTER_M / 1000) ** 2, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Rasters:
    """What is expected: all of it, the part that rests on imprecise positions (along roads), and the part of the
    incidents that will have a usable point."""

    whole: DensityRaster
    imprecise: DensityRaster
    located: DensityRaster

    @classmethod
    def of(cls, lixels: Lixels, domain: Domain, forecast: RoadForecast, located: float) -> Rasters:
        """Lay a forecast out; `located`, for what is off roads, is the part of all incidents with a usable point."""
        return cls(
            DensityRaster(lixels, domain, forecast.expected, forecast.off_road),
            DensityRaster(lixels, domain, forecast.imprecise, np.zeros(len(domain))),
            DensityRaster(lixels, domain, forecast.located, forecast.off_road * located),
        )


def _linear_binning(x: Floats, y: Floats, weights: Floats, shape: tuple[int, int]) -> Floats:
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
