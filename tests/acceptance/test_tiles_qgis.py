"""QGIS 3.22, as Debian ships it, draws the vector tiles with the service's own style."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.base.palette import BAND_COLOURS
from api.tiles.raster import parse_rgb

if TYPE_CHECKING:
    from conftest import Installation

pytestmark = pytest.mark.qgis

#: Well inside Mali: every pixel is of some commune.
INSIDE = [-5.9, 13.9, -4.3, 15.1]
PAPER = "#ffffff"


def drawn(python: str, url: str, collection: str, bounds: list[float], picture: Path) -> dict[str, Any]:
    script = Path(__file__).with_name("qgis_tiles_client.py")
    asked = {"url": url, "collection": collection, "bounds": bounds, "picture": str(picture)}
    done = subprocess.run(
        [python, str(script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def on_white(colour: str) -> str:
    """Return what the style's opacity makes of a colour on white paper."""
    return "#" + "".join(f"{round(part * 0.92 + 255 * 0.08):02x}" for part in parse_rgb(colour))


def test_communes_are_drawn_by_band_without_gaps(service: Installation, qgis_python: str, tmp_path: Path) -> None:
    found = drawn(qgis_python, service.address, "risk-communes-2016", INSIDE, tmp_path / "communes.png")
    assert found["valid"]
    assert found["warnings"] == []
    assert found["rules"] == 5
    colours = found["colours"]
    bands = {on_white(colour) for colour in BAND_COLOURS.values()}
    near = {colour: share for colour, share in colours.items() if any(is_near(colour, band) for band in bands)}
    assert sum(near.values()) > 0.5
    assert len(near) >= 2
    # Borders that were not shared would let the paper through.
    assert colours.get(PAPER, 0.0) < 0.005


def is_near(one: str, other: str) -> bool:
    return max(abs(a - b) for a, b in zip(parse_rgb(one), parse_rgb(other), strict=True)) <= 2


def test_places_are_drawn(service: Installation, qgis_python: str, tmp_path: Path) -> None:
    found = drawn(qgis_python, service.address, "places", [-12, 10, 4, 25], tmp_path / "places.png")
    assert found["valid"]
    assert found["warnings"] == []
    assert 0.9 < found["colours"][PAPER] < 1.0
