"""What answers under ``/ogc`` are sent with: one coding of a body, its tag, and the policy of pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from api.cache import Encoded, compressed

Headers = list[tuple[bytes, bytes]]

VARY: Final = b"Accept, Accept-Encoding, Accept-Language"
#: Pages are compressed for one answer, not for a revision: quality 5 is a tenth larger and ten times as fast as 9.
_BROTLI_QUALITY: Final = 5
#: Styles are in the page; nothing else is loaded, from nowhere.
PAGE_POLICY: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def encode_for(coding: str, body: bytes, tagged: Iterable[Any]) -> Encoded:
    """Return `body` in one content coding, with a tag of what it is made from: not of the time when that was."""
    sent = compressed(body, coding, brotli_quality=_BROTLI_QUALITY)
    digest = hashlib.sha256(b"\0".join(tagged)).hexdigest()[:32]
    return Encoded(MappingProxyType({coding: sent}), MappingProxyType({coding: f'"{digest}-{coding}"'.encode()}))
