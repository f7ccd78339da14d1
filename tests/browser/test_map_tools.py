"""Finding, measuring, coordinates, paper, the keyboard and screen readers, in a real Chromium."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from map_kit import LAPTOP, PHONE, open_part, panel_of, ready, rest, watched
from playwright.sync_api import Browser, Page, expect
from pyproj import Transformer

from api.map.vendoring import MODULES
from geo.core.crs import GEOD

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("typed", "first", "lat", "lng"),
    [
        ("timbuktu", "Tombouctou", 19.28, -5.15),
        ("SEVARE", "Sévaré", 14.53, -4.09),
        ("Tinessako", "Tin-Essako", 18.45, 2.49),
        ("bandiagra", "Bandiagara", 14.35, -3.61),
        ("14.48, -4.18", "14.48, -4.18", 14.48, -4.18),
        ("30P UB 72511 01617", "30P UB 72511 01617", 14.48, -4.18),
    ],
)
def test_finds_a_place_by_any_spelling(
    browser: Browser, address: str, typed: str, first: str, lat: float, lng: float
) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        page.fill("#sira-search", typed)
        expect(page.locator("#sira-results li").first).to_contain_text(first)
        page.keyboard.press("ArrowDown")
        assert page.get_attribute("#sira-search", "aria-activedescendant") == "sira-result-0"
        page.keyboard.press("Enter")
        ready(page)
        centre = page.evaluate("map_sira.getCenter()")
        assert centre["lat"] == pytest.approx(lat, abs=1.2)
        assert centre["lng"] == pytest.approx(lng, abs=1.2)
        # What somebody looks for is asked of nobody.
        assert not any(typed.split()[0].lower() in url.lower() for url in watch.requested)


def test_a_unit_found_brings_its_boundaries_and_opens_its_panel(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.fill("#sira-search", "taoudenit")
        page.locator("#sira-results li", has_text="region").first.click()
        ready(page, "en")
        expect(page.locator("#sira-panel h2")).to_contain_text("Taoud")
        assert page.input_value("#sira-level") == "region"


def test_nothing_found_is_said(browser: Browser, address: str) -> None:
    with watched(browser.new_context(), f"{address}/?lang=en", address) as (page, _):
        page.fill("#sira-search", "qqqqqqqq")
        expect(page.locator("#sira-search-said")).to_have_text("Nothing of that name")
        assert page.is_hidden("#sira-results")


def test_coordinates_of_a_click_in_three_notations(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.evaluate("void map_sira.fire('click', { latlng: L.latLng(14.4843, -4.1830) })")
        texts = page.locator("#sira-coordinates button").all_inner_texts()
        assert texts == ["14.48430, -4.18300", "14°29′03,5″N 4°10′58,8″O", "30P UB 72511 01617"]
        east, north = Transformer.from_crs(4326, 32630, always_xy=True).transform(-4.1830, 14.4843)
        assert texts[2].endswith(f" {int(east) % 100_000:05} {int(north) % 100_000:05}")
        open_part(page, "tools")
        page.click("#sira-centre")
        assert page.locator("#sira-coordinates button").first.inner_text() != texts[0]


def test_measures_along_the_ellipsoid(browser: Browser, address: str) -> None:
    points = [(14.4843, -4.1830), (14.9717, -3.2447), (14.1411, -3.4078)]
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        open_part(page, "tools")
        page.click("#sira-measure-tool")
        for lat, lng in points:
            page.evaluate("([lat, lng]) => void map_sira.fire('click', { latlng: L.latLng(lat, lng) })", [lat, lng])
        lats, lons = [lat for lat, _ in points], [lng for _, lng in points]
        area, _ = GEOD.polygon_area_perimeter(lons, lats)
        said = page.inner_text("#sira-measure-text").replace(",", "")
        found = re.fullmatch(r"Length ([\d.]+) km; area inside ([\d.]+) km²", said)
        assert found
        assert float(found[1]) == pytest.approx(GEOD.line_length(lons, lats) / 1000, abs=0.1)
        assert float(found[2]) == pytest.approx(abs(area) / 1e6, rel=0.001)
        assert page.is_hidden("#sira-panel")
        page.click("#sira-measure-tool")
        assert page.is_hidden("#sira-measure-text")
        expect(page.locator(".leaflet-sira-tool-pane path")).to_have_count(0)


def test_full_screen(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        open_part(page, "tools")
        page.click("#sira-full")
        expect(page.locator("#sira-full")).to_have_attribute("aria-pressed", "true")
        page.click("#sira-full")
        expect(page.locator("#sira-full")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("paper", "size_mm"), [("a4", (297, 210)), ("a3", (420, 297))])
def test_a_sheet_of_paper_in_landscape(browser: Browser, address: str, paper: str, size_mm: tuple[int, int]) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.wait_for_load_state("networkidle")
        open_part(page, "tools")
        page.click(f"#sira-print-{paper}")
        inside = page.evaluate(
            """() => {
                const frame = document.getElementById("map_sira").getBoundingClientRect();
                const paths = [...document.querySelectorAll("path.sira-unit")];
                const boxes = paths.map((each) => each.getBoundingClientRect());
                return boxes.every((box) => box.left >= frame.left && box.right <= frame.right
                    && box.top >= frame.top && box.bottom <= frame.bottom);
            }"""
        )
        assert inside, "the whole country is on the sheet"
        document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
        assert len(document) == 1
        assert [round(part / 72 * 25.4) for part in document[0].get_size()] == list(size_mm)
        text = document[0].get_textpage().get_text_range()
        for words in (
            "Incidents per 100,000",
            "Synthetic data",
            "Printed on",
            "Data up to",
            "Sources",
            "km",
            "not safety",
        ):
            assert words in text, words
        assert page.is_visible(".sira-north")
        page.click("#sira-sheet-close")
        assert page.is_visible(".sira-side")
        assert page.is_hidden("#sira-sheet-title")


def test_the_browsers_own_print_gives_a_sheet(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=PHONE), address) as (page, _):
        document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
        assert len(document) == 1
        assert "Imprimé le" in document[0].get_textpage().get_text_range()
        assert page.evaluate("document.body.dataset.paper") is None


def faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical by WCAG 2.2 A and AA."""
    page.evaluate((MODULES / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        """async () => {
            const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
            const { violations } = await axe.run(document, { runOnly: tags });
            return violations
                .filter(({ impact }) => ["serious", "critical"].includes(impact))
                .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 99)).join()}`);
        }"""
    )
    return found


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_axe_finds_nothing_serious(browser: Browser, address: str, viewport: dict[str, int], lang: str) -> None:
    with watched(browser.new_context(viewport=viewport), f"{address}/?lang={lang}", address) as (page, _):
        page.wait_for_load_state("networkidle")
        assert faults(page) == []
        for name in ("choices", "layers", "tools", "route", "figures"):
            open_part(page, name)
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        page.locator("#sira-list-body button").first.click()
        page.wait_for_selector(".leaflet-popup dl")
        rest(page, 600)  # it fades in
        assert faults(page) == []
        page.evaluate("void map_sira.closePopup()")
        page.select_option("#sira-measure", "expected")
        ready(page, lang)
        panel_of(page, "cercle-mopti")
        page.evaluate("void map_sira.fire('click', { latlng: map_sira.getCenter() })")
        page.fill("#sira-search", "gao")
        page.wait_for_selector("#sira-results li")
        assert faults(page) == []


def test_every_control_has_a_name_and_is_reached_by_keyboard(browser: Browser, address: str) -> None:
    name_of = "(node) => node.id || node.dataset.layer || node.dataset.preset || node.textContent"
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.wait_for_load_state("networkidle")
        for name in ("tools", "route", "figures"):
            open_part(page, name)
        wanted = set()
        for control in page.locator("select, input, button, summary, a[href]").element_handles():
            if not control.is_visible() or control.is_disabled():
                continue
            label = control.evaluate(
                "(node) => node.ariaLabel || node.labels?.[0]?.textContent.trim() || node.textContent.trim()"
            )
            assert label, control.evaluate("(node) => node.outerHTML")
            wanted.add(control.evaluate(name_of))
        page.evaluate("document.activeElement.blur()")
        reached = set()
        for _ in range(len(wanted) + 70):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(f"({name_of})(document.activeElement)"))
        assert wanted <= reached
        unit = page.locator("path.sira-unit").first
        assert unit.get_attribute("role") == "button"
        name = str(unit.get_attribute("aria-label")).split(" – ")[0]
        unit.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#sira-panel:not([hidden])")
        assert page.inner_text("#sira-panel h2") == name
        assert page.evaluate("document.activeElement.id") == "sira-panel"
        page.keyboard.press("Escape")
        assert page.is_hidden("#sira-panel")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(name)


