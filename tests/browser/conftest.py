"""Fixtures of the browser tests: one Chromium per worker, a service of the synthetic default per module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from homes_kit import coarse_home
from map_kit import PATIENCE_MS, browsing, serving
from playwright.sync_api import Browser, expect

expect.set_options(timeout=PATIENCE_MS)

_running: list[tuple[Browser, ExitStack]] = []


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    """The worker's Chromium; what a test opens in it is closed after the test."""
    if not _running:
        stack = ExitStack()
        _running.append((stack.enter_context(browsing(chromium)), stack))
    running, _ = _running[0]
    yield running
    if not running.is_connected():
        _quit()
    else:
        for context in running.contexts:
            context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Quit Chromium after the last of a row of browser tests: while it is driven nothing else may run an event loop."""
    yield
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        _quit()


def _quit() -> None:
    while _running:
        _running.pop()[1].close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the synthetic default is served with its assessment; a module that needs another service has its own."""
    with serving(coarse_home(tmp_path_factory.mktemp("home"))) as where:
        yield where
