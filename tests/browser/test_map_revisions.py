"""What the map does when the data change under it: all it shows is of one revision and reaches as far as they do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from assessment_kit import drawn
from homes_kit import settings_in
from map_kit import LAPTOP, choose, labels, noticed, ready, revise, serving, shared_address, watched
from playwright.sync_api import Browser, Page, expect

from geo.incidents.batch import Batch
from geo.store import Store

pytestmark = pytest.mark.browser


def test_incidents_open_although_the_data_have_changed(browser: Browser, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with (
        serving(settings) as where,
        watched(browser.new_context(viewport=LAPTOP), where) as (page, watch),
    ):
        watch.expected.append("404")
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        revise(settings)
        noticed(where)
        with page.expect_response(re.compile("/map/incidents.json")):
            page.locator("#sira-list-body button").first.click()
        expect(page.locator("#sira-news-text")).to_have_text("Données mises à jour\u202f: révision 2.")
        ready(page)
        expect(page.locator("#sira-age")).to_contain_text("révision 2")
        page.wait_for_load_state("networkidle")
        page.click("#sira-list-open")
        page.locator("#sira-list-body button").first.click()
        page.wait_for_selector(".leaflet-popup dl")


@pytest.mark.parametrize("act", ["hazard", "layer", "language"])
def test_all_that_is_drawn_is_of_one_revision(browser: Browser, tmp_path: Path, act: str) -> None:
    settings = settings_in(tmp_path)
    with (
        serving(settings) as where,
        watched(browser.new_context(viewport=LAPTOP), f"{where}/?lang=en", where) as (page, watch),
    ):
        page.wait_for_load_state("networkidle")
        revise(settings)
        noticed(where)
        before = len(watch.requested)
        if act == "hazard":
            page.select_option("#sira-hazard", "ied")
        elif act == "layer":
            page.check('[data-layer="incidents"]')
        else:
            page.click("#sira-lang")
        expect(page.locator("#sira-news-text")).to_contain_text("revision 2" if act != "language" else "révision 2")
        if act == "hazard":
            page.select_option("#sira-hazard", "")
            ready(page, "en")
            assert any("/map/counts.json" in url and "hazard" not in url for url in watch.requested[before:])
            expect(page.locator("#sira-age")).to_contain_text("revision 2")
        if act == "layer":
            expect(page.locator("canvas.sira-points")).to_have_count(1)


def time_of(page: Page) -> dict[str, object]:
    """Return how far the page's time reaches, and what it shows of it."""
    found: dict[str, object] = page.evaluate("""() => {
        const [slider, start, end] = ["slider", "start", "end"].map((name) => document.getElementById(`sira-${name}`));
        const months = [...start.options].map((option) => option.value);
        return { min: slider.min, max: slider.max, at: slider.value, months, start: start.value, end: end.value };
    }""")
    return found | {"said": page.inner_text("#sira-time-text"), "units": labels(page)}


@pytest.mark.parametrize(
    ("chosen", "then"),
    [
        ("", ""),  # all months, and still all of them
        ("start=2016-01&end=2016-03", ""),  # before the new data begin
        ("start=2018-06&end=2018-07", "start=2018-06&end=2018-07"),
    ],
)
def test_time_reaches_as_far_as_the_data_after_an_import(
    browser: Browser, tmp_path: Path, chosen: str, then: str
) -> None:
    settings = settings_in(tmp_path)
    context = browser.new_context(viewport=LAPTOP)
    with serving(settings) as where, watched(context, f"{where}/#hazard=ied&{chosen}", where) as (page, _):
        page.wait_for_load_state("networkidle")
        before = time_of(page)
        table = drawn(200, days=700)
        with Store.open(settings.store_url) as store:
            store.add_incidents(Batch("drawn.csv", "test", 200, table, (), ()))
        noticed(where)
        choose(page, "hazard", "")
        expect(page.locator("#sira-news-text")).to_contain_text("révision 2")
        ready(page)
        after, shared = time_of(page), shared_address(page)
        assert after["months"] != before["months"]
        assert shared.endswith(f"#{then}")
        with watched(context, f"{where}/#{then}", where) as (fresh, _):
            assert time_of(fresh) == after
