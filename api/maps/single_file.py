"""The map as one HTML file that needs no network: scripts, styles and data inlined, the audience's rules applied.

Layers are the very bodies that the service would answer to that audience (`api.layers.layer_body`); what the page
cannot ask for without a service, counts per month and type, is a table of the same counts (`geo.counts.count`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
import pandas as pd

from api.access import Caller
from api.counting import conflict_by_month
from api.i18n import LANGUAGES
from api.layers import layer_body
from api.maps.base import BASE_LAYERS, base_layer
from api.maps.page import Page, build_map, page_for, render, with_nonce
from api.queries import LAYERS, LayerName, Query
from api.routes.figures import published
from api.service import Snapshot
from geo.counts import count
from geo.incidents.schema import EXPLOSIVE
from geo.regions import DEFAULT_VINTAGE
from geo.store import Store

#: Nothing may be fetched, sent or framed: the file holds all it shows.
POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_MEASURES: Final = ("events", "killed", "injured", "civilians")
_DECIMALS: Final = 6


def single_file(store: Store, snapshot: Snapshot, caller: Caller, *, lang: str, vintage: str = DEFAULT_VINTAGE) -> str:
    """Return the HTML document of the map as `caller` may see it; raises nothing that the service would not.

    Parameters
    ----------
    lang : {"fr", "en"}
        Language of the first view; the file holds both.
    vintage : str
        Boundaries of the first view.
    """
    page = replace(page_for(store, snapshot, caller, lang=lang, vintage=vintage), offers_login=False)
    html, nonce = with_nonce(render(build_map(page, page_data(store, snapshot, caller, page))))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(nonce=nonce)}" />'
    return html.replace("<head>", f"<head>\n    {policy}", 1)


def page_data(store: Store, snapshot: Snapshot, caller: Caller, page: Page) -> dict[str, Any]:
    """Return all that the page shows to `caller`, as its scripts take it."""
    units = {
        f"{level}-{vintage}": {
            **_layer(store, snapshot, caller, _LAYER_OF[level], vintage),
            "counts": _monthly(store, snapshot, level, vintage),
            "conflict": _monthly_conflict(store, snapshot, _LAYER_OF[level], vintage),
        }
        for level, vintages in page.levels
        for vintage in vintages
    }
    shown = [name for name in LayerName if LAYERS[name].level is None and name.value in dict(page.layers)]
    return {
        "units": units,
        "layers": {name.value: _layer(store, snapshot, caller, name, page.vintage) for name in shown},
        "base": {name: orjson.loads(base_layer(name)) for name in BASE_LAYERS},
        "figures": {lang: published(lang) for lang in LANGUAGES},
    }


_LAYER_OF: Final[Mapping[str, LayerName]] = {layer.level: name for name, layer in LAYERS.items() if layer.level}


def _whole(name: LayerName, vintage: str, lang: str) -> Query:
    return Query(name, vintage, None, None, EXPLOSIVE, lang)


def _layer(store: Store, snapshot: Snapshot, caller: Caller, name: LayerName, vintage: str) -> dict[str, Any]:
    """Return a layer over the whole period, and apart what differs between the languages."""
    collections = {}
    for lang in LANGUAGES:
        collections[lang] = orjson.loads(layer_body(store, snapshot, _whole(name, vintage, lang), caller))
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


def _monthly(store: Store, snapshot: Snapshot, level: str, vintage: str) -> dict[str, Any]:
    """Return the counts per unit, month and type: rows of positions in three lists, then the measures."""
    counts = count(store.incidents(), snapshot.boundaries, level, vintage, measures=_MEASURES)
    keys = ["unit_id", "period_start", "hazard_type", "synthetic"]
    wide = counts.pivot(index=keys, columns="measure", values=["exact", "spread", "total"]).reset_index()
    units, unit_names = pd.factorize(wide["unit_id"], sort=True)
    months, month_names = pd.factorize(wide["period_start"].dt.strftime("%Y-%m"), sort=True)
    hazards, hazard_names = pd.factorize(wide["hazard_type"], sort=True)
    columns = [("exact", "events"), ("spread", "events"), *(("total", name) for name in _MEASURES[1:])]
    values = wide[columns].round(_DECIMALS).astype(object)
    values = values.where(values.notna(), None)
    rows = zip(units.tolist(), months.tolist(), hazards.tolist(), wide["synthetic"].astype(int).tolist(), strict=True)
    return {
        "units": list(unit_names),
        "months": list(month_names),
        "hazards": list(hazard_names),
        "rows": [[*key, *row] for key, row in zip(rows, values.to_numpy().tolist(), strict=True)],
    }


def _monthly_conflict(store: Store, snapshot: Snapshot, name: LayerName, vintage: str) -> list[list[Any]] | None:
    """Return the conflict events per unit and month as rows of unit, month and number, None where there are none."""
    table = conflict_by_month(store, snapshot, _whole(name, vintage, LANGUAGES[0]))
    if table is None:
        return None
    months = table["month"].dt.strftime("%Y-%m")
    summed = table.groupby(["unit_id", months])["events"].sum().round(_DECIMALS).reset_index()
    return [list(row) for row in summed.itertuples(index=False, name=None)]
