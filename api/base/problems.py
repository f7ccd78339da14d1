"""Errors as ``application/problem+json`` (RFC 9457), in the caller's language: the one table of statuses."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.base.access import (
    AudienceError,
    ForeignOriginError,
    KeyNeededError,
    KeyRefusedError,
    PasswordRefusedError,
    TooManyKeysError,
)
from api.base.bodies import BodyTooLargeError
from api.base.i18n import LANGUAGES, negotiate, translate
from api.base.links import GEOJSON, PLAIN_JSON, base_of, link
from api.base.roles import RoleError, SignInNeededError
from api.base.sizes import TooLargeError
from geo.core.errors import (
    AccessDeniedError,
    InputError,
    ModelError,
    NoRouteError,
    NotFoundError,
    NotReadyError,
    OffNetworkError,
    ParameterError,
    PlaceNameError,
    SiraError,
    StoreError,
)
from geo.core.messages import Message, message


class OutdatedTilesError(NotFoundError):
    """The address is of other content than the present one; the client has to look up the present address."""


_log: Final = logging.getLogger("sira")

MEDIA_TYPE: Final = "application/problem+json"

#: Sent with each 401, a line each: browsers read no line whose first scheme they do not know. QGIS and browsers send
#: the key as the password of Basic, programs use Bearer.
CHALLENGES: Final = ('Basic realm="Sira", charset="UTF-8"', 'Bearer realm="Sira"')
#: What the map's own scripts say of themselves: a browser must not ask for a password over the map.
_BY_SCRIPT: Final = "XMLHttpRequest"


@dataclass(frozen=True, slots=True)
class Kind:
    """How one family of errors is answered: the HTTP status, a stable name for programs, a title for people."""

    status: int
    name: str
    title: Message


INTERNAL: Final = Kind(500, "internal", message("Sira failed"))


class FormatError(ParameterError):
    """``f`` names no form; answered with 400, as OGC API answers it."""

    def __init__(self, message: Message) -> None:
        super().__init__(message, parameter="f")


#: Exception → answer. The nearest class in an error's ancestry decides.
STATUSES: Final[dict[type[SiraError], Kind]] = {
    FormatError: Kind(400, "format", message("A parameter is wrong")),
    ParameterError: Kind(422, "parameter", message("A parameter is wrong")),
    PlaceNameError: Kind(422, "place", message("No single place has this name")),
    BodyTooLargeError: Kind(413, "too-large", message("The body is too large")),
    TooLargeError: Kind(413, "answer-too-large", message("The answer would be too large")),
    OffNetworkError: Kind(422, "off-network", message("Too far from any road")),
    InputError: Kind(422, "input", message("The input cannot be used")),
    NoRouteError: Kind(404, "no-route", message("There is no route")),
    OutdatedTilesError: Kind(410, "outdated", message("Another content has taken its place")),
    NotFoundError: Kind(404, "not-found", message("Not found")),
    KeyRefusedError: Kind(401, "key-refused", message("The key is not known")),
    KeyNeededError: Kind(401, "key-needed", message("A key is needed")),
    PasswordRefusedError: Kind(403, "password-refused", message("Nobody signs in so")),
    SignInNeededError: Kind(401, "sign-in-needed", message("Sign in first")),
    RoleError: Kind(403, "role", message("The role is not enough")),
    TooManyKeysError: Kind(429, "too-many-keys", message("Too many wrong keys")),
    ForeignOriginError: Kind(403, "foreign-origin", message("Sent from elsewhere")),
    AudienceError: Kind(403, "audience", message("The key is not enough")),
    AccessDeniedError: Kind(403, "access", message("Not allowed")),
    StoreError: Kind(503, "store", message("The store does not answer")),
    NotReadyError: Kind(503, "not-ready", message("Not ready yet")),
    ModelError: Kind(503, "model", message("The model does not answer")),
    SiraError: INTERNAL,
}

#: After so many seconds it is worth asking again for what is being made.
_RETRY_S: Final = "15"

_ITEMS: Final = message("In pages")
_TILES: Final = message("As tiles")
_FILES: Final = message("As files")

_NOT_FOUND: Final = STATUSES[NotFoundError]
_METHOD: Final = Kind(405, "method", message("Method not allowed"))


def kind_of(error: SiraError) -> Kind:
    """Return how `error` is answered."""
    return next(STATUSES[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUSES)


def problem(kind: Kind, detail: Message, lang: str, extra: dict[str, object] | None = None) -> Response:
    """Return the response that says `detail` in `lang`; `extra` are further members for programs."""
    body = {
        "type": f"urn:sira:problem:{kind.name}",
        "title": translate(kind.title, lang),
        "status": kind.status,
        "detail": translate(detail, lang),
        **(extra or {}),
    }
    headers = {
        "Content-Language": lang,
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    response = Response(orjson.dumps(body), kind.status, headers, MEDIA_TYPE)
    if kind.status == 401:
        for challenge in CHALLENGES:
            response.headers.append("WWW-Authenticate", challenge)
    return response


def answer_error(request: Request, error: Exception) -> Response:
    """Exception handler for every `SiraError`."""
    assert isinstance(error, SiraError)
    kind = kind_of(error)
    if kind.status >= 500 and not isinstance(error, NotReadyError):
        # Such messages may name files and servers of the installation: they are for its log.
        _log.error("%s: %s", type(error).__name__, error)
        return answer_failure(request, kind)
    extra: dict[str, object] = {}
    if isinstance(error, ParameterError):
        extra["parameter"] = error.parameter
    if isinstance(error, PlaceNameError) and error.candidates:
        extra["candidates"] = list(error.candidates)
    if isinstance(error, OffNetworkError) and math.isfinite(error.distance_km):
        extra["distance_km"] = round(error.distance_km, 1)
    if isinstance(error, NoRouteError):
        extra["exclusions"] = [translate(each, language_of(request)) for each in error.exclusions]
    if isinstance(error, KeyNeededError | AudienceError):
        extra["audience"] = error.audience.label
    if isinstance(error, RoleError):
        extra["role"] = error.role.label
    detail = error.message
    if isinstance(error, TooLargeError) and error.collection:
        detail, extra["links"] = _in_parts(request, error)
    response = problem(kind, detail, language_of(request), extra)
    if kind.status == 401 and request.headers.get("x-requested-with") == _BY_SCRIPT:
        response.headers["WWW-Authenticate"] = CHALLENGES[-1]
    if isinstance(error, NotReadyError):
        response.headers["Retry-After"] = _RETRY_S
    if isinstance(error, TooManyKeysError):
        response.headers["Retry-After"] = str(error.wait_s)
    return response


def _in_parts(request: Request, error: TooLargeError) -> tuple[Message, list[dict[str, str | bool]]]:
    """Return what is said of an answer that is too large, and the addresses where the same is had in parts."""
    base, lang = base_of(request.scope, request.app.state.service.settings.proxies), language_of(request)
    name = error.collection
    items = base.href(f"/collections/{name}/items")
    tiles, files = f"{base.address}/tiles/{name}/tilejson.json", f"{base.address}/exports"
    detail = message(
        "{reason} Take it in pages ({items}), as tiles ({tiles}) or as a file ({files}).",
        reason=error.message,
        items=items,
        tiles=tiles,
        files=files,
    )
    links = [
        link(items, "items", GEOJSON, translate(_ITEMS, lang)),
        link(tiles, "tiles", PLAIN_JSON, translate(_TILES, lang)),
        link(files, "exports", PLAIN_JSON, translate(_FILES, lang)),
    ]
    return detail, links


def answer_http(request: Request, error: Exception) -> Response:
    """Exception handler for the framework's own refusals: no such address, wrong method."""
    assert isinstance(error, HTTPException)
    lang = language_of(request)
    if error.status_code == _NOT_FOUND.status:
        return problem(_NOT_FOUND, message("There is nothing at this address."), lang)
    if error.status_code == _METHOD.status:
        allowed = (error.headers or {})["Allow"]
        response = problem(_METHOD, message("This address answers only {allowed}.", allowed=allowed), lang)
        response.headers["Allow"] = allowed
        return response
    kind = Kind(error.status_code, "http", message("The request cannot be answered"))
    detail = message("The service answers it with the HTTP status {status}.", status=error.status_code)
    return problem(kind, detail, lang)


def answer_failure(request: Request, kind: Kind = INTERNAL) -> Response:
    """Return the answer to a failure of the service itself: it says nothing of the cause, which the log names."""
    detail = message("The fault is on the side of the service; its log names where.")
    return problem(kind, detail, language_of(request))


def language_of(request: Request) -> str:
    """Return the language of an answer to `request`: ``lang`` where it names one, else ``Accept-Language``.

    Total, unlike the parser of the parameter: a problem must be sayable whatever was asked.
    """
    default: str = request.app.state.service.settings.lang
    asked = request.query_params.get("lang")
    return asked if asked in LANGUAGES else negotiate(request.headers.get("accept-language"), default)
