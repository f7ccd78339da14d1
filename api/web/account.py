"""``/account``: who one is here, one's own password, and one's own logins, to end them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import Caller
from api.base.authentication import form_token, sent_session
from api.base.http import Readable, door_of
from api.base.i18n import translate
from api.base.keys import hash_key
from api.base.passwords import SHORTEST
from api.base.roles import NAMES, Action, Role
from api.web.pages import AUDIENCES, admit, form_of, lang_of_page, page, query_of, times_of, to
from geo.core.errors import InputError, SiraError
from geo.core.messages import Message, message
from geo.store import Login, User
from geo.store.sessions import listed_as

router: Final = APIRouter(route_class=Readable, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Shown:
    name: str
    said: str
    is_this: bool


@router.get("/account")
async def show(request: Request) -> Response:
    """Show who one is and where one has signed in."""
    lang = lang_of_page(request, query_of(request))
    visit = await admit(request, Action.OWN_LOGIN, "account", lang)
    return visit if isinstance(visit, Response) else await _page(request, visit.caller, lang)


@router.post("/account")
async def change(request: Request) -> Response:
    """Set another password, end logins, or sign out."""
    lang, sent = lang_of_page(request, query_of(request)), await form_of(request)
    visit = await admit(request, Action.OWN_LOGIN, "account", lang, token=sent.get("token", ""))
    if isinstance(visit, Response):
        return visit
    caller, sessions = visit.caller, door_of(request).sessions
    try:
        if sent.get("do") == "leave":
            await sessions.leave(request.scope)
            response = to(request, "", lang)
            response.headers["Set-Cookie"] = sessions.cookie(request.scope, "")
            return response
        done = await _carry_out(request, caller, sent)
    except SiraError as error:
        return await _page(request, caller, lang, error=error)
    return await _page(request, caller, lang, done=done)


async def _carry_out(request: Request, caller: Caller, sent: dict[str, str]) -> Message:
    door, session = door_of(request), sent_session(request.scope) or ""
    store = door.service.store
    number = caller.user
    if number is None:
        raise InputError(message("Only users have a password and logins of their own."))
    match sent.get("do"):
        case "password":
            user = await anyio.to_thread.run_sync(store.users.get, number)
            await door.names.change(request.scope, user, sent.get("old", ""), sent.get("new", ""), session=session)
            return message("Your password is changed. You are signed out everywhere else.")
        case "end":
            login = sent.get("login", "")
            ended = await anyio.to_thread.run_sync(lambda: store.sessions.end_of(number, name=login))
            return message("Logins ended: {count}.", count=ended)
        case "others":
            ended = await anyio.to_thread.run_sync(lambda: store.sessions.end_of(number, but=hash_key(session)))
            return message("Logins ended: {count}.", count=ended)
    raise InputError(message("This page cannot do that."))


async def _page(
    request: Request, caller: Caller, lang: str, *, error: SiraError | None = None, done: Message | None = None
) -> Response:
    door, session, number = door_of(request), sent_session(request.scope) or "", caller.user
    user, logins = None, None
    if number is not None:
        user = await anyio.to_thread.run_sync(door.service.store.users.get, number)
        found = await anyio.to_thread.run_sync(door.service.store.sessions.of, number, door.sessions.clock())
        logins = [_shown(login, listed_as(hash_key(session)), lang) for login in found]
    hint = message("At least {least} characters, of any kind; a sentence is easy to keep.", least=SHORTEST)
    return page(
        "account",
        lang,
        _WORDS,
        error=error,
        done="" if done is None else translate(done, lang),
        label=caller.label,
        facts=[(translate(name, lang), _said(value, lang)) for name, value in _facts(caller, user)],
        is_admin=caller.role is Role.ADMIN,
        logins=logins,
        token=form_token(session),
        least=SHORTEST,
        hint=translate(hint, lang),
    )


def _facts(caller: Caller, user: User | None) -> list[tuple[Message, Any]]:
    role = Role.READER if caller.role is None else caller.role
    who = [] if user is None else [(message("Name"), user.name), (message("Organisation"), user.organisation)]
    bounds = (*caller.scope.places, *caller.scope.sources)
    return [
        *(each for each in who if each[1]),
        (message("Role"), NAMES[role]),
        (message("Sees what this audience sees"), AUDIENCES[caller.audience]),
        (message("Acts in"), ", ".join(bounds) or message("all places and sources")),
    ]


def _said(value: Any, lang: str) -> str:
    return translate(value, lang) if isinstance(value, Message) else str(value)


def _shown(login: Login, this: str, lang: str) -> _Shown:
    return _Shown(login.name, translate(times_of(login), lang), login.name == this)


_WORDS: Final = {
    "title": message("Sira: my account"),
    "heading": message("My account"),
    "leave": message("Sign out"),
    "users": message("Invite and manage users"),
    "logins": message("Where you are signed in"),
    "this": message("this browser"),
    "end": message("Sign out there"),
    "others": message("Sign out everywhere else"),
    "change": message("Change the password"),
    "old": message("Present password"),
    "new": message("New password"),
    "set": message("Change it"),
    "back": message("Back to the map"),
}
