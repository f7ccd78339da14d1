"""The benchmark of the specification: UCDP GED for Mali, 2012 to 2020, on square cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
import shapely

from geo.boundaries.grid import Grid
from geo.boundaries.places import places
from geo.boundaries.regions import Boundaries
from geo.incidents import readers
from geo.roads import load_roads
from models.risk.domain import Domain
from models.risk.intensity import STEP_DAYS
from models.risk.location import Events, day_number, locate_events

FIRST_DAY: Final = date(2012, 1, 1)
DAY_AFTER: Final = date(2021, 1, 1)
#: Training origins lie every `STEP_DAYS` from day 180 on; the 31st is the first from day 1,095 on.
_FIRST_ORIGIN_DAYS: Final = 180 + 31 * STEP_DAYS
BENCHMARK_CELL_M: Final = 20_000.0
_LEAST_INSIDE: Final = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """Events, cells, and the span that `models.evaluation.evaluate.evaluate` is run over."""

    events: Events
    domain: Domain
    begin: float
    until: float


def ucdp_mali(path: Path, boundaries: Boundaries, *, cell_m: float = BENCHMARK_CELL_M) -> Benchmark:
    """Read the benchmark from a file of UCDP GED.

    On the 20 km cells of the published table, cells with over 2 % of their square in the country count as whole
    squares; on other sizes each cell counts as far as it is inside.
    """
    table = readers.read(path, boundaries=boundaries, today=DAY_AFTER).accepted
    country = boundaries.country()
    shapely.prepare(country)
    within = shapely.contains_xy(country, table.geometry.x, table.geometry.y)
    dated = (table["date"] >= pd.Timestamp(FIRST_DAY)) & (table["date"] < pd.Timestamp(DAY_AFTER))
    as_published = cell_m == BENCHMARK_CELL_M
    towns = places()
    domain = Domain.build(
        Grid(country, cell_m),
        boundaries.units("cercle", "2016"),
        roads=load_roads().geometry,
        towns=towns.geometry[towns["kind"].isin(("town", "village"))],
        keep=_LEAST_INSIDE if as_published else 0.0,
        whole=as_published,
    )
    first = float(day_number(FIRST_DAY))
    last = float(day_number(DAY_AFTER))
    return Benchmark(locate_events(table[within & dated], domain), domain, first + _FIRST_ORIGIN_DAYS, last)
