"""What is passed on the way: segments of roads and pieces off every road, with their share of what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.core.crs import TO_METRIC, TO_STORAGE
from geo.roads.arcs import Route
from geo.roads.cutting import edge_part
from geo.roads.graph import Floats, Ints, Network
from geo.roads.segments import MAX_SEGMENT_KM, passed_segments
from models.routes.answer import Coverage, NearIncident, RouteSegment, Unknown
from models.routes.corridor import Rasters
from models.routes.lixels import Lixels
from models.routes.probability import LEAST_LOCATED, Frequency, frequency, negative_binomial_any
from models.routes.segments import NOT_ASSESSED, SegmentValues, as_date, count_interval

#: Segment of a piece that lies off every road.
OFF: Final = -1
WORST: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class PieceVerdicts:
    """Of which pieces something can be said.

    Attributes
    ----------
    known : bool array (n,)
        In the country, and in a cercle that is assessed.
    coverage : array of Coverage (n,)
    abroad : bool array (n,)
        Whether any of the piece lies outside the country.
    """

    known: NDArray[np.bool_]
    coverage: NDArray[np.object_]
    abroad: NDArray[np.bool_]

    @classmethod
    def of_segments(cls, segment: Ints, values: SegmentValues) -> PieceVerdicts:
        """Return those of segments of roads."""
        return cls(values.known[segment], values.coverage[segment], values.roads.abroad[segment])

    @classmethod
    def joined(cls, parts: Sequence[PieceVerdicts]) -> PieceVerdicts:
        """Return those of parts one after the other."""
        return cls(
            np.concatenate([part.known for part in parts]),
            np.concatenate([part.coverage for part in parts]),
            np.concatenate([part.abroad for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Travelled:
    """Pieces in the order of travel.

    Attributes
    ----------
    segment : int array (n,)
        Row of the segment table, or `OFF`.
    share : float array (n,)
        Part of the segment that is travelled; 1 off the roads.
    from_km, to_km : float arrays (n,)
    lines : array of LineString (n,)
        In lon, lat, in the direction of travel.
    half_km : float array (n,)
    verdicts : Verdicts
    xy_m : float array (k, 2), piece : int array (k,)
        Points along the way, 2.5 km apart, in the metric CRS, and the piece of each. A piece shorter than that may
        have none.
    expected : float array (n,)
        Over the assessment's horizon; missing where it is not known. What lies in the corridor counts once, with the
        known piece that is nearest.
    located : float
        The part of it that is expected of incidents with a usable point; missing where nothing is expected to be known.
    """

    segment: Ints
    share: Floats
    from_km: Floats
    to_km: Floats
    lines: NDArray[np.object_]
    half_km: Floats
    verdicts: PieceVerdicts
    xy_m: Floats
    piece: Ints
    expected: Floats
    located: float

    @classmethod
    def of(
        cls,
        segment: Ints,
        share: Floats,
        to_km: Floats,
        lines: NDArray[np.object_],
        half_km: Floats,
        points: tuple[Floats, Ints],
        verdicts: PieceVerdicts,
        rasters: Rasters,
    ) -> Travelled:
        """Return pieces with what is expected in their corridor, of those of which `verdicts` say that it is known.

        Ground beside a known piece is told with it, also where it is nearer to one of which nothing is known: going on
        into the unknown takes nothing from what is known.
        """
        known = verdicts.known
        xy_m, piece = _with_middles(points, lines, known)
        mine = piece[known[piece]]
        covered = rasters.whole.cover(xy_m[known[piece]], half_km[mine])
        each, pointed = (raster.shared(*covered, len(mine)) for raster in (rasters.whole, rasters.located))
        from_km = np.concatenate([[0.0], to_km[:-1]]) if len(to_km) else to_km
        sums = np.asarray(np.bincount(mine, each, minlength=len(segment)), np.float64)
        expected = np.full(len(segment), np.nan)
        expected[known] = _shared(sums[known], (to_km - from_km)[known])
        total = float(each.sum())
        located = float(pointed.sum()) / total if total > 0 else float("nan")
        return cls(segment, share, from_km, to_km, lines, half_km, verdicts, xy_m, piece, expected, located)

    @classmethod
    def route(cls, lixels: Lixels, route: Route, values: SegmentValues) -> Travelled:
        """Return the segments that a route passes."""
        network = lixels.network
        passed = passed_segments(network, route)
        lines, start, end = _cut(network, route, passed.segment, values)
        lixel, piece = lixels.passed(values.roads.edge[passed.segment], start, end)
        return cls.of(
            passed.segment,
            passed.share,
            passed.to_km,
            lines,
            values.half_km[passed.segment],
            (lixels.xy_m[lixel], piece),
            PieceVerdicts.of_segments(passed.segment, values),
            values.rasters,
        )

    @classmethod
    def joined(cls, parts: list[Travelled], rasters: Rasters) -> Travelled:
        """Return parts one after the other."""
        km = np.cumsum([0.0, *(part.length_km for part in parts)])
        first = np.cumsum([0, *(len(part.segment) for part in parts)])
        pieces = [part.piece + start for part, start in zip(parts, first[:-1], strict=True)]
        return cls.of(
            np.concatenate([part.segment for part in parts]),
            np.concatenate([part.share for part in parts]),
            np.concatenate([part.to_km + start for part, start in zip(parts, km[:-1], strict=True)]),
            np.concatenate([part.lines for part in parts]),
            np.concatenate([part.half_km for part in parts]),
            (np.concatenate([part.xy_m for part in parts]), np.concatenate(pieces)),
            PieceVerdicts.joined([part.verdicts for part in parts]),
            rasters,
        )

    @property
    def length_km(self) -> float:
        """Length of the way."""
        return float(self.to_km[-1]) if len(self.to_km) else 0.0

    @property
    def total(self) -> float:
        """Expected incidents over the assessment's horizon, as far as they are known; NaN where nothing is."""
        known = np.isfinite(self.expected)
        return float(self.expected[known].sum()) if known.any() else float("nan")

    @property
    def known_km(self) -> float:
        """Length of which something is said."""
        return float((self.to_km - self.from_km)[self.verdicts.known].sum())

    @property
    def is_whole(self) -> bool:
        """Whether something is said of all of it: only then does `total` speak of the way."""
        return bool(self.verdicts.known.all())

    def unknown(self) -> tuple[Unknown, ...]:
        """Return the stretches of which nothing is said, in the order of travel."""
        found: list[Unknown] = []
        for row in np.flatnonzero(~self.verdicts.known).tolist():
            start, end, abroad = float(self.from_km[row]), float(self.to_km[row]), bool(self.verdicts.abroad[row])
            if found and found[-1].to_km == start and found[-1].abroad == abroad:
                start = found.pop().from_km
            found.append(Unknown(start, end, abroad))
        return tuple(found)

    def line(self) -> shapely.LineString:
        """Return the way as one line in lon, lat."""
        if not len(self.lines):
            return shapely.LineString()
        coordinates = shapely.get_coordinates(self.lines)
        kept = np.ones(len(coordinates), bool)
        kept[1:] = (coordinates[1:] != coordinates[:-1]).any(axis=1)
        return shapely.LineString(coordinates[kept] if kept.sum() > 1 else coordinates[:2])

    def share_of(self, coverage: Coverage) -> float:
        """Return the part of the length with this coverage."""
        if not self.length_km:
            return 0.0
        km = self.to_km - self.from_km
        return float(km[self.verdicts.coverage == coverage].sum() / self.length_km)

    def worst(self, values: SegmentValues) -> tuple[str, ...]:
        """Return the ids of the segments with the highest rates, highest first."""
        rows = np.unique(self.segment[self.segment != OFF])
        rows = rows[np.isfinite(values.relative_rate[rows]) & values.known[rows]]
        order = np.argsort(-values.relative_rate[rows], kind="stable")[:WORST]
        return tuple(str(each) for each in values.roads.ids[rows[order]])


