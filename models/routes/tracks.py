"""Tracks laid onto the network: matched where they follow it, left as they are where they do not."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import Final, TypeAlias

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from geo.core.crs import TO_METRIC
from geo.core.errors import GeometryError
from geo.core.messages import message
from geo.roads.arcs import Position, Route
from geo.roads.graph import Floats, Network
from geo.roads.routing import Metric
from geo.roads.segments import MAX_SEGMENT_KM
from models.risk.domain import Domain
from models.routes.answer import Coverage
from models.routes.lixels import LIXEL_KM, Lixels
from models.routes.segments import SegmentValues
from models.routes.travelled import OFF, PieceVerdicts, Travelled, in_degrees, in_metres

#: A track is on a road within this distance, or within the road's own positional error where that is larger.
ON_ROAD_KM: Final = 0.1
#: Points of a track are looked at no further apart than this; of a longer one, this many.
STEP_M: Final = 500.0
MOST_POINTS: Final = 20_000
MOST_VERTICES: Final = 500_000
#: No journey in Mali comes near; and cutting what is longer into steps takes memory without bound.
MOST_KM: Final = 20_000
#: The way along the network between two points of a track may be longer than the track by this factor and this much.
DETOUR: Final = 1.5
DETOUR_KM: Final = 0.5
#: Where the way along the network is shorter than this part of the track, the track crosses or circles the road.
FOLLOWED: Final = 0.5
#: Where this part of the points lies in the country only the other way round, the coordinates are exchanged.
_MOST_EXCHANGED: Final = 0.5
#: Shares of an edge closer than this are one place.
_SAME: Final = 1e-9

Piece: TypeAlias = tuple[int, float, float]


def check_track(line: object) -> shapely.LineString:
    """Return a track that can be assessed.

    Raises
    ------
    GeometryError
        If it is no line in longitude, latitude with a length, has too many points or is too long.
    """
    if not isinstance(line, shapely.LineString) or line.is_empty:
        raise GeometryError(message("A track must be one line in longitude and latitude."))
    xy = shapely.get_coordinates(line)
    if not (np.isfinite(xy).all() and (np.abs(xy) <= [180, 90]).all()):
        raise GeometryError(message("The track has points that are no longitude and latitude."))
    if len(xy) > MOST_VERTICES:
        raise GeometryError(
            message("The track has {count} points; at most {most} are taken.", count=len(xy), most=MOST_VERTICES)
        )
    kept = np.concatenate([[True], (xy[1:] != xy[:-1]).any(axis=1)])
    if kept.sum() < 2:
        raise GeometryError(message("The track has no length."))
    track = shapely.LineString(xy[kept])
    if not in_metres(np.array([track]))[0].length <= MOST_KM * 1000:  # the length that is cut, endless at the antipode
        raise GeometryError(message("The track is longer than {most} km.", most=MOST_KM))
    return track


def refuse_exchanged(track: shapely.LineString, domain: Domain) -> None:
    """Refuse a track none of which lies in the country, while half of its points do the other way round.

    Raises
    ------
    GeometryError
        If its longitude and latitude are exchanged.
    """
    lon, lat = shapely.get_coordinates(track).T
    if _inside(lon, lat, domain).any() or _inside(lat, lon, domain).mean() < _MOST_EXCHANGED:
        return
    raise GeometryError(
        message(
            "The track lies outside the country: latitude and longitude are exchanged. The other way round it lies in "
            "Mali."
        )
    )


def _inside(lon: Floats, lat: Floats, domain: Domain) -> NDArray[np.bool_]:
    """Tell which points lie in the country; what is no longitude and latitude does not."""
    x, y = TO_METRIC.transform(lon, lat)
    inside = (np.abs(lat) <= 90) & np.isfinite(x) & np.isfinite(y)
    inside[inside] = domain.locate(x[inside], y[inside]) >= 0
    return np.asarray(inside, np.bool_)


class Matcher:
    """Lays tracks onto one network.

    Parameters
    ----------
    lixels : Lixels
    shortest : Metric
        The network weighed by length, in metres.
    """

    def __init__(self, lixels: Lixels, shortest: Metric) -> None:
        self._lixels, self._shortest = lixels, shortest
        self._network: Network = lixels.network
        self._near_km = np.maximum(ON_ROAD_KM, self._network.error_km)

    def match(self, line: shapely.LineString) -> list[Route | shapely.LineString]:
        """Return the parts of a checked track in order: routes on the network, and lines in lon, lat off it."""
        metric = in_metres(np.array([line]))[0]
        xy = shapely.get_coordinates(shapely.segmentize(metric, STEP_M))
        reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
        # The middle of every step lies inside an edge where the track was drawn from one; and both ends.
        middles = (reached[1:] + reached[:-1]) / 2
        at = np.concatenate([[0.0], middles[:: max(1, len(middles) // MOST_POINTS)], [reached[-1]]])
        points = shapely.get_coordinates(shapely.line_interpolate_point(metric, at))
        on = self._lixels.place(points)
        near = on.distance_km <= self._near_km[on.edge]
        share = on.at_km / self._network.length_km[on.edge]
        share[share < 1e-7], share[share > 1 - 1e-7] = 0.0, 1.0
        spots = [
            Position(int(edge), float(fraction), 0.0, 0.0, float(km))
            for edge, fraction, km in zip(on.edge, share, on.distance_km, strict=True)
        ]
        links = [
            self._link(a, b, (at[i + 1] - at[i]) / 1000) if near[i] and near[i + 1] else None
            for i, (a, b) in enumerate(pairwise(spots))
        ]
        return self._parts(links, at, metric)

    def _link(self, a: Position, b: Position, km: float) -> list[Piece] | None:
        """The way along the network between two points of a track, if it is not much longer than the track."""
        network = self._network
        slack_km = DETOUR_KM + 2 * float(max(self._near_km[a.edge], self._near_km[b.edge]))
        if a.edge == b.edge:
            return [(a.edge, a.fraction, b.fraction)]
        route = self._shortest.route(a, b)
        if route is None:  # a track may run against a one-way street
            back = self._shortest.route(b, a)
            if back is None:
                return None
            route = Route(back.edge[::-1], back.end[::-1], back.start[::-1])
        if route.total(network.length_km) > DETOUR * km + slack_km:
            return None
        return list(zip(route.edge.tolist(), route.start.tolist(), route.end.tolist(), strict=True))

    def _parts(
        self, links: list[list[Piece] | None], at: Floats, metric: shapely.LineString
    ) -> list[Route | shapely.LineString]:
        parts: list[Route | shapely.LineString] = []
        first = 0
        while first < len(links):
            last = first
            matched = links[first] is not None
            while last < len(links) and (links[last] is not None) == matched:
                last += 1
            pieces = [piece for link in links[first:last] for piece in link or ()]
            followed = self._followed(pieces, (at[last] - at[first]) / 1000)
            if followed:
                parts.append(Route.of_pieces(followed))
            else:
                cut = shapely.ops.substring(metric, at[first], at[last])
                parts.append(in_degrees(np.array([cut]))[0])
            first = last
        return parts

    def _followed(self, pieces: list[Piece], km: float) -> list[Piece]:
        """Return the way that a stretch of `km` of a track takes on the network; nothing where it follows no road.

        Short ways there and back are taken out, which only a wrong guess made. Where that leaves too little of the
        stretch, it was driven there and back, and they stay.
        """
        whole: list[Piece] = []
        for piece in pieces:
            if abs(piece[1] - piece[2]) >= _SAME:
                _append(whole, piece)
        for way in (self._tidied(whole), whole):
            if sum(abs(end - start) * self._network.length_km[edge] for edge, start, end in way) >= FOLLOWED * km:
                return way
        return []

    def _tidied(self, whole: list[Piece]) -> list[Piece]:
        """Take out short ways there and back."""
        kept: list[Piece] = []
        rest = whole[::-1]
        while rest:
            piece = rest.pop()
            if not (kept and _turns(kept[-1], piece) and self._is_spur(kept, piece, rest)):
                _append(kept, piece)
                continue
            edge, start, _ = kept.pop()
            if abs(start - piece[2]) >= _SAME:
                rest.append((edge, start, piece[2]))
        return kept

    def _is_spur(self, before: list[Piece], piece: Piece, after: list[Piece]) -> bool:
        """Tell whether `piece`, which turns back, and what comes `after` it (next last) go back a short way only."""
        most_km, km = 2 * self._near_km[piece[0]], 0.0
        for there, back in zip(reversed(before), chain((piece,), reversed(after)), strict=False):
            if not _turns(there, back):
                break
            parts = abs(there[2] - there[1]), abs(back[2] - back[1])
            km += min(parts) * self._network.length_km[back[0]]
            if km > most_km:
                return False
            if abs(parts[0] - parts[1]) >= _SAME:
                break
        return True


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece, or lengthen the last one where it goes on along the same edge."""
    if pieces and _meet(pieces[-1], piece) and _is_forward(pieces[-1]) == _is_forward(piece):
        pieces[-1] = (piece[0], pieces[-1][1], piece[2])
    else:
        pieces.append(piece)


