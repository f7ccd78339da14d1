"""What the single file holds: the documents of the map and its layers, as the service answers them to an audience."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from api.base.access import Caller
from api.base.assessments import today
from api.base.i18n import LANGUAGES
from api.base.service import Snapshot
from api.base.sizes import MOST_BYTES, TooLargeError
from api.layers.figures import published
from api.layers.layer import DataLayer, Query, RiskQuery
from api.layers.registry import CELLS, EXPECTED, HOTSPOTS, INCIDENTS, LAYERS
from api.layers.risk import risk_body
from api.layers.tables import layer_body
from api.map.base import BASE_LAYERS, base_layer
from api.map.data.cells import cells
from api.map.data.counts import COLUMNS, counts, forecasts
from api.map.data.names import names, outlines
from api.map.data.points import bytes_of, incident_details, points
from api.map.data.queries import SELECTABLE, DocumentName, DocumentQuery, Span
from api.map.page import Page
from api.roads.axes import axes_body
from api.roads.planners import ReadyPlanner
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.incidents.schema import EXPLOSIVE
from geo.store import Store
from models.risk.assessment import Assessment
from models.risk.target import Target

#: Of a document of counts, what depends on the type of ordnance.
_COUNTED: Final = ("first", "length", "ids", "at", "synthetic", "trend", *COLUMNS)
#: Part of the file: a document by its name.
Parts = dict[str, Any]

_LEVEL: Final = 9
#: Part of the incidents that fit on average that is tried next.
_SPARE: Final = 0.9


def file_data(
    store: Store,
    snapshot: Snapshot,
    caller: Caller,
    page: Page,
    assessment: Assessment | None,
    *,
    most_bytes: int = MOST_BYTES,
) -> Parts:
    """Return all that `page` shows to `caller`, as ``data/file.js`` takes it; roads are added by `axes_part`.

    Of incidents one by one the newest are held, none of whose documents has more than `most_bytes`; a layer that has
    is left out.
    """
    shown = {layer.name for layer in page.layers} | ({"places"} if page.layers else set())
    return {
        **{
            f"outlines-{_key(asked)}": outlines(snapshot.boundaries, asked)
            for asked in _units(page, DocumentName.OUTLINES)
        },
        **_all_counts(store, snapshot, page),
        "names": names(snapshot.boundaries),
        **_layers(store, snapshot, caller, page, shown, most_bytes),
        **{f"base-{name}": orjson.loads(base_layer(name)) for name in BASE_LAYERS},
        "figures": {lang: published(lang) for lang in LANGUAGES},
        **(_incidents(store, snapshot, caller, most_bytes) if "incidents" in shown else {}),
        **({} if assessment is None else _assessed(store, snapshot, caller, page, assessment)),
    }


def axes_part(ready: ReadyPlanner) -> Parts:
    """Return the named axes, for whoever may ask for routes."""
    return {"layer-axes": _layer(lambda lang: axes_body(ready, lang, today()))}


def _units(page: Page, name: DocumentName) -> Iterator[DocumentQuery]:
    for level, vintages in page.levels:
        for vintage in vintages:
            yield DocumentQuery(name, level=level, vintage=vintage)


def _key(asked: DocumentQuery) -> str:
    return f"{asked.level}-{asked.vintage}"


def _layers(store: Store, snapshot: Snapshot, caller: Caller, page: Page, shown: set[str], most_bytes: int) -> Parts:
    found: Parts = {}
    for layer in LAYERS.values():
        if layer.level is None and layer.name in shown and layer is not INCIDENTS:
            with suppress(TooLargeError):  # the page says that it is not held
                body = partial(_counted, store, snapshot, caller, layer, page, most_bytes)
                found[f"layer-{layer.name}"] = _layer(body)
    return found


def _incidents(store: Store, snapshot: Snapshot, caller: Caller, most_bytes: int) -> Parts:
    """Return the newest incidents one by one: so many that neither document has more than `most_bytes`."""
    room = most_bytes
    while True:
        found = _newest(store, snapshot, caller, room)
        largest = max(len(orjson.dumps(part)) for part in found.values())
        if largest <= most_bytes:
            return found
        held = len(found["incidents"]["common"]["synthetic"])
        room = int(bytes_of(held) * _SPARE * most_bytes / largest)


def _newest(store: Store, snapshot: Snapshot, caller: Caller, room: int) -> Parts:
    asked = DocumentQuery(DocumentName.INCIDENTS)
    return {
        "points": both_languages(
            lambda lang: points(store, snapshot, replace(asked, lang=lang), caller, most_bytes=room)
        ),
        "incidents": both_languages(lambda lang: incident_details(store, snapshot, caller, lang, most_bytes=room)),
    }


def _all_counts(store: Store, snapshot: Snapshot, page: Page) -> Parts:
    """Return the counts of every level and vintage, whole and by type; what is the same twice stands once."""
    found: Parts = {}
    same: dict[str, str] = {}
    known: dict[bytes, str] = {}

    def count(asked: DocumentQuery) -> dict[str, Any]:
        return counts(store, snapshot, asked)

    for asked in _units(page, DocumentName.COUNTS):
        key = _key(asked)
        if "days" in page.abilities:
            recent = replace(asked, span=Span.LAST_DAYS)
            found[f"days-{key}"] = both_languages(lambda lang, recent=recent: count(replace(recent, lang=lang)))  # type: ignore[misc]
            found |= {f"days-{name}": document for name, document in _by_hazard(count, recent)}
        whole = both_languages(lambda lang, asked=asked: count(replace(asked, lang=lang)))  # type: ignore[misc]
        told = orjson.dumps([whole["common"], [each["sira"]["conflict"] for each in whole["said"].values()]])
        if told in known:
            same[key] = known[told]
            continue
        known[told] = key
        found[f"counts-{key}"] = whole
        found |= {f"counts-{name}": document for name, document in _by_hazard(count, asked)}
    return {**found, "same": same}


def _by_hazard(
    count: Callable[[DocumentQuery], dict[str, Any]], asked: DocumentQuery
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield, per type of ordnance, what depends on it, under the name that the page's script looks for."""
    for hazard in SELECTABLE:
        document = count(replace(asked, hazard=hazard))
        yield f"{_key(asked)}-{hazard.value}", {name: document[name] for name in _COUNTED}


