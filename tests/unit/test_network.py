"""The road network: the shipped one against what is known, its parts, positions, exclusions, times and cache."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from roads_kit import on_edge, small_network

from geo.core.crs import GEOD
from geo.core.errors import FileError, GeometryError, NoRouteError, NotFoundError, OffNetworkError, ParameterError
from geo.roads import CLASSES, SURFACES, Network, load_roads, shipped_network
from geo.roads.arcs import Arcs, Position, Route
from geo.roads.assemble import network_components
from geo.roads.cache import installed_network, load_network, save_network
from geo.roads.cutting import edge_part, point_at, route_line
from geo.roads.exclusions import closed_edges, exclude_areas, exclude_edges, explain_no_route, seasonal_closures
from geo.roads.routing import Router
from geo.roads.segments import MAX_SEGMENT_KM, cut_segments, passed_segments, segment_counts
from geo.roads.snapping import Snapper, at_node
from geo.roads.travel import Travel, durations_min, season_of, speeds


@pytest.fixture(scope="module")
def network() -> Network:
    return shipped_network()


@pytest.fixture(scope="module")
def router(network: Network) -> Router:
    return Router(network)


def town(network: Network, name: str) -> Position:
    (node,) = [n for n in range(network.node_count) if network.text(int(network.node_name[n])) == name]
    return at_node(network, node)


def towns_of(network: Network, route: Route) -> list[str]:
    """Names of the junctions a route passes, in order."""
    forward = route.end > route.start
    nodes = np.where(forward, network.head[route.edge], network.tail[route.edge])
    return [str(network.text(int(network.node_name[node]))) for node in nodes]


def test_sevare_gao_runs_by_konna_douentza_hombori_gossi(network: Network, router: Router) -> None:
    route = router.customise(network.length_km).route(town(network, "Sévaré"), town(network, "Gao"))
    assert route is not None
    assert route.total(network.length_km) == pytest.approx(517, abs=1)  # published: 573 by road
    passed = towns_of(network, route)
    assert [each for each in passed if each in ("Konna", "Douentza", "Hombori", "Gossi", "Gao")] == [
        "Konna",
        "Douentza",
        "Hombori",
        "Gossi",
        "Gao",
    ]


def test_gao_labbezanga_is_about_180_km(network: Network, router: Router) -> None:
    route = router.customise(network.length_km).route(town(network, "Gao"), town(network, "Labbézanga"))
    assert route is not None
    assert route.total(network.length_km) == pytest.approx(180, abs=5)


def test_kidal_bamako_exists(network: Network, router: Router) -> None:
    route = router.customise(network.length_km).route(town(network, "Kidal"), town(network, "Bamako"))
    assert route is not None
    assert towns_of(network, route)[-1] == "Bamako"


def test_the_shipped_network_joins_towns_and_says_what_it_is(network: Network) -> None:
    assert network.is_schematic
    assert network.schematic.all()
    assert network_components(network)[0] == 1
    gao = network.tail[town(network, "Gao").edge], network.head[town(network, "Gao").edge]
    node = next(n for n in gao if network.text(int(network.node_name[n])) == "Gao")
    assert ((network.tail == node) | (network.head == node)).sum() == 4  # RN16, RN17, Bourem, Djébock
    ferries = {frozenset(towns_of_edge(network, edge)) for edge in np.flatnonzero(network.ferry)}
    assert frozenset({"Bambara-Maoudé", "Korioumé"}) in ferries
    assert len(ferries) == 3
    assert network.error_km.min() >= 2  # several km
    assert network.error_km[network.length_km.argmax()] > 10


def towns_of_edge(network: Network, edge: int) -> list[str]:
    return [str(network.text(int(network.node_name[n]))) for n in (network.tail[edge], network.head[edge])]


def test_lengths_are_geodesic_and_those_of_the_shipped_roads(network: Network) -> None:
    expected = [GEOD.geometry_length(line) / 1000 for line in network.lines()]
    np.testing.assert_allclose(network.length_km, expected, rtol=1e-12)
    assert network.length_km.sum() == pytest.approx(load_roads()["length_km"].sum(), abs=2.5)  # 41 rounded lengths


def test_edge_ids_are_stable_unique_and_ignore_direction_and_order(network: Network) -> None:
    assert len(set(network.edge_ids(range(network.edge_count)))) == network.edge_count
    places = np.array([[-4.0, 14.0], [-3.0, 14.5], [-2.0, 14.1]])
    one = small_network(places, [(0, 1), (1, 2)])
    lines = one.lines()
    turned = shapely.reverse(lines)[::-1]
    again = dataclasses.replace(
        one,
        coordinates=shapely.get_coordinates(turned),
        offsets=np.array([0, 3, 6]),
    )
    from geo.roads.graph import edge_keys

    assert sorted(edge_keys(again.coordinates, again.offsets)) == sorted(one.key)
    # The same road drawn twice: two edges, two ids.
    doubled = np.concatenate([one.coordinates, one.coordinates])
    assert len(set(edge_keys(doubled, np.array([0, 3, 6, 9, 12])).tolist())) == 4


def test_edges_are_found_by_id_or_named_as_unknown(network: Network) -> None:
    ids = network.edge_ids([5, 0, 99])
    assert network.find_edges(ids).tolist() == [5, 0, 99]
    for wrong in ("0" * 16, "", "x" * 16, "é", ids[0].upper() + " "):
        with pytest.raises(NotFoundError, match="no road edge"):
            network.find_edges([wrong])


def test_segments_are_at_most_ten_km_and_add_up(network: Network) -> None:
    table = cut_segments(network)
    assert table.index.is_unique
    assert table.index.name == "segment_id"
    assert table["length_km"].max() <= MAX_SEGMENT_KM
    assert table["schematic"].all()
    by_edge = table.groupby("edge")["length_km"].sum()
    np.testing.assert_allclose(by_edge.to_numpy(), network.length_km, rtol=1e-12)
    drawn = [GEOD.geometry_length(line) / 1000 for line in table.geometry]
    np.testing.assert_allclose(drawn, table["length_km"], rtol=2e-3)  # cut by share of a straight leg in degrees
    rows = np.cumsum(segment_counts(network)) - segment_counts(network)
    assert (table["edge"].to_numpy()[rows] == np.arange(network.edge_count)).all()
    # The parts of an edge follow one another.
    first = table[table["edge"] == int(network.length_km.argmax())].geometry
    assert all(a.coords[-1] == b.coords[0] for a, b in itertools.pairwise(first))


def test_a_route_s_segments_add_up_in_the_order_of_travel(network: Network, router: Router) -> None:
    metric = router.customise(network.length_km)
    sevare, gao = town(network, "Sévaré"), town(network, "Gao")
    there, back = metric.route(sevare, gao), metric.route(gao, sevare)
    assert there is not None
    assert back is not None
    one, other = passed_segments(network, there), passed_segments(network, back)
    assert one.to_km[-1] == pytest.approx(there.total(network.length_km), rel=1e-12)
    assert one.segment.tolist() == other.segment.tolist()[::-1]
    np.testing.assert_allclose(one.from_km[1:], one.to_km[:-1])
    table = cut_segments(network)
    travelled = table["length_km"].to_numpy()[one.segment] * one.share
    assert travelled.sum() == pytest.approx(there.total(network.length_km), rel=1e-12)


def test_a_route_between_positions_on_edges_is_cut_to_them() -> None:
    network = small_network(np.array([[-4.0, 14.0], [-3.0, 14.0], [-2.0, 14.0]]), [(0, 1), (2, 1)])
    route = Router(network).customise(network.length_km).route(on_edge(0, 0.25), on_edge(1, 0.5))
    assert route is not None
    assert route.edge.tolist() == [0, 1]
    assert route.start.tolist() == [0.25, 1.0]
    assert route.end.tolist() == [1.0, 0.5]
    line = route_line(network, route)
    assert GEOD.geometry_length(line) / 1000 == pytest.approx(route.total(network.length_km), rel=1e-6)
    assert line.coords[0] == pytest.approx(point_at(network, 0, 0.25))
    assert line.coords[-1] == pytest.approx(point_at(network, 1, 0.5))
    parts = passed_segments(network, route)
    assert parts.share[0] < 1  # begins within a segment
    assert (parts.share[1:-1] == pytest.approx(1.0)) or len(parts.share) <= 2
    np.testing.assert_allclose(edge_part(network, 0, 0.75, 0.25), edge_part(network, 0, 0.25, 0.75)[::-1])


def test_snapping_says_how_far(network: Network) -> None:
    snapper = Snapper(network)
    place = snapper.snap(-2.95, 15.04)  # some 5 km north of Douentza
    assert 0 < place.distance_km < 6
    assert GEOD.inv(-2.95, 15.04, place.lon, place.lat)[2] / 1000 == pytest.approx(place.distance_km)
    with pytest.raises(OffNetworkError, match=r"km from the nearest road") as far:
        snapper.snap(-5.0, 22.0)
    assert far.value.distance_km > 400
    assert f"{far.value.distance_km:.1f}" in str(far.value)
    assert snapper.snap(-5.0, 22.0, max_km=1000).distance_km == pytest.approx(far.value.distance_km)
    for lon, lat in ((float("nan"), 0.0), (181.0, 0.0), (0.0, 90.5), (float("inf"), 1.0)):
        with pytest.raises(ParameterError, match="no longitude and latitude"):
            snapper.snap(lon, lat)
    with pytest.raises(ParameterError):
        snapper.snap(0.0, 16.0, max_km=-1)


def test_snapping_leaves_closed_roads_aside() -> None:
    places = np.array([[-4.0, 14.0], [-3.9, 14.0], [-4.0, 14.05], [-3.9, 14.05]])
    network = small_network(places, [(0, 1), (2, 3)], closed=[True, False])
    assert Snapper(network).snap(-3.95, 14.0).edge == 1


def test_what_cuts_a_place_off_is_named(network: Network, router: Router) -> None:
    kidal, bamako = town(network, "Kidal"), town(network, "Bamako")
    around = shapely.box(1.2, 18.2, 1.6, 18.6)
    far = shapely.box(-12, 14, -11, 15)
    areas = exclude_areas(network, {"Kayes": far, "Kidal ville": around})
    closed = closed_edges(network, areas)
    metric = router.customise(network.length_km, closed)
    assert metric.route(kidal, bamako) is None
    error = explain_no_route(network, router.arcs, kidal, bamako, areas, ("Kidal", "Bamako"))
    assert isinstance(error, NoRouteError)
    assert [str(label) for label in error.exclusions] == ["the area Kidal ville"]


def test_exclusions_that_cut_only_together_are_named_together() -> None:
    # A ring: two ways from 0 to 2, and a spur that does not matter.
    places = np.array([[-4.0, 14.0], [-3.9, 14.1], [-3.8, 14.0], [-3.9, 13.9], [-4.1, 14.0]])
    network = small_network(places, [(0, 1), (1, 2), (0, 3), (3, 2), (0, 4)])
    wanted = [network.edge_ids([e])[0] for e in (0, 4, 3)]
    exclusions = exclude_edges(network, wanted)
    error = explain_no_route(
        network, Arcs.of(network), at_node(network, 0), at_node(network, 2), exclusions, ("A", "B")
    )
    assert "together" in str(error)
    assert len(error.exclusions) == 2
    assert {str(label).split()[3] for label in error.exclusions} == {wanted[0], wanted[2]}
    apart = small_network(places, [(0, 1), (2, 3)])
    error = explain_no_route(apart, Arcs.of(apart), at_node(apart, 0), at_node(apart, 2), (), ("A", "B"))
    assert not error.exclusions
    assert "No road of the network leads from A to B" in str(error)


def test_areas_must_be_polygons_in_degrees(network: Network) -> None:
    bowtie = shapely.Polygon([(0, 15), (1, 16), (1, 15), (0, 16)])
    for wrong in (shapely.Point(0, 15), bowtie, shapely.Polygon(), shapely.box(0, 15, 500_000, 16)):
        with pytest.raises(GeometryError, match="excluded area zone"):
            exclude_areas(network, {"zone": wrong})


def test_the_rains_slow_unpaved_roads_and_close_those_of_the_dry_season(network: Network) -> None:
    dry, rainy = durations_min(network, Travel()), durations_min(network, Travel(season="rainy"))
    assert (rainy > dry).all()
    unpaved = (network.surface == SURFACES.index("unpaved")) & ~network.ferry
    paved = (network.surface == SURFACES.index("paved")) & ~network.ferry
    assert (rainy / dry)[unpaved].min() > (rainy / dry)[paved].max()
    assert (durations_min(network, Travel("truck")) > dry).all()
    places = np.array([[-4.0, 14.0], [-3.9, 14.0]])
    seasonal = small_network(places, [(0, 1)], seasonal=True)
    assert seasonal_closures(seasonal, Travel()) == ()
    (closed,) = seasonal_closures(seasonal, Travel(season="rainy"))
    assert closed.edges.all()
    assert [season_of(month) for month in (5, 6, 10, 11)] == ["dry", "rainy", "rainy", "dry"]


def test_ferries_fords_and_barriers_take_time() -> None:
    places = np.array([[-4.0, 14.0], [-3.9, 14.0]])
    plain = durations_min(small_network(places, [(0, 1)]), Travel())[0]
    for flag, minutes in (("ferry", 60), ("ford", 3), ("barrier", 10)):
        slowed = durations_min(small_network(places, [(0, 1)], **{flag: True}), Travel())[0]
        assert slowed - plain == pytest.approx(minutes)


def test_the_speed_table_is_whole() -> None:
    table = speeds()
    assert set(table.index) == set(pd.MultiIndex.from_product([CLASSES, SURFACES]))
    assert (table >= 5).all().all()
    assert (table["light_rainy_kmh"] <= table["light_dry_kmh"]).all()
    assert (table["truck_dry_kmh"] <= table["light_dry_kmh"]).all()


@pytest.mark.parametrize(("vehicle", "season"), [("tank", "dry"), ("light", "spring")])
def test_unknown_vehicles_and_seasons_are_refused(vehicle: str, season: str) -> None:
    with pytest.raises(ParameterError):
        Travel(vehicle, season)  # type: ignore[arg-type]


@pytest.mark.parametrize("month", [0, 13, -1])
def test_unknown_months_are_refused(month: int) -> None:
    with pytest.raises(ParameterError, match="from 1 to 12"):
        season_of(month)


def test_the_cache_gives_back_what_was_saved(network: Network, tmp_path: Path) -> None:
    order = np.arange(network.node_count, dtype=np.uint32)
    assert installed_network(tmp_path).network.is_schematic  # nothing imported: the shipped one
    save_network(tmp_path, network, order=order, about={"file": "é.pbf"})
    save_network(tmp_path, network, order=order, about={"file": "é.pbf"})
    assert len(list(tmp_path.iterdir())) == 2  # the one before is gone
    found = installed_network(tmp_path)
    assert found.about == {"file": "é.pbf"}
    assert found.order is not None
    for field in dataclasses.fields(Network):
        np.testing.assert_array_equal(getattr(found.network, field.name), getattr(network, field.name))


@pytest.mark.parametrize("damage", ["truncated", "bytes", "gone", "json", "format", "range"])
def test_a_damaged_cache_is_refused(network: Network, tmp_path: Path, damage: str) -> None:
    if damage == "range":
        save_network(tmp_path, dataclasses.replace(network, tail=network.tail + 1000))
    else:
        save_network(tmp_path, network)
    index_file = tmp_path / "network.json"
    index = json.loads(index_file.read_text(encoding="utf-8"))
    arrays = tmp_path / index["arrays"]
    if damage == "truncated":
        arrays.write_bytes(arrays.read_bytes()[:-100])
    elif damage == "bytes":
        data = bytearray(arrays.read_bytes())
        data[len(data) // 2] ^= 1
        arrays.write_bytes(data)
    elif damage == "gone":
        arrays.unlink()
    elif damage == "json":
        index_file.write_text("[", encoding="utf-8")
    elif damage == "format":
        index_file.write_text(json.dumps(index | {"format": 99}), encoding="utf-8")
    with pytest.raises(FileError, match="import it again"):
        load_network(tmp_path)
