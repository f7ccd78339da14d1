"""The way in: ``/login`` takes a name and password, or a key, which programs send as the password of HTTP Basic.

The page is for whoever accepts HTML. It sets a cookie with a session's random id (`api.base.authentication`), never
with the key, and runs no script, so that neither key nor password reaches an address or any code but the service's.
``/logout`` ends the session.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.access import Audience, KeyNeededError, KeyRefusedError
from api.base.http import Readable, door_of
from api.base.i18n import translate
from api.collections.negotiation import HTML, preferred
from api.web.pages import form_of, lang_of_page, page, query_of, to
from geo.core.errors import InputError, ParameterError, SiraError
from geo.core.messages import message
from geo.store import Key, User

router: Final = APIRouter(route_class=Readable, include_in_schema=False)

#: Pages that lead here whoever has not signed in, and to which the way in leads back.
_BACK: Final = ("account", "users")
#: Said once: a link was used, and the password is set.
_SET: Final = "set"
_WRONG: Final = 403  # a 401 would have the browser ask once more, in a window of its own


@router.get("/login")
async def ask(request: Request) -> Response:
    """Show the page that lets in; the map to whoever has signed in; programs a 401 with its challenges."""
    given = query_of(request, "to", "password")
    lang, back = lang_of_page(request, given), _back(given)
    caller = await door_of(request).tell(request.scope, lambda visit: visit.caller)
    is_for_people = preferred(request.headers.get("accept", "")) == HTML
    if caller.audience is not Audience.PUBLIC and not (caller.is_open and is_for_people):
        return to(request, back, lang)
    if not is_for_people:
        raise KeyNeededError(
            message("Enter your key as the password; the user name does not matter."), audience=Audience.PARTNER
        )
    return _page(lang, back, is_set=given.get("password") == _SET)


@router.post("/login")
async def enter(request: Request) -> Response:
    """Begin a session for whom the page's form names, and show the map; else the page with what is wrong."""
    given = query_of(request, "to", "password")
    lang, back = lang_of_page(request, given), _back(given)
    sent, sessions = await form_of(request), door_of(request).sessions
    by_key = "key" in sent or "name" not in sent
    try:
        sessions.require_own_origin(request.scope)
        holder = await _holder(request, sent, by_key=by_key)
        session = await sessions.begin(request.scope, holder)
    except SiraError as error:
        status = _WRONG if isinstance(error, KeyRefusedError) else None
        return _page(lang, back, error=error, status=status, by_key=by_key, name=sent.get("name", ""))
    speaks = holder.lang if isinstance(holder, User) and "lang" not in given else lang
    response = to(request, back, speaks)
    response.headers["Set-Cookie"] = sessions.cookie(request.scope, session)
    return response


async def _holder(request: Request, sent: dict[str, str], *, by_key: bool) -> Key | User:
    door = door_of(request)
    if by_key:
        key = sent.get("key", "").strip()
        if not key:
            raise InputError(message("Enter your key."))
        return await door.sessions.holder(request.scope, key)
    name, password = sent.get("name", ""), sent.get("password", "")
    if not name.strip() or not password:
        raise InputError(message("Enter your name and your password."))
    return await door.names.user(request.scope, name, password)


@router.post("/logout")
async def leave(request: Request) -> Response:
    """End the session of the browser that asks."""
    sessions = door_of(request).sessions
    await sessions.leave(request.scope)
    return Response(
        status_code=204, headers={"Set-Cookie": sessions.cookie(request.scope, ""), "Cache-Control": "no-store"}
    )


def _back(given: dict[str, str]) -> str:
    """Return the page that asked for the way in; the map where none did."""
    back = given.get("to", "")
    if back and back not in _BACK:
        raise ParameterError(message("{value}: no page that asks for the way in.", value=back[:60]), parameter="to")
    return back


def _page(
    lang: str,
    back: str,
    *,
    error: SiraError | None = None,
    status: int | None = None,
    by_key: bool = False,
    is_set: bool = False,
    name: str = "",
) -> Response:
    done = message("Your password is set. Sign in with it.")
    return page(
        "login",
        lang,
        _WORDS,
        error=error,
        status=status,
        here=f"login?to={back}" if back else "login",
        by_key=by_key,
        name=name[:64],
        done=translate(done, lang) if is_set else "",
    )


_WORDS: Final = {
    "title": message("Sira: sign in"),
    "heading": message("Sign in"),
    "why": message(
        "Whoever signs in sees what is not public: single incidents, communes, hazardous areas, routes. The people who "
        "run this service invite users and give keys out."
    ),
    "name": message("Name"),
    "password": message("Password"),
    "forgotten": message("Forgotten? Whoever invited you can send you a new link."),
    "enter": message("Sign in"),
    "with_key": message("Or with a key"),
    "key": message("Access key"),
    "hint": message("It begins with sira_."),
    "enter_key": message("Sign in with the key"),
    "how": message("Neither password nor key is kept in this browser. You are signed out after 12 hours without use."),
    "back": message("Back to the public map"),
}
