"""One assessment: what goes in, when it is out of date, what it says, and that it comes back whole from a file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from assessment_kit import FIRST, coarse_domain, drawn

from api.base.access import OPERATOR
from api.layers.layer import RiskLayer
from api.layers.query import parse_risk_query
from api.layers.registry import CELLS, EXPECTED
from api.layers.risk import risk_body, unit_table
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, ModelError, NotReadyError
from geo.counting.counts import count
from geo.counting.reporting import NotAssessed
from geo.incidents.readers import read
from geo.store import synthetic
from models.evaluation.card import make_card, reporting_gradient
from models.risk.assessing import assess, last_bands
from models.risk.assessment import EXPLAINED, Assessment
from models.risk.changes import Changes, has_no_earlier
from models.risk.class_limits import Band, Support, classify
from models.risk.domain import Domain
from models.risk.hotspots import Pattern
from models.risk.inputs import day_of, event_table, gather_inputs, newest_record
from models.risk.target import HAZARDS, LEAST_EVENTS, Target
from models.risk.windows import Age, is_out_of_date

pytestmark = pytest.mark.slow

AS_OF = date(2024, 1, 1)


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.fixture(scope="module")
def domain(boundaries: Boundaries) -> Domain:
    return coarse_domain(boundaries)


@pytest.fixture(scope="module")
def assessment(boundaries: Boundaries, domain: Domain) -> Assessment:
    return assess(drawn(400), boundaries, as_of=AS_OF, domain=domain, revision=7)


def test_t0_is_the_day_after_the_newest_record_and_not_today(assessment: Assessment) -> None:
    assert assessment.newest == drawn(400)["date"].max().date()
    assert assessment.t0 == assessment.newest + timedelta(days=1)
    assert assessment.end == assessment.t0 + timedelta(days=91)
    assert assessment.revision == 7


@pytest.mark.parametrize(
    ("newest", "today", "expected"),
    [
        (date(2025, 5, 22), date(2025, 11, 22), False),
        (date(2025, 5, 21), date(2025, 11, 22), True),
        (date(2025, 8, 31), date(2026, 2, 28), False),
        (date(2025, 8, 31), date(2026, 3, 1), True),
        (date(2023, 8, 30), date(2024, 2, 29), False),
        (date(2025, 12, 31), date(2026, 6, 30), False),
        (date(2025, 12, 31), date(2026, 7, 1), True),
        (date(2025, 6, 15), date(2025, 12, 16), True),
    ],
)
def test_after_six_months_there_is_no_current_forecast(newest: date, today: date, expected: bool) -> None:
    assert is_out_of_date(newest, today) is expected


def test_an_assessment_gets_out_of_date_as_time_passes(assessment: Assessment) -> None:
    window = assessment.window()
    ages = [window.age(assessment.t0 + timedelta(days=days)) for days in (-1, 0, 90, 91, 190)]
    assert ages == [Age.AHEAD, Age.RUNNING, Age.RUNNING, Age.OVER, Age.OUT_OF_DATE]
    assert assessment.window(30).age(assessment.t0 + timedelta(days=30)) is Age.OVER


def test_records_known_to_the_month_reach_to_its_end_but_not_beyond_the_question() -> None:
    table = drawn(3)
    table["date"] = pd.to_datetime(["2020-01-05", "2020-03-01", "2020-01-01"])
    table["date_precision"] = ["day", "month", "year"]
    assert newest_record(table, date(2021, 1, 1)) == date(2020, 3, 31)
    assert newest_record(table, date(2020, 3, 20)) == date(2020, 3, 19)
    assert newest_record(table.iloc[[2]], date(2021, 1, 1)) == date(2020, 1, 31)


def test_as_of_takes_only_what_was_known_before(boundaries: Boundaries, domain: Domain) -> None:
    table = drawn(400)
    as_of = FIRST + timedelta(days=1500)
    late = table["date"] < pd.Timestamp(as_of)
    table.loc[late.to_numpy() & (np.arange(400) % 5 == 0), "entered_at"] = pd.Timestamp(as_of)
    inputs = gather_inputs(table, boundaries, domain, Target.IED, as_of)
    assert inputs is not None
    known = table[(table["date"] < pd.Timestamp(as_of)) & table["entered_at"].isna()]
    assert set(inputs.events.ids) == set(known.index)
    assert inputs.t0 <= as_of
    assert (inputs.events.day < day_of(inputs.t0)).all()


def test_records_entered_after_the_last_incident_count_in_the_present_assessment(
    boundaries: Boundaries, domain: Domain
) -> None:
    """A source enters its incidents days later: all that is in the store today is known today."""
    table = drawn(200)
    table["entered_at"] = table["date"] + pd.Timedelta(days=9)
    inputs = gather_inputs(table, boundaries, domain, Target.IED, AS_OF)
    assert inputs is not None
    assert len(inputs.events.before(day_of(inputs.t0))) == 200
    assert (inputs.events.known >= inputs.events.day).all()


def test_linked_reports_are_one_event_known_from_its_first_report(boundaries: Boundaries, domain: Domain) -> None:
    table = drawn(4)
    table["entered_at"] = pd.to_datetime(["2023-03-03", "2023-02-02", "2023-05-05", None])
    table["event_id"] = ["a", "a", "b", "b"]
    events = event_table(table)
    assert list(events.index) == ["a", "b"]
    assert events.loc["a", "entered_at"] == pd.Timestamp("2023-02-02")
    assert pd.isna(events.loc["b", "entered_at"])


def test_targets_are_never_mixed(boundaries: Boundaries, domain: Domain) -> None:
    table = pd.concat(
        [
            drawn(200),
            drawn(60, seed=1, hazard="uxo", source="erw"),
            drawn(90, seed=2, hazard="not_explosive", source="war"),
        ]
    )
    for target, source in ((Target.IED, "drawn"), (Target.ERW, "erw"), (Target.CONFLICT, "war")):
        inputs = gather_inputs(table, boundaries, domain, target, AS_OF)
        assert inputs is not None
        assert set(inputs.incidents["source"]) == {source}
        assert inputs.auxiliary is None


def test_conflict_events_enter_only_as_kernels_and_it_is_said(boundaries: Boundaries, domain: Domain) -> None:
    war = drawn(300, seed=2, hazard="not_explosive", source="war")
    with_war = assess(pd.concat([drawn(200), war]), boundaries, as_of=AS_OF, domain=domain)
    assert with_war.about["auxiliary"] == 300
    assert with_war.about["events"] == 200
    assert with_war.about["sources"] == ["drawn"]
    assert with_war.table("region", "2016")["share_auxiliary"].max() > 0


@pytest.mark.parametrize("target", [Target.IED, Target.CONFLICT])
def test_invented_incidents_say_nothing_beside_real_ones(
    boundaries: Boundaries, domain: Domain, target: Target
) -> None:
    """Neither of how much is recorded, nor of how well a place is observed, nor of how far the data reach."""
    war = drawn(300, seed=2, hazard="not_explosive", source="war")
    invented = drawn(400, seed=5, synthetic=True, days=2100)
    alone = assess(war, boundaries, target=target, as_of=AS_OF, domain=domain)
    beside = assess(pd.concat([invented, war]), boundaries, target=target, as_of=AS_OF, domain=domain)
    assert not beside.synthetic
    assert beside.newest == alone.newest == war["date"].max().date()
    assert beside.about == alone.about
    assert beside.has_estimates is (target is Target.CONFLICT)
    for key, table in alone.units.items():
        pd.testing.assert_frame_equal(beside.units[key], table)
    pd.testing.assert_frame_equal(beside.cells, alone.cells)


def test_a_quiet_quarter_does_not_wear_erw_away(boundaries: Boundaries, domain: Domain) -> None:
    """ERW lies where it fell: half a year without a record lowers its mean over the years, and no more than that."""
    ied = drawn(150, days=1800)
    later = drawn(1, seed=3, days=1, source="late", first=FIRST + timedelta(days=1995))
    fall = {}
    for target, hazard in ((Target.IED, "ied"), (Target.ERW, "uxo")):
        whole = pd.concat([ied, later]).assign(hazard_type=hazard)
        soon = assess(whole, boundaries, target=target, as_of=FIRST + timedelta(days=1801), domain=domain)
        after = assess(whole, boundaries, target=target, as_of=AS_OF, domain=domain)
        totals = [a.table("region", "2016")["expected"].sum() for a in (soon, after)]
        fall[target] = totals[1] / totals[0]
    assert fall[Target.IED] < 0.6
    assert fall[Target.ERW] > 0.7


def test_nothing_known_is_an_error_and_too_little_is_not_assessed(boundaries: Boundaries, domain: Domain) -> None:
    with pytest.raises(ModelError, match="No incident is known"):
        assess(drawn(0), boundaries, as_of=AS_OF, domain=domain)
    none = assess(drawn(50), boundaries, target=Target.ERW, as_of=AS_OF, domain=domain)
    assert none.about["events"] == 0
    few = assess(drawn(LEAST_EVENTS - 1), boundaries, as_of=AS_OF, domain=domain)
    for assessment in (none, few):
        assert not assessment.has_estimates
        for table in (*assessment.units.values(), assessment.cells):
            assert (table["band"] == Band.NOT_ASSESSED).all()
            assert (table["reason"] == NotAssessed.TARGET).all()
            assert table["expected"].isna().all()
        assert reporting_gradient(assessment) == []
    assert few.table("cercle", "2016")["recorded"].sum() > 0


def test_bands_are_those_of_the_expected_incidents_where_assessed(assessment: Assessment) -> None:
    table = assessment.table("cercle", "2016")
    assert table["assessed"].any()
    assert not table["assessed"].all()
    assert ((table["band"] == "not_assessed") == ~table["assessed"]).all()
    assert (table["reason"].isna() == table["assessed"]).all()
    high = table[table["assessed"] & (table["expected"] >= 0.5) & (table["expected"] < 2)]
    assert (high["band"] == "high").all()


def moved(assessment: Assessment, band: str, **about: object) -> Assessment:
    """Return an assessment of an earlier revision that had every unit in one class."""
    units = {key: table.assign(band=band) for key, table in assessment.units.items()}
    return replace(assessment, revision=assessment.revision - 1, units=units, about={**assessment.about, **about})


@pytest.mark.parametrize("last", ["lower", "high"])
def test_a_unit_keeps_its_class_until_the_figure_has_left_it_clearly(
    boundaries: Boundaries, domain: Domain, assessment: Assessment, tmp_path: Path, last: str
) -> None:
    """What is kept is decided once, saved with the assessment, and told from there."""
    previous = moved(assessment, last)
    again = assess(drawn(400), boundaries, as_of=AS_OF, domain=domain, revision=7, previous=previous)
    kept = 0
    for key, table in again.units.items():
        expected, judged = table["expected"].to_numpy(), table["assessed"].to_numpy(bool)
        clear = classify(Support(key[0]), expected, judged, days=91, before=np.full(len(table), last))
        assert table["band"].tolist() == [str(band) for band in clear]
        kept += int((table["band"] != assessment.units[key]["band"]).sum())
    assert kept > 0
    assert (again.cells["band"] == assessment.cells["band"]).all()  # cells remember nothing
    again.save(tmp_path / "a.npz")
    loaded = Assessment.load(tmp_path / "a.npz")
    query = parse_risk_query(EXPECTED["commune"], b"", "en", default_lang="fr", boundaries=boundaries)
    told = json.loads(risk_body(loaded, boundaries, query, OPERATOR, loaded.t0, secret=b"k"))
    shown = {each["id"]: each["properties"]["band"] for each in told["features"]}
    assert shown == again.units["commune", query.vintage]["band"].to_dict()


@pytest.mark.parametrize(
    "other",
    [
        {"about": {"scales": {"cercle": [0.1, 0.5, 2.0, 91.0]}}},
        {"about": {"scales": None}},
        {"synthetic": True},
        {"target": Target.ERW},
        {"t0": AS_OF},
    ],
    ids=["other limits", "from before there were scales", "invented", "another target", "later"],
)
def test_only_the_last_assessment_of_the_same_kind_is_remembered(
    assessment: Assessment, boundaries: Boundaries, domain: Domain, other: dict[str, Any]
) -> None:
    inputs = gather_inputs(drawn(400), boundaries, domain, Target.IED, AS_OF)
    assert inputs is not None
    assert last_bands(moved(assessment, "lower"), inputs).keys() == assessment.units.keys()
    previous = moved(assessment, "lower", **other.get("about", {}))
    assert not last_bands(replace(previous, **{name: each for name, each in other.items() if name != "about"}), inputs)
    assert not last_bands(None, inputs)


def test_communes_and_cells_take_the_verdict_of_their_cercle(assessment: Assessment, boundaries: Boundaries) -> None:
    """But for those around which a region is not assessed; see test_verdicts.py."""
    cercles = assessment.table("cercle", "2016")["assessed"]
    communes = assessment.table("commune", "2016")["assessed"]
    expected = boundaries.units("commune", "2016")["parent_id"].map(cercles)
    for vintage in ("2015", "2016", "2023"):
        regions = boundaries.ancestors("commune", "region", vintage)
        expected &= regions.map(assessment.table("region", vintage)["assessed"]).reindex(expected.index)
    assert (communes == expected).all()
    cells = assessment.cells
    assert not (cells["assessed"].to_numpy() & ~cells["cercle"].map(cercles).to_numpy()).any()


def test_figures_are_plausible_and_never_zero(assessment: Assessment) -> None:
    for table in (*assessment.units.values(), assessment.cells):
        assert (table["expected"] > 0).all()
        assert (table["p_any"] > 0).all()
        assert (table["p_any"] <= 1).all()
        assert (table["low"] <= table["high"]).all()
        assert (table["high"] + 1 >= table["expected"]).all()
        assert table[[f"share_{name}" for name in EXPLAINED]].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)


def test_the_events_that_weigh_most_are_the_near_and_recent_ones(assessment: Assessment) -> None:
    table = drawn(400)
    row = assessment.table("cercle", "2016").loc["cercle-kidal"]
    heaviest = json.loads(row["heaviest"])
    shares = [event["share"] for event in heaviest]
    assert shares == sorted(shares, reverse=True)
    assert all(0 < share < 1 for share in shares)
    points = table.loc[[event["event_id"] for event in heaviest]].geometry
    assert (points.y > 17.5).all()
    assert 1 <= row["n_eff"] <= (table.geometry.y > 16).sum()
    assert 1 <= row["events_half"] <= row["n_eff"] * 2


def test_rates_stand_raw_beside_shrunk(assessment: Assessment) -> None:
    table = assessment.table("cercle", "2016")
    raw = table["recorded"] / table["population"] * 100_000
    assert table["rate_raw"].to_numpy() == pytest.approx(raw.to_numpy())
    mean = table["recorded"].sum() / table["population"].sum() * 100_000
    assert (np.abs(table["rate_shrunk"] - mean) <= np.abs(table["rate_raw"] - mean) + 1e-9).all()
    assert assessment.table("commune", "2016")["rate_raw"].isna().all()


def counted_at(level: str, vintage: str, table: gpd.GeoDataFrame, found: Assessment) -> pd.Series:
    """The last year before `found` per unit as the counts have it."""
    kinds = HAZARDS[found.target]
    days = count(table, Boundaries.shipped(), level, vintage, period="day", measures=("events",), hazards=kinds)
    start = pd.Timestamp(found.t0) - pd.Timedelta(days=365)
    lately = days[(days["period_start"] >= start) & (days["period_start"] < pd.Timestamp(found.t0))]
    return lately.groupby("unit_id")["total"].sum().reindex(found.units[level, vintage].index).fillna(0.0)


def holds_what_is_counted(table: gpd.GeoDataFrame, found: Assessment) -> None:
    for level, vintage in found.units:
        counted = counted_at(level, vintage, table, found)
        assert found.table(level, vintage)["recorded"].to_numpy() == pytest.approx(counted.to_numpy(), abs=1e-9)
    counted = counted_at("commune", "2016", table, found)
    assert found.hotspots["commune"]["count"].to_numpy() == pytest.approx(counted.to_numpy(), abs=1e-9)


def test_what_is_recorded_is_what_is_counted(boundaries: Boundaries, domain: Domain) -> None:
    table = synthetic.incidents()
    holds_what_is_counted(table, assess(table, boundaries, as_of=date(2027, 1, 1), domain=domain))


@pytest.mark.sample
def test_what_is_recorded_is_what_is_counted_on_ucdp(boundaries: Boundaries, domain: Domain, sample_data: Path) -> None:
    file = sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"
    table = read(file, boundaries=boundaries, today=AS_OF).accepted
    holds_what_is_counted(
        table, assess(table, boundaries, target=Target.CONFLICT, as_of=date(2021, 1, 1), domain=domain)
    )


def test_a_precise_point_is_recorded_in_the_unit_and_the_cell_that_hold_it(
    boundaries: Boundaries, domain: Domain
) -> None:
    """Tombouctou's 16 km² lie in one cell with a part of Alafia, which surrounds it."""
    table = drawn(60).assign(location_precision="exact", location_error_km=0.1)
    town = boundaries.units("commune", "2016").loc["commune-ml060106"].geometry.representative_point()
    table.geometry = [town] * len(table)
    found = assess(table, boundaries, as_of=AS_OF, domain=domain)
    lately = int((table["date"] >= pd.Timestamp(found.t0) - pd.Timedelta(days=365)).sum())
    recorded = found.table("commune", "2016")["recorded"]
    assert recorded["commune-ml060106"] == lately > 0
    assert (recorded.drop("commune-ml060106") == 0).all()
    assert found.hotspots["commune"]["count"].max() == lately
    assert sorted(found.hotspots["cell"]["count"])[-2:] == [0, lately]


