from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.network import shipped_network
from geo.provenance import data_path
from geo.regions import Boundaries
from models.benchmark import ucdp_mali
from models.route_backtest import METHODS, backtest


@pytest.mark.sample
def test_the_committed_table_is_what_the_backtest_gives(sample_data: Path) -> None:
    benchmark = ucdp_mali(sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv", Boundaries.shipped())
    result = backtest(benchmark, shipped_network())
    assert result.routes >= 200
    table = result.table()
    shipped = pd.read_csv(data_path("model/route_backtest.csv"))
    shipped = shipped[shipped["corridor_km"] == 15.0].reset_index(drop=True)
    assert np.allclose(table["predicted"], shipped["predicted"], atol=2e-3)
    assert np.allclose(table["observed"], shipped["observed"], atol=2e-3)
    assert 0.7 < result.ratio() < 1.4
    pooled = table[table["method"] == "pooled"]
    assert (pooled["predicted"] - pooled["observed"]).abs().iloc[1:].max() < 0.1
    assert set(result.brier().index) == set(METHODS)
    assert result.brier()["pooled"] < result.brier()["frequency"]
