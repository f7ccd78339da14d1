"""``sira serve`` and ``sira keys`` as a person runs them: processes of their own, real sockets."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homes_kit import synthetic_home
from service_of import settings_in

from api.base.assessments import Shelf
from api.base.keys import hash_key
from geo.store import Store
from models.risk.target import Target

pytestmark = pytest.mark.slow

SIRA = [sys.executable, "-c", "from api.commands.main import main; main()"]
ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIRA_")}
    return {**clean, "SIRA_HOME": str(home), "PYTHONUNBUFFERED": "1", **more}


def sira(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SIRA, *arguments],
        capture_output=True,
        text=True,
        env=environment(home, **more),
        cwd=ROOT,
        check=False,
        timeout=600,
    )


def test_serve_says_where_it_answers_and_writes_nothing_of_what_is_asked(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [*SIRA, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(tmp_path),
        cwd=ROOT,
    )
    assert server.stdout is not None
    lines = []
    for line in server.stdout:
        lines.append(line)
        if match := re.search(r"http://127\.0\.0\.1:\d+", line):
            break
    else:
        pytest.fail("".join(lines))
    address = match[0]
    try:
        layer = f"{address}/layers/cercles.geojson?start=2023-07&hazard=uxo"
        with urllib.request.urlopen(layer, timeout=600) as answer:
            assert json.load(answer)["sira"]["synthetic"] is True
            assert "server" not in {name.lower() for name in answer.headers}
        asks = (
            "/layers/cercles.geojson?start=secret1",
            "/secret2?from=secret3&to=secret4",
            "/routes?from=secret6&to=Tombouctou",
            "/places/secret7/risk",
        )
        for asked in asks:
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(f"{address}{asked}", timeout=600)
            caught.value.close()
        body = json.dumps({"waypoints": ["secret8", [-3.0123, 16.7456]]}).encode()
        for address_of_post in ("/routes", "/routes/assess"):
            posted = urllib.request.Request(f"{address}{address_of_post}", data=body)
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(posted, timeout=600)
            caught.value.close()
        forwarded = urllib.request.Request(f"{address}/layers/incidents.geojson", headers={"X-Forwarded-For": "::1"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(forwarded, timeout=600)
        assert caught.value.code == 401
        caught.value.close()
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=600) as broken:
            broken.sendall(b"GET /secret5 HTTP/9\r\n\x00\r\n\r\n")
            broken.recv(1000)
    finally:
        server.send_signal(signal.SIGINT)
        rest, _ = server.communicate(timeout=600)
    said = "".join(lines) + rest
    assert "secret" not in said
    assert "2023-07" not in said
    assert "uxo" not in said
    assert "Tombouctou" not in said
    assert "16.7456" not in said
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"secret" in path.read_bytes() for path in written)


def running(home: Path) -> tuple[subprocess.Popen[str], str]:
    """Return a service that answers, and its address."""
    command = [*SIRA, "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(home), cwd=ROOT)
    assert server.stdout is not None
    line = next(line for line in server.stdout if "http://" in line)
    return server, re.search(r"http://[\d.:]+", line)[0]  # type: ignore[index]


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def state_of_routes(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/ready", timeout=600) as answer:
        found: dict[str, Any] = json.load(answer)["routes"]
        return found


def assessing(server: subprocess.Popen[str], address: str) -> bool:
    return bool(children(server.pid))


def planning(server: subprocess.Popen[str], address: str) -> bool:
    return bool(state_of_routes(address)["being_made"])


def exporting(server: subprocess.Popen[str], address: str) -> bool:
    asked = urllib.request.Request(f"{address}/exports/risk-cells.kml", headers={"Prefer": "respond-async"})
    with urllib.request.urlopen(asked, timeout=600) as answer:
        return bool(answer.status == 202)


@pytest.mark.parametrize(
    ("is_at_it", "sent"), [(assessing, signal.SIGINT), (planning, signal.SIGTERM), (exporting, signal.SIGINT)]
)
def test_a_service_ends_whatever_is_being_made_and_leaves_nothing_broken(
    is_at_it: Callable[[subprocess.Popen[str], str], bool], sent: signal.Signals, tmp_path: Path
) -> None:
    """It takes three seconds at most (`tests/bench/test_bench_start.py`); here only that it does not wait for the end
    of what it makes: nobody would for half a minute."""
    if is_at_it is not assessing:
        synthetic_home(tmp_path)
    server, address = running(tmp_path)
    try:
        while not is_at_it(server, address):
            assert server.poll() is None
            time.sleep(0.01)
        begun = children(server.pid)
        server.send_signal(sent)
        server.wait(30)
    finally:
        server.kill()
        server.communicate()
    assert not [child for child in begun if Path(f"/proc/{child}").exists()]
    assert not list(tmp_path.glob("exports-*"))
    with Store.open(settings_in(tmp_path).store_url) as store:
        assert len(store.incidents()) > 1000
        shelf = Shelf.of(settings_in(tmp_path))
        assert shelf.get(store.revision(), Target.IED) is not None or is_at_it is assessing


def test_serve_names_the_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = sira(tmp_path, "--lang", "en", "serve", "--port", str(port))
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "Traceback" not in result.stderr


def test_keys_are_created_listed_and_revoked(tmp_path: Path) -> None:
    created = sira(tmp_path, "keys", "create", "--audience", "analyst", "--label", "QGIS\x1b[31m")
    assert created.returncode == 0, created.stderr
    key = created.stdout.splitlines()[-1]
    assert re.fullmatch(r"sira_[A-Za-z0-9_-]{43}", key)
    with Store.open(settings_in(tmp_path).store_url) as store:
        found = store.keys.find(hash_key(key), dt.datetime.now(dt.UTC))
        assert found is not None
        assert found.audience == "analyst"
    listed = sira(tmp_path, "--lang", "en", "keys", "list").stdout
    assert "analyst" in listed
    assert "valid" in listed
    assert key not in listed
    assert "\x1b" not in listed
    assert sira(tmp_path, "keys", "revoke", "1").returncode == 0
    assert "revoked" in sira(tmp_path, "--lang", "en", "keys", "list").stdout
    unknown = sira(tmp_path, "--lang", "en", "keys", "revoke", "7")
    assert unknown.returncode == 1
    assert "7" in unknown.stderr


def test_nobody_makes_a_key_for_the_public(tmp_path: Path) -> None:
    assert sira(tmp_path, "keys", "create", "--audience", "public").returncode == 2


def test_a_wrong_setting_is_named_in_one_sentence(tmp_path: Path) -> None:
    result = sira(tmp_path, "keys", "list", SIRA_CACHE_MB="many")
    assert result.returncode == 1
    assert "SIRA_CACHE_MB" in result.stderr
    assert "Traceback" not in result.stderr
