from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.boundaries.regions import Boundaries
from geo.core.provenance import data_path
from geo.roads import shipped_network
from models.evaluation.benchmark import ucdp_mali
from models.evaluation.route_backtest import METHODS, RouteBacktest, backtest
from models.routes.probability import Frequency, frequency, negative_binomial_any, probability_any

pytestmark = pytest.mark.slow


@pytest.mark.sample
def test_the_committed_table_is_what_the_backtest_gives(sample_data: Path) -> None:
    benchmark = ucdp_mali(sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv", Boundaries.shipped())
    result = backtest(benchmark, shipped_network())
    assert result.routes >= 200
    table = result.table()
    shipped = pd.read_csv(data_path("model/route_backtest.csv"))
    shipped = shipped[shipped["corridor_km"] == 15.0].reset_index(drop=True)
    assert np.allclose(table["n"], shipped["n"], rtol=0.01)
    for column in ("predicted", "observed", "low", "high"):
        assert np.allclose(table[column], shipped[column], atol=2e-3), column
    assert 0.85 < result.ratio() < 1.15
    pooled = table[table["method"] == "pooled"]
    assert (pooled["predicted"] - pooled["observed"]).abs().max() < 0.06
    assert pooled["predicted"].between(pooled["low"], pooled["high"]).all()
    brier = result.brier()
    assert set(brier.index) == set(METHODS)
    assert brier["pooled"] < brier.drop("pooled").min()


def test_the_table_says_what_was_predicted_and_what_came() -> None:
    """Four windows of two routes: the bins, their means, and an interval that spans what came."""
    forecasts = pd.DataFrame(
        {
            "route": [0, 1] * 4,
            "origin": np.repeat([0.0, 30.0, 60.0, 90.0], 2),
            "expected": 0.5,
            "pooled": [0.1, 0.7] * 4,
            "negative_binomial": 0.3,
            "frequency": 0.5,
            "observed": [0, 1, 0, 2, 1, 1, 0, 0],
        }
    )
    result = RouteBacktest(2, 4, 15.0, forecasts)
    table = result.table().query("method == 'pooled'").set_index("bin")
    assert table.index.tolist() == ["0-0.2", "0.6-1"]
    assert table["n"].tolist() == [4, 4]
    assert table["predicted"].tolist() == pytest.approx([0.1, 0.7])
    assert table["observed"].tolist() == [0.25, 0.75]
    assert (table["low"] <= table["observed"]).all()
    assert (table["observed"] <= table["high"]).all()
    assert result.brier()["frequency"] == 0.25
    assert result.ratio() == pytest.approx(8 * 0.5 / 5)


def test_an_empty_year_does_not_pull_the_probability_down() -> None:
    assert probability_any(0.2, 0.8, Frequency(0, 12)) == negative_binomial_any(0.2, 0.8)
    assert probability_any(0.2, 0.8, Frequency(12, 12)) > 0.5
    seen = [probability_any(0.2, 0.8, Frequency(count, 12)) for count in range(2, 13)]
    assert seen == sorted(seen)


def test_windows_of_the_year_before_are_counted_once() -> None:
    assert frequency([0, 29, 30, 400, -3], 30) == Frequency(2, 12)
    assert frequency([], 91) == Frequency(0, 4)
    assert frequency([5], 364).share == 1.0