def test_hotspots_describe_the_towns_that_were_hit(assessment: Assessment, boundaries: Boundaries) -> None:
    communes, cells = assessment.hotspots["commune"], assessment.hotspots["cell"]
    assert set(communes["pattern"]) <= {pattern.value for pattern in Pattern}
    assert 0 < communes["significant"].sum() < 0.2 * len(communes)
    assert 0 < cells["significant"].sum() < 0.2 * len(cells)
    parents = boundaries.units("commune", "2016")["parent_id"]
    assert "cercle-mopti" in set(parents[communes.index[communes["significant"]]])
    assert "cercle-kayes" not in set(parents[communes.index[communes["significant"]]])
    assert communes["count"].sum() == pytest.approx(assessment.table("region", "2016")["recorded"].sum())


def test_hotspots_need_two_years(boundaries: Boundaries, domain: Domain) -> None:
    short = assess(drawn(60, days=500), boundaries, as_of=AS_OF, domain=domain)
    assert short.hotspots["commune"]["z"].isna().all()
    assert not short.hotspots["cell"]["significant"].any()


@pytest.fixture(scope="module")
def typed_in_lately(boundaries: Boundaries, domain: Domain) -> Assessment:
    """Made from a register of six years that somebody typed in within the last quarter, newest first."""
    table = drawn(400)
    table["entered_at"] = table["date"].max() - pd.to_timedelta(np.arange(400) % 60, unit="D")
    return assess(table, boundaries, as_of=AS_OF, domain=domain)


