"""Rolling-origin evaluation: every forecast is made with what was known before it, and set beside naive rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from geo.core.errors import ModelError
from geo.core.messages import message
from models.evaluation.baselines import CellBaselines, UnitBaselines
from models.evaluation.residual import ResidualModel
from models.evaluation.scores import (
    RISK,
    crps,
    hit_rates,
    information_gain,
    log_score,
    pit_bounds,
    pit_cover,
    ratio_interval,
)
from models.risk.counts import CountHistory
from models.risk.domain import Domain, Floats, Ints
from models.risk.intensity import KernelBank, KernelMixture
from models.risk.location import Events
from models.risk.model import Forecast, RiskModel

#: Origins are three steps of the training windows apart, so that quarters do not overlap.
STEPS_PER_QUARTER: Final = 3
FRACTIONS: Final = (0.01, 0.05, 0.1)
FROZEN_QUARTERS: Final = 4
LEAST_QUARTERS: Final = 16
BLOCK_M: Final = 60_000.0
#: A cercle is "rated low" below this probability of at least one event.
LOW_RATING: Final = 0.05
#: "mixture" is the model's spatial part before reconciliation with the counts, "residual" the boosting on top.
MIXTURE: Final = "mixture"
RESIDUAL: Final = "residual"
LONGRUN: Final = "longrun"
CONFLICTOLOGY: Final = "conflictology"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Scores of every model in every quarter, and what is needed to judge calibration.

    Attributes
    ----------
    quarters : DataFrame
        By quarter: ``start`` (days since 1970-01-01), ``events``, ``never_expected`` and ``never_observed`` (events in
        cells without any earlier record, as the risk model expected them and as they came).
    cells : DataFrame
        By (model, quarter), sums over the quarter's events: ``gain`` (nats over uniform), ``gain_60km``, ``hit_1``,
        ``hit_5``, ``hit_10``.
    units : DataFrame
        By (model, quarter), sums over units: ``crps``, ``log``, ``brier``, ``cover_80``, ``exceeded``, ``n``.
    forecasts : DataFrame
        By (model, quarter, unit): ``expected``, ``p_any``, ``observed``, ``pit_low``, ``pit_high``; for the risk model
        and conflictology.
    """

    cell_m: float
    quarters: pd.DataFrame
    cells: pd.DataFrame
    units: pd.DataFrame
    forecasts: pd.DataFrame
    draws: int = 4000
    seed: int = 0

    def part(self, *, first: int | None = None, last: int | None = None) -> Evaluation:
        """Return the same for some of the quarters, by position: [first, last)."""
        chosen = self.quarters.index[first:last]

        def within(table: pd.DataFrame) -> pd.DataFrame:
            return table[table.index.get_level_values("quarter").isin(chosen)]

        return replace(
            self,
            quarters=self.quarters.loc[chosen],
            cells=within(self.cells),
            units=within(self.units),
            forecasts=within(self.forecasts),
        )

    def score(self, model: str, metric: str, over: str | None = None) -> tuple[float, float, float]:
        """Return a model's score with its 90 % moving-block interval: (value, low, high).

        Cell metrics are per event, unit metrics per unit and quarter. With `over` another model: for ``gain`` the
        paired difference per event, for the others the ratio of the two scores.
        """
        on_cells = metric in self.cells
        top = self._by_quarter(model, metric)
        bottom = np.asarray(self.quarters["events"], np.float64) if on_cells else self._by_quarter(model, "n")
        if over is not None:
            other = self._by_quarter(over, metric)
            top, bottom = (top - other, bottom) if metric.startswith("gain") else (top, other)
        return ratio_interval(top, bottom, draws=self.draws, seed=self.seed)

    def _by_quarter(self, model: str, metric: str) -> Floats:
        table = self.cells if metric in self.cells else self.units
        return np.asarray(table.xs(model, level="model")[metric], np.float64)

    def table(self) -> pd.DataFrame:
        """Return all models in one table: a row per model and metric with value, low and high."""
        rows = []
        for table in (self.cells, self.units):
            metrics = [name for name in table.columns if name != "n"]
            for model in table.index.get_level_values("model").unique():
                rows += [(model, metric, *self.score(model, metric)) for metric in metrics]
        return pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high"]).set_index(["model", "metric"])


