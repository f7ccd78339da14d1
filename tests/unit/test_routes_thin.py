"""Routes where too little is recorded: nothing may come out as a small number, a rank or a name by fewest."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
import shapely
from assessment_kit import coarse_domain, drawn
from bulletin_kit import Installation, installed, text_of
from exports_kit import assessed, recipient
from route_worlds import TODAY, at

from api.base.access import OPERATOR, Audience
from api.base.assessments import today
from api.base.service import Service
from api.base.settings import Settings
from api.bulletin.pdf import write_pdf
from api.bulletin.route_page import RouteSheet, route_page
from api.roads.answers import answer_json, place_json
from api.roads.axes import axes_body, axes_json
from api.roads.files import as_geojson, as_gpx
from api.roads.report import Report
from geo.boundaries.regions import Boundaries
from geo.incidents.batch import Batch
from geo.roads import shipped_network
from models.risk.assessing import assess
from models.risk.domain import Domain
from models.routes import words as words
from models.routes.answer import RouteAnswer, RouteRequest
from models.routes.planner import RoutePlanner
from models.routes.road_risk import RoadRisk

pytestmark = pytest.mark.slow

NAMES = ("Sévaré", "Gao")
REQUEST = RouteRequest(at(*NAMES))
MADE = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A service whose only incident lies on the road from Sévaré to Gao."""
    service = Service(Settings(home=tmp_path_factory.mktemp("thin"), store="", lang="en"))
    row = drawn(1, first=date(2024, 1, 1), days=300)
    row.geometry = [shapely.Point(-3.89, 14.91)]
    service.store.add_incidents(Batch("one.csv", "test", 1, row, (), ()))
    with installed(assessed(service)) as found:
        yield found


@pytest.fixture(scope="module")
def answer(thin: Installation) -> RouteAnswer:
    return thin.ready.planner.route(REQUEST)


def test_one_incident_is_no_estimate_of_any_road(thin: Installation, answer: RouteAnswer) -> None:
    assert not thin.assessment.has_estimates
    assert [answer.expected_incidents, answer.low, answer.high, answer.probability_any, answer.frequency] == [None] * 5
    assert all(each.expected is None and each.relative_rate is None for each in answer.segments)
    assert answer.worst == ()
    assert answer.alternatives == ()
    assert words.NO_ESTIMATE in answer.caveats
    assert answer.share_not_assessed == pytest.approx(1)
    assert len(answer.incidents) == 1, "what is recorded is still told"
    table = thin.ready.planner.segments()
    assert table[["expected", "low", "high", "relative_rate", "imprecise_share"]].isna().all(axis=None)
    assert (table["coverage"] == "not_assessed").all()


def test_one_incident_is_no_estimate_off_the_roads_nor_around_a_place(thin: Installation) -> None:
    planner = thin.ready.planner
    track = planner.assess(shapely.LineString([(-2.0, 19.0), (-1.6, 19.5), (-1.0, 20.2)]))
    assert track.share_off_network == pytest.approx(1)
    assert track.expected_incidents is None
    assert track.probability_any is None
    place = planner.place_risk("town-gao")
    assert [place.expected_incidents, place.low, place.high, place.probability_any] == [None] * 4
    assert words.NO_ESTIMATE in place.caveats
    told = place_json(place, thin.ready, "en", today())
    assert told["expected_incidents"] is None
    assert told["probability_any"] is None


def test_one_incident_ranks_no_axis(thin: Installation) -> None:
    table = thin.ready.axes
    figures = [name for name in table if name.startswith(("expected", "low", "high", "before", "change", "rank"))]
    assert len(figures) > 10
    assert table[figures].isna().all(axis=None)
    told = axes_json(thin.ready, "en", today())
    for axis in told["axes"]:
        assert axis["rank"] is None
        assert axis["rank_by_change"] is None
        assert all(axis[name] is None for name in ("expected_incidents", "per_100_km", "per_100_km_before", "change"))
    assert any("no place is assessed" in said for said in told["caveats"])
    for feature in orjson.loads(axes_body(thin.ready, "en", today()))["features"]:
        assert feature["properties"]["rank"] is None
        assert feature["properties"]["expected_incidents"] is None


