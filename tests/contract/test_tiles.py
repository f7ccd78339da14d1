"""Tiles over HTTP: who gets which, under which addresses, in what words; wrong addresses; pictures and legend."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import jsonschema
import mapbox_vector_tile
import numpy as np
import pytest
from assessment_kit import drawn
from exports_kit import assessed
from fastapi import FastAPI
from homes_kit import coarse_home
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile
from rio_cogeo.cogeo import cog_validate
from service_of import HOSTILE, Caller, keys_for, newcomer, real_batch, settings_in

from api.app import create_app
from api.base import assessments
from api.base.palette import BAND_COLOURS
from api.collections.registry import collections
from api.tiles.raster import OUT_OF_DATE, SYNTHETIC, draw_marks, parse_rgb
from geo.incidents.batch import Batch

pytestmark = [
    pytest.mark.slow,
    # rasterio multiplies transforms as its library affine will not like for ever; PNG have no place, and need none.
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]

#: Tile of the centre of Mali.
AT = (6, 31, 29)
OPEN = ("regions-2016", "cercles-2015", "cercles-2016", "risk-regions-2016", "risk-cercles-2016", "roads", "places")
CLOSED = ("communes-2016", "risk-communes-2016", "risk-cells", "hotspots", "incidents", "hazard-areas")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A service with the synthetic default, assessed."""
    app = create_app(coarse_home(tmp_path_factory.mktemp("service")))
    yield app
    app.state.service.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    """A service with real incidents, some of hostile text, and keys."""
    app = create_app(settings_in(tmp_path_factory.mktemp("real")))
    store = app.state.service.store
    rows = drawn(300)
    store.add_incidents(Batch("real.csv", "test", len(rows), rows, (), ()))
    store.add_incidents(real_batch())
    assessed(app.state.service)
    yield app, keys_for(store)
    app.state.service.close()


def tile(caller: Caller, collection: str, at: tuple[int, int, int] = AT) -> dict[str, Any]:
    """Return a tile's layer as another program reads it."""
    answer = caller.get(f"/tiles/{collection}/{at[0]}/{at[1]}/{at[2]}.mvt?lang=en")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    layers: dict[str, Any] = mapbox_vector_tile.decode(answer.content)
    assert list(layers) == [collection]
    layer: dict[str, Any] = layers[collection]
    assert layer["extent"] == 4096
    return layer


@pytest.mark.parametrize("collection", [*OPEN, *CLOSED])
def test_a_tile_holds_the_collection_with_its_types(app: FastAPI, collection: str) -> None:
    described = newcomer(app).get(f"/tiles/{collection}/tilejson.json?lang=en").json()["vector_layers"][0]
    types = {"string": str, "date": str, "integer": int, "number": float, "boolean": bool}
    features = tile(newcomer(app), collection)["features"]
    assert features
    for feature in features:
        properties = dict(feature["properties"])
        assert properties.pop("id")
        assert set(properties) <= set(described["fields"])
        for name, value in properties.items():
            expected = described["fields"][name].partition(":")[0]
            assert type(value) is types[expected], name
            assert value is not None


def test_the_same_number_as_the_layer(app: FastAPI) -> None:
    layer = newcomer(app).get("/layers/risk-cercles.geojson?vintage=2016&lang=en").json()["features"]
    by_id = {feature["id"]: feature["properties"] for feature in layer}
    compared = 0
    for feature in tile(newcomer(app), "risk-cercles-2016")["features"]:
        shown, told = feature["properties"], by_id[feature["properties"]["id"]]
        for name in ("band", "expected", "low", "high", "p_any", "not_assessed", "name"):
            assert shown.get(name) == told[name]
            compared += 1
        if shown["band"] == "not_assessed":
            assert "expected" not in shown
    assert compared > 50


