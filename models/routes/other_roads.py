"""Which of the other roads may be said to have fewer recorded incidents: those where chance is no explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from geo.roads.graph import Floats, Network
from models.risk.trends import difference_interval
from models.routes.answer import Coverage, Kind
from models.routes.corridor import RASTER_M, DensityRaster
from models.routes.segments import SegmentValues
from models.routes.travelled import Travelled

#: Of a road of which more is under-observed, few records say little.
MOST_UNDER_OBSERVED: Final = 0.1


def classify_alternatives(ways: Sequence[Travelled], values: SegmentValues, horizon_days: int) -> list[Kind]:
    """Return what each of some ways is, the first of which is the fastest."""
    return [
        Kind.FASTEST
        if way is ways[0]
        else Kind.FEWER_RECORDED
        if has_fewer(way, ways[0], values, horizon_days)
        else Kind.OTHER
        for way in ways
    ]


def has_fewer(way: Travelled, fastest: Travelled, values: SegmentValues, horizon_days: int) -> bool:
    """Tell whether fewer recorded incidents are expected on a way than on the fastest, by more than chance.

    What is recorded beside the road that both take counts for both. Of the rest the counts are drawn independently, as
    for the change of an axis: only where 90 % of the differences are below 0 is there one. Where part of either way is
    not assessed, or more than a tenth under-observed, nothing is said.
    """
    if not (_is_observed(way) and _is_observed(fastest)):
        return False
    share = horizon_days / values.horizon_days
    mine, theirs = (np.array([_apart(*pair) * share]) for pair in ((way, fastest), (fastest, way)))
    return bool(difference_interval(mine, theirs, values.alpha)[1][0] < 0)


def expected_with_unknown(way: Travelled, values: SegmentValues, network: Network) -> float:
    """Return what is expected on a way, with the search's density where nothing is said: the unknown is not nothing.

    That density counts on the ground which the unknown part adds to the corridor of the known one: nothing twice.
    """
    edge = values.roads.edge[way.segment]
    per_km2 = values.per_edge[edge] / network.length_km[edge] / (2 * way.half_km)
    return float(np.nansum(way.expected) + per_km2 @ _added_km2(way, values.rasters.whole))


def _added_km2(way: Travelled, raster: DensityRaster) -> Floats:
    """Return the ground of each piece's corridor that lies in that of no known piece; none for known ones."""
    known, half_km = way.verdicts.known[way.piece], way.half_km[way.piece]
    cells, ground, owner = raster.cover(way.xy_m, half_km)
    inside, told, _ = raster.cover(way.xy_m[known], half_km[known])
    ground[np.searchsorted(cells, inside)] -= told
    km2 = ground * (RASTER_M / 1000) ** 2
    return np.asarray(np.bincount(way.piece[owner], km2, minlength=len(way.segment)), np.float64)


def _is_observed(way: Travelled) -> bool:
    return way.is_whole and way.share_of(Coverage.UNDER_OBSERVED) <= MOST_UNDER_OBSERVED


def _apart(way: Travelled, other: Travelled) -> float:
    """Return what is expected on the segments that only this way passes."""
    return float(way.expected[~np.isin(way.segment, other.segment)].sum())
