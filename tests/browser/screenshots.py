"""Take the README's screenshots of the map with its default data: ``python tests/browser/screenshots.py``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

from map_kit import LAPTOP, PHONE, browsing, serving, settings_in, watched

FOLDER = Path(__file__).parents[2] / "docs" / "img"


def take(chromium: str) -> None:
    """Write ``map-LANG-WIDTH.png`` for both languages and screens."""
    with (
        tempfile.TemporaryDirectory() as home,
        serving(settings_in(Path(home))) as address,
        browsing(chromium) as browser,
    ):
        for lang, viewport in product(("fr", "en"), (LAPTOP, PHONE)):
            with watched(browser.new_context(viewport=viewport), f"{address}/?lang={lang}", address) as (page, _):
                page.wait_for_timeout(500)
                page.screenshot(path=FOLDER / f"map-{lang}-{viewport['width']}.png")


if __name__ == "__main__":
    take(shutil.which("chromium") or sys.exit("needs Chromium: apt-get install chromium"))
