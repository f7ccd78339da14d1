"""What a GIS officer opens, opened by PyQGIS: files as GeoPackage and FlatGeobuf, and the project of a live service."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pyogrio
import pytest
import uvicorn
from assessment_kit import coarse_domain
from exports_kit import assessed, recipient, synthetic_service

from api.app import create_app
from api.base.access import Audience
from api.base.palette import BAND_COLOURS, PALETTE, RATE_COLOURS
from api.base.settings import Settings
from api.collections.registry import collections
from api.commands.serve import server_options
from api.exports.package import write_package
from api.exports.single import FORMATS
from api.roads.planners import Planners, make_ready
from models.risk.class_limits import Band
from models.risk.target import Target
from models.routes.planner import RoutePlanner
from models.routes.road_risk import RoadRisk

pytestmark = pytest.mark.qgis
LOOK = Path(__file__).with_name("look.py")
CHOSEN = ("cercles-2016", "communes-2023", "risk-cercles-2016", "risk-cells", "hotspots", "incidents", "hazard-areas")


def look(python: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """Return what PyQGIS says, its state kept out of the person's home."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))},
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
        "QGIS_CUSTOM_CONFIG_PATH": str(folder),
    }
    done = subprocess.run(
        [python, str(LOOK), *arguments], capture_output=True, text=True, env=environment, timeout=600, check=False
    )
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, qgis_python: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A GeoPackage and FlatGeobuf files for analysts, in French, and what PyQGIS finds in them."""
    folder = tmp_path_factory.mktemp("files")
    service = synthetic_service(folder / "home")
    person = recipient(service, Audience.ANALYST)
    chosen = [person.collection(name) for name in CHOSEN]
    write_package(service, person, chosen, folder / "mali.gpkg", lambda _: None)
    for name in ("incidents", "places"):
        FORMATS["fgb"].write(person, person.collection(name), folder / f"{name}.fgb")
    paths = [str(folder / name) for name in ("mali.gpkg", "incidents.fgb", "places.fgb")]
    yield folder, look(qgis_python, folder, "layers", *paths)["layers"]
    service.close()


def test_gdal_finds_no_fault_in_the_geopackage(files: tuple[Path, dict[str, Any]], qgis_python: str) -> None:
    command = [qgis_python, "-m", "osgeo_utils.samples.validate_gpkg", str(files[0] / "mali.gpkg")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_validator_does_find_faults(files: tuple[Path, dict[str, Any]], qgis_python: str, tmp_path: Path) -> None:
    import sqlite3

    broken = tmp_path / "broken.gpkg"
    broken.write_bytes((files[0] / "mali.gpkg").read_bytes())
    with sqlite3.connect(broken) as connection:
        connection.execute("UPDATE gpkg_metadata_reference SET md_file_id = 999")
    connection.close()
    command = [qgis_python, "-m", "osgeo_utils.samples.validate_gpkg", str(broken)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    assert subprocess.run(command, capture_output=True, env=environment, timeout=600, check=False).returncode != 0


def test_qgis_reads_every_layer_whole(files: tuple[Path, dict[str, Any]]) -> None:
    folder, layers = files
    for name in CHOSEN:
        layer = layers[name.replace("-", "_")]
        info = pyogrio.read_info(folder / "mali.gpkg", layer=name.replace("-", "_"))
        assert layer["valid"]
        assert layer["crs"] == "EPSG:4326"
        assert layer["count"] == info["features"] == len(set(layer["ids"]))
    incidents = layers["incidents"]
    assert incidents["types"]["killed_total"] == "Integer64"
    assert incidents["types"]["date"] == "Date"
    assert incidents["types"]["synthetic"] == "Boolean"
    assert incidents["types"]["location_error_km"] == "Real"
    assert incidents["null_geometries"] > 0
    assert layers["incidents.fgb"]["count"] == incidents["count"]
    assert set(layers["incidents.fgb"]["ids"]) == set(incidents["ids"])
    assert layers["places.fgb"]["valid"]


def test_qgis_draws_as_the_web_map_does(files: tuple[Path, dict[str, Any]]) -> None:
    _, layers = files
    risk = layers["risk_cercles_2016"]
    assert risk["renderer"] == "RuleRenderer"
    shown = {kind[0][1] for kind in risk["symbols"][:-1]}
    assert shown == set(BAND_COLOURS.values())
    assert len(risk["symbols"]) == len(Band)
    unknown = [kind for kind, _ in risk["symbols"][-1]]
    assert unknown == ["SimpleFill", "LinePatternFill", "LinePatternFill"]
    assert risk["symbols"][-1][0][1] == PALETTE["paper"]
    counts = layers["cercles_2016"]
    assert counts["renderer"] == "RuleRenderer"
    assert [symbol[0][1] for symbol in counts["symbols"][:5]] == list(RATE_COLOURS)
    assert [kind for kind, _ in counts["symbols"][-1]] == ["SimpleFill", "LinePatternFill"]
    assert len(layers["hotspots"]["legend"]) == 3
    assert layers["risk_cells"]["renderer"] == "RuleRenderer"


def test_words_are_in_the_chosen_language(files: tuple[Path, dict[str, Any]]) -> None:
    _, layers = files
    risk = layers["risk_cercles_2016"]
    assert risk["legend"][0] == "Classes\xa0: incidents recensés attendus par cercle et 91 jours"
    assert risk["legend"][1].startswith("très élevé")
    assert risk["legend"][-1] == "non évalué"
    assert risk["aliases"]["name"] == "Nom"
    assert risk["aliases"]["id"] == "Identifiant"
    assert risk["title"].startswith("Données synthétiques\u202f: Incidents recensés attendus par cercle")
    assert "Données synthétiques" in risk["abstract"]
    assert "audience: analyst" in risk["abstract"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """A running service with its assessment and its roads, and its address."""
    app = create_app(Settings(home=tmp_path_factory.mktemp("live"), store="", lang="fr"))
    service = assessed(app.state.service)
    snapshot = service.read_snapshot()
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as listening:
        patch.setattr(RoutePlanner, "build", partial(RoutePlanner.build, domain=coarse_domain(snapshot.boundaries)))
        patch.setattr(RoadRisk, "alpha", lambda _: 1.0)  # not to be had from coarse cells: Bamako has none
        assessment = service.shelf.get(snapshot.revision, Target.IED)
        ready = make_ready(service.store, snapshot.boundaries, assessment, service.settings.home)
        patch.setattr(Planners, "_shown", lambda *_: ready)
        server = uvicorn.Server(uvicorn.Config(app, **server_options()))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        deadline = time.monotonic() + 600
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        host, port = listening.getsockname()[:2]
        yield f"http://{host}:{port}", snapshot
        server.should_exit = True
        thread.join(60)


def test_the_project_opens_with_every_layer_of_the_live_service(
    live: tuple[str, Any], qgis_python: str, tmp_path: Path
) -> None:
    address, snapshot = live
    answer = httpx.get(f"{address}/exports/sira.qgz?lang=en", timeout=600)
    assert answer.status_code == 200
    (tmp_path / "sira.qgz").write_bytes(answer.content)
    found = look(qgis_python, tmp_path, "project", str(tmp_path / "sira.qgz"))
    assert found["read"] is True
    assert found["title"].startswith("Synthetic data: ")
    assert list(found["groups"]) == ["Threat", "Access", "Response", "Background"]
    assert "sira_layer_hazard_areas" in found["groups"]["Response"]
    assert "sira_layer_road_segments" in found["groups"]["Access"]
    order = [name.removeprefix("sira_layer_") for name in found["order"]]
    assert order.index("places") < order.index("hazard_areas") < order.index("road_segments")
    assert order.index("road_segments") < order.index("hotspots") < order.index("cercles_2016")
    assert found["crs"] == "EPSG:4326"
    blank = [name for name, share in found["covered"].items() if share == 0]
    assert not blank
    for name in ("risk_surface", "risk_cercles_2016", "cercles_2016", "risk_cells"):  # drawn wherever Mali is
        assert found["covered"][f"sira_layer_{name}"] > 0.3, name
    invalid = [name for name, layer in found["layers"].items() if not layer["valid"]]
    assert not invalid
    known = {f"sira_layer_{name.replace('-', '_')}" for name in collections(snapshot)}
    assert set(found["layers"]) == known | {"sira_layer_risk_surface"}
    for name, layer in found["layers"].items():
        if layer["provider"] == "OAPIF":
            assert layer["count"] > 0, name
            assert layer["aliases"]["id"] == "Identifier", name
    assert found["layers"]["sira_layer_risk_cercles_2016"]["legend"][1].startswith("very high")
