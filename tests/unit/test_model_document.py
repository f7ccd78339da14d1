"""The worked example of docs/model.md, by pocket calculator and from the data."""

import math
from pathlib import Path

import numpy as np
import pytest

from geo.regions import Boundaries
from models.bands import Band, bands
from models.benchmark import ucdp_mali
from models.counts import CountHistory
from models.distributions import CountDistribution
from models.risk import RiskModel

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
PARTS = {"history": 0.85, "neighbourhood": 0.49, "settlement": 0.12}


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
    assert bands([MEAN], [True])[0] == Band.HIGH
    pooled = CountDistribution(np.array([MU]), ALPHA, np.array([POOL]), np.array([PAST]).T, np.array(WEIGHTS))
    assert pooled.mean()[0] == pytest.approx(MEAN, abs=5e-4)


def test_document_prints_these_numbers():
    text = DOCUMENT.read_text(encoding="utf-8")
    for number in (*SUMS.values(), *RATES, *BETA, ALPHA, MU, *WEIGHTS, POOL, MEAN, P_ANY):
        assert f"{number:.4f}" in text or f"{number:g}" in text


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
    groups = {group.value: values[unit] for group, values in forecast.grouped_contributions().items()}
    for name, part in PARTS.items():
        assert groups[name] == pytest.approx(part, abs=0.01)
