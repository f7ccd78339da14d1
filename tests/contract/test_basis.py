"""What a statement may rest on: on a store with real data nothing that anybody is told moves with the synthetic set."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from assessment_kit import coarse_domain, drawn
from bulletin_kit import text_of
from exports_kit import assessed
from fastapi import FastAPI
from service_of import Caller, keys_for, settings_in
from store_kit import hazard_batch, hazards

from api.app import create_app
from api.base.service import Service
from api.collections.registry import collections
from geo.boundaries.regions import Boundaries
from geo.incidents.batch import Batch
from geo.store import Store
from models.risk.target import Target
from models.routes.planner import RoutePlanner
from models.routes.road_risk import RoadRisk

# As in test_tiles.py: of the libraries that draw pictures.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning"),
]

FILE = "sira.sqlite"
TABLES = ("incidents", "hazards")
TARGETS = (Target.IED, Target.CONFLICT)
UNITS = ("regions", "cercles", "communes")
ADDRESSES = (
    *(f"/layers/{name}.geojson?lang=en" for name in (*UNITS, "incidents", "hazards")),
    "/layers/regions.geojson?hazard=not_explosive",
    *(
        f"/layers/{name}.geojson?lang=en&target={target}"
        for name in (*(f"risk-{level}" for level in UNITS), "risk-cells", "hotspots")
        for target in TARGETS
    ),
    "/layers/risk.tif",
    "/layers?lang=en",
    "/map/incidents.json?lang=en",
    "/map/counts.json?level=cercle&vintage=2016&lang=en",
    "/map/counts.json?level=cercle&vintage=2016&lang=en&span=days30",
    "/map/risk.json?level=cercle&vintage=2016&lang=en",
    "/map/cells.json?lang=en",
    "/model.json?lang=en",
    "/figures.json?lang=en",
    "/exports?lang=en",
    "/ogc/collections?f=json&lang=en",
    "/tiles/risk/legend.json?lang=en",
    "/tiles/risk/tilejson.json?lang=en",
    "/tiles/style.json?lang=en",
    "/tiles/risk/5/15/14.png",
    *(f"/routes?from=S%C3%A9var%C3%A9&to=Gao&lang=en&target={target}" for target in TARGETS),
    *(f"/axes?lang=en&target={target}" for target in TARGETS),
    "/places/town-gao/risk?lang=en",
)
SHEETS = (
    "/bulletin.pdf?lang=en",
    "/bulletin.pdf?lang=en&target=conflict",
    "/units/cercle-mopti/bulletin.pdf?lang=en",
    "/units/cercle-mopti/bulletin.pdf?lang=en&target=conflict",
)


def _of(rows: Any) -> Batch:
    return Batch("new.csv", "test", len(rows), rows, (), ())


def conflict_alone(store: Store, _: Path) -> None:
    """Real conflict events beside the synthetic default: what UCDP GED is."""
    store.add_incidents(_of(drawn(300, hazard="not_explosive", source="ucdp", days=1500)))


def beside_explosive(store: Store, file: Path) -> None:
    """Real incidents beside synthetic ones, newer and elsewhere, as an earlier version could leave them."""
    with sqlite3.connect(file) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    store.add_incidents(_of(pd.concat([drawn(200, days=1500), drawn(50, hazard="uxo", source="erw", days=1500)])))
    store.add_hazards(hazard_batch(hazards(["real"])))
    with sqlite3.connect(file) as connection:
        for table in TABLES:
            connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            connection.execute(f"DROP TABLE kept_{table}")


def without_the_synthetic_set(home: Path) -> None:
    with sqlite3.connect(home / FILE) as connection:
        removed = [connection.execute(f"DELETE FROM {table} WHERE synthetic").rowcount for table in TABLES]
    assert all(removed)


@contextmanager
def opened(home: Path) -> Iterator[FastAPI]:
    """Give an application on coarse cells, assessed."""
    app = create_app(settings_in(home))
    for target in TARGETS:
        assessed(app.state.service, target)
    yield app
    app.state.service.close()


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        domain = coarse_domain(Boundaries.shipped())
        patch.setattr(RoutePlanner, "build", partial(RoutePlanner.build, domain=domain))
        patch.setattr(RoadRisk, "alpha", lambda _: 1.0)  # not to be had from coarse cells: Bamako has none
        yield


@pytest.fixture(scope="module", params=[conflict_alone, beside_explosive])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Caller, Caller, Service]]:
    """Somebody who asks an installation, and one that differs in nothing but its synthetic set."""
    fill: Callable[[Store, Path], None] = request.param
    home = tmp_path_factory.mktemp("with")
    app = create_app(settings_in(home))
    fill(app.state.service.store, home / FILE)
    key = keys_for(app.state.service.store)["admin"]
    app.state.service.store.secret("pseudonyms")
    app.state.service.close()
    other = tmp_path_factory.mktemp("without") / "home"
    shutil.copytree(home, other)
    without_the_synthetic_set(other)
    with opened(home) as one, opened(other) as two:
        yield Caller(one, key=key), Caller(two, key=key), one.state.service


def told(caller: Caller, address: str) -> bytes:
    """Return an answer; roads are made when they are asked for first."""
    while (answer := caller.get(address)).status_code == 503:
        assert "prepared" in answer.text, answer.text
    assert answer.status_code == 200, (address, answer.text)
    return answer.content


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_answer_moves_with_the_synthetic_set(pair: tuple[Caller, Caller, Service], address: str) -> None:
    beside, alone, _ = pair
    body = told(beside, address)
    assert body == told(alone, address)
    assert b"synthetic-b" not in body


@pytest.mark.parametrize("address", SHEETS)
def test_no_sheet_moves_with_the_synthetic_set(pair: tuple[Caller, Caller, Service], address: str) -> None:
    beside, alone, _ = pair
    assert text_of(told(beside, address)) == text_of(told(alone, address))


def test_no_collection_moves_with_the_synthetic_set(pair: tuple[Caller, Caller, Service]) -> None:
    beside, alone, service = pair
    for name in collections(service.read_snapshot()):
        for address in (
            f"/ogc/collections/{name}?f=json&lang=en",
            f"/ogc/collections/{name}/items?f=json&lang=en&limit=1000",
            f"/tiles/{name}/tilejson.json?lang=en",
            f"/exports/{name}.csv?lang=en",
        ):
            assert _undated(beside, address) == _undated(alone, address), address


def _undated(caller: Caller, address: str) -> Any:
    """An answer without the time at which it was made."""
    answer = caller.get(address)
    if "json" in answer.headers["content-type"]:
        return {name: value for name, value in answer.json().items() if name != "timeStamp"}
    return answer.status_code, answer.content
