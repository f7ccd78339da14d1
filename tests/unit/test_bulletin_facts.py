"""What sheets say: counts and how they changed, and published figures beside the store's, with the reasons in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from assessment_kit import drawn
from bulletin_kit import Installation, installed
from exports_kit import assessed, real_service, synthetic_service

from api.base.access import OPERATOR, PUBLIC
from api.base.assessments import today
from api.base.service import Snapshot
from api.bulletin.comparison import EARLY_2023, Comparison, compare
from api.bulletin.national_facts import gather_nation
from api.bulletin.national_page import national_page
from api.bulletin.notable import notable_incidents
from api.bulletin.places import find_unit
from api.bulletin.sheet import SYNTHETIC
from api.bulletin.tally import BARS, data_dates, tally
from api.bulletin.typography import Words
from api.bulletin.unit_page import unit_page
from api.layers.query import month_after
from geo.boundaries.importing import read_units
from geo.boundaries.regions import Boundaries
from geo.counting.events import to_events
from geo.incidents.batch import Batch
from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import Store
from models.risk.target import HAZARDS, Target
from models.risk.trends import trend_of
from models.routes.answer import RouteRequest

pytestmark = pytest.mark.slow


def counts(*months: tuple[str, float, float | None]) -> pd.DataFrame:
    """Return counts of one unit: month, incidents and killed."""
    rows = []
    for month, events, killed in months:
        for measure, total in (("events", events), ("killed", killed)):
            rows.append(
                {
                    "unit_id": "u",
                    "period_start": pd.Timestamp(month),
                    "hazard_type": "ied",
                    "measure": measure,
                    "exact": total,
                    "spread": 0.0,
                    "total": total,
                    "unknown_events": float(total is None),
                    "sources": "a; b",
                    "synthetic": False,
                }
            )
    return pd.DataFrame(rows)


def test_periods_are_whole_months_up_to_the_newest_record_anywhere() -> None:
    told = tally(
        counts(("2026-02-01", 2, 3), ("2025-03-01", 1, None), ("2024-12-01", 4, 1)),
        {},
        (date(2020, 1, 5), date(2026, 2, 17)),
    )
    assert [(each.start, each.end) for each in told.periods] == [
        (date(2025, 12, 1), date(2026, 3, 1)),
        (date(2025, 3, 1), date(2026, 3, 1)),
        (date(2024, 3, 1), date(2025, 3, 1)),
    ]
    assert [count.total for count in told.measures["events"]] == [2, 3, 4]
    assert [count.total for count in told.measures["killed"]] == [3, 3, 1]
    assert told.measures["killed"][1].unknown == 1
    assert told.measures["injured"][0].total is None
    assert len(told.bars) == BARS
    assert sum(exact + spread for _, exact, spread in told.bars) == 7
    assert told.sources == ("a", "b")


def test_a_cercle_of_a_vintage_without_regions_lies_in_none(tmp_path: Path) -> None:
    cercles = Boundaries.shipped().units("cercle", "2015")
    path = tmp_path / "cercles.gpkg"
    gpd.GeoDataFrame({"ADM2_FR": cercles["name"], "ADM1_FR": "Mopti"}, geometry=cercles.geometry).to_file(path)
    boundaries = Boundaries.with_imported({"alone": read_units(path, "alone", "cercle").units})
    place = find_unit(boundaries, str(boundaries.units("cercle", "alone").index[0]), "alone")
    assert place.name in set(cercles["name"])
    assert place.parent is None
    assert find_unit(boundaries, "cercle-bandiagara").parent == "Mopti"


def test_a_year_that_the_data_do_not_cover_is_not_compared() -> None:
    told = tally(counts(("2026-02-01", 5, 0)), {}, (date(2025, 1, 1), date(2026, 2, 17)))
    assert told.trend is None
    assert not told.covers
    assert len(told.bars) < BARS
    assert [(count.total, count.partial) for count in told.measures["events"]] == [(5, False), (5, False), (None, True)]


def test_time_that_the_data_do_not_reach_is_not_nought() -> None:
    """One month of incidents, and of what is counted apart only what is years old."""
    month = (date(2026, 2, 3), date(2026, 2, 17))
    told = tally(
        counts(("2010-01-01", 1, 0)),
        {"conflict": (counts(("2020-12-01", 5, 0)), (date(2012, 1, 1), date(2020, 12, 31)))},
        month,
    )
    assert {count.total for found in told.measures.values() for count in found} == {None}
    told = tally(counts(("2026-02-01", 5, 0)), {}, month)
    assert [(count.total, count.partial) for count in told.measures["events"]] == [(5, True), (5, True), (None, True)]
    assert [count.total for count in told.measures["killed"]] == [None, None, None]
    assert tally(counts(("2026-02-01", 5, 0)), {}, None).periods == ()


@pytest.mark.parametrize(("now", "before"), [(0, 3), (3, 0.5), (200, 180), (1.5, 2.25), (5, 5)])
def test_the_interval_of_a_ratio_holds_it_and_turns_round_with_it(now: float, before: float) -> None:
    trend = trend_of(now, before)
    assert trend is not None
    assert trend.ratio is not None
    assert trend.low is not None
    assert trend.high is not None
    assert trend.low <= trend.ratio <= trend.high
    if now >= 0.5:
        back = trend_of(before, now)
        assert back is not None
        assert back.low == pytest.approx(1 / trend.high)


def test_nothing_before_gives_no_ratio() -> None:
    for before in (0, 1e-9):
        trend = trend_of(20, before)
        assert trend is not None
        assert (trend.ratio, trend.low, trend.high) == (None, None, None)


@pytest.fixture(scope="module")
def of_real(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[tuple[str, date], Comparison], pd.DataFrame]:
    service = real_service(tmp_path_factory.mktemp("figures"))
    found = {(each.indicator, each.start): each for each in compare(service.store, service.read_snapshot())}
    incidents = service.store.incidents(hazards=EXPLOSIVE)
    service.close()
    return found, incidents


def test_the_store_is_counted_for_the_months_of_the_published_figure(
    of_real: tuple[dict[tuple[str, date], Comparison], pd.DataFrame],
) -> None:
    found, incidents = of_real
    used = found["ied_used", date(2020, 7, 1)]
    assert used.value == 98
    assert used.period is not None
    assert (used.period.start, used.period.end) == (date(2020, 7, 1), date(2021, 1, 1))
    events = to_events(incidents)
    mine = events[events["hazard_type"].isin(HAZARDS[Target.IED])]
    within = mine["date"].between("2020-07-01", "2020-12-31")
    assert used.counted is not None
    assert used.counted.value == pytest.approx(int(within.sum()))
    said = [reason.template for reason in used.reasons]
    assert "The store counts whole months." in said
    assert any("several devices" in text for text in said)


def test_what_the_store_lacks_is_said_and_is_not_zero(
    of_real: tuple[dict[tuple[str, date], Comparison], pd.DataFrame],
) -> None:
    found, _ = of_real
    killed = found["ied_mine_killed", date(2013, 7, 1)]
    assert killed.counted is not None
    assert killed.counted.value is None  # no report states any victims
    assert any("not zero" in reason.template for reason in killed.reasons)
    assert found["ied_used", date(2020, 7, 1)].reasons
    open_end = found["ied_mine_device_share", date(2023, 1, 1)]
    assert open_end.period is not None
    assert open_end.period.end == EARLY_2023
    briefed = found["humanitarians_briefed", date(2013, 1, 1)]
    assert (briefed.period, briefed.counted) == (None, None)
    assert list(found.values())[-1].period is None


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Real conflict events beside the synthetic default, assessed for conflict, with its roads."""
    service = synthetic_service(tmp_path_factory.mktemp("mixed"))
    rows = drawn(300, hazard="not_explosive", source="ucdp")
    service.store.add_incidents(Batch("ged.csv", "test", len(rows), rows, (), ()))
    with installed(assessed(service, Target.CONFLICT), Target.CONFLICT) as found:
        yield found


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_invented_records_are_not_on_the_sheet_of_real_conflict_events(mixed: Installation, lang: str) -> None:
    assert not mixed.assessment.synthetic
    facts = mixed.facts("cercle-mopti")
    assert "other" not in facts.counts.measures
    said = " ".join(text.text for text in unit_page(facts, lang).texts)
    assert Words(lang).say(SYNTHETIC) not in said


