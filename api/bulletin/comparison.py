"""Published national figures beside what the store counts for the same months, and why the two differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

import pandas as pd

from api.base.country import NAME
from api.base.service import Snapshot
from api.layers.layer import Period
from api.layers.query import month_after
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core import figures
from geo.core.messages import Message, message
from geo.counting.counts import DEFAULT_MEASURES, count
from geo.hazards.areas import area_by_unit
from geo.incidents.schema import EXPLOSIVE, VICTIM_SEX_AGE, HazardType
from geo.store import Store
from models.risk.target import HAZARDS, Target

#: Figures without an end run to the date of their source, early 2023: the store is counted up to the end of March.
EARLY_2023: Final = date(2023, 4, 1)
_LEVEL: Final = "region"
#: Columns of victims whose group is stated.
_GROUPED: Final = tuple(
    f"{harm}_{group}"
    for harm in ("killed", "injured")
    for group in ("civilian", "humanitarian", "peacekeeper", "security_force")
)
_MEASURES: Final = (*DEFAULT_MEASURES, *_GROUPED)
_IED: Final = HAZARDS[Target.IED]
_ERW: Final = HAZARDS[Target.ERW]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the store counts, None where it holds nothing of the kind; of `unknown` events a part is not known."""

    value: float | None
    unknown: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published figure, and the store's for the same definition as far as it can be counted.

    Attributes
    ----------
    start, end : date
        Of the published figure; `end` is its last day, None where it runs to the date of the source.
    period : Period, optional
        The whole months that the store was counted over; None where the store does not hold such figures.
    counted : Counted, optional
    reasons : tuple of Message
        Why the two differ.
    """

    indicator: str
    area: str
    start: date
    end: date | None
    value: float
    unit: str
    definition: str
    source: str
    period: Period | None
    counted: Counted | None
    reasons: tuple[Message, ...]


class _Months:
    """The monthly counts of one revision, to be summed over periods and regions."""

    def __init__(self, counts: pd.DataFrame, store: Store, snapshot: Snapshot) -> None:
        self._counts = counts
        self.store = store
        self.snapshot = snapshot

    def sum(
        self, measures: tuple[str, ...], hazards: tuple[HazardType, ...], period: Period, unit_id: str | None = None
    ) -> Counted:
        rows = self._counts[
            self._counts["measure"].isin(measures)
            & self._counts["hazard_type"].isin(hazards)
            & (self._counts["period_start"] >= pd.Timestamp(period.start))
            & (self._counts["period_start"] < pd.Timestamp(period.end))
        ]
        if unit_id is not None:
            rows = rows[rows["unit_id"] == unit_id]
        total = rows["total"].sum(min_count=1)
        unknown = rows.groupby("measure")["unknown_events"].sum().max()
        return Counted(None if pd.isna(total) else float(total), 0.0 if pd.isna(unknown) else float(unknown))


_How = Callable[[_Months, Period, str | None], Counted]


def _total(measures: tuple[str, ...], hazards: tuple[HazardType, ...]) -> _How:
    return lambda months, period, unit_id: months.sum(measures, hazards, period, unit_id)


def _share(part: tuple[str, ...], whole: tuple[str, ...], hazards: tuple[HazardType, ...]) -> _How:
    def counted(months: _Months, period: Period, unit_id: str | None) -> Counted:
        return _ratio(months.sum(part, hazards, period), months.sum(whole, hazards, period))

    return counted


def _part_of_country(measures: tuple[str, ...], hazards: tuple[HazardType, ...]) -> _How:
    def counted(months: _Months, period: Period, unit_id: str | None) -> Counted:
        return _ratio(months.sum(measures, hazards, period, unit_id), months.sum(measures, hazards, period))

    return counted


def _ratio(part: Counted, whole: Counted) -> Counted:
    if not whole.value:
        return Counted(None)
    return Counted((part.value or 0.0) / whole.value, whole.unknown)


def _released(months: _Months, period: Period, unit_id: str | None) -> Counted:
    """Land released by the end of the period, in m²; None where no hazardous area is known."""
    areas = months.store.hazards()
    if areas.empty:
        return Counted(None)
    last = period.last_day.replace(day=1)
    land = area_by_unit(areas, months.snapshot.boundaries, _LEVEL, DEFAULT_VINTAGE, start=last, end=period.end)
    return Counted(float(land.loc[land["status"] == "released", "area_m2"].sum()))


_NOT_LAID_BY: Final = message("The store counts devices whoever laid them.")
_WHERE_STATED: Final = message("The store's share is of victims whose group a report states.")
_BY_AGE: Final = message("The store's share is of all victims whose age a report states, civilian or not.")
_DEVICES: Final = message("The published figure counts devices, the store events; an event may have several devices.")
_BOUNDARIES: Final = message("The region is that of 2016; the source does not say which it means.")

#: Indicator → how the store counts it, and where its definition is another. The others the store does not hold.
_COUNTED: Final = MappingProxyType(
    {
        "ied_mine_killed": (_total(("killed",), _IED), (_NOT_LAID_BY,)),
        "ied_mine_injured": (_total(("injured",), _IED), (_NOT_LAID_BY,)),
        "ied_mine_civilian_share": (_share(("civilians",), _GROUPED, _IED), (_WHERE_STATED,)),
        "ied_mine_device_share": (_part_of_country(("events",), _IED), (_DEVICES, _BOUNDARIES)),
        "ied_mine_victim_share": (_part_of_country(("killed", "injured"), _IED), (_BOUNDARIES,)),
        "erw_victims": (_total(("killed", "injured"), _ERW), ()),
        "erw_civilian_victims": (_total(("civilians",), _ERW), (_WHERE_STATED,)),
        "erw_child_share": (_share(("boys", "girls"), VICTIM_SEX_AGE, _ERW), (_BY_AGE,)),
        "land_released_m2": (_released, ()),
        "ied_used": (_total(("events",), _IED), (_DEVICES,)),
    }
)


def compare(store: Store, snapshot: Snapshot) -> tuple[Comparison, ...]:
    """Return every published figure with what the store counts; those that it does not hold come last."""
    months = _Months(_monthly(store, snapshot), store, snapshot)
    data = store.data_period(EXPLOSIVE)
    rows = [_comparison(row, months, data) for _, row in figures.published().iterrows()]
    return tuple(sorted(rows, key=lambda row: row.period is None))


def _monthly(store: Store, snapshot: Snapshot) -> pd.DataFrame:
    """Return the counts per region and month."""

    def make() -> pd.DataFrame:
        incidents = store.incidents(hazards=EXPLOSIVE)
        return count(incidents, snapshot.boundaries, _LEVEL, DEFAULT_VINTAGE, measures=_MEASURES)

    return snapshot.table("months of the national sheet", make)


def _comparison(row: pd.Series, months: _Months, data: tuple[date, date] | None) -> Comparison:
    indicator, start = str(row["indicator"]), row["start"].date()
    end = None if pd.isna(row["end"]) else row["end"].date()
    period, counted = None, None
    reasons: tuple[Message, ...] = ()
    if indicator in _COUNTED:
        how, differs = _COUNTED[indicator]
        last = EARLY_2023 - timedelta(days=1) if end is None else end
        period = Period(start.replace(day=1), month_after(last))
        unit_id = None if row["area"] == NAME else f"region-{DEFAULT_VINTAGE}-{str(row['area']).lower()}"
        counted = how(months, period, unit_id)
        reasons = tuple(_reasons(indicator, counted, period, end, data, differs))
    return Comparison(
        indicator=indicator,
        area=str(row["area"]),
        start=start,
        end=end,
        value=float(row["value"]),
        unit=str(row["unit"]),
        definition=str(row["definition"]),
        source=str(row["source"]),
        period=period,
        counted=counted,
        reasons=reasons,
    )


def _reasons(
    indicator: str,
    counted: Counted,
    period: Period,
    end: date | None,
    data: tuple[date, date] | None,
    differs: tuple[Message, ...],
) -> Iterator[Message]:
    """Say why the store's figure is another, the weightiest reason first."""
    is_land = indicator == "land_released_m2"
    if counted.value is None:
        yield message("The store holds no record of it for these months, which is not zero.")
    elif data is not None and not is_land:
        if data[0].replace(day=1) > period.start:
            yield message("The store's records begin on {date}: what is older is missing.", date=data[0])
        if month_after(data[1]) < period.end:
            yield message("The store's records end on {date}: what is later is missing.", date=data[1])
    yield from differs
    if counted.unknown >= 1:
        unknown = round(counted.unknown)
        yield message("Of {count} of its events at least a part of the victims is unknown.", count=unknown)
    if end is not None and month_after(end) - timedelta(days=1) != end:
        yield message("The store counts whole months.")
    if is_land:
        yield message("The store knows only areas that were reported to it.")
