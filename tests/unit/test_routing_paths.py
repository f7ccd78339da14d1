"""The router: both ways of working give the same, closed edges stay closed, wrong weights are named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from roads_kit import on_edge, small_network, synthetic_network, synthetic_risk

import geo.roads.routing
from geo.core.errors import ParameterError
from geo.roads import shipped_network
from geo.roads.exclusions import exclude_edges
from geo.roads.routing import UNREACHABLE, Router, contraction_order
from geo.roads.snapping import at_node

LINE = np.array([[-4.0, 14.0], [-3.9, 14.0], [-3.8, 14.0]])


def test_without_the_library_scipy_answers_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    network = shipped_network()
    assert Router(network).note is None
    monkeypatch.setattr(geo.roads.routing, "has_hierarchy", lambda: False)
    router = Router(network)
    assert router.backend == "scipy"
    assert "scipy" in str(router.note)
    assert "routingkit-cch" in str(router.note)
    assert router.customise(network.length_km).route(on_edge(0, 0.5), on_edge(40, 0.5)) is not None


def test_both_ways_of_working_give_the_same_routes() -> None:
    network = synthetic_network(3000)
    weights = synthetic_risk(network)
    closed = np.random.default_rng(7).random(network.edge_count) < 0.05
    fast = Router(network).customise(weights, closed)
    slow = Router(network, backend="scipy").customise(weights, closed)
    rng = np.random.default_rng(8)
    unreachable = 0
    for a, b, f, g in zip(*rng.integers(0, network.edge_count, (2, 60)), *rng.random((2, 60)), strict=True):
        one, other = fast.route(on_edge(a, f), on_edge(b, g)), slow.route(on_edge(a, f), on_edge(b, g))
        assert (one is None) == (other is None)
        if one is None or other is None:
            unreachable += 1
            continue
        assert not closed[one.edge].any()
        # Both are the best in the same whole units; rounded stubs may differ by one.
        assert one.total(weights) == pytest.approx(other.total(weights), rel=1e-6)
    assert 0 < unreachable < 30


def test_whole_number_weights_are_exact() -> None:
    network = synthetic_network(2000)
    metres = np.rint(network.length_km * 1000)
    metric = Router(network).customise(metres)
    assert metric.resolution == 1.0


def test_new_weights_lead_another_way() -> None:
    # A square: straight on by edge 2, or round by edges 0 and 1.
    network = small_network(np.array([[0, 14], [0.1, 14.1], [0.2, 14.0]]), [(0, 1), (1, 2), (0, 2)])
    router = Router(network)
    start, end = at_node(network, 0), at_node(network, 2)
    by_length = router.customise(network.length_km).route(start, end)
    assert by_length is not None
    assert by_length.edge.tolist() == [2]
    round_about = router.customise(np.array([1.0, 1.0, 2.1])).route(start, end)
    assert round_about is not None
    assert round_about.edge.tolist() == [0, 1]
    (excluded,) = exclude_edges(network, network.edge_ids([2]))
    detour = router.customise(network.length_km, excluded.edges).route(start, end)
    assert detour is not None
    assert detour.edge.tolist() == [0, 1]


def test_a_oneway_edge_is_not_travelled_back() -> None:
    network = small_network(LINE, [(0, 1), (1, 2)], oneway=[False, True])
    for backend in ("cch", "scipy"):
        metric = Router(network, backend=backend).customise(network.length_km)
        assert metric.route(on_edge(0, 0.5), on_edge(1, 0.5)) is not None
        assert metric.route(on_edge(1, 0.5), on_edge(0, 0.5)) is None
        assert metric.route(on_edge(1, 0.2), on_edge(1, 0.8)) is not None
        assert metric.route(on_edge(1, 0.8), on_edge(1, 0.2)) is None


def test_the_same_place_is_a_route_without_pieces() -> None:
    network = small_network(LINE, [(0, 1), (1, 2)])
    metric = Router(network).customise(network.length_km)
    route = metric.route(on_edge(0, 0.5), on_edge(0, 0.5))
    assert route is not None
    assert len(route.edge) == 0
    # The end of one edge is the beginning of the next.
    joint = metric.route(on_edge(0, 1.0), on_edge(1, 0.0))
    assert joint is not None
    assert joint.total(network.length_km) == 0.0


def test_loops_and_parallel_edges() -> None:
    network = small_network(LINE, [(0, 1), (0, 1), (1, 1), (1, 2)])
    weights = np.array([3.0, 1.0, 5.0, 1.0])
    for backend in ("cch", "scipy"):
        metric = Router(network, backend=backend).customise(weights)
        route = metric.route(at_node(network, 0), at_node(network, 2))
        assert route is not None
        assert route.edge.tolist() == [1, 3]
        out = metric.route(on_edge(2, 0.9), on_edge(3, 1.0))
        assert out is not None
        assert out.total(weights) == pytest.approx(0.5 + 1.0)


def test_via_points_are_passed_in_order() -> None:
    network = shipped_network()
    metric = Router(network).customise(network.length_km)
    places = [on_edge(0, 0.1), on_edge(60, 0.5), on_edge(11, 0.5)]
    route = metric.through(places)
    legs = [metric.route(places[0], places[1]), metric.route(places[1], places[2])]
    assert route is not None
    assert route.total(network.length_km) == pytest.approx(
        sum(leg.total(network.length_km) for leg in legs if leg is not None)
    )


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_wrong_weights_name_their_edge(wrong: float) -> None:
    network = small_network(LINE, [(0, 1), (1, 2)])
    with pytest.raises(ParameterError, match=network.edge_ids([1])[0]):
        Router(network).customise(np.array([1.0, wrong]))


def test_arrays_of_another_length_are_refused() -> None:
    network = small_network(LINE, [(0, 1), (1, 2)])
    router = Router(network)
    with pytest.raises(ParameterError, match="3 weights for 2 edges"):
        router.customise(np.ones(3))
    with pytest.raises(ParameterError):
        router.customise(np.ones(2), np.ones(2))  # type: ignore[arg-type]


def test_no_weight_overflows_the_hierarchy() -> None:
    """Huge, tiny and vanishing weights: units stay under the hierarchy's "no way"."""
    network = synthetic_network(1000)
    router = Router(network)
    for weights in (
        network.length_km * 1e300 / network.edge_count,
        network.length_km * 1e-300,
        network.length_km * 0.0,
    ):
        metric = router.customise(weights)
        route = metric.route(on_edge(0, 0.5), on_edge(network.edge_count - 1, 0.5))
        assert route is not None
        assert np.isfinite(route.total(weights))
    assert metric.resolution > 0
    assert UNREACHABLE == 2**31 - 1


def test_queries_may_come_from_several_threads() -> None:
    network = synthetic_network(3000)
    metric = Router(network, order=contraction_order(network)).customise(network.length_km)
    pairs = np.random.default_rng(4).integers(0, network.edge_count, (200, 2)).tolist()

    def cost(pair: list[int]) -> float:
        route = metric.route(on_edge(pair[0], 0.5), on_edge(pair[1], 0.5))
        assert route is not None
        return route.total(network.length_km)

    alone = [cost(pair) for pair in pairs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(cost, pairs)) == alone
