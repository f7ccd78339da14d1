"""What the browser tests share: a real service on a free port, a real Chromium, and a page that is watched."""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

import that_day
import uvicorn
from assessment_kit import drawn
from homes_kit import settings_in, shared_planners
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from api.app import create_app
from api.base.access import Audience
from api.base.keys import create_key
from api.base.settings import Settings
from api.commands.serve import address_of, listen, server_options
from geo.boundaries.regions import Boundaries
from geo.incidents import readers
from geo.incidents.batch import Batch
from geo.incidents.schema import HazardType
from geo.store import Store

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAPTOP = {"width": 1280, "height": 800}
#: A machine busy with other things is slow, not wrong.
PATIENCE_MS = 240_000
PHONE = {"width": 360, "height": 740}

#: Each would run, load something or be evaluated if any layer between file and screen took it for more than text.
PAYLOADS = (
    '<img src=x onerror="window.hacked=1">',
    "${window.hacked=1}",
    "</script><script>window.hacked=1</script>",
    "{{ 7 * 191 }}{% set hacked = 1 %}{# gone #}",
    '" onmouseover="window.hacked=1" x="',
    "<svg/onload=window.hacked=1>",
    "&lt;b&gt;bold&lt;/b&gt;",
    "javascript:window.hacked=1",
)

#: The official header of ACLED's export (ACLED codebook 2023).
ACLED_HEADER = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,"
    "inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,"
    "location,latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Run the service of `settings` on a free port of the loopback address; gives its address."""
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), **server_options()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    with shared_planners():
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.02)
            yield address_of(listening)
        finally:
            server.should_exit = True
            thread.join()
            listening.close()


@contextmanager
def browsing(executable: str) -> Iterator[Browser]:
    """Run Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a page did that it must not: errors, refused scripts, requests to anybody but its own host."""

    allowed: str
    faults: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    #: Parts of what the browser may say about answers that are errors on purpose.
    expected: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def on(self, page: Page) -> Page:
        """Watch `page` from before its first request."""
        page.add_init_script(that_day.script())
        page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._note(request.url))
        page.on("requestfinished", lambda request: self._answered(request.url))
        page.on("requestfailed", lambda request: self._answered(request.url))
        page.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " (event) => console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI))"
        )
        return page

    def standstill(self, page: Page) -> str:
        """Return what a page that does not come to rest waits for, and what the threads of the service do."""
        state, said = page.get_attribute("body", "data-state"), page.text_content("#sira-status")
        threads = "\n".join("".join(traceback.format_stack(frame)) for frame in sys._current_frames().values())
        return f"{page.url}: {state}, {said!r}, unanswered {self.unanswered}, faults {self.faults}\n{threads}"

    def _answered(self, url: str) -> None:
        if url in self.unanswered:
            self.unanswered.remove(url)

    def _note(self, url: str) -> None:
        self.requested.append(url)
        self.unanswered.append(url)
        if not url.startswith((self.allowed, "data:")):
            self.faults.append(f"request to {url}")


@contextmanager
def watched(context: BrowserContext, address: str, allowed: str | None = None) -> Iterator[tuple[Page, Watch]]:
    """Open `address` and wait until the map is drawn; at the end the page must have done nothing forbidden."""
    watch = Watch(allowed or address)
    page = watch.on(context.new_page())
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    try:
        page.wait_for_selector("body[data-state=ready]")
    except PlaywrightTimeoutError as error:
        raise AssertionError(watch.standstill(page)) from error
    yield page, watch
    page.close()
    assert [fault for fault in watch.faults if not any(part in fault for part in watch.expected)] == []


def enter(page: Page, key: str) -> None:
    """Type a key into the page that asks for one and press its button."""
    page.fill("#key", key)
    page.click("#enter-key")


def signed_in(browser: Browser, address: str, key: str, **options: Any) -> BrowserContext:
    """Return a browser in which somebody has entered `key` on the service's page, as people do."""
    context = browser.new_context(**{"viewport": LAPTOP, **options})
    page = context.new_page()
    page.goto(f"{address}/login")
    enter(page, key)
    page.wait_for_url(f"{address}/")
    page.close()
    return context


def ready(page: Page, lang: str = "fr") -> None:
    """Wait until the page has drawn what was last chosen, in `lang`."""
    page.wait_for_selector(f"html[lang={lang}] body[data-state=ready]")


def choose(page: Page, name: str, value: str) -> None:
    """Choose a value in one of the page's lists and wait for the map."""
    page.select_option(f"#sira-{name}", value)
    ready(page)


def panel_of(page: Page, unit_id: str) -> str:
    """Open a unit's panel through the page's list of units and return its text."""
    page.select_option("#sira-unit", unit_id)
    page.wait_for_selector("#sira-panel:not([hidden]) h2")
    return page.inner_text("#sira-panel")