@dataclass(slots=True)
class _Rows:
    quarters: list[dict[str, float]] = field(default_factory=list)
    cells: list[dict[str, object]] = field(default_factory=list)
    units: list[dict[str, object]] = field(default_factory=list)
    forecasts: list[pd.DataFrame] = field(default_factory=list)


def evaluate(
    events: Events,
    domain: Domain,
    *,
    begin: float,
    until: float,
    model: RiskModel | None = None,
    auxiliary: Events | None = None,
    frozen: int = FROZEN_QUARTERS,
    residual: bool = True,
    baselines: Collection[str] | None = None,
    progress: bool = False,
    seed: int = 0,
) -> Evaluation:
    """Forecast quarter after quarter and score what came.

    Parameters
    ----------
    events : Events
        The target's events; only precise ones are scored on cells.
    begin, until : float
        First origin, and the end of the data (days since 1970-01-01). Every quarter ends by then.
    frozen : int
        So many of the last quarters are left out: they are looked at once, at the end, with ``frozen=0``.
    residual : bool
        Whether to score the boosting.
    baselines : collection of str, optional
        Names of the naive rules to score; all by default.
    progress : bool
        Show a bar.

    Raises
    ------
    ModelError
        If fewer than `LEAST_QUARTERS` whole quarters fit.
    """
    model = model or RiskModel()
    horizon, step = model.horizon_days, model.step_days
    starts = quarter_starts(begin, until, horizon, step)
    if len(starts) < LEAST_QUARTERS:
        raise ModelError(
            message(
                "An evaluation needs at least {least} quarters that do not overlap; these data hold {found}.",
                least=LEAST_QUARTERS,
                found=len(starts),
            )
        )
    starts = starts[: len(starts) - frozen]
    bank = model.bank(events, domain, auxiliary)
    history = CountHistory(events, domain, auxiliary=auxiliary)
    cell_rules = CellBaselines(bank, horizon, step)
    unit_rules = UnitBaselines(history, cell_rules, horizon)
    blocks = _blocks(domain)
    rows = _Rows()

    def wanted(name: str) -> bool:
        return baselines is None or name in baselines

    for quarter, t0 in enumerate(tqdm(starts, disable=not progress, desc="evaluate", unit="quarter")):
        fitted = model.fit(events, domain, t0=float(t0), auxiliary=auxiliary, bank=bank, history=history)
        forecast = fitted.forecast(events, bank=bank, history=history)
        counts = np.bincount(bank.target_cells(float(t0), horizon), minlength=len(domain)).astype(np.float64)
        shares = {RISK: forecast.cells / forecast.cells.sum(), MIXTURE: forecast.share}
        if residual:
            shares[RESIDUAL] = _boosted(bank, fitted.mixture_, forecast, float(t0), seed)
        shares |= {name: rule(float(t0)) for name, rule in cell_rules.rules.items() if wanted(name)}
        for name, share in shares.items():
            rows.cells.append({"model": name, "quarter": quarter} | _cell_scores(share, counts, domain, blocks))
        observed = np.rint(history.observed(float(t0), float(t0) + horizon)).astype(np.int64)
        pmfs = {RISK: forecast.counts.pmf(int(observed.max()))}
        pmfs |= {name: rule(float(t0)) for name, rule in unit_rules.rules.items() if wanted(name)}
        for name, pmf in pmfs.items():
            scores, detail = _unit_scores(pmf, observed, empirical=name != RISK)
            rows.units.append({"model": name, "quarter": quarter} | scores)
            if name in (RISK, CONFLICTOLOGY):
                index = pd.MultiIndex.from_product([[name], [quarter], domain.unit_ids])
                rows.forecasts.append(detail.set_axis(index.set_names(["model", "quarter", "unit_id"])))
        new = ~_recorded(events, float(t0), len(domain))
        rows.quarters.append(
            {
                "start": float(t0),
                "events": counts.sum(),
                "never_expected": float(forecast.cells[new].sum()),
                "never_observed": float(counts[new].sum()),
            }
        )
    return Evaluation(
        cell_m=domain.cell_m,
        quarters=pd.DataFrame(rows.quarters).rename_axis("quarter"),
        cells=_by_model(rows.cells),
        units=_by_model(rows.units),
        forecasts=pd.concat(rows.forecasts).sort_index(),
        seed=seed,
    )


