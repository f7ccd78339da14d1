"""How many: counts per cercle, a negative binomial on endemic and epidemic rates, pooled with recent quarters."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from geo.core.errors import ModelError
from geo.core.messages import message
from models.risk.distributions import CountDistribution, Counts, negative_binomial_log_pmf
from models.risk.domain import Domain, Floats
from models.risk.intensity import HORIZON_DAYS, STEP_DAYS, origins
from models.risk.kernels import CellKernel
from models.risk.location import Events

OWN_DECAYS_DAYS: Final = (60.0, 180.0, 540.0, float("inf"))
NEIGHBOUR_DECAY_DAYS: Final = 180.0
KERNEL_BANDWIDTH_M: Final = 50_000.0
KERNEL_DECAY_DAYS: Final = 365.0
#: The column of the national rate spread by area. Its coefficient is believed to be about a tenth, with the strength of
#: a few events: where the record is short, a unit without history keeps a rate.
FLOOR: Final = "floor"
FLOOR_RATE: Final = 0.1
FLOOR_PRIOR: Final = 2.0
#: Added to every unit's mean: a unit without any history is not a unit without hazard.
RATE_FLOOR: Final = 1e-4
#: A record shorter than this is taken to be this long, so that its first events make no absurd rates.
_LEAST_HISTORY_DAYS: Final = 30.0
_LOG_ALPHA: Final = (-6.0, 4.0)


class NegativeBinomialRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Counts with mean X β, β ≥ 0, and variance μ + α μ², both by maximum likelihood.

    Multiplicative updates keep β at or above zero and need no step size; α is found between them.

    Parameters
    ----------
    prior : float or array-like, shape (n_features,)
        Strength in events of the belief that a column's coefficient is `prior_value`; 0 for none.
    prior_value : float
    max_iter : int
        Rounds of updating β (to convergence) and then α.
    tol : float

    Attributes
    ----------
    coef_ : float array, shape (n_features,)
    alpha_ : float

    References
    ----------
    Held, L., Höhle, M. & Hofmann, M. (2005). A statistical framework for the analysis of multivariate infectious
    disease surveillance counts. Statistical Modelling 5, 187-199.
    """

    def __init__(
        self, prior: float | ArrayLike = 0.0, prior_value: float = FLOOR_RATE, max_iter: int = 12, tol: float = 1e-6
    ) -> None:
        self.prior = prior
        self.prior_value = prior_value
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to rates X ≥ 0, shape (n, features), and counts y ≥ 0 (fractions are welcome).

        Raises
        ------
        ValueError
            If a rate or count is negative, or all weights are zero.
        """
        rates, counts = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        counts = np.asarray(counts, np.float64)
        weight = _check_sample_weight(sample_weight, rates, dtype=np.float64)
        if (rates < 0).any() or (counts < 0).any():
            raise ValueError("Negative values in data passed to NegativeBinomialRegressor: rates and counts are not.")
        if not weight.sum() > 0:
            raise ValueError("NegativeBinomialRegressor needs at least one row with a weight above zero.")
        typical = np.average(rates, axis=0, weights=weight)
        scale = np.maximum(typical, 1e-300)
        start = max(float(np.average(counts, weights=weight)), RATE_FLOOR) / rates.shape[1]
        beta = np.where(typical > 0, start / scale, 0.0)
        alpha = 1.0
        self.n_iter_ = 0
        while self.n_iter_ < self.max_iter:
            self.n_iter_ += 1
            updated = self._update(rates, counts, weight, beta, alpha)
            found = _dispersion(counts, rates @ updated + RATE_FLOOR, weight)
            change = max(np.abs((updated - beta) * scale).max(), abs(np.log(found / alpha)))
            beta, alpha = updated, found
            if change < 1e-3:
                break
        self.coef_, self.alpha_ = beta, alpha
        return self

    def _update(self, rates: Floats, counts: Floats, weight: Floats, beta: Floats, alpha: float) -> Floats:
        prior = np.broadcast_to(np.asarray(self.prior, np.float64), beta.shape)
        for _ in range(400):
            mean = rates @ beta + RATE_FLOOR
            up = rates.T @ (weight * counts / mean)
            down = rates.T @ (weight * (1 + alpha * counts) / (1 + alpha * mean))
            # up - down is the gradient of the likelihood in β; times their ratio β never turns negative, and rests
            # where they are equal. The prior adds as many counts, at the rate of its value
            up, down = beta * up + prior, down + prior / self.prior_value
            updated = np.divide(up, down, out=np.zeros_like(up), where=down > 0)
            step = np.abs(updated - beta).max(initial=0.0)
            beta = updated
            if step < self.tol:
                break
        return beta

    def predict(self, X: ArrayLike) -> Floats:
        """Return the mean counts, shape (n,); above zero."""
        check_is_fitted(self)
        rates = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(rates @ self.coef_ + RATE_FLOOR, np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.target_tags.positive_only = True
        tags.regressor_tags.poor_score = True  # no intercept: a linear function through the origin
        return tags


def _dispersion(counts: Floats, mean: Floats, weight: Floats) -> float:
    def loss(log_alpha: float) -> float:
        return -float(weight @ negative_binomial_log_pmf(counts, mean, float(np.exp(log_alpha))))

    return float(np.exp(minimize_scalar(loss, bounds=_LOG_ALPHA, method="bounded", options={"xatol": 1e-3}).x))


class CountHistory:
    """Rates and counts per unit at any date, computed once each.

    Parameters
    ----------
    events : Events
    domain : Domain
    auxiliary : Events, optional

    Attributes
    ----------
    own_decays_days, neighbour_decay_days, kernel_decay_days
        How fast the rates forget; a subclass may choose others.
    """

    own_decays_days: tuple[float, ...] = OWN_DECAYS_DAYS
    neighbour_decay_days: float = NEIGHBOUR_DECAY_DAYS
    kernel_decay_days: float = KERNEL_DECAY_DAYS

    def __init__(self, events: Events, domain: Domain, *, auxiliary: Events | None = None) -> None:
        self.events, self.domain, self.auxiliary = events, domain, auxiliary
        self._by_unit = _per_unit(events, domain)
        self._auxiliary = None if auxiliary is None else _per_unit(auxiliary, domain)
        kernel = CellKernel(domain.shape, domain.cell_m, KERNEL_BANDWIDTH_M)
        per_area = domain.share.multiply(domain.area_km2 / (domain.cell_m / 1000) ** 2).toarray()
        spread = kernel.smooth(np.stack([domain.raster(values) for values in per_area]))
        #: What each unit receives of each event through the wide kernel, shape (events, units).
        self._nearby = np.asarray(events.mass @ spread[:, domain.rows, domain.columns].T, np.float64)
        degree = np.maximum(np.asarray(domain.neighbours.sum(axis=1)).ravel(), 1)
        self._neighbours = sparse.csr_array(domain.neighbours.multiply(1 / degree[:, None]))
        self._shares = {
            name: np.asarray(domain.share @ domain.layers[name])
            for name in (FLOOR, "population", "road")
            if name in domain.layers
        }
        self._features: dict[float, Floats] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the rates, in order."""
        own = [f"own-{decay:g}d" for decay in self.own_decays_days]
        auxiliary = [] if self._auxiliary is None else ["auxiliary"]
        return (*own, "neighbours", "nearby", *self._shares, *auxiliary)

    def features(self, t0: float, horizon: float = HORIZON_DAYS) -> Floats:
        """Return the rates as of `t0` in expected events per horizon, shape (units, columns)."""
        key = round(t0, 6)
        if key not in self._features:
            own = [_rate(self.events, self._by_unit, t0, decay, horizon) for decay in self.own_decays_days]
            lately = own[self.own_decays_days.index(self.neighbour_decay_days)]
            columns = [*own, self._neighbours @ lately]
            columns.append(_rate(self.events, self._nearby, t0, self.kernel_decay_days, horizon))
            columns += [lately.sum() * share for share in self._shares.values()]
            if self.auxiliary is not None and self._auxiliary is not None:
                columns.append(_rate(self.auxiliary, self._auxiliary, t0, NEIGHBOUR_DECAY_DAYS, horizon))
            self._features[key] = np.column_stack(columns)
        return self._features[key]

    def per_event(self, t0: float, coefficients: Floats, horizon: float = HORIZON_DAYS) -> Floats:
        """Return what each event adds to each unit's mean as of `t0`, shape (events, units).

        With what the auxiliary events add, and `RATE_FLOOR`, they sum to the mean of the counts that `coefficients`
        (one a column) make of `features`. The length of the record is that of all events.
        """
        beta = dict(zip(self.columns, coefficients, strict=True))

        def weight(decay: float) -> Floats:
            return _weight(self.events, t0, decay, horizon)[:, None]

        added = np.zeros_like(self._by_unit)
        for decay in self.own_decays_days:
            added += beta[f"own-{decay:g}d"] * weight(decay) * self._by_unit
        lately = weight(self.neighbour_decay_days) * self._by_unit
        added += beta["neighbours"] * (lately @ self._neighbours.T)
        added += beta["nearby"] * weight(self.kernel_decay_days) * self._nearby
        for name, share in self._shares.items():
            added += beta[name] * lately.sum(axis=1)[:, None] * share
        return added

    def observed(self, start: float, end: float, *, known_before: float = np.inf) -> Floats:
        """Return the events per unit in [start, end), shape (units,); imprecise events count in parts."""
        chosen = (self.events.day >= start) & (self.events.day < end) & (self.events.known < known_before)
        return np.asarray(self._by_unit[chosen].sum(axis=0), np.float64)

    def quarters(self, t0: float, most: int, length: float) -> Counts:
        """Return the counts of the last whole quarters before `t0`, latest first, shape (quarters, units)."""
        past = self.events.before(t0)
        first = past.day.min() if len(past) else t0
        whole = int(min(most, np.floor((t0 - first) / length)))
        rows = [self.observed(t0 - (q + 1) * length, t0 - q * length, known_before=t0) for q in range(whole)]
        return np.rint(np.reshape(rows, (whole, len(self.domain.unit_ids)))).astype(np.int64)