def test_with_nothing_to_compare_with_there_is_a_forecast_without_a_change(typed_in_lately: Assessment) -> None:
    assert typed_in_lately.has_estimates
    assert has_no_earlier(typed_in_lately)
    assert typed_in_lately.about["change_since"] is None
    assert typed_in_lately.about["change_from_assessment"] is None
    for table in typed_in_lately.units.values():
        assert (table["expected"] > 0).all()
        assert table[list(Changes.COLUMNS)].isna().all(axis=None)


def test_with_too_little_known_a_quarter_before_no_change_is_reckoned(boundaries: Boundaries, domain: Domain) -> None:
    table = drawn(400)
    table["entered_at"] = table["date"].max() - pd.to_timedelta(np.arange(400) % 60, unit="D")
    table.loc[table.index[: LEAST_EVENTS - 1], "entered_at"] = pd.NaT
    assert has_no_earlier(assess(table, boundaries, as_of=AS_OF, domain=domain))
    table.loc[table.index[:LEAST_EVENTS], "entered_at"] = pd.NaT
    assert not has_no_earlier(assess(table, boundaries, as_of=AS_OF, domain=domain))


def test_what_is_typed_in_after_the_newest_record_is_known_to_the_assessment_compared_with(
    boundaries: Boundaries, domain: Domain
) -> None:
    table = drawn(300)
    table["entered_at"] = table["date"].max() + pd.Timedelta(days=3)
    before = assess(table, boundaries, as_of=AS_OF, domain=domain)
    again = assess(table, boundaries, as_of=AS_OF, domain=domain, previous=before)
    assert again.about["change_from_assessment"]
    changes = again.table("cercle", "2016")[["change_new", "change_decay", "change_model"]]
    assert changes.to_numpy() == pytest.approx(0, abs=1e-9)


