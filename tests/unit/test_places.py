"""The gazetteer and the shipped roads."""

import pytest
import shapely

from geo.boundaries.places import KINDS, Gazetteer, places
from geo.boundaries.regions import Boundaries
from geo.core.crs import require_storage_crs
from geo.core.errors import AmbiguousNameError, ParameterError, UnknownNameError
from geo.core.names import fold
from geo.core.provenance import data_path
from geo.roads import load_roads


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.shipped()


def test_what_is_shipped() -> None:
    table = places()
    require_storage_crs(table, "places")
    assert table.index.is_unique
    assert table.index.name == "place_id"
    counts = table["kind"].value_counts()
    assert set(counts.index) == set(KINDS)
    assert counts["town"] == 94
    assert counts["airstrip"] == 31
    assert (table["error_km"] >= 2).all()
    assert table["source"].notna().all()
    # The border towns and coarse airstrips may fall just outside the outline, none far.
    country = Boundaries.shipped().country()
    assert shapely.distance(table.geometry.to_numpy(), country).max() < 0.03


def test_a_place_lies_in_the_cercle_it_names() -> None:
    table = places()
    cercles = Boundaries.shipped().units("cercle", "2016").set_index("name").geometry
    assert shapely.distance(table.geometry.to_numpy(), cercles.reindex(table["cercle"]).to_numpy()).max() < 0.03


def test_every_waypoint_and_every_commune_is_found(gazetteer: Gazetteer) -> None:
    rows = data_path("regions/roads.csv").read_text(encoding="utf-8").splitlines()[1:]
    for name in {row.split(",")[6] for row in rows}:
        assert gazetteer.search(name)[0].name == name
    for name in set(Boundaries.shipped().units("commune", "2016")["name"]):
        assert fold(name) in {fold(place.name) for place in gazetteer.search(name, limit=50)}


@pytest.mark.parametrize(
    ("name", "place_id"),
    [
        ("Timbuktu", "town-tombouctou"),
        ("TOMBOUCTOU", "town-tombouctou"),
        ("sevare", "village-sevare"),
        ("Ké-Macina", "town-macina"),
        ("gourma rharous", "town-gourma-rharous"),
        ("Gao", "town-gao"),
        ("GAGO", "airstrip-gago"),
        ("village-bamba", "village-bamba"),
        ("Labbezanga", "village-labbezanga"),
    ],
)
def test_any_spelling_finds_the_place(gazetteer: Gazetteer, name: str, place_id: str) -> None:
    assert gazetteer.find(name).place_id == place_id


def test_places_of_one_name_far_apart_are_told_apart(gazetteer: Gazetteer) -> None:
    with pytest.raises(AmbiguousNameError, match=r"Bougouni.*Bourem") as caught:
        gazetteer.find("Bamba")
    assert set(caught.value.candidates) >= {"town-bamba", "village-bamba"}
    assert gazetteer.find("Bamba", kind="village").cercle == "Bourem"


def test_unknown_names_and_kinds(gazetteer: Gazetteer) -> None:
    with pytest.raises(UnknownNameError) as caught:
        gazetteer.find("Sevarey")
    assert caught.value.candidates[0] == "Sévaré"
    assert len(caught.value.candidates) == 3
    with pytest.raises(ParameterError) as wrong:
        gazetteer.find("Gao", kind="city")
    assert wrong.value.parameter == "kind"


def test_search_offers_towns_first(gazetteer: Gazetteer) -> None:
    assert gazetteer.search("mop")[0].place_id == "town-mopti"
    assert gazetteer.search("tomboctou")[0].place_id == "town-tombouctou"
    assert gazetteer.search("") == ()
    assert len(gazetteer.search("b", limit=5)) == 5


def test_nearest(gazetteer: Gazetteer) -> None:
    place, distance_km = gazetteer.nearest(-4.10, 14.50)
    assert place.place_id == "village-sevare"
    assert distance_km == pytest.approx(2.46, abs=0.05)
    for lon, lat in [(float("nan"), 14.0), (-4.0, 91.0)]:
        with pytest.raises(ParameterError):
            gazetteer.nearest(lon, lat)
    with pytest.raises(ParameterError):
        gazetteer.nearest(-4.0, 14.0, kinds=())


def test_roads_are_lines_and_say_that_they_are_schematic() -> None:
    roads = load_roads()
    require_storage_crs(roads, "roads")
    assert len(roads) == 41
    assert set(roads.geom_type) == {"LineString"}
    assert roads["schematic"].all()
    assert roads["length_km"].min() > 0
    first = roads.loc["R01"]
    assert (first["ref"], first["highway"], first["surface"]) == ("RN6", "trunk", "paved")
    assert shapely.get_coordinates(first.geometry)[0].tolist() == [-8.0, 12.64]
    # A road without a number has none; it is not the word "nan".
    assert roads["ref"].dropna().str.match(r"[A-Z]+\d*").all()
