"""Where the model lives: cells, the units they make up, and what is known of each cell before any event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from geo.boundaries.grid import Grid, to_metric
from geo.core.errors import ParameterError
from geo.core.messages import message

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Decay of the road layer, and the reach of a town's surroundings, in metres.
ROAD_DECAY_M: Final = 15_000.0
SETTLEMENT_BANDWIDTH_M: Final = 7_000.0
#: Units closer than this are neighbours: shared borders, with room for rounding.
NEIGHBOUR_M: Final = 1_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """Cells of one size, the units over them and the static layers.

    Attributes
    ----------
    grid : Grid
        The lattice that the cells come from.
    chosen : int array, shape (n,)
        Positions in `grid` of the cells kept.
    area_km2 : float array, shape (n,)
        Area of each cell inside the country (of the whole square, see `build`).
    unit_ids : tuple of str
        Units (cercles) whose counts are forecast, in the order of every per-unit array.
    share : sparse array, shape (units, n)
        Share of each cell's inside area that each unit covers; columns sum to 1.
    neighbours : sparse array, shape (units, units)
        1 where two different units touch.
    layers : mapping of str to float array, shape (n,)
        Static densities over the cells, each sums to 1; ``floor`` (uniform by area) is always there.
    """

    grid: Grid
    chosen: Ints
    area_km2: Floats
    unit_ids: tuple[str, ...]
    share: sparse.csr_array
    neighbours: sparse.csr_array
    layers: Mapping[str, Floats]

    @classmethod
    def build(
        cls,
        grid: Grid,
        units: gpd.GeoDataFrame,
        *,
        roads: gpd.GeoSeries | None = None,
        towns: gpd.GeoSeries | None = None,
        population_per_km2: ArrayLike | None = None,
        keep: float = 0.0,
        whole: bool = False,
    ) -> Domain:
        """Lay `units` and the static layers over the cells of `grid`.

        Parameters
        ----------
        units : GeoDataFrame
            Polygons in lon, lat that cover the country; ``population``, where present, makes the population layer.
        roads, towns : GeoSeries, optional
            Lines and points in lon, lat for the road and settlement layers.
        population_per_km2 : array-like, shape (len(grid),), optional
            Density per cell, for example from a raster; replaces the units' population as the population layer.
        keep : float
            Cells with at most this share of their square inside the country are left out.
        whole : bool
            Count each cell as a full square even where it lies across the border, as the published benchmark does.

        Raises
        ------
        ParameterError
            If no cell is left, or a unit covers none of the cells.
        """
        fraction = grid.inside_km2 / (grid.cell_m / 1000) ** 2
        covered = grid.overlap(units)
        total = np.asarray(covered.sum(axis=1)).ravel()
        chosen = np.flatnonzero((fraction > keep) & (total > 0))
        if not len(chosen):
            raise ParameterError(message("No cell of the grid lies in the units."), parameter="units")
        overlap = sparse.csr_array(covered.T.tocsr()[:, chosen])
        empty = np.flatnonzero(np.asarray(overlap.sum(axis=1)).ravel() == 0)
        if len(empty):
            name = str(units.index[empty[0]])
            raise ParameterError(message("The unit {unit} covers no cell of the grid.", unit=name), parameter="units")
        share = sparse.csr_array(overlap.multiply(1 / total[chosen]))
        square = (grid.cell_m / 1000) ** 2
        area = np.full(len(chosen), square) if whole else np.asarray(grid.inside_km2[chosen], np.float64)
        centres = np.asarray(grid.centres[chosen], np.float64)
        layers: dict[str, Floats] = {"floor": area / area.sum()}
        population = _population(units, share, area, population_per_km2, chosen)
        if population is not None:
            layers["population"] = population
        if towns is not None and len(towns):
            layers["settlement"] = _near_towns(towns, centres, area)
        if roads is not None and len(roads):
            layers["road"] = _near_roads(roads, centres, area)
        return cls(
            grid=grid,
            chosen=chosen.astype(np.int64),
            area_km2=area,
            unit_ids=tuple(str(name) for name in units.index),
            share=share,
            neighbours=_neighbours(units),
            layers=layers,
        )

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def cell_m(self) -> float:
        """Side of a cell in metres."""
        return self.grid.cell_m

    @property
    def centres(self) -> Floats:
        """x and y of the cells' centres in metres, shape (n, 2)."""
        return np.asarray(self.grid.centres[self.chosen], np.float64)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the smallest raster that holds all cells."""
        return int(np.ptp(self.grid.rows[self.chosen])) + 1, int(np.ptp(self.grid.columns[self.chosen])) + 1

    @property
    def rows(self) -> Ints:
        """Row of each cell in that raster, from the south."""
        rows = self.grid.rows[self.chosen].astype(np.int64)
        return np.asarray(rows - rows.min(), np.int64)

    @property
    def columns(self) -> Ints:
        """Column of each cell in that raster, from the west."""
        columns = self.grid.columns[self.chosen].astype(np.int64)
        return np.asarray(columns - columns.min(), np.int64)

    @property
    def south_west(self) -> tuple[float, float]:
        """x and y in metres of the raster's lower left corner."""
        west = float(self.grid.columns[self.chosen].min()) * self.cell_m
        return west, float(self.grid.rows[self.chosen].min()) * self.cell_m

    @property
    def uniform(self) -> Floats:
        """The floor: probability in proportion to area."""
        return self.layers["floor"]

    def locate(self, x: ArrayLike, y: ArrayLike) -> Ints:
        """Return the cell of each point (m); a point in no cell belongs to the nearest one within two cells.

        Positions farther away, or missing, are -1.
        """
        points = np.column_stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
        position = np.full(len(self.grid), -1, np.int64)
        position[self.chosen] = np.arange(len(self.chosen))
        found = self.grid.locate(points[:, 0], points[:, 1])
        cells = np.where(found >= 0, position[found], -1)
        lost = np.flatnonzero((cells < 0) & np.isfinite(points).all(axis=1))
        if len(lost):
            distance, nearest = cKDTree(self.centres).query(points[lost])
            cells[lost] = np.where(distance <= 2 * self.cell_m, nearest, -1)
        return cells

    def raster(self, values: ArrayLike, fill: float = 0.0) -> Floats:
        """Put one value per cell into the raster; `fill` elsewhere."""
        result = np.full(self.shape, fill)
        result[self.rows, self.columns] = values
        return result

    def fingerprint(self) -> str:
        """Identify grid, units and layers: a saved model is only used on the domain that it was fitted on."""
        digest = hashlib.sha256()
        digest.update(repr((self.cell_m, self.unit_ids, tuple(self.layers))).encode())
        digest.update(self.grid.columns[self.chosen].astype("<i4").tobytes())
        digest.update(self.grid.rows[self.chosen].astype("<i4").tobytes())
        for values in (self.area_km2, *self.layers.values()):
            digest.update(np.round(values / values.sum(), 9).astype("<f8").tobytes())
        return digest.hexdigest()


