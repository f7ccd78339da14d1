"""OGC API - Features against pygeoapi and tipg: the same 1,000 incidents, one process each, one run.

Each is asked in turn for one page of all incidents over and over, and then for that page under a box that no request
before it had: what a cache may answer, and what it may not.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from load import Load, load
from peers import pygeoapi, tipg, wait_for
from store_kit import batch

from api.base.access import OPERATOR
from api.base.service import Service
from api.base.settings import Settings
from api.collections.registry import collections
from api.collections.tables import OwnPlanners, Tables
from api.commands.serve import listen
from api.ogc.encoded import encode_features
from geo.store import Store

pytestmark = pytest.mark.bench

FEATURES = 1_000
LEAST_RATIO = 5
CONNECTIONS = 4
ROUNDS = 3
ROUND_S = 3.0
#: Boxes that all hold every place of Mali, a new one for each request that a round may make.
BOXES = 2_000
MOST_GZIPPED = 500_000
LEAST_ENCODING_RATIO = 10
ENCODINGS = 30


def get(port: int, path: str, **headers: str) -> bytes:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=sent)) as answer:
        return answer.read()


@pytest.fixture(scope="module")
def sira(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a service with the synthetic incidents that have a point, some twice, all open to this machine."""
    home = tmp_path_factory.mktemp("ogc")
    with Store.open(f"sqlite:///{home / 'default.sqlite'}") as default:
        known = default.incidents().dropna(subset="geometry")
    again = known.iloc[: FEATURES - len(known)]
    frame = pd.concat([known, again.set_index(again.index + "-again")])
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}", seed=False) as store:
        store.add_incidents(batch(frame))
    with listen("127.0.0.1", 0) as listening:
        port, descriptor = int(listening.getsockname()[1]), listening.fileno()
        script = Path(__file__).with_name("served_ogc.py")
        command = [sys.executable, str(script), str(home), str(descriptor)]
        process = subprocess.Popen(command, pass_fds=[descriptor], cwd=script.parents[2])
    try:
        wait_for(f"http://127.0.0.1:{port}/ready", process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def served(
    sira: int, postgis_url: str, peers_python: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[int, str]]]:
    """Each server's port and the path of its 1,000 incidents; all answer the same features."""
    paths = {"sira": (sira, f"/ogc/collections/incidents/items?limit={FEATURES}")}
    features = json.loads(get(*paths["sira"]))["features"]
    frame = gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
    frame.index = [feature["id"] for feature in features]
    frame.index.name = "id"
    schema = f"bench_{uuid.uuid4().hex}"
    with ExitStack() as running:
        port = running.enter_context(tipg(peers_python, postgis_url, schema, frame))
        paths["tipg"] = (port, f"/collections/{schema}.incidents/items?f=geojson&limit={FEATURES}")
        port = running.enter_context(pygeoapi(peers_python, tmp_path_factory.mktemp("pygeoapi"), features))
        paths["pygeoapi"] = (port, f"/collections/incidents/items?f=json&limit={FEATURES}")
        expected = contents(features)
        for name, path in paths.items():
            assert contents(json.loads(get(*path))["features"]) == expected, name
        yield paths


def contents(features: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return each feature's position and properties by its id; its own id among them does not count."""
    return {
        feature["id"]: (
            feature["geometry"] and [round(side, 9) for side in feature["geometry"]["coordinates"]],
            {name: value for name, value in feature["properties"].items() if name != "id"},
        )
        for feature in features
    }


@pytest.mark.postgis
@pytest.mark.parametrize("question", ["one page", "another box each time"])
def test_1000_incidents_are_5_times_pygeoapi_and_tipg(served: dict[str, tuple[int, str]], question: str) -> None:
    boxes = [f"-{13 + number / 1_000:.3f},9,5,26" for number in range(BOXES)]
    loads: dict[str, list[Load]] = {name: [] for name in served}
    for turn in range(ROUNDS):
        for name, (port, path) in served.items():
            asked: str | list[str] = path
            if question != "one page":
                mine = boxes[turn * BOXES // ROUNDS : (turn + 1) * BOXES // ROUNDS]
                asked = [f"{path}&bbox={box}" for box in mine]
            loads[name].append(load(port, asked, seconds=ROUND_S, connections=CONNECTIONS))
    rate = {name: max(each.answers / each.seconds for each in rounds) for name, rounds in loads.items()}
    p99 = {name: min(each.p99_s for each in rounds) for name, rounds in loads.items()}
    print(f"\n{FEATURES} incidents, {question}: requests/s (p99), best of {ROUNDS} rounds, {CONNECTIONS} connections")
    for name in served:
        ratio = rate["sira"] / rate[name]
        length = loads[name][0].length / 1e6
        print(f"  {name:9} {rate[name]:8.1f} ({p99[name] * 1000:6.1f} ms), {length:.2f} MB; Sira: {ratio:.1f} times")
    for name in set(served) - {"sira"}:
        assert {each.status for each in loads[name]} == {200}
        assert rate["sira"] >= LEAST_RATIO * rate[name]
        assert max(each.p99_s for each in loads["sira"]) < p99[name]


def test_701_communes_are_small(sira: int) -> None:
    """As GeoJSON, gzipped: what a slow line has to carry."""
    path = "/ogc/collections/communes-2015/items?limit=1000"
    body = get(sira, path, Accept_Encoding="gzip")
    assert len(json.loads(gzip.decompress(body))["features"]) == 701
    print(
        f"\n701 communes as GeoJSON: {len(body) / 1000:.0f} kB gzipped, {len(gzip.decompress(body)) / 1e6:.2f} MB plain"
    )
    assert len(body) <= MOST_GZIPPED


def least_s(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least processor time of several runs, and what the last one gave."""
    taken, result = [], None
    for _ in range(ENCODINGS):
        start = time.process_time()
        result = work()
        taken.append(time.process_time() - start)
    return min(taken), result


def test_701_communes_are_encoded_10_times_as_fast_as_to_json(tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path, store=""))
    try:
        snapshot = service.read_snapshot()
        tables = Tables(service, OwnPlanners(service))
        table = tables.table(collections(snapshot)["communes-2015"], snapshot, OPERATOR, "en")
        ours, encoded = least_s(lambda: encode_features(table, "http://www.opengis.net/def/crs/OGC/1.3/CRS84"))
        usual, text = least_s(table.frame.to_json)
        features, same = json.loads(b"[" + encoded.body + b"]"), json.loads(text)["features"]
        assert len(features) == 701
        assert [(each["id"], each["properties"]) for each in features] == [
            (each["id"], each["properties"]) for each in same
        ]
        ratio = usual / ours
        vertices = shapely.get_num_coordinates(table.frame.geometry.to_numpy()).sum()
        print(
            f"\n701 communes ({vertices} vertices): {ours * 1000:.1f} ms; GeoDataFrame.to_json "
            f"{usual * 1000:.0f} ms; ratio {ratio:.0f}"
        )
        assert ratio >= LEAST_ENCODING_RATIO
    finally:
        service.close()
