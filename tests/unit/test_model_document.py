"""The worked example of docs/model.md, by pocket calculator and from the data."""

import math
from pathlib import Path

import numpy as np
import pytest

from geo.boundaries.regions import Boundaries
from models.evaluation.benchmark import ucdp_mali
from models.evaluation.evaluate import quarter_starts
from models.risk.class_limits import SCALES, Band, Support, classify
from models.risk.counts import RATE_FLOOR, CountHistory, CountModel
from models.risk.distributions import CountDistribution
from models.risk.explanation import Explanation, heaviest_events
from models.risk.intensity import HORIZON_DAYS, STEP_DAYS
from models.risk.model import RiskModel

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "model.md"
UCDP = "ucdp_ged_mali_burkina_niger_1990_2020.csv"

# The numbers printed in the document, in its order.
SUMS = {60: 0.4349, 180: 2.1900, 540: 8.5565, math.inf: 44.4970}
SPAN = 3273
RATES = [0.6595, 1.1071, 1.4453, 1.2372, 1.7764, 1.3306, 0.2059, 0.8698, 0.5691]
BETA = [0.0511, 0.2881, 0.0998, 0.0883, 0.0, 0.6637, 0.0238, 0.0, 0.0144]
ALPHA, MU = 0.8004, 1.5024
PAST = [1, 0, 3, 3, 0, 2, 0, 5]
WEIGHTS = [0.2554, 0.1991, 0.1551, 0.1209, 0.0942, 0.0734, 0.0572, 0.0446]
POOL, MEAN, P_ANY = 0.4667, 1.4796, 0.6376
#: Recorded incidents that would be missing without the events of each age, and what the pooled counts give.
PARTS = {"3_months": 0.15, "12_months": 0.36, "3_years": 0.24, "older": 0.05}
COUNTED = 0.68
EFFECTIVE = 36
#: Interval that is shown: nominal ends, what it holds for Mopti, and its ends.
SHOWN = (0, 5, 0.98)
MIDDLE_80 = (0, 3, 0.91)
#: Over all quarters and cercles of the benchmark: how much the forecast gives the interval that is shown, how often the
#: count lay inside; the same where half an incident or more was expected.
HELD = (0.975, 0.970)
HELD_HIGH = (0.966, 0.961)


def test_pocket_calculator():
    for decay, rate in zip(SUMS, RATES, strict=False):
        per_day = SUMS[decay] / SPAN if math.isinf(decay) else SUMS[decay] / (decay * (1 - math.exp(-SPAN / decay)))
        assert per_day * 91 == pytest.approx(rate, abs=2e-4)
    assert sum(x * b for x, b in zip(RATES, BETA, strict=True)) + 0.0001 == pytest.approx(MU, abs=5e-4)
    decay = [math.exp(-91 * quarter / 365) for quarter in range(8)]
    assert [d / sum(decay) for d in decay] == pytest.approx(WEIGHTS, abs=1e-4)
    assert 0.5 * sum(PAST) / (sum(PAST) + 1) == pytest.approx(POOL, abs=1e-4)
    counted = sum(w * y for w, y in zip(WEIGHTS, PAST, strict=True))
    assert (1 - POOL) * MU + POOL * counted == pytest.approx(MEAN, abs=5e-4)
    none = (1 + ALPHA * MU) ** (-1 / ALPHA)
    seen = sum(w for w, y in zip(WEIGHTS, PAST, strict=True) if y)
    assert (1 - POOL) * (1 - none) + POOL * seen == pytest.approx(P_ANY, abs=5e-4)
    assert classify(Support.CERCLE, [MEAN], [True], days=91)[0] == Band.HIGH
    pooled = CountDistribution(np.array([MU]), ALPHA, np.array([POOL]), np.array([PAST]).T, np.array(WEIGHTS))
    assert pooled.mean()[0] == pytest.approx(MEAN, abs=5e-4)
    reached = pooled.pmf()[0].cumsum()
    for (low, high, held), (from_, to) in ((SHOWN, (0.05, 0.95)), (MIDDLE_80, (0.1, 0.9))):
        assert (pooled.quantile(from_)[0], pooled.quantile(to)[0]) == (low, high)
        assert reached[high] == pytest.approx(held, abs=0.005)
    assert POOL * counted == pytest.approx(COUNTED, abs=0.005)
    assert sum(PARTS.values()) == pytest.approx((1 - POOL) * (MU - RATE_FLOOR), abs=0.01)


