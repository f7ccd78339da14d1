"""Files of Sira's that a person has worked on come back as what they are: updates of the records that they name."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from store_kit import hazard_batch, hazards, incidents

from api.commands.main import build
from geo.incidents import schema
from geo.incidents.batch import Batch
from geo.store import Store

pytestmark = pytest.mark.slow

Rows = list[list[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three incidents and two areas, and beside it what was exported from it."""
    folder = tmp_path_factory.mktemp("made")
    places = gpd.points_from_xy([-4.12345, -4.2, -4.3], [14.5, 14.6, 14.7])
    table = incidents(["ong:007", "ong:8", "ong:9"], geometry=places)
    table["source"], table["source_id"] = "ong", ["007", "8", "9"]
    table["killed_total"], table["narrative"] = [2, 0, None], ["- fait 1; -2", "fait 2", None]
    table["date"] = pd.to_datetime(["2021-03-04", "2021-03-25", "2021-04-01"])
    table["date_precision"] = ["day", "day", "month"]
    table["location_precision"], table["location_error_km"] = ["exact", "within_km", "exact"], [0.1, 4.8, 0.1]
    areas = hazards(["imsma:1", "imsma:2"], name=["Zone 1", "- tir"], source_id=["1", "2"])
    (folder / "home").mkdir()
    with Store.open(f"sqlite:///{folder / 'home' / 'sira.sqlite'}", seed=False) as store:
        store.add_incidents(Batch("a.csv", "test", len(table), schema.conform(table), (), ()))
        store.add_hazards(hazard_batch(areas))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIRA_HOME", str(folder / "home"))
        patch.delenv("SIRA_STORE", raising=False)
        for collection, audience in product(("incidents", "hazard-areas"), ("partner", "analyst")):
            out = folder / f"{collection}-{audience}.csv"
            words = ("--format", "csv", "--collection", collection, "--audience", audience, "--out", out, "--quiet")
            assert sira("export", *words).exit_code == 0
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that home, at which the commands work."""
    (tmp_path / "home").mkdir()
    shutil.copy(made / "home" / "sira.sqlite", tmp_path / "home")
    for path in made.glob("*.csv"):
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    return tmp_path / "home"


def sira(*words: str | Path) -> Result:
    return CliRunner().invoke(build(), ["--lang", "en", *map(str, words)])


def export(home: Path, collection: str = "incidents", audience: str = "analyst") -> Path:
    return home.parent / f"{collection}-{audience}.csv"


def edited(path: Path, change: Callable[[Rows], None]) -> Path:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    path = path.with_name("edited.csv")
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    return path


def said(result: Result) -> str:
    """Return the line of the report that counts."""
    return next(line for line in result.output.splitlines() if "already there" in line)


def stored(home: Path, name: str) -> pd.Series:
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        return pd.Series(store.incidents().loc[name])


@pytest.mark.parametrize("audience", ["partner", "analyst"])
@pytest.mark.parametrize("collection", ["incidents", "hazard-areas"])
def test_export_then_import_is_already_there(home: Path, collection: str, audience: str) -> None:
    done = sira("import", export(home, collection, audience=audience))
    count = 3 if collection == "incidents" else 2
    assert said(done) == f"0 new, 0 updated, {count} already there, 0 set aside."
    assert done.exit_code == 0
    assert "Nothing changed" in done.output


def local(rows: Rows) -> None:
    """Write a table as a French spreadsheet saves it again: dates, decimal commas, VRAI and FAUX, numbers of ids."""
    names = rows[0]
    day, lon, lat, error = (names.index(name) for name in ("date", "lon", "lat", "location_error_km"))
    for row in rows[2:]:
        if len(row[day]) == 10:
            row[day] = dt.date.fromisoformat(row[day]).strftime("%d/%m/%Y")
        elif len(row[day]) == 7:
            row[day] = "avr-21"
        for place in (lon, lat, error):
            row[place] = row[place].replace(".", ",")
        for place, cell in enumerate(row):
            row[place] = {"true": "VRAI", "false": "FAUX", "007": "7"}.get(cell, cell)


def test_saved_by_a_french_spreadsheet(home: Path) -> None:
    done = sira("import", edited(export(home), local))
    assert said(done) == "0 new, 0 updated, 3 already there, 0 set aside.", done.output


def _without(rows: Rows, names: list[str]) -> None:
    kept = [place for place, name in enumerate(rows[0]) if name not in names and not name.startswith("sira_")]
    rows[:] = [[row[place] for place in kept] for row in rows]


@pytest.mark.parametrize("audience", ["partner", "analyst"])
@pytest.mark.parametrize(
    "gone", [["event_id"], ["narrative", "note", "outcome"], ["killed_total"], ["source_id", "event_id", "place_name"]]
)
def test_rows_reordered_columns_deleted_and_one_count_corrected(home: Path, audience: str, gone: list[str]) -> None:
    def change(rows: Rows) -> None:
        killed, day = rows[0].index("injured_total"), rows[0].index("date")
        next(row for row in rows if row[day] == "2021-03-25")[killed] = "4"
        rows[2:] = rows[:1:-1]
        _without(rows, gone)

    before = stored(home, "ong:8")
    done = sira("import", edited(export(home, audience=audience), change))
    assert said(done) == "0 new, 1 updated, 2 already there, 0 set aside.", done.output
    after = stored(home, "ong:8")
    assert after["injured_total"] == 4
    assert after.drop("injured_total").equals(before.drop("injured_total"))


@pytest.mark.parametrize("audience", ["partner", "analyst"])
def test_little_more_than_ids_is_left(home: Path, audience: str) -> None:
    def change(rows: Rows) -> None:
        kept = [rows[0].index(name) for name in ("id", "date", "hazard_type", "lon", "lat", "killed_total")]
        rows[:] = [[row[place] for place in kept] for row in rows]
        del rows[1]

    done = sira("import", edited(export(home, audience=audience), change), "--source", "ong")
    # the column by which 1 April stands for a month is gone, and the report says so by its count
    assert said(done) == "0 new, 1 updated, 2 already there, 0 set aside.", done.output
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        assert list(store.incidents()["location_error_km"]) == [0.1, 4.8, 0.1]


def test_a_column_that_must_not_be_lost(home: Path) -> None:
    done = sira("import", edited(export(home), lambda rows: _without(rows, ["location_error_km"])))
    assert done.exit_code != 0
    assert "no column for location_error_km" in done.output


def test_headings_were_translated_and_hashtags_left(home: Path) -> None:
    def change(rows: Rows) -> None:
        rows[0] = [f"Colonne {number}" for number in range(len(rows[0]))]

    done = sira("import", edited(export(home, audience="partner"), change))
    assert said(done) == "0 new, 0 updated, 3 already there, 0 set aside.", done.output


def test_a_pseudonym_that_became_a_number(home: Path) -> None:
    def change(rows: Rows) -> None:
        rows[2][0] = "1.23E+19"

    done = sira("import", edited(export(home, audience="partner"), change))
    assert done.exit_code != 0
    assert "is no id that Sira gave" in done.output


def test_a_partner_moves_an_event_and_is_not_passed_over(home: Path) -> None:
    def change(rows: Rows) -> None:
        lon = rows[0].index("lon")
        rows[2][lon] = str(round(float(rows[2][lon]) + 0.1, 2))

    done = sira("import", edited(export(home, audience="partner"), change))
    assert said(done) == "0 new, 1 updated, 2 already there, 0 set aside.", done.output


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_areas_in_tables(home: Path, form: str) -> None:
    path = export(home, "hazard-areas")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    name = rows[0].index("name")
    next(row for row in rows if row[name] == "Zone 1")[name] = "Zone une"
    path = path.with_name(f"areas.{form}")
    if form == "xlsx":
        book = openpyxl.Workbook()
        book.create_sheet("Lisez-moi", 0).append(["un texte"])
        for row in rows:
            book["Sheet"].append(row)
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    done = sira("import", path)
    assert said(done) == "0 new, 1 updated, 1 already there, 0 set aside.", done.output
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        assert list(store.hazards()["name"]) == ["Zone une", "- tir"]
