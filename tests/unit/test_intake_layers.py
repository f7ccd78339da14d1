"""GIS files and wrapped files as people send them: several layers, other projections, KML, GPX, zip, gzip, bombs."""

from __future__ import annotations

import gzip
import json
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import MultiPoint, Point, box

from api.commands.main import build
from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, ParameterError, SiraError
from geo.hazards.contents import contents
from geo.incidents import Batch
from geo.incidents.readers import read
from geo.incidents.readers.detection import fits

FIXTURES = Path(__file__).parents[1] / "fixtures" / "intake"
TODAY = date(2026, 1, 1)
CSV = b"id,date,latitude,longitude,device_category,killed\nA1,2023-01-12,15.0,-2.95,IED,2\n"


def at(path: Path | str) -> Path:
    return FIXTURES / path if isinstance(path, str) else path


def take(path: Path | str, **options: Any) -> Batch:
    return read(at(path), boundaries=Boundaries.shipped(), today=TODAY, source="cas", **options)


def areas(path: Path | str, **options: Any) -> hazards.HazardBatch:
    return hazards.read(at(path), boundaries=Boundaries.shipped(), today=TODAY, source="cas", **options)


def notes(batch: Any) -> str:
    return "\n".join(map(str, batch.notes))


def points(**columns: list[Any]) -> gpd.GeoDataFrame:
    rows: dict[str, list[Any]] = {"id": ["A1"], "date": ["2023-01-12"], "engin": ["EEI"], **columns}
    return gpd.GeoDataFrame(rows, geometry=[Point(-2.95, 15.0)] * len(rows["id"]), crs=4326)


@pytest.mark.parametrize(
    ("name", "places", "devices"),
    [
        ("gpkg_utm30.gpkg", [(-2.95, 15.0), (-5.0, 14.4)], ["ied", "av_mine"]),
        ("gpkg_two_point_layers.gpkg", [(-5.0, 14.4)], ["av_mine"]),
        ("shp_points.zip", [(-2.95, 15.0), (-5.0, 14.4)], ["ied", "av_mine"]),
        ("geo_multipoint.geojson", [(-2.95, 15.0)], ["ied"]),
        ("geo_mixed.geojson", [(-2.95, 15.0)], ["ied"]),
        ("g_points.kml", [(-2.95, 15.0)], ["ied"]),
        ("g.gpx", [(-2.95, 15.0)], ["ied"]),
        ("csv_in.zip", [(-2.95, 15.0), (-0.05, 16.27)], ["ied", "unknown"]),
        ("incidents.csv.gz", [(-2.95, 15.0), (-0.05, 16.27)], ["ied", "unknown"]),
    ],
)
def test_the_cases_of_incidents(name: str, places: list[tuple[float, float]], devices: list[str]) -> None:
    assert contents(at(name), fits=fits) >= {"incidents"}
    batch = take(name)
    assert batch.quarantined == ()
    assert [(point.x, point.y) for point in batch.accepted.geometry] == places
    assert batch.accepted["hazard_type"].tolist() == devices
    if name == "gpkg_utm30.gpkg":  # worked out from metres: the digits of the degrees say nothing
        assert (batch.accepted["location_precision"] == "exact").all()


def test_the_cases_of_areas() -> None:
    zones = areas("gpkg_areas_zones_first.gpkg")
    assert zones.accepted["status"].tolist() == ["suspected", "confirmed"]
    assert "Layer read: zones_a (2). Layers not read, with their features: zones_b (2)." in notes(zones)
    second = areas("gpkg_areas_zones_first.gpkg", layer="zones_b")
    assert second.accepted["source_id"].tolist() == ["Z8", "Z9"]
    packed = areas("g.kmz")
    assert packed.accepted["name"].tolist() == ["SHA-001"]
    assert "g.kmz holds doc.kml." in notes(packed)


def test_a_folder_may_say_the_status_and_what_is_missing_is_named() -> None:
    (quarantined,) = areas("g_poly_foldername_status.kml").quarantined
    assert (quarantined.column, "since when" in str(quarantined.reason)) == ("status_date", True)


def test_a_folder_named_after_a_status_stands_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    text = at("g_poly_foldername_status.kml").read_text(encoding="utf-8")
    data = '<ExtendedData><Data name="date_enquete"><value>2023-01-12</value></Data></ExtendedData><Polygon>'
    path.write_text(text.replace("<Polygon>", data), encoding="utf-8")
    batch = areas(path)
    assert batch.accepted["status"].tolist() == ["suspected"]
    assert "status suspected, after the folder Zones soupçonnées" in notes(batch)


