"""Sheets over HTTP and from the command line: for each audience what may be on them, tags, languages, bad input."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from bulletin_kit import Installation, faults, installed, seen_faults, text_of
from click.testing import CliRunner, Result
from exports_kit import real_service
from fastapi import FastAPI
from homes_kit import FORMULA
from service_of import Caller as Asker
from service_of import keys_for, settings_in

from api.app import create_app
from api.base.access import Audience, Caller
from api.base.assessments import today
from api.bulletin.page import Dot
from api.bulletin.route_page import RouteSheet, route_page
from api.bulletin.unit_page import unit_page
from api.commands.main import build
from api.roads.planners import Planners
from geo.boundaries.places import Gazetteer
from geo.core.errors import NotReadyError
from geo.core.messages import message
from geo.incidents.schema import EXPLOSIVE
from models.routes.answer import RouteRequest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("fitted_once")]

UNIT = "/units/cercle-mopti/bulletin.pdf"
#: What stands on a sheet only for those who may see it: sections that say what a key would show.
LOCKED = "Shown with a key of the audience"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(real_service(tmp_path_factory.mktemp("served"))) as found:
        yield found


@pytest.fixture(scope="module")
def app(here: Installation) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    app = create_app(settings_in(here.service.settings.home))
    keys = keys_for(app.state.service.store) | {"public": ""}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Planners, "_shown", lambda *_: here.ready)
        yield app, keys
    app.state.service.close()


def test_roads_that_are_being_prepared_are_said_so(here: Installation) -> None:
    """Without a planner the sheet is made without roads, and is made anew when there is one."""
    app = create_app(settings_in(here.service.settings.home))
    keys = keys_for(app.state.service.store)

    def being_made(*_: object) -> None:
        raise NotReadyError(message("{what} are being prepared.", what="Roads"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Planners, "_shown", being_made)
        without = Asker(app, key=keys["partner"]).get(f"{UNIT}?lang=en")
        patch.setattr(Planners, "_shown", lambda *_: here.ready)
        with_roads = Asker(app, key=keys["partner"]).get(f"{UNIT}?lang=en")
    app.state.service.close()
    assert without.status_code == with_roads.status_code == 200
    assert "Roads are being prepared." in text_of(without.content)
    assert "Roads are being prepared." not in text_of(with_roads.content)


def test_each_audience_sees_what_it_may_and_nothing_finer(app: tuple[FastAPI, dict[str, str]]) -> None:
    application, keys = app
    said = {label: text_of(Asker(application, key=key).get(f"{UNIT}?lang=en").content) for label, key in keys.items()}
    assert all("Mopti" in text for text in said.values())
    assert said["public"].count(LOCKED) == 3
    assert not any(LOCKED in said[label] for label in ("partner", "analyst", "admin"))
    assert not re.search(r"IED\)|position|× median|emerging|persistent", said["public"].split("Sources and limits")[0])
    place = "cmd|"
    assert place in FORMULA
    assert [place in said[label] for label in ("public", "partner", "analyst", "admin")] == [False, False, True, True]
    assert not any("SECRET-NARRATIVE" in text or "drawn:0" in text for text in said.values())


def test_points_of_the_map_are_those_that_the_reader_may_see(here: Installation) -> None:
    exact = shapely.get_coordinates(here.service.store.incidents(hazards=EXPLOSIVE).geometry.to_numpy())
    for audience in (Audience.PARTNER, Audience.ANALYST):
        facts = here.facts("cercle-mopti", Caller(audience))
        assert facts.points is not None
        shown = shapely.get_coordinates(facts.points)
        is_rounded = bool(np.allclose(shown, np.round(shown, 2)))
        assert is_rounded == (audience is Audience.PARTNER)
        assert {tuple(at) for at in shown.tolist()} <= {tuple(at) for at in exact.tolist()} or is_rounded
    public = here.facts("cercle-mopti", Caller(Audience.PUBLIC))
    assert (public.points, public.incidents, public.roads, public.road_lines, public.hotspots) == (None,) * 5
    sizes = {item.radius for item in unit_page(public, "fr").items if isinstance(item, Dot)}
    partner = here.facts("cercle-mopti", Caller(Audience.PARTNER))
    assert 0.8 not in sizes
    assert 0.8 in {item.radius for item in unit_page(partner, "fr").items if isinstance(item, Dot)}


def test_a_sheet_is_kept_per_audience_and_language_and_has_a_tag(app: tuple[FastAPI, dict[str, str]]) -> None:
    application, keys = app
    public, partner = Asker(application), Asker(application, key=keys["partner"])
    first = public.get(UNIT, Accept_Language="en")
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-language"] == "en"
    assert first.headers["cache-control"] == "public, no-cache"
    assert "Authorization" in first.headers["vary"]
    assert re.fullmatch(
        r'inline; filename="sira-cercle-mopti-\d{4}-\d\d-\d\d-en\.pdf"', first.headers["content-disposition"]
    )
    assert public.get(UNIT, Accept_Language="en").content == first.content
    assert public.get(UNIT, Accept_Language="en", If_None_Match=first.headers["etag"]).status_code == 304
    for other in (public.get(f"{UNIT}?lang=fr"), partner.get(f"{UNIT}?lang=en")):
        assert other.headers["etag"] != first.headers["etag"]
        assert other.content != first.content
    assert partner.get(UNIT).headers["cache-control"] == "private, no-cache"
    head = public.get(UNIT, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


def test_the_national_sheet_needs_no_key(app: tuple[FastAPI, dict[str, str]]) -> None:
    application, _ = app
    answer = Asker(application).get("/bulletin.pdf?lang=fr")
    assert answer.status_code == 200
    assert "Fiche nationale" in text_of(answer.content) or "fiche nationale" in text_of(answer.content)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/units/cercle-nowhere/bulletin.pdf", 404, "cercle-nowhere"),
        ("/units/%3Cscript%3E/bulletin.pdf", 404, "unit_id"),
        ("/units/region-2016-mopti/bulletin.pdf?vintage=2015", 404, "region-2016-mopti"),
        (f"{UNIT}?lang=de", 422, "lang"),
        (f"{UNIT}?target=mines", 422, "target"),
        (f"{UNIT}?vintage=1999", 422, "vintage"),
        (f"{UNIT}?nope=1", 422, "nope"),
        ("/bulletin.pdf?vintage=2016", 422, "vintage"),
        ("/units/commune-ml050601/bulletin.pdf", 401, "partner"),
    ],
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_cannot_be_answered_is_said(
    app: tuple[FastAPI, dict[str, str]], address: str, status: int, words: str, lang: str
) -> None:
    application, _ = app
    answer = Asker(application).get(address, Accept_Language=lang)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert answer.headers["content-language"] == lang


def test_a_commune_has_a_sheet_for_partners(app: tuple[FastAPI, dict[str, str]]) -> None:
    application, keys = app
    answer = Asker(application, key=keys["partner"]).get("/units/commune-ml050601/bulletin.pdf?lang=en")
    assert answer.status_code == 200
    assert "Commune" in text_of(answer.content)


@pytest.mark.parametrize("how", ["f=pdf", "Accept"])
def test_a_route_is_reported_on_one_page(app: tuple[FastAPI, dict[str, str]], how: str) -> None:
    application, keys = app
    address = "/routes?from=S%C3%A9var%C3%A9&to=Gao&lang=en" + ("&f=pdf" if how == "f=pdf" else "")
    headers = {"Accept": "application/pdf"} if how == "Accept" else {}
    assert Asker(application).get(address, **headers).status_code == 401
    answer = Asker(application, key=keys["partner"]).get(address, **headers)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert "Gao" not in answer.headers["content-disposition"]
    said = text_of(answer.content)
    for words in ("Sévaré – Gao", "Highest rates first", "do not certify a route", "No report is not safety"):
        assert words in said
    assert "SECRET" not in said
    assert "cmd|" not in said


def sira(home: Path, *arguments: str) -> Result:
    clean = {name: None for name in os.environ if name.startswith("SIRA_")}
    return CliRunner().invoke(build(), arguments, env={**clean, "SIRA_HOME": str(home)})


def test_the_command_writes_the_same_sheet(here: Installation, tmp_path: Path) -> None:
    home, file = here.service.settings.home, tmp_path / "mopti.pdf"
    result = sira(home, "bulletin", "Mopti", "--lang", "en", "--out", str(file))
    assert result.exit_code == 0, result.output
    assert "--level region" in result.stderr
    assert "public" in result.stdout
    assert LOCKED in text_of(file.read_bytes())
    again = sira(home, "bulletin", "Mopti", "--lang", "fr", "--out", str(file))
    assert again.exit_code == 1
    assert "existe" in again.output
    whole = sira(home, "bulletin", "--national", "--lang", "fr", "--out", str(file), "--overwrite")
    assert whole.exit_code == 0, whole.output
    assert "Chiffres publiés" in text_of(file.read_bytes())


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Nowhereville",), ""),
        (("Mopti", "--level", "region", "--within", "Gao"), ""),
        (("Mopti", "--level", "commune"), "partner"),
        (("Mopti", "--target", "mines"), "target"),
        (("Mopti", "--vintage", "1999"), "vintage"),
        ((), "--national"),
        (("Mopti", "--national"), "--national"),
    ],
)
def test_bad_arguments_are_one_sentence_and_no_file(
    here: Installation, tmp_path: Path, arguments: tuple[str, ...], words: str, lang: str
) -> None:
    file = tmp_path / "out.pdf"
    result = sira(here.service.settings.home, "bulletin", *arguments, "--lang", lang, "--out", str(file))
    assert result.exit_code == 1
    assert result.output.strip()
    assert words in result.output
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_command_reports_a_route_on_one_page(here: Installation, tmp_path: Path, lang: str) -> None:
    home, file = here.service.settings.home, tmp_path / "route.pdf"
    result = sira(home, "route", "Sévaré", "Gao", "--via", "Douentza", "--lang", lang, "--pdf", str(file))
    assert result.exit_code == 0, result.output
    assert "Sévaré – Douentza – Gao" in text_of(file.read_bytes())
    assert file.stat().st_size < 300_000
    missing = sira(home, "route", "Sévaré", "Gao", "--lang", lang, "--pdf", str(tmp_path / "no" / "route.pdf"))
    assert missing.exit_code == 1
    assert {"fr": "ne peut pas", "en": "cannot be written"}[lang] in missing.output


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_text_of_a_route_report_overlaps(here: Installation, lang: str) -> None:
    wide = "W" * 200
    for names, month in ((("Bamako", "Kidal"), 8), ((wide, wide + "\u202e"), 1)):
        places = (Gazetteer.shipped().find("Bamako"), Gazetteer.shipped().find("Kidal"))
        at = tuple((place.lon, place.lat) for place in places)
        answer = here.ready.planner.route(RouteRequest(at, names=names, month=month))
        sheet = RouteSheet(answer, names, here.ready, Caller(Audience.PARTNER), today())
        page = route_page(sheet, lang)
        assert faults(page) == []
        assert seen_faults(page) == []


def test_a_file_that_cannot_be_written_is_said(here: Installation, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "out.pdf"
    for lang, words in (("fr", "ne peut pas"), ("en", "cannot be written")):
        result = sira(here.service.settings.home, "bulletin", "Mopti", "--lang", lang, "--out", str(missing))
        assert result.exit_code == 1
        assert words in result.output


def test_the_pages_of_real_records_are_clean(here: Installation) -> None:
    for unit_id, audience in (("cercle-mopti", Audience.ADMIN), ("cercle-kayes", Audience.PARTNER)):
        page = unit_page(here.facts(unit_id, Caller(audience)), "fr")
        assert faults(page) == []
        assert seen_faults(page) == []
