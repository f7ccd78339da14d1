"""The map page: a `folium.Map` whose controls are `MacroElement`s and whose data comes by URL or from one JSON block.

Folium's own scripts and styles (Bootstrap, jQuery, Font Awesome and others from public hosts) are not loaded; Leaflet
and its plugin come from ``api/maps/vendor``. The page holds no data of its own: its scripts fetch the layers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from api.access import Audience, Caller, Kind
from api.maps.styles import PALETTE
from api.maps.texts import LANGUAGE_NAMES, say, texts
from api.maps.vendored import FILES, vendored
from api.service import Snapshot
from geo.incidents.schema import EXPLOSIVE
from geo.regions import DEFAULT_VINTAGE
from geo.store import Store

_FOLDER: Final = Path(__file__).parent
STATIC: Final = _FOLDER / "static"
_INLINE: Final = "{% macro header(this, kwargs) %}<{{ this.tag }}>{{ this.code }}</{{ this.tag }}>{% endmacro %}"

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

#: Level → what may be seen of it; the first is the first view.
_LEVELS: Final = (
    ("cercle", Kind.COARSE_COUNTS),
    ("region", Kind.COARSE_COUNTS),
    ("commune", Kind.COMMUNE_COUNTS),
)
#: Layer beside the units → what may be seen of it, and whether it is on at first.
_LAYERS: Final = (
    ("conflict", Kind.COARSE_COUNTS, False),
    ("incidents", Kind.INCIDENT_POINTS, False),
    ("hazards", Kind.HAZARD_AREAS, False),
    ("places", Kind.REFERENCE, True),
    ("roads", Kind.REFERENCE, False),
    ("rivers", Kind.REFERENCE, True),
    ("neighbours", Kind.REFERENCE, True),
)


@dataclass(frozen=True, slots=True)
class Page:
    """What one rendering of the map shows; equal pages give equal documents.

    Attributes
    ----------
    lang : {"fr", "en"}
        Language of the first view; the reader can switch.
    levels : tuple of (str, tuple of str)
        Each level that the reader may see, with its vintages; the first is the first view.
    vintage : str
        Vintage of the first view where the level has it.
    synthetic : bool
        Whether the page starts with the synthetic banner; the data's own mark shows it in any case.
    layers : tuple of (str, bool)
        Layers beside the units, and whether they are on at first.
    span : tuple of str, optional
        First and last month (``YYYY-MM``) of the explosive incidents; None where there are none.
    offers_login : bool
        Whether the page links to where a key is asked for.
    """

    lang: str
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    vintage: str
    synthetic: bool
    layers: tuple[tuple[str, bool], ...]
    span: tuple[str, str] | None
    offers_login: bool = False


def page_for(store: Store, snapshot: Snapshot, caller: Caller, *, lang: str, vintage: str = DEFAULT_VINTAGE) -> Page:
    """Return the page that `caller` gets: only levels and layers that `api.access` lets them see."""
    boundaries = snapshot.boundaries
    levels = tuple(
        (level, tuple(name for name in boundaries.vintages() if level in boundaries.levels(name)))
        for level, kind in _LEVELS
        if caller.may(kind)
    )
    layers = tuple((name, is_on) for name, kind, is_on in _LAYERS if caller.may(kind))
    days = store.data_period()
    return Page(
        lang=lang,
        levels=levels,
        vintage=vintage,
        synthetic=snapshot.has_synthetic,
        layers=layers,
        span=None if days is None else (f"{days[0]:%Y-%m}", f"{days[1]:%Y-%m}"),
        offers_login=caller.audience is Audience.PUBLIC,
    )


class Verbatim(Element):
    """Text of the document as it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: object) -> str:
        """Return the text."""
        return self.text


