"""What the first answers take after an import: the map, all layers and a page of items of every collection.

Processor time of the process that serves, background assessment and planner of roads apart. First after an import
of many rows, then after one more of 100. Prints seconds, which are judged and no bar; what is held is that no JSON is
larger than is sent at once. ``SIRA_BENCH_ROWS`` says how many rows (10000, 100000 or 1000000), 100,000 without it.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi import FastAPI

from api.app import create_app
from api.base.access import Audience
from api.base.assessments import Shelf, make_assessment
from api.base.keys import create_key
from api.base.settings import Settings
from api.base.sizes import MOST_BYTES
from api.collections.context import MadeFrom
from api.collections.registry import collections
from api.layers.registry import LAYERS, RISK_LAYERS
from geo.boundaries.places import places
from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.store import Store
from models.risk.target import Target

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("SIRA_BENCH_ROWS", "100000"))
MORE = 100
#: What the page asks for before its reader does anything, and the incidents one by one.
MAP = (
    *("/", "/map/outlines.json", "/map/counts.json?lang=fr", "/map/names.json", "/map/incidents.json"),
    *("/map/risk.json?level=cercle", "/map/cells.json"),
)


def delivery(count: int, seed: int, name: str, folder: Path) -> Path:
    """Write a file of reports around Mali's towns and villages."""
    rng = np.random.default_rng(seed)
    land = Boundaries.shipped().country().buffer(-0.05)
    shapely.prepare(land)
    towns = shapely.get_coordinates(places().geometry.array)
    at = np.empty((0, 2))
    while len(at) < count:
        drawn = towns[rng.integers(0, len(towns), count)] + rng.normal(0, 0.35, (count, 2))
        at = np.vstack([at, drawn[shapely.contains_xy(land, drawn[:, 0], drawn[:, 1])]])
    at = at[:count].round(4)
    table = pd.DataFrame(
        {
            "id": [f"{name}{number}" for number in range(count)],
            "date": [date(2012, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 5_000, count)],
            "latitude": at[:, 1],
            "longitude": at[:, 0],
            "device_category": rng.choice(["IED", "AP mine", "AV mine", "UXO"], count, p=[0.6, 0.1, 0.15, 0.15]),
            "killed": rng.integers(0, 4, count),
            "injured": rng.integers(0, 7, count),
            "comments": "An invented report that nobody made, of a device beside a road.",
        }
    )
    path = folder / f"{name}.csv"
    table.to_csv(path, index=False)
    return path


def bring(store: Store, path: Path) -> None:
    store.add_incidents(read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), source="bench"))


def asked(app: FastAPI) -> dict[str, tuple[str, ...]]:
    snapshot = app.state.service.read_snapshot()
    return {
        "map": MAP,
        "layers": tuple(layer.address for layer in (*LAYERS.values(), *RISK_LAYERS.values())),
        "items": tuple(
            f"/ogc/collections/{name}/items"
            for name, each in collections(snapshot).items()
            if each.made_from is not MadeFrom.ROADS
        ),
    }


async def ask_all(app: FastAPI, key: str) -> dict[str, float]:
    """Return the processor seconds of each group, and print what took longest."""
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 1))
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "br"}
    taken: dict[str, float] = {}
    told: list[tuple[float, str]] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://sira.example", headers=headers) as client:
        for group, addresses in asked(app).items():
            for address in addresses:
                start = time.process_time()
                answer = await client.get(address)
                seconds = time.process_time() - start
                taken[group] = taken.get(group, 0.0) + seconds
                told.append((seconds, f"{seconds:.2f} {address} ({answer.status_code})"))
                assert answer.status_code in {200, 413}, address
                assert len(answer.content) <= MOST_BYTES
    print("    " + ", ".join(text for _, text in sorted(told, reverse=True)[:6]))
    return taken


def test_first_answers_after_an_import(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, store="", lang="fr")
    with Store.open(settings.store_url) as store:
        bring(store, delivery(ROWS, 1, "many", tmp_path))
        Shelf.of(settings).keep(make_assessment(store, settings, Target.IED))
    app = create_app(settings)
    service: Any = app.state.service
    key = create_key(service.store, Audience.ADMIN, label="bench")
    print(f"\n{ROWS} rows: processor seconds of the first answers")
    for when in (f"after the import of {ROWS}", f"after {MORE} more"):
        if when.startswith(f"after {MORE}"):
            bring(service.store, delivery(MORE, 2, "more", tmp_path))
        taken = asyncio.run(ask_all(app, key))
        parts = ", ".join(f"{group} {seconds:.2f}" for group, seconds in taken.items())
        print(f"  {when}: {sum(taken.values()):.2f} ({parts}); keeps {service.kept.nbytes / 1e6:.0f} MB")
    service.close()
