"""Hazardous areas and airstrips are to be seen at every scale, in a real Chromium: served, in a file and on paper."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from map_kit import LAPTOP, PHONE, layer, open_part, ready, serving, settings_in, watched
from playwright.sync_api import Browser, Page, expect

from api.base.access import OPEN
from api.base.service import Service
from api.map.single_file import single_file
from geo.hazards.schema import STATUS_GROUPS

pytestmark = pytest.mark.browser

GROUP_OF = {status.value: group for group, statuses in STATUS_GROUPS.items() for status in statuses}
LAYERS = "layers=hazards,airstrips,places,incidents"
#: Areas as they are drawn: group, whether as a symbol, the form without its place, colours, and the box on the map.
DRAWN = """() => {
    const frame = document.getElementById("map_sira").getBoundingClientRect();
    return [...document.querySelectorAll("[class*=sira-area-]")].map((path) => {
        const { left, top, width, height } = path.getBoundingClientRect();
        const start = path.getAttribute("d").match(/-?[\\d.]+/g).map(Number);
        return {
            group: path.getAttribute("class").match(/sira-area-(\\w+)/)[1],
            isSymbol: Boolean(path.closest(".leaflet-sira-marks-pane")),
            form: start.map((value, i) => Math.round(10 * (value - start[i % 2]))).join(" "),
            fill: path.getAttribute("fill"),
            middle: [left + width / 2 - frame.left, top + height / 2 - frame.top],
            size: [width, height],
            isEmpty: path.getAttribute("d") === "M0 0",
        };
    });
}"""
WHERE = "(at) => { const { x, y } = map_sira.latLngToContainerPoint(at); return [x, y]; }"


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the address of the service and that of the map's file, both of the synthetic default."""
    home = tmp_path_factory.mktemp("areas")
    service = Service(settings_in(home))
    file = home / "mali.html"
    file.write_text(single_file(service.store, service.read_snapshot(), OPEN, lang="fr"), encoding="utf-8")
    service.close()
    with serving(settings_in(home)) as address:
        yield {"served": address, "file": file.as_uri()}


@pytest.fixture(scope="module")
def areas(maps: dict[str, str]) -> list[dict[str, Any]]:
    """Give the areas as the service tells them: id, group and bounds."""
    return [
        {
            "group": GROUP_OF[feature["properties"]["status"]],
            "bounds": shapely.bounds(shapely.geometry.shape(feature["geometry"])).tolist(),
        }
        for feature in layer(maps["served"], "hazards.geojson")["features"]
    ]


def at(page: Page, lat: float, lng: float, zoom: float) -> None:
    page.evaluate("([lat, lng, zoom]) => void map_sira.setView([lat, lng], zoom, { animate: false })", [lat, lng, zoom])


def numbers(text: str) -> list[list[int]]:
    """Return the pairs of numbers (in the country, in view) that the lines of a text say."""
    said = re.findall(r"(\d+) (?:dans le pays|in the country), (\d+) (?:à l’écran|in view)", text)
    return [[int(all_), int(shown)] for all_, shown in said]


def in_view(page: Page, areas: list[dict[str, Any]], group: str) -> int:
    west, south, east, north = page.evaluate("map_sira.getBounds().toBBoxString().split(',').map(Number)")
    return sum(
        area["group"] == group
        and area["bounds"][0] <= east
        and area["bounds"][2] >= west
        and area["bounds"][1] <= north
        and area["bounds"][3] >= south
        for area in areas
    )