@pytest.mark.parametrize(
    ("status", "date"),
    [
        ("Statut", "Date"),
        ("État de la zone", "Date du rapport"),
        ("Statut_zon", "Date_rappo"),
        ("type de zone", "date_statut"),
    ],
)
def test_an_area_is_read_under_the_names_that_people_give_its_columns(tmp_path: Path, status: str, date: str) -> None:
    path = tmp_path / "a.geojson"
    square = [[-3.6, 14.35], [-3.59, 14.35], [-3.59, 14.36], [-3.6, 14.35]]
    feature = {
        "type": "Feature",
        "properties": {
            "Réf": "Z7",
            "Nom de la zone": "Songo",
            status: "Zone suspecte",
            date: "05/01/23",
            "Levé": "16/01/2023",
        },
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    (area,) = areas(path, date_order="dmy").accepted.itertuples()
    assert (area.source_id, area.name, area.status) == ("Z7", "Songo", "suspected")
    assert area.history == '[["2023-01-05", "suspected"]]'


def test_a_placemark_has_its_time_for_its_date(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    text = at("g_poly_foldername_status.kml").read_text(encoding="utf-8")
    path.write_text(
        text.replace("<Polygon>", "<TimeStamp><when>2023-01-12</when></TimeStamp><Polygon>"), encoding="utf-8"
    )
    assert areas(path).accepted["history"].tolist() == ['[["2023-01-12", "suspected"]]']
    place = "<Placemark><name>K1</name><TimeSpan><begin>2023-02-03</begin></TimeSpan>"
    data = '<ExtendedData><Data name="engin"><value>EEI</value></Data></ExtendedData>'
    point = "<Point><coordinates>-3.6098,14.3512,0</coordinates></Point></Placemark>"
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{place}{data}{point}</Document></kml>')
    assert take(path).accepted["date"].dt.date.astype(str).tolist() == ["2023-02-03"]


def test_names_that_a_shapefile_cut_are_known(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    properties = {"Ref": "G1", "Date_incid": "2023-02-03", "Type_engin": "EEI", "Nombre_de_": "3", "Nature_de_": "x"}
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [-3.6098, 14.3512]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    batch = take(path)
    assert batch.accepted["date"].dt.date.astype(str).tolist() == ["2023-02-03"]
    assert batch.accepted["killed_total"].isna().all()  # of killed or of injured
    assert "not read: Nombre_de_, Nature_de_" in notes(batch)


def test_maxml_is_refused_in_words_that_name_the_export() -> None:
    for reading in (take, areas, lambda name: contents(at(name))):
        with pytest.raises(FileError, match=r"maXML.*from IMSMA NG a search or report as CSV or Excel"):
            reading("imsma.xml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><body><table><tr><td>id</td></tr></table></body></html>", "a web page"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "XML of 2003"),
        (b'<!DOCTYPE gpx [<!ENTITY a "b">]><gpx><wpt lat="1" lon="2"/></gpx>', "refused"),
        (b"<gpx><trk/></gpx>", "no waypoints"),
        (b"<kml><Document/></kml>", "no points"),
        (b"PAR1 and more PAR1", "no readable GeoParquet"),
        (b"fgb\x03fgb\x00 and more", "no layer with geometries"),
    ],
)
def test_other_files_are_refused_by_what_they_are(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "f.xls"
    path.write_bytes(content)
    with pytest.raises(FileError, match=said):
        take(path)


def test_the_layer_that_fits_is_read_and_another_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "several.gpkg"
    points(id=["P1"], date=["2020-01-01"]).drop(columns="engin").to_file(path, layer="villages", driver="GPKG")
    points().to_file(path, layer="releves", driver="GPKG")
    zone = gpd.GeoDataFrame({"area_id": ["Z"]}, geometry=[box(-3, 15, -2.9, 15.1)], crs=4326)
    zone.to_file(path, layer="zones", driver="GPKG")
    assert contents(path, fits=fits) == {"incidents"}
    batch = take(path)
    assert batch.accepted["source_id"].tolist() == ["A1"]
    assert "Layer read: releves (1). Layers not read, with their features: zones (1), villages (1)." in notes(batch)
    with pytest.raises(FileError, match="hazard_type"):
        take(path, layer="villages")
    with pytest.raises(ParameterError, match=r"it has: releves \(1\), zones \(1\), villages \(1\)"):
        take(path, layer="nowhere")


def test_of_layers_that_fit_the_one_called_incidents_is_read(tmp_path: Path) -> None:
    path = tmp_path / "several.gpkg"
    for number, layer in enumerate(("aaa_postes", "Incidents_2023")):
        points(id=[f"A{number}"]).to_file(path, layer=layer, driver="GPKG")
    assert take(path).accepted["source_id"].tolist() == ["A1"]


def test_two_shapefiles_in_a_zip_are_layers(tmp_path: Path) -> None:
    for name, frame in (("autres", points().drop(columns="engin")), ("incidents_2023", points())):
        (tmp_path / name).mkdir()
        frame.to_file(tmp_path / name / f"{name}.shp")
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(tmp_path.glob("*/*")):
            archive.write(part, part.relative_to(tmp_path))
    assert "Layer read: incidents_2023 (1). Layers not read, with their features: autres (1)." in notes(take(path))


@pytest.mark.parametrize("suffix", ["fgb", "parquet", "geojson"])
def test_other_formats_in_another_projection(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    frame = points().to_crs(32630)
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "geojson":
        document = json.loads(frame.to_json(to_wgs84=False))
        path.write_text(json.dumps(document | {"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::32630"}}}))
    else:
        frame.to_file(path, driver="FlatGeobuf")
    batch = take(path)
    assert [(point.x, point.y) for point in batch.accepted.geometry] == [(-2.95, 15.0)]
    assert "UTM zone 30N; its coordinates were brought to longitude, latitude." in notes(batch)
    assert batch.accepted["date"].tolist() == [pd.Timestamp("2023-01-12")]


def test_areas_in_geoparquet(tmp_path: Path) -> None:
    rows = {"area_id": ["Z1"], "statut": ["SHA"], "date_enquete": [date(2023, 1, 12)]}
    frame = gpd.GeoDataFrame(rows, geometry=[box(-2.95, 15.0, -2.94, 15.01)], crs=4326)
    frame.to_parquet(tmp_path / "a.parquet")
    assert contents(tmp_path / "a.parquet") == {"areas"}
    assert areas(tmp_path / "a.parquet").accepted["status"].tolist() == ["suspected"]


def test_points_and_areas_of_one_file_go_both_where_they_belong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    path = tmp_path / "mixed.geojson"
    document = json.loads(at("geo_mixed.geojson").read_text())
    document["features"][1]["properties"]["date_enquete"] = "2023-01-12"
    path.write_text(json.dumps(document))
    result = CliRunner().invoke(build(), ["--lang", "en", "import", str(path), "--source", "cas"])
    assert result.exit_code == 0, result.output
    assert "Points beside the areas, read as incidents: 1." in result.output
    assert "Areas beside the points, read as hazard areas and not as incidents: 1." in result.output
    assert result.output.count("1 new, 0 updated, 0 already there, 0 set aside.") == 2


def test_a_waypoint_without_a_device_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    text = at("g.gpx").read_text()
    camp = '<wpt lat="15.0" lon="-2.9"><time>2023-01-13T09:00:00Z</time><name>Camp</name></wpt></gpx>'
    path.write_text(text.replace("</gpx>", camp))
    batch = take(path)
    assert batch.accepted["outcome"].tolist() == ["found"]
    assert batch.accepted["source_id"].tolist() == ["EEI 001"]
    assert [(row.row, row.value) for row in batch.quarantined] == [(2, "Camp")]


def test_names_that_repeat_are_no_ids(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    text = at("g.gpx").read_text()
    again = text[text.index("<wpt") : text.index("</gpx>")].replace('lat="15.0"', 'lat="15.1"')
    path.write_text(text.replace("</gpx>", f"{again}</gpx>"))
    assert len(take(path).accepted) == 2


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_wrapped_files(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.kmz", {"doc.kml": at("g_points.kml").read_bytes(), "files/icon.png": b"x"})
    assert len(take(inner).accepted) == 1
    outer = zipped(tmp_path / "outer.zip", {"inner.kmz": inner.read_bytes(), "LISEZMOI.txt": b"bonjour"})
    assert "outer.zip holds inner.kmz.\ninner.kmz holds doc.kml." in notes(take(outer))
    book = zipped(tmp_path / "b.zip", {"data/excel.xlsx": at("excel_title_rows.xlsx").read_bytes()})
    assert len(take(book).accepted) == 2
    parts = tmp_path / "parts.csv.gz"
    parts.write_bytes(gzip.compress(CSV) + gzip.compress(CSV.splitlines()[1].replace(b"A1", b"A2") + b"\n"))
    assert take(parts).accepted["source_id"].tolist() == ["A1", "A2"]
    two = zipped(tmp_path / "two.zip", {"jan.csv": CSV, "fev.csv": CSV})
    with pytest.raises(FileError, match=r"two\.zip holds 2 files \(jan\.csv, fev\.csv\)"):
        take(two)


def test_bombs_and_torn_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for content, said in (
        (gzip.compress(b"0" * 60_000_000), "unpacks to more than"),
        (gzip.compress(CSV * 100)[:-20], "cut short"),
        (b"\x1f\x8b\x08nothing", "damaged gzip"),
    ):
        path.write_bytes(content)
        with pytest.raises(FileError, match=said):
            take(path)
    with pytest.raises(FileError, match="refused"):
        take(zipped(tmp_path / "bomb.zip", {"a.csv": b"0" * 60_000_000}))
    with pytest.raises(FileError, match="leads out of it"):
        take(zipped(tmp_path / "out.zip", {"../a.csv": CSV}))


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("l_pipe.csv", "sheet", "D"),
        ("l_pipe.csv", "layer", "D"),
        ("geo_mixed.geojson", "layer", "D"),
        ("geo_mixed.geojson", "header_row", 2),
        ("incidents.jsonl", "encoding", "cp850"),
        ("excel_title_rows.xlsx", "encoding", "cp850"),
        ("excel_title_rows.xlsx", "layer", "D"),
        ("gpkg_utm30.gpkg", "sheet", "D"),
        ("gpkg_utm30.gpkg", "header_row", 1),
    ],
)
def test_what_means_nothing_for_a_file_is_not_passed_over(name: str, option: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"--{option.replace('_', '-')} means nothing for a file of this kind"):
        take(name, **{option: value})


def test_a_table_in_the_balloon_stands_for_extended_data(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    table = (
        "<table><tr><td>statut</td><td><b>SHA</b></td></tr><tr><td>date_enquete</td><td>2023-01-12</td></tr></table>"
    )
    text = at("g_poly_foldername_status.kml").read_text(encoding="utf-8").replace("Zones soupçonnées", "Export")
    path.write_text(
        text.replace("<Polygon>", f"<description><![CDATA[{table}]]></description><Polygon>"), encoding="utf-8"
    )
    assert areas(path).accepted["status"].tolist() == ["suspected"]


def test_kml_in_utf16(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(at("g_points.kml").read_text().replace("UTF-8", "UTF-16").encode("utf-16"))
    assert contents(path, fits=fits) == {"incidents"}
    assert len(take(path).accepted) == 1


def test_a_column_map_may_name_layer_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "several.gpkg"
    for number, layer in enumerate(("un", "deux")):
        points(id=[f"A{number}"]).to_file(path, layer=layer, driver="GPKG")
    told = tmp_path / "map.toml"
    columns = '[columns]\nsource_id = "id"\ndate = "date"\nhazard_type = "engin"\n'
    position = 'longitude = "geometry (longitude)"\nlatitude = "geometry (latitude)"\n'
    told.write_text(f'layer = "deux"\n{columns}{position}')
    assert take(path, column_map=told).accepted["source_id"].tolist() == ["A1"]
    text = tmp_path / "f.csv"
    text.write_bytes("id;date;engin;lieu;region\n1;2023-01-12;EEI;Ménaka;Gao\n".encode("cp037"))
    told.write_text(f'encoding = "cp037"\n{columns}place_name = "lieu"\nregion = "region"\n')
    assert take(text, column_map=told).accepted["place_name"].tolist() == ["Ménaka"]


@pytest.mark.parametrize("suffix", ["fgb", "parquet"])
def test_damaged_binary_layers_are_refused_or_read_but_never_crash(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    frame = points().to_crs(32630)
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path, driver="FlatGeobuf")
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            path.write_bytes(damaged or b"x")
            with suppress(SiraError):
                contents(path, fits=fits)
                take(path)


@pytest.mark.parametrize("empty", [Point(), MultiPoint(), None])
@pytest.mark.parametrize("name", ["points.gpkg", "points.parquet"])
def test_an_empty_point_is_none(tmp_path: Path, name: str, empty: Any) -> None:
    """QGIS writes one where it brings a layer to another projection: the place is known by its unit."""
    rows = points(id=["A1", "A2"], date=["2023-01-12"] * 2, engin=["EEI"] * 2, cercle=["Douentza", "Gao"])
    rows.geometry = [Point(-2.95, 15.0), empty]
    path = tmp_path / name
    rows.to_parquet(path) if name.endswith("parquet") else rows.to_file(path)
    batch = take(path)
    assert batch.accepted["location_precision"].tolist() == ["within_km", "cercle"]


def test_what_desktops_leave_in_a_zip_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (
            "mars/incidents.csv",
            "mars/.DS_Store",
            "mars/Thumbs.db",
            "mars/._incidents.csv",
            "mars/~$note.xlsx",
        ):
            archive.writestr(name, CSV if name.endswith("s.csv") and "._" not in name else b"\0\1")
    assert len(take(path).accepted) == 1
