"""The canonical table of hazard areas: its columns, their types, the closed lists of values, the status history.

A hazard table is a `GeoDataFrame` in longitude, latitude (WGS 84), one row per area, indexed by ``id`` (text,
unique), geometry a valid, non-empty MultiPolygon. ``history`` holds the status over time as JSON text, so that one
table (and one database row) is the whole truth about one area; ``status`` and ``status_since`` repeat its last entry.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import geopandas as gpd
import pandas as pd

from geo.core.crs import STORAGE_CRS, require_storage_crs


class HazardStatus(StrEnum):
    """What survey and clearance have found so far, in the terms of IMAS 04.10 and 07.11.

    `SUSPECTED` is a suspected hazardous area (SHA), `CONFIRMED` a confirmed one (CHA). Land is released by being
    cancelled (after non-technical survey), reduced (after technical survey) or cleared; `RELEASED` is for sources that
    do not say by which of the three.
    """

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    REDUCED = "reduced"
    CANCELLED = "cancelled"
    CLEARED = "cleared"
    RELEASED = "released"


#: Statuses under which land counts as given back to its users.
RELEASED_STATUSES: Final = (
    HazardStatus.REDUCED,
    HazardStatus.CANCELLED,
    HazardStatus.CLEARED,
    HazardStatus.RELEASED,
)

#: The three figures that are reported: what each sums.
STATUS_GROUPS: Final = {
    "suspected": (HazardStatus.SUSPECTED,),
    "confirmed": (HazardStatus.CONFIRMED,),
    "released": RELEASED_STATUSES,
}


class Method(StrEnum):
    """The last activity on the area: non-technical survey, technical survey or clearance."""

    NTS = "nts"
    TS = "ts"
    CLEARANCE = "clearance"


#: Reported and measured area may differ by this share of the reported one before the difference is named.
AREA_DIFFERENCE_LIMIT: Final = 0.05

#: Column → pandas dtype, in order; ``id`` is the index and ``geometry`` comes last.
COLUMNS: Final = {
    "source": "str",  # who published the record
    "source_id": "str",  # the record's id at the source
    "name": "str",  # as the source wrote it: hostile text, escaped wherever it is shown
    "status": "str",  # `HazardStatus`, the last of the history
    "status_since": "datetime64[s]",  # UTC date from which it holds
    "history": "str",  # JSON, see `StatusChange` and `history_text`; never empty
    "device_categories": "str",  # `geo.incidents.schema.HazardType` values joined by ";"; missing where unknown
    "survey_date": "datetime64[s]",
    "clearance_date": "datetime64[s]",  # end of clearance
    "method": "str",  # `Method`; missing where the source does not say
    "area_reported_m2": "float64",  # as the source states it
    "area_measured_m2": "float64",  # of the polygon, in the equal-area CRS
    "updated_at": "datetime64[s]",  # UTC, when the source last changed the record; missing where it does not say
    "synthetic": "bool",
    "note": "str",  # what Sira did to take the row
}


@dataclass(frozen=True, slots=True, order=True)
class StatusChange:
    """From ``since`` (UTC date, inclusive) the area has ``status``, until the next change."""

    since: dt.date
    status: HazardStatus


def history_text(changes: Iterable[StatusChange]) -> str:
    """Return the JSON text of a status history, ordered by date.

    Examples
    --------
    >>> history_text([StatusChange(dt.date(2019, 5, 2), HazardStatus.SUSPECTED)])
    '[["2019-05-02", "suspected"]]'
    """
    return json.dumps([[change.since.isoformat(), str(change.status)] for change in sorted(changes)])


def parse_history(text: str) -> tuple[StatusChange, ...]:
    """Return the status changes of a ``history`` text written by `history_text`.

    Examples
    --------
    >>> parse_history('[["2019-05-02", "suspected"]]')[0].status
    <HazardStatus.SUSPECTED: 'suspected'>
    """
    return tuple(StatusChange(dt.date.fromisoformat(since), HazardStatus(status)) for since, status in json.loads(text))


def merge_histories(known: str, added: str) -> str:
    """Return the history that holds the changes of both; on the same date the added one replaces the known.

    A newer delivery of the same area that states only its present status so keeps the statuses before it.

    Examples
    --------
    >>> merge_histories('[["2019-05-02", "suspected"]]', '[["2021-01-09", "cleared"]]')
    '[["2019-05-02", "suspected"], ["2021-01-09", "cleared"]]'
    """
    by_date = {change.since: change for change in (*parse_history(known), *parse_history(added))}
    return history_text(by_date.values())


def empty_hazards() -> gpd.GeoDataFrame:
    """Return a hazard table without rows, every column of its canonical type."""
    data = {name: pd.Series([], dtype=dtype) for name, dtype in COLUMNS.items()}
    index = pd.Index([], dtype="str", name="id")
    return gpd.GeoDataFrame(data, index=index, geometry=gpd.GeoSeries([], index=index, crs=STORAGE_CRS))


def conform(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame` with exactly the canonical columns, in order and of canonical type; missing ones are empty.

    Index (``id``) and geometry are kept; ``status`` and ``status_since`` are taken from ``history``.

    Raises
    ------
    KeyError
        Where a column is outside the schema, or ``history`` is missing.
    CRSError
        Where the frame is not in EPSG:4326.
    """
    unknown = set(frame.columns) - set(COLUMNS) - {"geometry"}
    if unknown:
        raise KeyError(f"columns outside the hazard schema: {sorted(unknown)}")
    require_storage_crs(frame, "hazard areas")
    last = [parse_history(text)[-1] for text in frame["history"]]
    given = frame.assign(
        status=pd.Series([str(change.status) for change in last], index=frame.index, dtype="str"),
        status_since=pd.Series([change.since for change in last], index=frame.index, dtype="datetime64[s]"),
    )
    index = pd.Index(frame.index.astype("str"), name="id")
    columns = {
        name: given[name].astype(dtype).array
        if name in given
        else pd.Series(False if dtype == "bool" else None, index=frame.index, dtype=dtype).array
        for name, dtype in COLUMNS.items()
    }
    return gpd.GeoDataFrame(columns, index=index, geometry=gpd.GeoSeries(frame.geometry.array, index=index))
