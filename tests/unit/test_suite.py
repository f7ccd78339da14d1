"""The house rules of the suite itself: what tests share is in kits, and nothing is kept between runs."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_no_test_imports_another_test() -> None:
    """What two modules of tests share is a kit: a change to one test then breaks no other."""
    modules = {path.stem for path in TESTS.rglob("test_*.py")}
    assert len(modules) > 100
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [str(node.module), *(alias.name for alias in node.names)]
            else:
                continue
            assert not {part for name in names for part in name.split(".")} & modules, path
