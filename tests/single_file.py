"""What a single file of the map holds, read back."""

from __future__ import annotations

import base64
import gzip
import re
from typing import Any, Final

import orjson

_BLOCK: Final = re.compile(r'<script type="application/json" id="sira-data">(.*?)</script>', re.DOTALL)


def unpack(html: str) -> dict[str, Any]:
    """Return the parts of a single file as they were before they were packed: all that it holds beside its scripts."""
    block = _BLOCK.search(html)
    if block is None:
        raise ValueError("no single file of the map")
    packed: dict[str, str] = orjson.loads(block[1])
    return {name: orjson.loads(gzip.decompress(base64.b64decode(text))) for name, text in packed.items()}
