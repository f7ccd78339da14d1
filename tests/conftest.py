"""Fixtures that say what a test needs, and skip it by name, with the command that installs it, where it is missing.

``SIRA_FORBID_SKIPS=1`` (set by ``.ci/run``) turns each such skip into a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, event
from that_day import TODAY

# The suite that gates a change draws the same examples each time; `make nightly` searches with seeds of its own.
# Neither looks at the clock: the machine is shared.
settings.register_profile("gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "nightly", derandomize=False, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("gate")

#: The one skip that is allowed where skips are forbidden: the sample data are not the project's to ship.
SAMPLE_REASON = "needs the sample data: set SIRA_SAMPLE_DATA to their folder"
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's, which python3-qgis installs into
#: Looked through for examples in docstrings, these would clash: they bear one name in several folders.
collect_ignore_glob = ["conftest.py", "*/conftest.py", "*/screenshots.py"]

#: How the names of files begin that share services of a process of their own, or roads that were fitted.
TOGETHER = ("tests/acceptance/", "tests/browser/test_map_file")

_undeclared: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a property test whose own settings let the clock or the load decide."""
    for item in items:
        own = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if own and (own.deadline is not None or HealthCheck.too_slow not in own.suppress_health_check):
            raise pytest.UsageError(f"{item.nodeid}: keep deadline=None and suppress HealthCheck.too_slow")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give files that share what takes long to begin, as `TOGETHER` names them, to one worker; else each to any."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((beginning for beginning in TOGETHER if file.startswith(beginning)), file)

    return Together(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Gather the skips that ``.ci/run`` does not allow."""
    if report.skipped and not hasattr(report, "wasxfail") and SAMPLE_REASON not in str(report.longrepr):
        _undeclared.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for skips where they are forbidden."""
    if os.environ.get("SIRA_FORBID_SKIPS") == "1" and _undeclared and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the forbidden skips."""
    if os.environ.get("SIRA_FORBID_SKIPS") == "1":
        for nodeid in _undeclared:
            terminalreporter.write_line(f"forbidden skip: {nodeid}", red=True)


def _need(condition: bool, name: str, remedy: str) -> None:
    if condition:
        return
    if os.environ.get("SIRA_FORBID_SKIPS") == "1":
        pytest.fail(f"{name} is missing and skips are forbidden here: {remedy}", pytrace=False)
    pytest.skip(f"needs {name}: {remedy}")


class _ThatDay(datetime):
    """The clock of the tests stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return TODAY.astimezone(tz)


@pytest.fixture(scope="session", autouse=True)
def _today() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.base.assessments.datetime", _ThatDay)
        yield


@pytest.fixture(scope="session", autouse=True)
def _assessor_off() -> Iterator[Callable[..., bool]]:
    """What is not assessed stays "being made", as it does for half a minute after an import.

    The process that every service would begin for it takes the processor from the tests; see `assessor`.
    """
    from api.base.assessments import Assessor

    want = Assessor.want
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Assessor, "want", lambda *_: True)
        yield want


@pytest.fixture
def assessor(_assessor_off: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have services assess what is not assessed, in a process of its own, as they do outside of tests."""
    monkeypatch.setattr("api.base.assessments.Assessor.want", _assessor_off)


@pytest.fixture(scope="session", autouse=True)
def _drawn_once() -> Iterator[None]:
    """Have empty SQLite stores given the synthetic default by the statements that gave it to this worker's first one.

    It is the same in each, and drawing and linking it takes a quarter of a second, which hundreds of stores would.
    """
    from geo.store import store

    put, link = store._put_default, store.link
    written: list[tuple[str, Any]] = []

    def once(connection: Connection, revision: int) -> None:
        if connection.dialect.name != "sqlite" or revision != 1 or store.link is not link:
            put(connection, revision)
        elif written:
            for statement, values in written:
                connection.exec_driver_sql(statement, values)
        else:
            with _statements(connection) as seen:
                put(connection, revision)
            written.extend(each for each in seen if not each[0].lstrip().upper().startswith("SELECT"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_put_default", once)
        yield


@contextmanager
def _statements(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Give the list to which each statement of a connection is added, with its values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)


@pytest.fixture(scope="session", autouse=True)
def _run_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Name the folder that the workers of this run share; see `homes_kit`."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIRA_TEST_RUN", str(shared))
        yield


@pytest.fixture(scope="module")
def fitted_once() -> Iterator[None]:
    """Have roads fitted once in this worker for equal data, whoever asks in this module; see `homes_kit`."""
    from homes_kit import shared_planners

    with shared_planners():
        yield


@pytest.fixture(autouse=True)
def _declared_needs(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("sample"):
        request.getfixturevalue("sample_data")
    if request.node.get_closest_marker("postgis"):
        request.getfixturevalue("postgis_url")
    if request.node.get_closest_marker("browser"):
        request.getfixturevalue("chromium")
    if request.node.get_closest_marker("qgis"):
        request.getfixturevalue("qgis_python")


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Folder of real files to import and measure with; never shipped, so it may be absent."""
    folder = os.environ.get("SIRA_SAMPLE_DATA", "")
    if not folder:
        pytest.skip(SAMPLE_REASON)
    return Path(folder)


@pytest.fixture(scope="session")
def postgis_url() -> str:
    """URL of an empty PostGIS database the tests may fill and empty."""
    url = os.environ.get("SIRA_TEST_POSTGIS", "")
    _need(bool(url), "PostGIS", "apt-get install postgresql postgresql-15-postgis-3, then set SIRA_TEST_POSTGIS")
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium that browser tests drive."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    _need(path is not None, "Chromium", "apt-get install chromium")
    assert path is not None
    return path


@pytest.fixture(scope="session")
def qgis_python() -> str:
    """Path of a Python that can import PyQGIS."""
    found = (
        Path(SYSTEM_PYTHON).exists()
        and subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0
    )
    _need(found, "PyQGIS", "apt-get install python3-qgis")
    return SYSTEM_PYTHON


@pytest.fixture(scope="session")
def ogrinfo() -> str:
    """Path of GDAL's program, of Debian's packages: another GDAL than the one that Sira brings."""
    path = shutil.which("ogrinfo")
    _need(path is not None, "GDAL's programs", "apt-get install gdal-bin")
    assert path is not None
    return path


@pytest.fixture(scope="session")
def ogctests_python() -> str:
    """Path of a Python that has ogctests."""
    return _other_python("ogctests")


@pytest.fixture(scope="session")
def peers_python() -> str:
    """Path of a Python that has the servers that Sira is measured against."""
    return _other_python("peers")


def _other_python(name: str) -> str:
    folder = Path(__file__).parents[1] / f".venv-{name}"
    _need((folder / ".setup").exists(), f"the environment {folder.name}", f"make {folder.name}/.setup")
    return str(folder / "bin" / "python")
