"""The map's addresses: languages, headers, caching, and that only the page's own files lead anywhere."""

from __future__ import annotations

import re

import pytest
from service_of import Caller, newcomer, settings_in

from api.app import create_app
from api.maps.base import BASE_LAYERS
from api.maps.page import SCRIPTS, STYLES
from api.maps.vendored import FILES


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
    paths = [
        *SCRIPTS,
        *STYLES,
        *(f"vendor/{name}" for name in FILES),
        *(f"base/{name}.geojson" for name in BASE_LAYERS),
    ]
    for path in paths:
        answer = client.get(f"/static/{path}", accept_encoding="br")
        assert answer.status_code == 200, path
        assert answer.headers["content-encoding"] == "br"
        again = client.get(f"/static/{path}", accept_encoding="br", if_none_match=answer.headers["etag"])
        assert again.status_code == 304
        assert again.content == b""


def test_page_and_scripts_are_light(client: Caller) -> None:
    assert len(client.get("/").content) < 60_000
    loaded = [f"/static/{path}" for path in (*SCRIPTS, *STYLES, *(f"vendor/{name}" for name in FILES))]
    assert sum(int(client.get(path, accept_encoding="gzip").headers["content-length"]) for path in loaded) < 120_000


@pytest.mark.parametrize(
    "path",
    [
        "page.py",
        "../page.py",
        "..%2fpage.py",
        "vendor%2f..%2fsira.js",
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
    for offered in ('data-layer="incidents"', 'data-layer="hazards"', '"commune"'):
        assert offered in near
        assert offered not in far
    assert 'href="login"' in far
    assert 'href="login"' not in near


def test_synthetic_page_says_so_before_any_script_runs(client: Caller) -> None:
    banner = re.search(r'<p id="sira-banner"[^>]*>', client.get("/").text)
    assert banner
    assert "hidden" not in banner[0]
