"""Which reports of one source are so alike that a person is asked whether they are one event."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import store_kit

from geo.incidents.likeness import likely_repeats, likeness
from geo.store.synthetic import incidents as synthetic

COLUMNS = ("source_id", "date", "hazard_type", "outcome", "killed_total", "narrative", "place_name", "geometry")
FIRST = ("row-1", "2023-01-12", "ied", "detonation", 2, "deux tués", "Douentza", (-2.95, 15.0))


def reports(*rows: dict[str, Any], source: str = "ong") -> gpd.GeoDataFrame:
    """Return reports that differ from the first one by what each row says."""
    told = [dict(zip(COLUMNS, FIRST, strict=True)) | row for row in ({}, *rows)]
    ids = [f"{source}:{number}" for number in range(len(told))]
    columns: dict[str, Any] = {name: [row[name] for row in told] for name in COLUMNS}
    columns["date"] = np.array(columns["date"], dtype="datetime64[s]")
    columns["geometry"] = [None if point is None else shapely.Point(point) for point in columns["geometry"]]
    columns["location_unit"] = ["ML07" if point is None else None for point in columns["geometry"]]
    return store_kit.incidents(ids, source=[source] * len(ids), **columns)


def asked(**changes: Any) -> bool:
    found = likely_repeats(reports({"source_id": "row-2", **changes}), {})
    assert len(found) <= 1
    return bool(found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"narrative": "deux tués."}, True),
        ({"narrative": None}, True),  # as many victims
        ({"narrative": "deux tues", "date": "2023-01-13"}, True),
        ({"geometry": (-2.95, 15.03)}, True),  # 3.3 km, the same words
        ({"geometry": (-2.95, 15.06)}, False),  # 6.6 km
        ({"date": "2023-01-16"}, False),
        ({"hazard_type": "unknown"}, True),
        ({"hazard_type": "av_mine"}, False),
        ({"hazard_type": "air_or_indirect_fire"}, False),
        ({"outcome": "found"}, False),
        ({"outcome": None}, True),
        ({"killed_total": 3}, True),  # a number that was corrected, the same words
        ({"killed_total": 3, "narrative": None}, False),
        ({"narrative": "2 morts"}, True),
        ({"narrative": None, "place_name": "Hombori"}, False),
        ({"geometry": None}, False),
    ],
)
def test_what_is_asked(changes: dict[str, Any], expected: bool) -> None:
    assert asked(**changes) is expected


def test_two_devices_of_which_nothing_more_is_known_are_two() -> None:
    nothing = {"killed_total": 0, "narrative": None, "outcome": "found"}
    frame = reports({"source_id": "row-2", **nothing}, {"source_id": "row-3", **nothing})
    assert likely_repeats(frame.iloc[1:], {}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, True), ({"narrative": None}, False), ({"killed_total": 1}, False), ({"date": "2023-01-14"}, False)],
)
def test_of_two_ids_of_the_source_all_must_agree(changes: dict[str, Any], expected: bool) -> None:
    frame = reports({"source_id": "A2", **changes})
    frame["source_id"] = ["A1", "A2"]
    assert bool(likely_repeats(frame, {})) is expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("Un camion du convoi 3 a sauté vers le pont", True),
        ("Un camion du convoi 4 a sauté vers le pont.", False),
        ("Une charrette qui revenait du champ a sauté", False),
    ],
)
def test_texts_that_tell_something_else_speak_against_a_repeat(other: str, expected: bool) -> None:
    frame = reports({"source_id": "row-2", "narrative": other})
    frame.loc["ong:0", "narrative"] = "Un camion du convoi 3 a sauté vers le pont."
    assert bool(likely_repeats(frame, {})) is expected


def test_reports_of_one_unit_without_a_point_are_asked_about() -> None:
    frame = reports({"source_id": "row-2"}, {"source_id": "row-3", "date": "2023-03-01"})
    frame["geometry"], frame["location_unit"] = None, "ML0701"
    (found,) = likely_repeats(frame, {})
    assert (found.a, found.b) == ("ong:0", "ong:1")
    assert [str(reason) for reason in found.reasons] == [
        "same day",
        "same unit",
        "same device",
        "as many victims",
        "same text",
    ]


def test_nothing_is_asked_of_linked_reports_other_sources_and_invented_ones() -> None:
    frame = reports({"source_id": "row-2"})
    assert likely_repeats(frame, {"ong:1": "ong:0"}) == []
    assert likely_repeats(frame.assign(source=["a", "b"]), {}) == []
    assert likely_repeats(frame.assign(synthetic=True), {}) == []
    assert likely_repeats(frame.assign(hazard_type="not_explosive"), {}) == []


def test_the_order_of_the_reports_changes_nothing() -> None:
    frame = reports(*({"source_id": f"row-{n}", "geometry": (-2.95 + n / 500, 15.0)} for n in range(2, 6)))
    shuffled = frame.sample(frac=1, random_state=3)
    assert likely_repeats(shuffled, {}) == likely_repeats(frame, {}) != []


def test_the_likeness_of_two_sources_is_said() -> None:
    frame = reports({"geometry": (-2.95, 15.01), "date": "2023-01-13", "killed_total": 1, "narrative": None})
    (found,) = likeness(frame.assign(source=["a", "b"]), [("ong:1", "ong:0")])
    assert (found.a, found.b, found.score) == ("ong:0", "ong:1", 0.4)
    assert str(found.reasons[1]) == "1106 m apart"


def test_few_are_asked_of_what_is_drawn_at_random() -> None:
    """Of the synthetic default, taken for a real source without ids, next to none is alike."""
    frame = synthetic()
    assert len(likely_repeats(frame.assign(synthetic=False, source_id=None, narrative=None), {})) <= 3


def test_a_list_kept_at_one_point_costs_no_square_and_asks_nothing() -> None:
    count = 20_000
    frame = store_kit.incidents(
        [f"r{number}" for number in range(count)],
        source_id=[None] * count,
        date=np.full(count, np.datetime64("2021-03-01", "s")),
        killed_total=pd.array([1] * count, dtype="Int32"),
        geometry=[shapely.Point(-4, 14)] * count,
    )
    assert likely_repeats(frame, {}) == []
