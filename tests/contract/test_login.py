"""The way in: a page that takes a key and sets a session's cookie, challenges for programs, a limit for guessers."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from service_of import Caller, addresses_of, keys_for, newcomer, real_batch, settings_in
from sqlalchemy import select

from api.app import create_app
from api.base import access
from api.base.access import parse_audience
from api.base.attempts import MOST, MOST_ADDRESSES, Attempts, address_of
from api.base.keys import create_key
from api.base.service import Service
from api.base.settings import parse_networks
from api.map.single_file import single_file
from geo.core.errors import StoreError
from geo.core.messages import message
from geo.store import Store, tables
from geo.store.database import Database

CLOSED = "/layers/communes.geojson"
#: Pages with forms, each tried by itself: here, in test_signing_in and in test_users_pages.
PAGES = {"/login", "/logout", "/invitation", "/account", "/users"}
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OWN = "http://sira.example"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


class Clock:
    """A time that moves only when told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def add(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@dataclass(frozen=True)
class Installation:
    app: FastAPI
    store: Store
    keys: dict[str, str]
    clock: Clock

    @property
    def service(self) -> Service:
        found: Service = self.app.state.service
        return found


@pytest.fixture(scope="module")
def module_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    settings = settings_in(tmp_path_factory.mktemp("login")).model_copy(update={"trusted_proxies": "10.0.0.0/8"})
    app = create_app(settings)
    app.state.service.store.add_incidents(real_batch())
    yield app
    app.state.service.close()


@pytest.fixture
def real(module_app: FastAPI) -> Installation:
    """A closed store with keys of its own, whose time stands still."""
    service, sessions, clock = module_app.state.service, module_app.state.door.sessions, Clock()
    sessions.clock = clock
    sessions.attempts = Attempts(clock.seconds)
    return Installation(module_app, service.store, keys_for(service.store), clock)


def enter(caller: Caller, key: str, *, origin: str = OWN, **headers: str) -> httpx.Response:
    """Send what the page's form sends."""
    sent = {"Accept": PAGE, "Content_Type": "application/x-www-form-urlencoded", **headers}
    if origin:
        sent["Origin"] = origin
    return caller.get("/login", method="POST", body=f"key={key}".encode(), **sent)


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def signed_in(real: Installation, audience: str = "partner") -> str:
    """Enter a key; return the cookie that the browser sends from then on."""
    answer = enter(Caller(real.app), real.keys[audience])
    assert answer.status_code == 303, answer.text
    return cookie_of(answer)


def forget_callers(real: Installation) -> None:
    """Have the service look at the store again, as it does each quarter of a second."""
    asyncio.run(real.service.refresh())


# The page


@pytest.mark.parametrize("address", ["/login", CLOSED])
def test_programs_are_told_of_both_schemes_a_line_each_basic_first(real: Installation, address: str) -> None:
    answer = Caller(real.app).get(address, Accept="*/*")
    assert answer.status_code == 401
    lines = answer.headers.get_list("www-authenticate")
    assert [line.partition(" ")[0] for line in lines] == ["Basic", "Bearer"]
    assert not any("Bearer" in line and "Basic" in line for line in lines)


def test_the_scripts_of_the_map_make_no_browser_ask_for_a_password(real: Installation) -> None:
    answer = Caller(real.app).get(CLOSED, X_Requested_With="XMLHttpRequest")
    assert answer.headers.get_list("www-authenticate") == ['Bearer realm="Sira"']


@pytest.mark.parametrize(("lang", "label"), [("", "Clé d’accès"), ("fr", "Clé d’accès"), ("en", "Access key")])
def test_whoever_reads_pages_gets_one_whose_fields_are_labelled(real: Installation, lang: str, label: str) -> None:
    answer = Caller(real.app).get(f"/login?lang={lang}", Accept=PAGE)
    assert answer.status_code == 200
    assert "www-authenticate" not in answer.headers
    fields = ["name", "password", "key"]
    labels = re.findall(r"<label for=\"(\w+)\">(.+?)</label>", answer.text)
    assert [field for field, _ in labels] == fields
    assert labels[-1] == ("key", label)
    assert re.findall(r"<input id=\"(\w+)\" name=\"(\w+)\"", answer.text) == [(each, each) for each in fields]
    assert "<script" not in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers.get_list("referrer-policy") == ["same-origin"], "else the form's Origin is null"


def test_the_maps_face_offers_the_way_in_or_out(real: Installation) -> None:
    """With a key in a header there is nothing to sign out of."""
    offered = {"in": {}, "out": {"Cookie": signed_in(real)}, "": {"Authorization": f"Bearer {real.keys['partner']}"}}
    for way, headers in offered.items():
        face = Caller(real.app).get("/", **headers).text.partition("<header")[2].partition("</header>")[0]
        assert ('id="sira-login" href="login?lang=fr" data-text="login">' in face) == (way == "in")
        assert ("sira-leave" in face) == (way == "out")


def test_a_newcomer_is_asked_for_nothing(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    assert "<header" in newcomer(app).get("/").text
    assert "sira-login" not in newcomer(app).get("/").text.partition("</header>")[0]
    app.state.service.close()


@pytest.mark.slow
def test_a_file_offers_neither_way_and_names_no_key(real: Installation) -> None:
    caller = access.Caller(parse_audience("partner"), label="Bureau de Mopti", by_session=True)
    html = single_file(real.store, real.service.read_snapshot(), caller, lang="fr")
    face = html.partition("<header")[2].partition("</header>")[0]
    assert 'id="sira-lang"' in face
    assert "sira-login" not in face
    assert "sira-leave" not in face
    assert "Bureau de Mopti" not in html


def test_whoever_has_come_with_a_key_sees_the_map(real: Installation) -> None:
    cookie = signed_in(real)
    for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {real.keys['partner']}"}):
        answer = Caller(real.app).get("/login?lang=en", Accept=PAGE, **headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en")


# The session


def test_a_key_entered_opens_what_it_opens_in_a_header(real: Installation) -> None:
    answer = enter(Caller(real.app), real.keys["partner"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    found = answer.headers["set-cookie"].split("; ")
    assert found[1:] == ["Path=/", "Max-Age=604800", "HttpOnly", "SameSite=Lax"]
    assert Caller(real.app).get(CLOSED, Cookie=cookie_of(answer)).status_code == 200
    assert Caller(real.app).get(CLOSED, Cookie="a=b; " + cookie_of(answer) + "; c=d").status_code == 200
    assert Caller(real.app).get(CLOSED, Cookie="sira_session=other").status_code == 401


def test_under_a_trusted_proxy_with_tls_the_cookie_is_secure(real: Installation) -> None:
    behind = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "map.example", "X_Forwarded_Prefix": "/sira"}
    answer = enter(Caller(real.app, peer="10.1.2.3"), real.keys["partner"], origin="https://map.example", **behind)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sira/")
    assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=Lax; Secure")
    assert "; Path=/sira/;" in answer.headers["set-cookie"]
    stranger = enter(Caller(real.app), real.keys["partner"], origin="https://map.example", **behind)
    assert stranger.status_code == 403, "headers of a proxy that nobody named"
    assert "SIRA_TRUSTED_PROXIES" in stranger.text


def test_the_store_keeps_hashes_alone(real: Installation) -> None:
    name, _, session = signed_in(real).partition("=")
    assert name == "sira_session"
    assert len(session) >= 43
    assert not session.startswith("sira_")
    with closing(Database(real.service.settings.store_url)) as database, database.read() as connection:
        rows = [tuple(row) for row in connection.execute(select(tables.sessions))]
    assert hashlib.sha256(session.encode()).hexdigest() in [row[0] for row in rows]
    assert session not in str(rows)
    assert not any(key in str(rows) for key in real.keys.values())


def test_a_header_wins_over_the_cookie(real: Installation) -> None:
    cookie = signed_in(real, "analyst")

    def audience(**headers: str) -> str:
        found: str = Caller(real.app).get("/layers", Cookie=cookie, **headers).json()["audience"]
        return found

    assert audience() == "analyst"
    assert audience(Authorization=f"Bearer {real.keys['partner']}") == "partner"
    assert Caller(real.app).get("/layers", Cookie=cookie, Authorization="Bearer sira_no").status_code == 401


@pytest.mark.parametrize("unused", [{"hours": 11, "minutes": 59}, {"hours": 12}])
def test_a_session_unused_for_twelve_hours_is_over(real: Installation, unused: dict[str, float]) -> None:
    cookie = signed_in(real)
    real.clock.add(**unused)
    forget_callers(real)
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == (200 if len(unused) == 2 else 401)


def test_a_session_in_use_lasts_seven_days(real: Installation) -> None:
    cookie, asked = signed_in(real), []
    for _ in range(7 * 3):
        real.clock.add(hours=8)
        forget_callers(real)
        asked.append(Caller(real.app).get(CLOSED, Cookie=cookie).status_code)
    assert asked == [200] * (7 * 3 - 1) + [401]


def test_an_open_page_that_only_looks_keeps_no_session_alive(real: Installation) -> None:
    cookie, seen = signed_in(real), []
    for _ in range(4):
        real.clock.add(hours=4)
        forget_callers(real)
        answer = Caller(real.app).get("/map/state.json", Cookie=cookie)
        seen.append("routes" in answer.json()["offer"]["kinds"])
    assert seen == [True, True, False, False]


def test_a_session_ends_with_its_key(real: Installation) -> None:
    key = create_key(real.store, parse_audience("partner"), label="lent")
    cookie = cookie_of(enter(Caller(real.app), key))
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 200
    real.store.keys.revoke(real.store.keys.list()[-1].id)
    forget_callers(real)
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 401
    assert Caller(real.app).get("/", Cookie=cookie).status_code == 200, "who is signed out sees the public map"


def test_signing_out_ends_the_session_for_good(real: Installation) -> None:
    cookie = signed_in(real)
    assert Caller(real.app).get("/logout", Cookie=cookie).status_code == 405
    answer = Caller(real.app).get("/logout", method="POST", Cookie=cookie, Origin=OWN)
    assert answer.status_code == 204
    assert answer.headers["set-cookie"].startswith("sira_session=; Path=/; Max-Age=0;")
    forget_callers(real)
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 401


def test_signing_in_again_ends_the_session_before(real: Installation) -> None:
    before = signed_in(real)
    enter(Caller(real.app), real.keys["analyst"], Cookie=before)
    forget_callers(real)
    assert Caller(real.app).get(CLOSED, Cookie=before).status_code == 401


def test_the_key_is_in_no_address_no_answer_and_no_log(real: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="sira")
    for key in (real.keys["partner"], "sira_wrong_one"):
        answer = enter(Caller(real.app), key)
        assert key not in answer.text + str(answer.headers.raw)
        assert key not in caplog.text


# Pages of other sites


@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://evil.example", "https://sira.example", "http://sira.example:8080", "http://[", OWN + "."],
)
def test_only_the_own_page_signs_anybody_in_or_out(real: Installation, origin: str) -> None:
    answer = enter(Caller(real.app), real.keys["partner"], origin=origin)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    cookie = signed_in(real)
    sent = {"Origin": origin} if origin else {}
    assert Caller(real.app).get("/logout", method="POST", Cookie=cookie, **sent).status_code == 403
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 200


def test_another_site_does_nothing_in_a_readers_name(real: Installation) -> None:
    """Whatever the address: each that is no question is refused to a session from elsewhere, and to no header."""
    cookie, key = signed_in(real, "analyst"), real.keys["analyst"]
    asked = [
        (method, re.sub(r"{[^}]+}", "sira.gpkg", path))
        for path, methods in addresses_of(real.app).items()
        for method in methods - {"GET", "HEAD"}
        if path not in PAGES
    ]
    assert {"/routes", "/routes/assess", "/exports/sira.gpkg"} <= {path for _, path in asked}
    for method, path in asked:
        by_cookie = Caller(real.app).get(path, method=method, Cookie=cookie, Origin="https://evil.example")
        assert by_cookie.status_code == 403, path
        own = Caller(real.app).get(path, method=method, Cookie=cookie, Origin=OWN)
        by_header = Caller(real.app, key=key).get(path, method=method, Origin="https://evil.example")
        assert 403 not in (own.status_code, by_header.status_code), path


# Guessing


def wrong(real: Installation, peer: str = "192.0.2.7", key: str = "sira_wrong", **headers: str) -> httpx.Response:
    return Caller(real.app, peer=peer, key=key).get("/layers", **headers)


def test_ten_wrong_keys_a_minute_and_then_none(real: Installation) -> None:
    assert [wrong(real).status_code for _ in range(MOST)] == [401] * 10
    real.clock.add(seconds=20)
    answer = wrong(real)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "40"
    assert answer.headers["content-type"] == "application/problem+json"
    assert enter(Caller(real.app), "sira_wrong").status_code == 429, "the form is the same door"
    assert enter(Caller(real.app), real.keys["analyst"]).headers["retry-after"] == "40", "nor is a right one told apart"
    assert wrong(real, peer="192.0.2.8").status_code == 401
    assert Caller(real.app).get("/layers").status_code == 200, "who sends no key guesses none"
    real.clock.add(seconds=40)
    assert wrong(real).status_code == 401


def test_wrong_keys_of_the_form_count_for_headers(real: Installation) -> None:
    codes = [enter(Caller(real.app), f"sira_{number}").status_code for number in range(MOST + 1)]
    assert codes == [403] * MOST + [429]
    assert wrong(real).status_code == 429


def test_basic_is_counted_alike(real: Installation) -> None:
    sent = base64.b64encode(b"me:sira_wrong").decode()
    codes = [Caller(real.app).get("/ogc", Authorization=f"Basic {sent}").status_code for _ in range(MOST + 1)]
    assert codes == [401] * MOST + [429]


def test_right_keys_are_not_counted_and_colleagues_not_shut_out(real: Installation) -> None:
    session = signed_in(real)
    for _ in range(2 * MOST):
        forget_callers(real)
        assert Caller(real.app, key=real.keys["analyst"]).get("/layers").status_code == 200
    for _ in range(MOST + 1):
        blocked = wrong(real)
    assert blocked.status_code == 429
    forget_callers(real)
    assert Caller(real.app, key=real.keys["analyst"]).get("/layers").status_code == 200
    assert Caller(real.app).get(CLOSED, Cookie=session).status_code == 200
    assert Caller(real.app, key=real.keys["admin"]).get("/layers").status_code == 429, "never seen before: may wait"


def at_once(real: Installation, keys: list[str]) -> list[int]:
    """Send each key at the same moment; return the statuses in order."""

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=real.app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url=OWN) as asking:
            sent = [asking.get("/layers", headers={"Authorization": f"Bearer {key}"}) for key in keys]
            return sorted(answer.status_code for answer in await asyncio.gather(*sent))

    return asyncio.run(ask())


def test_many_requests_with_one_new_key_are_one_key(real: Installation) -> None:
    assert at_once(real, [real.keys["admin"]] * 30) == [200] * 30
    assert at_once(real, ["sira_wrong"] * 30) == [401] * 30
    assert wrong(real).status_code == 429


def test_many_wrong_keys_at_once_are_ten(real: Installation) -> None:
    assert at_once(real, [f"sira_{number}" for number in range(30)]) == [401] * MOST + [429] * 20


def test_a_store_that_is_locked_is_said_on_the_page(real: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise StoreError(message("/home/secret.sqlite is locked"))

    monkeypatch.setattr(real.store.sessions, "begin", locked)
    answer = enter(Caller(real.app), real.keys["partner"])
    assert answer.status_code == 503
    assert "occupé" in answer.text
    assert "secret" not in answer.text


def test_an_ipv6_network_is_one_address(real: Installation) -> None:
    codes = [wrong(real, peer=f"2001:db8:1:2::{number:x}").status_code for number in range(MOST + 1)]
    assert codes == [401] * MOST + [429]
    assert wrong(real, peer="2001:db8:1:3::1").status_code == 401


def test_behind_a_trusted_proxy_each_caller_counts_alone(real: Installation) -> None:
    def from_(forwarded: str, peer: str = "10.1.2.3") -> int:
        return wrong(real, peer=peer, X_Forwarded_For=forwarded).status_code

    assert [from_("198.51.100.1") for _ in range(MOST + 1)] == [401] * MOST + [429]
    assert from_("198.51.100.2") == 401
    assert from_("203.0.113.9, 198.51.100.1, 10.9.9.9") == 429, "what a caller writes before the proxies counts not"
    codes = [from_(f"198.51.100.{number}", peer="192.0.2.99") for number in range(MOST + 1)]
    assert codes[-1] == 429, "nobody named this proxy"


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("10.0.0.1", "192.0.2.5:4711", "192.0.2.5"),
        ("10.0.0.1", "[2001:db8::5]:4711", "2001:db8::/64"),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ",, ", "10.0.0.1"),
        ("testclient", "192.0.2.1", "testclient"),
    ],
)
def test_whom_a_request_counts_for(peer: str, forwarded: str, expected: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"client": (peer, 1), "headers": headers}
    assert address_of(scope, parse_networks("10.0.0.0/8")) == expected


def test_what_is_remembered_of_addresses_is_bounded() -> None:
    attempts = Attempts(lambda: 0.0)
    for number in range(MOST_ADDRESSES + 50):
        attempts.begin(str(number))
    assert len(attempts) == MOST_ADDRESSES


# The store


def test_sessions_are_in_no_backup_and_end_with_a_restore(real: Installation, tmp_path: Path) -> None:
    cookie = signed_in(real)
    real.store.backup(tmp_path / "backup.sqlite")
    with closing(Database(f"sqlite:///{tmp_path / 'backup.sqlite'}")) as database, database.read() as connection:
        assert connection.execute(select(tables.sessions)).all() == []
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 200
    real.store.restore(tmp_path / "backup.sqlite")
    forget_callers(real)
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 401