def _turns(there: Piece, back: Piece) -> bool:
    return _meet(there, back) and _is_forward(there) != _is_forward(back)


def _meet(first: Piece, second: Piece) -> bool:
    return first[0] == second[0] and abs(first[2] - second[1]) < _SAME


def _is_forward(piece: Piece) -> bool:
    return piece[2] > piece[1]


def off_roads(line: shapely.LineString, values: SegmentValues, domain: Domain, km: float) -> Travelled:
    """Return a piece of a track off the network (lon, lat), cut like roads; `km` is its length.

    It has the coverage of the cercle in which it lies, the worst where it passes several: the same ground is judged
    alike on a road and beside it. Of a piece that leaves the country nothing can be said.
    """
    metric = in_metres(np.array([line]))[0]
    count = max(1, int(np.ceil(km / MAX_SEGMENT_KM - 1e-9)))
    ends = np.linspace(0.0, metric.length, count + 1)
    cuts: NDArray[np.object_] = np.array([shapely.ops.substring(metric, a, b) for a, b in pairwise(ends)], dtype=object)
    reached = np.linspace(0.0, km, count + 1)
    steps = max(1, int(np.ceil(km / count / LIXEL_KM)))
    shares = (np.arange(steps) + 0.5) / steps
    points = [shapely.line_interpolate_point(cut, shares, normalized=True) for cut in cuts]
    xy_m = shapely.get_coordinates(np.concatenate(points))
    piece = np.repeat(np.arange(count), steps)
    cell = domain.locate(xy_m[:, 0], xy_m[:, 1])
    said = np.where(cell < 0, Coverage.NOT_ASSESSED, values.cell_coverage[cell]).reshape(count, steps)
    known = ((cell >= 0) & values.known_cell[cell]).reshape(count, steps)
    return Travelled.of(
        np.full(count, OFF),
        np.ones(count),
        reached[1:],
        in_degrees(cuts),
        np.full(count, values.corridor.km),
        (xy_m, piece),
        PieceVerdicts(np.all(known, axis=1), _worst_of(said), np.any((cell < 0).reshape(count, steps), axis=1)),
        values.rasters,
    )


def _worst_of(coverage: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the least observed coverage of each row."""
    result = np.full(len(coverage), Coverage.ASSESSED, dtype=object)
    for each in (Coverage.UNDER_OBSERVED, Coverage.NOT_ASSESSED):
        result[(coverage == each).any(axis=1)] = each
    return result
