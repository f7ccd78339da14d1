"""Files of hazard areas: every format gives the same areas, and each bad one is caught and named."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import Point, Polygon, box

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.crs import GEOD
from geo.core.errors import CRSError, FileError, SiraError
from geo.hazards.batch import KINDS, HazardBatch
from geo.hazards.schema import COLUMNS, empty_hazards

TODAY = dt.date(2026, 11, 22)
SQUARE = box(-3.60, 14.30, -3.59, 14.31)  # near Bandiagara, about 1.19 km²


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


def frame(**changes: Any) -> gpd.GeoDataFrame:
    """Two areas: one suspected, one cleared with a history."""
    rows: dict[str, list[Any]] = {
        "area_id": ["A1", "A2"],
        "name": ["Champ à l’est", "Piste"],
        "status": ["SHA", "cleared"],
        "history": ["", "2019-05-02 suspected; 2021-01-09 cleared"],
        "survey_date": ["2020-03-01", "2019-05-02"],
        "devices": ["MNE; EEI", "ERW"],
        "method": ["NTS", "clearance"],
        "source": ["survey team", "survey team"],
        **changes,
    }
    return gpd.GeoDataFrame(rows, geometry=[SQUARE, shapely.affinity.translate(SQUARE, 0.1)], crs=4326)


def read(path: Path, boundaries: Boundaries, **options: Any) -> HazardBatch:
    batch = hazards.read(path, boundaries=boundaries, today=TODAY, source="essai", **options)
    assert {area.kind for area in batch.quarantined} <= set(KINDS)
    assert list(batch.accepted.columns) == [*COLUMNS, "geometry"]
    assert batch.accepted.dtypes.equals(empty_hazards().dtypes)
    return batch


def off(areas: gpd.GeoDataFrame) -> float:
    """Return the largest area, in square degrees, by which polygons differ from those of `frame`."""
    expected = frame().geometry.array
    return float(shapely.area(shapely.symmetric_difference(areas.geometry.array, expected)).max())


def write_geojson(folder: Path, features: list[dict[str, Any]], **members: Any) -> Path:
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}))
    return path


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    geometry = shapely.geometry.mapping(geometry) if isinstance(geometry, shapely.Geometry) else geometry
    given = {"id": "A1", "status": "suspected", "survey_date": "2020-03-01", **properties}
    return {"type": "Feature", "properties": given, "geometry": geometry}


def only_quarantined(batch: HazardBatch) -> hazards.QuarantinedArea:
    assert len(batch.accepted) == 0
    (area,) = batch.quarantined
    return area


def shapefile_zip(folder: Path, areas: gpd.GeoDataFrame, inner: str = "zones/areas") -> Path:
    parts = folder / "parts"
    parts.mkdir()
    areas.rename(columns=lambda name: name[:10]).to_file(parts / "areas.shp")  # the format's longest names
    path = folder / "areas.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(parts.iterdir()):
            archive.writestr(zipfile.ZipInfo(f"{inner}{part.suffix}"), part.read_bytes())
    return path


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{placemarks}</Folder></Document></kml>"""


