"""A MapLibre style that draws the vector tiles as the map does, and the sprite with its hatching.

One layer per class, with plain filters: QGIS reads these, too. Labels would need fonts from somewhere; there are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from api.base.access import Caller
from api.base.class_legend import classes
from api.base.country import STYLE_CENTRE, STYLE_ZOOM
from api.base.i18n import translate
from api.base.palette import BAND_COLOURS, CASING_WIDER, PALETTE, ROAD_WEIGHTS
from api.collections.registry import TARGET, Collection
from api.layers.layer import Drawing, GeometryType
from api.tiles.raster import hatch_png
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core.messages import Message, message
from models.risk.class_limits import Band, Support

#: Name of the hatching in the sprite.
HATCH: Final = "not-assessed"
_TITLE: Final = message("Sira: expected recorded incidents")
_TITLE_SYNTHETIC: Final = message("Sira: expected recorded incidents (synthetic data)")
_CERCLES: Final = f"risk-cercles-{DEFAULT_VINTAGE}"
_COMMUNES: Final = f"risk-communes-{DEFAULT_VINTAGE}"
#: What is drawn in classes, and on which scale.
_SUPPORTS: Final = {
    _CERCLES: Support.CERCLE,
    _COMMUNES: Support.COMMUNE,
    "risk-cells": Support.CELL,
    "road-segments": Support.ROAD,
}
#: From which zoom on finer units take the place of coarser ones, for whoever may see them.
_COMMUNES_FROM: Final = 7.0
_OPACITY: Final = 0.92
_NOT_SEEN: Final = {"visibility": "none"}

Layer = dict[str, Any]


def style(
    known: Mapping[str, Collection],
    caller: Caller,
    base: str,
    lang: str,
    *,
    synthetic: bool,
    mark: Message | None = None,
) -> dict[str, Any]:
    """Return the style for what `caller` may see; finer layers are in it for who may see them, some switched off.

    `mark` is what its name begins with where the window of the forecast is over.
    """
    cercles, communes = _CERCLES, _COMMUNES
    has_communes = caller.may(known[communes].kind)
    layers: list[Layer] = [
        {"id": "paper", "type": "background", "paint": {"background-color": PALETTE["paper"]}},
        *_bands(cercles, "fill", most={"maxzoom": _COMMUNES_FROM} if has_communes else {}),
        *_bands(communes, "fill", most={"minzoom": _COMMUNES_FROM}),
        *_bands("risk-cells", "fill", layout=_NOT_SEEN),
        _line(cercles, "outlines", PALETTE["border"], 0.8),
        _line(f"regions-{DEFAULT_VINTAGE}", "outlines", PALETTE["border"], 1.8),
        *_alike(known, GeometryType.MULTILINESTRING),
        *_bands("road-segments", "line", layout=_NOT_SEEN),
        _line("hotspots", "outlines", "#08306b", 2.5) | {
            "filter": ["in", "pattern", "emerging", "persistent", "fading"], "layout": _NOT_SEEN,
        },
        *_alike(known, GeometryType.MULTIPOLYGON),
        *_alike(known, GeometryType.POINT),
    ]  # fmt: skip
    seen = [layer for layer in layers if "source" not in layer or caller.may(known[layer["source"]].kind)]
    sources = sorted({layer["source"] for layer in seen if "source" in layer})
    title = _TITLE_SYNTHETIC if synthetic else _TITLE
    if mark is not None:
        title = message("{mark}: {title}", mark=mark, title=title)
    return {
        "version": 8,
        "name": translate(title, lang),
        "metadata": {
            "sira:synthetic": synthetic,
            "sira:lang": lang,
            "sira:legend": f"{base}/tiles/risk/legend.json?lang={lang}",
            "sira:caveat": translate(message("No report is not safety."), lang),
            "sira:classes": {
                source: classes(support, TARGET, lang) for source, support in _SUPPORTS.items() if source in sources
            },
        },
        "center": list(STYLE_CENTRE),
        "zoom": STYLE_ZOOM,
        "sprite": f"{base}/tiles/sprite",
        "sources": {
            name: {"type": "vector", "url": f"{base}/tiles/{quote(name)}/tilejson.json?lang={lang}"} for name in sources
        },
        "layers": seen,
    }


def _drawing(name: str) -> dict[str, Any]:
    drawings: Any = PALETTE["drawings"]
    found: dict[str, Any] = drawings[name]
    return found


def _alike(known: Mapping[str, Collection], geometry: GeometryType) -> list[Layer]:
    """Return a layer for each collection of a type of geometry whose features all look alike."""
    chosen = [each for each in known.values() if each.drawing is not None and each.geometry is geometry]
    return [_DRAWN[geometry](each.id, each.drawing) for each in chosen if each.drawing is not None]


def _lines(source: str, drawing: Drawing) -> Layer:
    drawn = _drawing(drawing.name)
    return _line(source, "lines", drawn["color"], drawn["weight"])


def _base(source: str, name: str, type_: str) -> Layer:
    return {"id": f"{source}-{name}", "type": type_, "source": source, "source-layer": source}


def _bands(
    source: str, type_: str, *, layout: dict[str, Any] | None = None, most: dict[str, Any] | None = None
) -> list[Layer]:
    """Return a layer per band, and the hatching for what has none: there is no colour for nothing known."""
    more: Layer = {**({"layout": layout} if layout else {}), **(most or {})}
    unknown: Layer = _base(source, Band.NOT_ASSESSED.value, type_) | more
    unknown["filter"] = ["!in", "band", *BAND_COLOURS]
    if type_ == "fill":
        unknown["paint"] = {"fill-pattern": HATCH}
    else:
        unknown["paint"] = {"line-color": PALETTE["hatch"], "line-width": 3, "line-dasharray": [1, 1]}
    found = [unknown]
    if type_ == "line":
        found += [_casing(source, band) | more for band in BAND_COLOURS]
    for band, colour in BAND_COLOURS.items():
        paint = (
            {"fill-color": colour, "fill-opacity": _OPACITY}
            if type_ == "fill"
            else {"line-color": colour, "line-width": ROAD_WEIGHTS[band]}
        )
        found.append(_base(source, band, type_) | more | {"filter": ["==", "band", band], "paint": paint})
    return found


def _casing(source: str, band: str) -> Layer:
    """Return the white line under a road in colour: over areas of the same colour it would not be seen."""
    paint = {"line-color": _drawing("axis_case")["color"], "line-width": ROAD_WEIGHTS[band] + CASING_WIDER}
    return _base(source, f"{band}-casing", "line") | {"filter": ["==", "band", band], "paint": paint}


def _line(source: str, name: str, colour: Any, width: float) -> Layer:
    return _base(source, name, "line") | {"paint": {"line-color": colour, "line-width": width}}


def _area(source: str, drawing: Drawing) -> Layer:
    drawn = _drawing(drawing.name)
    paint = {
        "fill-color": drawn["fillColor"],
        "fill-opacity": drawn["fillOpacity"],
        "fill-outline-color": drawn["color"],
    }
    return _base(source, "areas", "fill") | {"paint": paint}


def _circle(source: str, drawing: Drawing) -> Layer:
    drawn = _drawing(drawing.name)
    paint = {
        "circle-radius": drawn["radius"],
        "circle-color": drawn["fillColor"],
        "circle-opacity": drawn["fillOpacity"],
        "circle-stroke-color": drawn["color"],
        "circle-stroke-width": drawn["weight"],
    }
    return (
        _base(source, "points", "circle")
        | {"paint": paint}
        | ({"filter": ["==", *drawing.only]} if drawing.only else {})
    )


_DRAWN: Final = {
    GeometryType.MULTILINESTRING: _lines,
    GeometryType.MULTIPOLYGON: _area,
    GeometryType.POINT: _circle,
}


def sprite_index(scale: int) -> dict[str, Any]:
    """Return where in the sprite's picture the hatching lies."""
    _, side = hatch_png(scale)
    return {HATCH: {"x": 0, "y": 0, "width": side, "height": side, "pixelRatio": scale}}
