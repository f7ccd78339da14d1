"""A service as clients meet it: ``sira serve`` in a process of its own, and a proxy that writes down what they ask."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parents[2]
#: Longest that the first assessment may take on a slow machine.
ASSESSED_WITHIN_S = 600


@contextmanager
def serve(home: Path) -> Iterator[str]:
    """Run ``sira serve`` with its state in `home`; gives its address once its assessment is there too."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIRA_")}
    log = home / "serve.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from api.commands.main import main; main()",
                "--lang",
                "en",
                "serve",
                "--port",
                "0",
            ],
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**clean, "SIRA_HOME": str(home), "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
        )
    try:
        yield _answering(server, log)
    finally:
        server.terminate()
        server.wait(60)


def _answering(server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + ASSESSED_WITHIN_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        if (match := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())) and _is_ready(match[0]):
            return match[0]
        time.sleep(0.3)
    raise TimeoutError(log.read_text())


def _is_ready(address: str) -> bool:
    """Ask for a feature of each collection, so that no client waits for a table to be made; some need a key."""
    for name in collections(f"{address}/ogc"):
        try:
            get_json(f"{address}/ogc/collections/{name}/items?limit=1")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 503:  # the assessment is being made
                return False
            if error.code != 401:
                raise
    return True


def get_json(address: str, *, key: str = "", **headers: str) -> Any:
    """Return the JSON at an address; header names are written with underscores."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key:
        sent["Authorization"] = f"Bearer {key}"
    with urllib.request.urlopen(urllib.request.Request(address, headers=sent), timeout=600) as answer:
        return json.load(answer)


def collections(ogc: str, *, key: str = "") -> dict[str, dict[str, Any]]:
    """Return the collections that the service at `ogc` offers, by id."""
    listed = get_json(f"{ogc}/collections", key=key)["collections"]
    assert listed
    return {each["id"]: each for each in listed}


class Asked:
    """One request that a client made."""

    def __init__(self, method: str, target: str, status: int, headers: dict[str, str]) -> None:
        self.method = method
        self.path = urlsplit(target).path
        self.query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        self.status = status
        self.headers = headers

    def __repr__(self) -> str:
        return f"{self.method} {self.path} {self.query} → {self.status}"


class Recorder:
    """A proxy on this machine in front of a service, which keeps a list of what was asked.

    It passes on the Host header that the client sent, so that links in answers lead back to the proxy.
    """

    def __init__(self, target: str) -> None:
        self.asked: list[Asked] = []
        recorder, host = self, urlsplit(target).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                upstream = http.client.HTTPConnection(host, timeout=600)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() != "connection":
                        upstream.putheader(name, value)
                upstream.endheaders()
                answer = upstream.getresponse()
                body = answer.read()
                recorder.asked.append(Asked(self.command, self.path, answer.status, dict(self.headers)))
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                        self.send_header(name, value)
                length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
                self.send_header("Content-Length", length or "0")
                self.end_headers()
                self.wfile.write(body)
                upstream.close()

            def do_HEAD(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def items_of(self, collection: str) -> list[Asked]:
        """Return the requests for a collection's items, in their order."""
        return [each for each in self.asked if each.path == f"/ogc/collections/{collection}/items"]
