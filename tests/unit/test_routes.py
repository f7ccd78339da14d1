import copy
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely
from route_worlds import TODAY, assessment, at, domain, planner

from api.base.access import Audience, Caller
from api.roads.stops import rounding_for
from geo.boundaries.regions import Boundaries
from geo.core.crs import TO_METRIC, TO_STORAGE
from geo.core.errors import (
    FileError,
    GeometryError,
    ModelError,
    NoRouteError,
    NotFoundError,
    OffNetworkError,
    ParameterError,
)
from geo.roads import shipped_network
from geo.roads.segments import cut_segments
from geo.store import synthetic
from models.routes import words as words
from models.routes.answer import Coverage, Kind, RouteRequest
from models.routes.corridor import choose_corridor
from models.routes.passages import Traffic, read_traffic
from models.routes.planner import RoutePlanner

pytestmark = pytest.mark.slow

SEVARE_GAO = RouteRequest(at("Sévaré", "Gao"))


def test_sevare_gao_runs_by_the_known_towns() -> None:
    answer = planner().route(SEVARE_GAO)
    names = [place.name for place in answer.places]
    known = ["Sévaré", "Konna", "Douentza", "Hombori", "Gossi", "Gao"]
    assert [name for name in names if name in known] == known
    assert answer.length_km == pytest.approx(517, abs=5)
    assert answer.schematic
    assert words.SCHEMATIC in answer.caveats
    assert "Gao Airport" in [strip.name for strip in answer.airstrips]


def test_gao_labbezanga_and_kidal_bamako_exist() -> None:
    assert planner().route(RouteRequest(at("Gao", "Labbézanga"))).length_km == pytest.approx(180, abs=8)
    assert planner().route(RouteRequest(at("Kidal", "Bamako"))).length_km > 1000


def test_segments_sum_to_the_route_and_come_in_order() -> None:
    answer = planner().route(SEVARE_GAO)
    assert sum(s.expected for s in answer.segments) == pytest.approx(answer.expected_incidents, rel=1e-12)
    assert all(s.expected > 0 for s in answer.segments)
    ends = np.array([(s.from_km, s.to_km) for s in answer.segments])
    assert ends[0, 0] == 0
    assert ends[-1, 1] == pytest.approx(answer.length_km)
    assert np.allclose(ends[1:, 0], ends[:-1, 1])
    rates = {s.segment_id: s.relative_rate for s in answer.segments}
    worst = [rates[name] for name in answer.worst]
    assert worst == sorted(rates.values(), reverse=True)[: len(worst)]
    assert answer.low <= answer.expected_incidents <= answer.high
    assert 0 < answer.probability_any < 1


def test_roads_and_what_lies_off_them_add_up_to_the_cercles() -> None:
    risk = planner()._risk
    forecast = risk.fitted(risk.corridor(None)).forecast
    expected = assessment().cells["expected"].to_numpy()
    unit = risk.surroundings.unit
    inside = unit >= 0
    on_roads = np.bincount(unit[inside], forecast.expected[inside], minlength=risk.surroundings.units)
    off = np.bincount(risk.surroundings.cell_unit, forecast.off_road, minlength=risk.surroundings.units)
    cercles = np.bincount(risk.surroundings.cell_unit, expected, minlength=risk.surroundings.units)
    assert np.allclose(on_roads + off, cercles)
    assert (forecast.expected[inside] > 0).all()


def test_caveats_stand_on_every_answer_and_nothing_is_called_safe() -> None:
    answer = planner().route(SEVARE_GAO)
    for caveat in (*words.NO_CERTIFICATE, words.SYNTHETIC, words.FEWER_RECORDS, words.NOT_PER_TRIP):
        assert caveat in answer.caveats
    said = " ".join(str(each) for each in (*answer.caveats, *(a.label for a in answer.alternatives))).lower()
    assert "safe" not in said
    assert all(a.passages is None for a in answer.alternatives)


def test_the_coverage_is_that_of_the_cercles() -> None:
    table = planner().segments()
    assert set(table["coverage"]) == {str(each) for each in Coverage}
    unknown = table["coverage"] == "not_assessed"
    assert (table.loc[unknown, "band"] == "not_assessed").all()
    kidal = planner().route(RouteRequest(at("Gao", "Kidal")))
    parts = [s.length_km for s in kidal.segments if s.coverage is Coverage.NOT_ASSESSED]
    assert kidal.share_not_assessed == pytest.approx(sum(parts) / kidal.length_km)


