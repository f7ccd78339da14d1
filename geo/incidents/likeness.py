"""How alike two reports are, and which reports of one source are so alike that they are likely one event told twice.

Within a source nobody but a person can tell a repeat from a second device, so that what is found here is a question.
It is asked of few: what weighs is what two events would hardly share, the same words or the same number of victims,
beside place, day and device. Where the source gives both reports an id of its own, it has told them apart already, and
all must agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rapidfuzz import fuzz
from scipy.spatial import cKDTree

from geo.core.crs import TO_METRIC
from geo.core.identity import is_made
from geo.core.messages import Message, message
from geo.core.names import words
from geo.incidents.duplicates import Pair, compatible, exploded
from geo.incidents.schema import DatePrecision, HazardType

#: Furthest that a repeat lies from the first report: a position or a day that was typed anew.
NEAR_M: Final = 5_000.0
NEAR_DAYS: Final = 3
#: From here on a question is asked, and where the source gives both an id.
ASKED: Final = 0.75
ASKED_OF_TWO_IDS: Final = 0.95

#: Points at most so far apart count as one place, or within the errors of both where these are larger.
_ONE_PLACE_M: Final = 1_000.0
#: Texts, and names of places, are alike from this ratio on.
_ALIKE: Final = 80.0
_ALIKE_NAME: Final = 60.0
#: Texts of fewer words say nothing by being others.
_TELLING: Final = 6
#: Texts below this ratio, accents and punctuation taken with them, are none that fold to alike ones.
_FAR_FROM_ALIKE: Final = 50.0
#: A text that a source writes more often than this tells no event from another.
_COMMON: Final = 5
#: More reports of a source at one point and day, or in one unit, are a list kept at its centre: none of it is asked.
_LISTED: Final = 20
#: Of so many reports the neighbours are held at once.
_AT_ONCE: Final = 20_000

#: What each agreement is worth; 1 in all.
_PLACE, _DAY, _DEVICE, _VICTIMS, _TEXT = 0.2, 0.2, 0.1, 0.2, 0.3
#: What a date is worth that is another's with day and month exchanged: hardly any two events at one point are so.
_EXCHANGED: Final = 0.4
#: Where nothing is told that could agree or differ; and what other names of the place take away.
_UNTOLD: Final = 0.05
_OTHER_NAME: Final = 0.1
#: Sums of these are compared.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two reports are, `a` < `b`: a score from 0 to 1, and what makes it."""

    a: str
    b: str
    score: float
    reasons: tuple[Message, ...]


def likely_repeats(incidents: gpd.GeoDataFrame, events: Mapping[str, str]) -> list[Likeness]:
    """Return the pairs of reports of one source that are likely one event, and are not linked as one.

    Only real reports of devices or of fire, dated to the day, are compared. The result depends on the set of reports,
    not on their order.

    Parameters
    ----------
    incidents
        Incident table.
    events
        Report → event; a report that is not named is an event of its own.

    Returns
    -------
    list of Likeness
        Sorted by ids.
    """
    asked = (
        ~incidents["synthetic"].to_numpy(dtype=bool)
        & (incidents["date_precision"] == DatePrecision.DAY.value).to_numpy(dtype=bool)
        & (incidents["hazard_type"] != HazardType.NOT_EXPLOSIVE.value).to_numpy(dtype=bool)
    )
    if asked.sum() < 2:
        return []
    chosen = incidents if asked.all() else incidents[asked]
    reports = _comparable(chosen if chosen.index.is_monotonic_increasing else chosen.sort_index())
    found = [
        like
        for pairs in chain(_near(reports), [_in_one_unit(reports), _exchanged(reports)])
        for like in _enough(reports, pairs)
        if events.get(like.a, like.a) != events.get(like.b, like.b)  # not linked
    ]
    return sorted(found, key=lambda like: (like.a, like.b))


