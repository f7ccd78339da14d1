"""Bodies of requests: read up to a number of bytes, and not a byte further."""

from __future__ import annotations

from starlette.requests import Request

from geo.core.errors import InputError
from geo.core.messages import message


class BodyTooLargeError(InputError):
    """The body of a request has more bytes than are read."""


async def read_body(request: Request, most: int) -> bytes:
    """Return the body of a request.

    Raises
    ------
    BodyTooLargeError
        If it says that it is larger than `most` bytes, or turns out to be.
    """
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 12 or int(declared) > most):
        raise _too_large(most)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    return b"".join(parts)


def _too_large(most: int) -> BodyTooLargeError:
    return BodyTooLargeError(message("The body has more than {most} bytes, which is the limit.", most=most))
