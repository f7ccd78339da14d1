"""How long an edge takes: by class and surface, vehicle and season, from the tables in ``data/roads``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.core.provenance import data_path
from geo.roads.graph import CLASSES, SURFACES, Floats, Network

Vehicle = Literal["light", "truck"]
Season = Literal["dry", "rainy"]

VEHICLES: Final[tuple[Vehicle, ...]] = ("light", "truck")
SEASONS: Final[tuple[Season, ...]] = ("dry", "rainy")


@dataclass(frozen=True, slots=True)
class Travel:
    """Who travels and when: a light four-wheel drive or a truck, in the dry or the rainy season."""

    vehicle: Vehicle = "light"
    season: Season = "dry"

    def __post_init__(self) -> None:
        for parameter, value, known in (("vehicle", self.vehicle, VEHICLES), ("season", self.season, SEASONS)):
            if value not in known:
                raise ParameterError(
                    message(
                        "There is no {parameter} {value}; there are {known}.",
                        parameter=parameter,
                        value=value,
                        known=known,
                    ),
                    parameter=parameter,
                )


def season_of(month: int) -> Season:
    """Return the season of a month of departure, 1 to 12.

    Raises
    ------
    ParameterError
        If there is no such month.

    Examples
    --------
    >>> season_of(8), season_of(1)
    ('rainy', 'dry')
    """
    if month not in range(1, 13):
        raise ParameterError(
            message("The month must be a number from 1 to 12, not {month}.", month=month), parameter="month"
        )
    return "rainy" if month in _rules()["season"]["rainy_months"] else "dry"


def speeds() -> pd.DataFrame:
    """Return the table of speeds in km/h, indexed by (class, surface), one column a vehicle and season."""
    return pd.read_csv(data_path("roads/speeds.csv")).set_index(["class", "surface"])


def durations_min(network: Network, travel: Travel) -> Floats:
    """Return the minutes that each edge takes, waits at ferries, fords and barriers included.

    Schematic legs are shorter than their roads, and so are their times.
    """
    table = speeds()[f"{travel.vehicle}_{travel.season}_kmh"]
    wanted = pd.MultiIndex.from_product([CLASSES, SURFACES])
    kmh = table.reindex(wanted).to_numpy(np.float64).reshape(len(CLASSES), len(SURFACES))
    minutes: Floats = network.length_km / kmh[network.road_class, network.surface] * 60
    for what, where in (("ferry", network.ferry), ("ford", network.ford), ("barrier", network.barrier)):
        minutes = minutes + where * float(_rules()["minutes"][what][f"{travel.vehicle}_{travel.season}"])
    return minutes


def assumed_minutes(minutes: float) -> float:
    """Round a time that rests on assumed speeds: to 5 minutes below an hour, 15 below four hours, 30 from there on.

    Examples
    --------
    >>> assumed_minutes(3.0), assumed_minutes(52.0), assumed_minutes(110.0), assumed_minutes(388.6)
    (5.0, 50.0, 105.0, 390.0)
    """
    step = 5.0 if minutes < 60 else 15.0 if minutes < 240 else 30.0
    return max(step, step * round(minutes / step))


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(data_path("roads/travel.toml").read_text(encoding="utf-8"))