def placemark(row: Any) -> str:
    ring = " ".join(f"{x},{y},0" for x, y in row.geometry.exterior.coords)
    data = "".join(
        f'<Data name="{name}"><value>{row[name]}</value></Data>'
        for name in ("area_id", "status", "history", "survey_date", "devices", "method", "source")
    )
    return (
        f"<Placemark><name>{row['name']}</name><ExtendedData>{data}</ExtendedData><Polygon><outerBoundaryIs>"
        f"<LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )


def write(folder: Path, kind: str) -> Path:
    areas = frame()
    if kind == "geojson":
        path = folder / "areas.json"
        path.write_text(areas.to_json())
    elif kind == "geopackage":
        path = folder / "areas.gpkg"
        areas.to_file(path, driver="GPKG")
    elif kind == "shapefile":
        path = shapefile_zip(folder, areas)
    elif kind == "kml":
        path = folder / "areas.kml"
        path.write_text(KML.format(placemarks="".join(placemark(row) for _, row in areas.iterrows())), encoding="utf-8")
    else:
        path = folder / "areas.csv"
        table = areas.drop(columns="geometry").assign(WKT=areas.geometry.to_wkt())
        table.to_csv(path, index=False, sep=";", encoding="cp1252")
    return path


@pytest.mark.parametrize("kind", ["geojson", "geopackage", "shapefile", "kml", "csv-wkt"])
def test_each_format_gives_the_same_areas(tmp_path: Path, boundaries: Boundaries, kind: str) -> None:
    batch = read(write(tmp_path, kind), boundaries)

    assert batch.format == kind
    assert batch.rows_read == 2
    assert batch.quarantined == ()
    areas = batch.accepted
    assert list(areas.index) == ["survey team:A1", "survey team:A2"]
    assert list(areas["name"]) == ["Champ à l’est", "Piste"]
    assert list(areas["status"]) == ["suspected", "cleared"]
    assert list(areas["device_categories"]) == ["ied;uxo", "uxo;axo"]
    assert list(areas["method"]) == ["nts", "clearance"]
    assert areas["history"].iloc[1] == '[["2019-05-02", "suspected"], ["2021-01-09", "cleared"]]'
    assert areas["status_since"].dt.date.tolist() == [dt.date(2020, 3, 1), dt.date(2021, 1, 9)]
    assert off(areas) < 1e-12
    assert (areas.geometry.geom_type == "MultiPolygon").all()


def test_measured_area_agrees_with_the_geodesic_one(tmp_path: Path, boundaries: Boundaries) -> None:
    batch = read(write_geojson(tmp_path, [feature(SQUARE)]), boundaries)
    geodesic = abs(GEOD.geometry_area_perimeter(SQUARE)[0])
    assert batch.accepted["area_measured_m2"].iloc[0] == pytest.approx(geodesic, rel=1e-5)


@pytest.mark.parametrize(("factor", "named"), [(1.04, False), (1.07, True), (0.5, True)])
def test_an_area_reported_otherwise_than_measured_is_named(
    tmp_path: Path, boundaries: Boundaries, factor: float, named: bool
) -> None:
    measured = abs(GEOD.geometry_area_perimeter(SQUARE)[0])
    batch = read(write_geojson(tmp_path, [feature(SQUARE, area_ha=measured / 1e4 * factor)]), boundaries)
    assert batch.accepted["area_reported_m2"].iloc[0] == pytest.approx(measured * factor)
    assert any("reported" in str(note) for note in batch.notes) == named
    difference = hazards.area_difference(batch.accepted).iloc[0]
    assert difference == pytest.approx(1 / factor - 1, abs=1e-4)


def test_a_bowtie_is_set_aside_with_its_repair(tmp_path: Path, boundaries: Boundaries) -> None:
    bowtie = Polygon([(-3.6, 14.3), (-3.5, 14.4), (-3.5, 14.3), (-3.6, 14.4)])
    area = only_quarantined(read(write_geojson(tmp_path, [feature(bowtie)]), boundaries))

    assert area.kind == "geometry"
    assert "Self-intersection" in str(area.reason)
    assert area.broken_wkt is not None
    assert not shapely.from_wkt(area.broken_wkt).is_valid
    assert area.repair_wkt is not None
    repair = shapely.from_wkt(area.repair_wkt)
    assert repair.is_valid
    assert repair.geom_type == "MultiPolygon"
    expected = sum(abs(GEOD.geometry_area_perimeter(part)[0]) for part in repair.geoms)
    assert area.repair_area_m2 == pytest.approx(expected, rel=1e-4)
    assert area.broken_area_m2 is not None
    assert area.repair_wkt in str(area.reason)


@pytest.mark.parametrize("kind", ["geojson", "csv", "geopackage"])
def test_an_open_ring_is_broken_not_closed_in_silence(tmp_path: Path, boundaries: Boundaries, kind: str) -> None:
    ring = [[-3.6, 14.3], [-3.5, 14.3], [-3.5, 14.4], [-3.6, 14.4]]
    if kind == "geojson":
        path = write_geojson(tmp_path, [feature({"type": "Polygon", "coordinates": [ring]})])
    elif kind == "csv":
        path = tmp_path / "areas.csv"
        wkt = "POLYGON((" + ", ".join(f"{x} {y}" for x, y in ring) + "))"
        path.write_text(f'id,status,survey_date,wkt\nA1,SHA,2020-03-01,"{wkt}"\n')
    else:
        path = tmp_path / "areas.gpkg"
        frame().iloc[:1].to_file(path, driver="GPKG")
        _break_ring(path)
    area = only_quarantined(read(path, boundaries))
    assert area.kind == "geometry"
    assert area.repair_wkt is not None
    assert shapely.from_wkt(area.repair_wkt).is_valid


def _break_ring(path: Path) -> None:
    """Overwrite the last position of the first polygon of a GeoPackage."""
    import sqlite3
    import struct

    with sqlite3.connect(path) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        (blob,) = database.execute("SELECT geom FROM areas").fetchone()
        database.execute("UPDATE areas SET geom = ?", (blob[:-16] + struct.pack("<dd", -3.595, 14.305),))
    database.close()


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        (None, "geometry"),
        ({"type": "Polygon", "coordinates": []}, "geometry"),
        ({"type": "Polygon", "coordinates": [[]]}, "geometry"),
        ({"type": "Polygon", "coordinates": [["a", "b"]]}, "geometry"),
        ({"type": "Polygon", "coordinates": [[[-3.6], [14.3], [-3.5], [-3.6]]]}, "geometry"),
        ({"type": "Polygon", "coordinates": 7}, "geometry"),
        ({"type": "Polygon", "coordinates": [[[-3.6, 14.3]] * 5]}, "geometry"),
        (Point(-3.6, 14.3), "geometry"),
        (box(-3.6e9, 14.3, -3.5, 14.4), "location"),
        (box(400_000, 1_600_000, 401_000, 1_601_000), "location"),
        (box(2.0, 48.0, 2.1, 48.1), "outside"),
        (box(-179, -89, 179, 89), "outside"),
        (box(14.3, -3.6, 14.4, -3.5), "swapped"),
    ],
)
def test_geometries_that_cannot_be_used(tmp_path: Path, boundaries: Boundaries, geometry: Any, kind: str) -> None:
    assert only_quarantined(read(write_geojson(tmp_path, [feature(geometry)]), boundaries)).kind == kind


