"""The ``sira`` command as a whole: help that loads nothing heavy, and a table that says what the commands say."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import api.commands
from api.commands.main import COMMANDS

#: What takes memory and time to load; each stands for what it brings along.
HEAVY = {"numpy", "pandas", "shapely", "geopandas", "pyarrow", "numba", "sklearn", "sqlalchemy", "fastapi", "pydantic"}
LOADED = """
import sys
from api.commands.main import build
build()(args=sys.argv[1:], standalone_mode=False)
print(*{name.partition(".")[0] for name in sys.modules}, *(name for name in sys.modules if "api.commands." in name))
"""


def loaded_by(*arguments: str) -> set[str]:
    ran = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy_and_no_command() -> None:
    loaded = loaded_by("--help")
    assert not loaded & HEAVY
    assert {name for name in loaded if name.startswith("api.commands.")} == {
        "api.commands.main",
        "api.commands.session",
    }


def test_a_command_loads_its_own_module_and_what_that_shares() -> None:
    commands = {name for name in loaded_by("keys", "--help") if name.startswith("api.commands.")}
    assert commands == {f"api.commands.{name}" for name in ("main", "session", "keys", "scopes")}


@pytest.mark.slow
def test_a_service_loads_what_it_rarely_needs_when_it_needs_it() -> None:
    rare = {"sklearn", "fpdf", "folium", "rasterio", "rio_tiler", "pyogrio", "alembic", "httpx", "openpyxl", "osmium"}
    loaded = loaded_by("serve", "--help")
    assert "fastapi" in loaded
    assert not loaded & rare


def test_the_table_holds_every_command_with_the_words_of_its_own_help() -> None:
    found = {}
    for module in pkgutil.iter_modules(api.commands.__path__):
        if module.name != "main":
            for command in getattr(importlib.import_module(f"api.commands.{module.name}"), "COMMANDS", ()):
                words = inspect.cleandoc(command.help or "").partition("\n\n")[0].replace("\n", " ")
                found[command.name] = (module.name, words)
    assert found == COMMANDS