@pytest.mark.parametrize("collection", OPEN)
def test_what_is_open_needs_no_key(real: tuple[FastAPI, dict[str, str]], collection: str) -> None:
    answer = Caller(real[0]).get(f"/tiles/{collection}/5/15/14.mvt")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(
    "address",
    [
        *(f"/tiles/{name}/6/31/29.mvt" for name in CLOSED),
        *(f"/tiles/{name}/tilejson.json" for name in CLOSED),
        *(f"/ogc/collections/{name}/tiles/WebMercatorQuad/6/29/31" for name in CLOSED),
        "/ogc/collections/incidents/tiles",
        "/ogc/collections/incidents/tiles/WebMercatorQuad",
        "/tiles/risk/6/31/29.png",
        "/tiles/risk/tilejson.json",
        "/tiles/risk/legend.json",
    ],
)
def test_what_is_closed_needs_a_key(real: tuple[FastAPI, dict[str, str]], address: str) -> None:
    app, keys = real
    refused = Caller(app).get(address)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    answer = Caller(app, key=keys["partner"]).get(address)
    assert answer.status_code in (200, 204)
    assert answer.headers["cache-control"] == "private, no-cache"


def test_partners_see_rounded_places_and_no_text_and_cannot_use_an_analysts_address(
    real: tuple[FastAPI, dict[str, str]],
) -> None:
    app, keys = real
    partner, analyst = Caller(app, key=keys["partner"]), Caller(app, key=keys["analyst"])
    shown = tile(partner, "incidents", (12, 2001, 1881))
    for feature in shown["features"]:
        assert not feature["properties"]["id"].startswith("imsma")
        assert "source_id" not in feature["properties"]
    # Exact positions and record numbers are in the analyst's.
    exact = tile(analyst, "incidents", (12, 2001, 1881))
    assert any(feature["properties"]["id"].startswith("imsma") for feature in exact["features"])
    assert HOSTILE not in str(exact)
    address = path_of(analyst.get("/tiles/incidents/tilejson.json?lang=en").json()["tiles"][0], (12, 2001, 1881))
    assert analyst.get(address).status_code == 200
    assert partner.get(address).status_code == 410
    assert Caller(app).get(address).status_code == 401


def path_of(template: str, at: tuple[int, int, int]) -> str:
    """Return the path of a tile from an address with places for z, x and y."""
    assert template.startswith("http://")
    return "/" + template.format(z=at[0], x=at[1], y=at[2]).split("/", 3)[3]


def test_an_address_with_the_content_is_immutable_and_gone_after_an_import(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    app = create_app(settings_in(tmp_path_factory.mktemp("import")))
    try:
        here = newcomer(app)
        found = here.get("/tiles/cercles-2016/tilejson.json?lang=fr").json()
        address = path_of(found["tiles"][0], AT)
        assert address.startswith("/tiles/1-")
        answer = here.get(address, Accept_Encoding="br")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "br"
        again = here.get(address, Accept_Encoding="br", If_None_Match=answer.headers["etag"])
        assert again.status_code == 304
        assert here.get(f"/tiles/{address.split('/')[2]}/places/6/31/29.mvt?lang=fr").status_code == 410
        app.state.service.store.add_incidents(real_batch())
        caller = Caller(app)
        while caller.get(address).status_code == 200:  # a snapshot is up to a moment old
            pass
        gone = caller.get(address)
        assert gone.status_code == 410
        problem = gone.json()
        assert problem["type"] == "urn:sira:problem:outdated"
        assert "revision" in problem["detail"]
        assert "TileJSON" in problem["detail"]
        new = caller.get("/tiles/cercles-2016/tilejson.json?lang=fr").json()["tiles"][0]
        answer = caller.get(path_of(new, AT))
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    finally:
        app.state.service.close()


def test_empty_tiles_are_204(app: FastAPI) -> None:
    for address in ("/tiles/cercles-2016/6/0/0.mvt", "/tiles/risk/6/0/0.png", "/tiles/incidents/6/63/63.pbf"):
        answer = newcomer(app).get(address)
        assert answer.status_code == 204
        assert answer.content == b""


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("/tiles/places/x/0/0.mvt", 422, "z"),
        ("/tiles/places/13/0/0.mvt", 422, "z"),
        ("/tiles/risk-cells/4/7/7.mvt", 422, "z"),
        ("/tiles/places/6/64/0.mvt", 422, "x"),
        ("/tiles/places/6/-1/0.mvt", 422, "x"),
        ("/tiles/places/6/0/64.mvt", 422, "y"),
        ("/tiles/places/6/0/1e3.mvt", 422, "y"),
        ("/tiles/places/6/0/0.gif", 422, "format"),
        ("/tiles/places/6/0/0", 422, "format"),
        ("/tiles/places/6/0/0.mvt?lang=de", 422, "lang"),
        ("/tiles/places/6/0/0.mvt?colour=red", 422, "colour"),
        ("/tiles/risk/6/0/0.mvt", 422, "format"),
        ("/tiles/risk/6/0/0.png?target=x", 422, "target"),
        ("/tiles/nowhere/6/0/0.mvt", 404, "collection"),
        ("/tiles/nowhere/tilejson.json", 404, "collection"),
        ("/tiles/0-beef/places/6/0/0.mvt", 410, "revision"),
        ("/ogc/collections/places/tiles/WebMercatorQuad/6/64/0", 400, "tileRow"),
        ("/ogc/collections/places/tiles/WebMercatorQuad/6/0/64", 400, "tileCol"),
        ("/ogc/collections/places/tiles/WebMercatorQuad/99/0/0", 400, "tileMatrix"),
        ("/ogc/collections/nowhere/tiles", 404, "collection"),
        ("/ogc/collections/places/tiles/Nothing/6/0/0", 404, ""),
    ],
)
def test_a_wrong_address_names_what_is_wrong(app: FastAPI, address: str, status: int, parameter: str) -> None:
    answer = newcomer(app).get(address)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    assert parameter in problem["detail"]
    if status in (400, 422):
        assert problem["parameter"] == parameter


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="/?#%\\"), min_size=1), min_size=1, max_size=6
    )
)
def test_no_address_breaks_the_service(app: FastAPI, parts: list[str]) -> None:
    answer = newcomer(app).get("/tiles/" + "/".join(quote(part, safe="") for part in parts if part not in (".", "..")))
    assert answer.status_code < 500


