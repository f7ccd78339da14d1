"""Symbols of QGIS as XML: fills, hatches, lines and points, made from the drawing options of `api.base.palette`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from api.base.palette import PALETTE

#: Millimetres of a pixel of the web map, at 96 to the inch.
_MM: Final = 25.4 / 96
#: The web map's hatch: a line every seven pixels.
_HATCH_DISTANCE: Final = 7 * _MM
_HATCH_WIDTH: Final = 2.2 * _MM
_CROSS_WIDTH: Final = 1.6 * _MM

#: As on the web map: below so many pixels an area says neither that it is there nor what it is.
_LEAST_PX: Final = 8
_MARK_RADIUS: Final = 8
#: True of an area in degrees whose longer side is that short on the screen. QGIS knows the scale, not the pixels.
_IS_SMALL: Final = (
    "max(bounds_width($geometry) * 111320 * cos(radians(y(centroid($geometry)))), bounds_height($geometry) * 110574)"
    f" < {_LEAST_PX * _MM / 1000:.5f} * @map_scale"
)
#: Shape of the web map → marker of QGIS and its angle.
_SHAPES: Final = {
    "circle": ("circle", "0"),
    "confirmed": ("triangle", "0"),
    "suspected": ("triangle", "180"),
    "released": ("cross_fill", "45"),
}

Drawing = Mapping[str, Any]


def fill(name: str, drawing: Drawing) -> Element:
    """Return a fill symbol: colour, opacity and outline as Leaflet's path options say them; none of weight 0."""
    symbol = _symbol(name, "fill")
    _layer(
        symbol,
        "SimpleFill",
        color=_rgba(drawing.get("fillColor", "#000000"), drawing.get("fillOpacity", 1)),
        style="solid" if drawing.get("fillOpacity", 1) else "no",
        outline_color=_rgba(drawing["color"], drawing.get("opacity", 1)),
        outline_style="dash" if "dashArray" in drawing else "solid" if drawing["weight"] else "no",
        outline_width=f"{drawing['weight'] * _MM:.3f}",
        outline_width_unit="MM",
        joinstyle="round",
    )
    return symbol


def hatch(name: str, drawing: Drawing, *, crossed: bool = False) -> Element:
    """Return the fill that says that nothing is known: grey lines on paper, never a colour of the classes."""
    symbol = fill(name, {**drawing, "fillColor": PALETTE["paper"], "fillOpacity": 1})
    for number, angle in enumerate((45, 135) if crossed else (45,), start=1):
        layer = _layer(
            symbol,
            "LinePatternFill",
            angle=str(angle),
            distance=f"{_HATCH_DISTANCE:.3f}",
            distance_unit="MM",
            line_width=f"{_CROSS_WIDTH if crossed else _HATCH_WIDTH:.3f}",
            line_width_unit="MM",
            color=_rgba(str(PALETTE["hatch"]), 1),
        )
        lines = _symbol(f"@{name}@{number}", "line")
        width = _CROSS_WIDTH if crossed else _HATCH_WIDTH
        _simple_line(lines, {"color": PALETTE["hatch"], "weight": width / _MM})
        layer.append(lines)
    return symbol


def line(name: str, drawing: Drawing, *, casings: Sequence[Drawing] = (), level: int = 0) -> Element:
    """Return a line symbol.

    `casings` are drawn beneath it, the lowest first and beneath those of all other lines, so that it stands out on any
    ground; of lines that cross, that of the higher `level` lies on top.
    """
    symbol = _symbol(name, "line")
    for number, part in enumerate(casings):
        _simple_line(symbol, part).set("pass", str(number))
    _simple_line(symbol, drawing).set("pass", str(len(casings) + level))
    return symbol


def area(name: str, drawing: Drawing, mark: Drawing, shape: str) -> Element:
    """Return a fill symbol over which lies a mark of one size wherever the area is too small to be seen."""
    symbol = fill(name, drawing)
    layer = _layer(symbol, "CentroidFill", point_on_surface="0", point_on_all_parts="0", clip_points="0")
    _enabled_where(layer, _IS_SMALL)
    layer.append(point(f"@{name}@1", {**mark, "radius": _MARK_RADIUS}, shape))
    return symbol


def point(name: str, drawing: Drawing, shape: str = "circle") -> Element:
    """Return a mark of a shape of `_SHAPES`, with the radius, fill and outline of a Leaflet circle marker."""
    symbol = _symbol(name, "marker")
    marker, angle = _SHAPES[shape]
    _layer(
        symbol,
        "SimpleMarker",
        name=marker,
        angle=angle,
        color=_rgba(drawing["fillColor"], drawing.get("fillOpacity", 1)),
        outline_color=_rgba(drawing["color"], 1),
        outline_style="solid",
        outline_width=f"{drawing['weight'] * _MM:.3f}",
        outline_width_unit="MM",
        size=f"{2 * drawing['radius'] * _MM:.3f}",
        size_unit="MM",
    )
    return symbol


def symbols(made: Sequence[Element]) -> Element:
    """Return the list of a renderer's symbols."""
    listed = Element("symbols")
    listed.extend(made)
    return listed


def options(parent: Element, values: Mapping[str, str]) -> None:
    """Add `values` to `parent` as QGIS keeps maps of settings."""
    listed = SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        SubElement(listed, "Option", name=name, type="QString", value=value)


def _symbol(name: str, kind: str) -> Element:
    return Element("symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")


def _layer(symbol: Element, kind: str, **values: str) -> Element:
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options(layer, values)
    return layer


def _simple_line(symbol: Element, drawing: Drawing) -> Element:
    return _layer(
        symbol,
        "SimpleLine",
        line_color=_rgba(drawing["color"], drawing.get("opacity", 1)),
        line_style="dash" if "dashArray" in drawing else "solid",
        line_width=f"{drawing['weight'] * _MM:.3f}",
        line_width_unit="MM",
        capstyle="round",
        joinstyle="round",
    )


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _enabled_where(layer: Element, expression: str) -> None:
    """Have a layer of a symbol drawn only for features of which `expression` is true."""
    listed = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
    SubElement(listed, "Option", name="name", type="QString", value="")
    properties = SubElement(listed, "Option", name="properties", type="Map")
    enabled = SubElement(properties, "Option", name="enabled", type="Map")
    SubElement(enabled, "Option", name="active", type="bool", value="true")
    SubElement(enabled, "Option", name="expression", type="QString", value=expression)
    SubElement(enabled, "Option", name="type", type="int", value="3")
    SubElement(listed, "Option", name="type", type="QString", value="collection")
