"""How well the probabilities of routes hold: many routes, rolling origins, predicted against observed.

Nothing of a window or after it is used to forecast it: counts, kernels' weights and a route's own frequency all end
before its origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.network.arcs import Route
from geo.network.graph import Floats, Ints, Network
from geo.network.snapping import at_node
from geo.network.travel import Travel, durations_min
from geo.routing import Router
from models.benchmark import Benchmark
from models.corridor import DensityRaster
from models.counts import CountHistory
from models.intensity import HORIZON_DAYS
from models.risk import RiskModel
from models.road_model import RoadEvents, RoadMixture, Surroundings
from models.road_places import Lixels
from models.segments import Near, as_metric_lines
from models.travelled import FREQUENCY_DAYS

ROUTES: Final = 250
SHORTEST_KM: Final = 100.0
WINDOW_DAYS: Final = 30
#: Limits of the bins of predicted probability.
BINS: Final = (0.0, 0.2, 0.4, 0.6, 1.0)
METHODS: Final = ("pooled", "negative_binomial", "frequency")


@dataclass(frozen=True, slots=True, eq=False)
class RouteBacktest:
    """One row per route and origin.

    `forecasts` holds ``route, origin, expected, negative_binomial, frequency, pooled, observed`` (incidents).
    """

    routes: int
    origins: int
    corridor_km: float
    forecasts: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return by method and bin of its probability: ``n``, mean ``predicted``, share ``observed`` with any."""
        rows = []
        for method in METHODS:
            predicted = self.forecasts[method]
            number = np.clip(np.searchsorted(BINS, predicted, side="right") - 1, 0, len(BINS) - 2)
            any_seen = (self.forecasts["observed"] > 0).astype(float)
            grouped = pd.DataFrame({"bin": number, "predicted": predicted, "observed": any_seen}).groupby("bin")
            table = grouped.mean().assign(n=grouped.size()).reset_index()
            limits = [f"{BINS[i]:g}-{BINS[i + 1]:g}" for i in table["bin"]]
            rows.append(table.assign(method=method, bin=limits))
        return pd.concat(rows)[["method", "bin", "n", "predicted", "observed"]].reset_index(drop=True)

    def brier(self) -> pd.Series:
        """Return the mean squared error of each method's probabilities, lower is better."""
        any_seen = (self.forecasts["observed"] > 0).astype(float)
        return pd.Series({method: float(((self.forecasts[method] - any_seen) ** 2).mean()) for method in METHODS})

    def ratio(self) -> float:
        """Return expected over observed incidents, summed over all routes and origins."""
        return float(self.forecasts["expected"].sum() / self.forecasts["observed"].sum())


def some_routes(network: Network, count: int = ROUTES, *, seed: int = 0) -> list[Route]:
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


def backtest(
    benchmark: Benchmark,
    network: Network,
    *,
    corridor_km: float = 15.0,
    count: int = ROUTES,
    window_days: int = WINDOW_DAYS,
    every_days: float = HORIZON_DAYS,
) -> RouteBacktest:
    """Forecast each route's next `window_days` at rolling origins `every_days` apart.

    Parameters
    ----------
    benchmark : Benchmark
        Events whose points stay where the source put them.
    corridor_km : float
        Half-width, to which each road's positional error is added.
    """
    lixels, events, domain = Lixels(network), benchmark.events, benchmark.domain
    reach = corridor_km + network.error_km
    surroundings = Surroundings.of(lixels, domain, reach)
    on_roads = RoadEvents(
        events, np.zeros(len(events)), lixels, finest_km=corridor_km, reach_km=reach, cells=surroundings.cells
    )
    roads = RoadMixture(lixels, domain)
    routes = some_routes(network, count)
    half_km = reach[lixels.edge]
    covers: sparse.csr_array | None = None
    days = _days_near(network, routes, Near(on_roads), reach)
    model = RiskModel()
    bank, history = model.bank(events, domain), CountHistory(events, domain)
    rows = []
    for t0 in np.arange(benchmark.begin, benchmark.until - window_days + 1e-9, every_days).tolist():
        model.fit(events, domain, t0=t0, bank=bank, history=history)
        forecast = model.forecast(events, bank=bank, history=history)
        shares = roads.intensity(roads.fit(on_roads, t0), on_roads, t0)
        expected = surroundings.forecast(shares, forecast.cells)
        raster = DensityRaster(lixels, domain, expected.expected, expected.off_road)
        if covers is None:  # the raster lies the same at every origin
            covers = _covers(raster, routes, lixels, half_km)
        total = np.asarray(covers @ raster.mass()) * (window_days / model.horizon_days)
        alpha = forecast.counts.alpha
        rows.append(_row(t0, total, alpha, days, window_days))
    return RouteBacktest(len(routes), len(rows), corridor_km, pd.concat(rows, ignore_index=True))


def _row(t0: float, expected: Floats, alpha: float, days: list[Floats], window_days: int) -> pd.DataFrame:
    windows = int(FREQUENCY_DAYS // window_days)
    frequency, observed = np.empty(len(days)), np.empty(len(days))
    for route, each in enumerate(days):
        age = np.ceil(t0 - each[each < t0]).astype(np.int64) - 1
        frequency[route] = len(np.unique(age[age < windows * window_days] // window_days)) / windows
        observed[route] = ((each >= t0) & (each < t0 + window_days)).sum()
    binomial = -np.expm1(-np.log1p(alpha * expected) / alpha)
    return pd.DataFrame(
        {
            "route": np.arange(len(days)),
            "origin": t0,
            "expected": expected,
            "negative_binomial": binomial,
            "frequency": frequency,
            "pooled": 0.5 * binomial + 0.5 * frequency,
            "observed": observed,
        }
    )


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
