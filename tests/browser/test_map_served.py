"""The map at ``/`` in a real Chromium: what it shows, that it shows nothing else, and that it talks to nobody else."""

from __future__ import annotations

import re

import pytest
from map_kit import LAPTOP, PHONE, choose, layer, open_part, panel_of, ready, rest, shared_address, watched
from playwright.sync_api import Browser, Page, expect

from api.base.palette import PALETTE, RATE_COLOURS

pytestmark = pytest.mark.browser

FILLS = "[...document.querySelectorAll('path.sira-unit')].map((path) => path.getAttribute('fill'))"


def test_first_view_is_french_marked_synthetic_and_says_its_denominator(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP, locale="en-GB"), address) as (page, _):
        assert page.get_attribute("html", "lang") == "fr"
        assert page.is_visible("#sira-banner")
        assert "synthétiques" in page.inner_text("#sira-banner")
        legend = page.inner_text("#sira-legend")
        assert "100\u202f000 habitants" in legend
        assert "L’absence de signalement n’est pas la sécurité" in legend
        page.click(".sira-notes summary")
        assert "2020" in page.inner_text(".sira-notes")
        assert re.search(r"Données jusqu’à .+ \(.+\), révision \d+", page.inner_text("#sira-age"))


def test_data_come_by_url_and_everything_from_this_host(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, watch):
        page.wait_for_load_state("networkidle")
        asked = {url.removeprefix(address).split("?")[0] for url in watch.requested}
        assert {"/map/outlines.json", "/map/counts.json"} <= asked
        assert len([path for path in asked if path.startswith("/static/sira-")]) == 2
        assert page.evaluate("document.getElementById('sira-data')") is None


