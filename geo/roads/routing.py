"""Shortest paths by any weights: a customisable contraction hierarchy, or scipy where its library is missing.

The order of contraction depends on the network alone and is kept with it; new weights are worked in within
milliseconds, and a query then takes a fraction of one.

References
----------
Dibbelt, J., Strasser, B., Wagner, D. (2016). Customizable contraction hierarchies. ACM Journal of Experimental
Algorithmics 21, 1.5. doi:10.1145/2886843
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.roads.arcs import Arcs, Position, Route, Stub, arrivals, departures, same_edge_pieces
from geo.roads.graph import Flags, Floats, Network

#: What the hierarchy takes for "no way"; costs of paths stay below it.
UNREACHABLE: Final = 2**31 - 1

_MODULE: Final = "routingkit_cch"


#: Cost of the best path in units, its first and last node, and its arcs.
_Found: TypeAlias = tuple[int, tuple[int, int], list[int]]


class _Paths(Protocol):
    """Answers queries on one set of weights; sources and targets are nodes with what it costs to get there."""

    def best(self, sources: list[tuple[int, int]], targets: list[tuple[int, int]]) -> _Found | None: ...


class Router:
    """Shortest paths on one network.

    Parameters
    ----------
    network : Network
    order : int array, optional
        What `contraction_order` gave for this network; it is worked out where it is not given (seconds for 150,000
        edges).
    backend : {"cch", "scipy"}, optional
        The hierarchy where its library is installed.

    Attributes
    ----------
    backend : str
        Which one answers.
    note : Message or None
        Said to people where the slow one answers.
    """

    def __init__(
        self, network: Network, *, order: NDArray[np.uint32] | None = None, backend: str | None = None
    ) -> None:
        self.network = network
        self.arcs = Arcs.of(network)
        self.backend = backend or ("cch" if has_hierarchy() else "scipy")
        self._hierarchy = None
        if self.backend == "cch":
            import routingkit_cch

            order = contraction_order(network, self.arcs) if order is None else order
            tail, head = self.arcs.tail.tolist(), self.arcs.head.tolist()
            self._hierarchy = routingkit_cch.CCH(order.tolist(), tail, head, False)

    @property
    def note(self) -> Message | None:
        """What is said where the hierarchy's library is missing."""
        if self.backend == "cch":
            return None
        return message(
            "Routes are worked out with scipy, which is slower: the library {library} is not installed.",
            library="routingkit-cch",
        )

    def customise(self, weights: Floats, closed: Flags | None = None) -> Metric:
        """Return the network under these weights, ready for queries.

        Parameters
        ----------
        weights : float array (E,)
            What it costs to travel each edge whole, either way; from 0 up.
        closed : bool array (E,), optional
            Edges that may not be used, besides those that the network itself calls closed.

        Raises
        ------
        ParameterError
            If a weight is negative or no number, or an array has another length.
        """
        shut = _closed(self.network, closed)
        units, resolution = _in_units(_checked(weights, self.network))
        arc_units = np.where(shut, UNREACHABLE, units)[self.arcs.edge]
        if self.backend == "cch":
            return Metric(self, units, resolution, shut, _Hierarchy(self._hierarchy, self.arcs, arc_units))
        return Metric(self, units, resolution, shut, _Scipy(self.arcs, arc_units, self.network.node_count))


class Metric:
    """A network under one set of weights.

    Costs are held in whole units of `resolution` (every weight is off by half of that at most; whole numbers whose sum
    stays under 2³¹ are held exactly), so that a path found is at most its number of edges × `resolution` longer than
    the best one. Queries may come from several threads.
    """

    def __init__(
        self, router: Router, units: NDArray[np.int64], resolution: float, closed: Flags, paths: _Paths
    ) -> None:
        self.router = router
        self.resolution = resolution
        self._units = units
        self._closed = closed
        self._paths = paths

    def route(self, start: Position, end: Position) -> Route | None:
        """Return the cheapest way from one position to another; None where there is none."""
        network = self.router.network
        along = same_edge_pieces(network, start, end, self._closed)
        leaving = self._cheapest(departures(network, start, self._closed))
        arriving = self._cheapest(arrivals(network, end, self._closed))
        found = self._between(leaving, arriving) if leaving and arriving else None
        if along is None:
            return None if found is None else found[1]
        cost = sum(self._cost(edge, abs(b - a)) for edge, a, b in along)
        return Route.of_pieces(along) if found is None or cost <= found[0] else found[1]

    def through(self, places: Sequence[Position]) -> Route | None:
        """Return the cheapest way through two or more positions in order; None where one leg has none."""
        legs = [self.route(start, end) for start, end in pairwise(places)]
        known = [leg for leg in legs if leg is not None]
        return Route.joined(known) if len(known) == len(legs) else None

    def _cost(self, edge: int, share: float) -> int:
        return round(share * int(self._units[edge]))

    def _cheapest(self, stubs: list[Stub]) -> dict[int, Stub]:
        """Both ends of a loop are one junction: of several stubs there, the cheapest."""
        ordered = sorted(stubs, key=lambda stub: self._cost(stub.edge, stub.share), reverse=True)
        return {stub.node: stub for stub in ordered}

    def _between(self, leaving: dict[int, Stub], arriving: dict[int, Stub]) -> tuple[int, Route] | None:
        found = self._paths.best(
            [(stub.node, self._cost(stub.edge, stub.share)) for stub in leaving.values()],
            [(stub.node, self._cost(stub.edge, stub.share)) for stub in arriving.values()],
        )
        if found is None:
            return None
        cost, (first, last), arcs = found
        return cost, Route.along(self.router.arcs, arcs, leaving[first], arriving[last])