def test_real_incidents_are_not_compared_with_invented_ones(boundaries: Boundaries, domain: Domain) -> None:
    invented = assess(drawn(200, synthetic=True), boundaries, as_of=AS_OF, domain=domain)
    real = assess(drawn(250, seed=1), boundaries, as_of=AS_OF, domain=domain, previous=invented)
    assert real.about["change_from_assessment"] is False
    later = assess(drawn(250, seed=1), boundaries, as_of=AS_OF, domain=domain, previous=real)
    assert later.about["change_from_assessment"] is True


@pytest.mark.parametrize("layer", [*EXPECTED.values(), CELLS], ids=lambda layer: layer.name)
def test_layers_say_that_there_is_no_earlier_forecast(
    typed_in_lately: Assessment, boundaries: Boundaries, layer: RiskLayer
) -> None:
    query = parse_risk_query(layer, b"", "en", default_lang="fr", boundaries=boundaries)
    body = json.loads(risk_body(typed_in_lately, boundaries, query, OPERATOR, AS_OF, secret=b""))
    is_of_units = layer is not CELLS
    assert body["sira"]["change_since"] is None
    assert any("no earlier forecast" in notice for notice in body["sira"]["notices"]) is is_of_units
    if is_of_units:
        shown = [feature["properties"] for feature in body["features"]]
        assert all(told[name] is None for told in shown for name in Changes.COLUMNS)
        assert any(told["expected"] is not None for told in shown)


