"""The pages `/account` and `/users`: who may do what there, with whose form, and that each does what it says."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from service_of import Caller, keys_for, newcomer, real_batch, settings_in

from api.app import create_app
from api.base.authentication import form_token
from api.base.keys import hash_key
from api.base.roles import REQUIRED, Action, Role
from api.base.slowing import Slowing
from api.base.users import invite
from geo.store import Store

OWN = "http://sira.example"
PAGE = "text/html,*/*;q=0.8"
PASSWORD = "une phrase assez longue"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
#: What each page needs somebody to be able to do.
NEEDED = {"/account": Action.OWN_LOGIN, "/users": Action.ADMINISTER}


@dataclass(frozen=True)
class Installation:
    app: FastAPI
    store: Store
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self, name: str, password: str = PASSWORD) -> str:
        body = urlencode({"name": name, "password": password}).encode()
        answer = Caller(self.app).get("/login", method="POST", body=body, Accept=PAGE, Origin=OWN)
        assert answer.status_code == 303, answer.text
        return answer.headers["set-cookie"].partition(";")[0]

    def get(self, path: str, cookie: str, **headers: str) -> httpx.Response:
        return Caller(self.app).get(path, Cookie=cookie, **{"Accept": PAGE, **headers})

    def post(
        self, path: str, cookie: str, *, token: str | None = None, origin: str = OWN, **fields: str
    ) -> httpx.Response:
        own = form_token(cookie.partition("=")[2]) if token is None else token
        sent = {"Accept": PAGE} | ({"Cookie": cookie} if cookie else {}) | ({"Origin": origin} if origin else {})
        body = urlencode({"token": own, **fields}).encode()
        return Caller(self.app).get(path, method="POST", body=body, **sent)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A closed store with a user of each role, signed in."""
    app = create_app(settings_in(tmp_path_factory.mktemp("pages")))
    store = app.state.service.store
    store.add_incidents(real_batch())
    app.state.door.sessions.clock = lambda: NOON
    made = Installation(app, store)
    encoded = asyncio.run(app.state.door.names.passwords.hash(PASSWORD))
    for role in Role:
        _, token = invite(store, role.label, NOON, role=role, shown=f"{role.label} <i>")
        store.users.accept(hash_key(token), encoded, NOON)
        made.cookies[role.label] = made.sign_in(role.label)
    key = keys_for(store)["admin"]
    entered = Caller(app).get("/login", method="POST", body=f"key={key}".encode(), Accept=PAGE, Origin=OWN)
    made.cookies["key"] = entered.headers["set-cookie"].partition(";")[0]
    yield made
    app.state.service.close()


@pytest.fixture(autouse=True)
def nobody_has_tried(real: Installation) -> None:
    real.app.state.door.names.slowing = Slowing()


def somebody(real: Installation, name: str, role: Role = Role.READER) -> str:
    """Return the cookie of somebody new."""
    _, token = invite(real.store, name, NOON, role=role)
    real.store.users.accept(hash_key(token), asyncio.run(real.app.state.door.names.passwords.hash(PASSWORD)), NOON)
    return real.sign_in(name)


def number_of(real: Installation, name: str) -> str:
    user = real.store.users.named(name)
    assert user is not None
    return str(user.id)


# Who may


@pytest.mark.parametrize("path", NEEDED)
@pytest.mark.parametrize("role", Role)
def test_each_role_gets_the_pages_that_it_may(real: Installation, path: str, role: Role) -> None:
    cookie, may = real.cookies[role.label], role >= REQUIRED[NEEDED[path]]
    for answer in (real.get(path, cookie), real.post(path, cookie, do="nothing", user="1")):
        assert answer.status_code == (403 if not may else 200 if answer.request.method == "GET" else 422)
        assert ("administrateur" in answer.text) == (path == "/users" or role is Role.ADMIN)
        assert "<i>" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
    refused = real.get(path, cookie, Accept="application/json")
    assert refused.status_code == (200 if may else 403)
    if not may:
        assert (refused.json()["type"], refused.json()["role"]) == ("urn:sira:problem:role", "admin")