MANY_AT_ONE_PLACE = """() => {
    let layer = null;
    map_sira.eachLayer((each) => { if (each instanceof Sira.PointsLayer) { layer = each; } });
    const { document } = layer.points();
    const count = new Map();
    document.lon.forEach((lon, i) => {
        const key = `${document.lat[i]},${lon}`;
        count.set(key, [...(count.get(key) || []), i]);
    });
    const members = [...count.values()].reduce((one, other) => (other.length > one.length ? other : one));
    const at = layer.points().latLng(members[0]);
    map_sira.setView(at, map_sira.getMaxZoom(), { animate: false });
    const { x, y } = map_sira.latLngToContainerPoint(at);
    const { left, top } = map_sira.getContainer().getBoundingClientRect();
    return { count: members.length, x: x + left, y: y + top };
}"""


def test_incidents_at_one_position_can_all_be_opened(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        place = page.evaluate(MANY_AT_ONE_PLACE)
        assert place["count"] > 1
        page.mouse.click(place["x"], place["y"])
        listed = page.locator(".leaflet-popup li button")
        expect(listed).to_have_count(min(place["count"], 50))
        assert f"{place['count']} incidents" in page.inner_text(".leaflet-popup h2")
        listed.last.click()
        expect(page.locator(".leaflet-popup dl")).to_have_count(1)


def test_the_list_of_incidents_follows_the_map_but_not_under_its_reader(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#layers=incidents", address) as (page, _):
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        said = page.locator("#sira-list-body p")
        country = said.inner_text()
        page.locator("#sira-list-body button").last.click()
        page.wait_for_selector(".leaflet-popup dl")
        page.evaluate("document.querySelector('.leaflet-control-zoom-in').dispatchEvent(new Event('click'))")
        rest(page, 1000)
        assert said.inner_text() == country
        page.keyboard.press("Escape")
        expect(page.locator("#sira-list-body button").last).to_be_focused()
        page.click(".leaflet-control-zoom-in")
        expect(said).not_to_have_text(country)
