"""What a reader must be able to tell from the map alone, on screen, on paper and by keyboard, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from map_kit import LAPTOP, assessed_home, open_part, panel_of, serving, watched
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(assessed_home(tmp_path_factory.mktemp("home"))) as where:
        yield where


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
    note = "always of IEDs and mines together, for its own 91 days"
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
