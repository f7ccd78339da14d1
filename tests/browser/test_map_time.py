"""The time slider: the same counts as the service's, without a request, in less than 100 ms a step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from counts_kit import ASK, CHOICES, COUNTED, served
from homes_kit import settings_in
from map_kit import LAPTOP, choose, large_home, panel_of, ready, rest, serving, slide, watched
from playwright.sync_api import Browser, Page, expect
from steps_kit import LIMIT_MS, sliding

pytestmark = pytest.mark.browser

#: Months that the slider is moved to, forth and back.
MONTHS = [f"20{year}-{month:02}" for year in (19, 21, 20) for month in range(1, 8)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(settings_in(tmp_path_factory.mktemp("home"))) as where:
        yield where


def test_counts_as_the_layers_do(browser: Browser, address: str) -> None:
    with watched(browser.new_context(), address) as (page, _):
        for choice in CHOICES:
            there, here = page.evaluate(ASK, {**choice, "period": ""}), served(address, choice)
            assert there.keys() == here.keys()
            for unit_id, unit in here.items():
                for name in COUNTED:
                    assert there[unit_id][name] == pytest.approx(unit[name], abs=2e-3), (choice, unit_id, name)


def requests_of(page: Page) -> list[str]:
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


def test_sliding_moves_the_period_and_asks_nobody(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.wait_for_load_state("networkidle")
        page.click("[data-preset=months12]")
        requested = requests_of(page)
        slide(page, "2020-06")
        assert page.inner_text("#sira-time-text") == "juillet 2019 à juin 2020"
        assert page.input_value("#sira-start") == "2019-07"
        assert page.input_value("#sira-end") == "2020-06"
        assert page.get_attribute("#sira-slider", "aria-valuetext") == "juillet 2019 à juin 2020"
        assert "juillet 2019 à juin 2020" in page.inner_text("#sira-legend")
        before = page.evaluate("[...document.querySelectorAll('path.sira-unit')].map((p) => p.dataset.kind).join()")
        page.focus("#sira-slider")
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        assert page.inner_text("#sira-time-text") == "juillet 2020 à juin 2021"
        after = page.evaluate("[...document.querySelectorAll('path.sira-unit')].map((p) => p.dataset.kind).join()")
        assert after != before
        assert requested == []
        expect(page).to_have_url(re.compile("start=2020-07&end=2021-06"))


def test_presets_and_play(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.click("[data-preset=months3]")
        assert page.get_attribute("[data-preset=months3]", "aria-pressed") == "true"
        start, end = page.input_value("#sira-start"), page.input_value("#sira-end")
        assert months(end) - months(start) == 2
        page.click("#sira-play")
        assert page.inner_text("#sira-play") == "Pause"
        first = page.inner_text("#sira-time-text")
        page.wait_for_function("(text) => document.getElementById('sira-time-text').textContent !== text", arg=first)
        page.click("#sira-play")
        stopped = page.inner_text("#sira-time-text")
        rest(page, 1000)
        assert page.inner_text("#sira-time-text") == stopped
        page.click("[data-preset=all]")
        assert page.get_attribute("[data-preset=all]", "aria-pressed") == "true"


def months(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:])


def test_thirty_days_are_days(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, watch):
        page.click("[data-preset=days30]")
        ready(page, "en")
        assert re.fullmatch(r"\d+ \w+ \d{4} to \d+ \w+ \d{4}", page.inner_text("#sira-time-text"))
        assert any("span=days30" in url for url in watch.requested)
        expect(page).to_have_url(re.compile("period=days30"))
        slide(page, "2020-06")
        ready(page, "en")
        assert page.inner_text("#sira-time-text") == "July 2019 to June 2020"


def test_without_a_key_there_are_no_days(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = large_home(tmp_path_factory.mktemp("real"), 50)
    with serving(settings) as where, watched(browser.new_context(), f"{where}/#period=days30", where) as (page, watch):
        assert page.locator("[data-preset=days30]").count() == 0
        expect(page.locator("[data-preset]")).to_have_count(3)
        expect(page.locator("#sira-status")).to_contain_text("Il faut une clé ou un compte pour cette partie de la vue")
        assert not any("days30" in url for url in watch.requested if "/map/" in url)


@pytest.mark.bench
@pytest.mark.parametrize("level", ["cercle", "commune"])
def test_every_step_takes_less_than_100_ms(browser: Browser, address: str, level: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "level", level)
        page.click("[data-preset=months3]")
        slowest = {}
        for measure in ("rate", "events", "victims", "civilians"):
            choose(page, "measure", measure)
            steps = sliding(page, MONTHS)
            steps.say(f"sliding, {level}, {measure}")
            slowest[measure] = steps.slowest
        panel_of(page, "cercle-mopti" if level == "cercle" else "commune-ml050601")
        page.check('[data-layer="conflict"]')
        steps = sliding(page, MONTHS)
        steps.say(f"sliding, {level}, panel open, conflict events")
        slowest["panel"] = steps.slowest
        assert max(slowest.values()) < LIMIT_MS, slowest


def test_the_panel_follows_the_slider(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.click("[data-preset=months12]")
        panel_of(page, "cercle-mopti")
        slide(page, "2019-12")
        assert "January 2019 to December 2019" in page.inner_text("#sira-panel")
        shaded = page.get_attribute(".sira-plot-period", "x")
        slide(page, "2021-12")
        assert page.get_attribute(".sira-plot-period", "x") != shaded


def test_layers_that_wait_for_an_assessment_say_so(browser: Browser, tmp_path: Path) -> None:
    """A failed request would be an error in the browser's console, which `watched` does not let pass."""
    with (
        serving(settings_in(tmp_path)) as where,
        watched(browser.new_context(), f"{where}/?lang=en", where) as (page, _),
    ):
        for name in ("hotspots", "axes", "cells"):
            page.click(f'[data-layer="{name}"]')
            expect(page.locator("#sira-status")).to_contain_text("assess")
            page.evaluate("Sira.showStatus('')")