def _enough(reports: pd.DataFrame, pairs: pd.DataFrame) -> list[Likeness]:
    """Return the pairs that are alike enough to be asked about."""
    measured = _measured(reports, pairs[compatible(reports, pairs)])
    two_ids = ~(measured["made_a"] | measured["made_b"]).to_numpy(dtype=bool)
    needed = np.where(two_ids, ASKED_OF_TWO_IDS, ASKED) - _ROUNDING
    told = (measured["text_a"] != "") & (measured["text_b"] != "") & ~(measured["common_a"] | measured["common_b"])
    promising = measured["base"].to_numpy(dtype=float) + np.where(told, _TEXT, _UNTOLD) >= needed
    judged = (
        _judged(both, enough)
        for both, enough in zip(measured[promising].itertuples(index=False), needed[promising], strict=True)
    )
    return [like for like in judged if like is not None]


def likeness(incidents: gpd.GeoDataFrame, pairs: Sequence[Pair]) -> list[Likeness]:
    """Return how alike the reports of each pair are, whatever their sources."""
    frame = pd.DataFrame([sorted(pair) for pair in pairs], columns=["a", "b"], dtype=object)
    reports = _comparable(incidents.loc[sorted({*frame["a"], *frame["b"]})])
    judged = (_judged(both, 0.0) for both in _measured(reports, frame).itertuples(index=False))
    return [like for like in judged if like is not None]


