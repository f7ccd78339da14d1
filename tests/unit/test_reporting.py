"""How well places are observed: the rule of "not assessed", sources that stop, observers."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.boundaries.regions import Boundaries
from geo.counting.reporting import NotAssessed, Reports, observers, reason_text, stopped_sources
from geo.incidents import readers
from geo.incidents.schema import conform
from geo.locate.locator import Locator

AT = date(2024, 1, 1)
KITA = (-9.48, 13.05)
MENAKA = (2.40, 15.92)
DOCUMENT = Path(__file__).parents[2] / "docs" / "reporting.md"


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


def reports_of(days: list[str], at: tuple[float, float] = KITA, source: str = "one") -> gpd.GeoDataFrame:
    """Return exact reports of one place and source."""
    index = [f"{source}:{number}" for number in range(len(days))]
    table = gpd.GeoDataFrame(
        {
            "source": source,
            "source_id": index,
            "date": pd.to_datetime(days),
            "date_precision": "day",
            "location_precision": "exact",
            "location_error_km": 0.1,
            "hazard_type": "ied",
        },
        index=index,
        geometry=gpd.GeoSeries([Point(at)] * len(days), index=index, crs="EPSG:4326"),
    )
    return conform(table)


def judged(boundaries: Boundaries, *tables: gpd.GeoDataFrame, at: date = AT, unit: str = "cercle-kita") -> pd.Series:
    return Reports(pd.concat(tables), boundaries).judge("cercle", "2016", at).loc[unit]


def test_three_reports_of_which_one_is_recent_are_enough(boundaries: Boundaries) -> None:
    verdict = judged(boundaries, reports_of(["2019-06-01", "2021-03-01", "2022-05-01"]))
    assert verdict["assessed"]
    assert verdict["reason"] is None
    assert verdict["reports"] == pytest.approx(3)
    assert verdict["months_since_last"] == 20


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (["2021-03-01", "2022-05-01"], NotAssessed.THIN),
        (["2018-01-01", "2018-02-01", "2018-03-01", "2023-05-01"], NotAssessed.THIN),
        (["2019-06-01", "2020-03-01", "2021-11-01"], NotAssessed.SILENT),
    ],
)
def test_too_little_or_too_old_is_not_assessed(boundaries: Boundaries, days: list[str], reason: NotAssessed) -> None:
    verdict = judged(boundaries, reports_of(days))
    assert not verdict["assessed"]
    assert verdict["reason"] == reason


def test_a_unit_without_any_report_is_not_assessed_and_says_so(boundaries: Boundaries) -> None:
    verdict = judged(boundaries, reports_of(["2023-06-01"]), unit="cercle-kayes")
    assert not verdict["assessed"]
    assert verdict["reason"] == NotAssessed.THIN
    assert pd.isna(verdict["months_since_last"])


def test_reports_after_the_date_change_nothing(boundaries: Boundaries) -> None:
    known = reports_of(["2021-03-01", "2022-05-01"])
    later = reports_of(["2024-02-01", "2024-03-01"], source="later")
    assert judged(boundaries, known, later).equals(judged(boundaries, known))


def test_the_order_of_the_reports_changes_nothing(boundaries: Boundaries) -> None:
    table = reports_of(["2019-06-01", "2021-03-01", "2022-05-01"])
    first = Reports(table, boundaries).judge("cercle", "2016", AT)
    pd.testing.assert_frame_equal(first, Reports(table.iloc[::-1], boundaries).judge("cercle", "2016", AT))


def test_where_observers_stand_one_report_is_enough_until_a_year_after_they_left(boundaries: Boundaries) -> None:
    table = reports_of(["2020-06-01"], at=MENAKA)
    for at, assessed in ((date(2023, 6, 1), True), (date(2024, 8, 1), True), (date(2024, 9, 1), False)):
        verdict = judged(boundaries, table, at=at, unit="cercle-menaka")
        assert verdict["assessed"] == assessed, at
        assert verdict["observers_until"] == min(pd.Timestamp(at), pd.Timestamp("2023-08-31"))


def test_observers_alone_say_nothing_of_a_place_without_reports(boundaries: Boundaries) -> None:
    assert not judged(boundaries, reports_of(["2023-06-01"]), at=date(2023, 8, 1), unit="cercle-menaka")["assessed"]


def months(start: str, count: int) -> list[str]:
    return [f"{month:%Y-%m-10}" for month in pd.date_range(start, periods=count, freq="MS")]


def test_a_source_that_stops_is_flagged_and_its_reports_do_not_count(boundaries: Boundaries) -> None:
    gone = reports_of(months("2020-01-01", 36), source="gone")
    verdict = judged(boundaries, gone)
    assert not verdict["assessed"]
    assert verdict["reason"] == NotAssessed.SOURCE_STOPPED
    assert verdict["stopped_source"] == "gone"
    assert verdict["stopped_since"] == pd.Timestamp("2022-12-01")
    others = reports_of(["2021-05-01", "2022-05-01", "2023-05-01"], source="other")
    verdict = judged(boundaries, gone, others)
    assert verdict["assessed"]
    assert verdict["stopped_source"] == "gone"


def test_a_source_that_goes_on_elsewhere_is_found_where_it_stopped(boundaries: Boundaries) -> None:
    here = reports_of(months("2020-01-01", 36), source="a")
    there = reports_of(months("2020-01-01", 48), at=MENAKA, source="a").rename(index=lambda name: f"{name}-there")
    reports = Reports(pd.concat([here, there]), boundaries)
    assert [(stop.source, stop.unit_id) for stop in reports.stopped_sources("cercle", "2016", AT)] == [
        ("a", "cercle-kita")
    ]
    verdict = reports.judge("cercle", "2016", AT)
    assert verdict.loc["cercle-kita", "reason"] == NotAssessed.SOURCE_STOPPED
    assert verdict.loc["cercle-menaka", "assessed"]


def test_rare_reports_and_usual_silences_are_no_stop(boundaries: Boundaries) -> None:
    rare = reports_of(["2020-01-01", "2021-01-01", "2022-01-01"])
    assert not Reports(rare, boundaries).stopped_sources("cercle", "2016", AT)
    gaps = [day for year in (2020, 2021, 2022) for day in months(f"{year}-01-01", 6)]
    assert not Reports(reports_of(gaps), boundaries).stopped_sources("cercle", "2016", date(2023, 1, 1))
    empty = pd.DataFrame({"unit_id": [], "source": [], "month": [], "reports": [], "most": []})
    assert stopped_sources(empty, AT) == ()


def test_a_report_known_to_its_region_counts_in_parts(boundaries: Boundaries) -> None:
    table = reports_of(["2023-06-01"])
    table["location_precision"], table["location_unit"], table["location_error_km"] = (
        "region",
        "region-2016-kayes",
        np.nan,
    )
    monthly = Reports(table, boundaries).monthly("cercle", "2016")
    assert monthly["reports"].sum() == pytest.approx(1)
    assert len(monthly) > 3
    assert (monthly["most"] < 1).all()


def test_observers_lie_in_the_cercle_that_their_row_names(boundaries: Boundaries) -> None:
    table = observers()
    cercles = boundaries.units("cercle", "2016")
    position = Locator(cercles).positions(table["lon"].to_numpy(), table["lat"].to_numpy())
    assert list(cercles.index[position]) == list(table["cercle_id"])
    assert (table["since"] < table["until"]).all()
    assert table["source"].notna().all()
    assert set(table["until_basis"]) == {"actual", "press", "plan"}


def test_every_reason_has_words() -> None:
    assert len({str(reason_text(reason.value)) for reason in NotAssessed}) == len(NotAssessed)


@pytest.mark.sample
def test_the_document_lists_what_the_rule_marks_on_ucdp(boundaries: Boundaries, sample_data: Path) -> None:
    file = sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"
    table = readers.read(file, boundaries=boundaries, today=date(2021, 1, 1)).accepted
    reports = Reports(table, boundaries)
    found = []
    for level, vintage in (("region", "2016"), ("cercle", "2016")):
        verdict = reports.judge(level, vintage, date(2020, 12, 30))
        assert 0 < (~verdict["assessed"]).sum() < len(verdict)
        names = boundaries.units(level, vintage)["name"]
        for reason, rows in verdict[~verdict["assessed"]].groupby("reason"):
            found.append(f"- {level}s, `{reason}`: {', '.join(sorted(names[rows.index]))}")
    listed = re.search(r"<!-- list:begin -->\n(.*)\n<!-- list:end -->", DOCUMENT.read_text(encoding="utf-8"), re.S)
    assert listed is not None
    assert listed[1].splitlines() == found
