"""The way in, as people take it: from the map's face to the page that asks for a key, and back to what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from map_kit import LAPTOP, PHONE, choose, enter, large_home, ready, serving, signed_in, watched
from playwright.sync_api import Browser, Page, expect

from api.base.access import Audience
from api.base.keys import create_key
from geo.store import Store

pytestmark = pytest.mark.browser

NAME = "Bureau de Mopti, coordination <b>de l’action contre les mines</b> et accès humanitaire"
SHARED = "#level=commune&layers=incidents,places&measure=events&at=14.5,-4,8"


@dataclass(frozen=True)
class Closed:
    """A service with real data."""

    address: str
    store: Store
    keys: dict[str, str]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    settings = large_home(tmp_path_factory.mktemp("closed"), 400)
    with Store.open(settings.store_url) as store, serving(settings) as address:
        keys = {
            "partner": create_key(store, Audience.PARTNER, label=NAME),
            "analyst": create_key(store, Audience.ANALYST, label=""),
        }
        yield Closed(address, store, keys)


def login_page(page: Page) -> None:
    """Take the way in that the map's face offers."""
    page.click("#sira-login")
    page.wait_for_selector("#key")


def is_in_view(page: Page, selector: str) -> bool:
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    assert size is not None
    return box is not None and 0 <= box["x"] <= size["width"] - box["width"] and 0 <= box["y"] < size["height"] / 4


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_key_entered_on_the_page_shows_more_until_one_signs_out(
    browser: Browser, closed: Closed, viewport: dict[str, int], lang: str
) -> None:
    context = browser.new_context(viewport=viewport)
    with watched(context, f"{closed.address}/?lang={lang}", closed.address) as (page, watch):
        watch.expected += ["403"]
        assert is_in_view(page, "#sira-login")
        assert page.locator('[data-layer="incidents"]').count() == 0
        login_page(page)
        assert page.get_attribute("html", "lang") == lang
        enter(page, "sira_wrong")
        page.wait_for_selector("[role=alert]")
        assert ("inconnue" if lang == "fr" else "not known") in page.inner_text("[role=alert]")
        assert page.input_value("#key") == ""
        enter(page, closed.keys["partner"])
        ready(page, lang)
        assert closed.keys["partner"] not in page.url
        assert page.locator('[data-layer="incidents"]').count() == 1
        assert NAME in page.text_content("#sira-reader")  # type: ignore[operator]
        assert ("partenaire" if lang == "fr" else "partner") in page.text_content("#sira-reader")  # type: ignore[operator]
        assert is_in_view(page, "#sira-leave")
        assert page.locator("#sira-login").is_hidden()
        page.click("#sira-leave")
        page.wait_for_selector("#sira-login:visible")
        ready(page, lang)
        assert page.locator('[data-layer="incidents"]').count() == 0
    assert context.cookies() == []


def test_the_browser_keeps_no_key(browser: Browser, closed: Closed) -> None:
    context = signed_in(browser, closed.address, closed.keys["analyst"])
    (cookie,) = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("sira_session", True, "Lax")
    assert closed.keys["analyst"] not in str(context.storage_state())
    with watched(context, closed.address) as (page, _):
        assert page.evaluate("document.cookie") == ""
        page.check('[data-layer="incidents"]')
        page.wait_for_selector("canvas.sira-points")


def test_the_browsers_own_window_asks_where_a_closed_address_is_opened(browser: Browser, closed: Closed) -> None:
    """It asks only where it finds a scheme it knows at the beginning of a challenge."""
    credentials = {"username": "me", "password": closed.keys["partner"]}
    context = browser.new_context(http_credentials=credentials)  # type: ignore[arg-type] # what is typed into it
    answer = context.new_page().goto(f"{closed.address}/layers/communes.geojson")
    assert answer is not None
    assert answer.status == 200


def test_no_browser_test_goes_in_by_another_way() -> None:
    for path in set(Path(__file__).parent.glob("*.py")) - {Path(__file__)}:
        assert "authorization" not in path.read_text(encoding="utf-8").lower(), path.name


def test_a_link_to_what_needs_a_key_says_so_and_leads_there(browser: Browser, closed: Closed) -> None:
    """Also over a key that was mistyped: what was asked for stays in the address of the page that asks for the key."""
    with watched(browser.new_context(viewport=LAPTOP), f"{closed.address}/{SHARED}", closed.address) as (page, watch):
        watch.expected += ["403"]
        said = page.inner_text("#sira-status")
        assert "Il faut une clé" in said
        assert "Commune" in said
        assert "Incidents un par un" in said
        assert "laissé de côté" not in said
        assert page.input_value("#sira-level") == "cercle"
        assert page.input_value("#sira-measure") == "events"
        page.wait_for_timeout(400)  # meanwhile the page writes what it shows into its address
        page.click("#sira-status a")
        enter(page, "sira_wrong")
        page.wait_for_selector("[role=alert]")
        enter(page, closed.keys["partner"])
        ready(page)
        assert page.input_value("#sira-level") == "commune"
        assert page.input_value("#sira-measure") == "events"
        assert page.is_checked('[data-layer="incidents"]')
        assert page.locator("#sira-status").is_hidden()
        assert page.evaluate("map_sira.getZoom()") == 8


def test_the_last_days_need_a_key_and_nonsense_is_still_refused(browser: Browser, closed: Closed) -> None:
    with watched(browser.new_context(viewport=LAPTOP), f"{closed.address}/?lang=en#period=days30", closed.address) as (
        page,
        _,
    ):
        assert "needs a key" in page.inner_text("#sira-status")
        page.evaluate("location.hash = '#level=planet&layers=constructor'")
        expect(page.locator("#sira-status")).to_contain_text("Not understood")
        expect(page.locator("#sira-status")).not_to_contain_text("key")


def test_an_address_pasted_while_the_page_writes_its_own_is_followed(browser: Browser, closed: Closed) -> None:
    """The page's own address, written between the paste and the word of it, is not taken for what was asked for."""
    with watched(browser.new_context(viewport=LAPTOP), f"{closed.address}/?lang=en", closed.address) as (page, _):
        page.evaluate("location.hash = '#level=region'; history.replaceState(null, '', '#level=cercle')")
        expect(page.locator("#sira-level")).to_have_value("region")


def test_who_signs_in_comes_back_to_the_view_that_was_shown(browser: Browser, closed: Closed) -> None:
    with watched(browser.new_context(viewport=LAPTOP), closed.address) as (page, _):
        choose(page, "level", "region")
        page.wait_for_timeout(400)
        login_page(page)
        enter(page, closed.keys["partner"])
        ready(page)
        assert page.input_value("#sira-level") == "region"


def test_a_page_whose_key_is_revoked_says_so_and_offers_the_way_in(browser: Browser, closed: Closed) -> None:
    key = create_key(closed.store, Audience.PARTNER, label="lent")
    with watched(signed_in(browser, closed.address, key), closed.address) as (page, watch):
        watch.expected += ["401"]
        closed.store.keys.revoke(closed.store.keys.list()[-1].id)
        page.wait_for_timeout(600)  # the service looks at its keys each quarter of a second
        page.click('[data-layer="incidents"]')
        page.wait_for_selector("#sira-login:visible")
        assert page.locator("#sira-leave").count() == 0
        assert page.locator("#sira-reader").is_hidden()
        assert "clé" in page.inner_text("#sira-status")
