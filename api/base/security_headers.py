"""The outermost layer of the service: security headers on every answer, who may keep those that differ by caller, and
failures that tell the log no values.
"""

from __future__ import annotations

import logging
import traceback
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.base.access import Audience, Caller
from api.base.door import ASKED
from api.base.problems import answer_failure

_LOG: Final = logging.getLogger("sira")

#: On every answer. What sets one of its own (the pages do, for the Content-Security-Policy) keeps it.
SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
#: What tells callers apart.
_CALLER_HEADERS: Final = (b"Authorization", b"Cookie")

Headers = list[tuple[bytes, bytes]]


class Shield:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = False
        state = scope.setdefault("state", {})

        async def send_shielded(event: Message) -> None:
            nonlocal has_started
            if event["type"] == "http.response.start":
                has_started = True
                event = {**event, "headers": shielded([*event["headers"]], state.get(ASKED))}
            elif scope["method"] == "HEAD":
                event = {**event, "body": b""}
            await send(event)

        try:
            await self.app(scope, receive, send_shielded)
        # The boundary of the process: whatever was not foreseen becomes a 500. It must not reach the server, which
        # would log the error's text, and with it what the caller asked for.
        except Exception as error:
            _LOG.error("%s", where_from(error))
            if has_started:
                raise ConnectionAbortedError("the answer broke off; the log names where") from None
            await answer_failure(Request(scope))(scope, receive, send_shielded)


def shielded(headers: Headers, caller: Caller | None) -> Headers:
    """Return the headers of an answer as they are sent; `caller` is who asked, where the answer differs by that."""
    if caller is not None:
        headers = _personal(headers, caller.audience)
    own = {name.lower() for name, _ in headers}
    return [*headers, *(header for header in (*SECURITY_HEADERS, _POLICY) if header[0] not in own)]


def _personal(headers: Headers, audience: Audience) -> Headers:
    """Say that an answer differs by caller, and keep from caches that many share all but what the public may see."""
    vary, lasts = _members(headers, b"vary"), _members(headers, b"cache-control") or [b"no-cache"]
    vary += [name for name in _CALLER_HEADERS if name not in vary]
    if b"no-store" not in lasts:
        lasts.insert(0, b"public" if audience is Audience.PUBLIC else b"private")
    others = [header for header in headers if header[0].lower() not in (b"vary", b"cache-control")]
    return [*others, (b"vary", b", ".join(vary)), (b"cache-control", b", ".join(lasts))]


def _members(headers: Headers, name: bytes) -> list[bytes]:
    """Return the members of a header that lists some."""
    return [part.strip() for key, value in headers if key.lower() == name for part in value.split(b",") if part.strip()]


def where_from(error: BaseException) -> str:
    """Return an error's kind and the places in the code it came through, without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join([type(error).__name__, *(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)])
