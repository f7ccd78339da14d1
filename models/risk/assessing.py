"""From the incidents of one revision to its assessment: what is expected with interval, class and verdict."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from geo.boundaries.regions import Boundaries
from geo.core.errors import ModelError
from geo.core.messages import message
from geo.counting.reporting import NotAssessed, Reports
from models.risk.assessment import EXPLAINED, Assessment, Key
from models.risk.changes import Changes, change_since
from models.risk.class_limits import SCALES, Support, classify
from models.risk.counts import CountHistory
from models.risk.distributions import CountDistribution, negative_binomial_quantile
from models.risk.domain import Domain, Floats
from models.risk.explanation import Explanation, heaviest_events
from models.risk.extents import UnitSet, unit_sets
from models.risk.hotspots import MOST_PERIODS, cell_hotspots, unit_hotspots
from models.risk.inputs import VINTAGE, Inputs, build_domain, day_of, gather_inputs, has_enough_events
from models.risk.model import Forecast, RiskModel
from models.risk.recorded import RecordedCounts
from models.risk.stored import save_model
from models.risk.target import Target, history_for, model_for
from models.risk.verdicts import Verdicts

#: Ends of the interval that goes with every figure.
LOW: Final = 0.05
HIGH: Final = 0.95
_STAGES: Final = ("places", "events", "reporting", "fit", "explanation", "change", "units", "cells", "hotspots")


def assess(
    incidents: gpd.GeoDataFrame,
    boundaries: Boundaries,
    *,
    target: Target = Target.IED,
    as_of: date,
    revision: int = 0,
    previous: Assessment | None = None,
    domain: Domain | None = None,
    population_per_km2: ArrayLike | None = None,
    progress: bool = False,
) -> Assessment:
    """Assess every cell and unit on what is known before `as_of`.

    Parameters
    ----------
    incidents : GeoDataFrame
        An incident table of every hazard type, with ``event_id`` where reports are linked.
    previous : Assessment, optional
        The last assessment of the same target, from which the change is told and whose classes units keep until they
        have clearly left them; without one that fits, the change is told from the model as it would have stood a
        quarter earlier.
    domain : Domain, optional
        Where it is built already.
    population_per_km2 : array-like, optional
        People per km² in each cell of the grid, for example from a raster; otherwise the cercles' populations. A
        `domain` that is given was built with them.
    progress : bool
        Show a bar.

    Raises
    ------
    ModelError
        If no incident of any kind is known before `as_of`.
    """
    # One thread: on two cores the linear algebra gains little from the second, and a service needs it meanwhile.
    with (
        threadpool_limits(limits=1),
        tqdm(total=len(_STAGES), disable=not progress, desc=f"assess {target}", unit="step") as bar,
    ):

        def done(stage: str) -> None:
            bar.set_postfix_str(stage)
            bar.update()

        people = None if population_per_km2 is None else np.asarray(population_per_km2, np.float64)
        domain = domain or build_domain(boundaries, population_per_km2=people)
        sets = unit_sets(boundaries, domain)
        done("places")
        inputs = gather_inputs(incidents, boundaries, domain, target, as_of)
        if inputs is None:
            raise ModelError(message("No incident is known before {date}.", date=as_of))
        done("events")
        verdicts = Verdicts(Reports(inputs.reports, boundaries), inputs.t0, sets, domain, boundaries)
        done("reporting")
        made = _assess(inputs, boundaries, domain, sets, verdicts, revision, previous, done)
        return replace(made, population_per_km2=people)


def _assess(
    inputs: Inputs,
    boundaries: Boundaries,
    domain: Domain,
    sets: tuple[UnitSet, ...],
    verdicts: Verdicts,
    revision: int,
    previous: Assessment | None,
    done: Callable[[str], None],
) -> Assessment:
    t0 = day_of(inputs.t0)
    estimates = _Estimates.fit(inputs, domain, t0)
    done("fit")
    recorded = RecordedCounts(boundaries, inputs.incidents, inputs.t0)
    if estimates is None:
        changes = None
        units = {(s.level, s.vintage): _unknown(s, verdicts.of(s), recorded) for s in sets}
        cells = _unknown_cells(domain)
    else:
        explained = Explanation(estimates.model, estimates.forecast, estimates.history)
        done("explanation")
        last = last_bands(previous, inputs)
        changes = change_since(previous, estimates.model, estimates.forecast, estimates.history, inputs)
        done("change")
        units = {
            (s.level, s.vintage): _unit_table(s, estimates, explained, verdicts.of(s), recorded, changes, last)
            for s in sets
        }
        done("units")
        cells = _cell_table(estimates.forecast, explained, verdicts.of_cells())
        done("cells")
    years = recorded.years(MOST_PERIODS)
    spots = {
        "cell": cell_hotspots(recorded.per_cell(inputs.events, domain, years), domain),
        "commune": unit_hotspots(recorded.per_unit("commune", VINTAGE, years), boundaries.units("commune", VINTAGE)),
    }
    done("hotspots")
    return Assessment(
        revision=revision,
        target=inputs.target,
        as_of=inputs.as_of,
        t0=inputs.t0,
        newest=inputs.newest,
        horizon_days=round(model_for(inputs.target).horizon_days),
        synthetic=inputs.synthetic,
        about=_about(inputs, domain, estimates, changes, verdicts),
        units=units,
        cells=cells,
        hotspots=spots,
        event_ids=inputs.events.ids.astype(str),
        model=None if estimates is None else _model_bytes(estimates.model),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Estimates:
    model: RiskModel
    forecast: Forecast
    history: CountHistory

    @classmethod
    def fit(cls, inputs: Inputs, domain: Domain, t0: float) -> _Estimates | None:
        events = inputs.events
        if not has_enough_events(events, t0):
            return None
        model = model_for(inputs.target)
        bank = model.bank(events, domain, inputs.auxiliary)
        history = history_for(inputs.target, events, domain, inputs.auxiliary)
        model.fit(events, domain, t0=t0, auxiliary=inputs.auxiliary, bank=bank, history=history)
        forecast = model.forecast(events, auxiliary=inputs.auxiliary, bank=bank, history=history)
        return cls(model, forecast, history)

    def distribution(self, units: UnitSet, expected: Floats) -> CountDistribution:
        """Distribution of the counts per unit, with the coherent `expected` as its mean.

        A part of a cercle's count is negative binomial with the cercle's overdispersion. Regions have one of their
        own, found from past forecasts, because cercles rise together.
        """
        counts = self.forecast.counts
        if units.level == "cercle" and list(units.ids) == list(self.forecast.domain.unit_ids):
            return counts
        alpha = counts.alpha
        if units.level == "region":
            groups = units.by_cercle(self.forecast)
            alpha = self.model.counts_.predict(self.history, self.forecast.t0, groups=groups).alpha
        nothing = np.empty((0, len(expected)), np.int64)
        return CountDistribution(expected, alpha, np.zeros(len(expected)), nothing, np.empty(0))


def _unit_table(
    units: UnitSet,
    estimates: _Estimates,
    explained: Explanation,
    verdict: pd.DataFrame,
    recorded: RecordedCounts,
    changes: Changes | None,
    last: Mapping[Key, pd.Series],
) -> pd.DataFrame:
    forecast = estimates.forecast
    expected = units.expected(forecast)
    counts = estimates.distribution(units, expected)
    table = pd.DataFrame(
        {
            "expected": expected,
            "low": counts.quantile(LOW),
            "high": counts.quantile(HIGH),
            "p_any": counts.p_any(),
            "band": _unit_bands(units, expected, verdict["assessed"].to_numpy(bool), forecast.horizon_days, last),
        },
        index=units.ids,
    )
    for name, share in explained.of_units(units).items():
        table[f"share_{name}"] = share
    if units.level == "commune":
        field = forecast.cells * explained.cell_effective
        within = units.area_share
        table["n_eff"] = (within @ field) / (within @ forecast.cells)
        table["events_half"], table["heaviest"] = -1, None
    else:
        weights = np.asarray((units.by_cercle(forecast) @ explained.weights.T).T)
        table["n_eff"], table["events_half"], table["heaviest"] = heaviest_events(explained.past, weights, expected)
    told = _without_change(units) if changes is None else changes.table(units)
    table = table.join(told).join(recorded.rates(units)).join(_reported(verdict))
    return table.rename_axis("unit_id")


def last_bands(previous: Assessment | None, inputs: Inputs) -> Mapping[Key, pd.Series]:
    """Return the classes of the last assessment, by unit; none of one of other data, a later day or other limits."""
    if previous is None or previous.target is not inputs.target or previous.t0 > inputs.t0:
        return {}
    if previous.synthetic != inputs.synthetic or previous.about.get("scales") != _scales():
        return {}
    return {key: table["band"] for key, table in previous.units.items()}


def _scales() -> dict[str, list[float]]:
    """Return the limits of the classes, as an assessment keeps them beside the classes themselves."""
    return {support.value: [*scale.limits, float(scale.days)] for support, scale in SCALES.items()}


def _unit_bands(
    units: UnitSet, expected: Floats, assessed: NDArray[np.bool_], days: float, last: Mapping[Key, pd.Series]
) -> list[str]:
    known = last.get((units.level, units.vintage))
    before = None if known is None else known.reindex(units.ids)
    return [str(band) for band in classify(Support(units.level), expected, assessed, days=days, before=before)]


def _without_change(units: UnitSet) -> pd.DataFrame:
    return pd.DataFrame(dict.fromkeys(Changes.COLUMNS, np.nan), index=units.ids)


def _unknown(units: UnitSet, verdict: pd.DataFrame, recorded: RecordedCounts) -> pd.DataFrame:
    """The table of units where too few incidents of the target are recorded to say anything."""
    numbers = ("expected", "low", "high", "p_any", *(f"share_{name}" for name in EXPLAINED), "n_eff", *Changes.COLUMNS)
    table = pd.DataFrame(dict.fromkeys(numbers, np.nan), index=units.ids)
    table["band"] = "not_assessed"
    table["events_half"], table["heaviest"] = -1, None
    reported = _reported(verdict).assign(assessed=False, reason=NotAssessed.TARGET.value)
    return table.join(recorded.rates(units)).join(reported).rename_axis("unit_id")


def _reported(verdict: pd.DataFrame) -> pd.DataFrame:
    """The verdict's columns as an assessment keeps them: numbers, and dates as text."""
    months = verdict["months_since_last"].astype("float64")
    day = verdict["observers_until"].dt.strftime("%Y-%m-%d")
    since = verdict["stopped_since"].dt.strftime("%Y-%m")
    return verdict.assign(months_since_last=months, observers_until=day, stopped_since=since)


