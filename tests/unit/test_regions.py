"""The shipped boundaries: a clean coverage in three vintages that share their edges."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.boundaries.regions import LEVELS, UNIT_COLUMNS, Boundaries
from geo.core.crs import METRIC_CRS, require_storage_crs
from geo.core.errors import ParameterError

AREA_KM2 = 1_253_557
POPULATION = 17_907_114
TABLES = [
    ("region", "2015", 9),
    ("region", "2016", 11),
    ("region", "2023", 20),
    ("cercle", "2015", 50),
    ("cercle", "2016", 50),
    ("commune", "2015", 701),
    ("commune", "2016", 701),
    ("commune", "2023", 701),
]


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


def segments(geometries: np.ndarray) -> set[frozenset[tuple[float, float]]]:
    rings = shapely.get_rings(shapely.get_parts(geometries))
    return {
        frozenset((tuple(a), tuple(b)))
        for ring in rings
        for a, b in zip(shapely.get_coordinates(ring)[:-1], shapely.get_coordinates(ring)[1:], strict=True)
    }


@pytest.mark.parametrize(("level", "vintage", "count"), TABLES)
def test_each_table_is_a_clean_coverage_of_the_country(
    boundaries: Boundaries, level: str, vintage: str, count: int
) -> None:
    table = boundaries.units(level, vintage)
    require_storage_crs(table, level)
    polygons = table.geometry.to_numpy()
    assert len(table) == count
    assert table.index.is_unique
    assert table.index.name == "unit_id"
    assert tuple(table.columns) == (*UNIT_COLUMNS, "geometry")
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    union = shapely.coverage_union_all(polygons)
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0, "a gap inside the country"
    metric = table.geometry.to_crs(METRIC_CRS)
    assert metric.area.sum() / 1e6 == pytest.approx(AREA_KM2, rel=0.002)
    # With no overlap the parts add up to the whole.
    whole = gpd.GeoSeries([union], crs=table.crs).to_crs(METRIC_CRS).area.iloc[0]
    assert metric.area.sum() == pytest.approx(whole, rel=1e-9)
    assert table["area_km2"].to_numpy() == pytest.approx(metric.area.to_numpy() / 1e6, rel=1e-4)


def test_no_two_communes_overlap(boundaries: Boundaries) -> None:
    # Independent of the coverage functions: pair by pair.
    polygons = boundaries.units("commune", "2016").geometry.to_numpy()
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = first < second
    assert pairs.sum() > 1500
    assert shapely.area(shapely.intersection(polygons[first[pairs]], polygons[second[pairs]])).max() == 0.0


@pytest.mark.parametrize(("level", "vintage", "count"), TABLES)
def test_winding_follows_rfc_7946(boundaries: Boundaries, level: str, vintage: str, count: int) -> None:
    parts = shapely.get_parts(boundaries.units(level, vintage).geometry.to_numpy())
    assert shapely.is_ccw(shapely.get_exterior_ring(parts)).all()
    holes = [ring for part in parts for ring in part.interiors]
    assert not shapely.is_ccw(holes).any()


@pytest.mark.parametrize(("level", "vintage"), [(level, vintage) for level, vintage, _ in TABLES if level != "commune"])
def test_coarser_levels_have_no_edge_that_communes_lack(boundaries: Boundaries, level: str, vintage: str) -> None:
    communes = segments(boundaries.units("commune", vintage).geometry.to_numpy())
    assert segments(boundaries.units(level, vintage).geometry.to_numpy()) <= communes


def test_the_country_is_the_union_of_every_level(boundaries: Boundaries) -> None:
    country = boundaries.country()
    assert shapely.is_valid(country)
    for level, vintage, _ in TABLES:
        assert shapely.equals(country, shapely.coverage_union_all(boundaries.units(level, vintage).geometry.to_numpy()))
    assert country.contains(shapely.Point(-8.0, 12.64))
    assert not country.contains(shapely.Point(2.11, 13.51))  # Niamey


def test_new_regions_of_2016(boundaries: Boundaries) -> None:
    before = set(boundaries.units("region", "2015")["name"])
    after = set(boundaries.units("region", "2016")["name"])
    assert after - before == {"Ménaka", "Taoudénit"}
    assert before <= after


def test_approximate_units_say_why(boundaries: Boundaries) -> None:
    for level, vintage, _ in TABLES:
        table = boundaries.units(level, vintage)
        assert (table["approximate"] == table["note"].notna()).all()
    regions = boundaries.units("region", "2016").set_index("name")
    assert set(regions.index[regions["approximate"]]) == {"Gao", "Ménaka", "Tombouctou", "Taoudénit"}
    assert not boundaries.units("region", "2015")["approximate"].any()
    later = boundaries.units("region", "2023").set_index("name")
    assert set(later.index[~later["approximate"]]) == {"Bamako"}


def test_population_is_known_for_whole_cercles_only(boundaries: Boundaries) -> None:
    for vintage in ("2015", "2016"):
        cercles = boundaries.units("cercle", vintage)
        assert cercles["population"].sum() == POPULATION
        assert set(cercles["population_year"]) == {2020}
        assert boundaries.units("commune", vintage)["population"].isna().all()
    assert boundaries.units("region", "2015")["population"].sum() == POPULATION
    for vintage in ("2016", "2023"):
        regions = boundaries.units("region", vintage).set_index("name")
        assert set(regions.index[regions["population"].isna()]) == {"Tombouctou", "Taoudénit"}
        assert (regions["population"].isna() == regions["population_year"].isna()).all()
    assert boundaries.units("region", "2016").loc["region-2016-menaka", "population"] == 67_119
    assert boundaries.units("cercle", "2016").loc["cercle-gourma-rharous", "population"] == 136_852


def test_the_same_code_means_another_cercle_in_another_set(boundaries: Boundaries) -> None:
    old = boundaries.units("cercle", "2015")
    new = boundaries.units("cercle", "2016")
    assert set(old["pcode_set"]) == {"cod2015"}
    assert set(new["pcode_set"]) == {"ocha2020"}
    assert (old["pcode"] == new["pcode"].reindex(old.index)).sum() == 9


def test_cercles_of_2023_are_refused_with_the_reason(boundaries: Boundaries) -> None:
    with pytest.raises(ParameterError, match="159 cercles of 2023 have no open geometry") as caught:
        boundaries.units("cercle", "2023")
    assert caught.value.parameter == "level"
    assert boundaries.levels("2023") == ("region", "commune")


@pytest.mark.parametrize(
    ("level", "vintage", "parameter"),
    [("cercle", "2014", "vintage"), ("region", "", "vintage"), ("district", "2016", "level"), ("", "2016", "level")],
)
def test_unknown_levels_and_vintages_are_named(
    boundaries: Boundaries, level: str, vintage: str, parameter: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        boundaries.units(level, vintage)
    assert caught.value.parameter == parameter


@pytest.mark.parametrize("vintage", ["2015", "2016"])
def test_parents_lead_to_the_unit_that_contains(boundaries: Boundaries, vintage: str) -> None:
    communes, cercles = boundaries.units("commune", vintage), boundaries.units("cercle", vintage)
    parents = boundaries.ancestors("commune", "cercle", vintage)
    assert (parents == communes["parent_id"]).all()
    points = communes.geometry.representative_point()
    inside = shapely.contains(cercles.geometry.reindex(parents).to_numpy(), points.to_numpy())
    assert inside.all()


@pytest.mark.parametrize("vintage", ["2015", "2016", "2023"])
def test_communes_lie_in_the_region_they_name(boundaries: Boundaries, vintage: str) -> None:
    communes, regions = boundaries.units("commune", vintage), boundaries.units("region", vintage)
    ancestors = boundaries.ancestors("commune", "region", vintage)
    assert ancestors.index.equals(communes.index) or set(ancestors.index) == set(communes.index)
    points = communes.geometry.representative_point()
    holders = regions.geometry.reindex(ancestors.reindex(communes.index))
    assert shapely.contains(holders.to_numpy(), points.to_numpy()).all()
    assert set(ancestors) == set(regions.index)


def test_salam_is_taoudenit(boundaries: Boundaries) -> None:
    ancestors = boundaries.ancestors("commune", "region", "2016")
    salam = boundaries.resolve("Salam", level="commune").unit_id
    assert ancestors[ancestors == "region-2016-taoudenit"].index.tolist() == [salam]
    assert boundaries.ancestors("cercle", "region", "2016")["cercle-tombouctou"] == "region-2016-tombouctou"


def test_ancestors_must_be_coarser(boundaries: Boundaries) -> None:
    with pytest.raises(ParameterError) as caught:
        boundaries.ancestors("cercle", "commune", "2016")
    assert caught.value.parameter == "ancestor"


@pytest.mark.parametrize("tolerance_m", [100, 1_000, 5_000])
@pytest.mark.parametrize(("level", "vintage"), [("commune", "2016"), ("cercle", "2016"), ("region", "2023")])
def test_simplified_outlines_still_share_their_edges(
    boundaries: Boundaries, level: str, vintage: str, tolerance_m: float
) -> None:
    full = boundaries.units(level, vintage)
    simple = boundaries.simplified(level, vintage, tolerance_m)
    polygons = simple.geometry.to_numpy()
    assert simple.index.equals(full.index)
    pd.testing.assert_frame_equal(simple.drop(columns="geometry"), full.drop(columns="geometry"))
    assert shapely.coverage_is_valid(polygons)
    assert shapely.is_valid(polygons).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(shapely.get_parts(polygons))).all()
    assert len(shapely.coverage_union_all(polygons).interiors) == 0
    count = shapely.get_num_coordinates(polygons).sum()
    assert count < shapely.get_num_coordinates(full.geometry.to_numpy()).sum()
    moved = simple.geometry.to_crs(METRIC_CRS).hausdorff_distance(full.geometry.to_crs(METRIC_CRS))
    assert moved.max() < 20 * tolerance_m


def test_no_tolerance_changes_nothing_and_a_wrong_one_is_refused(boundaries: Boundaries) -> None:
    exact = boundaries.simplified("region", "2016", 0)
    assert exact.geom_equals_exact(boundaries.units("region", "2016"), 0.0).all()
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ParameterError) as caught:
            boundaries.simplified("region", "2016", wrong)
        assert caught.value.parameter == "tolerance_m"


def test_callers_cannot_change_what_others_get(boundaries: Boundaries) -> None:
    for table in (boundaries.units("region", "2016"), boundaries.simplified("region", "2016", 1000)):
        table["name"] = "changed"
        table.loc[:, "area_km2"] = 0.0
    assert "changed" not in set(boundaries.units("region", "2016")["name"])
    assert boundaries.simplified("region", "2016", 1000)["area_km2"].min() > 0


def test_ids_are_the_contract(boundaries: Boundaries) -> None:
    assert boundaries.vintages() == ("2015", "2016", "2023")
    assert "region-2016-mopti" in boundaries.units("region", "2016").index
    assert "cercle-mopti" in boundaries.units("cercle", "2015").index
    assert "commune-ml050601" in boundaries.units("commune", "2023").index
    for level in LEVELS:
        ids = boundaries.units(level, "2015").index
        assert all(each.isascii() and each.startswith(f"{level}-") for each in ids)


def test_names_are_not_mojibake(boundaries: Boundaries) -> None:
    for level in LEVELS:
        assert not set(" ".join(boundaries.units(level, "2016")["name"])) & set("ÃÂ\ufffd?")
    assert {"Ségou", "Ténenkou", "Abeïbara", "Dioïla"} <= set(boundaries.units("cercle", "2016")["name"])
