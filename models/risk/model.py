"""The public estimator, fitted and forecasting: how many per cercle, where within it, made coherent; no interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from geo.core.errors import ModelError
from geo.core.messages import message
from models.risk.counts import CountHistory, CountModel
from models.risk.distributions import CountDistribution
from models.risk.domain import Domain, Floats, Ints
from models.risk.intensity import (
    BANDWIDTHS_M,
    DECAYS_DAYS,
    FLOOR_PRIOR,
    HORIZON_DAYS,
    PRIOR,
    STEP_DAYS,
    KernelBank,
    KernelMixture,
)
from models.risk.location import Events


class RiskModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Expected recorded incidents in the coming horizon, per cell and cercle.

    Parameters
    ----------
    horizon_days, step_days : float
        Length of the forecast; step between the training windows.
    bandwidths_m, decays_days : tuple of float
        Kernels of the mixture.
    floor_prior, prior : float
        Prior counts of the mixture's weights.
    training_decay_days, pool_quarters, pool_decay_days, pool_most, pool_shrinkage
        See `models.risk.counts.CountModel`.

    Attributes
    ----------
    mixture_ : KernelMixture
    counts_ : CountModel
    domain_ : Domain
    t0_ : float
        Days since 1970-01-01.

    Notes
    -----
    Nothing here estimates the danger to one vehicle or person: recorded incidents grow with traffic and reporting.
    """

    def __init__(
        self,
        *,
        horizon_days: float = HORIZON_DAYS,
        step_days: float = STEP_DAYS,
        bandwidths_m: tuple[float, ...] = BANDWIDTHS_M,
        decays_days: tuple[float, ...] = DECAYS_DAYS,
        floor_prior: float = FLOOR_PRIOR,
        prior: float = PRIOR,
        training_decay_days: float = 730.0,
        pool_quarters: int = 8,
        pool_decay_days: float = 365.0,
        pool_most: float = 0.5,
        pool_shrinkage: float = 1.0,
    ) -> None:
        self.horizon_days = horizon_days
        self.step_days = step_days
        self.bandwidths_m = bandwidths_m
        self.decays_days = decays_days
        self.floor_prior = floor_prior
        self.prior = prior
        self.training_decay_days = training_decay_days
        self.pool_quarters = pool_quarters
        self.pool_decay_days = pool_decay_days
        self.pool_most = pool_most
        self.pool_shrinkage = pool_shrinkage

    def fit(
        self,
        events: Events,
        domain: Domain,
        *,
        t0: float,
        auxiliary: Events | None = None,
        bank: KernelBank | None = None,
        history: CountHistory | None = None,
    ) -> Self:
        """Fit on what was known before `t0`; events on or after it change nothing.

        Parameters
        ----------
        events : Events
            The target's events.
        t0 : float
            Date of the assessment, days since 1970-01-01.
        auxiliary : Events, optional
            Other incidents as auxiliary kernels.
        bank, history : optional
            Made from the same events and domain beforehand, to share their work among many dates.

        Raises
        ------
        ModelError
            If there is no event before `t0`, or the record is too short.
        """
        if not len(events.before(t0)):
            raise ModelError(message("No incident of the target is known before the date of the assessment."))
        self.domain_, self.t0_ = domain, float(t0)
        bank = bank or self.bank(events, domain, auxiliary)
        history = history or CountHistory(events, domain, auxiliary=auxiliary)
        mixture, counts = self.unfitted()
        self.mixture_ = mixture.fit(bank, t0)
        self.counts_ = counts.fit(history, t0)
        return self

    def unfitted(self) -> tuple[KernelMixture, CountModel]:
        """Return the two parts with this model's parameters, not fitted."""
        mixture = KernelMixture(
            horizon_days=self.horizon_days, step_days=self.step_days, floor_prior=self.floor_prior, prior=self.prior
        )
        counts = CountModel(
            horizon_days=self.horizon_days,
            step_days=self.step_days,
            training_decay_days=self.training_decay_days,
            pool_quarters=self.pool_quarters,
            pool_decay_days=self.pool_decay_days,
            pool_most=self.pool_most,
            pool_shrinkage=self.pool_shrinkage,
        )
        return mixture, counts

    def bank(self, events: Events, domain: Domain, auxiliary: Events | None = None) -> KernelBank:
        """Return the kernels of this model's parameters over `events`."""
        return KernelBank(
            events, domain, auxiliary=auxiliary, bandwidths_m=self.bandwidths_m, decays_days=self.decays_days
        )

    def forecast(
        self,
        events: Events,
        *,
        t0: float | None = None,
        auxiliary: Events | None = None,
        bank: KernelBank | None = None,
        history: CountHistory | None = None,
    ) -> Forecast:
        """Forecast [t0, t0 + horizon) from what was known before `t0` (default: the date of the fit)."""
        check_is_fitted(self)
        when = self.t0_ if t0 is None else float(t0)
        bank = bank or self.bank(events, self.domain_, auxiliary)
        history = history or CountHistory(events, self.domain_, auxiliary=auxiliary)
        counts = self.counts_.predict(history, when)
        return Forecast(self.domain_, bank, when, self.horizon_days, self.mixture_.components(bank, when), counts)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Expected recorded incidents per cell and unit over [t0, t0 + horizon), and why.

    Attributes
    ----------
    components : float array, shape (terms, cells)
        w_k f_k(c); their sum is the share of each cell before reconciliation.
    counts : CountDistribution
        Distribution per unit of the domain.
    """

    domain: Domain
    bank: KernelBank
    t0: float
    horizon_days: float
    components: Floats
    counts: CountDistribution

    @property
    def share(self) -> Floats:
        """p(c), shape (cells,)."""
        return np.asarray(self.components.sum(axis=0), np.float64)

    @property
    def units(self) -> Floats:
        """Expected incidents per unit: the mean of its distribution."""
        return self.counts.mean()

    @property
    def scale(self) -> Floats:
        """What each unit's share is multiplied with so that its cells sum to its expected count."""
        return np.asarray(self.units / (self.domain.share @ self.share), np.float64)

    @property
    def cells(self) -> Floats:
        """Expected incidents per cell, shape (cells,). A cell in two units has a part of each."""
        return np.asarray(self.domain.share.T @ self.scale * self.share, np.float64)

    def integrate(self, shares: sparse.csr_array, parent: Ints | None = None) -> Floats:
        """Return the expected incidents in other units.

        Parameters
        ----------
        shares : sparse array, shape (m, cells)
            Share of each cell's area inside the country that the unit covers.
        parent : int array, shape (m,), optional
            Position of the unit of the domain that each lies in. With it, the parts of a unit sum to the unit even
            where cells lie across its border.
        """
        if parent is None:
            return np.asarray(shares @ self.cells, np.float64)
        return np.asarray(self.scale[parent] * (shares @ self.share), np.float64)

    def cell_p_any(self) -> Floats:
        """Return the probability of at least one incident in each cell, shape (cells,); never 0."""
        alpha = self.counts.alpha
        return np.asarray(-np.expm1(-np.log1p(alpha * self.cells) / alpha), np.float64)
