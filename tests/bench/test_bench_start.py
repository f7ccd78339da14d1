"""What starting takes: processor time until the service answers, what it holds then and later, and how soon it stops.

Memory is the proportional share (PSS) of all processes of the service. Another checkout named in ``SIRA_BENCH_BESIDE``
is measured in the same run: its modules, with the packages of this environment. Nothing here is a bar but that every
request is answered: seconds and megabytes are printed, and judged by whoever reads them.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.bench

HERE = Path(__file__).resolve().parents[2]
SIRA = [sys.executable, "-c", "from api.commands.main import main; main()"]
LARGEST = 12
HELP = """
import atexit
from pathlib import Path
atexit.register(lambda: print(Path("/proc/self/status").read_text()))
from api.commands.main import main
main()
"""
#: Imports what is asked for, and prints the MB that the process holds then, and what each foreign package added to it
#: when a module of ours asked for it first.
IMPORTS = """
import builtins, importlib, json, sys
own, found, load = ("geo", "models", "api"), {}, builtins.__import__

def pss():
    with open("/proc/self/smaps_rollup") as lines:
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("Pss:"))

def counted(name, globals=None, locals=None, fromlist=(), level=0):
    asks = (globals or {}).get("__name__", "").partition(".")[0] in own
    top = name.partition(".")[0]
    if level or not asks or top in own or name in sys.modules:
        return load(name, globals, locals, fromlist, level)
    before = pss()
    try:
        return load(name, globals, locals, fromlist, level)
    finally:
        found[top] = found.get(top, 0) + pss() - before

if sys.argv[2:]:
    builtins.__import__ = counted
importlib.import_module(sys.argv[1])
print(json.dumps([pss(), found]))
"""
LOOK = (  # one map with all that it draws, all layers, a tile, a page of items and a route
    *("/", "/map/names.json", "/map/risk.json?level=cercle", "/map/risk.json?level=commune", "/map/cells.json"),
    *(
        f"/map/{name}.json?level={level}"
        for name in ("outlines", "counts")
        for level in ("region", "cercle", "commune")
    ),
    "/map/incidents.json",
    "/tiles/communes-2016/6/30/29.mvt",
    "/ogc/collections/incidents/items?limit=100",
    "/routes?from=Mopti&to=Gao",
)
#: What is asked in an hour by several people, each in turn.
HOUR = (
    *(f"/layers/{level}s.geojson?start={year}-01&end={year}-12&lang={lang}"
      for level in ("region", "cercle", "commune") for year in range(2016, 2026) for lang in ("fr", "en")),
    *(f"/tiles/{name}/{z}/{(1 << z) // 2 - k}/{round((1 << z) * 0.46)}.mvt"
      for name in ("communes-2016", "risk-cells", "incidents") for z in range(5, 10) for k in range(3)),
    *(f"/ogc/collections/{name}/items?limit=200" for name in ("incidents", "communes-2016", "risk-communes-2016")),
    *(f"/routes?from={one}&to={other}&f={form}" for one in ("Mopti", "Bamako", "Kayes", "Sikasso")
      for other in ("Gao", "Kidal", "Tombouctou") for form in ("json", "pdf")),
    *(f"/units/cercle-{name}/bulletin.pdf" for name in ("mopti", "gao", "kati", "kayes", "koro", "bankass")),
    *("/bulletin.pdf", "/exports/sira.gpkg", "/exports/incidents.fgb", "/exports/risk-cells.tif", "/map/file.html"),
)  # fmt: skip


class Used(NamedTuple):
    """Processor seconds, and the MB held."""

    cpu_s: float
    mb: float


def trees() -> list[Path]:
    """Return this checkout, and before it the one to measure beside it."""
    return [*map(Path, filter(None, [os.environ.get("SIRA_BENCH_BESIDE")])), HERE]


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIRA_")}
    return {**clean, "SIRA_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def run(command: list[str], tree: Path, home: Path) -> tuple[str, float]:
    """Run a command to its end: what it prints, and its processor time."""
    out = home / "printed"
    with out.open("wb") as stream:
        process = subprocess.Popen(command, cwd=tree, env=environment(home), stdout=stream)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return out.read_text(), usage.ru_utime + usage.ru_stime


def family(pid: int) -> list[int]:
    """Return a process and all that it began, and those began."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [pid]
    for task in children.parent.parent.iterdir():
        found += [each for child in (task / "children").read_text().split() for each in family(int(child))]
    return found


