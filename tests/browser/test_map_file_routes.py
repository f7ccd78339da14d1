"""The route tool of the single file: answers are the service's, and what the file does not hold it says."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from file_kit import HELD, PLACES, in_french, opened, write_file
from gpx_structure import faults_of_gpx
from homes_kit import settings_in, synthetic_home
from map_kit import (
    LAPTOP,
    PHONE,
    ask,
    open_part,
    panel_of,
    pick_another_way,
    report,
    serving,
    wait_for,
    watched,
)
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("fitted_once")]

PAIRS = (("Bamako", "Gao"), ("Gao", "Bamako"), ("Kayes", "Tombouctou"), ("Mopti", "Ségou"), ("Sikasso", "Kita"))
#: How far a rebuilt number may be from the service's: positions along a route are kept to 100 m, points to 1 m.
ROUNDED = {"at_km": 0.051, "from_km": 0.002, "to_km": 0.002}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_home(tmp_path_factory.mktemp("home")).home


@pytest.fixture(scope="module")
def file(home: Path) -> Path:
    said = write_file(home, home / "mali.html")
    assert f"{PLACES} lieux sur {PLACES}" in said
    return home / "mali.html"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(settings_in(home)) as where:
        wait_for(f"{where}/axes")
        yield where


def asked_of_service(address: str, lang: str, stops: tuple[str, ...]) -> dict[str, Any]:
    body = json.dumps({"waypoints": stops}).encode()
    request = urllib.request.Request(f"{address}/routes?lang={lang}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def assert_same(held: Any, served: Any, name: str = "") -> None:
    if isinstance(served, dict):
        assert held.keys() == served.keys(), name
        for member, value in served.items():
            assert_same(held[member], value, member)
    elif isinstance(served, list):
        assert len(held) == len(served), name
        for one, other in zip(held, served, strict=True):
            assert_same(one, other, name)
    elif isinstance(served, float):
        assert held == pytest.approx(served, rel=1e-5, abs=ROUNDED.get(name, 6e-6)), name
    else:
        assert held == served, name


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_answers_are_the_services(browser: Browser, file: Path, address: str, lang: str) -> None:
    with opened(browser, file) as (page, _):
        for pair in PAIRS:
            served = asked_of_service(address, lang, pair)
            assert served["segments"], pair
            assert served["alternatives"], pair
            served.pop("incidents")  # one by one they are not held: the map does not show them
            [held] = page.evaluate(HELD, [lang, pair])
            assert held.pop("names") == list(pair)
            assert_same(held, served)


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_report_is_as_on_the_served_page(browser: Browser, file: Path, address: str, viewport: dict[str, int]) -> None:
    with watched(browser.new_context(viewport=viewport), f"{address}/?lang=en", address) as (page, _):
        served = report(page, "Mopti", "Gao")
    with opened(browser, file, viewport=viewport) as (page, watch):
        held = report(page, "mopti", "GAO")
        assert held == served
        for words in ("Synthetic, not real", "90 % interval", "They do not certify a route", "Other ways"):
            assert words in held
        expect(page.locator(".leaflet-sira-route-pane path").nth(3)).to_be_attached()
        note = page.inner_text("#sira-route-held")
        assert f"between {PLACES} places" in note
        assert "a light vehicle" in note
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert {url.split("#")[0] for url in watch.requested} == {file.as_uri()}


def test_another_way_is_picked_and_the_report_follows_the_language(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, _):
        report(page, "Timbuktu", "Mopti")  # another spelling of a name
        pick_another_way(page)
        in_french(page)
        expect(page.locator("#sira-route-report h3")).to_have_text("Rapport d’itinéraire\u00a0: Tombouctou – Mopti")
        text = page.inner_text("#sira-route-report")
        assert "Length" not in text
        assert "elles ne certifient" in text.lower()
        assert page.locator("#sira-stops label").all_inner_texts() == ["De", "À"]
        expect(page.locator("#sira-route-held")).to_contain_text("un véhicule léger")


def test_what_is_not_held_is_said(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, _):
        status = page.locator("#sira-status")
        ask(page, "Nowhere at all", "Gao")
        expect(status).to_contain_text(f"It holds those between {PLACES} places: Bamako, Bougouni")
        expect(status).to_contain_text("The service answers for any place")
        ask(page, "Mopty", "Gao")
        expect(status).to_contain_text("Perhaps one of these is meant: Mopti")
        ask(page, "Gao", "gao")
        expect(status).to_contain_text("Gao stands twice")
        ask(page, "Gao", "")
        expect(status).to_contain_text("Name where from and where to")
        assert page.is_hidden("#sira-route-report")
        offered = page.eval_on_selector_all("#sira-held option", "all => all.map((each) => each.value)")
        assert len(offered) == PLACES
        assert page.get_attribute("#sira-stop-0", "list") == "sira-held"


def test_a_click_takes_the_nearest_place_and_says_so(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, _):
        open_part(page, "route")
        page.locator("#sira-stops button").first.click()
        click = "([lat, lng]) => void map_sira.fire('click', { latlng: L.latLng(lat, lng) })"
        page.evaluate(click, [14.53, -4.09])  # Sévaré, which this file does not hold
        expect(page.locator("#sira-status")).to_contain_text("Mopti is the nearest place that this file holds, 1")
        page.evaluate(click, [16.27, -0.04])
        page.click("#sira-route-form [type=submit]")
        page.wait_for_selector("#sira-route-report:not([hidden]) h3")
        notes = page.locator(".sira-route-note").all_inner_texts()
        assert len(notes) == 2
        assert "Mopti" in notes[0]
        assert "Gao" in notes[1]
        page.click("#sira-route-clear")
        expect(page.locator(".leaflet-sira-route-pane path")).to_have_count(0)


def test_over_a_place_the_legs_are_reported_apart(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, _):
        text = report(page, "Bamako", "Mopti", "Gao")
        assert page.locator("#sira-stops label").all_inner_texts() == ["From", "Via 1", "To"]
        expect(page.locator(".sira-leg")).to_have_count(2)
        assert "the interval are of each leg alone" in text
        legs = page.evaluate(HELD, ["en", ["Bamako", "Mopti", "Gao"]])
        whole = sum(leg["expected_incidents"]["value"] for leg in legs)
        shown = page.locator("#sira-route-report > dl dd").all_inner_texts()
        figure, part = shown[2].split(", on ")  # Bamako is not assessed
        assert float(figure) == float(f"{whole:.2g}")
        assert part.endswith("of 1,120 km")
        assert [leg["names"] for leg in legs] == [["Bamako", "Mopti"], ["Mopti", "Gao"]]
        assert page.locator(".sira-leg").first.inner_text().startswith("Bamako – Mopti")


def gpx_of(page: Page, saved: Path) -> bytes:
    with page.expect_download() as waiting:
        page.click("#sira-gpx")
    waiting.value.save_as(saved)
    return saved.read_bytes()


@pytest.mark.parametrize("stops", [("Mopti", "Gao"), ("Ségou", "Mopti", "Gao")], ids=["one leg", "two legs"])
def test_gpx_is_as_the_service_writes_it(
    browser: Browser, file: Path, address: str, tmp_path: Path, stops: tuple[str, ...]
) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, _):
        report(page, *stops)
        document = gpx_of(page, tmp_path / "route.gpx")
    assert faults_of_gpx(document) == []
    text = document.decode()
    assert text.count("<trk>") == len(stops) - 1
    for words in ("SYNTHETIC: ", "They do not certify a route.", "Absence of records is not absence of hazard."):
        assert words in text
    if len(stops) == 2:
        body = json.dumps({"waypoints": stops}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/gpx+xml"}
        request = urllib.request.Request(f"{address}/routes?lang=en", body, headers)
        with urllib.request.urlopen(request) as answer:
            served = answer.read().decode()
        assert text.count("<wpt ") == served.count("<wpt ") > 0
        assert text.count("<trkpt ") == served.count("<trkpt ")
        for name in ("1 begins", "1 ends", "segment with one of the highest rates"):
            assert name in text
            assert name in served


def test_a_period_that_is_past_is_said(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True, viewport=LAPTOP)
    context.add_init_script("const now = Date.now; Date.now = () => now() + 400 * 86400000;")
    with watched(context, f"{file.as_uri()}#lang=en", "file://") as (page, _):
        assert "Forecast over since " in report(page, "Mopti", "Gao").partition("Expected recorded")[0]
        assert page.is_hidden("#sira-past")  # what is counted is not over
        page.select_option("#sira-measure", "expected")
        expect(page.locator("#sira-past")).to_contain_text("Forecast over since ")
        assert page.inner_text("#sira-legend-body").startswith("Forecast over since ")
        panel_of(page, "cercle-gao")
        assert re.search(r"\nForecast over since [^\n]+: Expected from [^\n]+\n", page.inner_text("#sira-panel-body"))


def test_the_panel_leads_to_the_route_tool(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, _):
        panel_of(page, "cercle-gao")
        page.click("#sira-panel [data-route-to]")
        assert page.input_value("#sira-stop-1") == "Gao"
