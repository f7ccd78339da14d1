"""What the tests of OGC API - Features share: an assessed application, and how its items are asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient
from homes_kit import shared_planners, synthetic_home
from service_of import Caller

from api.app import create_app


@contextmanager
def assessed_app(home: Path, **settings: Any) -> Iterator[FastAPI]:
    """Give an application whose store is assessed, and which answers for roads, too."""
    app = create_app(synthetic_home(home).model_copy(update=settings))
    local = TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 4711))
    with shared_planners(), local as waiting:
        until = time.monotonic() + 600
        while waiting.get("/ogc/collections/axes/items?limit=1").status_code != 200:
            assert time.monotonic() < until, "the planner is not made"
            time.sleep(0.2)
        yield app


def items(caller: Caller, collection: str, query: str = "") -> dict[str, Any]:
    """Return a page of features, which must be there."""
    got = caller.get(f"/ogc/collections/{collection}/items?{query}")
    assert got.status_code == 200, got.text
    found: dict[str, Any] = got.json()
    return found


def ids(page: dict[str, Any]) -> list[str]:
    """Return the ids of a page's features."""
    return [feature["id"] for feature in page["features"]]


def linked(caller: Caller, page: dict[str, Any], rel: str) -> dict[str, Any] | None:
    """Follow a link of a page; None where there is none."""
    found = [link["href"] for link in page["links"] if link["rel"] == rel]
    if not found:
        return None
    parts = urlsplit(found[0])
    answer: httpx.Response = caller.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200, answer.text
    following: dict[str, Any] = answer.json()
    return following
