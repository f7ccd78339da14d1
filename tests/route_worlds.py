"""SYNTHETIC worlds to test routes with: a planner on the synthetic default, and roads whose true hazard is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from roads_kit import synthetic_network

from geo.boundaries.places import Gazetteer
from geo.boundaries.regions import Boundaries
from geo.roads import Network, shipped_network
from geo.roads.arcs import Arcs
from geo.roads.pareto import pareto_routes, pick_distinct
from geo.roads.snapping import at_node
from geo.store import synthetic
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.domain import Domain
from models.risk.inputs import build_domain
from models.routes.planner import RoutePlanner

TODAY = date(2026, 11, 22)


@cache
def domain() -> Domain:
    return build_domain(Boundaries.shipped())


@cache
def assessment() -> Assessment:
    return assess(synthetic.incidents(), Boundaries.shipped(), as_of=TODAY, domain=domain())


@cache
def planner() -> RoutePlanner:
    return RoutePlanner.build(
        assessment(),
        synthetic.incidents(),
        Boundaries.shipped(),
        shipped_network(),
        today=TODAY,
        domain=domain(),
        hazards=synthetic.hazards(),
    )


def at(*names: str) -> tuple[tuple[float, float], ...]:
    found = [Gazetteer.shipped().find(name) for name in names]
    return tuple((place.lon, place.lat) for place in found)


#: Incidents recorded per edge, on average.
RECORDS_PER_EDGE = 0.5


def hazard(network: Network, rng: np.random.Generator, *, patchy: bool = True) -> np.ndarray:
    """Draw a hazard per passage and km for each edge, its logarithm with a standard deviation of 1."""
    if not patchy:
        return np.exp(rng.normal(0.0, 1.0, network.edge_count))
    middle = (network.coordinates[network.offsets[:-1]] + network.coordinates[network.offsets[1:] - 1]) / 2
    field = np.zeros(network.edge_count)
    for _ in range(60):
        centre = rng.uniform(middle.min(axis=0), middle.max(axis=0))
        field += rng.normal() * np.exp(-((middle - centre) ** 2).sum(axis=1) / 2)
    return np.exp(field / field.std())


@dataclass(frozen=True)
class Choices:
    """What choosing by a figure does: share of detours, how many of them are worse, true risk over the fastest's."""

    detours: float
    worse: float
    risk_of_detours: float
    risk: float


class HazardWorld:
    """Roads whose hazard per passage and km does not depend on traffic; records grow with both, and with reporting.

    Parameters
    ----------
    patchy : bool
        The hazard lies in patches about a degree wide; otherwise each edge has one of its own.
    minor_reporting : float
        Chance that an incident on a minor road is recorded, over that on a main road.
    """

    def __init__(
        self, seed: int = 0, edges: int = 600, trips: int = 100, *, patchy: bool = True, minor_reporting: float = 1.0
    ) -> None:
        rng = np.random.default_rng(seed)
        self.network: Network = synthetic_network(edges, seed=seed + 1)
        km = self.network.length_km
        self.hazard = hazard(self.network, rng, patchy=patchy)  # per passage and km, in some unit
        main = self.network.road_class < 5
        self.minutes = km / np.where(main, 80.0, 35.0) * 60
        self.traffic = np.where(main, 300.0, 15.0) * np.exp(rng.normal(0.0, 0.7, len(km)))
        expected = self.hazard * self.traffic * km * np.where(main, 1.0, minor_reporting)
        self.recorded = rng.poisson(expected * RECORDS_PER_EDGE * len(km) / expected.sum())
        #: Where nothing is recorded at all, the shorter way has fewer.
        self.records = self.recorded + 0.01 * km * self.recorded.sum() / km.sum()
        self.arcs = Arcs.of(self.network)
        self.trips = []
        while len(self.trips) < trips:
            a, b = rng.integers(0, self.network.node_count, 2)
            ends = [at_node(self.network, int(a)), at_node(self.network, int(b))]
            found = pareto_routes(self.network, self.minutes, self.records, ends, arcs=self.arcs)
            if a != b and found.routes:
                self.trips.append([found.routes[i] for i in pick_distinct(found.routes, km)])

    def per_passage(self, log_sd: float, seed: int = 0) -> np.ndarray:
        """Recorded incidents per passage of each edge, drawn towards the mean as far as its exposure is small."""
        noise = np.exp(np.random.default_rng(seed).normal(0.0, log_sd, self.network.edge_count))
        exposure = self.traffic * noise * self.network.length_km
        mean = self.recorded.sum() / exposure.sum()
        return (self.recorded + 1.0) / (exposure + 1.0 / mean) * self.network.length_km

    def choose(self, figure: np.ndarray) -> Choices:
        truth = self.hazard * self.network.length_km
        ratios = []
        for routes in self.trips:
            best = min(routes, key=lambda route: route.total(figure))
            ratios.append((best is not routes[0], best.total(truth) / routes[0].total(truth)))
        detour = np.array([each[0] for each in ratios])
        ratio = np.array([each[1] for each in ratios])
        worse = float((ratio[detour] > 1).mean()) if detour.any() else 0.0
        mean = float(ratio[detour].mean()) if detour.any() else 1.0
        return Choices(float(detour.mean()), worse, mean, float(ratio.mean()))
