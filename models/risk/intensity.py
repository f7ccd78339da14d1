"""Share of each cell: an additive mixture of kernels over past events and static layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from geo.core.errors import ModelError
from geo.core.messages import message
from models.risk.domain import Domain, Floats, Ints
from models.risk.kernels import CellKernel
from models.risk.location import Events

BANDWIDTHS_M: Final = (1_000.0, 3_000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0)
DECAYS_DAYS: Final = (30.0, 90.0, 365.0, float("inf"))
HORIZON_DAYS: Final = 91.0
STEP_DAYS: Final = 30.4
#: History that the first training window needs behind it.
WARM_UP_DAYS: Final = 180.0
FLOOR_PRIOR: Final = 0.5
PRIOR: Final = 0.02
_EM_TOLERANCE: Final = 1e-7


class TermKind(StrEnum):
    """What a term of the mixture is made of."""

    EVENTS = "events"
    AUXILIARY = "auxiliary"
    LAYER = "layer"


class TermGroup(StrEnum):
    """Terms by what they tell of: each group is one feature of `models.evaluation.residual`."""

    RECENT = "recent"
    HISTORY = "history"
    NEIGHBOURHOOD = "neighbourhood"
    AUXILIARY = "auxiliary"
    POPULATION = "population"
    SETTLEMENT = "settlement"
    ROAD = "road"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Term:
    """One density of the mixture: past events at one bandwidth and decay, or a static layer."""

    kind: TermKind
    name: str
    bandwidth_m: float = 0.0
    decay_days: float = 0.0

    @property
    def group(self) -> TermGroup:
        """What the term tells of."""
        if self.kind is TermKind.LAYER:
            return TermGroup(self.name)
        if self.kind is TermKind.AUXILIARY:
            return TermGroup.AUXILIARY
        if self.bandwidth_m >= 50_000:
            return TermGroup.NEIGHBOURHOOD
        return TermGroup.RECENT if self.decay_days <= 90 else TermGroup.HISTORY


class KernelBank:
    """All densities of the mixture, at any date, computed once each.

    Parameters
    ----------
    events : Events
    domain : Domain
    auxiliary : Events, optional
        Other security incidents that may help to tell where.
    """

    def __init__(
        self,
        events: Events,
        domain: Domain,
        *,
        auxiliary: Events | None = None,
        bandwidths_m: tuple[float, ...] = BANDWIDTHS_M,
        decays_days: tuple[float, ...] = DECAYS_DAYS,
    ) -> None:
        self.events, self.domain, self.auxiliary = events, domain, auxiliary
        self.bandwidths_m, self.decays_days = tuple(bandwidths_m), tuple(decays_days)
        self.kernels: Final = tuple(CellKernel(domain.shape, domain.cell_m, h) for h in self.bandwidths_m)
        inside = domain.raster(domain.area_km2)
        #: How much of a kernel that sits in a cell falls inside the country, weighed by the cells' area.
        self.inside: Final = [kernel.smooth(inside)[domain.rows, domain.columns] for kernel in self.kernels]
        self.terms: Final = tuple(self._terms())
        self._layers = np.array(list(domain.layers.values()))
        self._fields: dict[float, Floats] = {}
        self._targets: dict[tuple[float, float], Floats] = {}

    def _terms(self) -> Iterator[Term]:
        for kind, source in ((TermKind.EVENTS, self.events), (TermKind.AUXILIARY, self.auxiliary)):
            if source is not None:
                for h in self.bandwidths_m:
                    for tau in self.decays_days:
                        yield Term(kind, f"{kind}-{h / 1000:g}km-{tau:g}d", h, tau)
        for name in self.domain.layers:
            yield Term(TermKind.LAYER, name)

    @property
    def sources(self) -> list[Events]:
        """Events, then auxiliary ones where there are any."""
        return [self.events] if self.auxiliary is None else [self.events, self.auxiliary]

    def decayed(self, source: Events, t0: float) -> Floats:
        """Return the mass of what was known before `t0`, decayed, shape (decays, cells)."""
        past = (source.day < t0) & (source.known < t0)
        age = t0 - source.day[past]
        weight = np.exp(-age[:, None] / np.array(self.decays_days))
        mass = sparse.csr_array(source.mass[np.flatnonzero(past)])
        return np.asarray(mass.T @ weight, np.float64).T

    def fields(self, t0: float) -> Floats:
        """Return every density over the cells as of `t0`, shape (terms, cells); each sums to 1."""
        key = round(t0, 6)
        if key not in self._fields:
            self._fields[key] = np.concatenate([*(self.over(source, t0) for source in self.sources), self._layers])
        return self._fields[key]

    def over(self, source: Events, t0: float) -> Floats:
        """Return the densities of the kernels over `source` as of `t0`, shape (kernels and decays, cells).

        They are uniform where nothing of `source` was known before.
        """
        domain, fields = self.domain, []
        mass = self.decayed(source, t0)
        rasters = np.stack([domain.raster(values) for values in mass])
        for kernel, inside in zip(self.kernels, self.inside, strict=True):
            dense = kernel.smooth(rasters)[:, domain.rows, domain.columns] * domain.area_km2
            fields.append(self._normalised(dense, mass @ inside))
        return np.concatenate(fields)

    def at_targets(self, start: float, horizon: float) -> Floats:
        """Return every density as of `start`, in the cells of the precise events of the window that follows.

        Shape (events of the window, terms). Densities are relative to the uniform one, so that their logarithm is
        the gain in nats.
        """
        key = round(start, 6), horizon
        if key not in self._targets:
            cells = self.target_cells(start, horizon)
            domain, columns = self.domain, []
            wanted, position = np.unique(cells, return_inverse=True)
            for source in self.sources:
                mass = self.decayed(source, start)
                rasters = np.stack([domain.raster(values) for values in mass])
                for kernel, inside in zip(self.kernels, self.inside, strict=True):
                    dense = kernel.at(rasters, domain.rows[wanted], domain.columns[wanted]).T * domain.area_km2[wanted]
                    columns.append(self._normalised(dense, mass @ inside, wanted))
            dense = np.concatenate([*columns, self._layers[:, wanted]]) / domain.uniform[wanted]
            self._targets[key] = dense.T[position]
        return self._targets[key]

    def target_cells(self, start: float, horizon: float) -> Ints:
        """Return the cells of the precise events in [start, start + horizon), one entry per event."""
        chosen = (self.events.day >= start) & (self.events.day < start + horizon) & self.events.precise
        return self.events.cell[chosen]

    def _normalised(self, dense: Floats, total: Floats, cells: Ints | None = None) -> Floats:
        uniform = self.domain.uniform if cells is None else self.domain.uniform[cells]
        known = total > 0
        scaled = dense / np.where(known, total, 1.0)[:, None]
        return np.where(known[:, None], scaled, uniform)


class SimplexWeights(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Weights on the simplex that make a mixture of given densities most likely, by expectation maximisation.

    Parameters
    ----------
    prior : float or array-like, shape (n_terms,)
        Prior counts, in events, of each term; at least a little keeps each weight above zero.
    max_iter : int

    Attributes
    ----------
    weights_ : float array, shape (n_terms,)
        Sum to 1.
    n_iter_ : int

    Examples
    --------
    >>> SimplexWeights(prior=0.0).fit([[2.0, 1.0], [2.0, 1.0], [0.2, 1.0]]).weights_.round(3).tolist()
    [0.5, 0.5]
    """

    def __init__(self, prior: float | ArrayLike = PRIOR, max_iter: int = 500) -> None:
        self.prior = prior
        self.max_iter = max_iter

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the weights from the densities of each term at each event, shape (n_events, n_terms).

        Raises
        ------
        ValueError
            If a density is negative.
        """
        densities = validate_data(self, X, dtype=np.float64, ensure_min_samples=1)
        if (densities < 0).any():
            raise ValueError("Negative values in data passed to SimplexWeights.fit: densities are not negative.")
        # An event where every density is zero says nothing of the weights.
        told = densities.sum(axis=1) > 0
        count = _check_sample_weight(sample_weight, densities, dtype=np.float64)[told]
        explained = densities[told]
        prior = np.broadcast_to(np.asarray(self.prior, np.float64), densities.shape[1:])
        weights = np.full(densities.shape[1], 1 / densities.shape[1])
        self.n_iter_ = 0
        while self.n_iter_ < self.max_iter:
            self.n_iter_ += 1
            # E step and M step in one: a term's new weight is its share of every event.
            share = weights * (explained.T @ (count / (explained @ weights))) + prior
            updated = share / share.sum()
            step = np.abs(updated - weights).max()
            weights = updated
            if step < _EM_TOLERANCE:
                break
        self.weights_ = weights
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


class KernelMixture(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """p(c) = Σ w_k f_k(c), with the weights learned on rolling windows of the past.

    Parameters
    ----------
    horizon_days, step_days : float
        Length of each training window and the step between their origins. Every window ends before ``t0``.
    floor_prior, prior : float
        Prior counts of the floor and of every other term.

    Attributes
    ----------
    t0_ : float
    terms_ : tuple of Term
    weights_ : float array, shape (terms,)
    n_events_ : int
        Events in the training windows; each counts once per window that it falls in.
    """

    def __init__(
        self,
        *,
        horizon_days: float = HORIZON_DAYS,
        step_days: float = STEP_DAYS,
        floor_prior: float = FLOOR_PRIOR,
        prior: float = PRIOR,
    ) -> None:
        self.horizon_days = horizon_days
        self.step_days = step_days
        self.floor_prior = floor_prior
        self.prior = prior

    def fit(self, bank: KernelBank, t0: float) -> Self:
        """Learn the weights from what was known before `t0`; without a single training event they are the prior.

        Raises
        ------
        ModelError
            If `t0` is not a number.
        """
        if not np.isfinite(t0):
            raise ModelError(message("The date of the assessment is missing."))
        prior = np.array([self.floor_prior if term.name == "floor" else self.prior for term in bank.terms])
        starts = origins(bank.events, t0, self.horizon_days, self.step_days)
        windows = [self._known(bank, start, t0) for start in starts]
        densities = np.concatenate([*(rows for rows, _ in windows), np.empty((0, len(bank.terms)))])
        counts = np.concatenate([*(number for _, number in windows), np.empty(0)])
        self.t0_ = float(t0)
        self.terms_ = bank.terms
        self.n_events_ = int(counts.sum())
        self.weights_ = prior / prior.sum()
        if len(densities):
            self.weights_ = SimplexWeights(prior).fit(densities, sample_weight=counts).weights_
        return self

    def _known(self, bank: KernelBank, start: float, t0: float) -> tuple[Floats, Floats]:
        """Densities in the cells of a window's events, and how many lie there, less those recorded only after `t0`."""
        events = bank.events
        chosen = (events.day >= start) & (events.day < start + self.horizon_days) & events.precise
        known = np.flatnonzero(events.known[chosen] < t0)
        _, first, count = np.unique(events.cell[chosen][known], return_index=True, return_counts=True)
        densities = np.asarray(bank.at_targets(start, self.horizon_days)[known[first]], np.float64)
        return densities, np.asarray(count, np.float64)

    def components(self, bank: KernelBank, t0: float | None = None) -> Floats:
        """Return w_k f_k(c), shape (terms, cells): the terms that add up to the share of each cell.

        Raises
        ------
        ModelError
            If `bank` has other terms than the model was fitted on.
        """
        check_is_fitted(self)
        if bank.terms != self.terms_:
            raise ModelError(message("The kernels differ from those that the model was fitted on."))
        weighted: Floats = self.weights_[:, None] * bank.fields(self.t0_ if t0 is None else t0)
        return weighted

    def predict(self, bank: KernelBank, t0: float | None = None) -> Floats:
        """Return the share of each cell, shape (cells,); sums to 1 and is above zero everywhere."""
        return np.asarray(self.components(bank, t0).sum(axis=0), np.float64)


def origins(events: Events, t0: float, horizon: float, step: float) -> Floats:
    """Return the starts of the training windows before `t0`, latest first.

    They lie whole steps before `t0`, so that assessments a whole number of steps apart share their windows; the
    latest window ends at or before `t0`, and each has `WARM_UP_DAYS` of history behind it.
    """
    past = events.before(t0)
    if not len(past):
        return np.empty(0)
    latest = t0 - np.ceil(horizon / step - 1e-9) * step
    count = int(np.floor((latest - past.day.min() - WARM_UP_DAYS) / step + 1e-9)) + 1
    # Rounded, so that the same window reached from two assessments is the same number.
    return np.asarray(np.round(latest - step * np.arange(max(count, 0)), 6), np.float64)
