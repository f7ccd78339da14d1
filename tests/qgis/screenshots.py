"""Take the pictures of ``docs/qgis.md``: ``python tests/qgis/screenshots.py`` (needs python3-qgis; takes minutes).

A service of its own with the default data is assessed and started; PyQGIS opens its project and its GeoPackage.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "img"
DRAW = Path(__file__).with_name("draw.py")
PYTHON = "/usr/bin/python3"
SIRA = [sys.executable, "-c", "from api.commands.main import main; main()"]
PACKAGE = "places,hazard_areas,road_segments,hotspots,cercles_2016"
PROJECT = "places,road_segments,hazard_areas,risk_cercles_2016"


def draw(folder: Path, lang: str, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    more = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder), "LANG": "C.UTF-8"}
    subprocess.run([PYTHON, str(DRAW), *arguments], env=environment | more, check=True, timeout=600)
    print("drawn", arguments[2], lang)


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Run a service and give its address."""
    environment = os.environ | {"SIRA_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    subprocess.run([*SIRA, "assess", "--quiet"], env=environment, cwd=ROOT, check=True)
    server = subprocess.Popen(
        [*SIRA, "serve", "--port", "0"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        for line in server.stdout:
            if match := re.search(r"http://[0-9.]+:\d+", line):
                yield match[0]
                break
    finally:
        server.terminate()
        server.wait()


def fetch(address: str, path: Path) -> None:
    """Fetch a file, as often as it is still being prepared."""
    for _ in range(60):
        try:
            with urllib.request.urlopen(address, timeout=300) as answer:
                path.write_bytes(answer.read())
                return
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            subprocess.run(["sleep", "2"], check=True)
    sys.exit(f"{address} did not get ready")


def take() -> None:
    """Write ``qgis-*.png`` for both languages."""
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "home") as address:
        folder = Path(name)
        for lang in ("fr", "en"):
            fetch(f"{address}/exports/sira.gpkg?lang={lang}", folder / "sira.gpkg")
            fetch(f"{address}/exports/sira.qgz?lang={lang}", folder / "sira.qgz")
            draw(folder, lang, "layers", str(folder / "sira.gpkg"), str(FOLDER / f"qgis-gpkg-{lang}.png"), PACKAGE)
            draw(folder, lang, "project", str(folder / "sira.qgz"), str(FOLDER / f"qgis-project-{lang}.png"), PROJECT)
        url = "https://sira.example/ogc"
        draw(folder, "en", "connection", url, str(FOLDER / "qgis-connection.png"), "Sira")


if __name__ == "__main__":
    take()
