"""What a reader must be able to tell from the map alone, on screen, on paper and by keyboard, in a real Chromium."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from map_kit import LAPTOP, PHONE, open_part, panel_of, ready, rest, watched
from playwright.sync_api import Browser, expect

from api.base.class_legend import classes
from api.base.i18n import translate
from models.risk.class_limits import Support
from models.risk.target import Target
from models.routes.words import NO_CERTIFICATE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("lang", "device", "boundaries"),
    [("fr", "Mine antipersonnel", "découpage de 2023"), ("en", "Anti-personnel mine", "boundaries of 2023")],
)
def test_device_and_boundaries_are_said(
    browser: Browser, address: str, lang: str, device: str, boundaries: str
) -> None:
    start = f"{address}/?lang={lang}#hazard=ap_mine&level=region&vintage=2023"
    with watched(browser.new_context(viewport=LAPTOP), start, address) as (page, _):
        assert device in page.inner_text("#sira-legend-body")
        unit = page.locator("#sira-unit option").nth(1).get_attribute("value")
        assert device in panel_of(page, str(unit))
        open_part(page, "tools")
        page.click("#sira-print-a4")
        title = page.inner_text("#sira-sheet-title")
        assert device in title
        assert boundaries in title


def test_every_device_together_is_said(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#measure=victims", address) as (page, _):
        expect(page.locator("#sira-legend-body")).to_contain_text("All explosive ordnance, ")


def test_a_forecast_says_that_device_and_period_do_not_change_it(browser: Browser, address: str) -> None:
    note = "always of IEDs and mines together, for the days it names"
    start = f"{address}/?lang=en#measure=expected&hazard=uxo&layers=incidents"
    with watched(browser.new_context(viewport=LAPTOP), start, address) as (page, _):
        page.wait_for_selector("canvas.sira-points")
        expect(page.locator("#sira-legend-body")).to_contain_text("Unexploded ordnance (UXO), ")  # of the points
        assert note in page.inner_text("#sira-legend-body")
        assert note in page.inner_text("#sira-form")
        for name in ("hazard", "start", "end", "slider"):
            assert page.get_attribute(f"#sira-{name}", "aria-describedby") == "sira-forecast-note"
        assert page.inner_text("#sira-time-text").startswith("Recorded: ")
        page.select_option("#sira-measure", "rate")
        page.wait_for_selector("body[data-state=ready]")
        assert note not in page.inner_text("body")
        assert page.get_attribute("#sira-hazard", "aria-describedby") is None
        assert not page.inner_text("#sira-time-text").startswith("Recorded: ")


def axes(lang: str) -> dict[str, object]:
    """Return what the service says of its roads once they are prepared, which takes minutes."""
    about = {
        "synthetic": True,
        "period": {"start": "2026-10-30", "end": "2027-01-29"},
        "window": {"age": "ahead", "mark": None},
        "caveats": [translate(NO_CERTIFICATE[0], lang)],
        **classes(Support.ROAD, Target.IED, lang),
    }
    return {"type": "FeatureCollection", "features": [], "sira": about}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_whole_legend_is_on_the_sheet(browser: Browser, address: str, lang: str) -> None:
    whole = """() => {
        const legend = document.getElementById("sira-legend");
        const frame = legend.getBoundingClientRect();
        const inside = ({ left, right, top, bottom }) =>
            left >= frame.left && right <= frame.right + 1 && top >= frame.top && bottom <= frame.bottom + 1;
        return legend.scrollHeight <= legend.clientHeight && legend.scrollWidth <= legend.clientWidth
            && [...legend.querySelectorAll("p, li")].every((each) => inside(each.getBoundingClientRect()));
    }"""
    not_safety = {"fr": "absence de signalement n’est pas", "en": "No report is not safety"}[lang]
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang={lang}", address) as (page, _):
        page.route("**/layers/axes.geojson*", lambda route: route.fulfill(json=axes(lang)))
        for name in ("incidents", "cells", "hotspots", "conflict", "axes", "roads", "hazards"):
            page.check(f'[data-layer="{name}"]')
        expect(page.locator(".sira-legend-title")).to_have_count(7)
        open_part(page, "tools")
        for measure in ("expected", "rate", "victims"):
            page.select_option("#sira-measure", measure)
            ready(page, lang)
            for paper in ("a4", "a3"):
                page.click(f"#sira-print-{paper}")
                assert page.locator(".sira-legend-title").count() == 7
                assert page.evaluate(whole), (measure, paper)
                assert not_safety in page.inner_text("#sira-sheet-lines")
                document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
                assert len(document) == 1
                text = document[0].get_textpage().get_text_range()
                assert "Natural Earth" in " ".join(text.split())  # the last line of the legend
                page.click("#sira-sheet-close")
        # Back on the screen the legend says it again.
        assert not_safety in page.inner_text("#sira-legend")


def test_cells_beside_a_forecast_say_their_own_classes_and_only_what_differs(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#measure=expected", address) as (page, _):
        page.check('[data-layer="cells"]')
        legend = page.locator("#sira-legend-body")
        expect(legend).to_contain_text("per cell of 5 km")
        expect(legend).to_contain_text("expected per cercle and 91 days")
        expect(legend).to_contain_text("expected per 1,000 km² and 91 days")
        expect(legend.get_by_text("very high: 2 and more", exact=True)).to_have_count(1)
        expect(legend.get_by_text("very high: 0.1 and more", exact=True)).to_have_count(1)
        expect(legend.get_by_text("no band means safe")).to_have_count(1)
        page.select_option("#sira-measure", "events")
        ready(page, "en")
        expect(legend.get_by_text("not assessed", exact=True)).to_have_count(1)
        expect(legend.get_by_text("very high: 0.1 and more", exact=True)).to_have_count(1)


def test_a_layer_that_comes_late_fits_on_the_sheet_too(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#measure=expected", address) as (page, _):
        for name in ("incidents", "conflict", "hazards"):
            page.check(f'[data-layer="{name}"]')
        page.wait_for_load_state("networkidle")
        held = []
        page.route("**/layers/hotspots.geojson*", lambda route: held.append(route))
        page.check('[data-layer="hotspots"]')
        open_part(page, "tools")
        page.click("#sira-print-a4")
        rest(page, 300)
        held[0].continue_()
        expect(page.locator("#sira-legend-body")).to_contain_text("emerging")
        rest(page, 100)
        assert page.evaluate(
            "(({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight)(document.getElementById('sira-legend'))"
        )


COVERED = """() => {
    const note = document.getElementById("sira-note").getBoundingClientRect();
    const controls = [...document.querySelectorAll("button, a[href], summary, input, select")];
    return controls
        .filter((each) => each.checkVisibility({ visibilityProperty: true }))
        .filter((each) => {
            const box = each.getBoundingClientRect();
            return box.left < note.right && note.left < box.right && box.top < note.bottom && note.top < box.bottom;
        })
        .map((each) => each.outerHTML);
}"""


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_confirmations_end_and_failures_stay(browser: Browser, address: str, viewport: dict[str, int]) -> None:
    context = browser.new_context(viewport=viewport, permissions=["clipboard-write"])
    context.clock.install()
    with watched(context, address) as (page, watch):
        page.wait_for_load_state("networkidle")
        watch.expected.append("ERR_FAILED")
        page.route("**/layers/hazards.geojson*", lambda route: route.abort())
        open_part(page, "layers")
        page.locator('[data-layer="hazards"]').click()
        status = page.locator("#sira-status")
        expect(status).to_contain_text("joignable")
        page.evaluate("void map_sira.fire('click', { latlng: map_sira.getCenter() })")
        coordinates = page.locator("#sira-coordinates button")
        for number in range(3):
            coordinates.nth(number).click()  # which fails on a button that something else covers
            expect(page.locator("#sira-note")).to_contain_text("Copié")
            assert page.evaluate(COVERED) == []
        page.clock.fast_forward("01:00")
        expect(page.locator("#sira-note")).to_be_empty()
        expect(status).to_contain_text("joignable")
        status_box, map_box = status.bounding_box(), page.locator("#map_sira").bounding_box()
        assert status_box is not None
        assert map_box is not None
        assert status_box["y"] + status_box["height"] <= map_box["y"]


FOCUS = "document.activeElement.id"


def test_units_are_skipped_with_one_key(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#level=commune", address) as (page, _):
        page.locator(".leaflet-control-zoom-out").focus()
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS) == "sira-skip"
        assert page.locator("#sira-skip").inner_text() == "Skip the units on the map"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS) == "sira-play"
        assert page.is_hidden("#sira-coordinates-box")  # it was no click on the map


def test_a_unit_keeps_its_place_in_the_order_of_the_keyboard(browser: Browser, address: str) -> None:
    names = "[...document.querySelectorAll('path.sira-unit')].map((path) => path.getAttribute('aria-label'))"
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        before = page.evaluate(names)
        page.locator("path.sira-unit").nth(3).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#sira-panel:not([hidden]) h2")
        outlines = page.locator(".leaflet-sira-outline-pane path")
        expect(outlines).to_have_count(1)
        page.keyboard.press("Escape")
        assert page.evaluate(names) == before
        expect(outlines).to_have_count(0)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == before[4]


def test_measures_without_a_pointer(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        open_part(page, "tools")
        assert page.is_hidden("#sira-measure-add")
        page.press("#sira-measure-tool", "Enter")
        page.press("#sira-measure-add", "Enter")
        page.evaluate("void map_sira.panBy([120, 0], { animate: false })")
        page.press("#sira-measure-add", "Enter")
        expect(page.locator("#sira-measure-text")).to_contain_text("Length ")


def test_the_sheet_takes_the_focus_and_gives_it_back(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        open_part(page, "tools")
        page.press("#sira-print-a3", "Enter")
        assert page.evaluate(FOCUS) == "sira-sheet-print"
        page.keyboard.press("Escape")
        assert page.evaluate(FOCUS) == "sira-print-a3"


def test_no_unit_chosen_leaves_the_focus_in_the_list(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        panel_of(page, "cercle-mopti")
        page.focus("#sira-unit")
        page.select_option("#sira-unit", "")
        expect(page.locator("#sira-panel")).to_be_hidden()
        assert page.evaluate(FOCUS) == "sira-unit"


def test_an_incident_opened_from_the_list_is_read_next(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        opener = page.locator("#sira-list-body button").nth(1)
        opener.press("Enter")
        expect(page.locator(".leaflet-popup-content")).to_be_focused()
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()


def test_close_stays_in_sight_on_a_phone(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=PHONE), address) as (page, _):
        page.locator("path.sira-unit[aria-label^='Tombouctou']").click()
        page.wait_for_selector("#sira-panel:not([hidden]) h2")
        page.evaluate("document.getElementById('sira-panel').scrollTop = 400")
        assert page.evaluate("document.getElementById('sira-panel').scrollTop") == 400
        panel, close = page.locator("#sira-panel").bounding_box(), page.locator("#sira-panel-close").bounding_box()
        assert panel is not None
        assert close is not None
        assert panel["y"] <= close["y"] < panel["y"] + 40
        page.click("#sira-panel-close")
        expect(page.locator("#sira-panel")).to_be_hidden()
