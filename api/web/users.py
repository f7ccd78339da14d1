"""``/users``: an admin invites users, says what each may do and see, makes new links and ends logins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import Audience, parse_audience
from api.base.authentication import form_token, sent_session
from api.base.http import Readable, door_of
from api.base.i18n import LANGUAGES, translate
from api.base.links import base_of
from api.base.roles import NAMES, Action, Role, parse_role
from api.base.users import address_of_link, change, invite, listed, new_link, parse_scope, state_of
from api.map.texts import LANGUAGE_NAMES
from api.web.pages import AUDIENCES, admit, form_of, lang_of_page, page, query_of, times_of
from geo.boundaries.regions import Boundaries
from geo.core.errors import InputError, NotFoundError, SiraError
from geo.core.messages import Message, message
from geo.store import Store, User
from geo.store.users import LINK_LASTS

router: Final = APIRouter(route_class=Readable, include_in_schema=False)

_FIELDS: Final = ("name", "shown", "organisation", "role", "audience", "places", "sources", "user_lang")


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done, with whom; `token` of the link that came of it."""

    said: Message
    user: User
    token: str = ""

    @classmethod
    def linked(cls, user: User, token: str) -> _Done:
        """Return what is said of a new link."""
        said = message(
            "Send this link to {name} alone. It lasts {days} days, and is used up once they set a password:",
            name=user.name,
            days=LINK_LASTS.days,
        )
        return cls(said, user, token)


@dataclass(frozen=True, slots=True)
class _Login:
    name: str
    said: str


@router.get("/users")
async def show(request: Request) -> Response:
    """List the users, with a form to invite one."""
    lang = lang_of_page(request, query_of(request))
    visit = await admit(request, Action.ADMINISTER, "users", lang)
    return visit if isinstance(visit, Response) else await _page(request, lang)


@router.post("/users")
async def act(request: Request) -> Response:
    """Do what a form of the page asks for, and show the page with what was done; a link stands on it once."""
    lang, sent = lang_of_page(request, query_of(request)), await form_of(request)
    visit = await admit(request, Action.ADMINISTER, "users", lang, token=sent.get("token", ""))
    if isinstance(visit, Response):
        return visit
    door, boundaries = door_of(request), visit.snapshot.boundaries
    try:
        done = await anyio.to_thread.run_sync(_carry_out, door.service.store, door.sessions.clock(), sent, boundaries)
    except SiraError as error:
        return await _page(request, lang, sent=sent, error=error)
    return await _page(request, lang, done=done)


def _carry_out(store: Store, now: Any, sent: dict[str, str], boundaries: Boundaries) -> _Done:
    """Do what a form asks for; raises `InputError` or `NotFoundError` where that cannot be."""
    wanted = sent.get("do")
    if wanted == "invite":
        user, token = invite(
            store,
            sent.get("name", ""),
            now,
            shown=sent.get("shown", ""),
            organisation=sent.get("organisation", ""),
            lang=next((each for each in LANGUAGES if each == sent.get("user_lang")), LANGUAGES[0]),
            **_bounds(sent, boundaries),
        )
        return _Done.linked(user, token)
    user = _chosen(store, sent.get("user", ""))
    match wanted:
        case "change":
            said = message("{name}: what they may do and see is changed.", name=user.name)
            return _Done(said, change(store, user, **_bounds(sent, boundaries)))
        case "link":
            return _Done.linked(*new_link(store, user.id, now))
        case "disable":
            said = message("The user {name} is disabled, and signed out everywhere.", name=user.name)
            return _Done(said, store.users.disable(user.id, now))
        case "enable":
            said = message("The user {name} may sign in again.", name=user.name)
            return _Done(said, store.users.enable(user.id))
        case "end":
            ended = store.sessions.end_of(user.id, name=sent.get("login", ""))
            return _Done(message("Logins ended: {count}.", count=ended), user)
    raise InputError(message("This page cannot do that."))


def _bounds(sent: dict[str, str], boundaries: Boundaries) -> dict[str, Any]:
    seen = sent.get("audience", "")
    return {
        "role": parse_role(sent.get("role", "")),
        "audience": parse_audience(seen) if seen else None,
        "scope": parse_scope(listed(sent.get("places", "")), listed(sent.get("sources", "")), boundaries),
    }


def _chosen(store: Store, number: str) -> User:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFoundError(message("There is no user number {number}.", number=number[:20]))
    return store.users.get(int(number))


async def _page(
    request: Request,
    lang: str,
    *,
    sent: dict[str, str] | None = None,
    error: SiraError | None = None,
    done: _Done | None = None,
) -> Response:
    door = door_of(request)
    users = await anyio.to_thread.run_sync(_shown, door.service.store, door.sessions.clock(), lang)
    base = base_of(request.scope, door.service.settings.proxies).address
    is_invited = sent is not None and sent.get("do") == "invite"
    typed = {name: (sent or {}).get(name, "") if is_invited else "" for name in _FIELDS}
    audiences = [(each.label, translate(AUDIENCES[each], lang)) for each in Audience if each is not Audience.PUBLIC]
    return page(
        "users",
        lang,
        _WORDS,
        error=error,
        done="" if done is None else translate(done.said, lang),
        link=address_of_link(base, done.token, done.user.lang) if done is not None and done.token else "",
        open=None if done is None else done.user.id,
        users=users,
        typed=typed,
        roles=[(role.label, translate(NAMES[role], lang)) for role in Role],
        audiences=[("", translate(message("as usual for the role"), lang)), *audiences],
        langs=[(each, LANGUAGE_NAMES[each]) for each in LANGUAGES],
        token=form_token(sent_session(request.scope) or ""),
    )


def _shown(store: Store, now: Any, lang: str) -> list[dict[str, Any]]:
    links = store.users.links(now)
    return [
        {
            "user": user,
            "role": translate(NAMES[parse_role(user.role)], lang),
            "state": translate(state_of(user, links.get(user.id)), lang),
            "logins": [_Login(each.name, translate(times_of(each), lang)) for each in store.sessions.of(user.id, now)],
        }
        for user in store.users.list()
    ]


_WORDS: Final = {
    "title": message("Sira: users"),
    "heading": message("Users"),
    "nobody": message("Nobody has been invited yet."),
    "invite": message("Invite somebody"),
    "name": message("Name"),
    "name_hint": message("To sign in with: letters, digits, . _ - + @, no blanks."),
    "shown": message("Shown as"),
    "organisation": message("Organisation"),
    "role": message("Role"),
    "audience": message("Sees what this audience sees"),
    "places": message("Acts only in these regions or cercles (codes; empty for all)"),
    "sources": message("Acts only on these sources (empty for all)"),
    "lang": message("Language of the link"),
    "make": message("Make the link"),
    "link": message("Link"),
    "change": message("Change"),
    "new_link": message("New link (password forgotten)"),
    "disable": message("Let in no longer"),
    "enable": message("Let in again"),
    "end": message("Sign out there"),
    "how": message(
        "Sira sends no mail: hand the link over as you would a key. Whoever opens it first and sets a password has the "
        "account."
    ),
    "account": message("My account"),
    "back": message("Back to the map"),
}
