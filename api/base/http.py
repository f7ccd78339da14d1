"""What addresses share: the door and the service of a request, the language it asks for, a JSON answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.base.door import Door
from api.base.query_parameters import language, parse_query
from api.base.service import Service


class Json(Response):
    """A JSON answer in one language, never kept without asking again."""

    media_type = "application/json"

    def __init__(self, content: Any, lang: str | None = None) -> None:
        headers = {"Cache-Control": "no-cache"}
        if lang is not None:
            headers |= {"Content-Language": lang, "Vary": "Accept-Language"}
        super().__init__(orjson.dumps(content), headers=headers)


class Readable(APIRoute):
    """Answers HEAD wherever it answers GET (RFC 9110, 9.3.2)."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, methods: Collection[str] | None = None, **rest: Any
    ) -> None:
        taken = set(methods or ("GET",))
        super().__init__(path, endpoint, methods=taken | {"HEAD"} if "GET" in taken else taken, **rest)


def door_of(request: Request) -> Door:
    """Return the door by which the answer to a request leaves."""
    door: Door = request.app.state.door
    return door


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service: Service = request.app.state.service
    return service


def asked_lang(request: Request) -> str:
    """Return the language asked for; raises `ParameterError` for any other parameter than ``lang``."""
    given = parse_query(request.scope["query_string"], ("lang",))
    return lang_of(request, given)


def lang_of(request: Request, given: Mapping[str, str]) -> str:
    """Return the language that a request whose parameters are `given` asks for."""
    return language(given, request.headers.get("accept-language"), service_of(request).settings.lang)
