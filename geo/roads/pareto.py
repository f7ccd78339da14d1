"""The routes that no other beats in both of two criteria, such as time and expected incidents, and a few that differ.

Label setting in the order of the first criterion: a label is dropped where one settled before at the same junction,
or a finished route, has no higher second cost. Exact lower bounds of both criteria steer it. On large networks routes
that come within a stated share of each other may be merged on the way. Unlike a sweep over
weighted sums it also finds the routes that lie above the lower hull of the costs.

References
----------
Hernández Ulloa, C., Yeoh, W., Baier, J. A., Zhang, H., Suazo, L., Koenig, S. (2020). A simple and fast bi-objective
search algorithm. Proceedings of ICAPS 30, 143-151. doi:10.1609/icaps.v30i1.6655
Zhang, H., Salzman, O., Kumar, T. K. S., Felner, A., Hernández Ulloa, C., Koenig, S. (2022). A*pex: efficient
approximate multi-objective search on graphs. Proceedings of ICAPS 32, 394-403 (merging).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.roads.arcs import Arcs, Position, Route, Stub, arrivals, departures, same_edge_pieces
from geo.roads.graph import Flags, Floats, Network
from geo.roads.pareto_kernels import label_setting, lower_bounds

#: Labels a search may make; beyond it the share that is merged is doubled and the search begun again.
MOST_LABELS: Final = 3_000_000

#: All edges together cost less than two to this power in whole units: sums stay exact in float64.
_SUM_BITS: Final = 51

_ALL: Final = 2**62


@dataclass(frozen=True, slots=True)
class ParetoSet:
    """Routes that no other beats in both criteria.

    Attributes
    ----------
    routes : tuple of Route
        The fastest (lowest first cost) first.
    costs : float array (K, 2)
        Strictly rising in the first, strictly falling in the second criterion.
    epsilon : float
        0 where the set is exact. Otherwise each route of the exact set that is missing has one here that costs at
        most ``1 + epsilon`` times as much in either criterion. The best route of each criterion is always exact.
    """

    routes: tuple[Route, ...]
    costs: Floats
    epsilon: float


def pareto_routes(
    network: Network,
    first: Floats,
    second: Floats,
    places: Sequence[Position],
    *,
    closed: Flags | None = None,
    epsilon: float = 0.0,
    arcs: Arcs | None = None,
    most_labels: int = MOST_LABELS,
) -> ParetoSet:
    """Return the routes through `places` in order that no other beats in both criteria.

    Parameters
    ----------
    network : Network
    first, second : float arrays (E,)
        What each edge costs in the two criteria when travelled whole, from 0 up.
    places : sequence of Position
        Start, points on the way, destination: two at least.
    closed : bool array (E,), optional
        Edges that may not be used, besides those that the network calls closed.
    epsilon : float
        See `ParetoSet`; 0 gives the whole set. It may come back larger: where a search takes more than `most_labels`
        labels, it is repeated with twice the share (0.1 % at least).
    arcs : Arcs, optional
        Those of the network, where they are at hand.

    Returns
    -------
    ParetoSet
        Without routes where a leg has none.

    Raises
    ------
    ParameterError
        If a cost is negative or no number, an array has another length, or fewer than two places are given.
    """
    if len(places) < 2:
        raise ParameterError(message("A route needs a start and a destination."), parameter="places")
    shut = network.closed if closed is None else network.closed | closed
    weights, powers = _in_units(network, first, second)
    search = _Search(network, arcs or Arcs.of(network), weights, shut, most_labels)
    # Where every leg stays within a share of the best, so does their sum.
    routes: list[Route] = []
    costs = np.zeros((0, 2))
    used = epsilon
    for number, (start, end) in enumerate(pairwise(places)):
        leg_routes, leg_costs, leg_epsilon = search.leg(start, end, epsilon)
        used = max(used, leg_epsilon)
        if number == 0:
            routes, costs = leg_routes, leg_costs
        else:
            routes, costs = _combined(routes, costs, leg_routes, leg_costs)
    return ParetoSet(tuple(routes), np.ldexp(costs, -powers), used)


class _Search:
    def __init__(self, network: Network, arcs: Arcs, weights: Floats, closed: Flags, most_labels: int) -> None:
        self._network, self._arcs, self._closed, self._most_labels = network, arcs, closed, most_labels
        self._edge_weights = weights
        self._arc_weights = np.where(closed, np.inf, weights)[:, arcs.edge]

    def leg(self, start: Position, end: Position, epsilon: float) -> tuple[list[Route], Floats, float]:
        """Return the routes of one leg, their costs (K, 2) in units, and the share that was left out in the end."""
        leaving = departures(self._network, start, self._closed)
        arriving = arrivals(self._network, end, self._closed)
        along = same_edge_pieces(self._network, start, end, self._closed)
        known = (
            np.full(2, np.inf) if along is None else sum((self._cost(e, abs(b - a)) for e, a, b in along), np.zeros(2))
        )
        end_costs = np.full((2, self._network.node_count), np.inf)
        for stub in arriving:  # at both ends of a loop the same junction: the smaller share is better in both
            end_costs[:, stub.node] = np.minimum(end_costs[:, stub.node], self._cost(stub.edge, stub.share))
        bounds = np.stack(
            [
                lower_bounds(
                    end_costs[c], self._arc_weights[c], self._arcs.tail, self._arcs.in_first, self._arcs.in_arcs
                )
                for c in (0, 1)
            ]
        )
        ends = {stub.node: stub for stub in sorted(arriving, key=lambda stub: -stub.share)}

        def run(criteria: tuple[int, int], slack: float, most_found: int) -> tuple[list[Route], Floats, bool]:
            order = list(criteria)
            solutions, parent, arc_of, node_of, costs, finished = label_setting(
                np.array([stub.node for stub in leaving], dtype=np.int64),
                np.array([self._cost(stub.edge, stub.share) for stub in leaving]).reshape(-1, 2).T[order].copy(),
                end_costs[order],
                known[order],
                self._arc_weights[order],
                bounds[order],
                self._arcs.head,
                self._arcs.out_first,
                self._arcs.out_arcs,
                slack,
                most_found,
                self._most_labels,
            )
            routes = [
                Route.of_pieces(along or [])
                if label < 0
                else self._route(label, leaving, parent, arc_of, ends[int(node_of[label])])
                for label in solutions.tolist()
            ]
            return routes, costs[order].T, finished

        while True:
            routes, costs, finished = run((0, 1), epsilon, _ALL)
            if finished:
                break
            epsilon = max(2 * epsilon, 0.001)
        if epsilon > 0:  # the best of each criterion is exact nevertheless
            for criteria in ((0, 1), (1, 0)):
                more, more_costs, _ = run(criteria, 0.0, 1)
                routes, costs = routes + more, np.concatenate([costs, more_costs])
        kept = nondominated(costs)
        return [routes[each] for each in kept], costs[kept], epsilon

    def _cost(self, edge: int, share: float) -> Floats:
        return np.rint(self._edge_weights[:, edge] * share)

    def _route(
        self, label: int, leaving: list[Stub], parent: NDArray[np.int64], arc_of: NDArray[np.int32], last: Stub
    ) -> Route:
        path = []
        while parent[label] >= 0:
            path.append(int(arc_of[label]))
            label = int(parent[label])
        return Route.along(self._arcs, path[::-1], leaving[-1 - int(parent[label])], last)


def _combined(
    routes: list[Route], costs: Floats, more_routes: list[Route], more_costs: Floats
) -> tuple[list[Route], Floats]:
    """Return the unbeaten among all routes followed by all others."""
    if not routes or not more_routes:
        return [], np.zeros((0, 2))
    sums = (costs[:, None, :] + more_costs[None, :, :]).reshape(-1, 2)
    kept = nondominated(sums)
    pairs = [divmod(int(each), len(more_routes)) for each in kept]
    return [Route.joined([routes[a], more_routes[b]]) for a, b in pairs], sums[kept]


def nondominated(costs: Floats) -> NDArray[np.intp]:
    """Return which rows of `costs` (K, 2) no other row beats, by rising first cost; of equal rows the first.

    Examples
    --------
    >>> nondominated(np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 3.0], [2.0, 2.0]])).tolist()
    [1, 3, 0]
    """
    order = np.lexsort((costs[:, 1], costs[:, 0]))
    second = costs[order, 1]
    before = np.concatenate([[np.inf], np.minimum.accumulate(second)[:-1]])
    kept: NDArray[np.intp] = order[second < before]
    return kept


def pick_distinct(routes: Sequence[Route], length_km: Floats, *, most: int = 5, differing: float = 0.2) -> list[int]:
    """Pick routes that differ: any two have at least the share `differing` of their own length not in common.

    The first is kept, then the last where it differs, then whichever differs most from those kept: of a `ParetoSet`
    that is the fastest, the one with the lowest second cost, and others between.

    Parameters
    ----------
    routes : sequence of Route
    length_km : float array (E,)
        Of the network's edges.

    Returns
    -------
    list of int
        Positions in `routes`, rising.
    """
    if not routes:
        return []
    travelled = [_shares(route) for route in routes]
    lengths = [sum(length_km[edge] * share for edge, share in shares.items()) for shares in travelled]

    def difference(a: int, b: int) -> float:
        common = sum(length_km[edge] * min(share, travelled[b].get(edge, 0.0)) for edge, share in travelled[a].items())
        shorter = min(lengths[a], lengths[b])
        return 1.0 - common / shorter if shorter > 0 else float(lengths[a] != lengths[b])

    kept = [0]
    nearest = np.array([difference(each, 0) for each in range(len(routes))])
    last = len(routes) - 1
    candidate = last if nearest[last] >= differing else int(np.argmax(nearest))
    while len(kept) < most and nearest[candidate] >= differing:
        kept.append(candidate)
        nearest = np.minimum(nearest, [difference(each, candidate) for each in range(len(routes))])
        candidate = int(np.argmax(nearest))
    return sorted(kept)


def _shares(route: Route) -> dict[int, float]:
    shares: dict[int, float] = {}
    for edge, share in zip(route.edge.tolist(), route.share.tolist(), strict=True):
        shares[edge] = max(shares.get(edge, 0.0), share)
    return shares


def _in_units(network: Network, *criteria: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the criteria as whole numbers (2, E), and the power of two that each was multiplied by.

    A power of two, so that costs that are equal as given stay equal.
    """
    rows, powers = [], []
    for number, values in enumerate(criteria):
        weights = np.asarray(values, dtype=np.float64)
        if weights.shape != (network.edge_count,) or not bool((np.isfinite(weights) & (weights >= 0)).all()):
            raise ParameterError(
                message("Expected one number from 0 up for each of {edges} edges.", edges=network.edge_count),
                parameter=("first", "second")[number],
            )
        powers.append(_SUM_BITS - math.frexp(float(weights.sum()))[1])
        rows.append(np.rint(np.ldexp(weights, powers[-1])))
    return np.array(rows), np.array(powers)
