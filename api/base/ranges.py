"""Which bytes of a file a caller asks for (RFC 9110, 14), and the answer that sends a file so."""

from __future__ import annotations

import os
import re
from collections.abc import Container
from typing import Final

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

_SPEC: Final = re.compile(r"([0-9]*)-([0-9]*)")
#: Longer numbers than this many digits lie behind the end of every file.
_DIGITS: Final = 18

Span = tuple[int, int]


def spans_of(scope: Scope, size: int, current: Container[str]) -> list[Span] | None:
    """Return the first and last byte of each range that is asked for and there.

    None where the whole is to be sent: no range of bytes is asked for, or none that one is, by another method than GET,
    or on the condition (``If-Range``) of a copy that is not `current`. Without any span, none of the ranges is there:
    that is answered with 416.

    Parameters
    ----------
    size : int
        Of the whole, in bytes.
    current : container of str
        What names the present content: its tag, and the date of its last change.

    Examples
    --------
    >>> def asked(ranges):
    ...     return spans_of({"type": "http", "method": "GET", "headers": [(b"range", ranges)]}, 10, ())
    >>> asked(b"bytes=0-3, -2"), asked(b"bytes=10-"), asked(b"bytes=4-2"), asked(b"lines=0-3")
    ([(0, 3), (8, 9)], [], None, None)
    """
    headers = Headers(scope=scope)
    asked, condition = headers.getlist("range"), headers.get("if-range")
    if scope["method"] != "GET" or len(asked) != 1 or (condition is not None and condition not in current):
        return None
    unit, equals, listed = asked[0].partition("=")
    specs = [_SPEC.fullmatch(each) for each in map(str.strip, listed.split(",")) if each]
    if not equals or unit.strip().lower() != "bytes" or not specs:
        return None
    spans = []
    for spec in specs:
        span = None if spec is None else _span(spec[1], spec[2], size)
        if span is None:
            return None
        spans.append(span)
    return [(first, last) for first, last in spans if first <= last]


def _span(first: str, last: str, size: int) -> Span | None:
    """Return a span, whose end lies before its start where nothing of it is there; None where it is none."""
    if not first:
        return (max(size - _number(last), 0), size - 1) if last else None
    if last and _number(last) < _number(first):
        return None
    return _number(first), min(_number(last), size - 1) if last else size - 1


def _number(text: str) -> int:
    return int(text) if len(text) <= _DIGITS else 10**_DIGITS


class RangedFile(FileResponse):
    """A file, whole or the ranges asked for; its parent refuses what RFC 9110 ignores."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        found = await anyio.to_thread.run_sync(os.stat, self.path)
        self.set_stat_headers(found)
        spans = spans_of(scope, found.st_size, (self.headers["etag"], self.headers["last-modified"]))
        kept = [header for header in scope["headers"] if header[0] not in (b"range", b"if-range")]
        if spans is not None:
            listed = ",".join(f"{first}-{last}" for first, last in spans) or f"{found.st_size}-"
            kept.append((b"range", f"bytes={listed}".encode()))
        await super().__call__({**scope, "headers": kept}, receive, send)
