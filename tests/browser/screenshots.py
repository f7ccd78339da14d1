"""Take the pictures of ``docs/img`` of the map with its default data: ``python tests/browser/screenshots.py``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

from map_kit import LAPTOP, PHONE, browsing, choose, open_part, panel_of, serving, settings_in, slide, wait_for, watched
from PIL import Image
from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parents[2] / "docs" / "img"
#: Colours of a picture: enough for a map, and a third of the bytes.
COLOURS = 256


def shoot(page: Page, name: str) -> None:
    """Write one picture, small."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)
    path = FOLDER / f"map-{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def take(chromium: str) -> None:
    """Write every picture, in a service that has assessed its data and prepared its roads."""
    with (
        tempfile.TemporaryDirectory() as home,
        serving(settings_in(Path(home))) as address,
        browsing(chromium) as browser,
    ):
        for lang, viewport in product(("fr", "en"), (LAPTOP, PHONE)):
            with watched(browser.new_context(viewport=viewport), f"{address}/?lang={lang}", address) as (page, _):
                shoot(page, f"{lang}-{viewport['width']}")
        wait_for(f"{address}/axes", 600)
        for name, (start, viewport, prepare) in VIEWS.items():
            look(browser, address, name, start, viewport, prepare)


def look(
    browser: Browser,
    address: str,
    name: str,
    start: str,
    viewport: dict[str, int],
    prepare: Callable[[Page], None],
) -> None:
    """Open one view, prepare it, and take its picture."""
    with watched(browser.new_context(viewport=viewport), f"{address}/{start}", address) as (page, _):
        page.wait_for_load_state("networkidle")
        prepare(page)
        shoot(page, name)


def panel(page: Page) -> None:
    panel_of(page, "cercle-bandiagara")


def tap(page: Page) -> None:
    page.locator("path.sira-unit[aria-label^=Douentza]").click()
    page.wait_for_selector("#sira-panel:not([hidden]) h2")


def counts(page: Page) -> None:
    page.click("[data-preset=months12]")
    slide(page, "2023-12")
    choose(page, "measure", "victims")


def route(page: Page) -> None:
    for name in ("choices", "layers"):
        page.click(f"#sira-{name} > summary")
    open_part(page, "route")
    page.fill("#sira-stop-0", "Sévaré")
    page.fill("#sira-stop-1", "Gao")
    page.click("#sira-route-form [type=submit]")
    page.wait_for_selector("#sira-route-report h3", timeout=60_000)


def sheet(page: Page) -> None:
    open_part(page, "tools")
    page.click("#sira-print-a4")


def nothing(page: Page) -> None:
    """Leave the view as its address has it."""


VIEWS = {
    "panel": ("", LAPTOP, panel),
    "panel-360": ("", PHONE, tap),
    "counts": ("", LAPTOP, counts),
    "expected": ("?lang=en#measure=expected&layers=rivers,neighbours,places,hotspots", LAPTOP, nothing),
    "cells": ("?lang=en#measure=expected&layers=cells,rivers,neighbours,places", LAPTOP, nothing),
    "incidents": ("#layers=incidents,hazards,rivers,places,neighbours&at=14.6,-3.6,8", LAPTOP, nothing),
    "roads": ("?lang=en#layers=axes,airstrips,rivers,neighbours", LAPTOP, nothing),
    "route": ("", LAPTOP, route),
    "sheet": ("#measure=expected", {"width": 1180, "height": 830}, sheet),
}


if __name__ == "__main__":
    take(shutil.which("chromium") or sys.exit("needs Chromium: apt-get install chromium"))
