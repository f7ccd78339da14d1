"""Where an event may lie: for each event a mass over the cells that sums to 1, never a stack on a centroid."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr

from geo.boundaries.grid import to_metric
from geo.core.crs import TO_METRIC, require_storage_crs
from geo.core.errors import ModelError
from geo.core.messages import message
from geo.incidents.schema import DEFAULT_ERROR_KM, UNIT_PRECISIONS, DatePrecision, LocationPrecision
from models.risk.domain import Domain, Floats, Ints
from models.risk.kernels import CellKernel

#: A point's Gaussian: half of its stated error, but no narrower than this.
MIN_SIGMA_M: Final = 1_000.0
#: The pilot density inside a unit: this kernel over earlier precise events, and this share spread evenly.
PILOT_BANDWIDTH_M: Final = 8_000.0
PILOT_FLOOR: Final = 0.05
#: Sources whose file states one coarse class for all rows. The class counts for corridors and positions; in the
#: mixture the point stays where the source put it, because the kernels' own bandwidths (3 to 100 km) absorb it.
POINT_SOURCES: Final = frozenset({"ucdp-ged"})
_EPOCH: Final = np.datetime64("1970-01-01", "D")
#: Half of the interval in which an event of this date precision lies, in days.
_HALF_INTERVAL: Final = {DatePrecision.DAY: 0.0, DatePrecision.MONTH: 15.0, DatePrecision.YEAR: 182.0}


def day_number(dates: Any) -> Floats:
    """Return dates (one or an array of anything numpy takes for dates) as days since 1970-01-01; missing ones are NaN.

    Examples
    --------
    >>> day_number(["1970-01-02", "2020-01-01"]).tolist()
    [1.0, 18262.0]
    """
    values = np.asarray(dates, dtype="datetime64[s]")
    return np.asarray((values - _EPOCH) / np.timedelta64(86400, "s"), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events in a canonical order (by day, then id), whatever order they came in.

    Attributes
    ----------
    ids : array of str, shape (n,)
    day : float array
        Days since 1970-01-01; the middle of the month or year where no more is known.
    known : float array
        The first day on which the record could be used: the event's own day, or when the source entered it.
    xy_m : float array, shape (n, 2)
        The reported point in the metric CRS; NaN for events known only by road or unit.
    cell : int array
        Cell of the reported point; -1 for events known only by road or unit.
    precise : bool array
        Whether the event may teach the mixture its weights: a point, and a date to the month or better.
    mass : sparse array, shape (n, cells)
        Where the event may lie; rows sum to 1.
    """

    ids: NDArray[np.object_]
    day: Floats
    known: Floats
    xy_m: Floats
    cell: Ints
    precise: NDArray[np.bool_]
    mass: sparse.csr_array

    def __len__(self) -> int:
        return len(self.day)

    def before(self, t0: float) -> Events:
        """Return the events that happened, and whose records existed, before `t0`."""
        return self.take((self.day < t0) & (self.known < t0))

    def take(self, chosen: NDArray[np.bool_] | Ints) -> Events:
        """Return the events at `chosen`, a mask or positions in order."""
        return Events(
            self.ids[chosen],
            self.day[chosen],
            self.known[chosen],
            self.xy_m[chosen],
            self.cell[chosen],
            self.precise[chosen],
            sparse.csr_array(self.mass[np.flatnonzero(chosen) if chosen.dtype == bool else chosen]),
        )

    def _sorted(self) -> Events:
        return self.take(np.lexsort((self.ids.astype(str), self.day)))


