"""Files over HTTP: for each audience and format what may be in them, progress, cancelling, and what is refused."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import sqlite3
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
from assessment_kit import coarse_domain
from exports_kit import real_service
from fastapi import FastAPI
from homes_kit import FORMULA, coarse_home
from rasterio.io import MemoryFile
from service_of import Caller, keys_for, newcomer, settings_in

from api.app import create_app
from api.base.access import REQUIRED, Audience
from api.collections.registry import collections
from api.exports import package
from api.exports.single import FORMATS
from api.roads.planners import make_ready
from models.risk.assessment import Assessment
from models.risk.target import Target
from models.risk.windows import Age
from models.routes.answer import HORIZON_DAYS
from models.routes.planner import RoutePlanner
from models.routes.road_risk import RoadRisk

pytestmark = pytest.mark.slow

#: What nobody but analysts may find in any file: free text, and ids that lead to what a source published.
SECRETS = (b"SECRET-NARRATIVE", b"calc'!A0", b"drawn:0")


def with_planner(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the roads ready, as the watch of a running service does."""
    service = app.state.service
    snapshot = service.read_snapshot()
    assessment = service.shelf.get(snapshot.revision, Target.IED)
    build = partial(RoutePlanner.build, domain=coarse_domain(snapshot.boundaries))
    monkeypatch.setattr(RoutePlanner, "build", build)
    monkeypatch.setattr(RoadRisk, "alpha", lambda _: 1.0)  # not to be had from coarse cells: Bamako has none
    ready = make_ready(service.store, snapshot.boundaries, assessment, service.settings.home)
    monkeypatch.setattr(app.state.planners, "_shown", lambda *_: ready)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    """A store of real incidents with its assessment, its roads and keys."""
    home = tmp_path_factory.mktemp("real")
    real_service(home).close()
    app = create_app(settings_in(home))
    with pytest.MonkeyPatch.context() as patch:
        with_planner(app, patch)
        yield app, keys_for(app.state.service.store)
    app.state.files.close()
    app.state.service.close()


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(coarse_home(tmp_path_factory.mktemp("synthetic")))
    with pytest.MonkeyPatch.context() as patch:
        with_planner(app, patch)
        yield app
    app.state.files.close()
    app.state.service.close()


def asking(real: tuple[FastAPI, dict[str, str]], audience: str) -> Caller:
    app, keys = real
    return Caller(app, key=keys.get(audience, ""))


def content_of(body: bytes) -> bytes:
    """Return what a file holds, unpacked where it is compressed."""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return body


def test_the_list_names_what_the_audience_may_take(real: tuple[FastAPI, dict[str, str]]) -> None:
    listed = {}
    for audience in ("public", "partner", "analyst"):
        answer = asking(real, audience).get("/exports?lang=en").json()
        assert answer["audience"] == audience
        assert answer["synthetic"] is False
        listed[audience] = {entry["href"] for entry in answer["files"]}
    assert "/exports/incidents.csv" not in listed["public"]
    assert "/exports/risk-cells.tif" not in listed["public"]
    assert listed["public"] < listed["partner"] == listed["analyst"]
    for href in listed["public"]:
        assert asking(real, "public").get(href).status_code == 200


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("audience", ["public", "partner", "analyst"])
def test_every_collection_in_every_format_obeys_the_audience(
    real: tuple[FastAPI, dict[str, str]], audience: str, form: str
) -> None:
    app, _ = real
    caller = asking(real, audience)
    seen = Audience[audience.upper()]
    refused = {"public": 401, "partner": 403, "analyst": 403}[audience]
    for collection in collections(app.state.service.read_snapshot()).values():
        answer = caller.get(f"/exports/{collection.id}.{form}?lang=en")
        if seen < REQUIRED[collection.kind]:
            assert answer.status_code == refused, collection.id
            continue
        assert answer.status_code == 200, (collection.id, answer.text[:200])
        assert f"-{audience}-r" in answer.headers["content-disposition"]
        content = content_of(answer.content)
        if form != "parquet":  # compressed inside: read below
            assert audience.encode() in content, collection.id
        if seen < Audience.ANALYST:
            assert not [secret for secret in SECRETS if secret in content], collection.id


def table_of(body: bytes, name: str, tmp_path: Path) -> Any:
    path = tmp_path / name
    path.write_bytes(body)
    return gpd.read_parquet(path) if name.endswith("parquet") else gpd.read_file(path)


