"""The invariants that the specification names, on drawn histories."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_worlds import SIDE_M, clustered_events, events_at, square_domain
from scipy import sparse

from models.risk.counts import RATE_FLOOR, CountHistory
from models.risk.domain import Domain
from models.risk.explanation import heaviest_events
from models.risk.model import RiskModel

pytestmark = pytest.mark.slow

T0 = 1_500.0
SETTINGS = settings(max_examples=12)


@functools.cache
def domain() -> Domain:
    return square_domain()


histories = st.builds(
    lambda n, seed: clustered_events(domain(), n=n, seed=seed, days=T0), st.integers(12, 250), st.integers(0, 10_000)
)


def forecast(events):
    return RiskModel().fit(events, domain(), t0=T0).forecast(events)


@SETTINGS
@given(histories)
def test_cells_sum_to_units_sum_to_country(events):
    result = forecast(events)
    pieces = domain().share.multiply(result.scale[:, None]).multiply(result.share[None, :])
    assert np.asarray(pieces.sum(axis=1)).ravel() == pytest.approx(result.units, rel=1e-9)
    assert np.asarray(pieces.sum(axis=0)).ravel() == pytest.approx(result.cells, rel=1e-9)
    assert result.cells.sum() == pytest.approx(result.units.sum(), rel=1e-9)
    # Halves of every unit, told their parent, sum to the unit.
    halves = sparse.csr_array(sparse.vstack([domain().share * 0.25, domain().share * 0.75]))
    parts = result.integrate(halves, np.tile(np.arange(4), 2))
    assert parts[:4] + parts[4:] == pytest.approx(result.units, rel=1e-9)


@SETTINGS
@given(histories)
def test_what_each_event_adds_sums_to_the_mean(events):
    model = RiskModel().fit(events, domain(), t0=T0)
    history = CountHistory(events, domain())
    added = history.per_event(T0, model.counts_.regressor_.coef_)
    assert (added >= 0).all()
    assert added.sum(axis=0) + RATE_FLOOR == pytest.approx(model.counts_.predict(history).mu, rel=1e-9)
    past = events.before(T0)
    effective, half, _ = heaviest_events(past, added[(events.day < T0) & (events.known < T0)], np.ones(4))
    assert (effective >= 1 - 1e-9).all()
    assert (effective <= len(past) + 1e-9).all()
    assert (np.array(half) >= 1).all()


@SETTINGS
@given(histories, st.integers(1, 40), st.integers(0, 1000))
def test_an_event_on_or_after_t0_changes_nothing(events, extra, seed):
    rng = np.random.default_rng(seed)
    xy, day = rng.uniform(1_000, SIDE_M - 1_000, (extra, 2)), T0 + rng.integers(0, 400, extra)
    known = events.known
    more = events_at(
        np.concatenate([events.xy_m[:, 0], xy[:, 0]]),
        np.concatenate([events.xy_m[:, 1], xy[:, 1]]),
        np.concatenate([events.day, day]),
        domain(),
        ids=[*events.ids, *(f"later {i}" for i in range(extra))],  # events of one day are in the order of their ids
        known=np.concatenate([known, day]),
    )
    assert forecast(more).cells.tolist() == pytest.approx(forecast(events).cells.tolist(), rel=1e-9)


@SETTINGS
@given(histories, st.integers(0, 1000))
def test_a_record_entered_after_t0_changes_nothing(events, seed):
    late = np.random.default_rng(seed).random(len(events)) < 0.3
    late[np.argmin(events.day)] = False
    known = np.where(late, T0 + 10, events.known)
    delayed = events_at(*events.xy_m.T, events.day, domain(), ids=events.ids, known=known)
    kept = events.take(~late)
    if len(kept.before(T0)) and T0 - kept.day.min() > 400:
        assert forecast(delayed).cells == pytest.approx(forecast(kept).cells, rel=1e-9)


@SETTINGS
@given(histories)
def test_every_cell_and_unit_is_above_zero(events):
    result = forecast(events)
    assert result.cells.min() > 0
    assert result.units.min() > 0
    assert result.counts.p_any().min() > 0
    assert result.cell_p_any().min() > 0


@SETTINGS
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_nothing(events, random):
    order = list(range(len(events)))
    random.shuffle(order)
    shuffled = events_at(*events.xy_m[order].T, events.day[order], domain(), ids=[events.ids[i] for i in order])
    assert forecast(shuffled).cells == pytest.approx(forecast(events).cells, rel=1e-9)
