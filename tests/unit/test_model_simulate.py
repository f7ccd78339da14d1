"""What real data cannot test: whether the model finds what is there."""

import numpy as np
import pytest
from model_worlds import square_domain
from simulated_world import simulate

from models.evaluation.scores import pit_bounds, pit_cover, rank_overlap
from models.risk.intensity import KernelBank, KernelMixture
from models.risk.model import RiskModel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def domain():
    return square_domain()


def divergence(truth, share):
    """Kullback-Leibler divergence of the fitted share from the true one, in nats."""
    true = truth / truth.sum()
    return float(true @ np.log(true / share))


def fitted_share(world, domain):
    bank = KernelBank(world.reported, domain)
    return KernelMixture().fit(bank, world.end).predict(bank)


def test_recovers_the_truth_better_than_the_floor(domain):
    world = simulate(domain, seed=1)
    assert divergence(world.intensity, fitted_share(world, domain)) < 0.35 * divergence(world.intensity, domain.uniform)


def test_more_data_helps(domain):
    def miss(per_day):
        worlds = [simulate(domain, per_day=per_day, seed=seed) for seed in range(4)]
        return np.mean([divergence(world.intensity, fitted_share(world, domain)) for world in worlds])

    assert miss(0.6) < miss(0.05)


def test_counts_are_calibrated(domain):
    covered = []
    for seed in range(25):
        world = simulate(domain, days=2_500, per_day=0.1, seed=seed)
        t0 = world.end - 91.0
        forecast = RiskModel().fit(world.reported, domain, t0=t0).forecast(world.reported)
        chosen = (world.reported.day >= t0) & (world.reported.day < t0 + 91)
        per_unit = (world.reported.mass @ domain.share.T).toarray()[chosen].sum(axis=0)
        observed = np.rint(per_unit).astype(np.int64)
        covered.append(pit_cover(*pit_bounds(forecast.counts.pmf(int(observed.max())), observed)).mean())
    assert 0.68 <= np.mean(covered) <= 0.92


def test_imprecise_events_carry_their_mass(domain):
    world = simulate(domain, imprecise=0.3, seed=2)
    assert 0.2 < (~world.reported.precise).mean() < 0.4
    assert np.asarray(world.reported.mass.sum(axis=1)).ravel() == pytest.approx(np.ones(len(world.reported)))
    blurred = divergence(world.intensity, fitted_share(world, domain))
    assert blurred < 0.5 * divergence(world.intensity, domain.uniform)


def test_a_reporting_gradient_biases_the_forecast_and_shows_in_the_ranking(domain):
    """The model cannot see what is not reported: the truth is missed, and the ranking's sensitivity says so."""
    west_to_east = np.linspace(0.125, 1, len(domain))[np.argsort(np.argsort(domain.centres[:, 0]))]
    clean, biased = simulate(domain, seed=3), simulate(domain, seed=3, reporting=west_to_east)
    miss = divergence(biased.intensity, fitted_share(biased, domain))
    assert miss > 1.3 * divergence(clean.intensity, fitted_share(clean, domain))
    share = fitted_share(biased, domain)
    assert rank_overlap(share, west_to_east) < 0.9
    assert rank_overlap(share, np.ones(len(domain))) == 1


def test_same_seed_same_world(domain):
    one, two = simulate(domain, seed=5), simulate(domain, seed=5)
    assert one.happened.day.tolist() == two.happened.day.tolist()