def test_document_prints_these_numbers():
    text = DOCUMENT.read_text(encoding="utf-8")
    for number in (*SUMS.values(), *RATES, *BETA, ALPHA, MU, *WEIGHTS, POOL, MEAN, P_ANY, *PARTS.values(), COUNTED):
        assert f"{number:.4f}" in text or f"{number:g}" in text
    for held in (*HELD, *HELD_HIGH):
        assert f"{held * 100:.1f} %" in text
    for support, scale in SCALES.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {support.value}"))
        assert all(f"| {limit:g} " in row for limit in scale.limits)
        assert f"{scale.days} days" in row


@pytest.mark.sample
def test_model_gives_these_numbers(sample_data):
    benchmark = ucdp_mali(sample_data / UCDP, Boundaries.shipped(), cell_m=5_000.0)
    events, domain, t0 = benchmark.events, benchmark.domain, benchmark.until
    history = CountHistory(events, domain)
    model = RiskModel().fit(events, domain, t0=t0, history=history)
    forecast = model.forecast(events, history=history)
    unit = domain.unit_ids.index("cercle-mopti")
    assert history.features(t0)[unit] == pytest.approx(RATES, abs=1e-4)
    assert model.counts_.regressor_.coef_ == pytest.approx(BETA, abs=5e-4)
    assert model.counts_.regressor_.alpha_ == pytest.approx(ALPHA, abs=5e-4)
    assert forecast.counts.past[:, unit].tolist() == PAST
    assert forecast.counts.past_weight == pytest.approx(WEIGHTS, abs=1e-4)
    assert forecast.counts.pool[unit] == pytest.approx(POOL, abs=1e-4)
    assert forecast.units[unit] == pytest.approx(MEAN, abs=5e-4)
    assert forecast.counts.p_any()[unit] == pytest.approx(P_ANY, abs=5e-4)
    explained = Explanation(model, forecast, history)
    for name, part in PARTS.items():
        assert forecast.units[unit] - explained.without[name].units[unit] == pytest.approx(part, abs=0.005)
    assert heaviest_events(explained.past, explained.weights, forecast.units)[0][unit] == pytest.approx(
        EFFECTIVE, abs=0.5
    )


@pytest.mark.sample
def test_intervals_hold_what_is_said(sample_data):
    benchmark = ucdp_mali(sample_data / UCDP, Boundaries.shipped())
    history = CountHistory(benchmark.events, benchmark.domain)
    inside, held, high = [], [], []
    for start in quarter_starts(benchmark.begin, benchmark.until, HORIZON_DAYS, STEP_DAYS):
        counts = CountModel().fit(history, start).predict(history, start)
        seen = np.rint(history.observed(start, start + HORIZON_DAYS))
        low, most = counts.quantile(0.05), counts.quantile(0.95)
        inside.append((seen >= low) & (seen <= most))
        reached = np.hstack([np.zeros((len(seen), 1)), np.cumsum(counts.pmf(), axis=1)])
        held.append(reached[np.arange(len(seen)), most + 1] - reached[np.arange(len(seen)), low])
        high.append(counts.mean() >= 0.5)
    assert np.size(inside) == 1150
    assert (np.mean(held), np.mean(inside)) == pytest.approx(HELD, abs=0.005)
    at = np.array(high)
    assert at.sum() == 335
    assert (np.array(held)[at].mean(), np.array(inside)[at].mean()) == pytest.approx(HELD_HIGH, abs=0.005)
