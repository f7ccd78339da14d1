"""Backups go from either database to either, whole; what is no backup is refused and changes nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import store_kit
from sqlalchemy import Connection, select

import geo.store.store
from geo.boundaries.regions import Boundaries
from geo.core.errors import StoreError
from geo.store import RevisionKind, Store, tables
from geo.store.database import Database


@pytest.fixture(params=store_kit.KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with store_kit.fresh_url(request.param, request) as fresh:
        yield fresh


@pytest.fixture(params=store_kit.KINDS)
def other_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with store_kit.fresh_url(request.param, request) as fresh:
        yield fresh


def fill(store: Store) -> None:
    """Put something into every table but those of questions and answers."""
    told_twice = store_kit.incidents(["a", "b"], source=["acled", "imsma"])
    told_twice.geometry = gpd.GeoSeries.from_xy([-4, -4], [14, 14], index=told_twice.index, crs=4326)
    store.add_incidents(store_kit.batch(told_twice, quarantined=2))
    store.unlink("a")
    store.add_incidents(store_kit.batch(store_kit.incidents(["gone"])))
    store.withdraw(["gone"], "a duplicate")
    store.erase(["a"])
    store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["h"])))
    store.add_vintage(
        "official", Boundaries.shipped().units("region", "2015").assign(vintage="official"), {"by": "OCHA"}
    )
    store.keys.revoke(store.keys.add("aa", "analyst", "office"))
    now = dt.datetime.now(dt.UTC)
    store.keys.add("bb", "admin", "")
    store.sessions.begin("cc", store.keys.list()[-1], now)
    store.users.invite("awa", "dd", now, role="reader", audience="partner", shown="Awa", organisation="OCHA")
    store.secret("pseudonyms")


def ask(store: Store) -> None:
    """Let two questions be open, and one be answered."""
    ids = ["row-1", "row-2", "row-3"]
    alike = store_kit.incidents(ids, source=["ong"] * 3, narrative=["an IED near the bridge"] * 3)
    alike["date"], alike["killed_total"] = alike["date"].iloc[0], pd.array([2] * 3, dtype="Int32")
    alike.geometry = gpd.GeoSeries.from_xy([-5] * 3, [15] * 3, index=alike.index, crs=4326)
    store.add_incidents(store_kit.batch(alike))
    store.part(ids[:2])


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""

    def rows(connection: Connection, name: str) -> list[tuple[Any, ...]]:
        table = tables.metadata.tables[name]
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]

    with closing(Database(url)) as database, database.read() as connection:
        return {name: rows(connection, name) for name in tables.metadata.tables}


def as_restored(original: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a restore gives back: all but the sessions of browsers and links, by which no copy may let in."""
    return {**original, "sessions": [], "invitations": []}


