"""A cached layer against the usual way, returning a dict through FastAPI, and against the quickest that the framework
has, the bytes as they are: the same 320 kB, one server, one run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from load import Load, load

from api.base.access import OPERATOR
from api.base.service import Service
from api.base.settings import Settings
from api.commands.serve import listen
from api.layers.query import parse_layer_query
from api.layers.registry import LAYERS
from api.layers.tables import layer_body

pytestmark = pytest.mark.bench

BODY_BYTES = 320_000
LAYER = "/layers/cercles.geojson?lang=en"
LEAST_RATIO = 500
MOST_TIMES_STATIC = 1.5
ROUNDS = 5


class Server(NamedTuple):
    """A running server."""

    port: int
    pid: int


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server whose layers and ``/dict`` both answer the communes layer, cut to 320 kB."""
    home = tmp_path_factory.mktemp("bench")
    body_file = home / "body.json"
    body_file.write_bytes(communes(home))
    with listen("127.0.0.1", 0) as listening:
        number = int(listening.getsockname()[1])
        script = Path(__file__).with_name("served.py")
        arguments = [sys.executable, str(script), str(home), str(body_file), str(listening.fileno())]
        process = subprocess.Popen(arguments, pass_fds=[listening.fileno()], cwd=script.parents[2])
    try:
        wait_for(f"http://127.0.0.1:{number}/ready")
        yield Server(number, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def communes(home: Path) -> bytes:
    """Return as many communes, as the service encodes them, as fit into `BODY_BYTES`."""
    service = Service(Settings(home=home, store=""))
    snapshot = service.read_snapshot()
    query = parse_layer_query(LAYERS["communes"], b"", None, default_lang="en", boundaries=snapshot.boundaries)
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
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(address)


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_cached_layer_is_500_times_a_dict_and_near_static_bytes(
    server: Server, record_property: pytest.RecordProperty
) -> None:
    """Held on requests per second of the server's one processor: what else the machine does changes both rates by
    the clock, and by different shares, since one takes turns with the load generator and the other does not."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{LAYER}") as answer:
        copy = f"If-None-Match: {answer.headers['ETag']}\r\n"
    asked = {  # name → address, headers, seconds a round, connections
        "dict": ("/dict", "", 2.0, 2),
        "brotli": (LAYER, "Accept-Encoding: br\r\n", 1.0, 16),
        "identity": (LAYER, "", 1.0, 16),
        "static": ("/static", "", 1.0, 16),
        "304": (LAYER, copy, 1.0, 16),
    }
    loads: dict[str, list[Load]] = {name: [] for name in asked}
    used = dict.fromkeys(asked, 0.0)
    for _ in range(ROUNDS):
        for name, (path, headers, seconds, connections) in asked.items():
            before = processor_seconds(server.pid)
            loads[name].append(load(server.port, path, headers=headers, seconds=seconds, connections=connections))
            used[name] += processor_seconds(server.pid) - before
    clock = {name: max(each.answers / each.seconds for each in rounds) for name, rounds in loads.items()}
    rate = {name: sum(each.answers for each in rounds) / used[name] for name, rounds in loads.items()}
    ratio = rate["brotli"] / rate["dict"]
    print(f"\n{BODY_BYTES / 1000:.0f} kB body; requests/s of the server's processor (best round by the clock):")
    for name, rounds in loads.items():
        print(f"  {name:9} {rounds[0].length / 1000:4.0f} kB {rate[name]:8.1f} ({clock[name]:.1f})")
    print(f"  cached layer / dict = {ratio:.0f} ({clock['brotli'] / clock['dict']:.0f} by the clock)")
    times = rate["static"] / rate["identity"]
    print(f"  time of the cached layer / of static bytes = {times:.2f} (304: {rate['static'] / rate['304']:.2f})")
    record_property("ratio", ratio)
    record_property("times_static", times)
    for name, status in (("dict", 200), ("brotli", 200), ("identity", 200), ("static", 200), ("304", 304)):
        assert {each.status for each in loads[name]} == {status}
    for name in ("dict", "identity", "static"):
        assert loads[name][0].length == pytest.approx(BODY_BYTES, rel=0.02)
    assert ratio >= LEAST_RATIO
    assert times <= MOST_TIMES_STATIC
