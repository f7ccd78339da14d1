"""What is said of a way of which a part is not known, or that has no length: never a total of what is not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from route_worlds import at, planner

from api.roads.gpx import read_gpx
from geo.core.errors import GeometryError, ParameterError
from models.routes import words as words
from models.routes.answer import Coverage, RouteAnswer, RouteRequest
from models.routes.axes import _roads
from models.routes.other_roads import expected_with_unknown
from models.routes.segments import count_interval
from models.routes.travelled import Travelled

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures" / "routes"
#: From Labbézanga to Niamey, across the border.
TO_NIAMEY = shapely.LineString([(0.706, 14.958), (1.0, 14.6), (2.11, 13.51)])


@pytest.fixture(scope="module")
def abroad() -> RouteAnswer:
    return planner().assess(TO_NIAMEY)


@pytest.fixture(scope="module")
def kayes() -> RouteAnswer:
    return planner().route(RouteRequest(at("Bamako", "Kayes")))


def test_a_way_that_leaves_the_country_is_told_of_its_known_part(abroad: RouteAnswer) -> None:
    assert abroad.length_km == pytest.approx(221, abs=3)
    assert 0 < abroad.known_km < 20
    assert abroad.probability_any is None
    assert abroad.frequency is None
    (rest,) = abroad.unknown
    assert rest.abroad
    assert (rest.from_km, rest.to_km) == pytest.approx((abroad.known_km, abroad.length_km))
    assert words.partly_known_way(abroad.known_km, abroad.length_km, abroad.unknown) in abroad.caveats
    assert [each.expected is None for each in abroad.segments] == [each.abroad for each in abroad.segments]
    assert sum(each.expected or 0.0 for each in abroad.segments) == pytest.approx(abroad.expected_incidents)


def test_a_way_through_what_is_not_assessed_is_told_of_the_rest(kayes: RouteAnswer) -> None:
    assert 0 < kayes.share_not_assessed < 1
    assert kayes.known_km == pytest.approx(kayes.length_km * (1 - kayes.share_not_assessed))
    assert kayes.probability_any is None
    assert kayes.unknown
    assert not any(each.abroad for each in kayes.unknown)
    for each in kayes.segments:
        assert (each.expected is None) == (each.coverage is Coverage.NOT_ASSESSED)
        assert (each.probability_any is None) == (each.expected is None)
    rest = sum(each.to_km - each.from_km for each in kayes.unknown)
    assert kayes.known_km + rest == pytest.approx(kayes.length_km)
    known = {each.segment_id for each in kayes.segments if each.expected is not None}
    assert set(kayes.worst) <= known
    for each in kayes.alternatives:
        assert (each.probability_any is None) == (each.known_km < each.length_km - 1e-6)


def test_a_way_wholly_unknown_has_no_total() -> None:
    answer = planner().assess(shapely.LineString([(2.11, 13.51), (2.6, 13.2)]))
    assert answer.known_km == 0
    assert [answer.expected_incidents, answer.low, answer.high, answer.probability_any] == [None] * 4
    assert any(str(each).startswith("Nothing can be said of this way") for each in answer.caveats)


def test_a_whole_way_keeps_its_probability() -> None:
    answer = planner().route(RouteRequest(at("Sévaré", "Gao")))
    assert answer.known_km == pytest.approx(answer.length_km)
    assert answer.unknown == ()
    assert 0 < answer.probability_any < 1


def test_beside_the_road_the_ground_is_judged_as_on_it() -> None:
    answer = planner().assess(shapely.LineString([(-4.05, 14.75), (-4.0, 14.9)]))
    assert answer.share_off_network == pytest.approx(1)
    assert {each.coverage for each in answer.segments} == {Coverage.ASSESSED}
    assert answer.share_not_assessed == 0
    assert answer.expected_incidents > 0


def test_from_a_place_to_itself_is_no_way() -> None:
    for places in (("Gao", "Gao"), ("Gao", "Gao", "Gao")):
        with pytest.raises(ParameterError, match="all at one point"):
            planner().route(RouteRequest(at(*places)))
    assert planner().route(RouteRequest(at("Gao", "Ansongo", "Gao"))).length_km > 100


@pytest.mark.parametrize("degrees", [1e-7, 1e-4, 3e-3])
def test_a_way_of_hardly_any_length_tells_what_lies_there(degrees: float) -> None:
    ((lon, lat),) = at("Gao")
    around = planner().place_risk("town-gao").expected_incidents
    track = planner().assess(shapely.LineString([(lon, lat), (lon + degrees, lat)]))
    assert track.expected_incidents == pytest.approx(around, rel=0.6)
    route = planner().route(RouteRequest(((lon, lat), (lon + 0.004, lat + 0.004))))
    assert 0 < route.length_km < 2
    assert route.expected_incidents == pytest.approx(around, rel=0.8)


def test_a_track_of_exchanged_coordinates_is_refused() -> None:
    file = FIXTURES / "swapped.gpx"
    line = shapely.LineString(read_gpx(file.read_bytes(), file.name).points)
    with pytest.raises(GeometryError, match=r"exchanged\. The other way round it lies in Mali"):
        planner().assess(line)
    right = planner().assess(shapely.LineString(shapely.get_coordinates(line)[:, ::-1]))
    assert right.expected_incidents > 0
    assert planner().assess(shapely.LineString([(2.11, 13.51), (2.6, 13.2)])).length_km > 50, "abroad, not exchanged"


def test_around_a_place_at_the_border_the_known_part_is_told() -> None:
    border = planner().place_risk("village-labbezanga")
    assert 0 < border.known_share < 1
    assert border.probability_any is None
    assert words.partly_known_circle(border.known_share) in border.caveats
    gao = planner().place_risk("town-gao")
    assert gao.known_share == 1
    assert 0 < gao.probability_any < 1


def test_axes_are_told_of_their_known_part() -> None:
    table = planner().axes()
    partly = table[table["share_not_assessed"].between(0.01, 0.99)]
    assert len(partly)
    known = partly["length_km"] * (1 - partly["share_not_assessed"])
    assert partly["known_km"].to_numpy() == pytest.approx(known.to_numpy())
    assert (partly["expected"] / partly["known_km"] * 100).to_numpy() == pytest.approx(
        partly["expected_per_100km"].to_numpy()
    )
    assert table.loc[table["known_km"] == 0, "expected"].isna().all()


def test_no_interval_from_0_to_0_stands_beside_a_positive_value() -> None:
    low, high = count_interval(np.array([0.001, 0.05, 3.0, np.nan]), 0.4)
    assert np.isnan(low[:2]).all()
    assert np.isnan(high[:2]).all()
    assert high[2] > 0
    answer = planner().route(RouteRequest(at("Sévaré", "Gao")))
    small = [each for each in answer.segments if each.high is None]
    assert small
    assert all(each.low is None and 0 < each.probability_any < 0.06 for each in small)
    assert not [each for each in answer.segments if each.high == 0]
    table = planner().segments()
    assert not (table["high"] == 0).any()
    assert not (planner().axes()["high"] == 0).any()


def test_corridor_values_do_not_leak_into_the_known_part(kayes: RouteAnswer) -> None:
    """What lies in the corridor of the unknown part is no part of the total."""
    values = planner()._values_of(None)
    everywhere = replace(values, coverage=np.full(len(values.coverage), Coverage.ASSESSED, dtype=object))
    assert everywhere.known.sum() > values.known.sum()
    assert kayes.expected_incidents < np.nansum(
        [values.expected[np.flatnonzero(values.roads.ids == each.segment_id)[0]] for each in kayes.segments]
    )


def test_going_on_into_the_unknown_takes_nothing_from_what_is_known() -> None:
    """Cells beside a stretch that is not assessed, nearer to it than to the known one, were lost to the total."""
    maker = planner()
    values, lixels = maker._values_of(None), maker._risk.lixels

    def alone(lixel: np.ndarray) -> float:
        segment = lixels.segment[lixel]
        known = values.known[segment]
        assert 0 < known.sum() < len(known)
        return float(values.rasters.whole.around(lixels.xy_m[lixel[known]], values.half_km[segment[known]]).sum())

    route = maker._between("Bamako", "Kayes")
    lixel, _ = lixels.passed(route.edge, route.start, route.end)
    assert Travelled.route(lixels, route, values).total == pytest.approx(alone(lixel))
    expected = maker.axes(values.horizon_days)["expected"]
    partly = [each for each in _roads(values, lixels) if len(np.unique(values.known[each.segment])) == 2]
    assert len(partly) > 5
    for axis in partly:
        assert expected[axis.axis] == pytest.approx(alone(axis.lixel))


def test_the_unknown_weighs_only_with_the_ground_that_it_adds() -> None:
    """There on a known road and back on the same one as if it were unknown is the same ground: it weighs once."""
    maker = planner()
    values, lixels = maker._values_of(None), maker._risk.lixels
    way = Travelled.route(lixels, maker._between("Sévaré", "Gao"), values)
    assert way.is_whole
    assert expected_with_unknown(way, values, maker.network) == pytest.approx(way.total)
    back = replace(way, verdicts=replace(way.verdicts, known=np.zeros_like(way.verdicts.known)))
    assert expected_with_unknown(Travelled.joined([way, back], values.rasters), values, maker.network) == pytest.approx(
        way.total
    )
    kayes = Travelled.route(lixels, maker._between("Bamako", "Kayes"), values)
    assert expected_with_unknown(kayes, values, maker.network) > kayes.total * 1.5