class Part(MacroElement):
    """A `MacroElement` whose rendered macros enter the document as they are.

    Branca's own puts what a macro gives through Jinja a second time. What a file holds would be run there: a place
    named ``{{ … }}`` must be shown, not evaluated.
    """

    def __init__(self, template: str, identifier: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Sira"
        self._id = identifier
        self._template = Template(template)

    def render(self, **kwargs: object) -> str:
        """Write the macros ``header``, ``html`` and ``script`` of the template into the figure; nothing is left."""
        figure = self.get_root()
        for name in ("header", "html", "script"):
            macro = getattr(self._template.module, name, None)
            if macro is not None:
                getattr(figure, name).add_child(Verbatim(macro(self, kwargs)), name=self.get_name())
        return ""


class Control(Part):
    """A part of the page beside the map; its template says its texts in the page's language."""

    def __init__(self, name: str, page: Page, **values: object) -> None:
        super().__init__(_template(name), name)
        self.lang = page.lang
        for key, value in values.items():
            setattr(self, key, value)

    def say(self, name: str) -> str:
        """Return a text of the page in its language."""
        return say(name, self.lang)


class InlineAsset(Part):
    """A script or style as part of the document, for the single file."""

    def __init__(self, path: Path) -> None:
        super().__init__(_INLINE, path.name)
        self.tag = "script" if path.suffix == ".js" else "style"
        # In JavaScript and CSS an escaped slash is a slash; unescaped, the tag's name would end the element.
        self.code = path.read_text(encoding="utf-8").replace(f"</{self.tag}", f"<\\/{self.tag}")


class PageFigure(Figure):
    """Branca's figure as a document with a language and its script inside the body."""

    def __init__(self, lang: str) -> None:
        super().__init__(title=say("title", lang))
        self._template = Template(_template("figure"))
        self.lang = lang


class PageMap(folium.Map):
    """Folium's map without its default scripts, zoomable by everyone, with a name that stays the same."""

    def __init__(self, page: Page) -> None:
        super().__init__(
            location=_CENTRE,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            zoom_start=5,
            zoom_snap=0.25,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=120,
        )
        self.options |= {"min_zoom": 4, "max_zoom": 13}  # Folium's own arguments of that name are its tiles'
        self._id = "sira"
        self._template = Template(_template("map"))
        self.lang = page.lang
        self.default_js, self.default_css = [], []

    def link_assets(self) -> None:
        """Have the page load its scripts and styles from the service."""
        third_party = [(name, f"static/vendor/{name}") for name in FILES]
        own = [(name, f"static/{name}") for name in (*SCRIPTS, *STYLES)]
        self.default_js = [(name, url) for name, url in (*third_party, *own) if name.endswith(".js")]
        self.default_css = [(name, url) for name, url in (*third_party, *own) if name.endswith(".css")]

    def say(self, name: str) -> str:
        """Return a text of the page in its language."""
        return say(name, self.lang)


def build_map(page: Page, data: Mapping[str, Any] | None = None) -> folium.Map:
    """Return the Folium map of `page`, in a figure of its own; `render` makes the document of it.

    With `data` (`api.maps.single_file`) the document holds all it needs; without, it loads scripts and layers.
    """
    figure = PageFigure(page.lang)
    other = "en" if page.lang == "fr" else "fr"
    page_map = PageMap(page)
    if data is None:
        page_map.link_assets()
    else:
        for path in (*map(vendored, FILES), *(STATIC / name for name in (*SCRIPTS, *STYLES))):
            figure.add_child(InlineAsset(path))
    figure.add_child(Control("face", page, synthetic=page.synthetic, other=other, language=LANGUAGE_NAMES[other]))
    figure.add_child(Control("panel", page, layers=dict(page.layers), offers_login=page.offers_login))
    figure.add_child(page_map)
    page_map.add_child(Control("start", page, settings=_settings(page), data=data))
    return page_map


def render(page_map: folium.Map) -> str:
    """Return the HTML document of a map that `build_map` made."""
    html: str = page_map.get_root().render()
    return html


def with_nonce(html: str) -> tuple[str, str]:
    """Return `html` with a fresh nonce on each inline script and style, and that nonce.

    Only tags that templates wrote are touched: in the JSON blocks ``<`` is written as an escape, and everywhere else
    text is escaped.
    """
    nonce = secrets.token_urlsafe(16)
    for tag in ("script", "style"):
        html = html.replace(f"<{tag}>", f'<{tag} nonce="{nonce}">')
    return html, nonce


def _template(name: str) -> str:
    return (_FOLDER / "templates" / f"{name}.html").read_text(encoding="utf-8")


def _settings(page: Page) -> dict[str, object]:
    """What the page's scripts need to know before any data."""
    return {
        "lang": page.lang,
        "languages": dict(LANGUAGE_NAMES),
        "texts": texts(),
        "palette": PALETTE,
        "bounds": BOUNDS,
        "levels": {level: list(vintages) for level, vintages in page.levels},
        "level": page.levels[0][0],
        "vintage": page.vintage,
        "span": None if page.span is None else {"start": page.span[0], "end": page.span[1]},
        "hazards": [hazard.value for hazard in EXPLOSIVE],
    }
