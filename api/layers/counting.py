"""Counts within a period, from the store; and conflict events, from the store or the shipped figures, always apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pandas as pd

from api.base.service import Snapshot
from api.layers.layer import Period, Query
from api.layers.query import month_after, period_of
from geo.boundaries.regions import Boundaries
from geo.core.figures import CONFLICT_ATTRIBUTION, CONFLICT_VINTAGE, conflict_counts
from geo.core.memory import flat, frame_nbytes
from geo.core.messages import Message, message
from geo.counting.counts import COUNTED, Shares, base_digest, count, count_events, event_shares, select_hazards
from geo.counting.events import to_events
from geo.incidents.schema import APART, EXPLOSIVE, HazardType
from geo.store import Store

_CONFLICT: Final = (HazardType.NOT_EXPLOSIVE,)


@dataclass(frozen=True, slots=True)
class ConflictCounts:
    """Conflict events per unit over a period of their own, by ``unit_id``; empty where no figure exists."""

    events: pd.Series[float]
    period: Period | None
    source: Message | None


_NONE = ConflictCounts(pd.Series(dtype="float64"), None, None)


def counts_within(
    store: Store, snapshot: Snapshot, query: Query, period: Period | None, hazards: Iterable[HazardType]
) -> pd.DataFrame:
    """Return the counts (`geo.counting.counts.count`) of the query's units in the months, or days, within `period`.

    The months of a revision are counted once and then only looked up; days are counted as they are asked for.
    """
    level = str(query.layer.level)
    hazards = tuple(hazards)
    wanted = next(((kind,) for kind in APART if kind in hazards), EXPLOSIVE)
    if query.is_monthly or period is None:
        counts = _monthly(store, snapshot, level, query.vintage, wanted)
    else:
        # Events known to the year only stand at its first day, and the reports of one event may differ by a day:
        # so the window is wider than the period.
        day = timedelta(days=1)
        start = date(period.start.year, 1, 1) - day
        incidents = store.incidents(start=start, end=period.end + day, hazards=wanted)
        counts = count(
            incidents, snapshot.boundaries, level, query.vintage, period="day", measures=COUNTED, hazards=wanted
        )
    chosen = counts["hazard_type"].isin(hazards)
    return counts[chosen if period is None else chosen & _is_within(counts["period_start"], period)]


def _monthly(
    store: Store, snapshot: Snapshot, level: str, vintage: str, hazards: tuple[HazardType, ...]
) -> pd.DataFrame:
    """Return every month's counts; callers do not change what they get."""

    def make() -> pd.DataFrame:
        events, boundaries = _events(store, snapshot, hazards), snapshot.boundaries
        shares = _shares(snapshot, events, level, vintage, hazards)
        return count_events(events, shares, boundaries, level, vintage, measures=COUNTED)

    return snapshot.table(("months", level, vintage, hazards), make)


def _events(store: Store, snapshot: Snapshot, hazards: tuple[HazardType, ...]) -> pd.DataFrame:
    """Return the events of these types as `geo.core.memory.flat` has them; callers do not change what they get."""

    def make(_: pd.DataFrame | None) -> tuple[pd.DataFrame, int]:
        events = flat(select_hazards(to_events(snapshot.incidents(store).chosen(hazards=hazards)), hazards))
        return events, frame_nbytes(events)

    return snapshot.kept.renew(("events", hazards), snapshot.revision, make)


def _shares(
    snapshot: Snapshot, events: pd.DataFrame, level: str, vintage: str, hazards: tuple[HazardType, ...]
) -> Shares:
    """Return where the events may lie: of a new revision, only those are placed that lie elsewhere than before."""
    boundaries = snapshot.boundaries

    def make(known: Shares | None) -> tuple[Shares, int]:
        found = event_shares(events, boundaries, level, vintage, known)
        return found, found.nbytes

    key = "shares", base_digest(boundaries, level, vintage), hazards
    return snapshot.kept.renew(key, (snapshot.revision, len(events)), make)


def conflict_events(store: Store, snapshot: Snapshot, query: Query) -> ConflictCounts:
    """Return the conflict events of the query's units: those imported, else the figures that ship with Sira.

    The shipped figures are per cercle and region of 2016 and month: units and periods that they do not fit have none.
    Without a period asked for, all that is known is counted; the part of a period that the data do not reach is not.
    """
    imported = store.data_period(_CONFLICT)
    if imported is not None:
        period = _known_part(query, imported)
        counts = counts_within(store, snapshot, query, period, _CONFLICT)
        counts = counts[counts["measure"] == "events"]
        units = snapshot.boundaries.units(str(query.layer.level), query.vintage).index
        return _conflict(counts.assign(events=counts["total"]), units, period, message("conflict events imported here"))
    shipped = _shipped(snapshot.boundaries, query)
    if shipped is None:
        return _NONE
    months, units = shipped
    period = _known_part(query, (months["month"].min().date(), months["month"].max().date()))
    if period is not None:
        months = months[_is_within(months["month"], period)]
    months = months.assign(events=months["events_exact"] + months["events_spread"])
    return _conflict(months, units, period, CONFLICT_ATTRIBUTION)


def conflict_by_month(store: Store, snapshot: Snapshot, query: Query) -> pd.DataFrame | None:
    """Return all that `conflict_events` adds up for the query's units, month by month, None where no figure exists.

    Columns ``unit_id``, ``month`` (its first day) and ``events``. The map's single file holds these, so that it can
    add up any period by itself.
    """
    if store.data_period(_CONFLICT) is not None:
        counts = counts_within(store, snapshot, query, None, _CONFLICT)
        counts = counts[counts["measure"] == "events"]
        return counts.assign(month=counts["period_start"], events=counts["total"])
    shipped = _shipped(snapshot.boundaries, query)
    if shipped is None:
        return None
    months, _ = shipped
    return months.assign(events=months["events_exact"] + months["events_spread"])


def _known_part(query: Query, data: tuple[date, date]) -> Period | None:
    """Return the part of the period asked for that the data cover: outside it nothing is known, which is not 0."""
    known, asked = Period(data[0].replace(day=1), month_after(data[1])), period_of(query, data)
    return None if asked is None else asked.overlap(known)


def _conflict(table: pd.DataFrame, units: pd.Index, period: Period | None, source: Message) -> ConflictCounts:
    if period is None:
        return _NONE
    return ConflictCounts(table.groupby("unit_id")["events"].sum().reindex(units, fill_value=0.0), period, source)


def _shipped(boundaries: Boundaries, query: Query) -> tuple[pd.DataFrame, pd.Index] | None:
    """Return the shipped monthly figures for the query's units and these units, None where they do not fit."""
    level = query.layer.level
    if not query.is_monthly:
        return None
    if level == "cercle" and query.vintage in ("2015", CONFLICT_VINTAGE):  # the same cercles, with the same ids
        return conflict_counts("cercle"), boundaries.units("cercle", query.vintage).index
    if level == "region" and query.vintage == CONFLICT_VINTAGE:
        return conflict_counts("region"), boundaries.units("region", query.vintage).index
    if level == "region" and query.vintage == "2015":  # these regions are made of whole cercles
        months = conflict_counts("cercle")
        region_of = boundaries.ancestors("cercle", "region", "2015")
        return months.assign(unit_id=months["unit_id"].map(region_of)), boundaries.units("region", "2015").index
    return None


def _is_within(starts: pd.Series, period: Period) -> pd.Series[bool]:
    is_within: pd.Series[bool] = (starts >= pd.Timestamp(period.start)) & (starts < pd.Timestamp(period.end))
    return is_within
