"""Expected incidents and hotspots on the map in a real Chromium: what is shown, in which words, and never as safe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from assessment_kit import coarse_domain
from map_kit import LAPTOP, browsing, ready, serving, settings_in, watched
from playwright.sync_api import Browser, Page, expect

from api.assessments import Shelf, today
from api.maps.styles import BAND_COLOURS
from geo.incidents.schema import HazardType
from geo.regions import Boundaries
from geo.store import Store
from models.assessing import assess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = settings_in(tmp_path_factory.mktemp("home"))
    boundaries = Boundaries.shipped()
    with Store.open(settings.store_url) as store:
        incidents = store.incidents(hazards=tuple(HazardType))
        made = assess(incidents, boundaries, as_of=today(), revision=store.revision(), domain=coarse_domain(boundaries))
    Shelf.of(settings).keep(made)
    with serving(settings) as where:
        yield where


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running


def switch_on(page: Page, layer: str) -> None:
    page.check(f'[data-layer="{layer}"]')
    page.wait_for_selector(f".leaflet-sira-{layer}-pane path", state="attached")
    page.wait_for_selector("#sira-legend :text('Gi*'), #sira-legend :text('91')")


def test_bands_have_a_legend_and_a_hatch_and_no_green(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        switch_on(page, "risk")
        legend = page.inner_text("#sira-legend")
        for words in ("non évalué", "très élevé", "Données synthétiques", "aucune classe ne veut dire sûr"):
            assert words in legend
        fills = page.eval_on_selector_all(".sira-risk", "paths => paths.map(path => path.getAttribute('fill'))")
        assert len(fills) == 50
        assert "url(#sira-cross)" in fills
        assert set(fills) <= {"url(#sira-cross)", *BAND_COLOURS.values()}
        for colour in BAND_COLOURS.values():
            red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
            assert green <= max(red, blue)


def test_popup_explains_and_links_the_card(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        switch_on(page, "risk")
        page.focus(".sira-band-very_high, .sira-band-high")
        page.keyboard.press("Enter")
        popup = page.wait_for_selector(".leaflet-popup-content")
        assert popup is not None
        text = popup.inner_text()
        for words in ("90 % interval", "Chance of at least one", "Why", "Change since", "Synthetic data"):
            assert words in text
        assert re.search(r"(history|road|recent incidents near by) [\d.]+%", text)
        with page.expect_navigation():
            page.click(".leaflet-popup-content a")
        assert "/model" in page.url
        assert "model card" in page.inner_text("h1")


def test_what_is_not_assessed_gives_its_reason_and_no_number(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        switch_on(page, "risk")
        page.focus(".sira-band-not_assessed")
        page.keyboard.press("Enter")
        popup = page.wait_for_selector(".leaflet-popup-content")
        assert popup is not None
        assert "Not assessed" in popup.inner_text()
        assert "interval" not in popup.inner_text()


def test_hotspots_are_outlines_that_are_called_no_forecast(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        switch_on(page, "hotspots")
        assert "no forecast" in page.inner_text("#sira-legend")
        fills = page.eval_on_selector_all(
            ".leaflet-sira-hotspots-pane path", "paths => paths.map(path => path.getAttribute('fill-opacity'))"
        )
        assert set(fills) == {"0"}


def test_layers_follow_the_level_and_the_language(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, watch):
        switch_on(page, "risk")
        page.select_option("#sira-level", "region")
        expect(page.locator(".sira-risk")).to_have_count(11)
        page.click("#sira-lang")
        ready(page, "fr")
        assert any("risk-regions.geojson" in url and "lang=fr" in url for url in watch.requested)
        assert "non évalué" in page.inner_text("#sira-legend")
