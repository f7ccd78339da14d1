"""One question to a layer → one GeoJSON body.

A body depends on the store's revision, the question and, for single incidents, the caller's audience; on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd

from api.base.access import Caller, Kind
from api.base.i18n import translate
from api.base.service import Snapshot
from api.layers.asking import LAYERS, LayerName, Period, Query, check_access, period_of
from api.layers.counting import Conflict, conflict_events
from api.layers.encode import MOST_DECIMALS, feature_collection
from api.layers.points import hazard_layer, incident_layer
from api.layers.units import DECIMALS, unit_layer
from geo.boundaries.places import places
from geo.core.messages import Message, message
from geo.core.provenance import sources
from geo.hazards.schema import parse_history
from geo.roads import load_roads
from geo.store import Store

CAVEAT: Final = message(
    "No report is not safety: a place without recorded incidents may be dangerous and simply not reported from."
)
_ROADS_CAVEAT: Final = message("Schematic: straight lines from town to town. The real road runs elsewhere.")
_HAZARDS_CAVEAT: Final = message("Land outside recorded areas is not known to be free of explosive ordnance.")

#: What must be said with a layer where it is another sentence than `CAVEAT`, or none.
_CAVEATS: Final = MappingProxyType(
    {LayerName.ROADS: _ROADS_CAVEAT, LayerName.HAZARDS: _HAZARDS_CAVEAT, LayerName.PLACES: None}
)

#: Layer → shipped files that it is made of, as data/*/SOURCES.toml name them.
_FILES: Final = MappingProxyType(
    {
        LayerName.REGIONS: ("regions/regions.fgb", "regions/population_2020.csv"),
        LayerName.CERCLES: ("regions/cercles.fgb", "regions/population_2020.csv"),
        LayerName.COMMUNES: ("regions/communes.fgb",),
        LayerName.INCIDENTS: (),
        LayerName.HAZARDS: (),
        LayerName.ROADS: ("regions/roads.csv",),
        LayerName.PLACES: ("regions/places.csv",),
    }
)


@dataclass(frozen=True, slots=True)
class LayerTable:
    """A layer before it is encoded: a row per feature, the foreign member ``sira``, and decimals of a degree kept."""

    frame: gpd.GeoDataFrame
    about: dict[str, Any]
    decimals: int = MOST_DECIMALS


def layer_body(store: Store, snapshot: Snapshot, query: Query, caller: Caller) -> bytes:
    """Return the FeatureCollection that answers `query` for `caller`; raises as `layer_table` does."""
    table = layer_table(store, snapshot, query, caller)
    return feature_collection(table.frame, table.about, decimals=table.decimals)


def layer_table(store: Store, snapshot: Snapshot, query: Query, caller: Caller) -> LayerTable:
    """Return the table that answers `query` for `caller`, with the columns of `api.layers.attributes.ATTRIBUTES`.

    What holds for the answer as a whole is in its `about`, see the function of that name.

    Raises
    ------
    AccessDeniedError
        As `api.base.access.disclose`: no way around the table leads through here either.
    """
    check_access(query, caller)
    if LAYERS[query.layer].kind is Kind.REFERENCE:
        frame = _reference(query.layer)
        return LayerTable(frame, about(query, snapshot, None, None, (), is_synthetic=False))
    data = _data_period(store, query)
    period = period_of(query, data)
    extra: dict[str, Any] = {}
    decimals = MOST_DECIMALS
    if query.layer is LayerName.INCIDENTS:
        frame = incident_layer(store, query, period, caller)
        origins = _origins(frame)
    elif query.layer is LayerName.HAZARDS:
        frame = hazard_layer(store, query, period)
        origins = _origins(frame)
    else:
        conflict = conflict_events(store, snapshot, query)
        frame, origins = unit_layer(store, snapshot, query, period, conflict)
        decimals = DECIMALS
        extra = {"conflict": _about_conflict(conflict, query.lang)}
    member = about(query, snapshot, period, data, origins, is_synthetic=snapshot.is_synthetic_only) | extra
    return LayerTable(frame, member, decimals)


def _about_conflict(conflict: Conflict, lang: str) -> dict[str, Any]:
    return {
        "period": _about_period(conflict.period),
        "source": None if conflict.source is None else translate(conflict.source, lang),
    }


def _about_period(period: Period | None) -> dict[str, date | None]:
    return {"start": None, "end": None} if period is None else {"start": period.start, "end": period.end}


def _reference(layer: LayerName) -> gpd.GeoDataFrame:
    return load_roads() if layer is LayerName.ROADS else places()


def _data_period(store: Store, query: Query) -> tuple[date, date] | None:
    """Return the first and last date of what the layer holds, None where it holds nothing."""
    if query.layer is not LayerName.HAZARDS:
        return store.data_period(query.hazards)
    days = [change.since for text in store.hazards()["history"] for change in parse_history(text)]
    return (min(days), max(days)) if days else None


def _origins(frame: gpd.GeoDataFrame) -> tuple[str, ...]:
    return tuple(sorted(frame["source"].dropna().unique()))


def caveat_of(layer: LayerName) -> Message | None:
    """Return what must be said wherever the layer is shown."""
    return _CAVEATS.get(layer, CAVEAT)


def about(
    query: Query,
    snapshot: Snapshot,
    period: Period | None,
    data: tuple[date, date] | None,
    origins: tuple[str, ...],
    *,
    is_synthetic: bool,
) -> dict[str, Any]:
    """Return the foreign member ``sira``: what the answer is, how far it reaches, where it comes from, its limits."""
    files = [source for source in sources() if source.path in _FILES[query.layer]]
    caveat = caveat_of(query.layer)
    return {
        "layer": query.layer,
        "title": translate(LAYERS[query.layer].title, query.lang),
        "lang": query.lang,
        "synthetic": is_synthetic,
        "revision": snapshot.revision,
        "vintage": query.vintage if LAYERS[query.layer].level else None,
        "period": _about_period(period),
        "data_until": data and data[1].strftime("%Y-%m"),
        "hazards": query.hazards if period else [],
        "sources": [
            *({"name": file.attribution, "licence": file.licence, "file": file.path} for file in files),
            *({"name": origin} for origin in origins),
        ],
        "caveat": caveat and translate(caveat, query.lang),
    }
