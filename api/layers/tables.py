"""One question to a layer → one GeoJSON body.

A body depends on the store's revision, the question and, for single incidents, the caller's audience; on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd

from api.base.access import Caller, Kind
from api.base.i18n import translate
from api.base.service import Snapshot
from api.base.sizes import Most
from api.layers.encode import feature_collection, least_bytes
from api.layers.layer import Period, Query, about_period
from api.layers.query import check_access, period_of
from api.layers.words import put_into_words
from geo.core.messages import Message
from geo.core.provenance import sources
from geo.store import Store


@dataclass(frozen=True, slots=True)
class LayerTable:
    """A layer before it is encoded: a row per feature, the foreign member ``sira``, and decimals of a degree kept."""

    frame: gpd.GeoDataFrame
    about: dict[str, Any]
    decimals: int


def layer_body(store: Store, snapshot: Snapshot, query: Query, caller: Caller, most_bytes: int | None = None) -> bytes:
    """Return the FeatureCollection that answers `query` for `caller`.

    Raises
    ------
    AccessDeniedError
        As `layer_table`.
    TooLargeError
        It has more than `most_bytes`; what is certain to is not made.
    """
    check_access(query, caller)
    layer, most = query.layer, None
    if most_bytes is not None:
        most = Most(most_bytes, layer.collection(query.vintage, layer.level))
        if layer.count is not None:
            rows = layer.count(store, query, period_of(query, layer.span(store, query)))
            most.check(rows * least_bytes(each.name for each in layer.attributes))
    table = layer_table(store, snapshot, query, caller)
    return feature_collection(table.frame, table.about, decimals=table.decimals, most=most)


def layer_table(store: Store, snapshot: Snapshot, query: Query, caller: Caller) -> LayerTable:
    """Return the table that answers `query` for `caller`, with the columns of its layer's attributes.

    What holds for the answer as a whole is in its `about`, see `about_counts`.

    Raises
    ------
    AccessDeniedError
        As `api.base.access.disclose`: no way around the table leads through here either.
    """
    check_access(query, caller)
    layer = query.layer
    data = layer.span(store, query)
    period = period_of(query, data)
    rows = layer.make(store, snapshot, query, period, caller)
    is_synthetic = snapshot.is_synthetic_only and layer.kind is not Kind.REFERENCE
    said = about_counts(query, snapshot, period, data, rows.sources, is_synthetic=is_synthetic)
    frame = put_into_words(rows.frame, layer.attributes, query.lang)
    return LayerTable(frame, said | _words(rows.about, query.lang), layer.decimals)


def _words(value: Any, lang: str) -> Any:
    """Return what holds for a layer with its messages in `lang`."""
    if isinstance(value, dict):
        return {name: _words(part, lang) for name, part in value.items()}
    return translate(value, lang) if isinstance(value, Message) else value


def about_counts(
    query: Query,
    snapshot: Snapshot,
    period: Period | None,
    data: tuple[date, date] | None,
    origins: tuple[str, ...],
    *,
    is_synthetic: bool,
) -> dict[str, Any]:
    """Return the foreign member ``sira``: what the answer is, how far it reaches, where it comes from, its limits."""
    layer = query.layer
    files = [source for source in sources() if source.path in layer.files]
    return {
        "layer": layer.name,
        "title": translate(layer.title, query.lang),
        "lang": query.lang,
        "synthetic": is_synthetic,
        "revision": snapshot.revision,
        "vintage": query.vintage if layer.level else None,
        "period": about_period(period),
        "data_until": data and data[1].strftime("%Y-%m"),
        "hazards": query.hazards if period else [],
        "sources": [
            *({"name": file.attribution, "licence": file.licence, "file": file.path} for file in files),
            *({"name": origin} for origin in origins),
        ],
        "caveat": layer.caveat and translate(layer.caveat, query.lang),
    }
