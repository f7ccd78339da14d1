"""Signing in by name and password, the page of an invitation, and what slows those who guess."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from service_of import Caller, keys_for, newcomer, real_batch, settings_in

from api.app import create_app
from api.base import passwords
from api.base.access import TooManyKeysError
from api.base.keys import hash_key
from api.base.names import Names
from api.base.passwords import AT_ONCE, SHORTEST, Passwords, checked, is_outdated
from api.base.roles import Role
from api.base.slowing import FORGOTTEN_S, FREE_OF_ACCOUNT, FREE_OF_ADDRESS, LONGEST_S, MOST_WAITING, Slowing
from api.base.users import invite
from geo.core.errors import ParameterError
from geo.core.messages import Message
from geo.store import Store

OWN = "http://sira.example"
PAGE = "text/html,*/*;q=0.8"
CLOSED = "/layers/communes.geojson"
PASSWORD = "une phrase assez longue"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


class Time:
    """A time that moves only when somebody sleeps, or when told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Installation:
    app: FastAPI
    store: Store
    time: Time

    @property
    def names(self) -> Names:
        found: Names = self.app.state.door.names
        return found


@pytest.fixture(scope="module")
def module_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(settings_in(tmp_path_factory.mktemp("names")))
    app.state.service.store.add_incidents(real_batch())
    yield app
    app.state.service.close()


@pytest.fixture
def real(module_app: FastAPI) -> Installation:
    """A closed store in which nobody has tried anything yet."""
    time = Time()
    module_app.state.door.names.slowing = Slowing(time, time.sleep)
    module_app.state.door.sessions.clock = lambda: NOON
    return Installation(module_app, module_app.state.service.store, time)


def post(real: Installation, path: str, *, peer: str = "192.0.2.7", origin: str = OWN, **fields: str) -> httpx.Response:
    sent = {"Accept": PAGE} | ({"Origin": origin} if origin else {})
    return Caller(real.app, peer=peer).get(path, method="POST", body=urlencode(fields).encode(), **sent)


def invited(real: Installation, name: str, role: Role = Role.READER) -> str:
    """Return the token of a link for somebody new."""
    return invite(real.store, name, NOON, role=role, shown=f"{name.title()} <b>")[1]


def signed_up(real: Installation, name: str, role: Role = Role.READER) -> str:
    answer = post(real, "/invitation", token=invited(real, name, role), password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return name


def signed_in(real: Installation, name: str, **more: str) -> httpx.Response:
    return post(real, "/login", name=name, password=more.pop("password", PASSWORD), **more)


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


# The way


def test_from_the_link_to_the_map(real: Installation) -> None:
    token = invited(real, "awa", Role.VERIFIER)
    for _ in range(2):
        shown = Caller(real.app).get(f"/invitation?lang=en&token={token}", Accept=PAGE)
        assert shown.status_code == 200
        assert "Awa &lt;b&gt;" in shown.text
        assert f"At least {SHORTEST} characters" in shown.text
        assert "<script" not in shown.text
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["referrer-policy"] == "same-origin"
    answer = post(real, "/invitation?lang=en", token=token, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?lang=en&password=set")
    assert "Your password is set" in Caller(real.app).get(answer.headers["location"], Accept=PAGE).text
    entered = signed_in(real, "AWA ")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert entered.headers["set-cookie"].split("; ")[1:] == ["Path=/", "Max-Age=604800", "HttpOnly", "SameSite=Lax"]
    cookie = cookie_of(entered)
    assert Caller(real.app).get("/layers", Cookie=cookie).json()["audience"] == "analyst"
    face = Caller(real.app).get("/", Cookie=cookie).text.partition("</header>")[0]
    assert "sira-leave" in face
    gone = Caller(real.app).get(f"/invitation?lang=en&token={token}", Accept=PAGE)
    assert gone.status_code == 404
    assert "used already" in gone.text
    assert "<form" not in gone.text
    assert post(real, "/invitation", token=token, password=PASSWORD).status_code == 404


def test_head_and_get_use_no_link_up(real: Installation) -> None:
    token = invited(real, "head")
    for method in ("HEAD", "GET", "HEAD"):
        assert Caller(real.app).get(f"/invitation?token={token}", method=method, Accept=PAGE).status_code == 200
    assert real.store.users.invited(hash_key(token), NOON) is not None


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "https://sira.example"])
def test_only_the_own_page_sets_a_password_or_signs_in(real: Installation, origin: str) -> None:
    name = f"origin{len(real.store.users.list())}"
    token = invited(real, name)
    assert post(real, "/invitation", origin=origin, token=token, password=PASSWORD).status_code == 403
    assert real.store.users.invited(hash_key(token), NOON) is not None
    assert post(real, "/invitation", token=token, password=PASSWORD).status_code == 303
    answer = signed_in(real, name, origin=origin)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert real.time.slept == []