def test_units_that_replaced_others_are_not_shown_with_what_was_said_of_those(
    assessment: Assessment, boundaries: Boundaries
) -> None:
    ids = boundaries.units("region", "2016").index
    table = unit_table(assessment, "region", "2016", ids[::-1])
    assert list(table.index) == list(ids[::-1])
    for others in (ids[1:], ids.append(pd.Index(["region-new"])), ids.str.replace("mopti", "macina")):
        with pytest.raises(NotReadyError):
            unit_table(assessment, "region", "2016", others)
    with pytest.raises(NotReadyError):
        unit_table(assessment, "region", "1960", ids)


def test_a_vintage_of_a_part_of_the_country_is_assessed_with_the_others(
    assessment: Assessment, boundaries: Boundaries, domain: Domain
) -> None:
    cercles = boundaries.units("cercle", "2015")
    mopti = cercles[cercles["parent_id"] == "region-2015-mopti"]
    renamed = mopti.rename(index=lambda name: name.replace("cercle", "cercle-part"))
    partly = Boundaries.with_imported({"part": renamed.assign(vintage="part", parent_id=None)})
    found = assess(drawn(400), partly, as_of=AS_OF, domain=domain)
    table = found.table("cercle", "part")
    assert len(table) == 8
    assert table.loc["cercle-part-mopti", "assessed"]
    bankass = table.loc["cercle-part-bankass"]
    assert (bankass["assessed"], bankass["reason"], bankass["reports"]) == (False, NotAssessed.THIN, 0)
    whole = assessment.table("cercle", "2016")
    pd.testing.assert_frame_equal(found.table("cercle", "2016"), whole)
    reports = whole["reports"].rename(index=lambda name: name.replace("cercle", "cercle-part"))
    assert table["reports"].to_numpy() == pytest.approx(reports.reindex(table.index).to_numpy(), rel=0.02, abs=0.1)


