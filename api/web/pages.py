"""Pages with forms: their frame, their policy, their language, and what a form sends. None of them runs a script."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.base.access import Audience, TooManyKeysError
from api.base.bodies import read_body
from api.base.door import Visit
from api.base.http import door_of, service_of
from api.base.i18n import LANGUAGES, translate
from api.base.links import base_of
from api.base.problems import kind_of
from api.base.query_parameters import parse_lang, parse_query
from api.base.roles import Action, RoleError, SignInNeededError
from api.collections.negotiation import HTML, preferred
from api.map.page import with_nonce
from api.map.texts import LANGUAGE_NAMES
from geo.core.errors import SiraError, StoreError
from geo.core.messages import Message, message
from geo.store import Login

_log: Final = logging.getLogger("sira")

#: Styles with the nonce of this answer; the form goes to this service; nothing else, from nowhere.
_POLICY: Final = (
    "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_MOST_BYTES: Final = 10_000
_MOST_FIELDS: Final = 30

AUDIENCES: Final = {
    Audience.PUBLIC: message("public"),
    Audience.PARTNER: message("partner"),
    Audience.ANALYST: message("analyst"),
    Audience.ADMIN: message("administration"),
}
_BACK: Final = message("Back to the map")
_BUSY: Final = message("The service is busy. Try again in a minute.")


async def admit(
    request: Request, action: Action, path: str, lang: str, *, token: str | None = None
) -> Visit | Response:
    """Return who asks for the page at `path`, where they may do `action`; for a browser that may not, where to go.

    Raises as `Door.admit` does where no person asks.
    """
    is_for_people = preferred(request.headers.get("accept", "")) == HTML
    try:
        visit = await door_of(request).admit(request.scope, action, token=token)
    except SignInNeededError:
        if is_for_people:
            return to(request, "login", lang, to=path)
        raise
    except RoleError as error:
        if is_for_people:
            return page("refused", lang, {"title": message("Sira"), "back": _BACK}, error=error, here=path)
        raise
    if visit.caller.is_open:  # the demonstration lets everybody in, and they are nobody
        return to(request, "login", lang, to=path)
    return visit


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields that a form sends, of several with one name the first; total but for the body's length."""
    body = (await read_body(request, _MOST_BYTES)).decode("utf-8", "replace")
    try:
        sent = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in sent.items()}


def query_of(request: Request, *allowed: str) -> dict[str, str]:
    """Return the parameters of a page's address; raises `ParameterError` for any but ``lang`` and those `allowed`."""
    return parse_query(request.scope["query_string"], ("lang", *allowed))


def lang_of_page(request: Request, given: Mapping[str, str]) -> str:
    """Return a page's language: as that of the map, French unless the reader says otherwise."""
    return parse_lang(given["lang"]) if "lang" in given else service_of(request).settings.lang


def to(request: Request, path: str, lang: str, **asked: str) -> Response:
    """Send a browser on to another page of the service; the map is the empty path."""
    settings = service_of(request).settings
    prefix = urlsplit(base_of(request.scope, settings.proxies).address).path
    said = urlencode(asked if lang == settings.lang else {"lang": lang, **asked})
    return RedirectResponse(
        f"{prefix}/{path}{said and '?'}{said}", status_code=303, headers={"Cache-Control": "no-store"}
    )


def fault_of(error: SiraError) -> tuple[Message, int]:
    """Return what a page says of an error, and its status; of what may name files and servers, only the log is told."""
    if isinstance(error, StoreError):
        _log.error("%s", error)
        return _BUSY, kind_of(error).status
    return error.message, kind_of(error).status


def page(
    template: str,
    lang: str,
    words: Mapping[str, Message],
    *,
    error: SiraError | None = None,
    status: int | None = None,
    here: str = "",
    **values: Any,
) -> Response:
    """Return a page: its template filled with words in `lang` and values, over the fault that led to it.

    Parameters
    ----------
    status
        Other than the fault's: a 401 would have the browser ask once more, in a window of its own.
    here
        The page's own address without a language, to which its other language is linked; the template's name if empty.
    """
    fault, code = (None, 200) if error is None else fault_of(error)
    other = next(each for each in LANGUAGES if each != lang)
    here = here or template
    html, nonce = with_nonce(
        _TEMPLATES.get_template(f"{template}.html").render(
            lang=lang,
            other=other,
            other_name=LANGUAGE_NAMES[other],
            here=f"{here}{'&' if '?' in here else '?'}lang={other}",
            fault="" if fault is None else translate(fault, lang),
            word={name: translate(text, lang) for name, text in words.items()},
            **values,
        )
    )
    headers = {
        "Content-Language": lang,
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        # Without a referrer a browser does not say either which page a form came from, and it would be refused.
        "Referrer-Policy": "same-origin",
    }
    if isinstance(error, TooManyKeysError):
        headers["Retry-After"] = str(error.wait_s)
    return HTMLResponse(html, code if status is None else status, headers)


def moment(at: dt.datetime) -> str:
    """Return a moment as these pages show it: to the minute, in UTC."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def times_of(login: Login) -> Message:
    """Return when a login began and was last used, as these pages say it."""
    return message("since {began}, last used {seen}", began=moment(login.began), seen=moment(login.seen))


_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(files("api.web"))), autoescape=True, undefined=jinja2.StrictUndefined
)
