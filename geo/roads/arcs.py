"""The directions in which edges may be travelled, and positions on edges as where a route starts and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.roads.graph import Flags, Floats, Ints, Network

Nodes: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Arcs:
    """Every direction of every edge: arc a of the first E runs along edge a; the others are the ways back.

    `out_first` and `out_arcs` list the arcs that leave each node, `in_first` and `in_arcs` those that reach it:
    node n's are ``out_arcs[out_first[n]:out_first[n + 1]]``.
    """

    edge_count: int
    tail: Nodes
    head: Nodes
    edge: Nodes
    out_first: Ints
    out_arcs: Nodes
    in_first: Ints
    in_arcs: Nodes

    @classmethod
    def of(cls, network: Network) -> Arcs:
        """Return the arcs of a network."""
        back = np.flatnonzero(~network.oneway)
        tail = np.concatenate([network.tail, network.head[back]]).astype(np.int32)
        head = np.concatenate([network.head, network.tail[back]]).astype(np.int32)
        edge = np.concatenate([np.arange(network.edge_count), back]).astype(np.int32)
        out_first, out_arcs = _grouped(tail, network.node_count)
        in_first, in_arcs = _grouped(head, network.node_count)
        return cls(network.edge_count, tail, head, edge, out_first, out_arcs, in_first, in_arcs)


def _grouped(nodes: Nodes, count: int) -> tuple[Ints, Nodes]:
    first = np.concatenate([[0], np.cumsum(np.bincount(nodes, minlength=count))]).astype(np.int64)
    return first, np.argsort(nodes, kind="stable").astype(np.int32)


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the network, found for a point asked for.

    `fraction` is the share of the edge's length from its tail. `distance_km` is how far the point asked for lies from
    it; `lon` and `lat` are on the edge.
    """

    edge: int
    fraction: float
    lon: float
    lat: float
    distance_km: float


@dataclass(frozen=True, slots=True)
class Stub:
    """The piece between a position and a junction: from `start` to `end` of the edge, at the junction `node`."""

    node: int
    edge: int
    start: float
    end: float

    @property
    def share(self) -> float:
        """Share of the edge."""
        return abs(self.end - self.start)


@dataclass(frozen=True, slots=True)
class Route:
    """Pieces of edges in the order of travel: each from the share `start` of an edge's length to the share `end`.

    A piece with ``end < start`` runs against the edge's direction. Start and destination on the same spot give a
    route without pieces.
    """

    edge: Ints
    start: Floats
    end: Floats

    @property
    def share(self) -> Floats:
        """Share of each edge that is travelled."""
        return np.abs(self.end - self.start)

    def total(self, values: Floats) -> float:
        """Return the sum along the route of a quantity given for whole edges, such as their length."""
        return float(np.sum(values[self.edge] * self.share))

    @classmethod
    def of_pieces(cls, pieces: list[tuple[int, float, float]]) -> Route:
        """Return the route of (edge, start, end) pieces; those of no length are left out."""
        kept = [piece for piece in pieces if piece[1] != piece[2]]
        edge, start, end = zip(*kept, strict=True) if kept else ((), (), ())
        return cls(np.array(edge, dtype=np.int64), np.array(start, dtype=float), np.array(end, dtype=float))

    @classmethod
    def along(cls, arcs: Arcs, path: Sequence[int], first: Stub, last: Stub) -> Route:
        """Return the route over `first`, the arcs of `path` whole, and `last`."""
        arc, pieces = np.array(path, dtype=np.int64), len(path) + 2
        edge, start, end = np.empty(pieces, dtype=np.int64), np.empty(pieces), np.empty(pieces)
        edge[0], start[0], end[0] = first.edge, first.start, first.end
        edge[-1], start[-1], end[-1] = last.edge, last.start, last.end
        edge[1:-1] = arcs.edge[arc]
        start[1:-1] = arc >= arcs.edge_count
        end[1:-1] = 1.0 - start[1:-1]
        kept = slice(int(first.start == first.end), pieces - int(last.start == last.end))
        return cls(edge[kept], start[kept], end[kept])

    @classmethod
    def joined(cls, routes: list[Route]) -> Route:
        """Return routes one after the other as one."""
        return cls(
            np.concatenate([route.edge for route in routes]),
            np.concatenate([route.start for route in routes]),
            np.concatenate([route.end for route in routes]),
        )


def departures(network: Network, place: Position, closed: Flags) -> list[Stub]:
    """Return how one gets from `place` to a junction, over open edges and in their direction."""
    return _stubs(network, place, closed, leaving=True)


def arrivals(network: Network, place: Position, closed: Flags) -> list[Stub]:
    """Return how one gets from a junction to `place`, over open edges and in their direction."""
    return _stubs(network, place, closed, leaving=False)


def _stubs(network: Network, place: Position, closed: Flags, *, leaving: bool) -> list[Stub]:
    edge, at = place.edge, place.fraction
    ends = ((0.0, int(network.tail[edge])), (1.0, int(network.head[edge])))
    for end, node in ends:
        if at == end:  # on a junction: the edge it was found on does not matter
            return [Stub(node, edge, at, at)]
    if closed[edge]:
        return []
    # Along the edge one leaves by its head and arrives by its tail.
    along = 1.0 if leaving else 0.0
    usable = [(end, node) for end, node in ends if end == along or not network.oneway[edge]]
    return [Stub(node, edge, at, end) if leaving else Stub(node, edge, end, at) for end, node in usable]


def same_edge_pieces(
    network: Network, start: Position, end: Position, closed: Flags
) -> list[tuple[int, float, float]] | None:
    """Return the pieces of the way along the one edge that holds both positions; None where there is none."""
    if start.edge != end.edge:
        return None
    if start.fraction == end.fraction:
        return []
    if closed[start.edge] or (network.oneway[start.edge] and end.fraction < start.fraction):
        return None
    return [(start.edge, start.fraction, end.fraction)]
