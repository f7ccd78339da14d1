"""Every address says whether its answer is for its caller alone: each is asked by nobody, by key and by session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import httpx
import pytest
from fastapi import FastAPI
from service_of import Caller, addresses_of, concrete, keys_for, real_batch, settings_in

from api.app import create_app
from api.base.attempts import Attempts

pytestmark = pytest.mark.slow

#: The way in and out, which take keys and links themselves: see test_login and test_signing_in.
WAYS: Final = {"/login", "/logout", "/invitation"}
#: The same for everybody, whoever asks: these look at no key.
ALIKE: Final = {
    "/api",
    "/docs",
    "/figures.json",
    "/health",
    "/model",
    "/model.json",
    "/openapi.json",
    "/ready",
    "/static/{path:path}",
}


@dataclass
class Installation:
    app: FastAPI
    key: str
    cookie: str = field(default="")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    app = create_app(settings_in(tmp_path_factory.mktemp("callers")))
    store = app.state.service.store
    store.add_incidents(real_batch())
    key = keys_for(store)["analyst"]
    entered = Caller(app).get(
        "/login", method="POST", body=f"key={key}".encode(), Accept="text/html", Origin="http://sira.example"
    )
    yield Installation(app, key, entered.headers["set-cookie"].partition(";")[0])
    app.state.service.close()


def ways_in(real: Installation) -> dict[str, dict[str, str]]:
    return {
        "nobody": {},
        "key": {"Authorization": f"Bearer {real.key}"},
        "session": {"Cookie": real.cookie},
    }


def asked_of(app: FastAPI) -> list[tuple[str, str]]:
    """Return every address with every method but for the way out, which would end the session."""
    found = sorted(addresses_of(app).items())
    return [(path, method) for path, methods in found for method in sorted(methods - {"HEAD"}) if path not in WAYS]


def ask(app: FastAPI, path: str, method: str, **headers: str) -> httpx.Response:
    accept = "text/html,*/*;q=0.8"
    return Caller(app).get(concrete(path), method=method, Accept=accept, Origin="http://sira.example", **headers)


def members(answer: httpx.Response, name: str) -> set[str]:
    return {part.strip().lower() for part in answer.headers.get(name, "").split(",")}


def test_every_answer_that_differs_by_caller_says_so_and_is_the_callers_alone(real: Installation) -> None:
    faults, different = [], 0
    for path, method in asked_of(real.app):
        answers = {name: ask(real.app, path, method, **way) for name, way in ways_in(real).items()}
        bodies = {(each.status_code, each.text) for each in answers.values()}
        different += len(bodies) > 1
        if path in ALIKE and len(bodies) > 1:
            faults.append(f"{method} {path}: differs by caller")
        for name, answer in answers.items():
            kept = members(answer, "cache-control")
            if path not in ALIKE and not {"authorization", "cookie"} <= members(answer, "vary"):
                faults.append(f"{method} {path} {name}: {answer.status_code}, Vary {answer.headers.get('vary')}")
            if path not in ALIKE and name != "nobody" and not kept & {"private", "no-store"}:
                faults.append(f"{method} {path} {name}: {answer.status_code}, kept {kept}")
    assert not faults, "\n".join(faults)
    assert different > 20, "else nothing was tried"


def test_a_wrong_key_is_refused_wherever_a_key_is_looked_at(real: Installation) -> None:
    taken = []
    for path, method in asked_of(real.app):
        real.app.state.door.sessions.attempts = Attempts()
        answer = ask(real.app, path, method, Authorization="Bearer sira_wrong")
        if path not in ALIKE and answer.status_code != 401:
            taken.append(f"{method} {path}: {answer.status_code}")
    assert not taken, "\n".join(taken)
