"""What is expected around a place, such as a town or an airstrip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import shapely

from geo.crs import TO_METRIC
from geo.messages import Message
from models.at_least_one import probability_any
from models.road_risk import RoadRisk
from models.route_answer import Coverage, NearIncident, PlaceRisk
from models.segments import SegmentValues, as_date, interval
from models.travelled import known, own_frequency


def risk_around(
    place: pd.Series,
    place_id: str,
    values: SegmentValues,
    risk: RoadRisk,
    horizon_days: int,
    period: tuple[date, date],
    *,
    past: Message | None,
    caveats: Sequence[Message],
) -> PlaceRisk:
    """Return what is expected in the circle around a place whose radius is the corridor of `values`.

    Parameters
    ----------
    place : Series
        A row of the gazetteer's table.
    """
    x, y = TO_METRIC.transform(place.geometry.x, place.geometry.y)
    radius = values.corridor.km
    cell = int(risk.domain.locate([x], [y])[0])
    expected = located = float("nan")
    if cell >= 0 and values.known_cell[cell]:
        at, half_km = np.array([[x, y]]), np.array([radius])
        expected = float(values.rasters.whole.around(at, half_km).sum())
        pointed = float(values.rasters.located.around(at, half_km).sum())
        located = pointed / expected if expected > 0 else located
        expected *= horizon_days / values.horizon_days
    low, high = interval(np.array([expected]), values.alpha)
    here = np.array([shapely.Point(x, y)], dtype=object)
    _, spot = values.near.pairs(here, np.array([radius]))
    events, _ = values.near.of_spots(np.unique(spot))
    recorded = values.near.events
    days = [as_date(day) for day in recorded.day[events]]
    found = tuple(NearIncident(str(recorded.ids[e]), day, 0.0, 0.0, True) for e, day in zip(events, days, strict=True))
    own = own_frequency(found, located, period[0], horizon_days)
    coverage = Coverage.NOT_ASSESSED if cell < 0 else Coverage(risk.coverage[cell])
    return PlaceRisk(
        place_id=place_id,
        name=str(place["name"]),
        kind=str(place["kind"]),
        radius_km=radius,
        expected_incidents=known(expected),
        low=known(low[0]),
        high=known(high[0]),
        probability_any=probability_any(expected, values.alpha, own) if np.isfinite(expected) else None,
        n_incidents=len(days),
        last_incident=max(days, default=None),
        coverage=coverage,
        horizon_days=horizon_days,
        start=period[0],
        end=period[1],
        past=past,
        synthetic=risk.assessment.synthetic,
        caveats=tuple(caveats),
    )
