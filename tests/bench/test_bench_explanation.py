"""How near the shares of an explanation come to what is missing without the incidents, on the cells that are served."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from explained_kit import measured

from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.store import synthetic
from models.risk.assessing import assess
from models.risk.inputs import build_domain
from models.risk.target import Target

pytestmark = pytest.mark.bench

LEAST_RIGHT = 0.9


def figures(name: str, table: gpd.GeoDataFrame, target: Target, as_of: date) -> None:
    boundaries = Boundaries.shipped()
    domain = build_domain(boundaries)
    start = time.perf_counter()
    found = assess(table, boundaries, target=target, as_of=as_of, domain=domain)
    seconds = time.perf_counter() - start
    result = measured(found, table, boundaries, domain, as_of)
    number = result.table.groupby("level")["unit_id"].nunique()
    print(f"\nexplanation, {name}: assessed in {seconds:.1f} s")
    for level, right in result.right().items():
        below = (result.table[result.table["level"] == level]["share"] < 0).mean()
        print(f"{level}: {number[level]} units, all shares within 20 % in {right:.1%}; {below:.1%} of shares below 0")
    assert (result.right() >= LEAST_RIGHT).all()


def test_on_the_default() -> None:
    figures("synthetic default", synthetic.incidents(), Target.IED, date(2027, 1, 1))


@pytest.mark.sample
def test_on_ucdp(sample_data: Path) -> None:
    file = sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"
    table = read(file, boundaries=Boundaries.shipped(), today=date(2021, 1, 1)).accepted
    figures("UCDP GED", table, Target.CONFLICT, date(2021, 1, 1))