def used(pid: int) -> Used:
    """Return what a process and those it began have used and hold now."""
    cpu_s = mb = 0.0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        cpu_s += sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
        rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        mb += int(re.search(r"^Pss: +(\d+)", rollup, re.MULTILINE)[1]) / 1000  # type: ignore[index]
    return Used(cpu_s, mb)


@contextmanager
def serving(tree: Path, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a service that answers, and its address."""
    command = [*SIRA, "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=tree, env=environment(home), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = next(line for line in process.stdout if "http://" in line)
        yield process, re.search(r"http://[\d.:]+", line)[0]  # type: ignore[index]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=600) as answer:
        body: bytes = answer.read()
        return body


def until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.05)


def state_of_routes(address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get(f"{address}/ready"))["routes"]
    return found


def routes_are_ready(address: str) -> bool:
    return bool(state_of_routes(address)["status"] == "ready")


@pytest.fixture(scope="module", params=trees(), ids=lambda tree: tree.name)
def tree(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture(scope="module")
def home(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default store with its assessment; machine code of the kernels is there, as after the first start."""
    found = tmp_path_factory.mktemp("home")
    run([*SIRA, "assess", "--quiet"], tree, found)
    with serving(tree, found) as (_, address):
        until(lambda: routes_are_ready(address))
        ask_all(address, LOOK)
    return found


def ask_all(address: str, asked: tuple[str, ...]) -> int:
    """Ask for each; return how many bytes came."""
    return sum(len(get(address + each)) for each in asked)


def layers(address: str) -> tuple[str, ...]:
    """Return the addresses of all layers but the cells, which are more than is sent at once."""
    listed = json.loads(get(f"{address}/layers"))["layers"]
    return tuple(each["href"] for each in listed if each["name"] != "risk-cells")


def test_help_and_imports(tree: Path, tmp_path: Path) -> None:
    told, took = run([sys.executable, "-c", HELP, "--help"], tree, tmp_path)
    most_mb = int(re.search(r"VmHWM:\s+(\d+)", told)[1]) / 1000  # type: ignore[index]
    loads = [sys.executable, "-c", IMPORTS, "api.commands.serve"]
    alone, of_imports = run(loads, tree, tmp_path)
    counted, _ = run([*loads, "counted"], tree, tmp_path)
    print(f"\n{tree.name}: sira --help {took:.2f} s, {most_mb:.0f} MB")
    print(f"  imports of sira serve alone: {of_imports:.2f} s, {json.loads(alone)[0]:.0f} MB (PSS); of these:")
    shares = sorted(json.loads(counted)[1].items(), key=lambda each: -each[1])[:LARGEST]
    print("    " + ", ".join(f"{name} {mb:.0f}" for name, mb in shares))


def test_what_a_service_holds(tree: Path, home: Path) -> None:
    print(f"\n{tree.name}:")
    with serving(tree, home) as (process, address):

        def say(when: str) -> None:
            now = used(process.pid)
            print(f"  {when}: {now.cpu_s:.2f} s, {now.mb:.0f} MB (PSS)")

        say("answers")
        until(lambda: routes_are_ready(address))
        say("routes ready")
        ask_all(address, (*LOOK, *layers(address)))
        say("one map, all layers, a tile, a page of items and a route")
        ask_all(address, HOUR)
        say(f"{len(HOUR)} more questions of all kinds")
        ask_all(address, HOUR)
        say("the same again")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("making", ["nothing", "an assessment", "the planner", "an export", "a map file", "a bulletin"])
def test_how_soon_it_stops(tree: Path, home: Path, tmp_path: Path, making: str, sent: signal.Signals) -> None:
    asked = {"an export": "/exports/sira.gpkg", "a map file": "/map/file.html", "a bulletin": "/bulletin.pdf"}
    place = tmp_path / "new" if making == "an assessment" else home
    with serving(tree, place) as (process, address):
        if making == "an assessment":
            until(lambda: len(family(process.pid)) > 1)
            time.sleep(4)  # past its imports
        elif making == "the planner":
            until(lambda: state_of_routes(address)["being_made"])
        else:
            until(lambda: routes_are_ready(address))
        if making in asked:
            asking = subprocess.Popen([sys.executable, "-c", ASK, address + asked[making]], stderr=subprocess.DEVNULL)
            time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(sent)
        process.wait(600)
        print(f"\n{tree.name}: stops {time.monotonic() - began:.2f} s after {sent.name}, making {making}")
        if making in asked:
            asking.wait(60)


ASK = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=60).read()"
