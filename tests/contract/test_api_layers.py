"""The layers over HTTP: GeoJSON as RFC 7946 has it, the documented attributes, right counts, kept bytes, problems."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import brotli
import httpx
import pytest
import shapely
from fastapi import FastAPI
from service_of import Caller, newcomer, settings_in

from api.app import create_app
from api.layers import serving
from api.layers.layer import Attribute
from api.layers.registry import LAYERS as DECLARED
from geo.boundaries.regions import Boundaries
from geo.counting.counts import count
from geo.hazards.areas import area_by_unit
from geo.incidents.schema import HazardType

LAYERS = list(DECLARED)
JSON_TYPES = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(settings_in(tmp_path_factory.mktemp("service")))
    yield app
    app.state.service.close()


@pytest.fixture(scope="module")
def bodies(app: FastAPI) -> dict[str, Any]:
    here = newcomer(app)
    return {layer: here.get(f"/layers/{layer}.geojson?lang=en").json() for layer in LAYERS}


def is_of(value: Any, attribute: Attribute) -> bool:
    if value is None:
        return attribute.nullable
    if attribute.type != "boolean" and isinstance(value, bool):
        return False
    return isinstance(value, JSON_TYPES[attribute.type]) and (not attribute.choices or value in attribute.choices)


@pytest.mark.parametrize("layer", LAYERS)
def test_features_have_exactly_the_documented_attributes(bodies: dict[str, Any], layer: str) -> None:
    attributes = {attribute.name: attribute for attribute in DECLARED[layer].attributes}
    features = bodies[layer]["features"]
    assert features
    for feature in features:
        assert set(feature["properties"]) == set(attributes)
        wrong = {name: value for name, value in feature["properties"].items() if not is_of(value, attributes[name])}
        assert not wrong


@pytest.mark.parametrize("layer", LAYERS)
def test_geojson_follows_rfc_7946(bodies: dict[str, Any], layer: str) -> None:
    body = bodies[layer]
    assert body["type"] == "FeatureCollection"
    assert "crs" not in body
    assert len({feature["id"] for feature in body["features"]}) == len(body["features"])
    for feature in body["features"]:
        if feature["geometry"] is None:
            continue
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        coordinates = shapely.get_coordinates(shape)
        assert (coordinates == coordinates.round(6)).all()
        west, south, east, north = shape.bounds
        assert -13 < west <= east < 5
        assert 10 < south <= north < 26
        for polygon in shapely.get_parts(shape):
            if polygon.geom_type == "Polygon":
                assert polygon.exterior.is_ccw
                assert not any(ring.is_ccw for ring in polygon.interiors)


@pytest.mark.parametrize("layer", LAYERS)
def test_each_answer_says_what_it_is(bodies: dict[str, Any], layer: str) -> None:
    member = bodies[layer]["sira"]
    assert member["revision"] == 1
    assert member["layer"] == layer
    assert member["synthetic"] is (layer not in ("roads", "places"))
    assert all(source["name"] for source in member["sources"])
    assert member["sources"]
    if layer != "places":
        assert member["caveat"]


@pytest.mark.parametrize(("layer", "level"), [("regions", "region"), ("cercles", "cercle"), ("communes", "commune")])
def test_counts_are_those_of_geo_counts(app: FastAPI, layer: str, level: str) -> None:
    body = newcomer(app).get(f"/layers/{layer}.geojson?start=2023-01&end=2024-01&hazard=ied,uxo").json()
    table = count(
        app.state.service.store.incidents(),
        Boundaries.shipped(),
        level,
        "2016",
        hazards=(HazardType.IED, HazardType.UXO),
    )
    table = table[(table["period_start"] >= "2023-01-01") & (table["period_start"] < "2024-01-01")]
    for measure in ("events", "killed", "injured", "civilians"):
        expected = table[table["measure"] == measure].groupby("unit_id")["total"].sum(min_count=1).dropna()
        got = {f["id"]: f["properties"][measure] for f in body["features"] if f["properties"][measure]}
        assert got == {unit: pytest.approx(total, abs=1e-6) for unit, total in expected.items() if round(total, 6)}
    for feature in body["features"]:
        counts = feature["properties"]
        assert counts["events"] == pytest.approx(counts["events_exact"] + counts["events_spread"], abs=2e-6)


def test_conflict_events_are_the_published_figures_and_keep_to_their_period(app: FastAPI) -> None:
    here = newcomer(app)

    def total(query: str) -> tuple[Any, float | None]:
        body = here.get(f"/layers/{query}").json()
        values = [feature["properties"]["conflict_events"] for feature in body["features"]]
        if None in values:
            assert set(values) == {None}
            return body["sira"]["conflict"], None
        return body["sira"]["conflict"], sum(values)

    about, events = total("cercles.geojson")
    assert events == pytest.approx(891, abs=0.01)
    assert "UCDP" in about["source"]
    assert about["period"]["end"] == "2021-01-01"
    for address in ("regions.geojson", "regions.geojson?vintage=2015", "cercles.geojson?vintage=2015"):
        assert total(address)[1] == pytest.approx(891, abs=0.01)
    about, events = total("cercles.geojson?start=2019-01&end=2030-01")
    assert about["period"] == {"start": "2019-01-01", "end": "2021-01-01"}
    assert events is not None
    assert 0 < events < 891
    # Nothing is known of 2023, of days, or of units that the figures were not counted for: none, not zero.
    for query in ("cercles.geojson?start=2023-01", "cercles.geojson?start=2019-01-02", "regions.geojson?vintage=2023"):
        assert total(query) == ({"period": {"start": None, "end": None}, "source": None}, None)


def test_rates_state_their_denominator(bodies: dict[str, Any]) -> None:
    period = bodies["cercles"]["sira"]["period"]
    years = (int(period["end"][:4]) * 12 + int(period["end"][5:7]) - int(period["start"][:4]) * 12) / 12
    for feature in bodies["cercles"]["features"]:
        unit = feature["properties"]
        assert unit["population_year"] == 2020
        rate = unit["events"] / unit["population"] * 100_000 / years
        assert unit["rate_per_100k_year"] == pytest.approx(rate, rel=0.12, abs=0.01)
    assert sum(feature["properties"]["population"] for feature in bodies["cercles"]["features"]) == 17_907_114
    assert all(feature["properties"]["rate_per_100k_year"] is None for feature in bodies["communes"]["features"])


def test_reports_without_a_point_have_no_geometry(bodies: dict[str, Any]) -> None:
    features = bodies["incidents"]["features"]
    without = [feature for feature in features if feature["geometry"] is None]
    assert without
    assert all(feature["properties"]["location_unit"] for feature in without)


def test_the_period_filters_and_is_stated(app: FastAPI) -> None:
    body = newcomer(app).get("/layers/incidents.geojson?start=2023-05-10&end=2023-06-20").json()
    assert body["sira"]["period"] == {"start": "2023-05-10", "end": "2023-06-20"}
    dates = [f["properties"]["date"] for f in body["features"] if f["properties"]["date_precision"] == "day"]
    assert dates
    assert all("2023-05-10" <= day < "2023-06-20" for day in dates)


def test_a_period_without_data_is_answered_with_no_reports(app: FastAPI) -> None:
    body = newcomer(app).get("/layers/cercles.geojson?start=1950-01").json()
    assert body["sira"]["period"]["start"] == "1950-01-01"
    empty = newcomer(app).get("/layers/cercles.geojson?start=2090-01").json()
    assert empty["sira"]["period"] == {"start": "2090-01-01", "end": "2090-02-01"}
    assert {feature["properties"]["events"] for feature in empty["features"]} == {0}
    assert {feature["properties"]["killed"] for feature in empty["features"]} == {None}


def test_land_is_that_of_geo_hazards_at_the_period_s_end(app: FastAPI) -> None:
    body = newcomer(app).get("/layers/cercles.geojson?start=2023-01&end=2024-01").json()
    hazards = app.state.service.store.hazards()
    table = area_by_unit(
        hazards, Boundaries.shipped(), "cercle", "2016", period="year", start=date(2023, 1, 1), end=date(2024, 1, 1)
    )
    for group in ("suspected", "confirmed", "released"):
        expected = table[table["status"] == group].set_index("unit_id")["area_m2"].to_dict()
        got = {f["id"]: f["properties"][f"area_{group}_m2"] for f in body["features"]}
        assert {unit: area for unit, area in got.items() if area is not None} == pytest.approx(expected, abs=1)
        assert sum(expected.values()) > 0


def test_hazard_areas_have_the_status_of_the_period_s_end(app: FastAPI) -> None:
    here = newcomer(app)
    now = {f["id"]: f["properties"] for f in here.get("/layers/hazards.geojson").json()["features"]}
    changed = next(p for p in now.values() if len(p["history"]) > 1)
    area = next(key for key, value in now.items() if value is changed)
    second = changed["history"][1]["since"]
    before = here.get(f"/layers/hazards.geojson?end={second}").json()["features"]
    properties = next(feature["properties"] for feature in before if feature["id"] == area)
    assert properties["status"] == changed["history"][0]["status"]
    assert len(properties["history"]) == 1


@pytest.mark.parametrize(("vintage", "regions"), [("2015", 9), ("2016", 11), ("2023", 20)])
def test_vintages(app: FastAPI, vintage: str, regions: int) -> None:
    features = newcomer(app).get(f"/layers/regions.geojson?vintage={vintage}").json()["features"]
    assert len(features) == regions


def test_notes_speak_the_reader_s_language(app: FastAPI) -> None:
    def notes(lang: str) -> set[str]:
        features = newcomer(app).get(f"/layers/regions.geojson?vintage=2023&lang={lang}").json()["features"]
        return {feature["properties"]["note"] for feature in features if feature["properties"]["note"]}

    assert any("communes" in note for note in notes("en"))
    assert notes("en")
    assert len(notes("fr")) == len(notes("en"))


# Kept bytes


@pytest.mark.parametrize(
    ("accepted", "coding", "decode"),
    [("br, gzip", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress), ("identity", None, bytes)],
)
def test_codings(app: FastAPI, accepted: str, coding: str | None, decode: Any) -> None:
    async def raw() -> tuple[httpx.Headers, bytes]:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
            client.stream("GET", "/layers/regions.geojson", headers={"Accept-Encoding": accepted}) as answer,
        ):
            return answer.headers, b"".join([part async for part in answer.aiter_raw()])

    headers, body = asyncio.run(raw())
    assert headers.get("content-encoding") == coding
    assert int(headers["content-length"]) == len(body)
    assert json.loads(decode(body))["type"] == "FeatureCollection"
    assert {"Accept-Encoding", "Accept-Language", "Authorization"} <= set(headers["vary"].split(", "))


def test_a_right_copy_is_answered_with_304(app: FastAPI) -> None:
    here = newcomer(app)
    first = here.get("/layers/regions.geojson")
    etag = first.headers["etag"]
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = here.get("/layers/regions.geojson", If_None_Match=header)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert here.get("/layers/regions.geojson", If_None_Match='"other"').status_code == 200
    assert here.get("/layers/regions.geojson?lang=en", If_None_Match=etag).status_code == 200
    assert here.get("/layers/regions.geojson", Accept_Encoding="br").headers["etag"] != etag


def test_head_has_the_headers_alone(app: FastAPI) -> None:
    here = newcomer(app)
    full, head = here.get("/layers/regions.geojson"), here.get("/layers/regions.geojson", method="HEAD")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(full.content))
    assert head.headers["etag"] == full.headers["etag"]


def test_many_at_once_encode_once(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    layer_body = serving.layer_body

    def counted(*arguments: Any) -> bytes:
        made.append(arguments)
        return layer_body(*arguments)

    monkeypatch.setattr(serving, "layer_body", counted)

    async def ask_at_once() -> list[int]:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            address = "/layers/cercles.geojson?start=2022-01&end=2022-07"
            return [answer.status_code for answer in await asyncio.gather(*(client.get(address) for _ in range(20)))]

    assert asyncio.run(ask_at_once()) == [200] * 20
    assert len(made) == 1


# Problems


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("start=nan", "start"),
        ("start=2023-13", "start"),
        ("start=2023-02-30", "start"),
        ("end=1e9", "end"),
        ("end=%00", "end"),
        ("start=2023-02&end=2023-02", "end"),
        ("start=2023-03&end=2023-02", "end"),
        ("vintage=1960", "vintage"),
        ("vintage=2016%0a", "vintage"),
        ("hazard=bomb", "hazard"),
        ("hazard=ied,ied", "hazard"),
        ("hazard=ied,", "hazard"),
        ("hazard=ied,not_explosive", "hazard"),
        ("lang=de", "lang"),
        ("lang=%ff", "lang"),
        ("colour=red", "colour"),
        ("start=2023-01&start=2023-01", "start"),
        ("hazard[]=ied", "hazard[]"),
        ("a" * 3000, "query"),
    ],
)
@pytest.mark.parametrize(("lang", "word"), [("fr", "attendu"), ("en", "expected")])
def test_bad_parameters_are_named(app: FastAPI, query: str, parameter: str, lang: str, word: str) -> None:
    answer = newcomer(app).get(f"/layers/cercles.geojson?{query}", Accept_Language=lang)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == lang
    problem = answer.json()
    assert problem["parameter"] == parameter
    assert problem["status"] == 422
    if parameter not in ("end", "query") or "=" not in query:
        assert word in problem["detail"] or "octets" in problem["detail"] or "bytes" in problem["detail"]


def test_cercles_of_2023_are_refused_with_the_reason(app: FastAPI) -> None:
    problem = newcomer(app).get("/layers/cercles.geojson?vintage=2023&lang=en")
    assert problem.status_code == 422
    assert problem.json()["parameter"] == "vintage"
    assert "import an official set" in problem.json()["detail"]


def test_lang_wins_over_accept_language(app: FastAPI) -> None:
    answer = newcomer(app).get("/layers/cercles.geojson?lang=en&start=x", Accept_Language="fr")
    assert "expected" in answer.json()["detail"]


@pytest.mark.parametrize(("address", "status"), [("/layers/", 404), ("/layers/nope.geojson", 404), ("/x?y=z", 404)])
def test_addresses_without_anything(app: FastAPI, address: str, status: int) -> None:
    answer = newcomer(app).get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_methods_are_refused(app: FastAPI) -> None:
    answer = newcomer(app).get("/layers/regions.geojson", method="POST")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_store_that_does_not_answer_is_503_without_its_address(app: FastAPI, tmp_path: Any) -> None:
    (tmp_path / "sira.sqlite").write_bytes(b"this is no database at all" * 100)
    broken = create_app(settings_in(tmp_path))
    assert newcomer(broken).get("/health").status_code == 200
    for address in ("/ready", "/layers/regions.geojson"):
        answer = newcomer(broken).get(address)
        assert answer.status_code == 503
        assert str(tmp_path) not in answer.text


def test_an_unforeseen_error_tells_neither_caller_nor_log_what_was_asked(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("secret detail: Sévaré → Gao")

    monkeypatch.setattr(serving, "layer_body", fail)
    with caplog.at_level(logging.DEBUG):
        answer = newcomer(app).get("/layers/cercles.geojson?start=1999-01&lang=en")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    assert "RuntimeError" in ours
    assert "secret" not in ours
    assert "1999" not in ours


@pytest.mark.parametrize(
    "address", ["/", "/api", "/layers/regions.geojson", "/nope", "/layers/cercles.geojson?start=x"]
)
def test_security_headers_are_on_every_answer(app: FastAPI, address: str) -> None:
    headers = Caller(app).get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers
