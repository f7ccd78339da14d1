"""Likely repeats within a source are asked about, counted until answered, and an answer holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import store_kit
from click.testing import CliRunner, Result

from api.commands.main import build
from geo.core.errors import NotFoundError, ParameterError
from geo.core.identity import Claim
from geo.incidents.batch import Batch
from geo.store import Store
from geo.store.terms import Terms

pytestmark = pytest.mark.slow

INTAKE = Path(__file__).parents[1] / "fixtures" / "intake"
EDITS = INTAKE / "d_small_edits.csv"


@pytest.fixture(params=store_kit.KINDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with store_kit.fresh_url(request.param, request) as url, Store.open(url, seed=False) as opened:
        yield opened


def delivery(texts: str, killed: int = 2, **columns: Any) -> Batch:
    """Return rows without ids of one day and device, each with a letter for its text."""
    ids = [f"ong:row-{letter}" for letter in texts]
    frame = store_kit.incidents(
        ids,
        source=["ong"] * len(ids),
        source_id=[name.removeprefix("ong:") for name in ids],
        killed_total=pd.array([killed] * len(ids), dtype="Int32"),
        **{
            "date": np.full(len(ids), np.datetime64("2021-03-01", "s")),
            "narrative": [f"an IED near the bridge, {'.' * number}" for number in range(len(ids))],
            "geometry": [shapely.Point(-4, 14)] * len(ids),
            **columns,
        },
    )
    claims = {name: Claim(row, made=True) for row, name in enumerate(ids, start=2)}
    return Batch("file.csv", "test", len(frame), frame, (), (), claims)


def events(store: Store) -> list[str]:
    return [name.removeprefix("ong:row-") for name in store.incidents()["event_id"]]


def open_questions(store: Store) -> list[tuple[str, ...]]:
    return [tuple(name.removeprefix("ong:row-") for name in group.ids) for group in store.questions()]


def test_reports_that_are_alike_make_one_question_and_count_until_answered(store: Store) -> None:
    report = store.add_incidents(delivery("abc"))
    assert (report.new, report.asked, report.open) == (3, 1, 1)
    assert open_questions(store) == [("a", "b", "c")]
    assert events(store) == ["a", "b", "c"]
    (group,) = store.questions()
    assert [record["killed_total"] for record in group.reports] == [2, 2, 2]
    assert {like.score for like in group.likenesses} == {1.0}


def test_a_day_and_a_month_that_are_exchanged_make_a_question(store: Store) -> None:
    """Nobody was harmed and nothing told: the same device at the same point is enough."""
    dates = np.array(["2024-03-05", "2024-05-03", "2024-03-06", "2024-05-05"], dtype="datetime64[s]")
    store.add_incidents(delivery("abcd", killed=0, date=dates, narrative=[None] * 4))
    assert open_questions(store) == [("a", "b")]
    assert [str(reason) for reason in store.questions()[0].likenesses[0].reasons][:2] == [
        "day and month exchanged", "same point",
    ]  # fmt: skip


def test_an_exchanged_day_elsewhere_or_of_another_device_asks_nothing(store: Store) -> None:
    dates = np.array(["2024-03-05", "2024-05-03", "2024-05-03", "2024-05-03"], dtype="datetime64[s]")
    points = [shapely.Point(-4, 14), shapely.Point(-4, 14.02), shapely.Point(-4, 14), shapely.Point(-4, 14)]
    columns = {"date": dates, "geometry": points, "hazard_type": ["ied", "ied", "ap_mine", "ied"]}
    columns["date_precision"] = ["day", "day", "day", "month"]
    store.add_incidents(delivery("abcd", killed=0, narrative=[None] * 4, **columns))
    assert open_questions(store) == []


def test_the_same_delivery_again_asks_nothing_new(store: Store) -> None:
    store.add_incidents(delivery("abc"))
    again = store.add_incidents(delivery("abc"))
    assert (again.changed, again.asked, again.open) == (False, 0, 1)


def test_a_later_row_is_asked_about_with_what_is_stored(store: Store) -> None:
    store.add_incidents(delivery("a"))
    report = store.add_incidents(delivery("b", geometry=[shapely.Point(-4, 14.005)]))
    assert (report.new, report.asked) == (1, 1)
    assert open_questions(store) == [("a", "b")]


def test_a_yes_makes_them_one_event_whatever_comes(store: Store) -> None:
    store.add_incidents(delivery("abc"))
    assert store.link(["ong:row-a", "ong:row-c"]) == store.revision() == 2
    assert (events(store), open_questions(store)) == (["a", "b", "a"], [("a", "b", "c")])
    store.link(["ong:row-b", "ong:row-c"])
    assert (events(store), open_questions(store)) == (["a", "a", "a"], [])
    store.add_incidents(delivery("abc", killed=3))
    assert events(store) == ["a", "a", "a"]
    (group,) = store.links()
    assert len(group.likenesses) == 2


def test_a_no_is_never_asked_again(store: Store) -> None:
    store.add_incidents(delivery("ab"))
    store.part(["ong:row-a", "ong:row-b"])
    report = store.add_incidents(delivery("ab", killed=3))
    assert (report.updated, report.asked, report.open) == (2, 0, 0)
    store.undo(report.revision)
    store.undo(1)
    assert len(store.incidents()) == 0
    again = store.add_incidents(delivery("ab"))
    assert (again.new, again.asked, again.open) == (2, 0, 0)
    assert store.verify_journal().faults == ()


def test_a_report_differs_from_all_that_it_is_asked_about(store: Store) -> None:
    store.add_incidents(delivery("abc"))
    store.part(["ong:row-a"])
    assert open_questions(store) == [("b", "c")]
    with pytest.raises(NotFoundError):
        store.part(["ong:row-a"])


def test_an_answer_is_taken_back(store: Store) -> None:
    store.add_incidents(delivery("ab"))
    store.undo(store.link(["ong:row-a", "ong:row-b"]))
    assert (events(store), open_questions(store)) == (["a", "b"], [("a", "b")])
    parted = store.part(["ong:row-a", "ong:row-b"])
    linked = store.link(["ong:row-a", "ong:row-b"])
    assert events(store) == ["a", "a"]
    store.undo(linked)
    assert (events(store), open_questions(store)) == (["a", "b"], [])
    store.undo(parted)
    assert open_questions(store) == [("a", "b")]


def test_what_is_asked_ends_with_its_delivery_and_comes_back_with_it(store: Store) -> None:
    first = store.add_incidents(delivery("a"))
    store.add_incidents(delivery("b", geometry=[shapely.Point(-4, 14.005)]))
    undone = store.undo(first.revision)
    assert open_questions(store) == []
    store.undo(undone.revision)
    assert open_questions(store) == [("a", "b")]


def test_one_report_leaves_an_event_that_was_made_by_answers(store: Store) -> None:
    store.add_incidents(delivery("abc"))
    store.link(["ong:row-a", "ong:row-b"])
    store.link(["ong:row-b", "ong:row-c"])
    store.unlink("ong:row-b")
    assert (events(store), open_questions(store)) == (["a", "b", "a"], [])
    store.link(["ong:row-b", "ong:row-a"])
    assert events(store) == ["a", "a", "a"]


def test_answers_that_contradict_one_another_are_refused(store: Store) -> None:
    store.add_incidents(delivery("abc"))
    store.link(["ong:row-a", "ong:row-b"])
    store.link(["ong:row-b", "ong:row-c"])
    revision = store.revision()
    with pytest.raises(ParameterError, match="sira unlink ong:row-a"):
        store.part(["ong:row-a", "ong:row-c"])
    with pytest.raises(ParameterError):
        store.link(["ong:row-a"])
    with pytest.raises(NotFoundError):
        store.link(["ong:row-a", "nothing"])
    assert store.revision() == revision
    assert events(store) == ["a", "a", "a"]


def test_reports_of_two_sources_are_told_apart_for_good(store: Store) -> None:
    frame = store_kit.incidents(
        ["x", "y"],
        source=["x", "y"],
        date=np.full(2, np.datetime64("2021-03-01", "s")),
        geometry=[shapely.Point(-4, 14)] * 2,
    )
    report = store.add_incidents(store_kit.batch(frame))
    assert (report.linked, [(like.a, like.b) for like in report.links]) == (1, [("x", "y")])
    store.part(["x", "y"])
    assert store.incidents()["event_id"].tolist() == ["x", "y"]
    assert store.links() == []


def test_answers_follow_a_record_into_the_one_that_it_is_merged_with(store: Store) -> None:
    for source in ("old", "new"):
        both = delivery("ab").accepted.assign(source=source, source_id=["1", "2"])
        both.index = pd.Index([f"{source}:1", f"{source}:2"], dtype="str", name="id")
        store.add_incidents(store_kit.batch(both))
    answered = store.part(["old:1", "old:2"])
    assert [group.ids for group in store.questions()] == [("new:1", "new:2")]
    store.rename_source("old", "new")
    assert store.incidents()["event_id"].tolist() == ["new:1", "new:2"]
    assert store.questions() == []
    store.undo(answered)
    assert [group.ids for group in store.questions()] == [("new:1", "new:2")]


def test_a_check_asks_and_stores_nothing(store: Store) -> None:
    report = store.add_incidents(delivery("ab"), Terms(check=True))
    assert report.asked == 1
    assert store.questions() == []


def test_answers_travel_with_a_backup(store: Store, tmp_path: Path) -> None:
    store.add_incidents(delivery("abc"))
    store.link(["ong:row-a", "ong:row-b"])
    store.part(["ong:row-a", "ong:row-c"])
    store.backup(tmp_path / "backup")
    with Store.open(f"sqlite:///{tmp_path / 'other.sqlite'}", seed=False) as other:
        other.restore(tmp_path / "backup")
        assert (events(other), open_questions(other)) == (["a", "a", "c"], [("b", "c")])


# The commands

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False).close()

    def invoke(*words: object, code: int = 0, lang: str = "en") -> Result:
        result = CliRunner().invoke(build(), ["--lang", lang, *map(str, words)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return invoke


def test_one_event_typed_three_times_is_a_question(run: Run) -> None:
    report = run("import", EDITS, "--source", "ong", code=3).output
    assert "3 new" in report
    assert "1 question is new, 1 is open" in report
    assert "3 already there" in run("import", EDITS, "--source", "ong").output
    said = run("links", "--review").output
    assert "1. Are these 3 reports of ong one event?" in said
    assert said.count("deux tués") == 3
    assert "same day, same point, same device, as many victims, same text" in said
    assert "Ces 3 signalements de ong sont-ils un seul événement" in run("links", "--review", lang="fr").output
    yes = next(line for line in said.splitlines() if "Yes: " in line).split("sira ")[1]
    run(*yes.split())
    assert "No question is open" in run("links", "--review").output
    assert "One event, 3 reports (ong):" in run("links").output
    last = yes.split()[-1]
    run("unlink", last)
    assert "One event, 2 reports (ong):" in run("links").output


def test_a_no_is_said_and_holds(run: Run) -> None:
    run("import", EDITS, "--source", "ong", code=3)
    no = next(line for line in run("links", "--review").output.splitlines() if "No: " in line).split("sira ")[1]
    assert "not asked about again" in run(*no.split()).output
    assert "questions" not in run("import", EDITS, "--source", "ong").output
    assert "No question is open" in run("links", "--review").output
    run("links", "--different", code=2)


def test_an_import_says_which_reports_it_linked_and_why(run: Run) -> None:
    run("import", INTAKE / "lifecycle" / "x1.csv", "--source", "ong")
    report = run("import", INTAKE / "lifecycle" / "x2.csv", "--source", "police").output
    assert "1 report was linked with others" in report
    assert "ong:1 – police:P1: same day" in report
    assert "questions" not in report
    assert "ong:1 – police:P1: same day" in run("links").output
    assert "No reports are linked" in run("links", "police:P2").output
