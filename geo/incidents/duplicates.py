"""One event told by several sources: reports that are probably of the same event are linked, never merged.

Two reports are of one event if they come from different sources, lie at most a day apart and within two kilometres of
each other or in the same commune, name compatible devices and outcomes (what was found did not explode), and are both
real or both invented. Those of one day go before those that are nearer. What people say of two reports goes before all
of this. Every report stays; counts take linked ones as one event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.boundaries.regions import Boundaries
from geo.core.crs import TO_METRIC, require_storage_crs
from geo.incidents.schema import EXPLOSIVE, DatePrecision, HazardType, LocationPrecision, Outcome
from geo.locate.locator import Locator

#: Furthest that two reports of one event lie apart.
NEAR_M: Final = 2_000.0
NEAR_DAYS: Final = 1

#: Sources place an event to within this much at least; two points that may be further off say nothing by being near.
_CLOSE_ENOUGH_KM: Final = 25.0
#: Whether the device exploded, by what became of it.
_EXPLODED: Final = {Outcome.DETONATION.value: True, Outcome.FOUND.value: False, Outcome.CLEARED.value: False}
#: Known this closely, a point tells its commune.
_COMMUNE_KM: Final = 2.0


#: Two ids of reports, the smaller first.
Pair = tuple[str, str]


def link(
    incidents: gpd.GeoDataFrame,
    *,
    boundaries: Boundaries,
    together: Iterable[Pair] = (),
    apart: Collection[Pair] = (),
) -> pd.Series[str]:
    """Return the event of each report.

    Pairs of one day are linked first, then the closest; a report joins an event only if no other report of its source
    is in it (a source does not report the same event twice, or knows that it did). The result depends on the set of
    reports, not on their order.

    Parameters
    ----------
    incidents
        Incident table. Only reports dated to the day are linked.
    boundaries
        For the commune that a point lies in (701 communes of 2015).
    together, apart
        Pairs of which a person said that they are of one event, whatever else is known of them, or of two. Their
        reports need not be among `incidents`: who is together with one report is together.

    Returns
    -------
    Series
        ``event_id``, indexed as `incidents`: the smallest id among the linked reports, or the report's own.
    """
    require_storage_crs(incidents, "incidents")
    events = pd.Series(incidents.index.astype("str"), index=incidents.index, name="event_id")
    said = [sorted(group & set(events)) for group in groups(together)]
    reports = _linkable(incidents, boundaries) if incidents["source"].nunique() > 1 else None
    if reports is None or reports["source"].nunique() < 2:
        pairs = _pairs([], [], [], [])
    else:
        pairs = pd.concat([_near(reports), _same_commune(reports)], ignore_index=True)
        pairs = pairs[compatible(reports, pairs)]
    sources = dict(zip(events, incidents["source"].to_numpy(dtype=object), strict=True))
    parent = _join(sources, pairs, [group for group in said if len(group) > 1], frozenset(apart))
    linked = {report: event for report, event in parent.items() if report != event}
    return events.index.to_series().map(lambda report: linked.get(report, report)).astype("str").rename("event_id")


def groups(pairs: Iterable[Pair]) -> list[set[str]]:
    """Return the sets of ids that pairs join, directly or over others.

    Examples
    --------
    >>> [sorted(group) for group in groups([("a", "b"), ("c", "d"), ("b", "e")])]
    [['a', 'b', 'e'], ['c', 'd']]
    """
    group_of: dict[str, set[str]] = {}
    for a, b in pairs:
        one, other = group_of.setdefault(a, {a}), group_of.setdefault(b, {b})
        if one is not other:
            one |= other
            group_of.update(dict.fromkeys(other, one))
    return list({id(group): group for group in group_of.values()}.values())


def _linkable(incidents: gpd.GeoDataFrame, boundaries: Boundaries) -> pd.DataFrame:
    daily = incidents[incidents["date_precision"] == DatePrecision.DAY.value].sort_index()
    error_km = daily["location_error_km"].to_numpy(dtype=float, na_value=np.inf)
    lon, lat = shapely.get_x(daily.geometry.to_numpy()), shapely.get_y(daily.geometry.to_numpy())
    x, y = TO_METRIC.transform(lon, lat)
    near_enough = error_km <= _CLOSE_ENOUGH_KM
    precise = error_km <= _COMMUNE_KM
    communes = boundaries.units("commune", "2015")
    found = Locator(communes).positions(np.where(precise, lon, np.nan), np.where(precise, lat, np.nan))
    located = communes.index.astype("str").take(found, allow_fill=True, fill_value=pd.NA)
    stated = daily["location_unit"].where(daily["location_precision"] == LocationPrecision.COMMUNE.value)
    return pd.DataFrame(
        {
            "source": daily["source"].to_numpy(),
            "day": daily["date"].to_numpy().astype("datetime64[D]").astype(np.int64),
            "x": np.where(near_enough, x, np.nan),
            "y": np.where(near_enough, y, np.nan),
            "commune": stated.fillna(pd.Series(located, index=daily.index)).to_numpy(dtype=object, na_value=None),
            "hazard": daily["hazard_type"].to_numpy(),
            "exploded": exploded(daily),
            "synthetic": daily["synthetic"].to_numpy(dtype=bool),
        },
        index=daily.index.astype("str"),
    )


def _near(reports: pd.DataFrame) -> pd.DataFrame:
    """Pairs within two kilometres and a day of each other, of different sources."""
    placed = reports[np.isfinite(reports["x"])]
    if placed.empty:
        return _pairs([], [], [], [])
    # Time is an axis of the tree, scaled so that one radius covers a cylinder; what it takes in too much is dropped.
    scaled = np.column_stack([placed["x"] / NEAR_M, placed["y"] / NEAR_M, placed["day"] / (NEAR_DAYS + 0.5)])
    found = cKDTree(scaled).query_pairs(np.sqrt(2.0), output_type="ndarray")
    left, right = placed.iloc[found[:, 0]], placed.iloc[found[:, 1]]
    apart_m = np.hypot(left["x"].to_numpy() - right["x"].to_numpy(), left["y"].to_numpy() - right["y"].to_numpy())
    days = np.abs(left["day"].to_numpy() - right["day"].to_numpy())
    keep = (apart_m <= NEAR_M) & (days <= NEAR_DAYS) & (left["source"].to_numpy() != right["source"].to_numpy())
    return _pairs(left.index[keep], right.index[keep], days[keep], apart_m[keep])


def _same_commune(reports: pd.DataFrame) -> pd.DataFrame:
    """Pairs in one commune and within a day of each other, of different sources; ranked behind those near by."""
    known = reports[reports["commune"].notna()].reset_index(names="id")
    found = []
    for later in range(NEAR_DAYS + 1):
        shifted = known.assign(day=known["day"] - later)
        pairs = known.merge(shifted, on=["commune", "day"], suffixes=("", "_other"))
        pairs = pairs[pairs["source"] != pairs["source_other"]]
        if later == 0:
            pairs = pairs[pairs["id"] < pairs["id_other"]]
        found.append(_pairs(pairs["id"], pairs["id_other"], later, np.inf))
    return pd.concat(found, ignore_index=True)


def _pairs(left: object, right: object, days: object, apart_m: object) -> pd.DataFrame:
    frame = pd.DataFrame({"a": left, "b": right}, dtype=object).astype({"a": "str", "b": "str"})
    frame["days"] = np.asarray(days, dtype=np.int64)
    frame["apart_m"] = np.asarray(apart_m, dtype=float)
    swap = (frame["a"] > frame["b"]).to_numpy()
    frame.loc[swap, ["a", "b"]] = frame.loc[swap, ["b", "a"]].to_numpy()
    return frame


def exploded(incidents: pd.DataFrame) -> NDArray[np.object_]:
    """Return, for each report, whether the device exploded; None where it does not say."""
    return np.array([_EXPLODED.get(outcome) for outcome in incidents["outcome"]], dtype=object)


def compatible(reports: pd.DataFrame, pairs: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which pairs may be of one event: same device category, or one does not tell which explosive it was.

    Both are real, or both invented. An air strike hides no device: what is kept apart joins only its like. What
    exploded is none that was found.
    """
    first, second = (reports.index.get_indexer(pd.Index(pairs[side])) for side in ("a", "b"))

    def both(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        values = reports[name].to_numpy(dtype=object)
        return values[first], values[second]

    a, b = both("hazard")
    vague = (HazardType.UNKNOWN.value, HazardType.SEVERAL.value, HazardType.OTHER_EXPLOSIVE.value)
    either_vague = np.isin(a, vague) | np.isin(b, vague)
    both_explosive = np.isin(a, EXPLOSIVE) & np.isin(b, EXPLOSIVE)
    invented, other_invented = both("synthetic")
    one, other = both("exploded")
    same_end = pd.isna(one) | pd.isna(other) | (one == other)
    return np.asarray(
        (invented == other_invented) & same_end & ((a == b) | (either_vague & both_explosive)), dtype=bool
    )


def _join(
    source_of: Mapping[str, str], pairs: pd.DataFrame, said: Iterable[list[str]], apart: Collection[Pair]
) -> dict[str, str]:
    """Join what people said is together, then pairs of one day, then the closest.

    No event gets a second report of a source, nor two reports that people said are apart, unless people put them there.
    """
    members: dict[str, list[str]] = {}
    event_of: dict[str, str] = {}
    for group in said:
        members[group[0]] = group
        event_of.update(dict.fromkeys(group, group[0]))
    ranked = pairs.sort_values(["days", "apart_m", "a", "b"]).drop_duplicates(["a", "b"])
    for a, b in zip(ranked["a"], ranked["b"], strict=True):
        first, second = event_of.get(a, a), event_of.get(b, b)
        if first == second:
            continue
        one, other = members.get(first, [first]), members.get(second, [second])
        if {source_of[r] for r in one} & {source_of[r] for r in other}:
            continue
        if apart and any((min(r, s), max(r, s)) in apart for r in one for s in other):
            continue
        joined = sorted(one + other)
        members.pop(first, None)
        members.pop(second, None)
        members[joined[0]] = joined
        event_of.update(dict.fromkeys(joined, joined[0]))
    return event_of