def test_tilejson_describes_what_is_there(app: FastAPI) -> None:
    schema = {
        "type": "object",
        "required": ["tilejson", "tiles", "vector_layers"],
        "properties": {
            "tilejson": {"const": "3.0.0"},
            "tiles": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "pattern": r"^http.*\{z\}/\{x\}/\{y\}"},
            },
            "vector_layers": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "fields"],
                    "properties": {"fields": {"additionalProperties": {"type": "string"}}},
                },
            },
            "bounds": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
            "center": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
        },
    }
    here = newcomer(app)
    for collection in collections(app.state.service.read_snapshot()).values():
        if collection.id in ("road-segments", "axes"):  # made in the background by a started service
            continue
        answer = here.get(f"/tiles/{collection.id}/tilejson.json?lang=en")
        found = answer.json()
        jsonschema.validate(found, schema)
        west, south, east, north = found["bounds"]
        assert -13 < west < east < 5
        assert 9.5 < south < north < 26
        if found["sira"]["synthetic"]:
            assert "Synthetic data" in found["attribution"]


@pytest.mark.parametrize("collection", ["risk-cercles-2016", "risk-cells", "risk"])
def test_what_clients_show_beside_a_map_tells_an_old_forecast(
    real: tuple[FastAPI, dict[str, str]], collection: str
) -> None:
    app, keys = real
    found = Caller(app, key=keys["partner"]).get(f"/tiles/{collection}/tilejson.json?lang=en").json()
    said = found["attribution"]
    assert said.startswith("Out of date: the newest record is of ")
    start, end = (date.fromisoformat(found["sira"]["period"][name]) for name in ("start", "end"))
    assert f"From {start.day} {start:%B %Y} to {end.day} {end:%B %Y} (excluded). Newest record: " in said
    assert "No report is not safety" in said
    assert all(source["name"] in said for source in found["sira"]["sources"])


