"""Which renderer draws a collection: the classes, bands and patterns of the web map, by the fields it has.

A collection that is added to the registry with fields of these names is drawn accordingly; any other by its geometry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement

from api.base.i18n import translate
from api.base.palette import BAND_COLOURS, CASING_WIDER, PALETTE, RATE_BREAKS, RATE_COLOURS, ROAD_WEIGHTS
from api.collections.registry import TARGET, Collection
from api.layers.labels import HAZARD_STATUSES, LOCATION_PRECISIONS
from api.layers.layer import GeometryType
from api.layers.texts import LEGEND
from api.qgis import symbols
from geo.core.messages import Message
from geo.hazards.schema import HazardStatus
from geo.incidents.schema import LocationPrecision
from models.risk.class_limits import Band, Support, band_with_limits, scale_heading

_DRAWINGS: Final = cast(Mapping[str, symbols.Drawing], PALETTE["drawings"])
_GROUPS: Final = cast(Mapping[str, str], PALETTE["hazard_groups"])
#: Groups of statuses, the worst last: what is drawn later lies on top.
_RANKS: Final = ("released", "suspected", "confirmed")
_RATE: Final = "rate_per_100k_year"
_RISK: Final = {"color": PALETTE["border"], "weight": 0.8, "fillOpacity": 0.92}
_UNIT: Final = {"color": PALETTE["border"], "weight": 0.8, "fillOpacity": 0.88}
_PLAIN_AREA: Final = {"color": PALETTE["border"], "weight": 0.8, "fillOpacity": 0}
#: A line around each of 50,000 cells would be all that is seen of them.
_CELL: Final = {**_RISK, "weight": 0}
_ROAD_UNKNOWN: Final = {"color": PALETTE["hatch"], "weight": 2.2, "dashArray": "4 4"}
#: Scale from which on places are drawn that are too many for a map of the country.
_NEAR: Final = 1_500_000
#: Roads and cells have the same colours: a dark edge and a white one within it stand out on each of them.
_CASINGS: Final = ((_DRAWINGS["route_case"], 2.7 * CASING_WIDER), (_DRAWINGS["axis_case"], 1.4 * CASING_WIDER))
_SYMBOLS: Final[Mapping[GeometryType, Callable[[str, symbols.Drawing], Element]]] = {
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
        return _hazards(lang)
    if collection.geometry is GeometryType.POINT and "location_precision" in names:
        return _incidents(lang)
    if collection.geometry is GeometryType.POINT and "kind" in names:
        return _places(lang)
    return _single(collection)


def _hazards(lang: str) -> Element:
    """Draw areas by status, those too small to be seen as marks, the worst on top."""
    rules, made = [], []
    for position, status in enumerate(HazardStatus):
        group = _GROUPS[status.value]
        rules.append(Rule(f"\"status\" = '{status}'", translate(HAZARD_STATUSES[status], lang)))
        area, mark = _DRAWINGS[f"hazard_{status}"], _DRAWINGS[f"symbol_{group}"]
        made.append(symbols.area(str(position), area, mark, group))
    element = _rules(rules, made, title=_say("legend_symbols", lang))
    element.set("enableorderby", "1")
    ranks = " ".join(f"WHEN \"status\" = '{status}' THEN {_RANKS.index(group)}" for status, group in _GROUPS.items())
    order = SubElement(SubElement(element, "orderby"), "orderByClause", asc="1", nullsFirst="1")
    order.text = f"CASE {ranks} END"
    return element


def _incidents(lang: str) -> Element:
    """Draw a disc where a position is exact, and a ring where it is not: nobody shall walk to its middle."""
    rules = [Rule("\"location_precision\" = 'exact'", translate(LOCATION_PRECISIONS[LocationPrecision.EXACT], lang))]
    rules.append(Rule("ELSE", _say("precision_other", lang)))
    ring = {**_DRAWINGS["incident"], **_DRAWINGS["incident_near"]}
    return _rules(rules, [symbols.point("0", _DRAWINGS["incident"]), symbols.point("1", ring)])


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
        rules.append(
            Rule(f"\"band\" = '{band}'" if is_known else "ELSE", translate(band_with_limits(band, support), lang))
        )
        made.append(_band_symbol(str(position), band, support))
    element = _rules(rules, made, title=translate(scale_heading(support, TARGET), lang))
    if support is Support.ROAD:
        element.set("symbollevels", "1")  # all casings first, the highest class last
    return element


def _band_symbol(name: str, band: Band, support: Support) -> Element:
    """Return how a class is drawn: as on the web map, roads the wider the higher and on a white casing."""
    area = _CELL if support is Support.CELL else _RISK
    if band is Band.NOT_ASSESSED:
        unknown = symbols.line(name, _ROAD_UNKNOWN, casings=[{**_DRAWINGS["axis_case"], "weight": 7}])
        return unknown if support is Support.ROAD else symbols.hatch(name, area, crossed=True)
    colour = BAND_COLOURS[band.value]
    if support is not Support.ROAD:
        return symbols.fill(name, {**area, "fillColor": colour})
    weight = ROAD_WEIGHTS[band.value]
    casings = [{**drawing, "weight": weight + wider} for drawing, wider in _CASINGS]
    return symbols.line(name, {"color": colour, "weight": weight}, casings=casings, level=list(Band).index(band))


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
