"""Helpers of the service's tests: applications with a store of their own, callers from here and from elsewhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import geopandas as gpd
import httpx
import pandas as pd
from fastapi import FastAPI
from shapely.geometry import Point
from starlette.routing import BaseRoute, Route

from api.base.access import parse_audience
from api.base.keys import create_key
from api.base.settings import Settings
from api.map.bundle import bundle_name
from geo.incidents.batch import Batch
from geo.incidents.schema import conform
from geo.store import Store

#: What stands for the variable parts of addresses, so that there is something at each.
PARTS: Final = {
    "/exports/{name}": "cercles-2016.csv",
    "/static/{path:path}": bundle_name(".css"),
    "{collection}": "cercles-2016",
    "{feature}": "cercle-mopti",
    "{unit_id}": "cercle-mopti",
    "{id}": "Mopti",
    "{place_id}": "Mopti",
    "risk/{z}/{x}/{file}": "risk/5/15/14.png",
    "{z}/{x}/{file}": "5/15/14.mvt",
    "{tileMatrix}/{tileRow}/{tileCol}": "5/14/15",
}
HOSTILE = "<img src=x onerror=alert(1)>${7*7}</script>"


def settings_in(home: Path) -> Settings:
    """Return settings whose state is all in `home`, whatever the environment says."""
    return Settings(home=home, store="", lang="fr")


class Caller:
    """Somebody who asks an application; by default from elsewhere and without a key."""

    def __init__(self, app: FastAPI, *, peer: str = "192.0.2.7", host: str = "sira.example", key: str = "") -> None:
        self._app = app
        self._peer = peer
        self._base = f"http://{host}"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, address: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> httpx.Response:
        """Ask, and return the answer; header names are written with underscores."""
        return asyncio.run(self._ask(method, address, body, headers))

    async def _ask(self, method: str, address: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, client=(self._peer, 4711), raise_app_exceptions=False)
        sent = {"Accept-Encoding": "identity", **self._headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url=self._base, headers=sent) as asking:
            return await asking.request(method, address, content=body)


def addresses_of(app: FastAPI) -> dict[str, set[str]]:
    """Return every address that an application answers at, as its routes write it, with the methods it takes."""
    found: dict[str, set[str]] = {}

    def note(routes: Iterable[BaseRoute]) -> None:
        for route in routes:
            if isinstance(route, Route):
                found.setdefault(route.path, set()).update(route.methods or ())
            else:
                note(route.original_router.routes)  # type: ignore[attr-defined] # as FastAPI includes a router

    note(app.routes)
    return found


def concrete(path: str) -> str:
    """Return an address at which there is something, for what a route writes."""
    if path in PARTS:
        return re.sub(r"{[^}]+}", PARTS[path], path)
    for part, value in PARTS.items():
        path = path.replace(part, value)
    return re.sub(r"{\w+}", "none", path)


def newcomer(app: FastAPI) -> Caller:
    """Return somebody at the machine itself, without a key."""
    return Caller(app, peer="127.0.0.1", host="127.0.0.1:8000")


def real_batch(rows: int = 3) -> Batch:
    """Return a file's worth of real incidents: exact points near Mopti, hostile text in each free field."""
    index = [f"imsma:{number}" for number in range(rows)]
    frame = gpd.GeoDataFrame(
        {
            "source": "imsma",
            "source_id": [f"R{number}" for number in range(rows)],
            "date": pd.to_datetime([f"2024-03-{11 + number}" for number in range(rows)]),
            "date_precision": "day",
            "location_precision": "exact",
            "location_error_km": 0.1,
            "hazard_type": "ied",
            "outcome": "detonation",
            "killed_total": 1,
            "narrative": HOSTILE,
            "place_name": HOSTILE,
        },
        index=index,
        geometry=gpd.GeoSeries(
            [Point(-4.123456 + 0.2 * number, 14.456789) for number in range(rows)], index=index, crs="EPSG:4326"
        ),
    )
    return Batch("real.csv", "test", rows, conform(frame), (), ())


def keys_for(store: Store) -> dict[str, str]:
    """Return audience → a new key of `store`."""
    return {label: create_key(store, parse_audience(label), label="test") for label in ("partner", "analyst", "admin")}