def test_incidents_near_a_route_lie_in_its_corridor() -> None:
    answer = planner().route(SEVARE_GAO)
    table = synthetic.incidents()
    assert answer.incidents
    assert [each.date for each in answer.incidents] == sorted((each.date for each in answer.incidents), reverse=True)
    for each in answer.incidents:
        assert each.id in table.index or each.id.startswith("event")
        assert each.distance_km <= answer.widest_km
        assert 0 <= each.at_km <= answer.length_km + 0.1


def test_a_track_on_the_network_is_answered_as_the_route() -> None:
    for waypoints in (at("Sévaré", "Gao"), at("Kayes", "Douentza", "Tombouctou")):
        route = planner().route(RouteRequest(waypoints))
        track = planner().assess(route.geometry)
        assert track.share_off_network == 0
        assert track.length_km == pytest.approx(route.length_km, rel=1e-5)
        assert track.duration_min == pytest.approx(route.duration_min, rel=1e-5)
        assert track.expected_incidents == pytest.approx(route.expected_incidents, rel=1e-9)
        assert {s.segment_id for s in track.segments} == {s.segment_id for s in route.segments}


def test_a_track_off_the_network_lies_as_it_is() -> None:
    line = shapely.LineString([(-2.0, 19.0), (-1.6, 19.5), (-1.0, 20.2)])
    answer = planner().assess(line)
    assert answer.share_off_network == pytest.approx(1)
    assert answer.duration_min is None
    assert answer.expected_incidents > 0
    assert sum(s.expected for s in answer.segments) == pytest.approx(answer.expected_incidents)
    assert Coverage.NOT_ASSESSED not in {s.coverage for s in answer.segments}, "as its cercle is"


def test_a_track_partly_off_the_network() -> None:
    (sevare,) = at("Sévaré")
    route = planner().route(RouteRequest(at("Sévaré", "Konna")))
    away = [*route.geometry.coords, (-3.2, 15.6), (-2.9, 16.0)]
    answer = planner().assess(shapely.LineString(away))
    assert 0.3 < answer.share_off_network < 1
    assert answer.segments[0].segment_id
    assert not answer.segments[-1].segment_id
    assert sevare is not None


@pytest.mark.parametrize("line", [shapely.LineString(), shapely.Point(0, 0), shapely.LineString([(0, 0), (0, 0)])])
def test_what_is_no_track(line: object) -> None:
    with pytest.raises(GeometryError):
        planner().assess(line)


def test_a_track_too_long_is_refused_before_it_is_cut_into_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(shapely, "segmentize", never)
    there_and_back = shapely.LineString([(-12 if n % 2 else 4, 16 + n % 7 / 100) for n in range(4_000)])
    through_the_antipode = shapely.LineString([(-4, 17.5), (176, -17.5), (175, -17.5)])
    for line in (there_and_back, through_the_antipode):
        with pytest.raises(GeometryError, match=r"longer than 20,?000 km"):
            planner().assess(line)


def test_no_line_that_is_moved_tells_more_than_the_rounded_position() -> None:
    """Partners are told what is near as if every incident lay where they see it: at 0.01 degree."""
    assert rounding_for(Caller(Audience.ANALYST)) is None
    rounding = rounding_for(Caller(Audience.PARTNER))
    assert rounding is not None
    shown = {
        str(name): TO_METRIC.transform(round(point.x, 2), round(point.y, 2))
        for name, point in synthetic.incidents().geometry.dropna().items()
        if not point.is_empty
    }
    near = planner()._values_of(20.0, rounding).near
    usable = {str(near.events.ids[event]) for event in near.of_spots(np.arange(len(near._points)))[0]}
    answers = set()
    for step in range(12):
        lon, lat = -3.5 + step / 9.97, 14.6 + step / 19.9
        asked = RouteRequest((), corridor_km=20.0)
        line = shapely.LineString([(lon, lat), (lon + 0.001, lat)])
        metric = shapely.transform(line, TO_METRIC.transform, interleaved=False)
        answer = planner().assess(line, asked, rounding=rounding)
        if answer.share_off_network < 1:
            continue  # it lies on a road then, not where it was drawn
        far = {name: shapely.distance(metric, shapely.Point(*shown[name])) / 1000 for name in usable}
        told, exactly = ({each.id for each in found.incidents} for found in (answer, planner().assess(line, asked)))
        assert exactly <= told  # nothing that is near is left out
        assert {name for name in usable if far[name] < 20.0 + rounding.error_km - 0.001} <= told
        assert max((far[name] for name in told), default=0.0) < answer.widest_km + rounding.error_km + 0.001
        for each in answer.incidents:
            assert each.distance_km == pytest.approx(far[each.id], abs=0.001)
        answers.add(frozenset(told))
    assert len(answers) > 1


