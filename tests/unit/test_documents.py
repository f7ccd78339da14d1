"""Each document that users read stands in both languages, and the two are of one build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
#: For those who build Sira or run a machine with it.
IN_ONE_FILE = {"architecture", "benchmarks", "data", "store"}
READ = sorted(path.stem for path in DOCS.glob("*.md") if not path.stem.endswith(".fr") and path.stem not in IN_ONE_FILE)


def build_of(path: Path) -> tuple[list[int], int, int]:
    """Return the levels of a document's headings in their order, and how many blocks of code and tables it has."""
    text = path.read_text(encoding="utf-8")
    bare = re.sub(r"(?ms)^```.*?^```$", "", text)
    headings = [len(marks) for marks in re.findall(r"(?m)^(#+) ", bare)]
    return headings, len(re.findall(r"(?m)^```$", text)), len(re.findall(r"(?m)^\|(?:[ :]*-+[ :]*\|)+ *$", bare))


@pytest.mark.parametrize("name", READ)
def test_a_document_that_users_read_has_its_french_twin(name: str) -> None:
    english, french = DOCS / f"{name}.md", DOCS / f"{name}.fr.md"
    assert french.exists()
    assert f"({name}.fr.md)" in english.read_text(encoding="utf-8")
    assert f"({name}.md)" in french.read_text(encoding="utf-8")
    assert build_of(english) == build_of(french)


def anchor_of(heading: str) -> str:
    """Return the name under which a link finds a heading, as the pages that show documents make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_links_within_a_document_lead_to_its_headings(path: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
    anchors = {anchor_of(heading) for heading in re.findall(r"(?m)^#+ (.*)$", text)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