def test_on_the_open_demonstration_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = create_app(settings_in(tmp_path_factory.mktemp("open")))
    _, token = invite(app.state.service.store, "awa", dt.datetime.now(dt.UTC), role=Role.READER)
    body = urlencode({"token": token, "password": PASSWORD}).encode()
    at_home = "http://127.0.0.1:8000"
    for origin in ({}, {"Origin": "http://localhost:8000"}, {"Origin": "http://127.0.0.1:9000"}):
        assert newcomer(app).get("/invitation", method="POST", body=body, **origin).status_code == 403
    assert newcomer(app).get("/invitation", method="POST", body=body, Origin=at_home).status_code == 303
    assert newcomer(app).get("/login", Accept=PAGE).status_code == 200, "who is let in anyway can still sign in"
    app.state.service.close()


def test_the_map_speaks_the_users_language_unless_the_page_was_in_another(real: Installation) -> None:
    _, token = invite(real.store, "english", NOON, role=Role.READER, lang="en")
    post(real, "/invitation", token=token, password=PASSWORD)
    assert signed_in(real, "english").headers["location"] == "/?lang=en"
    asked = post(real, "/login?lang=fr", name="english", password=PASSWORD)
    assert asked.headers["location"] == "/"


# What is wrong is said, and not more


def test_a_wrong_name_and_a_wrong_password_are_told_alike(real: Installation) -> None:
    signed_up(real, "wrong")
    invited(real, "not-yet")
    signed_up(real, "out")
    user = real.store.users.named("out")
    assert user is not None
    real.store.users.disable(user.id, NOON)
    pages = set()
    for number, (name, password) in enumerate(
        [("wrong", "une autre phrase longue"), ("nobody", PASSWORD), ("not-yet", PASSWORD), ("out", PASSWORD)]
    ):
        answer = signed_in(real, name, password=password, peer=f"192.0.2.{number}")
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert password not in answer.text
        pages.add(re.sub(r'nonce="[^"]+"', "", answer.text.replace(f'value="{name}"', "")))
    assert len(pages) == 1
    assert "pas juste" in pages.pop()


def test_who_is_nobody_takes_as_much_work_as_who_is(real: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_up(real, "work")
    verified: list[str] = []
    hasher = passwords._hasher()
    verify = hasher.verify

    def noted(_: object, encoded: str, password: str) -> bool:
        verified.append(encoded)
        return verify(encoded, password)

    monkeypatch.setattr(type(hasher), "verify", noted)
    for name in ("work", "nobody-at-all"):
        verified.clear()
        assert signed_in(real, name, password="pas le bon mot de passe").status_code == 403
        assert [encoded[:31] for encoded in verified] == ["$argon2id$v=19$m=19456,t=2,p=1$"]


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"name": "", "password": PASSWORD}, 422, "Entrez votre nom"),
        ({"name": "awa", "password": ""}, 422, "Entrez votre nom"),
        ({"key": ""}, 422, "Entrez votre cl"),
        ({}, 422, "Entrez votre cl"),
        ({"name": "\x00" * 64, "password": "\x00"}, 403, "pas juste"),
        ({"name": "é" * 500, "password": "x" * 1000}, 403, "pas juste"),
    ],
)
def test_whatever_is_sent_is_answered(real: Installation, fields: dict[str, str], status: int, said: str) -> None:
    answer = post(real, "/login", **fields)
    assert answer.status_code == status
    assert said in answer.text


def test_a_page_is_led_back_to_and_no_other(real: Installation) -> None:
    signed_up(real, "back")
    sent = {"Origin": OWN, "Accept": PAGE}
    body = urlencode({"name": "back", "password": PASSWORD}).encode()
    answer = Caller(real.app).get("/login?to=account", method="POST", body=body, **sent)
    assert answer.headers["location"] == "/account"
    for elsewhere in ("//evil.example", "https://evil.example", "layers"):
        assert Caller(real.app).get(f"/login?to={elsewhere}", method="POST", body=body, **sent).status_code == 422


# Passwords


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("x" * (SHORTEST - 1), False),
        ("é" * (SHORTEST - 1), False),
        ("aaaaaaaaaaaa", True),
        ("a b c d e f ", True),
        ("🔑" * SHORTEST, True),
        ("x" * 64, True),
        ("x" * 256, True),
        ("x" * 257, False),
    ],
)
def test_nothing_is_asked_of_a_password_but_its_length(password: str, is_taken: bool) -> None:
    if is_taken:
        assert checked(password) == password
    else:
        with pytest.raises(ParameterError):
            checked(password)


