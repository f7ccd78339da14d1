"""The page's scripts without a browser: their own tests, run by node's runner with the settings that pages get."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import orjson
import pytest

from api.map.node import node_command
from api.map.page import MapLayer, Page, _settings
from api.map.vendoring import MODULES, ROOT, SCRIPTS, is_made

PAGE = Page(
    lang="fr",
    levels=(("cercle", ("2015", "2016")), ("region", ("2016",))),
    vintage="2016",
    synthetic=True,
    layers=(MapLayer("places", "ground", True), MapLayer("incidents", "threat", False)),
    span=("2015-01", "2020-12"),
    abilities=("days", "routes"),
)


def test_the_scripts_own_tests_pass(tmp_path: Path) -> None:
    if not MODULES.exists():
        pytest.skip("needs the page's packages: make setup")
    settings = tmp_path / "settings.json"
    settings.write_bytes(orjson.dumps(_settings(PAGE)))
    files = sorted(map(str, (ROOT / "tests" / "scripts").glob("*.test.js")))
    ran = subprocess.run(
        [*node_command("node"), "--test", "--test-reporter=tap", *files],
        env=os.environ | {"SIRA_PAGE_SETTINGS": str(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(re.findall(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)[0]) > len(files)


def test_the_bundle_is_made_of_the_present_scripts() -> None:
    assert is_made(), "a script has changed since set-up: run make setup"


def test_a_folder_of_scripts_imports_only_those_before_it() -> None:
    order = ["base", "data", "map", "panels", "tools", "routes", "page"]
    assert sorted(order) == sorted(path.name for path in SCRIPTS.iterdir() if path.is_dir())
    for script in SCRIPTS.glob("*/*.js"):
        imported = re.findall(r'from "\.\./(\w+)/', script.read_text("utf-8"))
        assert all(order.index(each) < order.index(script.parent.name) for each in imported), script


def test_every_element_that_the_scripts_know_is_in_a_template_or_made_by_them() -> None:
    known = re.findall(r'^  "(sira-[\w-]+)": HTML', (SCRIPTS / "types.d.ts").read_text("utf-8"), re.MULTILINE)
    paths = [*SCRIPTS.rglob("*.js"), *(SCRIPTS.parent / "templates").glob("*.html")]
    made = "\n".join(path.read_text("utf-8") for path in paths)
    chosen = set(re.findall(r'(?:chooser|button)\("([\w-]+)"', made))
    assert len(known) > 50
    for name in known:
        assert re.search(rf'id(?:=|: )"{name}"', made) or name.removeprefix("sira-") in chosen, name
