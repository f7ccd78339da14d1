"""A store that cannot be opened says why, names itself, and never shows its password."""

from __future__ import annotations

import datetime as dt
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import store_kit
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from geo.boundaries.units import UNIT_COLUMNS
from geo.core.errors import StoreError
from geo.store import Store, tables
from geo.store.database import Database
from geo.store.migrate import _scripts, _versions

pytestmark = pytest.mark.slow

#: The super-user may write anywhere; util-linux's setpriv takes that right away.
_OVERRIDES = "-dac_override,-dac_read_search"
AS_ANYBODY = ["setpriv", f"--bounding-set={_OVERRIDES}", f"--inh-caps={_OVERRIDES}"] if os.geteuid() == 0 else []


@pytest.fixture(params=store_kit.KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with store_kit.fresh_url(request.param, request) as fresh:
        yield fresh


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        Store.open(url, seed=False).close()
    return str(caught.value)


# The schema


@pytest.mark.filterwarnings("ignore:Did not recognize type 'geometry'")  # PostGIS's own, which no code here writes
def test_the_migrations_make_the_tables_that_the_code_uses(url: str) -> None:
    Store.open(url, seed=False).close()
    of_postgis = (
        "spatial_ref_sys",
        "geometry",
        *(f"gx_{table}_geometry" for table in ("incidents", "hazards", "units")),
    )

    def is_ours(_object: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
        return not (reflected and name in of_postgis)

    with closing(Database(url)) as database, database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_ours})
        assert compare_metadata(context, tables.metadata) == []


def test_the_names_of_the_migrations_are_their_versions() -> None:
    assert _versions() == [script.revision for script in _scripts().walk_revisions()][::-1]
    assert _versions()[-1] == _scripts().get_current_head()


def test_the_unit_columns_are_those_of_the_boundaries() -> None:
    assert tuple(tables.UNIT_TYPES) == UNIT_COLUMNS


def test_opening_again_migrates_nothing_and_loses_nothing(url: str) -> None:
    with Store.open(url, seed=False) as store:
        store.add_incidents(store_kit.batch(store_kit.incidents(["a"])))
    with Store.open(url, seed=False) as store:
        assert store.incidents().index.tolist() == ["a"]


def _undo_users(connection: Connection) -> None:
    """Leave the tables as the migrations up to 0007 make them, with the sessions and keys that are there."""
    sessions = connection.exec_driver_sql("SELECT hash, key, created, seen FROM sessions").all()
    for table in ("sessions", "invitations", "users"):
        connection.exec_driver_sql(f"DROP TABLE {table}")
    for column in ("role", "scope", "expires", "used"):
        connection.exec_driver_sql(f"ALTER TABLE keys DROP COLUMN {column}")
    made = "hash TEXT PRIMARY KEY, key INTEGER NOT NULL REFERENCES keys (id), created TIMESTAMP NOT NULL"
    connection.exec_driver_sql(f"CREATE TABLE sessions ({made}, seen TIMESTAMP NOT NULL)")
    for row in sessions:
        put = text("INSERT INTO sessions VALUES (:hash, :key, :created, :seen)")
        connection.execute(put, dict(row._mapping))
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0007'")


def test_a_store_of_before_users_keeps_its_keys_and_who_is_signed_in(url: str) -> None:
    now = dt.datetime.now(dt.UTC)
    with Store.open(url, seed=False) as store:
        store.keys.add("aa", "admin", "office", role="admin")
        store.keys.add("bb", "analyst", "field")
        store.keys.revoke(store.keys.add("cc", "partner", "lost"))
        before = store.keys.list()
        store.sessions.begin("dd", before[1], now)
    with closing(Database(url)) as database, database.write() as connection:
        _undo_users(connection)
    with Store.open(url, seed=False) as store:
        assert store.keys.list() == before
        session = store.sessions.find("dd", now)
        assert session is not None
        assert session.holder == before[1]
        assert store.users.list() == ()
        with pytest.raises(StoreError):
            store.sessions.begin("dd", before[0], now)


