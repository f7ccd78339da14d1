"""Other roads, times and hazard areas: words that say no more than the figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from route_worlds import at, planner

from geo.hazards.schema import RELEASED_STATUSES, HazardStatus
from geo.roads.travel import Travel, assumed_minutes
from models.routes import words as words
from models.routes.answer import Coverage, Kind, Nearby, RouteAnswer, RouteRequest
from models.routes.answering import HAZARD_KM, by_status
from models.routes.other_roads import MOST_UNDER_OBSERVED, has_fewer
from models.routes.travelled import PieceVerdicts, Travelled

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def gao() -> RouteAnswer:
    return planner().route(RouteRequest(at("Sévaré", "Gao")))


def test_a_difference_that_chance_explains_is_no_fewer(gao: RouteAnswer) -> None:
    """1.4 against 1.3 with one interval, half of it little observed, was "the fewest recorded incidents"."""
    assert len(gao.alternatives) > 1
    assert [each.kind for each in gao.alternatives] == [Kind.FASTEST, *[Kind.OTHER] * (len(gao.alternatives) - 1)]
    assert words.NO_FEWER in gao.caveats
    assert not any("fewest" in str(each.label) for each in gao.alternatives)


def test_no_pair_of_towns_is_offered_fewer_within_chance() -> None:
    for towns in (("Gao", "Koro"), ("Kidal", "Ménaka"), ("Bamako", "Gao"), ("Gao", "Ménaka")):
        answer = planner().route(RouteRequest(at(*towns)))
        fastest = answer.alternatives[0]
        for each in answer.alternatives[1:]:
            if each.kind is Kind.FEWER_RECORDED:
                assert each.high < fastest.low
                assert each.share_not_assessed == 0


def _two() -> tuple[Travelled, Travelled]:
    """Two well observed ways without a segment in common."""
    values = planner()._values_of(None)
    rows = np.flatnonzero(values.coverage == Coverage.ASSESSED)

    def way(segment: np.ndarray) -> Travelled:
        count = len(segment)
        km = values.roads.length_km[segment]
        verdicts = PieceVerdicts.of_segments(segment, values)
        return Travelled(
            segment=segment,
            share=np.ones(count),
            from_km=np.cumsum(km) - km,
            to_km=np.cumsum(km),
            lines=values.roads.shapes[segment],
            half_km=values.half_km[segment],
            verdicts=verdicts,
            xy_m=np.empty((0, 2)),
            piece=np.empty(0, np.int64),
            expected=np.full(count, 1.0),
            located=1.0,
        )

    return way(rows[:10]), way(rows[10:20])


def test_fewer_is_what_chance_does_not_explain() -> None:
    values = planner()._values_of(None)
    days = values.horizon_days
    many, few = _two()
    assert not has_fewer(few, many, values, days)
    scarce = replace(few, expected=few.expected * 0.01)
    plenty = replace(many, expected=many.expected * 2)
    assert has_fewer(scarce, plenty, values, days)
    assert not has_fewer(plenty, scarce, values, days)
    assert not has_fewer(scarce, plenty, values, 2), "in two days hardly anything is expected on either"


def test_what_both_pass_is_no_difference() -> None:
    values = planner()._values_of(None)
    many, few = _two()
    scarce, plenty = replace(few, expected=few.expected * 0.01), replace(many, expected=many.expected * 2)
    assert not has_fewer(replace(scarce, segment=plenty.segment), plenty, values, values.horizon_days)


def test_where_little_is_observed_nothing_is_fewer() -> None:
    values = planner()._values_of(None)
    many, few = _two()
    scarce, plenty = replace(few, expected=few.expected * 0.01), replace(many, expected=many.expected * 2)
    for coverage in (Coverage.UNDER_OBSERVED, Coverage.NOT_ASSESSED):
        said = scarce.verdicts.coverage.copy()
        said[:3] = coverage
        known = said != Coverage.NOT_ASSESSED
        little = replace(scarce, verdicts=replace(scarce.verdicts, coverage=said, known=known))
        assert little.share_of(coverage) > MOST_UNDER_OBSERVED
        assert not has_fewer(little, plenty, values, values.horizon_days)
        assert not has_fewer(scarce, replace(plenty, verdicts=little.verdicts), values, values.horizon_days)


@pytest.mark.parametrize(
    ("minutes", "told"), [(1.0, 5.0), (31.0, 30.0), (59.0, 60.0), (100.0, 105.0), (239.0, 240.0), (388.6, 390.0)]
)
def test_times_are_rounded_by_their_length(minutes: float, told: float) -> None:
    assert assumed_minutes(minutes) == told


def test_times_are_called_assumptions_of_a_vehicle_and_a_season(gao: RouteAnswer) -> None:
    for each in (gao, *gao.alternatives):
        assert each.duration_min % 30 == 0
    assert gao.travel == Travel("light", "dry")
    assert words.assumed_time(gao.travel) in gao.caveats
    rainy = planner().route(RouteRequest(at("Sévaré", "Gao"), profile="truck", month=8))
    said = " ".join(map(str, rainy.caveats))
    assert "truck" in said
    assert "rainy season" in said


def test_hazard_areas_come_worst_first_and_ended_ones_apart(gao: RouteAnswer) -> None:
    areas = [
        Nearby(str(number), "x", status.value, at_km=float(number), distance_km=0.0)
        for number, status in enumerate(reversed(HazardStatus))
    ]
    present, ended = by_status(areas)
    assert [each.detail for each in present] == ["confirmed", "suspected"]
    assert {each.detail for each in ended} == {each.value for each in RELEASED_STATUSES}
    ranks = ["confirmed", "suspected"]
    order = [(ranks.index(each.detail), each.at_km) for each in gao.hazard_areas]
    assert len(order) > 1
    assert order == sorted(order)
    assert gao.ended_areas
    assert all(each.detail in RELEASED_STATUSES for each in gao.ended_areas)
    assert HAZARD_KM > 0
