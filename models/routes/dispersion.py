"""How far counts in corridors of routes scatter around what is expected: their own overdispersion, from past windows.

A route passes many cercles, so that its count scatters less than one cercle's. It is learned on the shipped network,
whichever is routed on: what matters is the shape of the area, not each bend of a road.

Whether an incident known by its cercle only was in a corridor nobody can say. So what is compared is what is expected
and what was seen of incidents with a usable point: where each incident has one by chance, their count is a thinned
one, and a thinned negative binomial has the overdispersion of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar

from geo.roads.arcs import Route
from geo.roads.graph import Floats, Ints, Network
from geo.roads.routing import Router
from geo.roads.snapping import at_node
from geo.roads.travel import Travel, durations_min
from models.risk.counts import CountHistory, CountModel
from models.risk.distributions import negative_binomial_log_pmf
from models.risk.domain import Domain
from models.risk.location import Events
from models.routes.corridor import DensityRaster
from models.routes.lixels import Lixels
from models.routes.near import Near, as_metric_lines
from models.routes.road_model import Mixture, RoadEvents, RoadMixture, Surroundings

SHORTEST_KM: Final = 100.0
WINDOW_DAYS: Final = 30.0
#: Past windows, one after the other over three years; older ones count less, as for the cercles' counts. One window a
#: quarter is too few: the routes of a window share their incidents, and α then falls to nothing in some quarters.
WINDOWS: Final = 36
DECAY_DAYS: Final = 730.0
#: With fewer incidents near roads that have a usable point, the overdispersion is that of the cercles' counts.
LEAST_POINTS: Final = 30
_LOG_ALPHA: Final = (-6.0, 4.0)


def sample_routes(network: Network, count: int, *, seed: int = 0) -> list[Route]:
    """Return fastest routes between towns drawn by chance, none shorter than 100 km, no pair of towns twice."""
    rng = np.random.default_rng(seed)
    metric = Router(network).customise(durations_min(network, Travel()))
    pairs = [(a, b) for a in range(network.node_count) for b in range(a)]
    routes: list[Route] = []
    for number in rng.permutation(len(pairs)).tolist():
        a, b = pairs[number]
        route = metric.route(at_node(network, a), at_node(network, b))
        if route is not None and route.total(network.length_km) >= SHORTEST_KM:
            routes.append(route)
        if len(routes) == count:
            break
    return routes


@dataclass(frozen=True, slots=True, eq=False)
class SampleRoutes:
    """Routes on one network, the cells of the density raster in their corridors, and the days of incidents there.

    `covers` has shape (routes, cells of the raster).
    """

    roads: RoadMixture
    surroundings: Surroundings
    events: RoadEvents
    domain: Domain
    covers: sparse.csr_array
    days: tuple[Floats, ...]

    @classmethod
    def of(
        cls, network: Network, events: Events, error_km: Floats, domain: Domain, *, corridor_km: float, count: int
    ) -> SampleRoutes:
        """Draw `count` routes; points with an error beyond `corridor_km` are spread."""
        lixels = Lixels(network)
        reach = corridor_km + network.error_km
        surroundings = Surroundings.of(lixels, domain, reach)
        on_roads = RoadEvents(events, error_km, lixels, finest_km=corridor_km, reach_km=reach, cells=surroundings.cells)
        routes = sample_routes(network, count)
        raster = DensityRaster(lixels, domain, np.zeros(len(lixels)), np.zeros(len(domain)))
        covers = _covers(raster, routes, lixels, reach[lixels.edge])
        days = _days_near(network, routes, Near(on_roads), reach)
        return cls(RoadMixture(lixels, domain), surroundings, on_roads, domain, covers, tuple(days))

    def observed(self, start: float, days: float) -> Floats:
        """Return how many incidents with a usable point each corridor saw in [start, start + days)."""
        return np.array([((each >= start) & (each < start + days)).sum() for each in self.days], np.float64)

    def alpha(self, mixture: Mixture, counts: CountModel, history: CountHistory, near: Floats, t0: float) -> float:
        """Return the overdispersion of counts in corridors, from windows that end before `t0`.

        Where too few incidents near roads have a usable point, it is that of the cercles' counts.

        Parameters
        ----------
        mixture : Mixture
            Learned on these roads before `t0`.
        counts : CountModel, history : CountHistory
            The cercles' count model, fitted before `t0`, and its rates.
        near : float array (units,)
            The part of each cercle's incidents that is near roads.
        """
        means, seen, weights = [], [], []
        first = self.events.events.day.min() + DECAY_DAYS / 2
        starts = [start for start in t0 - np.arange(1, WINDOWS + 1) * WINDOW_DAYS if start >= first]
        if not starts or self._located(starts[-1], t0) < LEAST_POINTS:
            return float(counts.regressor_.alpha_)
        for start in starts:
            mu = counts.regressor_.predict(history.features(start, counts.horizon_days))
            located = self.corridors(mixture, mu * near, start, located=True)
            means.append(located * (WINDOW_DAYS / counts.horizon_days))
            seen.append(self.observed(start, WINDOW_DAYS))
            weights.append(np.full(len(self.days), np.exp(-(t0 - start) / DECAY_DAYS)))
        return _dispersion(np.concatenate(seen), np.concatenate(means), np.concatenate(weights))

    def _located(self, start: float, end: float) -> int:
        """Return how many incidents near roads in [start, end) have a usable point."""
        day = self.events.events.day
        return int(((self.events.place >= 0) & (day >= start) & (day < end)).sum())

    def corridors(self, mixture: Mixture, per_unit: Floats, t0: float, *, located: bool = False) -> Floats:
        """Return what is expected in each corridor when `per_unit` (units,) is expected near each cercle's roads.

        `located` takes of it only what is expected of incidents with a usable point.
        """
        intensity = self.roads.intensity(mixture, self.events, t0)
        shares = intensity.share
        unit = self.surroundings.unit
        inside = unit >= 0
        known = np.bincount(unit[inside], shares[inside], minlength=len(per_unit))
        factor = np.where(inside, (per_unit / np.where(known > 0, known, np.inf))[unit], 0.0)
        lixels = self.roads.lixels
        expected = factor * (intensity.located if located else shares)
        raster = DensityRaster(lixels, self.domain, expected, np.zeros(len(self.domain)))
        return np.asarray(self.covers @ raster.mass(), np.float64)


def _dispersion(counts: Floats, mean: Floats, weight: Floats) -> float:
    mean = np.maximum(mean, 1e-9)

    def loss(log_alpha: float) -> float:
        return -float(weight @ negative_binomial_log_pmf(counts, mean, float(np.exp(log_alpha))))

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_ALPHA, method="bounded", options={"xatol": 1e-3}).x))


def _covers(raster: DensityRaster, routes: list[Route], lixels: Lixels, half_km: Floats) -> sparse.csr_array:
    """How much of each cell of the raster lies in the corridor of each route."""
    rows, cells, weights = [], [], []
    for number, route in enumerate(routes):
        lixel, _ = lixels.passed(route.edge, route.start, route.end)
        cell, weight, _ = raster.cover(lixels.xy_m[lixel], half_km[lixel])
        rows.append(np.full(len(cell), number))
        cells.append(cell)
        weights.append(weight)
    entries = np.concatenate(weights), (np.concatenate(rows), np.concatenate(cells))
    return sparse.csr_array(entries, shape=(len(routes), len(raster.mass())))


def _days_near(network: Network, routes: list[Route], near: Near, reach_km: Floats) -> list[Floats]:
    """The days of the events in the corridor of each route."""
    lines: NDArray[np.object_] = as_metric_lines(network)
    edge, spot = near.pairs(lines, reach_km)
    result = []
    for route in routes:
        spots: Ints = np.unique(spot[np.isin(edge, route.edge)])
        events, _ = near.of_spots(spots)
        result.append(near.events.day[events])
    return result
