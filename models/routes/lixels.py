"""The network cut into short pieces (lixels), and incidents and cells put onto it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.core.crs import TO_METRIC
from geo.roads.graph import Floats, Ints, Network
from geo.roads.segments import segment_counts
from models.risk.domain import Domain
from models.routes.kernels import spread

#: Pieces on which densities are worked out.
LIXEL_KM: Final = 2.5
#: Kernels are cut at this many bandwidths.
REACH: Final = 3.0
LEAST_PASSED: Final = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class OnRoads:
    """Points put onto the network.

    Attributes
    ----------
    edge : int array (n,)
        The nearest edge.
    at_km : float array (n,)
        Along it from its tail.
    lixel : int array (n,)
    distance_km : float array (n,)
        How far the point lies from the drawn road.
    """

    edge: Ints
    at_km: Floats
    lixel: Ints
    distance_km: Floats


class Lixels:
    """One network in pieces of at most 2.5 km, each inside one segment of at most 10 km.

    Attributes
    ----------
    network : Network
    first : int array (E + 1,)
        Edge e's pieces are ``first[e]`` to ``first[e + 1]``, of equal length, from its tail.
    edge, segment : int arrays (L,)
        `segment` is a row of `geo.roads.segments.cut_segments`.
    length_km : float array (L,)
    xy_m : float array (L, 2)
        Middles in the metric CRS.
    normal : float array (L, 2)
        Unit vectors at right angles to the road there.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        parts = segment_counts(network)
        per_segment = np.maximum(1, np.ceil(network.length_km / parts / LIXEL_KM - 1e-9)).astype(np.int64)
        count = parts * per_segment
        self.first: Ints = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        self.edge: Ints = np.repeat(np.arange(network.edge_count), count)
        number = np.arange(len(self.edge)) - self.first[self.edge]
        first_segment = np.cumsum(parts) - parts
        self.segment: Ints = first_segment[self.edge] + number // per_segment[self.edge]
        self.length_km: Floats = (network.length_km / count)[self.edge]
        x, y = TO_METRIC.transform(network.coordinates[:, 0], network.coordinates[:, 1])
        self._lines = shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, np.stack([x, y], axis=1), (network.offsets,)
        )
        lines = self._lines[self.edge]
        self.xy_m: Floats = _along(lines, (number + 0.5) / count[self.edge])
        ends = [_along(lines, (number + side) / count[self.edge]) for side in (0.0, 1.0)]
        step = ends[1] - ends[0]
        size = np.hypot(step[:, 0], step[:, 1])
        # A piece that ends where it began has no direction: any will do.
        step = np.where(size[:, None] > 0, step / np.maximum(size, 1e-9)[:, None], [1.0, 0.0])
        self.normal: Floats = np.stack([-step[:, 1], step[:, 0]], axis=1)
        ends_of = np.concatenate([network.tail, network.head]).astype(np.int64)
        self._edges_at: Ints = np.argsort(ends_of, kind="stable") % max(network.edge_count, 1)
        self._first_edge: Ints = np.concatenate(
            [[0], np.cumsum(np.bincount(ends_of, minlength=network.node_count))]
        ).astype(np.int64)
        self._tree: shapely.STRtree | None = None

    def __len__(self) -> int:
        return len(self.edge)

    def passed(self, edge: Ints, start: Floats, end: Floats) -> tuple[Ints, Ints]:
        """Return the pieces that stretches of edges, from one share of the length to another, pass, and the stretch.

        A piece of which less than 2 % is passed is left out, so that no rounding adds one. Where that leaves none at
        all, the piece that is passed most stands for the way.
        """
        count = np.diff(self.first)[edge]
        stretch = np.repeat(np.arange(len(edge)), count)
        number = np.arange(len(stretch)) - np.repeat(np.cumsum(count) - count, count)
        low, high = np.minimum(start, end) * count, np.maximum(start, end) * count
        share = np.minimum(high[stretch], number + 1) - np.maximum(low[stretch], number)
        kept = share > LEAST_PASSED
        if len(share) and not kept.any():
            kept[share.argmax()] = True
        return (self.first[edge][stretch] + number)[kept], stretch[kept]

    def place(self, xy_m: Floats) -> OnRoads:
        """Put points (n, 2), in the metric CRS and finite, onto the nearest roads."""
        if self._tree is None:
            self._tree = shapely.STRtree(self._lines)
        points = shapely.points(xy_m)
        edge = np.asarray(self._tree.nearest(points), np.int64)
        lines = self._lines[edge]
        share = np.clip(shapely.line_locate_point(lines, points, normalized=True), 0.0, 1.0)
        distance = shapely.distance(lines, points) / 1000
        count = np.diff(self.first)[edge]
        lixel = self.first[edge] + np.minimum((share * count).astype(np.int64), count - 1)
        return OnRoads(edge, share * self.network.length_km[edge], lixel, distance)

    def spread(
        self, places: OnRoads, weights: Floats, bandwidths_km: Floats, asked: Ints | None = None
    ) -> tuple[Floats, Floats]:
        """Spread mass by network distance; see `models.routes.kernels.spread`."""
        return spread(
            places.edge,
            places.at_km,
            weights,
            bandwidths_km,
            self.network.tail,
            self.network.head,
            self.network.length_km,
            self._first_edge,
            self._edges_at,
            self.first,
            self.length_km,
            np.empty(0, np.int64) if asked is None else asked,
            REACH,
        )

    def by_segment(self, values: Floats) -> Floats:
        """Sum values per lixel into segments."""
        count = int(self.segment[-1]) + 1 if len(self) else 0
        return np.asarray(np.bincount(self.segment, values, minlength=count), np.float64)


def cells_on_roads(lixels: Lixels, domain: Domain, reach_km: Floats) -> sparse.csr_array:
    """Return which lixel each cell near a road belongs to, shape (cells, L): one entry a row, or none.

    Parameters
    ----------
    reach_km : float array (E,)
        How far from each edge a cell's centre may lie.
    """
    on = lixels.place(domain.centres)
    near = np.flatnonzero(on.distance_km <= reach_km[on.edge])
    shape = (len(domain), len(lixels))
    return sparse.csr_array((np.ones(len(near)), (near, on.lixel[near])), shape=shape)


def _along(lines: NDArray[np.object_], share: Floats) -> Floats:
    points = shapely.line_interpolate_point(lines, share, normalized=True)
    return np.asarray(shapely.get_coordinates(points), np.float64)
