"""Months by units as columns: with them the map's time slider adds up any period by itself, without a request.

The counts are those of the layers (`api.layers.counting`); only their arrangement is the map's.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from api.base.access import Caller
from api.base.i18n import translate
from api.base.service import Snapshot
from api.layers.counting import conflict_by_month, conflict_events, counts_within
from api.layers.encode import json_value
from api.layers.layer import Period, Query, RiskQuery, span_of_incidents
from api.layers.measures import VICTIMS
from api.layers.query import period_of
from api.layers.registry import COUNTED, EXPECTED
from api.layers.risk import risk_body
from api.layers.tables import about_counts
from api.map.data.queries import DocumentQuery, Span
from geo.boundaries.regions import Boundaries
from geo.hazards import area_by_unit
from geo.hazards.schema import STATUS_GROUPS
from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import Store
from models.risk.assessment import Assessment
from models.risk.target import Target
from models.risk.trends import trend_of

#: What is counted: column of the document → measure and part of `geo.counting.counts.count`.
COLUMNS: Final = {
    "exact": ("events", "exact"),
    "spread": ("events", "spread"),
    **{name: (name, "total") for name in VICTIMS},
}
LAST_DAYS: Final = 30
_YEAR: Final = 12
#: Of parts of events; a year's sum is still right to three.
_DECIMALS: Final = 4

#: What the outlines say already, and what only leads to single incidents.
_LEFT_OUT: Final = (
    "unit_id",
    "level",
    "vintage",
    "name",
    "approximate",
    "note",
    "synthetic",
    "heaviest",
    "events_half",
)


def counts(store: Store, snapshot: Snapshot, asked: DocumentQuery) -> dict[str, Any]:
    """Return the counts per month and unit of the types asked for, or of the last 30 days of the data.

    Returns
    -------
    dict
        ``sira`` (as in the layers, in the reader's language), ``first`` (``YYYY-MM``) and ``length`` in months; and
        per unit in ``ids`` a list in each of: ``at`` (months with a report, counted from ``first``, each as its step
        from the one before), `COLUMNS` (null where no event of the month states the measure: unknown is not 0) and
        ``synthetic`` (whether any of it is invented) and ``trend`` (counts of the last 12 months and the 12 before,
        their ratio with its 90 % interval, and what may be said of it; null where these are not compared). Of whole
        months also ``conflict`` and ``land``.
    """
    if asked.span is Span.LAST_DAYS:
        return _of_last_days(store, snapshot, asked)
    query = asked.as_query()
    period = period_of(query, span_of_incidents(store, query))
    table = counts_within(store, snapshot, query, None, query.hazards)
    whole = conflict_events(store, snapshot, query)
    conflict = {
        "period": whole.period and asdict(whole.period),
        "source": whole.source and translate(whole.source, query.lang),
    }
    return {
        "sira": json_value(_about(query, snapshot, period, _reach(store), table) | {"conflict": conflict}),
        **_by_unit(table, period),
        "conflict": _conflict(store, snapshot, query),
        "land": _land(store, snapshot.revision, snapshot.boundaries, asked.level, asked.vintage),
    }


def _of_last_days(store: Store, snapshot: Snapshot, asked: DocumentQuery) -> dict[str, Any]:
    """Return the counts of the last 30 days of all the data, as if they were one month."""
    data = store.data_period(EXPLOSIVE)
    query = asked.as_query()
    if data is None:
        return {
            "sira": json_value(_about(query, snapshot, None, _reach(store), None)),
            **_by_unit(pd.DataFrame(), None),
        }
    period = Period(data[1] - timedelta(days=LAST_DAYS - 1), data[1] + timedelta(days=1))
    kept = EXPLOSIVE if asked.hazard in EXPLOSIVE else asked.hazards
    table = _counted_days(store, snapshot, asked.level, asked.vintage, period, kept)
    table = table[table["hazard_type"].isin(list(query.hazards))]
    return {
        "sira": json_value(_about(query, snapshot, period, data, table)),
        **_by_unit(table.assign(period_start=pd.Timestamp(period.start)), period),
        "length": 1,
    }


def _reach(store: Store) -> tuple[date, date] | None:
    """Return how far the data reach, told of all of them: that one type was last reported long ago is no gap.

    Where no explosive incident is known, that is how far the conflict events reach.
    """
    return store.data_period(EXPLOSIVE) or store.data_period(tuple(HazardType))


def _about(
    query: Query,
    snapshot: Snapshot,
    period: Period | None,
    data: tuple[date, date] | None,
    table: pd.DataFrame | None,
) -> dict[str, Any]:
    joined = pd.Series(dtype=str) if table is None else table["sources"]
    sources = tuple(sorted({source for names in joined.unique() for source in names.split("; ")}))
    return about_counts(query, snapshot, period, data, sources, is_synthetic=snapshot.is_synthetic_only)


def _counted_days(
    store: Store, snapshot: Snapshot, level: str, vintage: str, period: Period, hazards: tuple[HazardType, ...]
) -> pd.DataFrame:
    """Return the counts of each of `hazards` within a period of days; callers do not change what they get."""
    query = Query(COUNTED[level], vintage, period.start, period.end, hazards, "fr")
    return snapshot.table(("days", query), lambda: counts_within(store, snapshot, query, period, hazards))


def _by_unit(table: pd.DataFrame, period: Period | None) -> dict[str, Any]:
    if period is None or table.empty:
        nothing = ("ids", "at", "synthetic", "trend", *COLUMNS)
        reach = {"first": None, "length": 0} if period is None else _span(period)
        return reach | {name: [] for name in nothing}
    keys = ["unit_id", "period_start"]
    parts = table.groupby([*keys, "measure"])[["exact", "spread", "total"]].sum(min_count=1).unstack("measure")
    columns = {name: parts[part, measure] for name, (measure, part) in COLUMNS.items() if (part, measure) in parts}
    wide = pd.DataFrame(columns).reindex(columns=list(COLUMNS)).round(_DECIMALS)
    wide["synthetic"] = table.groupby(keys)["synthetic"].any().reindex(wide.index)
    starts = pd.DatetimeIndex(wide.index.get_level_values("period_start"))
    wide["month"] = (starts.year - period.start.year) * 12 + starts.month - period.start.month
    # An event known to the year only reaches beyond the data's last month; there the layers' periods end, too.
    wide = wide[wide["month"].between(0, _months(period) - 1)]
    wide = wide.sort_index()
    units, first = np.unique(wide.index.get_level_values("unit_id").to_numpy(object), return_index=True)

    def by_unit(name: str) -> list[NDArray[Any]]:
        values = wide[name].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.split(values, first[1:]) if len(units) else []

    month, exact, spread = by_unit("month"), by_unit("exact"), by_unit("spread")
    return {
        **_span(period),
        "ids": units.tolist(),
        "at": [np.diff(rows, prepend=0).astype(int).tolist() for rows in month],
        **{name: [_numbers(rows) for rows in by_unit(name)] for name in COLUMNS},
        "synthetic": [bool(rows.any()) for rows in by_unit("synthetic")],
        "trend": [
            _trend(at, np.nan_to_num(sure) + np.nan_to_num(shared), _months(period))
            for at, sure, shared in zip(month, exact, spread, strict=True)
        ],
    }


def _trend(month: NDArray[Any], events: NDArray[Any], length: int) -> list[float | str | None] | None:
    """Return how the last 12 months compare with the 12 before: counts, ratio with its interval, what may be said."""
    if length < 2 * _YEAR:
        return None
    now, before = (events[(month >= length - end) & (month < length - end + _YEAR)].sum() for end in (_YEAR, 2 * _YEAR))
    trend = trend_of(float(now), float(before))
    if trend is None:
        return None
    told = (trend.now, trend.before, trend.ratio, trend.low, trend.high)
    return [*(value if value is None else round(value, _DECIMALS) for value in told), trend.direction.value]


def _span(period: Period) -> dict[str, Any]:
    return {"first": f"{period.start:%Y-%m}", "length": _months(period)}


def _months(period: Period) -> int:
    last = period.last_day
    return (last.year - period.start.year) * 12 + last.month - period.start.month + 1


def _numbers(values: NDArray[Any]) -> list[float | int | None]:
    """Return numbers as JSON writes them shortest: whole ones without a decimal point, missing ones as null."""
    return [None if math.isnan(value) else int(value) if value.is_integer() else value for value in values.tolist()]


def _conflict(store: Store, snapshot: Snapshot, query: Query) -> dict[str, list[list[Any]]] | None:
    """Return the conflict events of each unit: rows of month and number; None where there are no figures for these."""
    table = conflict_by_month(store, snapshot, query)
    if table is None:
        return None
    months = table["month"].dt.strftime("%Y-%m").rename("month")
    summed = table.groupby([table["unit_id"], months])["events"].sum().round(_DECIMALS).reset_index()
    found: dict[str, list[list[Any]]] = {}
    for unit_id, month, value in summed.itertuples(index=False, name=None):
        found.setdefault(unit_id, []).append([month, value])
    return found


@lru_cache(maxsize=16)
def _land(store: Store, revision: int, boundaries: Boundaries, level: str, vintage: str) -> dict[str, Any]:
    """Return, per unit that holds any part of a hazard area, the months in which its land changed status.

    A row is the month and the land in m² suspected, confirmed and released at its end; before the first row the
    land of a unit was 0 in each. `revision` is part of the key.
    """
    hazards = store.hazards()
    table = area_by_unit(hazards, boundaries, level, vintage, period="month")
    months: dict[str, list[list[Any]]] = {}
    for unit_id, rows in table.groupby("unit_id"):
        wide = rows.pivot(index="period_start", columns="status", values="area_m2")[list(STATUS_GROUPS)].round(0)
        changed = wide[wide.ne(wide.shift(fill_value=0.0)).any(axis=1)]
        labels = pd.DatetimeIndex(changed.index).strftime("%Y-%m")
        months[str(unit_id)] = [[month, *row] for month, row in zip(labels, changed.to_numpy().tolist(), strict=True)]
    return {"months": months, "synthetic": bool(hazards["synthetic"].any())}


def forecasts(
    assessment: Assessment, boundaries: Boundaries, asked: DocumentQuery, caller: Caller, today: date, *, secret: bytes
) -> dict[str, Any]:
    """Return ``sira`` as in the layer of the same units, ``ids``, and each of its attributes as a column.

    Raises
    ------
    NotReadyError
        If the assessment is older than the vintage asked for.
    """
    query = RiskQuery(EXPECTED[asked.level], Target.IED, asked.level, asked.vintage, asked.lang)
    collection = orjson.loads(risk_body(assessment, boundaries, query, caller, today, secret=secret))
    rows = [feature["properties"] for feature in collection["features"]]
    columns = [name for name in rows[0] if name not in _LEFT_OUT] if rows else []
    return {
        "sira": collection["sira"],
        "ids": [feature["id"] for feature in collection["features"]],
        **{name: [row[name] for row in rows] for name in columns},
    }