@pytest.mark.parametrize("form", ["fgb", "parquet", "geojson", "kml"])
def test_partners_get_rounded_places_pseudonyms_and_no_text(
    real: tuple[FastAPI, dict[str, str]], tmp_path: Path, form: str
) -> None:
    partner = table_of(asking(real, "partner").get(f"/exports/incidents.{form}").content, f"p.{form}", tmp_path)
    analyst = table_of(asking(real, "analyst").get(f"/exports/incidents.{form}").content, f"a.{form}", tmp_path)
    assert len(partner) == len(analyst) == 300
    lonlat = partner.geometry.get_coordinates().to_numpy()[:, :2]
    assert abs(lonlat - lonlat.round(2)).max() < 1e-9
    assert not set(partner["id"]) & set(analyst["id"])
    assert all(name.startswith("drawn:") for name in analyst["id"])
    for column in {"narrative", "place_name", "source_id"} & set(partner.columns):
        assert partner[column].isna().all()
    shown = set(analyst["place_name"]) if form != "kml" else {text.replace("＆", "&") for text in analyst["place_name"]}
    assert shown == {FORMULA}


def test_the_package_holds_what_the_audience_may_see(real: tuple[FastAPI, dict[str, str]], tmp_path: Path) -> None:
    tables = {}
    for audience in ("public", "partner"):
        answer = asking(real, audience).get("/exports/sira.gpkg?lang=en")
        assert answer.status_code == 200
        path = tmp_path / f"{audience}.gpkg"
        path.write_bytes(answer.content)
        assert not [secret for secret in SECRETS if secret in answer.content]
        connection = sqlite3.connect(path)
        rows = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
        tables[audience] = {name for (name,) in rows}
        texts = dict(
            connection.execute("SELECT md_standard_uri, metadata FROM gpkg_metadata WHERE mime_type LIKE '%json'")
        )
        about = json.loads(texts["https://schema.org/Dataset"])
        assert about["audience"] == audience
        assert about["synthetic"] is False
        assert any("CC BY 4.0" in source["license"] for source in about["isBasedOn"])
        assert json.loads(texts["urn:sira:model-card"])["unintended"]
        connection.close()
    assert {"incidents", "risk_cells", "communes_2023", "hazard_areas", "road_segments"} <= tables["partner"]
    assert not {"incidents", "risk_cells", "communes_2023", "hazard_areas", "road_segments"} & tables["public"]
    assert {"regions_2016", "risk_cercles_2016", "places"} <= tables["public"]


def test_the_raster_needs_a_key_and_says_for_whom(real: tuple[FastAPI, dict[str, str]]) -> None:
    assert asking(real, "public").get("/exports/risk-cells.tif").status_code == 401
    answer = asking(real, "partner").get("/exports/risk-cells.tif")
    with MemoryFile(answer.content) as file, file.open() as raster:
        assert raster.tags()["AUDIENCE"] == "partner"
        assert raster.tags()["SYNTHETIC"] == "false"


def test_synthetic_data_says_so_in_every_format(synthetic: FastAPI) -> None:
    here = newcomer(synthetic)
    for form in FORMATS:
        answer = here.get(f"/exports/cercles-2016.{form}?lang=en")
        assert answer.status_code == 200
        if form == "parquet":
            content = pq.read_schema(io.BytesIO(answer.content)).metadata[b"sira"]
        else:
            content = content_of(answer.content)
        assert b"Synthetic data: drawn, not real." in content, form
    rows = list(csv.DictReader(io.StringIO(here.get("/exports/incidents.csv?lang=fr").text)))
    assert {row["sira_synthetic"] for row in rows[1:]} == {"true"}
    assert rows[0]["sira_audience"] == "#meta+audience"