def test_places_and_corridors_of_any_width_are_told_from_rounded_positions() -> None:
    """Widening a corridor must not tell how far an incident lies from a road or a town."""
    rounding = rounding_for(Caller(Audience.PARTNER))
    values = planner()._values_of(15.0, rounding)
    spots = shapely.get_coordinates(values.near.point(np.arange(len(values.near._points))))
    degrees = np.column_stack(TO_STORAGE.transform(*spots.T))
    assert degrees == pytest.approx(degrees.round(2), abs=1e-6)
    assert (values.n_incidents >= planner()._values_of(15.0).n_incidents).all()
    around, exactly = (planner().place_risk("town-gao", 15.0, rounding=each) for each in (rounding, None))
    assert around.n_incidents >= exactly.n_incidents > 0
    assert around.expected_incidents == exactly.expected_incidents


def test_impossible_requests_say_why() -> None:
    with pytest.raises(ParameterError, match="start and a destination"):
        planner().route(RouteRequest(at("Gao")))
    with pytest.raises(ParameterError, match="horizon"):
        planner().route(dataclasses.replace(SEVARE_GAO, horizon_days=400))
    with pytest.raises(OffNetworkError, match="km from the nearest road"):
        planner().route(RouteRequest(((0.0, 22.0), *at("Gao"))))
    area = shapely.Point(*at("Gao")[0]).buffer(0.3)
    with pytest.raises(NoRouteError, match="cut by") as raised:
        planner().route(dataclasses.replace(SEVARE_GAO, exclude_areas={"Gao ring": area}))
    assert [str(each) for each in raised.value.exclusions] == ["the area Gao ring"]
    with pytest.raises(NotFoundError, match="no road edge"):
        planner().route(dataclasses.replace(SEVARE_GAO, exclude_edges=("0" * 16,)))


def test_an_excluded_edge_is_not_used_and_soft_weights_are_no_wall() -> None:
    answer = planner().route(SEVARE_GAO)
    edge = answer.segments[30].segment_id.split("-")[0]
    other = planner().route(dataclasses.replace(SEVARE_GAO, exclude_edges=(edge,)))
    assert edge not in {s.segment_id.split("-")[0] for s in other.segments}
    assert other.length_km > answer.length_km
    soft = planner().route(dataclasses.replace(SEVARE_GAO, minutes_per_incident=1e6))
    assert soft.duration_min >= answer.duration_min


def test_a_narrow_corridor_takes_exact_positions_only_or_is_refused() -> None:
    wide, narrow = planner().route(SEVARE_GAO), planner().route(dataclasses.replace(SEVARE_GAO, corridor_km=1.0))
    assert narrow.expected_incidents < wide.expected_incidents
    assert any("exact enough" in str(caveat) for caveat in narrow.caveats)
    assert narrow.corridor_km == 1.0
    assert narrow.widest_km > 10
    with pytest.raises(ParameterError, match="0 of 40 incidents have them"):
        choose_corridor(1.0, np.full(40, 25.0))
    assert choose_corridor(None, np.full(40, 25.0)).km == 25.0
    with pytest.raises(ParameterError, match="must be"):
        choose_corridor(float("nan"), np.full(40, 2.0))


def test_alternatives_are_named_for_what_they_are_and_differ() -> None:
    answer = planner().route(SEVARE_GAO)
    kinds = [each.kind for each in answer.alternatives]
    assert kinds[0] is Kind.FASTEST
    assert Kind.FASTEST not in kinds[1:]
    assert 1 <= len(kinds) <= 5
    minutes = [each.duration_min for each in answer.alternatives]
    incidents = [each.expected_incidents for each in answer.alternatives]
    assert minutes == sorted(minutes)
    assert len(set(minutes)) == len(minutes)
    assert incidents == sorted(incidents, reverse=True)
    assert answer.alternatives[0].duration_min == pytest.approx(answer.duration_min, rel=1e-6)


def test_axes_are_ranked() -> None:
    table = planner().axes()
    assert {"RN6", "RN15", "RN16", "RN17"} <= set(table["ref"])
    known = table[table["known_km"] > 0]
    assert known["expected_per_100km"].is_monotonic_decreasing
    assert known["rank"].tolist() == list(range(1, len(known) + 1))
    assert (known["change"] == known["expected_per_100km"] - known["before_per_100km"]).all()
    assert table[table["known_km"] == 0]["rank"].isna().all(), "nothing is said of them"
    assert table.geometry.is_valid.all()