def test_it_comes_back_whole(assessment: Assessment, tmp_path: Path, domain: Domain) -> None:
    path = tmp_path / "home" / "7-ied.npz"
    assessment.save(path)
    again = Assessment.load(path)
    for name in ("revision", "target", "as_of", "t0", "newest", "horizon_days", "synthetic", "model"):
        assert getattr(again, name) == getattr(assessment, name)
    assert dict(again.about) == dict(assessment.about)
    assert list(again.event_ids) == list(assessment.event_ids)
    for key in assessment.units:
        pd.testing.assert_frame_equal(again.units[key], assessment.units[key])
    pd.testing.assert_frame_equal(again.cells, assessment.cells)
    for key, table in assessment.hotspots.items():
        pd.testing.assert_frame_equal(again.hotspots[key], table)
    first, second = assessment.estimator(domain), again.estimator(domain)
    assert first is not None
    assert second is not None
    assert (first.mixture_.weights_ == second.mixture_.weights_).all()
    assert [file.name for file in path.parent.iterdir()] == ["7-ied.npz"]


def test_no_pickle_and_nothing_else_is_loaded(assessment: Assessment, tmp_path: Path, domain: Domain) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"not a zip")
    with pytest.raises(FileError, match=r"a\.npz"):
        Assessment.load(path)
    np.savez(path, assessment=np.array([{"format": "sira-assessment"}], dtype=object))
    with pytest.raises(FileError, match=r"a\.npz"):
        Assessment.load(path)
    described = json.dumps({"format": "sira-assessment", "version": 0}).encode()
    np.savez(path, assessment=np.frombuffer(described, np.uint8))
    with pytest.raises(FileError, match="another version"):
        Assessment.load(path)
    with pytest.raises(FileError, match="another grid"):
        assessment.estimator(replace(domain, unit_ids=domain.unit_ids[::-1]))


