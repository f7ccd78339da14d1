"""Print every module of the three packages with what it holds: ``make tree``."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def first_line(module: Path) -> str:
    """Return the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def main() -> None:
    """Print rooms in the order of their names, modules below them."""
    for package in ("geo", "models", "api"):
        for room in sorted(path.parent for path in (ROOT / package).rglob("__init__.py")):
            print(f"\n{room.relative_to(ROOT)}/  {first_line(room / '__init__.py')}")
            for module in sorted(room.glob("*.py")):
                if module.name != "__init__.py":
                    print(f"  {module.name:24} {first_line(module)}")


if __name__ == "__main__":
    main()
