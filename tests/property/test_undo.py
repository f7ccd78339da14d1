"""Taking something back leaves what replaying everything else in order would give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from deliveries_kit import STEPS, Step, delivery
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from geo.core.errors import NotFoundError, ParameterError
from geo.incidents.schema import HazardType
from geo.store import Store
from geo.store.completing import Complete
from geo.store.terms import Terms

pytestmark = pytest.mark.slow


def do(store: Store, step: Step) -> bool:
    """Take a step; tell whether the store let it: there may be no such record or source."""
    try:
        match step:
            case ("withdraw", str(record)):
                store.withdraw([record], "test")
            case ("rename", str(source)):
                store.rename_source(source, "ab".replace(source, ""))
            case (str(source), list(rows), bool(complete), str(meant)):
                everything = Complete(lambda *_: None, force=True) if complete else None
                store.add_incidents(delivery(source, rows), Terms(meant=frozenset([meant]), complete=everything))
    except (NotFoundError, ParameterError):
        return False
    return True


def held(store: Store) -> pd.DataFrame:
    """Return the records, each with those that it is asked about with."""
    asked = {name: group.ids for group in store.questions() for name in group.ids}
    records = pd.DataFrame(store.incidents(hazards=HazardType))
    assert not records.duplicated(["source", "source_id"]).any()  # an id at a source names one record of it
    return records.assign(asked=[asked.get(str(name), ()) for name in records.index])


def made(folder: Path, name: str, steps: list[Step], then: Callable[[Store], None]) -> pd.DataFrame:
    with Store.open(f"sqlite:///{folder / name}", seed=False) as store:
        for step in steps:
            do(store, step)
        then(store)
        assert store.verify_journal().faults == ()
        return held(store)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=1, max_size=6), at=st.integers(0, 5))
def test_it_is_as_if_it_had_never_come(tmp_path_factory: pytest.TempPathFactory, steps: list[Step], at: int) -> None:
    folder = tmp_path_factory.mktemp("undo")
    revisions = [0]
    with Store.open(f"sqlite:///{folder / 'counted'}", seed=False) as store:
        taken = []
        for step in steps:
            if do(store, step):
                taken.append(step)
                revisions.append(store.revision())
    assume(taken)
    at %= len(taken)

    def take_back(store: Store) -> None:
        if revisions[at + 1] > revisions[at]:
            store.undo(revisions[at + 1])

    undone = made(folder, "undone", taken, take_back)
    without = made(folder, "without", [*taken[:at], *taken[at + 1 :]], lambda _: None)
    assert_frame_equal(undone, without)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=1, max_size=4))
def test_taking_back_what_was_taken_back_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    before = made(folder, "before", steps, lambda _: None)

    def twice(store: Store) -> None:
        if store.revision():
            store.undo(store.undo(store.revision()).revision)

    assert_frame_equal(made(folder, "after", steps, twice), before)


#: What people say of the records that a source's ids stand for.
DECISIONS = st.tuples(
    st.sampled_from(["link", "part", "unlink"]),
    st.lists(st.sampled_from(["a:1", "a:2", "b:1", "b:2"]), min_size=2, max_size=3, unique=True),
)
ERASURES = st.tuples(st.just("erase"), st.lists(st.sampled_from(["a:1", "b:2"]), min_size=1, max_size=1))


def decide(store: Store, decision: tuple[str, list[str]]) -> bool:
    """Take a decision; tell whether the store let it."""
    action, records = decision
    try:
        store.unlink(records[0]) if action == "unlink" else getattr(store, action)(records)
    except (NotFoundError, ParameterError):
        return False
    return True


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(decisions=st.lists(DECISIONS, min_size=1, max_size=4), after=st.lists(STEPS, max_size=2))
def test_the_last_decision_is_taken_back_and_the_others_hold(
    tmp_path_factory: pytest.TempPathFactory, decisions: list[tuple[str, list[str]]], after: list[Step]
) -> None:
    """Whatever came after it, it is as if it had never been taken."""
    folder = tmp_path_factory.mktemp("decisions")
    rows = [("1", 1, 1), ("2", 1, 1)]
    with Store.open(f"sqlite:///{folder / 'undone'}", seed=False) as store:
        for source in "ab":
            do(store, (source, rows, False, ""))
        taken = [decision for decision in decisions if decide(store, decision)]
        last = store.revision()
        for step in after:
            do(store, step)
        if taken:
            store.undo(last)
        undone = held(store)
    with Store.open(f"sqlite:///{folder / 'without'}", seed=False) as store:
        for source in "ab":
            do(store, (source, rows, False, ""))
        for decision in taken[:-1]:
            decide(store, decision)
        for step in after:
            do(store, step)
        assert_frame_equal(undone, held(store))


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(before=st.lists(STEPS, min_size=1, max_size=2), after=st.lists(STEPS | DECISIONS | ERASURES, max_size=3))
def test_what_came_after_a_backup_is_done_again(
    tmp_path_factory: pytest.TempPathFactory, before: list[Step], after: list[Step]
) -> None:
    folder = tmp_path_factory.mktemp("again")
    with Store.open(f"sqlite:///{folder / 'store'}", seed=False) as store:
        for step in before:
            do(store, step)
        store.backup(folder / "backup")
        for step in after:
            match step:
                case ("link" | "part" | "unlink" | "erase" as action, list(records)):
                    decide(store, (action, records))
                case _:
                    do(store, step)
        expected = held(store)
        store.restore(folder / "backup", lambda later: True)
        assert_frame_equal(held(store), expected)
        assert store.verify_journal().faults == ()
