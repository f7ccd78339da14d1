"""Routes over HTTP: the answer's members, who may ask, what is refused and how, and that nothing asked is written."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from gpx_structure import faults_of_gpx
from homes_kit import synthetic_home
from service_of import Caller, keys_for, newcomer, real_batch, settings_in

from api.app import create_app
from api.base.i18n import catalogue
from api.layers.layer import Attribute
from api.roads import planners
from api.roads import requests as route_requests
from api.roads.gpx import read_gpx, write_gpx
from api.roads.planners import ReadyPlanner
from api.roads.schemas import ALTERNATIVE, ANSWER, AXIS, PLACE, SEGMENT
from api.roads.stops import StopNameError, find_place
from geo.boundaries.places import Gazetteer, places
from geo.boundaries.regions import Boundaries
from geo.roads import shipped_network
from geo.roads.segments import cut_segments

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("fitted_once")]

JSON_TYPES = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose synthetic default is assessed."""
    return synthetic_home(tmp_path_factory.mktemp("routes")).home


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[FastAPI]:
    app = create_app(settings_in(home))
    until_ready(app)
    yield app
    closed(app)


def until_ready(app: FastAPI, address: str = "/axes", seconds: float = 600) -> None:
    """Ask until routes are answered; nothing here starts the application, so that the first question does."""
    until = time.monotonic() + seconds
    while (got := newcomer(app).get(address)).status_code == 503:
        assert time.monotonic() < until, got.text
        assert got.json()["type"] == "urn:sira:problem:not-ready"
        assert got.headers["retry-after"]
        time.sleep(0.2)


def closed(app: FastAPI) -> None:
    asyncio.run(app.state.planners.close())
    app.state.service.close()


@pytest.fixture(scope="module")
def keys(app: FastAPI) -> dict[str, str]:
    return keys_for(app.state.service.store)