@pytest.mark.parametrize("kind", ["served", "file"])
@pytest.mark.parametrize(
    ("lat", "lng", "zoom", "viewport"), [(17.5, -4, 6, LAPTOP), (14.5, -4, 9, LAPTOP), (15, -3, 6, PHONE)]
)
def test_an_area_too_small_for_an_outline_is_a_symbol_by_its_status(
    browser: Browser,
    maps: dict[str, str],
    areas: list[dict[str, Any]],
    kind: str,
    lat: float,
    lng: float,
    zoom: float,
    viewport: dict[str, int],
) -> None:
    start = f"{maps[kind]}#{LAYERS}&at={lat},{lng},{zoom}"
    with watched(browser.new_context(viewport=viewport), start, maps[kind]) as (page, _):
        expect(page.locator("[class*=sira-area-]")).to_have_count(len(areas))
        drawn = page.evaluate(DRAWN)
        assert Counter(each["group"] for each in drawn) == Counter(area["group"] for area in areas)
        visible = [each for each in drawn if not each["isEmpty"]]
        assert len(visible) >= sum(in_view(page, areas, group) for group in STATUS_GROUPS) > 0
        for each in visible:
            assert each["isSymbol"]
            assert min(each["size"]) >= 10
            assert max(each["size"]) <= 22
        looks = {each["group"]: (each["form"], each["fill"]) for each in visible}
        assert len({form for form, _ in looks.values()}) == len({fill for _, fill in looks.values()}) == len(looks)
        assert all((each["form"], each["fill"]) == looks[each["group"]] for each in visible)
        places = [
            page.evaluate(
                WHERE, [(area["bounds"][1] + area["bounds"][3]) / 2, (area["bounds"][0] + area["bounds"][2]) / 2]
            )
            for area in areas
        ]
        for each in visible:
            assert min(abs(each["middle"][0] - x) + abs(each["middle"][1] - y) for x, y in places) < 3


def test_near_enough_an_area_is_its_outline(
    browser: Browser, maps: dict[str, str], areas: list[dict[str, Any]]
) -> None:
    west, south, east, north = areas[0]["bounds"]
    with watched(browser.new_context(viewport=LAPTOP), f"{maps['served']}#{LAYERS}", maps["served"]) as (page, _):
        expect(page.locator("[class*=sira-area-]")).to_have_count(len(areas))
        for zoom in (8, 9, 10, 11, 12, 13):
            at(page, (south + north) / 2, (west + east) / 2, zoom)
            (x1, y1), (x2, y2) = page.evaluate(WHERE, [north, west]), page.evaluate(WHERE, [south, east])
            spans = max(x2 - x1, y2 - y1)
            here = [
                each
                for each in page.evaluate(DRAWN)
                if abs(each["middle"][0] - (x1 + x2) / 2) + abs(each["middle"][1] - (y1 + y2) / 2) < 4
                and not each["isEmpty"]
            ]
            assert here, zoom
            assert any(each["isSymbol"] == (spans < 8) for each in here), zoom
            assert all(max(each["size"]) >= 8 for each in here)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_legend_and_layers_say_how_many_there_are_and_how_many_in_view(
    browser: Browser, maps: dict[str, str], areas: list[dict[str, Any]], lang: str
) -> None:
    start = f"{maps['served']}/?lang={lang}#{LAYERS}&at=17.5,-4,5"
    counts = Counter(area["group"] for area in areas)
    with watched(browser.new_context(viewport=LAPTOP), start, maps["served"]) as (page, _):
        expect(page.locator("#sira-areas li")).to_have_count(4)
        for lat, lng, zoom in ((17.5, -4, 5), (14.5, -4, 9), (22, -5, 10)):
            at(page, lat, lng, zoom)
            groups = ("confirmed", "suspected", "released")
            expected = [[counts[group], in_view(page, areas, group)] for group in groups]
            for box in ("#sira-legend-body", "#sira-areas"):
                found = numbers(page.inner_text(box))
                assert found[:3] == expected, (box, zoom)
                assert found[3][0] == 31
        assert found[3] == [31, 0]
        page.uncheck('[data-layer="hazards"]')
        expect(page.locator("#sira-areas li")).to_have_count(1)
        page.uncheck('[data-layer="airstrips"]')
        expect(page.locator("#sira-areas li")).to_have_count(0)