def quarter_starts(begin: float, until: float, horizon: float, step: float) -> Floats:
    """Return the origins from `begin` on whose horizon ends by `until`, three steps apart."""
    stride = STEPS_PER_QUARTER * step
    count = int(np.floor((until - horizon - begin) / stride + 1e-9)) + 1
    return np.asarray(np.round(begin + stride * np.arange(max(count, 0)), 6), np.float64)


def _boosted(bank: KernelBank, mixture: KernelMixture, forecast: Forecast, t0: float, seed: int) -> Floats:
    """Share by the mixture with its residual, reconciled with the same counts as the risk model."""
    share = ResidualModel(bank, seed=seed).fit(mixture, t0).predict(mixture, t0)
    domain = forecast.domain
    cells = (domain.share.T @ (forecast.units / (domain.share @ share))) * share
    return np.asarray(cells / cells.sum(), np.float64)


def _cell_scores(share: Floats, counts: Floats, domain: Domain, blocks: Ints) -> dict[str, object]:
    uniform = domain.uniform
    caught = hit_rates(share, domain.area_km2, counts, FRACTIONS)

    def coarse(values: Floats) -> Floats:
        return np.asarray(np.bincount(blocks, values), np.float64)

    return {
        "gain": information_gain(share, uniform, counts),
        "gain_60km": information_gain(coarse(share), coarse(uniform), coarse(counts)),
        "hit_1": caught[0],
        "hit_5": caught[1],
        "hit_10": caught[2],
    }


def _unit_scores(
    pmf: Floats, observed: np.ndarray[tuple[int], np.dtype[np.int64]], *, empirical: bool
) -> tuple[dict[str, object], pd.DataFrame]:
    p_any = 1 - pmf[:, 0]
    low, high = pit_bounds(pmf, observed)
    scores: dict[str, object] = {
        "crps": crps(pmf, observed).sum(),
        "log": log_score(pmf, observed, empirical=empirical).sum(),
        "brier": ((p_any - (observed > 0)) ** 2).sum(),
        "cover_80": pit_cover(low, high).sum(),
        # More than the smallest count at which the distribution function reaches 90 %.
        "exceeded": float((low >= 0.9 - 1e-9).sum()),
        "n": len(observed),
    }
    expected = pmf @ np.arange(pmf.shape[1])
    detail = {"expected": expected, "p_any": p_any, "observed": observed, "pit_low": low, "pit_high": high}
    return scores, pd.DataFrame(detail)


def _recorded(events: Events, t0: float, cells: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    past = events.before(t0)
    return np.asarray(past.mass.sum(axis=0)).ravel()[:cells] > 0


def _blocks(domain: Domain) -> Ints:
    """Number of the 60 km block that each cell's centre lies in."""
    block = np.floor(domain.centres / BLOCK_M).astype(np.int64)
    _, number = np.unique(block, axis=0, return_inverse=True)
    return np.asarray(number.ravel(), np.int64)


def _by_model(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).set_index(["model", "quarter"]).sort_index().astype(np.float64)
