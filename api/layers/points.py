"""Layers without counts: incidents one by one, hazard areas, roads and places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from api.base.access import Caller, visible_incidents
from api.base.service import Snapshot
from api.layers.layer import Period, Query, Rows
from geo.boundaries.places import places
from geo.hazards.areas import status_at
from geo.hazards.schema import parse_history
from geo.incidents.schema import VICTIM_COLUMNS, DatePrecision
from geo.roads import load_roads
from geo.store import Store
from geo.store.held import Incidents

DATE_FORMATS: Final = MappingProxyType(
    {DatePrecision.DAY.value: "%Y-%m-%d", DatePrecision.MONTH.value: "%Y-%m", DatePrecision.YEAR.value: "%Y"}
)
#: Letters of a date in ISO's form that are known.
_DATE_LETTERS: Final = MappingProxyType({DatePrecision.MONTH.value: 7, DatePrecision.YEAR.value: 4})

#: Columns of an incident table that the layer shows, in order.
_INCIDENT_COLUMNS: Final = (
    "event_id",
    "source",
    "source_id",
    "date",
    "date_precision",
    "location_precision",
    "location_error_km",
    "location_unit",
    "hazard_type",
    "outcome",
    *VICTIM_COLUMNS,
    "narrative",
    "place_name",
    "synthetic",
    "note",
)


def incident_layer(
    store: Store, query: Query, period: Period | None, caller: Caller, held: Incidents | None = None
) -> gpd.GeoDataFrame:
    """Return the reports whose date lies in the period, as far as `caller` may see them, indexed and ordered by id.

    ``date`` is text of the precision that is known: ``2023``, ``2023-07`` or ``2023-07-14``. Reports known to a unit
    or a road only have no geometry. Where the incidents are `held` in memory, they are not read.
    """
    start, end = (None, None) if period is None else (period.start, period.end)
    chosen = (store.incidents if held is None else held.chosen)(start=start, end=end, hazards=query.hazards)
    # in the order of the ids behind them, pseudonyms would say which is which
    incidents = visible_incidents(chosen, caller, secret=store.secret("pseudonyms")).sort_index()
    incidents["date"] = _partial_dates(incidents["date"], incidents["date_precision"])
    return incidents[[*_INCIDENT_COLUMNS, "geometry"]]


def _partial_dates(dates: pd.Series, precisions: pd.Series) -> Any:
    """Return dates as text of the precision that is known."""
    days = np.datetime_as_string(dates.to_numpy().astype("datetime64[D]")).astype(object)
    for precision, letters in _DATE_LETTERS.items():
        mine = (precisions == precision).to_numpy(bool)
        days[mine] = [day[:letters] for day in days[mine]]
    return pd.array(days, dtype="str")


def hazard_layer(store: Store, query: Query, period: Period | None) -> gpd.GeoDataFrame:
    """Return the hazard areas known on the last day of the period, with the status they had then, indexed by id.

    Areas whose device categories are known are kept where one of them is among the hazards asked for; the others
    may hold anything and are always kept.
    """
    areas = store.hazards()
    histories = areas["history"].map(parse_history)
    if period is not None:
        areas["status"] = status_at(areas, period.last_day)
        known = {
            key: [change for change in history if change.since <= period.last_day] for key, history in histories.items()
        }
        areas = areas[_mask(bool(known[key]) for key in areas.index)]
        histories = pd.Series(known, dtype=object)
    wanted = {hazard.value for hazard in query.hazards}
    categories = areas["device_categories"].map(_split)
    areas = areas[_mask(not listed or bool(wanted & set(listed)) for listed in categories)]
    shown = histories.reindex(areas.index)
    return gpd.GeoDataFrame(
        {
            "name": areas["name"],
            "status": areas["status"],
            "status_since": [history[-1].since.isoformat() for history in shown],
            "history": [
                [{"since": change.since.isoformat(), "status": change.status.value} for change in history]
                for history in shown
            ],
            "device_categories": categories.reindex(areas.index),
            "survey_date": areas["survey_date"],
            "clearance_date": areas["clearance_date"],
            "method": areas["method"],
            "area_m2": areas["area_measured_m2"].round(0),
            "area_reported_m2": areas["area_reported_m2"],
            "source": areas["source"],
            "source_id": areas["source_id"],
            "synthetic": areas["synthetic"],
            "note": areas["note"],
        },
        geometry=areas.geometry,
        crs=areas.crs,
    )


def make_incidents(store: Store, snapshot: Snapshot, query: Query, period: Period | None, caller: Caller) -> Rows:
    """Make the rows of the layer of incidents."""
    is_whole = query.start is None and query.end is None
    return _with_origins(incident_layer(store, query, period, caller, snapshot.incidents(store) if is_whole else None))


def count_incidents(store: Store, query: Query, period: Period | None) -> int:
    """Return how many rows `make_incidents` gives, without reading them."""
    start, end = (None, None) if period is None else (period.start, period.end)
    return store.count_incidents(start=start, end=end, hazards=query.hazards)


def make_hazards(store: Store, snapshot: Snapshot, query: Query, period: Period | None, caller: Caller) -> Rows:
    """Make the rows of the layer of hazard areas."""
    return _with_origins(hazard_layer(store, query, period))


def make_roads(store: Store, snapshot: Snapshot, query: Query, period: Period | None, caller: Caller) -> Rows:
    """Make the rows of the layer of shipped roads."""
    return Rows(load_roads())


def make_places(store: Store, snapshot: Snapshot, query: Query, period: Period | None, caller: Caller) -> Rows:
    """Make the rows of the gazetteer."""
    return Rows(places())


def span_of_hazards(store: Store, query: Query) -> tuple[date, date] | None:
    """Return the first and last date on which a status changed, None where no area is recorded."""
    days = [change.since for text in store.hazards()["history"] for change in parse_history(text)]
    return (min(days), max(days)) if days else None


def no_span(store: Store, query: Query) -> None:
    """Return no period: what a reference layer shows has no time."""


def _with_origins(frame: gpd.GeoDataFrame) -> Rows:
    return Rows(frame, tuple(sorted(frame["source"].dropna().unique())))


def _mask(wanted: Iterable[bool]) -> NDArray[np.bool_]:
    return np.fromiter(wanted, dtype=np.bool_)


def _split(categories: Any) -> list[str]:
    return categories.split(";") if isinstance(categories, str) else []
