"""``sira import`` and ``sira fetch`` on a store of their own: the report, the second import, the key."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from api.commands.main import build

FIXTURES = Path(__file__).parents[1] / "fixtures" / "incidents"
INTAKE = FIXTURES.parent / "intake"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    monkeypatch.delenv("SIRA_UCDP_TOKEN", raising=False)
    group = build()

    def invoke(*words: object, lang: str = "en") -> Result:
        return CliRunner().invoke(group, ["--lang", lang, *map(str, words)], catch_exceptions=False)

    return invoke


def rows_of(report: Path) -> list[list[str]]:
    with report.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_an_import_reports_and_a_second_one_changes_nothing(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    first = run("import", FIXTURES / "ucdp_ged_official.csv", "--report", report)
    assert first.exit_code == 3, first.output
    assert "UCDP GED, 6 rows read." in first.output
    assert "5 new, 0 updated, 0 already there, 1 set aside." in first.output
    assert "Row 7, longitude, latitude “2.11, 13.51”: The point lies outside Mali." in first.output
    assert [row[:3] for row in rows_of(report)] == [
        ["Sira: row", "Sira: what became of it", "Sira: faults"],
        *([str(line), "new", ""] for line in range(2, 7)),
        ["7", "set aside", "longitude, latitude “2.11, 13.51”: The point lies outside Mali."],
    ]
    key = first.output.splitlines()[-1]
    assert key.startswith("sira_")
    second = run("import", FIXTURES / "ucdp_ged_official.csv")
    assert "0 new, 0 updated, 5 already there, 1 set aside." in second.output
    assert "Nothing changed" in second.output
    assert "sira_" not in second.output


def test_the_report_is_in_the_persons_language(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "rapport.csv"
    result = run("import", FIXTURES / "kobo.xlsx", "--source", "kobo", "--report", report, lang="fr")
    assert "Ligne 3, infos/tues «\u202f=1+1\u202f»" in result.output
    header, first, second = rows_of(report)
    assert header[:3] == ["Sira\u202f: ligne", "Sira\u202f: suite", "Sira\u202f: fautes"]
    assert first[:3] == ["2", "nouveau", ""]
    assert second[:3] == [
        "3",
        "écarté",
        "infos/tues «\u202f=1+1\u202f»\u202f: La cellule est une formule sans valeur enregistrée\u202f; "
        "ouvrez le fichier dans Excel ou LibreOffice et enregistrez-le.",
    ]
    assert second[header.index("infos/tues")] == "'=1+1"


def test_the_same_source_id_updates(run: Run, tmp_path: Path) -> None:
    run("import", FIXTURES / "acled.csv")
    path = tmp_path / "acled.csv"
    path.write_text((FIXTURES / "acled.csv").read_text().replace(",2,,1700000000", ",3,,1700000001"))
    assert "0 new, 1 updated, 4 already there, 0 set aside." in run("import", path).output


def test_a_table_with_a_map_and_one_with_a_source(run: Run, tmp_path: Path) -> None:
    mapped = run("import", FIXTURES / "mapped.csv", "--map", FIXTURES / "mapped.toml")
    assert "2 new" in mapped.output
    copy = tmp_path / "renamed.csv"
    shutil.copy(FIXTURES / "hxl.csv", copy)
    assert "2 new" in run("import", FIXTURES / "hxl.csv", "--source", "essai").output
    assert "2 already there" in run("import", copy, "--source", "essai").output


def test_polygons_go_to_the_hazard_areas(run: Run, tmp_path: Path) -> None:
    ring = [[-4.2, 14.4], [-4.19, 14.4], [-4.19, 14.41], [-4.2, 14.41], [-4.2, 14.4]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"id": "SHA-1", "status": "suspected", "date": "2023-01-01", "source": "essai"},
    }
    path = tmp_path / "areas.geojson"
    feature["properties"] |= {"survey_date": "2023-01-01"}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    result = run("import", path)
    assert result.exit_code == 0, result.output
    assert "geojson, 1 row read." in result.output


def test_p_codes_and_words_are_taught_on_the_command_line(run: Run, tmp_path: Path) -> None:
    refused = run("import", INTAKE / "imsma_name_and_pcode.csv", "--source", "ong")
    assert "--pcodes ocha2020 or --pcodes cod2015" in refused.output
    assert (
        "1 new" in run("import", INTAKE / "imsma_name_and_pcode.csv", "--source", "ong", "--pcodes", "ocha2020").output
    )
    areas = run("import", INTAKE / "hz_status_fr.csv", "--source", "ong")
    assert "7 new" in areas.output
    assert '[values.status] "Ouverte" = "…"' in areas.output
    taught = tmp_path / "words.toml"
    taught.write_text('[values.status]\nopen = "suspected"\nouverte = "suspected"\nclosed = "cleared"\n')
    assert "3 new" in run("import", INTAKE / "hz_status_fr.csv", "--source", "ong", "--map", taught).output


def test_all_faults_of_a_row_are_printed_and_reported(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "aside.csv"
    printed = run("import", INTAKE / "multi.csv", "--source", "ong", "--report", report).output
    columns = ["date", "killed", "injured", "longitude, latitude", "device_category"]
    (told,) = [row[2] for row in rows_of(report)[1:]]
    assert [fault.partition(" “")[0] for fault in told.split(" | ")] == columns
    assert all(f"Row 2, {column} “" in printed for column in columns)


def test_a_corrected_report_is_sent_back(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    assert run("import", INTAKE / "mixed_fr.csv", "--source", "ong", "--report", report).exit_code == 3
    book = openpyxl.load_workbook(report)
    header, *rows = book.active.iter_rows()
    column = [cell.value for cell in header].index("Date")
    (wrong,) = [row for row in rows if row[1].value == "set aside"]
    assert wrong[column].value.startswith("31")
    wrong[column].value = "28/02/2023"
    book.save(report)
    sent = run("import", report, "--source", "ong")
    assert "1 new, 0 updated, 5 already there, 0 set aside." in sent.output
    assert "its own columns were not read: Sira: row, Sira: what became of it, Sira: faults" in sent.output
    assert sent.exit_code == 0


def test_a_clash_is_reported_with_old_and_new(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    run("import", INTAKE / "lifecycle" / "v1.csv", "--source", "ong")
    run("import", INTAKE / "lifecycle" / "v2.csv", "--source", "ong", "--report", report)
    (clash,) = [row for row in rows_of(report) if row[1] == "clash"]
    assert "killed_total 2 → 200" in clash[2]


def test_of_points_and_areas_in_one_file_each_have_a_report(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    run("import", INTAKE / "geo_mixed.geojson", "--source", "ong", "--report", report)
    assert report.exists()
    aside = tmp_path / "report-areas.csv"
    header, area = rows_of(aside)
    assert area[header.index("wkt")].startswith("POLYGON")
    assert "survey_date" in area[2]
    with aside.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[*header, "survey_date"], [*area, "2023-05-01"]])
    assert "1 new, 0 updated, 0 already there, 0 set aside." in run("import", aside, "--source", "ong").output


def test_rows_of_several_sheets_are_told_apart(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    header = ["id", "date", "longitude", "latitude", "engin"]
    days = {"Gao": ["2023-02-03", "2023-13-03"], "Mopti": ["2023-14-03", "2023-02-03"]}
    for name, dates in days.items():
        sheet = book.create_sheet(name)
        sheet.append(header)
        for number, day in enumerate(dates):
            sheet.append([f"{name}{number}", day, "-4.19", "14.49", "mine"])
    book.save(tmp_path / "two.xlsx")
    printed = run("import", tmp_path / "two.xlsx", "--source", "ong", "--report", tmp_path / "r.csv").output
    assert [(row[0], row[1]) for row in rows_of(tmp_path / "r.csv")[1:]] == [
        ("Gao 2", "new"),
        ("Gao 3", "set aside"),
        ("Mopti 2", "set aside"),
        ("Mopti 3", "new"),
    ]
    assert "more; --report" not in printed


def test_a_long_list_is_cut_short_only_where_no_report_holds_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    rows = "".join(f"{number},2023-13-01,-4.19,14.49,mine\n" for number in range(30))
    file.write_text(f"id,date,longitude,latitude,engin\n{rows}", encoding="utf-8")
    assert "… and 20 more; --report FILE.xlsx writes them all." in run("import", file, "--source", "ong").output
    assert "20 more" not in run("import", file, "--source", "ong", "--report", tmp_path / "r.csv").output


def test_a_report_does_not_take_the_place_of_its_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    shutil.copy(INTAKE / "multi.csv", file)
    assert "another name" in run("import", file, "--source", "ong", "--report", file).output
    assert file.read_bytes() == (INTAKE / "multi.csv").read_bytes()


def test_what_cannot_be_read_is_one_sentence(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    result = run("import", path, lang="fr")
    assert result.exit_code == 1
    assert "n’est d’aucun format connu" in result.output
    assert "Traceback" not in result.output


def test_fetch_asks_for_the_persons_own_credentials(run: Run) -> None:
    result = run("fetch", "ucdp", "--release", "25.1")
    assert result.exit_code == 1
    assert "SIRA_UCDP_TOKEN" in result.output
