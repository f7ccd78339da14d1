"""What each audience gets over HTTP: the table of docs/api.md, and the ways around it."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from service_of import HOSTILE, Caller, keys_for, newcomer, real_batch, settings_in

from api.app import create_app
from api.base.keys import close_if_real
from api.base.service import REFRESH_S
from api.layers import serving
from api.layers.registry import RISK_LAYERS
from api.layers.tables import layer_body
from geo.store import Store

OPEN_LAYERS = ("regions", "cercles", "roads", "places")
CLOSED_LAYERS = ("communes", "incidents", "hazards")
LAYERS = (*OPEN_LAYERS, *CLOSED_LAYERS)


@dataclass(frozen=True)
class Installation:
    app: FastAPI
    store: Store
    keys: dict[str, str]


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(settings_in(tmp_path_factory.mktemp("synthetic")))
    yield app
    app.state.service.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    app = create_app(settings_in(tmp_path_factory.mktemp("real")))
    store = app.state.service.store
    store.add_incidents(real_batch())
    yield Installation(app, store, keys_for(store))
    app.state.service.close()


@pytest.mark.parametrize("layer", LAYERS)
def test_a_newcomer_sees_every_layer_of_the_synthetic_default(synthetic: FastAPI, layer: str) -> None:
    answer = newcomer(synthetic).get(f"/layers/{layer}.geojson")
    assert answer.status_code == 200
    if layer not in ("roads", "places"):
        assert answer.json()["sira"]["synthetic"] is True


@pytest.mark.parametrize("layer", CLOSED_LAYERS)
@pytest.mark.parametrize(
    ("peer", "host", "header"),
    [
        ("192.0.2.7", "127.0.0.1:8000", {}),
        ("127.0.0.1", "rebound.example", {}),
        ("127.0.0.1", "127.0.0.1:8000", {"X_Forwarded_For": "192.0.2.7"}),
        ("127.0.0.1", "127.0.0.1:8000", {"Forwarded": "for=192.0.2.7"}),
    ],
)
def test_nobody_else_does(synthetic: FastAPI, layer: str, peer: str, host: str, header: dict[str, str]) -> None:
    answer = Caller(synthetic, peer=peer, host=host).get(f"/layers/{layer}.geojson", **header)
    assert answer.status_code == 401
    assert answer.json()["audience"] == "partner"
    assert "Bearer" in answer.headers["www-authenticate"]
    assert "Basic" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("layer", CLOSED_LAYERS)
def test_real_data_is_closed_to_this_machine_too(real: Installation, layer: str) -> None:
    assert newcomer(real.app).get(f"/layers/{layer}.geojson").status_code == 401


@pytest.mark.parametrize("layer", OPEN_LAYERS)
def test_the_public_sees_reference_and_coarse_counts(real: Installation, layer: str) -> None:
    answer = Caller(real.app).get(f"/layers/{layer}.geojson")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("parameter", ["start=2024-03-11", "end=2024-03-12", "start=2024-03-11&end=2024-03-12"])
@pytest.mark.parametrize("layer", ["regions", "cercles"])
def test_the_public_gets_no_days(real: Installation, layer: str, parameter: str) -> None:
    address = f"/layers/{layer}.geojson?{parameter}&lang=en"
    answer = Caller(real.app).get(address)
    assert answer.status_code == 401
    assert "month" in answer.json()["detail"]
    assert Caller(real.app, key=real.keys["partner"]).get(address).status_code == 200


def test_whole_months_of_the_public_add_up_and_reveal_no_day(real: Installation) -> None:
    """The counts of a range are the sums of its months: a difference of two ranges is a range of months."""
    public = Caller(real.app)

    def total(start: str, end: str) -> float:
        features = public.get(f"/layers/cercles.geojson?start={start}&end={end}").json()["features"]
        return sum(feature["properties"]["events"] for feature in features)

    months = [total("2024-02", "2024-03"), total("2024-03", "2024-04"), total("2024-04", "2024-05")]
    assert months[1] >= 3
    assert total("2024-02", "2024-05") == pytest.approx(sum(months))


def test_public_answers_hold_no_text_no_points_no_days(real: Installation) -> None:
    """Whatever the public may ask, the bytes hold no narrative, place name, source id, day or exact coordinate."""
    addresses = [f"/layers/{layer}.geojson" for layer in ("regions", "cercles")]
    addresses += [f"/layers/regions.geojson?vintage={vintage}" for vintage in ("2015", "2023")]
    addresses += ["/layers/cercles.geojson?start=2024-03&end=2024-04&hazard=ied", "/layers", "/figures.json", "/api"]
    for address in addresses:
        answer = Caller(real.app).get(address)
        assert answer.status_code == 200, address
        text = answer.text
        assert "onerror" not in text
        assert "-4.12345" not in text
        assert "imsma:" not in text
        if address.startswith("/layers/"):
            for feature in answer.json()["features"]:
                days = [v for v in feature["properties"].values() if re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", str(v))]
                assert not days


def test_partners_see_communes_areas_and_rounded_points_without_text(real: Installation) -> None:
    partner = Caller(real.app, key=real.keys["partner"])
    assert partner.get("/layers/communes.geojson").status_code == 200
    assert partner.get("/layers/hazards.geojson").status_code == 200
    answer = partner.get("/layers/incidents.geojson?start=2024-03&end=2024-04")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "onerror" not in answer.text
    assert not any(name in answer.text for name in real.store.incidents().index)
    features = answer.json()["features"]
    assert len(features) == 3
    for feature in features:
        assert all(round(value, 2) == value for value in feature["geometry"]["coordinates"])
        assert feature["properties"]["source_id"] is None
        assert feature["properties"]["location_precision"] == "within_km"


@pytest.mark.parametrize("audience", ["analyst", "admin"])
def test_analysts_see_everything_as_text(real: Installation, audience: str) -> None:
    answer = Caller(real.app, key=real.keys[audience]).get("/layers/incidents.geojson?start=2024-03&end=2024-04")
    first = answer.json()["features"][0]
    assert first["properties"]["narrative"] == HOSTILE
    assert first["geometry"]["coordinates"] == [-4.123456, 14.456789]
    assert first["properties"]["date"] == "2024-03-11"


def test_what_one_audience_asked_is_not_served_to_another(real: Installation) -> None:
    address = "/layers/incidents.geojson?start=2024-03&end=2024-04&hazard=ied"
    assert "onerror" in Caller(real.app, key=real.keys["analyst"]).get(address).text
    assert "onerror" not in Caller(real.app, key=real.keys["partner"]).get(address).text
    assert Caller(real.app).get(address).status_code == 401
    etag = Caller(real.app, key=real.keys["analyst"]).get(address).headers["etag"]
    assert Caller(real.app).get(address, If_None_Match=etag).status_code == 401


def test_a_key_as_the_password_of_basic(real: Installation) -> None:
    credentials = base64.b64encode(f"qgis:{real.keys['analyst']}".encode()).decode()
    answer = Caller(real.app).get("/layers/incidents.geojson", Authorization=f"Basic {credentials}")
    assert answer.status_code == 200


@pytest.mark.parametrize("layer", LAYERS)
def test_a_wrong_key_opens_nothing_not_even_what_is_open(real: Installation, layer: str) -> None:
    answer = Caller(real.app, key="sira_wrong").get(f"/layers/{layer}.geojson?lang=en")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "sira_wrong" not in answer.text


def test_a_revoked_key_opens_nothing(real: Installation) -> None:
    key = keys_for(real.store)["partner"]
    caller = Caller(real.app, key=key)
    assert caller.get("/layers/communes.geojson").status_code == 200
    real.store.keys.revoke(real.store.keys.list()[-3].id)
    time.sleep(REFRESH_S * 1.2)
    assert caller.get("/layers/communes.geojson").status_code == 401


def test_the_first_real_import_closes_a_running_service(tmp_path: Path) -> None:
    """The import comes from another process, so to say: a second store on the same file."""
    settings = settings_in(tmp_path)
    app = create_app(settings)
    here = newcomer(app)
    assert here.get("/layers/incidents.geojson").status_code == 200
    with Store.open(settings.store_url) as elsewhere:
        elsewhere.add_incidents(real_batch())
        key = close_if_real(elsewhere)
    assert key is not None
    # Never asked before, so not kept: decided on the new revision at once, without waiting for the next look.
    assert here.get("/layers/incidents.geojson?start=2024-01").status_code == 401
    assert here.get("/layers/incidents.geojson").status_code == 401
    assert Caller(app, key=key).get("/layers/incidents.geojson?start=2024-01").status_code == 200
    app.state.service.close()


def test_an_import_while_a_body_is_made_closes_before_it_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings_in(tmp_path))
    made = []

    def interrupted(store: Store, *arguments: Any) -> bytes:
        if not made:
            store.add_incidents(real_batch())
        made.append(layer_body(store, *arguments))
        return made[-1]

    monkeypatch.setattr(serving, "layer_body", interrupted)
    answer = newcomer(app).get("/layers/incidents.geojson")
    assert answer.status_code == 401
    assert b"onerror" in made[0]  # what was read, and must not be sent
    app.state.service.close()


def test_the_index_says_what_the_caller_may_see(real: Installation) -> None:
    def open_layers(caller: Caller) -> set[str]:
        return {layer["name"] for layer in caller.get("/layers").json()["layers"] if layer["open"]}

    assert open_layers(Caller(real.app)) == {*OPEN_LAYERS, "risk-regions", "risk-cercles"}
    of_model = {*RISK_LAYERS, "axes"}
    assert open_layers(Caller(real.app, key=real.keys["partner"])) == {*LAYERS, *of_model}


def test_login_asks_a_browser_for_a_key(real: Installation) -> None:
    assert Caller(real.app).get("/login").status_code == 401
    answer = Caller(real.app, key=real.keys["partner"]).get("/login")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