def test_switch_of_language_changes_every_label_in_place(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.click("#sira-lang")
        ready(page, "en")
        for name in ("tools", "route"):
            open_part(page, name)
        text = page.inner_text("body")
        assert "Synthetic data" in text
        assert "No report is not safety" in text
        for french in ("Légende", "Découpage", "habitants", "Fleuves", "Couches", "Mesure", "Itinéraire", "Lire"):
            assert french not in text
        assert "lang=en" in shared_address(page)
        page.click("#sira-lang")
        ready(page, "fr")
        assert "No report" not in page.inner_text("body")


def test_english_page_by_address(browser: Browser, address: str) -> None:
    with watched(browser.new_context(), f"{address}/?lang=en", address) as (page, _):
        assert page.get_attribute("html", "lang") == "en"
        assert page.title() == "Sira: map of explosive incidents in Mali"


def test_units_are_coloured_by_rate_and_hatched_without_a_report(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        drawn = page.evaluate(FILLS)
        features = layer(address, "cercles.geojson?vintage=2016")["features"]
        silent = sum(feature["properties"]["events"] == 0 for feature in features)
        assert len(drawn) == len(features)
        assert drawn.count("url(#sira-hatch)") == silent
        assert silent > 0
        assert set(drawn) <= {"url(#sira-hatch)", "url(#sira-cross)", *RATE_COLOURS}


def test_counts_are_circles_and_say_that_they_are_raw(browser: Browser, address: str) -> None:
    features = layer(address, "cercles.geojson?vintage=2016")["features"]
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        for measure, count in (
            ("events", lambda unit: unit["events"]),
            ("victims", lambda unit: (unit["killed"] or 0) + (unit["injured"] or 0)),
            ("civilians", lambda unit: unit["civilians"] or 0),
        ):
            choose(page, "measure", measure)
            assert set(page.evaluate(FILLS)) <= {"url(#sira-hatch)", PALETTE["counted"]}
            counted = sum(count(feature["properties"]) > 0 for feature in features)
            expect(page.locator(".leaflet-sira-circles-pane path")).to_have_count(counted)
            legend = page.inner_text("#sira-legend")
            assert "Nombres bruts, et non taux" in legend
            assert "L’absence de signalement" in legend
            assert f"measure={measure}" in shared_address(page)
        choose(page, "measure", "rate")
        expect(page.locator(".leaflet-sira-circles-pane path")).to_have_count(0)


@pytest.mark.parametrize(
    ("level", "vintage", "count"),
    [("region", "2015", 9), ("region", "2023", 20), ("cercle", "2015", 50), ("commune", "2016", 701)],
)
def test_choice_of_boundaries(browser: Browser, address: str, level: str, vintage: str, count: int) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "level", level)
        choose(page, "vintage", vintage)
        expect(page.locator("path.sira-unit")).to_have_count(count)
        if vintage != "2016":
            assert f"vintage={vintage}" in shared_address(page)


def test_units_with_incidents_and_no_population_have_no_rate(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/#level=region&vintage=2023", address) as (page, _):
        without = [
            feature["properties"]
            for feature in layer(address, "regions.geojson?vintage=2023")["features"]
            if feature["properties"]["events"] and feature["properties"]["population"] is None
        ]
        assert without
        expect(page.locator("path.sira-unit[data-kind=norate]")).to_have_count(len(without))
        assert "pas de taux" in page.inner_text("#sira-legend")


def test_panel_has_the_numbers_their_denominator_trend_and_sources(browser: Browser, address: str) -> None:
    collection = layer(address, "cercles.geojson?vintage=2016&lang=fr")
    feature = max(collection["features"], key=lambda candidate: candidate["properties"]["events"])
    unit = feature["properties"]
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        text = panel_of(page, feature["id"])
        assert unit["name"] in text
        assert french(unit["events"], 1) in text
        assert french(unit["rate_per_100k_year"], 2) in text
        assert french(unit["population"], 0) in text
        assert "2020, OCHA" in text
        assert f"{unit['pcode']} (jeu de codes OCHA 2020)" in text
        assert "Synthétique" in text
        assert collection["sira"]["sources"][0]["name"] in text
        assert "L’absence de signalement" in text
        assert "12 derniers mois" in text
        assert re.search(
            r"Incidents par mois .+ maximum\s: ", page.get_attribute("#sira-panel svg", "aria-label") or ""
        )
        for link in (f"units/{feature['id']}/bulletin.pdf", f"items/{feature['id']}", "exports"):
            expect(page.locator(f'#sira-panel a[href*="{link}"]')).to_have_count(1)
        assert f"unit={feature['id']}" in shared_address(page)
        page.click("#sira-panel-close")
        assert page.is_hidden("#sira-panel")


def test_choice_of_period_and_device(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "start", "2020-01")
        choose(page, "end", "2020-12")
        choose(page, "hazard", "ied")
        assert "janvier 2020 à décembre 2020" in page.inner_text("#sira-legend")
        feature = max(
            layer(address, "cercles.geojson?vintage=2016&start=2020-01-01&end=2021-01-01&hazard=ied")["features"],
            key=lambda candidate: candidate["properties"]["events"],
        )
        assert french(feature["properties"]["rate_per_100k_year"], 2) in panel_of(page, feature["id"])


def test_the_whole_choice_is_in_the_address_and_comes_back(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "level", "region")
        choose(page, "vintage", "2015")
        choose(page, "measure", "events")
        choose(page, "start", "2020-01")
        choose(page, "end", "2020-12")
        choose(page, "hazard", "ied")
        page.check('[data-layer="hazards"]')
        page.uncheck('[data-layer="rivers"]')
        panel_of(page, "region-2015-gao")
        page.click("#sira-lang")
        ready(page, "en")
        page.evaluate("void map_sira.setView([16.27, -0.05], 7, { animate: false })")
        shared = shared_address(page)
    with watched(browser.new_context(viewport=LAPTOP), shared, address) as (page, _):
        values = {
            name: page.input_value(f"#sira-{name}") for name in ("level", "vintage", "measure", "start", "hazard")
        }
        assert values == {
            "level": "region",
            "vintage": "2015",
            "measure": "events",
            "start": "2020-01",
            "hazard": "ied",
        }
        assert page.is_checked('[data-layer="hazards"]')
        assert not page.is_checked('[data-layer="rivers"]')
        assert page.get_attribute("html", "lang") == "en"
        assert "Gao" in page.inner_text("#sira-panel h2")
        assert page.evaluate("map_sira.getZoom()") == 7
        assert page.evaluate("map_sira.getCenter().lat") == pytest.approx(16.27, abs=0.02)


def test_what_the_address_asks_in_vain_is_refused_by_name(browser: Browser, address: str) -> None:
    wrong = (
        "level=planet&vintage=<img>&measure=safety&start=2020-13&end=9999-01&hazard=constructor&layers=rivers,toString"
        "&unit=%3Cscript%3E&at=99,0,5&lang=de&period=days31&more=1"
    )
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/#{wrong}", address) as (page, _):
        said = page.inner_text("#sira-status")
        for name in ("level", "vintage", "measure", "start", "end", "hazard", "layers", "unit", "at", "lang", "period"):
            assert name in said
        assert page.input_value("#sira-level") == "cercle"
        expect(page.locator("path.sira-unit")).to_have_count(50)
        rest(page, 400)
        assert page.evaluate("location.hash") in ("", "#")


def test_an_address_pasted_into_the_open_page_is_followed(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.evaluate("location.hash = '#level=region&layers=neighbours'")
        expect(page.locator("path.sira-unit")).to_have_count(11)
        assert not page.is_checked('[data-layer="places"]')


def test_an_end_before_the_start_moves_the_start(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        choose(page, "start", "2021-06")
        choose(page, "end", "2019-03")
        assert page.input_value("#sira-start") == "2019-03"


def test_published_figures_stand_with_their_sources(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        open_part(page, "figures")
        page.wait_for_selector("#sira-figures-body li")
        text = page.inner_text("#sira-figures-body")
        assert "4\u202f391\u202f584" in text
        assert "UNMAS" in text
        assert "S/2020/1282" in text


def test_layers_stand_in_groups_and_switch_on_and_off(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        page.wait_for_load_state("networkidle")
        assert page.locator(".sira-layers legend").all_inner_texts() == ["Menace", "Accès", "Réponse", "Fond"]
        boxes = page.locator("[data-layer]")
        names = {boxes.nth(number).get_attribute("data-layer") for number in range(boxes.count())}
        waiting = {"cells", "hotspots", "axes"}  # these need an assessment: tests/browser/test_map_risk.py
        others = {"incidents", "conflict", "roads", "airstrips", "hazards", "places", "rivers", "neighbours"}
        assert names == others | waiting
        for name in sorted(others):
            box = page.locator(f'[data-layer="{name}"]')
            before = box.is_checked()
            box.click()
            expect(page.locator("#sira-status")).to_be_hidden()
            assert box.is_checked() is not before
        expect(page.locator("canvas.sira-points")).to_have_count(1)
        expect(page.locator("#sira-legend")).to_contain_text("schématiques")
        expect(page.locator("#sira-legend")).to_contain_text("position non exacte")


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_fits_the_screen(browser: Browser, address: str, viewport: dict[str, int], lang: str) -> None:
    with watched(browser.new_context(viewport=viewport), f"{address}/?lang={lang}", address) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert page.is_visible("#sira-legend")
        seen = page.locator("#map_sira").bounding_box()
        assert seen is not None
        assert seen["height"] >= 290
        assert seen["y"] + seen["height"] <= viewport["height"]
        units = page.evaluate(
            """() => {
                const frame = document.getElementById("map_sira").getBoundingClientRect();
                const paths = [...document.querySelectorAll("path.sira-unit")];
                const boxes = paths.map((path) => path.getBoundingClientRect());
                return boxes.every((box) => box.left >= frame.left && box.right <= frame.right
                    && box.top >= frame.top && box.bottom <= frame.bottom);
            }"""
        )
        assert units, "the whole country is in view"
        panel_of(page, "cercle-mopti") if viewport is LAPTOP else tap_unit(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        panel = page.locator("#sira-panel").bounding_box()
        assert panel is not None
        assert panel["x"] >= 0
        assert panel["x"] + panel["width"] <= viewport["width"] + 1


def test_a_legend_of_many_layers_leaves_the_coordinates_free(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/#measure=expected", address) as (page, _):
        panel_of(page, "cercle-mopti")
        for name in ("incidents", "cells", "hotspots", "conflict", "roads", "hazards"):
            page.check(f'[data-layer="{name}"]')
        expect(page.locator(".sira-legend-title")).to_have_count(6)
        page.mouse.click(900, 150)  # beyond the border
        expect(page.locator("#sira-coordinates-box")).to_be_visible()
        legend, coordinates = (page.locator(name).bounding_box() for name in ("#sira-legend", "#sira-coordinates-box"))
        assert legend is not None
        assert coordinates is not None
        assert coordinates["x"] < legend["x"] + legend["width"], "else neither can cover the other"
        assert legend["y"] + legend["height"] <= coordinates["y"]


def tap_unit(page: Page) -> None:
    """Pick the unit in the middle of the map with a finger."""
    page.locator("path.sira-unit[aria-label^='Tombouctou']").click()
    page.wait_for_selector("#sira-panel:not([hidden]) h2")


def test_conflict_events_are_a_layer_of_their_own(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        before = page.evaluate(FILLS)
        expect(page.locator(".leaflet-sira-circles-pane path")).to_have_count(0)
        page.check('[data-layer="conflict"]')
        page.wait_for_selector(".leaflet-sira-circles-pane path")
        whole = layer(address, f"cercles.geojson?vintage=2016&{asked(page)}")["features"]
        marked = [feature for feature in whole if feature["properties"]["conflict_events"]]
        expect(page.locator(".leaflet-sira-circles-pane path")).to_have_count(len(marked))
        assert page.evaluate(FILLS) == before
        legend = page.inner_text("#sira-legend")
        assert "non explosifs" in legend
        assert "UCDP" in legend
        assert "décembre 2020" in legend


def asked(page: Page) -> str:
    """Return the period that the page shows, as the service is asked for it."""
    year, month = map(int, page.input_value("#sira-end").split("-"))
    return f"start={page.input_value('#sira-start')}-01&end={year + month // 12}-{month % 12 + 1:02}-01"


def french(number: float, digits: int) -> str:
    """Write a number as the page does: decimal comma, narrow no-break space between thousands, no trailing zeros."""
    text = f"{number:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", "\u202f").replace(".", ",")
