"""Who may do what: one table, printed into docs/access.md; a scope bounds what is done and never what is seen."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from api.base.access import OPEN, OPERATOR, PUBLIC, Audience, Caller, Kind
from api.base.roles import (
    DESCRIPTIONS,
    NAMES,
    REQUIRED,
    Action,
    Role,
    RoleError,
    SignInNeededError,
    authorise,
    parse_role,
)
from geo.core.errors import ParameterError
from geo.store import Scope

ROOT = Path(__file__).parents[2]
SCOPE = Scope(("ML05",), ("ong-x",))


def caller(role: Role | None, scope: Scope = SCOPE) -> Caller:
    return Caller(Audience.PARTNER, role=role, scope=scope)


def test_every_action_and_role_is_in_the_table() -> None:
    assert set(REQUIRED) == set(DESCRIPTIONS) == set(Action)
    assert set(NAMES) == set(REQUIRED.values()) == set(Role)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", [None, *Role])
def test_a_role_does_what_those_before_it_do(action: Action, role: Role | None) -> None:
    if role is None:
        with pytest.raises(SignInNeededError):
            authorise(action, caller(None))
    elif role >= REQUIRED[action]:
        authorise(action, caller(role))
    else:
        with pytest.raises(RoleError) as refused:
            authorise(action, caller(role))
        assert refused.value.role is REQUIRED[action]


def test_a_scope_bounds_what_is_done_with_a_record() -> None:
    authorise(Action.HAND_IN, caller(Role.REPORTER), places={"ML05", "ML0501"}, source="ong-x")
    for places, source in (({"ML06"}, "ong-x"), ({"ML05"}, "acled"), (set[str](), "ong-x")):
        with pytest.raises(RoleError, match="within your places"):
            authorise(Action.HAND_IN, caller(Role.REPORTER), places=places, source=source)
        authorise(Action.HAND_IN, caller(Role.REPORTER, Scope()), places=places, source=source)


def test_role_and_scope_change_nothing_of_what_is_seen() -> None:
    bounded, whole = caller(Role.READER), caller(Role.ADMIN, Scope())
    assert bounded == whole
    assert hash(bounded) == hash(whole)
    assert [bounded.may(kind) for kind in Kind] == [whole.may(kind) for kind in Kind]


def test_who_did_not_sign_in_does_nothing_but_on_the_demonstration_and_never_with_users() -> None:
    assert PUBLIC.role is None
    authorise(Action.SETTLE, OPEN)
    with pytest.raises(RoleError):
        authorise(Action.ADMINISTER, OPEN)
    authorise(Action.ADMINISTER, OPERATOR)


def test_roles_by_name() -> None:
    assert [parse_role(role.label) for role in Role] == list(Role)
    with pytest.raises(ParameterError, match="owner: no role"):
        parse_role("owner")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_documents_print_the_table_as_the_code_has_it(lang: str) -> None:
    spec = importlib.util.spec_from_file_location("roles_of_docs", ROOT / "docs" / "roles.py")
    assert spec is not None
    assert spec.loader is not None
    printed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(printed)
    page = printed.PAGES[lang].read_text(encoding="utf-8")
    assert page == printed.with_table(page, lang), "run: python docs/roles.py"
    assert page.count(printed.BEGIN) == page.count(printed.END) == 1
