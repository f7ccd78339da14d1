"""What a table is made from, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import geopandas as gpd

from api.access import Caller
from api.planner import Ready
from api.service import Snapshot
from geo.store import Store
from models.assessment import Assessment


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
    ready: Ready | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Rows before their columns are typed, what holds for all of them, and decimals of a degree worth keeping."""

    frame: gpd.GeoDataFrame
    about: dict[str, Any]
    decimals: int