def _cell_table(forecast: Forecast, explained: Explanation, verdict: pd.DataFrame) -> pd.DataFrame:
    domain = forecast.domain
    home = np.asarray(domain.share.toarray().argmax(axis=0), np.int64)
    expected, alpha = forecast.cells, forecast.counts.alpha
    assessed = verdict["assessed"].to_numpy()
    table = _cells(domain, home).assign(
        expected=expected,
        low=negative_binomial_quantile(expected, alpha, LOW),
        high=negative_binomial_quantile(expected, alpha, HIGH),
        p_any=forecast.cell_p_any(),
        band=[
            str(band)
            for band in classify(Support.CELL, expected, assessed, days=forecast.horizon_days, size=domain.area_km2)
        ],
        assessed=assessed,
        reason=verdict["reason"].to_numpy(),
        n_eff=explained.cell_effective,
    )
    for name, share in explained.of_cells().items():
        table[f"share_{name}"] = share.astype(np.float32)
    return table


def _unknown_cells(domain: Domain) -> pd.DataFrame:
    home = np.asarray(domain.share.toarray().argmax(axis=0), np.int64)
    numbers = ("expected", "low", "high", "p_any", "n_eff", *(f"share_{name}" for name in EXPLAINED))
    table = _cells(domain, home).assign(**dict.fromkeys(numbers, np.nan))
    return table.assign(band="not_assessed", assessed=False, reason=NotAssessed.TARGET.value)