def _comparable(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    points = incidents.geometry.to_numpy()
    x, y = TO_METRIC.transform(shapely.get_x(points), shapely.get_y(points))
    daily = (incidents["date_precision"] == DatePrecision.DAY.value).to_numpy(dtype=bool)
    days = incidents["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    source, text, place, unit = (
        incidents[name].fillna("").to_numpy(dtype=object)
        for name in ("source", "narrative", "place_name", "location_unit")
    )
    written = pd.DataFrame({"source": source, "text": text}).groupby(["source", "text"])
    common = written["source"].transform("size").to_numpy() > _COMMON
    return pd.DataFrame(
        {
            "source": source,
            "made": [is_made(name) for name in incidents["source_id"].to_numpy(dtype=object, na_value=None)],
            "day": np.where(daily, days, np.nan),
            "exchanged": np.where(daily, _exchanged_days(incidents["date"]), np.nan),
            "x": np.where(np.isfinite(x), x, np.nan),
            "y": np.where(np.isfinite(y), y, np.nan),
            "error_m": 1_000 * incidents["location_error_km"].to_numpy(dtype=float, na_value=np.inf),
            "unit": unit,
            "hazard": incidents["hazard_type"].to_numpy(dtype=object, na_value=None),
            "exploded": exploded(incidents),
            "synthetic": incidents["synthetic"].to_numpy(dtype=bool),
            "killed": incidents["killed_total"].to_numpy(dtype=float, na_value=0.0),
            "injured": incidents["injured_total"].to_numpy(dtype=float, na_value=0.0),
            "text": text,
            "common": common,
            "place": place,
        },
        index=pd.Index(incidents.index.to_numpy(dtype=object), dtype=object),  # looked up by millions of pairs
    )


def _exchanged_days(dates: pd.Series[Any]) -> NDArray[np.float64]:
    """Return each day with its number and its month's exchanged, in days since 1970; NaN where that is no other day."""
    day, month = dates.dt.day.to_numpy(dtype=float), dates.dt.month.to_numpy(dtype=float)
    other = (day <= 12) & (day != month)
    years = dates.dt.year.to_numpy(dtype=float)
    months = np.where(other, (years - 1970) * 12 + day - 1, 0).astype("datetime64[M]")
    return np.where(other, months.astype("datetime64[D]").astype(float) + month - 1, np.nan)


def _near(reports: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Give pairs of a source near in place and time; of each report the nearest, so that no crowd costs its square."""
    for _, group in reports.loc[reports["x"].notna(), ["source", "x", "y", "day"]].groupby("source"):
        yield from _nearest(group)


def _nearest(reports: pd.DataFrame) -> Iterator[pd.DataFrame]:
    spot = pd.DataFrame({name: reports[name] // 100 for name in ("x", "y")} | {"day": reports["day"]})
    reports = reports[(spot.groupby(["x", "y", "day"])["day"].transform("size") <= _LISTED).to_numpy(dtype=bool)]
    if len(reports) < 2:
        return
    # Time is an axis of the tree, scaled so that one radius covers a cylinder; what it takes in too much goes.
    scaled = np.column_stack([reports["x"] / NEAR_M, reports["y"] / NEAR_M, reports["day"] / (NEAR_DAYS + 0.5)])
    wanted = min(len(scaled), 1 + _LISTED)
    tree = cKDTree(scaled)
    x, y, day = (reports[name].to_numpy(dtype=float) for name in ("x", "y", "day"))
    ids = reports.index.to_numpy(dtype=object)
    for start in range(0, len(scaled), _AT_ONCE):
        some = scaled[start : start + _AT_ONCE]
        _, others = tree.query(some, k=wanted, distance_upper_bound=np.sqrt(2.0))
        one, other = np.repeat(np.arange(start, start + len(some)), wanted), others.ravel()
        once = (other > one) & (other < len(scaled))
        one, other = one[once], other[once]
        near = np.hypot(x[one] - x[other], y[one] - y[other]) <= NEAR_M
        near &= np.abs(day[one] - day[other]) <= NEAR_DAYS
        yield pd.DataFrame({"a": ids[one[near]], "b": ids[other[near]]}, dtype=object)


def _in_one_unit(reports: pd.DataFrame) -> pd.DataFrame:
    """Pairs of one source that name one unit and no point, as near in time."""
    keys = ["source", "unit", "day"]
    placeless = reports[reports["x"].isna() & (reports["unit"] != "")].reset_index(names="id")
    placeless = placeless[placeless.groupby(keys)["id"].transform("size") <= _LISTED]
    found = []
    for later in range(NEAR_DAYS + 1):
        both = placeless.merge(placeless.assign(day=placeless["day"] - later), on=keys, suffixes=("", "_other"))
        found.append(both.loc[both["id"] != both["id_other"], ["id", "id_other"]].to_numpy(dtype=object))
    pairs = np.sort(np.concatenate(found), axis=1)
    return pd.DataFrame(pairs, columns=["a", "b"], dtype=object).drop_duplicates(ignore_index=True)


def _exchanged(reports: pd.DataFrame) -> pd.DataFrame:
    """Pairs of one source at one spot, or in one unit, the day of one being that of the other with day and month
    exchanged; not where the source keeps a list.
    """
    keys = ["source", "spot_x", "spot_y", "unit"]
    known = reports[["source", "x", "y", "unit", "day", "exchanged"]].reset_index(names="id")
    known = known.assign(spot_x=(known["x"] // 100).fillna(0), spot_y=(known["y"] // 100).fillna(0))
    known = known[known["x"].notna() | (known["unit"] != "")]
    known = known[(known.groupby(keys)["id"].transform("size") <= _LISTED).to_numpy(dtype=bool)]
    both = known.merge(known, left_on=[*keys, "day"], right_on=[*keys, "exchanged"], suffixes=("", "_other"))
    pairs = np.sort(both[["id", "id_other"]].to_numpy(dtype=object), axis=1)
    return pd.DataFrame(pairs, columns=["a", "b"], dtype=object).drop_duplicates(ignore_index=True)


def _measured(reports: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return, for each pair, what both say side by side, and what all but their texts is worth (``base``)."""
    rows = {side: reports.index.get_indexer(pd.Index(pairs[side])) for side in ("a", "b")}
    sides = [reports.iloc[rows[side]].reset_index(drop=True).add_suffix(f"_{side}") for side in rows]
    both = pd.concat([pairs.reset_index(drop=True), *sides], axis=1)
    both["apart_m"] = np.hypot(both["x_a"] - both["x_b"], both["y_a"] - both["y_b"])
    both["days"] = (both["day_a"] - both["day_b"]).abs()
    both["exchanged"] = both["day_a"] == both["exchanged_b"]
    both["one_unit"] = both["apart_m"].isna() & (both["unit_a"] == both["unit_b"]) & (both["unit_a"] != "")
    one_place_m = (both["error_m_a"] + both["error_m_b"]).clip(_ONE_PLACE_M, NEAR_M)
    both["victims"] = _victims(both)
    both["base"] = (
        _PLACE * np.where(both["one_unit"], 0.5, (1 - both["apart_m"] / one_place_m).clip(lower=0).fillna(0))
        + np.where(both["exchanged"], _EXCHANGED, _DAY * (1 - both["days"] / (NEAR_DAYS + 1)).clip(lower=0).fillna(0))
        + _DEVICE * np.where(both["hazard_a"] == both["hazard_b"], 1.0, 0.5)
        + both["victims"]
    )
    return both


def _victims(both: pd.DataFrame) -> NDArray[np.float64]:
    """Return what the numbers of victims are worth: all where as many, half where nearly; little where there are none.

    A number that is not told counts as none.
    """
    worth = np.full(len(both), _VICTIMS)
    for harm in ("killed", "injured"):
        one, other = (both[f"{harm}_{side}"].to_numpy(dtype=float) for side in ("a", "b"))
        near = np.abs(one - other) <= 1 + np.minimum(one, other) / 2
        worth = np.minimum(worth, np.where(one == other, _VICTIMS, np.where(near, _VICTIMS / 2, 0.0)))
    nobody = (both[["killed_a", "killed_b", "injured_a", "injured_b"]].to_numpy(dtype=float) == 0).all(axis=1)
    return np.where(nobody, _UNTOLD, worth)


def _judged(both: Any, enough: float) -> Likeness | None:
    """Return the likeness of a row of `_measured`, if its score is enough."""
    of_text, texts = _texts(both.text_a, both.text_b, common=both.common_a or both.common_b)
    elsewhere = both.base + of_text >= enough and _names_differ(both.place_a, both.place_b)
    score = round(min(max(0.0, both.base + of_text - (_OTHER_NAME if elsewhere else 0.0)), 1.0), 2)
    if score < enough:
        return None
    reasons = (
        message("day and month exchanged") if both.exchanged else _of_days(both.days),
        _of_place(both.apart_m, both.one_unit),
        message("other names of the place") if elsewhere else None,
        message("same device") if both.hazard_a == both.hazard_b else message("devices that may be one"),
        _of_victims(both),
        texts,
    )
    return Likeness(both.a, both.b, score, tuple(reason for reason in reasons if reason))


def _texts(one: str, other: str, *, common: bool) -> tuple[float, Message | None]:
    """Return what two texts are worth, and a word on it. Texts that name other numbers differ.

    Texts of a few words may differ and mean the same ("2 dead", "two killed").
    """
    differ = (_UNTOLD if min(len(one.split()), len(other.split())) < _TELLING else 0.0), message("other text")
    if one and other and not fuzz.ratio(one.lower(), other.lower(), score_cutoff=_FAR_FROM_ALIKE):
        return differ  # most pairs, spared the slower folding
    first, second = words(one), words(other)
    if not first or not second:
        return _UNTOLD, None
    ratio = 100.0 if first == second else fuzz.ratio(first, second)
    if ratio < _ALIKE or _numbers(first) != _numbers(second):
        return differ
    worth = _UNTOLD if common else _TEXT * ratio / 100
    return worth, message("same text") if first == second else message("nearly the same text")


def _numbers(text: str) -> list[str]:
    return sorted(word for word in text.split() if word[0].isdigit())


def _names_differ(one: str, other: str) -> bool:
    first, second = words(one), words(other)
    return bool(first and second) and fuzz.partial_ratio(first, second) < _ALIKE_NAME


def _of_days(days: float) -> Message | None:
    if np.isnan(days):
        return None
    return message("{count} {count:day|days} apart", count=int(days)) if days else message("same day")


def _of_place(apart_m: float, one_unit: bool) -> Message | None:
    if np.isnan(apart_m):
        return message("same unit") if one_unit else None
    return message("{distance_m} m apart", distance_m=round(apart_m)) if apart_m >= 1 else message("same point")


def _of_victims(both: Any) -> Message | None:
    if (both.killed_a, both.injured_a) != (both.killed_b, both.injured_b):
        return message("other numbers of victims")
    return message("as many victims") if both.killed_a or both.injured_a else None
