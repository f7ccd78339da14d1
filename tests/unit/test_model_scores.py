import numpy as np
import pytest
import scoringrules as sr

from models.evaluation.baselines import empirical_pmf, poisson_pmf
from models.evaluation.criteria import Criterion
from models.evaluation.scores import (
    crps,
    hit_rates,
    information_gain,
    log_score,
    moving_blocks,
    pit_bounds,
    pit_cover,
    ratio_interval,
)
from models.risk.distributions import (
    CountDistribution,
    negative_binomial_pmf,
    negative_binomial_quantile,
)


def test_hit_rate_counts_ties_in_part():
    share, area = np.array([0.5, 0.5 / 3, 0.5 / 3, 0.5 / 3]), np.ones(4)
    events = np.array([0.0, 6.0, 0.0, 0.0])
    assert hit_rates(share, area, events, (0.25, 0.5, 1.0)) == pytest.approx([0, 2, 6])
    assert hit_rates(share[::-1], area, events[::-1], (0.25, 0.5, 1.0)) == pytest.approx([0, 2, 6])


def test_hit_rate_ranks_by_density_not_by_share():
    share, area, events = np.array([0.6, 0.4]), np.array([10.0, 1.0]), np.array([0.0, 1.0])
    assert hit_rates(share, area, events, (1 / 11,))[0] == pytest.approx(1)


def test_crps_agrees_with_scoringrules_for_ensembles_and_negative_binomials():
    past = np.array([[0, 3], [1, 0], [4, 0], [0, 7]])
    observed = np.array([2, 9])
    expected = sr.crps_ensemble(observed.astype(float), past.T.astype(float), estimator="nrg")
    assert crps(empirical_pmf(past), observed) == pytest.approx(expected)
    mean, alpha = np.array([0.3, 4.0]), 1.7
    theirs = sr.crps_negbinom(observed, 1 / alpha, mu=mean)
    assert crps(negative_binomial_pmf(mean, alpha, 400), observed) == pytest.approx(theirs, rel=1e-6)


def test_log_score_is_finite_for_counts_never_seen():
    pmf = empirical_pmf(np.zeros((8, 2), np.int64))
    assert np.isfinite(log_score(pmf, np.array([0, 30]), empirical=True)).all()


def test_randomised_pit_of_a_perfect_forecast_is_uniform():
    rng = np.random.default_rng(1)
    mean = rng.gamma(1, 2, 20_000)
    observed = rng.poisson(mean)
    low, high = pit_bounds(poisson_pmf(mean), observed)
    assert pit_cover(low, high).mean() == pytest.approx(0.8, abs=0.01)
    # An inclusive interval covers far more than 80 %, which is why it is not the measure.
    assert ((high >= 0.1) & (low <= 0.9)).mean() > 0.86


def test_information_gain_of_an_impossible_cell_is_minus_infinity():
    assert information_gain(np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([0.0, 1.0])) == -np.inf


def test_moving_blocks_keep_neighbours_together_and_wrap():
    drawn = moving_blocks(7, 500, np.random.default_rng(0), block=2)
    assert drawn.shape == (500, 7)
    assert ((drawn[:, 0] + 1) % 7 == drawn[:, 1]).all()
    assert np.bincount(drawn.ravel(), minlength=7).min() > 350


def test_interval_holds_the_value_and_is_narrow_where_nothing_varies():
    value, low, high = ratio_interval(np.full(20, 3.0), np.full(20, 2.0))
    assert (value, low, high) == pytest.approx((1.5, 1.5, 1.5))


def test_quantiles_agree_with_the_pmf():
    mean = np.array([0.01, 0.4, 3.0, 40.0])
    cumulative = negative_binomial_pmf(mean, 2.5, 3000).cumsum(axis=1)
    for level in (0.1, 0.5, 0.9, 0.99):
        assert negative_binomial_quantile(mean, 2.5, level).tolist() == (cumulative >= level).argmax(axis=1).tolist()


def test_pooled_distribution_is_one_and_has_the_stated_mean():
    past = np.array([[0, 5], [2, 9], [0, 1]])
    pooled = CountDistribution(np.array([0.2, 4.0]), 1.5, np.array([0.2, 0.45]), past, np.array([0.5, 0.3, 0.2]))
    pmf = pooled.pmf()
    assert pmf.sum(axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert pmf @ np.arange(pmf.shape[1]) == pytest.approx(pooled.mean(), rel=1e-4)
    assert 1 - pmf[:, 0] == pytest.approx(pooled.p_any())


def test_a_criterion_passes_only_inside_its_range():
    assert Criterion("x", 0.9, 0.8, 1.0, 0.0, 0.98).passed
    assert not Criterion("x", 0.99, 0.8, 1.0, 0.0, 0.98).passed
    assert not Criterion("x", float("nan"), 0.8, 1.0, 0.0, 0.98).passed
