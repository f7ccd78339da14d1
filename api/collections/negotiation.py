"""JSON or a page for people: by ``f``, else by what ``Accept`` prefers (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

JSON: Final = "json"
HTML: Final = "html"
FORMATS: Final = (JSON, HTML)

_QUALITY: Final = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.ASCII)
_PAGES: Final = ("text/html", "application/xhtml+xml")


@lru_cache(maxsize=256)
def preferred(accept: str) -> str:
    """Return the format that a header asks for: a page only where it is named and nothing in JSON is liked as much.

    Examples
    --------
    >>> preferred("text/html,application/xml;q=0.9,*/*;q=0.8"), preferred("application/geo+json"), preferred("*/*")
    ('html', 'json', 'json')
    """
    page, data = 0.0, 0.0
    for part in accept.lower().split(","):
        kind, *parameters = part.split(";")
        weights = [match for match in map(_QUALITY.fullmatch, parameters) if match is not None]
        quality = float(weights[0][1]) if weights else 1.0
        if kind.strip() in _PAGES:
            page = max(page, quality)
        elif "json" in kind:
            data = max(data, quality)
    return HTML if page > data else JSON
