"""Which renderer draws a collection: the classes, bands and patterns of the web map, by the fields it has.

A collection that is added to the registry with fields of these names is drawn accordingly; any other by its geometry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement

from api.base.i18n import translate
from api.base.styles import BAND_COLOURS, CASING_WIDER, PALETTE, RATE_BREAKS, RATE_COLOURS, ROAD_WEIGHTS
from api.collections.registry import TARGET, Collection
from api.layers.labels import HAZARD_STATUSES
from api.layers.layer import GeometryType
from api.layers.texts import LEGEND
from api.qgis import symbols
from geo.core.messages import Message
from geo.hazards.schema import HazardStatus
from models.risk.bands import Band, Support, described, unit

_DRAWINGS: Final = cast(Mapping[str, symbols.Drawing], PALETTE["drawings"])
_RATE: Final = "rate_per_100k_year"
_RISK: Final = {"color": PALETTE["border"], "weight": 0.8, "fillOpacity": 0.92}
_UNIT: Final = {"color": PALETTE["border"], "weight": 0.8, "fillOpacity": 0.88}
_PLAIN_AREA: Final = {"color": PALETTE["border"], "weight": 0.8, "fillOpacity": 0}
#: A line around each of 50,000 cells would be all that is seen of them.
_CELL: Final = {**_RISK, "weight": 0}
_ROAD_UNKNOWN: Final = {"color": PALETTE["hatch"], "weight": 2.2, "dashArray": "4 4"}
#: Scale from which on places are drawn that are too many for a map of the country.
_NEAR: Final = 1_500_000
_SYMBOLS: Final = {
    GeometryType.POINT: symbols.point,
    GeometryType.MULTILINESTRING: symbols.line,
    GeometryType.MULTIPOLYGON: symbols.fill,
}
_PATTERNS: Final = ("emerging", "persistent", "fading")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a symbol is for, in QGIS's expressions, and how the legend calls it; drawn from a scale of 1:N on."""

    filter: str
    label: str
    from_scale: int | None = None


def renderer(collection: Collection, lang: str) -> Element:
    """Return the ``renderer-v2`` element with which QGIS draws `collection`, its legend in `lang`."""
    names = {field.name for field in collection.fields}
    is_area = collection.geometry is GeometryType.MULTIPOLYGON
    if "band" in names:
        return _bands(_support(collection), lang)
    if is_area and "pattern" in names:
        return _categories("pattern", [(p, _say(f"pattern_{p}", lang), f"hotspot_{p}") for p in _PATTERNS])
    if is_area and {"events", _RATE} <= names:
        return _rates(lang)
    if is_area and "status" in names:
        statuses = [(s.value, translate(HAZARD_STATUSES[s], lang)) for s in HazardStatus]
        return _categories("status", [(value, text, _hazard(value)) for value, text in statuses])
    if collection.geometry is GeometryType.POINT and "kind" in names:
        return _places(lang)
    return _single(collection)


def _hazard(status: str) -> str:
    """Return the name of the drawing of areas with a status, as the web map's script chooses it."""
    return f"hazard_{status}" if f"hazard_{status}" in _DRAWINGS else "hazard"


def _single(collection: Collection) -> Element:
    element = _renderer("singleSymbol")
    drawing = _PLAIN_AREA if collection.drawing is None else _DRAWINGS[collection.drawing.name]
    drawn = _SYMBOLS[collection.geometry]("0", drawing)
    element.append(symbols.symbols([drawn]))
    return element


def _support(collection: Collection) -> Support:
    """Return on which scale the classes of a collection are."""
    if collection.level is not None:
        return Support(collection.level)
    return Support.CELL if collection.geometry is GeometryType.MULTIPOLYGON else Support.ROAD


def _bands(support: Support, lang: str) -> Element:
    """Return the classes of a support under their unit, the highest first; anything else is not assessed."""
    rules, made = [], []
    for position, band in enumerate(reversed(Band)):
        is_known = band is not Band.NOT_ASSESSED
        rules.append(Rule(f"\"band\" = '{band}'" if is_known else "ELSE", translate(described(band, support), lang)))
        made.append(_band_symbol(str(position), band, support))
    return _rules(rules, made, title=translate(unit(support, TARGET), lang))


