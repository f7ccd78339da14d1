"""Expected incidents, hotspots and roads on the map in a real Chromium: in which words, and never as safe."""

from __future__ import annotations

import re
from urllib.error import HTTPError

import pytest
from map_kit import LAPTOP, choose, layer, panel_of, ready, serving, settings_in, slide, watched
from playwright.sync_api import Browser, Page, Route, expect

from api.base.palette import BAND_COLOURS

pytestmark = pytest.mark.browser


def fills(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(".sira-unit", "paths => paths.map(path => path.getAttribute('fill'))")
    return found


def unit_of(address: str, wanted: str) -> dict[str, object]:
    """Return a cercle with such a band, and its properties."""
    for feature in layer(address, "risk-cercles.geojson?vintage=2016&lang=en")["features"]:
        if re.fullmatch(wanted, feature["properties"]["band"]):
            return {"id": feature["id"], **feature["properties"]}
    raise LookupError(wanted)


def test_bands_have_a_legend_and_a_hatch_and_no_green(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "measure", "expected")
        legend = page.inner_text("#sira-legend")
        for words in (
            "non évalué",
            "très élevé",
            "Données synthétiques",
            "aucune classe ne veut dire sûr",
            "9 cas sur 10",
            "attendus par cercle et 91 jours",
        ):
            assert words in legend
        drawn = fills(page)
        assert len(drawn) == 50
        assert "url(#sira-cross)" in drawn
        assert set(drawn) <= {"url(#sira-cross)", *BAND_COLOURS.values()}
        for colour in BAND_COLOURS.values():
            red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
            assert green <= max(red, blue)
        label = page.get_attribute(".sira-unit[data-kind=high], .sira-unit[data-kind=very_high]", "aria-label") or ""
        assert re.search(r"attendus \(\d+ à \d+\)", label)


def test_panel_explains_and_links_the_card(browser: Browser, address: str) -> None:
    unit = unit_of(address, "high|very_high")
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        panel_of(page, str(unit["id"]))
        expect(page.locator("#sira-panel")).to_contain_text("Chance of at least one")
        text = page.inner_text("#sira-panel")
        for words in (
            "Chance of at least one",
            "What it rests on",
            "Synthetic data",
            "Reports of any kind",
            "Last report here",
        ):
            assert words in text
        assert f"{unit['low']} to {unit['high']}" in text
        shares = [float(share) for share in re.findall(r"([\d.]+)%", page.inner_text(".sira-why"))]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(100, abs=5)
        with page.expect_navigation():
            page.click("#sira-panel a[href^=model]")
        assert "/model" in page.url
        assert "model card" in page.inner_text("h1")


def test_panel_without_an_earlier_forecast_tells_no_change(browser: Browser, address: str) -> None:
    def without_change(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        document["sira"]["change_since"] = None
        route.fulfill(response=answer, json=document)

    unit = unit_of(address, "high|very_high")
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.route("**/map/risk.json*", without_change)
        panel_of(page, str(unit["id"]))
        expect(page.locator("#sira-panel")).to_contain_text("Chance of at least one")
        assert "Change since" not in page.inner_text("#sira-panel")


def test_what_is_not_assessed_gives_its_reason_and_no_number(browser: Browser, address: str) -> None:
    unit = unit_of(address, "not_assessed")
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        panel_of(page, str(unit["id"]))
        expect(page.locator("#sira-panel")).to_contain_text("Not assessed")
        assert "Chance of at least one" not in page.inner_text("#sira-panel")
        assert str(unit["not_assessed"]) in page.inner_text("#sira-panel")


def test_cells_are_bands_with_a_hatch(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.check('[data-layer="cells"]')
        page.wait_for_selector(".leaflet-sira-cells-pane path", state="attached")
        drawn = page.eval_on_selector_all(
            ".leaflet-sira-cells-pane path", "paths => paths.map(path => path.getAttribute('fill'))"
        )
        assert set(drawn) <= {"url(#sira-cross)", *BAND_COLOURS.values()}
        assert "url(#sira-cross)" in drawn
        assert "per cell of 5 km" in page.inner_text("#sira-legend")


def test_hotspots_are_outlines_that_are_called_no_forecast(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        page.check('[data-layer="hotspots"]')
        page.wait_for_selector(".leaflet-sira-hotspots-pane path", state="attached")
        expect(page.locator("#sira-legend")).to_contain_text("no forecast")
        drawn = page.eval_on_selector_all(
            ".leaflet-sira-hotspots-pane path", "paths => paths.map(path => path.getAttribute('fill-opacity'))"
        )
        assert set(drawn) == {"0"}
        page.evaluate("document.querySelector('.leaflet-sira-hotspots-pane path').dispatchEvent(new Event('click'))")
        page.evaluate("void map_sira.eachLayer((one) => one.feature && one.feature.properties.z && one.openPopup())")
        assert re.search(r"z = [\d.]+, p = ", page.inner_text(".leaflet-popup"))


def test_forecasts_follow_the_level_and_the_language(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#measure=expected", address) as (
        page,
        watch,
    ):
        page.select_option("#sira-level", "region")
        expect(page.locator(".sira-unit")).to_have_count(11)
        page.click("#sira-lang")
        ready(page, "fr")
        assert any("risk.json?level=region" in url and "lang=fr" in url for url in watch.requested)
        assert "non évalué" in page.inner_text("#sira-legend")


def test_little_is_not_nothing(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=fr#measure=expected", address) as (page, _):
        labels = page.eval_on_selector_all(".sira-unit", "paths => paths.map(path => path.getAttribute('aria-label'))")
        assert not [label for label in labels if re.search(r"\b0 attendus", label)]


@pytest.mark.parametrize("end", ["continue_", "abort"])
def test_a_late_answer_to_an_earlier_choice_changes_nothing(browser: Browser, address: str, end: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en#measure=expected", address) as (
        page,
        watch,
    ):
        watch.expected.append("ERR_FAILED")
        late: list[Route] = []
        page.route(re.compile(r"/map/(risk|outlines)\.json\?level=region"), lambda route: late.append(route))
        before = fills(page)
        with page.expect_request(re.compile("risk.json.level=region")):
            page.select_option("#sira-level", "region")
        page.select_option("#sira-level", "cercle")
        ready(page, "en")
        for held in late:
            getattr(held, end)()
        page.wait_for_load_state("networkidle")
        slide(page, page.input_value("#sira-end"))
        assert len(late) == 2
        assert fills(page) == before
        assert page.get_attribute("body", "data-state") == "ready"
        assert page.is_hidden("#sira-status")


def test_while_there_is_no_assessment_the_map_says_so_and_hatches(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = settings_in(tmp_path_factory.mktemp("young"))
    with (
        serving(home) as where,
        watched(browser.new_context(), f"{where}/?lang=en#measure=expected", where) as (page, _),
    ):
        assert "is being made" in page.inner_text("#sira-status")
        assert set(fills(page)) == {"url(#sira-cross)"}
        panel_of(page, "cercle-mopti")
        expect(page.locator("#sira-panel")).to_contain_text("is being made")
        page.click('[data-layer="cells"]')
        expect(page.locator('[data-layer="cells"]')).not_to_be_checked()
        with pytest.raises(HTTPError, match="503"):
            layer(where, "risk-cercles.geojson?vintage=2016")
