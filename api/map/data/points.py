"""Incidents one by one as columns of whole numbers, so that 50,000 of them travel and draw; details apart, by number.

Reports are in the order of their revision (newest first, then by id): a number and a revision name one report. Whoever
sees pseudonyms gets them in the order of the pseudonyms, for that of the ids would say which is which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from api.base.access import Caller, visible_ids, visible_incidents
from api.base.service import Snapshot
from api.base.sizes import MOST_BYTES
from api.layers.encode import column_values, feature_collection, json_value
from api.layers.layer import Period, Query
from api.layers.points import incident_layer
from api.layers.query import period_of
from api.layers.registry import INCIDENTS
from api.layers.tables import about_counts
from api.layers.words import put_into_words
from api.map.data.queries import SELECTABLE, DocumentQuery
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core.errors import NotFoundError
from geo.core.memory import LAT, LON, flat, frame_nbytes, located
from geo.core.messages import message
from geo.incidents.schema import EXPLOSIVE, DatePrecision, LocationPrecision
from geo.store import Store

#: More than the bytes that any report takes in the document: so it is certain that so many fit.
_ROW_BYTES: Final = 100
#: Positions are whole numbers of 1/10,000 degree, about 11 m: the pixel of the nearest view.
_SCALE: Final = 10_000
_HAZARDS: Final = [hazard.value for hazard in SELECTABLE]
_APART: Final = [position for position, hazard in enumerate(SELECTABLE) if hazard not in EXPLOSIVE]
#: What drawing a report takes beside its position, and knowing it again.
_DRAWN: Final = (
    "event_id",
    "source",
    "date",
    "date_precision",
    "location_precision",
    "location_error_km",
    "hazard_type",
    "synthetic",
)
#: What the map tells of one report.
_TOLD: Final = (
    "hazard_type",
    "synthetic",
    "date",
    "place_name",
    "location_precision",
    "location_error_km",
    "outcome",
    "killed_total",
    "injured_total",
    "source",
    "source_id",
    "narrative",
    "note",
)
_PRECISIONS: Final = [precision.value for precision in LocationPrecision]
_DATES: Final = [precision.value for precision in DatePrecision]


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest reports, in the order of their numbers; how many older ones there are, and the last day of these.

    `table` has the columns `_DRAWN`, and positions as `geo.core.memory.flat` has them.
    """

    table: pd.DataFrame
    left_out: int
    until: date | None

    @property
    def nbytes(self) -> int:
        """About the bytes of memory that they take."""
        return frame_nbytes(self.table)