def _assessed(store: Store, snapshot: Snapshot, caller: Caller, page: Page, assessment: Assessment) -> Parts:
    """Return what is expected per unit, and the cells and hotspots where `caller` may see them."""
    secret = store.secret("pseudonyms")
    found: Parts = {}
    for asked in _units(page, DocumentName.RISK):
        if caller.may(EXPECTED[asked.level].kind) and (asked.level, asked.vintage) in assessment.units:
            found[f"risk-{_key(asked)}"] = both_languages(
                lambda lang, asked=asked: forecasts(  # type: ignore[misc]
                    assessment, snapshot.boundaries, replace(asked, lang=lang), caller, today(), secret=secret
                )
            )
    if caller.may(CELLS.kind):
        found["cells"] = both_languages(
            lambda lang: cells(assessment, DocumentQuery(DocumentName.CELLS, lang=lang), today(), caller)
        )

    if caller.may(HOTSPOTS.kind):

        def hotspots(lang: str) -> bytes:
            query = RiskQuery(HOTSPOTS, Target.IED, HOTSPOTS.level, DEFAULT_VINTAGE, lang)
            return risk_body(assessment, snapshot.boundaries, query, caller, today(), secret=secret)

        found["layer-hotspots"] = _layer(hotspots, _has_pattern)
    return found


def _counted(
    store: Store, snapshot: Snapshot, caller: Caller, layer: DataLayer, page: Page, most_bytes: int, lang: str
) -> bytes:
    """Return a layer over the whole period."""
    query = Query(layer, page.vintage, None, None, EXPLOSIVE, lang)
    return layer_body(store, snapshot, query, caller, most_bytes=most_bytes)


def _has_pattern(feature: dict[str, Any]) -> bool:
    """Tell whether a place is a hotspot: the map draws no other."""
    return feature["properties"]["pattern"] not in (None, "none")


def _layer(body: Callable[[str], bytes], is_drawn: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
    """Return what is drawn of a layer, and apart what differs between the languages."""
    collections = {lang: orjson.loads(body(lang)) for lang in LANGUAGES}
    for collection in collections.values():
        collection["features"] = list(filter(is_drawn, collection["features"]))
    first = collections[LANGUAGES[0]]
    return {"collection": first, "texts": {lang: _difference(first, other) for lang, other in collections.items()}}


def _difference(first: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of `other` that are not as in `first`: of ``sira``, and of each feature's properties."""
    features = zip(first["features"], other["features"], strict=True)
    changed = {two["id"]: _changed(one["properties"], two["properties"]) for one, two in features}
    return {
        "sira": _changed(first["sira"], other["sira"]),
        "properties": {key: values for key, values in changed.items() if values},
    }


def _changed(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in two.items() if one.get(name) != value}


def both_languages(document: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return a document in both languages: the members that are the same, and apart those that differ."""
    told = {lang: document(lang) for lang in LANGUAGES}
    first, second = told.values()
    common = {name: value for name, value in first.items() if second[name] == value}
    said = {lang: {name: value for name, value in each.items() if name not in common} for lang, each in told.items()}
    return {"common": common, "said": said}


def pack(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return each part as base64 of its compressed JSON; equal parts give equal texts."""
    return {name: _packed(orjson.dumps(part)) for name, part in parts.items()}


def _packed(text: bytes) -> str:
    return base64.b64encode(gzip.compress(text, _LEVEL, mtime=0)).decode()


def as_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows, which all have the same members, as a column a member.

    Examples
    --------
    >>> as_columns([{"a": 1, "b": 2}, {"a": 3, "b": 4}])
    {'a': [1, 3], 'b': [2, 4]}
    """
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def delta_encode(numbers: Sequence[int]) -> list[int]:
    """Return the first number and then each one's step from the one before, which compress better.

    Examples
    --------
    >>> delta_encode([7, 8, 9, 4])
    [7, 1, 1, -5]
    """
    return [number - before for number, before in zip(numbers, (0, *numbers), strict=False)]
