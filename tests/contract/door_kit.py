"""What the tests of the door share: every way out of an application, and an installation that begins anew."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
from assessment_kit import coarse_domain
from exports_kit import synthetic_service
from fastapi import FastAPI
from service_of import Caller, addresses_of, concrete, newcomer, real_batch, settings_in

from api.app import create_app
from api.exports.single import FORMATS
from api.map.file_routes import packed_routes
from api.roads.planners import _key, _Made, make_ready
from geo.store import Store
from models.risk.target import Target
from models.routes.planner import RoutePlanner
from models.routes.road_risk import RoadRisk

Answer = tuple[int, str, bytes]
#: These take keys and passwords themselves, or are pages of those who signed in: test_login, test_signing_in, and
#: test_users_pages, which asks them as each role.
WAYS_IN: Final = {"/login", "/logout", "/invitation", "/account", "/users"}
#: Address → names for its variable part, or query strings: one for each kind of file that it answers.
KINDS: Final = {
    "/exports/{name}": [*(f"incidents.{name}" for name in FORMATS), "sira.gpkg", "risk-cells.tif"],
    "/map/incident.json": ["?number=0&revision=1"],
    "/routes": ["?from=Mopti&to=Gao&f=" + form for form in ("json", "geojson", "gpx", "pdf")],
}
ROUTE: Final = b'{"waypoints": ["Mopti", "Gao"]}'
TRACK: Final = b'{"type": "LineString", "coordinates": [[-4.18, 14.48], [-4.0, 14.6]]}'
BODIES: Final = {"/routes": ROUTE, "/routes/assess": TRACK}
#: What differs from one answer to the next whatever the data are: nonces, and the time of making.
PASSING: Final = re.compile(
    rb'nonce(-|=")[\w-]+|"timeStamp":"[^"]+"|<time>[^<]+</time>|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z'
)


@dataclass(frozen=True)
class Way:
    """One way out: as the route writes it, and an address at which there is something."""

    path: str
    method: str
    address: str


def ways_out(app: FastAPI, tokens: Mapping[str, str] = MappingProxyType({})) -> Iterator[Way]:
    """Yield each address and method of an application, once for each kind of file that it answers.

    `tokens` are those of the present content: of a tile's address that is right for ever.
    """
    for path, methods in sorted(addresses_of(app).items()):
        if path in WAYS_IN:
            continue
        token = tokens.get("risk" if "/risk/" in path else "cercles-2016", "none")
        for method in sorted(methods - {"HEAD"}):
            for kind in kinds_of(path) if method == "GET" else [""]:
                given = path.replace("{token}", token).replace("{place}", "Mopti")
                is_named = "{name}" in path and kind != ""
                yield Way(path, method, given.replace("{name}", kind) if is_named else concrete(given) + kind)


def kinds_of(path: str) -> list[str]:
    if path.startswith("/ogc") and "{tileMatrix}" not in path:
        return ["?f=json", "?f=html"] if "ile" not in path else ["?f=json"]
    return KINDS.get(path, [""])


class Installation:
    """An application whose store begins anew, with the synthetic default, as often as it has to."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.app = create_app(settings_in(home).model_copy(update=settings))
        self.service = self.app.state.service
        self._file = home / "sira.sqlite"
        self._template = home / "template.sqlite"
        self._brought = home / "brought.sqlite"
        self.service.close()
        shutil.copy(self._file, self._template)
        shutil.copy(self._file, self._brought)
        with Store.open(f"sqlite:///{self._brought}") as elsewhere:
            elsewhere.add_incidents(real_batch())
        self.service.assessor.want = lambda *_: True

    def begin(self, happened: Callable[[], None] = lambda: None) -> None:
        """Put the store back, keep nothing of what was made, and have the service look after something happened."""
        files = self.app.state.files
        wait([making.future for making in files._making.values()])
        files._made.clear()
        self.service.close()
        for left in self._file.parent.glob("sira.sqlite*"):
            left.unlink()
        shutil.copy(self._template, self._file)
        self.service.kept.drop()
        happened()
        asyncio.run(self.service.refresh())
        self.service._fresh_until = float("inf")  # as if every request came within the quarter of a second

    def bring(self) -> None:
        """Import the first real incidents, as another process does: in one transaction all that the import wrote."""
        with closing(sqlite3.connect(self._brought)) as after, closing(sqlite3.connect(self._file)) as elsewhere:
            elsewhere.execute("PRAGMA synchronous = OFF")  # whether it outlives a power cut is not tried here
            after.backup(elsewhere)

    def ways(self) -> list[Way]:
        """Return every way out, of a store that begins anew: whatever a test before this one left behind."""
        self.begin()
        tokens = {}
        for name in ("risk", "cercles-2016"):
            (address,) = newcomer(self.app).get(f"/tiles/{name}/tilejson.json").json()["tiles"]
            tokens[name] = address.split("/tiles/")[1].partition("/")[0]
        return list(ways_out(self.app, tokens))

    def ask(self, way: Way, who: Caller | None = None) -> Answer:
        """Ask at the machine itself, or as somebody else."""
        body = BODIES.get(way.path, b"") if way.method == "POST" else b""
        who = who or newcomer(self.app)
        answer = who.get(way.address, method=way.method, body=body, Accept="*/*", Origin="http://127.0.0.1:8000")
        return answer.status_code, answer.headers.get("content-type", ""), lasting(answer.content)


def lasting(body: bytes) -> bytes:
    """Return what an answer says that does not pass: of archives and databases, what they hold."""
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    if body.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(body)
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            rows = [database.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables if "tree" not in name]
            body = repr((tables, rows)).encode()
    return PASSING.sub(b"", body)


@contextmanager
def installation(home: Path, **settings: Any) -> Iterator[Installation]:
    """Give an installation with the synthetic default, its assessment and its roads."""
    synthetic_service(home).close()
    found = Installation(home, **settings)
    service, planners = found.service, found.app.state.planners
    with pytest.MonkeyPatch.context() as patch:
        snapshot = service.read_snapshot()
        assessment = service.shelf.get(snapshot.revision, Target.IED)
        build = partial(RoutePlanner.build, domain=coarse_domain(snapshot.boundaries))
        patch.setattr(RoutePlanner, "build", build)
        patch.setattr(RoadRisk, "alpha", lambda _: 1.0)  # not to be had from coarse cells: Bamako has none
        ready = make_ready(service.store, snapshot.boundaries, assessment, service.settings.home)
        patch.setattr("api.web.map.packed_routes", partial(packed_routes, most_places=4))  # 56 take a minute
        planners._kept[Target.IED] = _Made(_key(assessment, service.settings.home), ready)
        yield found
    found.app.state.files.close()
    service.close()
