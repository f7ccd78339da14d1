"""Whatever the incidents: nothing is lost, parts add up, levels nest, the order of the rows changes nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.boundaries.regions import Boundaries
from geo.counting.counts import count
from geo.counting.events import to_events
from geo.counting.spread import Spreader
from geo.incidents.schema import HazardType, conform

pytestmark = pytest.mark.slow

BOUNDARIES = Boundaries.shipped()
MEASURES = ("events", "killed", "civilians", "women")
COMMUNES = BOUNDARIES.units("commune", "2016")
_INSIDE = COMMUNES.geometry.representative_point()
_UNIT_IDS = {
    "commune": COMMUNES.index,
    "cercle": BOUNDARIES.units("cercle", "2016").index,
    "region": BOUNDARIES.units("region", "2023").index,
}

places = st.one_of(
    st.tuples(st.sampled_from(["exact", "settlement"]), st.none(), st.integers(0, 700)),
    st.tuples(st.just("within_km"), st.sampled_from([1.0, 25.0, 80.0]), st.integers(0, 700)),
    st.tuples(st.sampled_from(["commune", "cercle", "region"]), st.none(), st.integers(0, 700)),
    st.tuples(st.just("road_axis"), st.none(), st.integers(1, 41)),
    st.tuples(st.just("country"), st.none(), st.just(0)),
)
victims = st.one_of(st.none(), st.integers(0, 200))


@st.composite
def incidents(draw: st.DrawFn, *, linked: bool = True) -> gpd.GeoDataFrame:
    rows = []
    for n in range(draw(st.integers(1, 12))):
        precision, error_km, number = draw(places)
        is_point = precision in ("exact", "settlement", "within_km")
        unit = None
        if precision == "road_axis":
            unit = f"R{number:02}"
        elif precision in _UNIT_IDS:
            unit = _UNIT_IDS[precision][number % len(_UNIT_IDS[precision])]
        date_precision = draw(st.sampled_from(["day", "month", "year"]))
        rows.append(
            {
                "id": f"i{n}",
                "event_id": f"e{draw(st.integers(0, 6))}" if linked else f"e{n}",
                "source": draw(st.sampled_from(["acled", "imsma"])),
                "date": draw(st.dates(pd.Timestamp("2018-01-01").date(), pd.Timestamp("2021-12-31").date())),
                "date_precision": date_precision,
                "location_precision": precision,
                "location_error_km": error_km,
                "location_unit": unit,
                "hazard_type": draw(st.sampled_from(list(HazardType))).value,
                "synthetic": draw(st.booleans()),
                "killed_total": draw(victims),
                "killed_civilian": draw(victims),
                "injured_civilian": draw(victims),
                "killed_women": draw(victims),
                "geometry": _INSIDE.iloc[number] if is_point else None,
            }
        )
    frame = pd.DataFrame(rows).set_index("id")
    freq = frame["date_precision"].map({"day": "D", "month": "M", "year": "Y"})
    frame["date"] = [pd.Timestamp(day).to_period(f).start_time for day, f in zip(frame["date"], freq, strict=True)]
    event_id = frame.pop("event_id")
    return conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=4326)).assign(event_id=event_id)


def counted(table: gpd.GeoDataFrame, level: str, period: str = "month") -> pd.DataFrame:
    return count(table, BOUNDARIES, level, "2016", period=period, measures=MEASURES, hazards=list(HazardType))


@settings(max_examples=40)
@given(
    incidents(), st.sampled_from(["commune", "cercle", "region"]), st.sampled_from(["day", "month", "quarter", "year"])
)
def test_nothing_is_lost(table: gpd.GeoDataFrame, level: str, period: str) -> None:
    counts = counted(table, level, period)
    sums = counts.groupby("measure")[["exact", "spread", "total", "unknown_events"]].sum()
    events = to_events(table)
    assert sums.loc["events", "total"] == pytest.approx(len(events), abs=1e-9)
    assert sums.loc["killed", "total"] == pytest.approx(float(events["killed_total"].sum()), abs=1e-9)
    civilians = events[["killed_civilian", "injured_civilian"]]
    assert sums.loc["civilians", "total"] == pytest.approx(float(civilians.sum().sum()), abs=1e-9)
    assert sums.loc["killed", "unknown_events"] == pytest.approx(float(events["killed_total"].isna().sum()), abs=1e-9)
    by_hazard = counts[counts["measure"] == "events"].groupby("hazard_type")["total"].sum()
    pd.testing.assert_series_equal(
        by_hazard, events["hazard_type"].value_counts().sort_index().astype(float), check_names=False, check_dtype=False
    )


@settings(max_examples=30)
@given(incidents(), st.sampled_from(["commune", "cercle", "region"]))
def test_exact_and_spread_make_the_total(table: gpd.GeoDataFrame, level: str) -> None:
    counts = counted(table, level)
    np.testing.assert_allclose(counts["exact"] + counts["spread"], counts["total"], rtol=0, atol=1e-12)
    stated = counts["total"].dropna()
    assert (stated >= 0).all()
    assert (counts[counts["measure"] == "events"]["total"] > 0).all()


@settings(max_examples=30)
@given(incidents())
def test_coarser_units_are_the_sum_of_finer_ones(table: gpd.GeoDataFrame) -> None:
    keys = ["unit_id", "period_start", "hazard_type", "measure"]
    for fine, coarse in (("commune", "cercle"), ("commune", "region")):
        finer, coarser = counted(table, fine), counted(table, coarse).set_index(keys)
        parents = BOUNDARIES.ancestors(fine, coarse, "2016")
        added = finer.assign(unit_id=finer["unit_id"].map(parents))
        added = added.groupby(keys)[["total", "unknown_events"]].sum()
        np.testing.assert_allclose(added, coarser[["total", "unknown_events"]].fillna(0).loc[added.index], atol=1e-9)
        assert len(added) == len(coarser)
        # what is exact below is exact above
        below = finer.assign(unit_id=finer["unit_id"].map(parents)).groupby(keys)["exact"].sum()
        assert (below <= coarser["exact"].fillna(0).loc[below.index] + 1e-9).all()


@settings(max_examples=30)
@given(incidents(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(table: gpd.GeoDataFrame, random: object) -> None:
    order = list(table.index)
    random.shuffle(order)
    pd.testing.assert_frame_equal(
        counted(table.loc[order], "cercle"), counted(table, "cercle"), check_exact=False, rtol=1e-12
    )


@settings(max_examples=30)
@given(incidents(linked=False), st.randoms(use_true_random=False))
def test_shares_sum_to_one_and_follow_their_rows(table: gpd.GeoDataFrame, random: object) -> None:
    weights = pd.Series(np.linspace(0.1, 50, len(COMMUNES)), index=COMMUNES.index)
    shares = Spreader(COMMUNES, BOUNDARIES).shares(table, weights)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-12)
    assert (shares.data > 0).all()
    order = list(range(len(table)))
    random.shuffle(order)
    permuted = Spreader(COMMUNES, BOUNDARIES).shares(table.iloc[order], weights)
    assert abs(permuted - shares[order]).max() < 1e-12


@settings(max_examples=20)
@given(st.floats(-12, 4), st.floats(10.5, 24.5), st.floats(0.1, 60))
def test_the_split_of_a_disc_depends_on_the_units_and_not_on_how_it_was_found(
    lon: float, lat: float, km: float
) -> None:
    """A disc inside one unit takes a short cut; it must say what the overlap says."""
    assume(BOUNDARIES.country().contains(Point(lon, lat)))
    row = pd.DataFrame(
        {"location_precision": ["within_km"], "location_error_km": [km], "location_unit": [None]}, index=["i"]
    )
    table = gpd.GeoDataFrame(row, geometry=[Point(lon, lat)], crs=4326)
    regions = BOUNDARIES.units("region", "2016")
    membership = BOUNDARIES.ancestors("commune", "region", "2016").map(
        {name: k for k, name in enumerate(regions.index)}
    )
    direct = Spreader(regions, BOUNDARIES).shares(table).toarray()[0]
    fine = Spreader(COMMUNES, BOUNDARIES).shares(table).toarray()[0]
    np.testing.assert_allclose(
        np.bincount(membership.loc[COMMUNES.index], fine, minlength=len(regions)), direct, atol=1e-9
    )
