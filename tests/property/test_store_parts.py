"""A delivery is taken in parts, however many: the store, its history and what is said of it are the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deliveries_kit import DELIVERIES, STEPS, Step, delivery
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from geo.core.errors import NotFoundError, ParameterError
from geo.store import Store, delivered, tables
from geo.store.completing import Complete
from geo.store.terms import Terms

pytestmark = pytest.mark.slow


@contextmanager
def parts_of(rows: int) -> Iterator[None]:
    """Let parts have so many rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivered, "PART", rows)
        yield


def taken(url: str, steps: list[Step]) -> list[object]:
    """Return what a store says of these steps, and then holds, but for salts and times."""
    said: list[object] = []
    with Store.open(url, seed=False) as store:
        for step in steps:
            try:
                match step:
                    case ("withdraw", str(record)):
                        store.withdraw([record], "test")
                    case ("rename", str(source)):
                        said.append(store.rename_source(source, "ab".replace(source, "")))
                    case (str(source), list(rows), bool(complete), str(meant)):
                        everything = Complete(lambda *_: None, force=True) if complete else None
                        terms = Terms(meant=frozenset([meant]), complete=everything)
                        said.append(store.add_incidents(delivery(source, rows), terms))
            except (NotFoundError, ParameterError) as error:
                said.append(str(error))
        assert store.verify_journal().faults == ()
        with store._database.read() as connection:
            for table in (tables.incidents, tables.traces, tables.deliveries, tables.quarantine, tables.questions):
                said.append(connection.execute(select(table).order_by(*table.primary_key)).all())
            packs = tables.packs.c
            said.append(connection.execute(select(packs.entry, packs.start, packs.content, packs.digests)).all())
            entries = tables.journal.c
            said.append(connection.execute(select(entries.number, entries.action, entries.details)).all())
            made = tables.revisions.c
            said.append(connection.execute(select(made.id, made.digest, made.counts, made.notes)).all())
    return said


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.one_of(DELIVERIES, STEPS), min_size=1, max_size=5), rows=st.integers(1, 2))
def test_in_parts_as_at_once(tmp_path_factory: pytest.TempPathFactory, steps: list[Step], rows: int) -> None:
    folder: Path = tmp_path_factory.mktemp("parts")
    whole = taken(f"sqlite:///{folder / 'whole'}", steps)
    with parts_of(rows):
        assert taken(f"sqlite:///{folder / 'parts'}", steps) == whole
