"""What a table is made from, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import geopandas as gpd

from api.base.access import Caller
from api.base.i18n import translate
from api.base.service import Snapshot
from api.roads.planners import ReadyPlanner
from geo.core.messages import message
from geo.store import Store
from models.risk.assessment import Assessment

#: What goes with everything that was made from invented data.
SYNTHETIC: Final = message("Synthetic data: drawn, not real. No decision may rest on it.")
_DAY: Final = len("2024-01-31")


class MadeFrom(StrEnum):
    """What has to be there before a table can be made, and what it changes with."""

    DATA = "data"
    ASSESSMENT = "assessment"
    ROADS = "roads"


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """One question for a table. `assessment` and `ready` are there where the collection is made from them."""

    store: Store
    snapshot: Snapshot
    caller: Caller
    lang: str
    today: date
    assessment: Assessment | None = None
    ready: ReadyPlanner | None = None


@dataclass(frozen=True, slots=True, eq=False)
class UntypedRows:
    """Rows before their columns are typed, what holds for all of them, and decimals of a degree worth keeping."""

    frame: gpd.GeoDataFrame
    about: dict[str, Any]
    decimals: int


def warnings_of(about: Mapping[str, Any], lang: str) -> list[str]:
    """Return the sentences without which no number of a table may be shown, each once, the gravest first."""
    synthetic = [translate(SYNTHETIC, lang)] if about.get("synthetic") else []
    said = (*synthetic, *about.get("notices", ()), *about.get("caveats", ()), about.get("caveat"))
    return list(dict.fromkeys(text for text in said if text))


def period_of(about: Mapping[str, Any], lang: str) -> str | None:
    """Return of which period the numbers of a table are, and how new the newest record; None where of none."""
    period = about.get("period") or {}
    if not period.get("start"):
        return None
    start, end, newest = (_day(value) for value in (period["start"], period["end"], about.get("data_until")))
    said = message("From {start} to {end} (excluded).", start=start, end=end)
    if newest:
        said = message(
            "From {start} to {end} (excluded). Newest record: {newest}.", start=start, end=end, newest=newest
        )
    return translate(said, lang)


def _day(value: date | str | None) -> date | str | None:
    """Return a day as a date, which is put into words; a month stays the text that it is."""
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == _DAY else value
