"""From incidents to counts per unit, period, hazard type and measure: how much is exact, how much is spread.

An event that may lie in several units, or fall into several periods, is divided among them (`geo.counting.spread`); its
part in each counts as *spread*. The rest counts as *exact*. Nothing is lost: over all units and periods the totals are
those of the events, but for what may lie where an imported vintage has no units.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.boundaries.regions import Boundaries
from geo.core.errors import ParameterError
from geo.core.memory import LAT, LON, located
from geo.core.messages import message
from geo.counting.density import base_units, population_density
from geo.counting.events import joined_names, to_events
from geo.counting.spread import Spreader, normalise_rows
from geo.incidents.periods import period_shares
from geo.incidents.schema import EXPLOSIVE, VICTIM_COLUMNS, VICTIM_SEX_AGE, HazardType

#: Measure → the victim columns it adds up. ``events`` counts events; the victim columns are measures too.
MEASURES: Final = MappingProxyType(
    {
        "events": (),
        "killed": ("killed_total",),
        "injured": ("injured_total",),
        "civilians": ("killed_civilian", "injured_civilian"),
        **{group: (f"killed_{group}", f"injured_{group}") for group in VICTIM_SEX_AGE},
        **{column: (column,) for column in VICTIM_COLUMNS},
    }
)
#: What is counted wherever nothing else is asked for. The order is that of every table and list.
COUNTED: Final = ("events", "killed", "injured", "civilians")
DEFAULT_MEASURES: Final = (*COUNTED, *VICTIM_SEX_AGE)

#: First day, and the day after the last.
Span = tuple[date, date]

#: Shares that sum to 1 but for this much do so but for rounding.
_ROUNDING: Final = 1e-9
#: Stands for a number that is not known, so that two such are equal: no position and no error is less than 0 by this.
_NO_NUMBER: Final = -1e9

COUNT_COLUMNS: Final = (
    "unit_id",
    "period_start",
    "hazard_type",
    "measure",
    "exact",
    "spread",
    "total",
    "unknown_events",
    "sources",
    "synthetic",
)


_NUMBERS: Final = ("exact", "spread", "total", "unknown_events")
#: Those of texts.
_LABELS: Final = ("unit_id", "hazard_type", "measure", "sources")


def count(
    incidents: gpd.GeoDataFrame,
    boundaries: Boundaries,
    level: str,
    vintage: str,
    *,
    period: str = "month",
    measures: Sequence[str] = DEFAULT_MEASURES,
    weights: pd.Series | None = None,
    hazards: Iterable[HazardType] = EXPLOSIVE,
) -> pd.DataFrame:
    """Count events and victims per unit, period and hazard type.

    Linked reports count as one event (`geo.counting.events.to_events`). An event whose whole extent lies in one unit
    and whose date lies in one period is exact there; any other is spread over the units by `geo.counting.spread.spread`
    and over the periods by days. Events are spread over the finest units of the vintage and these are added up, so that
    a cercle is the sum of its communes.

    Parameters
    ----------
    incidents : GeoDataFrame
        An incident table; with ``event_id`` where reports are linked.
    boundaries : Boundaries
    level, vintage : str
        Which units; see `Boundaries.units`.
    period : {"day", "month", "quarter", "year"}
    measures : sequence of str
        Of `MEASURES`.
    weights : Series, optional
        Weight per km² of each of the vintage's finest units, by unit id. By default the people per km² of the cercle
        that it lies in (`geo.counting.density.population_density`); area alone where no population is known.
    hazards : iterable of HazardType
        Which events to count: by default the explosive ones, so that conflict events are never mixed in unasked.

    Returns
    -------
    DataFrame
        One row per unit, period and hazard type with at least a part of an event, and measure, sorted by these;
        columns `COUNT_COLUMNS`. ``total`` = ``exact`` + ``spread``. Unknown is not zero: the three are missing where
        no event states the measure, and ``unknown_events`` says of how many events at least a part of the measure is
        unknown. ``sources`` names the sources of the events in the row; ``synthetic`` says whether any is invented.
        A unit without a row has no report, which does not mean that nothing happened there.

    Raises
    ------
    ParameterError
        There is no such level, vintage, period or measure, or the weights do not fit.
    InputError
        An event cannot be placed; see `geo.counting.spread.spread`.
    """
    unknown = [measure for measure in measures if measure not in MEASURES]
    if unknown:
        raise ParameterError(
            message("There is no measure {measure}; there are {known}.", measure=unknown[0], known=", ".join(MEASURES)),
            parameter="measures",
        )
    boundaries.units(level, vintage)  # raises where there are none
    events = select_hazards(to_events(incidents), hazards)
    places = _places(events, boundaries, level, vintage, weights)
    counted = _counted(events, places, boundaries, level, vintage, period, measures)
    return counted.astype(dict.fromkeys(_LABELS, "str"))


def select_hazards(events: gpd.GeoDataFrame, hazards: Iterable[HazardType]) -> gpd.GeoDataFrame:
    """Return the events of these types."""
    return events[events["hazard_type"].isin(list(hazards))]


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Which part of each event falls to each of the finest units of a vintage, and what of the event decides it.

    Attributes
    ----------
    base : str
        Stands for the finest units: vintages that have the same ones share it.
    where : DataFrame
        Per event, by its id: its position (degrees, NaN where there is none), precision, error in km and unit.
    parts : csr_array, shape (events, finest units)
    """

    base: str
    where: pd.DataFrame
    parts: sparse.csr_array

    @property
    def nbytes(self) -> int:
        """About the bytes of memory that it takes."""
        parts = self.parts.data.nbytes + self.parts.indices.nbytes + self.parts.indptr.nbytes
        return int(self.where.memory_usage(deep=True).sum()) + int(parts)