def test_what_is_expected_around_a_place() -> None:
    near, wide = planner().place_risk("town-gao", 15.0), planner().place_risk("town-gao", 40.0)
    assert 0 < near.expected_incidents < wide.expected_incidents
    assert near.n_incidents <= wide.n_incidents
    assert words.SYNTHETIC in near.caveats
    with pytest.raises(NotFoundError):
        planner().place_risk("town-nowhere")


def test_other_incidents_than_the_assessment_s_are_refused() -> None:
    table = synthetic.incidents().iloc[:-200]
    with pytest.raises(ModelError, match="not those that the assessment"):
        RoutePlanner.build(assessment(), table, Boundaries.shipped(), shipped_network(), today=TODAY, domain=domain())


def test_invented_areas_on_the_way_of_real_incidents_are_said_to_be_invented() -> None:
    first = planner()
    risk = copy.copy(first._risk)
    risk.assessment = dataclasses.replace(assessment(), synthetic=False)
    hazards = synthetic.hazards()
    answers = [
        RoutePlanner(risk, first.router, today=TODAY, places=first._places, hazards=areas, traffic=None).route(
            SEVARE_GAO
        )
        for areas in (hazards, hazards.assign(synthetic=False))
    ]
    assert answers[0].hazard_areas
    assert [each.synthetic for each in answers] == [True, False]
    assert [words.INVENTED_AREAS in each.caveats for each in answers] == [True, False]
    assert words.INVENTED_AREAS not in first.route(SEVARE_GAO).caveats, "all of it is, and is said to be"


def _with_traffic(traffic: Traffic) -> RoutePlanner:
    first = planner()
    return RoutePlanner(first._risk, first.router, today=TODAY, places=first._places, hazards=None, traffic=traffic)


def test_traffic_gives_figures_per_passage_and_may_mark_one() -> None:
    table = cut_segments(shipped_network())
    count = len(table)
    request = RouteRequest(at("Gao", "Ménaka"))
    answer = planner().route(request)
    busy = np.where(np.isin(table.index, [s.segment_id for s in answer.segments]), 5.0, 5000.0)
    counted = _with_traffic(Traffic(busy, np.zeros(count))).route(request)
    assert len(counted.alternatives) > 1
    best = [each for each in counted.alternatives if each.passages.better]
    assert len(best) == 1
    assert best[0].passages.better_than_fastest >= 0.8
    assert words.ALL_COUNTED in counted.caveats
    assert words.FEWER_RECORDS not in counted.caveats
    for each in counted.alternatives:
        assert each.passages.low <= each.passages.expected <= each.passages.high
    noisy = _with_traffic(Traffic(busy, np.full(count, 1.0))).route(request)
    widths = [a.alternatives[0].passages.high / a.alternatives[0].passages.low for a in (counted, noisy)]
    assert widths[1] > widths[0]


def test_without_a_count_everywhere_nothing_is_marked() -> None:
    per_day = np.full(len(cut_segments(shipped_network())), np.nan)
    answer = _with_traffic(Traffic(per_day, per_day)).route(SEVARE_GAO)
    assert all(a.passages.expected is None and not a.passages.better for a in answer.alternatives)
    assert words.SOME_COUNTED in answer.caveats


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("segment_id,vehicles_per_day\nx,1\n", "no column log_sd"),
        ("segment_id,vehicles_per_day,log_sd\nnowhere,10,0\n", "row 2: segment_id"),
        ("segment_id,vehicles_per_day,log_sd\n{id},0,0\n", "row 2: vehicles_per_day"),
        ("segment_id,vehicles_per_day,log_sd\n{id},10,0\n{id},10,0\n", "row 3: segment_id"),
        ("segment_id,vehicles_per_day,log_sd\n{id},10,nan\n", "row 2: log_sd"),
        ("", "no CSV"),
    ],
)
def test_files_of_counts_that_are_wrong_say_where(tmp_path: Path, text: str, said: str) -> None:
    ids = cut_segments(shipped_network()).index
    path = tmp_path / "traffic.csv"
    path.write_text(text.replace("{id}", ids[0]), encoding="utf-8")
    with pytest.raises(FileError, match=said):
        read_traffic(path, ids)


def test_counts_are_read(tmp_path: Path) -> None:
    ids = cut_segments(shipped_network()).index
    path = tmp_path / "traffic.csv"
    path.write_text(f"segment_id,vehicles_per_day,log_sd\n{ids[3]},120,0.4\n", encoding="utf-8")
    traffic = read_traffic(path, ids)
    assert traffic.per_day[3] == 120
    assert traffic.log_sd[3] == 0.4
    assert np.isnan(np.delete(traffic.per_day, 3)).all()
