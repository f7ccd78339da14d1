"""``sira users`` and ``sira keys``: who is told what, in French and in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.base.authentication import utc_now
from api.base.keys import hash_key
from api.commands.main import build
from geo.store import Store

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False).close()

    def invoke(*words: object, lang: str = "en", code: int = 0) -> str:
        result = CliRunner().invoke(build(), ["--lang", lang, *map(str, words)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    return invoke


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'sira.sqlite'}", seed=False)


@pytest.mark.parametrize(("lang", "said"), [("fr", "N’envoyez ce lien qu’à awa"), ("en", "Send this link to awa")])
def test_a_link_stands_alone_on_the_last_line(run: Run, tmp_path: Path, lang: str, said: str) -> None:
    told = run("users", "invite", "Awa", "--role", "verifier", "--address", "https://sira.example/x/", lang=lang)
    first, link = told.splitlines()
    assert said in first
    assert "7" in first
    found = re.fullmatch(r"https://sira\.example/x/invitation\?lang=fr&token=([A-Za-z0-9_-]{43})", link)
    assert found
    with opened(tmp_path) as store:
        user = store.users.invited(hash_key(found[1]), utc_now())
        assert user is not None
        assert (user.name, user.role, user.audience) == ("awa", "verifier", "analyst")
    again = run("users", "link", "AWA", lang=lang).splitlines()[-1].partition("token=")[2]
    with opened(tmp_path) as store:
        assert store.users.invited(hash_key(found[1]), utc_now()) is None
        assert store.users.invited(hash_key(again), utc_now()) == user


def test_users_are_listed_and_changed(run: Run, tmp_path: Path) -> None:
    run(
        "users",
        "invite",
        "awa",
        "--role",
        "reporter",
        "--shown",
        "Awa Bâ",
        "--organisation",
        "ONG X",
        "--source",
        "ong-x",
    )
    assert "awa\treporter\tpartner\tinvited, link until" in run("users", "list")
    assert "invité, lien jusqu’au" in run("users", "list", lang="fr")
    assert "role manager, audience analyst, acts in ong-x" in run("users", "role", "awa", "manager")
    assert "audience partner" in run("users", "role", "awa", "manager", "--audience", "partner")
    assert "acts in -" in run("users", "scope", "awa")
    assert "No region or cercle has the code XX" in run("users", "scope", "awa", "--place", "XX", code=1)
    assert "désactivé" in run("users", "disable", "awa", lang="fr")
    assert run("users", "list") == "awa\tmanager\tpartner\tdisabled\t-\tAwa Bâ\tONG X\n"
    assert "may sign in again" in run("users", "enable", "awa")
    assert "There is no user binta" in run("users", "disable", "binta", code=1)
    assert "already" in run("users", "invite", "AWA", "--role", "reader", code=1)
    run("users", "invite", "chef", "--role", "admin")
    with opened(tmp_path) as store:
        chef = store.users.named("chef")
        assert chef is not None
        store.users.set_password(chef.id, "encoded", but="")
    assert "dernier administrateur" in run("users", "disable", "chef", lang="fr", code=1)
    assert "the last admin" in run("users", "role", "chef", "reader", code=1)


def test_logins_are_listed_and_ended(run: Run, tmp_path: Path) -> None:
    run("users", "invite", "awa", "--role", "reader")
    with opened(tmp_path) as store:
        user = store.users.named("awa")
        assert user is not None
        for hash in ("a" * 64, "b" * 64, "c" * 64):
            store.sessions.begin(hash, user, utc_now())
    listed = run("users", "logins", "awa").splitlines()
    assert sorted(line.split("\t")[0] for line in listed) == ["a" * 12, "b" * 12, "c" * 12]
    assert "Logins ended: 1." in run("users", "end-logins", "awa", "b" * 12)
    assert "Connexions terminées" in run("users", "end-logins", "awa", lang="fr")
    assert run("users", "logins", "awa") == ""


def test_keys_are_made_for_machines_listed_and_replaced(run: Run, tmp_path: Path) -> None:
    made = ("keys", "create", "--audience", "partner", "--role", "reporter", "--source", "kobo:a", "--label", "KoBo")
    first = run(*made, "--expires", "2999-01-01").splitlines()[-1]
    assert "is over" in run(*made, "--expires", "2020-01-01", code=1)
    (line,) = run("keys", "list").splitlines()
    assert line.split("\t")[5:] == ["reporter", "kobo:a", "2999-01-01 00:00Z", "-"]
    told, second = run("keys", "replace", "1", "--keep-days", "2").splitlines()
    assert "number 1" in told
    with opened(tmp_path) as store:
        assert None not in [store.keys.find(hash_key(key), utc_now()) for key in (first, second)]
    assert "Elle n’est montrée que maintenant" in run("keys", "replace", "1", "--keep-days", "0", lang="fr")
    assert "expired" in run("keys", "list").splitlines()[0]
    assert "opens nothing" in run("keys", "replace", "1", code=1)
    assert "n’ouvre plus rien" in run("keys", "replace", "1", lang="fr", code=1)
