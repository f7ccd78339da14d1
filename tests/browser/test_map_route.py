"""The route tool on the map: ask by name or by click, read the report, pick another way, take it along as GPX."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gpx_structure import faults_of_gpx
from homes_kit import synthetic_home
from map_kit import (
    LAPTOP,
    PHONE,
    ask,
    open_part,
    panel_of,
    pick_another_way,
    ready,
    report,
    serving,
    wait_for,
    watched,
)
from playwright.sync_api import Browser, Route, expect

from api.base.palette import BAND_COLOURS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(synthetic_home(tmp_path_factory.mktemp("home"))) as where:
        wait_for(f"{where}/axes")
        yield where


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_by_names_with_the_report_beside_the_line(browser: Browser, address: str, viewport: dict[str, int]) -> None:
    with watched(browser.new_context(viewport=viewport), f"{address}/?lang=en", address) as (page, watch):
        text = report(page, "Sévaré", "Gao")
        for words in ("Length", "90 % interval", "Assumed travel time", "Part not assessed", "Synthetic", "Other ways"):
            assert words in text
        assert "safe" not in text.lower().replace("no report is not safety", "").replace("safety", "")
        expect(page.locator(".leaflet-sira-route-pane path").nth(3)).to_be_attached()
        # Nothing of what was asked stands in an address.
        assert not any("Gao" in url or "waypoints" in url for url in watch.requested)
        assert "Gao" not in page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_other_ways_are_picked(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        report(page, "Sévaré", "Gao")
        pick_another_way(page)


def test_by_clicks_on_the_map_and_over_a_place(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        open_part(page, "route")
        page.locator("#sira-stops button").first.click()
        for lat, lng in ((14.53, -4.09), (16.27, -0.04)):  # the second asks for the next stop by itself
            page.evaluate("([lat, lng]) => void map_sira.fire('click', { latlng: L.latLng(lat, lng) })", [lat, lng])
        assert page.input_value("#sira-stop-0") == "14.53000, -4.09000"
        assert page.input_value("#sira-stop-1") == "16.27000, -0.04000"
        page.click("#sira-add-stop")
        page.fill("#sira-stop-2", "Ansongo")
        assert page.locator("#sira-stops label").all_inner_texts() == ["From", "Via 1", "To"]
        page.click("#sira-route-form [type=submit]")
        page.wait_for_selector("#sira-route-report h3")
        page.click("#sira-route-clear")
        assert page.is_hidden("#sira-route-report")
        expect(page.locator(".leaflet-sira-route-pane path")).to_have_count(0)


def test_gpx_to_take_along(browser: Browser, address: str, tmp_path: Path) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        report(page, "Mopti", "Douentza")
        with page.expect_download() as waiting:
            page.click("#sira-gpx")
        saved = tmp_path / "route.gpx"
        waiting.value.save_as(saved)
        document = saved.read_bytes()
        assert faults_of_gpx(document) == []
        assert document.count(b"<trkpt") + document.count(b"<rtept") > 5


def test_why_there_is_no_gpx_is_said(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, watch):
        watch.expected.append("503")
        report(page, "Sévaré", "Gao")
        page.route("**/routes?*f=gpx*", lambda route: route.fulfill(status=503, json={"detail": "Not prepared yet."}))
        page.click("#sira-gpx")
        expect(page.locator("#sira-status")).to_have_text("Not prepared yet.")


def test_report_line_and_gpx_are_of_one_question(browser: Browser, address: str, tmp_path: Path) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, watch):
        watch.expected.append("422")
        held: list[Route] = []
        page.route("**/routes?*", lambda route: held.append(route), times=1)
        with page.expect_request("**/routes?*"):
            ask(page, "Sévaré", "Gao")
        title = page.locator("#sira-route-report h3")
        report(page, "Mopti", "Douentza")
        with page.expect_response("**/routes?*"):
            held[0].continue_()
        expect(title).to_have_text("Route report: Mopti – Douentza")
        page.fill("#sira-stop-1", "Bandiagara")
        with page.expect_download() as waiting:
            page.click("#sira-gpx")
        waiting.value.save_as(tmp_path / "route.gpx")
        assert b"Douentza" in (tmp_path / "route.gpx").read_bytes()
        page.fill("#sira-stop-1", "Mopty")
        page.click("#sira-route-form [type=submit]")
        expect(page.locator("#sira-status")).to_contain_text("Mopty")
        assert page.is_hidden("#sira-route-report")
        expect(page.locator(".leaflet-sira-route-pane path")).to_have_count(0)


@pytest.mark.parametrize(("lang", "label"), [("fr", "À\u00a0:"), ("en", "To:")])
def test_a_place_nobody_knows_is_said_at_its_box_with_near_spellings(
    browser: Browser, address: str, lang: str, label: str
) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang={lang}", address) as (page, watch):
        watch.expected.append("422")
        open_part(page, "route")
        page.click("#sira-add-stop")  # left empty, so the service knows of two places only
        page.fill("#sira-stop-0", "Gao")
        page.fill("#sira-stop-2", "Mopty")
        page.click("#sira-route-form [type=submit]")
        expect(page.locator("#sira-status")).to_contain_text("Mopti")
        assert page.inner_text("#sira-status").startswith(label)
        expect(page.locator("#sira-stop-2")).to_be_focused()
        expect(page.locator("#sira-stops [aria-invalid]")).to_have_count(1)
        page.fill("#sira-stop-2", "Mopti")
        page.keyboard.press("Enter")
        page.wait_for_selector("#sira-route-report:not([hidden])")
        expect(page.locator("#sira-stops [aria-invalid]")).to_have_count(0)


def test_the_report_follows_the_language_and_the_panel_leads_here(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        panel_of(page, "cercle-gao")
        page.click("#sira-panel [data-route-to]")
        assert page.input_value("#sira-stop-1") == "Gao"
        report(page, "Sévaré", "Gao")
        page.click("#sira-lang")
        ready(page, "fr")
        expect(page.locator("#sira-route-report h3")).to_have_text("Rapport d’itinéraire\u00a0: Sévaré – Gao")
        assert "Length" not in page.inner_text("#sira-route-report")


def test_roads_are_classed_by_what_is_expected_on_them(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.check('[data-layer="axes"]')
        page.wait_for_selector(".leaflet-sira-axes-pane path", state="attached")
        expect(page.locator(".leaflet-sira-axes-pane path").nth(10)).to_be_attached()
        legend = page.inner_text("#sira-legend")
        assert "expected per 100 km of road and 30 days" in legend
        colours = page.eval_on_selector_all(
            ".leaflet-sira-axes-pane path", "paths => paths.map(path => path.getAttribute('stroke'))"
        )
        assert len(set(colours) & set(BAND_COLOURS.values())) >= 2