def test_files_and_sheets_say_that_there_is_no_estimate(thin: Installation, answer: RouteAnswer) -> None:
    ready = thin.ready
    gpx = as_gpx(answer, NAMES, ready, MADE, "en").decode()
    assert "Too few incidents of this kind" in gpx
    assert "Expected recorded incidents within" not in gpx
    assert "<wpt" not in gpx
    told: dict[str, Any] = orjson.loads(as_geojson(answer_json(answer, ready, OPERATOR, "en", today())))
    assert any("Too few incidents of this kind" in said for said in told["sira"]["caveats"])
    for feature in told["features"]:
        properties = feature["properties"]
        assert properties["part"] != "alternative"
        assert properties.get("expected_incidents") is None
        assert properties.get("probability_any") is None
    text = Report(answer, NAMES, ready, "en").text()
    assert "no estimate: too little is recorded" in text
    for said in ("likely to be recorded", "had at least one", "Highest rates first", "fewest", "very low"):
        assert said not in text
    assert "Too few incidents of this kind" in " ".join(text.split())


def test_the_sheet_of_a_route_without_estimates_ranks_nothing(thin: Installation, answer: RouteAnswer) -> None:
    sheet = RouteSheet(answer, NAMES, thin.ready, OPERATOR, today())
    said = text_of(write_pdf(route_page(sheet, "en")))
    assert "Not assessed" in said
    assert "no estimate: too little is recorded" in said
    for unsaid in ("Highest rates first", "likely to be recorded", "had at least one"):
        assert unsaid not in said
    assert "In order of travel" in said


def test_tables_of_roads_without_estimates_hold_none(thin: Installation) -> None:
    by = recipient(thin.service, Audience.PARTNER, "en")
    for name, columns in {
        "road-segments": ["expected", "low", "high", "relative_rate", "imprecise_share"],
        "axes": ["expected", "low", "high", "per_100_km", "per_100_km_before", "change", "rank", "rank_by_change"],
    }.items():
        frame = by.table(by.collection(name)).frame
        assert len(frame)
        assert frame[columns].isna().all(axis=None), name


@pytest.fixture(scope="module")
def coarse() -> Domain:
    return coarse_domain(Boundaries.shipped())


def test_a_cercle_without_estimates_is_not_assessed_and_not_nothing(
    coarse: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gao's cells hold no figure: its roads have none either, and take nothing from what is known of others."""
    monkeypatch.setattr(RoadRisk, "alpha", lambda _: 1.0)
    table = drawn(400)
    whole = assess(table, Boundaries.shipped(), as_of=date(2024, 1, 1), domain=coarse)
    gao = (whole.cells["cercle"] == "cercle-gao").to_numpy()
    assert gao.any()
    part = dataclasses.replace(whole, cells=whole.cells.assign(expected=whole.cells["expected"].mask(gao)))
    planners = [
        RoutePlanner.build(each, table, Boundaries.shipped(), shipped_network(), today=TODAY, domain=coarse)
        for each in (whole, part)
    ]
    known, less = (each.segments() for each in planners)
    risk = planners[0]._risk
    in_gao = risk.surroundings.unit == coarse.unit_ids.index("cercle-gao")
    inside = risk.lixels.by_segment(in_gao.astype(float)) > 0
    assert inside.any()
    assert known.loc[inside, "expected"].notna().all()
    assert less.loc[inside, ["expected", "low", "high", "relative_rate"]].isna().all(axis=None)
    assert (less.loc[inside, "band"] == "not_assessed").all()
    others = known["expected"].notna().to_numpy() & ~inside
    assert less.loc[others, "expected"].notna().all()
    away = planners[1].route(RouteRequest(at("Gao", "Ansongo"), alternatives=False))
    assert any(each.expected is None for each in away.segments)
    assert all(each.expected is None or each.expected > 0 for each in away.segments)
    assert planners[1].place_risk("town-gao").expected_incidents is None
    track = planners[1].assess(shapely.LineString([(0.4, 16.75), (0.6, 16.9)]))
    assert track.expected_incidents is None
