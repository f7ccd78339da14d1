"""The report in a terminal and the files to take along, from ``sira route`` as a person runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gpx_structure import faults_of_gpx

from api.cli import build
from api.gpx import read_gpx
from api.text_tables import cells, table_lines


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


def sira(home: Path, *arguments: str) -> Result:
    clean = {name: None for name in os.environ if name.startswith("SIRA_")}
    return CliRunner().invoke(build(), arguments, env={**clean, "SIRA_HOME": str(home)})


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_keeps_to_80_columns_and_says_what_it_is(home: Path, lang: str) -> None:
    result = sira(home, "route", "Sévaré", "Tombouctou", "--via", "Douentza", "--truck", "--month", "8", "--lang", lang)
    assert result.exit_code == 0, result.output
    too_long = [line for line in result.stdout.splitlines() if cells(line) > 80]
    assert not too_long
    first = {"fr": "DONNÉES SYNTHÉTIQUES", "en": "SYNTHETIC DATA"}[lang]
    assert first in result.stdout.splitlines()[3]
    for words in {"fr": ("schématique", "camion", "saison des pluies"), "en": ("schematic", "truck", "rainy season")}[
        lang
    ]:
        assert words in result.stdout
    assert "90" in result.stdout
    assert "Sévaré" in result.stdout


def test_the_files_hold_the_route_and_its_worst_segments(home: Path, tmp_path: Path) -> None:
    gpx, geojson = tmp_path / "route.gpx", tmp_path / "route.geojson"
    result = sira(home, "route", "Sévaré", "Gao", "--gpx", str(gpx), "--geojson", str(geojson), "--lang", "en")
    assert result.exit_code == 0, result.output
    assert faults_of_gpx(gpx.read_bytes()) == []
    collection = json.loads(geojson.read_bytes())
    worst = collection["sira"]["worst"]
    assert worst
    assert gpx.read_text(encoding="utf-8").count("<wpt ") == 2 * len(worst)
    parts = [feature["properties"]["part"] for feature in collection["features"]]
    assert parts.count("route") == 1
    assert "segment" in parts
    assert "SYNTHETIC" in gpx.read_text(encoding="utf-8")
    ends = {
        tuple(round(part, 6) for part in feature["geometry"]["coordinates"][end])
        for feature in collection["features"]
        if feature["properties"].get("segment_id") in worst
        for end in (0, -1)
    }
    line = {tuple(point) for point in read_gpx(gpx.read_bytes(), "x").points.round(6).tolist()}
    assert len(line) > 5
    for lon, lat in ends:
        assert f'lat="{lat:.6f}" lon="{lon:.6f}"' in gpx.read_text(encoding="utf-8")
    again = sira(home, "route", "--track", str(gpx), "--lang", "en")
    assert again.exit_code == 0, again.output


def test_mistakes_are_said_in_one_sentence(home: Path, tmp_path: Path) -> None:
    unknown = sira(home, "route", "Gao", "Nowhereville", "--lang", "en")
    assert unknown.exit_code == 1
    assert "Nowhereville" in unknown.output
    square = {"type": "Polygon", "coordinates": [[[-1, 15.5], [1, 15.5], [1, 17], [-1, 17], [-1, 15.5]]]}
    area = tmp_path / "gao.geojson"
    area.write_text(json.dumps(square))
    cut = sira(home, "route", "Sévaré", "Gao", "--exclude", str(area), "--lang", "en")
    assert cut.exit_code == 1
    assert "the area gao" in cut.output


def test_tables_give_way_in_one_column() -> None:
    rows = [["km", "road", "n"], ["1–2", "a very long name of a road between towns", "10"]]
    lines = list(table_lines(rows, 30, flexible=1, right=(0, 2)))
    assert all(len(line) <= 30 for line in lines)
    assert "".join(lines).replace(" ", "").count("averylongnameofaroadbetweentowns") <= 1
    assert lines[0].startswith(" km")
