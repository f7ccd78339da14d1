"""The map as one file: opens without a network, is small, marks synthetic data, and counts as the service does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from map_kit import LAPTOP, browsing, choose, layer, ready, serving, settings_in, watched
from playwright.sync_api import Browser

from api.cli import build

pytestmark = pytest.mark.browser

#: What the page itself answers to a choice, through the very function that draws it.
ASK = """async (choice) => {
    const answer = await Sira.fileSource(Sira.block("sira-data")).units(choice);
    return Object.fromEntries(answer.features.map((feature) => [feature.id, feature.properties]));
}"""
COUNTED = (
    "events",
    "events_exact",
    "events_spread",
    "killed",
    "injured",
    "civilians",
    "rate_per_100k_year",
    "last_event",
    "conflict_events",
    "synthetic",
)
CHOICES = (
    {"level": "cercle", "vintage": "2016", "start": "", "end": "", "hazard": ""},
    {"level": "cercle", "vintage": "2015", "start": "2019-03", "end": "2019-03", "hazard": ""},
    {"level": "region", "vintage": "2016", "start": "2018-01", "end": "2020-12", "hazard": "ied"},
    {"level": "region", "vintage": "2023", "start": "2021-07", "end": "2022-02", "hazard": "uxo"},
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def file(home: Path) -> Path:
    out = home / "mali.html"
    result = CliRunner(env={"SIRA_HOME": str(home), "SIRA_STORE": ""}).invoke(
        build(), ["--lang", "fr", "map", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert "synthétiques" in result.output
    return out


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as running:
        yield running


def test_opens_from_a_file_without_a_network(browser: Browser, file: Path) -> None:
    assert file.stat().st_size < 3_000_000
    context = browser.new_context(offline=True, viewport=LAPTOP)
    with watched(context, file.as_uri(), "file://") as (page, watch):
        assert watch.requested == [file.as_uri()]
        assert page.is_visible("#sira-banner")
        assert page.locator("path.sira-unit").count() == 50
        choose(page, "level", "region")
        choose(page, "vintage", "2023")
        choose(page, "start", "2020-01")
        choose(page, "hazard", "ied")
        assert page.locator("path.sira-unit").count() == 20
        assert "janvier 2020" in page.inner_text("#sira-legend")
        page.check('[data-layer="roads"]')
        page.click("#sira-lang")
        ready(page, "en")
        assert "Synthetic data" in page.inner_text("#sira-banner")
        page.click("#sira-figures summary")
        assert "UNMAS" in page.inner_text("#sira-figures-body")


def test_counts_as_the_service_does(browser: Browser, file: Path, home: Path) -> None:
    context = browser.new_context(offline=True)
    with serving(settings_in(home)) as address, watched(context, file.as_uri(), "file://") as (page, _):
        whole = {"start": page.input_value("#sira-start"), "end": page.input_value("#sira-end")}
        for choice in (CHOICES[0] | whole, *CHOICES[1:]):
            there = page.evaluate(ASK, choice)
            here = served(address, choice)
            assert there.keys() == here.keys()
            for unit_id, unit in here.items():
                for name in COUNTED:
                    assert there[unit_id][name] == pytest.approx(unit[name], abs=2e-3), (choice, unit_id, name)


def served(address: str, choice: dict[str, str]) -> dict[str, dict[str, object]]:
    """Return unit → properties as the service answers the same choice."""
    query = f"{choice['level']}s.geojson?vintage={choice['vintage']}&lang=fr"
    year, month = map(int, choice["end"].split("-"))
    query += f"&start={choice['start']}-01&end={year + month // 12}-{month % 12 + 1:02}-01"
    if choice["hazard"]:
        query += f"&hazard={choice['hazard']}"
    return {feature["id"]: feature["properties"] for feature in layer(address, query)["features"]}
