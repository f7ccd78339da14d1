"""Files of one layer read back as they were written: types, nulls, CRS, counts and ids, in every format."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from exports_kit import layer
from homes_kit import FORMULA

from geo.core.errors import CRSError, FileError
from geo.core.replacing import STALE_S, replacing
from geo.export.formats import (
    TEXT_BYTES,
    ShapefileWords,
    short_names,
    write_flatgeobuf,
    write_geoparquet,
    write_hxl_csv,
    write_kml,
    write_shapefile_zip,
)
from geo.export.geopackage import Metadata, write_geopackage
from geo.export.layer import ExportLayer, GeometryType, arrow_table

GEOMETRIES = list(GeometryType)
WORDS = ShapefileWords("LISEZMOI.txt", "noms.csv", "Attention aux noms", ("court", "complet", "titre"))


def package(layer: ExportLayer, path: Path) -> None:
    write_geopackage([layer], path, styles=lambda _: "<qgis/>", metadata=[], each=lambda _: None)


def rows_of(path: Path, **options: object) -> pa.Table:
    """Read a file with GDAL, its types untouched by pandas."""
    return pyogrio.read_arrow(path, datetime_as_string=False, read_geometry=False, **options)[1]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize(("write", "suffix"), [(package, ".gpkg"), (write_flatgeobuf, ".fgb")])
def test_typed_formats_give_back_types_nulls_and_geometries(
    tmp_path: Path, write: Callable[[ExportLayer, Path], None], suffix: str, geometry: GeometryType
) -> None:
    written, path = layer(geometry), tmp_path / f"a{suffix}"
    write(written, path)
    info = pyogrio.read_info(path, layer="things")
    assert info["crs"] == "EPSG:4326"
    assert info["features"] == 4
    assert info["geometry_type"] == geometry.value
    types = dict(zip(info["fields"], zip(info["ogr_types"], info["ogr_subtypes"], strict=True), strict=True))
    assert types["killed_total_people"] == ("OFTInteger64", "OFSTNone")
    assert types["killed_total_persons"] == types["empty"] == ("OFTReal", "OFSTNone")
    assert types["synthetic"] == ("OFTInteger", "OFSTBoolean")
    assert types["day"][0] == ("OFTDate" if suffix == ".gpkg" else "OFTDateTime")  # FlatGeobuf has no plain date
    assert types["seen"][0] == "OFTDateTime"
    found = rows_of(path, layer="things").to_pydict()
    assert found["id"] == ["a", "b", "c", "d"]
    assert found["name"] == [FORMULA, None, "<b>é</b> & co", "x" * 300]
    assert found["killed_total_people"] == [1, None, 3, 2**40]
    assert found["killed_total_persons"] == [None, 0.5, 1.0, 1 / 3]
    assert found["synthetic"] == [True, None, False, True]
    assert found["empty"] == [None] * 4
    assert [None if day is None else day.isoformat()[:10] for day in found["day"]] == [
        "2024-01-02",
        None,
        "2023-01-01",
        "1999-12-31",
    ]
    read = gpd.read_file(path, layer="things")
    expected = written.frame.geometry.to_numpy()
    for got, wanted in zip(read.geometry, expected, strict=True):
        assert (got is None and wanted is None) or (got.geom_type == geometry.value and got.equals(wanted))


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_geoparquet_is_of_version_1_1_with_a_covering(tmp_path: Path, geometry: GeometryType) -> None:
    written, path = layer(geometry), tmp_path / "a.parquet"
    write_geoparquet(written, path)
    metadata = pq.read_schema(path).metadata
    geo = json.loads(metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == [geometry.value]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert json.loads(metadata[b"sira"])["audience"] == "partner"
    table = pq.read_table(path)
    assert table.column("killed_total_people").to_pylist() == [1, None, 3, 2**40]
    assert table.column("synthetic").to_pylist() == [True, None, False, True]
    assert table.column("day").to_pylist() == [date(2024, 1, 2), None, date(2023, 1, 1), date(1999, 12, 31)]
    assert table.column("seen").to_pylist()[0] == datetime(2024, 1, 2, 3, 4, 5)
    assert table.schema.field("empty").type == pa.float64()
    assert table.schema.field("name").metadata[b"title"] == b"Nom"
    read = gpd.read_parquet(path, bbox=(-5.2, 14, -5, 15))
    assert list(read["id"]) == ["a"]
    assert gpd.read_parquet(path).crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("write", "suffix"), [(package, ".gpkg"), (write_flatgeobuf, ".fgb"), (write_geoparquet, ".parquet")]
)
def test_a_layer_without_features_keeps_its_types(
    tmp_path: Path, write: Callable[[ExportLayer, Path], None], suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    write(layer(rows=0), path)
    if suffix == ".parquet":
        assert pq.read_schema(path).field("killed_total_people").type == pa.int64()
        assert len(gpd.read_parquet(path)) == 0
    else:
        info = pyogrio.read_info(path, layer="things", force_feature_count=True)
        assert info["features"] == 0
        assert "OFTInteger64" in info["ogr_types"]


def test_csv_has_hashtags_in_its_second_row_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_hxl_csv(layer(), path)
    with path.open(encoding="utf-8", newline="") as file:
        header, tags, *rows = list(csv.reader(file))
    assert all(tag.startswith("#") for tag in tags)
    assert len(header) == len(tags) == len(rows[0])
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["id"] for row in found] == ["a", "b", "c", "d"]
    assert found[0]["name"] == f"'{FORMULA}"
    assert found[3]["killed_total_people"] == str(2**40)
    assert found[1]["killed_total_people"] == found[2]["lon"] == ""
    assert found[0]["day"] == "2024-01-02"
    assert {row["sira_audience"] for row in found} == {"partner"}
    assert {row["sira_synthetic"] for row in found} == {"true"}


def test_kml_holds_no_markup_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    write_kml(layer(GeometryType.MULTIPOLYGON), path)
    text = path.read_text(encoding="utf-8")
    assert "<b>é" not in text
    assert "‹b›é‹/b› ＆ co" in text
    assert "audience: partner" in text
    info = pyogrio.read_info(path)
    assert info["features"] == 4
    read = gpd.read_file(path)
    assert list(read["id"]) == ["a", "b", "c", "d"]
    assert list(read["killed_total_people"].fillna("")) == ["1", "", "3", str(2**40)]
    assert read.geometry[0].equals(layer(GeometryType.MULTIPOLYGON).frame.geometry.iloc[0])


def test_shapefile_says_what_became_of_names(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_shapefile_zip(layer(), path, WORDS)
    with zipfile.ZipFile(path) as archive:
        readme = archive.read("LISEZMOI.txt").decode()
        names = list(csv.reader(archive.read("noms.csv").decode().splitlines()))
        assert archive.read("things.cpg").decode() == "UTF-8"
        archive.extractall(tmp_path / "out")
    assert "Attention aux noms" in readme
    assert "audience: partner" in readme
    assert ["killed_tot", "killed_total_people", "Tués"] in names
    full = {short: name for short, name, _ in names[1:]}
    found = rows_of(tmp_path / "out" / "things.shp").to_pydict()
    assert set(full) <= set(found)
    by_name = {full[short]: values for short, values in found.items() if short in full}
    assert by_name["id"] == ["a", "b", "c", "d"]
    assert by_name["killed_total_people"] == [1, None, 3, 2**40]
    assert by_name["name"][3] == "x" * TEXT_BYTES
    assert by_name["day"][0] == date(2024, 1, 2)


def test_short_names_differ_in_any_case() -> None:
    names = [f"events_exactly_{n}" for n in range(120)] + ["Été", "ETE", "name"]
    short = short_names(names)
    assert len({name.lower() for name in short.values()}) == len(names)
    assert all(len(name) <= 10 and name.isascii() for name in short.values())


def test_geopackage_registers_what_it_adds(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    one, other = layer(), replace(layer(GeometryType.MULTIPOLYGON), name="areas")  # of the same title
    metadata = [
        Metadata("https://schema.org/Dataset", "application/json", "{}"),
        Metadata("x:y", "text/xml", "<a/>", "areas"),
    ]
    seen = []
    write_geopackage(
        [one, other], path, styles=lambda each: f"<qgis>{each.name}</qgis>", metadata=metadata, each=seen.append
    )
    assert [each.name for each in seen] == ["things", "areas"]
    with sqlite3.connect(path) as connection:
        styles = dict(connection.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        aliases = dict(connection.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name='things'"))
        contents = connection.execute("SELECT table_name, identifier FROM gpkg_contents").fetchall()
        references = connection.execute("SELECT reference_scope, table_name FROM gpkg_metadata_reference").fetchall()
    connection.close()
    assert styles == {"things": "<qgis>things</qgis>", "areas": "<qgis>areas</qgis>"}
    assert aliases["killed_total_people"] == "Tués"
    assert len({identifier for _, identifier in contents}) == len(contents)
    assert ("geopackage", None) in references
    assert ("table", "areas") in references


def test_other_crs_and_wrong_geometry_are_refused() -> None:
    with pytest.raises(CRSError):
        arrow_table(replace(layer(), frame=layer().frame.to_crs(3857)))
    with pytest.raises(ValueError, match="expected MultiPolygon"):
        arrow_table(replace(layer(), geometry=GeometryType.MULTIPOLYGON))


def test_empty_geometries_become_null() -> None:
    written = layer()
    frame = written.frame.copy()
    frame.loc["a", "geometry"] = shapely.Point()
    assert arrow_table(replace(written, frame=frame))["geometry"].null_count == 2


def test_what_is_there_is_replaced_only_when_allowed(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(FileError, match="exists already"), replacing(target, suffix=".txt", overwrite=False):
        pytest.fail("nothing may be written")
    with replacing(target, suffix=".txt", overwrite=True) as part:
        part.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    with pytest.raises(FileError, match="is a folder"), replacing(tmp_path, suffix="", overwrite=True):
        pytest.fail("nothing may be written")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device"), ValueError])
def test_a_writing_that_ends_early_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "a.txt"
    expected = FileError if isinstance(error, OSError) else error

    def write() -> None:
        with replacing(target, suffix=".txt", overwrite=False) as part:
            part.write_text("half")
            raise error

    with pytest.raises(expected):
        write()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_when_it_is_old(tmp_path: Path) -> None:
    target = tmp_path / "a[1].txt"
    for name, age in (("old", STALE_S + 60), ("new", 0)):
        left = tmp_path / f".a[1].txt.{name}.part"
        left.mkdir()
        (left / "sira.txt").write_text("half")
        for path in (left / "sira.txt", left):
            os.utime(path, (time.time() - age,) * 2)
    with replacing(target, suffix=".txt", overwrite=False) as part:
        part.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a[1].txt.new.part", "a[1].txt"]
