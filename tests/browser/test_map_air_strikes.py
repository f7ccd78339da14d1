"""Air strikes on the map: among nothing unless they are chosen, and then alone, in words that say what they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from map_kit import LAPTOP, choose, serving, settings_in, signed_in, watched
from playwright.sync_api import Browser, expect

from api.base.access import Audience
from api.base.keys import create_key
from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.store import Store

pytestmark = pytest.mark.browser

ACLED_AIR = Path(__file__).parents[1] / "fixtures" / "exchange" / "acled_air.csv"
STRIKE = "frappe aérienne, tir indirect ou grenade"


def test_air_strikes_are_shown_only_where_they_are_chosen(browser: Browser, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with Store.open(settings.store_url) as store:
        store.add_incidents(read(ACLED_AIR, boundaries=Boundaries.shipped(), today=date(2026, 11, 29)))
        key = create_key(store, Audience.ANALYST, label="test")
    with serving(settings) as address:
        context = signed_in(browser, address, key, viewport=LAPTOP)
        with watched(context, f"{address}/#layers=incidents", address) as (page, watch):
            watch.expected = (*watch.expected, "503")  # no forecast is made here
            page.wait_for_selector("canvas.sira-points")
            listed = page.locator("#sira-list-body")
            page.click("#sira-list-open")
            expect(listed).to_contain_text("engin explosif de type inconnu")
            expect(listed).not_to_contain_text(STRIKE)
            page.keyboard.press("Escape")
            offered = page.locator("#sira-hazard option").all_inner_texts()
            assert any(STRIKE in text.lower() for text in offered)
            choose(page, "hazard", "air_or_indirect_fire")
            page.click("#sira-list-open")
            expect(listed).to_contain_text(STRIKE)
            expect(listed).not_to_contain_text("engin explosif de type inconnu")
            expect(page.locator("#sira-legend-body")).to_contain_text("Frappe aérienne")
