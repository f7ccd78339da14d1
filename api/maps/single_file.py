"""The map as one HTML file that needs no network: scripts, styles and data inlined, the audience's rules applied.

It holds the very documents that the service would answer to that audience (`api.map_data`), so the same controls work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import orjson

from api.access import Caller, Kind
from api.assessments import today
from api.i18n import LANGUAGES
from api.layers import layer_body
from api.map_data.counts import COLUMNS, counts
from api.map_data.forecasts import forecasts
from api.map_data.names import names
from api.map_data.outlines import outlines
from api.map_data.points import incident_details, points
from api.map_data.queries import Asked, Name, Span
from api.maps.base import BASE_LAYERS, base_layer
from api.maps.page import Page, build_map, in_file, page_for, render, with_nonce
from api.queries import LAYERS, LayerName, Query
from api.routes.figures import published
from api.service import Snapshot
from geo.incidents.schema import EXPLOSIVE
from geo.regions import DEFAULT_VINTAGE
from geo.store import Store
from models.assessment import Assessment

#: Nothing may be fetched, sent or framed: the file holds all it shows.
POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
#: Of a document of counts, what depends on the type of ordnance.
_COUNTED: Final = ("first", "length", "ids", "at", "synthetic", *COLUMNS)
_RISK_KINDS: Final = {"region": Kind.COARSE_RISK, "cercle": Kind.COARSE_RISK, "commune": Kind.FINE_RISK}


def single_file(
    store: Store,
    snapshot: Snapshot,
    caller: Caller,
    *,
    lang: str,
    vintage: str = DEFAULT_VINTAGE,
    assessment: Assessment | None = None,
) -> str:
    """Return the HTML document of the map as `caller` may see it; raises nothing that the service would not.

    Parameters
    ----------
    lang : {"fr", "en"}
        Language of the first view; the file holds both.
    vintage : str
        Boundaries of the first view.
    assessment : Assessment, optional
        What is expected, with the period it was made for; the page says so when that is past. Without it, the file
        holds what was recorded only.
    """
    page = page_for(store, snapshot, caller, lang=lang, vintage=vintage)
    page = replace(page, offers_login=False, layers=in_file(page.layers))
    html, nonce = with_nonce(render(build_map(page, page_data(store, snapshot, caller, page, assessment))))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(nonce=nonce)}" />'
    return html.replace("<head>", f"<head>\n    {policy}", 1)


def page_data(
    store: Store, snapshot: Snapshot, caller: Caller, page: Page, assessment: Assessment | None
) -> dict[str, Any]:
    """Return all that the page shows to `caller`, as its scripts take it."""
    shown = {layer.name for layer in page.layers} | ({"places"} if page.layers else set())
    chosen = [name for name in LayerName if LAYERS[name].level is None and name.value in shown]
    data: dict[str, Any] = {
        "outlines": {_key(asked): outlines(snapshot.boundaries, asked) for asked in _units(page, Name.OUTLINES)},
        **_all_counts(store, snapshot, page),
        "risk": _all_risk(store, snapshot, caller, page, assessment),
        "names": names(snapshot.boundaries),
        "layers": {
            name.value: _layer(store, snapshot, caller, name, page.vintage)
            for name in chosen
            if name is not LayerName.INCIDENTS
        },
        "base": {name: orjson.loads(base_layer(name)) for name in BASE_LAYERS},
        "figures": {lang: published(lang) for lang in LANGUAGES},
    }
    if "incidents" in shown:
        data["points"] = _both(lambda lang: points(store, snapshot, Asked(Name.INCIDENTS, lang=lang), caller))
        data["incidents"] = {lang: incident_details(store, snapshot, caller, lang) for lang in LANGUAGES}
    return data


def _units(page: Page, name: Name) -> Iterator[Asked]:
    for level, vintages in page.levels:
        for vintage in vintages:
            yield Asked(name, level=level, vintage=vintage)


def _key(asked: Asked) -> str:
    return f"{asked.level}-{asked.vintage}"


def _all_counts(store: Store, snapshot: Snapshot, page: Page) -> dict[str, Any]:
    """Return the counts of every level and vintage, whole and by type; what is the same twice stands once."""
    whole: dict[str, Any] = {}
    by_hazard: dict[str, Any] = {}
    days: dict[str, Any] = {}
    same: dict[str, str] = {}
    known: dict[bytes, str] = {}

    def count(asked: Asked) -> dict[str, Any]:
        return counts(store, snapshot, asked)

    for asked in _units(page, Name.COUNTS):
        key = _key(asked)
        if "days" in page.abilities:
            recent = replace(asked, span=Span.LAST_DAYS)
            days[key] = _both(lambda lang, recent=recent: count(replace(recent, lang=lang)))  # type: ignore[misc]
            by_hazard |= {f"days-{name}": document for name, document in _by_hazard(count, recent)}
        both = _both(lambda lang, asked=asked: count(replace(asked, lang=lang)))  # type: ignore[misc]
        told = orjson.dumps([both["common"], [each["sira"]["conflict"] for each in both["said"].values()]])
        if told in known:
            same[key] = known[told]
            continue
        known[told] = key
        whole[key] = both
        by_hazard |= dict(_by_hazard(count, asked))
    return {"counts": whole, "hazards": by_hazard, "days": days, "same": same}


def _by_hazard(count: Callable[[Asked], dict[str, Any]], asked: Asked) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield, per type of ordnance, what depends on it, under the name that the page's script looks for."""
    for hazard in EXPLOSIVE:
        document = count(replace(asked, hazard=hazard))
        yield f"{_key(asked)}-{hazard.value}", {name: document[name] for name in _COUNTED}


def _all_risk(
    store: Store, snapshot: Snapshot, caller: Caller, page: Page, assessment: Assessment | None
) -> dict[str, Any]:
    if assessment is None:
        return {}
    secret = store.secret("pseudonyms")
    found: dict[str, Any] = {}
    for asked in _units(page, Name.RISK):
        if caller.may(_RISK_KINDS[asked.level]) and (asked.level, asked.vintage) in assessment.units:
            found[_key(asked)] = _both(
                lambda lang, asked=asked: forecasts(  # type: ignore[misc]
                    assessment, snapshot.boundaries, replace(asked, lang=lang), caller, today(), secret=secret
                )
            )
    return found


def _both(document: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Return a document in both languages: the members that are the same, and apart those that differ."""
    told = {lang: document(lang) for lang in LANGUAGES}
    first, second = told.values()
    common = {name: value for name, value in first.items() if second[name] == value}
    said = {lang: {name: value for name, value in each.items() if name not in common} for lang, each in told.items()}
    return {"common": common, "said": said}


def _layer(store: Store, snapshot: Snapshot, caller: Caller, name: LayerName, vintage: str) -> dict[str, Any]:
    """Return a layer over the whole period, and apart what differs between the languages."""
    collections = {}
    for lang in LANGUAGES:
        query = Query(name, vintage, None, None, EXPLOSIVE, lang)
        collections[lang] = orjson.loads(layer_body(store, snapshot, query, caller))
    first = collections[LANGUAGES[0]]
    return {"collection": first, "texts": {lang: _difference(first, other) for lang, other in collections.items()}}


def _difference(first: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the members of `other` that are not as in `first`: of ``sira``, and of each feature's properties."""
    features = zip(first["features"], other["features"], strict=True)
    changed = {two["id"]: _changed(one["properties"], two["properties"]) for one, two in features}
    return {
        "sira": _changed(first["sira"], other["sira"]),
        "properties": {key: values for key, values in changed.items() if values},
    }


def _changed(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in two.items() if one.get(name) != value}