def test_an_area_across_the_border_is_taken_with_a_note(tmp_path: Path, boundaries: Boundaries) -> None:
    north, south = 25.02, 24.93  # the border with Algeria runs at about 25° N near 4.9° W
    batch = read(write_geojson(tmp_path, [feature(box(-5.0, south, -4.85, north))]), boundaries)
    assert len(batch.accepted) == 1
    assert "outside Mali" in batch.accepted["note"].iloc[0]


@pytest.mark.parametrize(
    ("change", "column", "kind"),
    [
        ({"status": "dangerous"}, "status", "code"),
        ({"status": ""}, "status", "status"),
        ({"survey_date": ""}, "status_date", "date"),
        ({"survey_date": "2026-11-23"}, "survey_date", "date"),
        ({"survey_date": "soon"}, "survey_date", "date"),
        ({"clearance_date": "2019-01-01"}, "clearance_date", "date"),
        ({"method": "magic"}, "method", "code"),
        ({"devices": "custard"}, "devices", "code"),
        ({"area_m2": "-5"}, "area_m2", "number"),
        ({"area_m2": "vast"}, "area_m2", "number"),
        ({"history": "2019-01-01 confirmed"}, "status", "status"),
        ({"history": "2019-01-01 confirmed; 2019-01-01 suspected"}, "history", "status"),
        ({"history": '[["2030-01-01", "suspected"]]'}, "history", "date"),
        ({"history": "[1, 2]"}, "history", "status"),
        ({"synthetic": "perhaps"}, "synthetic", "code"),
        ({"name": "=HYPERLINK(1)"}, "name", "formula"),
        ({"name": "a\x07b"}, "name", "control"),
    ],
)
def test_bad_values_are_named(
    tmp_path: Path, boundaries: Boundaries, change: dict[str, str], column: str, kind: str
) -> None:
    area = only_quarantined(read(write_geojson(tmp_path, [feature(SQUARE, **change)]), boundaries))
    assert (area.row, area.column, area.kind) == (1, column, kind)
    assert "\x07" not in area.value


