"""Make the page's scripts at set-up: ``python -m api.map.vendoring`` (run by make, never by the service).

npm installs into ``node_modules`` exactly what ``package-lock.json`` pins; esbuild bundles the modules of
``api/map/scripts`` with Leaflet and mgrs into one script; that, and the few files that are used as they are, go with
their licences to ``api/vendor``. With ``--tools`` npm installs what lints, types and tests the scripts, too. What is
there already is not made again: then nothing is asked of the network.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import click

from api.base.vendored import BUNDLE, FILES, FONTS, LICENCES, VENDOR
from api.map.node import node_command

ROOT: Final = Path(__file__).parents[2]
SCRIPTS: Final = Path(__file__).parent / "scripts"
LOCK: Final = ROOT / "package-lock.json"
MODULES: Final = ROOT / "node_modules"
_BUNDLING: Final = ("--bundle", "--minify", "--format=iife", "--global-name=Sira", "--target=es2022")


class NoEsbuildError(click.ClickException):
    """npm has no esbuild for this machine."""

    def __init__(self) -> None:
        machine = f"{platform.system()} {platform.machine()}"
        super().__init__(
            f"esbuild has no program for this machine ({machine}). The bundle is the same for all machines: run make "
            "setup on another one with the same files, copy its folder api/vendor here and run make setup again."
        )


def digest() -> str:
    """Return what stands for all that the bundle is made of; its first line holds it."""
    made_of = hashlib.sha256(" ".join(_BUNDLING).encode())
    for path in (LOCK, *sorted(SCRIPTS.rglob("*.js"))):
        made_of.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return made_of.hexdigest()[:16]


def is_made(vendor: Path = VENDOR) -> bool:
    """Return whether `vendor` holds all that it should, made of the present scripts."""
    files = (BUNDLE, *FILES.values(), *FONTS.values(), *LICENCES)
    return all((vendor / file).exists() for file in files) and digest() in (vendor / BUNDLE).read_text("utf-8")[:60]


def install(*, tools: bool = False) -> None:
    """Have npm install what is pinned, unless it is there; with `tools`, what checks the scripts as well.

    Raises
    ------
    subprocess.CalledProcessError
        When npm or pip fails; their own words stand on stderr.
    """
    if _lacks(tools=tools):
        options = ["--ignore-scripts", "--silent", *([] if tools else ["--omit=dev"])]
        subprocess.run([*node_command("npm"), "ci", *options], cwd=ROOT, check=True)  # noqa: S603 (a fixed command)


def _lacks(*, tools: bool) -> bool:
    """Return whether a pinned package is missing or is another version; npm lists what it installed."""
    listed = MODULES / ".package-lock.json"
    there = json.loads(listed.read_text("utf-8"))["packages"] if listed.exists() else {}
    wanted = json.loads(LOCK.read_text("utf-8"))["packages"]
    return any(
        path not in there or there[path]["version"] != package["version"]
        for path, package in wanted.items()
        if path and not package.get("optional") and (tools or not package.get("dev"))
    )


def make(vendor: Path = VENDOR, modules: Path = MODULES) -> None:
    """Fill `vendor` from `modules` and the scripts, replacing what was there: whole or not at all.

    Raises
    ------
    NoEsbuildError
        When npm has no esbuild for this machine.
    subprocess.CalledProcessError
        When a script cannot be bundled; esbuild's own words stand on stderr.
    """
    with tempfile.TemporaryDirectory(dir=vendor.parent, prefix=".vendor-") as name:
        staging = Path(name) / "vendor"
        for file in (*FILES.values(), *FONTS.values(), *LICENCES):
            (staging / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / file, staging / file)
        _bundle(staging / BUNDLE, modules)
        shutil.rmtree(vendor, ignore_errors=True)
        staging.rename(vendor)


def _bundle(file: Path, modules: Path) -> None:
    if not list(modules.glob("@esbuild/*/")):
        raise NoEsbuildError
    esbuild = [*node_command("node"), str(modules / "esbuild/bin/esbuild"), str(SCRIPTS / "main.js"), *_BUNDLING]
    options = [f"--banner:js=/* {digest()} */", f"--outfile={file}", "--log-level=warning"]
    subprocess.run([*esbuild, *options], cwd=ROOT, check=True)  # noqa: S603 (a fixed command)


@click.command()
@click.option("--tools", is_flag=True, help="Install what lints, types and tests the scripts, too.")
def main(tools: bool) -> None:
    """Make what the page loads, where it is not there yet."""
    if tools or not is_made():
        install(tools=tools)
    if not is_made():
        make()
    click.echo(f"{VENDOR.relative_to(ROOT)} holds the page's scripts")


if __name__ == "__main__":
    main()
