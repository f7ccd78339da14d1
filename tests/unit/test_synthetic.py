"""The synthetic default: marked everywhere, canonical, drawn as its assumptions say, the same on every machine."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from store_kit import no_incidents

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.provenance import data_path
from geo.incidents.duplicates import link
from geo.incidents.schema import (
    EXPLOSIVE,
    UNIT_PRECISIONS,
    VICTIM_GROUPS,
    VICTIM_SEX_AGE,
    DatePrecision,
    HazardType,
    LocationPrecision,
    Outcome,
)
from geo.locate.locator import Locator
from geo.store import synthetic

FIRST, SECOND = "synthetic", "synthetic-b"


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.fixture(scope="module")
def incidents() -> gpd.GeoDataFrame:
    return synthetic.incidents()


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    return synthetic.hazards()


def test_both_tables_are_canonical_and_every_row_is_marked(
    incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame
) -> None:
    assert incidents.dtypes.equals(no_incidents().dtypes)
    assert areas.dtypes.equals(hazards.empty_hazards().dtypes)
    assert incidents.crs == areas.crs == no_incidents().crs
    for table in (incidents, areas):
        assert table.index.name == "id"
        assert table.index.is_unique
        assert table["synthetic"].all()
        assert set(table["source"]) <= {FIRST, SECOND}
    assert incidents["narrative"].str.startswith("DONNÉE SYNTHÉTIQUE.").all()
    assert areas["name"].str.startswith("DONNÉE SYNTHÉTIQUE").all()


def test_every_kind_of_thing_is_there_to_be_tried(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> None:
    assert 1_000 <= len(incidents) <= 1_500
    assert set(incidents["hazard_type"]) == set(EXPLOSIVE) - {HazardType.SEVERAL}  # which forms alone can say
    assert set(incidents["outcome"]) == set(Outcome)
    assert set(incidents["date_precision"]) == set(DatePrecision)
    assert set(incidents["location_precision"]) == set(LocationPrecision) - {LocationPrecision.COUNTRY}
    last_quarter = incidents[incidents["date"] >= pd.Timestamp("2026-08-01")]
    assert len(last_quarter) >= 15
    assert incidents["date"].max() <= pd.Timestamp("2026-10-31")
    assert len(areas) >= 20
    assert {"suspected", "confirmed", "cleared", "reduced", "cancelled"} <= set(areas["status"])
    assert (hazards.area_difference(areas).abs() > 0.05).any()


def test_the_one_published_share_is_met(incidents: gpd.GeoDataFrame, boundaries: Boundaries) -> None:
    """46 % of the IEDs and mines recorded in 2023 lie in the region of Mopti."""
    events = incidents[(incidents["source"] == FIRST) & incidents["hazard_type"].isin(["ied", "ap_mine", "av_mine"])]
    events = events[events["date"].dt.year == 2023]
    region = _region(events, boundaries)
    known = region.notna()
    # A road may run through several regions, so events known by road only are left out of this check; without them
    # the share can move by what they may be.
    unknown = (~known).sum()
    low = (region == "region-2016-mopti").sum() / len(events)
    assert low <= 0.46 + 0.5 / len(events)
    assert low + unknown / len(events) >= 0.46 - 0.5 / len(events)
    assert known.mean() > 0.8


def _region(events: gpd.GeoDataFrame, boundaries: Boundaries) -> pd.Series:
    regions = boundaries.units("region", "2016")
    point = events.geometry.notna()
    at = Locator(regions).positions(events.geometry.x, events.geometry.y)
    located = pd.Series(np.append(regions.index.to_numpy(object), None)[at], index=events.index)  # -1: the last
    unit = events["location_unit"].astype(object)
    parents = {
        **boundaries.ancestors("commune", "region", "2016").to_dict(),
        **boundaries.ancestors("cercle", "region", "2016").to_dict(),
        **{name: name for name in regions.index},
    }
    return unit.map(parents).where(~point, located)


def test_locations_hold_what_their_precision_says(incidents: gpd.GeoDataFrame, boundaries: Boundaries) -> None:
    by_unit = incidents["location_precision"].isin([str(precision) for precision in UNIT_PRECISIONS])
    by_road = incidents["location_precision"] == LocationPrecision.ROAD_AXIS
    point = ~(by_unit | by_road)
    assert incidents.geometry[~point].isna().all()
    assert incidents["location_error_km"][~point].isna().all()
    assert (incidents["location_error_km"][point] > 0).all()
    assert incidents["location_unit"][point].isna().all()
    assert incidents.geometry[point].within(boundaries.country()).all()
    for level in ("region", "cercle", "commune"):
        named = incidents["location_unit"][incidents["location_precision"] == level]
        assert set(named) <= set(boundaries.units(level, "2016").index)
    roads = set(pd.read_csv(data_path("regions/roads.csv"))["road"])
    assert set(incidents["location_unit"][by_road]) <= roads


def test_victims_add_up_and_unknown_is_not_zero(incidents: gpd.GeoDataFrame) -> None:
    for harm in ("killed", "injured"):
        total = incidents[f"{harm}_total"]
        groups = incidents[[f"{harm}_{group}" for group in VICTIM_GROUPS if group != "total"]]
        known = groups.notna().all(axis=1) & total.notna()
        assert (groups.sum(axis=1)[known] == total[known]).all()
        people = incidents[[f"{harm}_{kind}" for kind in VICTIM_SEX_AGE]]
        told = people.notna().all(axis=1)
        assert (people.sum(axis=1)[told] == total[told]).all()
        assert total.isna().any()
        assert (told & (total > 0)).any()
        assert (~told & (total > 0)).any()
    found = incidents["outcome"] != Outcome.DETONATION
    assert (incidents.loc[found, ["killed_total", "injured_total"]] == 0).all(axis=None)


def test_no_report_is_entered_before_its_day(incidents: gpd.GeoDataFrame) -> None:
    assert (incidents["entered_at"] > incidents["date"]).all()
    assert (incidents["updated_at"] >= incidents["entered_at"]).all()


def test_second_reports_are_linked_to_the_event_they_tell_of(
    incidents: gpd.GeoDataFrame, boundaries: Boundaries
) -> None:
    events = link(incidents, boundaries=boundaries)
    pairs = events[events.duplicated(keep=False)]
    assert len(pairs) >= 150
    numbers = pairs.index.to_series().str[-5:]
    assert (numbers.groupby(pairs).nunique() == 1).mean() > 0.95


def test_the_areas_are_what_reading_the_file_gives(areas: gpd.GeoDataFrame, boundaries: Boundaries) -> None:
    last_day = tomllib.loads(data_path("synthetic/assumptions.toml").read_text(encoding="utf-8"))["last_day"]
    batch = hazards.read(data_path("synthetic/hazards.geojson"), boundaries=boundaries, today=last_day)
    assert batch.quarantined == ()
    read = batch.accepted.drop(columns=["note", "geometry"])
    pd.testing.assert_frame_equal(pd.DataFrame(read), pd.DataFrame(areas.drop(columns=["note", "geometry"])))
    assert any("overlap" in str(note) for note in batch.notes)


def test_land_moves_between_statuses_over_the_years(areas: gpd.GeoDataFrame, boundaries: Boundaries) -> None:
    end = dt.date(2026, 11, 1)
    table = hazards.area_by_unit(areas, boundaries, "region", "2016", period="year", end=end)
    released = table[table["status"] == "released"].groupby("period_start")["area_m2"].sum()
    assert released.is_monotonic_increasing
    assert 0 < released.iloc[-1] < 4_391_584  # the published figure stands beside, never mixed in
    suspected = table[table["status"] == "suspected"].groupby("period_start")["area_m2"].sum()
    assert (suspected.diff() < 0).any()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    shipped = data_path("synthetic/build.py").parent
    folder = tmp_path / "synthetic"
    folder.mkdir()
    for name in ("build.py", "areas.py", "draw.py", "events.py", "ground.py", "assumptions.toml", "SOURCES.toml"):
        shutil.copy(shipped / name, folder)
    subprocess.run([sys.executable, str(folder / "build.py")], check=True, cwd=tmp_path)
    for name in ("incidents.csv", "hazards.geojson", "SOURCES.toml"):
        assert (folder / name).read_bytes() == (shipped / name).read_bytes(), name
