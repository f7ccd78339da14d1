"""The way in: ``/login`` asks for a key, as a page or, of programs, as the password of HTTP Basic; ``/logout`` ends it.

The page is for whoever accepts HTML. It sets a cookie with a session's random id (`api.base.authentication`), never
with the key, and runs no script, so that a key reaches neither an address nor any code but the service's.
"""

from __future__ import annotations

import logging
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qs, urlsplit

import jinja2
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.base.access import Audience, KeyNeededError, TooManyKeysError
from api.base.bodies import read_body
from api.base.http import Readable, door_of, service_of
from api.base.i18n import LANGUAGES, translate
from api.base.links import base_of
from api.base.problems import kind_of
from api.base.query_parameters import parse_lang, parse_query
from api.collections.negotiation import HTML, preferred
from api.map.page import with_nonce
from api.map.texts import LANGUAGE_NAMES
from geo.core.errors import AccessDeniedError, StoreError
from geo.core.messages import Message, message

_log: Final = logging.getLogger("sira")

router: Final = APIRouter(route_class=Readable, include_in_schema=False)

#: Styles with the nonce of this answer; the form goes to this service; nothing else, from nowhere.
_POLICY: Final = (
    "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
#: A key has 48 characters; as a form sends it, with room for blanks around it.
_MOST_BYTES: Final = 1_000
_WRONG: Final = 403  # a 401 would have the browser ask once more, in a window of its own


@router.get("/login")
async def ask_for_key(request: Request) -> Response:
    """Show the page that asks for a key; the map to whoever has come with one; programs a 401 with its challenges."""
    lang = _lang(request)
    caller = await door_of(request).tell(request.scope, lambda visit: visit.caller)
    if caller.audience is not Audience.PUBLIC:
        return _to_map(request, lang)
    if preferred(request.headers.get("accept", "")) != HTML:
        raise KeyNeededError(
            message("Enter your key as the password; the user name does not matter."), audience=Audience.PARTNER
        )
    return _page(lang)


@router.post("/login")
async def take_key(request: Request) -> Response:
    """Begin a session with the key that the page's form sends, and show the map; else the page with what is wrong."""
    lang, sessions = _lang(request), door_of(request).sessions
    given = parse_qs((await read_body(request, _MOST_BYTES)).decode("utf-8", "replace"))
    key = given.get("key", [""])[0].strip()
    if not key:
        return _page(lang, message("Enter your key."), status=422)
    try:
        session = await sessions.enter(request.scope, key)
    except TooManyKeysError as error:
        page = _page(lang, error.message, status=kind_of(error).status)
        page.headers["Retry-After"] = str(error.wait_s)
        return page
    except AccessDeniedError as error:
        return _page(lang, error.message, status=_WRONG)
    except StoreError as error:  # its words are for the log: they may name files and servers
        _log.error("%s", error)
        return _page(lang, message("The service is busy. Try again in a minute."), status=kind_of(error).status)
    response = _to_map(request, lang)
    response.headers["Set-Cookie"] = sessions.cookie(request.scope, session)
    return response


@router.post("/logout")
async def leave(request: Request) -> Response:
    """End the session of the browser that asks."""
    sessions = door_of(request).sessions
    await sessions.leave(request.scope)
    return Response(
        status_code=204, headers={"Set-Cookie": sessions.cookie(request.scope, ""), "Cache-Control": "no-store"}
    )


def _lang(request: Request) -> str:
    """Return the page's language: as that of the map, French unless the reader says otherwise."""
    given = parse_query(request.scope["query_string"], ("lang",))
    return parse_lang(given["lang"]) if "lang" in given else service_of(request).settings.lang


def _to_map(request: Request, lang: str) -> Response:
    settings = service_of(request).settings
    prefix = urlsplit(base_of(request.scope, settings.proxies).address).path
    said = "" if lang == settings.lang else f"?lang={lang}"
    return RedirectResponse(f"{prefix}/{said}", status_code=303, headers={"Cache-Control": "no-store"})


def _page(lang: str, fault: Message | None = None, status: int = 200) -> Response:
    other = next(each for each in LANGUAGES if each != lang)
    html, nonce = with_nonce(
        _TEMPLATES.get_template("login.html").render(
            lang=lang,
            other=other,
            other_name=LANGUAGE_NAMES[other],
            fault="" if fault is None else translate(fault, lang),
            word={name: translate(text, lang) for name, text in _WORDS.items()},
        )
    )
    headers = {
        "Content-Language": lang,
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        # Without a referrer a browser does not say either which page a form came from, and the key would be refused.
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(html, status, headers)


_WORDS: Final = {
    "title": message("Sira: enter a key"),
    "heading": message("Enter your access key"),
    "why": message(
        "With a key, Sira shows what is not public: single incidents, communes, hazardous areas, routes. The people "
        "who run this service give keys out."
    ),
    "key": message("Access key"),
    "hint": message("It begins with sira_."),
    "enter": message("Sign in"),
    "how": message("The key itself is not kept in this browser. You are signed out after 12 hours without use."),
    "back": message("Back to the public map"),
}

_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(files("api.web"))), autoescape=True, undefined=jinja2.StrictUndefined
)
