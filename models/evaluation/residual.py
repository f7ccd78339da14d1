"""Optional boosting on top of the mixture; it ships only where it is shown to help."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from models.risk.domain import Floats
from models.risk.intensity import KernelBank, KernelMixture, TermGroup, origins

#: A correction beyond these factors is the model's error, not the world's.
CLIP: Final = (0.2, 5.0)
#: Cells without an event are sampled down to about this many rows; the sample is weighed back up.
MOST_ROWS: Final = 400_000
_TINY: Final = 1e-12


class ResidualRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The factor by which counts differ from their base, by gradient boosting of Poisson trees.

    ``fit(X, y, sample_weight)`` takes y = count / base and sample_weight = base, so that trees correct the base
    rather than replace it. Factors are clipped. Runs on one thread.

    Attributes
    ----------
    booster_ : HistGradientBoostingRegressor
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        max_iter: int = 80,
        max_leaf_nodes: int = 6,
        min_samples_leaf: int = 200,
        l2_regularization: float = 5.0,
        max_bins: int = 63,
        random_state: int = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_bins = max_bins
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to ratios y ≥ 0.

        Raises
        ------
        ValueError
            If a ratio is negative, or all are zero.
        """
        features, ratio = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        weight = _check_sample_weight(sample_weight, features, dtype=np.float64)
        with threadpool_limits(limits=1):
            self.booster_ = HistGradientBoostingRegressor(
                loss="poisson",
                learning_rate=self.learning_rate,
                max_iter=self.max_iter,
                max_leaf_nodes=self.max_leaf_nodes,
                min_samples_leaf=self.min_samples_leaf,
                l2_regularization=self.l2_regularization,
                max_bins=self.max_bins,
                early_stopping=False,
                random_state=self.random_state,
            ).fit(features, ratio, sample_weight=weight)
        self.n_iter_ = self.booster_.n_iter_
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return the clipped factors, shape (n,)."""
        check_is_fitted(self)
        features = validate_data(self, X, dtype=np.float64, reset=False)
        with threadpool_limits(limits=1):
            return np.asarray(np.clip(self.booster_.predict(features), *CLIP), np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.regressor_tags.poor_score = True  # factors are clipped around 1
        return tags


class ResidualModel:
    """A `ResidualRegressor` trained on the windows before a date, and the corrected share of each cell.

    Parameters
    ----------
    bank : KernelBank
    seed : int
        Of the sampling of empty cells.
    """

    def __init__(self, bank: KernelBank, *, seed: int = 0) -> None:
        self._bank, self._seed = bank, seed

    def fit(self, mixture: KernelMixture, t0: float) -> Self:
        """Learn the correction of `mixture` from all windows that ended before `t0`."""
        bank, horizon = self._bank, mixture.horizon_days
        starts = origins(bank.events, t0, horizon, mixture.step_days)
        keep = min(1.0, MOST_ROWS / max(len(starts) * len(bank.domain), 1))
        rng = np.random.default_rng(self._seed)
        rows, ratios, bases = [], [], []
        for start in starts:
            cells = bank.target_cells(float(start), horizon)
            if not len(cells):
                continue
            counts = np.bincount(cells, minlength=len(bank.domain))
            base = mixture.predict(bank, float(start)) * counts.sum()
            chosen = (counts > 0) | (rng.random(len(counts)) < keep)
            bases.append(np.where(counts > 0, base, base / keep)[chosen])
            ratios.append(counts[chosen] / base[chosen])
            rows.append(self._features(mixture, float(start))[chosen])
        self.regressor_ = ResidualRegressor().fit(np.concatenate(rows), np.concatenate(ratios), np.concatenate(bases))
        return self

    def predict(self, mixture: KernelMixture, t0: float) -> Floats:
        """Return the corrected share of each cell, shape (cells,); sums to 1."""
        share = mixture.predict(self._bank, t0) * self.regressor_.predict(self._features(mixture, t0))
        return np.asarray(share / share.sum(), np.float64)

    def _features(self, mixture: KernelMixture, t0: float) -> Floats:
        """Logarithms of the mixture and of its groups of terms, each relative to the uniform density."""
        bank, uniform = self._bank, self._bank.domain.uniform
        fields = bank.fields(t0)
        columns = [mixture.weights_ @ fields]
        for group in TermGroup:
            members = [i for i, term in enumerate(bank.terms) if term.group is group and term.name != "floor"]
            if members:
                columns.append(fields[members].mean(axis=0))
        return np.log(np.column_stack(columns) / uniform[:, None] + _TINY)
