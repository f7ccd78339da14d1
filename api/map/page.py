"""The map page: a `folium.Map` whose controls are `MacroElement`s and whose data comes by URL or from one JSON block.

Folium's own scripts and styles (Bootstrap, jQuery, Font Awesome and others from public hosts) are not loaded; Leaflet
and what else is not Sira's comes from ``api/vendor``. The page holds no data of its own: its scripts fetch it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from api.base.access import Audience, Caller, Kind
from api.base.country import BOUNDS
from api.base.palette import PALETTE
from api.base.service import Snapshot
from api.layers.layer import Group
from api.layers.measures import for_scripts
from api.layers.registry import COUNTED, LAYERS, RISK_LAYERS
from api.map.bundle import assets, bundle_name
from api.map.data.queries import SELECTABLE
from api.map.data.state import Offer
from api.map.texts import GROUPS, LANGUAGE_NAMES, texts
from api.roads.layers import ROAD_LAYERS
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.store import Store

if TYPE_CHECKING:  # loaded by the first page that is drawn
    import folium

#: Levels of units, the first is the first view.
_LEVELS: Final = ("cercle", "region", "commune")
#: What is drawn beside the layers, at the end of its group; what may be seen of it, and whether it is on at first.
_BESIDE: Final = (
    ("conflict", Group.THREAT, Kind.COARSE_COUNTS, False),
    ("airstrips", Group.ACCESS, Kind.REFERENCE, False),
    ("rivers", Group.BACKGROUND, Kind.REFERENCE, True),
    ("neighbours", Group.BACKGROUND, Kind.REFERENCE, True),
)
#: The background that another host answers for, where the installation names one.
ONLINE: Final = "online"
#: What the page's scripts ask for the reader's leave for.
_ABILITIES: Final = (("days", Kind.DAYS), ("routes", Kind.ROUTES))
_PRESETS: Final = ("days30", "months3", "months12", "all")


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One layer beside the units: its name, its group, whether it is on at first, and how its features are drawn."""

    name: str
    group: str
    is_on: bool
    drawing: str = ""


@dataclass(frozen=True, slots=True)
class Background:
    """Tiles of another host: the address of one with ``{z}``, ``{x}`` and ``{y}``, and whom to thank."""

    url: str
    credit: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, by key or as a user: name, audience, and whether they can sign out (of a header they cannot)."""

    name: str
    audience: str
    may_leave: bool
    is_user: bool = False


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
    layers : tuple of Layer
        Layers beside the units.
    span : tuple of str, optional
        First and last month (``YYYY-MM``) of the explosive incidents; None where there are none.
    abilities : tuple of str
        What else the reader may do: "days", "routes".
    reader : Reader, optional
        Who has signed in; None where nobody's is, and in a file.
    closed : tuple of str
        What a key would open, by the names of its texts; then the page offers the way in. Nothing in a file.
    background : Background, optional
        Tiles of another host, where the installation names one.
    offer : Offer
        What the reader may see: an open page is asked for anew where that is another.
    """

    lang: str
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    vintage: str
    synthetic: bool
    layers: tuple[MapLayer, ...]
    span: tuple[str, str] | None
    abilities: tuple[str, ...] = ()
    reader: Reader | None = None
    closed: tuple[str, ...] = ()
    background: Background | None = None
    offer: Offer = field(default_factory=Offer)


def page_for(
    store: Store,
    snapshot: Snapshot,
    caller: Caller,
    *,
    lang: str,
    vintage: str = DEFAULT_VINTAGE,
    background: Background | None = None,
) -> Page:
    """Return the page that `caller` gets: only levels and layers that `api.base.access` lets them see."""
    boundaries = snapshot.boundaries
    levels = tuple(
        (level, tuple(name for name in boundaries.vintages() if level in boundaries.levels(name)))
        for level in _LEVELS
        if caller.may(COUNTED[level].kind)
    )
    layers = [layer for layer, kind in _listed() if caller.may(kind)]
    if background is not None:
        layers.append(MapLayer(ONLINE, "ground", is_on=False))
    days = store.data_period()
    return Page(
        lang=lang,
        levels=levels,
        vintage=vintage,
        synthetic=snapshot.is_synthetic_only,
        layers=tuple(layers),
        span=None if days is None else (f"{days[0]:%Y-%m}", f"{days[1]:%Y-%m}"),
        abilities=tuple(name for name, kind in _ABILITIES if caller.may(kind)),
        reader=_reader(caller),
        closed=tuple(_closed(caller)),
        background=background,
        offer=Offer.to(caller, boundaries),
    )


