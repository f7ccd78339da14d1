"""What the model has to reach on the benchmark, as stated before it was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from models.evaluation.evaluate import CONFLICTOLOGY, LONGRUN, LOW_RATING, Evaluation
from models.evaluation.scores import RISK

LEAST_IN_BIN: Final = 40
BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the protocol: a measured value, its interval where it has one, and the range it must lie in."""

    name: str
    value: float
    low: float
    high: float
    least: float
    most: float

    @property
    def passed(self) -> bool:
        """Whether the value lies in the range."""
        return bool(self.least <= self.value <= self.most)


def criteria(evaluation: Evaluation, model: str = RISK) -> tuple[Criterion, ...]:
    """Return every line of the protocol under "Pass" for `model`, measured."""
    inf = float("inf")
    lines = []
    for metric, where in (("gain", "cells"), ("gain_60km", "blocks of 60 km")):
        value, low, high = evaluation.score(model, metric, over=LONGRUN)
        lines.append(Criterion(f"gain over long-run counts on {where}", value, low, high, 0.15, inf))
        lines.append(Criterion(f"its lower 90 % bound on {where}", low, low, high, 1e-12, inf))
    best = max((LONGRUN, "kde25"), key=lambda name: evaluation.score(name, "hit_10")[0])
    value, low, high = evaluation.score(model, "hit_10", over=best)
    lines.append(Criterion("hit rate at 10 % of area over the better baseline", value, low, high, 1.05, inf))
    for metric, most in (("crps", 0.98), ("brier", 0.97)):
        value, low, high = evaluation.score(RISK, metric, over=CONFLICTOLOGY)
        lines.append(Criterion(f"{metric} per cercle over conflictology", value, low, high, 0.0, most))
        lines.append(Criterion(f"its upper 90 % bound ({metric})", high, low, high, 0.0, 1 - 1e-12))
    worst = reliability(evaluation).query(f"n >= {LEAST_IN_BIN}")["difference"].abs().max()
    lines.append(Criterion("largest miss of a reliability bin", worst, np.nan, np.nan, 0.0, 0.08))
    lines.append(Criterion("90 % bound exceeded", *evaluation.score(RISK, "exceeded"), 0.0, 0.10))
    lines.append(Criterion("randomised PIT in [.1, .9]", *evaluation.score(RISK, "cover_80"), 0.76, 0.84))
    forecasts = evaluation.forecasts.xs(RISK, level="model")
    missed = forecasts.loc[forecasts["p_any"] < LOW_RATING, "observed"].sum() / forecasts["observed"].sum()
    lines.append(Criterion("events in cercles rated below 5 %", missed, np.nan, np.nan, 0.0, 0.03))
    new = evaluation.quarters[["never_expected", "never_observed"]].sum()
    ratio = new["never_expected"] / new["never_observed"]
    lines.append(Criterion("predicted over actual on cells never recorded", ratio, np.nan, np.nan, 0.7, 1.5))
    return tuple(lines)


def reliability(evaluation: Evaluation, model: str = RISK, bins: int = BINS) -> pd.DataFrame:
    """Return by bin of the predicted probability of any event: ``n``, ``predicted``, ``observed``, ``difference``."""
    forecasts = evaluation.forecasts.xs(model, level="model")
    number = np.minimum((forecasts["p_any"] * bins).astype(int), bins - 1)
    happened = (forecasts["observed"] > 0).astype(float)
    table = pd.DataFrame({"bin": number, "predicted": forecasts["p_any"], "observed": happened})
    grouped = table.groupby("bin")
    result = grouped.mean().assign(n=grouped.size())
    return result.assign(difference=result["observed"] - result["predicted"])


def public_scores(evaluation: Evaluation, data: str) -> list[dict[str, object]]:
    """Return the scores of the model card: ``data, model, metric, value, low, high``, one dict each."""
    cell_metrics = {"hit_1": "hit_1", "hit_5": "hit_5", "hit_10": "hit_10"}
    unit_metrics = {"crps": "crps_cercle", "log": "log_cercle", "brier": "brier_any", "cover_80": "cover_80"}
    rows: list[dict[str, object]] = []

    def add(model: str, metric: str, interval: tuple[float, float, float]) -> None:
        value, low, high = interval
        rows.append({"data": data, "model": model, "metric": metric, "value": value, "low": low, "high": high})

    for model in evaluation.cells.index.get_level_values("model").unique():
        for metric, public in cell_metrics.items():
            add(model, public, evaluation.score(model, metric))
        add(model, "ig_longrun", evaluation.score(model, "gain", over=LONGRUN))
    for model in evaluation.units.index.get_level_values("model").unique():
        for metric, public in unit_metrics.items():
            add(model, public, evaluation.score(model, metric))
    return rows
