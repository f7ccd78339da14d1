"""Status over time and land per unit and period."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from geo.boundaries.regions import Boundaries
from geo.core.errors import CRSError, ParameterError
from geo.hazards import area_by_unit, conform, empty_hazards, merge_histories, status_at
from geo.hazards.schema import HazardStatus, StatusChange, history_text, parse_history
from geo.hazards.shapes import area_m2

SUSPECTED, CONFIRMED = HazardStatus.SUSPECTED, HazardStatus.CONFIRMED
CLEARED, CANCELLED, REDUCED = HazardStatus.CLEARED, HazardStatus.CANCELLED, HazardStatus.REDUCED


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


def history(*changes: tuple[str, HazardStatus]) -> str:
    return history_text(StatusChange(dt.date.fromisoformat(day), status) for day, status in changes)


def hazards(*rows: tuple[shapely.Geometry, str]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"history": [text for _, text in rows]},
        index=[f"a{number}" for number in range(len(rows))],
        geometry=[shape for shape, _ in rows],
        crs=4326,
    )
    return conform(frame)


def value(table: pd.DataFrame, period: str, status: str) -> float:
    chosen = table[(table["period_start"] == pd.Timestamp(period)) & (table["status"] == status)]
    return float(chosen["area_m2"].sum())


HERE = box(-3.60, 14.30, -3.59, 14.31)  # inside the cercle of Bandiagara


def test_conform_takes_the_status_from_the_history() -> None:
    areas = hazards((HERE, history(("2021-01-09", CLEARED), ("2019-05-02", SUSPECTED))))
    assert areas["status"].iloc[0] == "cleared"
    assert areas["status_since"].iloc[0] == pd.Timestamp("2021-01-09")
    with pytest.raises(KeyError, match="colour"):
        conform(areas.assign(colour="red"))
    with pytest.raises(CRSError):
        conform(areas.to_crs(32630))


def test_status_at_follows_the_history() -> None:
    areas = hazards((HERE, history(("2019-05-02", SUSPECTED), ("2021-01-09", CLEARED))))
    on = [status_at(areas, dt.date.fromisoformat(day)).iloc[0] for day in ("2019-05-02", "2021-01-08", "2021-01-09")]
    assert on == ["suspected", "suspected", "cleared"]
    assert status_at(areas, dt.date(2019, 5, 1)).isna().all()


def test_a_newer_delivery_keeps_the_statuses_before_it() -> None:
    merged = merge_histories(history(("2019-05-02", SUSPECTED)), history(("2021-01-09", CLEARED)))
    assert [change.status for change in parse_history(merged)] == [SUSPECTED, CLEARED]
    corrected = merge_histories(merged, history(("2021-01-09", CANCELLED)))
    assert [change.status for change in parse_history(corrected)] == [SUSPECTED, CANCELLED]


def test_land_moves_from_suspected_to_released(boundaries: Boundaries) -> None:
    areas = hazards((HERE, history(("2019-05-02", SUSPECTED), ("2019-07-31", CONFIRMED), ("2019-09-01", REDUCED))))
    table = area_by_unit(areas, boundaries, "cercle", "2016")
    whole = area_m2(HERE)
    assert set(table["unit_id"]) == {"cercle-bandiagara"}
    assert list(table["period_start"].unique()) == list(pd.to_datetime([f"2019-{m:02}-01" for m in range(5, 10)]))
    for month, status in (("05", "suspected"), ("06", "suspected"), ("07", "confirmed"), ("09", "released")):
        for group in ("suspected", "confirmed", "released"):
            expected = whole if group == status else 0.0
            assert value(table, f"2019-{month}-01", group) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("period", "count"), [("month", 5), ("quarter", 2), ("year", 1)])
def test_periods(boundaries: Boundaries, period: str, count: int) -> None:
    areas = hazards((HERE, history(("2019-05-02", SUSPECTED), ("2019-09-01", CLEARED))))
    table = area_by_unit(areas, boundaries, "region", "2016", period=period)
    assert table["period_start"].nunique() == count
    assert value(table, str(table["period_start"].max().date()), "released") > 0


def test_a_period_cut_by_the_end_is_measured_on_its_last_day(boundaries: Boundaries) -> None:
    areas = hazards((HERE, history(("2019-05-02", SUSPECTED), ("2019-09-20", CLEARED))))
    table = area_by_unit(areas, boundaries, "cercle", "2016", start=dt.date(2019, 9, 1), end=dt.date(2019, 9, 20))
    assert value(table, "2019-09-01", "suspected") > 0
    table = area_by_unit(areas, boundaries, "cercle", "2016", start=dt.date(2019, 9, 1), end=dt.date(2019, 9, 21))
    assert value(table, "2019-09-01", "suspected") == 0


def test_overlaps_count_once_within_a_status(boundaries: Boundaries) -> None:
    shifted = shapely.affinity.translate(HERE, 0.005)
    text = history(("2019-05-02", SUSPECTED))
    both = area_by_unit(hazards((HERE, text), (shifted, text)), boundaries, "cercle", "2016")
    assert value(both, "2019-05-01", "suspected") == pytest.approx(1.5 * area_m2(HERE), rel=1e-5)
    apart = area_by_unit(
        hazards((HERE, text), (shifted, history(("2019-05-02", CONFIRMED)))), boundaries, "cercle", "2016"
    )
    assert value(apart, "2019-05-01", "suspected") == pytest.approx(area_m2(HERE), rel=1e-9)
    assert value(apart, "2019-05-01", "confirmed") == pytest.approx(area_m2(shifted), rel=1e-9)


@pytest.mark.parametrize("level", ["region", "cercle", "commune"])
def test_an_area_across_borders_is_split_and_nothing_lost(boundaries: Boundaries, level: str) -> None:
    wide = box(-4.4, 13.9, -3.2, 14.9)
    table = area_by_unit(hazards((wide, history(("2019-05-02", SUSPECTED)))), boundaries, level, "2016")
    assert table["unit_id"].nunique() > 1
    assert value(table, "2019-05-01", "suspected") == pytest.approx(area_m2(wide), rel=1e-9)


def test_bad_periods_are_refused(boundaries: Boundaries) -> None:
    areas = hazards((HERE, history(("2019-05-02", SUSPECTED))))
    with pytest.raises(ParameterError, match="month, quarter, year"):
        area_by_unit(areas, boundaries, "cercle", "2016", period="week")
    with pytest.raises(ParameterError, match="not after"):
        area_by_unit(areas, boundaries, "cercle", "2016", start=dt.date(2020, 1, 1), end=dt.date(2020, 1, 1))
    assert area_by_unit(empty_hazards(), boundaries, "cercle", "2016").empty


def test_invented_land_is_marked(boundaries: Boundaries) -> None:
    far = shapely.affinity.translate(HERE, 0.1)
    text = history(("2019-05-02", SUSPECTED))
    areas = hazards((HERE, text), (far, history(("2019-05-02", CONFIRMED)))).assign(synthetic=[True, False])
    table = area_by_unit(areas, boundaries, "cercle", "2016").set_index("status")["synthetic"]
    assert table.to_dict() == {"suspected": True, "confirmed": False, "released": False}
