"""What set-up puts into ``api/vendor``: the bundle of the page's scripts, and files of npm packages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from geo.core.errors import NotFoundError
from geo.core.messages import message

VENDOR: Final = Path(__file__).parents[1] / "vendor"

#: The page's scripts as one file, made by `api.map.vendoring`.
BUNDLE: Final = "sira.js"
#: Name in the page → path inside ``node_modules`` and `VENDOR`, of what the page loads as it is.
FILES: Final = {"leaflet.css": "leaflet/dist/leaflet.css"}
#: Fonts of printed sheets, likewise; the page itself loads none.
FONTS: Final = {
    "regular": "dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf",
    "bold": "dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf",
}
#: Of what is copied and of what the bundle holds.
LICENCES: Final = ("leaflet/LICENSE", "mgrs/license.md", "dejavu-fonts-ttf/LICENSE")


def vendored(name: str) -> Path:
    """Return the file that set-up made or fetched under `name`: `BUNDLE` or a key of `FILES`.

    Raises
    ------
    NotFoundError
        When set-up has not fetched it; the message names the command that does.
    """
    file = BUNDLE if name == BUNDLE else FILES[name]
    path = VENDOR / file
    if not path.exists():
        raise NotFoundError(message("The map's script {file} is missing: run make setup, which fetches it.", file=file))
    return path
