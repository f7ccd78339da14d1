"""What the search finds by codes and coordinates, and what it says where it finds nothing, in a real Chromium."""

from __future__ import annotations

import pytest
from map_kit import LAPTOP, ready, watched
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

#: Points with every pair of signs, near the prime meridian and the equator, and where rounding carries over.


def found(page: Page, text: str) -> list[str]:
    """Type into the search and return what it offers, once it has said how much that is."""
    page.fill("#sira-search", "")
    expect(page.locator("#sira-search-said")).to_have_text("")
    page.fill("#sira-search", text)
    expect(page.locator("#sira-search-said")).not_to_have_text("")
    return page.locator("#sira-results li").all_inner_texts() if page.is_visible("#sira-results") else []


@pytest.mark.parametrize(
    ("lang", "code", "expected"),
    [
        ("fr", "ML050102", ["Borondougou commune, ML050102 (jeu de codes COD 2015)"]),
        (
            "en",
            "ml0501",
            [
                "Mopti cercle, ML0501 (COD 2015 code set)",
                "Bandiagara cercle, ML0501 (OCHA 2020 code set)",
            ],
        ),
        ("fr", "ML05", ["Mopti région, ML05 (jeu de codes COD 2015)"]),
        ("en", "ML050199", []),
        ("fr", "ML05010", []),
    ],
)
def test_a_code_is_found_as_it_is_in_its_set_or_not_at_all(
    browser: Browser, address: str, lang: str, code: str, expected: list[str]
) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang={lang}", address) as (page, _):
        assert found(page, code) == expected
        if not expected:
            no_code = {
                "fr": f"Aucune unité n’a le code {code} (jeu de codes COD 2015, jeu de codes OCHA 2020)",
                "en": f"No unit has the code {code} (COD 2015 code set, OCHA 2020 code set)",
            }
            expect(page.locator("#sira-search-said")).to_have_text(no_code[lang])


def test_a_code_opens_its_unit_in_boundaries_that_have_it(browser: Browser, address: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang=en", address) as (page, _):
        assert len(found(page, "ML05")) == 1
        page.keyboard.press("Enter")
        ready(page, "en")
        assert page.input_value("#sira-vintage") == "2015"
        expect(page.locator("#sira-panel")).to_contain_text("ML05 (COD 2015 code set)")
        found(page, "ML050102")
        page.keyboard.press("Enter")
        ready(page, "en")
        assert page.input_value("#sira-vintage") == "2015", "the boundaries that are shown have it, too"
        expect(page.locator("#sira-panel h2")).to_have_text("Borondougou")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nothing_found_is_there_to_be_seen(browser: Browser, address: str, lang: str) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang={lang}", address) as (page, _):
        said = page.locator("#sira-search-said")
        assert found(page, "qqqqqqqq") == []
        box = said.bounding_box()
        assert box is not None
        assert box["height"] > 10
        assert box["width"] > 100
        assert said.evaluate("(node) => getComputedStyle(node).clipPath") == "none"
        page.fill("#sira-search", "Gao")
        expect(page.locator("#sira-results li").first).to_contain_text("Gao")
        assert said.evaluate("(node) => getComputedStyle(node).clipPath") != "none"


@pytest.mark.parametrize(
    ("lang", "outside", "exchanged"),
    [
        ("fr", "hors du Mali", "latitude et longitude échangées"),
        ("en", "outside Mali", "latitude and longitude exchanged"),
    ],
)
def test_a_point_outside_is_said_and_its_exchange_offered(
    browser: Browser, address: str, lang: str, outside: str, exchanged: str
) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{address}/?lang={lang}", address) as (page, _):
        assert found(page, "14.4843, -4.1830") == ["14.4843, -4.1830 point"]
        assert found(page, "48.85, 2.35") == [f"48.85, 2.35 point, {outside}"]
        assert found(page, "-4.1830, 14.4843") == [
            f"-4.1830, 14.4843 point, {outside}",
            f"14.48430, -4.18300 point, {exchanged}",
        ]
        page.locator("#sira-results li").nth(1).click()
        assert page.evaluate("map_sira.getCenter()") == pytest.approx({"lat": 14.4843, "lng": -4.183}, abs=0.02)
        expect(page.locator("#sira-coordinates")).not_to_contain_text(outside)
        found(page, "-4.1830, 14.4843")
        page.keyboard.press("Enter")
        expect(page.locator("#sira-coordinates")).to_contain_text(outside)


def test_the_country_is_what_its_outlines_hold(browser: Browser, address: str) -> None:
    """Places near the border on both sides; nothing in the scripts knows which country it is."""
    inside = [(12.6392, -8.0029), (16.27, -0.04), (22.67, -3.98), (14.44, -11.44)]
    outside = [(14.69, -17.44), (12.37, -1.52), (13.51, 2.11), (18.0, -15.9)]
    with watched(browser.new_context(viewport=LAPTOP), address) as (page, _):
        told = page.evaluate(
            """async (points) => {
                const { level, vintage } = Sira.readBlock("sira-settings");
                const answer = await fetch(`map/outlines.json?level=${level}&vintage=${vintage}`);
                const outlines = Sira.readOutlines(await answer.json());
                return points.map(([lat, lng]) => Sira.isWithin(outlines, { lat, lng }));
            }""",
            inside + outside,
        )
        assert told == [True] * len(inside) + [False] * len(outside)
