"""Incidents known by their cercle only: they must not make a recorded incident on a road look less likely."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pytest
from route_worlds import TODAY, at, domain

from geo.boundaries.regions import Boundaries
from geo.locate.locator import Locator
from geo.roads import shipped_network
from geo.store import synthetic
from models.risk.assessing import assess
from models.routes import words as words
from models.routes.answer import RouteAnswer, RouteRequest
from models.routes.planner import RoutePlanner
from models.routes.probability import Frequency, negative_binomial_any, probability_any

pytestmark = pytest.mark.slow


def moved_to_cercles(part: float) -> gpd.GeoDataFrame:
    """Return the SYNTHETIC incidents that have a point, `part` of them known by their cercle only."""
    table = synthetic.incidents()
    table = table[table.geometry.notna()].copy()
    cercles = Boundaries.shipped().units("cercle", "2016")
    at_cercle = Locator(cercles).positions(table.geometry.x.to_numpy(), table.geometry.y.to_numpy())
    drawn = np.random.default_rng(0).random(len(table)) < part
    moved = drawn & (at_cercle >= 0)
    table.loc[moved, "location_unit"] = cercles.index.to_numpy()[at_cercle[moved]]
    table.loc[moved, "location_precision"] = "cercle"
    table.loc[moved, "location_error_km"] = np.nan
    return table.set_geometry(table.geometry.where(~moved))


@cache
def planner(part: float) -> RoutePlanner:
    table, boundaries = moved_to_cercles(part), Boundaries.shipped()
    made = assess(table, boundaries, as_of=TODAY, domain=domain())
    return RoutePlanner.build(made, table, boundaries, shipped_network(), today=TODAY, domain=domain())


@cache
def answer(part: float) -> RouteAnswer:
    return planner(part).route(RouteRequest(at("Sévaré", "Gao"), alternatives=False))


def test_a_quarter_of_the_positions_tells_the_scatter_of_counts_too() -> None:
    assert planner(0.75).alpha < 2 * planner(0.0).alpha
    assert answer(0.75).probability_any == pytest.approx(answer(0.0).probability_any, abs=0.1)


def test_without_any_position_counts_scatter_as_those_of_cercles() -> None:
    maker = planner(1.0)
    model = maker.assessment.estimator(domain())
    assert model is not None
    assert maker.alpha == pytest.approx(model.counts_.regressor_.alpha_)
    found = answer(1.0)
    assert found.expected_incidents is not None
    assert found.probability_any == pytest.approx(negative_binomial_any(found.expected_incidents, maker.alpha))
    assert found.probability_any > 0.3


def test_a_frequency_is_told_only_where_most_incidents_have_a_position() -> None:
    assert answer(0.0).frequency is not None
    assert words.NO_FREQUENCY not in answer(0.0).caveats
    found = answer(1.0)
    assert found.frequency is None
    assert words.NO_FREQUENCY in found.caveats
    track = planner(1.0).assess(found.geometry)
    assert track.frequency is None
    assert words.NO_FREQUENCY in track.caveats


def test_a_frequency_weighs_less_the_more_is_missing_from_it() -> None:
    expected, alpha = 2.0, 0.4
    alone = probability_any(expected, alpha, None)
    assert alone == negative_binomial_any(expected, alpha)
    pooled = [probability_any(expected, alpha, Frequency(2, 12, located)) for located in (1.0, 0.8, 0.5)]
    assert pooled == sorted(pooled)
    assert pooled[-1] < alone
