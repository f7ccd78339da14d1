"""What the tests of assessments share: coarse cells over Mali, and drawn incidents in a canonical table."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries.regions import Boundaries
from geo.incidents.schema import conform
from models.risk.domain import Domain
from models.risk.inputs import build_domain

#: Coarser than what is served: an assessment takes a second instead of ten.
COARSE_M = 25_000.0
FIRST = date(2018, 1, 1)


def coarse_domain(boundaries: Boundaries) -> Domain:
    """Return the cells over Mali, coarse."""
    return build_domain(boundaries, cell_m=COARSE_M)


def drawn(
    number: int,
    *,
    seed: int = 0,
    days: int = 2000,
    hazard: str = "ied",
    source: str = "drawn",
    synthetic: bool = False,
    first: date = FIRST,
) -> gpd.GeoDataFrame:
    """Return incidents around a few towns of the centre and the north, more of them of late."""
    rng = np.random.default_rng(seed)
    towns = np.array([(-4.18, 14.48), (-2.95, 15.0), (-0.04, 16.27), (2.4, 15.92), (1.41, 18.44), (-5.98, 14.25)])
    at = towns[rng.choice(len(towns), number, p=[0.3, 0.3, 0.15, 0.1, 0.1, 0.05])] + rng.normal(0, 0.15, (number, 2))
    day = np.sort(np.floor(days * rng.beta(2, 1, number))).astype(int)
    index = [f"{source}:{n:05d}" for n in range(number)]
    table = gpd.GeoDataFrame(
        {
            "source": source,
            "source_id": index,
            "date": pd.to_datetime([first + timedelta(days=int(d)) for d in day]),
            "date_precision": "day",
            "location_precision": "settlement",
            "location_error_km": 2.0,
            "hazard_type": hazard,
            "synthetic": synthetic,
        },
        index=index,
        geometry=gpd.GeoSeries(gpd.points_from_xy(*at.T), index=index, crs="EPSG:4326"),
    )
    return conform(table)