def test_the_second_record_of_an_area_is_a_duplicate(tmp_path: Path, boundaries: Boundaries) -> None:
    batch = read(write_geojson(tmp_path, [feature(SQUARE), feature(SQUARE)]), boundaries)
    assert len(batch.accepted) == 1
    assert [(area.row, area.kind) for area in batch.quarantined] == [(2, "duplicate")]


def test_overlapping_areas_are_noted(tmp_path: Path, boundaries: Boundaries) -> None:
    other = shapely.affinity.translate(SQUARE, 0.005)
    beside = shapely.affinity.translate(SQUARE, 0.015)
    features = [feature(SQUARE), feature(other, id="A2"), feature(beside, id="A3")]
    batch = read(write_geojson(tmp_path, features), boundaries)
    assert any("2 areas overlap" in str(note) for note in batch.notes)


def test_an_area_without_an_id_gets_the_same_one_each_time(tmp_path: Path, boundaries: Boundaries) -> None:
    path = write_geojson(tmp_path, [feature(SQUARE, id="")])
    first, second = read(path, boundaries), read(path, boundaries)
    assert list(first.accepted.index) == list(second.accepted.index)
    assert "made from its polygon" in first.accepted["note"].iloc[0]


def test_dates_by_number_are_settled_for_the_file(tmp_path: Path, boundaries: Boundaries) -> None:
    plain = [feature(SQUARE, survey_date="03/04/2020"), feature(SQUARE, id="A2", survey_date="25/04/2020")]
    batch = read(write_geojson(tmp_path, plain), boundaries)
    assert batch.accepted["survey_date"].dt.date.tolist() == [dt.date(2020, 4, 3), dt.date(2020, 4, 25)]
    with pytest.raises(FileError, match="day/month or month/day"):
        read(write_geojson(tmp_path, plain[:1]), boundaries)
    stated = read(write_geojson(tmp_path, plain[:1]), boundaries, date_order="mdy")
    assert stated.accepted["survey_date"].dt.date.tolist() == [dt.date(2020, 3, 4)]


def test_a_stated_projection_is_brought_to_lonlat_and_said(tmp_path: Path, boundaries: Boundaries) -> None:
    path = tmp_path / "utm.gpkg"
    frame().to_crs(32630).to_file(path, driver="GPKG")
    batch = read(path, boundaries)
    assert off(batch.accepted) < 1e-12
    assert "UTM zone 30N" in str(batch.notes[0])


@pytest.mark.parametrize("crs", [None, 4201, 3857])
def test_a_crs_is_never_guessed(tmp_path: Path, boundaries: Boundaries, crs: int | None) -> None:
    areas = frame().set_crs(crs, allow_override=True) if crs else frame().set_crs(None, allow_override=True)
    path = tmp_path / "areas.gpkg"
    if crs is None:
        with pytest.warns(UserWarning, match="crs"):
            areas.to_file(path, driver="GPKG")
    else:
        areas.to_file(path, driver="GPKG")
    if crs == 3857:  # stated and on WGS 84, so it is taken at its word: a few metres off 0, 0
        assert {area.kind for area in read(path, boundaries).quarantined} == {"outside"}
    else:
        with pytest.raises(CRSError):
            read(path, boundaries)


