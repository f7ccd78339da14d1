"""Relations that hold on any network: symmetry, parts of routes, segments, and the shortest path itself."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roads_kit import on_edge, small_network

from geo.roads import Network
from geo.roads.arcs import Route
from geo.roads.cutting import route_line
from geo.roads.routing import Router
from geo.roads.segments import passed_segments, segment_counts

fractions = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1, width=16))


@st.composite
def networks(draw: st.DrawFn, *, oneway: bool = True) -> Network:
    nodes = draw(st.integers(2, 8))
    ends = st.integers(0, nodes - 1)
    pairs = draw(st.lists(st.tuples(ends, ends), min_size=1, max_size=16))
    ways = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs))) if oneway else None
    seed = draw(st.integers(0, 1000))
    places = np.random.default_rng(seed).uniform([-5, 13], [-4, 14], (nodes, 2))
    return small_network(places, pairs, oneway=ways)


def edges_of(network: Network) -> st.SearchStrategy[int]:
    return st.integers(0, network.edge_count - 1)


@settings(max_examples=150)
@given(networks(), st.data())
def test_routes_are_as_short_as_networkx_s(network: Network, data: st.DataObject) -> None:
    weights = np.array(
        data.draw(st.lists(st.integers(0, 50), min_size=network.edge_count, max_size=network.edge_count))
    )
    closed = np.array(data.draw(st.lists(st.booleans(), min_size=network.edge_count, max_size=network.edge_count)))
    start, end = data.draw(edges_of(network)), data.draw(edges_of(network))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.node_count))
    for edge in np.flatnonzero(~closed).tolist():
        a, b = int(network.tail[edge]), int(network.head[edge])
        graph.add_edge(a, b, weight=int(weights[edge]))
        if not network.oneway[edge]:
            graph.add_edge(b, a, weight=int(weights[edge]))
    origin, target = int(network.head[start]), int(network.tail[end])
    expected = (
        nx.dijkstra_path_length(graph, origin, target, weight="weight") if nx.has_path(graph, origin, target) else None
    )
    for backend in ("cch", "scipy"):
        metric = Router(network, backend=backend).customise(weights.astype(float), closed)
        # From the end of one edge to the beginning of another: from junction to junction.
        route = metric.route(on_edge(start, 1.0), on_edge(end, 0.0))
        assert (route is None) == (expected is None)
        if route is not None:
            assert route.total(weights.astype(float)) == expected
            assert_hangs_together(network, route)


def assert_hangs_together(network: Network, route: Route) -> None:
    line = route_line(network, route)
    assert line.is_empty == (len(route.edge) == 0)
    for piece in range(len(route.edge) - 1):
        this, after = route.edge[piece], route.edge[piece + 1]
        left = network.head[this] if route.end[piece] == 1.0 else network.tail[this]
        entered = network.tail[after] if route.start[piece + 1] == 0.0 else network.head[after]
        assert left == entered
    against = route.end < route.start
    assert not network.oneway[route.edge[against]].any()


@settings(max_examples=80)
@given(networks(oneway=False), st.data())
def test_an_undirected_route_costs_the_same_both_ways(network: Network, data: st.DataObject) -> None:
    a, b = data.draw(edges_of(network)), data.draw(edges_of(network))
    f, g = data.draw(fractions), data.draw(fractions)
    metric = Router(network).customise(network.length_km)
    there, back = metric.route(on_edge(a, f), on_edge(b, g)), metric.route(on_edge(b, g), on_edge(a, f))
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.total(network.length_km) == pytest.approx(back.total(network.length_km), rel=1e-6, abs=1e-6)


@settings(max_examples=80)
@given(networks(), st.data())
def test_segments_of_a_route_add_up_and_parts_expect_less(network: Network, data: st.DataObject) -> None:
    a, b = data.draw(edges_of(network)), data.draw(edges_of(network))
    route = (
        Router(network)
        .customise(network.length_km)
        .route(on_edge(a, data.draw(fractions)), on_edge(b, data.draw(fractions)))
    )
    if route is None:
        return
    parts = passed_segments(network, route)
    assert (parts.share > 0).all()
    assert (parts.share <= 1 + 1e-9).all()
    per_segment = np.repeat(network.length_km / segment_counts(network), segment_counts(network))
    assert (per_segment[parts.segment] * parts.share).sum() == pytest.approx(route.total(network.length_km), abs=1e-9)
    values = np.random.default_rng(1).random(network.edge_count)
    for cut in range(len(route.edge)):
        part = Route(route.edge[:cut], route.start[:cut], route.end[:cut])
        assert part.total(values) <= route.total(values) + 1e-12
