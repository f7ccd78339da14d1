"""The report in a terminal and the files to take along, from ``sira route`` as a person runs it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gpx_structure import faults_of_gpx
from homes_kit import synthetic_home

from api.commands.main import build
from api.roads.gpx import read_gpx
from api.roads.text_tables import cells, table_lines
from geo.roads import shipped_network
from geo.roads.segments import cut_segments

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("fitted_once")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_home(tmp_path_factory.mktemp("report")).home


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
    assert first in "".join(result.stdout.splitlines()[:6]), "behind what is over, which the day decides"
    for words in {"fr": ("schématique", "camion", "saison des pluies"), "en": ("schematic", "truck", "rainy season")}[
        lang
    ]:
        assert words in " ".join(result.stdout.split())
    assert "90" in result.stdout
    assert "Sévaré" in result.stdout
    assert {"fr": "au moins un", "en": "at least one"}[lang] in result.stdout


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


def test_data_that_are_not_assessed_are_assessed_first(tmp_path: Path) -> None:
    result = sira(tmp_path, "route", "Gao", "Bourem", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "assessed first" in result.stderr


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


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Bamba is the name of several places"),
        ("fr", "Bamba est le nom de plusieurs lieux"),
    ],
)
def test_an_ambiguous_name_offers_choices(home: Path, lang: str, said: str) -> None:
    result = sira(home, "route", "Gao", "Bamba", "--lang", lang)
    assert result.exit_code == 1
    assert said in result.output
    for choice in ("town-bamba", "village-bamba", "commune-ml050701"):
        assert choice in result.output
    assert sira(home, "route", "Gao", "village-bamba", "--lang", lang).exit_code == 0


def test_a_unit_without_a_town_is_named_as_what_it_is(home: Path) -> None:
    assert "(région), pas un point sur une route" in sira(home, "route", "Gao", "Taoudénit", "--lang", "fr").output
    assert "is a region, not a point on a road" in sira(home, "route", "Gao", "taoudenit", "--lang", "en").output


def test_a_broken_track_is_named_by_its_file(home: Path, tmp_path: Path) -> None:
    for name, content in (("half.gpx", b"<gpx"), ("noise.gpx", b"\x00\x01"), ("other.gpx", b"<kml/>")):
        (tmp_path / name).write_bytes(content)
        result = sira(home, "route", "--track", str(tmp_path / name), "--lang", "en")
        assert result.exit_code == 1
        assert name in result.output
        assert "Traceback" not in result.output


def test_the_excluded_road_that_cuts_the_way_is_named(home: Path) -> None:
    only = cut_segments(shipped_network())
    only = only[only["ref"] == "RN17"]["edge_id"].unique()[-1]
    elsewhere = cut_segments(shipped_network())
    elsewhere = elsewhere[elsewhere["ref"] == "RN6"]["edge_id"].iloc[0]
    result = sira(home, "route", "Gao", "Labbézanga", "--exclude", only, "--exclude", elsewhere, "--lang", "en")
    assert result.exit_code == 1
    assert only in result.output
    assert elsewhere not in result.output


def test_small_expectations_stand_with_the_probability_of_one(home: Path) -> None:
    result = sira(home, "route", "Sévaré", "Gao", "--via", "Douentza", "--lang", "en")
    assert "(0–0)" not in result.stdout
    assert "at least one" in result.stdout
    assert "position within" in result.stdout
    assert "Road network" in result.stdout


def counted(home: Path, folder: Path, vehicles: dict[str, float]) -> tuple[Result, list[dict[str, Any]]]:
    """Ask for Gao–Ménaka with these counts per segment; the report, and the alternatives of the GeoJSON."""
    counts, file = folder / "counts.csv", folder / "route.geojson"
    rows = [f"{segment},{number},0.05" for segment, number in vehicles.items()]
    counts.write_text("segment_id,vehicles_per_day,log_sd\n" + "\n".join(rows) + "\n", encoding="utf-8")
    options = ("--traffic", str(counts), "--geojson", str(file), "--lang", "en")
    result = sira(home, "route", "Gao", "Ménaka", *options)
    if result.exit_code:
        return result, []
    features = json.loads(file.read_bytes())["features"]
    return result, [f["properties"] for f in features if f["properties"]["part"] == "alternative"]


def test_without_counts_or_with_a_few_nothing_is_marked(home: Path, tmp_path: Path) -> None:
    without = sira(home, "route", "Gao", "Ménaka", "--lang", "en")
    said = " ".join(without.stdout.split())
    assert "another road" in said
    assert "per 100,000" not in said
    assert "lower per passage" not in said
    assert "Without traffic counts no alternative is recommended." in said
    partly, alternatives = counted(home, tmp_path, {str(cut_segments(shipped_network()).index[0]): 50})
    assert not any(each["passages"]["marked"] for each in alternatives)
    assert all(each["passages"]["expected_incidents"] is None for each in alternatives)
    assert "lower per passage" not in partly.stdout
    assert "no alternative is recommended" in " ".join(partly.stdout.split())
    refused, _ = counted(home, tmp_path, {"nowhere": 50})
    assert refused.exit_code == 1
    assert "counts.csv, row 2: segment_id" in refused.output


@pytest.mark.parametrize("is_marked", [True, False])
def test_with_counts_only_the_alternative_that_is_probably_lower_is_marked(
    home: Path, tmp_path: Path, is_marked: bool
) -> None:
    """Few vehicles on the fastest road, or on all the others: one passage there carries more of what is recorded."""
    table = cut_segments(shipped_network())
    other = set(table[table["name"] == "Gao–Djébock–Ménaka"].index)  # the fastest is the paved road by Ansongo
    few = set(table.index) - other if is_marked else other
    result, alternatives = counted(home, tmp_path, {each: 20 if each in few else 2000 for each in table.index})
    assert result.exit_code == 0, result.output
    told = [each["passages"] for each in alternatives]
    assert len(told) > 1
    for each in told:
        assert each["expected_incidents"]["low"] < each["expected_incidents"]["value"]
        assert each["expected_incidents"]["value"] < each["expected_incidents"]["high"]
    assert [each["marked"] for each in told].count(True) == is_marked
    assert not told[0]["marked"]
    said = " ".join(result.stdout.split())
    assert "per 100,000" in said
    assert "passages of one vehicle" in said
    assert ("lower per passage" in said) == is_marked
    if is_marked:
        best = next(each for each in told if each["marked"])
        assert 0.8 <= best["probability_lower_than_fastest"] <= 1
    report = result.stdout.split("Written: ")[0]
    assert not [line for line in report.splitlines() if cells(line) > 80]


def test_tables_give_way_in_one_column() -> None:
    rows = [["km", "road", "n"], ["1–2", "a very long name of a road between towns", "10"]]
    lines = list(table_lines(rows, 30, flexible=1, right=(0, 2)))
    assert all(len(line) <= 30 for line in lines)
    assert "".join(lines).replace(" ", "").count("averylongnameofaroadbetweentowns") <= 1
    assert lines[0].startswith(" km")
