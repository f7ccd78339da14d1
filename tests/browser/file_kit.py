"""What the tests of the single file share: writing one on the command line, opening it, and reading it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner
from map_kit import ready, watched
from playwright.sync_api import Browser, Page

from api.base.assessments import Shelf, make_assessment
from api.base.settings import Settings
from api.commands.main import build
from geo.store import Store
from models.risk.target import Target

#: The first places that a file holds are seats of cercles: with so few it is written in seconds.
PLACES = 12


def assessed(settings: Settings) -> Path:
    """Assess what a store holds as ``sira assess`` does, so that routes can be answered; gives the home folder."""
    with Store.open(settings.store_url) as store:
        Shelf.of(settings).keep(make_assessment(store, settings, Target.IED))
    return settings.home


def write_file(home: Path, out: Path, *options: str) -> str:
    """Write the file as ``sira map`` does and return what the command says."""
    runner = CliRunner(env={"SIRA_HOME": str(home), "SIRA_STORE": ""})
    result = runner.invoke(build(), ["--lang", "fr", "map", "--out", str(out), "--places", str(PLACES), *options])
    assert result.exit_code == 0, result.output
    return result.output


def opened(browser: Browser, file: Path, choice: str = "lang=en", **context: Any) -> Any:
    """Open a file in a browser without a network; the page is watched."""
    address = f"{file.as_uri()}#{choice}"
    return watched(browser.new_context(offline=True, **context), address, "file://")


HELD = """async ([lang, stops]) => {
    Sira.setLang(lang);
    return (await Sira.fileSource(Sira.readBlock("sira-data")).route({ waypoints: stops })).legs;
}"""

LAYER = """async ([lang, name]) => {
    Sira.setLang(lang);
    const source = Sira.fileSource(Sira.readBlock("sira-data"));
    return name === "cells" ? source.cells() : source.layer(name);
}"""


def in_french(page: Page) -> None:
    """Press the button of the other language."""
    page.click("#sira-lang")
    ready(page, "fr")
