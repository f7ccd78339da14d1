"""Records keep their identity, however the files of their source are named, numbered, saved or corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from api.commands.main import build
from geo.hazards.schema import parse_history
from geo.store import Store

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures"
LIFECYCLE = FIXTURES / "intake" / "lifecycle"
EXCHANGE = FIXTURES / "exchange"

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False).close()
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    def invoke(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(build(), ["--lang", "en", *map(str, words)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return invoke


@pytest.fixture
def deliver(run: Run) -> Callable[..., str]:
    def imported(name: str, source: str | None = "cas", *words: object, code: int = 0) -> str:
        return run("import", LIFECYCLE / name, *(("--source", source) if source else ()), *words, code=code).output

    return imported


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}", seed=False) as opened:
        yield opened


Deliver = Callable[..., str]


def killed(store: Store) -> list[int]:
    return sorted(int(count) for count in store.incidents()["killed_total"])


def test_rows_without_ids_are_known_by_date_place_and_device(deliver: Deliver, store: Store) -> None:
    deliver("n1.csv")
    assert "1 updated, 1 already there" in deliver("n2.csv")
    assert killed(store) == [0, 3]


def test_two_organisations_may_number_from_one(deliver: Deliver, store: Store) -> None:
    deliver("ong_a.csv", "a")
    deliver("ong_b.csv", "b")
    assert len(store.incidents()) == 4


def test_without_a_source_nothing_is_stored_and_the_option_is_named(deliver: Deliver, store: Store) -> None:
    assert "--source" in deliver("ong_a.csv", None, code=1)
    assert "--source" in deliver("zones_2023-01.zip", None, code=1)
    assert store.synthetic_only()


def test_under_one_source_the_other_organisations_file_clashes(deliver: Deliver, store: Store) -> None:
    deliver("ong_a.csv")
    assert "2 set aside" in deliver("ong_b.csv", code=1)
    assert set(store.incidents()["narrative"]) == {"ONG A"}
    assert [entry.kind for entry in store.quarantine(store.revision())] == ["clash", "clash"]


def test_an_area_has_one_history_whatever_its_files_are_called(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("zones_2023-01.zip")
    deliver("zones_2023-06.zip")
    (area,) = store.hazards().itertuples()
    assert [str(change.status) for change in parse_history(area.history)] == ["suspected", "cleared"]
    assert round(area.area_measured_m2) == 1_190_005


def test_a_corrected_date_is_an_update(deliver: Deliver, store: Store) -> None:
    deliver("incidents_janvier.gpkg")
    deliver("incidents_fevrier.gpkg")
    assert store.incidents()["date"].dt.day.tolist() == [15, 20]


def test_an_edited_submission_of_kobo_is_one_event(deliver: Deliver, store: Store) -> None:
    deliver("k1.csv")
    assert "1 updated" in deliver("k2.csv")
    assert killed(store) == [3]


def test_a_typing_error_is_set_aside_until_the_source_is_right_again(deliver: Deliver, store: Store) -> None:
    deliver("v1.csv")
    report = deliver("v2.csv", code=1)
    assert "killed_total 2 → 200" in report
    assert killed(store) == [2]
    assert "1 clashes are settled" in deliver("v1.csv")
    assert killed(store) == [2]
    (clash,) = store.quarantine(3)
    assert (clash.closed, clash.value, clash.record) == (True, "", "cas:A1")
    assert "1 set aside" in deliver("v2.csv", code=1)
    assert not store.quarantine(store.revision())[0].closed


def test_a_large_update_that_is_meant_is_taken(deliver: Deliver, store: Store) -> None:
    deliver("v1.csv")
    deliver("v2.csv", "cas", "--accept", "cas:A1")
    assert killed(store) == [200]


def test_a_small_correction_is_taken_and_taken_back(deliver: Deliver, run: Run, store: Store, tmp_path: Path) -> None:
    deliver("v1.csv")
    small = tmp_path / "v2.csv"
    small.write_text((LIFECYCLE / "v2.csv").read_text().replace(",200,", ",12,"))
    run("import", small, "--source", "cas")
    assert killed(store) == [12]
    assert "1 updated" in deliver("v1.csv")
    assert killed(store) == [2]


def test_what_could_not_be_read_is_forgotten_once_its_row_is_right(
    deliver: Deliver, run: Run, store: Store, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text((LIFECYCLE / "v1.csv").read_text().replace("2023-01-12", "M. X +223 00 00 00 00"))
    run("import", bad, "--source", "cas", code=1)
    (entry,) = store.quarantine(store.revision())
    assert (entry.record, "M. X" in entry.value) == ("cas:A1", True)
    deliver("v1.csv")
    (entry,) = store.quarantine(store.revision() - 1)
    assert (entry.closed, entry.value, "M. X" in str(entry.reason)) == (True, "", False)


def test_a_file_of_siras_own_finds_its_records_under_any_prefix(run: Run, store: Store, tmp_path: Path) -> None:
    run("import", EXCHANGE / "gao.csv", "--source", "gao-office")
    before = store.incidents()
    report = run("import", EXCHANGE / "bko_out.csv").output
    assert "2 already there" in report, report
    pd.testing.assert_frame_equal(store.incidents().loc[before.index], before)
    assert len(store.incidents()) == 3


def test_a_source_is_given_the_name_that_its_files_share(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("n1.csv", "imsma")
    deliver("jan.csv", "imsma")
    assert "imsma: 3 records" in run("sources").output
    assert "3 records renamed" in run("sources", "rename", "imsma", "CAS").output
    assert store.sources() == {"cas": 3}
    assert "3 already there" in deliver("jan.csv")
    assert "rows that say" not in deliver("ong_a.csv", "other")


def test_renaming_onto_a_source_merges_what_both_have(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("ong_a.csv", "a")
    deliver("n2.csv", "b")
    assert "1 records renamed, 1 merged" in run("sources", "rename", "b", "a").output
    assert store.sources() == {"a": 3}
    assert killed(store) == [0, 1, 3]


def test_renaming_leaves_to_a_person_what_cannot_be_one_record(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("ong_a.csv", "a")
    deliver("ong_b.csv", "b")
    assert "b:1, b:2" in run("sources", "rename", "b", "a").output
    assert store.sources() == {"a": 2, "b": 2}
