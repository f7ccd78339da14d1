"""``/invitation``: the page of a link by which a user sets a password. Looking at it uses nothing up: a POST does."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.http import Readable, door_of
from api.base.i18n import translate
from api.base.passwords import SHORTEST
from api.web.pages import form_of, lang_of_page, page, query_of, to
from geo.core.errors import NotFoundError, SiraError
from geo.core.messages import message
from geo.store.users import GONE

router: Final = APIRouter(route_class=Readable, include_in_schema=False)


@router.get("/invitation")
async def show(request: Request) -> Response:
    """Show whom a link is for, with a field for the password; what is wrong with it where it is nobody's."""
    given = query_of(request, "token")
    return await _page(request, lang_of_page(request, given), given.get("token", ""))


@router.post("/invitation")
async def take(request: Request) -> Response:
    """Use the link up and keep the password; else the page with what is wrong."""
    given = query_of(request, "token")
    lang, sent, door = lang_of_page(request, given), await form_of(request), door_of(request)
    token = sent.get("token", "")
    try:
        door.sessions.require_own_origin(request.scope)
        await door.names.accept(token, sent.get("password", ""))
    except SiraError as error:
        return await _page(request, lang, token, error)
    return to(request, "login", lang, password="set")  # noqa: S106 # a word of the address


async def _page(request: Request, lang: str, token: str, error: SiraError | None = None) -> Response:
    user = None
    try:
        user = await door_of(request).names.invited(token)
    except SiraError as failure:
        error = failure
    if user is None and error is None:
        error = NotFoundError(GONE)
    hint = message("At least {least} characters, of any kind; a sentence is easy to keep.", least=SHORTEST)
    return page(
        "invitation",
        lang,
        _WORDS,
        error=error,
        here=f"invitation?token={token}" if user else "invitation",
        user=user,
        token=token if user else "",
        least=SHORTEST,
        hint=translate(hint, lang),
    )


_WORDS: Final = {
    "title": message("Sira: set a password"),
    "heading": message("Set your password"),
    "why": message(
        "This link is for you alone, and is used up once a password is set. You sign in with the name below."
    ),
    "name": message("Name"),
    "shown": message("Shown as"),
    "organisation": message("Organisation"),
    "password": message("New password"),
    "set": message("Set the password"),
    "back": message("Back to the public map"),
}
