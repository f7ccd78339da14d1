"""Routing on SYNTHETIC country networks against networkx and scipy; importing and reloading them.

``pytest tests/bench/test_routing.py -m bench -s`` prints the figures.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
from osmium.osm.mutable import Node, Way
from roads_kit import grid_edges, on_edge, synthetic_network, synthetic_risk
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.roads import CLASSES, Network
from geo.roads.arcs import Route
from geo.roads.cache import load_network
from geo.roads.cutting import route_line
from geo.roads.pareto import pareto_routes, pick_distinct
from geo.roads.routing import Router, contraction_order
from geo.roads.segments import passed_segments
from geo.roads.snapping import Snapper
from geo.roads.travel import Travel, durations_min

pytestmark = pytest.mark.bench

EDGES = 150_000
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def network() -> Network:
    return synthetic_network(EDGES)


@pytest.fixture(scope="module")
def router(network: Network) -> Router:
    return Router(network, order=contraction_order(network))


def seconds(work: Callable[[], object]) -> float:
    """Processor time: other work on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def median_s(work: Callable[[], object], runs: int) -> float:
    """Median processor time of one run."""
    return statistics.median(seconds(work) for _ in range(runs))


def test_shortest_paths_against_networkx_and_scipy(network: Network, router: Router) -> None:
    metres = np.rint(network.length_km * 1000)  # whole numbers: every peer gives exactly the same
    metric = router.customise(metres)
    arcs = router.arcs
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(zip(arcs.tail.tolist(), arcs.head.tolist(), metres[arcs.edge].tolist(), strict=True))
    matrix = csr_array((metres[arcs.edge], (arcs.tail, arcs.head)), shape=(network.node_count, network.node_count))

    def ours(a: int, b: int) -> None:  # from junction to junction
        metric.route(on_edge(a, 1.0), on_edge(b, 0.0))

    def with_networkx(a: int, b: int) -> None:
        nx.dijkstra_path(graph, int(network.head[a]), int(network.tail[b]))

    def with_scipy(a: int, b: int) -> None:
        dijkstra(matrix, indices=int(network.head[a]), return_predecessors=True)[0][int(network.tail[b])]

    # Sixty of ours take some ten milliseconds, sixty of networkx' a quarter of a minute: in rounds, so that a moment
    # in which the machine is slow falls on all of them. No pair comes twice.
    times: dict[Callable[[int, int], None], list[float]] = {ours: [], with_networkx: [], with_scipy: []}
    for pairs in np.random.default_rng(11).integers(0, network.edge_count, (12, 60, 2)).tolist():
        for one, todo in ((ours, pairs), (with_networkx, pairs[:5]), (with_scipy, pairs[:5])):
            times[one] += [seconds(lambda one=one, pair=pair: one(*pair)) for pair in todo]
        for a, b in pairs[:5]:
            route = metric.route(on_edge(a, 1.0), on_edge(b, 0.0))
            assert route is not None
            assert route.total(metres) == nx.dijkstra_path_length(graph, int(network.head[a]), int(network.tail[b]))
    here, there, scipy_s = (statistics.median(times[one]) for one in (ours, with_networkx, with_scipy))
    print(
        f"\nshortest path, {network.edge_count} edges: {here * 1e3:.3f} ms; networkx {there * 1e3:.0f} ms "
        f"({there / here:.0f} x), scipy {scipy_s * 1e3:.1f} ms ({scipy_s / here:.0f} x)"
    )
    assert there / here >= 1000
    assert scipy_s / here >= 20


def test_new_weights_and_a_whole_answer(network: Network, router: Router) -> None:
    risk = synthetic_risk(network)
    customised = median_s(lambda: router.customise(risk), 7)
    print(f"\nnew weights on {network.edge_count} edges: {customised * 1e3:.0f} ms")
    assert customised < 0.1
    metric, snapper = router.customise(durations_min(network, Travel())), Snapper(network)
    points = np.random.default_rng(12).uniform([-10, 12], [2, 20], (80, 2, 2))

    def answer(start: np.ndarray, end: np.ndarray) -> Route:
        route = metric.route(snapper.snap(*start), snapper.snap(*end))
        assert route is not None
        passed_segments(network, route)
        route_line(network, route)
        route.total(risk)
        return route

    answer(*points[0])
    picked = iter(points)
    answered = median_s(lambda: answer(*next(picked)), 60)
    print(f"positions, path, line, segments and sums: {answered * 1e3:.1f} ms at the median")
    assert answered < 0.05


