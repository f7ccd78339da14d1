"""The committed backtest of routes, as the model card shows it: what was predicted, what came."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Final

from geo.core.provenance import data_path

#: The probability that every answer gives.
METHOD: Final = "pooled"


@dataclass(frozen=True, slots=True)
class RouteBin:
    """Routes whose probability of at least one incident was predicted between two limits.

    `observed` is the share of them with any, `low` and `high` its 90 % interval; `corridor_km` lies to each side.
    """

    corridor_km: float
    least: float
    most: float
    n: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RouteScores:
    """Routes, windows one after the other, and their bins; Brier scores and ratios of each corridor.

    `brier` is that of the probability, `brier_frequency` that of the route's own frequency alone; lower is better.
    """

    routes: int
    origins: int
    bins: tuple[RouteBin, ...]
    brier: dict[float, float]
    brier_frequency: dict[float, float]
    expected_over_observed: dict[float, float]


def route_scores() -> RouteScores:
    """Read the committed table, ``data/model/route_backtest.csv``."""
    with data_path("model/route_backtest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = [row for row in rows if row["method"] == METHOD]
    bins = []
    for row in shown:
        least, most = (float(limit) for limit in row["bin"].split("-"))
        values = (float(row[name]) for name in ("predicted", "observed", "low", "high"))
        bins.append(RouteBin(float(row["corridor_km"]), least, most, int(row["n"]), *values))
    return RouteScores(
        routes=int(shown[0]["routes"]),
        origins=int(shown[0]["origins"]),
        bins=tuple(bins),
        brier={float(row["corridor_km"]): float(row["brier"]) for row in shown},
        brier_frequency={
            float(row["corridor_km"]): float(row["brier"]) for row in rows if row["method"] == "frequency"
        },
        expected_over_observed={float(row["corridor_km"]): float(row["expected_over_observed"]) for row in shown},
    )
