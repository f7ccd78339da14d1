"""What holds for every assessment: sums are coherent, changes add up, order and the future do not matter."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from assessment_kit import FIRST, coarse_domain, drawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_worlds import events_at

from geo.boundaries.regions import Boundaries
from models.risk.assessing import assess
from models.risk.assessment import EXPLAINED, Assessment
from models.risk.domain import Domain
from models.risk.explanation import effective_events
from models.risk.inputs import day_of, gather_inputs
from models.risk.intensity import KernelBank
from models.risk.model import RiskModel
from models.risk.target import Target
from models.risk.windows import is_out_of_date

pytestmark = pytest.mark.slow

AS_OF = date(2024, 1, 1)
SHIPPED = [("region", "2015"), ("region", "2016"), ("region", "2023"), ("cercle", "2016"), ("commune", "2023")]
FEW = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.fixture(scope="module")
def domain(boundaries: Boundaries) -> Domain:
    return coarse_domain(boundaries)


def equal(one: Assessment, other: Assessment) -> None:
    """Compare everything but the revision."""
    for key in one.units:
        pd.testing.assert_frame_equal(one.units[key], other.units[key], rtol=1e-9)
    pd.testing.assert_frame_equal(one.cells, other.cells, rtol=1e-9)


@FEW
@given(seed=st.integers(0, 10_000), number=st.integers(40, 300), target=st.sampled_from([Target.IED, Target.ERW]))
def test_cells_sum_to_cercles_and_cercles_to_regions(
    boundaries: Boundaries, domain: Domain, seed: int, number: int, target: Target
) -> None:
    hazard = "ied" if target is Target.IED else "uxo"
    found = assess(drawn(number, seed=seed, hazard=hazard), boundaries, target=target, as_of=AS_OF, domain=domain)
    whole = found.cells["expected"].sum()
    for key in SHIPPED:
        assert found.units[key]["expected"].sum() == pytest.approx(whole, rel=1e-9)
    cercles, communes = found.table("cercle", "2016"), found.table("commune", "2016")
    parents = boundaries.units("commune", "2016")["parent_id"]
    summed = communes["expected"].groupby(parents.reindex(communes.index)).sum()
    assert summed.reindex(cercles.index).to_numpy() == pytest.approx(cercles["expected"].to_numpy(), rel=1e-9)
    for vintage in ("2015", "2016", "2023"):
        regions = found.table("region", vintage)["expected"]
        home = boundaries.ancestors("commune", "region", vintage)
        summed = communes["expected"].groupby(home.reindex(communes.index)).sum()
        assert summed.reindex(regions.index).to_numpy() == pytest.approx(regions.to_numpy(), rel=1e-9)


@FEW
@given(seed=st.integers(0, 10_000))
def test_shares_and_changes_add_up(boundaries: Boundaries, domain: Domain, seed: int) -> None:
    table = drawn(250, seed=seed)
    before = assess(table, boundaries, as_of=FIRST + timedelta(days=1800), domain=domain)
    found = assess(table, boundaries, as_of=AS_OF, domain=domain, previous=before)
    assert found.about["change_from_assessment"]
    assert found.about["change_since"] == before.t0.isoformat()
    for key, units in found.units.items():
        shares = units[[f"share_{name}" for name in EXPLAINED]]
        if key == ("cercle", "2016"):  # the units that are counted: nothing is drawn from one place to another
            assert (shares > -1e-9).all(axis=None)
        assert shares.sum(axis=1).to_numpy() == pytest.approx(1, rel=1e-9)
        told = units[["before", "change_new", "change_decay", "change_model"]].sum(axis=1)
        assert told.to_numpy() == pytest.approx(units["expected"].to_numpy(), rel=1e-9, abs=1e-12)
        assert units["before"].to_numpy() == pytest.approx(before.units[key]["expected"].to_numpy())


def test_without_new_records_or_time_nothing_changes(boundaries: Boundaries, domain: Domain) -> None:
    table = drawn(200)
    before = assess(table, boundaries, as_of=AS_OF, domain=domain)
    again = assess(table, boundaries, as_of=AS_OF, domain=domain, previous=before)
    changes = again.table("cercle", "2016")[["change_new", "change_decay", "change_model"]]
    assert changes.to_numpy() == pytest.approx(0, abs=1e-9)
    more = pd.concat([table, drawn(30, seed=9, source="more")])
    fed = assess(more, boundaries, as_of=AS_OF, domain=domain, previous=before).table("cercle", "2016")
    assert fed["change_new"].abs().sum() > fed["change_decay"].abs().sum()


def test_without_an_earlier_assessment_the_model_as_it_stood_a_quarter_ago_takes_its_place(
    boundaries: Boundaries, domain: Domain
) -> None:
    table = drawn(250)
    found = assess(table, boundaries, as_of=AS_OF, domain=domain)
    assert not found.about["change_from_assessment"]
    assert found.t0 - date.fromisoformat(found.about["change_since"]) == timedelta(days=91)
    units = found.table("cercle", "2016")
    told = units[["before", "change_new", "change_decay", "change_model"]].sum(axis=1)
    assert told.to_numpy() == pytest.approx(units["expected"].to_numpy(), rel=1e-9)


@FEW
@given(order=st.randoms(use_true_random=False))
def test_the_order_of_the_reports_changes_nothing(boundaries: Boundaries, domain: Domain, order: object) -> None:
    table = drawn(120)
    mixed = table.sample(frac=1.0, random_state=order.randint(0, 10_000))  # type: ignore[attr-defined]
    equal(assess(table, boundaries, as_of=AS_OF, domain=domain), assess(mixed, boundaries, as_of=AS_OF, domain=domain))


@FEW
@given(cut=st.integers(1200, 1900))
def test_what_comes_after_the_question_changes_nothing(boundaries: Boundaries, domain: Domain, cut: int) -> None:
    table = drawn(250)
    as_of = FIRST + timedelta(days=cut)
    known = table[table["date"] < pd.Timestamp(as_of)]
    equal(assess(table, boundaries, as_of=as_of, domain=domain), assess(known, boundaries, as_of=as_of, domain=domain))


@settings(max_examples=200)
@given(newest=st.dates(date(1990, 1, 1), date(2090, 1, 1)), days=st.integers(0, 400))
def test_out_of_date_once_and_for_good(newest: date, days: int) -> None:
    today = newest + timedelta(days=days)
    if is_out_of_date(newest, today):
        assert days > 180
        assert is_out_of_date(newest, today + timedelta(days=1))
    else:
        assert days <= 184


@FEW
@given(seed=st.integers(0, 10_000))
def test_effective_events_of_points_are_those_of_their_weights(
    boundaries: Boundaries, domain: Domain, seed: int
) -> None:
    """Against the definition, event by event, in the cells of one cercle."""
    table = drawn(80, seed=seed).assign(location_precision="exact", location_error_km=0.1)
    inputs = gather_inputs(table, boundaries, domain, Target.IED, AS_OF)
    assert inputs is not None
    # Exact points of a Gaussian narrower than a cell may spill over its edge: put each whole into its cell.
    events = events_at(
        inputs.events.xy_m[:, 0], inputs.events.xy_m[:, 1], inputs.events.day, domain, ids=list(inputs.events.ids)
    )
    t0 = day_of(inputs.t0)
    model = RiskModel()
    bank = KernelBank(events, domain)
    forecast = model.fit(events, domain, t0=t0, bank=bank).forecast(events, bank=bank)
    fields = bank.fields(t0)
    weight_of = forecast.components.sum(axis=1) / fields.sum(axis=1)
    mass = bank.decayed(events, t0)
    rng = np.random.default_rng(seed)
    for cell in rng.choice(len(domain), 5, replace=False):
        a, position = np.zeros(len(events)), 0
        for kernel, inside in zip(bank.kernels, bank.inside, strict=True):
            reach = kernel.by_row[domain.rows[events.cell], domain.rows[cell]]
            reach = reach * kernel.by_column[domain.columns[events.cell], domain.columns[cell]]
            for decay, norm in zip(bank.decays_days, mass @ inside, strict=True):
                a += weight_of[position] / norm * np.exp(-(t0 - events.day) / decay) * reach if norm > 0 else 0.0
                position += 1
        expected = a.sum() ** 2 / (a**2).sum()
        assert effective_events(forecast)[cell] == pytest.approx(expected, rel=1e-6)
