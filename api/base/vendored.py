"""Which files of which npm packages the page loads, and where set-up put them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from geo.core.errors import NotFoundError
from geo.core.messages import message

VENDOR: Final = Path(__file__).parents[1] / "vendor"

#: Name in the page → path inside ``node_modules``, in the order in which the page loads them.
FILES: Final = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "mgrs.js": "mgrs/dist/mgrs.min.js",
}
#: Fonts of printed sheets, likewise; the page itself loads none.
FONTS: Final = {
    "regular": "dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf",
    "bold": "dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf",
}
#: What tests check the page with; nothing serves it.
TOOLS: Final = {"axe.js": "axe-core/axe.min.js"}
LICENCES: Final = ("leaflet/LICENSE", "mgrs/license.md", "dejavu-fonts-ttf/LICENSE", "axe-core/LICENSE")


def vendored(name: str) -> Path:
    """Return the file that set-up fetched under `name` (a key of `FILES`).

    Raises
    ------
    NotFoundError
        When set-up has not fetched it; the message names the command that does.
    """
    path = VENDOR / FILES[name]
    if not path.exists():
        raise NotFoundError(
            message("The map's script {file} is missing: run make setup, which fetches it.", file=FILES[name])
        )
    return path
