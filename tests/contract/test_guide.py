"""The guide to importing is followed to the letter: each of its commands, in order, answers what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from api.commands.main import build

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
#: What the first page tells its reader to correct in the report: number of the incident → heading, cell.
CORRECTIONS = {"3": ("Date", "21/01/2024"), "5": ("Longitude", "-1,925")}
#: As many lines fit on a printed page.
PAGE = 68


def guide(lang: str) -> str:
    text = (DOCS / ("importing.md" if lang == "en" else "importing.fr.md")).read_text(encoding="utf-8")
    return text[: re.search(r"(?m)^## R[eé]f[eé]rence$", text).start()]  # type: ignore[union-attr]


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of the guide with what the page says that it answers."""
    for block in re.findall(r"(?ms)^```console\n(.*?)^```$", text):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, answer = part.partition("\n")
            yield command, answer


def plain(text: str) -> str:
    """Return a text with ordinary blanks in the place of those that French types before its signs."""
    return re.sub("[\u00a0\u202f]", " ", text)


def pattern(answer: str) -> str:
    """Return the expression that an answer on the page stands for: “…” alone for any lines, in a line for any words."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else r".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in answer.splitlines()
    ]
    return "".join(lines)


def correct(report: Path) -> None:
    book = openpyxl.load_workbook(report)
    header, *rows = book.active.iter_rows()
    at = {str(cell.value): position for position, cell in enumerate(header)}
    for row in rows:
        heading, cell = CORRECTIONS.get(str(row[at["N°"]].value), ("", ""))
        if heading:
            row[at[heading]].value = cell
    book.save(report)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_guide_answers_as_it_says(lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (DOCS / "examples").iterdir():
        shutil.copy(file, tmp_path)
    for name, value in {"HOME": tmp_path / "home", "LANG": lang}.items():
        monkeypatch.setenv(f"SIRA_{name}", str(value))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    followed = list(steps(guide(lang)))
    assert len(followed) >= 10
    for command, answer in followed:
        program, *words = shlex.split(command)
        assert program == "sira"
        if "--check" not in words and any(word.startswith("controle") for word in words):
            correct(tmp_path / "controle.xlsx")
        said = CliRunner().invoke(build(), words, catch_exceptions=False).output
        assert re.fullmatch(plain(pattern(answer)), plain(said)), f"{command}\n\nsays\n{said}\nnot\n{answer}"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_part_of_the_guide_fits_on_a_page(lang: str) -> None:
    _, *parts = re.split(r"(?m)^## ", guide(lang))
    assert len(parts) == 3
    assert [len(part.splitlines()) for part in parts if len(part.splitlines()) > PAGE] == []
