"""The map as one file: opens without a network, is small, has the same controls, and counts as the service does."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from counts_kit import ASK, CHOICES, COUNTED, served
from file_kit import LAYER, PLACES, assessed, in_french, opened, write_file
from homes_kit import settings_in, synthetic_home
from map_kit import (
    LAPTOP,
    choose,
    hostile_home,
    large_home,
    layer,
    open_part,
    panel_of,
    ready,
    report,
    serving,
    slide,
    wait_for,
    watched,
)
from playwright.sync_api import Browser, expect
from single_file import unpack

from api.base.access import Audience, Caller
from api.base.service import Service
from api.map.file_data import pack
from api.map.file_routes import MOST_PLACES, packed_routes
from api.map.single_file import FileRoads, single_file
from api.roads import planners

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("fitted_once")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_home(tmp_path_factory.mktemp("home")).home


@pytest.fixture(scope="module")
def file(home: Path) -> Path:
    said = write_file(home, home / "mali.html")
    assert "synthétiques" in said
    assert "incidents attendus" not in said
    return home / "mali.html"


def test_opens_from_a_file_without_a_network(browser: Browser, file: Path) -> None:
    print(f"single file, national view: {file.stat().st_size / 1e6:.2f} MB")
    assert file.stat().st_size < 3_000_000
    context = browser.new_context(offline=True, viewport=LAPTOP)
    with watched(context, file.as_uri(), "file://") as (page, watch):
        assert page.is_visible("#sira-banner")
        expect(page.locator("path.sira-unit")).to_have_count(50)
        choose(page, "level", "region")
        choose(page, "vintage", "2023")
        choose(page, "start", "2020-01")
        choose(page, "hazard", "ied")
        expect(page.locator("path.sira-unit")).to_have_count(20)
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
        expect(page.locator(".leaflet-sira-circles-pane path").nth(0)).to_be_attached()
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
        expect(page.locator("#sira-route")).to_have_count(1)


def test_is_shared_with_its_choice(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True)
    with watched(context, f"{file.as_uri()}#measure=victims&level=region&lang=en", "file://") as (page, _):
        assert page.input_value("#sira-measure") == "victims"
        assert page.get_attribute("html", "lang") == "en"


def test_counts_as_the_service_does(browser: Browser, file: Path, home: Path) -> None:
    context = browser.new_context(offline=True)
    with serving(settings_in(home)) as address, watched(context, file.as_uri(), "file://") as (page, _):
        for choice in CHOICES:
            there, here = page.evaluate(ASK, {**choice, "period": ""}), served(address, choice)
            assert there.keys() == here.keys()
            for unit_id, unit in here.items():
                for name in COUNTED:
                    assert there[unit_id][name] == pytest.approx(unit[name], abs=2e-3), (choice, unit_id, name)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_layers_are_the_services(browser: Browser, file: Path, home: Path, lang: str) -> None:
    with serving(settings_in(home)) as address, opened(browser, file) as (page, _):
        wait_for(f"{address}/axes")
        assert page.evaluate(LAYER, [lang, "axes"]) == layer(address, f"axes.geojson?lang={lang}")
        hotspots = layer(address, f"hotspots.geojson?lang={lang}")
        drawn = [each for each in hotspots["features"] if each["properties"]["pattern"] not in (None, "none")]
        assert drawn
        assert page.evaluate(LAYER, [lang, "hotspots"]) == {**hotspots, "features": drawn}
        with urllib.request.urlopen(f"{address}/map/cells.json?lang={lang}") as answer:
            assert page.evaluate(LAYER, [lang, "cells"]) == json.load(answer)


def test_draws_cells_hotspots_and_axes_in_both_languages(browser: Browser, file: Path) -> None:
    with opened(browser, file, viewport=LAPTOP) as (page, watch):
        for name in ("cells", "hotspots", "axes"):
            page.check(f'[data-layer="{name}"]')
            page.wait_for_selector(f".leaflet-sira-{name}-pane path", state="attached")
        english = page.inner_text("#sira-legend")
        for words in ("per cell of 5 km", "Hotspots of the last 12 months", "per 100 km of road", "No decision may"):
            assert words in english
        page.locator(".leaflet-sira-axes-pane path.leaflet-interactive").first.dispatch_event("click")
        assert "90 % interval" in page.inner_text(".leaflet-popup")
        in_french(page)
        french = page.inner_text("#sira-legend")
        for words in ("par maille", "12 derniers mois", "100 km de route"):
            assert words in french
        assert {url.split("#")[0] for url in watch.requested} == {file.as_uri()}


def test_without_an_assessment_the_controls_say_why(browser: Browser, tmp_path: Path) -> None:
    said = write_file(tmp_path / "home", tmp_path / "mali.html")
    assert "incidents attendus" in said
    with opened(browser, tmp_path / "mali.html", viewport=LAPTOP) as (page, _):
        status = page.locator("#sira-status")
        for name, why in (("cells", "no expected"), ("hotspots", "no expected"), ("axes", "nothing was assessed")):
            page.locator(f'[data-layer="{name}"]').click()
            expect(status).to_contain_text(why)
            assert not page.is_checked(f'[data-layer="{name}"]')
        open_part(page, "route")
        expect(page.locator("#sira-route-held")).to_contain_text("nothing was assessed")
        page.fill("#sira-stop-0", "Mopti")
        page.fill("#sira-stop-1", "Gao")
        page.click("#sira-route-form [type=submit]")
        expect(status).to_contain_text("This file holds no routes")


def test_holds_for_everybody_nothing_that_needs_a_key(browser: Browser, tmp_path: Path) -> None:
    settings, _ = hostile_home(tmp_path / "home")  # counts as real
    assessed(settings)
    made = {audience: tmp_path / f"{audience.label}.html" for audience in (Audience.PUBLIC, Audience.ANALYST)}
    for audience, out in made.items():
        write_file(settings.home, out, "--audience", audience.label)
    write_file(settings.home, tmp_path / "default.html")
    public, analyst = (unpack(out.read_text(encoding="utf-8")) for out in made.values())
    assert public.keys() == unpack((tmp_path / "default.html").read_text(encoding="utf-8")).keys()
    for name in ("points", "incidents", "layer-hazards", "routes", "layer-axes", "cells", "risk-commune-2016"):
        assert name in analyst
        assert name not in public
    assert not [name for name in public if any(part in name for part in ("commune", "route", "axes", "cells"))]
    shown, whole = json.dumps(public), json.dumps(analyst)
    for secret in ("MLI0", "note 0", "2023-01-05"):
        assert secret in whole
        assert secret not in shown
    with opened(browser, made[Audience.PUBLIC], viewport=LAPTOP) as (page, _):
        assert page.locator("#sira-route").count() == 0
        for name in ("axes", "cells", "hotspots", "incidents", "hazards"):
            assert page.locator(f'[data-layer="{name}"]').count() == 0


def test_is_small_with_50_000_incidents(browser: Browser, file: Path, tmp_path: Path) -> None:
    settings = large_home(tmp_path, 50_000)
    held = unpack(file.read_text(encoding="utf-8"))["routes"]
    routes = pack({"routes": held})["routes"]
    # What answers share stands once: so many times the answers take less than so many times the bytes.
    rest = len(routes) * (MOST_PLACES * (MOST_PLACES - 1) / len(held["from"]) - 1)
    service = Service(settings)
    for audience in (Audience.PUBLIC, Audience.PARTNER, Audience.ANALYST):
        began = time.monotonic()
        roads = FileRoads(routes=routes)
        html = single_file(service.store, service.read_snapshot(), Caller(audience), lang="en", roads=roads)
        size = len(html.encode()) + (rest if audience is not Audience.PUBLIC else 0)
        print(f"{audience.label}: {size / 1e6:.2f} MB at most, made in {time.monotonic() - began:.0f} s")
        assert size < 3_000_000
    service.close()
    (tmp_path / "mali.html").write_text(html, encoding="utf-8")
    with opened(browser, tmp_path / "mali.html", viewport=LAPTOP) as (page, _):
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        assert "Length" in report(page, "Mopti", "Gao")


def test_the_button_gives_the_file(
    browser: Browser, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = partial(packed_routes, most_places=PLACES)  # as in the file of the command: the rest is more of it
    monkeypatch.setattr("api.web.map.packed_routes", few)
    saved = tmp_path / "saved.html"
    with serving(settings_in(home)) as address, watched(browser.new_context(), address) as (page, _):
        wait_for(f"{address}/axes")
        open_part(page, "tools")
        with page.expect_download() as waiting:
            page.click("#sira-file")
            expect(page.locator("#sira-note")).to_contain_text("en cours d’écriture")
        waiting.value.save_as(saved)
    with watched(browser.new_context(offline=True), saved.as_uri(), "file://") as (page, _):
        # Whoever pressed the button may see communes, days and points: so does the file.
        choose(page, "level", "commune")
        expect(page.locator("path.sira-unit")).to_have_count(701)
        page.click("[data-preset=days30]")
        ready(page)
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")
        page.click("#sira-list-open")
        page.locator("#sira-list-body button").first.click()
        expect(page.locator(".leaflet-popup dl")).to_have_count(1)
        assert "Longueur" in report(page, "Mopti", "Gao")


@pytest.mark.bench
def test_the_service_answers_while_a_file_is_written(home: Path) -> None:
    with serving(settings_in(home)) as address, ThreadPoolExecutor(1) as other:
        wait_for(f"{address}/axes")
        file = other.submit(seconds, f"{address}/map/file.html")
        asked = [seconds(f"{address}/health")]
        while not file.done():
            asked.append(seconds(f"{address}/health"))
    print(f"while a file is written the service answers in {median(asked) * 1000:.0f} ms, at most {max(asked):.2f} s")
    assert max(asked) < 5


def seconds(url: str) -> float:
    """Ask once and return how long the answer takes."""
    began = time.monotonic()
    with urllib.request.urlopen(url, timeout=600) as answer:
        answer.read()
    taken = time.monotonic() - began
    time.sleep(0.1)
    return taken


def test_the_button_says_when_the_roads_are_still_being_prepared(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, original = threading.Event(), planners.make_ready
    monkeypatch.setattr(planners, "make_ready", lambda *args: go.wait(600) and original(*args))
    with serving(settings_in(home)) as address:
        try:
            with urllib.request.urlopen(f"{address}/map/file.html?lang=en") as answer:
                parts = unpack(answer.read().decode())
        finally:
            go.set()
        wait_for(f"{address}/axes")
    assert "routes" not in parts
    assert "This file holds no routes. The roads are being prepared" in parts["no-routes"]["en"]
    assert "en préparation" in parts["no-routes"]["fr"]
