"""Fixtures of the browser tests: one Chromium per module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from map_kit import browsing
from playwright.sync_api import Browser, expect

expect.set_options(timeout=30_000)  # a machine busy with other tests is slow, not wrong


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running