def test_its_tables_cannot_be_replaced(assessment: Assessment) -> None:
    with pytest.raises(TypeError):
        assessment.units["cercle", "2016"] = pd.DataFrame()  # type: ignore[index]
    with pytest.raises(AttributeError):
        assessment.revision = 8  # type: ignore[misc]
    table = assessment.table("cercle", "2016")
    table["expected"] = -1.0
    assert (assessment.table("cercle", "2016")["expected"] > 0).all()


def test_the_card_holds_what_it_was_asked_for(assessment: Assessment) -> None:
    card = make_card(
        [assessment],
        {"scores": [{"data": "store", "model": "risk", "metric": "hit_1", "value": 0.3, "low": None, "high": "nan"}]},
    )
    assert card.default == "risk"
    metrics = {"hit_1", "hit_5", "hit_10", "ig_longrun", "crps_cercle", "log_cercle", "brier_any", "cover_80"}
    assert {s.metric for s in card.scores if s.data == "ucdp-mali" and s.model == card.default} == metrics
    assert {"longrun", "conflictology"} <= {s.model for s in card.scores}
    assert [s.value for s in card.scores if s.data == "store"] == [0.3]
    for score in card.scores:
        if score.low is not None and score.high is not None and score.value is not None:
            assert score.low <= score.high
    gradient = card.targets["ied"]["reporting_gradient"]
    assert [step["factor"] for step in gradient] == [2.0, 4.0, 8.0]
    assert all(0 <= step["overlap"] <= 1 for step in gradient)
