"""What the service says of itself: health, the OpenAPI document and its page, the published figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from service_of import Caller, settings_in

from api.app import create_app
from api.layers.layer import PARAMETERS
from api.layers.registry import LAYERS


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(settings_in(tmp_path_factory.mktemp("documents")))
    yield app
    app.state.service.close()


def test_health_and_readiness(app: FastAPI) -> None:
    assert Caller(app).get("/health").json() == {"status": "ok"}
    ready = Caller(app).get("/ready").json()
    assert (ready["status"], ready["revision"]) == ("ready", 1)
    assert ready["routes"]["status"] in ("ready", "not ready")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_layer_is_documented_with_units(app: FastAPI, lang: str) -> None:
    document = Caller(app).get(f"/openapi.json?lang={lang}").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["parameters"]) == set(PARAMETERS)
    for layer in LAYERS.values():
        operation = document["paths"][f"/layers/{layer.name}.geojson"]["get"]
        assert len(operation["parameters"]) == len(PARAMETERS)
        assert {"200", "304", "401", "403", "413", "422", "429"} == set(operation["responses"])
        schema = document["components"]["schemas"][layer.name]
        described = schema["properties"]["features"]["items"]["properties"]["properties"]["properties"]
        for attribute in layer.attributes:
            assert described[attribute.name]["description"]
            if attribute.unit:
                assert attribute.unit in described[attribute.name]["description"]
    assert "km²" in str(document)
    assert ("Superficie" in str(document)) == (lang == "fr")


def test_every_reference_of_the_document_leads_somewhere(app: FastAPI) -> None:
    answer = Caller(app).get("/openapi.json")
    document = answer.json()
    for reference in set(re.findall(r'"\$ref":"#/([^"]+)"', answer.text)):
        target = document
        for part in reference.split("/"):
            target = target[part]


def test_every_documented_address_answers(app: FastAPI) -> None:
    for address, operations in Caller(app).get("/openapi.json").json()["paths"].items():
        for method in operations:
            status = (
                Caller(app).get(address.replace("{unit_id}", "cercle-bandiagara"), method=method.upper()).status_code
            )
            assert status in (200, 401, 503), (method, address)  # 503: not assessed yet


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_documents_page_asks_no_other_host_and_runs_nothing(app: FastAPI, lang: str) -> None:
    answer = Caller(app).get(f"/docs?lang={lang}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert not re.search(r"(src|href)=.(https?:)?//", answer.text)
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "rate_per_100k_year" in answer.text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_published_figures_have_their_sources(app: FastAPI, lang: str) -> None:
    figures = Caller(app).get(f"/figures.json?lang={lang}").json()
    released = next(figure for figure in figures if figure["indicator"] == "land_released_m2")
    assert released["value"] == 4_391_584
    assert all(figure["source"] and figure["definition"] for figure in figures)
    english = {figure["definition"] for figure in Caller(app).get("/figures.json?lang=en").json()}
    if lang == "fr":
        assert not english & {figure["definition"] for figure in figures}


@pytest.mark.parametrize("address", ["/api", "/layers", "/figures.json", "/openapi.json", "/docs"])
def test_documents_refuse_what_they_do_not_know(app: FastAPI, address: str) -> None:
    answer = Caller(app).get(f"{address}?nope=1", Accept_Language="en")
    assert answer.status_code == 422
    assert answer.json()["parameter"] == "nope"