def test_a_password_that_is_too_short_leaves_the_link(real: Installation) -> None:
    token = invited(real, "short")
    answer = post(real, "/invitation", token=token, password="court")
    assert answer.status_code == 422
    assert "au moins 12 caractères" in answer.text
    assert token in answer.text
    assert "court" not in answer.text.partition("<form")[2]
    assert post(real, "/invitation", token=token, password=PASSWORD).status_code == 303


def test_long_passwords_are_not_cut_and_letters_are_what_was_meant() -> None:
    async def compared() -> list[bool]:
        worker = Passwords()
        long, accented = await worker.hash("x" * 255 + "y"), await worker.hash(checked("é" * 12))
        return [
            await worker.verify(long, "x" * 255 + "y"),
            await worker.verify(accented, "e\u0301" * 12),
            await worker.verify(long, "x" * 255 + "z"),
            await worker.verify(long, "x" * 255 + "yy"),
            await worker.verify(None, "x" * 255 + "y"),
            await worker.verify("no hash at all", "x" * 12),
        ]

    assert asyncio.run(compared()) == [True, True, False, False, False, False]


def test_two_are_hashed_at_once_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, guard, both = 0, 0, threading.Lock(), threading.Barrier(AT_ONCE, timeout=300)

    def hashing(_: str) -> str:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        both.wait()
        with guard:
            inside -= 1
        return ""

    monkeypatch.setattr(passwords, "_hash", hashing)

    async def many() -> None:
        worker = Passwords()
        await asyncio.gather(*(worker.hash(PASSWORD) for _ in range(3 * AT_ONCE)))

    asyncio.run(many())
    assert most == AT_ONCE == 2


def test_a_hash_of_other_parameters_is_made_anew_with_the_next_sign_in(real: Installation) -> None:
    from argon2 import PasswordHasher

    signed_up(real, "older")
    user = real.store.users.named("older")
    assert user is not None
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    real.store.users.set_password(user.id, weak, but="")
    assert is_outdated(weak)
    assert signed_in(real, "older", password="pas le bon mot de passe").status_code == 403
    assert real.store.users.get(user.id).password == weak
    assert signed_in(real, "older").status_code == 303
    renewed = real.store.users.get(user.id).password
    assert renewed is not None
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not is_outdated(renewed)
    assert signed_in(real, "older").status_code == 303


# Slowing


def tried(slowing: Slowing, account: str, address: str, times: int = 1) -> None:
    async def each() -> None:
        for _ in range(times):
            await slowing.turn(account, address)

    asyncio.run(each())


def test_each_wrong_attempt_waits_twice_as_long_up_to_half_a_minute() -> None:
    time = Time()
    tried(Slowing(time, time.sleep), "awa", "192.0.2.7", FREE_OF_ACCOUNT + 8)
    assert time.slept == [1, 2, 4, 8, 16, LONGEST_S, LONGEST_S, LONGEST_S]


def test_an_address_is_slowed_over_all_accounts_and_an_account_over_all_addresses() -> None:
    time = Time()
    slowing = Slowing(time, time.sleep)
    for number in range(FREE_OF_ADDRESS + 2):
        tried(slowing, f"name{number}", "192.0.2.7")
    assert time.slept == [1, 2]
    time = Time()
    slowing = Slowing(time, time.sleep)
    for number in range(FREE_OF_ACCOUNT + 2):
        tried(slowing, "awa", f"192.0.2.{number}")
    assert time.slept == [1, 2]
    tried(slowing, "binta", "192.0.2.1")
    assert time.slept == [1, 2]


def test_no_account_is_ever_locked() -> None:
    """Whatever others try: the owner's attempt is made within half a minute, and at once from where they are known."""
    time = Time()
    slowing = Slowing(time, time.sleep)
    tried(slowing, "awa", "198.51.100.1")
    slowing.right("awa", "198.51.100.1")
    for number in range(200):
        tried(slowing, "awa", f"192.0.2.{number}")
    time.slept.clear()
    tried(slowing, "awa", "198.51.100.1")
    assert time.slept == []
    tried(slowing, "awa", "203.0.113.5")
    assert time.slept == [LONGEST_S]
    time.now += FORGOTTEN_S + 1
    tried(slowing, "awa", "203.0.113.6")
    assert time.slept == [LONGEST_S]


def test_who_signs_in_is_slowed_no_longer_but_their_address_is() -> None:
    time = Time()
    slowing = Slowing(time, time.sleep)
    tried(slowing, "awa", "192.0.2.7", FREE_OF_ACCOUNT)
    slowing.right("awa", "192.0.2.7")
    tried(slowing, "awa", "192.0.2.7", FREE_OF_ADDRESS - FREE_OF_ACCOUNT + 1)  # the right one counts no more
    assert time.slept == []
    tried(slowing, "awa", "192.0.2.7")
    assert time.slept == [1], "a right password of one's own buys no guesses at others'"


