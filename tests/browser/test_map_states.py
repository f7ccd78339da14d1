"""What the map says when something fails or is late: form, address, lists and map always agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from map_kit import (
    LAPTOP,
    Watch,
    choose,
    labels,
    open_part,
    ready,
    rest,
    serving,
    settings_in,
    shared_address,
    slide,
    watched,
)
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = pytest.mark.browser

#: What the browser's console says of a request that never arrived.
LOST = "net::ERR_"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(settings_in(tmp_path_factory.mktemp("home"))) as where:
        yield where


def failed(page: Page) -> None:
    """Wait until the page has said that it could not have what was last chosen."""
    page.wait_for_selector("body[data-state=failed]")


@pytest.mark.parametrize(("name", "value"), [("hazard", "ied"), ("level", "region"), ("vintage", "2015")])
def test_a_choice_that_could_not_be_had_is_taken_back_everywhere(
    browser: Browser, address: str, name: str, value: str
) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        watch.expected.append(LOST)
        page.wait_for_load_state("networkidle")
        before = page.input_value(f"#sira-{name}")
        page.context.set_offline(True)
        page.select_option(f"#sira-{name}", value)
        failed(page)
        expect(page.locator("#sira-status")).to_contain_text("n’est pas affiché")
        slide(page, "2021-06")
        assert page.input_value(f"#sira-{name}") == before
        said, shared = labels(page), shared_address(page)
        assert f"{name}={value}" not in shared
        open_part(page, "tools")
        page.click("#sira-print-a4")
        assert "Cercle" in page.inner_text("#sira-sheet-title")
        page.click("#sira-sheet-close")
        page.context.set_offline(False)
    with watched(browser.new_context(viewport=LAPTOP), shared, address) as (page, _):
        assert labels(page) == said


def test_days_that_could_not_be_had_do_not_stand_over_months(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        watch.expected.append(LOST)
        page.wait_for_load_state("networkidle")
        said, period = labels(page), page.inner_text("#sira-time-text")
        page.context.set_offline(True)
        page.click("[data-preset=days30]")
        failed(page)
        page.uncheck('[data-layer="rivers"]')
        assert labels(page) == said
        assert page.inner_text("#sira-time-text") == period
        assert period in page.inner_text("#sira-legend")
        assert "days30" not in shared_address(page)
        slide(page, "2019-06")  # what was missed is no longer wanted
        ready(page)
        assert page.is_hidden("#sira-status")


def test_while_another_device_is_fetched_the_legend_is_of_the_map(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        held: list[Route] = []
        page.route(re.compile("counts.json.*hazard=ied"), lambda route: held.append(route))
        said = labels(page)
        with page.expect_request(re.compile("counts.json.*hazard=ied")):
            page.select_option("#sira-hazard", "ied")
        page.uncheck('[data-layer="rivers"]')
        assert labels(page) == said
        assert "Tous les engins explosifs" in page.inner_text("#sira-legend")
        held[0].continue_()
        ready(page)
        assert "Tous les engins explosifs" not in page.inner_text("#sira-legend")


def test_back_on_line_the_page_asks_again_for_what_was_wanted(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        watch.expected.append(LOST)
        page.wait_for_load_state("networkidle")
        page.click("[data-preset=months12]")
        page.context.set_offline(True)
        page.select_option("#sira-hazard", "ied")
        failed(page)
        slide(page, "2019-06")  # still wanted, for this period
        page.context.set_offline(False)
        ready(page)
        assert page.input_value("#sira-hazard") == "ied"
        assert page.input_value("#sira-end") == "2019-06"
        assert "hazard=ied" in shared_address(page)
        assert page.is_hidden("#sira-status")


def test_a_button_tries_again_and_leaves_the_keyboard_on_the_page(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, watch):
        watch.expected.append(LOST)
        page.route("**/map/counts.json?*hazard=ied*", lambda route: route.abort(), times=2)
        page.select_option("#sira-hazard", "ied")
        failed(page)
        page.click("#sira-retry")
        failed(page)
        expect(page.locator("#sira-retry")).to_be_focused()
        page.keyboard.press("Enter")
        ready(page, "en")
        assert page.input_value("#sira-hazard") == "ied"
        expect(page.locator("main")).to_be_focused()


def test_a_new_choice_is_not_overrun_by_the_one_that_failed(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        watch.expected.append(LOST)
        page.wait_for_load_state("networkidle")
        page.context.set_offline(True)
        page.select_option("#sira-hazard", "ied")
        failed(page)
        choose(page, "measure", "events")  # needs nothing that is not here
        page.context.set_offline(False)
        rest(page, 500)
        assert page.input_value("#sira-hazard") == ""


def test_a_line_that_says_nothing_is_given_up(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=LAPTOP)
    context.add_init_script(
        """const timeout = AbortSignal.timeout.bind(AbortSignal);
        AbortSignal.timeout = (ms) => {
            window.patience = ms;
            return timeout(window.brief || ms);
        };"""
    )
    with watched(context, address) as (page, watch):
        watch.expected.append(LOST)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.patience") >= 60_000  # what is slow is not dead
        page.evaluate("window.brief = 300")
        page.route("**/map/counts.json?*hazard=ied*", lambda route: None, times=1)
        page.select_option("#sira-hazard", "ied")
        failed(page)
        expect(page.locator("#sira-status")).to_contain_text("n’a pas répondu")
        page.evaluate("window.brief = 0")
        page.click("#sira-retry")
        ready(page)
        assert page.input_value("#sira-hazard") == "ied"


def test_a_first_load_that_failed_can_be_made_up_for(browser: Browser, address: str) -> None:
    watch = Watch(address, expected=[LOST])
    page = watch.on(browser.new_context(viewport=LAPTOP).new_page())
    page.route("**/map/counts.json?*", lambda route: route.abort(), times=1)
    page.goto(address)
    failed(page)
    expect(page.locator("#sira-status")).to_contain_text("joignable")
    for control in ("#sira-slider", "#sira-play", "[data-preset=months12]"):
        assert page.is_disabled(control)
    page.click("#sira-retry")
    ready(page)
    page.wait_for_load_state("networkidle")
    assert page.is_checked('[data-layer="neighbours"]')
    assert page.locator(".sira-country").count() > 0
    page.click("[data-preset=months12]")
    page.click("#sira-play")
    rest(page, 1000)
    assert [fault for fault in watch.faults if LOST not in fault] == []


@pytest.mark.parametrize("name", ["hazards", "incidents"])
def test_a_layer_switched_off_while_it_loads_stays_off(browser: Browser, address: str, name: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.wait_for_load_state("networkidle")
        held: list[Route] = []
        page.route(re.compile(f"/{name}[.]"), lambda route: held.append(route))
        box = page.locator(f'[data-layer="{name}"]')
        with page.expect_request(re.compile(f"/{name}[.]")):
            box.check()
        box.uncheck()
        with page.expect_response(re.compile(f"/{name}[.]")):
            held[0].continue_()
        rest(page, 500)
        assert not box.is_checked()
        expect(page.locator("canvas.sira-points, [class*=sira-area-]")).to_have_count(0)
        assert page.is_hidden("#sira-list")
        assert page.locator(".sira-layers legend").first.inner_text() == "Menace"
        assert name not in shared_address(page)


def test_a_layer_that_fails_in_the_other_language_is_taken_off_and_said(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        watch.expected.append(LOST)
        page.check('[data-layer="hazards"]')
        drawn = page.locator("[class*=sira-area-]")
        expect(drawn).not_to_have_count(0)
        page.route("**/hazards.geojson?*", lambda route: route.abort())
        page.click("#sira-lang")
        ready(page, "en")
        expect(page.locator("#sira-status")).to_have_text(re.compile("Hazardous areas: .*cannot be reached"))
        expect(drawn).to_have_count(0)
        assert not page.is_checked('[data-layer="hazards"]')


def test_a_language_in_a_pasted_address_is_that_of_the_button(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        open_part(page, "figures")
        expect(page.locator("#sira-figures-body li").first).to_contain_text("tués par")
        expect(page.locator(".sira-country", has_text="Mauritanie")).to_have_count(1)
        page.evaluate("location.hash = '#lang=en'")
        ready(page, "en")
        expect(page.locator("#sira-figures-body li").first).to_contain_text("killed by")
        expect(page.locator(".sira-country").first).to_be_visible()
        expect(page.locator(".sira-country", has_text="Mauritanie")).to_have_count(0)


@pytest.mark.parametrize("measure", ["rate", "expected"])
def test_the_list_of_units_says_what_the_map_says(browser: Browser, address: str, measure: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/#measure={measure}", address) as (page, _):
        before = page.locator("#sira-unit option").all_inner_texts()
        slide(page, "2019-06")
        rest(page, 1500)
        listed = page.locator("#sira-unit option").all_inner_texts()
        assert sorted(listed[1:]) == labels(page)
        assert (listed == before) is (measure == "expected")  # a forecast has its own period


def test_the_list_of_incidents_follows_period_device_and_language(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        first = page.locator("#sira-list-body button").first
        slide(page, "2016-06")
        expect(first).to_contain_text(re.compile("201[56] – "))
        choose(page, "hazard", "ap_mine")
        expect(page.locator("#sira-list-body button", has_not_text="mine antipersonnel")).to_have_count(0)
        expect(page.locator("#sira-list-body button")).not_to_have_count(0)
        page.click("#sira-lang")
        ready(page, "en")
        expect(page.locator("#sira-list-body p")).to_contain_text("in view")
        page.uncheck('[data-layer="incidents"]')
        expect(page.locator("#sira-list-body")).to_be_empty()


def test_reports_without_a_point_are_said_to_be_of_all_years_and_devices(browser: Browser, address: str) -> None:
    hash_ = "#layers=incidents&start=2016-01&end=2016-03&hazard=ied"
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/{hash_}", address) as (page, _):
        page.wait_for_selector("canvas.sira-points")
        without = page.evaluate("fetch('map/incidents.json?lang=fr').then((a) => a.json()).then((a) => a.unplaced)")
        assert without > 0
        expect(page.locator("#sira-legend")).to_contain_text(f"{without} signalements, sur toute la période")


def test_a_search_without_names_says_so_and_still_reads_coordinates(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        watch.expected.append(LOST)
        page.wait_for_load_state("networkidle")
        page.context.set_offline(True)
        page.fill("#sira-search", "Gao")
        expect(page.locator("#sira-status")).to_have_text("Trouver un lieu\u202f: Le service est injoignable.")
        expect(page.locator("#sira-search-said")).to_contain_text("joignable")
        page.fill("#sira-search", "14.5, -4.2")
        page.locator("#sira-results li").click()
        assert page.evaluate("map_sira.getCenter().lat") == pytest.approx(14.5, abs=0.01)
        page.context.set_offline(False)
        page.fill("#sira-search", "Gao")
        expect(page.locator("#sira-results li").first).to_contain_text("Gao")
        assert page.is_hidden("#sira-status")


def test_an_answer_cut_on_its_way_is_said_in_the_language_of_the_page(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.route(
            "**/map/counts.json?*hazard=ied*",
            lambda route: route.fulfill(status=200, content_type="application/json", body='{"sira": {"revi'),
        )
        page.select_option("#sira-hazard", "ied")
        failed(page)
        expect(page.locator("#sira-status")).to_contain_text("Le service est injoignable")


def test_a_place_found_is_marked_until_the_next_search_or_escape(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        mark = page.locator(".leaflet-sira-tool-pane path")
        name = page.locator(".leaflet-tooltip-pane .leaflet-tooltip")
        for typed, end in (("Almoustarat", "escape"), ("14.5, -4.2", "search")):
            page.fill("#sira-search", typed)
            page.locator("#sira-results li").first.click()
            expect(mark).to_have_count(1)
            expect(name).to_have_text(typed)
            page.keyboard.press("Escape") if end == "escape" else page.fill("#sira-search", "Gao")
            expect(mark).to_have_count(0)
            expect(name).to_have_count(0)
        page.locator("#sira-results li", has_text="région").first.click()
        ready(page)
        expect(mark).to_have_count(0)  # its outline is marked