def locate_events(
    incidents: gpd.GeoDataFrame,
    domain: Domain,
    *,
    units: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoSeries | None = None,
    point_sources: Collection[str] = POINT_SOURCES,
) -> Events:
    """Give each incident its mass over the cells of `domain`.

    Parameters
    ----------
    incidents : GeoDataFrame
        An incident table (`geo.incidents.schema`). Rows without a date are an error.
    units : GeoDataFrame, optional
        Polygons by unit id, for incidents known only by unit; several levels in one table are welcome.
    roads : GeoSeries, optional
        Lines by road id, for incidents known only by road axis.
    point_sources : collection of str
        Sources whose points are taken as they are, see `POINT_SOURCES`.

    Raises
    ------
    ModelError
        If an incident has neither a point near the country nor a unit or road that is given.
    """
    require_storage_crs(incidents, "incidents")
    ids = incidents.index.astype(str).to_numpy(dtype=object)
    precision = incidents["location_precision"].to_numpy(dtype=object)
    date_precision = incidents["date_precision"].to_numpy(dtype=object)
    day = day_number(incidents["date"]) + [_HALF_INTERVAL[DatePrecision(p)] for p in date_precision]
    for missing in np.flatnonzero(~np.isfinite(day)):
        raise ModelError(message("Incident {id} has no date.", id=ids[missing]))
    # Known from the first day of its interval on, unless the source entered it later: fmax passes over NaT.
    known = np.fmax(day_number(incidents["date"]), day_number(incidents["entered_at"]))
    points = incidents.geometry.to_numpy()
    lon, lat = shapely.get_x(points), shapely.get_y(points)
    x, y = np.asarray(TO_METRIC.transform(lon, lat))
    is_unit = np.isin(precision, [str(p) for p in UNIT_PRECISIONS])
    is_road = precision == LocationPrecision.ROAD_AXIS
    cell = np.where(is_unit | is_road, -1, domain.locate(x, y))
    for lost in np.flatnonzero(~is_unit & ~is_road & (cell < 0)):
        raise ModelError(message("Incident {id} lies outside the cells of the model.", id=ids[lost]))
    precise = (cell >= 0) & (date_precision != DatePrecision.YEAR)

    as_reported = np.isin(incidents["source"].to_numpy(dtype=object), list(point_sources)) & (cell >= 0)
    sigma = np.maximum(_error_m(incidents, precision) / 2, MIN_SIGMA_M)
    blocks = [_in_cells(np.flatnonzero(as_reported), cell, domain)]
    blurred = np.flatnonzero((cell >= 0) & ~as_reported)
    blocks += [
        _gaussian(blurred[sigma[blurred] == value], x, y, cell, value, domain) for value in np.unique(sigma[blurred])
    ]
    names = incidents["location_unit"].to_numpy(dtype=object)
    blocks.append(_on_roads(np.flatnonzero(is_road), names, ids, roads, domain))
    pilot = Pilot(domain, known[precise], cell[precise])
    whole = precision == LocationPrecision.COUNTRY
    blocks.append(_in_units(np.flatnonzero(is_unit), names, whole, ids, day, units, pilot, domain))
    rows, columns, values = (np.concatenate([block[part] for block in blocks]) for part in range(3))
    mass = sparse.csr_array((values, (rows, columns)), shape=(len(ids), len(domain)))
    mass = sparse.csr_array(mass.multiply(1 / np.asarray(mass.sum(axis=1)).reshape(-1, 1)))
    xy = np.where((cell >= 0)[:, None], np.column_stack([x, y]), np.nan)
    return Events(ids, day, known, xy, cell, precise, mass)._sorted()


class Pilot:
    """A density of earlier precise events, to spread an event known only by its unit.

    Answers are kept by month: an event of March is spread by what was known at the start of March.
    """

    def __init__(self, domain: Domain, known: Floats, cell: Ints) -> None:
        self._domain, self._known, self._cell = domain, known, cell
        self._kernel = CellKernel(domain.shape, domain.cell_m, PILOT_BANDWIDTH_M)
        self._by_month: dict[int, Floats] = {}

    def density(self, day: float) -> Floats:
        """Return the density over cells, shape (n,), from what was known before the month of `day`."""
        month = int(day // 30.4)
        if month not in self._by_month:
            uniform = self._domain.uniform
            earlier = self._cell[self._known < month * 30.4]
            counts = self._domain.raster(np.bincount(earlier, minlength=len(uniform)))
            smooth = self._kernel.smooth(counts)[self._domain.rows, self._domain.columns] * self._domain.area_km2
            near = smooth / smooth.sum() if len(earlier) else uniform
            self._by_month[month] = (1 - PILOT_FLOOR) * near + PILOT_FLOOR * uniform
        return self._by_month[month]


_Block = tuple[Ints, Ints, Floats]


def _error_m(incidents: gpd.GeoDataFrame, precision: NDArray[np.object_]) -> Floats:
    stated = incidents["location_error_km"].to_numpy(np.float64)
    default = np.array([DEFAULT_ERROR_KM.get(LocationPrecision(p), 0.0) for p in precision])
    return np.asarray(np.where(np.isfinite(stated), stated, default) * 1000, np.float64)


def _in_cells(events: Ints, cell: Ints, domain: Domain) -> _Block:
    return events, cell[events], np.ones(len(events))


def _gaussian(events: Ints, x: Floats, y: Floats, cell: Ints, sigma: float, domain: Domain) -> _Block:
    """Integrate a Gaussian exactly over the cells around each event, as far as they are in the country."""
    reach = int(np.ceil(4 * sigma / domain.cell_m))
    west, south = domain.south_west
    offsets = np.arange(-reach, reach + 1)
    column = np.floor((x[events] - west) / domain.cell_m).astype(np.int64)[:, None] + offsets
    row = np.floor((y[events] - south) / domain.cell_m).astype(np.int64)[:, None] + offsets
    across = _slices(column, (x[events] - west)[:, None], sigma, domain.cell_m)
    along = _slices(row, (y[events] - south)[:, None], sigma, domain.cell_m)
    weight = along[:, :, None] * across[:, None, :]
    index = domain.raster(np.arange(len(domain)), fill=-1).astype(np.int64)
    inside = ((row >= 0) & (row < index.shape[0]))[:, :, None] & ((column >= 0) & (column < index.shape[1]))[:, None, :]
    target = np.full(weight.shape, -1, np.int64)
    all_rows, all_columns = np.broadcast_arrays(row[:, :, None], column[:, None, :])
    target[inside] = index[all_rows[inside], all_columns[inside]]
    # Border cells lie partly abroad: their weight counts as far as they are inside.
    full = (domain.cell_m / 1000) ** 2
    weight = np.where(target >= 0, weight * (domain.area_km2[target] / full), 0.0)
    event = np.broadcast_to(events[:, None, None], weight.shape)
    kept = weight > 0
    stranded = ~kept.any(axis=(1, 2))
    rows = np.concatenate([event[kept], events[stranded]])
    columns = np.concatenate([target[kept], cell[events[stranded]]])
    return rows, columns, np.concatenate([weight[kept], np.ones(int(stranded.sum()))])


def _slices(index: Ints, position: Floats, sigma: float, cell_m: float) -> Floats:
    low = (index * cell_m - position) / sigma
    return np.asarray(ndtr(low + cell_m / sigma) - ndtr(low), np.float64)


def _on_roads(
    events: Ints,
    names: NDArray[np.object_],
    ids: NDArray[np.object_],
    roads: gpd.GeoSeries | None,
    domain: Domain,
) -> _Block:
    known: dict[str, tuple[Ints, Floats]] = {}
    parts: list[_Block] = []
    for event in events:
        name = str(names[event])
        if roads is None or name not in roads.index:
            raise ModelError(
                message("Incident {id} names the road {road}, which is not known.", id=ids[event], road=name)
            )
        if name not in known:
            line = to_metric(np.array([roads[name]], dtype=object))[0]
            steps = np.arange(0, line.length, domain.cell_m / 10) + domain.cell_m / 20
            along = shapely.get_coordinates(shapely.line_interpolate_point(line, steps))
            cells = domain.locate(along[:, 0], along[:, 1])
            known[name] = _counted(cells[cells >= 0])
        cells, weight = known[name]
        if not len(cells):
            raise ModelError(message("The road {road} lies outside the cells of the model.", road=name))
        parts.append((np.full(len(cells), event), cells, weight))
    return _joined(parts)


def _in_units(
    events: Ints,
    names: NDArray[np.object_],
    whole: NDArray[np.bool_],
    ids: NDArray[np.object_],
    day: Floats,
    units: gpd.GeoDataFrame | None,
    pilot: Pilot,
    domain: Domain,
) -> _Block:
    wanted = pd.unique(names[events[~whole[events]]])
    for event in events[~whole[events]]:
        if units is None or str(names[event]) not in units.index:
            raise ModelError(
                message("Incident {id} names the unit {unit}, which is not known.", id=ids[event], unit=names[event])
            )
    covered_by: dict[str, Floats] = {}
    if units is not None and len(wanted):
        overlap = domain.grid.overlap(units.loc[list(wanted)]).toarray()[domain.chosen]
        covered_by = {str(name): overlap[:, position] for position, name in enumerate(wanted)}
    parts: list[_Block] = []
    for event in events:
        density = pilot.density(float(day[event]))
        if whole[event]:
            parts.append((np.full(len(domain), event), np.arange(len(domain)), density))
            continue
        covered = covered_by[str(names[event])]
        cells = np.flatnonzero(covered)
        if not len(cells):
            raise ModelError(message("The unit {unit} lies outside the cells of the model.", unit=names[event]))
        weight = density[cells] * np.minimum(covered[cells] / domain.area_km2[cells], 1.0)
        parts.append((np.full(len(cells), event), cells, weight / weight.sum()))
    return _joined(parts)


def _counted(cells: Ints) -> tuple[Ints, Floats]:
    where, count = np.unique(cells, return_counts=True)
    return where, count / max(count.sum(), 1)


def _joined(parts: list[_Block]) -> _Block:
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    rows, columns, values = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return rows, columns, values
