"""Records keep their identity, however the files of their source are named, numbered, saved or corrected."""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from shapely import Point, box

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
    assert "1 clash is settled" in deliver("v1.csv")
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
    back = deliver("v1.csv")
    assert "1 updated" in back
    assert "1 record again says what it said before a correction: cas:A1" in back
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
    assert "1 record renamed, 1 merged" in run("sources", "rename", "b", "a").output
    assert store.sources() == {"a": 3}
    assert killed(store) == [0, 1, 3]


def test_renaming_leaves_to_a_person_what_cannot_be_one_record(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("ong_a.csv", "a")
    deliver("ong_b.csv", "b")
    assert "b:1, b:2" in run("sources", "rename", "b", "a").output
    assert store.sources() == {"a": 2, "b": 2}


# What is missing, what is taken back, what is erased


def test_what_a_complete_delivery_lacks_is_withdrawn_once_somebody_has_said_yes(
    deliver: Deliver, run: Run, store: Store
) -> None:
    deliver("jan.csv")
    stays = deliver("jan_v2.csv")
    assert "cas:A2 (--complete withdraws it)" in stays
    assert len(store.incidents()) == 3
    asked = deliver("jan_v2.csv", "cas", "--complete", code=1)
    assert "1 of 3 records" in asked
    assert "--yes" in asked
    assert len(store.incidents()) == 3
    deliver("jan_v2.csv", "cas", "--complete", "--yes")
    assert store.incidents().index.tolist() == ["cas:A1", "cas:A3"]
    deliver("jan.csv")  # the source has it again
    assert "cas:A2" in store.incidents().index


def test_a_complete_delivery_of_a_period_withdraws_nothing_of_another(deliver: Deliver, store: Store) -> None:
    deliver("jan.csv")
    deliver("jan_v2.csv", "cas", "--period", "2023-01-14", "2023-02-01", "--yes")
    assert len(store.incidents()) == 3
    deliver("jan_v2.csv", "cas", "--period", "2023-01-01", "2023-01-14", "--yes")
    assert len(store.incidents()) == 2


def test_more_than_half_of_ten_is_not_withdrawn_unless_forced(run: Run, store: Store, tmp_path: Path) -> None:
    header = "id,date,latitude,longitude,device_category\n"
    rows = [f"A{n},2023-01-{n + 1:02},15.{n}1,-2.95,IED\n" for n in range(10)]
    path = tmp_path / "all.csv"
    path.write_text(header + "".join(rows))
    run("import", path, "--source", "cas")
    path.write_text(header + "".join(rows[:4]))
    assert "--force" in run("import", path, "--source", "cas", "--complete", "--yes", code=1).output
    assert len(store.incidents()) == 10
    run("import", path, "--source", "cas", "--complete", "--yes", "--force")
    assert len(store.incidents()) == 4


def test_a_row_set_aside_is_not_missing(run: Run, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "jan.csv"
    path.write_text((LIFECYCLE / "jan.csv").read_text())
    run("import", path, "--source", "cas")
    path.write_text((LIFECYCLE / "jan.csv").read_text().replace("2023-01-13", "13 brumaire"))
    run("import", path, "--source", "cas", "--complete", "--yes", code=3)
    assert len(store.incidents()) == 3


def test_a_delivery_is_taken_back_however_much_came_after_it(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("jan.csv")
    before = store.incidents()
    deliver("v2.csv", "cas", "--accept", "cas:A1")
    deliver("n2.csv", "other")
    wrong = store.revision() - 1
    assert "1 record is again as other deliveries say: cas:A1" in run("undo", wrong, code=1).output
    assert store.incidents().loc["cas:A1", "killed_total"] == 200
    run("undo", wrong, "--yes")
    pd.testing.assert_frame_equal(
        store.incidents().loc[before.index].drop(columns="event_id"), before.drop(columns="event_id")
    )
    assert "taken back already" in run("undo", wrong, "--yes", code=1).output
    told = run("history", "cas:A1").output
    assert "killed_total: 2 → 200" in told
    assert re.search(r"wkb: .* → POINT \(-?[\d.]+ [\d.]+\)", told)
    assert "taken back since" in told


def test_taking_back_the_first_real_delivery_brings_the_demonstration_back(
    deliver: Deliver, run: Run, store: Store
) -> None:
    run("sources")  # opens the store, which is given the default
    default = store.incidents()
    deliver("jan.csv")
    run("undo", store.revision(), "--yes")
    pd.testing.assert_frame_equal(store.incidents(), default)
    assert store.synthetic_only()


def test_a_withdrawn_record_stays_so_until_it_is_meant_again(deliver: Deliver, run: Run, store: Store) -> None:
    deliver("jan.csv")
    run("withdraw", "cas:A2", "--reason", "doublon")
    assert "cas:A2" not in store.incidents().index
    again = deliver("jan.csv", "cas", code=3)
    assert "withdrawn (doublon)" in again
    assert "cas:A2" not in store.incidents().index
    deliver("jan.csv", "cas", "--accept", "cas:A2")
    assert "cas:A2" in store.incidents().index
    assert "no record" in run("withdraw", "cas:A9", "--reason", "x", code=1).output


def packed(file: Path) -> str:
    """Return all that the packs of a store say, as text."""
    if file.suffix != ".sqlite":
        return ""
    with closing(sqlite3.connect(file)) as database:
        said = [content for (content,) in database.execute("SELECT content FROM packs")]
    assert said
    return "".join(zlib.decompress(content).decode("unicode-escape") for content in said)


def test_erased_text_is_gone_everywhere_and_the_journal_still_holds(
    deliver: Deliver, run: Run, store: Store, home: Path
) -> None:
    deliver("jan.csv")
    deliver("jan_v2.csv")
    assert "x corrigé" in set(store.incidents()["narrative"])
    run("erase", "cas:A1", "--yes")
    assert store.incidents()["narrative"].isna()["cas:A1"]
    assert "x corrig" not in run("history", "cas:A1").output
    deliver("jan_v2.csv")
    assert store.incidents()["narrative"].isna()["cas:A1"]
    checked = run("journal", "verify").output
    assert "of: cas:A1" in checked
    run("backup", home / "b.sqlite")
    for file in home.glob("*.sqlite*"):
        assert b"x corrig" not in file.read_bytes(), file
        assert "x corrig" not in packed(file), file
    run("erase", "--source", "cas", "--yes")
    assert store.incidents()["narrative"].isna().all()


def rewrite(file: Path, table: str, column: str, change: Callable[[str], str]) -> None:
    """Change a compressed column of a store behind Sira's back."""
    with closing(sqlite3.connect(file)) as database, database:
        for row, held in database.execute(f"SELECT rowid, {column} FROM {table}").fetchall():
            changed = zlib.compress(change(zlib.decompress(held).decode()).encode())
            database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, row))


def test_a_journal_that_was_changed_says_so(deliver: Deliver, run: Run, home: Path) -> None:
    deliver("jan.csv")
    deliver("jan_v2.csv")
    run("journal", "verify")
    with closing(sqlite3.connect(home / "sira.sqlite")) as database, database:
        database.execute("UPDATE journal SET who = '\"nobody\"' WHERE number = 1")
    assert "Entry 1" in run("journal", "verify", code=1).output


@pytest.mark.parametrize(
    ("table", "column", "change", "said"),
    [
        ("packs", "content", lambda text: text.replace('"killed_total":[3]', '"killed_total":[4]'), "cas:A1"),
        ("packs", "content", lambda text: text.replace('"cas:A1"', '"cas:B1"'), "Entry 1"),
        ("packs", "content", lambda text: text[:-9], "Entry 1"),
        ("deliveries", "rows", lambda text: text.replace('"position":[0,2]', '"position":[0,1]'), "Entry 2"),
    ],
)
def test_a_version_that_was_changed_behind_siras_back_is_named(
    deliver: Deliver, run: Run, home: Path, table: str, column: str, change: Callable[[str], str], said: str
) -> None:
    deliver("jan.csv")
    deliver("jan_v2.csv")
    rewrite(home / "sira.sqlite", table, column, change)
    assert said in run("journal", "verify", code=1).output


def test_what_a_record_became_cannot_be_changed_alone(deliver: Deliver, run: Run, home: Path) -> None:
    """An area's status is merged with what was known of it: no row of a file says what it then is."""
    deliver("zones_2023-01.zip")
    deliver("zones_2023-06.zip")
    rewrite(
        home / "sira.sqlite",
        "packs",
        "content",
        lambda text: text.replace('"after":[{"history":"', '"after":[{"history":" '),
    )
    assert "is not what was written" in run("journal", "verify", code=1).output


def test_what_says_the_same_again_is_kept_once(deliver: Deliver, store: Store, home: Path) -> None:
    deliver("jan.csv")
    first = store.revision()
    with closing(sqlite3.connect(home / "sira.sqlite")) as database:
        kept = database.execute("SELECT count(*) FROM traces").fetchone()
        deliver("jan.csv")
        assert database.execute("SELECT count(*) FROM traces").fetchone() == kept
        assert database.execute("SELECT count(*) FROM journal").fetchone() == (2,)
    store.undo(first)  # the second delivery stands, and says it all
    assert len(store.incidents()) == 3
    assert store.verify_journal().faults == ()


# Reports of one event


def events(store: Store) -> dict[str, str]:
    return store.incidents()["event_id"].to_dict()


def test_reports_of_one_day_are_linked_before_nearer_ones(deliver: Deliver, store: Store) -> None:
    deliver("x1.csv", "ong")
    deliver("x2.csv", "police")
    assert events(store) == {"ong:1": "ong:1", "police:P1": "ong:1", "police:P2": "police:P2"}


def test_a_device_that_was_found_is_none_that_exploded(deliver: Deliver, store: Store) -> None:
    deliver("o1.csv", "ong")
    deliver("o2.csv", "police")
    assert len(set(events(store).values())) == 2


def test_one_report_is_taken_out_and_the_others_stay_together(deliver: Deliver, run: Run, store: Store) -> None:
    for number, source in enumerate("abc"):
        deliver(f"t{number}.csv", source)
    assert set(events(store).values()) == {"a:0"}
    run("unlink", "a:0")
    assert events(store) == {"a:0": "a:0", "b:1": "b:1", "c:2": "b:1"}
    deliver("t0.csv", "a")
    assert events(store)["a:0"] == "a:0"


# A check


def test_a_check_says_all_and_changes_nothing(deliver: Deliver, store: Store) -> None:
    deliver("jan.csv")
    before, revision = store.incidents(), store.revision()
    said = deliver("jan_v2.csv", "cas", "--check", "--complete")
    assert "1 updated, 1 already there" in said
    assert "cas:A2" in said
    assert "the store is as it was" in said
    assert "1 set aside" in deliver("v2.csv", "cas", "--check", code=1)
    pd.testing.assert_frame_equal(store.incidents(), before)
    assert store.revision() == revision
    assert store.quarantine(revision) == ()


def test_a_check_says_what_it_would_do_and_not_that_it_did(deliver: Deliver, run: Run, home: Path) -> None:
    (home / "sira.sqlite").unlink()
    Store.open(f"sqlite:///{home / 'sira.sqlite'}").close()
    checked = deliver("jan.csv", "cas", "--check")
    assert "would replace the" in checked
    assert "replaced" not in checked
    assert "replaced the" in deliver("jan.csv")
    deliver("jan_v2.csv")
    checked = deliver("jan_v2.csv", "cas", "--complete", "--yes", "--check")
    assert "1 record is no longer at its source and would be withdrawn" in checked
    assert "was withdrawn" not in checked


def test_a_check_of_the_first_real_file_closes_nothing(deliver: Deliver, run: Run, store: Store) -> None:
    assert "sira_" not in deliver("jan.csv", "cas", "--check")
    assert store.synthetic_only()


# What came after a backup


def test_a_restore_says_what_came_later_and_brings_it_again_where_told(
    deliver: Deliver, run: Run, store: Store, home: Path
) -> None:
    deliver("jan.csv")
    run("backup", home / "b.sqlite")
    deliver("jan_v2.csv")
    deliver("n1.csv", "other")
    wrong = store.revision()
    deliver("x1.csv", "ong")
    run("undo", wrong, "--yes")
    expected = store.incidents()
    asked = run("restore", home / "b.sqlite", code=1).output
    assert "jan_v2.csv, 2 rows" in asked
    assert "x1.csv" in asked
    assert "n1.csv" not in asked  # it was taken back
    assert len(store.incidents()) == 4
    run("restore", home / "b.sqlite", "--keep")
    pd.testing.assert_frame_equal(store.incidents(), expected)
    run("restore", home / "b.sqlite", "--drop")
    assert killed(store) == [0, 1, 2]
    assert store.verify_journal().faults == ()


NUMBERED = "N°,Date,Cercle,Lat,Lon,Engin,Résultat,Tués\n"
EVENTS = {
    "a": "2023-03-02,Bandiagara,14.3512,-3.6098,EEI,explosion,1",
    "b": "2023-03-05,Bandiagara,14.3600,-3.6200,EEI,explosion,2",
    "c": "2023-03-09,Bandiagara,14.3700,-3.6400,Mine AC,explosion,3",
    "d": "2023-03-01,Bandiagara,14.3900,-3.6600,EEI,explosion,4",
    "a+": "2023-03-02,Bandiagara,14.3512,-3.6098,EEI,explosion,5",
    "a later": "2023-03-04,Bandiagara,14.3512,-3.6098,EEI,explosion,1",
    "c later": "2023-03-12,Bandiagara,14.3700,-3.6400,Mine AC,explosion,3",
}


@pytest.fixture
def deliver_rows(run: Run, home: Path) -> Callable[..., str]:
    """Bring rows of `EVENTS`, each behind its number: ``1a 2b``."""

    def delivered(rows: str, *words: object, code: int = 0) -> str:
        cells = (re.fullmatch(r"([\dML.-]*\d|ml-2)([abcd].*)", row) for row in rows.split())
        lines = [f"{found[1]},{EVENTS[found[2].replace('_', ' ')]}" for found in cells if found]
        path = home / "delivery.csv"
        path.write_text(NUMBERED + "\n".join(lines) + "\n", encoding="utf-8")
        return run("import", path, "--source", "cas", *words, code=code).output

    return delivered


@pytest.mark.parametrize(
    ("first", "then", "report", "left"),
    [
        ("1a 2b 3c", "1d 2a 3b 4c", "1 new, 3 updated", [1, 2, 3, 4]),  # one put before
        ("1a 2b 3c", "1a 2d 3b 4c", "1 new, 2 updated, 1 already there", [1, 2, 3, 4]),  # one put between
        ("1a 2b 3c", "1c 2a 3b", "0 new, 3 updated", [1, 2, 3]),  # sorted another way
        ("1a 2b 3c", "1b 2c", "0 new, 2 updated", [1, 2, 3]),  # one taken out: it is named as absent
        ("1a 2b 3c", "1d 2a+ 3b 4c", "1 new, 3 updated", [2, 3, 4, 5]),  # and one corrected
        ("1a 2a 3c", "1a 2a 3c", "3 already there", [1, 1, 3]),  # two of one day and place
        ("1a 2a 3c", "1a 2a 3c 4a", "1 new, 0 updated, 3 already there", [1, 1, 1, 3]),
        ("1a 2b", "1a_later 2b", "1 updated, 1 already there", [1, 2]),  # a date corrected
        ("001a ML-2b 3c", "1a ml-2b 3.0c", "3 already there", [1, 2, 3]),
        ("1a 01b", "1a 01b 001c", "1 new, 0 updated, 2 already there", [1, 2, 3]),  # ids that differ by zeros only
    ],
)
def test_a_source_that_numbers_its_rows_anew_overwrites_nothing(
    deliver_rows: Deliver, store: Store, first: str, then: str, report: str, left: list[int]
) -> None:
    deliver_rows(first)
    assert report in deliver_rows(then)
    assert killed(store) == left
    assert "0 new, 0 updated" in deliver_rows(then)


def numbers(store: Store) -> dict[int, str]:
    """Return number of killed → the source's id; that of a record without one is Sira's own."""
    found = store.incidents()
    return dict(zip(found["killed_total"].tolist(), found["source_id"].tolist(), strict=True))


def test_a_number_that_went_to_another_record_names_that_one(deliver_rows: Deliver, run: Run, store: Store) -> None:
    deliver_rows("1a 2b 3c")
    assert "went" not in run("history", "cas:2").output
    assert "which gave it to another record: cas:2" in deliver_rows("1a 2c")
    assert numbers(store)[1] == "1"
    assert numbers(store)[2].startswith("row-")
    assert numbers(store)[3] == "2"
    assert "its number went to another record" in run("history", "cas:2").output
    assert store.verify_journal().faults == ()
    # what that number says from now on is of the record that has it, also where date, place and device are corrected
    assert "1 updated, 1 already there" in deliver_rows("1a 2c_later")
    assert store.incidents().loc["cas:3", "date"] == pd.Timestamp("2023-03-12")
    assert store.incidents().loc["cas:2", "date"] == pd.Timestamp("2023-03-05")
    # and what the source left out, and has again under whatever number, is known by what it says
    assert "1 updated, 2 already there" in deliver_rows("1a 2c_later 3b")
    assert numbers(store) == {1: "1", 2: "3", 3: "2"}


def test_a_number_that_went_to_another_record_comes_back_with_what_is_undone(
    deliver_rows: Deliver, run: Run, store: Store
) -> None:
    deliver_rows("1a 2b 3c")
    before = store.incidents()
    deliver_rows("1a 2c")
    gone = store.revision()
    deliver_rows("1a+ 2c")
    run("undo", gone, "--yes")
    assert numbers(store)[3] == "2"  # as the last delivery alone says
    run("undo", store.revision() - 1, "--yes")
    pd.testing.assert_frame_equal(store.incidents(), before)
    assert store.verify_journal().faults == ()


def test_a_record_is_known_after_it_was_withdrawn_and_its_number_given_on(deliver_rows: Deliver, store: Store) -> None:
    deliver_rows("1a 2b 3c")
    assert "cas:2" in deliver_rows("1a 2c", "--complete", "--yes")
    assert killed(store) == [1, 3]
    assert "0 updated, 2 already there" in deliver_rows("1a 2c 3b")  # it comes back
    assert numbers(store) == {1: "1", 2: "3", 3: "2"}
    assert "cas:2" in store.incidents().index


def test_a_complete_delivery_misses_a_record_that_bears_the_first_number_of_another(
    deliver_rows: Deliver, store: Store
) -> None:
    deliver_rows("1a 2b 3c 4d")
    deliver_rows("1b 2c 3d")
    deliver_rows("2c", "--complete", "--yes")
    assert killed(store) == [3]


def test_an_export_of_kobo_may_gain_or_lose_the_root_uuid(run: Run, home: Path, store: Store) -> None:
    def written(*, root: bool, killed: str = "1") -> Path:
        header = ["date_incident", "type_engin", "_gps_latitude", "_gps_longitude", "nb_morts", "_id", "_uuid"]
        rows = [
            ["2023-02-02", "eei", "14.3512", "-3.6098", killed, "101", "u-1"],
            ["2023-02-02", "mine_ap", "14.4512", "-3.6098", "0", "102", "u-2"],
        ]
        lines = [[*header, "_submission_time"], *([*row, "2023-02-03T10:21:00"] for row in rows)]
        beside = ["meta/rootUuid", "uuid:u-1", "uuid:u-2"]
        path = home / "kobo.csv"
        path.write_text(
            "\n".join(",".join([*cells, *([more] if root else [])]) for cells, more in zip(lines, beside, strict=True))
        )
        return path

    run("import", written(root=False), "--source", "cas")
    assert "0 new, 2 updated" in run("import", written(root=True), "--source", "cas").output
    assert "0 new" in run("import", written(root=False, killed="2"), "--source", "cas").output
    assert killed(store) == [0, 2]


@pytest.mark.parametrize(
    ("first", "edited"),
    [
        ({"_uuid": "u-1"}, {"_uuid": "u-2", "meta/deprecatedID": "uuid:u-1"}),
        ({"_uuid": "u-1", "meta/rootUuid": "uuid:u-1"}, {"_id": "7", "_uuid": "u-2", "meta/deprecatedID": "uuid:u-1"}),
        ({"_id": "7", "_uuid": "u-1", "meta/rootUuid": ""}, {"_id": "7", "_uuid": "u-2", "meta/rootUuid": ""}),
        ({"_uuid": "u-1", "meta/rootUuid": ""}, {"_uuid": "u-2", "meta/rootUuid": "uuid:u-1"}),
        ({"_uuid": "u-1"}, {"_uuid": "u-3", "meta/rootUuid": "uuid:u-1", "meta/deprecatedID": "uuid:u-2"}),
    ],
)
def test_an_edited_submission_is_known_by_what_its_export_tells(
    run: Run, home: Path, store: Store, first: dict[str, str], edited: dict[str, str]
) -> None:
    """KoBo gives an edited submission another id, and tells the one before as ``deprecatedID``."""

    def written(date: str, killed: str, ids: dict[str, str]) -> Path:
        row = {
            "date_incident": date,
            "type_engin": "eei",
            "_gps_latitude": "14.3512",
            "_gps_longitude": "-3.6098",
            "nb_morts": killed,
            "_submission_time": "2023-02-03T10:21:00",
            **ids,
        }
        path = home / "kobo.csv"
        path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
        return path

    run("import", written("2023-02-02", "1", first), "--source", "cas")
    done = run("import", written("2023-02-03", "2", edited), "--source", "cas").output
    assert "0 new, 1 updated" in done
    assert killed(store) == [2]
    assert "0 new, 0 updated" in run("import", written("2023-02-03", "2", edited), "--source", "cas").output


#: As an organisation first sent it, with all that it knows; what comes later says less.
FULL = "N°;Date;Cercle;Latitude;Longitude;Engin;Tués;Observations\n1;2024-01-13;Gao;16.2710;-0.0401;EEI;2;Pick-up\n"


def test_what_a_delivery_has_no_column_for_stays_and_can_be_replayed(run: Run, store: Store, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{month}.csv" for month in ("january", "february", "march"))
    first.write_text(FULL)
    second.write_text("N°;Date;Cercle;Latitude;Longitude;Engin;Blessés\n1;2024-01-13;Gao;16.2710;-0.0401;EEI;3\n")
    third.write_text(FULL.replace("Pick-up", "Camion"))
    run("import", first, "--source", "cas")
    report = run("import", second, "--source", "cas").output
    assert "1 updated" in report
    assert "what was known" not in report
    (record,) = store.incidents().itertuples()
    assert (record.killed_total, record.injured_total, record.narrative) == (2, 3, "Pick-up")
    run("import", third, "--source", "cas")
    assert "0 updated, 1 already there" in run("import", second, "--source", "cas").output
    run("undo", 4, "--yes")
    (record,) = store.incidents().itertuples()
    assert (record.killed_total, record.injured_total, record.narrative) == (2, 3, "Pick-up")


def test_what_an_update_leaves_open_is_named(run: Run, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text(FULL)
    run("import", file, "--source", "cas")
    file.write_text(FULL.replace("2024-01-13", "2024-01").replace(";2;Pick-up", ";;"))
    report = run("import", file, "--source", "cas").output
    assert "1 update leaves open what was known: cas:1 (killed_total, narrative, date)" in report
    assert store.incidents()["killed_total"].isna().all()
    file.write_text("N°;Date;Cercle;Engin\n1;2024-01-13;Gao;inconnu\n")
    assert "cas:1 (hazard_type, geometry)" in run("import", file, "--source", "cas").output


def test_an_area_keeps_what_a_later_file_has_no_column_for(run: Run, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    outline = '"POLYGON((0.50 15.20, 0.51 15.20, 0.51 15.21, 0.50 15.20))"'
    file.write_text(f"code,nom,statut,date_statut,engins,wkt\nZ1,Tessit,ZSD,2023-01-05,MAP,{outline}\n")
    run("import", file, "--source", "cas")
    file.write_text(f"code,statut,date_statut,wkt\nZ1,ZCD,2023-06-05,{outline}\n")
    run("import", file, "--source", "cas")
    (area,) = store.hazards().itertuples()
    assert (area.name, area.device_categories, area.status) == ("Tessit", "ap_mine", "confirmed")


def workbook(path: Path, *sheets: tuple[list[str], list[object]]) -> Path:
    """Write a workbook whose sheets have a header and a row each."""
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets, start=1):
        sheet = book.active if number == 1 else book.create_sheet()
        sheet.title = f"Mois {number}"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_complete_delivery_withdraws_nothing_that_may_be_in_a_part_not_read(
    run: Run, store: Store, tmp_path: Path
) -> None:
    header = ["N°", "Date", "Cercle", "Latitude", "Longitude", "Engin"]
    first = (header, ["1", "2024-01-13", "Gao", 16.27, -0.04, "EEI"])
    second = ([*header, "Femmes tuées"], ["2", "2024-02-13", "Gao", 16.28, -0.04, "EEI", 1])
    path = workbook(tmp_path / "year.xlsx", first, second)
    run("import", path, "--source", "cas")
    run("import", path, "--source", "cas", "--sheet", "Mois 2")
    refused = run("import", path, "--source", "cas", "--complete", "--yes", code=1).output
    assert "Mois 2 (2) hold records, too" in refused
    assert len(store.incidents()) == 2
    layers = tmp_path / "layers.gpkg"
    for name, number in (("un", "1"), ("deux", "2")):
        frame = gpd.GeoDataFrame({"id": [number], "date": ["2024-01-13"], "engin": ["EEI"]}, geometry=[Point(-3, 15)])
        frame.set_crs(4326).to_file(layers, layer=name)
    for name in ("un", "deux"):
        run("import", layers, "--source", "gis", "--layer", name)
    assert "deux (1) hold" in run("import", layers, "--source", "gis", "--complete", "--yes", code=1).output
    assert len(store.incidents()) == 4


@pytest.mark.parametrize("row", ["=2;2024-01-14;Gao;16.28;-0.04;EEI", "Zone;2;2024-01-14;Gao;16.28;-0.04;EEI"])
def test_a_complete_delivery_withdraws_nothing_where_an_id_cannot_be_read(
    run: Run, store: Store, tmp_path: Path, row: str
) -> None:
    header = "N°;Date;Cercle;Latitude;Longitude;Engin\n1;2024-01-13;Gao;16.27;-0.04;EEI\n"
    path = tmp_path / "file.csv"
    path.write_text(f"{header}2;2024-01-14;Gao;16.28;-0.04;EEI\n")
    run("import", path, "--source", "cas")
    path.write_text(f"{header}{row}\n")
    assert "set aside without an id" in run("import", path, "--source", "cas", "--complete", "--yes", code=1).output
    assert len(store.incidents()) == 2
    path.write_text(f"{header}2;2024-01-14;Gao;16.28;-0.04;EEI;trop\n")
    run("import", path, "--source", "cas", "--complete", "--yes", code=3)
    assert len(store.incidents()) == 2


def test_complete_areas_withdraw_nothing_that_may_be_in_a_part_not_read(run: Run, store: Store, tmp_path: Path) -> None:
    layers, book = tmp_path / "zones.gpkg", tmp_path / "zones.xlsx"
    for number, name in enumerate(("ZSD", "ZCD")):
        square = box(-3 + number, 15, -2.99 + number, 15.01)
        row = {"code": [str(number)], "statut": [name], "date_statut": ["2024-01-13"]}
        gpd.GeoDataFrame(row, geometry=[square], crs=4326).to_file(layers, layer=name)
        run("import", layers, "--source", "gis", "--layer", name)
    assert "ZCD (1) hold" in run("import", layers, "--source", "gis", "--complete", "--yes", code=1).output
    header = ["code", "statut", "date_statut", "wkt"]
    first = (header, ["1", "ZSD", "2024-01-13", box(0.5, 15.2, 0.51, 15.21).wkt])
    workbook(book, first, (header, ["2", "ZCD", "2024-01-13", box(0.5, 15.6, 0.51, 15.61).wkt]))
    run("import", book, "--source", "table")
    run(
        "import",
        workbook(tmp_path / "other.xlsx", (header, [*"2", *first[1][1:3], box(1, 16, 1.01, 16.01).wkt])),
        "--source",
        "table",
    )
    assert "Mois 2 (2) hold" in run("import", book, "--source", "table", "--complete", "--yes", code=1).output
    assert len(store.hazards()) == 4
