"""Counts on small incident tables: what is exact, what is spread, what is unknown, what counts once."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point
from store_kit import no_incidents

from geo.boundaries.grid import to_metric
from geo.boundaries.importing import combine, read_units
from geo.boundaries.overlap import left_out, overlaps
from geo.boundaries.regions import Boundaries
from geo.core.crs import TO_METRIC
from geo.core.errors import InputError, ParameterError
from geo.counting.counts import COUNT_COLUMNS, MEASURES, count
from geo.counting.density import base_units, population_density
from geo.counting.events import to_events
from geo.counting.spread import Spreader
from geo.incidents.readers import read
from geo.incidents.schema import conform
from geo.roads import load_roads

BOUNDARIES = Boundaries.shipped()
GAO_TOWN = Point(-0.05, 16.27)


def incident(**changes: object) -> dict[str, object]:
    return {
        "id": "a",
        "source": "imsma",
        "source_id": "1",
        "date": "2020-05-17",
        "date_precision": "day",
        "location_precision": "exact",
        "location_error_km": 0.1,
        "location_unit": None,
        "hazard_type": "ied",
        "synthetic": False,
        "geometry": GAO_TOWN,
        **changes,
    }


def table_of(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(list(rows)).set_index("id")
    frame["date"] = pd.to_datetime(frame["date"])
    events = frame.pop("event_id") if "event_id" in frame else None
    table = conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=4326))
    return table if events is None else table.assign(event_id=events)


def counted(*rows: dict[str, object], level: str = "cercle", vintage: str = "2016", **options: object) -> pd.DataFrame:
    return count(table_of(*rows), BOUNDARIES, level, vintage, **options)


def one(table: pd.DataFrame, measure: str) -> pd.Series:
    rows = table[table["measure"] == measure]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_precise_event_counts_once_in_its_cercle_month_and_type() -> None:
    table = counted(incident())
    assert tuple(table.columns) == COUNT_COLUMNS
    row = one(table, "events")
    assert (row["unit_id"], row["period_start"], row["hazard_type"]) == (
        "cercle-gao",
        pd.Timestamp("2020-05-01"),
        "ied",
    )
    assert (row["exact"], row["spread"], row["total"], row["unknown_events"]) == (1.0, 0.0, 1.0, 0.0)
    assert (row["sources"], bool(row["synthetic"])) == ("imsma", False)


def test_unknown_victims_are_not_zero() -> None:
    table = counted(
        incident(killed_total=2, killed_men=0), incident(id="b", source_id="2", killed_total=None, killed_men=3)
    )
    killed, men, injured = one(table, "killed"), one(table, "men"), one(table, "injured")
    assert (killed["total"], killed["unknown_events"]) == (2.0, 1.0)
    # men are the killed and the injured: of both events a part is unknown
    assert (men["total"], men["unknown_events"]) == (3.0, 2.0)
    assert np.isnan(injured[["exact", "spread", "total"]].astype(float)).all()
    assert injured["unknown_events"] == 2.0
    assert one(counted(incident(killed_total=0)), "killed")["total"] == 0.0


def test_conflict_events_are_counted_only_when_asked() -> None:
    rows = incident(), incident(id="b", hazard_type="not_explosive")
    assert set(counted(*rows)["hazard_type"]) == {"ied"}
    asked = counted(*rows, hazards=["ied", "not_explosive"])
    assert set(asked["hazard_type"]) == {"ied", "not_explosive"}
    assert asked[asked["measure"] == "events"]["total"].tolist() == [1.0, 1.0]


def test_linked_reports_count_once_with_the_best_of_each() -> None:
    vague = incident(
        id="acled-1", source="acled", event_id="e", location_precision="cercle", location_unit="cercle-kidal",
        location_error_km=None, geometry=None, hazard_type="unknown", killed_total=4, injured_total=1, synthetic=True,
    )  # fmt: skip
    precise = incident(id="imsma-1", event_id="e", date="2020-05-01", date_precision="month", killed_total=3)
    table = counted(vague, precise)
    row = one(table, "events")
    assert (row["unit_id"], row["hazard_type"], row["total"]) == ("cercle-gao", "ied", 1.0)
    assert row["sources"] == "acled; imsma"
    assert row["synthetic"]
    assert one(table, "killed")["total"] == 4.0
    assert one(table, "injured")["total"] == 1.0
    event = to_events(table_of(vague, precise)).loc["e"]
    assert event["date"] == pd.Timestamp("2020-05-17")
    assert event["reports"] == 2


def test_a_disc_across_a_border_is_spread_by_area_times_weight() -> None:
    units = BOUNDARIES.units("cercle", "2016")
    row = incident(location_precision="within_km", location_error_km=25.0, geometry=Point(-4.09, 14.52))
    table = table_of(row)
    weights = pd.Series(np.linspace(1, 5, len(units)), index=units.index)
    shares = Spreader(units, BOUNDARIES).shares(table, weights).toarray()[0]
    x, y = TO_METRIC.transform(-4.09, 14.52)
    disc = Point(x, y).buffer(25_000, quad_segs=64)
    areas = shapely.area(shapely.intersection(to_metric(units.geometry.to_numpy()), disc)) * weights.to_numpy()
    np.testing.assert_allclose(shares, areas / areas.sum(), atol=1e-12)
    assert (shares > 0).sum() >= 2
    assert one(counted(row)[lambda t: t["unit_id"] == "cercle-mopti"], "events")["exact"] == 0.0


def test_a_disc_inside_one_unit_is_exact_and_the_finer_level_is_spread() -> None:
    row = incident(location_precision="within_km", location_error_km=40.0)
    assert one(counted(row, level="region"), "events")["exact"] == 1.0
    communes = counted(row, level="commune")
    assert communes[communes["measure"] == "events"]["spread"].sum() == pytest.approx(1.0, abs=1e-12)


def test_settlements_and_missing_errors_take_their_class() -> None:
    units = BOUNDARIES.units("commune", "2016")
    stated = table_of(incident(location_precision="settlement", location_error_km=2.0))
    silent = table_of(incident(location_precision="settlement", location_error_km=None))
    difference = Spreader(units, BOUNDARIES).shares(stated) - Spreader(units, BOUNDARIES).shares(silent)
    assert abs(difference).max() == 0


def test_an_event_known_by_its_cercle_is_exact_there_and_spread_below() -> None:
    row = incident(location_precision="cercle", location_unit="cercle-gao", location_error_km=None, geometry=None)
    for level, vintage, unit in (("cercle", "2016", "cercle-gao"), ("region", "2016", "region-2016-gao")):
        found = one(counted(row, level=level, vintage=vintage), "events")
        assert (found["unit_id"], found["exact"]) == (unit, 1.0)
    communes = counted(row, level="commune", measures=["events"])
    parents = BOUNDARIES.units("commune", "2016")["parent_id"]
    assert set(communes["unit_id"]) == set(parents.index[parents == "cercle-gao"])
    assert communes["exact"].sum() == 0.0
    assert communes["spread"].sum() == pytest.approx(1.0, abs=1e-12)


def test_the_split_cercle_is_spread_over_its_two_regions_by_population_or_area() -> None:
    row = incident(
        location_precision="cercle", location_unit="cercle-tombouctou", location_error_km=None, geometry=None
    )
    table = counted(row, level="region", measures=["events"])
    assert set(table["unit_id"]) == {"region-2016-tombouctou", "region-2016-taoudenit"}
    assert table["exact"].sum() == 0.0
    assert table["total"].sum() == pytest.approx(1.0, abs=1e-12)


def test_an_event_known_by_its_road_is_spread_along_it() -> None:
    row = incident(location_precision="road_axis", location_unit="R02", location_error_km=None, geometry=None)
    units = BOUNDARIES.units("cercle", "2016")
    shares = Spreader(units, BOUNDARIES).shares(table_of(row)).toarray()[0]
    road = to_metric(load_roads().geometry.loc[["R02"]].to_numpy())[0]
    lengths = shapely.length(shapely.intersection(to_metric(units.geometry.to_numpy()), road))
    np.testing.assert_allclose(shares, lengths / lengths.sum(), atol=1e-9)
    assert (shares > 0).sum() >= 3


def test_an_event_known_by_the_country_follows_the_population() -> None:
    row = incident(location_precision="country", location_error_km=None, geometry=None)
    table = counted(row, measures=["events"]).set_index("unit_id")["total"]
    people = BOUNDARIES.units("cercle", "2016")["population"].astype(float)
    assert len(table) == 50
    np.testing.assert_allclose(table, (people / people.sum()).loc[table.index], rtol=1e-6)


def test_a_point_just_outside_the_border_belongs_to_the_nearest_unit() -> None:
    west = BOUNDARIES.country().bounds[0]
    edge = shapely.get_coordinates(BOUNDARIES.country())
    tip = edge[edge[:, 0].argmin()]
    row = incident(geometry=Point(west - 0.007, tip[1]))
    assert not BOUNDARIES.country().intersects(row["geometry"])
    assert one(counted(row), "events")["total"] == 1.0


def test_a_point_far_outside_is_an_error_that_names_it() -> None:
    with pytest.raises(InputError, match="Incident paris lies outside every unit"):
        counted(incident(id="paris", geometry=Point(2.35, 48.86)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"geometry": None}, "exact but lacks a position"),
        ({"location_precision": "within_km", "location_error_km": None}, "lacks a location error in km"),
        ({"location_precision": "within_km", "location_error_km": -1.0}, "lacks a location error in km"),
        ({"location_precision": "cercle", "location_unit": None}, "lacks a unit or a road"),
        ({"location_precision": "cercle", "location_unit": "cercle-nowhere"}, "placed in cercle-nowhere"),
        ({"location_precision": "road_axis", "location_unit": "R99"}, "placed in R99"),
        ({"date": None}, "Incident x has no date"),
    ],
)
def test_what_cannot_be_placed_is_named(changes: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        counted(incident(id="ok"), incident(**{"id": "x", **changes}))


def test_a_year_is_spread_over_its_months_by_days_and_a_month_is_exact() -> None:
    year = counted(incident(date="2020-01-01", date_precision="year"), measures=["events"])
    assert len(year) == 12
    assert year["exact"].sum() == 0.0
    by_month = year.set_index("period_start")["spread"]
    assert by_month[pd.Timestamp("2020-02-01")] == pytest.approx(29 / 366, abs=1e-15)
    assert by_month.sum() == pytest.approx(1.0, abs=1e-12)
    assert one(counted(incident(date="2020-01-01", date_precision="year"), period="year"), "events")["exact"] == 1.0
    assert one(counted(incident(date="2020-02-01", date_precision="month")), "events")["exact"] == 1.0
    days = counted(incident(date="2020-02-01", date_precision="month"), period="day", measures=["events"])
    assert days["spread"].tolist() == [pytest.approx(1 / 29)] * 29


def test_quarters_begin_in_january_april_july_and_october() -> None:
    rows = [incident(id=f"m{month}", date=f"2019-{month:02}-28") for month in range(1, 13)]
    table = counted(*rows, period="quarter", measures=["events"])
    assert table["period_start"].dt.month.tolist() == [1, 4, 7, 10]
    assert table["total"].tolist() == [3.0] * 4


def test_no_incidents_give_no_rows() -> None:
    table = count(no_incidents(), BOUNDARIES, "cercle", "2016")
    assert tuple(table.columns) == COUNT_COLUMNS
    assert table.empty
    assert counted(incident(hazard_type="not_explosive")).empty


def test_all_measures_can_be_counted() -> None:
    table = counted(incident(killed_civilian=1, injured_civilian=2, injured_girls=2), measures=list(MEASURES))
    totals = table.set_index("measure")["total"]
    assert totals["civilians"] == 3.0
    assert totals["girls"] == totals["injured_girls"] == 2.0
    assert np.isnan(totals["killed_girls"])


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"measures": ["deaths"]}, "measures"),
        ({"period": "week"}, "period"),
        ({"level": "province"}, "level"),
        ({"vintage": "2023"}, "level"),
        ({"weights": pd.Series({"commune-ml010101": 1.0})}, "weights"),
    ],
)
def test_bad_parameters_are_named(options: dict[str, object], parameter: str) -> None:
    with pytest.raises(ParameterError) as raised:
        counted(incident(), **options)
    assert raised.value.parameter == parameter


def test_every_vintage_counts_at_every_level_it_has() -> None:
    for vintage in BOUNDARIES.vintages():
        for level in BOUNDARIES.levels(vintage):
            assert one(counted(incident(), level=level, vintage=vintage), "events")["total"] == 1.0


def test_population_density_adds_up_to_the_population() -> None:
    communes = BOUNDARIES.units("commune", "2016")
    density = population_density(communes, BOUNDARIES)
    areas_km2 = shapely.area(to_metric(communes.geometry.to_numpy())) / 1e6
    assert (density * areas_km2).sum() == pytest.approx(17_907_114, rel=1e-6)


def test_finest_units_make_up_the_coarser_ones() -> None:
    base, membership = base_units(BOUNDARIES, "region", "2023")
    assert membership.shape == (701, 20)
    assert (membership.sum(axis=1) == 1).all()
    polygons = to_metric(BOUNDARIES.units("region", "2023").geometry.to_numpy())
    shared = overlaps(to_metric(base.geometry.to_numpy()), polygons)
    assert abs(shared - membership.multiply(shared)).max() < 1.0  # m²: no commune reaches into another region


@pytest.mark.sample
def test_the_sample_counts_every_event_and_death_in_mali(sample_data: Path) -> None:
    file = sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"
    incidents = read(file, boundaries=BOUNDARIES, today=pd.Timestamp("2021-06-01").date()).accepted
    raw = pd.read_csv(file)
    mali = raw[raw["country"] == "Mali"]
    assert len(mali) == 891
    table = count(incidents, BOUNDARIES, "cercle", "2016", measures=["events", "killed"], hazards=["not_explosive"])
    totals = table.groupby("measure")[["exact", "spread", "total"]].sum()
    assert totals.loc["events", "total"] == pytest.approx(891, abs=1e-9)
    assert totals.loc["killed", "total"] == pytest.approx(mali["best_death"].sum(), abs=1e-9)
    assert totals.loc["events", "spread"] > 300


@pytest.mark.sample
def test_an_imported_vintage_counts_at_each_of_its_levels(sample_data: Path) -> None:
    parts = [read_units(sample_data / f"boundaries/cod_ab_mli_adm{k}_2015.geojson", vintage="cod") for k in (1, 2, 3)]
    boundaries = Boundaries.with_imported({"cod": combine([part.units for part in parts])})
    known_by_cercle = incident(id="b", location_precision="cercle", location_unit="cercle-gao", geometry=None)
    table = table_of(incident(), known_by_cercle)
    for level in boundaries.levels("cod"):
        counts = count(table, boundaries, level, "cod", measures=["events"])
        assert counts["total"].sum() == pytest.approx(2.0, abs=1e-9)
        # the outlines differ from the shipped ones: the cercle reaches a little into its neighbours
        assert counts["exact"].sum() == 1.0
        assert counts["unit_id"].str.contains("cod").all()


@pytest.fixture(scope="module")
def partly() -> Boundaries:
    """The shipped vintages, and one of the cercles of the region of Mopti alone."""
    cercles = BOUNDARIES.units("cercle", "2015")
    mopti = cercles[cercles["parent_id"] == "region-2015-mopti"]
    renamed = mopti.rename(index=lambda name: name.replace("cercle", "cercle-part")).assign(
        vintage="part", parent_id=None
    )
    return Boundaries.with_imported({"part": renamed})


def test_what_lies_where_a_vintage_has_no_units_is_not_counted_in_it(partly: Boundaries) -> None:
    table = table_of(
        incident(id="gao", geometry=Point(-0.04, 16.27)),
        incident(id="cercle", location_precision="cercle", location_unit="cercle-gao", geometry=None),
        incident(id="mopti", geometry=Point(-4.0, 14.6)),
    )
    counts = count(table, partly, "cercle", "part", measures=["events"])
    assert counts["unit_id"].tolist() == ["cercle-part-mopti"]
    assert counts[["exact", "spread"]].to_numpy().tolist() == [[1.0, 0.0]]
    assert count(table, partly, "cercle", "2016", measures=["events"])["total"].sum() == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("row", "least", "most"),
    [
        # on the border of the region; the region's part of the country's people or area
        (incident(location_precision="within_km", location_error_km=20.0, geometry=Point(-4.85, 15.45)), 0.01, 0.99),
        (incident(location_precision="country", location_error_km=None, geometry=None), 0.05, 0.1),
    ],
)
def test_only_the_part_that_may_lie_in_its_units_is_counted_and_never_as_exact(
    partly: Boundaries, row: dict[str, object], least: float, most: float
) -> None:
    counts = count(table_of(row), partly, "cercle", "part", measures=["events"])
    assert least < counts["total"].sum() < most
    assert (counts["exact"] == 0).all()


def test_a_point_abroad_is_an_error_in_a_vintage_of_a_part_too(partly: Boundaries) -> None:
    with pytest.raises(InputError, match="Incident paris lies outside every unit"):
        count(table_of(incident(id="paris", geometry=Point(2.35, 48.86))), partly, "cercle", "part")


@pytest.mark.parametrize("vintage", BOUNDARIES.vintages())
def test_the_shipped_vintages_leave_nothing_out(vintage: str) -> None:
    for level in BOUNDARIES.levels(vintage):
        units = to_metric(BOUNDARIES.units(level, vintage).geometry.to_numpy())
        assert len(left_out(units, BOUNDARIES)) == 0
        whole = left_out(units[1:], BOUNDARIES)
        assert shapely.area(whole).sum() == pytest.approx(shapely.area(units[0]), rel=0.03)