@pytest.mark.parametrize("path", NEEDED)
def test_who_has_not_signed_in_is_led_to_where_one_does_and_back(real: Installation, path: str) -> None:
    for answer in (real.get(path, ""), real.post(path, "", do="leave")):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?to={path[1:]}")
    assert Caller(real.app).get(path, Accept="application/json").status_code == 401
    body = urlencode({"name": "admin", "password": PASSWORD}).encode()
    entered = Caller(real.app).get(f"/login?to={path[1:]}", method="POST", body=body, Accept=PAGE, Origin=OWN)
    assert entered.headers["location"] == path


def test_the_open_demonstration_has_no_account_and_no_users(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(settings_in(tmp_path_factory.mktemp("open")))
    at_home = "http://127.0.0.1:8000"
    for path in NEEDED:
        for method in ("GET", "POST"):
            answer = newcomer(app).get(path, method=method, Accept=PAGE, Origin=at_home)
            assert answer.status_code in (303, 403), path
            assert "<form" not in answer.text
    assert newcomer(app).get("/users", method="POST", Accept=PAGE).status_code == 403, "no Origin"
    assert app.state.service.store.users.list() == ()
    app.state.service.close()


@pytest.mark.parametrize("path", NEEDED)
@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "http://sira.example:8080"])
def test_only_a_form_of_this_page_changes_anything(real: Installation, path: str, origin: str) -> None:
    cookie, before = real.cookies["admin"], real.store.users.list()
    assert real.post(path, cookie, origin=origin, do="invite", name="mallory", role="admin").status_code == 403
    for token in ("", "0" * 64, "é\x00", form_token("another session")):
        assert real.post(path, cookie, token=token, do="invite", name="mallory", role="admin").status_code == 403
    assert real.store.users.list() == before


def test_a_key_in_a_header_needs_no_form_but_no_page_sends_it(real: Installation) -> None:
    key = keys_for(real.store)["admin"]
    body = urlencode({"do": "invite", "name": "by-key", "role": "reader"}).encode()
    asked = Caller(real.app, key=key)
    assert asked.get("/users", method="POST", body=body, Origin="https://evil.example").status_code == 403
    answer = asked.get("/users", method="POST", body=body)
    assert answer.status_code == 200
    assert "/invitation?lang=fr&amp;token=" in answer.text


# Users


