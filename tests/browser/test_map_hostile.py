"""What came from a file stays text: hostile names and narratives, imported from files, in a real Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from map_kit import PAYLOADS, choose, hostile_home, open_part, panel_of, ready, rest, serving, signed_in, watched
from playwright.sync_api import Browser, Page, expect
from single_file import unpack
from store_kit import hazard_batch, hazards

from api.base.access import Audience, Caller
from api.base.service import Service
from api.base.settings import Settings
from api.map.single_file import single_file
from geo.boundaries.importing import read_units
from geo.boundaries.regions import Boundaries
from geo.store import Store

pytestmark = pytest.mark.browser

#: Opens every popup and tooltip that a layer of the map has, and gathers what they hold.
OPEN_ALL = """() => {
    const found = { texts: [], elements: [], foreign: 0 };
    const gather = (content) => {
        found.texts.push(content.textContent);
        found.elements.push(...[...content.querySelectorAll("*")].map((node) => node.tagName));
        found.foreign += content.querySelectorAll("img, script, svg, iframe, [onerror], [onmouseover]").length;
    };
    const layers = [];
    map_sira.eachLayer((layer) => layers.push(layer));
    for (const layer of layers) {
        if (layer.getPopup && layer.getPopup()) {
            const popup = layer.getPopup().setLatLng(map_sira.getCenter());
            map_sira.openPopup(popup);
            gather(popup.getElement().querySelector(".leaflet-popup-content"));
            map_sira.closePopup();
        }
        if (layer.getTooltip && layer.getTooltip()) {
            const content = layer.getTooltip().getContent();
            const holder = document.createElement("div");
            holder.append(typeof content === "function" ? content(layer) : content);
            gather(holder);
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    settings, key = hostile_home(tmp_path_factory.mktemp("hostile"))
    with Store.open(settings.store_url) as store:
        store.add_hazards(hazard_batch(hazards(["a", "b"], name=[PAYLOADS[0], PAYLOADS[3]])))
        units = read_units(hostile_boundaries(settings.home), "hostile", "region").units
        store.add_vintage("hostile", units, {"source": PAYLOADS[0]})
    return settings, key


def hostile_boundaries(folder: Path) -> Path:
    """Write the regions of 2015 under names that are `PAYLOADS`, as a delivery may hold them."""
    regions = Boundaries.shipped().units("region", "2015")[["geometry"]].reset_index(drop=True)
    regions["name"] = [f"{PAYLOADS[number % len(PAYLOADS)]} {number}" for number in range(len(regions))]
    path = folder / "regions.geojson"
    regions.to_file(path)
    return path


def show_incidents(page: Page) -> None:
    page.check('[data-layer="incidents"]')
    page.wait_for_selector("canvas.sira-points")


def incident_popups(page: Page) -> dict[str, Any]:
    """Open the popup of every incident through the list of those in view; return what they hold."""
    page.click("#sira-list-open")
    found: dict[str, Any] = {"texts": [page.inner_text("#sira-list-body")], "elements": [], "foreign": 0}
    buttons = page.locator("#sira-list-body button")
    expect(buttons).to_have_count(len(PAYLOADS))
    for number in range(len(PAYLOADS)):
        buttons.nth(number).click()
        page.wait_for_selector(".leaflet-popup .sira-popup")
        gathered = page.evaluate(
            """() => {
                const content = document.querySelector(".leaflet-popup-content");
                const nodes = [...content.querySelectorAll("*")].map((node) => node.tagName);
                return [content.textContent, nodes, content.querySelectorAll("img, script, svg, iframe").length];
            }"""
        )
        found["texts"].append(gathered[0])
        found["elements"] += gathered[1]
        found["foreign"] += gathered[2]
        page.evaluate("void map_sira.closePopup()")
        expect(page.locator(".leaflet-popup")).to_have_count(0)  # it fades out
    return found


def assert_harmless(page: Page, found: dict[str, Any], payloads: tuple[str, ...] = PAYLOADS) -> None:
    text = "\n".join(found["texts"])
    for payload in payloads:
        assert payload in text
    assert found["foreign"] == 0
    assert set(found["elements"]) <= {"DIV", "H2", "P", "DL", "DT", "DD", "SPAN"}
    rest(page, 200)
    assert page.evaluate("window.hacked") is None


def test_payloads_of_an_imported_csv_show_as_text(browser: Browser, hostile: tuple[Settings, str]) -> None:
    settings, key = hostile
    with serving(settings) as address, watched(signed_in(browser, address, key), address) as (page, _):
        show_incidents(page)
        found = incident_popups(page)
        assert_harmless(page, found)
        for number, payload in enumerate(PAYLOADS):
            assert f"note {number}: {payload}" in "\n".join(found["texts"])


@pytest.mark.parametrize(("lang", "title"), [("fr", "12 derniers mois\N{NO-BREAK SPACE}:"), ("en", "Last 12 months:")])
def test_the_panel_says_nothing_of_months_that_the_data_do_not_reach(
    browser: Browser, hostile: tuple[Settings, str], lang: str, title: str
) -> None:
    settings, key = hostile  # of eight months
    with (
        serving(settings) as address,
        watched(signed_in(browser, address, key), f"{address}/?lang={lang}", address) as (page, watch),
    ):
        watch.expected.append("503")  # these data have not been assessed
        assert f"{title} –." in panel_of(page, "cercle-kayes")
        assert page.locator("#sira-panel dt:has-text('100') + dd").inner_text() == "–"
        assert f"{title} ≥\N{NARROW NO-BREAK SPACE}" in panel_of(page, "cercle-gao")
        page.wait_for_load_state("networkidle")


def test_payloads_as_names_of_areas_show_as_text(browser: Browser, hostile: tuple[Settings, str]) -> None:
    settings, key = hostile
    with serving(settings) as address, watched(signed_in(browser, address, key), address) as (page, _):
        page.check('[data-layer="hazards"]')
        page.wait_for_selector("[class*=sira-area-]", state="attached")
        assert_harmless(page, page.evaluate(OPEN_ALL), (PAYLOADS[0], PAYLOADS[3]))


def test_payloads_as_names_of_units_show_as_text_in_every_place(
    browser: Browser, hostile: tuple[Settings, str]
) -> None:
    settings, key = hostile
    start = "#level=region&vintage=hostile&measure=events"
    with (
        serving(settings) as address,
        watched(signed_in(browser, address, key), f"{address}/{start}", address) as (page, watch),
    ):
        watch.expected.append("503")  # these data have not been assessed
        page.wait_for_load_state("networkidle")
        assert_harmless(page, page.evaluate(OPEN_ALL))
        labels = page.eval_on_selector_all(
            "path.sira-unit", "all => all.map((path) => path.getAttribute('aria-label'))"
        )
        listed = page.locator("#sira-unit option").all_inner_texts()
        for payload in PAYLOADS:
            assert any(payload in label for label in labels)
            assert any(payload in text for text in listed)
        for value in page.eval_on_selector_all("#sira-unit option", "all => all.map((each) => each.value)")[1:]:
            panel_of(page, value)
            assert page.locator("#sira-panel img, #sira-panel script, #sira-panel iframe").count() == 0
            assert any(payload in page.inner_text("#sira-panel h2") for payload in PAYLOADS)
        page.fill("#sira-search", "img src")
        expect(page.locator("#sira-results li").first).to_contain_text("<img src=x")
        assert page.locator("#sira-results img").count() == 0
        open_part(page, "tools")
        page.click("#sira-print-a4")
        assert page.evaluate("document.querySelectorAll('.sira-sheet img, .sira-sheet script').length") == 0
        rest(page, 200)
        assert page.evaluate("window.hacked") is None


def test_a_hostile_search_and_hostile_stops_stay_text(browser: Browser, hostile: tuple[Settings, str]) -> None:
    settings, key = hostile
    with serving(settings) as address, watched(signed_in(browser, address, key), address) as (page, watch):
        watch.expected += ["422", "503"]
        open_part(page, "route")
        for payload in PAYLOADS:
            page.fill("#sira-search", payload)
            rest(page, 50)
            page.fill("#sira-stop-0", payload)
            page.fill("#sira-stop-1", "Gao")
            page.click("#sira-route-form [type=submit]")
            expect(page.locator("#sira-status")).not_to_contain_text("…")
        assert page.locator("img, iframe").count() == 0
        assert page.evaluate("window.hacked") is None


def test_without_a_key_the_page_offers_nothing_finer_than_a_cercle(
    browser: Browser, hostile: tuple[Settings, str]
) -> None:
    with serving(hostile[0]) as address, watched(browser.new_context(), address) as (page, watch):
        page.wait_for_load_state("networkidle")
        assert page.locator('[data-layer="incidents"], [data-layer="hazards"], [data-layer="axes"]').count() == 0
        assert page.locator('#sira-level option[value="commune"]').count() == 0
        assert page.locator("#sira-route").count() == 0
        assert page.is_visible("#sira-login")
        found = page.evaluate(OPEN_ALL)
        assert not any(payload in text for payload in PAYLOADS for text in found["texts"])
        assert not any("incident" in url or "hazards" in url or "commune" in url for url in watch.requested)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.PARTNER, Audience.ANALYST])
def test_single_file_holds_what_its_audience_may_see_and_no_more(
    browser: Browser, hostile: tuple[Settings, str], tmp_path: Path, audience: Audience
) -> None:
    service = Service(hostile[0])
    html = single_file(service.store, service.read_snapshot(), Caller(audience), lang="fr")
    service.close()
    path = tmp_path / "mali.html"
    path.write_text(html, encoding="utf-8")
    held = json.dumps(unpack(html))
    assert ("note 0" in held) is (audience is Audience.ANALYST)
    assert ("MLI0" in held) is (audience is Audience.ANALYST)
    assert ("2023-01-05" in held) is (audience is not Audience.PUBLIC)
    for raw in ("<img", "</script><script>", "<svg/onload"):
        assert raw not in html
    with watched(browser.new_context(offline=True), path.as_uri(), "file://") as (page, watch):
        ready(page)
        assert len(watch.requested) == 1
        if audience is Audience.ANALYST:
            show_incidents(page)
            assert_harmless(page, incident_popups(page))
        choose(page, "level", "region")
        choose(page, "vintage", "hostile")
        assert_harmless(page, page.evaluate(OPEN_ALL))
