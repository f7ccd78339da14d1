"""The outermost layer of the service: security headers on every answer, and failures that tell the log no values."""

from __future__ import annotations

import logging
import traceback
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import answer_failure

_LOG: Final = logging.getLogger("sira")

#: On every answer. What sets its own Content-Security-Policy (the map page) keeps it.
SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_WITH_POLICY: Final = (*SECURITY_HEADERS, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"))


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

        async def send_shielded(event: Message) -> None:
            nonlocal has_started
            if event["type"] == "http.response.start":
                has_started = True
                own = [*event["headers"]]
                has_policy = b"content-security-policy" in dict(own)
                event = {**event, "headers": [*own, *(SECURITY_HEADERS if has_policy else _WITH_POLICY)]}
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


def where_from(error: BaseException) -> str:
    """Return an error's kind and the places in the code it came through, without any value."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join([type(error).__name__, *(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)])