class _Idle(threading.local):
    """The query that a thread made last, when nothing uses it.

    A query may only be used and dropped by the thread that made it, so that it can hang neither on the weights nor in
    a pool. Each thread keeps one: making it again costs a third of the search, and pushes the roads out of the
    processor's cache.
    """

    metric: Any = None
    query: Any = None


_idle: Final = _Idle()


class _Hierarchy:
    def __init__(self, hierarchy: Any, arcs: Arcs, arc_units: NDArray[np.int64]) -> None:
        import routingkit_cch

        self._arcs = arcs
        self._metric = routingkit_cch.CCHMetric(hierarchy, arc_units.tolist())

    def best(self, sources: list[tuple[int, int]], targets: list[tuple[int, int]]) -> _Found | None:
        query = self._query()
        found = self._found(query.run_multi(sources, targets))
        _idle.metric, _idle.query = self._metric, query
        return found

    def _query(self) -> Any:
        """Take the thread's idle query if it is of these weights; one that fails while in use is not kept."""
        import routingkit_cch

        metric, query = _idle.metric, _idle.query
        _idle.metric = _idle.query = None
        return query if metric is self._metric else routingkit_cch.CCHQuery(self._metric)

    def _found(self, result: Any) -> _Found | None:
        if result.distance is None:
            return None
        path = result.arc_path
        if not path:
            (node,) = result.node_path
            return result.distance, (node, node), path
        return result.distance, (int(self._arcs.tail[path[0]]), int(self._arcs.head[path[-1]])), path


class _Scipy:
    def __init__(self, arcs: Arcs, arc_units: NDArray[np.int64], node_count: int) -> None:
        # Of parallel arcs only the cheapest, since a matrix has one entry for a pair of nodes.
        used = np.flatnonzero(arc_units < UNREACHABLE)
        ordered = used[np.lexsort((arc_units[used], arcs.head[used], arcs.tail[used]))]
        pair = arcs.tail[ordered].astype(np.int64) * node_count + arcs.head[ordered]
        first = np.concatenate([[True], pair[1:] != pair[:-1]]) if len(pair) else np.zeros(0, dtype=bool)
        self._arc, self._pair = ordered[first], pair[first]
        starts = np.searchsorted(arcs.tail[self._arc], np.arange(node_count + 1))
        entries = (arc_units[self._arc].astype(np.float64), arcs.head[self._arc], starts)
        self._matrix = csr_array(entries, shape=(node_count, node_count))
        self._nodes = node_count

    def best(self, sources: list[tuple[int, int]], targets: list[tuple[int, int]]) -> _Found | None:
        found: _Found | None = None
        for source, leaving in sources:
            distances, before = dijkstra(self._matrix, indices=source, return_predecessors=True)
            for target, arriving in targets:
                cost = leaving + distances[target] + arriving
                if np.isfinite(cost) and (found is None or cost < found[0]):
                    found = int(cost), (source, target), self._path(before, source, target)
        return found

    def _path(self, before: NDArray[np.int32], source: int, target: int) -> list[int]:
        nodes = [target]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        pairs = np.array(nodes[:-1], dtype=np.int64) * self._nodes + np.array(nodes[1:], dtype=np.int64)
        return [int(arc) for arc in self._arc[np.searchsorted(self._pair, pairs)]]


def has_hierarchy() -> bool:
    """Whether the library of the contraction hierarchy is installed."""
    return importlib.util.find_spec(_MODULE) is not None


def contraction_order(network: Network, arcs: Arcs | None = None) -> NDArray[np.uint32]:
    """Return the order in which the hierarchy contracts the nodes; it depends on the network alone."""
    import routingkit_cch

    arcs = arcs or Arcs.of(network)
    order = routingkit_cch.compute_order_inertial(
        network.node_count, arcs.tail.tolist(), arcs.head.tolist(), network.lat.tolist(), network.lon.tolist()
    )
    return np.array(order, dtype=np.uint32)


def _checked(weights: Floats, network: Network) -> Floats:
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (network.edge_count,):
        raise ParameterError(
            message(
                "{count} weights for {edges} edges; expected one each.", count=len(weights), edges=network.edge_count
            ),
            parameter="weights",
        )
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        edge = int(np.argmax(wrong))
        raise ParameterError(
            message(
                "The weight of the road edge {edge} is {value}; expected a number from 0 up.",
                edge=network.edge_ids([edge])[0],
                value=float(weights[edge]),
            ),
            parameter="weights",
        )
    return weights


def _closed(network: Network, closed: Flags | None) -> Flags:
    if closed is None:
        return network.closed
    if closed.shape != network.closed.shape or closed.dtype != np.bool_:
        raise ParameterError(message("Closed edges are given as one truth value an edge."), parameter="closed")
    return network.closed | closed


def _in_units(weights: Floats) -> tuple[NDArray[np.int64], float]:
    """Return the weights as whole numbers and how much one of them stands for; no path then costs `UNREACHABLE`.

    A best path uses no edge twice, so that the sum over all edges bounds it.
    """
    total = float(weights.sum())
    room = UNREACHABLE - 1 - len(weights)
    if total <= room and bool((weights == np.rint(weights)).all()):
        return weights.astype(np.int64), 1.0
    return np.rint(weights / total * room).astype(np.int64), total / room
