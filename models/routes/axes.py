"""The named axes of a network: numbered roads, and stretches between towns; what is expected per 100 km of each, and
how that changed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.core.crs import STORAGE_CRS
from geo.core.provenance import data_path
from geo.roads.arcs import Route
from geo.roads.cutting import route_line
from geo.roads.graph import Floats, Ints
from geo.roads.segments import passed_segments
from models.risk.class_limits import Support, classify
from models.risk.trends import Direction, difference_interval, direction
from models.routes.answer import Coverage
from models.routes.lixels import Lixels
from models.routes.segments import SegmentValues, as_date, count_interval

#: Classes whose roads are axes, beside every road that bears a reference.
CLASSES: Final = ("motorway", "trunk", "primary")
#: A road shorter than this says little per 100 km.
LEAST_KM: Final = 20.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """An axis between two towns, as ``data/roads/axes.csv`` has it; `named_in` is the report that names it."""

    axis: str
    name: str
    start: str
    end: str
    named_in: str


def stretches() -> tuple[Stretch, ...]:
    """Return the stretches between towns that Sira ships.

    Examples
    --------
    >>> [each.name for each in stretches()][:2]
    ['Konna–Gao', 'Gao–Labbézanga']
    """
    with data_path("roads/axes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Stretch(**row) for row in csv.DictReader(file))


#: The way between two towns on the network; None where there is none.
FindWay: TypeAlias = Callable[[str, str], Route | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """One axis: segments and how much of each, pieces of road in them, and the line."""

    axis: str
    kind: str
    ref: str
    name: str
    named_in: str
    segment: Ints
    share: Floats
    lixel: Ints
    line: shapely.Geometry


def axes_table(values: SegmentValues, lixels: Lixels, horizon_days: int, find_way: FindWay) -> gpd.GeoDataFrame:
    """Return the axes in EPSG:4326, by ``axis``, most expected per 100 km first.

    A road is all road of one reference or, without one, of one name; a stretch is the fastest way between its towns.
    Stretches lie on roads, so that axes do not add up to the country. What lies in the corridor of an axis counts once,
    as in the answer for a route along it.

    Columns: ``kind`` (road or stretch), ``ref``, ``name``, ``named_in`` (of a stretch), ``length_km``, ``expected``
    (recorded incidents in the corridor and horizon), ``low``, ``high``, the same ``…_per_100km``, ``band``, and for the
    period of the same length before ``before_per_100km`` with ``before_low``, ``before_high``; ``change`` (the
    difference of the two per 100 km) with ``change_low``, ``change_high``; ``rank``, ``rank_change`` (largest rise
    first, of clear changes only), ``n_incidents_most`` (in the corridor of its busiest segment), ``last_incident``,
    ``share_not_assessed``, ``share_under_observed``, ``corridor_km`` (the widest), ``schematic``, ``known_km`` (of
    which something is said: what is expected is of it alone).

    Notes
    -----
    Intervals hold 90 % of the outcomes: of counts that are negative binomial around what is expected, and for the
    change of the difference of two such counts, drawn independently. An interval of the change that holds 0 says that
    chance alone may explain it.
    """
    axes = [*_roads(values, lixels), *_stretches(values, lixels, find_way)]
    rows = pd.DataFrame([_row(axis, values, lixels) for axis in axes], columns=list(_COLUMNS))
    rows = rows.set_index(pd.Index([axis.axis for axis in axes], name="axis", dtype=object))
    factor = horizon_days / values.horizon_days
    km = rows["known_km"].where(rows["known_km"] > 0).to_numpy(np.float64)
    per_100 = 100 / km
    now, before = (rows.pop(name).to_numpy(np.float64) * factor for name in ("sum_now", "sum_before"))
    low, high = count_interval(now, values.alpha)
    before_low, before_high = count_interval(before, values.alpha)
    is_judged = np.isfinite(now)
    change_low, change_high = difference_interval(now, before, values.alpha)
    table = rows.drop(columns=["latest"]).assign(
        expected=now,
        low=low,
        high=high,
        expected_per_100km=now * per_100,
        low_per_100km=low * per_100,
        high_per_100km=high * per_100,
        band=[str(band) for band in classify(Support.ROAD, now, is_judged, days=horizon_days, size=km)],
        before_per_100km=before * per_100,
        before_low=before_low * per_100,
        before_high=before_high * per_100,
        change_low=change_low * per_100,
        change_high=change_high * per_100,
        last_incident=pd.to_datetime(
            pd.Series([as_date(d) if np.isfinite(d) else None for d in rows["latest"]], index=rows.index)
        ),
    )
    table["change"] = table["expected_per_100km"] - table["before_per_100km"]
    clear = [direction(*ends, 0) is not Direction.UNCLEAR for ends in zip(change_low, change_high, strict=True)]
    told = pd.Series(clear, index=table.index, dtype=bool)
    for column, source in (("rank", table["expected_per_100km"]), ("rank_change", table["change"].where(told))):
        table[column] = source.rank(ascending=False, method="first").astype("Int64")
    lines = gpd.GeoSeries([axis.line for axis in axes], index=table.index, crs=STORAGE_CRS)
    return gpd.GeoDataFrame(table, geometry=lines).sort_values("rank", kind="stable")


def _roads(values: SegmentValues, lixels: Lixels) -> Iterator[_Axis]:
    table = values.roads.table
    ref, name = (table[column].astype(object).where(table[column].notna(), "") for column in ("ref", "name"))
    label = ref.where(ref != "", name).to_numpy(object)
    major = table["road_class"].isin(CLASSES) | (ref != "") | table["schematic"]
    rows = pd.Series(np.arange(len(table)))[(major & (label != "")).to_numpy()]
    length = values.roads.length_km
    order = np.argsort(lixels.segment, kind="stable")
    first = np.searchsorted(lixels.segment[order], np.arange(len(table) + 1))
    for axis, members in rows.groupby(label[rows.to_numpy()], sort=True):
        segment = members.to_numpy(np.int64)
        if length[segment].sum() < LEAST_KM:
            continue
        names = pd.Series(length[segment]).groupby(name.to_numpy(object)[segment]).sum()
        yield _Axis(
            axis=str(axis),
            kind="road",
            ref=str(ref.iloc[segment[0]]),
            name=str(names.idxmax()),
            named_in="",
            segment=segment,
            share=np.ones(len(segment)),
            lixel=np.concatenate([order[first[each] : first[each + 1]] for each in segment]),
            line=shapely.line_merge(shapely.MultiLineString(list(values.roads.shapes[segment]))),
        )


def _stretches(values: SegmentValues, lixels: Lixels, find_way: FindWay) -> Iterator[_Axis]:
    for stretch in stretches():
        route = find_way(stretch.start, stretch.end)
        if route is None:
            continue
        passed = passed_segments(lixels.network, route)
        yield _Axis(
            axis=stretch.axis,
            kind="stretch",
            ref="",
            name=stretch.name,
            named_in=stretch.named_in,
            segment=passed.segment,
            share=passed.share,
            lixel=lixels.passed(route.edge, route.start, route.end)[0],
            line=route_line(lixels.network, route),
        )


_COLUMNS: Final = (
    *("kind", "ref", "name", "named_in", "length_km", "known_km", "sum_now", "sum_before", "n_incidents_most"),
    *("latest", "share_not_assessed", "share_under_observed", "corridor_km", "schematic"),
)


def _row(axis: _Axis, values: SegmentValues, lixels: Lixels) -> tuple[object, ...]:
    segment = axis.segment
    km = values.roads.length_km[segment] * axis.share
    known = values.known[segment]
    coverage = values.coverage[segment]
    return (
        axis.kind,
        axis.ref,
        axis.name,
        axis.named_in,
        float(km.sum()),
        float(km[known].sum()),
        _sum_once(values, lixels, axis.lixel, now=True),
        _sum_once(values, lixels, axis.lixel, now=False),
        int(values.n_incidents[segment].max()),
        float(values.latest[segment].max()),
        float(km[coverage == Coverage.NOT_ASSESSED].sum() / km.sum()),
        float(km[coverage == Coverage.UNDER_OBSERVED].sum() / km.sum()),
        float(values.half_km[segment].max()),
        bool(values.roads.schematic[segment].any()),
    )


def _sum_once(values: SegmentValues, lixels: Lixels, lixel: Ints, *, now: bool) -> float:
    """Return what is expected in the corridor of pieces of road, as far as it is known; NaN where nothing is."""
    segment = lixels.segment[lixel]
    known: NDArray[np.bool_] = values.known[segment]
    raster = values.rasters.whole if now else values.raster_before
    if raster is None or not known.any():
        return float("nan")
    return float(raster.around(lixels.xy_m[lixel[known]], values.half_km[segment[known]]).sum())