def _listed() -> list[tuple[MapLayer, Kind]]:
    """Return every layer beside the units in the order of the page's list, with what may be seen of it."""
    declared = [
        (each.on_map.name, each.group, each.kind, each.on_map.is_on, each.drawing.name if each.drawing else "")
        for each in (*ROAD_LAYERS, *LAYERS.values(), *RISK_LAYERS.values())
        if each.on_map is not None
    ]
    beside = [(*each, "") for each in _BESIDE]
    listed = sorted((*declared, *beside), key=lambda each: list(Group).index(each[1]))
    return [(MapLayer(name, GROUPS[group], is_on, drawing), kind) for name, group, kind, is_on, drawing in listed]


def _reader(caller: Caller) -> Reader | None:
    """Return whose key `caller` uses; nobody's where the synthetic default lets them in."""
    if caller.audience is Audience.PUBLIC or caller.is_open:
        return None
    is_user = caller.user is not None
    return Reader(caller.label, caller.audience.label, may_leave=caller.by_session, is_user=is_user)


def _closed(caller: Caller) -> Iterator[str]:
    """Yield what `caller` lacks a key for, by the names of the map's texts."""
    yield from (f"level_{level}" for level in _LEVELS if not caller.may(COUNTED[level].kind))
    yield from (f"layer_{layer.name}" for layer, kind in _listed() if not caller.may(kind))
    if not caller.may(Kind.DAYS):
        yield "preset_days30"


def build_map(page: Page, data: Mapping[str, Any] | None = None) -> folium.Map:
    """Return the Folium map of `page`, in a figure of its own; `render` makes the document of it.

    With `data` (`api.map.single_file`) the document holds all it needs; without, it loads scripts and documents.
    """
    from api.map.parts import Control, InlineAsset, PageFigure, PageMap

    figure, lang = PageFigure(page.lang), page.lang
    links = {}
    if data is None:
        names = (bundle_name(".css"), bundle_name(".js"))
        links = {name: f"static/{name}" for name in names}
    else:
        for path in assets():
            figure.add_child(InlineAsset(path))
    page_map = PageMap(lang, links)
    other = "en" if lang == "fr" else "fr"
    who = {"offers_login": bool(page.closed), "reader": page.reader}
    face = {"synthetic": page.synthetic, "other": other, "language": LANGUAGE_NAMES[other]}
    figure.add_child(Control("face", lang, **face, **who))
    figure.add_child(
        Control(
            "panel",
            lang,
            groups=_groups(page),
            layers={layer.name: layer.is_on for layer in page.layers},
            routes="routes" in page.abilities,
            file=data is None,
            credit=page.background.credit if page.background else "",
        )
    )
    figure.add_child(page_map)
    presets = [name for name in _PRESETS if name != "days30" or "days" in page.abilities]
    figure.add_child(Control("unit", lang, presets=presets))
    settings = _block(_settings(page))
    page_map.add_child(Control("start", lang, settings=settings, data=None if data is None else _block(data)))
    return page_map


def layers_in_file(page_layers: tuple[MapLayer, ...]) -> tuple[MapLayer, ...]:
    """Return the layers that a single file can hold: all that need no other host."""
    return tuple(layer for layer in page_layers if layer.name != ONLINE)


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


def _block(value: Mapping[str, Any]) -> str:
    """Return `value` as JSON that may stand in a script element: no character of it can end the element."""
    text = orjson.dumps(value).decode()
    for character in "<>&":  # in JSON these stand in strings only
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _groups(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for layer in page.layers:
        found.setdefault(layer.group, []).append(layer.name)
    return found


def _settings(page: Page) -> dict[str, object]:
    """What the page's scripts need to know before any data."""
    return {
        "lang": page.lang,
        "languages": dict(LANGUAGE_NAMES),
        "texts": texts(),
        "palette": PALETTE,
        "measures": for_scripts(),
        "bounds": BOUNDS,
        "levels": {level: list(vintages) for level, vintages in page.levels},
        "level": page.levels[0][0],
        "vintage": page.vintage,
        "layers": {layer.name: {"on": layer.is_on, "drawing": layer.drawing} for layer in page.layers},
        "span": None if page.span is None else {"start": page.span[0], "end": page.span[1]},
        "reader": page.reader
        and {"name": page.reader.name, "audience": page.reader.audience, "user": page.reader.is_user},
        "closed": list(page.closed),
        "may": {name: name in page.abilities for name, _ in _ABILITIES},
        "offer": page.offer.as_json(),
        "hazards": [hazard.value for hazard in SELECTABLE],
        "background": page.background and {"url": page.background.url, "credit": page.background.credit},
    }
