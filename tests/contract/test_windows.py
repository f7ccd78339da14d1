"""A forecast that is over says so first, on every way out, and one that is not says nothing of the kind."""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from bulletin_kit import Installation, installed, text_of
from exports_kit import real_service
from fastapi import FastAPI
from rasterio.io import MemoryFile
from service_of import Caller, keys_for, settings_in
from window_kit import on_day

from api.app import create_app
from api.base.access import OPERATOR
from api.base.service import Service
from api.collections.registry import Collection, collections
from api.commands.assess import _show
from api.commands.session import Session
from api.exports.single import FORMATS
from api.layers.registry import RISK_LAYERS
from api.roads.answers import answer_json
from api.roads.files import as_geojson, as_gpx
from api.roads.gpx import NAMESPACE
from api.roads.planners import Planners
from api.roads.report import Report
from api.tiles.raster import OUT_OF_DATE, OVER, draw_marks
from geo.boundaries.places import Gazetteer
from models.risk.target import Target
from models.routes.answer import HORIZON_DAYS, RouteAnswer, RouteRequest

pytestmark = pytest.mark.slow

FORECASTS = ("risk-regions-2016", "risk-cercles-2016", "risk-communes-2016", "risk-cells")
OF_ROADS = ("road-segments", "axes")
RISK = [name for name in RISK_LAYERS if name != "hotspots"]
NAMES = ("Sévaré", "Gao")


class Told:
    """An installation on a day: its service, and what it must begin with."""

    def __init__(self, here: Installation, app: FastAPI, key: str, day: date) -> None:
        self.here, self.app, self.day = here, app, day
        self._caller = Caller(app, key=key)

    def get(self, address: str, lang: str = "en") -> Any:
        answer = self._caller.get(f"{address}{'&' if '?' in address else '?'}lang={lang}")
        assert answer.status_code == 200, (address, answer.text[:300])
        return answer

    def says(self, collection: str = "") -> str:
        """What a title begins with in English; nothing where its window is not over."""
        days = HORIZON_DAYS if collection in OF_ROADS else 91
        end = self.here.assessment.t0 + timedelta(days=days)
        return f"Forecast over since {end.day} {end:%B %Y}" if self.day >= end else ""

    def forecasts(self) -> list[Collection]:
        known = collections(self.here.snapshot).values()
        return [each for each in known if each.window is not None and "hotspot" not in each.id]

    def route(self) -> RouteAnswer:
        found = [Gazetteer.shipped().find(name) for name in NAMES]
        return self.here.ready.planner.route(RouteRequest(tuple((at.lon, at.lat) for at in found), month=1))


def begins(text: str, mark: str) -> bool:
    """Tell whether `text` begins with a mark or, without one, says nothing of a window that is over."""
    return text.startswith(mark) if mark else "Forecast over" not in text and "Out of date" not in text


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("windows")
    real_service(found).close()
    return found


@pytest.fixture(scope="module", params=[-1, 30, 96], ids=["ahead", "roads over", "over"])
def told(home: Path, request: pytest.FixtureRequest) -> Iterator[Told]:
    """The same installation on three days: before its window, past that of its roads, past all."""
    service = Service(settings_in(home))
    assessment = service.shelf.get(service.store.revision(), Target.IED)
    assert assessment is not None
    day = assessment.t0 + timedelta(days=request.param)
    with pytest.MonkeyPatch.context() as patch:
        on_day(patch, day)
        with installed(service) as here:
            app = create_app(settings_in(home))
            patch.setattr(Planners, "_shown", lambda *_: here.ready)
            yield Told(here, app, keys_for(app.state.service.store)["partner"], day)
            app.state.files.close()
            app.state.service.close()


def test_the_registry_holds_every_forecast(told: Told) -> None:
    names = {each.id for each in told.forecasts()}
    assert {*FORECASTS, *OF_ROADS} <= names
    assert {each.id.rpartition("-")[0] for each in told.forecasts() if each.vintage} == {
        "risk-regions",
        "risk-cercles",
        "risk-communes",
    }


@pytest.mark.parametrize("name", RISK)
def test_layers(told: Told, name: str) -> None:
    for address in (RISK_LAYERS[name].address, *(("/map/risk.json?level=cercle",) if name == RISK[0] else ())):
        about = told.get(address).json()["sira"]
        assert begins(about["title"], told.says())
        assert begins(about["notices"][0] if told.says() else " ".join(about["notices"]), told.says())
        is_ahead = told.day < told.here.assessment.t0
        assert about["window"]["age"] == ("over" if told.says() else "ahead" if is_ahead else "running")


def test_cells_of_the_map(told: Told) -> None:
    about = told.get("/map/cells.json").json()["sira"]
    assert begins(about["title"], told.says())
    assert (about["window"]["mark"] or "") == told.says()


def test_hotspots_tell_of_the_past_and_are_not_over(told: Told) -> None:
    about = told.get("/layers/hotspots.geojson").json()["sira"]
    t0 = told.here.assessment.t0
    assert about["period"] == {"start": (t0 - timedelta(days=365)).isoformat(), "end": t0.isoformat()}
    assert begins(" ".join([about["title"], *about["notices"]]), "")


def test_collections_and_their_pages(told: Told) -> None:
    listed = {each["id"]: each["title"] for each in told.get("/ogc/collections?f=json").json()["collections"]}
    for each in told.forecasts():
        says = told.says(each.id)
        path = f"/ogc/collections/{each.id}"
        titles = [
            listed[each.id],
            told.get(f"{path}?f=json").json()["title"],
            told.get(f"{path}/schema").json()["title"],
        ]
        titles += [told.get(f"{path}/items?limit=1").json()["sira"]["title"]]
        titles += [told.get(f"/tiles/{each.id}/tilejson.json").json()["name"]]
        titles += [told.get(f"{path}/tiles").json()["tilesets"][0]["title"]]
        for page in (f"{path}?f=html", f"{path}/items?f=html&limit=1"):
            titles.append(re.search("<h1>(.*?)</h1>", told.get(page).text)[1])  # type: ignore[index]
        assert all(begins(title, says) for title in titles), titles
        attribution = told.get(f"/tiles/{each.id}/tilejson.json").json()["attribution"]
        assert begins(attribution, says)


def test_tiles_of_the_surface(told: Told) -> None:
    legend = told.get("/tiles/risk/legend.json").json()
    drawing = told.get("/tiles/risk/legend.svg").text
    described = told.get("/tiles/risk/tilejson.json").json()
    style = told.get("/tiles/style.json").json()
    title = re.search("<title>(.*?)</title>", drawing)[1]  # type: ignore[index]
    first = legend["notices"][0] if told.says() else " ".join(legend["notices"])
    for text in (legend["title"], title, described["name"], described["description"], style["name"], first):
        assert begins(text, told.says()), text


@pytest.mark.parametrize("form", FORMATS)
def test_files(told: Told, form: str) -> None:
    for each in told.forecasts():
        if each.vintage not in (None, "2016"):
            continue
        body = told.get(f"/exports/{each.id}.{form}").content
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                body = b"\n".join(archive.read(name) for name in archive.namelist() if name.endswith(".txt"))
        text = body.decode("utf-8", errors="replace")
        says = told.says(each.id)
        first = f"{says}. " if form == "csv" else f"{says}: "  # a table has no title: each row begins its notices so
        assert first in text if says else "Forecast over" not in text, (form, each.id)


def test_the_package_the_project_and_the_raster(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "sira.gpkg"
    path.write_bytes(told.get("/exports/sira.gpkg").content)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))
        whole = connection.execute("SELECT metadata FROM gpkg_metadata WHERE mime_type = 'application/json'").fetchone()
    for each in told.forecasts():
        assert begins(titles[each.id.replace("-", "_")], told.says(each.id))
    assert begins(re.search('"name": "(.*?)"', whole[0])[1], told.says())  # type: ignore[index]
    with zipfile.ZipFile(io.BytesIO(told.get("/exports/sira.qgz").content)) as archive:
        project = ET.fromstring(archive.read(next(name for name in archive.namelist() if name.endswith(".qgs"))))
    assert begins(project.get("projectname") or "", told.says())
    names = {each.text or "" for each in project.iter("layername")}
    for says in {told.says(), told.says("axes")} - {""}:
        assert any(name.startswith(says) for name in names)
    assert begins(" ".join(names), "") or told.says("axes")
    listed = {file["href"]: file["title"] for file in told.get("/exports").json()["files"]}
    assert begins(listed["/exports/axes.csv"], told.says("axes"))
    for address in ("/exports/risk-cells.tif", "/layers/risk.tif"):
        with MemoryFile(told.get(address).content) as file, file.open() as raster:
            assert begins(raster.tags()["TITLE"], told.says())
            assert begins(raster.tags()["NOTICE"], told.says())


def test_sheets(told: Told) -> None:
    for address in ("/units/cercle-mopti/bulletin.pdf", "/bulletin.pdf"):
        body = told.get(address).content
        assert begins(pypdf.PdfReader(io.BytesIO(body)).metadata.title, told.says())  # type: ignore[union-attr]
        text = text_of(body)
        assert (told.says() in text) if told.says() else begins(text, "")
        assert "next 3 months" not in text
        days = told.here.assessment.window().days
        assert f"{days.first.day} {days.first:%B}" in text


def test_places_and_axes(told: Told) -> None:
    says = told.says("axes")
    for address in ("/axes", "/places/gao/risk"):
        about = told.get(address).json()
        assert begins(about["caveats"][0] if says else " ".join(about["caveats"]), says)
        assert (about["window"]["mark"] or "") == says
    assert begins(told.get("/layers/axes.geojson").json()["sira"]["caveats"][0], says)


def test_routes(told: Told) -> None:
    answer, says, ready = told.route(), told.says("axes"), told.here.ready
    made = datetime.combine(told.day, datetime.min.time(), UTC)
    document = ET.fromstring(as_gpx(answer, NAMES, ready, made, "en"))
    for part in ("metadata", "trk"):
        for tag in ("name", "desc"):
            assert begins(document.findtext(f"{{{NAMESPACE}}}{part}/{{{NAMESPACE}}}{tag}") or "", says)
    body = answer_json(answer, ready, OPERATOR, "en", told.day)
    assert begins(body["caveats"][0] if says else " ".join(body["caveats"]), says)
    assert as_geojson(body).decode().count('"age":"over"') == (2 if says else 0)
    report = Report(answer, NAMES, ready, "en").text()
    assert begins(" ".join(report.split()), says)


def test_the_command_line(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    shown = Session(told.here.service.settings, "en")
    _show(shown, told.here.assessment, told.day)
    said = capsys.readouterr().out
    assert begins(said, told.says())


def test_pictures_of_tiles() -> None:
    """The words are drawn, letter by letter, and fit."""
    for words in (OVER, OUT_OF_DATE):
        picture = np.zeros((4, 256, 256), np.uint8)
        draw_marks(picture, [words])
        assert picture[3].any()
        assert not picture[:, :, 250:].any()
