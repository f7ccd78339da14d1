"""What cells of rows held that were set aside is forgotten after the days that an installation sets."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.commands.main import build

pytestmark = pytest.mark.slow

FILE = Path(__file__).parents[1] / "fixtures" / "intake" / "multi.csv"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    return tmp_path


def run(*words: object) -> str:
    return CliRunner().invoke(build(), ["--lang", "en", *map(str, words)], catch_exceptions=False).output


def values(home: Path, *, older_by_days: int = 0) -> list[str]:
    with closing(sqlite3.connect(home / "sira.sqlite")) as connection:
        connection.execute("UPDATE revisions SET created_at = datetime(created_at, ?)", (f"-{older_by_days} days",))
        connection.commit()
        return [str(value) for (value,) in connection.execute("SELECT value FROM quarantine")]


@pytest.mark.parametrize("days", [None, 30])
def test_a_value_is_forgotten_when_its_days_are_over(
    home: Path, monkeypatch: pytest.MonkeyPatch, days: int | None
) -> None:
    if days is not None:
        monkeypatch.setenv("SIRA_QUARANTINE_DAYS", str(days))
    limit = days or 180
    run("import", FILE, "--source", "ong")
    kept = values(home, older_by_days=limit - 1)
    run("sources")
    assert values(home, older_by_days=2) == kept
    assert "32/13/2023" in str(kept)
    run("sources")  # any command that opens the store
    assert "32/13/2023" not in str(values(home))
    content = b"".join(path.read_bytes() for path in home.glob("sira.sqlite*"))
    assert b"32/13/2023" not in content


def test_a_wrong_number_of_days_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIRA_QUARANTINE_DAYS", "half a year")
    assert "SIRA_QUARANTINE_DAYS cannot be used; expected a whole number of days from 0 to 36,500" in run("sources")
