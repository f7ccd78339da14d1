"""How well the probabilities of routes hold: many routes, rolling origins, predicted against observed.

Nothing of a window or after it is used to forecast it: counts, kernels' weights and a route's own frequency all end
before its origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.network.graph import Floats, Network
from models.benchmark import Benchmark
from models.counts import CountHistory
from models.intensity import HORIZON_DAYS
from models.risk import RiskModel
from models.route_dispersion import SampleRoutes
from models.travelled import FREQUENCY_DAYS

ROUTES: Final = 250
WINDOW_DAYS: Final = 30
#: Limits of the bins of predicted probability.
BINS: Final = (0.0, 0.2, 0.4, 0.6, 1.0)
METHODS: Final = ("pooled", "negative_binomial", "frequency")


@dataclass(frozen=True, slots=True, eq=False)
class RouteBacktest:
    """One row per route and origin.

    `forecasts` holds ``route, origin, alpha, expected, negative_binomial, frequency, pooled, observed`` (incidents).
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
    events, domain = benchmark.events, benchmark.domain
    routes = SampleRoutes.of(network, events, np.zeros(len(events)), domain, corridor_km=corridor_km, count=count)
    near = routes.surroundings
    model = RiskModel()
    bank, history = model.bank(events, domain), CountHistory(events, domain)
    rows = []
    for t0 in np.arange(benchmark.begin, benchmark.until - window_days + 1e-9, every_days).tolist():
        model.fit(events, domain, t0=t0, bank=bank, history=history)
        forecast = model.forecast(events, bank=bank, history=history)
        mixture = routes.roads.fit(routes.events, t0)
        cells = forecast.cells * near.near
        by_unit = np.asarray(np.bincount(near.cell_unit, cells, minlength=near.units), np.float64)
        alpha = routes.alpha(mixture, model.counts_, history, by_unit / forecast.units, t0)
        total = routes.corridors(mixture, by_unit, t0) * (window_days / model.horizon_days)
        rows.append(_row(t0, total, alpha, routes, window_days))
    return RouteBacktest(len(routes.days), len(rows), corridor_km, pd.concat(rows, ignore_index=True))


def _row(t0: float, expected: Floats, alpha: float, routes: SampleRoutes, window_days: int) -> pd.DataFrame:
    windows = int(FREQUENCY_DAYS // window_days)
    days = routes.days
    frequency = np.empty(len(days))
    for route, each in enumerate(days):
        age = np.ceil(t0 - each[each < t0]).astype(np.int64) - 1
        frequency[route] = len(np.unique(age[age < windows * window_days] // window_days)) / windows
    binomial = -np.expm1(-np.log1p(alpha * expected) / alpha)
    return pd.DataFrame(
        {
            "route": np.arange(len(days)),
            "origin": t0,
            "alpha": alpha,
            "expected": expected,
            "negative_binomial": binomial,
            "frequency": frequency,
            "pooled": 0.5 * binomial + 0.5 * frequency,
            "observed": routes.observed(t0, window_days),
        }
    )
