"""What an explanation says is what would be missing: measured by taking each group of events out of the inputs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from assessment_kit import coarse_domain, drawn
from explained_kit import measured

from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.store import synthetic
from models.risk.assessing import assess
from models.risk.assessment import EXPLAINED, Assessment
from models.risk.domain import Domain
from models.risk.target import Target

pytestmark = pytest.mark.slow

AS_OF = date(2027, 1, 1)
SHARES = [f"share_{name}" for name in EXPLAINED]


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.fixture(scope="module")
def domain(boundaries: Boundaries) -> Domain:
    return coarse_domain(boundaries)


def holds_nine_times_in_ten(found: Assessment, table: gpd.GeoDataFrame, boundaries: Boundaries, domain: Domain) -> None:
    result = measured(found, table, boundaries, domain, found.as_of)
    assert result.table.groupby("level")["unit_id"].nunique().min() >= 5
    assert (result.right() >= 0.9).all()
    sums = found.table("commune", "2016")[SHARES].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(1)


def test_shares_are_what_would_be_missing(boundaries: Boundaries, domain: Domain) -> None:
    table = synthetic.incidents()
    found = assess(table, boundaries, as_of=AS_OF, domain=domain)
    holds_nine_times_in_ten(found, table, boundaries, domain)


def test_other_incidents_are_a_group_of_their_own(boundaries: Boundaries, domain: Domain) -> None:
    table = pd.concat([drawn(250), drawn(300, seed=2, hazard="not_explosive", source="war")])
    found = assess(table, boundaries, as_of=AS_OF, domain=domain)
    assert found.about["auxiliary"] == 300
    holds_nine_times_in_ten(found, table, boundaries, domain)


@pytest.mark.sample
def test_shares_are_what_would_be_missing_on_ucdp(boundaries: Boundaries, domain: Domain, sample_data: Path) -> None:
    file = sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"
    table = read(file, boundaries=boundaries, today=AS_OF).accepted
    found = assess(table, boundaries, target=Target.CONFLICT, as_of=date(2021, 1, 1), domain=domain)
    holds_nine_times_in_ten(found, table, boundaries, domain)


def test_incidents_of_last_year_are_no_long_history(boundaries: Boundaries, domain: Domain) -> None:
    """Old incidents in the north, and in Kayes nothing but some of the last year: what is expected rests on those."""
    old = drawn(200)
    day = old["date"].max()
    new = drawn(40, seed=5, source="new")
    new.geometry = gpd.points_from_xy(np.full(40, -11.43), np.full(40, 14.45))
    new["date"] = [day - timedelta(days=100 + 6 * n) for n in range(40)]
    found = assess(pd.concat([old, new]), boundaries, as_of=AS_OF, domain=domain)
    kayes = found.table("cercle", "2016").loc["cercle-kayes"]
    assert kayes["share_12_months"] + kayes["share_counted"] > 0.9
    assert kayes["share_older"] < 0.05
    assert kayes["share_3_months"] < 0.05
