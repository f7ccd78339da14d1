"""Build the synthetic default: ``python data/synthetic/build.py`` writes incidents.csv and hazards.geojson here.

Everything is drawn from assumptions.toml with its seed, along the shipped roads and towns; the same inputs give the
same bytes. Nothing in it happened.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from areas import Areas
from draw import Draw
from events import Events
from ground import Ground

from geo.core.provenance import refresh_hashes
from geo.incidents.schema import COLUMNS

HERE = Path(__file__).parent


def build(folder: Path = HERE) -> None:
    """Write both files into `folder`."""
    assumptions = tomllib.loads((HERE / "assumptions.toml").read_text(encoding="utf-8"))
    ground = Ground(assumptions["events"]["road_weight"])
    seed = assumptions["seed"]
    _write_incidents(folder / "incidents.csv", Events(assumptions, ground, Draw(seed)).rows())
    _write_areas(folder / "hazards.geojson", Areas(assumptions, ground, Draw(seed + 1)).features())


def _write_incidents(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    columns = ["id", *COLUMNS, "longitude", "latitude"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def _write_areas(path: Path, features: Sequence[dict[str, Any]]) -> None:
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    build()
    refresh_hashes(HERE)
