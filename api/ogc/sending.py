"""Sends answers: kept bytes with their links and tags, problems with the statuses that the standard asks for."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

import brotli
from starlette.types import Scope, Send

from api.access import Audience, Caller
from api.cache import Encoded
from api.serving import Conditions, choose_coding, matches

Headers = list[tuple[bytes, bytes]]

_VARY: Final = b"Accept, Accept-Encoding, Accept-Language, Authorization"
#: Pages are compressed for one answer, not for a revision: quality 5 is a tenth larger and ten times as fast as 9.
_BROTLI_QUALITY: Final = 5
_GZIP_LEVEL: Final = 6
#: Styles are in the page; nothing else is loaded, from nowhere.
PAGE_POLICY: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def encode_for(coding: str, body: bytes, tagged: Iterable[Any]) -> Encoded:
    """Return `body` in one content coding, with a tag of what it is made from: not of the time when that was."""
    if coding == "br":
        sent = brotli.compress(body, quality=_BROTLI_QUALITY)
    elif coding == "gzip":
        sent = gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
    else:
        sent = body
    digest = hashlib.sha256(b"\0".join(tagged)).hexdigest()[:32]
    return Encoded(MappingProxyType({coding: sent}), MappingProxyType({coding: f'"{digest}-{coding}"'.encode()}))


async def send_body(
    scope: Scope,
    send: Send,
    conditions: Conditions,
    encoded: Encoded,
    *,
    media_type: str,
    lang: str,
    caller: Caller,
    more: Headers | None = None,
) -> None:
    """Answer a GET or HEAD request, or with 304 where the caller's copy still says the same."""
    coding = choose_coding(conditions.accept_encoding)
    etag = encoded.etags[coding]
    headers: Headers = [
        (b"etag", b"W/" + etag),
        (b"vary", _VARY),
        # Whoever keeps a copy must ask before using it again: an import may come at any time.
        (b"cache-control", b"public, no-cache" if caller.audience is Audience.PUBLIC else b"private, no-cache"),
        (b"content-language", lang.encode()),
        *(more or []),
    ]
    if matches(conditions.if_none_match, etag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = encoded.bodies[coding]
    headers += [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