def without_last_revision(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    return {**found, "revisions": found["revisions"][:-1], "journal": found["journal"][:-1]}


def test_a_backup_restores_everything_into_either_database(url: str, other_url: str, tmp_path: Path) -> None:
    file = tmp_path / "sira 100%?.backup"
    with Store.open(url, seed=False) as store:
        fill(store)
        ask(store)
        store.backup(file)
    original = content(url)
    assert all(original.values()), "every table takes part"
    with Store.open(other_url, seed=False) as other:
        for number in range(9):
            other.add_incidents(store_kit.batch(store_kit.incidents([f"old-{number}"])))
        other.restore(file)
        assert other.revision() == 10, "a number neither side had: nothing cached is taken for it"
        assert other.revisions()[-1].kind is RevisionKind.RESTORE
        assert other.revisions()[-1].file == file.name
        assert other.verify_journal().faults == ()
        assert other.incidents().index.tolist() == ["a", "b", "row-1", "row-2", "row-3"]
    assert without_last_revision(content(other_url)) == as_restored(original)


def test_the_backup_is_one_private_portable_file(url: str, tmp_path: Path) -> None:
    with Store.open(url, seed=False) as store:
        fill(store)
        store.backup(tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    read_only = f"file:{tmp_path / 'backup'}?mode=ro&immutable=1"
    with closing(sqlite3.connect(read_only, uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM incidents").fetchone() == (2,)


def test_a_backup_during_an_import_holds_the_old_revision(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = geo.store.store.link
    with Store.open(url, seed=False) as store:
        store.add_incidents(store_kit.batch(store_kit.incidents(["old"])))

        def back_up_and_link(frame: gpd.GeoDataFrame, **options: Boundaries) -> pd.Series[str]:
            store.backup(tmp_path / "backup")
            return link(frame, **options)

        monkeypatch.setattr(geo.store.store, "link", back_up_and_link)
        store.add_incidents(store_kit.batch(store_kit.incidents(["new"])))
    found = content(f"sqlite:///{tmp_path / 'backup'}")
    assert [row[0] for row in found["incidents"]] == ["old"]
    assert len(found["revisions"]) == 1


def test_a_file_that_is_there_is_replaced_only_when_told(url: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with Store.open(url, seed=False) as store:
        with pytest.raises(StoreError, match="exists already"):
            store.backup(file)
        assert file.read_text() == "mine"
        store.backup(file, overwrite=True)
        store.restore(file)


def test_a_store_is_never_replaced_by_its_own_backup(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 's.sqlite'}", seed=False) as store:
        fill(store)
        with pytest.raises(StoreError, match="the store itself"):
            store.backup(tmp_path / "s.sqlite", overwrite=True)
        assert len(store.incidents()) == 2


@pytest.mark.parametrize("target", ["missing/backup", "file/backup"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("")
    with Store.open(f"sqlite:///{tmp_path / 's.sqlite'}", seed=False) as store, pytest.raises(StoreError, match=target):
        store.backup(tmp_path / target)


def test_revoked_keys_stay_revoked(url: str, tmp_path: Path) -> None:
    with Store.open(url, seed=False) as store:
        number = store.keys.add("aa", "analyst", "stolen laptop")
        store.keys.add("bb", "analyst", "")
        store.backup(tmp_path / "backup")
        store.keys.revoke(number)
        store.restore(tmp_path / "backup")
        assert store.keys.find("aa", dt.datetime.now(dt.UTC)) is None
        assert store.keys.find("bb", dt.datetime.now(dt.UTC)) is not None


def test_users_stay_what_they_are_here_and_nobody_is_let_in(url: str, tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    with Store.open(url, seed=False) as store:
        for name, role in (("awa", "admin"), ("binta", "admin"), ("coumba", "reader")):
            store.users.invite(name, f"link-{name}", now, role=role, audience="admin")
            store.users.accept(f"link-{name}", "hash of before", now)
        awa, binta, coumba = store.users.list()
        store.users.link(coumba.id, "later", now)
        store.keys.add("aa", "analyst", "")
        store.backup(tmp_path / "backup")
        store.users.disable(binta.id, now)
        store.users.set_password(awa.id, "hash of now", but="")
        store.users.change(coumba.id, role="reporter", audience="partner")
        store.keys.replace(1, "bb", now + dt.timedelta(days=1), at=now)
        store.sessions.begin("cc", awa, now)
        here = store.users.list()
        store.restore(tmp_path / "backup")
        assert store.users.list() == here
        assert store.users.links(now) == {}
        assert store.sessions.find("cc", now) is None
        assert store.keys.find("aa", now + dt.timedelta(hours=23)) is not None
        assert store.keys.find("aa", now + dt.timedelta(days=1)) is None, "replaced here, whatever the backup says"
    with Store.open(f"sqlite:///{tmp_path / 'other.sqlite'}", seed=False) as other:
        other.restore(tmp_path / "backup")
        assert [(user.name, user.password) for user in other.users.list()] == [
            (name, "hash of before") for name in ("awa", "binta", "coumba")
        ]


def test_another_stores_file_can_be_restored_while_it_is_open(url: str, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'live.sqlite'}", seed=False) as live:
        fill(live)  # still in its write-ahead log
        with Store.open(url, seed=False) as store:
            store.restore(tmp_path / "live.sqlite")
            assert store.incidents().index.tolist() == ["a", "b"]


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def make_missing(path: Path) -> None: ...


def make_folder(path: Path) -> None:
    path.mkdir()


def make_empty(path: Path) -> None:
    path.touch()


def make_text(path: Path) -> None:
    path.write_text("id,date\n" * 500)


def make_another_programs(path: Path) -> None:
    change(path, "CREATE TABLE incidents (id TEXT)")


def make_newer(path: Path) -> None:
    make_good(path)
    change(path, "UPDATE alembic_version SET version_num = '9999'")


def make_truncated(path: Path) -> None:
    make_good(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_scrambled(path: Path) -> None:
    make_good(path)
    whole = bytearray(path.read_bytes())
    whole[8192:20480] = b"\xff" * 12288
    path.write_bytes(bytes(whole))


def make_without_a_table(path: Path) -> None:
    make_good(path)
    change(path, "DROP TABLE settings")


def make_with_text_for_numbers(path: Path) -> None:
    make_good(path)
    change(path, "UPDATE incidents SET date = 'yesterday'")


def make_good(path: Path) -> None:
    with Store.open(f"sqlite:///{path}.source", seed=False) as store:
        fill(store)
        store.backup(path)


BAD_FILES = {
    make_missing: "cannot be read",
    make_folder: "cannot be read",
    make_empty: "is empty",
    make_text: "not a Sira backup",
    make_another_programs: "another program",
    make_newer: "newer version of Sira",
    make_truncated: "damaged|not a Sira backup",
    make_scrambled: "damaged|not a Sira backup",
    make_without_a_table: "no such table",
    make_with_text_for_numbers: "yesterday",
}


@pytest.mark.parametrize(("make", "reason"), BAD_FILES.items(), ids=[make.__name__ for make in BAD_FILES])
def test_what_is_no_backup_is_refused_and_changes_nothing(url: str, tmp_path: Path, make: Any, reason: str) -> None:
    file = tmp_path / "given.sqlite"
    make(file)
    with Store.open(url, seed=False) as store:
        fill(store)
        before = content(url)
        with pytest.raises(StoreError, match=reason) as caught:
            store.restore(file)
        assert "given.sqlite" in str(caught.value)
        assert content(url) == before