def test_the_pareto_set(network: Network, router: Router) -> None:
    risk, minutes = synthetic_risk(network), durations_min(network, Travel())
    pairs = np.random.default_rng(13).integers(0, network.edge_count, (22, 2)).tolist()
    found, times = [], []
    for a, b in pairs:
        places = [on_edge(a, 0.5), on_edge(b, 0.5)]
        start = time.process_time()
        result = pareto_routes(network, minutes, risk, places, epsilon=0.01, arcs=router.arcs)
        kept = pick_distinct(result.routes, network.length_km)
        times.append(time.process_time() - start)
        found.append((len(result.routes), len(kept), result.epsilon))
    median = statistics.median(times[1:])  # the first compiles
    print(
        f"\nPareto set of time and incidents (1 %): {median * 1e3:.0f} ms at the median, {max(times[1:]):.1f} s at "
        f"most; {statistics.median(each[0] for each in found):.0f} routes, merged within "
        f"{max(each[2] for each in found):.3f} at most"
    )
    assert median < 0.5


def write_country(path: Path, edges: int, seed: int = 1) -> None:
    """Write a SYNTHETIC country as PBF: ways of one edge with five points between junctions, and as much else."""
    places, pairs, rank = grid_edges(edges, seed)
    rng = np.random.default_rng(seed)
    with osmium.SimpleWriter(str(path), bufsz=4_000_000) as writer:
        for number, (lon, lat) in enumerate(places.tolist(), 1):
            writer.add_node(Node(id=number, location=(lon, lat), version=1))
        number = len(places)
        starts = []
        between = np.linspace(0, 1, 7)[1:-1, None]
        for a, b in pairs.tolist():
            line = places[a] + between * (places[b] - places[a]) + rng.normal(0, 2e-4, (5, 2))
            starts.append(number + 1)
            for lon, lat in line.tolist():
                number += 1
                writer.add_node(Node(id=number, location=(lon, lat), version=1))
        for way, ((a, b), code) in enumerate(zip(pairs.tolist(), rank.tolist(), strict=True), 1):
            inner = list(range(starts[way - 1], starts[way - 1] + 5))
            tags = {"highway": CLASSES[code], "surface": "laterite", "name": f"Route {way % 5000}"}
            writer.add_way(Way(id=way, nodes=[a + 1, *inner, b + 1], tags=tags, version=1))
            writer.add_way(Way(id=10_000_000 + way, nodes=[*inner, inner[0]], tags={"building": "yes"}, version=1))


#: Imports a file in a process of its own, so that its memory is its own.
IMPORT = """
import sys, time
from pathlib import Path
from geo.roads.cache import save
from geo.roads.importing.reading import read_roads
from geo.roads.routing import contraction_order
start = time.process_time()
read = read_roads(sys.argv[1])
seconds = time.process_time() - start
start = time.process_time()
order = contraction_order(read.network)
ordered = time.process_time() - start
save(Path(sys.argv[2]), read.network, order=order)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) / 1e6  # ru_maxrss would count what the parent held at the fork
print(read.network.edge_count, seconds, ordered, peak)
"""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("edges", [EDGES, pytest.param(1_000_000, id="million")])
def test_a_country_imports_and_reloads(tmp_path: Path, edges: int) -> None:
    source = tmp_path / "country.osm.pbf"
    write_country(source, edges)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(source), str(tmp_path / "roads")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
    )
    count, read_s, ordered, peak = (float(each) for each in done.stdout.split())
    reload_s = median_s(lambda: load_network(tmp_path / "roads"), 3)
    found = load_network(tmp_path / "roads")
    start = time.process_time()
    Router(found.network, order=found.order)
    router_s = time.process_time() - start
    print(
        f"\nPBF of {source.stat().st_size / 1e6:.0f} MB, {count:.0f} edges: read in {read_s:.0f} s, ordered in "
        f"{ordered:.0f} s, {peak:.2f} GB at most; reloaded in {reload_s:.2f} s, router ready in {router_s:.2f} s more"
    )
    assert abs(count / edges - 1) < 0.05
    assert read_s + ordered < 300 * edges / EDGES
    assert peak < 2.0
    assert reload_s < 1.0


@pytest.mark.timeout(1800)
def test_a_geopackage_of_a_country_imports(tmp_path: Path, network: Network) -> None:
    frame = gpd.GeoDataFrame(
        {"highway": [CLASSES[code] for code in network.road_class]}, geometry=network.lines(), crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "country.gpkg", layer="roads")
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(tmp_path / "country.gpkg"), str(tmp_path / "roads")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
    )
    count, read_s, _, peak = (float(each) for each in done.stdout.split())
    print(f"\nGeoPackage of {count:.0f} edges: noded in {read_s:.0f} s, {peak:.2f} GB at most")
    assert count == network.edge_count
    assert read_s < 300
    assert peak < 2.0
