"""What people correct reads only the records that it may touch: a store holds others that it need not load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
import store_kit
from sqlalchemy import Connection, update

from geo.core.identity import Claim
from geo.incidents.batch import Batch
from geo.store import Store, corrections, erasing, tables
from geo.store.database import Database


def delivery(source: str, *names: str) -> Batch:
    ids = [f"{source}:{name}" for name in names]
    frame = store_kit.incidents(
        ids,
        source=[source] * len(ids),
        source_id=list(names),
        date=np.full(len(ids), np.datetime64("2021-03-01", "s")),
        narrative=["words"] * len(ids),
        geometry=[shapely.Point(-4, 14)] * len(ids),
    )
    return Batch("file.csv", "test", len(ids), frame, (), (), {name: Claim(2) for name in ids})


def not_linked(_: Connection) -> None:
    """Link nothing: linking looks at all reports."""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A store of two sources, in which nothing of the source `big` can be read."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with Store.open(url, seed=False) as store:
        store.add_incidents(delivery("big", "1", "2", "3"))
        store.withdraw(["big:3"], "test")
        store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["big:1"], source=["big"])))
        store.add_incidents(delivery("small", "1", "2"))
        store.add_incidents(delivery("other", "2"))
        store.withdraw(["small:2"], "test")
    database = Database(url)
    with database.write() as opened:
        for table in (tables.incidents, tables.hazards):
            opened.exec_driver_sql(f"UPDATE {table.name} SET updated_at = 'no date' WHERE source = 'big'")
        opened.exec_driver_sql("UPDATE withdrawn SET content = 'no JSON' WHERE source = 'big'")
        opened.execute(update(tables.packs).where(tables.packs.c.entry <= 3).values(content=b"no pack"))
        with pytest.raises(ValueError, match="no date"):
            corrections.present(opened, tables.incidents, None)
        yield opened
    database.close()


def names(connection: Connection) -> list[str]:
    return sorted(connection.exec_driver_sql("SELECT id FROM incidents").scalars())


def test_undoing_a_delivery(connection: Connection) -> None:
    done = corrections.undo(connection, 5, not_linked, confirm=lambda _: None)
    assert done.removed == ("other:2",)
    done = corrections.undo(connection, 6, not_linked, confirm=lambda _: None)
    assert done.restored == ("small:2",)
    assert names(connection) == ["big:1", "big:2", "small:1", "small:2"]


def test_renaming_a_source(connection: Connection) -> None:
    done = corrections.rename(connection, "small", "other", not_linked)
    assert (done.renamed, done.merged) == (1, 0)
    done = corrections.rename(connection, "other", "new", not_linked)
    assert (done.renamed, done.merged) == (2, 0)
    assert corrections.sources(connection) == {"big": 3, "new": 2}


def test_erasing_text(connection: Connection) -> None:
    assert erasing.erase(connection, ["other:2"], "small", not_linked).records == (
        "other:2", "small:1", "small:2",
    )  # fmt: skip
    said = dict(connection.exec_driver_sql("SELECT id, narrative FROM incidents").all())
    assert said == {"big:1": "words", "big:2": "words", "other:2": None, "small:1": None}
