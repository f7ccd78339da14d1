"""The map at ``/`` in a real Chromium: what it shows, that it shows nothing else, and that it talks to nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from map_kit import LAPTOP, PHONE, browsing, choose, layer, popup_of, ready, serving, settings_in, watched
from playwright.sync_api import Browser, Page

from api.maps.styles import RATE_COLOURS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(settings_in(tmp_path_factory.mktemp("home"))) as where:
        yield where


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running


def test_first_view_is_french_marked_synthetic_and_says_its_denominator(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP, locale="en-GB"), address) as (page, watch):
        assert page.get_attribute("html", "lang") == "fr"
        assert page.is_visible("#sira-banner")
        assert "synthétiques" in page.inner_text("#sira-banner")
        legend = page.inner_text("#sira-legend")
        assert "100\u202f000 habitants" in legend
        assert "2020" in legend
        assert "L’absence de signalement n’est pas la sécurité" in legend
        assert re.search(r"révision \d+", page.inner_text("#sira-age"))
        assert len([url for url in watch.requested if "/layers/" in url]) >= 2


def test_switch_of_language_changes_every_label_in_place(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.click("#sira-lang")
        ready(page, "en")
        text = page.inner_text("body")
        assert "Synthetic data" in text
        assert "No report is not safety" in text
        for french in ("Légende", "Découpage", "habitants", "Fleuves"):
            assert french not in text
        page.click("#sira-lang")
        ready(page, "fr")
        assert "No report" not in page.inner_text("body")


def test_english_page_by_address(browser: Browser, address: str) -> None:
    with watched(browser.new_context(), f"{address}/?lang=en", address) as (page, _):
        assert page.get_attribute("html", "lang") == "en"
        assert page.title() == "Sira: map of explosive incidents in Mali"


def test_units_are_coloured_by_rate_and_hatched_without_a_report(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        drawn = page.evaluate(
            "[...document.querySelectorAll('path.sira-unit')].map((path) => path.getAttribute('fill'))"
        )
        features = layer(address, "cercles.geojson?vintage=2016")["features"]
        silent = sum(feature["properties"]["events"] == 0 for feature in features)
        assert len(drawn) == len(features)
        assert drawn.count("url(#sira-hatch)") == silent
        assert silent > 0
        assert set(drawn) <= {"url(#sira-hatch)", "url(#sira-cross)", *RATE_COLOURS}


@pytest.mark.parametrize(
    ("level", "vintage", "count"), [("region", "2015", 9), ("region", "2023", 20), ("cercle", "2015", 50)]
)
def test_choice_of_boundaries(browser: Browser, address: str, level: str, vintage: str, count: int) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "level", level)
        choose(page, "vintage", vintage)
        assert page.locator("path.sira-unit").count() == count
        assert f"vintage={vintage}" in page.url


def test_units_with_incidents_and_no_population_have_no_rate(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/#level=region&vintage=2023", address) as (page, _):
        without = [
            feature["properties"]
            for feature in layer(address, "regions.geojson?vintage=2023")["features"]
            if feature["properties"]["events"] and feature["properties"]["population"] is None
        ]
        assert without
        assert page.locator("path.sira-class-norate").count() == len(without)
        assert "pas de taux" in page.inner_text("#sira-legend")


def test_popup_has_the_numbers_their_denominator_and_sources(browser: Browser, address: str) -> None:
    collection = layer(address, "cercles.geojson?vintage=2016&lang=fr")
    feature = max(collection["features"], key=lambda candidate: candidate["properties"]["events"])
    unit = feature["properties"]
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        text = popup_of(page, feature["id"])
        assert unit["name"] in text
        assert french(unit["events"], 1) in text
        assert french(unit["rate_per_100k_year"], 2) in text
        assert french(unit["population"], 0) in text
        assert "2020, OCHA" in text
        assert unit["pcode"] in text
        assert "Synthétique" in text
        assert "Sources" in text
        assert collection["sira"]["sources"][0]["name"] in text
        assert "L’absence de signalement" in text


def test_choice_of_period_and_device_asks_the_service_for_them(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        choose(page, "start", "2020-01")
        choose(page, "end", "2020-12")
        choose(page, "hazard", "ied")
        asked = "start=2020-01-01&end=2021-01-01&hazard=ied&lang=fr"
        assert any(asked in url for url in watch.requested)
        assert "janvier 2020 à décembre 2020" in page.inner_text("#sira-legend")
        feature = max(
            layer(address, f"cercles.geojson?vintage=2016&{asked}")["features"],
            key=lambda candidate: candidate["properties"]["events"],
        )
        assert french(feature["properties"]["rate_per_100k_year"], 2) in popup_of(page, feature["id"])
        page.reload()
        ready(page)
        assert page.input_value("#sira-start") == "2020-01"
        assert page.input_value("#sira-end") == "2020-12"
        assert page.input_value("#sira-hazard") == "ied"


def test_an_end_before_the_start_moves_the_start(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "start", "2021-06")
        choose(page, "end", "2019-03")
        assert page.input_value("#sira-start") == "2019-03"


def test_published_figures_stand_with_their_sources(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.click("#sira-figures summary")
        text = page.inner_text("#sira-figures-body")
        assert "4\u202f391\u202f584" in text
        assert "UNMAS" in text
        assert "S/2020/1282" in text


def test_every_layer_can_be_switched_on_and_off(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        boxes = page.locator("[data-layer]")
        names = [boxes.nth(number).get_attribute("data-layer") for number in range(boxes.count())]
        forecasts = {"risk", "hotspots"}  # these wait for an assessment: tests/browser/test_map_risk.py
        others = {"conflict", "incidents", "hazards", "places", "roads", "rivers", "neighbours"}
        assert set(names) == others | forecasts
        for name in sorted(others):
            box = page.locator(f'[data-layer="{name}"]')
            before = box.is_checked()
            box.click()
            page.wait_for_timeout(300)
            assert box.is_checked() is not before
            assert page.is_hidden("#sira-status")
        assert page.locator(".sira-cluster").count() > 0
        assert "schématiques" in page.inner_text("#sira-legend")


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_fits_the_screen(browser: Browser, address: str, viewport: dict[str, int], lang: str) -> None:
    with watched(browser.new_context(viewport=viewport), f"{address}/?lang={lang}", address) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert page.is_visible("#sira-legend")
        seen = page.locator("#map_sira").bounding_box()
        assert seen is not None
        assert seen["height"] >= 290
        assert seen["y"] + seen["height"] <= viewport["height"]
        units = page.evaluate(
            """() => {
                const frame = document.getElementById("map_sira").getBoundingClientRect();
                const paths = [...document.querySelectorAll("path.sira-unit")];
                const boxes = paths.map((path) => path.getBoundingClientRect());
                return boxes.every((box) => box.left >= frame.left && box.right <= frame.right
                    && box.top >= frame.top && box.bottom <= frame.bottom);
            }"""
        )
        assert units, "the whole country is in view"


def test_every_control_has_a_name_and_is_reached_by_keyboard(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        controls = page.locator("select, input, button, summary, a[href]").element_handles()
        wanted = set()
        for control in controls:
            label = control.evaluate(
                "(node) => node.ariaLabel || node.labels?.[0]?.textContent.trim() || node.textContent.trim()"
            )
            assert label, control.evaluate("(node) => node.outerHTML")
            wanted.add(control.evaluate("(node) => node.id || node.dataset.layer || node.textContent"))
        reached = set()
        for _ in range(len(wanted) + 10):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate("((node) => node.id || node.dataset.layer || node.textContent)(document.activeElement)")
            )
        assert wanted <= reached
        unit = page.locator("path.sira-unit").first
        assert unit.get_attribute("role") == "button"
        name = str(unit.get_attribute("aria-label")).split(" – ")[0]
        unit.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".sira-popup")
        assert name in page.inner_text(".sira-popup h2")


def test_conflict_events_are_a_layer_of_their_own(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        fills = "[...document.querySelectorAll('path.sira-unit')].map((path) => path.getAttribute('fill')).join()"
        before = page.evaluate(fills)
        assert page.locator(".leaflet-sira-circles-pane path").count() == 0
        page.check('[data-layer="conflict"]')
        page.wait_for_selector(".leaflet-sira-circles-pane path")
        whole = layer(address, f"cercles.geojson?vintage=2016&{asked(page)}")["features"]
        marked = [feature for feature in whole if feature["properties"]["conflict_events"]]
        assert page.locator(".leaflet-sira-circles-pane path").count() == len(marked)
        assert page.evaluate(fills) == before
        legend = page.inner_text("#sira-legend")
        assert "non explosifs" in legend
        assert "UCDP" in legend
        assert "décembre 2020" in legend


def asked(page: Page) -> str:
    """Return the period that the page shows, as the service is asked for it."""
    year, month = map(int, page.input_value("#sira-end").split("-"))
    return f"start={page.input_value('#sira-start')}-01&end={year + month // 12}-{month % 12 + 1:02}-01"


def french(number: float, digits: int) -> str:
    """Write a number as the page does: decimal comma, narrow no-break space between thousands, no trailing zeros."""
    text = f"{number:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", "\u202f").replace(".", ",")
