"""The house rules of the suite itself: what two tests share is a kit."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
#: What changes the map gives the map itself, and with it all that it holds: seconds for each answer.
GIVES_THE_MAP = re.compile(r"\"(\([^)]*\) => )?map_sira\.(closePopup|eachLayer|fire|panBy|setView)\(")
ANOTHER_TEST = re.compile(r"^\s*(from|import)\s+(\w+\.)*test_\w+", re.MULTILINE)


def test_no_test_imports_another_test() -> None:
    assert ANOTHER_TEST.search("import pytest\n" + "from test_other import served\n")
    paths = list(TESTS.rglob("*.py"))
    assert len(paths) > 100
    assert [path for path in paths if ANOTHER_TEST.search(path.read_text(encoding="utf-8"))] == []


def test_no_browser_test_has_the_whole_map_answered() -> None:
    assert GIVES_THE_MAP.search("""page.evaluate("([lat]) => map_sira.fire('click')")""")
    paths = list(TESTS.glob("browser/*.py"))
    assert len(paths) > 10
    assert [path for path in paths if GIVES_THE_MAP.search(path.read_text(encoding="utf-8"))] == []
