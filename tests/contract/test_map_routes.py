"""The map's addresses: languages, headers, caching, and that only the page's own files lead anywhere."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from service_of import Caller, keys_for, newcomer, real_batch, settings_in
from single_file import unpack

from api.app import create_app
from api.map.base import BASE_LAYERS
from api.map.bundle import bundle_name


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return newcomer(create_app(settings_in(tmp_path_factory.mktemp("home"))))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return Caller(create_app(settings_in(tmp_path_factory.mktemp("home"))))


def test_french_unless_english_is_asked_for(client: Caller) -> None:
    french = client.get("/", accept_language="en-GB")
    assert french.status_code == 200
    assert french.headers["content-language"] == "fr"
    assert "Légende" in french.text
    assert client.get("/?lang=en").headers["content-language"] == "en"


def test_wrong_parameters_are_named(client: Caller) -> None:
    for query, parameter in (("lang=de", "lang"), ("language=fr", "language")):
        answer = client.get(f"/?{query}")
        assert answer.status_code == 422
        assert answer.json()["parameter"] == parameter


def test_scripts_run_only_with_this_answers_nonce(client: Caller) -> None:
    nonces = set()
    for _ in range(2):
        answer = client.get("/")
        policy = answer.headers["content-security-policy"]
        scripts = re.search(r"script-src ([^;]*);", policy)
        assert scripts
        assert "unsafe" not in policy
        nonce = re.search(r"'nonce-([\w-]+)'", scripts[1])
        assert nonce
        assert f'<script nonce="{nonce[1]}">' in answer.text
        assert "<script>" not in answer.text
        nonces.add(nonce[1])
    assert len(nonces) == 2


def test_everything_the_page_loads_is_served_compressed_and_asked_about(client: Caller) -> None:
    bundles = [bundle_name(suffix) for suffix in (".js", ".css")]
    for path in (*bundles, *(f"base/{name}.geojson" for name in BASE_LAYERS)):
        answer = client.get(f"/static/{path}", accept_encoding="br")
        assert answer.status_code == 200, path
        assert answer.headers["content-encoding"] == "br"
        again = client.get(f"/static/{path}", accept_encoding="br", if_none_match=answer.headers["etag"])
        assert again.status_code == 304
        assert again.content == b""
        assert ("immutable" in answer.headers["cache-control"]) is (path in bundles)


def test_page_and_scripts_are_light(client: Caller) -> None:
    assert len(gzip.compress(client.get("/").content)) < 20_000
    loaded = [f"/static/{bundle_name(suffix)}" for suffix in (".js", ".css")]
    assert sum(int(client.get(path, accept_encoding="gzip").headers["content-length"]) for path in loaded) < 120_000


@pytest.mark.parametrize(
    "path",
    [
        "page.py",
        "../page.py",
        "..%2fpage.py",
        "sira.js",
        "sira-0000000000000000.js",
        "vendor/LICENSE",
        "base/communes.geojson",
        "base/",
        "",
    ],
)
def test_nothing_else_is_served(client: Caller, path: str) -> None:
    answer = client.get(f"/static/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_ground_says_where_it_is_from(client: Caller) -> None:
    for name in BASE_LAYERS:
        collection = client.get(f"/static/base/{name}.geojson").json()
        assert collection["features"]
        assert collection["sira"]["sources"][0]["licence"] == "Public domain"


def test_page_offers_what_the_reader_may_see(client: Caller, stranger: Caller) -> None:
    near, far = client.get("/").text, stranger.get("/").text
    for offered in ('data-layer="incidents"', 'data-layer="hazards"', '"commune":['):
        assert offered in near
        assert offered not in far
    assert 'href="login?' in far
    assert 'href="login' not in near


def test_synthetic_page_says_so_before_any_script_runs(client: Caller) -> None:
    banner = re.search(r'<p id="sira-banner"[^>]*>', client.get("/").text)
    assert banner
    assert "hidden" not in banner[0]


def test_another_host_is_in_the_policy_only_where_the_installation_names_it(
    client: Caller, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "http" not in client.get("/").headers["content-security-policy"]
    settings = settings_in(tmp_path_factory.mktemp("home")).model_copy(
        update={"background": "https://tiles.example/{z}/{x}/{y}.png"}
    )
    answer = newcomer(create_app(settings)).get("/")
    policy = answer.headers["content-security-policy"]
    assert "img-src 'self' data: https://tiles.example;" in policy
    assert "connect-src 'self';" in policy
    assert "© OpenStreetMap contributors" in answer.text


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("outlines", {"ids", "parts", "name", "note", "scale"}),
        ("counts", {"sira", "first", "length", "ids", "at", "exact", "spread", "killed", "conflict", "land"}),
        ("counts?span=days30", {"sira", "ids", "exact"}),
        ("incidents", {"lon", "lat", "day", "hazard", "number", "unplaced", "sira"}),
        ("names", {"places", "units", "codes", "aliases"}),
    ],
)
def test_documents_are_sent_from_kept_bytes(client: Caller, name: str, keys: set[str]) -> None:
    path, _, query = name.partition("?")
    address = f"/map/{path}.json?{query}"
    answer = client.get(address, accept_encoding="gzip")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert keys <= answer.json().keys()
    assert "no-cache" in answer.headers["cache-control"]
    again = client.get(address, accept_encoding="gzip", if_none_match=answer.headers["etag"])
    assert again.status_code == 304
    assert client.get(address, method="HEAD").content == b""


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("counts.json?level=town", "level"),
        ("counts.json?vintage=2023", "vintage"),
        ("counts.json?hazard=ied,uxo", "hazard"),
        ("counts.json?hazard=not_explosive", "hazard"),
        ("counts.json?span=days31", "span"),
        ("incident.json?number=-1", "number"),
        ("incident.json?number=99999999999", "number"),
        ("names.json?lang=fr", "lang"),
        ("risk.json?level=cell", "level"),
        ("outlines.json?level=%FF", "level"),
    ],
)
def test_documents_name_what_is_wrong(client: Caller, query: str, parameter: str) -> None:
    answer = client.get(f"/map/{query}")
    assert answer.status_code == 422
    assert answer.json()["parameter"] == parameter


def test_one_incident_by_its_number_and_revision(client: Caller) -> None:
    revision = client.get("/map/incidents.json").json()["sira"]["revision"]
    answer = client.get(f"/map/incident.json?number=0&revision={revision}&lang=en")
    assert answer.status_code == 200
    assert len(answer.json()["features"]) == 1
    assert client.get(f"/map/incident.json?number=0&revision={revision + 1}").status_code == 404
    assert client.get(f"/map/incident.json?number=999999&revision={revision}").status_code == 404


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    app = create_app(settings_in(tmp_path_factory.mktemp("real")))
    store = app.state.service.store
    store.add_incidents(real_batch())
    yield app, keys_for(store)
    app.state.service.close()


def test_an_open_page_learns_what_it_may_show_of_which_revision(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    offers = {}
    for audience, key in {"public": "", **keys}.items():
        answer = Caller(app, key=key).get("/map/state.json")
        told = answer.json()
        assert told["revision"] == app.state.service.store.revision()
        assert told["assessed"] is False
        assert answer.headers["cache-control"] == f"{'private' if key else 'public'}, no-cache"
        assert {"Authorization", "Cookie"} <= set(answer.headers["vary"].split(", "))
        assert len(answer.content) < 600
        offers[audience] = set(told["offer"]["kinds"])
    assert {"incident_points", "hazard_areas", "routes", "commune_counts", "days"}.isdisjoint(offers["public"])
    assert offers["public"] < offers["partner"] < offers["analyst"] == offers["admin"]
    settings = json.loads(
        re.findall(r'id="sira-settings">(.*?)</script>', Caller(app, key=keys["partner"]).get("/").text)[0]
    )
    assert set(settings["offer"]["kinds"]) == offers["partner"]


def test_where_nothing_has_changed_an_open_page_gets_no_body(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    stranger, partner = Caller(app), Caller(app, key=keys["partner"])
    tag = partner.get("/map/state.json", accept_encoding="gzip").headers["etag"]
    again = partner.get("/map/state.json", accept_encoding="gzip", if_none_match=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert stranger.get("/map/state.json", accept_encoding="gzip", if_none_match=tag).status_code == 200
    assert stranger.get("/map/state.json?revision=1").status_code == 422


CLOSED = (
    "counts.json?level=commune",
    "counts.json?span=days30",
    "outlines.json?level=commune",
    "incidents.json",
    "incident.json?number=0&revision=2",
    "risk.json?level=commune",
    "cells.json",
)


@pytest.mark.parametrize("query", CLOSED)
def test_without_a_key_nothing_finer_than_cercles_and_months(real: tuple[FastAPI, dict[str, str]], query: str) -> None:
    app, keys = real
    assert Caller(app).get(f"/map/{query}").status_code == 401
    if not query.startswith(("risk", "cells")):  # that one waits for an assessment: tests/browser/test_map_risk.py
        assert Caller(app, key=keys["partner"]).get(f"/map/{query}").status_code == 200


def test_everybody_gets_cercles_months_and_names(real: tuple[FastAPI, dict[str, str]]) -> None:
    for name in ("counts.json", "outlines.json?level=region", "names.json"):
        answer = Caller(real[0]).get(f"/map/{name}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, no-cache"


def test_partners_see_rounded_points_and_nothing_a_source_wrote(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    partner, analyst = (Caller(app, key=keys[name]) for name in ("partner", "analyst"))
    rounded, exact = (who.get("/map/incidents.json").json() for who in (partner, analyst))
    assert all(value % 100 == 0 for name in ("lon", "lat") for value in rounded[name])
    assert any(value % 100 for value in exact["lon"])
    for who, sees in ((partner, False), (analyst, True)):
        number = exact["number"][0]
        answer = who.get(f"/map/incident.json?number={number}&revision={exact['sira']['revision']}")
        assert ("onerror" in answer.text) is sees
        assert ("imsma:" in answer.text) is sees


def test_what_waits_for_an_assessment_says_so(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    analyst = Caller(app, key=keys["analyst"])
    for name in ("risk", "cells"):
        said = [analyst.get(f"/map/{name}.json?lang={lang}") for lang in ("fr", "en")]
        assert [answer.status_code for answer in said] == [200, 200]
        french, english = (answer.json()["waiting"] for answer in said)
        assert "being prepared" in english or "assess" in english
        assert french != english
    assert analyst.get("/layers/risk-cells.geojson").status_code == 503


@pytest.mark.slow
def test_the_file_holds_what_its_reader_may_see(real: tuple[FastAPI, dict[str, str]]) -> None:
    app, keys = real
    public = Caller(app).get("/map/file.html?lang=en")
    assert public.status_code == 200
    assert 'filename="sira-public-' in public.headers["content-disposition"]
    assert public.headers["cache-control"] == "no-store"
    assert "onerror=alert" not in str(unpack(public.text))
    analyst = Caller(app, key=keys["analyst"]).get("/map/file.html").text
    assert "onerror=alert" in str(unpack(analyst))
    assert "<img src=x" not in analyst