def points(
    store: Store, snapshot: Snapshot, asked: DocumentQuery, caller: Caller, *, most_bytes: int = MOST_BYTES
) -> dict[str, Any]:
    """Return every incident of a type that can be chosen and with a point, as far as `caller` may see it.

    Of more reports than are certain to fit into `most_bytes`, the newest: ``left_out`` says how many are not among
    these, and ``left_until`` the newest day of one that is not.

    Returns
    -------
    dict
        ``sira`` as in the layer of incidents; and one entry per report in ``lon``, ``lat`` (EPSG:4326, in 1/``scale``
        degree), ``day`` (days since 1970-01-01, each as its step back from the one before), ``hazard``,
        ``precision`` and ``dated``, how closely the day is known (positions in ``hazards``, ``precisions`` and
        ``dates``), ``synthetic`` (0 or 1) and ``number``, by which `incident_body` is asked (each as its step from the
        one before). Types in ``apart`` are shown where they alone are asked for. ``unplaced`` counts the reports
        without a point.
    """
    newest = _newest(store, snapshot, caller, most_bytes // _ROW_BYTES)
    table = newest.table
    visible = visible_incidents(located(table), caller, secret=store.secret("pseudonyms"))
    is_placed = ~(visible.geometry.is_empty | visible.geometry.isna()).to_numpy()
    shown = visible[is_placed]
    lonlat = np.round(shapely.get_coordinates(shown.geometry.array) * _SCALE).astype(np.int64)
    days = shown["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    query = _whole(asked.lang)
    data = store.data_period(EXPLOSIVE)
    origins = tuple(sorted(table["source"].dropna().unique()))
    return {
        "sira": json_value(
            about_counts(
                query, snapshot, period_of(query, data), data, origins, is_synthetic=snapshot.is_synthetic_only
            )
        ),
        "scale": _SCALE,
        "hazards": _HAZARDS,
        "apart": _APART,
        "precisions": _PRECISIONS,
        "dates": _DATES,
        "left_out": newest.left_out,
        "left_until": newest.until and newest.until.isoformat(),
        "unplaced": int((visible["hazard_type"].isin(EXPLOSIVE) & ~is_placed).sum()),
        "lon": lonlat[:, 0].tolist(),
        "lat": lonlat[:, 1].tolist(),
        "day": np.diff(days, prepend=0).tolist(),
        "hazard": pd.Categorical(shown["hazard_type"], categories=_HAZARDS).codes.tolist(),
        "precision": pd.Categorical(shown["location_precision"], categories=_PRECISIONS).codes.tolist(),
        "dated": pd.Categorical(shown["date_precision"], categories=_DATES).codes.tolist(),
        "synthetic": shown["synthetic"].astype(int).tolist(),
        "number": np.diff(np.flatnonzero(is_placed), prepend=0).tolist(),
    }


def bytes_of(reports: int) -> int:
    """Return into how many bytes so many reports are certain to fit."""
    return reports * _ROW_BYTES


def incident_body(
    store: Store, snapshot: Snapshot, asked: DocumentQuery, caller: Caller, *, most_bytes: int = MOST_BYTES
) -> bytes:
    """Return one report as the layer of incidents shows it to `caller`: a FeatureCollection of one.

    Raises
    ------
    NotFoundError
        There is no report of that number, or the data have changed since the number was given.
    """
    table = _newest(store, snapshot, caller, most_bytes // _ROW_BYTES).table
    if asked.revision != snapshot.revision or asked.number >= len(table):
        raise NotFoundError(
            message("There is no report of that number in revision {revision} of the data.", revision=snapshot.revision)
        )
    report, day = table.index[asked.number], table["date"].iloc[asked.number].date()
    period = Period(day, day + timedelta(days=1))
    query = _whole(asked.lang)
    name = visible_ids([report], caller, secret=store.secret("pseudonyms"))
    frame = put_into_words(incident_layer(store, query, period, caller).loc[name], INCIDENTS.attributes, asked.lang)
    member = about_counts(
        query, snapshot, period, (day, day), (str(frame["source"].iloc[0]),), is_synthetic=snapshot.is_synthetic_only
    )
    return feature_collection(frame, member)


def incident_details(
    store: Store, snapshot: Snapshot, caller: Caller, lang: str, *, most_bytes: int = MOST_BYTES
) -> dict[str, list[Any]]:
    """Return what the map tells of the reports of `points`, as columns in the order of numbers, for the single file."""
    table = _newest(store, snapshot, caller, most_bytes // _ROW_BYTES).table
    ids = visible_ids(table.index, caller, secret=store.secret("pseudonyms"))
    query, since = _whole(lang), None if table.empty else table["date"].min().date()
    period = period_of(replace(query, start=since), store.data_period(SELECTABLE))
    layer = incident_layer(store, query, period, caller).loc[ids]
    layer = put_into_words(layer, INCIDENTS.attributes, lang)
    return {name: column_values(layer[name]) for name in _TOLD}


def _whole(lang: str) -> Query:
    return Query(INCIDENTS, DEFAULT_VINTAGE, None, None, SELECTABLE, lang)


def _newest(store: Store, snapshot: Snapshot, caller: Caller, most: int) -> _Newest:
    """Return the newest incidents of types that can be chosen, newest first, then by the id that `caller` sees.

    Callers change nothing.
    """

    def make() -> _Newest:
        total = store.count_incidents(hazards=SELECTABLE)
        if total > most:
            table = flat(store.incidents(start=store.newest_since(most, SELECTABLE), hazards=SELECTABLE))
        else:
            table = snapshot.incidents(store).rows(hazards=SELECTABLE)
        table = table[[*_DRAWN, LON, LAT]]
        ids = np.array(visible_ids(table.index, caller, secret=store.secret("pseudonyms")), dtype=str)
        order = np.lexsort((ids, -table["date"].to_numpy().astype("datetime64[D]").astype(int)))
        beyond = table["date"].iloc[order[most : most + 1]]
        until = None if beyond.empty else beyond.iloc[0].date()
        return _Newest(table.iloc[order[:most]], max(total - most, 0), until)

    found: _Newest = snapshot.kept.get((snapshot.revision, "newest", caller.audience, most), make)
    return found
