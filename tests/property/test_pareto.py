"""The Pareto set against brute force, and what holds of it however it was found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roads_kit import on_edge, small_network, synthetic_network, synthetic_risk

from geo.core.errors import ParameterError
from geo.roads import Network, shipped_network
from geo.roads.arcs import Route
from geo.roads.pareto import nondominated, pareto_routes, pick_distinct
from geo.roads.routing import Router
from geo.roads.snapping import at_node
from geo.roads.travel import Travel, durations_min

pytestmark = pytest.mark.slow


def every_path(network: Network, start: int, end: int, closed: np.ndarray) -> list[list[int]]:
    """Edges of every path without a repeated junction."""
    found: list[list[int]] = []

    def walk(node: int, seen: set[int], edges: list[int]) -> None:
        if node == end:
            found.append(edges)
            return
        for edge in range(network.edge_count):
            steps = [(int(network.tail[edge]), int(network.head[edge]))]
            if not network.oneway[edge]:
                steps.append((steps[0][1], steps[0][0]))
            for a, b in steps:
                if a == node and b not in seen and not closed[edge]:
                    walk(b, seen | {b}, [*edges, edge])

    walk(start, {start}, [])
    return found


@st.composite
def problems(draw: st.DrawFn) -> tuple[Network, np.ndarray, np.ndarray]:
    nodes = draw(st.integers(3, 6))
    ends = st.integers(0, nodes - 1)
    chain = [(node, node + 1) for node in range(nodes - 1)]
    pairs = chain + draw(st.lists(st.tuples(ends, ends), max_size=7))
    count = len(pairs)
    ways = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    places = np.random.default_rng(draw(st.integers(0, 99))).uniform([-5, 13], [-4, 14], (nodes, 2))
    network = small_network(places, pairs, oneway=ways)
    costs = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=count, max_size=count))
    closed = draw(st.lists(st.sampled_from([False] * 9 + [True]), min_size=count, max_size=count))
    return network, np.array(costs, dtype=float), np.array(closed)


@settings(max_examples=200)
@given(problems(), st.sampled_from([0.0, 0.05, 0.5]))
def test_the_set_is_that_of_brute_force(problem: tuple[Network, np.ndarray, np.ndarray], epsilon: float) -> None:
    network, costs, closed = problem
    start, end = at_node(network, 0), at_node(network, network.node_count - 1)
    # Which edge a junction's position lies on must not matter, unless that edge is closed and leads there alone.
    paths = every_path(network, 0, network.node_count - 1, closed)
    sums = np.array([costs[path].sum(axis=0) for path in paths]).reshape(-1, 2)
    expected = sums[nondominated(sums)]
    found = pareto_routes(network, costs[:, 0], costs[:, 1], [start, end], closed=closed, epsilon=epsilon)
    assert found.epsilon == epsilon
    assert len(found.routes) == len(found.costs)
    if not len(expected):
        assert found.routes == ()
        return
    assert (np.diff(found.costs[:, 0]) > 0).all()
    assert (np.diff(found.costs[:, 1]) < 0).all()
    np.testing.assert_allclose(found.costs[0, 0], expected[0, 0], atol=1e-9)  # the fastest, exactly
    np.testing.assert_allclose(found.costs[-1, 1], expected[-1, 1], atol=1e-9)  # the fewest, exactly
    if epsilon == 0:
        np.testing.assert_allclose(found.costs, expected, atol=1e-9)
    for wanted in expected:
        assert ((found.costs <= (1 + epsilon) * wanted + 1e-9).all(axis=1)).any()
    for route, cost in zip(found.routes, found.costs, strict=True):
        np.testing.assert_allclose([route.total(costs[:, 0]), route.total(costs[:, 1])], cost, atol=1e-9)
        assert not closed[route.edge].any()


def test_a_weighted_sum_misses_a_route_that_the_set_holds() -> None:
    """Three ways from 0 to 1: the middle one lies above the line between the others, so that no weights choose it."""
    network = small_network(np.array([[-4.0, 14.0], [-3.9, 14.0]]), [(0, 1), (0, 1), (0, 1)])
    time, incidents = np.array([10.0, 14.0, 16.0]), np.array([9.0, 5.5, 1.0])
    start, end = at_node(network, 0), at_node(network, 1)
    found = pareto_routes(network, time, incidents, [start, end])
    assert [route.edge.tolist() for route in found.routes] == [[0], [1], [2]]
    router = Router(network)
    swept = set()
    for weight in np.linspace(0, 1, 501):
        route = router.customise((1 - weight) * time + weight * incidents).route(start, end)
        assert route is not None
        swept.add(int(route.edge[0]))
    assert swept == {0, 2}


def test_a_sweep_misses_routes_on_the_shipped_network_too() -> None:
    network = shipped_network()
    names = [network.text(int(each)) for each in network.node_name]
    start, end = (at_node(network, names.index(name)) for name in ("Bamako", "Gao"))
    time = durations_min(network, Travel())
    risk = np.random.default_rng(1).lognormal(0, 1, network.edge_count) * network.length_km  # SYNTHETIC
    found = pareto_routes(network, time, risk, [start, end])
    router = Router(network)
    swept = set()
    for weight in np.linspace(0, 1, 201):
        route = router.customise((1 - weight) * time + weight * risk).route(start, end)
        assert route is not None
        swept.add(tuple(route.edge.tolist()))
    held = {tuple(route.edge.tolist()) for route in found.routes}
    assert swept < held


@settings(max_examples=60)
@given(problems(), st.data())
def test_positions_within_edges_and_via_points(
    problem: tuple[Network, np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    network, costs, closed = problem
    edge = st.integers(0, network.edge_count - 1)
    places = [on_edge(data.draw(edge), data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))) for _ in range(3)]
    found = pareto_routes(network, costs[:, 0], costs[:, 1], places, closed=closed)
    router = Router(network)
    fastest = router.customise(costs[:, 0], closed).through(places)
    fewest = router.customise(costs[:, 1], closed).through(places)
    assert (fastest is None) == (fewest is None) == (found.routes == ())
    if fastest is not None and fewest is not None:
        # The router rounds the two stubs of a leg to its units.
        assert found.costs[0, 0] == pytest.approx(fastest.total(costs[:, 0]), abs=1.01)
        assert found.costs[-1, 1] == pytest.approx(fewest.total(costs[:, 1]), abs=1.01)
        assert found.costs[0, 0] <= fastest.total(costs[:, 0]) + 1e-9


def test_on_a_large_network_nothing_given_is_beaten_and_the_ends_are_exact() -> None:
    network = synthetic_network(5000)
    time, risk = network.length_km, synthetic_risk(network)
    router = Router(network)
    rng = np.random.default_rng(3)
    for a, b in rng.integers(0, network.edge_count, (4, 2)).tolist():
        places = [on_edge(a, 0.3), on_edge(b, 0.7)]
        exact = pareto_routes(network, time, risk, places)
        near = pareto_routes(network, time, risk, places, epsilon=0.01)
        assert len(near.routes) <= len(exact.routes)
        assert nondominated(near.costs).tolist() == list(range(len(near.costs)))
        for wanted in exact.costs:
            assert (near.costs <= 1.01 * wanted * (1 + 1e-12)).all(axis=1).any()
        fastest = router.customise(time).route(*places)
        assert fastest is not None
        assert near.costs[0, 0] == pytest.approx(fastest.total(time), rel=1e-5)
        assert near.costs[0] == pytest.approx(exact.costs[0])
        assert near.costs[-1] == pytest.approx(exact.costs[-1])


def test_a_search_that_takes_too_long_widens_what_it_merges_and_says_so() -> None:
    network = synthetic_network(3000)
    places = [on_edge(0, 0.5), on_edge(network.edge_count - 1, 0.5)]
    found = pareto_routes(network, network.length_km, synthetic_risk(network), places, most_labels=1000)
    assert found.epsilon > 0
    assert found.routes


def test_alternatives_differ_by_a_fifth_of_their_length() -> None:
    network = synthetic_network(5000)
    places = [on_edge(10, 0.5), on_edge(network.edge_count - 10, 0.5)]
    routes = pareto_routes(network, network.length_km, synthetic_risk(network), places, epsilon=0.01).routes
    kept = pick_distinct(routes, network.length_km)
    assert kept[0] == 0
    assert 2 <= len(kept) <= 5
    for one in kept:
        for other in kept:
            if one != other:
                common = np.intersect1d(routes[one].edge, routes[other].edge)
                shorter = min(routes[each].total(network.length_km) for each in (one, other))
                assert network.length_km[common].sum() <= 0.8 * shorter + 60  # the stubs are cut edges
    assert pick_distinct(routes[:1], network.length_km) == [0]
    assert pick_distinct([], network.length_km) == []
    assert pick_distinct([routes[0], routes[0]], network.length_km) == [0]


def test_equal_costs_stay_equal_and_any_magnitude_works() -> None:
    """Two ways that cost the same, one in two steps: 2 + 4 is not more than 6, in whatever unit."""
    network = small_network(np.array([[-4.0, 14.0], [-3.9, 14.1], [-3.8, 14.0]]), [(0, 2), (0, 1), (1, 2)])
    ends = [at_node(network, 0), at_node(network, 2)]
    for unit in (1.0, 1e-300, 1e300):
        found = pareto_routes(network, np.array([0.0, 1.0, 0.0]), np.array([6.0, 2.0, 4.0]) * unit, ends)
        assert found.costs.shape == (1, 2)
        assert found.costs[0, 1] == pytest.approx(6.0 * unit, rel=1e-12)


def test_unbeaten_keeps_the_first_of_equals() -> None:
    assert nondominated(np.array([[1.0, 1.0], [1.0, 1.0]])).tolist() == [0]
    assert nondominated(np.zeros((0, 2))).tolist() == []


def test_wrong_costs_are_refused() -> None:
    network = small_network(np.array([[-4.0, 14.0], [-3.9, 14.0]]), [(0, 1)])
    place = on_edge(0, 0.5)
    for wrong in (np.array([-1.0]), np.array([np.nan]), np.ones(2)):
        with pytest.raises(ParameterError):
            pareto_routes(network, np.ones(1), wrong, [place, place])
    with pytest.raises(ParameterError, match="start and a destination"):
        pareto_routes(network, np.ones(1), np.ones(1), [place])
    same = pareto_routes(network, np.ones(1), np.ones(1), [place, place])
    assert isinstance(same.routes[0], Route)
    assert len(same.routes[0].edge) == 0