def test_an_admin_key_makes_the_first_users_in_the_browser(real: Installation) -> None:
    cookie = real.cookies["key"]
    assert "clé" in real.get("/account", cookie).text or "test" in real.get("/account", cookie).text
    fields = {"name": "awa", "shown": "Awa Bâ", "organisation": "ONG X", "user_lang": "en", "places": "ML05;  ML06"}
    answer = real.post("/users?lang=en", cookie, do="invite", role="verifier", audience="", **fields)
    link = re.search(r'value="(http://sira\.example/invitation\?lang=en&amp;token=[\w-]{43})"', answer.text)
    assert link, answer.text
    token = link[1].rpartition("=")[2]
    assert token not in real.get("/users", cookie).text, "shown once"
    user = real.store.users.invited(hash_key(token), NOON)
    assert user is not None
    assert (user.name, user.role, user.audience, user.lang) == ("awa", "verifier", "analyst", "en")
    assert user.scope.places == ("ML05", "ML06")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "reader", "role": "reader"}, "déjà"),
        ({"name": "a b", "role": "reader"}, "sans blanc"),
        ({"name": "nobody", "role": "king"}, "aucun rôle"),
        ({"name": "nobody", "role": "reader", "places": "Mopti"}, "n’a le code Mopti"),
        ({"name": "nobody", "role": "admin", "audience": "partner"}, "public admin"),
        ({"name": "nobody", "role": "reader", "shown": "x" * 101}, "au plus 100"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(real: Installation, fields: dict[str, str], said: str) -> None:
    answer = real.post("/users", real.cookies["admin"], do="invite", organisation="ONG &Y", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="ONG &amp;Y"' in answer.text
    assert real.store.users.named("nobody") is None


def test_what_a_user_may_changes_for_open_logins(real: Installation) -> None:
    cookie, admin = somebody(real, "changed"), real.cookies["admin"]
    number = number_of(real, "changed")
    assert real.get("/users", cookie).status_code == 403
    assert real.post("/users", admin, do="change", user=number, role="admin", audience="").status_code == 200
    assert real.get("/users", cookie).status_code == 200
    assert real.post("/users", admin, do="change", user=number, role="reader", audience="partner").status_code == 200
    assert real.get("/users", cookie).status_code == 403


def test_a_new_link_a_disabled_user_and_ended_logins(real: Installation) -> None:
    cookie, admin = somebody(real, "lost"), real.cookies["admin"]
    number = number_of(real, "lost")
    assert "token=" in real.post("/users", admin, do="link", user=number).text
    login = real.store.sessions.of(int(number), NOON)[0].name
    assert login in real.get("/users", admin).text
    assert real.post("/users", admin, do="end", user=number, login=login).status_code == 200
    assert real.get("/account", cookie).status_code == 303
    cookie = real.sign_in("lost")
    assert "désactivé" in real.post("/users", admin, do="disable", user=number).text
    assert real.get("/account", cookie).status_code == 303
    assert real.post("/users", admin, do="link", user=number).status_code == 422
    assert real.post("/users", admin, do="enable", user=number).status_code == 200
    for wrong in ("", "999", "x", "-1", "1" * 30):
        assert real.post("/users", admin, do="disable", user=wrong).status_code == 404


def test_the_last_admin_stays(real: Installation) -> None:
    number, admin = number_of(real, "admin"), real.cookies["admin"]
    for fields in ({"do": "disable"}, {"do": "change", "role": "reader"}):
        answer = real.post("/users", admin, user=number, **fields)
        assert answer.status_code == 422
        assert "dernier administrateur" in answer.text
    assert real.get("/users", admin).status_code == 200


# One's own account


def test_the_page_says_who_one_is_and_where_one_is_signed_in(real: Installation) -> None:
    cookie = somebody(real, "here", Role.VERIFIER)
    real.sign_in("here")
    page = real.get("/account?lang=en", cookie).text
    assert "<dd>verifier</dd>" in page
    assert "<dd>analyst</dd>" in page
    assert 'href="users' not in page
    assert page.count("last used 2026-01-01 12:00 UTC") == 3, "twice said, once more for whom a button is read out"
    assert page.count("(this browser)") == 1


def test_a_password_is_changed_by_who_knows_it(real: Installation) -> None:
    cookie, new = somebody(real, "newer"), "une autre phrase, plus longue"
    elsewhere = real.sign_in("newer")
    refused = real.post("/account", cookie, do="password", old="pas le bon mot de passe", new=new)
    assert refused.status_code == 403
    assert "pas juste" in refused.text
    assert real.post("/account", cookie, do="password", old=PASSWORD, new="court").status_code == 422
    assert real.get("/account", elsewhere).status_code == 200
    assert real.post("/account", cookie, do="password", old=PASSWORD, new=new).status_code == 200
    assert real.get("/account", cookie).status_code == 200
    assert real.get("/account", elsewhere).status_code == 303
    real.sign_in("newer", new)


def test_logins_are_ended_by_whose_they_are_and_by_nobody_elses_name(real: Installation) -> None:
    cookie, other = somebody(real, "mine"), somebody(real, "theirs")
    second, third = real.sign_in("mine"), real.sign_in("mine")
    theirs = real.store.sessions.of(int(number_of(real, "theirs")), NOON)[0].name
    real.post("/account", cookie, do="end", login=theirs)
    assert real.get("/account", other).status_code == 200
    real.post("/account", cookie, do="end", login=hash_key(second.partition("=")[2])[:12])
    assert [real.get("/account", each).status_code for each in (cookie, second, third)] == [200, 303, 200]
    real.post("/account", cookie, do="others")
    assert [real.get("/account", each).status_code for each in (cookie, third)] == [200, 303]
    left = real.post("/account", cookie, do="leave")
    assert (left.status_code, left.headers["location"]) == (303, "/")
    assert left.headers["set-cookie"].startswith("sira_session=; ")
    assert real.get("/account", cookie).status_code == 303


def test_who_came_with_a_key_has_no_password_here(real: Installation) -> None:
    cookie = real.cookies["key"]
    page = real.get("/account", cookie)
    assert page.status_code == 200
    assert 'name="old"' not in page.text
    assert real.post("/account", cookie, do="password", old=PASSWORD, new=PASSWORD).status_code == 422
