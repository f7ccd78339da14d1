"""The map page: a `folium.Map` whose controls are `MacroElement`s and whose data comes by URL or from one JSON block.

Folium's own scripts and styles (Bootstrap, jQuery, Font Awesome and others from public hosts) are not loaded; Leaflet
and its plugin come from ``api/maps/vendor``. The page holds no data of its own: its scripts fetch the layers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from api.maps.styles import PALETTE
from api.maps.texts import LANGUAGE_NAMES, say, texts
from api.maps.vendored import FILES
from geo.incidents.schema import EXPLOSIVE

_FOLDER: Final = Path(__file__).parent
STATIC: Final = _FOLDER / "static"
_TEMPLATES: Final = _FOLDER / "templates"

#: The page's own scripts, in the order in which they are loaded.
SCRIPTS: Final = (
    "sira-dom.js",
    "sira-text.js",
    "sira-data.js",
    "sira-file.js",
    "sira-style.js",
    "sira-popup.js",
    "sira-layers.js",
    "sira-panel.js",
    "sira.js",
)
STYLES: Final = ("sira.css",)

#: Mali, south-west and north-east corners as Leaflet wants them: latitude, longitude.
BOUNDS: Final = ((10.1, -12.3), (25.05, 4.3))
_CENTRE: Final = (17.5, -4.0)

#: Layers that every reader may switch, and whether they are on at first.
OPEN_LAYERS: Final = {"conflict": False, "neighbours": True, "rivers": True, "roads": False, "places": True}


@dataclass(frozen=True, slots=True)
class Page:
    """What one rendering of the map shows.

    Attributes
    ----------
    lang : {"fr", "en"}
        Language of the first view; the reader can switch.
    levels : mapping of str to sequence of str
        Level → its vintages, as far as the reader may see them.
    vintage : str
        Vintage of the first view where the level has it.
    synthetic : bool
        Whether the page starts with the synthetic banner; the data's own mark shows it in any case.
    layers : mapping of str to bool
        Layers beside the units, and whether they are on at first.
    offers_login : bool
        Whether the page links to where a key is asked for.
    static : str
        Where the browser finds the page's scripts, relative to the page.
    data : mapping, optional
        Everything the page shows, for a single file; without it the page fetches.
    """

    lang: str
    levels: Mapping[str, Sequence[str]]
    vintage: str
    synthetic: bool
    layers: Mapping[str, bool] = field(default_factory=lambda: dict(OPEN_LAYERS))
    offers_login: bool = False
    static: str = "static"
    data: Mapping[str, Any] | None = None


class PageFigure(Figure):
    """Branca's figure as a document with a language and its script inside the body."""

    _template = Template((_TEMPLATES / "figure.html").read_text(encoding="utf-8"))

    def __init__(self, lang: str) -> None:
        super().__init__(title=say("title", lang))
        self.lang = lang


class PageMap(folium.Map):
    """Folium's map without its default scripts, zoomable by everyone, with a name that stays the same."""

    _template = Template((_TEMPLATES / "map.html").read_text(encoding="utf-8"))

    def __init__(self, page: Page) -> None:
        super().__init__(
            location=_CENTRE,
            tiles=None,
            zoom_start=5,
            zoom_snap=0.25,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=120,
        )
        self.options |= {"min_zoom": 4, "max_zoom": 13}  # Folium's own arguments of that name are its tiles'
        self._id = "sira"
        self.lang = page.lang
        vendored = [(name, f"{page.static}/vendor/{name}") for name in FILES]
        own = [(name, f"{page.static}/{name}") for name in (*SCRIPTS, *STYLES)]
        self.default_js = [(name, url) for name, url in (*vendored, *own) if name.endswith(".js")]
        self.default_css = [(name, url) for name, url in (*vendored, *own) if name.endswith(".css")]

    def say(self, name: str) -> str:
        """Return a text of the page in its language."""
        return say(name, self.lang)


class Control(MacroElement):
    """A part of the page beside the map; its template says its texts in the page's language."""

    def __init__(self, template: str, page: Page, **values: object) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "SiraControl"
        self._id = template
        self._template = Template((_TEMPLATES / f"{template}.html").read_text(encoding="utf-8"))
        self.lang = page.lang
        for name, value in values.items():
            setattr(self, name, value)

    def say(self, name: str) -> str:
        """Return a text of the page in its language."""
        return say(name, self.lang)


def build_map(page: Page) -> folium.Map:
    """Return the Folium map of `page`, in a figure of its own; `render` makes the document of it."""
    figure = PageFigure(page.lang)
    other = "en" if page.lang == "fr" else "fr"
    figure.add_child(Control("face", page, synthetic=page.synthetic, other=other, language=LANGUAGE_NAMES[other]))
    figure.add_child(Control("panel", page, layers=page.layers, offers_login=page.offers_login))
    page_map = PageMap(page)
    figure.add_child(page_map)
    page_map.add_child(Control("start", page, settings=_settings(page), data=page.data))
    return page_map


def render(page_map: folium.Map) -> str:
    """Return the HTML document of a map that `build_map` made."""
    html: str = page_map.get_root().render()
    return html


def with_nonce(html: str) -> tuple[str, str]:
    """Return `html` with a fresh nonce on each inline script, and that nonce.

    Only tags that templates wrote are touched: in the JSON blocks ``<`` is written as an escape, and everywhere else
    text is escaped.
    """
    nonce = secrets.token_urlsafe(16)
    return html.replace("<script>", f'<script nonce="{nonce}">'), nonce


def _settings(page: Page) -> dict[str, object]:
    """What the page's scripts need to know before any data."""
    return {
        "lang": page.lang,
        "languages": dict(LANGUAGE_NAMES),
        "texts": texts(),
        "palette": PALETTE,
        "bounds": BOUNDS,
        "levels": {level: list(vintages) for level, vintages in page.levels.items()},
        "level": next(iter(page.levels)),
        "vintage": page.vintage,
        "hazards": [hazard.value for hazard in EXPLOSIVE],
        "base": f"{page.static}/base",
    }
