"""Who may import whom: api models and geo, models geo, and each room the rooms below it; importing does nothing."""

from __future__ import annotations

import ast
import graphlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Package → what it may never import, at the top of a module or anywhere in it.
FORBIDDEN = {
    "geo": {"models", "api", "sklearn", "fastapi", "starlette", "folium", "branca", "uvicorn"},
    "models": {"api", "fastapi", "starlette", "folium", "branca", "uvicorn"},
    "api": set(),
}
MODULES = sorted(path for package in FORBIDDEN for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a module imports, at its top, inside functions and for types."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_go_one_way() -> None:
    for path in MODULES:
        package = path.relative_to(ROOT).parts[0]
        assert not {name.partition(".")[0] for name in imported(path)} & FORBIDDEN[package], path


def test_no_script_imports_itself_from_outside_the_packages() -> None:
    """A guard for the guard: it sees every module of the three packages."""
    assert {name_of(path).partition(".")[0] for path in MODULES} == set(FORBIDDEN)
    assert "geo.boundaries.regions" in map(name_of, MODULES)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "data").rglob("*.py")), ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_what_builds_the_shipped_data_imports_what_is_there(path: Path) -> None:
    ours = {name.rpartition(".")[0] for name in imported(path) if name.partition(".")[0] in FORBIDDEN}
    assert [name for name in ours if importlib.util.find_spec(name) is None] == []


#: Room → the rooms of its own package that it imports. A room more in a line is a decision: docs/architecture.md.
ROOMS = {
    "geo.core": "",
    "geo.reading": "core",
    "geo.boundaries": "core",
    "geo.locate": "core",
    "geo.roads": "core",
    "geo.roads.importing": "core roads",
    "geo.incidents": "core reading boundaries locate roads",
    "geo.incidents.readers": "core reading boundaries incidents",
    "geo.hazards": "core reading boundaries incidents",
    "geo.counting": "core boundaries locate roads incidents",
    "geo.tiles": "core",
    "geo.export": "core",
    "geo.store": "core boundaries incidents hazards",
    "geo.store.migrations": "",
    "geo.store.migrations.versions": "core store",
    "models.risk": "",
    "models.routes": "risk",
    "models.evaluation": "risk routes",
    "api.base": "",
    "api.layers": "base",
    "api.roads": "base layers",
    "api.collections": "base layers roads",
    "api.map": "base layers roads map.data",
    "api.map.data": "base layers",
    "api.bulletin": "base layers roads",
    "api.tiles": "base layers collections",
    "api.qgis": "base layers collections",
    "api.ogc": "base layers collections tiles",
    "api.exports": "base layers collections qgis",
    "api.web": "base layers roads collections map map.data bulletin tiles ogc exports",
    "api": "base roads collections bulletin exports web",
    "api.commands": "base layers roads collections map bulletin exports .",
}


def room_of(name: str) -> str:
    """Return the room of a module, or of a name in it."""
    parts = name.split(".")
    while not (ROOT.joinpath(*parts) / "__init__.py").exists():
        parts.pop()
    return ".".join(parts)


def rooms_below(room: str) -> set[str]:
    package = room.partition(".")[0]
    return {package if other == "." else f"{package}.{other}" for other in ROOMS[room].split()}


def test_rooms_import_the_rooms_below_them() -> None:
    """And a room that is imported no longer leaves the table."""
    there: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in MODULES:
        room = room_of(name_of(path))
        if room in ROOMS:
            same = {room_of(name) for name in imported(path) if name.partition(".")[0] == room.partition(".")[0]}
            there[room] |= same - {room}
    assert there == {room: rooms_below(room) for room in ROOMS}


def test_no_two_rooms_import_each_other() -> None:
    graphlib.TopologicalSorter({room: rooms_below(room) for room in ROOMS}).prepare()  # raises where there is a circle


def test_no_module_lies_loose() -> None:
    loose = {path.relative_to(ROOT).as_posix() for path in MODULES if len(path.relative_to(ROOT).parts) == 2}
    assert {path for path in loose if not path.endswith("__init__.py")} == {"api/app.py"}
    assert {room_of(name_of(path)) for path in MODULES} - set(ROOMS) == {"geo", "models"}


def test_every_module_says_what_it_holds() -> None:
    assert [path for path in MODULES if not ast.get_docstring(tree_of(path))] == []


#: Imports every module while watching: no file may be opened for writing or outside Python's own and the project's
#: modules, no socket, no process, no environment variable of Sira read.
WATCH = """
import builtins, importlib, io, os, socket, subprocess, sys

names = sys.argv[1:]
heavy = ["fastapi", "folium", "geopandas", "numba", "rasterio", "pyogrio", "scipy.sparse", "shapely", "sqlalchemy",
         "alembic.operations", "alembic.script", "uvicorn", "babel.dates", "babel.messages.pofile", "jinja2", "httpx",
         "openpyxl", "rapidfuzz.process", "pydantic_settings", "platformdirs", "hxl", "brotli", "orjson", "xml.sax",
         "zoneinfo", "scipy.spatial", "scipy.ndimage", "scipy.optimize", "psycopg",
         "scipy.signal", "sklearn.ensemble", "tqdm", "rasterio.shutil", "rasterio.warp"]
for name in heavy:
    importlib.import_module(name)
done = []
environ_get = os.environ.__class__.__getitem__

def watched_getitem(self, key):
    if key.startswith("SIRA_"):
        done.append(f"read {key}")
    return environ_get(self, key)

def audit(event, args):
    if event == "open":
        path, mode = str(args[0]), args[1]
        if mode is not None and mode.strip("rb") or not path.endswith((".py", ".pyc", ".so", ".nbi", ".nbc")):
            if "site-packages" not in path and not path.startswith(sys.base_prefix) and "__pycache__" not in path:
                done.append(f"{event} {path} {mode}")
    elif event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "sqlite3.connect"):
        if "__pycache__" not in str(args[0]):  # where Python and numba keep what they compiled
            done.append(f"{event} {args}")

os.environ.__class__.__getitem__ = watched_getitem
sys.addaudithook(audit)
for name in names:
    importlib.import_module(name)
print("\\n".join(done))
"""


@pytest.mark.slow
def test_importing_does_nothing() -> None:
    names = [name_of(path) for path in MODULES if "migrations" not in path.parts]
    result = subprocess.run(
        [sys.executable, "-c", WATCH, *names], capture_output=True, text=True, cwd=ROOT, check=False, timeout=600
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""