def _band_symbol(name: str, band: Band, support: Support) -> Element:
    """Return how a class is drawn: as on the web map, roads the wider the higher and on a white casing."""
    area = _CELL if support is Support.CELL else _RISK
    if band is Band.NOT_ASSESSED:
        unknown = symbols.line(name, _ROAD_UNKNOWN)
        return unknown if support is Support.ROAD else symbols.hatch(name, area, crossed=True)
    colour = BAND_COLOURS[band.value]
    if support is not Support.ROAD:
        return symbols.fill(name, {**area, "fillColor": colour})
    weight = ROAD_WEIGHTS[band.value]
    casing = {**_DRAWINGS["axis_case"], "weight": weight + CASING_WIDER}
    return symbols.line(name, {"color": colour, "weight": weight}, casing=casing)


def _categories(field: str, entries: Sequence[tuple[str, str, str]]) -> Element:
    """Return a renderer with a category for each (value, text, name of the drawing); other values are not drawn."""
    element = _renderer("categorizedSymbol", attr=field)
    listed, made = SubElement(element, "categories"), []
    for position, (value, text, drawing) in enumerate(entries):
        made.append(symbols.fill(str(position), _DRAWINGS[drawing]))
        _category(listed, value, str(position), text)
    element.append(symbols.symbols(made))
    return element


def _category(listed: Element, value: str, symbol: str, text: str) -> None:
    SubElement(listed, "category", value=value, type="string", symbol=symbol, label=text, render="true")


def _rates(lang: str) -> Element:
    """Return the classes of the web map: hatched without a report, cross-hatched without a population, else by rate."""
    limits = (0.0, *RATE_BREAKS, None)
    classes = pairwise(limits)
    rules = [Rule(f'"events" > 0 AND {_within(_RATE, *each)}', _class_text(*each, lang)) for each in classes]
    made = [symbols.fill(str(n), {**_UNIT, "fillColor": colour}) for n, colour in enumerate(RATE_COLOURS)]
    rules.append(Rule(f'"events" > 0 AND "{_RATE}" IS NULL', _say("legend_norate", lang)))
    made.append(symbols.hatch(str(len(made)), _UNIT, crossed=True))
    rules.append(Rule('"events" IS NULL OR "events" = 0', _say("legend_none", lang)))
    made.append(symbols.hatch(str(len(made)), _UNIT))
    return _rules(rules, made, title=_say("legend_title", lang))


def _places(lang: str) -> Element:
    """Draw towns and airstrips always, villages and communes only where there is room for them."""
    rules = [
        Rule("\"kind\" = 'town'", _say("kind_town", lang)),
        Rule("\"kind\" = 'airstrip'", _say("kind_airstrip", lang)),
        Rule("\"kind\" = 'village'", _say("kind_village", lang), from_scale=_NEAR),
        Rule("\"kind\" = 'commune'", _say("level_commune", lang), from_scale=_NEAR),
    ]
    drawings = ("town", "airstrip", "town", "town")
    return _rules(rules, [symbols.point(str(n), _DRAWINGS[name]) for n, name in enumerate(drawings)])


def _rules(rules: Sequence[Rule], made: Sequence[Element], *, title: str | None = None) -> Element:
    """Return a renderer with a symbol for each rule, under a heading of the legend where there is a title."""
    element = _renderer("RuleRenderer")
    listed = SubElement(element, "rules", key=_key("rules"))
    if title is not None:
        listed = SubElement(listed, "rule", key=_key(title), label=title)
    for position, rule in enumerate(rules):
        limit = {} if rule.from_scale is None else {"scalemaxdenom": str(rule.from_scale)}
        SubElement(
            listed, "rule", limit, key=_key(rule.filter), filter=rule.filter, label=rule.label, symbol=str(position)
        )
    element.append(symbols.symbols(made))
    return element


def _within(field: str, low: float | None, high: float | None) -> str:
    above = f'"{field}" >= {low:g}'
    return above if high is None else f'{above} AND "{field}" < {high:g}'


def _class_text(low: float | None, high: float | None, lang: str) -> str:
    if not low:
        return _say("class_below", lang, high=high)
    return _say("class_above", lang, low=low) if high is None else _say("class_between", lang, low=low, high=high)


def _say(name: str, lang: str, **params: object) -> str:
    """Return a text of the legends, filled."""
    return translate(Message(LEGEND[name].template, params), lang)


def _renderer(kind: str, **attributes: str) -> Element:
    return Element(
        "renderer-v2", {"type": kind, "enableorderby": "0", "forceraster": "0", "symbollevels": "0", **attributes}
    )


def _key(text: str) -> str:
    return f"{{{uuid5(NAMESPACE_URL, text)}}}"
