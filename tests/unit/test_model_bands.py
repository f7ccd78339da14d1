import numpy as np
import pytest

from geo.errors import ParameterError
from models.bands import LIMITS, Band, bands, label
from models.shrinkage import empirical_bayes


def test_limits_are_the_same_for_every_horizon_length():
    assert bands([0.1], [True])[0] == bands([0.2], [True], horizon_days=182)[0] == Band.ELEVATED


def test_no_band_says_safe_and_nothing_is_zero():
    words = {str(label(band)) for band in Band}
    assert not any("safe" in word or "no risk" in word for word in words)
    with pytest.raises(ParameterError, match="above zero"):
        bands([0.0], [True])


def test_not_assessed_wins_over_any_number():
    assert bands([np.nan, 100.0], [False, False]).tolist() == [Band.NOT_ASSESSED] * 2


def test_band_rises_at_its_limit():
    for band, limit in LIMITS.items():
        if limit:
            assert bands([limit], [True])[0] == band
            assert bands([np.nextafter(limit, 0)], [True])[0] != band


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