def base_digest(boundaries: Boundaries, level: str, vintage: str) -> str:
    """Return what stands for the units that events are spread over before they are added up to those of `level`."""
    return _ready(boundaries, level, vintage).base


def event_shares(
    events: pd.DataFrame, boundaries: Boundaries, level: str, vintage: str, known: Shares | None = None
) -> Shares:
    """Return the shares of events, one row per event, in the order of `events`.

    Parameters
    ----------
    events : DataFrame
        One row per event (`geo.counting.events.to_events`), as `geo.core.memory.flat` has it.
    known : Shares, optional
        Of earlier events over the same units: an event that lies where it did is not placed anew.

    Raises
    ------
    InputError
        An event cannot be placed; see `geo.counting.spread.spread`.
    """
    ready, where = _ready(boundaries, level, vintage), _where(events)
    row = np.full(len(where), -1)
    if known is not None and known.base == ready.base:
        row = known.where.index.get_indexer(where.index)
        found = row >= 0
        before, now = known.where.iloc[row[found]], where[found]
        row[found] = np.where((before.to_numpy() == now.to_numpy()).all(axis=1), row[found], -1)
    fresh = ready.spreader.shares(located(events[row < 0]), ready.people_per_km2)
    parts = fresh
    if known is not None and (row >= 0).any():
        order = np.concatenate([np.flatnonzero(row >= 0), np.flatnonzero(row < 0)])
        parts = sparse.vstack([known.parts[row[row >= 0]], fresh], format="csr")[np.argsort(order)]
    return Shares(ready.base, where, sparse.csr_array(parts))


def _where(events: pd.DataFrame) -> pd.DataFrame:
    """Return all that decides where an event may lie, as values of which equal ones are equal."""
    columns = {
        LON: events[LON].to_numpy(),
        LAT: events[LAT].to_numpy(),
        "error_km": events["location_error_km"].to_numpy(np.float64),
        "precision": events["location_precision"].to_numpy(object),
        "unit": events["location_unit"].fillna("").to_numpy(object),
    }
    return pd.DataFrame(columns, index=events.index).fillna(_NO_NUMBER)


def count_events(
    events: pd.DataFrame,
    shares: Shares,
    boundaries: Boundaries,
    level: str,
    vintage: str,
    *,
    measures: Sequence[str] = DEFAULT_MEASURES,
) -> pd.DataFrame:
    """Return the counts per month, as `count` does, of events whose shares over the finest units are known.

    Columns of texts are categorical, their categories in the order of the texts: a fraction of the memory.
    """
    places = _in_units(shares.parts, _ready(boundaries, level, vintage).membership)
    return _counted(events, places, boundaries, level, vintage, "month", measures)


