"""Why a place has the figure it has: shares of the terms, how many events stand behind it, which weigh most."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy import sparse

from models.assessment import EXPLAINED
from models.domain import Floats
from models.intensity import TermGroup
from models.location import Events
from models.risk import Forecast

#: Terms of the mixture → the plain words of the explanation. Where people live and where towns are is one thing there.
WORDS: Final[Mapping[TermGroup, str]] = {
    TermGroup.RECENT: "recent",
    TermGroup.HISTORY: "history",
    TermGroup.NEIGHBOURHOOD: "neighbourhood",
    TermGroup.AUXILIARY: "auxiliary",
    TermGroup.ROAD: "road",
    TermGroup.SETTLEMENT: "settlement",
    TermGroup.POPULATION: "settlement",
    TermGroup.FLOOR: "floor",
}
MOST_EVENTS: Final = 5


def explained_fields(forecast: Forecast) -> Floats:
    """Return the mixture's terms in the groups of `EXPLAINED`, shape (groups, cells); they sum to its share."""
    fields = np.zeros((len(EXPLAINED), forecast.components.shape[1]))
    for term, component in zip(forecast.bank.terms, forecast.components, strict=True):
        fields[EXPLAINED.index(WORDS[term.group])] += component
    return fields


def effective_events(forecast: Forecast) -> Floats:
    """Return n_eff = (Σa)² / Σa² of the weights a of the past events behind each cell, shape (cells,).

    The squares of sums of Gaussians are sums of products of two, which separate into rows and columns like the
    kernels themselves. An imprecise event counts as spread over the places where it may lie. 0 where no event
    reaches.
    """
    bank, domain = forecast.bank, forecast.domain
    past = (bank.events.day < forecast.t0) & (bank.events.known < forecast.t0)
    mass = sparse.csr_array(bank.events.mass[np.flatnonzero(past)])
    age = forecast.t0 - bank.events.day[past]
    by_width = _weights_by_width(forecast, age)
    if not len(age):
        return np.zeros(len(domain))
    total, square = np.zeros(len(domain)), np.zeros(len(domain))
    for i, (first, weight) in enumerate(zip(bank.kernels, by_width, strict=True)):
        plane = domain.raster(mass.T @ weight)
        total += first.smooth(plane)[domain.rows, domain.columns]
        for j in range(i, len(by_width)):
            second = bank.kernels[j]
            plane = domain.raster(mass.T @ (weight * by_width[j]))
            smooth = (first.by_row * second.by_row) @ plane @ (first.by_column * second.by_column)
            square += (1 + (j > i)) * smooth[domain.rows, domain.columns]
    return np.asarray(np.divide(total**2, square, out=np.zeros_like(total), where=square > 1e-200), np.float64)


def heaviest(past: Events, weights: Floats, expected: Floats) -> tuple[Floats, list[int], list[str]]:
    """Return per unit n_eff, how many events make up half of what events add, and the heaviest as JSON text.

    Parameters
    ----------
    weights : float array, shape (events, units)
        What each event adds to each unit's expected incidents.
    expected : float array, shape (units,)
    """
    square = (weights**2).sum(axis=0)
    total = weights.sum(axis=0)
    effective = np.divide(total**2, square, out=np.zeros_like(total), where=square > 1e-200)
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
