"""How the single file keeps its documents: what differs between the languages apart, and each part compressed.

A part is JSON, compressed with gzip and written as base64, which an HTML document holds as it is; the page's script
unpacks a part when it first needs it. So a file for an analyst stays small enough for a poor line.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from api.i18n import LANGUAGES

_BLOCK: Final = re.compile(r'<script type="application/json" id="sira-data">(.*?)</script>', re.DOTALL)
_LEVEL: Final = 9


def both(document: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return a document in both languages: the members that are the same, and apart those that differ."""
    told = {lang: document(lang) for lang in LANGUAGES}
    first, second = told.values()
    common = {name: value for name, value in first.items() if second[name] == value}
    said = {lang: {name: value for name, value in each.items() if name not in common} for lang, each in told.items()}
    return {"common": common, "said": said}


def pack(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return each part as base64 of its compressed JSON; equal parts give equal texts."""
    return {name: _packed(orjson.dumps(part)) for name, part in parts.items()}


def unpack(html: str) -> dict[str, Any]:
    """Return the parts of a single file as they were before `pack`: all that it holds beside its scripts."""
    block = _BLOCK.search(html)
    if block is None:
        raise ValueError("no single file of the map")
    packed: dict[str, str] = orjson.loads(block[1])
    return {name: orjson.loads(gzip.decompress(base64.b64decode(text))) for name, text in packed.items()}


def _packed(text: bytes) -> str:
    return base64.b64encode(gzip.compress(text, _LEVEL, mtime=0)).decode()


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows, which all have the same members, as a column a member.

    Examples
    --------
    >>> columns([{"a": 1, "b": 2}, {"a": 3, "b": 4}])
    {'a': [1, 3], 'b': [2, 4]}
    """
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def steps(numbers: Sequence[int]) -> list[int]:
    """Return the first number and then each one's step from the one before, which compress better.

    Examples
    --------
    >>> steps([7, 8, 9, 4])
    [7, 1, 1, -5]
    """
    return [number - before for number, before in zip(numbers, (0, *numbers), strict=False)]