def _counted(
    events: pd.DataFrame,
    places: sparse.csr_array,
    boundaries: Boundaries,
    level: str,
    vintage: str,
    period: str,
    measures: Sequence[str],
) -> pd.DataFrame:
    times, starts = period_shares(events, period)
    units = boundaries.units(level, vintage)
    return _table(_parts(places, times), events, units.index, starts, measures)


def events_within(
    events: gpd.GeoDataFrame, boundaries: Boundaries, level: str, vintage: str, spans: Sequence[Span]
) -> NDArray[np.float64]:
    """Return how many events lie in each span of days and unit, in the order of `Boundaries.units`.

    The totals are those of `count`, added up over days.

    Parameters
    ----------
    events : GeoDataFrame
        One row per event (`geo.counting.events.to_events`).
    spans : sequence of (date, date)
        First day, and the day after the last.

    Returns
    -------
    float array, shape (spans, units)

    Raises
    ------
    InputError
        An event cannot be placed; see `geo.counting.spread.spread`.
    """
    times, starts = period_shares(events, "day")
    days = starts[:, None]
    first, after = (np.array([span[side] for span in spans], "datetime64[D]") for side in (0, 1))
    inside = np.asarray(times @ ((days >= first) & (days < after)).astype(np.float64))
    touched = inside.any(axis=1)
    places = _places(events[touched], boundaries, level, vintage)
    return np.asarray(inside[touched].T @ places, np.float64)


def _places(
    events: gpd.GeoDataFrame, boundaries: Boundaries, level: str, vintage: str, weights: pd.Series | None = None
) -> sparse.csr_array:
    """Return the share of each event that falls to each unit of `level`, shape (events, units)."""
    ready = _ready(boundaries, level, vintage)
    shares = ready.spreader.shares(events, ready.people_per_km2 if weights is None else weights)
    return _in_units(shares, ready.membership)


class _Ready(NamedTuple):
    """What counting per unit needs whatever the incidents."""

    base: str
    spreader: Spreader
    membership: sparse.csr_array
    people_per_km2: pd.Series


@lru_cache(maxsize=16)
def _ready(boundaries: Boundaries, level: str, vintage: str) -> _Ready:
    units, membership = base_units(boundaries, level, vintage)
    base = _Base(_digest(units), boundaries, units)
    return _Ready(base.digest, _spreader(base), membership, _density(base))


@dataclass(frozen=True, slots=True)
class _Base:
    """Units to spread events over; equal where ids and outlines are, in whatever vintage."""

    digest: str
    boundaries: Boundaries
    units: gpd.GeoDataFrame = field(compare=False, repr=False)


@lru_cache(maxsize=4)
def _spreader(base: _Base) -> Spreader:
    return Spreader(base.units, base.boundaries)


@lru_cache(maxsize=4)
def _density(base: _Base) -> pd.Series:
    return population_density(base.units, base.boundaries)


def _digest(units: gpd.GeoDataFrame) -> str:
    content = hashlib.sha256("\n".join(units.index).encode())
    for outline in shapely.to_wkb(units.geometry.to_numpy()):
        content.update(outline)
    return content.hexdigest()


def _in_units(shares: sparse.csr_array, membership: sparse.csr_array) -> sparse.csr_array:
    """Add up the shares of the finest units; a row keeps its sum, which is below 1 where units leave a part out."""
    sums = np.asarray(shares.sum(axis=1)).ravel()
    # so that the share of an event whose finest units all lie in one unit is 1 to the last digit
    places = normalise_rows(shares @ membership, np.ones(membership.shape[1]))
    kept = np.where(np.isclose(sums, 1.0, rtol=0, atol=_ROUNDING), 1.0, sums)
    return sparse.csr_array(places.multiply(kept[:, None]))


def _parts(places: sparse.csr_array, times: sparse.csr_array) -> pd.DataFrame:
    """Return event, unit, period, share and whether it is exact, for each part of an event; positions, not ids."""
    place = _entries(places, "unit")
    time = _entries(times, "period")
    parts = place.merge(time, on="event", suffixes=("_unit", "_period"))
    parts["share"] = parts["share_unit"] * parts["share_period"]
    parts["is_exact"] = parts["alone_unit"] & parts["alone_period"]
    return parts


