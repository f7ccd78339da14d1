"""How well the probabilities of routes hold: many routes, month after month, predicted against observed.

Nothing of a window or after it is used to forecast it: counts, kernels' weights and a route's own frequency all end
before its origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.roads.graph import Floats, Network
from models.evaluation.benchmark import Benchmark
from models.evaluation.scores import ratio_interval
from models.risk.counts import CountHistory
from models.risk.model import RiskModel
from models.routes.dispersion import SampleRoutes
from models.routes.probability import frequency, negative_binomial_any, probability_any

ROUTES: Final = 250
WINDOW_DAYS: Final = 30
#: Limits of the bins of predicted probability.
BINS: Final = (0.0, 0.2, 0.4, 0.6, 1.0)
METHODS: Final = ("pooled", "negative_binomial", "frequency")
#: Windows that the bootstrap draws together, half a year: routes share their incidents, and months their surges.
BLOCK_WINDOWS: Final = 6


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
        """Return by method and bin of its probability: ``n``, mean ``predicted``, share ``observed`` with any.

        ``low`` and ``high`` are the 90 % moving-block bootstrap interval of the observed share over origins.
        """
        any_seen = (self.forecasts["observed"] > 0).astype(float)
        origins = np.sort(self.forecasts["origin"].unique())
        rows = []
        for method in METHODS:
            predicted = self.forecasts[method]
            number = np.clip(np.searchsorted(BINS, predicted, side="right") - 1, 0, len(BINS) - 2)
            columns = {"origin": self.forecasts["origin"], "predicted": predicted, "observed": any_seen}
            table = pd.DataFrame(columns)
            for each in np.unique(number).tolist():
                group = table[number == each]
                by_origin = group.groupby("origin")["observed"].agg(["sum", "size"]).reindex(origins, fill_value=0)
                seen, count = by_origin.to_numpy(np.float64).T
                observed, low, high = ratio_interval(seen, count, block=BLOCK_WINDOWS)
                limits = f"{BINS[each]:g}-{BINS[each + 1]:g}"
                rows.append((method, limits, len(group), group["predicted"].mean(), observed, low, high))
        return pd.DataFrame(rows, columns=["method", "bin", "n", "predicted", "observed", "low", "high"])

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
    every_days: float | None = None,
) -> RouteBacktest:
    """Forecast each route's next `window_days` at rolling origins.

    Parameters
    ----------
    benchmark : Benchmark
        Events whose points stay where the source put them.
    corridor_km : float
        Half-width, to which each road's positional error is added.
    every_days : float, optional
        Days between origins; by default the windows follow one another without a gap, so that every incident counts.
    """
    events, domain = benchmark.events, benchmark.domain
    routes = SampleRoutes.of(network, events, np.zeros(len(events)), domain, corridor_km=corridor_km, count=count)
    near = routes.surroundings
    model = RiskModel()
    bank, history = model.bank(events, domain), CountHistory(events, domain)
    rows = []
    for t0 in np.arange(benchmark.begin, benchmark.until - window_days + 1e-9, every_days or window_days).tolist():
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
    own = [frequency(np.ceil(t0 - days) - 1, window_days) for days in routes.days]
    each = list(zip(expected.tolist(), own, strict=True))
    return pd.DataFrame(
        {
            "route": np.arange(len(own)),
            "origin": t0,
            "alpha": alpha,
            "expected": expected,
            "negative_binomial": [negative_binomial_any(mean, alpha) for mean, _ in each],
            "frequency": [past.share for past in own],
            "pooled": [probability_any(mean, alpha, past) for mean, past in each],
            "observed": routes.observed(t0, window_days),
        }
    )