def test_the_style_draws_bands_as_the_map_does_and_nothing_green(
    app: FastAPI, real: tuple[FastAPI, dict[str, str]]
) -> None:
    style = newcomer(app).get("/tiles/style.json?lang=en").json()
    assert style["version"] == 8
    assert "synthetic" in style["name"]
    fills = {layer["id"]: layer for layer in style["layers"]}
    for band, colour in BAND_COLOURS.items():
        layer = fills[f"risk-cercles-2016-{band}"]
        assert layer["filter"] == ["==", "band", band]
        assert layer["paint"]["fill-color"] == colour
    assert fills["risk-cercles-2016-not_assessed"]["paint"] == {"fill-pattern": "not-assessed"}
    for layer in style["layers"]:
        for value in layer.get("paint", {}).values():
            if isinstance(value, str) and value.startswith("#"):
                red, green, blue = parse_rgb(value)
                assert green <= max(red, blue)
        if "source" in layer:
            assert layer["source"] in style["sources"]
    sprite = newcomer(app).get("/tiles/sprite.json").json()
    assert set(sprite) == {"not-assessed"}
    for suffix, side in (("", 16), ("@2x", 32)):
        with MemoryFile(newcomer(app).get(f"/tiles/sprite{suffix}.png").content) as file, file.open() as picture:
            assert (picture.width, picture.height) == (side, side)
    public = Caller(real[0]).get("/tiles/style.json").json()
    assert set(public["sources"]) == {"risk-cercles-2016", "regions-2016", "roads", "places"}
    assert "incidents" in style["sources"]


def test_pictures_have_the_classes_of_the_map(app: FastAPI) -> None:
    seen: set[tuple[int, ...]] = set()
    for x in (14, 15, 16):
        for y in (13, 14):
            answer = newcomer(app).get(f"/tiles/risk/5/{x}/{y}.png")
            if answer.status_code == 204:
                continue
            with MemoryFile(answer.content) as file, file.open() as picture:
                bands = picture.read()
            assert bands.shape == (4, 256, 256)
            seen |= {tuple(int(part) for part in pixel) for pixel in np.unique(bands.reshape(4, -1).T, axis=0)}
    colours = {pixel[:3] for pixel in seen if pixel[3] > 0}
    known = {parse_rgb(colour) for colour in BAND_COLOURS.values()}
    assert colours & known
    # Beside them the hatching of what is not assessed, and the word that says that these data are synthetic.
    assert colours - known == {parse_rgb("#9a9a9a"), parse_rgb("#f4f4f2"), parse_rgb("#4a4a4a")}
    assert all(green <= max(red, blue) for red, green, blue in colours)


def words_on(caller: Caller) -> list[str]:
    """Return which words stand in the corner of a picture, whose ink has a colour of its own."""
    with MemoryFile(caller.get("/tiles/risk/5/15/14.png").content) as file, file.open() as picture:
        ink = (picture.read()[:3, 220:, :160] == 0x4A).all(axis=0)
    for lines in ([], [SYNTHETIC], [OUT_OF_DATE], [SYNTHETIC, OUT_OF_DATE]):
        drawn = np.zeros((4, 256, 256), np.uint8)
        draw_marks(drawn, lines)
        if np.array_equal(drawn[3, 220:, :160] > 0, ink):
            return lines
    raise AssertionError("other ink in the corner")


