"""The tree in docs/architecture.md is the tree that is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("geo", "models", "api")


def told() -> set[str]:
    """Return the paths that the document's indented tree names."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text.split("## The tree", 1)[1].split("```", 2)[1]
    paths, parents = set(), {}
    for line in tree.strip("\n").splitlines():
        match = re.match(r"( *)(\S+)", line)
        assert match is not None
        depth, name = len(match[1]) // 2, match[2]
        parents[depth] = name.rstrip("/")
        if name.endswith(".py"):
            paths.add("/".join([*(parents[above] for above in range(depth)), name]))
    return paths


def test_every_module_stands_in_the_tree_and_nothing_else() -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts and "vendor" not in path.parts
    }
    assert told() == there
