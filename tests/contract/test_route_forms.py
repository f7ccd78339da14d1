"""A route's answer in each of its forms: what it begins with, and what it says of a part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest
import shapely
from bulletin_kit import Installation, installed, text_of
from exports_kit import synthetic_service

from api.base.access import OPERATOR
from api.base.assessments import today
from api.base.i18n import translate
from api.bulletin.pdf import write_pdf
from api.bulletin.route_page import RouteSheet, route_page
from api.roads.answers import answer_json
from api.roads.files import as_geojson, as_gpx
from api.roads.report import Report
from api.roads.words import ENDED, HAZARDS
from geo.boundaries.places import Gazetteer
from models.risk.class_limits import JUDGED, Support, band_with_limits, kept_class_note, scale_text
from models.routes import words as words
from models.routes.answer import RouteAnswer, RouteRequest

pytestmark = pytest.mark.slow

NAMES = ("Sévaré", "Gao")
LANGUAGES = ("fr", "en")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(synthetic_service(tmp_path_factory.mktemp("forms"))) as found:
        yield found


@pytest.fixture(scope="module")
def answer(here: Installation) -> RouteAnswer:
    places = [Gazetteer.shipped().find(name) for name in NAMES]
    return here.ready.planner.route(RouteRequest(tuple((each.lon, each.lat) for each in places), names=NAMES))


@pytest.fixture(scope="module")
def partly(here: Installation) -> RouteAnswer:
    return here.ready.planner.assess(shapely.LineString([(0.706, 14.958), (1.0, 14.6), (2.11, 13.51)]))


def forms(answer: RouteAnswer, here: Installation, lang: str) -> dict[str, str]:
    """Return the answer in every form that is read as a text, white space evened out."""
    sheet = RouteSheet(answer, NAMES, here.ready, OPERATOR, today())
    found = {
        "text": Report(answer, NAMES, here.ready, lang).text(),
        "gpx": as_gpx(answer, NAMES, here.ready, datetime(2026, 1, 2, tzinfo=UTC), lang).decode(),
        "pdf": text_of(write_pdf(route_page(sheet, lang))),
    }
    return {form: " ".join(text.split()) for form, text in found.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_begins_with_the_hazard_areas(here: Installation, answer: RouteAnswer, lang: str) -> None:
    first = translate(HAZARDS, lang)
    figures = {"fr": ("attendus à moins", "Longueur"), "en": ("incidents within", "Length")}[lang]
    for form, text in forms(answer, here, lang).items():
        heading = text.index(" ".join(first.split()))
        assert [each for each in figures if each in text], form
        assert all(heading < text.index(each) for each in figures if each in text), form
        confirmed = {"fr": "zone confirmée dangereuse", "en": "confirmed hazardous area"}[lang]
        suspected = {"fr": "zone soupçonnée dangereuse", "en": "suspected hazardous area"}[lang]
        assert heading < text.index(confirmed, heading) < text.index(suspected, heading), form
        ended = text.index(" ".join(translate(ENDED, lang).split()))
        assert text.index(suspected, heading) < ended, form


def test_json_begins_with_the_hazard_areas(here: Installation, answer: RouteAnswer) -> None:
    told = answer_json(answer, here.ready, OPERATOR, "en", today())
    assert list(told)[:2] == ["hazard_areas", "ended_areas"]
    assert [each["kind"] for each in told["hazard_areas"]] == [each.detail for each in answer.hazard_areas]
    collection = orjson.loads(as_geojson(told))
    assert next(iter(collection["sira"])) == "hazard_areas"
    route = collection["features"][0]["properties"]
    assert list(route)[3:5] == ["hazard_areas", "ended_areas"], "after the window"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_times_are_assumptions_of_a_vehicle_and_a_season_in_every_form(
    here: Installation, answer: RouteAnswer, lang: str
) -> None:
    said = " ".join(translate(words.assumed_time(answer.travel), lang).split())
    for form, text in forms(answer, here, lang).items():
        assert said in text, form
    told = answer_json(answer, here.ready, OPERATOR, lang, today())
    assert (told["profile"], told["season"]) == (answer.travel.vehicle, answer.travel.season)
    assert told["duration_min"] % 30 == 0
    assert said in [" ".join(each.split()) for each in told["caveats"]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_part_is_never_told_as_the_whole_in_any_form(here: Installation, partly: RouteAnswer, lang: str) -> None:
    said = translate(words.partly_known_way(partly.known_km, partly.length_km, partly.unknown), lang)
    part = {"fr": f"sur {round(partly.known_km)} km de", "en": f"on {round(partly.known_km)} of"}[lang]
    likely = {"fr": "qu’il soit recensé", "en": "likely to be recorded"}[lang]
    for form, text in forms(partly, here, lang).items():
        assert " ".join(said.split()) in text, form
        assert part in text, form
        assert likely not in text, form
    told = answer_json(partly, here.ready, OPERATOR, lang, today())
    assert told["probability_any"] is None
    assert told["expected_incidents"]["value"] > 0
    assert 0 < told["known_km"] < told["length_km"]
    assert [each["why"] for each in told["unknown"]] == ["outside_country"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_expected_is_not_called_recorded(here: Installation, answer: RouteAnswer, lang: str) -> None:
    text = forms(answer, here, lang)["pdf"]
    said = {"fr": r"\d,\d+ incidents recensés (\w+)", "en": r"\d\.\d+ recorded incidents (\w+)"}[lang]
    assert re.findall(said, text) == [{"fr": "attendus", "en": "expected"}[lang]]


def test_no_form_shows_an_interval_from_0_to_0(here: Installation, answer: RouteAnswer, partly: RouteAnswer) -> None:
    for each in (answer, partly):
        for form, text in forms(each, here, "en").items():
            for unsaid in ("from 0 to 0", "(0–0)", "outcomes: 0 to 0"):
                assert unsaid not in text, form


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_that_names_classes_states_their_limits(here: Installation, answer: RouteAnswer, lang: str) -> None:
    limits = " ".join(translate(scale_text(Support.ROAD, here.ready.assessment.target), lang).split())
    for form, text in forms(answer, here, lang).items():
        assert limits in text, form
    told = answer_json(answer, here.ready, OPERATOR, lang, today())
    assert [each["text"] for each in told["bands"][1:]] == [
        translate(band_with_limits(b, Support.ROAD), lang) for b in JUDGED
    ]
    # The map of the sheet shows the classes of cercles, which keep their last one for a while.
    kept = " ".join(translate(kept_class_note(Support.CERCLE), lang).split())
    assert kept in forms(answer, here, lang)["pdf"]
