"""Which reports are linked as one event, and which are not."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point
from store_kit import no_incidents

from geo.boundaries.regions import Boundaries
from geo.incidents.duplicates import link
from geo.incidents.schema import conform

MOPTI = (-4.19, 14.49)


def _report(number: int, source: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{source}:{number}",
        "source": source,
        "source_id": str(number),
        "date": "2023-03-25",
        "date_precision": "day",
        "location_precision": "exact",
        "location_error_km": 0.1,
        "location_unit": None,
        "hazard_type": "ied",
        "synthetic": False,
        "place": MOPTI,
    } | changes


def _link(*reports: dict[str, Any]) -> dict[str, str]:
    frame = pd.DataFrame(reports).set_index("id")
    points = [Point(p) if p else None for p in frame.pop("place")]
    frame["date"] = pd.to_datetime(frame["date"])
    table = conform(gpd.GeoDataFrame(frame, geometry=points, crs=4326))
    events = link(table, boundaries=Boundaries.shipped())
    assert events.name == "event_id"
    assert events.index.tolist() == [r["id"] for r in reports]
    return events.to_dict()


def _linked(**changes: Any) -> bool:
    events = _link(_report(1, "imsma"), _report(2, "acled", **changes))
    return events["imsma:1"] == events["acled:2"]


@pytest.mark.parametrize(
    ("changes", "linked"),
    [
        ({}, True),
        ({"date": "2023-03-26"}, True),
        ({"date": "2023-03-24"}, True),
        ({"date": "2023-03-27"}, False),
        ({"date_precision": "month"}, False),
        ({"place": (-4.19, 14.507)}, True),  # 1.9 km
        ({"place": (-4.19, 14.60)}, False),  # 12 km, another commune
        ({"synthetic": True}, False),
        ({"hazard_type": "unknown"}, True),
        ({"hazard_type": "other_explosive"}, True),
        ({"hazard_type": "uxo"}, False),
        ({"hazard_type": "not_explosive"}, False),
        ({"location_precision": "within_km", "location_error_km": 25.0}, True),
        ({"location_precision": "within_km", "location_error_km": 50.0}, False),
        (
            {"location_precision": "cercle", "location_error_km": None, "location_unit": "cercle-mopti", "place": None},
            False,
        ),
    ],
)
def test_a_pair(changes: dict[str, Any], linked: bool) -> None:
    assert _linked(**changes) is linked


def test_the_same_commune_links_reports_further_apart() -> None:
    boundaries = Boundaries.shipped()
    commune = boundaries.units("commune", "2015").sort_values("area_km2").iloc[-100]
    west, _, east, _ = commune.geometry.bounds
    middle = commune.geometry.representative_point()
    inside = [
        (x, middle.y)
        for x in (west + (east - west) * share / 50 for share in range(51))
        if commune.geometry.contains(Point(x, middle.y))
    ]
    assert _linked_at(inside[0], inside[-1])
    stated = {"location_precision": "commune", "location_error_km": None, "location_unit": commune.name, "place": None}
    events = _link(_report(1, "imsma", place=inside[0]), _report(2, "acled", **stated))
    assert events["imsma:1"] == events["acled:2"] == "acled:2"


def _linked_at(one: tuple[float, float], other: tuple[float, float]) -> bool:
    events = _link(_report(1, "imsma", place=one), _report(2, "acled", place=other))
    return events["imsma:1"] == events["acled:2"]


def test_reports_of_one_source_are_never_linked_even_through_a_third() -> None:
    near = (-4.19, 14.4905)
    events = _link(_report(1, "imsma"), _report(2, "imsma", place=near), _report(3, "acled", place=near))
    assert events == {"imsma:1": "imsma:1", "imsma:2": "acled:3", "acled:3": "acled:3"}


def test_three_sources_are_one_event() -> None:
    events = _link(_report(1, "imsma"), _report(2, "acled"), _report(3, "kobo"))
    assert set(events.values()) == {"acled:2"}


def test_an_empty_table() -> None:
    assert link(no_incidents(), boundaries=Boundaries.shipped()).empty