@pytest.mark.parametrize("zoom", [5, 6.5, 9])
def test_every_airstrip_is_where_it_lies(browser: Browser, maps: dict[str, str], zoom: float) -> None:
    strips = [
        feature["geometry"]["coordinates"]
        for feature in layer(maps["served"], "places.geojson")["features"]
        if feature["properties"]["kind"] == "airstrip"
    ]
    start = f"{maps['served']}#{LAYERS}&at=14.5,-4,{zoom}"
    with watched(browser.new_context(viewport=LAPTOP), start, maps["served"]) as (page, _):
        marks = page.locator("path.sira-mark-airstrip")
        expect(marks).to_have_count(len(strips))
        middles = page.evaluate("""() => {
            const frame = document.getElementById("map_sira").getBoundingClientRect();
            return [...document.querySelectorAll("path.sira-mark-airstrip")].map((path) => {
                const { left, top, width, height } = path.getBoundingClientRect();
                return [left + width / 2 - frame.left, top + height / 2 - frame.top, width];
            });
        }""")
        size = page.evaluate("map_sira.getSize()")
        seen = 0
        for lng, lat in strips:
            x, y = page.evaluate(WHERE, [lat, lng])
            if 0 <= x <= size["x"] and 0 <= y <= size["y"]:
                seen += 1
                assert min(abs(left - x) + abs(top - y) for left, top, width in middles if width > 8) < 3
        assert seen > 2


def test_an_area_is_opened_and_left_by_keyboard(browser: Browser, maps: dict[str, str]) -> None:
    start = f"{maps['served']}/?lang=en#{LAYERS}&at=17.5,-4,5"
    with watched(browser.new_context(viewport=LAPTOP), start, maps["served"]) as (page, _):
        mark = page.locator(".sira-area-confirmed").first
        expect(mark).to_have_attribute("aria-label", re.compile("confirmed hazardous area"))
        mark.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".leaflet-popup dl")).to_contain_text("confirmed hazardous area")
        assert page.evaluate("document.activeElement.className") == "leaflet-popup-content"
        page.keyboard.press("Escape")
        expect(page.locator(".leaflet-popup")).to_have_count(0)
        assert "sira-area-confirmed" in page.evaluate("document.activeElement.getAttribute('class')")
        # Going nearer makes an outline of it: whoever was at the symbol is at the outline.
        mark.evaluate("(path) => path.focus()")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        at(
            page,
            *page.evaluate(
                "(() => { let at; map_sira.eachLayer((l) => { if (l.getElement && l.getElement() === "
                "document.activeElement) at = l.getLatLng(); }); return [at.lat, at.lng]; })()"
            ),
            13,
        )
        assert page.evaluate("document.activeElement.closest('.leaflet-pane').className").count("hazards") == 1


def test_a_symbol_opens_its_popup_by_pointer(browser: Browser, maps: dict[str, str]) -> None:
    start = f"{maps['served']}/?lang=en#layers=hazards&at=17.5,-4,5"
    with watched(browser.new_context(viewport=LAPTOP), start, maps["served"]) as (page, _):
        page.locator(".sira-area-confirmed").last.click()
        expect(page.locator(".leaflet-popup dl")).to_contain_text("confirmed hazardous area")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_symbols_and_numbers_are_on_the_sheet(
    browser: Browser, maps: dict[str, str], areas: list[dict[str, Any]], lang: str
) -> None:
    start = f"{maps['served']}/?lang={lang}#layers=hazards,airstrips&at=17.5,-4,5"
    with watched(browser.new_context(viewport=LAPTOP), start, maps["served"]) as (page, _):
        expect(page.locator("[class*=sira-area-]")).to_have_count(len(areas))
        open_part(page, "tools")
        page.click("#sira-print-a4")
        ready(page, lang)
        drawn = page.evaluate(DRAWN)
        assert len(drawn) == len(areas)
        assert all(each["isSymbol"] and min(each["size"]) >= 10 for each in drawn)
        legend = page.inner_text("#sira-legend-body")
        assert len(numbers(legend)) == 4
        assert [31, 31] in numbers(legend)


def test_nothing_of_areas_is_green_and_worse_is_drawn_over_better(browser: Browser, maps: dict[str, str]) -> None:
    start = f"{maps['served']}#{LAYERS}&at=17.5,-4,5"
    with watched(browser.new_context(viewport=LAPTOP), start, maps["served"]) as (page, _):
        expect(page.locator(".sira-area-confirmed")).not_to_have_count(0)
        drawn = page.evaluate(DRAWN)
        rank = ["released", "suspected", "confirmed"]
        order = [rank.index(each["group"]) for each in drawn]
        assert order == sorted(order)
        for fill in {each["fill"] for each in drawn}:
            red, green, blue = (int(fill[i : i + 2], 16) for i in (1, 3, 5))
            assert not (green > red and green > blue)
