"""An open page learns of an import by itself, says so until that is read, and lets go of what is no longer allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from assessment_kit import drawn
from homes_kit import coarse_home, settings_in
from map_kit import LAPTOP, Watch, choose, noticed, ready, revise, serving, watched
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from api.base.access import OPEN
from api.base.service import Service
from api.base.settings import Settings
from api.map.single_file import single_file
from geo.incidents.batch import Batch
from geo.store import Store

pytestmark = pytest.mark.browser

MINUTES_MS = 60_000
#: Marks the document, which ends with all that it holds where the page is asked for anew.
MARK = "document.documentElement.dataset.marked = 'yes'"
MARKED = "html[data-marked]"
SEEN = "(state) => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true }); \
document.dispatchEvent(new Event('visibilitychange')); }"


@pytest.fixture
def context(browser: Browser) -> BrowserContext:
    """A context whose pages have a clock that the test moves on."""
    made = browser.new_context(viewport=LAPTOP)
    made.clock.install()
    return made


def import_real(settings: Settings) -> None:
    """Import the first real incidents: from then on the store is closed to whoever has no key."""
    table = drawn(200, days=700)
    with Store.open(settings.store_url) as store:
        store.add_incidents(Batch("drawn.csv", "test", 200, table, (), ()))


def looks(watch: Watch) -> int:
    return sum(url.endswith("/map/state.json") for url in watch.requested)


def pass_time(page: Page, minutes: float = 3) -> None:
    page.clock.fast_forward(int(minutes * MINUTES_MS))


@pytest.mark.parametrize(
    ("lang", "less", "renewed"),
    [
        ("fr", "une partie de ce qui était affiché n’est plus là", "révision 2"),
        ("en", "some of what was shown is no longer here", "revision 2"),
    ],
)
def test_what_is_no_longer_allowed_is_taken_back(
    context: BrowserContext, tmp_path: Path, lang: str, less: str, renewed: str
) -> None:
    settings = settings_in(tmp_path)
    start = f"/?lang={lang}#level=commune&layers=incidents,hazards,places"
    with serving(settings) as where, watched(context, where + start, where) as (page, watch):
        expect(page.locator("canvas.sira-points")).to_have_count(1)
        expect(page.locator("[class*=sira-area-]")).not_to_have_count(0)
        page.click("#sira-list-open")
        expect(page.locator("#sira-list-body button")).not_to_have_count(0)
        page.evaluate(MARK)
        import_real(settings)
        noticed(where)
        before = len(watch.requested)
        pass_time(page)
        expect(page.locator(MARKED)).to_have_count(0)
        ready(page, lang)
        assert page.locator("canvas.sira-points, [class*=sira-area-], #sira-list-body button").count() == 0
        assert page.locator('[data-layer="incidents"], [data-layer="hazards"], #sira-route').count() == 0
        assert page.locator("#sira-level option[value=commune]").count() == 0
        assert not [
            url for url in watch.requested[before:] if "incident" in url or "hazards" in url or "commune" in url
        ]
        news = page.locator("#sira-news-text")
        expect(news).to_contain_text(less)
        expect(news).to_contain_text(renewed)
        page.reload()
        ready(page, lang)
        expect(news).to_contain_text(less)  # nobody has read it yet
        page.click("#sira-news-read")
        assert page.is_hidden("#sira-news")
        page.reload()
        ready(page, lang)
        assert page.is_hidden("#sira-news")


def test_it_is_said_until_it_is_read_whatever_else_is_done(context: BrowserContext, tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with serving(settings) as where, watched(context, where) as (page, _):
        page.evaluate(MARK)
        assert page.is_hidden("#sira-news")
        revise(settings)
        noticed(where)
        pass_time(page)
        news = page.locator("#sira-news-text")
        expect(news).to_have_text("Données mises à jour\u202f: révision 2.")
        expect(page.locator("#sira-age")).to_contain_text("révision 2")
        choose(page, "hazard", "ied")
        pass_time(page, 30)
        expect(news).to_have_text("Données mises à jour\u202f: révision 2.")
        page.click("#sira-lang")
        ready(page, "en")
        expect(news).to_have_text("The data have changed: this is revision 2.")
        assert page.locator(MARKED).count() == 1, "the same may be seen as before: the page stays"
        page.focus("#sira-news-read")
        page.keyboard.press("Enter")
        assert page.is_hidden("#sira-news")
        assert page.evaluate("document.activeElement.tagName") == "MAIN"


def test_a_page_that_nobody_sees_asks_nothing_and_looks_when_it_is_seen(
    context: BrowserContext, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path)
    with serving(settings) as where, watched(context, where) as (page, watch):
        page.wait_for_load_state("networkidle")
        page.evaluate(SEEN, "hidden")
        revise(settings)
        noticed(where)
        before = len(watch.requested)
        for _ in range(5):
            pass_time(page, 10)
        page.wait_for_load_state("networkidle")
        assert watch.requested[before:] == []
        with page.expect_response("**/map/state.json"):
            page.evaluate(SEEN, "visible")
        expect(page.locator("#sira-news-text")).to_contain_text("révision 2")


def test_where_nothing_has_changed_one_small_request_in_a_few_minutes_is_all(
    context: BrowserContext, tmp_path: Path
) -> None:
    with serving(settings_in(tmp_path)) as where, watched(context, where) as (page, watch):
        page.wait_for_load_state("networkidle")
        before = len(watch.requested)
        for _ in range(4):
            with page.expect_response("**/map/state.json") as answer:
                pass_time(page)
            assert len(answer.value.body()) < 500
        assert [url.removeprefix(where) for url in watch.requested[before:]] == ["/map/state.json"] * 4
        assert page.is_hidden("#sira-news")


def test_a_service_that_is_away_changes_nothing(context: BrowserContext, tmp_path: Path) -> None:
    with serving(settings_in(tmp_path)) as where, watched(context, where) as (page, watch):
        watch.expected.append("ERR_FAILED")
        page.wait_for_load_state("networkidle")
        page.route("**/map/state.json", lambda route: route.abort())
        with page.expect_event("requestfailed"):
            pass_time(page)
        assert page.is_hidden("#sira-news")
        assert page.is_hidden("#sira-status")
        assert page.locator("path.sira-unit").count() == 50


def test_a_key_that_was_taken_back_takes_the_page_with_it(context: BrowserContext, tmp_path: Path) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=401, content_type="application/problem+json", body='{"title": "no"}')

    with serving(settings_in(tmp_path)) as where, watched(context, where) as (page, watch):
        watch.expected.append("401")
        page.evaluate(MARK)
        page.route("**/map/state.json", refuse)
        pass_time(page)
        expect(page.locator(MARKED)).to_have_count(0)
        ready(page)
        expect(page.locator("#sira-news-text")).to_contain_text("n’est plus là")


def test_another_revision_met_on_the_way_is_asked_first_what_may_be_seen_of_it(
    context: BrowserContext, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path)
    with serving(settings) as where, watched(context, f"{where}/#layers=incidents", where) as (page, _):
        expect(page.locator("canvas.sira-points")).to_have_count(1)
        page.evaluate(MARK)
        import_real(settings)
        noticed(where)
        page.select_option("#sira-hazard", "ied")
        expect(page.locator(MARKED)).to_have_count(0)
        ready(page)
        assert page.locator("canvas.sira-points").count() == 0
        expect(page.locator("#sira-news-text")).to_contain_text("n’est plus là")


def test_a_forecast_made_meanwhile_is_fetched_once(context: BrowserContext, tmp_path: Path) -> None:
    earlier: list[bool] = [True, False]  # what the service answers: first the forecast of an earlier revision

    def answer(route: Route) -> None:
        found = route.fetch()
        told = found.json()
        told["sira"]["revision"] -= earlier.pop(0) if earlier else True
        route.fulfill(response=found, json=told)

    with serving(coarse_home(tmp_path)) as where:
        page = context.new_page()
        page.route("**/map/risk.json*", answer)
        page.goto(f"{where}/?lang=en#measure=expected")
        ready(page, "en")
        assert len(earlier) == 1
        with page.expect_response("**/map/risk.json*") as answered:
            pass_time(page)
        assert answered.value.json()["sira"]["revision"] == 1
        ready(page, "en")
        for _ in range(2):
            with page.expect_response("**/map/state.json"):
                pass_time(page)
        assert earlier == []
        page.close()


def test_a_file_asks_nothing(context: BrowserContext, tmp_path: Path) -> None:
    service = Service(settings_in(tmp_path))
    file = tmp_path / "mali.html"
    file.write_text(single_file(service.store, service.read_snapshot(), OPEN, lang="fr"), encoding="utf-8")
    service.close()
    with watched(context, file.as_uri(), "file://") as (page, watch):
        pass_time(page, 60)
        page.evaluate(SEEN, "visible")
        assert watch.requested == [file.as_uri()]
        assert page.is_hidden("#sira-news")
