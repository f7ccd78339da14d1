"""Roads from files: OpenStreetMap PBF, lines with a column map, and hostile files."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
import shapely
from click.testing import CliRunner
from osmium.osm.mutable import Node, Way
from roads_kit import on_edge

from api.commands.main import build
from geo.core.errors import CRSError, FileError
from geo.roads import CLASSES, SURFACES, Network
from geo.roads.assemble import network_components
from geo.roads.cache import installed_network
from geo.roads.importing.columns import ColumnMap, read_column_map
from geo.roads.importing.reading import read_roads
from geo.roads.importing.tags import MAX_TEXT, clean_text, oneway_of, read_point_tags, read_tags, surface_code
from geo.roads.routing import Router


def write_pbf(path: Path, nodes: list[Node], ways: list[Way]) -> Path:
    with osmium.SimpleWriter(str(path)) as writer:
        for node in nodes:
            writer.add_node(node)
        for way in ways:
            writer.add_way(way)
    return path


def grid(count: int, **tags: dict[str, str]) -> list[Node]:
    """Nodes 1, 2, … one hundredth of a degree apart along a parallel; `tags` of node k as n<k>."""
    return [
        Node(id=k, location=(-4.0 + k / 100, 14.0), tags=tags.get(f"n{k}", {}), version=1) for k in range(1, count + 1)
    ]


def edge_between(network: Network, lon_a: float, lon_b: float) -> int:
    ends = {round(lon_a, 6), round(lon_b, 6)}
    (edge,) = [
        e
        for e in range(network.edge_count)
        if {round(float(network.lon[network.tail[e]]), 6), round(float(network.lon[network.head[e]]), 6)} == ends
    ]
    return edge


def test_ways_are_split_where_they_meet(tmp_path: Path) -> None:
    nodes = [*grid(5), Node(id=9, location=(-3.97, 14.1), version=1)]
    ways = [
        Way(
            id=10, nodes=[1, 2, 3, 4, 5], tags={"highway": "trunk", "surface": "asphalt", "name": "RN16", "ref": "RN16"}
        ),
        Way(id=11, nodes=[3, 9], tags={"highway": "track", "surface": "sand", "seasonal": "dry_season"}),
        Way(id=12, nodes=[1, 9], tags={"highway": "footway"}),
        Way(id=13, nodes=[1, 9], tags={"building": "yes"}),
    ]
    read = read_roads(write_pbf(tmp_path / "roads.osm.pbf", nodes, ways))
    network = read.network
    assert network.edge_count == 3
    assert network.node_count == 4
    assert sorted(network.origin) == [10, 10, 11]
    trunk, track = network.origin == 10, network.origin == 11
    assert {CLASSES[c] for c in network.road_class[trunk]} == {"trunk"}
    assert SURFACES[network.surface[track][0]] == "unpaved"
    assert network.seasonal[track].all()
    assert not network.seasonal[trunk].any()
    assert network.text(int(network.ref[trunk][0])) == "RN16"
    assert network.text(int(network.name[track][0])) is None
    assert not network.is_schematic
    assert "OpenStreetMap" in network.source
    assert any("1 ways are paths" in str(note) for note in read.notes)  # a building is no highway at all
    assert network_components(network)[0] == 1


def test_oneways_run_in_their_direction_only(tmp_path: Path) -> None:
    ways = [
        Way(id=1, nodes=[1, 2], tags={"highway": "primary", "oneway": "yes"}),
        Way(id=2, nodes=[2, 3], tags={"highway": "primary", "oneway": "-1"}),
        Way(id=3, nodes=[3, 4], tags={"highway": "motorway"}),
        Way(id=4, nodes=[4, 5], tags={"highway": "motorway", "oneway": "no"}),
    ]
    network = read_roads(write_pbf(tmp_path / "roads.osm.pbf", grid(5), ways)).network
    metric = Router(network).customise(network.length_km)
    by_way = {int(way): edge for edge, way in enumerate(network.origin)}

    def passes(way: int, eastward: bool) -> bool:
        edge = by_way[way]
        east = network.lon[network.head[edge]] > network.lon[network.tail[edge]]
        a, b = (0.2, 0.8) if east == eastward else (0.8, 0.2)
        route = metric.route(on_edge(edge, a), on_edge(edge, b))
        return route is not None and len(route.edge) == 1

    assert [(passes(way, True), passes(way, False)) for way in (1, 2, 3, 4)] == [
        (True, False),
        (False, True),
        (True, False),
        (True, True),
    ]


def test_barriers_fords_and_ferries_are_marked(tmp_path: Path) -> None:
    nodes = grid(
        9,
        n2={"barrier": "gate"},
        n4={"barrier": "bollard"},
        n6={"ford": "yes"},
        n8={"barrier": "lift_gate", "access": "private"},
    )
    ways = [
        Way(id=1, nodes=[1, 2, 3], tags={"highway": "primary"}),
        Way(id=2, nodes=[3, 4, 5], tags={"highway": "primary"}),
        Way(id=3, nodes=[5, 6, 7], tags={"highway": "primary"}),
        Way(id=4, nodes=[7, 8], tags={"highway": "primary"}),  # the gate stands where two ways meet
        Way(id=5, nodes=[8, 9], tags={"highway": "primary"}),
        Way(id=6, nodes=[1, 9], tags={"route": "ferry"}),
    ]
    network = read_roads(write_pbf(tmp_path / "roads.osm.pbf", nodes, ways)).network
    of_way = {int(way): edge for edge, way in enumerate(network.origin)}
    marks = {
        way: tuple(bool(getattr(network, flag)[edge]) for flag in ("barrier", "closed", "ford", "ferry"))
        for way, edge in of_way.items()
    }
    assert marks[1] == (True, False, False, False)
    assert marks[2] == (True, True, False, False)
    assert marks[3] == (False, False, True, False)
    assert [marks[4][0], marks[5][0]].count(True) == 1  # one gate, counted once
    assert marks[4][1]
    assert marks[5][1]
    assert marks[6] == (False, False, False, True)


def test_a_bollard_on_a_junction_is_marked_and_told(tmp_path: Path) -> None:
    ways = [Way(id=k, nodes=[2, k], tags={"highway": "primary"}) for k in (1, 3, 4)]
    read = read_roads(write_pbf(tmp_path / "r.osm.pbf", grid(4, n2={"barrier": "bollard"}), ways))
    assert read.network.barrier.all()
    assert not read.network.closed.any()
    assert any("stand on junctions" in str(note) for note in read.notes)


def test_roads_end_where_nodes_are_missing(tmp_path: Path) -> None:
    ways = [
        Way(id=1, nodes=[1, 2, 77, 3, 4], tags={"highway": "primary"}),
        Way(id=2, nodes=[88, 5], tags={"highway": "primary"}),
    ]
    read = read_roads(write_pbf(tmp_path / "roads.osm.pbf", grid(5), ways))
    assert read.network.edge_count == 2
    assert network_components(read.network)[0] == 2
    assert any("2 points of roads are not in the file" in str(note) for note in read.notes)
    with pytest.raises(FileError, match="none of its roads"):
        read_roads(write_pbf(tmp_path / "none.osm.pbf", [], ways))


def test_points_on_one_spot_are_one_junction(tmp_path: Path) -> None:
    nodes = [*grid(3), Node(id=22, location=(-3.98, 14.0), version=1)]  # where node 2 is
    ways = [
        Way(id=1, nodes=[1, 2], tags={"highway": "primary"}),
        Way(id=2, nodes=[2, 22], tags={"highway": "primary"}),
        Way(id=3, nodes=[22, 3, 3], tags={"highway": "primary"}),
        Way(id=4, nodes=[3], tags={"highway": "primary"}),
    ]
    network = read_roads(write_pbf(tmp_path / "roads.osm.pbf", nodes, ways)).network
    assert network.edge_count == 2
    assert network_components(network)[0] == 1
    assert (network.length_km > 0).all()


def test_hostile_names_are_cut_and_cleaned(tmp_path: Path) -> None:
    name = "A\x1b[2J\u202e" + "x" * 1000 + "\n"
    ways = [Way(id=1, nodes=[1, 2], tags={"highway": "primary", "name": name})]
    read = read_roads(write_pbf(tmp_path / "roads.osm.pbf", grid(2), ways))
    text = read.network.text(int(read.network.name[0]))
    assert text is not None
    assert len(text) == MAX_TEXT
    assert text.isprintable()
    assert any("longer than" in str(note) for note in read.notes)
    assert clean_text("\x00\n ") is None


def blob(kind: bytes, payload: bytes) -> bytes:
    header = b"\x0a" + bytes([len(kind)]) + kind + b"\x18" + varint(len(payload))
    return struct.pack(">I", len(header)) + header + payload


def varint(value: int) -> bytes:
    out = b""
    while value >= 128:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def test_hostile_pbf_files_are_refused(tmp_path: Path) -> None:
    good = write_pbf(tmp_path / "good.osm.pbf", grid(2), [Way(id=1, nodes=[1, 2], tags={"highway": "primary"})])
    data = good.read_bytes()
    squeezed = zlib.compress(b"\x00" * 200_000_000)
    bomb = blob(b"OSMHeader", b"\x10" + varint(200_000_000) + b"\x1a" + varint(len(squeezed)) + squeezed)
    cases = {
        "truncated": data[:-7],
        "truncated-early": data[:40],
        "garbled": data[: len(data) // 2] + bytes(100) + data[len(data) // 2 + 100 :],
        "magic-only": b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x05hello",
        "huge-header": b"\xff\xff\xff\xffOSMHeader",
        "bomb": bomb,
    }
    for name, content in cases.items():
        path = tmp_path / f"{name}.osm.pbf"
        path.write_bytes(content)
        with pytest.raises(FileError) as refused:
            read_roads(path)
        assert path.name in str(refused.value), name


@pytest.mark.parametrize("content", [b"", b"hello", b"\x7fELF", b"<osm></osm>", b"[1]", b"{", b"PK\x03\x04junk"])
def test_files_of_no_known_kind_are_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("roads.osm.pbf", "roads.gpkg", "roads.geojson"):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(FileError, match=name):
            read_roads(path)
    with pytest.raises(FileError, match="There is no file"):
        read_roads(tmp_path / "absent.pbf")


def lines_file(path: Path, lines: list[shapely.LineString], **columns: list[object]) -> Path:
    gpd.GeoDataFrame(columns or {"fid_": range(len(lines))}, geometry=lines, crs="EPSG:4326").to_file(path)
    return path


def test_crossings_are_noded_and_loose_ends_snapped_within_the_tolerance(tmp_path: Path) -> None:
    metre = 1 / 111_195
    lines = [
        shapely.LineString([(0, 14), (1, 14)]),
        shapely.LineString([(0.5, 13.5), (0.5, 14.5)]),  # crosses
        shapely.LineString([(0.25, 14 + 6 * metre), (0.25, 14.3)]),  # ends 6 m short of the first: joined
        shapely.LineString([(0.2, 13.9), (0.2, 14 - 14 * metre)]),  # 14 m short: not
        shapely.LineString([(1 + 5 * metre, 14), (1.5, 14)]),  # a gap of 5 m between two ends: closed
    ]
    for name in ("roads.geojson", "roads.gpkg"):
        read = read_roads(lines_file(tmp_path / name, lines, highway=["trunk"] * 5))
        network = read.network
        assert network_components(network)[0] == 2
        assert network.edge_count == 8
        assert any("within 10" in str(note) for note in read.notes)
        by_row = {row: int((network.origin == row).sum()) for row in range(1, 6)}
        assert by_row == {1: 3, 2: 2, 3: 1, 4: 1, 5: 1}
        # A leg of one degree is straight in degrees: the crossing is where the file draws it.
        assert np.hypot(network.lon - 0.5, network.lat - 14.0).min() < 1e-9
    wider = read_roads(tmp_path / "roads.geojson", ColumnMap(snap_m=20))
    assert network_components(wider.network)[0] == 1
    none = read_roads(tmp_path / "roads.geojson", ColumnMap(snap_m=0))
    assert network_components(none.network)[0] == 4


def test_bridges_are_no_junctions_and_roads_drawn_twice_are_taken_once(tmp_path: Path) -> None:
    cross = [shapely.LineString([(0, 14), (0.2, 14)]), shapely.LineString([(0.1, 13.9), (0.1, 14.1)])]
    path = lines_file(tmp_path / "bridge.gpkg", cross, highway=["trunk"] * 2, layer=[0, 1])
    assert read_roads(path).network.edge_count == 2
    twice = [cross[0], shapely.reverse(cross[0]), shapely.LineString([(0.1, 14), (0.2, 14), (0.3, 14)])]
    read = read_roads(lines_file(tmp_path / "twice.gpkg", twice, highway=["trunk"] * 3))
    assert sorted(np.round(read.network.length_km / read.network.length_km.min()).tolist()) == [1, 1, 1]
    assert any("more than once" in str(note) for note in read.notes)


def test_a_column_map_names_columns_and_values(tmp_path: Path) -> None:
    path = lines_file(
        tmp_path / "roads.gpkg",
        [shapely.LineString([(0, 14), (0.1, 14)]), shapely.LineString([(0.1, 14), (0.2, 14)])],
        categorie=["Route nationale", "sentier"],
        etat=["Bitumée", None],
        sens=["T", "B"],
        precision=[0.5, float("nan")],
    )
    column_map = tmp_path / "map.toml"
    column_map.write_text(
        'source = "Ministère (SYNTHETIC)"\nerror_km = 0.2\n'
        '[columns]\nclass = "categorie"\nsurface = "etat"\noneway = "sens"\nerror_km = "precision"\n'
        '[classes]\n"Route nationale" = "trunk"\n[surfaces]\n"Bitumée" = "paved"\n',
        encoding="utf-8",
    )
    read = read_roads(path, read_column_map(column_map))
    network = read.network
    assert [CLASSES[c] for c in network.road_class] == ["trunk", "road"]
    assert [SURFACES[s] for s in network.surface] == ["paved", "unknown"]
    assert network.oneway.tolist() == [True, False]
    assert network.lon[network.head[0]] == pytest.approx(0.0)  # "T": against the drawn direction only
    assert network.error_km.tolist() == [0.5, 0.2]
    assert network.source == "Ministère (SYNTHETIC)"
    assert any("sentier" in str(note) for note in read.notes)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[columns]\nspeed = 'v'", "speed"),
        ("[classes]\na = 'autobahn'", "autobahn"),
        ("snap_m = -1", "snap_m"),
        ("snap_m = nan", "snap_m"),
        ("snap_m = true", "snap_m"),
        ("error_km = 'far'", "error_km"),
        ("layer = 3", "layer"),
        ("columns = 3", "columns"),
        ("unknown = 1", "unknown"),
        ("[", "TOML"),
    ],
)
def test_wrong_column_maps_name_what_is_wrong(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=named):
        read_column_map(path)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = lines_file(tmp_path / "roads.gpkg", [shapely.LineString([(0, 14), (0.1, 14)])])
    with pytest.raises(FileError, match="categorie"):
        read_roads(path, ColumnMap(columns={"class": "categorie"}))


def test_lines_in_another_crs_or_none_are_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"highway": ["trunk"]}, geometry=[shapely.LineString([(0, 0), (9, 9)])])
    frame.set_crs("EPSG:32630").to_file(tmp_path / "utm.gpkg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the file will have no CRS, which is the point
        frame.to_file(tmp_path / "none.shp")
    with pytest.raises(CRSError, match="UTM"):
        read_roads(tmp_path / "utm.gpkg")
    with pytest.raises(CRSError, match="no CRS"):
        read_roads(tmp_path / "none.shp")


def test_rows_without_usable_lines_are_counted(tmp_path: Path) -> None:
    line = shapely.LineString([(0, 14), (0.1, 14)])
    with np.errstate(invalid="ignore"):
        no_number = shapely.LineString([(0, 14), (float("nan"), 15)])
        endless = shapely.LineString([(0, 14), (float("inf"), 15)])
    odd = [
        line,
        None,
        shapely.Point(0, 14),
        shapely.LineString(),
        shapely.LineString([(0, 14), (0, 14)]),
        no_number,
        shapely.LineString([(0, 14), (500, 15)]),
        endless,
        shapely.MultiLineString([[(0.1, 14), (0.2, 14)], [(0.3, 14), (0.3, 14)]]),
    ]
    gpd.GeoDataFrame({"highway": ["trunk"] * len(odd)}, geometry=odd, crs="EPSG:4326").to_file(tmp_path / "odd.gpkg")
    read = read_roads(tmp_path / "odd.gpkg", ColumnMap(layer="odd"))
    assert read.network.edge_count == 2
    assert any("7 features" in str(note) and "2, 3, 4, 5, 6" in str(note) for note in read.notes)
    gpd.GeoDataFrame({"highway": ["trunk"]}, geometry=[odd[5]], crs="EPSG:4326").to_file(tmp_path / "nan.gpkg")
    with pytest.raises(FileError, match="no usable line"):
        read_roads(tmp_path / "nan.gpkg")


def test_zipped_shapefiles_are_read_and_bombs_refused(tmp_path: Path) -> None:
    lines_file(tmp_path / "roads.shp", [shapely.LineString([(0, 14), (0.1, 14)])], highway=["primary"])
    with zipfile.ZipFile(tmp_path / "roads.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"roads{suffix}", f"roads{suffix}")
    assert read_roads(tmp_path / "roads.zip").network.edge_count == 1
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.writestr(f"roads{suffix}", b"\x00" * 60_000_000)
    with pytest.raises(FileError, match="refused"):
        read_roads(tmp_path / "bomb.zip")
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../roads.shp", b"x")
    with pytest.raises(FileError, match="leads out"):
        read_roads(tmp_path / "out.zip")


def test_a_layer_must_be_chosen_where_there_are_several(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"highway": ["trunk"]}, geometry=[shapely.LineString([(0, 14), (0.1, 14)])], crs="EPSG:4326"
    )
    for layer in ("roads", "rails"):
        frame.to_file(tmp_path / "two.gpkg", layer=layer)
    with pytest.raises(FileError, match="rails"):
        read_roads(tmp_path / "two.gpkg")
    assert read_roads(tmp_path / "two.gpkg", ColumnMap(layer="roads")).network.edge_count == 1
    with pytest.raises(FileError, match="cannot be read"):
        read_roads(tmp_path / "two.gpkg", ColumnMap(layer="boats"))


def test_what_tags_mean() -> None:
    assert read_tags({"highway": "steps"}) is None
    assert read_tags({"highway": "primary", "area": "yes"}) is None
    roundabout = read_tags({"highway": "primary", "junction": "roundabout"})
    assert roundabout is not None
    assert roundabout.oneway
    shut = read_tags({"highway": "service", "access": "private"})
    assert shut is not None
    assert shut.closed
    passed = read_tags({"highway": "service", "access": "private", "motor_vehicle": "yes"})
    assert passed is not None
    assert not passed.closed
    assert SURFACES[surface_code("Asphalt; gravel")] == "paved"
    assert SURFACES[surface_code("lava")] == "unknown"
    assert [oneway_of(v) for v in ("yes", "F", "-1", "T", "no", "B", "", "perhaps")] == [1, 1, -1, -1, 0, 0, None, None]
    assert read_point_tags({"barrier": "bollard", "motor_vehicle": "yes"}) == (True, False, False)
    assert read_point_tags({"barrier": "kerb"}) == (False, False, False)
    assert read_point_tags({"military": "checkpoint"}) == (True, False, False)


@pytest.mark.sample
def test_a_real_extract(sample_data: Path) -> None:
    read = read_roads(sample_data / "monaco.osm.pbf")
    network = read.network
    assert network.edge_count > 1000
    assert 50 < network.length_km.sum() < 100
    count, part = network_components(network)
    assert network.length_km[part[network.tail] == 0].sum() / network.length_km.sum() > 0.95
    assert network.oneway.mean() > 0.3  # a dense town
    assert network.ferry.sum() >= 1
    assert len(set(network.key.tolist())) == network.edge_count
    router = Router(network)
    big = np.flatnonzero(part[network.tail] == 0)
    metric = router.customise(network.length_km)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.node_count))
    for arc, edge in enumerate(router.arcs.edge.tolist()):
        if not network.closed[edge]:
            graph.add_edge(int(router.arcs.tail[arc]), int(router.arcs.head[arc]), weight=network.length_km[edge])
    opened = big[~network.closed[big]]
    found = 0
    for a, b in np.random.default_rng(5).choice(opened, (60, 2)).tolist():
        route = metric.route(on_edge(a, 1.0), on_edge(b, 0.0))
        start, end = int(network.head[a]), int(network.tail[b])
        if route is None:
            assert not nx.has_path(graph, start, end)
        else:
            found += 1
            shortest = nx.dijkstra_path_length(graph, start, end)
            assert route.total(network.length_km) == pytest.approx(shortest, rel=1e-5)
    assert found > 30
    assert count < 30


def test_the_commands_import_and_describe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    before = CliRunner().invoke(build(), ["--lang", "en", "roads", "info"])
    assert before.exit_code == 0
    assert "schematic" in before.output
    path = lines_file(tmp_path / "roads.geojson", [shapely.LineString([(0, 14), (0.1, 14)])], highway=["trunk"])
    done = CliRunner().invoke(build(), ["--lang", "fr", "roads", "import", str(path)])
    assert done.exit_code == 0, done.output
    assert "1 arêtes" in done.output
    after = CliRunner().invoke(build(), ["--lang", "en", "roads", "info"])
    assert "roads.geojson" in after.output
    assert "schematic" not in after.output
    assert installed_network(tmp_path / "home" / "roads").order is not None
    bad = CliRunner().invoke(build(), ["--lang", "en", "roads", "import", str(tmp_path / "none.pbf")])
    assert bad.exit_code == 1
    assert "There is no file none.pbf" in bad.output
    assert installed_network(tmp_path / "home" / "roads").network.edge_count == 1
