"""Tables with one row per victim: the rows of one accident become one incident with counts of people."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from geo.core.messages import message
from geo.incidents.raw import Raw
from geo.incidents.vocabulary import ADULT, HARMS, INJURED, KILLED, SEXES, STANDINGS
from geo.reading.numbers import parse_decimal
from geo.reading.text import each, fold, is_blank, where

#: What must be the same in all rows of one accident.
_SAME = ("date", "longitude", "latitude", "geopoint", "hazard_type", "region", "cercle", "commune")


def merge_victims(raw: Raw) -> None:
    """Count the victims of a table with one row each; tables with counts of people are left as they are.

    The first row of an accident is taken, with the counts of all; its further rows are set aside as ``merged``, with
    the row they are counted in. A row that contradicts the first one in date, place or device is a fault. A count is
    missing, not zero, where a victim who may belong to it is not described.
    """
    if "victim_harm" not in raw.frame:
        return
    harm = _coded(raw, "victim_harm", HARMS)
    sex = _coded(raw, "victim_sex", SEXES)
    standing = _coded(raw, "victim_standing", STANDINGS)
    age = each(raw.column("victim_age"), parse_decimal).astype(float)
    raw.faults.add(
        (age.isna().to_numpy() & ~where(raw.column("victim_age"), is_blank)) | (age < 0).to_numpy(),
        "victim_age",
        raw.column("victim_age"),
        lambda _, value: message("{value} is not an age in years.", value=value),
        "code",
    )
    groups = pd.Series(
        [
            None if not s or a != a else {"m": ("boys", "men"), "f": ("girls", "women")}[s][a >= ADULT]
            for s, a in zip(sex, age, strict=True)
        ],
        index=raw.frame.index,
        dtype=object,
    )
    activity = raw.column("activity")
    if "source_id" not in raw.frame:
        raw.notes.append(message("The accidents have no id, so each victim's row was taken as an accident of its own."))
    firsts = _set_aside_further_rows(raw)
    good = ~raw.faults.bad
    members: dict[int, list[int]] = {}
    for position in np.flatnonzero(good | np.isin(np.arange(len(raw)), [p for p in firsts if good[firsts[p]]])):
        members.setdefault(firsts.get(int(position), int(position)), []).append(int(position))
    counted: dict[str, dict[int, str]] = {"activity": {}}
    for first, positions in members.items():
        counts = _counts([harm[p] for p in positions], [groups[p] for p in positions], [standing[p] for p in positions])
        for column, count in counts.items():
            counted.setdefault(column, {})[first] = "" if count is None else str(count)
        counted["activity"][first] = "; ".join(dict.fromkeys(filter(None, activity.iloc[positions])))
    for column, by_position in counted.items():
        raw.frame[column] = pd.Series(by_position, dtype=object).reindex(raw.frame.index, fill_value="")


def _coded(raw: Raw, name: str, words: dict[str, str]) -> list[str]:
    texts = raw.column(name)
    codes = list(each(texts, lambda text: words.get(fold(text), "")))
    unknown = np.fromiter(
        (not code and not is_blank(text) for code, text in zip(codes, texts, strict=True)), dtype=bool, count=len(raw)
    )
    raw.faults.add(
        unknown,
        name,
        texts,
        lambda _, value: message(
            "{value} is not known here; expected one of: {expected}.",
            value=value,
            expected=", ".join(sorted(set(words.values()))),
        ),
        "code",
    )
    return codes


def _set_aside_further_rows(raw: Raw) -> dict[int, int]:
    """Return, for each further row of an accident, the position of its first row, and set the further rows aside."""
    ids = raw.column("source_id")
    same = [raw.column(name) for name in _SAME]
    first_of: dict[str, int] = {}
    firsts: dict[int, int] = {}
    further = np.zeros(len(raw), dtype=bool)
    other = np.zeros(len(raw), dtype=bool)
    for position in np.flatnonzero(~raw.faults.bad & (ids != "").to_numpy()):
        first = first_of.setdefault(ids.iloc[position], int(position))
        if first == position:
            continue
        agrees = all(column.iloc[first] == column.iloc[position] for column in same)
        (further if agrees else other)[position] = True
        firsts[int(position)] = first
    raw.faults.add(
        other,
        "source_id",
        ids,
        lambda i, value: message(
            "The accident {value} has another date, place or device than in row {row}.",
            value=value,
            row=int(raw.lines[firsts[i]]),
        ),
        "duplicate",
    )
    raw.faults.add(
        further,
        "source_id",
        ids,
        lambda i, value: message(
            "A further victim of the accident {value}, counted in row {row}.",
            value=value,
            row=int(raw.lines[firsts[i]]),
        ),
        "merged",
    )
    return {position: first for position, first in firsts.items() if further[position]}


def _counts(harms: list[str], groups: list[str | None], standings: list[str]) -> dict[str, int | None]:
    result: dict[str, int | None] = {}
    for harm in (KILLED, INJURED):
        these = [i for i, h in enumerate(harms) if h == harm]
        undescribed = sum(1 for h in harms if not h)
        result[f"{harm}_total"] = None if undescribed else len(these)
        for labels, names in (
            ([groups[i] for i in these], ("men", "women", "boys", "girls")),
            ([standings[i] or None for i in these], ("civilian", "humanitarian", "peacekeeper", "security_force")),
        ):
            counted = Counter(labels)
            certain = not undescribed and not counted[None]
            for name in names:
                result[f"{harm}_{name}"] = counted[name] if counted[name] or certain else None
    return result