def rest(page: Page, ms: int) -> None:
    """Let the page's own timers of up to `ms` milliseconds run: they come in order, however busy the machine is."""
    page.evaluate("(ms) => new Promise((done) => setTimeout(done, ms))", ms)


def shared_address(page: Page) -> str:
    """Return the page's address once the last choice stands in it."""
    rest(page, 1000)
    return page.url


def labels(page: Page) -> list[str]:
    """Return what each unit on the map says of itself, in a fixed order."""
    found: list[str] = page.eval_on_selector_all(
        ".sira-unit", "paths => paths.map(path => path.getAttribute('aria-label')).sort()"
    )
    return found


def slide(page: Page, month: str) -> None:
    """Move the time slider so that the period ends with `month`, as a pointer does."""
    page.evaluate(
        """(month) => {
            const slider = document.getElementById("sira-slider");
            slider.value = Sira.monthNumber(month);
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        month,
    )


def open_part(page: Page, name: str) -> None:
    """Open one of the parts beside the map."""
    if page.get_attribute(f"#sira-{name}", "open") is None:
        page.click(f"#sira-{name} > summary")


def ask(page: Page, *stops: str) -> None:
    """Type places into the route tool and press its button."""
    open_part(page, "route")
    while page.locator("#sira-stops input").count() < len(stops):
        page.click("#sira-add-stop")
    for number, stop in enumerate(stops):
        page.fill(f"#sira-stop-{number}", stop)
    page.click("#sira-route-form [type=submit]")


def report(page: Page, *stops: str) -> str:
    """Ask for a route and return its report."""
    ask(page, *stops)
    page.wait_for_selector("#sira-route-report:not([hidden]) h3")
    return page.inner_text("#sira-route-report")


def pick_another_way(page: Page) -> None:
    """Choose the last of the other ways of a report: it is drawn in place of the first."""
    ways = page.locator("#sira-route-report [data-other]")
    expect(ways.nth(1)).to_be_attached()
    drawn = "[...document.querySelectorAll('.leaflet-sira-route-pane path')].map((path) => path.outerHTML).join()"
    before = page.evaluate(drawn)
    ways.last.click()
    expect(ways.last).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(drawn) != before


def large_home(folder: Path, rows: int) -> Settings:
    """Fill a store with that many drawn incidents, which count as real; gives its settings."""
    settings = settings_in(folder)
    table = drawn(rows, days=4000)
    with Store.open(settings.store_url) as store:
        store.add_incidents(Batch("drawn.csv", "test", rows, table, (), ()))
    return settings


def layer(address: str, query: str) -> dict[str, Any]:
    """Ask the service itself for a layer."""
    with urllib.request.urlopen(f"{address}/layers/{query}") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def wait_for(url: str, seconds: float = 600, *, until: Callable[[bytes], bool] = lambda _: True) -> None:
    """Ask the service until it has made what it makes in the background, and its answer is as `until` wants it."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url) as answer:
                if until(answer.read()):
                    return
            assert time.monotonic() < end, url
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > end:
                raise
        time.sleep(0.5)


def revise(settings: Settings) -> None:
    """Give the store another revision, as an import does: take the reports of one event apart."""
    with Store.open(settings.store_url) as store:
        events = store.incidents(hazards=tuple(HazardType))["event_id"]
        store.unlink(str(events[events.duplicated()].iloc[0]))


def noticed(address: str) -> None:
    """Wait until the service knows of the second revision, which it may answer without for a moment."""
    wait_for(f"{address}/ready", 30, until=lambda body: json.loads(body)["revision"] == 2)


def acled_csv(path: Path) -> None:
    """Write an ACLED export whose places and notes are `PAYLOADS`, around Gao."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ACLED_HEADER.split(","))
    writer.writeheader()
    for number, payload in enumerate(PAYLOADS):
        writer.writerow(
            {
                "event_id_cnty": f"MLI{number}",
                "event_date": f"2023-0{number + 1}-05",
                "time_precision": "1",
                "event_type": "Explosions/Remote violence",
                "sub_event_type": "Remote explosive/landmine/IED",
                "country": "Mali",
                "location": payload,
                "latitude": f"{16.31 + number / 7:.4f}",
                "longitude": f"{-0.11 + number / 9:.4f}",
                "geo_precision": "1",
                "notes": f"note {number}: {payload}",
                "fatalities": str(number),
            }
        )
    path.write_text(out.getvalue(), encoding="utf-8")


def hostile_home(folder: Path) -> tuple[Settings, str]:
    """Fill a store from the hostile file; gives its settings and an analyst's key."""
    settings = settings_in(folder)
    folder.mkdir(parents=True, exist_ok=True)
    acled_csv(folder / "acled.csv")
    store = Store.open(settings.store_url)
    batch = readers.read(folder / "acled.csv", boundaries=Boundaries.shipped(), today=date(2024, 1, 1))
    assert len(batch.accepted) == len(PAYLOADS), batch.quarantined
    store.add_incidents(batch)
    return settings, create_key(store, Audience.ANALYST, label="test")
