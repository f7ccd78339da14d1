"""What is expected around a place, such as a town or an airstrip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.core.crs import TO_METRIC
from geo.core.messages import Message
from geo.roads.graph import Floats
from models.routes import words as words
from models.routes.answer import Coverage, NearIncident, PlaceRisk
from models.routes.probability import probability_any
from models.routes.road_risk import RoadRisk
from models.routes.segments import SegmentValues, as_date, count_interval
from models.routes.travelled import none_if_nan, own_frequency


def _disc(across: int = 81) -> Floats:
    """Return points that fill the unit disc evenly, shape (n, 2)."""
    axis = np.linspace(-1.0, 1.0, across)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return np.asarray(points[np.hypot(*points.T) <= 1.0], np.float64)


_DISC: Final = _disc()


def _known(xy_m: Floats, values: SegmentValues, risk: RoadRisk) -> NDArray[np.bool_]:
    """Return which points (n, 2) in the metric CRS lie where something is said."""
    cell = risk.domain.locate(xy_m[:, 0], xy_m[:, 1])
    found: NDArray[np.bool_] = (cell >= 0) & values.known_cell[cell]
    return found


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

    Of the circle only what lies in the country, in cercles that are assessed, counts; `known_share` says how much.

    Parameters
    ----------
    place : Series
        A row of the gazetteer's table.
    """
    x, y = TO_METRIC.transform(place.geometry.x, place.geometry.y)
    radius = values.corridor.km
    cell = int(risk.domain.locate([x], [y])[0])
    expected = located = float("nan")
    known_share = _known(np.array([[x, y]]) + _DISC * radius * 1000, values, risk).mean()
    if known_share > 0:
        whole = values.rasters.whole
        cells, weight, _ = whole.cover(np.array([[x, y]]), np.array([radius]))
        weight = weight * _known(whole.middles(cells), values, risk)
        one = np.zeros_like(cells)
        expected = float(whole.shared(cells, weight, one, 1)[0])
        pointed = float(values.rasters.located.shared(cells, weight, one, 1)[0])
        located = pointed / expected if expected > 0 else located
        expected *= horizon_days / values.horizon_days
    is_whole = known_share == 1
    low, high = count_interval(np.array([expected]), values.alpha)
    here = np.array([shapely.Point(x, y)], dtype=object)
    _, spot = values.near.pairs(here, np.array([radius]))
    events, _ = values.near.of_spots(np.unique(spot))
    recorded = values.near.events
    days = [as_date(day) for day in recorded.day[events]]
    found = tuple(NearIncident(str(recorded.ids[e]), day, 0.0, 0.0, True) for e, day in zip(events, days, strict=True))
    said = () if is_whole or not values.has_estimates else (words.partly_known_circle(known_share),)
    own = own_frequency(found, located, period[0], horizon_days)
    coverage = Coverage.NOT_ASSESSED if cell < 0 else Coverage(risk.coverage[cell])
    return PlaceRisk(
        place_id=place_id,
        name=str(place["name"]),
        kind=str(place["kind"]),
        radius_km=radius,
        known_share=float(known_share),
        expected_incidents=none_if_nan(expected),
        low=none_if_nan(low[0]),
        high=none_if_nan(high[0]),
        probability_any=probability_any(expected, values.alpha, own) if is_whole else None,
        n_incidents=len(days),
        last_incident=max(days, default=None),
        coverage=coverage,
        horizon_days=horizon_days,
        start=period[0],
        end=period[1],
        past=past,
        synthetic=risk.assessment.synthetic,
        caveats=(*said, *caveats),
    )