def test_invented_hazard_areas_are_not_near_roads_of_real_records(mixed: Installation) -> None:
    line = shapely.LineString([(-6.2, 13.4), (-0.05, 16.3)])  # through the middle of the invented areas
    answer = mixed.ready.planner.assess(line, RouteRequest(()))
    assert not answer.synthetic
    assert answer.hazard_areas == ()


def test_every_published_figure_is_on_the_sheet_or_named_as_left_out(tmp_path: Path) -> None:
    service = synthetic_service(tmp_path)
    snapshot = service.read_snapshot()
    assessment = service.shelf.get(snapshot.revision, Target.IED)
    assert assessment is not None
    facts = gather_nation(service.store, snapshot, assessment, PUBLIC, today())
    said = " ".join(text.text for text in national_page(facts, "en").texts)
    assert "1,055" in said
    assert "2,374" in said
    assert "Not counted by Sira" in said
    assert "/figures.json" not in said  # none is left out
    assert "drawn, not real" in said
    assert len([each for each in facts.comparisons if each.period is not None]) == 14
    service.close()


def test_an_incident_of_linked_reports_is_told_on_the_sheet_of_its_target_alone(tmp_path: Path) -> None:
    """One source tells the device, another one more precisely where: it is ERW, and lies where the second puts it."""
    boundaries = Boundaries.shipped()
    erw = drawn(40, hazard="uxo", source="erw")
    vague = erw.rename(index=lambda name: name.replace("erw", "vague"))
    vague = vague.assign(source="vague", source_id=vague.index, hazard_type="unknown", location_error_km=1.0)
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", seed=False) as store:
        for table in (erw, vague):
            store.add_incidents(Batch("new.csv", "test", len(table), table, (), ()))
        reports, snapshot = store.incidents(), Snapshot(store.revision(), False, boundaries)
        place, data = find_unit(boundaries, "region-2016-mopti"), store.data_period()
        told = {
            target: notable_incidents(store, snapshot, place, target, data, OPERATOR)
            for target in (Target.IED, Target.ERW)
        }
    named = reports.groupby("event_id")["hazard_type"].agg(set)
    assert (named == {"uxo", "unknown"}).sum() > 30
    assert told[Target.ERW][2] > 5
    assert {each.hazard for each in told[Target.ERW][0]} == {HazardType.UXO}
    assert {each.error_km for each in told[Target.ERW][0]} == {1.0}
    assert {each.hazard for each in told[Target.IED][0]} <= {HazardType.UNKNOWN}
    assert told[Target.IED][2] <= (named == {"unknown"}).sum()


def test_the_periods_of_a_target_end_with_the_data_not_with_its_last_record(tmp_path: Path) -> None:
    """No record of ERW in the last year is that, and not a year that ends with the last of them."""
    mines, erw = drawn(30, source="mines"), drawn(30, hazard="uxo", source="erw")
    erw["date"] -= pd.DateOffset(years=2)
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", seed=False) as store:
        assert data_dates(store, HAZARDS[Target.ERW]) is None
        for table in (mines, erw):
            store.add_incidents(Batch("new.csv", "test", len(table), table, (), ()))
        whole, own = store.data_period(), store.data_period(HAZARDS[Target.ERW])
        data = data_dates(store, HAZARDS[Target.ERW])
    assert data == whole
    assert own[1] < whole[1] - timedelta(days=365)
    month = f"{own[1]:%Y-%m}-01"
    told = tally(counts((month, 5, 0)), {}, data, own[1])
    assert told.periods[1].end == month_after(whole[1])
    assert told.newest == own[1]
    assert told.measures["events"][1].total == 0
