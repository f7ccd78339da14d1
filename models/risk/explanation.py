"""Why a place has the figure it has: what of it rests on events of which age, how many stand behind it, and which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.assessment import EXPLAINED
from models.risk.counts import RATE_FLOOR, CountHistory
from models.risk.domain import Floats
from models.risk.extents import UnitSet
from models.risk.location import Events
from models.risk.model import Forecast, RiskModel

#: Group of `EXPLAINED` → the ages in days of its events, the first not included, the last included.
AGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"3_months": (0, 91), "12_months": (91, 365), "3_years": (365, 1095), "older": (1095, np.inf)}
)
MOST_EVENTS: Final = 5
#: Squares of weights below this are rounding.
_NOTHING: Final = 1e-200


class Explanation:
    """What a forecast rests on.

    The share of a group of events (of one age, or auxiliary) is the part of the expectation that would be missing
    without them, everything that was learned and the pooled counts left as they are. ``counted`` is the part of the
    pooled counts, ``rest`` what no group takes away alone. Where a group's events draw the cercle's incidents to other
    places, more would be expected without them: its share is below 0.

    Attributes
    ----------
    without : mapping of str to Forecast
        The same forecast without each group of events that there are any of.
    past : Events
        What was known before the forecast.
    weights : float array, shape (past events, units of the domain)
        What each adds to each unit's expected incidents.
    cell_effective : float array, shape (cells,)
        See `effective_events`.
    """

    def __init__(self, model: RiskModel, forecast: Forecast, history: CountHistory) -> None:
        coefficients = np.asarray(model.counts_.regressor_.coef_, np.float64)
        added = history.per_event(forecast.t0, coefficients, forecast.horizon_days)
        self.forecast = forecast
        self.without: Final = dict(_without(model, forecast, history, added))
        counts = forecast.counts
        known = _known(forecast)
        self.past: Final = forecast.bank.events.take(known)
        self.weights: Final = np.asarray(added[known] * (1 - counts.pool), np.float64)
        self.cell_effective: Final = effective_events(forecast)
        self._counted = np.asarray(counts.pool * (counts.past_weight @ counts.past), np.float64)

    def of_units(self, units: UnitSet) -> dict[str, Floats]:
        """Return the shares of each group of `EXPLAINED`, shape (units,) each; they sum to 1."""
        parts = {name: units.expected(without) for name, without in self.without.items()}
        counted = np.asarray(units.by_cercle(self.forecast) @ self._counted, np.float64)
        return _shares(units.expected(self.forecast), parts, counted)

    def of_cells(self) -> dict[str, Floats]:
        """Return the same per cell."""
        forecast, domain = self.forecast, self.forecast.domain
        parts = {name: without.cells for name, without in self.without.items()}
        counted = domain.share.T @ (forecast.scale * self._counted / forecast.units) * forecast.share
        return _shares(forecast.cells, parts, np.asarray(counted, np.float64))


def _shares(expected: Floats, without: Mapping[str, Floats], counted: Floats) -> dict[str, Floats]:
    nothing = np.zeros_like(expected)
    shares = {name: 1 - without[name] / expected if name in without else nothing for name in EXPLAINED[:-1]}
    shares["counted"] = counted / expected
    rest = np.asarray(1 - sum(shares.values()), np.float64)
    return shares | {EXPLAINED[-1]: rest}


def _without(
    model: RiskModel, forecast: Forecast, history: CountHistory, added: Floats
) -> Iterator[tuple[str, Forecast]]:
    """Make the forecast without each group of events: weights, coefficients, length of the record and pool stay."""
    bank, counts, t0 = forecast.bank, forecast.counts, forecast.t0
    weights = model.mixture_.weights_[:, None]
    kernels = len(bank.kernels) * len(bank.decays_days)
    age, known = t0 - bank.events.day, _known(forecast)

    def changed(mean: Floats, first: int, fields: Floats) -> Forecast:
        components = forecast.components.copy()
        components[first : first + kernels] = weights[first : first + kernels] * fields
        return replace(forecast, components=components, counts=replace(counts, mu=np.maximum(mean, RATE_FLOOR)))

    for name, (youngest, oldest) in AGES.items():
        group = known & (age > youngest) & (age <= oldest)
        if group.any():
            mean = counts.mu - added[group].sum(axis=0)
            yield name, changed(mean, 0, bank.over(bank.events.take(~group), t0))
    if bank.auxiliary is not None:
        mean = counts.mu - model.counts_.regressor_.coef_[-1] * history.features(t0, forecast.horizon_days)[:, -1]
        yield "auxiliary", changed(mean, kernels, np.broadcast_to(bank.domain.uniform, (kernels, len(bank.domain))))


def _known(forecast: Forecast) -> NDArray[np.bool_]:
    events = forecast.bank.events
    return np.asarray((events.day < forecast.t0) & (events.known < forecast.t0))


def effective_events(forecast: Forecast) -> Floats:
    """Return n_eff = (Σa)² / Σa² of the weights a of the past events behind each cell, shape (cells,).

    The squares of sums of Gaussians are sums of products of two, which separate into rows and columns like the
    kernels themselves. A point counts where it was reported. An event known only by its unit or road counts in each
    cell with its mass there: its kernels change little of a mass that is wide already. 0 where no event reaches.
    """
    bank, domain = forecast.bank, forecast.domain
    past = bank.events.take(_known(forecast))
    by_width = _weights_by_width(forecast, forecast.t0 - past.day)
    total, square = np.zeros(len(domain)), np.zeros(len(domain))
    at = past.cell >= 0
    wide = past.mass[np.flatnonzero(~at)]
    square += wide.multiply(wide).T @ sum(by_width, np.zeros(len(past)))[~at] ** 2

    def stacked(weight: Floats) -> Floats:
        return domain.raster(np.bincount(past.cell[at], weight[at], minlength=len(domain)))

    for i, (first, weight) in enumerate(zip(bank.kernels, by_width, strict=True)):
        plane = stacked(weight) + domain.raster(wide.T @ weight[~at])
        total += first.smooth(plane)[domain.rows, domain.columns]
        for j in range(i, len(by_width)):
            second = bank.kernels[j]
            smooth = (first.by_row * second.by_row) @ stacked(weight * by_width[j])
            smooth = smooth @ (first.by_column * second.by_column)
            square += (1 + (j > i)) * smooth[domain.rows, domain.columns]
    reached = np.divide(total**2, square, out=np.zeros_like(total), where=square > _NOTHING)
    # Less than one event cannot stand behind a cell: that is what the approximation for wide events leaves.
    return np.where(reached > 0, np.maximum(reached, 1.0), 0.0)


def heaviest_events(past: Events, weights: Floats, expected: Floats) -> tuple[Floats, list[int], list[str]]:
    """Return per unit n_eff, how many events make up half of what events add, and the heaviest as JSON text.

    Parameters
    ----------
    weights : float array, shape (events, units)
        What each event adds to each unit's expected incidents.
    expected : float array, shape (units,)
    """
    square = (weights**2).sum(axis=0)
    total = weights.sum(axis=0)
    effective = np.divide(total**2, square, out=np.zeros_like(total), where=square > _NOTHING)
    order = np.argsort(-weights, axis=0, kind="stable")
    half, named = [], []
    for unit in range(weights.shape[1]):
        ranked = weights[order[:, unit], unit]
        half.append(int(np.searchsorted(np.cumsum(ranked), total[unit] / 2) + 1) if total[unit] > 0 else 0)
        best = [(str(past.ids[e]), weights[e, unit]) for e in order[:MOST_EVENTS, unit] if weights[e, unit] > 0]
        listed = [{"event_id": name, "share": round(float(w / expected[unit]), 4)} for name, w in best]
        named.append(json.dumps(listed))
    return effective, half, named


def _weights_by_width(forecast: Forecast, age: Floats) -> list[Floats]:
    """What each past event adds to the mixture through each bandwidth, shape (events,) each, before the kernel."""
    bank = forecast.bank
    fields = bank.fields(forecast.t0)
    weight_of = forecast.components.sum(axis=1) / fields.sum(axis=1)
    mass = bank.decayed(bank.events, forecast.t0)
    result, position = [], 0
    for inside in bank.inside:
        weight = np.zeros(len(age))
        for decay, norm in zip(bank.decays_days, mass @ inside, strict=True):
            if norm > 0:
                weight += weight_of[position] / norm * np.exp(-age / decay)
            position += 1
        result.append(weight)
    return result
