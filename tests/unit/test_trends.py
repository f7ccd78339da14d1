"""One rule for a trend: what the map, a sheet and a table say of the same two years is the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from api.layers.layer import Period
from api.layers.risk import change_directions
from api.map.data.counts import COLUMNS, _by_unit
from api.map.texts import TEXTS
from models.risk.trends import INTERVAL_LEVEL, TOO_FEW, Direction, Trend, direction, trend_message, trend_of


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (10, 17, Direction.UNCLEAR),  # "-41 %" is within what chance does
        (7, 12, Direction.UNCLEAR),
        (40, 10, Direction.MORE),
        (4, 30, Direction.FEWER),
        (3, 0, Direction.UNCLEAR),
    ],
)
def test_a_change_is_told_only_where_chance_alone_does_not_explain_it(
    now: float, before: float, expected: Direction
) -> None:
    trend = trend_of(now, before)
    assert trend is not None
    assert trend.direction is expected


def test_too_few_are_not_compared() -> None:
    assert trend_of(0.4, 0.5) is None


def test_the_interval_is_clopper_and_pearsons() -> None:
    tail = (1 - INTERVAL_LEVEL) / 2
    for now, before in ((1, 1), (7, 12), (40, 10), (0.7, 3.2), (250, 1.5)):
        trend = trend_of(now, before)
        assert trend is not None
        low, high = beta.ppf(tail, now, before + 1), beta.ppf(1 - tail, now + 1, before)
        assert (trend.low, trend.high) == (low / (1 - low), high / (1 - high))


def document(now: int, before: int, months: int = 30) -> dict[str, object]:
    """The map's document of one unit with so many incidents in the last 12 months and in the 12 before."""
    starts = pd.to_datetime(["2024-08-01"] * before + ["2026-03-01"] * now)
    rows = pd.DataFrame({"unit_id": "u", "period_start": starts, "measure": "events", "synthetic": False})
    counted = rows.groupby(list(rows.columns), as_index=False).size().rename(columns={"size": "exact"})
    counted = counted.assign(spread=0.0, total=counted["exact"])
    first = pd.Timestamp("2026-07-01") - pd.DateOffset(months=months)
    return _by_unit(counted, Period(first.date(), pd.Timestamp("2026-07-01").date()))


@pytest.mark.parametrize(("now", "before"), [(10, 17), (40, 10), (4, 30), (1, 0)])
def test_the_map_is_told_what_the_rule_decides(now: int, before: int) -> None:
    trend = trend_of(now, before)
    assert trend is not None
    told = document(now, before)["trend"]
    assert isinstance(told, list)
    assert told[0][:2] == [now, before]
    assert told[0][5] == trend.direction.value
    assert told[0][2:5] == [
        None if value is None else round(value, 4) for value in (trend.ratio, trend.low, trend.high)
    ]
    assert document(now, 0, months=20)["trend"] == [None]
    assert set(COLUMNS) <= set(document(now, before))


def test_the_map_says_it_in_the_words_of_the_sheets() -> None:
    keys = {"trend_more": (40, 10), "trend_fewer": (4, 30), "trend_unclear": (10, 17), "trend_no_ratio": (3, 0)}
    for key, counts in keys.items():
        trend = trend_of(*counts)
        assert isinstance(trend, Trend)
        assert TEXTS[key].template == trend_message(trend, str, str).template
    assert TEXTS["trend_too_few"].template == TOO_FEW.template
    assert not any("{change}" in text.template and "%" in text.template for text in TEXTS.values())


def test_a_forecast_that_was_within_what_is_expected_now_has_not_changed_clearly() -> None:
    table = pd.DataFrame(
        {
            "low": [0, 3, 0, 0, 0],
            "high": [4, 9, 2, 4, 4],
            "before": [1.7, 1.0, 5.0, np.nan, 1.0],
            "assessed": [True, True, True, True, False],
        }
    )
    assert change_directions(table).tolist() == ["unclear", "more", "fewer", None, None]
    assert direction(np.nan, np.nan, 0) is Direction.UNCLEAR