def test_old_geojson_crs_members_are_checked(tmp_path: Path, boundaries: Boundaries) -> None:
    def crs(name: Any) -> dict[str, Any]:
        return {"type": "name", "properties": {"name": name}}

    good = write_geojson(tmp_path, [feature(SQUARE)], crs=crs("urn:ogc:def:crs:OGC:1.3:CRS84"))
    assert len(read(good, boundaries).accepted) == 1
    utm = shapely.geometry.mapping(gpd.GeoSeries([SQUARE], crs=4326).to_crs(32630).iloc[0])
    moved = read(write_geojson(tmp_path, [feature(utm)], crs=crs("urn:ogc:def:crs:EPSG::32630")), boundaries)
    assert shapely.symmetric_difference(moved.accepted.geometry.iloc[0], SQUARE).area < 1e-12
    for bad in (crs("EPSG:4201"), crs("nowhere"), crs(None), {}, []):
        with pytest.raises(CRSError):
            read(write_geojson(tmp_path, [feature(SQUARE)], crs=bad), boundaries)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"type": "Topology"}',
        b'{"type": "FeatureCollection", "features": 3}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"<kml",
        b"<html></html>",
        b"\xff\xfe<\x00k\x00",
        b"PK\x03\x04rubbish",
        b"SQLite format 3\x00rubbish",
        b"a,b\n1,2\n",
        b"id,wkt,wkt\n1,2,3\n",
        b"id,wkt\n1,2,3,4\n",
        b'id,wkt\n1,"2\n',
        b"\x81\x8d\x8f\x90",
    ],
)
def test_unreadable_files_are_refused_by_name(tmp_path: Path, boundaries: Boundaries, content: bytes) -> None:
    path = tmp_path / "bad.dat"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"bad\.dat"):
        read(path, boundaries)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(tmp_path: Path, boundaries: Boundaries, encoding: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(9))
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE kml [{entities}]><kml><name>&e8;</name></kml>'
    path = tmp_path / "bomb.kml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(FileError, match="refused"):
        read(path, boundaries)


def test_xml_nested_beyond_reason_is_refused(tmp_path: Path, boundaries: Boundaries) -> None:
    path = tmp_path / "deep.kml"
    path.write_text("<kml>" + "<Folder>" * 100_000)
    with pytest.raises(FileError, match="refused"):
        read(path, boundaries)


def test_a_kml_point_beside_the_polygon_is_noted_and_alone_refused(tmp_path: Path, boundaries: Boundaries) -> None:
    row = frame().iloc[0]
    point = "<Point><coordinates>-3.6,14.3</coordinates></Point>"
    both = placemark(row).replace("<Polygon>", f"<MultiGeometry>{point}<Polygon>")
    both = both.replace("</Polygon>", "</Polygon></MultiGeometry>")
    path = tmp_path / "areas.kml"
    path.write_text(KML.format(placemarks=both + f"<Placemark>{point}</Placemark>"), encoding="utf-8")
    batch = read(path, boundaries)
    assert "1 point or line" in batch.accepted["note"].iloc[0]
    assert [(area.row, area.kind) for area in batch.quarantined] == [(2, "geometry")]


@pytest.mark.parametrize("name", ["../areas", "/tmp/areas", "..\\areas", "C:\\areas"])
def test_zip_paths_that_lead_out_are_refused(tmp_path: Path, boundaries: Boundaries, name: str) -> None:
    with pytest.raises(FileError, match="leads out"):
        read(shapefile_zip(tmp_path, frame(), inner=name), boundaries)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["areas.zip", "parts"]


def test_zip_bombs_are_refused(tmp_path: Path, boundaries: Boundaries) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("areas.shp", b"\0" * 50_000_000)
    with pytest.raises(FileError, match="refused"):
        read(path, boundaries)


def test_zips_without_exactly_one_whole_shapefile_are_refused(tmp_path: Path, boundaries: Boundaries) -> None:
    whole = shapefile_zip(tmp_path, frame())
    for keep, text in (((".dbf", ".prj"), "0 shapefiles"), ((".shp", ".dbf"), r"lacks its \.shx, \.prj")):
        path = tmp_path / "part.zip"
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
            for member in source.namelist():
                if member.endswith(keep):
                    target.writestr(member, source.read(member))
        with pytest.raises(FileError, match=text):
            read(path, boundaries)


def test_a_missing_file_is_refused_by_name(tmp_path: Path, boundaries: Boundaries) -> None:
    with pytest.raises(SiraError, match=r"nowhere\.kml"):
        read(tmp_path / "nowhere.kml", boundaries)


def test_long_polygons_in_csv_are_read(tmp_path: Path, boundaries: Boundaries) -> None:
    circle = Point(-3.6, 14.3).buffer(0.05, quad_segs=3000)
    path = tmp_path / "areas.csv"
    path.write_text(f'id;status;survey_date;wkt\nA1;CHA;2020-03-01;"SRID=4326;{circle.wkt}"\n')
    assert path.stat().st_size > 131_072 * 2
    assert len(read(path, boundaries).accepted) == 1