def post(app: FastAPI, address: str, body: Any, key: str = "", **headers: str) -> httpx.Response:
    """Post from this machine, or from elsewhere with a key."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def ask() -> httpx.Response:
        peer, host = ("192.0.2.7", "sira.example") if key else ("127.0.0.1", "127.0.0.1:8000")
        transport = httpx.ASGITransport(app=app, client=(peer, 4711), raise_app_exceptions=False)
        sent = {"Accept-Language": "en", **({"Authorization": f"Bearer {key}"} if key else {}), **headers}
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=sent) as asking:
            return await asking.post(address, content=content)

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def answer(app: FastAPI) -> dict[str, Any]:
    got = post(app, "/routes", {"waypoints": ["Sévaré", "Douentza", "Gao"]})
    assert got.status_code == 200, got.text
    found: dict[str, Any] = got.json()
    return found


def conforms(told: dict[str, Any], attributes: tuple[Attribute, ...]) -> None:
    assert set(told) == {each.name for each in attributes}
    for each in attributes:
        value = told[each.name]
        if value is None:
            assert each.nullable, each.name
            continue
        assert isinstance(value, JSON_TYPES[each.type]), each.name
        assert each.type == "boolean" or not isinstance(value, bool), each.name
        assert not each.choices or value in each.choices, each.name


def test_the_answer_has_exactly_the_documented_members(answer: dict[str, Any]) -> None:
    conforms(answer, ANSWER)
    for segment in answer["segments"]:
        conforms(segment, SEGMENT)
    for alternative in answer["alternatives"]:
        conforms(alternative, ALTERNATIVE)


def test_sevare_gao_is_the_issue_s_route(answer: dict[str, Any]) -> None:
    assert 500 < answer["length_km"] < 540
    towns = [place["name"] for place in answer["places"]]
    order = [towns.index(name) for name in ("Sévaré", "Konna", "Douentza", "Hombori", "Gossi", "Gao")]
    assert order == sorted(order)
    assert answer["duration_min"] > 300
    estimate = answer["expected_incidents"]
    assert estimate["low"] <= estimate["value"] <= estimate["high"]
    assert 0 < answer["probability_any"] < 1
    assert answer["geometry"]["type"] == "LineString"
    assert 1 <= len(answer["alternatives"]) <= 5
    assert answer["alternatives"][0]["kind"] == "fastest"


def test_the_segments_add_up_to_the_route(answer: dict[str, Any]) -> None:
    parts = [each["expected_incidents"]["value"] for each in answer["segments"]]
    assert sum(parts) == pytest.approx(answer["expected_incidents"]["value"], rel=5e-3)  # the sum is rounded
    assert answer["segments"][-1]["to_km"] == pytest.approx(answer["length_km"], abs=2e-3)
    assert set(answer["worst"]) <= {each["segment_id"] for each in answer["segments"]}


def test_every_answer_says_what_its_numbers_are(answer: dict[str, Any]) -> None:
    assert answer["synthetic"] is True
    assert answer["schematic"] is True
    assert answer["period"]["start"] < answer["period"]["end"]
    assert answer["horizon_days"] == 30
    assert answer["interval"] == 0.9
    assert {source["name"] for source in answer["sources"]} >= {"synthetic"}
    assert len(answer["sources"]) >= 2  # the roads', too
    assert answer["corridor_km"] >= 15
    assert answer["widest_corridor_km"] >= answer["corridor_km"]
    said = " ".join(answer["caveats"])
    for words in ("Absence of records is not absence of hazard", "do not certify", "Seek current advice", "SYNTHETIC"):
        assert words in said


FORBIDDEN = ("safe", "safest", "safer", "safely", "safety", "sûr", "sûre", "sûrs", "sûres", "sûreté", "sécurisé")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_answer_calls_a_road_safe(app: FastAPI, lang: str) -> None:
    for address in ("/routes?from=Sévaré&to=Gao", "/axes?", "/places/gao/risk?"):
        text = newcomer(app).get(f"{address}&lang={lang}").text.lower()
        words = set("".join(c if c.isalpha() else " " for c in text).split())
        assert not words & set(FORBIDDEN), address


def test_the_words_of_routes_hold_no_such_word_in_either_language() -> None:
    root = Path(__file__).resolve().parents[2]
    files = [
        *(root / "api" / "roads").glob("*.py"),
        *(root / "api" / "web" / name for name in ("road_routes.py", "route_paths.py", "axes.py", "places.py")),
        *(root / "models" / "routes").glob("*.py"),
        root / "api" / "commands" / "route.py",
    ]
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
                template = ast.literal_eval(node.args[0])
                for text in (template, catalogue("fr").get(template, "")):
                    words = set("".join(c if c.isalpha() else " " for c in text.lower()).split())
                    assert not words & set(FORBIDDEN), f"{file.name}: {text}"


def test_every_spelling_and_every_form_asks_for_the_same_route(app: FastAPI) -> None:
    here = newcomer(app)
    ways = [
        here.get("/routes?from=Tombouctou&to=Gao&alternatives=false"),
        here.get("/routes?from=timbuktu&to=GAO&alternatives=false"),
        post(app, "/routes", {"waypoints": ["Timbuktu", "Gao"], "alternatives": False}),
    ]
    assert [each.status_code for each in ways] == [200] * 3
    assert len({each.json()["length_km"] for each in ways}) == 1
    points = [each["asked"] for each in ways[0].json()["waypoints"]]
    as_geojson = post(app, "/routes?alternatives=false", {"type": "MultiPoint", "coordinates": points})
    assert as_geojson.json()["length_km"] == ways[0].json()["length_km"]


def test_a_track_on_the_network_is_the_routed_one(app: FastAPI, answer: dict[str, Any]) -> None:
    by_line = post(app, "/routes/assess", answer["geometry"])
    assert by_line.status_code == 200, by_line.text
    assert by_line.json()["expected_incidents"] == pytest.approx(answer["expected_incidents"], rel=0.02)
    assert by_line.json()["share_off_network"] == 0
    line = np.array(answer["geometry"]["coordinates"])
    gpx = write_gpx("track", "", datetime(2025, 1, 1, tzinfo=UTC), [], line)
    by_gpx = post(app, "/routes/assess", gpx)
    assert by_gpx.json()["expected_incidents"] == by_line.json()["expected_incidents"]
    conforms(by_gpx.json(), ANSWER)


def test_a_recorded_track_there_and_back_is_assessed(app: FastAPI, answer: dict[str, Any]) -> None:
    there = np.array(answer["geometry"]["coordinates"])[:12]
    gpx = write_gpx("a < b", "", datetime(2026, 1, 1, tzinfo=UTC), [], np.concatenate([there, there[-2::-1]]))
    got = post(app, "/routes/assess", gpx)
    assert got.status_code == 200, got.text
    once = post(app, "/routes/assess", {"type": "LineString", "coordinates": there.tolist()}).json()
    assert got.json()["length_km"] == pytest.approx(2 * once["length_km"], abs=1)
    assert got.json()["expected_incidents"]["value"] == pytest.approx(once["expected_incidents"]["value"], rel=0.01)


def test_a_track_off_the_network_is_assessed_as_it_lies(app: FastAPI) -> None:
    got = post(app, "/routes/assess", {"type": "LineString", "coordinates": [[-2.5, 15.6], [-2.0, 15.7]]}).json()
    assert got["share_off_network"] == 1
    assert got["duration_min"] is None
    assert got["segments"][0]["segment_id"] is None


@pytest.mark.parametrize(
    ("body", "status", "parameter"),
    [
        (b"{", 422, "body"),
        ({"waypoints": ["Gao", "Nowhereville"]}, 422, "waypoints[1]"),
        ({"waypoints": ["Gao", [-5.0, 21.0]]}, 422, "waypoints[1]"),
        ({"waypoints": ["Gao", "Kidal"], "avoid": 1}, 422, "avoid"),
        ({"waypoints": ["Gao", "Kidal"], "horizon_days": 300}, 422, "horizon_days"),
        ({"waypoints": ["Gao", "Kidal"], "exclude_edges": ["0000000000000000"]}, 404, None),
    ],
)
def test_what_cannot_be_answered_says_why(app: FastAPI, body: Any, status: int, parameter: str | None) -> None:
    got = post(app, "/routes", body)
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json().get("parameter") == parameter
    assert got.json()["detail"]


def test_an_unknown_name_offers_the_nearest_spellings(app: FastAPI) -> None:
    got = newcomer(app).get("/routes?from=Gao&to=Nowhereville&lang=en")
    assert (got.status_code, got.json()["parameter"]) == (422, "to")
    assert len(got.json()["candidates"]) == 3


def test_a_name_of_several_places_offers_choices(app: FastAPI) -> None:
    name = "Bamba"  # a town of the Niger, a village near Koro, a commune of Koro
    got = newcomer(app).get(f"/routes?from=Gao&to={name}&lang=en")
    assert got.status_code == 422
    told = got.json()
    assert told["parameter"] == "to"
    assert "several places" in told["detail"]
    assert len(told["candidates"]) > 1
    assert all(choice in told["detail"] for choice in told["candidates"])
    in_body = post(app, "/routes", {"waypoints": ["Gao", name]}).json()
    assert (in_body["parameter"], in_body["candidates"]) == ("waypoints[1]", told["candidates"])
    for choice in told["candidates"]:  # each of them names one place: it has a route, or says why there is none
        chosen = newcomer(app).get(f"/routes?from=Gao&to={choice}&alternatives=false&max_snap_km=100")
        assert chosen.status_code in (200, 404), chosen.text


def test_a_unit_without_a_town_is_not_a_point_on_a_road(app: FastAPI) -> None:
    got = newcomer(app).get("/routes?from=Gao&to=taoudenit&lang=en")
    assert (got.status_code, got.json()["parameter"]) == (422, "to")
    assert "Taoudénit is a region, not a point on a road" in got.json()["detail"]
    towns = places()
    without = Gazetteer(towns[~towns["name"].isin(["Bankass"])])
    with pytest.raises(StopNameError, match="Bankass is a cercle, not a point on a road; name a town") as found:
        find_place("bankass", "via[0]", without, Boundaries.shipped())
    assert found.value.parameter == "via[0]"


def test_a_start_off_the_network_says_how_far_it_is(app: FastAPI) -> None:
    got = newcomer(app).get("/routes?from=-5,21&to=Gao&lang=en").json()
    assert got["parameter"] == "from"
    assert got["distance_km"] > 10
    assert "km from the nearest road" in got["detail"]


def test_an_exclusion_that_cuts_the_way_is_named(app: FastAPI) -> None:
    ring = shapely.geometry.mapping(shapely.Point(-0.05, 16.27).buffer(0.3))
    area = {"type": "Feature", "geometry": ring, "properties": {"name": "around Gao"}}
    got = post(app, "/routes", {"waypoints": ["Sévaré", "Gao"], "exclude_areas": area})
    assert got.status_code == 404
    assert "around Gao" in got.json()["detail"]
    assert got.json()["exclusions"] == ["the area around Gao"]


def test_bodies_are_read_up_to_a_limit(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    too_much = b" " * (route_requests.MOST_BYTES + 1)
    assert post(app, "/routes", too_much).status_code == 413
    assert post(app, "/routes", b"{}", **{"Content-Length": "99999999999999999999"}).status_code in (400, 413)
    assert post(app, "/routes/assess", b" " * (route_requests.MOST_TRACK_BYTES + 1)).status_code == 413


BOMB = (
    b'<!DOCTYPE g [<!ENTITY a "ha">]><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><name>&a;</name></trk></gpx>'
)


def test_hostile_tracks_are_refused(app: FastAPI) -> None:
    got = post(app, "/routes/assess", BOMB)
    assert got.status_code == 422
    assert "entities" in got.json()["detail"]


ADDRESSES = ["/routes?from=Gao&to=Kidal", "/axes", "/layers/axes.geojson", "/places/gao/risk"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_partners_and_above_ask_about_routes(app: FastAPI, keys: dict[str, str], address: str) -> None:
    assert Caller(app).get(address).status_code == 401
    assert Caller(app, key=keys["partner"]).get(address).status_code == 200
    assert newcomer(app).get(address).status_code == 200


def test_without_a_key_no_body_is_read(app: FastAPI) -> None:
    for address in ("/routes", "/routes/assess"):
        assert post(app, address, b"{", **{"X-Forwarded-For": "192.0.2.1"}).status_code == 401


def test_incidents_are_shown_as_far_as_the_reader_may_see(app: FastAPI, keys: dict[str, str]) -> None:
    body = {"waypoints": ["Sévaré", "Gao"], "alternatives": False}
    analyst = post(app, "/routes", body, keys["analyst"]).json()["incidents"]
    partner = post(app, "/routes", body, keys["partner"]).json()["incidents"]
    assert len(analyst) == len(partner) > 0
    assert {each["id"] for each in analyst}.isdisjoint(each["id"] for each in partner)
    for each in partner:
        assert each["source_id"] is None
        assert each["place_name"] is None
        assert each["location_precision"] != "exact"
        lonlat = np.array(each["geometry"]["coordinates"])
        assert (lonlat == lonlat.round(2)).all()
    assert any(
        (np.round(each["geometry"]["coordinates"], 2) != each["geometry"]["coordinates"]).any() for each in analyst
    )


def test_answers_may_not_be_kept(app: FastAPI) -> None:
    got = newcomer(app).get("/routes?from=Gao&to=Bourem")
    assert got.headers["cache-control"] == "no-store"
    assert "etag" not in got.headers


def test_axes_are_ranked_and_the_same_as_a_layer(app: FastAPI) -> None:
    got = newcomer(app).get("/axes?lang=en").json()
    rows = got["axes"]
    known = [row for row in rows if row["known_km"] > 0]
    assert all(row["expected_incidents"] is None and row["rank"] is None for row in rows if row not in known)
    for row in rows:
        conforms(row, AXIS)
    for row in known:
        for told in (row["expected_incidents"], row["per_100_km"], row["per_100_km_before"], row["change"]):
            assert told["low"] is None or told["low"] <= told["high"]
        now, before = row["per_100_km"]["value"], row["per_100_km_before"]["value"]
        assert row["change"]["value"] == pytest.approx(now - before, abs=0.006 * (now + before))
    rates = [row["per_100_km"]["value"] for row in known]
    assert rates == sorted(rates, reverse=True)
    assert {"RN6", "RN15", "RN16", "RN17"} <= {row["ref"] for row in rows}
    between = {row["name"]: row for row in rows if row["kind"] == "stretch"}
    assert set(between) == {"Konna–Gao", "Gao–Labbézanga", "Bandiagara–Bankass", "Tombouctou–Ber"}
    assert all(row["named_in"].startswith("S/20") for row in between.values())
    layer = newcomer(app).get("/layers/axes.geojson?lang=en").json()
    assert [feature["properties"] for feature in layer["features"]] == rows
    assert all(feature["geometry"] for feature in layer["features"])


def test_an_axis_between_towns_is_the_route_between_them(app: FastAPI) -> None:
    rows = {row["axis_id"]: row for row in newcomer(app).get("/axes?lang=en").json()["axes"]}
    got = newcomer(app).get("/routes?from=Gao&to=Labbézanga&month=1&alternatives=false").json()
    axis = rows["gao-labbezanga"]
    assert axis["length_km"] == pytest.approx(got["length_km"], abs=0.1)
    assert axis["expected_incidents"] == pytest.approx(got["expected_incidents"], rel=0.01)


def test_the_layer_of_axes_is_kept_encoded(app: FastAPI, keys: dict[str, str]) -> None:
    here = newcomer(app)
    first = here.get("/layers/axes.geojson", Accept_Encoding="br")
    assert (first.status_code, first.headers["content-encoding"]) == (200, "br")
    assert first.headers["content-type"] == "application/geo+json"
    again = here.get("/layers/axes.geojson", Accept_Encoding="br", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert here.get("/layers/axes.geojson", method="HEAD").headers["etag"].endswith('identity"')
    assert (
        here.get("/layers/axes.geojson?lang=fr").headers["etag"]
        != here.get("/layers/axes.geojson?lang=en").headers["etag"]
    )
    entries = {layer["name"]: layer for layer in Caller(app, key=keys["partner"]).get("/layers").json()["layers"]}
    assert entries["axes"]["href"] == "/layers/axes.geojson"
    assert entries["axes"]["open"] is True
    assert {layer["name"]: layer for layer in Caller(app).get("/layers").json()["layers"]}["axes"]["open"] is False


FORMS = {"json": "application/json", "geojson": "application/geo+json", "gpx": "application/gpx+xml"}


@pytest.mark.parametrize("form", FORMS)
def test_every_way_to_ask_answers_in_every_form(app: FastAPI, answer: dict[str, Any], form: str) -> None:
    here = newcomer(app)
    asked = {"waypoints": ["Sévaré", "Gao"], "alternatives": False}
    got = [
        here.get(f"/routes?from=Sévaré&to=Gao&f={form}"),
        here.get("/routes?from=Sévaré&to=Gao", Accept=FORMS[form]),
        post(app, f"/routes?f={form}", asked),
        post(app, "/routes", asked, Accept=f"text/html, {FORMS[form]};q=0.9, */*;q=0.1"),
        post(app, f"/routes/assess?f={form}", answer["geometry"]),
        post(app, "/routes/assess", answer["geometry"], Accept=FORMS[form]),
    ]
    for each in got:
        assert each.status_code == 200, each.text
        assert each.headers["content-type"] == FORMS[form]
        assert each.headers["cache-control"] == "no-store"
        assert "Accept" in each.headers["vary"].split(", ")
        if form == "gpx":
            assert faults_of_gpx(each.content) == []
            assert "SYNTHETI" in read_gpx(each.content, "x").name.upper() or "SYNTH" in read_gpx(each.content, "x").name
            assert each.text.count("<wpt ") == 2 * len(answer["worst"])
            assert "filename" in each.headers["content-disposition"]
        elif form == "geojson":
            collection = each.json()
            assert collection["type"] == "FeatureCollection"
            assert {"caveats", "period", "sources", "worst"} <= set(collection["sira"])
            assert [part["properties"]["part"] for part in collection["features"]].count("route") == 1
        else:
            conforms(each.json(), ANSWER)


@pytest.mark.parametrize("form", ["xml", "", "GPX", "<b>"])
def test_another_form_is_refused_by_its_name(app: FastAPI, form: str) -> None:
    here = newcomer(app)
    answers = [
        here.get(f"/routes?from=Gao&to=Bourem&lang=en&f={form}"),
        post(app, f"/routes?f={form}", {"waypoints": ["Gao", "Bourem"]}),
        post(app, f"/routes/assess?f={form}", {"type": "LineString", "coordinates": [[-2.5, 15.6], [-2.0, 15.7]]}),
    ]
    for got in answers:
        assert (got.status_code, got.json()["parameter"]) == (400, "f")
        assert "json, geojson, gpx" in got.json()["detail"]


@pytest.mark.parametrize("place", ["gao", "Tombouctou", "GAGO"])
def test_a_town_and_an_airstrip_have_a_risk_around_them(app: FastAPI, place: str) -> None:
    got = newcomer(app).get(f"/places/{place}/risk?lang=en")
    assert got.status_code == 200, got.text
    conforms(got.json(), PLACE)
    wrong = newcomer(app).get(f"/places/{place}/risk?radius_km=-1&lang=en")
    assert wrong.status_code == 422
    assert wrong.json()["parameter"] == "radius_km"
    assert newcomer(app).get("/places/nowhere-at-all/risk").json()["parameter"] == "place"


def test_one_planner_is_made_however_many_ask(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, go = [], threading.Event()
    original = planners.make_ready

    def make(*args: Any, **more: Any) -> ReadyPlanner:
        made.append(1)
        assert go.wait(60)
        return original(*args, **more)

    monkeypatch.setattr(planners, "make_ready", make)
    fresh = create_app(settings_in(home))

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=fresh, client=("127.0.0.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as asking:
            answers = await asyncio.gather(*(asking.get("/routes?from=Gao&to=Bourem&lang=en") for _ in range(4)))
            assert all("being prepared" in each.json()["detail"] for each in answers)
            state = (await asking.get("/ready")).json()["routes"]
            assert state == {"status": "not ready", "revision": None, "being_made": True}
        return [each.status_code for each in answers]

    assert asyncio.run(ask()) == [503] * 4
    go.set()
    until_ready(fresh)
    assert len(made) == 1
    assert Caller(fresh).get("/ready").json()["routes"] == {"status": "ready", "revision": 1, "being_made": False}
    closed(fresh)


def test_the_last_planner_answers_until_the_new_one_is_ready(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = home.parent / "replaced"
    shutil.copytree(home, own)
    app = create_app(settings_in(own))
    until_ready(app)
    go, original = threading.Event(), planners.make_ready
    monkeypatch.setattr(planners, "make_ready", lambda *args: go.wait(60) and original(*args))
    counts = own / "traffic.csv"
    segment = cut_segments(shipped_network()).index[0]
    counts.write_text(f"segment_id,vehicles_per_day,log_sd\n{segment},100,0.5\n", encoding="utf-8")
    address = "/routes?from=Sévaré&to=Konna&alternatives=false"
    got = newcomer(app).get(address)
    assert (got.status_code, got.json()["revision"], got.json()["passages"]) == (200, 1, None)
    assert Caller(app).get("/ready").json()["routes"] == {"status": "ready", "revision": 1, "being_made": True}
    go.set()
    until = time.monotonic() + 600
    while newcomer(app).get(address).json()["passages"] is None:
        assert time.monotonic() < until
        time.sleep(0.2)
    closed(app)


def test_what_cannot_be_prepared_is_told_and_not_tried_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = home.parent / "broken"
    shutil.copytree(home, own)
    (own / "traffic.csv").write_text("segment_id,vehicles_per_day,log_sd\nnowhere,100,0.5\n", encoding="utf-8")
    made, original = [], planners.make_ready
    monkeypatch.setattr(planners, "make_ready", lambda *args: made.append(1) or original(*args))
    app = create_app(settings_in(own))
    until = time.monotonic() + 600
    while "traffic.csv, row 2" not in (got := newcomer(app).get("/axes?lang=en")).json()["detail"]:
        assert time.monotonic() < until, got.text
        time.sleep(0.2)
    assert got.status_code == 503
    newcomer(app).get("/axes")
    assert len(made) == 1
    (own / "traffic.csv").unlink()
    until_ready(app)
    closed(app)


def test_nothing_asked_is_logged(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="sira"):
        post(app, "/routes", {"waypoints": ["Sévaré", "secretville"]})
        post(app, "/routes", {"waypoints": ["Gao", "Kidal"]})
    assert "secretville" not in caplog.text
    assert "Kidal" not in caplog.text


def test_the_first_real_incident_closes_routes(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path))
    app.state.service.store.add_incidents(real_batch())
    assert newcomer(app).get("/routes?from=Gao&to=Kidal").status_code == 401
    app.state.service.close()