#: Collections with numbers of a forecast, and what must be said of them beside that it is out of date.
FORECASTS = {
    "risk-cercles-2016": ("No report is not safety",),
    "risk-cells": ("No report is not safety",),
    "road-segments": ("do not certify a route", "not the risk of one trip", "schematic"),
    "axes": ("do not certify a route", "not the risk of one trip", "schematic"),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("collection", FORECASTS)
def test_no_file_shows_an_old_forecast_as_a_current_one(
    real: tuple[FastAPI, dict[str, str]], collection: str, form: str
) -> None:
    service = real[0].state.service
    assessment = service.shelf.get(service.store.revision(), Target.IED)
    assert assessment.window().age(date.today()) is Age.OUT_OF_DATE
    answer = asking(real, "partner").get(f"/exports/{collection}.{form}?lang=en")
    if form == "parquet":
        schema = pq.read_schema(io.BytesIO(answer.content))
        said = schema.metadata[b"sira"].decode()
        assert schema.metadata[b"title"].startswith(b"Out of date: ")
    else:
        said = content_of(answer.content).decode("utf-8", errors="replace").replace("\\/", "/")  # GDAL's JSON
        assert "Out of date: " in said
    assert f"Out of date: the newest record is of {day_in_words(assessment.newest)}." in said
    start, end = period_of(collection, assessment)
    assert f"made then for {start.day} {start:%B} to {day_in_words(end - timedelta(days=1))}." in said
    for needed in (
        f"{start}/{end}",
        assessment.newest.isoformat(),
        *assessment.about["sources"],
        *FORECASTS[collection],
    ):
        assert needed in said, needed


def period_of(collection: str, assessment: Assessment) -> tuple[date, date]:
    """Return of when the numbers of a collection are: those of roads are of a shorter period."""
    is_of_roads = collection in ("road-segments", "axes")
    return assessment.t0, assessment.t0 + timedelta(days=HORIZON_DAYS) if is_of_roads else assessment.end


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


@pytest.mark.parametrize("collection", FORECASTS)
def test_every_row_of_a_csv_says_of_when_its_numbers_are(real: tuple[FastAPI, dict[str, str]], collection: str) -> None:
    service = real[0].state.service
    assessment = service.shelf.get(service.store.revision(), Target.IED)
    answer = asking(real, "partner").get(f"/exports/{collection}.csv?lang=en")
    tags, *rows = csv.DictReader(io.StringIO(answer.text))
    assert all(re.fullmatch(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*", tag) for tag in tags.values())
    assert {row["sira_period"] for row in rows} == {"/".join(map(str, period_of(collection, assessment)))}
    assert {row["sira_data_until"] for row in rows} == {assessment.newest.isoformat()}
    assert all(assessment.about["sources"][0] in row["sira_sources"] for row in rows)
    for row in rows:
        said = " ".join(row.get(f"sira_{name}", "") for name in ("notices", "caveat", "caveats"))
        assert all(text in said for text in ("Out of date", *FORECASTS[collection]))


def test_the_package_says_of_each_layer_that_it_is_out_of_date(
    real: tuple[FastAPI, dict[str, str]], tmp_path: Path
) -> None:
    path = tmp_path / "sira.gpkg"
    path.write_bytes(asking(real, "partner").get("/exports/sira.gpkg?lang=fr").content)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))
        texts = dict(
            connection.execute(
                "SELECT r.table_name, m.metadata FROM gpkg_metadata m JOIN gpkg_metadata_reference r "
                "ON r.md_file_id = m.id WHERE m.mime_type = 'text/xml'"
            )
        )
    for name in FORECASTS:
        table = name.replace("-", "_")
        assert titles[table].startswith("Données périmées : ")
        assert "Données périmées : signalement le plus récent : " in texts[table]
    assert "schématique" in texts["road_segments"]
    assert not titles["cercles_2016"].startswith("Données périmées")


def test_geojson_keeps_to_six_decimals(synthetic: FastAPI) -> None:
    answer = newcomer(synthetic).get("/exports/incidents.geojson").json()
    for feature in answer["features"]:
        if feature["geometry"]:
            for number in feature["geometry"]["coordinates"]:
                assert number == round(number, 6)
    assert answer["sira"]["synthetic"] is True
    assert "crs" not in answer


def test_a_copy_that_is_right_is_not_sent_again(synthetic: FastAPI) -> None:
    here = newcomer(synthetic)
    first = here.get("/exports/places.fgb")
    again = here.get("/exports/places.fgb", If_None_Match=first.headers["etag"])
    assert again.status_code == 304
    assert again.content == b""
    part = here.get("/exports/places.fgb", Range="bytes=0-7")
    assert part.status_code == 206
    assert part.content == first.content[:8]
    assert here.get("/exports/places.fgb", method="HEAD").headers["content-length"] == str(len(first.content))


def test_a_job_tells_how_far_it_is_and_can_be_stopped(synthetic: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    here, files = newcomer(synthetic), synthetic.state.files
    may_go_on, is_under_way = threading.Event(), threading.Event()
    write = package.write_geopackage

    def slow(layers: Any, path: Path, **options: Any) -> None:
        each = options.pop("each")

        def after(layer: Any) -> None:
            is_under_way.set()
            may_go_on.wait(30)
            each(layer)

        write(layers, path, each=after, **options)

    monkeypatch.setattr(package, "write_geopackage", slow)
    begun = here.get("/exports/sira.gpkg?lang=en", Prefer="respond-async")
    assert begun.status_code == 202
    assert begun.json() == {"status": "running", "done": 0, "total": begun.json()["total"]}
    assert begun.headers["retry-after"]
    assert is_under_way.wait(30)
    folder = next(synthetic.state.service.settings.home.glob("exports-*"))
    parts = [path for path in folder.iterdir() if path.name.endswith(".part")]
    assert parts
    other = Caller(synthetic, peer="::1", host="localhost:8000")
    waiter = synthetic.state.files.progress(next(iter(files._making)))
    waiter.waiting += 1  # somebody reads it
    for _ in range(2):
        assert other.get("/exports/sira.gpkg?lang=en", method="DELETE").status_code == 204
        assert here.get("/exports/sira.gpkg?lang=en", method="DELETE").status_code == 204
    assert not waiter._stop.is_set()
    waiter.waiting -= 1
    assert other.get("/exports/sira.gpkg?lang=en", Prefer="respond-async").status_code == 202
    assert here.get("/exports/sira.gpkg?lang=en", method="DELETE").status_code == 204
    assert not waiter._stop.is_set()
    assert other.get("/exports/sira.gpkg?lang=en", method="DELETE").status_code == 204
    may_go_on.set()
    for _ in range(100):
        if here.get("/exports/sira.gpkg?lang=en", method="DELETE").status_code == 404:
            break
        time.sleep(0.05)
    assert not [path for path in folder.iterdir() if path.name.endswith((".part", ".gpkg"))]
    assert files.progress(()) is None
    monkeypatch.setattr(package, "write_geopackage", write)
    assert here.get("/exports/sira.gpkg?lang=en").status_code == 200


def test_a_full_disk_is_the_services_fault_and_leaves_nothing(
    synthetic: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.exports.raster.write_raster", full)
    answer = newcomer(synthetic).get("/exports/risk-cells.tif?lang=en")
    assert answer.status_code == 503
    assert "exports-" not in answer.text
    folder = next(synthetic.state.service.settings.home.glob("exports-*"))
    assert not [path for path in folder.iterdir() if path.name.endswith((".part", ".tif"))]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.csv", "no such collection"),
        ("places.xlsx", ".parquet"),
        ("places", "sira.gpkg"),
        ("places.csv.", "sira.gpkg"),
        ("%2e%2e%2fsira.sqlite", "sira.gpkg"),
        ("%00.csv", "no such collection"),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(synthetic: FastAPI, name: str, said: str) -> None:
    answer = newcomer(synthetic).get(f"/exports/{name}?lang=en")
    assert answer.status_code == 404
    if "%2f" not in name:
        assert said in answer.json()["detail"]


def test_bad_parameters_are_named_in_both_languages(synthetic: FastAPI) -> None:
    here = newcomer(synthetic)
    for address in ("/exports/sira.qgz?authcfg=x'--", "/exports?lang=de", "/exports/places.csv?limit=3"):
        answer = here.get(address)
        assert answer.status_code == 422
    english = here.get("/exports/nothing.csv?lang=en").json()["detail"]
    french = here.get("/exports/nothing.csv?lang=fr").json()["detail"]
    assert "expected" in english
    assert "attendues" in french


def test_without_an_assessment_the_package_is_not_ready(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    try:
        answer = newcomer(app).get("/exports/sira.gpkg?lang=en")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert newcomer(app).get("/exports/places.csv").status_code == 200
    finally:
        app.state.files.close()
        app.state.service.close()


def test_a_stopped_service_leaves_no_files(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    assert newcomer(app).get("/exports/places.csv").status_code == 200
    assert list(tmp_path.glob("exports-*"))
    app.state.files.close()
    app.state.service.close()
    assert not list(tmp_path.glob("exports-*"))