def _cells(domain: Domain, home: np.ndarray[Any, Any]) -> pd.DataFrame:
    grid, chosen = domain.grid, domain.chosen
    return pd.DataFrame(
        {
            "column": grid.columns[chosen],
            "row": grid.rows[chosen],
            "inside_km2": domain.area_km2,
            "cercle": np.array(domain.unit_ids, dtype=object)[home],
        }
    )


def _about(
    inputs: Inputs, domain: Domain, estimates: _Estimates | None, changes: Changes | None, verdicts: Verdicts
) -> dict[str, Any]:
    events, auxiliary = inputs.events, inputs.auxiliary
    names = inputs.incidents["source"].str.split("; ").explode()
    return {
        "sira": version("sira"),
        "cell_m": domain.cell_m,
        "events": len(events),
        "imprecise": int((~events.precise).sum()),
        "first": inputs.incidents["date"].min().date().isoformat() if len(inputs.incidents) else None,
        "sources": sorted(names.unique()),
        "auxiliary": None if auxiliary is None or estimates is None else len(auxiliary),
        "alpha": None if estimates is None else estimates.forecast.counts.alpha,
        "change_since": None if changes is None else changes.since.isoformat(),
        "change_from_assessment": None if changes is None else changes.from_assessment,
        "stopped_sources": verdicts.stopped_sources(),
        "interval": [LOW, HIGH],
        "scales": _scales(),
    }


def _model_bytes(model: RiskModel) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        save_model(model, path)
        return path.read_bytes()
