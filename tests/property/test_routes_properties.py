"""Properties of every route on the shipped network, with the SYNTHETIC incidents."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_worlds import events_at
from route_worlds import planner

from geo.roads import shipped_network
from geo.roads.arcs import Route
from geo.roads.snapping import at_node
from models.risk.location import Events
from models.routes.answer import RouteRequest
from models.routes.road_model import RoadEvents
from models.routes.travelled import Travelled

pytestmark = pytest.mark.slow

NODES = shipped_network().node_count
nodes = st.integers(0, NODES - 1)


def towns(*numbers: int) -> tuple[tuple[float, float], ...]:
    network = shipped_network()
    return tuple((float(network.lon[n]), float(network.lat[n])) for n in numbers)


def asked(*numbers: int) -> RouteRequest:
    return RouteRequest(towns(*numbers), alternatives=False)


def known(expected: float | None) -> float:
    """What counts towards a total: where nothing can be known, nothing does."""
    return 0.0 if expected is None else expected


@settings(max_examples=25)
@given(nodes, nodes, st.floats(0, 1), st.floats(0, 1))
def test_a_route_expects_at_least_what_any_part_does(a: int, b: int, start: float, end: float) -> None:
    if a == b:
        return
    whole = planner().route(asked(a, b))
    low, high = sorted((start, end))
    first, last = (whole.geometry.interpolate(share, normalized=True) for share in (low, high))
    part = planner().assess(_between(whole.geometry, low, high)) if high - low > 1e-3 else None
    assert first is not None
    assert last is not None
    if part is not None and part.share_off_network == 0:
        assert known(part.expected_incidents) <= known(whole.expected_incidents) * (1 + 1e-9)


@example(0, 77, 0.0, 0.5)  # the cells beside a stretch that is not assessed were lost to it
@example(0, 35, 0.0, 0.875)  # one stretch is wholly not assessed
@settings(max_examples=40)
@given(nodes, nodes, st.floats(0, 1), st.floats(0, 1))
def test_stretches_of_a_route_expect_no_more_than_it_and_together_no_less(
    a: int, b: int, first: float, second: float
) -> None:
    """Cut at junctions, without any matching: what lies near two stretches counts with each of them."""
    if a == b:
        return
    maker = planner()
    values, lixels = maker._values_of(None), maker._risk.lixels
    found = maker._metric(*_plain(maker)).route(at_node(maker.network, a), at_node(maker.network, b))
    whole = Travelled.route(lixels, found, values).total
    cuts = [0, *sorted(round(share * len(found.edge)) for share in (first, second)), len(found.edge)]
    parts = []
    for start, end in itertools.pairwise(cuts):
        if end > start:
            stretch = Route(found.edge[start:end], found.start[start:end], found.end[start:end])
            parts.append(Travelled.route(lixels, stretch, values).total)
    # Of a stretch that is wholly not assessed nothing is known, and of the route only where that is all of it.
    assert np.isnan(parts).all() == np.isnan(whole)
    if not np.isnan(whole):
        assert np.nanmax(parts) <= whole * (1 + 1e-9)
        assert np.nansum(parts) >= whole * (1 - 1e-9)


def _between(line, low: float, high: float):
    from shapely.ops import substring

    return substring(line, low, high, normalized=True)


def _near(value: float | None):
    return None if value is None else pytest.approx(value, rel=1e-9)


@settings(max_examples=25)
@given(nodes, nodes)
def test_reversing_changes_nothing(a: int, b: int) -> None:
    if a == b:
        return
    there, back = planner().route(asked(a, b)), planner().route(asked(b, a))
    assert there.duration_min == pytest.approx(back.duration_min)
    track = planner().assess(there.geometry.reverse())
    for one, other in ((track, there), (there, back)):
        assert (one.expected_incidents, one.probability_any) == (
            _near(other.expected_incidents),
            _near(other.probability_any),
        )
    assert track.length_km == pytest.approx(there.length_km, rel=1e-5)


@settings(max_examples=25)
@given(nodes, nodes)
def test_segments_add_up_and_the_track_is_answered_alike(a: int, b: int) -> None:
    if a == b:
        return
    route = planner().route(asked(a, b))
    assert sum(known(s.expected) for s in route.segments) == pytest.approx(known(route.expected_incidents))
    whole = all(s.expected is not None for s in route.segments)
    assert (route.probability_any is not None) == whole
    assert sum(s.length_km for s in route.segments) == pytest.approx(route.length_km)
    track = planner().assess(route.geometry)
    assert track.share_off_network == 0
    assert track.expected_incidents == _near(route.expected_incidents)


@settings(max_examples=25)
@given(nodes, nodes)
def test_no_alternative_is_dominated(a: int, b: int) -> None:
    if a == b:
        return
    answer = planner().route(dataclasses.replace(asked(a, b), alternatives=True))
    # a total of the known part alone says nothing of the rest, so it is not better for being lower
    whole = [each for each in answer.alternatives if each.probability_any is not None]
    costs = [(each.duration_min, known(each.expected_incidents)) for each in whole]
    for one in costs:
        assert not any(other != one and other[0] <= one[0] and other[1] <= one[1] for other in costs)


@settings(max_examples=15)
@given(nodes, nodes, st.floats(0, 1), st.floats(-12_000, 12_000), st.floats(0.5, 900))
def test_with_the_weights_held_an_incident_more_never_lowers(
    a: int, b: int, along: float, beside_m: float, days_before: float
) -> None:
    if a == b:
        return
    maker = planner()
    risk = maker._risk
    corridor = risk.corridor(None)
    fitted = risk.fitted(corridor)
    found = maker._metric(*_plain(maker)).route(at_node(maker.network, a), at_node(maker.network, b))
    line = Travelled.route(risk.lixels, found, maker._values_of(None))
    middle = line.xy_m[int(along * (len(line.xy_m) - 1))] + np.array([0.0, beside_m])
    if risk.domain.locate(middle[:1], middle[1:])[0] < 0:
        return
    t0 = float(fitted.events.events.day.max()) + 1
    events = risk.recorded.events
    more = events_at(middle[:1], middle[1:], [t0 - days_before], risk.domain, ids=["more"])
    rows = _joined(events, more)
    error = np.append(risk.recorded.error_km, 0.1)
    on_roads = RoadEvents(
        rows,
        error,
        risk.lixels,
        finest_km=corridor.finest_km,
        reach_km=corridor.km + maker.network.error_km,
        cells=risk.surroundings.cells,
    )
    before = risk.roads.intensity(fitted.mixture, fitted.events, t0, per_mass=fitted.shares.per_mass).share
    after = risk.roads.intensity(fitted.mixture, on_roads, t0, per_mass=fitted.shares.per_mass).share
    assert (after >= before * (1 - 1e-9)).all()
    scale = np.where(risk.surroundings.unit >= 0, fitted.forecast.scale[risk.surroundings.unit], 0.0)
    lixels, _ = risk.lixels.passed(found.edge, found.start, found.end)
    assert (scale * after)[lixels].sum() >= (scale * before)[lixels].sum() * (1 - 1e-9)


def _plain(maker):
    from geo.roads.travel import Travel

    travel = Travel()
    return travel, asked(0, 1), maker._values_of(None), maker._minutes_of(travel), None


def _joined(events: Events, more: Events) -> Events:
    from scipy import sparse

    return Events(
        np.append(events.ids, more.ids),
        np.append(events.day, more.day),
        np.append(events.known, more.known),
        np.concatenate([events.xy_m, more.xy_m]),
        np.append(events.cell, more.cell),
        np.append(events.precise, more.precise),
        sparse.csr_array(sparse.vstack([events.mass, more.mass])),
    )