def segments_of(travelled: Travelled, values: SegmentValues, horizon_days: int) -> tuple[RouteSegment, ...]:
    """Return the pieces as they are answered."""
    expected = travelled.expected * (horizon_days / values.horizon_days)
    low, high = count_interval(expected, values.alpha)
    count, latest = _recorded(travelled, values)
    roads = values.roads
    result = []
    for i, row in enumerate(travelled.segment.tolist()):
        on = row != OFF
        result.append(
            RouteSegment(
                segment_id=str(roads.ids[row]) if on else "",
                from_km=float(travelled.from_km[i]),
                to_km=float(travelled.to_km[i]),
                share=float(travelled.share[i]),
                ref=_text(roads.ref[row]) if on else None,
                name=_text(roads.name[row]) if on else None,
                expected=none_if_nan(expected[i]),
                low=none_if_nan(low[i]),
                high=none_if_nan(high[i]),
                probability_any=_any(expected[i], values.alpha),
                relative_rate=none_if_nan(values.relative_rate[row]) if on and travelled.verdicts.known[i] else None,
                band=str(values.band[row]) if on else NOT_ASSESSED,
                n_incidents=int(count[i]),
                last_incident=as_date(latest[i]) if np.isfinite(latest[i]) else None,
                imprecise_share=none_if_nan(values.imprecise_share[row]) if on else None,
                coverage=Coverage(travelled.verdicts.coverage[i]),
                abroad=bool(travelled.verdicts.abroad[i]),
                schematic=bool(roads.schematic[row]) if on else False,
                ferry=bool(roads.ferry[row]) if on else False,
                corridor_km=float(travelled.half_km[i]),
                geometry=travelled.lines[i],
            )
        )
    return tuple(result)


def _recorded(travelled: Travelled, values: SegmentValues) -> tuple[Ints, Floats]:
    off = travelled.segment == OFF
    count = np.where(off, 0, values.n_incidents[travelled.segment])
    latest = np.where(off, -np.inf, values.latest[travelled.segment])
    if off.any():
        count[off], latest[off] = values.near.counted(in_metres(travelled.lines[off]), travelled.half_km[off])
    return count, latest