def test_pictures_of_synthetic_data_and_of_old_forecasts_say_so(
    app: FastAPI, real: tuple[FastAPI, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = newcomer(app)
    assert words_on(Caller(real[0], key=real[1]["partner"])) == [OUT_OF_DATE]
    assert words_on(here) == [SYNTHETIC]
    (fresh,) = here.get("/tiles/risk/tilejson.json").json()["tiles"]
    later = assessments.today() + timedelta(days=200)
    monkeypatch.setattr("api.tiles.serving.today", lambda: later)
    assert words_on(here) == [SYNTHETIC, OUT_OF_DATE]
    (old,) = here.get("/tiles/risk/tilejson.json").json()["tiles"]
    assert old != fresh  # what was fetched as immutable is not shown any more
    monkeypatch.undo()
    assert words_on(here) == [SYNTHETIC]


def test_the_raster_behind_them_is_cloud_optimised(app: FastAPI) -> None:
    body = newcomer(app).get("/layers/risk.tif").content
    with MemoryFile(body) as file:
        is_valid, errors, warnings = cog_validate(file.name, strict=True)
    assert (is_valid, errors, warnings) == (True, [], [])


def test_pictures_lie_where_the_cells_lie(app: FastAPI) -> None:
    cells = newcomer(app).get("/layers/risk-cells.geojson?lang=en").json()["features"]
    worst = max(
        (cell for cell in cells if cell["properties"]["expected"]), key=lambda cell: cell["properties"]["expected"]
    )
    lon, lat = np.mean(worst["geometry"]["coordinates"][0][:4], axis=0)
    zoom = 8
    column = (lon / 360 + 0.5) * 2**zoom
    row = (0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)) * 2**zoom
    answer = newcomer(app).get(f"/tiles/risk/{zoom}/{int(column)}/{int(row)}.png")
    with MemoryFile(answer.content) as file, file.open() as picture:
        pixel = picture.read()[:3, int(row % 1 * 256), int(column % 1 * 256)]
    assert tuple(int(part) for part in pixel) == parse_rgb(BAND_COLOURS[worst["properties"]["band"]])


@pytest.mark.parametrize(
    ("lang", "caveat", "synthetic"),
    [("en", "No report is not safety", "Synthetic data"), ("fr", "L’absence de signalement n’est pas", "synthétiques")],
)
def test_the_legend_says_what_no_colour_says(app: FastAPI, lang: str, caveat: str, synthetic: str) -> None:
    found = newcomer(app).get(f"/tiles/risk/legend.json?lang={lang}").json()
    assert caveat in found["caveat"]
    assert any(synthetic in notice for notice in found["notices"])
    assert [entry["band"] for entry in found["classes"]] == ["not_assessed", *BAND_COLOURS]
    assert [entry["hatched"] for entry in found["classes"]] == [True, False, False, False, False]
    answer = newcomer(app).get(f"/tiles/risk/legend.svg?lang={lang}")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    drawing = ET.fromstring(answer.content)
    words = " ".join(element.text or "" for element in drawing.iter("{http://www.w3.org/2000/svg}text"))
    for said in (*[entry["label"] for entry in found["classes"]], caveat, synthetic):
        assert said in words


def test_ogc_documents_lead_to_the_tiles(app: FastAPI) -> None:
    here = newcomer(app)
    landing = {link["rel"].rpartition("/")[2]: link for link in here.get("/ogc?f=json").json()["links"]}
    assert here.get("/" + landing["tiling-schemes"]["href"].split("/", 3)[3]).json()["tileMatrixSets"]
    collection = here.get("/ogc/collections/cercles-2016?f=json&lang=en").json()
    tiles = {link["rel"].rpartition("/")[2]: link for link in collection["links"]}["tilesets-vector"]
    sets = here.get("/" + tiles["href"].split("/", 3)[3]).json()["tilesets"]
    assert len(sets) == 1
    links = {link["rel"].rpartition("/")[2]: link for link in sets[0]["links"]}
    scheme = here.get("/" + links["tiling-scheme"]["href"].split("/", 3)[3]).json()
    assert scheme["id"] == "WebMercatorQuad"
    matrix = scheme["tileMatrices"][6]
    assert matrix["matrixWidth"] == 64
    described = here.get("/" + links["self"]["href"].split("/", 3)[3]).json()
    assert described["dataType"] == "vector"
    limits = {each["tileMatrix"]: each for each in described["tileMatrixSetLimits"]}["6"]
    assert limits["minTileRow"] <= AT[2] <= limits["maxTileRow"]
    assert limits["minTileCol"] <= AT[1] <= limits["maxTileCol"]
    address = links["item"]["href"].format(tileMatrix=AT[0], tileRow=AT[2], tileCol=AT[1])
    answer = here.get("/" + address.split("/", 3)[3])
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.content == here.get("/tiles/cercles-2016/6/31/29.mvt?lang=en").content


def test_tiles_outside_the_limits_are_empty(app: FastAPI) -> None:
    described = newcomer(app).get("/ogc/collections/regions-2016/tiles/WebMercatorQuad").json()
    for limits in described["tileMatrixSetLimits"][3:7]:
        zoom = limits["tileMatrix"]
        beside = f"/tiles/regions-2016/{zoom}/{limits['maxTileCol'] + 1}/{limits['minTileRow']}.mvt"
        inside = [
            newcomer(app).get(f"/tiles/regions-2016/{zoom}/{limits['maxTileCol']}/{row}.mvt").status_code
            for row in range(limits["minTileRow"], limits["maxTileRow"] + 1)
        ]
        assert newcomer(app).get(beside).status_code == 204
        assert 200 in inside
