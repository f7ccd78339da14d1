"""A process killed in the middle of an import leaves all of it or none, on both databases."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import store_kit

from geo.store import Store

pytestmark = pytest.mark.slow

ROWS = 20_000
QUARANTINED = 40

#: Imports a file. The moment, where it is not empty, names the event of SQLAlchemy's engine at which the process kills
#: itself; the statement, how the one begins that it waits for.
IMPORT = """
import os, signal, sys
import store_kit
from sqlalchemy import Engine, event
from geo.boundaries.regions import Boundaries
from geo.store import Store

url, prefix, rows, moment, statement = sys.argv[1:]
rows = int(rows)
frame = store_kit.incidents([f"{prefix}-{n:05}" for n in range(rows)], source=["acled", "imsma"] * (rows // 2))
batch = store_kit.batch(frame, quarantined=40, file=prefix)
Boundaries.shipped().units("commune", "2015")
store = Store.open(url, seed=False)

def die(*arguments, **_):
    if len(arguments) < 3 or arguments[2].startswith(statement):
        os.kill(os.getpid(), signal.SIGKILL)

if moment:
    event.listen(Engine, moment, die)
print("ready", flush=True)
store.add_incidents(batch)
print("done", flush=True)
"""


@pytest.fixture(params=store_kit.KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with store_kit.fresh_url(request.param, request) as fresh:
        yield fresh


def start(url: str, prefix: str, rows: int = ROWS, moment: str = "", statement: str = "") -> subprocess.Popen[str]:
    """Start an import in a process of its own and wait until it is about to begin."""
    tests = Path(__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, url, prefix, str(rows), moment, statement],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tests.parent,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=600)


def imported_whole(url: str, prefix: str, expected: int = ROWS) -> bool:
    """Open the store again; tell whether the import is there, after checking that nothing is there by half."""
    with Store.open(url, seed=False) as store:
        rows = store.incidents().index.str.startswith(f"{prefix}-").sum()
        revisions = [revision.id for revision in store.revisions() if revision.file == prefix]
        quarantined = len(store.quarantine(revisions[0])) if revisions else 0
    assert (rows, len(revisions), quarantined) in {(0, 0, 0), (expected, 1, QUARANTINED)}
    return bool(rows)


@pytest.mark.nightly  # by the clock
def test_killed_at_random_moments(url: str) -> None:
    process = start(url, "timed")
    begin = time.perf_counter()
    finish(process)
    takes_s = time.perf_counter() - begin
    assert imported_whole(url, "timed")
    moments = random.Random(2)
    outcomes: list[bool] = []
    attempts = 0
    while len(outcomes) < 3:  # one in each third of the time that an import takes
        attempts += 1
        process = start(url, f"killed{attempts}")
        time.sleep(takes_s * (len(outcomes) + moments.random()) / 3)
        process.kill()
        finish(process)
        whole = imported_whole(url, f"killed{attempts}")
        if process.returncode == -signal.SIGKILL:
            outcomes.append(whole)
        else:
            assert whole, "it had come to its end"
            takes_s /= 2  # the machine has become faster since
    assert not all(outcomes), "at least one was stopped before its end"


@pytest.mark.parametrize(
    ("moment", "statement"),
    [
        ("after_cursor_execute", "INSERT INTO revisions"),
        ("after_cursor_execute", "INSERT INTO incidents"),
        ("after_cursor_execute", "INSERT INTO quarantine"),
        ("commit", ""),
    ],
)
def test_killed_between_its_statements(url: str, moment: str, statement: str) -> None:
    process = start(url, "killed", 500, moment, statement)
    finish(process)
    assert process.returncode == -signal.SIGKILL
    assert not imported_whole(url, "killed", 500)


def test_the_file_is_taken_the_next_time(url: str) -> None:
    finish(start(url, "killed", 500, "commit"))
    finish(start(url, "killed", 500))
    assert imported_whole(url, "killed", 500)
