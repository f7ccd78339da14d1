"""The published benchmark: the harness is the same, and the model passes it.

Choices are made on the quarters before the last four; those were run at the end (docs/model.md).
"""

import pytest

from geo.boundaries.regions import Boundaries
from models.evaluation.benchmark import ucdp_mali
from models.evaluation.criteria import criteria, public_scores
from models.evaluation.evaluate import FROZEN_QUARTERS, evaluate

pytestmark = pytest.mark.slow

UCDP = "ucdp_ged_mali_burkina_niger_1990_2020.csv"
SIMPLE = ("lastquarter", "longrun", "kde25", "conflictology")


@pytest.fixture(scope="module")
def benchmark(sample_data):
    return ucdp_mali(sample_data / UCDP, Boundaries.shipped())


@pytest.fixture(scope="module")
def whole(benchmark):
    """All quarters: the baselines' rows were published for all of them."""
    return evaluate(
        benchmark.events,
        benchmark.domain,
        begin=benchmark.begin,
        until=benchmark.until,
        frozen=0,
        residual=False,
        baselines=SIMPLE,
    )


@pytest.mark.sample
def test_harness_reproduces_the_published_rows(whole):
    assert len(whole.quarters) == 23
    assert whole.quarters["events"].sum() == 638
    published = {"lastquarter": (0.24, 0.28, 0.32), "longrun": (0.33, 0.63, 0.67), "kde25": (0.15, 0.46, 0.66)}
    for model, rates in published.items():
        measured = [whole.score(model, f"hit_{k}")[0] for k in (1, 5, 10)]
        assert measured == pytest.approx(rates, abs=0.03)


@pytest.mark.sample
def test_every_criterion_is_met_on_the_quarters_used_for_choices(whole):
    seen = whole.part(last=len(whole.quarters) - FROZEN_QUARTERS)
    failed = [line for line in criteria(seen) if not line.passed]
    assert not failed


@pytest.mark.sample
def test_reach(whole):
    value, low, _ = whole.score("risk", "gain", over="longrun")
    assert value >= 0.40
    assert low > 0.28
    for metric, least in (("hit_1", 0.32), ("hit_5", 0.62), ("hit_10", 0.79)):
        assert whole.score("risk", metric)[0] >= least
    assert whole.score("risk", "crps", over="conflictology")[0] <= 0.97


@pytest.mark.sample
def test_public_scores_have_every_metric(whole):
    rows = public_scores(whole, "ucdp-mali")
    metrics = {(row["model"], row["metric"]) for row in rows}
    cells = {"hit_1", "hit_5", "hit_10", "ig_longrun"}
    units = {"crps_cercle", "log_cercle", "brier_any", "cover_80"}
    for model in ("risk", "longrun", "conflictology"):
        assert {(model, metric) for metric in cells | units} <= metrics
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)


@pytest.mark.sample
def test_gate_stays_shut_where_the_residual_does_not_help(benchmark):
    """Boosting is trained at every origin, so this takes a minute; seven quarters at the end are left out."""
    evaluation = evaluate(
        benchmark.events,
        benchmark.domain,
        begin=benchmark.begin,
        until=benchmark.until - FROZEN_QUARTERS * 91.2,
        frozen=3,
        baselines=("longrun",),
    )
    assert evaluation.score("residual", "gain", over="risk")[1] <= 0
