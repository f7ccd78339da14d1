"""The page's scripts and styles as one file each, named after what they hold: fetched once, kept until they change.

On a poor line each request costs a second: the files are joined as they are, in order, when they are first asked for.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from api.base.vendored import FILES, vendored

STATIC: Final = Path(__file__).parent / "static"

#: The page's own scripts, in the order in which they run.
SCRIPTS: Final = (
    "sira-dom.js",
    "sira-text.js",
    "sira-choice.js",
    "sira-counts.js",
    "sira-http.js",
    "sira-access.js",
    "sira-file.js",
    "sira-file-routes.js",
    "sira-gpx.js",
    "sira-style.js",
    "sira-geometry.js",
    "sira-coordinates.js",
    "sira-units.js",
    "sira-points.js",
    "sira-areas.js",
    "sira-layers.js",
    "sira-window.js",
    "sira-details.js",
    "sira-plot.js",
    "sira-panel.js",
    "sira-legend.js",
    "sira-form.js",
    "sira-time.js",
    "sira-search.js",
    "sira-tools.js",
    "sira-print.js",
    "sira-route.js",
    "sira-news.js",
    "sira.js",
)
STYLES: Final = ("sira.css", "sira-panels.css", "sira-print.css")


def assets() -> tuple[Path, ...]:
    """Return every script and style of the page, third parties' first."""
    return (*map(vendored, FILES), *(STATIC / name for name in (*SCRIPTS, *STYLES)))


@cache
def bundle(suffix: str) -> bytes:
    """Return the scripts (``.js``) or styles (``.css``) of the page as one file; raises as `vendored` does."""
    ends = {".js": b"\n;\n", ".css": b"\n"}[suffix]
    return ends.join(path.read_bytes() for path in assets() if path.suffix == suffix)


@cache
def bundle_name(suffix: str) -> str:
    """Return the name of the bundle: another one as soon as a byte of it changes."""
    return f"sira-{hashlib.sha256(bundle(suffix)).hexdigest()[:16]}{suffix}"