def test_a_store_of_before_sessions_opens_with_its_keys(url: str) -> None:
    with Store.open(url, seed=False) as store:
        store.keys.add("aa", "analyst", "office")
    with closing(Database(url)) as database, database.write() as connection:
        _undo_users(connection)
        later = ("sessions", "packs", "traces", "deliveries", "journal", "withdrawn", "erased", "answers", "questions")
        for table in later:
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("DROP INDEX ix_quarantine_record")
        for column in ("record", "closed"):
            connection.exec_driver_sql(f"ALTER TABLE quarantine DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    now = dt.datetime.now(dt.UTC)
    with Store.open(url, seed=False) as store:
        key = store.keys.find("aa", now)
        assert key is not None
        store.sessions.begin("cc", key, now)
        session = store.sessions.find("cc", now)
        assert session is not None
        assert session.holder == key
        assert abs(session.seen - now) < dt.timedelta(seconds=1)


@pytest.mark.postgis
def test_postgis_has_real_geometries_with_an_index(request: pytest.FixtureRequest) -> None:
    with store_kit.fresh_url("postgis", request) as url, Store.open(url, seed=False) as store:
        store.add_incidents(store_kit.batch(store_kit.incidents(["a"])))
        store.add_hazards(store_kit.hazard_batch(store_kit.hazards(["h"])))
        with closing(Database(url)) as database, database.read() as connection:
            point = connection.execute(text("SELECT ST_AsText(geometry), ST_SRID(geometry) FROM incidents")).one()
            assert tuple(point) == ("POINT(-7 13)", 4326)
            (area_km2,) = connection.execute(text("SELECT ST_Area(geometry::geography) / 1e6 FROM hazards")).one()
            assert area_km2 == pytest.approx(1.19, rel=0.01)
            listed = connection.execute(
                text("SELECT f_table_name, srid FROM geometry_columns WHERE f_table_schema = current_schema()")
            )
            assert {tuple(row) for row in listed} == {("incidents", 4326), ("hazards", 4326), ("units", 4326)}
            indexes = connection.execute(
                text("SELECT tablename FROM pg_indexes WHERE schemaname = current_schema() AND indexdef LIKE '%gist%'")
            ).scalars()
            assert set(indexes) == {"incidents", "hazards", "units"}


def test_sqlite_is_set_up_for_readers_beside_a_writer(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.sqlite'}"
    Store.open(url, seed=False).close()
    assert (tmp_path / "s.sqlite").stat().st_mode & 0o777 == 0o600
    with closing(Database(url, busy_timeout_s=7)) as database, database.read() as connection:
        settings = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in settings]
    assert found == ["wal", 1, 7000, 2]


# What cannot be opened


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "cannot be read"),
        ("no url at all: secret", "cannot be read"),
        ("postgresql+psycopg://u:secret@host:port/x", "cannot be read"),
        ("mysql://u:secret@host/x", "of no known kind"),
        ("postgresql+psycopg2://u:secret@host/x", "of no known kind"),
        ("sqlite://", "of no known kind"),
        ("sqlite:///:memory:", "of no known kind"),
    ],
)
def test_an_address_that_leads_nowhere(url: str, reason: str) -> None:
    told = refusal(url)
    assert reason in told
    assert "secret" not in told


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        told = refusal(f"postgresql+psycopg://sira:s3cret@127.0.0.1:{port}/sira?password=s3cret&connect_timeout=2")
    assert f"postgresql+psycopg://sira:***@127.0.0.1:{port}/sira cannot be reached" in told
    assert "s3cret" not in told


@pytest.mark.postgis
def test_a_wrong_password_is_not_repeated(postgis_url: str) -> None:
    wrong = postgis_url.replace(":sira_test@", ":s3cret@")
    if wrong == postgis_url:
        pytest.fail("SIRA_TEST_POSTGIS is expected to log in with the password sira_test")
    told = refusal(wrong)
    assert "cannot be reached" in told
    assert "s3cret" not in told


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_text("hello, this is a letter " * 100)
    told = refusal(f"sqlite:///{tmp_path / 's.sqlite'}")
    assert "damaged, or is no Sira store" in told
    assert "s.sqlite" in told


def test_a_damaged_store(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with Store.open(f"sqlite:///{path}", seed=False) as store:
        store.add_incidents(store_kit.batch(store_kit.incidents([f"{n}" for n in range(500)])))
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xa5" * (len(whole) - 4096)
    path.write_bytes(bytes(whole))
    with pytest.raises(StoreError, match="damaged"), Store.open(f"sqlite:///{path}", seed=False) as store:
        store.incidents()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "contacts.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE contacts (name TEXT)")
    assert "another program" in refusal(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("contacts",)]


def test_a_store_of_a_newer_sira(url: str) -> None:
    Store.open(url, seed=False).close()
    with closing(Database(url)) as database, database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version of Sira (schema 9999)" in refusal(url)


@pytest.mark.parametrize("path", ["missing/s.sqlite", "file/s.sqlite", "folder"])
def test_a_place_where_no_file_can_be(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    told = refusal(f"sqlite:///{tmp_path / path}")
    assert "cannot be opened for writing" in told
    assert path in told


OPEN_AND_TELL = """
import sys
from geo.core.errors import StoreError
from geo.store import Store
try:
    store = Store.open(sys.argv[1], seed=False)
    store.keys.add("aa", "admin", "")
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize("existing", [False, True])
def test_a_folder_one_may_not_write_to(existing: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "s.sqlite"
        if existing:
            Store.open(f"sqlite:///{path}", seed=False).close()
            path.chmod(0o444)
        Path(name).chmod(0o555)
        told = subprocess.run(
            [*AS_ANYBODY, sys.executable, "-c", OPEN_AND_TELL, f"sqlite:///{path}"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        Path(name).chmod(0o755)
    assert "cannot be opened for writing" in told
    assert "s.sqlite" in told


IN_ANOTHER_PROCESS = """
import sys
from geo.store import Store
with Store.open(sys.argv[1]) as store:
    store.secret("theirs")
"""


def test_a_store_opened_twice_keeps_its_locks(tmp_path: Path) -> None:
    """Another process that closes the store last would take the log away from under those who work with it."""
    file = tmp_path / "sira.sqlite"
    with Store.open(f"sqlite:///{file}") as first, Store.open(f"sqlite:///{file}") as second:
        subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS, f"sqlite:///{file}"], check=True, timeout=600)
        assert file.with_name("sira.sqlite-wal").exists()
        drawn = first.secret("ours")
        assert second.secret("ours") == drawn
        assert first.secret("theirs") == second.secret("theirs")
