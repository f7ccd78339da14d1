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
from click.testing import CliRunner

from api.commands.main import build
from geo.boundaries.regions import Boundaries
from geo.incidents import fetch
from geo.incidents.fetch import AcledState, FetchError, fetch_acled, fetch_cod, fetch_ucdp
from geo.incidents.readers import read
from geo.incidents.schema import HazardType
from geo.store import Store

FIXTURES = Path(__file__).parents[1] / "fixtures" / "incidents"
TOKEN, EMAIL, PASSWORD = "ucdp-token", "person@example.org", "p&ss wörd"


def _rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _passes(row: dict[str, str], query: dict[str, str]) -> bool:
    """Tell whether ACLED's filters let a row pass, which compare as their ``…_where`` says, texts by likeness."""
    for name in row.keys() & query.keys():
        value, how = query[name], query.get(f"{name}_where", "LIKE")
        low, _, high = value.partition("|")
        passed = {"LIKE": value in row[name], ">=": row[name] >= value, "BETWEEN": low <= row[name] <= high}
        if not passed[how]:
            return False
    return True


class Source(BaseHTTPRequestHandler):
    """Answers as UCDP, ACLED and HDX document."""

    seen: list[tuple[str, str]] = []  # noqa: RUF012 - emptied for each server
    announced_extra = 0
    events: list[dict[str, str]] | None = None
    deleted: list[dict[str, str]] | None = []  # noqa: RUF012 - set by the tests

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
            self._acled(query, _rows("acled.csv") if self.events is None else self.events)
        elif parts.path == "/api/deleted/read" and self.deleted is not None:
            self._acled(query, self.deleted)
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

    def _acled(self, query: dict[str, str], rows: list[dict[str, str]]) -> None:
        if self.headers["Authorization"] != "Bearer abc":
            self._send({"message": "Unauthorized"}, 401)
            return
        page, limit = int(query["page"]), int(query["limit"])
        data = [row for row in rows if _passes(row, query)]
        data = data[(page - 1) * limit : page * limit]
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
    assert path is not None
    assert path.name == "acled-mali-2023-03-01-2023-03-31.csv"
    assert path.read_text(encoding="utf-8").splitlines()[0] == fetch.ACLED_HEADER
    batch = read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1))
    assert (batch.format, batch.rows_read, len(batch.accepted)) == ("ACLED", 5, 5)
    assert [name for name, _ in Source.seen] == ["/oauth/token"] + ["/api/acled/read"] * 3
    assert "BETWEEN" in Source.seen[1][1]
    with pytest.raises(FetchError, match="credentials"):
        fetch_acled(tmp_path, email=EMAIL, password="no", url=server, **days)


def test_acled_is_fetched_by_what_changed_since_and_what_it_deleted_is_withdrawn(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "HOME": tmp_path,
        "ACLED_URL": server,
        "ACLED_EMAIL": EMAIL,
        "ACLED_PASSWORD": PASSWORD,
    }.items():
        monkeypatch.setenv(f"SIRA_{name}", str(value))
    monkeypatch.delenv("SIRA_STORE", raising=False)

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(build(), ["--lang", "en", *words], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    assert "--start" in run("fetch", "acled", code=1)
    events = [row | {"timestamp": str(1_700_000_000 + number)} for number, row in enumerate(_rows("acled.csv"))]
    monkeypatch.setattr(Source, "events", events)
    assert "5 new" in run("fetch", "acled", "--start", "2023-01-01")
    assert [path.name for path in (tmp_path / "fetched").iterdir()] == ["acled-mali-2023-01-01-to-1700000004.csv"]

    # one event changed; one was deleted since, one before it last changed, and one elsewhere
    changed = events[0] | {"fatalities": "3", "timestamp": "1700000100"}
    monkeypatch.setattr(Source, "events", [changed, *events[2:]])
    gone = events[1]["event_id_cnty"]
    deleted = [(gone, 1_700_000_050), (events[0]["event_id_cnty"], 1_700_000_099), ("NIG1", 1_700_000_060)]
    monkeypatch.setattr(
        Source, "deleted", [{"event_id_cnty": name, "deleted_timestamp": str(at)} for name, at in deleted]
    )
    said = run("fetch", "acled")
    asked = dict(parse_qs(Source.seen[-3][1]) | {"path": [Source.seen[-3][0]]})
    assert asked["timestamp"] == ["1700000004"]
    assert asked["timestamp_where"] == asked["event_date_where"] == [">="]
    assert asked["event_date"] == ["2023-01-01"]
    assert "ACLED, 2 rows read." in said
    assert "1 updated, 1 already there" in said
    assert "stay:" not in said  # an increment lacks nothing
    assert f"1 event that ACLED deleted was withdrawn: acled:{gone}." in said
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}") as store:
        assert len(store.incidents(hazards=HazardType)) == 4
        assert "ACLED deleted it; read on" in str(store.history(f"acled:{gone}")[-1].entry.details["reason"])
        revision = store.revision()

    # the same again changes nothing; undoing brings the event back; an older file does not
    assert "1 already there" in run("fetch", "acled")
    assert "withdrawn" in run("import", str(tmp_path / "fetched" / "acled-mali-2023-01-01-to-1700000004.csv"), code=3)
    run("undo", str(revision), "--yes")
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}") as store:
        assert len(store.incidents(hazards=HazardType)) == 5

    # where ACLED does not tell, the events are taken all the same, and the exit code says that something is missing
    monkeypatch.setattr(Source, "deleted", None)
    assert "What ACLED deleted could not be read: ACLED answered with HTTP 404." in run("fetch", "acled", code=3)


def test_increments_go_on_from_the_earliest_day_that_was_fetched() -> None:
    files = [
        "acled-mali-2020-01-01-to-100.csv",
        "acled-mali-2023-01-01-to-300.csv",
        "acled-mali-2020-01-01-to-200.csv",
        "acled-mali-2019-01-01-2019-12-31.csv",
        "other.csv",
    ]
    assert AcledState.of(files) == (date(2020, 1, 1), 200)
    assert AcledState.of(files[-2:]) is None


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