def _population(
    units: gpd.GeoDataFrame, share: sparse.csr_array, area: Floats, per_km2: ArrayLike | None, chosen: Ints
) -> Floats | None:
    if per_km2 is not None:
        people = np.asarray(per_km2, np.float64)[chosen] * area
        if not (np.isfinite(people).all() and (people >= 0).all() and people.sum() > 0):
            raise ParameterError(
                message("population_per_km2 must be finite and not negative in every cell."),
                parameter="population_per_km2",
            )
        return np.asarray(people / people.sum(), np.float64)
    if "population" not in units or units["population"].isna().any():
        return None
    unit_area = np.asarray(share @ area)
    density = units["population"].to_numpy(np.float64) / unit_area
    people = np.asarray(share.T @ density) * area
    return np.asarray(people / people.sum(), np.float64)


def _near_roads(roads: gpd.GeoSeries, centres: Floats, area: Floats) -> Floats:
    lines = shapely.union_all(to_metric(roads.to_numpy()))
    shapely.prepare(lines)
    weight = np.exp(-shapely.distance(lines, shapely.points(centres)) / ROAD_DECAY_M) * area
    return np.asarray(weight / weight.sum(), np.float64)


def _near_towns(towns: gpd.GeoSeries, centres: Floats, area: Floats) -> Floats:
    points = shapely.get_coordinates(to_metric(towns.to_numpy()))
    near = cKDTree(centres).sparse_distance_matrix(
        cKDTree(points), max_distance=5 * SETTLEMENT_BANDWIDTH_M, output_type="coo_matrix"
    )
    kernel = np.exp(-0.5 * (near.data / SETTLEMENT_BANDWIDTH_M) ** 2)
    weight = np.bincount(near.row, kernel, minlength=len(centres)) * area
    if weight.sum() == 0:
        raise ParameterError(message("No town lies near a cell of the grid."), parameter="towns")
    return np.asarray(weight / weight.sum(), np.float64)


def _neighbours(units: gpd.GeoDataFrame) -> sparse.csr_array:
    shapes = to_metric(units.geometry.to_numpy())
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=NEIGHBOUR_M)
    other = left != right
    ones = np.ones(int(other.sum()))
    return sparse.csr_array((ones, (left[other], right[other])), shape=(len(units), len(units)))
