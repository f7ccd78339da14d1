"""Users in the browser: invited, with a password, signed in, named on the map, signed out; an admin who invites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from map_kit import PATIENCE_MS, PHONE, Watch, enter, large_home, ready, serving
from playwright.sync_api import Browser, Page

from api.base.access import Audience
from api.base.authentication import utc_now
from api.base.keys import create_key
from api.base.roles import Role
from api.base.users import address_of_link, invite
from geo.store import Store

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 768}
PASSWORD = "une phrase assez longue"
NAME = "Awa Bâ <b>coordination de l’action contre les mines</b>"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
#: What must be there, in French and in English.
WORDS = {
    "fr": {"set": "Choisir ce mot", "once": "déjà servi", "done": "mot de passe est choisi", "made": "Faire le lien"},
    "en": {"set": "Set the password", "once": "used already", "done": "password is set", "made": "Make the link"},
}


@dataclass(frozen=True)
class Closed:
    address: str
    store: Store


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    settings = large_home(tmp_path_factory.mktemp("users"), 40)
    with Store.open(settings.store_url) as store, serving(settings) as address:
        yield Closed(address, store)


def opened(browser: Browser, closed: Closed, viewport: Any) -> tuple[Page, Watch]:
    """Return a page of a new browser, watched from its first request."""
    watch = Watch(closed.address, expected=["403", "404"])
    page = watch.on(browser.new_context(viewport=viewport).new_page())
    page.set_default_timeout(PATIENCE_MS)
    return page, watch


def require_readable(page: Page) -> None:
    """Hold that nothing sticks out at the side, and that axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then((result) => result.violations.map((each) => `${each.id}: ${each.help}`))")
    assert found == [], page.url


def sign_in(page: Page, name: str) -> None:
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_from_an_invitation_to_the_map_and_out(
    browser: Browser, closed: Closed, viewport: dict[str, int], lang: str
) -> None:
    name, words = f"awa.{lang}.{viewport['width']}", WORDS[lang]
    _, token = invite(closed.store, name, utc_now(), role=Role.VERIFIER, shown=NAME, lang=lang)
    link = address_of_link(closed.address, token, lang)
    page, watch = opened(browser, closed, viewport)
    page.goto(link)
    assert page.get_attribute("html", "lang") == lang
    require_readable(page)
    page.fill("#password", PASSWORD)
    page.click(f"button:has-text('{words['set']}')")
    assert words["done"] in page.inner_text("[role=status]")
    require_readable(page)
    sign_in(page, "somebody.else")
    page.wait_for_selector("[role=alert]")
    assert page.input_value("#name") == "somebody.else"
    require_readable(page)
    sign_in(page, name.upper())
    ready(page, lang)
    assert NAME in (page.text_content("#sira-reader") or "")
    assert page.locator('[data-layer="incidents"]').count() == 1
    page.click("#sira-reader")
    page.wait_for_selector("#old")
    assert page.get_attribute("html", "lang") == lang
    assert NAME in page.inner_text("h1")
    require_readable(page)
    page.go_back()
    ready(page, lang)
    page.click("#sira-leave")
    page.wait_for_selector("#sira-login:visible")
    ready(page, lang)
    page.goto(link)
    assert words["once"] in page.inner_text("[role=alert]")
    assert [fault for fault in watch.faults if not any(part in fault for part in watch.expected)] == []
    assert page.context.cookies() == []


@pytest.mark.parametrize(("lang", "viewport"), [("fr", DESK), ("en", PHONE)], ids=["fr-desk", "en-phone"])
def test_an_admin_invites_and_the_link_works(
    browser: Browser, closed: Closed, viewport: dict[str, int], lang: str
) -> None:
    name = f"binta.{lang}"
    page, watch = opened(browser, closed, viewport)
    page.goto(f"{closed.address}/users?lang={lang}")
    enter(page, create_key(closed.store, Audience.ADMIN, label="first"))
    page.wait_for_selector("#invite")
    require_readable(page)
    page.fill("#name", name)
    page.fill("#organisation", "ONG X")
    page.select_option("#role", "reporter")
    page.fill("#places", "ML05")
    page.select_option("#user_lang", lang)
    page.click(f"button:has-text('{WORDS[lang]['made']}')")
    link = page.input_value("#link")
    require_readable(page)
    page.click("summary:has-text('ONG X')")
    other, also = opened(browser, closed, viewport)
    other.goto(link)
    other.fill("#password", PASSWORD)
    other.press("#password", "Enter")
    sign_in(other, name)
    ready(other, lang)
    user = closed.store.users.named(name)
    assert user is not None
    assert (user.organisation, user.role, user.scope.places) == ("ONG X", "reporter", ("ML05",))
    for each in (watch, also):
        assert [fault for fault in each.faults if not any(part in fault for part in each.expected)] == []
