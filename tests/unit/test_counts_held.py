"""Shares of events that are known already: placed once, equal to what is placed anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from store_kit import incidents

from geo.boundaries.regions import Boundaries
from geo.core.memory import flat, frame_nbytes, located
from geo.counting.counts import COUNTED, Shares, count, count_events, event_shares
from geo.counting.events import to_events
from geo.counting.spread import Spreader

UNITS = [("region", "2015"), ("cercle", "2016"), ("commune", "2023")]


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


def drawn(count: int, seed: int) -> pd.DataFrame:
    """Return events anywhere in the middle of Mali, some known to a cercle only, some by two reports."""
    rng = np.random.default_rng(seed)
    at = shapely.points(rng.uniform(-7, -4.8, count), rng.uniform(12.7, 14.9, count)).astype(object)
    is_vague = rng.random(count) < 0.2
    at[is_vague] = None
    reports = incidents(
        [f"r{number}" for number in range(count)],
        location_precision=np.where(is_vague, "cercle", "within_km").tolist(),
        location_error_km=np.where(is_vague, np.nan, rng.uniform(0.1, 20, count)),
        location_unit=np.where(is_vague, "cercle-mopti", None).tolist(),
        geometry=at,
    )
    reports["event_id"] = [f"e{number // 2 * 2 if number < 20 else number}" for number in range(count)]
    return reports


@pytest.mark.parametrize(("level", "vintage"), UNITS)
def test_counts_of_known_shares_are_those_of_the_incidents(boundaries: Boundaries, level: str, vintage: str) -> None:
    before, now = drawn(120, 1), drawn(150, 1)
    now.loc["r7", "location_error_km"] = 3.0
    now.loc["r60", "geometry"] = shapely.Point(-4, 14)
    now.loc["r60", ["location_precision", "location_error_km", "location_unit"]] = ["within_km", 0.5, None]
    now = now.drop(index=["r30", "r31"])
    known = event_shares(flat(to_events(before)), boundaries, level, vintage)
    events = flat(to_events(now))
    shares = event_shares(events, boundaries, level, vintage, known)
    anew = event_shares(events, boundaries, level, vintage)
    assert (shares.parts != anew.parts).nnz == 0
    wanted = count(now, boundaries, level, vintage, measures=COUNTED)
    found = count_events(events, shares, boundaries, level, vintage, measures=COUNTED)
    texts = found.select_dtypes("category").columns
    assert list(texts) == ["unit_id", "hazard_type", "measure", "sources"]
    assert all(found[name].cat.categories.is_monotonic_increasing for name in texts)
    pd.testing.assert_frame_equal(found.astype(dict.fromkeys(texts, "str")), wanted)


def test_only_what_lies_elsewhere_is_placed(boundaries: Boundaries, monkeypatch: pytest.MonkeyPatch) -> None:
    events = flat(to_events(drawn(80, 2)))
    known = event_shares(events, boundaries, "cercle", "2016")
    placed: list[int] = []
    shares = Spreader.shares
    monkeypatch.setattr(
        Spreader, "shares", lambda self, rows, *more: placed.append(len(rows)) or shares(self, rows, *more)
    )
    moved = events.assign(lat=events["lat"].where(events.index != "e50", 13.3))
    event_shares(moved, boundaries, "commune", "2023", known)  # of the same communes, whatever the vintage
    assert placed == [1]
    event_shares(moved, boundaries, "commune", "2023", Shares("other units", known.where, known.parts))
    assert placed == [1, len(events)]


def test_points_as_numbers_come_back_and_take_less() -> None:
    points = drawn(200, 3)
    numbers = flat(points)
    assert frame_nbytes(numbers) < 0.5 * frame_nbytes(points)
    again = located(numbers)
    assert again.crs == points.crs
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(points)[list(again.columns)])