def _entries(shares: sparse.csr_array, column: str) -> pd.DataFrame:
    per_event = np.diff(shares.indptr)
    return pd.DataFrame(
        {
            "event": np.repeat(np.arange(shares.shape[0]), per_event),
            column: shares.indices,
            "share": shares.data,
            "alone": np.repeat(per_event == 1, per_event) & (shares.data == 1.0),
        }
    )


def _table(
    parts: pd.DataFrame,
    events: pd.DataFrame,
    units: pd.Index,
    starts: NDArray[np.datetime64],
    measures: Sequence[str],
) -> pd.DataFrame:
    hazard, hazard_names = pd.factorize(events["hazard_type"], sort=True)
    event = parts["event"].to_numpy()
    keys = pd.DataFrame({"unit": parts["unit"], "period": parts["period"], "hazard": hazard[event]})
    grouped = keys.groupby(["unit", "period", "hazard"], sort=True)
    group = grouped.ngroup().to_numpy()
    rows = grouped.size().index.to_frame(index=False)
    if not measures:
        return pd.DataFrame(columns=list(COUNT_COLUMNS))
    share, is_exact = parts["share"].to_numpy(), parts["is_exact"].to_numpy()
    synthetic = np.bincount(group, events["synthetic"].to_numpy()[event], minlength=len(rows)) > 0
    numbers: dict[str, list[NDArray[np.float64]]] = {name: [] for name in _NUMBERS}
    for measure in measures:
        value, lacking = _values(events, measure)
        known = ~np.isnan(value[event])
        amount = np.where(known, value[event], 0.0) * share
        stated = np.bincount(group, known, minlength=len(rows)) > 0
        exact, spread_ = (np.bincount(group, amount * which, minlength=len(rows)) for which in (is_exact, ~is_exact))
        unknown = np.bincount(group, lacking[event] * share, minlength=len(rows))
        of_measure = (*(np.where(stated, part, np.nan) for part in (exact, spread_, exact + spread_)), unknown)
        for column, part in zip(numbers.values(), of_measure, strict=True):
            column.append(part)
    each, order = len(measures), np.tile(np.arange(len(measures)), len(rows))
    columns = {  # per group a row of each measure
        "unit_id": _texts(np.repeat(rows["unit"].to_numpy(), each), units),
        "period_start": starts[np.repeat(rows["period"].to_numpy(), each)],
        "hazard_type": _texts(np.repeat(rows["hazard"].to_numpy(), each), hazard_names),
        "measure": _texts(order, pd.Index(measures)),
        **{name: np.column_stack(parts_).ravel() for name, parts_ in numbers.items()},
        "sources": _texts(*_sources(events, event, group, each)),
        "synthetic": np.repeat(synthetic, each),
    }
    return pd.DataFrame(columns)[list(COUNT_COLUMNS)]


def _sources(
    events: pd.DataFrame, event: NDArray[np.int64], group: NDArray[np.integer], each: int
) -> tuple[NDArray[np.int64], pd.Index]:
    """Return which names the sources of each group have, `each` times over, and the names."""
    code, names = pd.factorize(events["sources"])
    width = np.int64(max(len(names), 1))
    pairs = np.unique(group * width + code[event])
    joined = joined_names(pd.Series(names.take(pairs % width)), pairs // width)
    found, texts = pd.factorize(joined)
    return np.repeat(found, each), pd.Index(texts)


def _texts(codes: NDArray[np.int64], names: pd.Index) -> pd.Categorical:
    """Return names by their positions, as categories in the order of the names."""
    order = np.argsort(names.to_numpy(dtype=object), kind="stable")
    place = np.empty(len(names), np.int64)
    place[order] = np.arange(len(names))
    return pd.Categorical.from_codes(place[codes], categories=names.take(order))


def _values(events: pd.DataFrame, measure: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return each event's value of the measure, NaN where nothing is known, and whether any part of it is unknown."""
    columns = list(MEASURES[measure])
    if not columns:
        return np.ones(len(events)), np.zeros(len(events), np.bool_)
    stated = events[columns].astype("Float64")
    value = stated.sum(axis=1, min_count=1).to_numpy(np.float64, na_value=np.nan)
    return value, stated.isna().any(axis=1).to_numpy(np.bool_)
