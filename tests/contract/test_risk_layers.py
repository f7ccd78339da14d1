"""The layers of an assessment, its raster and the model card over HTTP: who sees what, in what words, and when not."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from assessment_kit import drawn
from exports_kit import assessed
from fastapi import FastAPI
from homes_kit import coarse_home, real_home
from rasterio.io import MemoryFile
from service_of import Caller, keys_for, newcomer, settings_in
from store_kit import hazard_batch, hazards

from api.app import create_app
from api.base import assessments
from api.base.assessments import Shelf, find
from api.base.palette import BAND_COLOURS
from api.layers import serving
from api.layers.registry import RISK_LAYERS
from geo.core.errors import NotReadyError
from geo.incidents.batch import Batch
from models.risk.target import Target

pytestmark = pytest.mark.slow

LAYERS = list(RISK_LAYERS)
OPEN_LAYERS, CLOSED_LAYERS = LAYERS[:2], LAYERS[2:]
JSON_TYPES = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(coarse_home(tmp_path_factory.mktemp("service")))
    yield app
    app.state.service.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    """A store of real incidents and conflict events that ended years ago, with its assessment and keys."""
    app = create_app(settings_in(tmp_path_factory.mktemp("real")))
    store = app.state.service.store
    rows = drawn(300)
    store.add_incidents(Batch("real.csv", "test", len(rows), rows, (), ()))
    assessed(app.state.service)
    yield app, keys_for(store)
    app.state.service.close()


@pytest.fixture(scope="module")
def bodies(app: FastAPI) -> dict[str, Any]:
    here = newcomer(app)
    return {layer: here.get(f"/layers/{layer}.geojson?lang=en").json() for layer in LAYERS}


@pytest.mark.parametrize("layer", LAYERS)
def test_features_have_exactly_the_documented_attributes(bodies: dict[str, Any], layer: str) -> None:
    attributes = {attribute.name: attribute for attribute in RISK_LAYERS[layer].attributes}
    features = bodies[layer]["features"]
    assert features
    for feature in features:
        assert set(feature["properties"]) == set(attributes)
        for name, value in feature["properties"].items():
            attribute = attributes[name]
            if value is None:
                assert attribute.nullable, name
            else:
                assert isinstance(value, JSON_TYPES[attribute.type]), (name, value)
                assert not attribute.choices or value in attribute.choices


@pytest.mark.parametrize("layer", LAYERS)
def test_geojson_follows_rfc_7946(bodies: dict[str, Any], layer: str) -> None:
    body = bodies[layer]
    assert len({feature["id"] for feature in body["features"]}) == len(body["features"])
    for feature in body["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        west, south, east, north = shape.bounds
        assert -13 < west <= east < 5
        assert 9.5 < south <= north < 26
        for polygon in shapely.get_parts(shape):
            assert polygon.exterior.is_ccw


@pytest.mark.parametrize("layer", LAYERS)
def test_each_answer_says_what_it_is(bodies: dict[str, Any], layer: str) -> None:
    about = bodies[layer]["sira"]
    assert about["layer"] == layer
    assert about["synthetic"] is True
    assert any("Synthetic" in notice for notice in about["notices"])
    assert about["revision"] == 1
    assert about["target"] == "ied"
    assert "IEDs and mines" in about["title"]
    assert about["horizon_days"] == 91
    assert about["t0"] == about["period"]["end" if layer == "hotspots" else "start"]
    assert about["model"] == "/model"
    assert "safe" in about["caveat"] or "no forecast" in about["caveat"]
    assert {band["band"] for band in about["bands"]} == {"not_assessed", *BAND_COLOURS}


@pytest.mark.parametrize("layer", LAYERS[:4])
def test_what_is_not_assessed_has_a_reason_and_no_number(bodies: dict[str, Any], layer: str) -> None:
    seen = set()
    for feature in bodies[layer]["features"]:
        told = feature["properties"]
        seen.add(told["band"] == "not_assessed")
        if told["band"] == "not_assessed":
            assert told["not_assessed"]
            assert told["expected"] is None
            assert told["p_any"] is None
            assert told["high"] is None
        else:
            assert told["not_assessed"] is None
            assert told["expected"] > 0
            assert 0 < told["p_any"] <= 1
            if told["high"] is None:  # nearly all outcomes are 0: no interval from 0 to 0 beside what is expected
                assert told["low"] is None
            else:
                assert told["low"] <= told["high"]
                assert told["high"] > 0
            assert sum(told[name] for name in told if name.startswith("share_")) == pytest.approx(1, abs=0.02)
    assert seen == {True, False}


def test_units_of_every_vintage_are_answered(app: FastAPI) -> None:
    for vintage, count in (("2015", 9), ("2016", 11), ("2023", 20)):
        body = newcomer(app).get(f"/layers/risk-regions.geojson?vintage={vintage}").json()
        assert len(body["features"]) == count
        assert body["sira"]["vintage"] == vintage
    problem = newcomer(app).get("/layers/risk-cercles.geojson?vintage=2023")
    assert problem.status_code == 422
    assert problem.json()["parameter"] == "vintage"


@pytest.mark.parametrize("layer", OPEN_LAYERS)
def test_cercles_and_regions_are_open_and_show_no_single_event(app: FastAPI, layer: str) -> None:
    answer = Caller(app).get(f"/layers/{layer}.geojson")
    assert answer.status_code == 200
    for feature in answer.json()["features"]:
        assert feature["properties"]["heaviest"] is None
        assert feature["properties"]["events_half"] is None or feature["properties"]["events_half"] > 0
    assert "synthetic:" not in answer.text
    assert answer.headers["cache-control"].startswith("public")


@pytest.mark.parametrize("address", [*(f"/layers/{name}.geojson" for name in CLOSED_LAYERS), "/layers/risk.tif"])
def test_communes_cells_hotspots_and_raster_need_a_key(real: tuple[FastAPI, dict[str, str]], address: str) -> None:
    app, keys = real
    refused = Caller(app).get(address)
    assert refused.status_code == 401
    assert refused.json()["audience"] == "partner"
    assert newcomer(app).get(address).status_code == 401  # real data: the machine itself is no key
    answer = Caller(app, key=keys["partner"]).get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")


def test_partners_see_the_events_that_weigh_under_the_ids_of_their_incident_layer(
    real: tuple[FastAPI, dict[str, str]],
) -> None:
    app, keys = real

    def heaviest(audience: str) -> set[str]:
        body = Caller(app, key=keys[audience]).get("/layers/risk-cercles.geojson").json()
        return {e["event_id"] for f in body["features"] for e in f["properties"]["heaviest"] or []}

    def events(audience: str) -> set[str]:
        body = Caller(app, key=keys[audience]).get("/layers/incidents.geojson").json()
        return {feature["properties"]["event_id"] for feature in body["features"]}

    for audience in ("partner", "analyst"):
        assert heaviest(audience)
        assert heaviest(audience) <= events(audience)
    assert not heaviest("partner") & heaviest("analyst")


def test_the_public_is_told_the_month_of_the_newest_record(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    dates = drawn(300)["date"]
    days = [form for day in (dates.min(), dates.max()) for form in (f"{day:%Y-%m-%d}", f"{day.day} {day:%B %Y}")]
    partner, public = Caller(app, key=keys["partner"]), Caller(app)
    shown = ["/layers/risk-cercles.geojson", "/layers/risk-regions.geojson", "/map/risk.json?level=cercle"]
    shown += ["/ogc/collections/risk-cercles-2016/items?f=json", "/ogc/collections/risk-cercles-2016/items?f=html"]
    shown += ["/exports/risk-cercles-2016.csv", "/exports/risk-cercles-2016.kml", "/model.json", "/model"]
    for address in shown:
        lang = "&lang=en" if "?" in address else "?lang=en"
        for first, second in ((partner, public), (public, partner)):  # whatever was kept of the one before
            first.get(address + lang)
            answer = second.get(address + lang)
            assert answer.status_code == 200, answer.text
        answer = public.get(address + lang)
        assert not [day for day in days if day in answer.text], address
        if address.endswith(".geojson"):
            assert answer.json()["sira"]["data_until"] == f"{dates.max():%Y-%m}"
            assert partner.get(address + lang).json()["sira"]["data_until"] == f"{dates.max():%Y-%m-%d}"
            for feature in answer.json()["features"]:
                told = {name: str(value) for name, value in feature["properties"].items() if name != "observers_until"}
                assert not [name for name, text in told.items() if re.match(r"\d{4}-\d{2}-\d{2}", text)]


def test_old_data_are_out_of_date_everywhere(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    partner = Caller(app, key=keys["partner"])
    newest = drawn(300)["date"].max().date()
    for layer in LAYERS:
        about = partner.get(f"/layers/{layer}.geojson?lang=fr").json()["sira"]
        assert about["out_of_date"] is True
        assert about["synthetic"] is False
        assert any("périmées" in notice and str(newest.year) in notice for notice in about["notices"])
        english = partner.get(f"/layers/{layer}.geojson?lang=en").json()["sira"]["notices"]
        assert any(notice.startswith("Out of date") for notice in english)
    with MemoryFile(partner.get("/layers/risk.tif?lang=en").content) as file, file.open() as raster:
        assert raster.tags()["OUT_OF_DATE"] == "true"
        assert "Out of date" in raster.tags()["NOTICE"]
        assert "No report is not safety" in raster.tags()["NOTICE"]
        assert raster.tags()["SOURCES"] == "drawn"
        assert raster.tags()["DATA_UNTIL"] == newest.isoformat()
    card = Caller(app).get("/model?lang=fr")
    assert "Données périmées" in card.text


def test_a_fresh_answer_becomes_out_of_date_without_a_new_assessment(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = newcomer(app)
    assert here.get("/layers/risk-regions.geojson").json()["sira"]["out_of_date"] is False
    later = assessments.today() + timedelta(days=200)
    monkeypatch.setattr("api.layers.serving.today", lambda: later)
    assert here.get("/layers/risk-regions.geojson").json()["sira"]["out_of_date"] is True


def test_the_raster_holds_the_cells(app: FastAPI) -> None:
    answer = newcomer(app).get("/layers/risk.tif?lang=en")
    assert answer.headers["content-type"].startswith("image/tiff")
    made = app.state.service.shelf.get(1, Target.IED)
    with MemoryFile(answer.content) as file, file.open() as raster:
        assert raster.descriptions == ("expected", "p_any", "high", "band")
        tags = raster.tags()
        assert (tags["TARGET"], tags["HORIZON_DAYS"], tags["SYNTHETIC"]) == ("ied", "91", "true")
        assert tags["T0"] == made.t0.isoformat()
        assert "91 days" in tags["UNITS"]
        shown = made.cells[made.cells["assessed"]]
        assert raster.read(1, masked=True).sum() == pytest.approx(shown["expected"].sum(), rel=1e-4)
        assert (~raster.read(4, masked=True).mask).sum() == len(made.cells)
        assert set(raster.read(4, masked=True).compressed()) <= {0, 1, 2, 3, 4}
    again = newcomer(app).get("/layers/risk.tif?lang=en", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [("bytes=0-99", 206, 0, 99), ("bytes=100-", 206, 100, -1), ("bytes=-10", 206, -10, -1), ("bytes=9-1", 200, 0, -1)],
)
def test_the_raster_answers_ranges_of_bytes(app: FastAPI, asked: str, status: int, first: int, last: int) -> None:
    whole = newcomer(app).get("/layers/risk.tif").content
    part = newcomer(app).get("/layers/risk.tif", Range=asked)
    assert part.status_code == status
    assert part.content == whole[first : None if last == -1 else last + 1]


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/layers/risk-cercles.geojson?target=mines", "target"),
        ("/layers/risk-cells.geojson?vintage=2016", "vintage"),
        ("/layers/hotspots.geojson?level=region", "level"),
        ("/layers/risk-cercles.geojson?hazard=ied", "hazard"),
        ("/layers/risk.tif?vintage=2016", "vintage"),
        ("/model?f=pdf", "f"),
        ("/model?lang=de", "lang"),
    ],
)
def test_wrong_parameters_are_named(app: FastAPI, address: str, parameter: str) -> None:
    problem = newcomer(app).get(address)
    assert problem.status_code == 422
    assert problem.json()["parameter"] == parameter


def test_kept_bytes_have_tags(app: FastAPI) -> None:
    here = newcomer(app)
    first = here.get("/layers/risk-cercles.geojson", Accept_Encoding="br")
    assert first.headers["content-encoding"] == "br"
    assert (
        here.get("/layers/risk-cercles.geojson", Accept_Encoding="br", If_None_Match=first.headers["etag"]).status_code
        == 304
    )
    assert here.get("/layers/risk-cercles.geojson", method="HEAD").content == b""


def test_hotspots_come_for_communes_and_cells(app: FastAPI, bodies: dict[str, Any]) -> None:
    cells = newcomer(app).get("/layers/hotspots.geojson?level=cell").json()["features"]
    assert len(bodies["hotspots"]["features"]) == 701
    assert {feature["properties"]["level"] for feature in cells} == {"cell"}
    assert {feature["properties"]["pattern"] for feature in cells} <= {"emerging", "persistent", "fading"}


def test_the_index_and_the_documents_name_the_layers(app: FastAPI) -> None:
    listed = {entry["name"]: entry for entry in Caller(app).get("/layers").json()["layers"]}
    for layer in RISK_LAYERS.values():
        entry = listed[layer.name]
        assert entry["model"] == "/model"
        assert entry["open"] is (layer.name in OPEN_LAYERS)
    document = Caller(app).get("/openapi.json?lang=en").json()
    for layer in RISK_LAYERS.values():
        operation = document["paths"][layer.address]["get"]
        assert [p.get("name", p.get("$ref", "").rsplit("/", 1)[-1]) for p in operation["parameters"]] == list(
            layer.parameters
        )
        assert "503" in operation["responses"]
        described = document["components"]["schemas"][layer.name]["properties"]["features"]["items"]["properties"]
        for attribute in layer.attributes:
            told = described["properties"]["properties"][attribute.name]
            assert told["description"]
            assert not attribute.unit or attribute.unit in told["description"]
    assert "/model" in document["paths"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_card_is_a_page_without_scripts(app: FastAPI, lang: str) -> None:
    answer = Caller(app).get(f"/model?lang={lang}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{lang}">' in answer.text
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    for word in {"fr": ("Données synthétiques", "0,632"), "en": ("Synthetic data", "0.632")}[lang]:
        assert word in answer.text


def test_the_card_as_json_has_the_default_and_the_scores(app: FastAPI) -> None:
    for answer in (
        Caller(app).get("/model", Accept="application/json"),
        Caller(app).get("/model?f=json"),
        Caller(app).get("/model.json"),
    ):
        assert answer.headers["content-type"] == "application/json"
        card = answer.json()
        assert card["default"] in {score["model"] for score in card["scores"]}
        for score in card["scores"]:
            assert set(score) == {"data", "model", "metric", "value", "low", "high"}
            assert score["data"] in ("ucdp-mali", "store")
        found = {s["metric"] for s in card["scores"] if s["model"] == card["default"] and s["data"] == "ucdp-mali"}
        assert found >= {"hit_1", "hit_5", "hit_10", "ig_longrun", "crps_cercle", "log_cercle", "brier_any", "cover_80"}
        assert card["targets"]["ied"]["synthetic"] is True
        assert card["limits"]
        assert card["unintended"]


def test_the_card_shows_what_the_store_s_evaluation_found(app: FastAPI) -> None:
    shelf = app.state.service.shelf
    row = {"data": "store", "model": "risk", "metric": "hit_5", "value": 0.5, "low": 0.4, "high": None}
    shelf.keep_evaluation({"target": "ied", "synthetic": True, "scores": [row]})
    card = Caller(app).get("/model.json").json()
    assert [score for score in card["scores"] if score["data"] == "store"] == [row]
    assert card["evaluated"] == {"target": "ied", "synthetic": True}
    assert shelf.evaluation(synthetic=False) is None


@pytest.mark.usefixtures("assessor")
def test_without_an_assessment_a_layer_says_so_and_a_process_of_its_own_makes_it(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path / "home"))
    here = newcomer(app)
    try:
        answer = here.get("/layers/risk-cercles.geojson?lang=en")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert "sira assess" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
        assert here.get("/model.json").json()["targets"] == {}
        until = time.monotonic() + 600
        while answer.status_code == 503 and time.monotonic() < until:
            time.sleep(1.0)
            answer = here.get("/layers/risk-cercles.geojson?lang=en")
        assert answer.status_code == 200
        assert answer.json()["sira"]["revision"] == 1
    finally:
        app.state.service.close()


@pytest.mark.usefixtures("assessor")
def test_what_cannot_be_assessed_is_said_and_not_tried_for_ever(tmp_path: Path) -> None:
    """A real hazardous area hides the synthetic incidents: nothing is left to assess."""
    app = create_app(settings_in(tmp_path / "home"))
    app.state.service.store.add_hazards(hazard_batch(hazards(["real"])))
    here = newcomer(app)
    try:
        until = time.monotonic() + 600
        detail = ""
        while "could not" not in detail and time.monotonic() < until:
            detail = here.get("/layers/risk-cercles.geojson?target=conflict&lang=en").json()["detail"]
            time.sleep(0.5)
        assert "--target conflict" in detail
    finally:
        app.state.service.close()


def test_while_a_new_revision_is_assessed_the_last_one_of_its_kind_is_shown(
    app: FastAPI, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = app.state.service.shelf.get(1, Target.IED)
    shelf, nobody = Shelf(tmp_path), app.state.service.assessor  # makes nothing here
    with pytest.raises(NotReadyError):
        find(shelf, nobody, 2, Target.IED, synthetic=True)
    shelf.keep(made)
    assert find(shelf, nobody, 2, Target.IED, synthetic=True).revision == 1
    with pytest.raises(NotReadyError):  # invented figures are never shown for real data
        find(shelf, nobody, 2, Target.IED, synthetic=False)
    with pytest.raises(NotReadyError):
        find(shelf, nobody, 2, Target.ERW, synthetic=True)
    shelf.path(1, Target.IED).write_bytes(b"of another version")
    for _ in range(3):  # a service asks again every second while another is being made
        with pytest.raises(NotReadyError):
            find(shelf, nobody, 1, Target.IED, synthetic=True)
    assert [record.getMessage() for record in caplog.records if "1-ied.npz" in record.getMessage()] == [
        "1-ied.npz is not a saved assessment."
    ]
    shelf.keep(made)
    assert find(shelf, nobody, 1, Target.IED, synthetic=True).revision == 1


def test_conflict_events_are_named_as_what_they_are(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path / "home"))
    rows = drawn(200, hazard="not_explosive")
    app.state.service.store.add_incidents(Batch("war.csv", "test", len(rows), rows, (), ()))
    assessed(app.state.service, Target.CONFLICT)
    about = Caller(app).get("/layers/risk-cercles.geojson?target=conflict&lang=en").json()["sira"]
    assert about["explosive"] is False
    assert "not explosive" in about["title"]
    assert any("not explosive" in notice for notice in about["notices"])
    assert about["synthetic"] is False
    assert about["data_until"] == f"{rows['date'].max():%Y-%m}"
    app.state.service.close()


def test_an_import_does_not_have_the_layers_of_an_assessment_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(real_home(tmp_path))
    service = app.state.service
    monkeypatch.setattr(service.assessor, "want", lambda *_: True)  # as long as the new one is not there
    keys, made = keys_for(service.store), []
    risk_body = serving.risk_body

    def counted(*arguments: Any, **more: Any) -> bytes:
        made.append(arguments)
        return risk_body(*arguments, **more)

    monkeypatch.setattr(serving, "risk_body", counted)
    address = "/layers/risk-communes.geojson?lang=en"
    before = {label: Caller(app, key=keys[label]).get(address) for label in ("partner", "analyst")}
    assert [answer.status_code for answer in before.values()] == [200, 200]
    assert len(made) == 2
    rows = drawn(40, seed=5)
    service.store.add_incidents(Batch("more.csv", "test", len(rows), rows.set_index("more-" + rows.index), (), ()))
    after = {label: Caller(app, key=keys[label]).get(address) for label in ("partner", "analyst")}
    assert {label: answer.content for label, answer in after.items()} == {
        label: answer.content for label, answer in before.items()
    }
    assert len(made) == 2
    assert Caller(app).get(address).status_code == 401
    assert after["partner"].json()["sira"]["revision"] < service.store.revision()
    service.close()