class LastingHistory(CountHistory):
    """Rates per unit that do not decay: the mean of the whole record, here, next door and in the country."""

    own_decays_days = (float("inf"),)
    neighbour_decay_days = float("inf")
    kernel_decay_days = float("inf")


def _per_unit(events: Events, domain: Domain) -> Floats:
    return np.asarray((events.mass @ domain.share.T).toarray(), np.float64)


def _rate(events: Events, received: Floats, t0: float, decay: float, horizon: float) -> Floats:
    weight = _weight(events, t0, decay, horizon)
    past = weight > 0
    return np.asarray(weight[past] @ received[past], np.float64)


def _weight(events: Events, t0: float, decay: float, horizon: float) -> Floats:
    """What each event adds to a rate per horizon where it lies, shape (events,); 0 of what was not known before t0."""
    past = (events.day < t0) & (events.known < t0)
    if not past.any():
        return np.zeros(len(events))
    age = np.where(past, t0 - events.day, 0.0)
    span = max(float(age.max()), _LEAST_HISTORY_DAYS)
    weight = np.full(len(age), 1 / span)
    if np.isfinite(decay):
        # divided by what one event a day adds up to over the record: a steady rate comes out as itself
        weight = np.exp(-age / decay) / (decay * -np.expm1(-span / decay))
    return np.where(past, weight * horizon, 0.0)


class CountModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Counts per unit over the horizon, as a distribution.

    Parameters
    ----------
    horizon_days, step_days : float
    training_decay_days : float
        Past windows count less the older they are, by ``exp(−age / training_decay_days)``: reporting and the conflict
        change, and a fit to ten years alike lags behind.
    pool_quarters : int
        Whole quarters whose counts are pooled with the negative binomial.
    pool_decay_days : float
        Older quarters weigh less, by ``exp(−age / pool_decay_days)``.
    pool_most, pool_shrinkage : float
        The counts' weight is ``pool_most * n / (n + pool_shrinkage)`` for n events in those quarters: counts of
        nothing but zeros say little, and would halve the chance of a first event.

    Attributes
    ----------
    columns_ : tuple of str
    regressor_ : NegativeBinomialRegressor
    """

    def __init__(
        self,
        *,
        horizon_days: float = HORIZON_DAYS,
        step_days: float = STEP_DAYS,
        training_decay_days: float = 730.0,
        pool_quarters: int = 8,
        pool_decay_days: float = 365.0,
        pool_most: float = 0.5,
        pool_shrinkage: float = 1.0,
        floor_prior: float = FLOOR_PRIOR,
    ) -> None:
        self.horizon_days = horizon_days
        self.step_days = step_days
        self.training_decay_days = training_decay_days
        self.pool_quarters = pool_quarters
        self.pool_decay_days = pool_decay_days
        self.pool_most = pool_most
        self.pool_shrinkage = pool_shrinkage
        self.floor_prior = floor_prior

    def fit(self, history: CountHistory, t0: float) -> Self:
        """Learn β and α from the windows that ended before `t0`.

        Raises
        ------
        ModelError
            If the record is too short for a single window.
        """
        starts = origins(history.events, t0, self.horizon_days, self.step_days)
        if not len(starts):
            raise ModelError(message("The record is too short: no window of the past ends before the assessment."))
        rates = [history.features(start, self.horizon_days) for start in starts]
        ends = starts + self.horizon_days
        counts = [history.observed(a, b, known_before=t0) for a, b in zip(starts, ends, strict=True)]
        weight = np.repeat(np.exp(-(t0 - starts) / self.training_decay_days), len(history.domain.unit_ids))
        prior = [self.floor_prior if name == FLOOR else 0.0 for name in history.columns]
        self.regressor_ = NegativeBinomialRegressor(prior).fit(np.concatenate(rates), np.concatenate(counts), weight)
        self.columns_ = history.columns
        self.t0_ = float(t0)
        return self

    def predict(
        self, history: CountHistory, t0: float | None = None, *, groups: Floats | sparse.csr_array | None = None
    ) -> CountDistribution:
        """Return the distribution of the counts in [t0, t0 + horizon).

        Parameters
        ----------
        groups : array, shape (groups, units), optional
            0 or 1: units to be counted together, such as the cercles of a region. Their overdispersion is found anew
            from past forecasts, because neighbouring cercles rise together.

        Raises
        ------
        ModelError
            If `history` has other rates than the model was fitted on.
        """
        check_is_fitted(self)
        if history.columns != self.columns_:
            raise ModelError(message("The rates differ from those that the model was fitted on."))
        when = self.t0_ if t0 is None else float(t0)
        mu = self.regressor_.predict(history.features(when, self.horizon_days))
        past = history.quarters(when, self.pool_quarters, self.horizon_days)
        alpha = float(self.regressor_.alpha_)
        if groups is not None:
            mu, past = np.asarray(groups @ mu), np.asarray((groups @ past.T).T, np.int64)
            alpha = self._grouped_alpha(history, when, groups)
        age = np.arange(len(past)) * self.horizon_days
        decay = np.exp(-age / self.pool_decay_days)
        seen = past.sum(axis=0)
        pool = self.pool_most * seen / (seen + self.pool_shrinkage)
        return CountDistribution(mu, alpha, pool, past, decay / max(decay.sum(), 1e-300))

    def _grouped_alpha(self, history: CountHistory, t0: float, groups: Floats | sparse.csr_array) -> float:
        starts = origins(history.events, t0, self.horizon_days, self.step_days)
        mean = [groups @ self.regressor_.predict(history.features(a, self.horizon_days)) for a in starts]
        counts = [groups @ history.observed(a, a + self.horizon_days, known_before=t0) for a in starts]
        weight = np.repeat(np.exp(-(t0 - starts) / self.training_decay_days), len(mean[0]))
        return _dispersion(np.concatenate(counts), np.concatenate(mean), weight)
