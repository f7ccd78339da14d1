"""QGIS 3.22, as Debian ships it, with its provider for OGC API - Features: what an officer gets who adds one URL."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from live import Recorder, collections, get_json

if TYPE_CHECKING:
    from conftest import Installation

pytestmark = pytest.mark.qgis

#: What a column of a type in the schema (Part 5) is to QGIS.
QGIS_TYPES = {
    ("string", None): {"String"},
    ("string", "date"): {"Date"},
    ("string", "date-time"): {"DateTime"},
    ("integer", None): {"Integer", "Integer64"},
    ("number", None): {"Real"},
    ("boolean", None): {"Boolean"},
}
GEOMETRIES = {"point": "Point", "multilinestring": "MultiLineString", "multipolygon": "MultiPolygon"}
MOST_ITEM_REQUESTS = 4


def qgis(python: str, url: str, wanted: dict[str, Any], key: str = "") -> dict[str, dict[str, Any]]:
    """Return what QGIS makes of collections (id → box to ask for, or None for all)."""
    script = os.path.join(os.path.dirname(__file__), "qgis_client.py")
    done = subprocess.run(
        [python, script],
        input=json.dumps({"url": url, "key": key, "collections": wanted}),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def loaded(service: Installation, qgis_python: str) -> dict[str, dict[str, Any]]:
    return qgis(qgis_python, service.ogc, dict.fromkeys(collections(service.ogc)))


def schema_of(ogc: str, collection: str, key: str = "") -> dict[str, Any]:
    return get_json(f"{ogc}/collections/{collection}/schema", key=key)["properties"]


def test_every_collection_loads_whole(service: Installation, loaded: dict[str, dict[str, Any]]) -> None:
    assert set(loaded) == set(collections(service.ogc))
    for name, layer in loaded.items():
        assert layer["valid"], name
        matched = get_json(f"{service.ogc}/collections/{name}/items?limit=1")["numberMatched"]
        assert layer["count"] == layer["announced"] == matched, name
        assert layer["crs"] in ("OGC:CRS84", "EPSG:4326"), name


def test_columns_have_the_types_of_the_schema(service: Installation, loaded: dict[str, dict[str, Any]]) -> None:
    wrong = {}
    for name, layer in loaded.items():
        for column, described in schema_of(service.ogc, name).items():
            if described.get("x-ogc-role") in ("primary-geometry", "id"):
                continue
            expected = QGIS_TYPES[_plain(described["type"]), described.get("format")]
            is_empty = layer["values"].get(column) == 0  # a column without a single value has no type to QGIS
            if not is_empty and layer["fields"].get(column) not in expected:
                wrong[f"{name}.{column}"] = layer["fields"].get(column)
    assert wrong == {}


def _plain(type_: str | list[str]) -> str:
    return type_ if isinstance(type_, str) else next(each for each in type_ if each != "null")


def test_geometries_are_of_the_one_type(service: Installation, loaded: dict[str, dict[str, Any]]) -> None:
    for name, layer in loaded.items():
        (shape,) = (
            each["format"] for each in schema_of(service.ogc, name).values() if "geometry" in each.get("format", "")
        )
        assert layer["geometry"] == GEOMETRIES[shape.removeprefix("geometry-")], name
        if layer["count"]:
            assert layer["with_geometry"] > 0, name


def test_extent_is_pushed_down(service: Installation, qgis_python: str) -> None:
    """Each collection is asked for the surroundings of Mopti: QGIS sends the box, and shows what the service finds."""
    box = {"west": -5.0, "south": 14.0, "east": -3.5, "north": 15.0}
    wanted = dict.fromkeys(collections(service.ogc), box)
    with Recorder(service.address) as recorder:
        layers = qgis(qgis_python, f"{recorder.address}/ogc", wanted)
    for name, layer in layers.items():
        boxes = [each.query["bbox"] for each in recorder.items_of(name) if "bbox" in each.query]
        assert boxes, name
        assert [float(side) for side in boxes[0].split(",")] == pytest.approx(list(box.values())), name
        found = get_json(f"{service.ogc}/collections/{name}/items?limit=1&bbox=-5,14,-3.5,15")["numberMatched"]
        assert layer["count"] <= found < layer["announced"] or found == layer["announced"], name


def test_2500_features_take_at_most_4_item_requests(guarded: Installation, qgis_python: str) -> None:
    """With a key, as QGIS keeps and sends it; of the first hundred reports nobody knows how many were killed."""
    with Recorder(guarded.address) as recorder:
        layer = qgis(qgis_python, f"{recorder.address}/ogc", {"incidents": None}, guarded.keys["partner"])["incidents"]
    asked = recorder.items_of("incidents")
    assert layer["count"] == layer["announced"] == 2_500
    assert layer["fields"]["killed_total"].startswith("Integer")
    assert layer["fields"]["location_error_km"] == "Real"
    assert layer["values"]["killed_total"] == 2_400
    assert {each.status for each in asked} == {200}
    assert all(each.headers["Authorization"].startswith("Basic ") for each in asked)
    assert len(asked) <= MOST_ITEM_REQUESTS, asked


def test_without_a_key_incidents_do_not_load(guarded: Installation, qgis_python: str) -> None:
    """What needs no key does."""
    layers = qgis(qgis_python, guarded.ogc, {"incidents": None, "regions-2016": None})
    assert not layers["incidents"]["valid"] or layers["incidents"]["count"] == 0
    assert layers["regions-2016"]["count"] == 11
