"""Tracks that turn back, cross a road or are shorter than anything the roads are cut into."""

from __future__ import annotations

import pytest
import shapely
import shapely.affinity
import shapely.ops
from route_worlds import at, planner

from models.routes.answer import RouteAnswer, RouteRequest

pytestmark = pytest.mark.slow


def road(*names: str) -> RouteAnswer:
    return planner().route(RouteRequest(at(*names), alternatives=False))


def there_and_back(line: shapely.LineString) -> shapely.LineString:
    return shapely.LineString([*line.coords, *line.reverse().coords[1:]])


@pytest.mark.parametrize("names", [("Sévaré", "Konna"), ("Sévaré", "Gao")])
def test_a_track_there_and_back_passes_its_road_twice(names: tuple[str, str]) -> None:
    once = road(*names)
    twice = planner().assess(there_and_back(once.geometry))
    assert twice.share_off_network == 0
    assert twice.length_km == pytest.approx(2 * once.length_km, abs=0.6), "but for the step at the turn"
    assert twice.duration_min == pytest.approx(2 * once.duration_min, abs=30), "times are rounded"
    assert twice.expected_incidents == pytest.approx(once.expected_incidents, rel=1e-9), "its corridor is the same"
    assert sum(each.expected for each in twice.segments) == pytest.approx(twice.expected_incidents)


def test_a_short_way_there_and_back_is_a_track_too() -> None:
    """Shorter than the road is drawn inexactly, recorded to both sides of the road."""
    line = shapely.ops.substring(road("Sévaré", "Gao").geometry, 0.3, 0.32)
    beside = shapely.affinity.translate(there_and_back(line), 0.004, 0.004)
    answer = planner().assess(beside)
    assert answer.share_off_network == 0
    assert answer.length_km == pytest.approx(4.3, abs=0.5)
    assert answer.expected_incidents > 0
    assert answer.probability_any > 0


def test_the_way_back_of_a_longer_track_is_not_left_out() -> None:
    """From Sévaré to Douentza, half of the way back, and off the road."""
    once = road("Sévaré", "Douentza")
    half = shapely.ops.substring(once.geometry.reverse(), 0, 0.5, normalized=True)
    answer = planner().assess(shapely.LineString([*once.geometry.coords, *half.coords[1:]]))
    assert answer.share_off_network == 0
    assert answer.length_km == pytest.approx(1.5 * once.length_km, rel=0.01)
    assert answer.expected_incidents == pytest.approx(once.expected_incidents, rel=1e-9)


def test_a_wrong_guess_at_a_junction_is_taken_out() -> None:
    """Two km back and on again are no way there and back: the road is drawn less exactly than that."""
    once = road("Sévaré", "Douentza")
    middle = once.geometry.interpolate(0.5, normalized=True)
    along = once.geometry.project(middle)
    back = once.geometry.interpolate(along - 0.02)
    first, last = shapely.ops.substring(once.geometry, 0, along), shapely.ops.substring(once.geometry, along, 1e9)
    jitter = [*first.coords, (back.x, back.y), *last.coords]
    answer = planner().assess(shapely.LineString(jitter))
    assert answer.length_km == pytest.approx(once.length_km, rel=1e-3)


def test_a_track_across_a_road_is_assessed_as_it_lies() -> None:
    line = road("Sévaré", "Gao").geometry
    (x, y), (x1, y1) = (line.interpolate(at, normalized=True).coords[0] for at in (0.5, 0.5001))
    step = 0.01 / ((x1 - x) ** 2 + (y1 - y) ** 2) ** 0.5
    aside = (y - y1) * step, (x1 - x) * step
    across = shapely.LineString([(x + aside[0], y + aside[1]), (x - aside[0], y - aside[1])])
    answer = planner().assess(across)
    assert answer.length_km == pytest.approx(2.2, abs=0.2)
    assert answer.expected_incidents > 0


def test_a_few_metres_of_road_expect_what_lies_around_them() -> None:
    line = road("Sévaré", "Gao").geometry
    answer = planner().assess(shapely.ops.substring(line, 0.5, 0.50015))
    assert 0.01 < answer.length_km < 0.03
    whole = planner().assess(shapely.ops.substring(line, 0.48, 0.52))
    assert answer.share_off_network == 0
    assert 0 < answer.expected_incidents <= whole.expected_incidents * (1 + 1e-9)
    assert answer.expected_incidents > whole.expected_incidents / 3
