"""No JSON of the map, the layers or ``/ogc`` is larger than is sent at once: what is says where it is had in parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import pytest
import shapely
from fastapi import FastAPI
from service_of import Caller, keys_for, settings_in
from store_kit import batch, hazard_batch, hazards, incidents

from api.app import create_app
from api.base.access import OPERATOR
from api.base.sizes import MOST_BYTES, Most, TooLargeError
from api.map.file_data import file_data
from api.map.page import page_for

REPORTS: Final = 600
#: Less than the reports, and the hazard areas, take as one layer each.
LOW: Final = 50_000
PARTS: Final = {"items": "/ogc/collections/{}/items", "tiles": "/tiles/{}/tilejson.json", "exports": "/exports"}


def filled(home: Path, most_bytes: int) -> tuple[FastAPI, Caller]:
    """Return a service with `REPORTS` reports, half as many a day as days, and large hazard areas; and its admin."""
    app = create_app(settings_in(home), most_bytes=most_bytes)
    ids = [f"r{number:03}" for number in range(REPORTS)]
    days = np.datetime64("2021-01-01", "s") + np.arange(REPORTS) // 2 * np.timedelta64(1, "D")
    at = shapely.points(-6 + 0.05 * (np.arange(REPORTS) % 30), 13 + 0.05 * (np.arange(REPORTS) // 30))
    told = incidents(ids, date=days, narrative=["told " * 20] * REPORTS, geometry=at)
    app.state.service.store.add_incidents(batch(told))
    shapes = [shapely.Point(-4, 13 + 0.1 * number).buffer(0.01, quad_segs=300) for number in range(8)]
    areas = hazards([f"h{number}" for number in range(len(shapes))], geometry=shapes)
    app.state.service.store.add_hazards(hazard_batch(areas))
    return app, Caller(app, key=keys_for(app.state.service.store)["admin"])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, Caller]]:
    app, caller = filled(tmp_path_factory.mktemp("small"), LOW)
    yield app, caller
    app.state.service.close()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, Caller]]:
    app, caller = filled(tmp_path_factory.mktemp("usual"), MOST_BYTES)
    yield app, caller
    app.state.service.close()


def test_the_most_is_twenty_megabytes() -> None:
    assert MOST_BYTES == 20_000_000
    assert Most().nbytes == MOST_BYTES
    Most().check(MOST_BYTES)
    with pytest.raises(TooLargeError, match="20 MB"):
        Most().check(MOST_BYTES + 1)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("layer", "collection"), [("incidents", "incidents"), ("hazards", "hazard-areas")])
def test_a_layer_that_is_too_large_says_where_it_is_had_in_parts(
    small: tuple[FastAPI, Caller], usual: tuple[FastAPI, Caller], layer: str, collection: str, lang: str
) -> None:
    address = f"/layers/{layer}.geojson?lang={lang}"
    whole = usual[1].get(address)
    assert whole.status_code == 200
    assert len(whole.content) > LOW
    answer = small[1].get(address)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == "urn:sira:problem:answer-too-large"
    assert told["title"] == {"fr": "La réponse serait trop grande", "en": "The answer would be too large"}[lang]
    links = {link["rel"]: link for link in told["links"]}
    assert set(links) == set(PARTS)
    for rel, path in PARTS.items():
        assert links[rel]["href"] == f"http://sira.example{path.format(collection)}"
        assert links[rel]["href"] in told["detail"]
        there = small[1].get(path.format(collection))
        assert there.status_code == 200
    assert any(file["href"] == f"/exports/{collection}.fgb" for file in small[1].get("/exports").json()["files"])


def test_a_part_of_a_layer_that_is_small_enough_is_answered(small: tuple[FastAPI, Caller]) -> None:
    answer = small[1].get("/layers/incidents.geojson?start=2021-01-01&end=2021-01-20")
    assert answer.status_code == 200
    assert len(answer.json()["features"]) == 38
    assert len(answer.content) <= LOW


@pytest.mark.parametrize("order", ["", "&sortby=-source,source_id"])
@pytest.mark.parametrize("collection", ["incidents", "hazard-areas"])
def test_pages_end_before_they_are_too_large_and_lead_through_all(
    small: tuple[FastAPI, Caller], usual: tuple[FastAPI, Caller], collection: str, order: str
) -> None:
    address = f"/ogc/collections/{collection}/items?limit=10000{order}"
    wanted = usual[1].get(address).json()["features"]
    found, pages = [], 0
    follow: str | None = address
    before: str | None = None
    while follow is not None:
        answer = small[1].get(follow)
        assert answer.status_code == 200
        assert len(answer.content) <= LOW
        page = answer.json()
        assert page["numberReturned"] == len(page["features"]) > 0
        assert page["numberMatched"] == len(wanted)
        found += page["features"]
        pages += 1
        links = {link["rel"]: link["href"].removeprefix("http://sira.example") for link in page["links"]}
        follow, before = links.get("next"), links.get("prev")
    assert found == wanted
    assert pages > 1
    assert before is not None
    assert len(small[1].get(before).content) <= LOW


def test_one_feature_that_is_too_large_is_not_sent(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path), most_bytes=5_000)
    app.state.service.store.add_hazards(hazard_batch(hazards(["h0"], geometry=[shapely.Point(-4, 13).buffer(0.1, 99)])))
    caller = Caller(app, key=keys_for(app.state.service.store)["admin"])
    (name,) = app.state.service.store.hazards().index
    for address in ("/ogc/collections/hazard-areas/items", f"/ogc/collections/hazard-areas/items/{name}"):
        assert caller.get(address).status_code == 413
    app.state.service.close()


def test_the_map_draws_the_newest_and_says_how_many_it_leaves_out(small: tuple[FastAPI, Caller]) -> None:
    app, caller = small
    answer = caller.get("/map/incidents.json")
    assert len(answer.content) <= LOW
    told = answer.json()
    drawn = len(told["lon"])
    assert 0 < drawn < REPORTS
    assert told["left_out"] == REPORTS - drawn
    days = np.cumsum(told["day"]).astype("datetime64[D]")
    assert told["left_until"] in {str(days.min()), str(days.min() - 1)}
    newest = sorted(app.state.service.store.incidents()["date"], reverse=True)[:drawn]
    assert days.tolist() == [day.date() for day in newest]
    for number in (0, drawn - 1):
        asked = f"number={number}&revision={told['sira']['revision']}"
        report = caller.get(f"/map/incident.json?{asked}").json()["features"][0]["properties"]
        assert report["date"] == str(days[number])
    assert caller.get(f"/map/incident.json?number={drawn}&revision={told['sira']['revision']}").status_code == 404
    assert caller.get("/").status_code == 200


def test_the_usual_map_leaves_nothing_out(usual: tuple[FastAPI, Caller]) -> None:
    told = usual[1].get("/map/incidents.json").json()
    assert (len(told["lon"]), told["left_out"], told["left_until"]) == (REPORTS, 0, None)


def test_documents_of_counts_are_bounded(tmp_path: Path) -> None:
    app, caller = filled(tmp_path, 10_000)
    answer = caller.get("/map/outlines.json?level=commune")
    assert answer.status_code == 413
    assert "communes-2016" in answer.json()["detail"]
    app.state.service.close()


@pytest.mark.slow
def test_a_single_file_holds_the_newest_and_leaves_out_what_is_too_large(small: tuple[FastAPI, Caller]) -> None:
    service = small[0].state.service
    snapshot = service.read_snapshot()
    page = page_for(service.store, snapshot, OPERATOR, lang="fr")
    parts = file_data(service.store, snapshot, OPERATOR, page, None, most_bytes=LOW)
    assert "layer-hazards" not in parts
    held = parts["incidents"]["common"]["date"]
    for name in ("points", "incidents"):
        assert len(orjson.dumps(parts[name])) <= LOW
    assert 0 < len(held) == len(parts["points"]["common"]["lon"]) < REPORTS
    assert parts["points"]["common"]["left_out"] == REPORTS - len(held)
    assert held == sorted(held, reverse=True)
    assert json.dumps(held[0]) == '"2021-10-27"'
