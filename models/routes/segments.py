"""Segments of roads: what is expected in their corridor, what was recorded there, how well they are observed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.core.crs import TO_METRIC
from geo.roads.graph import Floats, Ints
from geo.roads.segments import cut_segments
from models.risk.class_limits import Band, Support, classify
from models.risk.distributions import negative_binomial_quantile
from models.routes.answer import Coverage
from models.routes.corridor import Corridor, DensityRaster, Rasters
from models.routes.near import Near, Rounding
from models.routes.road_risk import RoadRisk

#: Ends of the interval that goes with every figure.
LOW: Final = 0.05
HIGH: Final = 0.95
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class RoadSegments:
    """What does not depend on the corridor: one entry a segment.

    `table` is that of `geo.roads.segments.cut_segments`, and the arrays are its columns; `lines` are its lines in the
    metric CRS, `shapes` in lon, lat; `cell` the one of each, -1 outside the country; `abroad` whether any of it lies
    outside.
    """

    table: gpd.GeoDataFrame
    lines: NDArray[np.object_]
    shapes: NDArray[np.object_]
    cell: Ints
    abroad: NDArray[np.bool_]
    ids: NDArray[np.object_]
    edge: Ints
    part: Ints
    parts: Ints
    length_km: Floats
    error_km: Floats
    ref: NDArray[np.object_]
    name: NDArray[np.object_]
    schematic: NDArray[np.bool_]
    ferry: NDArray[np.bool_]

    @classmethod
    def of(cls, risk: RoadRisk) -> RoadSegments:
        """Cut the network of `risk`."""
        table = cut_segments(risk.lixels.network)
        lines = shapely.transform(
            table.geometry.to_numpy(), lambda xy: np.column_stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]))
        )
        first = np.unique(risk.lixels.segment, return_index=True)[1]
        return cls(
            table=table,
            lines=lines,
            shapes=table.geometry.to_numpy(),
            cell=risk.surroundings.cell[first],
            abroad=risk.lixels.by_segment((risk.surroundings.unit < 0).astype(np.float64)) > 0,
            ids=table.index.to_numpy(object),
            edge=table["edge"].to_numpy(np.int64),
            part=table["part"].to_numpy(np.int64),
            parts=table["parts"].to_numpy(np.int64),
            length_km=table["length_km"].to_numpy(np.float64),
            error_km=table["error_km"].to_numpy(np.float64),
            ref=table["ref"].to_numpy(object),
            name=table["name"].to_numpy(object),
            schematic=table["schematic"].to_numpy(bool),
            ferry=table["ferry"].to_numpy(bool),
        )


@dataclass(frozen=True, slots=True, eq=False)
class SegmentValues:
    """One corridor on one network, over the assessment's horizon: an entry a segment.

    `expected` is missing where nothing can be said: outside the country, in cercles of which the assessment says
    nothing, and everywhere without estimates (`has_estimates`). The rasters hold nothing there, which is no estimate:
    what is read from them counts only where `known`, or off the roads `known_cell` (cells,), says so: in the country
    and where it is assessed, as `cell_coverage` (cells,) says.
    `raster_before` is None where there is no period to compare with. `per_edge` (E,) sums `expected`, the median rate
    taking the place of what is missing, for routing.
    """

    roads: RoadSegments
    corridor: Corridor
    rasters: Rasters
    raster_before: DensityRaster | None
    has_estimates: bool
    known_cell: NDArray[np.bool_]
    cell_coverage: NDArray[np.object_]
    near: Near
    alpha: float
    horizon_days: int
    half_km: Floats
    expected: Floats
    imprecise_share: Floats
    relative_rate: Floats
    band: NDArray[np.object_]
    coverage: NDArray[np.object_]
    n_incidents: Ints
    latest: Floats
    per_edge: Floats

    @classmethod
    def of(cls, risk: RoadRisk, roads: RoadSegments, corridor: Corridor) -> SegmentValues:
        """Work them out."""
        fitted = risk.fitted(corridor)
        lixels = risk.lixels
        half_km = corridor.km + roads.error_km
        wide = half_km[lixels.segment]

        def strip(raster: DensityRaster) -> Floats:
            per_km = raster.across(lixels.xy_m, lixels.normal, wide)
            per_km[unknown] = np.nan
            return lixels.by_segment(per_km * lixels.length_km)

        has_estimates = risk.assessment.has_estimates
        unknown = np.isnan(fitted.forecast.expected) | (not has_estimates)
        expected = strip(fitted.rasters.whole)
        imprecise = strip(fitted.rasters.imprecise)
        rate = expected / roads.length_km
        known = np.isfinite(rate)
        middle = _weighted_median(rate[known], roads.length_km[known]) if known.any() else float("nan")
        near = Near(fitted.events)
        count, latest = near.counted(roads.lines, half_km)
        coverage = np.full(len(rate), Coverage.NOT_ASSESSED, dtype=object)
        inside = roads.cell >= 0
        coverage[inside] = risk.coverage[roads.cell[inside]]
        cell_coverage = risk.coverage
        assessed = (coverage != Coverage.NOT_ASSESSED) & known
        days = risk.assessment.horizon_days
        filled = np.where(known, rate, middle) * roads.length_km
        return cls(
            roads=roads,
            corridor=corridor,
            rasters=fitted.rasters,
            raster_before=fitted.before,
            has_estimates=has_estimates,
            known_cell=risk.assessment.cells["expected"].notna().to_numpy()
            & (cell_coverage != Coverage.NOT_ASSESSED)
            & has_estimates,
            cell_coverage=cell_coverage,
            near=near,
            alpha=risk.alpha(),
            horizon_days=days,
            half_km=half_km,
            expected=expected,
            imprecise_share=np.clip(_ratio(imprecise, expected), 0.0, 1.0),
            relative_rate=_ratio(rate, np.full_like(rate, middle)),
            band=classify(Support.ROAD, expected, assessed, days=days, size=roads.length_km),
            coverage=coverage,
            n_incidents=count,
            latest=latest,
            per_edge=np.asarray(np.bincount(roads.edge, filled, minlength=lixels.network.edge_count), np.float64),
        )

    @property
    def known(self) -> NDArray[np.bool_]:
        """Of which segments something is said: in the country, and in a cercle that is assessed."""
        found: NDArray[np.bool_] = np.isfinite(self.expected) & (self.coverage != Coverage.NOT_ASSESSED)
        return found

    def rounded(self, rounding: Rounding) -> SegmentValues:
        """Return the same with the incidents behind it told from rounded positions."""
        near = self.near.rounded(rounding)
        count, latest = near.counted(self.roads.lines, self.half_km)
        return replace(self, near=near, n_incidents=count, latest=latest)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return quotients, missing where there is nothing to divide by: nothing is expected there at all."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def segment_table(values: SegmentValues, horizon_days: int) -> gpd.GeoDataFrame:
    """Return segments as a table in EPSG:4326, by ``segment_id``.

    Columns: ``edge_id``, ``road_class``, ``surface``, ``ref``, ``name``, ``length_km``, ``expected`` (recorded
    incidents in the corridor and horizon; missing outside the country), ``low``, ``high`` (90 % of the outcomes lie
    between), ``relative_rate`` (over the national median road-km), ``band``, ``n_incidents``, ``last_incident`` (in the
    corridor, of those with a usable point), ``imprecise_share``, ``coverage`` (`models.routes.answer.Coverage`),
    ``corridor_km``, ``schematic``, ``ferry``.
    """
    roads = values.roads
    expected = values.expected * (horizon_days / values.horizon_days)
    low, high = count_interval(expected, values.alpha)
    columns = ["edge_id", "road_class", "surface", "ref", "name", "length_km"]
    table = roads.table[[*columns, "schematic", "ferry", "geometry"]].copy()
    day = [None if not np.isfinite(d) else as_date(d) for d in values.latest]
    return table.assign(
        expected=expected,
        low=low,
        high=high,
        relative_rate=values.relative_rate,
        band=[str(band) for band in values.band],
        n_incidents=values.n_incidents,
        last_incident=pd.to_datetime(pd.Series(day, index=table.index)),
        imprecise_share=values.imprecise_share,
        coverage=[str(each) for each in values.coverage],
        corridor_km=values.half_km,
    )


def count_interval(expected: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Return the counts between which 90 % of the outcomes lie.

    Missing where it is not known what is expected, and where 95 % of the outcomes or more are 0: from 0 to 0 beside an
    expectation above it would read as if nothing could happen. What is said there is the probability of at least one.

    Examples
    --------
    >>> [each.tolist() for each in count_interval(np.array([2.0, 0.01]), 0.5)]
    [[0.0, nan], [6.0, nan]]
    """
    known = np.isfinite(expected)
    low, high = np.full(len(expected), np.nan), np.full(len(expected), np.nan)
    for level, values in ((LOW, low), (HIGH, high)):
        values[known] = negative_binomial_quantile(expected[known], alpha, level)
    none = high == 0
    low[none], high[none] = np.nan, np.nan
    return low, high


def as_date(day: float) -> date:
    """Return a day counted from 1970-01-01 as a date."""
    return _EPOCH + timedelta(days=int(day))


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


NOT_ASSESSED: Final = str(Band.NOT_ASSESSED)
