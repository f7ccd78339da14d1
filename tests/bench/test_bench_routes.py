"""Full answers about routes on a SYNTHETIC country network of 150,000 edges.

``pytest tests/bench/test_bench_routes.py -m bench -s`` prints the figures.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
from roads_kit import synthetic_network
from route_worlds import TODAY, assessment, domain

from geo.boundaries.regions import Boundaries
from geo.store import synthetic
from models.routes.answer import RouteRequest
from models.routes.planner import RoutePlanner

pytestmark = pytest.mark.bench

EDGES = 150_000


@pytest.fixture(scope="module")
def planner() -> RoutePlanner:
    network = synthetic_network(EDGES)
    start = time.perf_counter()
    built = RoutePlanner.build(
        assessment(),
        synthetic.incidents(),
        Boundaries.shipped(),
        network,
        today=TODAY,
        domain=domain(),
        hazards=synthetic.hazards(),
    )
    print(f"\nplanner of {network.edge_count} edges built in {time.perf_counter() - start:.1f} s")
    return built


def _waypoints(planner: RoutePlanner, count: int) -> list[tuple[tuple[float, float], ...]]:
    """Pairs of places in the country, 300 to 700 km apart."""
    rng = np.random.default_rng(3)
    pairs = []
    while len(pairs) < count:
        lon, lat = rng.uniform(-10, 2, 2), rng.uniform(12.5, 17, 2)
        km = 111 * np.hypot((lon[0] - lon[1]) * np.cos(np.radians(15)), lat[0] - lat[1])
        if 300 <= km <= 700:
            pairs.append(((float(lon[0]), float(lat[0])), (float(lon[1]), float(lat[1]))))
    return pairs


def median_s(work: Callable[[], object], runs: int) -> float:
    """Median processor time of one run: other work on the machine does not count."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def test_a_full_answer_takes_milliseconds(planner: RoutePlanner) -> None:
    for alternatives, limit, runs in ((False, 0.05, 40), (True, 0.5, 12)):
        todo = itertools.cycle(_waypoints(planner, 12))

        def ask(todo: itertools.cycle = todo, *, alternatives: bool = alternatives) -> object:
            return planner.route(RouteRequest(next(todo), alternatives=alternatives, max_snap_km=50.0))

        ask()
        seconds = median_s(ask, runs)
        answer = ask()
        print(
            f"alternatives {alternatives}: {1000 * seconds:.1f} ms; last: {answer.length_km:.0f} km, "
            f"{len(answer.segments)} segments, {len(answer.incidents)} incidents, {len(answer.alternatives)} others"
        )
        assert seconds < limit