def near_incidents(travelled: Travelled, values: SegmentValues) -> tuple[NearIncident, ...]:
    """Return the incidents in the corridor that have a usable point, latest first."""
    if not len(travelled.lines):
        return ()
    lines = in_metres(travelled.lines)
    line, spot = values.near.pairs(lines, travelled.half_km)
    points = values.near.point(spot)
    distance = shapely.distance(lines[line], points)
    # Each place at the piece that it is nearest to.
    order = np.lexsort((line, distance, spot))
    first = np.unique(spot[order], return_index=True)[1]
    line, spot, distance, points = line[order][first], spot[order][first], distance[order][first], points[order][first]
    along = shapely.line_locate_point(lines[line], points, normalized=True)
    at_km = travelled.from_km[line] + along * (travelled.to_km - travelled.from_km)[line]
    events, place = values.near.of_spots(spot)
    row = np.searchsorted(spot, place)
    recorded = values.near.events
    found = [
        NearIncident(
            str(recorded.ids[event]),
            as_date(recorded.day[event]),
            float(at_km[i]),
            float(distance[i] / 1000),
            bool(recorded.precise[event]),
        )
        for event, i in zip(events.tolist(), row.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (each.date, each.id), reverse=True))


def own_frequency(
    incidents: Sequence[NearIncident], located: float, start: date, horizon_days: int
) -> Frequency | None:
    """Return in how many of the windows of the 12 months before `start` there was an incident.

    None where most of what is expected is of incidents without a usable point: nobody can say whether those lay in the
    corridor, and without them the frequency would be told too low.

    Parameters
    ----------
    located : float
        The part of what is expected that is of incidents with a usable point; missing without an estimate.
    """
    if not located >= LEAST_LOCATED:
        return None
    return frequency([(start - each.date).days - 1 for each in incidents], horizon_days, located)


def in_metres(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return lines in lon, lat in the metric CRS."""
    moved: NDArray[np.object_] = shapely.transform(
        lines, lambda xy: np.column_stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def in_degrees(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return lines in the metric CRS in lon, lat."""
    moved: NDArray[np.object_] = shapely.transform(
        lines, lambda xy: np.column_stack(TO_STORAGE.transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def none_if_nan(value: float) -> float | None:
    """Return a number, None for NaN."""
    return float(value) if np.isfinite(value) else None


def _any(expected: float, alpha: float) -> float | None:
    return negative_binomial_any(expected, alpha) if np.isfinite(expected) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _with_middles(
    points: tuple[Floats, Ints], lines: NDArray[np.object_], known: NDArray[np.bool_]
) -> tuple[Floats, Ints]:
    """Return the points along the way; where no known piece has one, as on a few hundred metres, their middles too."""
    xy_m, piece = points
    rows = np.flatnonzero(known)
    if not len(rows) or known[piece].any():
        return points
    middles = shapely.line_interpolate_point(in_metres(lines[rows]), 0.5, normalized=True)
    return np.concatenate([xy_m, shapely.get_coordinates(middles)]), np.concatenate([piece, rows])


def _shared(values: Floats, km: Floats) -> Floats:
    """Let pieces that got nothing, too short or passed before, share with the next that got something, by length."""
    some = np.flatnonzero(values > 0)
    if not len(some):
        return values
    group = np.minimum(np.searchsorted(some, np.arange(len(values))), len(some) - 1)
    return np.asarray(values[some][group] * km / np.bincount(group, km)[group], np.float64)


def _cut(
    network: Network, route: Route, segment: Ints, values: SegmentValues
) -> tuple[NDArray[np.object_], Floats, Floats]:
    """Return the travelled part of each of the `passed_segments`: its line in the direction of travel, and ends.

    The ends are shares of the edge's length, the lower one first.
    """
    lines = values.roads.shapes[segment]
    piece = _pieces(network, route)
    part, parts = values.roads.part[segment], values.roads.parts[segment]
    start, end = route.start[piece], route.end[piece]
    low = np.maximum(part / parts, np.minimum(start, end))
    high = np.minimum((part + 1) / parts, np.maximum(start, end))
    cut = (high - low) * parts < 1 - 1e-12
    back = end < start
    for row in np.flatnonzero(cut | back).tolist():
        ends = (low[row], high[row])[:: -1 if back[row] else 1]
        if cut[row]:
            lines[row] = shapely.LineString(edge_part(network, int(values.roads.edge[segment[row]]), *ends))
        else:
            lines[row] = lines[row].reverse()
    return lines, low, high


def _pieces(network: Network, route: Route) -> Ints:
    """Return the piece of the route that each of its passed segments belongs to."""
    count = np.maximum(1, np.ceil(network.length_km[route.edge] / MAX_SEGMENT_KM - 1e-9)).astype(np.int64)
    piece = np.repeat(np.arange(len(route.edge)), count)
    number = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    number = np.where((route.end < route.start)[piece], count[piece] - 1 - number, number)
    low = np.minimum(route.start, route.end)[piece] * count[piece]
    high = np.maximum(route.start, route.end)[piece] * count[piece]
    passed: Ints = piece[np.minimum(high, number + 1) - np.maximum(low, number) > 0]
    return passed
