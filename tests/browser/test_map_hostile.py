"""What came from a file stays text: hostile names and narratives, imported from a CSV, in a real Chromium."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from map_kit import PAYLOADS, browsing, hostile_home, ready, serving, watched
from playwright.sync_api import Browser, Page

from api.access import Audience, Caller
from api.maps.single_file import single_file
from api.service import Service
from api.settings import Settings

pytestmark = pytest.mark.browser

#: Opens every popup and tooltip of the map, one after the other, and gathers what they hold.
OPEN_ALL = """() => {
    const found = { texts: [], elements: [], foreign: 0 };
    const gather = (content) => {
        found.texts.push(content.textContent);
        found.elements.push(...[...content.querySelectorAll("*")].map((node) => node.tagName));
        found.foreign += content.querySelectorAll("img, script, svg, iframe, [onerror], [onmouseover]").length;
    };
    const visit = (layer) => {
        if (layer.getAllChildMarkers) { layer.getAllChildMarkers().forEach(visit); return; }
        if (layer.getPopup && layer.getPopup()) {
            const popup = layer.getPopup().setLatLng(map_sira.getCenter());
            map_sira.openPopup(popup);
            gather(popup.getElement().querySelector(".leaflet-popup-content"));
            map_sira.closePopup();
        }
        if (layer.getTooltip && layer.getTooltip()) {
            const content = layer.getTooltip().getContent();
            const said = typeof content === "function" ? content(layer) : content;
            const holder = document.createElement("div");
            holder.append(said);
            gather(holder);
        }
    };
    const layers = [];
    map_sira.eachLayer((layer) => layers.push(layer));
    layers.forEach(visit);
    return found;
}"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    return hostile_home(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running


def show_incidents(page: Page) -> dict[str, Any]:
    """Switch the incidents on and return what every popup and tooltip holds."""
    page.check('[data-layer="incidents"]')
    page.wait_for_selector(".sira-cluster")
    page.wait_for_timeout(500)
    found: dict[str, Any] = page.evaluate(OPEN_ALL)
    return found


def assert_harmless(page: Page, found: dict[str, Any]) -> None:
    text = "\n".join(found["texts"])
    for number, payload in enumerate(PAYLOADS):
        assert f"note {number}: {payload}" in text
        assert payload in text
    assert found["foreign"] == 0
    assert set(found["elements"]) <= {"DIV", "H2", "P", "DL", "DT", "DD", "SPAN"}
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None


def test_payloads_of_an_imported_csv_show_as_text(browser: Browser, hostile: tuple[Settings, str]) -> None:
    settings, key = hostile
    with serving(settings) as address:
        basic = base64.b64encode(f"me:{key}".encode()).decode()
        context = browser.new_context(extra_http_headers={"Authorization": f"Basic {basic}"})
        with watched(context, address) as (page, _):
            assert_harmless(page, show_incidents(page))


def test_without_a_key_the_page_offers_nothing_finer_than_a_cercle(
    browser: Browser, hostile: tuple[Settings, str]
) -> None:
    with serving(hostile[0]) as address, watched(browser.new_context(), address) as (page, watch):
        assert page.locator('[data-layer="incidents"], [data-layer="hazards"]').count() == 0
        assert page.locator('#sira-level option[value="commune"]').count() == 0
        assert page.is_visible('a[href="login"]')
        found = page.evaluate(OPEN_ALL)
        assert not any(payload in text for payload in PAYLOADS for text in found["texts"])
        assert not any("incidents" in url or "hazards" in url or "communes" in url for url in watch.requested)


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.PARTNER, Audience.ANALYST])
def test_single_file_holds_what_its_audience_may_see_and_no_more(
    browser: Browser, hostile: tuple[Settings, str], tmp_path: Path, audience: Audience
) -> None:
    service = Service(hostile[0])
    html = single_file(service.store, service.read_snapshot(), Caller(audience), lang="fr")
    path = tmp_path / "mali.html"
    path.write_text(html, encoding="utf-8")
    assert ("note 0" in html) is (audience is Audience.ANALYST)
    assert ("MLI0" in html) is (audience is Audience.ANALYST)
    assert ("2023-01-05" in html) is (audience is not Audience.PUBLIC)
    for raw in ("<img", "</script><script>", "<svg/onload"):
        assert raw not in html
    context = browser.new_context(offline=True)
    with watched(context, path.as_uri(), "file://") as (page, watch):
        ready(page)
        assert len(watch.requested) == 1
        if audience is Audience.ANALYST:
            assert_harmless(page, show_incidents(page))
