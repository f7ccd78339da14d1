"""``sira hazards`` on a new installation: the synthetic areas, said to be so, beside the published figure."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.commands.main import build


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIRA_STORE", raising=False)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(build(), ["--lang", "en", *words], catch_exceptions=False)

    return invoke


def test_the_table_adds_up_and_says_what_it_is(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "areas.csv"
    result = run("hazards", "--by", "region", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "Synthetic data" in result.stderr
    assert "4,391,584 m² released in Mali" in result.stderr
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    last = [row for row in rows if row["period_start"] == max(row["period_start"] for row in rows)]
    for status in ("suspected", "confirmed", "released"):
        told = re.search(rf"([\d,]+) m² {status}", result.stderr)
        assert told is not None
        total = sum(float(row["area_m2"]) for row in last if row["status"] == status)
        assert int(told[1].replace(",", "")) == pytest.approx(total, abs=len(last))
        assert total > 0


def test_a_bad_span_is_refused(run) -> None:  # type: ignore[no-untyped-def]
    result = run("hazards", "--start", "2020-01-02", "--end", "2020-01-01")
    assert result.exit_code != 0
    assert "not after" in result.stderr
