"""All incidents that statements may rest on, held in memory: of a new revision only what changed is read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from geo.core.memory import flat, frame_nbytes, located
from geo.incidents.schema import COLUMNS, EXPLOSIVE, HazardType
from geo.store import tables
from geo.store.frames import WKB, in_parts, to_frame
from geo.store.real_or_synthetic import rested_on

#: Where more than this part of the rows is new, all are read: by their ids they come in small pieces.
_MOST_NEW: Final = 0.3
#: About the bytes of a digest.
_DIGEST: Final = 120
_NONE: Final = (np.empty(0, dtype=object),) * 3


@dataclass(frozen=True, slots=True, eq=False)
class Incidents:
    """Incidents of every type at one moment. Nobody changes them.

    Attributes
    ----------
    table : DataFrame
        As `geo.store.Store.incidents` gives them, ordered by id, with the position in two columns (degrees, NaN where
        there is none): a geometry takes ten times as much memory.
    digests : array of str
        What tells the content of each row from any other; empty where that is not known.
    """

    table: pd.DataFrame
    digests: NDArray[np.object_]

    @property
    def nbytes(self) -> int:
        """About the bytes of memory that they take."""
        return frame_nbytes(self.table) + _DIGEST * len(self.digests)

    def chosen(
        self, *, start: dt.date | None = None, end: dt.date | None = None, hazards: Iterable[str] = EXPLOSIVE
    ) -> gpd.GeoDataFrame:
        """Return what `geo.store.Store.incidents` would for the same arguments."""
        return located(self.rows(start=start, end=end, hazards=hazards))

    def rows(
        self, *, start: dt.date | None = None, end: dt.date | None = None, hazards: Iterable[str] = EXPLOSIVE
    ) -> pd.DataFrame:
        """Return the same, as `geo.core.memory.flat` has it."""
        table = self.table
        mask = table["hazard_type"].isin([str(HazardType(hazard)) for hazard in hazards]).to_numpy(bool)
        dates = table["date"].to_numpy()
        if start is not None:
            mask = mask & (dates >= np.datetime64(start))
        if end is not None:
            mask = mask & (dates < np.datetime64(end))
        return table if mask.all() else table[mask]


def read(connection: Connection, known: Incidents | None = None) -> Incidents:
    """Return the incidents as they are now; `known` are those of an earlier moment, of whatever state of the store."""
    table = tables.incidents
    names = table.c.id, table.c.digest, table.c.event_id
    rows = connection.execute(select(*names).where(rested_on(connection, table)).order_by(table.c.id)).all()
    ids, digests, events = (
        (np.array(column, dtype=object) for column in zip(*rows, strict=True)) if rows else iter(_NONE)
    )
    if known is None:
        return Incidents(_read(connection, None).assign(event_id=_texts(events)), digests)
    row = np.asarray(known.table.index.get_indexer(pd.Index(ids)))
    is_same = row >= 0
    is_same[is_same] = (known.digests[row[is_same]] == digests[is_same]) & (digests[is_same] != "")
    new = None if (~is_same).sum() > _MOST_NEW * len(ids) else ids[~is_same].tolist()
    fresh = _read(connection, new)
    if new is not None:
        order = np.argsort(np.concatenate([np.flatnonzero(is_same), np.flatnonzero(~is_same)]))
        fresh = pd.concat([known.table.iloc[row[is_same]], fresh]).iloc[order]
    return Incidents(fresh.assign(event_id=_texts(events)), digests)


def _read(connection: Connection, ids: list[str] | None) -> pd.DataFrame:
    """Return the rows of these ids, all without them, ordered by id."""
    table = tables.incidents
    query = select(*(table.c[name] for name in ("id", *COLUMNS, WKB))).order_by(table.c.id)
    if ids is None:
        return flat(to_frame(connection.execute(query.where(rested_on(connection, table))).all(), COLUMNS))
    rows = [row for part in in_parts(ids) for row in connection.execute(query.where(table.c.id.in_(part)))]
    return flat(to_frame(rows, COLUMNS))


def _texts(values: NDArray[np.object_]) -> Any:
    return pd.array(values, dtype="str")
