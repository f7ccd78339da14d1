"""Fetching from a local server that replays the sources' documented answers."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from geo.boundaries.regions import Boundaries
from geo.incidents import fetch
from geo.incidents.fetch import FetchError, fetch_acled, fetch_cod, fetch_ucdp
from geo.incidents.readers import read

FIXTURES = Path(__file__).parents[1] / "fixtures" / "incidents"
TOKEN, EMAIL, PASSWORD = "ucdp-token", "person@example.org", "p&ss wörd"


def _rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Source(BaseHTTPRequestHandler):
    """Answers as UCDP, ACLED and HDX document."""

    seen: list[tuple[str, str]] = []  # noqa: RUF012 - emptied for each server
    announced_extra = 0

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, body: Any, status: int = 200) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.seen.append((parts.path, parts.query))
        if parts.path.startswith("/ucdp/gedevents/"):
            self._ucdp(query)
        elif parts.path == "/api/acled/read":
            self._acled(query)
        elif parts.path == "/api/3/action/package_show":
            self._hdx(query)
        elif parts.path == "/files/mli_admin1.geojson":
            self._send(b'{"type": "FeatureCollection", "features": []}')
        else:
            self._send({"error": "no such thing"}, 404)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.seen.append((self.path, ""))
        expected = {"username": [EMAIL], "password": [PASSWORD], "grant_type": ["password"], "client_id": ["acled"]}
        if self.path == "/oauth/token" and form == expected:
            self._send({"token_type": "Bearer", "expires_in": 86400, "access_token": "abc", "refresh_token": "def"})
        else:
            self._send({"error": "invalid_grant"}, 400)

    def _ucdp(self, query: dict[str, str]) -> None:
        if self.headers["x-ucdp-access-token"] != TOKEN:
            self._send({"error": "API token required"}, 401)
            return
        rows, page = _rows("ucdp_ged_official.csv"), int(query.get("page", "1"))
        following = f"http://elsewhere.invalid/steal?pagesize=4&Country=432&page={page + 1}" if page < 2 else ""
        self._send(
            {
                "TotalCount": len(rows) + self.announced_extra,
                "TotalPages": 2,
                "PreviousPageUrl": "",
                "NextPageUrl": following,
                "Result": rows[(page - 1) * 4 : page * 4],
            }
        )

    def _acled(self, query: dict[str, str]) -> None:
        if self.headers["Authorization"] != "Bearer abc":
            self._send({"message": "Unauthorized"}, 401)
            return
        rows, page, limit = _rows("acled.csv"), int(query["page"]), int(query["limit"])
        data = rows[(page - 1) * limit : page * limit]
        self._send({"status": 200, "success": True, "last_update": 1, "count": len(data), "messages": [], "data": data})

    def _hdx(self, query: dict[str, str]) -> None:
        host = f"http://{self.headers['Host']}"
        resources = [
            {"name": "MLI admin 1.geojson", "format": "GeoJSON", "download_url": f"{host}/files/mli_admin1.geojson"},
            {"name": "table.xlsx", "format": "XLSX", "download_url": f"{host}/files/table.xlsx"},
        ]
        found = query.get("id") == "cod-ab-mli"
        self._send({"success": found, "result": {"resources": resources}} if found else {"success": False})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Source.seen = []
    monkeypatch.setattr(Source, "announced_extra", 0)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def test_ucdp_pages_become_the_official_export(server: str, tmp_path: Path) -> None:
    path = fetch_ucdp(tmp_path, token=TOKEN, release="25.1", start=date(2021, 1, 1), url=f"{server}/ucdp")
    assert path.read_text(encoding="utf-8").splitlines()[0] == fetch.UCDP_HEADER
    batch = read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1))
    assert (batch.format, batch.rows_read, len(batch.accepted)) == ("UCDP GED", 6, 5)
    first, second = Source.seen
    assert "Country=432" in first[1]
    assert "StartDate=2021-01-01" in first[1]
    assert second[0] == "/ucdp/gedevents/25.1"  # the next page is asked of the same address


def test_ucdp_refuses_a_wrong_token_and_half_an_answer(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FetchError, match="credentials") as refused:
        fetch_ucdp(tmp_path, token="wrong", release="25.1", url=f"{server}/ucdp")
    assert "wrong" not in str(refused.value)
    monkeypatch.setattr(Source, "announced_extra", 1)
    with pytest.raises(FetchError, match="announced 7 events but sent 6"):
        fetch_ucdp(tmp_path, token=TOKEN, release="25.1", url=f"{server}/ucdp")
    with pytest.raises(FetchError, match="not a UCDP release"):
        fetch_ucdp(tmp_path, token=TOKEN, release="../x", url=f"{server}/ucdp")
    with pytest.raises(FetchError, match="no token has"):
        fetch_ucdp(tmp_path, token="clé\n", release="25.1", url=f"{server}/ucdp")
    assert list(tmp_path.iterdir()) == []


def test_acled_logs_in_and_reads_all_pages(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_ACLED_PAGE", 2)
    days = {"start": date(2023, 3, 1), "end": date(2023, 3, 31)}
    path = fetch_acled(tmp_path, email=EMAIL, password=PASSWORD, url=server, **days)
    assert path.name == "acled-mali-2023-03-01-2023-03-31.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == fetch.ACLED_HEADER
    batch = read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1))
    assert (batch.format, batch.rows_read, len(batch.accepted)) == ("ACLED", 5, 5)
    assert [name for name, _ in Source.seen] == ["/oauth/token"] + ["/api/acled/read"] * 3
    assert "BETWEEN" in Source.seen[1][1]
    with pytest.raises(FetchError, match="credentials"):
        fetch_acled(tmp_path, email=EMAIL, password="no", url=server, **days)


def test_cod_files_are_saved_under_harmless_names(server: str, tmp_path: Path) -> None:
    (path,) = fetch_cod(tmp_path, url=server)
    assert path == tmp_path / "mli-admin-1.geojson"
    assert json.loads(path.read_text())["features"] == []
    with pytest.raises(FetchError, match="documented"):
        fetch_cod(tmp_path, url=server, dataset="other")


def test_an_unreachable_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="UCDP cannot be reached"):
        fetch_ucdp(tmp_path, token="t", release="25.1", url="http://127.0.0.1:9/none")
    for url in ("nonsense://x", "http://example.org"):
        with pytest.raises(FetchError, match="not an https address"):
            fetch_acled(tmp_path, email="e", password="p", start=date(2023, 1, 1), end=date(2023, 1, 2), url=url)
