"""A store that the code before wrote opens with everything it held, and its files are known when they come again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.commands.main import build
from geo.incidents.schema import HazardType
from geo.store import Store

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures"
LIFECYCLE = FIXTURES / "intake" / "lifecycle"
#: Written by the code of schema 0003 from the files named below; every record is invented.
BEFORE = FIXTURES / "stores" / "schema_0003.sqlite"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    shutil.copy(BEFORE, tmp_path / "sira.sqlite")

    def invoke(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(build(), ["--lang", "en", *map(str, words)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return invoke


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'sira.sqlite'}", seed=False)


def test_nothing_is_lost(run: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert len(store.incidents(hazards=HazardType)) == 15
        assert len(store.hazards()) == 1
        assert sum(len(store.quarantine(revision.id)) for revision in store.revisions()) == 4
        assert len(store.keys.list()) == 1
    assert "as they were written" in run("journal", "verify").output
    assert "new" in run("history", "imsma:A1").output


@pytest.mark.parametrize(
    ("old", "file", "count"),
    [
        ("imsma", LIFECYCLE / "jan.csv", 3),
        ("imsma", LIFECYCLE / "n1.csv", 2),
        ("kobo", LIFECYCLE / "k1.csv", 1),
        ("points-incidents-janvier", LIFECYCLE / "incidents_janvier.gpkg", 2),
        ("hxl-hxl", FIXTURES / "incidents" / "hxl.csv", 2),
        ("zones_2023-01.zip", LIFECYCLE / "zones_2023-01.zip", 1),
    ],
)
def test_a_file_that_was_imported_before_is_known_under_its_sources_name(
    run: Run, tmp_path: Path, old: str, file: Path, count: int
) -> None:
    run("sources", "rename", old, "cas")
    with opened(tmp_path) as store:
        before = len(store.incidents(hazards=HazardType)), len(store.hazards())
    report = run("import", file, "--source", "cas", code=3 if file.name == "hxl.csv" else 0).output
    assert "0 new" in report
    assert f"{count} already there" in report, report
    with opened(tmp_path) as store:
        assert (len(store.incidents(hazards=HazardType)), len(store.hazards())) == before


def test_what_it_did_not_keep_cannot_be_taken_back_but_a_record_can(run: Run, tmp_path: Path) -> None:
    assert "sira withdraw" in run("undo", 1, "--yes", code=1).output
    run("withdraw", "imsma:A2", "--reason", "doublon")
    with opened(tmp_path) as store:
        assert "imsma:A2" not in store.incidents().index


def test_what_comes_after_can_be_taken_back_to_what_it_held(run: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        before = store.incidents(hazards=HazardType)
    run("import", LIFECYCLE / "jan_v2.csv", "--source", "imsma")
    with opened(tmp_path) as store:
        assert store.incidents().loc["imsma:A1", "killed_total"] == 3
        run("undo", store.revision(), "--yes")
    with opened(tmp_path) as store:
        after = store.incidents(hazards=HazardType)
    assert before.drop(columns="geometry").equals(after.drop(columns="geometry"))
