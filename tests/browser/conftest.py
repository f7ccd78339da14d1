"""Fixtures of the browser tests: one Chromium and one service per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from map_kit import PATIENCE_MS, assessed_home, browsing, serving
from playwright.sync_api import Browser, expect

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the synthetic default is served with its assessment; a module that needs another service has its own."""
    with serving(assessed_home(tmp_path_factory.mktemp("home"))) as where:
        yield where
