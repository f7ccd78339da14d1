"""The service as one application: what is made when it starts, and what is left to requests."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from pydantic import TypeAdapter
from service_of import settings_in

from api.app import create_app


def test_routes_are_built_before_the_first_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(settings_in(tmp_path))
    built: list[object] = []

    async def start_and_ask() -> int:
        async with app.router.lifespan_context(app):
            monkeypatch.setattr(TypeAdapter, "__init__", lambda _, annotation, **__: built.append(annotation))
            transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 4711))
            async with httpx.AsyncClient(transport=transport, base_url="http://sira.example") as asking:
                return (await asking.get("/")).status_code

    assert asyncio.run(start_and_ask()) == HTTPStatus.OK
    assert built == []
