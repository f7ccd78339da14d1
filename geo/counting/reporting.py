"""How well a place is observed: reports per unit and month by source, silences, observers; the rule of "not assessed".

The rule, per region and cercle, at a date. A unit is assessed where

1. at least `LEAST_REPORTS` reports of any kind and source came from it in the `WINDOW_MONTHS` months before, one of
   them in the last `SILENT_MONTHS`; or
2. observers stood in it within the last `OBSERVER_MONTHS` months and at least `LEAST_OBSERVED` report came from it in
   the window: then few reports say something.

Otherwise it is *not assessed*, and the reason says which part of the rule it fails. Where most of what was known came
from a source that has stopped, only the reports of the other sources count. A unit that is not assessed is not safe:
nobody can say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.core.provenance import data_path
from geo.counting.density import base_units, population_density
from geo.counting.spread import Spreader
from geo.incidents.periods import period_shares
from geo.locate.locator import Locator

WINDOW_MONTHS: Final = 60
SILENT_MONTHS: Final = 24
LEAST_REPORTS: Final = 3.0
OBSERVER_MONTHS: Final = 12
LEAST_OBSERVED: Final = 1.0
#: A report spread over many units says little of each: so much of it must lie in a unit to end its silence.
LEAST_PART: Final = 0.5

#: A source has stopped where its silence is at least this long, twice as long as any before it, and less likely than
#: one in a thousand if it went on reporting as in the `STOP_WINDOW_MONTHS` before.
STOP_MONTHS: Final = 3
STOP_FACTOR: Final = 2
STOP_CHANCE: Final = 0.001
STOP_WINDOW_MONTHS: Final = 36
STOP_LEAST_REPORTS: Final = 12.0
#: Reports of stopped sources matter to a unit where they are more than this share of its reports.
STOP_SHARE: Final = 0.5


class NotAssessed(StrEnum):
    """Why nothing is said of a unit."""

    THIN = "thin"
    SILENT = "silent"
    SOURCE_STOPPED = "source_stopped"
    TARGET = "target"


REASONS: Final = {
    NotAssessed.THIN: message("fewer than three reports of any kind in five years, and no observers"),
    NotAssessed.SILENT: message("no report of any kind for two years, and no observers"),
    NotAssessed.SOURCE_STOPPED: message("the source of most reports has stopped, and the others say too little"),
    NotAssessed.TARGET: message("too few incidents of this kind are recorded in the country to say where they occur"),
}


def reason_text(reason: str) -> Message:
    """Return the reason `reason` (a value of `NotAssessed`) for people."""
    return REASONS[NotAssessed(reason)]


@dataclass(frozen=True, slots=True)
class StoppedSource:
    """A source that reported from a place and has stopped; `unit_id` is empty where it stopped everywhere."""

    source: str
    unit_id: str
    last_month: date
    reports_per_month: float


@cache
def _observers() -> pd.DataFrame:
    table = pd.read_csv(data_path("reporting/observers.csv"), parse_dates=["since", "until"])
    known = set(Boundaries.shipped().units("cercle", "2016").index)
    for row, cercle in enumerate(table["cercle_id"], start=2):
        if cercle not in known:
            raise FileError(
                message("{file}, row {row}: there is no cercle {unit}.", file="observers.csv", row=row, unit=cercle),
                file="reporting/observers.csv",
            )
    return table


def observers() -> pd.DataFrame:
    """Return where observers stood and when: ``place, cercle_id, lon, lat, since, since_basis, until, until_basis,
    source``.

    ``until`` is the last day; ``until_basis`` says whether the date is *actual*, of the *press* or of a *plan*.
    """
    return _observers().copy()


class Reports:
    """Every report of an incident table, spread over where it may lie, by source and month.

    Parameters
    ----------
    incidents : GeoDataFrame
        An incident table, of any hazard type: each report shows that somebody reports from there. Linked reports
        count each, since they come from different sources.
    boundaries : Boundaries
    """

    def __init__(self, incidents: gpd.GeoDataFrame, boundaries: Boundaries) -> None:
        self._incidents, self._boundaries = incidents, boundaries
        self._sources, self._source = np.unique(incidents["source"].to_numpy(dtype=str), return_inverse=True)
        self._shares: dict[tuple[str, ...], sparse.csr_array] = {}
        times, months = period_shares(incidents, "month")
        #: The month that holds most of each report.
        self._month = months[times.argmax(axis=1)] if len(incidents) else np.empty(0, "datetime64[D]")

    def monthly(self, level: str, vintage: str) -> pd.DataFrame:
        """Return the reports per unit, source and month: ``unit_id, source, month, reports, most``.

        ``reports`` is a sum of parts, ``most`` the largest part of one report. Only rows with reports.
        """
        shares = self._by_unit(level, vintage)
        entry = sparse.coo_array(shares)
        ids = self._boundaries.units(level, vintage).index.to_numpy()
        table = pd.DataFrame(
            {
                "unit_id": ids[entry.col],
                "source": self._sources[self._source[entry.row]],
                "month": self._month[entry.row],
                "part": entry.data,
            }
        )
        grouped = table.groupby(["unit_id", "source", "month"])["part"]
        return grouped.agg(reports="sum", most="max").reset_index()

    def judge(self, level: str, vintage: str, at: date) -> pd.DataFrame:
        """Apply the rule of this module to the units of `level` (region or cercle) as of `at`.

        Returns
        -------
        DataFrame
            By ``unit_id``, one row per unit: ``reports`` and ``sources`` in the window, ``months_since_last`` (missing
            where there was none), ``observers_until`` (last day with observers, missing where there never were any),
            ``assessed``, ``reason`` (of `NotAssessed`, missing where assessed), ``stopped_source`` and
            ``stopped_since`` (of a source that gave most of the reports and stopped).
        """
        monthly = self.monthly(level, vintage)
        units = self._boundaries.units(level, vintage).index
        now = np.datetime64(at, "M")
        ago = (now - monthly["month"].to_numpy().astype("datetime64[M]")).astype(np.int64)
        monthly = monthly.assign(ago=ago)[ago >= 0]
        window = monthly[monthly["ago"] < WINDOW_MONTHS]
        reports = _per_unit(window, units)
        stops = stopped_sources(monthly, at)
        lost = {(stop.source, stop.unit_id) for stop in stops}
        is_lost = np.array(
            [bool({(s, ""), (s, u)} & lost) for s, u in zip(window["source"], window["unit_id"], strict=True)], bool
        )
        left = _per_unit(window[~is_lost], units)
        by_stopped = reports - left > STOP_SHARE * reports
        clear = monthly[monthly["most"] >= LEAST_PART]
        since = clear.groupby("unit_id")["ago"].min().reindex(units)
        going_on = clear[~clear["source"].isin([s for s, unit in lost if not unit])]
        still = going_on.groupby("unit_id")["ago"].min().reindex(units)
        until = self._observed_until(level, vintage, at)
        gone = (at.year - until.dt.year) * 12 + at.month - until.dt.month
        watched = (gone <= OBSERVER_MONTHS) & (reports >= LEAST_OBSERVED)
        enough = (left >= LEAST_REPORTS) & (still < SILENT_MONTHS)
        would = (reports >= LEAST_REPORTS) & (since < SILENT_MONTHS)
        assessed = (enough | watched).astype(bool)
        reason = pd.Series(NotAssessed.THIN.value, index=units, dtype=object)
        reason[(reports >= LEAST_REPORTS) & ~(since < SILENT_MONTHS)] = NotAssessed.SILENT.value
        reason[would & by_stopped] = NotAssessed.SOURCE_STOPPED.value
        named = _main_stop(window[is_lost], stops, units).where(by_stopped)
        return pd.DataFrame(
            {
                "reports": reports,
                "sources": window.groupby("unit_id")["source"].nunique().reindex(units, fill_value=0),
                "months_since_last": since.astype("Int64"),
                "observers_until": until,
                "assessed": assessed,
                "reason": reason.where(~assessed, None),
                "stopped_source": named["source"],
                "stopped_since": named["since"],
            },
            index=units,
        )

    def stopped_sources(self, level: str, vintage: str, at: date) -> tuple[StoppedSource, ...]:
        """Return the sources that have stopped by `at`, everywhere or in single units of `level`."""
        return stopped_sources(self.monthly(level, vintage), at)

    def _by_unit(self, level: str, vintage: str) -> sparse.csr_array:
        base, membership = base_units(self._boundaries, level, vintage)
        key = tuple(base.index)
        if key not in self._shares:
            density = population_density(base, self._boundaries)
            self._shares[key] = Spreader(base, self._boundaries).shares(self._incidents, density)
        return sparse.csr_array(self._shares[key] @ membership)

    def _observed_until(self, level: str, vintage: str, at: date) -> pd.Series:
        """Last day with observers before `at` in each unit, `at` itself where they are there."""
        table = observers()
        table = table[table["since"] < pd.Timestamp(at)]
        units = self._boundaries.units(level, vintage)
        home = Locator(units).positions(table["lon"].to_numpy(), table["lat"].to_numpy())
        until = table["until"].where(table["until"] < pd.Timestamp(at), pd.Timestamp(at))
        day = until[home >= 0]
        latest: pd.Series = day.groupby(units.index[home[home >= 0]].to_numpy()).max().reindex(units.index)
        return pd.to_datetime(latest)


def stopped_sources(monthly: pd.DataFrame, at: date) -> tuple[StoppedSource, ...]:
    """Return the sources that have stopped: everywhere first, then in single units where they go on elsewhere.

    Parameters
    ----------
    monthly : DataFrame
        As `Reports.monthly` gives it.

    Notes
    -----
    A source that stops is no improvement: what follows is unknown. The test asks whether its silence before `at` is
    longer than chance allows at the rate at which it reported before, and longer than its own earlier silences.
    """
    now = int(np.datetime64(at, "M").astype(np.int64))
    whole = monthly.assign(unit_id="")
    found: list[StoppedSource] = []
    gone: set[str] = set()
    for table in (whole, monthly):
        for (unit, source), rows in table.groupby(["unit_id", "source"]):
            if source in gone:
                continue
            number = rows["month"].to_numpy().astype("datetime64[M]").astype(np.int64)
            counts = pd.Series(rows["reports"].to_numpy()).groupby(number).sum()
            stop = _stop(counts[counts.index <= now], now)
            if stop is not None:
                last, rate = stop
                found.append(StoppedSource(str(source), str(unit), _month(last), rate))
                if not unit:
                    gone.add(str(source))
    return tuple(found)


def _stop(counts: pd.Series, now: int) -> tuple[int, float] | None:
    """Last month and rate before it of one source in one place, if it has stopped."""
    heard = counts[counts >= LEAST_PART]
    if heard.empty:
        return None
    last = int(heard.index.max())
    silent = now - last - 1
    window = counts[(counts.index > last - STOP_WINDOW_MONTHS) & (counts.index <= last)]
    total = float(window.sum())
    if silent < STOP_MONTHS or total < STOP_LEAST_REPORTS:
        return None
    months: NDArray[np.int64] = heard.index[heard.index > last - STOP_WINDOW_MONTHS].to_numpy(np.int64)
    longest = int((np.diff(months) - 1).max(initial=0))
    span = min(STOP_WINDOW_MONTHS, last - int(counts.index.min()) + 1)
    rate = total / span
    if silent <= STOP_FACTOR * longest or np.exp(-rate * silent) >= STOP_CHANCE:
        return None
    return last, rate


def _per_unit(rows: pd.DataFrame, units: pd.Index) -> pd.Series:
    summed: pd.Series = rows.groupby("unit_id")["reports"].sum().reindex(units, fill_value=0.0)
    return summed


def _main_stop(rows: pd.DataFrame, stops: tuple[StoppedSource, ...], units: pd.Index) -> pd.DataFrame:
    """The stopped source that gave most of each unit's reports, and the last month it was heard of."""
    named = pd.DataFrame({"source": None, "since": pd.NaT}, index=units).astype({"source": object})
    if rows.empty:
        return named.astype({"since": "datetime64[s]"})
    totals = rows.groupby(["unit_id", "source"])["reports"].sum().reset_index()
    main = totals.sort_values("reports").drop_duplicates("unit_id", keep="last").set_index("unit_id")["source"]
    last = {(stop.source, stop.unit_id): stop.last_month for stop in stops}
    since = {unit: last.get((source, ""), last.get((source, str(unit)))) for unit, source in main.items()}
    return pd.DataFrame(
        {
            "source": main.reindex(units),
            "since": pd.to_datetime(pd.Series(since)).reindex(units).astype("datetime64[s]"),
        }
    )


def _month(number: int) -> date:
    return date(1970 + number // 12, number % 12 + 1, 1)
