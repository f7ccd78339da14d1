"""A check tells all that an import would, draws where the rows lie, and leaves the store as it was, byte for byte."""

from __future__ import annotations

import hashlib
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.commands.main import build
from geo.store import Store

pytestmark = pytest.mark.slow

INTAKE = Path(__file__).parents[1] / "fixtures" / "intake"
LIFECYCLE = INTAKE / "lifecycle"

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}").close()
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def invoke(*words: object, lang: str = "en") -> Result:
        return CliRunner().invoke(build(), ["--lang", lang, "import", *map(str, words)], catch_exceptions=False)

    return invoke


def held(home: Path) -> str:
    """Return all that the store holds, in short: each byte counts."""
    with closing(sqlite3.connect(home / "sira.sqlite")) as connection:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()


@pytest.mark.parametrize(
    ("before", "name", "words", "code"),
    [
        (None, "jan.csv", (), 0),
        ("jan.csv", "jan_v2.csv", ("--complete", "--yes"), 0),
        ("v1.csv", "v2.csv", (), 1),
        ("ong_a.csv", "ong_b.csv", (), 1),
        ("n1.csv", "n2.csv", (), 0),
        ("zones_2023-01.zip", "zones_2023-06.zip", (), 0),
        (None, "../mixed_fr.csv", (), 3),
        (None, "../geo_mixed.geojson", (), 3),
        (None, "../multi.csv", (), 1),
        (None, "../imsma.xml", (), 1),
        (None, "jan.csv", ("--period", "never", "1"), 2),
    ],
)
def test_a_check_changes_nothing_and_ends_as_the_import_does(
    run: Run, home: Path, before: str | None, name: str, words: tuple[str, ...], code: int
) -> None:
    if before is not None:
        assert run(LIFECYCLE / before, "--source", "cas").exit_code == 0
    was = held(home)
    checked = run(LIFECYCLE / name, "--source", "cas", *words, "--check")
    assert held(home) == was
    imported = run(LIFECYCLE / name, "--source", "cas", *words)
    assert checked.exit_code == imported.exit_code == code, checked.output
    counts = [line for line in imported.output.splitlines() if " already there, " in line]
    assert [line for line in checked.output.splitlines() if " already there, " in line] == counts


def test_a_check_says_what_it_read_and_where_the_rows_lie(run: Run) -> None:
    said = run(INTAKE / "p_admin_contradiction.csv", "--source", "ong", "--check").output.splitlines()
    assert "Source: ong" in said
    assert "device_category → hazard_type, killed → killed_total, region → region" in said[2]
    table = [line.split() for line in said if line.startswith(("Douentza", "Gao"))]
    assert table == [["Douentza", "0", "0", "0", "0", "1"], ["Gao", "0", "0", "0", "0", "1"]]
    assert (
        "Sheet or layer: Mopti, Gao" in run(INTAKE / "excel_sheet_per_region.xlsx", "--source", "ong", "--check").output
    )


def test_a_check_prints_every_fault(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    rows = "".join(f"{number},2023-13-01,-4.19,14.49,mine,-4\n" for number in range(30))
    file.write_text(f"id,date,longitude,latitude,engin,killed\n{rows}", encoding="utf-8")
    said = run(file, "--source", "ong", "--check").output
    assert said.count("There is no such day as 2023-13-01.") == said.count("killed “-4”") == 30


def test_the_page_draws_each_row_and_marks_what_contradicts(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "rows.xlsx"
    run(LIFECYCLE / "v1.csv", "--source", "ong")
    said = run(LIFECYCLE / "v2.csv", "--source", "ong", "--check", "--report", report).output
    assert str(tmp_path / "rows.html") in said
    run(INTAKE / "p_lost_minus.csv", "--source", "ong", "--check", "--report", tmp_path / "minus.csv", lang="fr")
    clash, minus = ((tmp_path / name).read_text(encoding="utf-8") for name in ("rows.html", "minus.html"))
    assert "clash: 1" in clash
    assert marks(clash) == [("rect", False, "2")]
    assert "écarté: 5" in minus
    assert sorted(row for _, _, row in marks(minus)) == ["2", "3", "4", "5", "6"]
    assert all(crossed for _, crossed, _ in marks(minus))
    assert "http" not in clash + minus  # it needs nothing from elsewhere


def test_the_page_runs_nothing_that_a_file_says(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "<b>.csv"
    file.write_text("id,date,longitude,latitude,<script>x</script>,engin\n1,2023-01-02,-4.19,14.49,,mine\n")
    run(file, "--source", "ong", "--check", "--report", tmp_path / "r.csv")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


def marks(page: str) -> list[tuple[str, bool, str]]:
    """Return of each place that the page draws its shape, whether it is crossed, and its rows."""
    drawing = ET.fromstring(page[page.index("<svg viewBox") : page.index("</svg>") + len("</svg>")])
    found = []
    for group in drawing.iter("g"):
        first, *rest = list(group)
        found.append((first.tag, any(part.tag == "path" for part in rest), str(rest[-1].text)))
    return found


@pytest.mark.parametrize("words", [("--check",), ()])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_taken(
    home: Path, words: tuple[str, ...], tmp_path: Path
) -> None:
    before = held(home)
    call = ["--lang", "en", "import", str(LIFECYCLE / "jan.csv"), "--source", "cas", *words]
    result = CliRunner().invoke(build(), [*call, "--report", str(tmp_path / "none" / "report.xlsx")])
    assert result.exit_code == 1
    assert "cannot be written: No such file or directory. Nothing was taken." in result.output
    assert held(home) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no file that is always full")
def test_what_was_taken_is_told_where_there_is_no_room_for_the_report(run: Run) -> None:
    result = run(LIFECYCLE / "jan.csv", "--source", "cas", "--report", "/dev/full")
    assert result.exit_code == 0
    assert "could not be written: No space left on device" in result.output
    assert "admin key" in result.output
