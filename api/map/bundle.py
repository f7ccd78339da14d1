"""The page's scripts and styles as one file each, named after what they hold: fetched once, kept until they change.

On a poor line each request costs a second. Set-up bundles the scripts (`api.map.vendoring`); the styles are joined as
they are, in order, when they are first asked for.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from api.base.vendored import BUNDLE, FILES, vendored

STATIC: Final = Path(__file__).parent / "static"
STYLES: Final = ("sira.css", "sira-panels.css", "sira-print.css")


def assets() -> tuple[Path, ...]:
    """Return every style and script of the page, third parties' first; raises as `vendored` does."""
    return (*map(vendored, FILES), *(STATIC / name for name in STYLES), vendored(BUNDLE))


@cache
def bundle(suffix: str) -> bytes:
    """Return the scripts (``.js``) or styles (``.css``) of the page as one file; raises as `vendored` does."""
    return b"\n".join(path.read_bytes() for path in assets() if path.suffix == suffix)


@cache
def bundle_name(suffix: str) -> str:
    """Return the name of the bundle: another one as soon as a byte of it changes."""
    return f"sira-{hashlib.sha256(bundle(suffix)).hexdigest()[:16]}{suffix}"
