import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.core.errors import ParameterError
from models.risk.class_limits import (
    JUDGED,
    MARGIN,
    SCALES,
    Band,
    Support,
    band_label,
    band_with_limits,
    classify,
    kept_class_note,
    scale_heading,
    scale_text,
)
from models.risk.shrinkage import empirical_bayes
from models.risk.target import Target

FIGURES = st.floats(1e-9, 1e3)
LAST = st.sampled_from([None, *Band])
RANK = {band: number for number, band in enumerate(JUDGED)}


def one(support: Support, figure: float, last: Band | None = None) -> Band:
    """Return the class of one assessed place whose figure is in the unit of its scale."""
    scale = SCALES[support]
    before = None if last is None else [last]
    found: Band = classify(support, [figure], [True], days=scale.days, size=[scale.per or 1], before=before)[0]
    return found


def test_another_period_is_brought_to_the_length_of_the_scale():
    unit_ = Support.CERCLE
    assert classify(unit_, [0.1], [True], days=91)[0] == classify(unit_, [0.2], [True], days=182)[0] == Band.ELEVATED
    month, quarter = classify(Support.ROAD, [0.05, 0.5], [True] * 2, days=30, size=[100, 1000])
    assert month == quarter == classify(Support.ROAD, [0.05 * 91 / 30], [True], days=91, size=[100])[0] == Band.ELEVATED


def test_figures_of_cells_and_roads_are_of_a_size_and_those_of_units_are_their_own():
    assert classify(Support.CELL, [0.0025], [True], days=91, size=[25])[0] == Band.VERY_HIGH
    assert classify(Support.CELL, [0.0025], [True], days=91, size=[625])[0] == Band.LOWER
    assert classify(Support.CERCLE, [0.3], [True], days=91, size=[1])[0] == Band.ELEVATED


def test_no_class_says_safe_and_nothing_is_zero():
    words = {str(band_label(band)) for band in Band}
    assert not any("safe" in word or "no risk" in word for word in words)
    with pytest.raises(ParameterError, match="above zero"):
        classify(Support.REGION, [0.0], [True], days=91)


def test_not_assessed_wins_over_any_number_and_any_past():
    found = classify(Support.REGION, [np.nan, 100.0], [False, False], days=91, before=["high", "high"])
    assert found.tolist() == [Band.NOT_ASSESSED] * 2


@pytest.mark.parametrize("support", Support)
def test_a_class_begins_at_its_limit(support: Support):
    for band, limit in zip(JUDGED[1:], SCALES[support].limits, strict=True):
        assert one(support, limit) == band
        assert one(support, np.nextafter(limit, 0)) != band


@pytest.mark.parametrize("support", Support)
def test_limits_rise_and_what_is_likelier_than_not_is_in_no_lowest_class(support: Support):
    limits = SCALES[support].limits
    assert list(limits) == sorted(set(limits))
    # At least one incident with a chance of one half needs ln 2 expected, however counts scatter.
    if SCALES[support].per is None:
        assert limits[0] < np.log(2)


@pytest.mark.parametrize("support", Support)
def test_every_scale_says_its_unit_and_all_its_limits(support: Support):
    said = str(scale_text(support, Target.IED))
    assert str(scale_heading(support, Target.IED)) in said
    assert "recorded incidents" in said
    assert str(SCALES[support].days) in said
    for limit in SCALES[support].limits:
        assert f"{limit:g}" in said
    assert "conflict events" in str(scale_heading(support, Target.CONFLICT))
    assert str(band_with_limits(Band.NOT_ASSESSED, support)) == "not assessed"
    assert (kept_class_note(support) is not None) == SCALES[support].remembers


@given(support=st.sampled_from(Support), figures=st.tuples(FIGURES, FIGURES), last=LAST)
@settings(deadline=None)
def test_a_higher_figure_is_never_in_a_lower_class(
    support: Support, figures: tuple[float, float], last: Band | None
) -> None:
    low, high = sorted(figures)
    assert RANK[one(support, low, last)] <= RANK[one(support, high, last)]


@given(support=st.sampled_from(Support), figure=FIGURES, last=LAST)
@settings(deadline=None)
def test_a_class_is_kept_within_the_margin_and_only_there(support: Support, figure: float, last: Band | None) -> None:
    plain, found = one(support, figure), one(support, figure, last)
    if last not in RANK or not SCALES[support].remembers:
        assert found == plain
        return
    assert one(support, figure, found) == found
    if found != plain:
        between = sorted((RANK[plain], RANK[found]))
        crossed = SCALES[support].limits[between[0] : between[1]]
        assert all(abs(figure - limit) <= MARGIN * limit * (1 + 1e-9) for limit in crossed)
        assert min(RANK[last], RANK[plain]) <= RANK[found] <= max(RANK[last], RANK[plain])
    elif last != plain:
        crossed = SCALES[support].limits[slice(*sorted((RANK[plain], RANK[last])))]
        nearest = crossed[-1] if RANK[plain] > RANK[last] else crossed[0]
        assert abs(figure - nearest) >= MARGIN * nearest * (1 - 1e-9)


def test_the_margin_by_example():
    cercle = Support.CERCLE
    assert one(cercle, 0.114, Band.LOWER) == Band.LOWER
    assert one(cercle, 0.116, Band.LOWER) == Band.ELEVATED
    assert one(cercle, 0.086, Band.ELEVATED) == Band.ELEVATED
    assert one(cercle, 0.084, Band.ELEVATED) == Band.LOWER
    assert one(cercle, 2.1, Band.LOWER) == Band.HIGH  # two limits at once, one of them clearly
    assert one(cercle, 0.114, Band.NOT_ASSESSED) == Band.ELEVATED
    assert one(Support.CELL, 0.0051, Band.LOWER) == Band.ELEVATED


def test_shrinkage_moves_small_places_most_and_leaves_large_ones():
    rates = empirical_bayes([0, 1, 500, 900], [500, 800, 1e6, 1e6])
    assert rates.weight[0] < rates.weight[2]
    assert rates.raw[0] == 0
    assert rates.shrunk[0] > 0
    assert rates.shrunk[3] == pytest.approx(rates.raw[3], rel=0.05)


def test_equal_rates_shrink_to_the_mean():
    rates = empirical_bayes([1, 10], [1000, 10_000])
    assert rates.shrunk == pytest.approx([100, 100])


@pytest.mark.parametrize(("counts", "people"), [([-1], [10]), ([1], [0]), ([np.nan], [10]), ([1], [np.nan])])
def test_rates_refuse_what_has_no_rate(counts, people):
    with pytest.raises(ParameterError):
        empirical_bayes(counts, people)
