"""What was done after a backup: erasures hold in what it brings back, and all else is done again where told."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import store_kit
from click.testing import CliRunner, Result

from api.commands.main import build
from geo.core.identity import Claim
from geo.incidents.batch import Batch
from geo.store import Store
from geo.store.completing import Complete
from geo.store.imports import Terms

SECRET = "said by a witness with a name"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)

    def invoke(*words: object, lang: str = "en") -> Result:
        return CliRunner().invoke(build(), ["--lang", lang, *map(str, words)], catch_exceptions=False)

    return invoke


def delivery(source: str, *names: str, narrative: str | None = None, quarantined: int = 0) -> Batch:
    """Return a delivery of reports on one day and at one place, each with an id of its own."""
    ids = [f"{source}:{name}" for name in names]
    frame = store_kit.incidents(
        ids,
        source=[source] * len(ids),
        source_id=list(names),
        date=np.full(len(ids), np.datetime64("2021-03-01", "s")),
        narrative=[narrative] * len(ids),
        geometry=[shapely.Point(-4, 14)] * len(ids),
    )
    aside = store_kit.batch(frame, quarantined).quarantined
    claims = {name: Claim(row) for row, name in enumerate(ids, start=2)}
    return Batch("file.csv", "test", len(frame) + quarantined, frame, aside, (), claims)


def test_a_backup_brings_no_erased_text_back(store: Store, tmp_path: Path) -> None:
    store.add_incidents(delivery("a", "1", "2", narrative=SECRET))
    store.add_incidents(delivery("b", "1", narrative=SECRET))
    store.backup(tmp_path / "backup")
    store.erase(["a:1"])
    store.erase(source="b")
    store.restore(tmp_path / "backup")
    assert store.incidents()["narrative"].fillna("").to_dict() == {"a:1": "", "a:2": SECRET, "b:1": ""}
    assert [version.after["narrative"] for version in store.history("b:1") if version.after] == [None]
    assert store.verify_journal().faults == ()
    assert store.verify_journal().erased == ("a:1", "b:1")
    store.add_incidents(delivery("b", "1", narrative=SECRET))  # the source says it again
    assert store.incidents()["narrative"].isna()["b:1"]
    store.erase(["a:2"])
    store.restore(tmp_path / "backup")  # also what was erased before the first
    assert store.incidents()["narrative"].isna().all()
    store.close()
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.glob("sira.sqlite*"))


def test_text_that_came_and_was_erased_after_the_backup_is_not_taken(store: Store, tmp_path: Path) -> None:
    store.add_incidents(delivery("a", "1"))
    store.backup(tmp_path / "backup")
    store.add_incidents(delivery("a", "2", narrative=SECRET))
    store.erase(["a:2"])
    store.restore(tmp_path / "backup", lambda later: True)
    assert store.incidents().index.tolist() == ["a:1", "a:2"]
    assert store.incidents()["narrative"].isna().all()
    store.restore(tmp_path / "backup")
    store.add_incidents(delivery("a", "2", narrative=SECRET))
    assert store.incidents()["narrative"].isna().all()


def test_text_of_a_delivery_that_was_undone_is_erased_too(store: Store) -> None:
    store.add_incidents(delivery("a", "1", narrative=SECRET))
    store.add_incidents(delivery("a", "2", narrative=SECRET))
    store.undo(2)
    store.erase(source="a")
    store.undo(3)  # which brings the second delivery back
    assert store.incidents()["narrative"].isna().tolist() == [True, True]
    store.undo(1)
    store.erase(["a:1"])  # it stands nowhere but in the versions


def test_reports_are_not_asked_about_for_words_that_were_erased(store: Store) -> None:
    store.add_incidents(delivery("a", "row-1", "row-2", narrative="an IED under the second bridge after the market"))
    assert [group.ids for group in store.questions()] == [("a:row-1", "a:row-2")]
    store.erase(["a:row-1"])
    assert store.questions() == []


def test_the_command_says_what_it_erases_again_and_asks_nothing_about_it(
    store: Store, tmp_path: Path, run: Callable[..., Result]
) -> None:
    store.add_incidents(delivery("a", "1", narrative=SECRET))
    store.backup(tmp_path / "backup")
    store.erase(["a:1"])
    done = run("restore", tmp_path / "backup")
    assert done.exit_code == 0
    assert "erased again in what it brings back: the texts of 1 record" in done.output
    assert store.incidents()["narrative"].isna().all()


def test_what_people_decided_after_a_backup_is_named_and_done_again(
    store: Store, tmp_path: Path, run: Callable[..., Result]
) -> None:
    for source in "abcd":
        store.add_incidents(delivery(source, "1", "2"))
    store.backup(tmp_path / "backup")
    store.withdraw(["a:2"], "a test of the form")
    store.link(["b:1", "b:2"])
    store.part(["c:1", "c:2"])
    store.unlink("d:1")
    store.rename_source("d", "e")
    store.undo(1)
    said = run("restore", tmp_path / "backup")
    assert said.exit_code == 1
    for decision in (
        "withdrawn: a:2,",
        "said to be of one event: b:1, b:2,",
        "said to be of different events: c:1, c:2,",
        "taken out of its event: d:1,",
        "the source d called e,",
        "revision 1 taken back,",
    ):
        assert f"Not in the backup: {decision}" in said.output
    before = store.incidents()
    assert run("restore", tmp_path / "backup", "--keep").exit_code == 0
    pd.testing.assert_frame_equal(store.incidents(), before)
    assert run("restore", tmp_path / "backup", "--drop", lang="fr").exit_code == 0
    assert store.sources() == dict.fromkeys("abcd", 2)
    assert store.verify_journal().faults == ()


def test_what_a_later_delivery_withdrew_and_set_aside_is_so_again(store: Store, tmp_path: Path) -> None:
    store.add_incidents(delivery("a", "1", "2", "3"))
    store.backup(tmp_path / "backup")
    store.add_incidents(delivery("a", "1", "2"), Terms(complete=Complete(lambda *_: None)))
    store.add_incidents(delivery("b", "1", quarantined=2))
    aside = store.quarantine(store.revision())
    store.restore(tmp_path / "backup", lambda later: True)
    assert store.incidents().index.tolist() == ["a:1", "a:2", "b:1"]
    assert store.quarantine(store.revision()) == aside
    store.add_incidents(delivery("a", "1", "2", "3"))  # its source has it again
    assert len(store.incidents()) == 4


def test_the_packs_of_what_came_back_hold_no_erased_text(store: Store, tmp_path: Path) -> None:
    store.add_incidents(delivery("a", "1", narrative=SECRET))
    store.backup(tmp_path / "backup")
    store.erase(["a:1"])
    store.restore(tmp_path / "backup")
    store.backup(tmp_path / "after")
    import sqlite3

    held = sqlite3.connect(tmp_path / "after").execute("SELECT content FROM packs").fetchall()
    assert held
    assert all(SECRET.encode() not in zlib.decompress(content) for (content,) in held)
