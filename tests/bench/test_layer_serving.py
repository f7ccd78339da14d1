"""A cached layer against the usual way, returning a dict through FastAPI: the same 320 kB, one server, one run."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import orjson
import pytest
from load import load

from api.access import OPERATOR
from api.commands.serve import listen
from api.layers import layer_body
from api.queries import LayerName, parse_layer_query
from api.service import Service
from api.settings import Settings

pytestmark = pytest.mark.bench

BODY_BYTES = 320_000
LAYER = "/layers/cercles.geojson?lang=en"
LEAST_RATIO = 500
ROUNDS = 3


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a running server whose layers and ``/dict`` both answer the communes layer, cut to 320 kB."""
    home = tmp_path_factory.mktemp("bench")
    body_file = home / "body.json"
    body_file.write_bytes(communes(home))
    with listen("127.0.0.1", 0) as listening:
        number = int(listening.getsockname()[1])
        script = Path(__file__).with_name("served.py")
        arguments = [sys.executable, str(script), str(home), str(body_file), str(listening.fileno())]
        server = subprocess.Popen(arguments, pass_fds=[listening.fileno()], cwd=script.parents[2])
    try:
        wait_for(f"http://127.0.0.1:{number}/ready")
        yield number
    finally:
        server.terminate()
        server.wait(30)


def communes(home: Path) -> bytes:
    """Return as many communes, as the service encodes them, as fit into `BODY_BYTES`."""
    service = Service(Settings(home=home, store=""))
    snapshot = service.read_snapshot()
    query = parse_layer_query(LayerName.COMMUNES, b"", None, default_lang="en", boundaries=snapshot.boundaries)
    collection = orjson.loads(layer_body(service.store, snapshot, query, OPERATOR))
    service.close()
    size, kept = 0, []
    for feature in collection["features"]:
        size += len(orjson.dumps(feature)) + 1
        if size > BODY_BYTES:
            break
        kept.append(feature)
    return orjson.dumps({**collection, "features": kept})


def wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert answer.status == 200
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(address)


def test_a_cached_layer_is_500_times_a_dict(port: int, record_property: pytest.RecordProperty) -> None:
    brotli = "Accept-Encoding: br\r\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{LAYER}") as answer:
        copy = f"If-None-Match: {answer.headers['ETag']}\r\n"
    asked = {  # name → address, headers, seconds a round, connections
        "dict": ("/dict", "", 3.0, 2),
        "brotli": (LAYER, brotli, 1.0, 16),
        "identity": (LAYER, "", 1.0, 16),
        "304": (LAYER, copy, 1.0, 16),
    }
    # In turn, and the median of the rounds: what else the machine does falls on all alike.
    rounds = [
        {name: load(port, path, headers=headers, seconds=seconds, connections=connections)}
        for _ in range(ROUNDS)
        for name, (path, headers, seconds, connections) in asked.items()
    ]
    loads = {name: [each[name] for each in rounds if name in each] for name in asked}
    rate = {name: median(each.per_second for each in of_name) for name, of_name in loads.items()}
    ratio = rate["brotli"] / rate["dict"]
    print(
        f"\n{loads['dict'][0].length / 1000:.0f} kB body, requests/s: dict {rate['dict']:.1f}, layer as brotli "
        f"({loads['brotli'][0].length / 1000:.0f} kB) {rate['brotli']:.0f}, layer uncompressed {rate['identity']:.0f}, "
        f"304 {rate['304']:.0f}; layer/dict = {ratio:.0f}"
    )
    record_property("ratio", ratio)
    assert {name: {each.status for each in of_name} for name, of_name in loads.items()} == {
        "dict": {200},
        "brotli": {200},
        "identity": {200},
        "304": {304},
    }
    for name in ("dict", "identity"):
        assert loads[name][0].length == pytest.approx(BODY_BYTES, rel=0.02)
    assert ratio >= LEAST_RATIO
