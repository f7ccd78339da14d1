"""SYNTHETIC histories with known truth: what real data cannot test is whether the model finds what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from model_worlds import events_at
from scipy import sparse

from models.risk.domain import Domain, Floats, Ints
from models.risk.location import Events

#: Layers of the background and their shares.
BACKGROUND: Final[Mapping[str, float]] = {"road": 0.5, "settlement": 0.3, "floor": 0.2}


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A simulated history.

    Attributes
    ----------
    happened, reported : Events
        All events at their true cells; those that were recorded, with the positions as recorded.
    background : float array, shape (cells,)
        True density of events that nothing triggered.
    intensity : float array, shape (cells,)
        True expected events per cell in the horizon after the end, given the whole history.
    reporting : float array, shape (cells,)
        Chance that an event in each cell is recorded.
    end : float
        Day after the last day of the history.
    """

    happened: Events
    reported: Events
    background: Floats
    intensity: Floats
    reporting: Floats
    end: float


def simulate(
    domain: Domain,
    *,
    days: float = 2_500.0,
    per_day: float = 0.3,
    background: Mapping[str, float] = BACKGROUND,
    branching: float = 0.5,
    decay_days: float = 60.0,
    reach_m: float = 10_000.0,
    reporting: Floats | None = None,
    imprecise: float = 0.0,
    horizon: float = 91.0,
    seed: int = 0,
) -> World:
    """Draw a history: a background on roads and towns, and events that trigger others near them.

    Parameters
    ----------
    per_day : float
        Events of the background per day.
    branching : float
        Mean number of events that each event triggers, below 1.
    decay_days, reach_m : float
        How soon and how near.
    reporting : float array, shape (cells,), optional
        Chance that an event is recorded; 1 everywhere by default.
    imprecise : float
        Share of the recorded events that are known only by their unit.
    """
    chance = np.ones(len(domain)) if reporting is None else np.asarray(reporting, np.float64)
    rng = np.random.default_rng(seed)
    density = sum((share * domain.layers[name] for name, share in background.items()), np.zeros(len(domain)))
    density = density / density.sum()
    xy, day = _history(domain, density, days, per_day, branching, decay_days, reach_m, rng)
    happened = events_at(xy[:, 0], xy[:, 1], day, domain)
    recorded = happened.take(rng.random(len(happened)) < chance[happened.cell])
    coarse = np.flatnonzero(rng.random(len(recorded)) < imprecise)
    return World(
        happened=happened,
        reported=_known_by_unit(recorded, coarse, domain),
        background=density,
        intensity=_expected(domain, density, happened, days, per_day, branching, decay_days, reach_m, horizon),
        reporting=chance,
        end=float(days),
    )


def _history(
    domain: Domain,
    density: Floats,
    days: float,
    per_day: float,
    branching: float,
    decay_days: float,
    reach_m: float,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Generations of events: the background first, then what each generation triggers inside the country."""
    cells = rng.choice(len(domain), rng.poisson(per_day * days), p=density)
    xy = domain.centres[cells] + rng.uniform(-0.5, 0.5, (len(cells), 2)) * domain.cell_m
    day = rng.uniform(0, days, len(cells))
    all_xy, all_day = [xy], [day]
    while len(day):
        parent = np.repeat(np.arange(len(day)), rng.poisson(branching, len(day)))
        day = day[parent] + rng.exponential(decay_days, len(parent))
        xy = xy[parent] + rng.normal(0, reach_m, (len(parent), 2))
        kept = (day < days) & (domain.locate(xy[:, 0], xy[:, 1]) >= 0)
        xy, day = xy[kept], day[kept]
        all_xy.append(xy)
        all_day.append(day)
    return np.concatenate(all_xy), np.floor(np.concatenate(all_day))


def _expected(
    domain: Domain,
    density: Floats,
    happened: Events,
    days: float,
    per_day: float,
    branching: float,
    decay_days: float,
    reach_m: float,
    horizon: float,
) -> Floats:
    """Background and direct offspring of the history; grandchildren scale both by 1 / (1 − branching)."""
    age = days - happened.day
    coming = branching * np.exp(-age / decay_days) * -np.expm1(-horizon / decay_days)
    result = per_day * horizon * density
    centres = domain.centres
    for (x, y), weight in zip(happened.xy_m, coming, strict=True):
        if weight > 1e-6:
            near = np.exp(-((centres - (x, y)) ** 2).sum(axis=1) / (2 * reach_m**2)) * domain.area_km2
            result = result + weight * near / max(near.sum(), 1e-300)
    return np.asarray(result / (1 - branching), np.float64)


def _known_by_unit(events: Events, coarse: Ints, domain: Domain) -> Events:
    """Forget the positions of some events but for their unit, over which they are spread evenly."""
    by_unit = sparse.csr_array(domain.share.multiply(domain.area_km2))
    by_unit = sparse.csr_array(by_unit.multiply(1 / np.asarray(by_unit.sum(axis=1)).reshape(-1, 1)))
    unit = domain.share.tocsc()[:, events.cell[coarse]].toarray().argmax(axis=0)
    rows = [events.mass[[i]] for i in range(len(events))]
    for position, which in zip(coarse, unit, strict=True):
        rows[position] = by_unit[[which]]
    xy, cell, precise = events.xy_m.copy(), events.cell.copy(), events.precise.copy()
    xy[coarse], cell[coarse], precise[coarse] = np.nan, -1, False
    mass = sparse.csr_array(sparse.vstack(rows)) if rows else events.mass
    return Events(events.ids, events.day, events.known, xy, cell, precise, mass)
