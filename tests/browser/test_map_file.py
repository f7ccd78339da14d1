"""The map as one file: opens without a network, is small, has the same controls, and counts as the service does."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from map_kit import LAPTOP, assessed_home, choose, open_part, panel_of, ready, serving, settings_in, slide, watched
from playwright.sync_api import Browser, expect
from test_map_time import ASK, CHOICES, COUNTED, served

from api.cli import build

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assessed_home(tmp_path_factory.mktemp("home")).home


@pytest.fixture(scope="module")
def file(home: Path) -> Path:
    out = home / "mali.html"
    result = CliRunner(env={"SIRA_HOME": str(home), "SIRA_STORE": ""}).invoke(
        build(), ["--lang", "fr", "map", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert "synthétiques" in result.output
    assert "incidents attendus" not in result.output
    return out


def test_opens_from_a_file_without_a_network(browser: Browser, file: Path) -> None:
    print(f"single file, national view: {file.stat().st_size / 1e6:.2f} MB")
    assert file.stat().st_size < 3_000_000
    context = browser.new_context(offline=True, viewport=LAPTOP)
    with watched(context, file.as_uri(), "file://") as (page, watch):
        assert page.is_visible("#sira-banner")
        assert page.locator("path.sira-unit").count() == 50
        choose(page, "level", "region")
        choose(page, "vintage", "2023")
        choose(page, "start", "2020-01")
        choose(page, "hazard", "ied")
        assert page.locator("path.sira-unit").count() == 20
        assert "janvier 2020" in page.inner_text("#sira-legend")
        page.check('[data-layer="roads"]')
        page.click("#sira-lang")
        ready(page, "en")
        assert "Synthetic data" in page.inner_text("#sira-banner")
        open_part(page, "figures")
        assert "UNMAS" in page.inner_text("#sira-figures-body")
        assert watch.requested[0] == file.as_uri()
        assert {url.split("#")[0] for url in watch.requested} == {file.as_uri()}


def test_has_the_same_controls(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True, viewport=LAPTOP)
    with watched(context, file.as_uri(), "file://") as (page, _):
        page.click("[data-preset=months12]")
        slide(page, "2020-06")
        assert page.inner_text("#sira-time-text") == "juillet 2019 à juin 2020"
        choose(page, "measure", "events")
        assert page.locator(".leaflet-sira-circles-pane path").count() > 0
        choose(page, "measure", "expected")
        assert "très élevé" in page.inner_text("#sira-legend")
        text = panel_of(page, "cercle-mopti")
        assert "intervalle à 90" in text
        assert "12 derniers mois" in text
        assert page.locator("#sira-panel a").count() == 0
        page.fill("#sira-search", "timbuktu")
        expect(page.locator("#sira-results li").first).to_contain_text("Tombouctou")
        page.keyboard.press("Enter")
        assert page.evaluate("map_sira.getCenter().lat") > 16
        assert page.locator("#sira-route").count() == 0


def test_is_shared_with_its_choice(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True)
    with watched(context, f"{file.as_uri()}#measure=victims&level=region&lang=en", "file://") as (page, _):
        assert page.input_value("#sira-measure") == "victims"
        assert page.get_attribute("html", "lang") == "en"


def test_counts_as_the_service_does(browser: Browser, file: Path, home: Path) -> None:
    context = browser.new_context(offline=True)
    with serving(settings_in(home)) as address, watched(context, file.as_uri(), "file://") as (page, _):
        for choice in CHOICES[:-1]:  # everybody's file holds no communes
            there, here = page.evaluate(ASK, {**choice, "period": ""}), served(address, choice)
            assert there.keys() == here.keys()
            for unit_id, unit in here.items():
                for name in COUNTED:
                    assert there[unit_id][name] == pytest.approx(unit[name], abs=2e-3), (choice, unit_id, name)


def test_the_button_gives_the_file(browser: Browser, home: Path, tmp_path: Path) -> None:
    with serving(settings_in(home)) as address, watched(browser.new_context(), address) as (page, _):
        open_part(page, "tools")
        with page.expect_download(timeout=180_000) as waiting:
            page.click("#sira-file")
        saved = tmp_path / "saved.html"
        waiting.value.save_as(saved)
    with watched(browser.new_context(offline=True), saved.as_uri(), "file://") as (page, _):
        # Whoever pressed the button may see communes, days and points: so does the file.
        choose(page, "level", "commune")
        assert page.locator("path.sira-unit").count() == 701
        page.click("[data-preset=days30]")
        ready(page)
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        page.locator("#sira-list-body button").first.click()
        assert page.locator(".leaflet-popup dl").count() == 1
