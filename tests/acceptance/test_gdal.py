"""GDAL's driver for OGC API - Features: the one that pyogrio brings, and Debian's older one through ``ogrinfo``."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import pytest
from live import Recorder, collections, get_json

if TYPE_CHECKING:
    from conftest import Installation

#: Options of every reading: pages as large as the service allows.
PAGE = 5_000
GDAL_TYPES = {
    ("string", None): "OFTString",
    ("string", "date"): "OFTDate",
    ("string", "date-time"): "OFTDateTime",
    ("integer", None): "OFTInteger",
    ("number", None): "OFTReal",
    ("boolean", None): "OFTInteger",
}


def number_matched(ogc: str, name: str, query: str = "") -> int:
    return int(get_json(f"{ogc}/collections/{name}/items?limit=1{query}")["numberMatched"])


def read_apart(source: str, **options: Any) -> gpd.GeoDataFrame:
    """Read in another process: pyogrio keeps the interpreter's lock, and the proxy needs it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(pyogrio.read_dataframe, source, **options).result(timeout=600)


def test_pyogrio_lists_every_collection(service: Installation) -> None:
    layers = {name for name, _ in pyogrio.list_layers(f"OAPIF:{service.ogc}")}
    assert layers == set(collections(service.ogc))


def test_pyogrio_reads_every_collection_whole(service: Installation) -> None:
    for name in collections(service.ogc):
        frame = pyogrio.read_dataframe(f"OAPIF:{service.ogc}", layer=name, PAGE_SIZE=PAGE)
        assert len(frame) == number_matched(service.ogc, name), name
        assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84"), name
        if len(frame.dropna(subset="geometry")):
            west, south, east, north = frame.total_bounds
            assert -13 < west <= east < 5, name  # longitude first
            assert 9 < south <= north < 26, name


def test_columns_have_the_types_of_the_schema(service: Installation) -> None:
    """Also where the first hundred rows know nothing; a column without a single value has no type to GDAL."""
    wrong = {}
    for name in collections(service.ogc):
        source = f"OAPIF:{service.ogc}"
        about = pyogrio.read_info(source, layer=name)
        values = pyogrio.read_dataframe(source, layer=name, PAGE_SIZE=PAGE).notna().any()
        found = dict(zip(about["fields"], about["ogr_types"], strict=True))
        for column, described in get_json(f"{service.ogc}/collections/{name}/schema")["properties"].items():
            if described.get("x-ogc-role") == "primary-geometry" or not values[column]:
                continue
            type_ = described["type"] if isinstance(described["type"], str) else described["type"][0]
            if found[column].replace("Integer64", "Integer") != GDAL_TYPES[type_, described.get("format")]:
                wrong[f"{name}.{column}"] = found[column]
    assert wrong == {}


def test_gdal_pushes_the_box_and_what_it_can_of_a_filter_down(service: Installation) -> None:
    """GDAL 3.12 sends CQL in the words of a draft (``cql-text``) alone; equality and times it sends as parameters."""
    with Recorder(service.address) as recorder:
        source = f"OAPIF:{recorder.address}/ogc"
        boxed = read_apart(source, layer="incidents", bbox=(-5, 14, -3.5, 15), PAGE_SIZE=PAGE)
        chosen = read_apart(source, layer="incidents", where="hazard_type = 'ied'", PAGE_SIZE=PAGE)
        since = read_apart(source, layer="incidents", where="date >= '2022-01-01'", PAGE_SIZE=PAGE)
        many = read_apart(source, layer="incidents", where="killed_total > 2", PAGE_SIZE=PAGE)
    asked = recorder.items_of("incidents")
    assert {each.status for each in asked} == {200}
    boxes = [each.query["bbox"] for each in asked if "bbox" in each.query]
    assert [float(side) for side in boxes[0].split(",")] == [-5, 14, -3.5, 15]
    assert 0 < len(boxed.dropna(subset="geometry")) < number_matched(service.ogc, "incidents")
    assert {each.query.get("hazard_type") for each in asked} == {None, "ied"}
    assert set(chosen["hazard_type"]) == {"ied"}
    assert len(chosen) == number_matched(service.ogc, "incidents", "&filter=hazard_type%20%3D%20%27ied%27")
    assert {each.query.get("datetime") for each in asked} == {None, "2022-01-01T/.."}
    assert len(since) == number_matched(service.ogc, "incidents", "&datetime=2022-01-01/..")
    assert len(many) == number_matched(service.ogc, "incidents", "&filter=killed_total%20%3E%202")


def test_a_key_opens_the_incidents_to_gdal(guarded: Installation) -> None:
    """As password of a user of any name, which is how GDAL is told one."""
    source, key = f"OAPIF:{guarded.ogc}", guarded.keys["partner"]
    with pytest.raises(pyogrio.errors.DataLayerError):
        pyogrio.read_info(source, layer="incidents")
    frame = pyogrio.read_dataframe(source, layer="incidents", PAGE_SIZE=PAGE, USERPWD=f"anyone:{key}")
    assert len(frame) == 2_500
    assert frame["killed_total"].isna().sum() == 100
    assert frame["killed_total"].dtype.kind == "f"  # numbers, with missing ones


def test_ogrinfo_reads_every_collection(service: Installation, ogrinfo: str) -> None:
    """Debian's GDAL 3.6, as QGIS 3.22 uses it."""
    expected = collections(service.ogc)
    command = [ogrinfo, "-ro", "-so", "-al", "-oo", f"PAGE_SIZE={PAGE}", f"OAPIF:{service.ogc}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    assert "ERROR" not in said.stderr + said.stdout, said.stderr
    counts = dict(re.findall(r"Layer name: (\S+)\n(?:.*\n)*?Feature Count: (\d+)", said.stdout))
    assert {name: int(count) for name, count in counts.items()} == {
        name: number_matched(service.ogc, name) for name in expected
    }
    assert json.dumps(said.stdout).count("PRIMEM") >= len(expected)
