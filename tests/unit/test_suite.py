"""The house rules of the suite itself: what two tests share is a kit."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ANOTHER_TEST = re.compile(r"^\s*(from|import)\s+(\w+\.)*test_\w+", re.MULTILINE)


def test_no_test_imports_another_test() -> None:
    assert ANOTHER_TEST.search("import pytest\n" + "from test_other import served\n")
    paths = list(TESTS.rglob("*.py"))
    assert len(paths) > 100
    assert [path for path in paths if ANOTHER_TEST.search(path.read_text(encoding="utf-8"))] == []
