"""Fixtures of the browser tests: one Chromium per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from map_kit import browsing
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running
