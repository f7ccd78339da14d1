"""From an incident table to what the models take: events of one target, the end of the data, the domain over Mali."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo.boundaries.grid import Grid
from geo.boundaries.places import places
from geo.boundaries.regions import Boundaries
from geo.core.real_or_synthetic import resting
from geo.counting.events import to_events
from geo.incidents.schema import DatePrecision
from geo.roads import load_roads
from models.risk.domain import Domain
from models.risk.location import Events, locate_events
from models.risk.target import (
    AUXILIARY,
    AUXILIARY_DAYS,
    HAZARDS,
    LEAST_AUXILIARY,
    LEAST_DAYS,
    LEAST_EVENTS,
    REPORTED_WITH,
    Target,
)

CELL_M: Final = 5_000.0
#: Vintage whose cercles the counts are forecast for: the one with a population for each.
VINTAGE: Final = "2016"
_TOWN_KINDS: Final = ("town", "village")


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What one assessment is made from.

    Attributes
    ----------
    as_of : date
        What was known before this day is here.
    t0, newest : date
        Date of the assessment: the day after the newest record of the target, or of any kind where the target has none.
    reports : GeoDataFrame
        Every report of any kind known by then, for how well places are observed.
    incidents : GeoDataFrame
        The target's events, one row each.
    events, auxiliary : Events
    synthetic : bool
        Whether all of it is invented: nothing real was known then, for what is real never rests on what is not.
    """

    target: Target
    as_of: date
    t0: date
    newest: date
    reports: gpd.GeoDataFrame
    incidents: gpd.GeoDataFrame
    events: Events
    auxiliary: Events | None
    synthetic: bool


def build_domain(
    boundaries: Boundaries, *, cell_m: float = CELL_M, population_per_km2: ArrayLike | None = None
) -> Domain:
    """Return the cells over Mali with the cercles, roads, towns and people; `population_per_km2` as in `Domain`."""
    towns = places()
    return Domain.build(
        Grid(boundaries.country(), cell_m),
        boundaries.units("cercle", VINTAGE),
        roads=load_roads().geometry,
        towns=towns[towns["kind"].isin(_TOWN_KINDS)].geometry,
        population_per_km2=population_per_km2,
    )


def day_of(day: date) -> float:
    """Return a date as the models count them, in days since 1970-01-01."""
    return float((day - date(1970, 1, 1)).days)


def gather_inputs(
    incidents: gpd.GeoDataFrame, boundaries: Boundaries, domain: Domain, target: Target, as_of: date
) -> Inputs | None:
    """Return what is known before `as_of`, None where that is nothing at all.

    Parameters
    ----------
    incidents : GeoDataFrame
        An incident table of every hazard type, with ``event_id`` where reports are linked. A linked event is of one
        target only: that of the most specific hazard type which a report known by then names. Of a table with real and
        invented incidents the real ones alone are taken, also where none of them is of the target
        (`geo.core.real_or_synthetic`).
    """
    rested_on = resting(incidents)
    known = rested_on[first_usable_day(rested_on) < pd.Timestamp(as_of)]
    if known.empty:
        return None
    table = event_table(known[known["hazard_type"].isin(REPORTED_WITH[target])])
    table = table[table["hazard_type"].isin(HAZARDS[target])]
    mine = known[event_ids(known).isin(table.index)]
    newest = newest_record(mine if len(mine) else known, as_of)
    t0 = newest + timedelta(days=1)
    events = _located(table, boundaries, domain, t0)
    others = _auxiliary(known, boundaries, domain, target, t0)
    reports = known[known["date"] < pd.Timestamp(t0)]
    return Inputs(target, as_of, t0, newest, reports, table, events, others, bool(known["synthetic"].any()))


def has_enough_events(events: Events, t0: float) -> bool:
    """Tell whether so much was known before `t0` that something can be said of places."""
    known = events.before(t0)
    return len(known) >= LEAST_EVENTS and t0 - float(known.day.min()) >= LEAST_DAYS


def event_ids(incidents: gpd.GeoDataFrame) -> pd.Series:
    """Return the event of each report: itself where nothing says that reports are linked."""
    if "event_id" in incidents:
        linked: pd.Series = incidents["event_id"]
        return linked
    return pd.Series(incidents.index, index=incidents.index)


def first_usable_day(incidents: gpd.GeoDataFrame) -> pd.Series:
    """Return the day from which each report could be used: its date, or when its source entered it if that is later.

    A report without a day counts from the first day that it may be of.
    """
    entered = incidents["entered_at"].where(incidents["entered_at"] > incidents["date"], incidents["date"])
    first: pd.Series = entered.dt.normalize()
    return first


def newest_record(incidents: gpd.GeoDataFrame, as_of: date) -> date:
    """Return the last day that the newest record may be of, before `as_of`.

    A record known to the year only says little of how far the data reach, and counts only where there is no other.
    """
    dated = incidents[incidents["date_precision"] != DatePrecision.YEAR]
    rows = dated if len(dated) else incidents
    day = rows["date"].dt.to_period("D")
    last = day.dt.end_time.where(rows["date_precision"] == DatePrecision.DAY, rows["date"] + pd.offsets.MonthEnd(0))
    newest: date = last.max().date()
    return min(newest, as_of - timedelta(days=1))


def event_table(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row per event as `models.risk.location.locate_events` takes it, by ``event_id``.

    An event is known as soon as its first report is; where a report does not say when it was entered, from its date.
    """
    events = to_events(incidents)
    stated = incidents["entered_at"].groupby(event_ids(incidents).to_numpy())
    entered = stated.min().where(stated.count() == stated.size())
    return events.assign(source=events["sources"], entered_at=entered.reindex(events.index))


def _located(table: gpd.GeoDataFrame, boundaries: Boundaries, domain: Domain, t0: date) -> Events:
    extents = pd.concat([boundaries.units(level, v) for v in boundaries.vintages() for level in boundaries.levels(v)])
    extents = extents[~extents.index.duplicated()]
    events = locate_events(table, domain, units=extents, roads=load_roads().geometry)
    # Entered between the end of the data and today: known now, so it counts; only past assessments did without it.
    last = day_of(t0) - 1
    return replace(events, known=np.minimum(events.known, last), day=np.minimum(events.day, last))


def _auxiliary(
    known: gpd.GeoDataFrame, boundaries: Boundaries, domain: Domain, target: Target, t0: date
) -> Events | None:
    other = known[known["hazard_type"].isin(AUXILIARY[target]) & (known["date"] < pd.Timestamp(t0))]
    if len(other) < LEAST_AUXILIARY or (pd.Timestamp(t0) - other["date"].max()).days > AUXILIARY_DAYS:
        return None
    return _located(event_table(other), boundaries, domain, t0)