def test_attempts_at_once_do_not_pass_together() -> None:
    async def at_once(accounts: list[str]) -> list[str]:
        let_go = asyncio.Event()

        async def sleep(_: float) -> None:
            await let_go.wait()

        slowing = Slowing(lambda: 0.0, sleep)
        tasks = [asyncio.create_task(slowing.turn(account, "192.0.2.7")) for account in accounts]
        for _ in range(5):
            await asyncio.sleep(0)
        waiting = sum(not task.done() for task in tasks)
        let_go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        refused = sum(isinstance(result, TooManyKeysError) for result in results)
        return [f"{len(tasks) - waiting - refused} at once", f"{waiting} waiting", f"{refused} refused"]

    one = asyncio.run(at_once(["awa"] * 20))
    assert one == [f"{FREE_OF_ACCOUNT} at once", "1 waiting", "16 refused"]
    many = asyncio.run(at_once([f"name{number}" for number in range(FREE_OF_ADDRESS + MOST_WAITING + 5)]))
    assert many == [f"{FREE_OF_ADDRESS} at once", f"{MOST_WAITING} waiting", "5 refused"]


def test_twenty_of_one_office_sign_in_at_the_same_moment(real: Installation) -> None:
    encoded = asyncio.run(real.names.passwords.hash(PASSWORD))
    bodies = []
    for number in range(20):
        real.store.users.accept(hash_key(invited(real, f"colleague{number}")), encoded, NOON)
        bodies.append(urlencode({"name": f"colleague{number}", "password": PASSWORD}).encode())

    async def together() -> list[int]:
        transport = httpx.ASGITransport(app=real.app, client=("192.0.2.7", 1))
        headers = {"Origin": OWN, "Accept": PAGE}
        async with httpx.AsyncClient(transport=transport, base_url=OWN, headers=headers) as asking:
            answers = await asyncio.gather(*(asking.post("/login", content=body) for body in bodies))
        return [answer.status_code for answer in answers]

    assert asyncio.run(together()) == [303] * 20
    assert real.time.slept == []


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.base.slowing._MOST_REMEMBERED", 50)
    time = Time()
    slowing = Slowing(time, time.sleep)
    for number in range(200):
        tried(slowing, f"name{number}", f"192.0.2.{number}")
        slowing.right(f"other{number}", f"192.0.2.{number}")
    assert len(slowing._tries) == len(slowing._at_home) == 50


def test_the_form_waits_and_says_when_one_waits_already(real: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_up(real, "slow")
    for _ in range(FREE_OF_ACCOUNT + 2):
        assert signed_in(real, "slow", password="pas le bon mot de passe").status_code == 403
    assert real.time.slept == [1, 2]
    assert signed_in(real, "slow").status_code == 303
    assert real.time.slept == [1, 2, 4]
    assert signed_in(real, "slow").status_code == 303
    assert real.time.slept == [1, 2, 4]

    async def refuse(*_: str) -> None:
        raise TooManyKeysError(Message("Wait.", {}), wait_s=7)

    monkeypatch.setattr(real.names.slowing, "turn", refuse)
    answer = signed_in(real, "slow")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


# Sessions of users


def test_who_is_disabled_is_signed_out(real: Installation) -> None:
    signed_up(real, "gone")
    cookie = cookie_of(signed_in(real, "gone"))
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 200
    user = real.store.users.named("gone")
    assert user is not None
    real.store.users.disable(user.id, NOON)
    asyncio.run(real.app.state.service.refresh())
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 401


def test_a_users_session_is_over_as_a_keys_is(real: Installation) -> None:
    signed_up(real, "idle")
    cookie, sessions = cookie_of(signed_in(real, "idle")), real.app.state.door.sessions
    sessions.clock = lambda: NOON + dt.timedelta(hours=12)
    asyncio.run(real.app.state.service.refresh())
    assert Caller(real.app).get(CLOSED, Cookie=cookie).status_code == 401


def test_neither_name_nor_password_nor_token_is_in_a_log(real: Installation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = invited(real, "silent-one")
    post(real, "/invitation", token=token, password=PASSWORD)
    signed_in(real, "silent-one")
    signed_in(real, "silent-one", password="un mot de passe faux")
    for secret in (token, PASSWORD, "silent-one", "un mot de passe faux"):
        assert secret not in caplog.text


# Keys


def test_last_use_of_a_key_is_noted_in_the_background(real: Installation) -> None:
    key = keys_for(real.store)["partner"]
    assert Caller(real.app, key=key).get("/layers").status_code == 200
    found = real.store.keys.find(hash_key(key), NOON)
    assert found is not None
    assert found.used == NOON
