"""``sira counts`` on a new installation and with the sample: the file, what stands beside it, what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import hxl
import pandas as pd
import pytest
from assessment_kit import drawn
from click.testing import CliRunner, Result

from api.commands.main import build
from geo.boundaries.regions import Boundaries
from geo.core.tables import write_csv
from geo.incidents.batch import Batch
from geo.reading.text import is_formula
from geo.store import Store

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIRA_STORE", raising=False)

    def invoke(*words: str, lang: str = "en") -> Result:
        return CliRunner().invoke(build(), ["--lang", lang, *words], catch_exceptions=False)

    return invoke


def test_the_synthetic_default_is_counted_and_marked(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "counts.csv"
    result = run("counts", "--by", "cercle", "--vintage", "2016", "--period", "month", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "Synthetic data" in result.stderr
    table = pd.read_csv(out, parse_dates=["period_start", "period_end"])
    assert table["synthetic"].all()
    assert set(table["unit_id"]) <= set(Boundaries.shipped().units("cercle", "2016").index)
    assert (table["period_end"] == table["period_start"] + pd.offsets.MonthBegin(1)).all()
    assert table["sources"].notna().all()
    assert (table["exact"] + table["spread"]).dropna().to_numpy() == pytest.approx(table["total"].dropna().to_numpy())
    events = table[table["measure"] == "events"]["total"]
    assert events.sum() == pytest.approx(round(events.sum()), abs=1e-9)
    about = json.loads((tmp_path / "counts.csv.json").read_text(encoding="utf-8"))
    assert about["synthetic"].startswith("Synthetic data")
    assert set(about["columns"]) == set(table.columns)
    assert about["vintage"] == "2016"
    assert "No report is not safety" in about["notes"][0]


def test_what_stands_beside_the_file_is_french_for_a_french_reader(run: Run, tmp_path: Path) -> None:
    run("counts", "--by", "region", "--out", str(tmp_path / "c.csv"), lang="fr")
    about = json.loads((tmp_path / "c.csv.json").read_text(encoding="utf-8"))
    assert about["synthetic"].startswith("Données synthétiques")
    assert about["hazards"]["ied"] == "engin explosif improvisé (EEI)"


def test_hxl_tags_are_what_libhxl_reads(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "counts.csv"
    run("counts", "--by", "cercle", "--period", "year", "--hxl", "--out", str(out))
    with hxl.data(hxl.input.make_input(str(out), hxl.input.InputOptions(allow_local=True))) as source:
        tags = source.display_tags
        rows = list(source)
    assert tags[:3] == ["#adm2+id", "#adm2+name", "#adm2+code"]
    assert rows[0].get("#indicator+name") == "events"
    assert len(rows) == len(pd.read_csv(out)) - 1


def test_an_event_of_linked_reports_is_counted_once_whatever_hazards_are_asked_for(run: Run, tmp_path: Path) -> None:
    erw = drawn(40, hazard="uxo", source="erw")
    vague = erw.rename(index=lambda name: name.replace("erw", "vague"))
    vague = vague.assign(source="vague", source_id=vague.index, hazard_type="unknown")
    (tmp_path / "home").mkdir()
    with Store.open(f"sqlite:///{tmp_path / 'home' / 'sira.sqlite'}", seed=False) as store:
        for table in (erw, vague):
            store.add_incidents(Batch("new.csv", "test", len(table), table, (), ()))
        named = store.incidents().groupby("event_id")["hazard_type"].agg(set)
    assert (named == {"uxo", "unknown"}).sum() > 30
    for hazard, count in (("uxo", 40), ("unknown", len(named) - 40)):
        out = tmp_path / f"{hazard}.csv"
        run(
            "counts", "--by", "region", "--period", "year", "--measure", "events", "--hazard", hazard, "--out", str(out)
        )
        assert pd.read_csv(out)["total"].sum() == pytest.approx(count)


def test_without_a_file_the_table_goes_to_stdout(run: Run) -> None:
    result = run("counts", "--by", "region", "--period", "year", "--measure", "events", "--hazard", "ied")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {row["measure"] for row in rows} == {"events"}
    assert {row["hazard_type"] for row in rows} == {"ied"}


def test_start_and_end_choose_periods_by_their_first_day(run: Run) -> None:
    words = ("counts", "--by", "region", "--period", "month", "--measure", "events")
    everything = pd.read_csv(io.StringIO(run(*words).stdout))
    first, last = everything["period_start"].min(), everything["period_start"].max()
    assert first < last
    before, after = (pd.read_csv(io.StringIO(run(*words, option, last).stdout)) for option in ("--end", "--start"))
    assert before["period_start"].max() < last
    assert set(after["period_start"]) == {last}
    assert len(before) + len(after) == len(everything)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--start", "2020-02", "--end", "2020-02"), "--end must be later"),
        (("--conflict", "--hazard", "ied"), "either --conflict or --hazard"),
        (("--vintage", "2023"), "159 cercles"),
        (("--vintage", "1960"), "no vintage 1960"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, words: tuple[str, ...], says: str) -> None:
    result = run("counts", "--by", "cercle", *words)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.sample
def test_conflict_events_of_the_sample_when_asked(run: Run, tmp_path: Path, sample_data: Path) -> None:
    run("import", str(sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv"))
    table = pd.read_csv(io.StringIO(run("counts", "--conflict", "--period", "year").stdout))
    assert table[table["measure"] == "events"]["total"].sum() == pytest.approx(891, abs=1e-9)
    assert not table["synthetic"].any()
    assert set(table["hazard_type"]) == {"not_explosive"}
    # conflict events are not among the explosive ones, and beside real events no synthetic one is counted
    assert pd.read_csv(io.StringIO(run("counts", "--period", "year").stdout)).empty


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1+1"])
def test_text_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    out = io.StringIO()
    write_csv(pd.DataFrame({"name": [text, None, "Gao, ville"], "n": [-1.5, None, 0.1 + 0.2]}), out)
    rows = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert rows[1] == ["'" + text, "-1.5"]
    assert rows[2] == ["", ""]
    assert rows[3] == ["Gao, ville", "0.30000000000000004"]


RUN = "cmd|'/C calc'!A0"


@pytest.mark.parametrize(
    "text", ["=", "x;=", "x; -2+", "x;\t+", ";@", "\t=", "\n=", "x, y\n=", "x;\n- ", "x;＝", "-;="]
)
def test_no_cell_begins_with_a_formula_where_the_semicolon_separates(text: str) -> None:
    out = io.StringIO()
    write_csv(pd.DataFrame({"killed": [2], "name": [text + RUN + ";end"], "n": [1]}), out)
    cells = [cell for line in out.getvalue().splitlines() for cell in re.split(r"[;\t]|,\"?", line)]
    assert not [cell for cell in cells if is_formula(cell) or cell.startswith("＝")]
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert row["name"].replace("'", "") == (text + RUN + ";end").replace("'", "")


def test_narratives_are_written_as_they_are() -> None:
    text = "two killed; a = b\n- one by the blast\n-- one later; e-mail me@example.org"
    out = io.StringIO()
    write_csv(pd.DataFrame({"name": [text]}), out)
    assert list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1] == [text]
