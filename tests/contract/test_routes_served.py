"""Routes from a real server: ready in the background, answered at once from then on, never without the last planner."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.roads.shipped import load_roads

pytestmark = pytest.mark.slow

SIRA = [sys.executable, "-c", "from api.commands.main import main; main()"]
ROOT = Path(__file__).resolve().parents[2]
BODY = json.dumps({"waypoints": ["Sévaré", "Gao"]}).encode()


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIRA_")}
    return {**clean, "SIRA_HOME": str(home), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server on an empty home: it seeds, assesses and prepares the roads by itself."""
    server = subprocess.Popen(
        [*SIRA, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(home),
        cwd=ROOT,
    )
    assert server.stdout is not None
    for line in server.stdout:
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            break
    else:
        pytest.fail("the server did not start")
    try:
        yield match[0]
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=600) in (0, -signal.SIGTERM)
        server.stdout.close()


def get(address: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}{path}", timeout=600) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def ask(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(f"{address}/routes", data=BODY), timeout=600) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def wait_for(address: str, seconds: float = 600) -> None:
    until = time.monotonic() + seconds
    while get(address, "/ready")["routes"]["status"] != "ready":
        assert time.monotonic() < until
        time.sleep(0.5)


def test_nobody_waits_for_the_roads_but_is_told(address: str) -> None:
    refusals = []
    try:
        ask(address)
    except urllib.error.HTTPError as refused:
        refusals = [(refused.code, json.load(refused)["type"])]
        refused.close()
    assert refusals in ([], [(503, "urn:sira:problem:not-ready")])  # none where the roads were ready at once
    wait_for(address)
    answer = ask(address)
    assert answer["revision"] == get(address, "/ready")["revision"]
    assert answer["schematic"] is True


def test_an_import_of_roads_shows_by_itself_and_the_last_planner_answers_until_then(address: str, home: Path) -> None:
    wait_for(address)
    file = home / "roads.geojson"
    roads = load_roads()[["ref", "name", "highway", "surface", "geometry"]]
    file.write_text(roads.to_json(na="drop"), encoding="utf-8")
    subprocess.run(
        [*SIRA, "roads", "import", str(file)], env=environment(home), cwd=ROOT, check=True, timeout=600, stdout=-3
    )
    until = time.monotonic() + 600
    while ask(address)["schematic"]:  # an error would raise: there is an answer all the time
        assert time.monotonic() < until
        time.sleep(0.2)
    answer = ask(address)
    assert any("roads.geojson" in source["name"] for source in answer["sources"])
    assert 500 < answer["length_km"] < 540
