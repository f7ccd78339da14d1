"""A store that the code before wrote opens with everything it held, and its files are known when they come again."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import store_kit
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner, Result
from sqlalchemy import MetaData, create_engine, insert, select

from api.commands.main import build
from geo.boundaries.regions import Boundaries
from geo.incidents import readers
from geo.incidents.schema import HazardType
from geo.store import Store
from geo.store.database import APPLICATION_ID, Database
from geo.store.migrate import VERSION_TABLE, _scripts

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures"
LIFECYCLE = FIXTURES / "intake" / "lifecycle"
#: Written by the code of schema 0003 from the files named below; every record is invented.
BEFORE = FIXTURES / "stores" / "schema_0003.sqlite"
TODAY = dt.date(2026, 11, 29)

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    shutil.copy(BEFORE, tmp_path / "sira.sqlite")

    def invoke(*words: object, code: int = 0) -> Result:
        result = CliRunner().invoke(build(), ["--lang", "en", *map(str, words)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return invoke


def opened(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'sira.sqlite'}", seed=False)


def test_nothing_is_lost(run: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert len(store.incidents(hazards=HazardType)) == 15
        assert len(store.hazards()) == 1
        assert sum(len(store.quarantine(revision.id)) for revision in store.revisions()) == 4
        assert len(store.keys.list()) == 1
    assert "as they were written" in run("journal", "verify").output
    assert "new" in run("history", "imsma:A1").output


@pytest.mark.parametrize(
    ("old", "file", "count"),
    [
        ("imsma", LIFECYCLE / "jan.csv", 3),
        ("imsma", LIFECYCLE / "n1.csv", 2),
        ("kobo", LIFECYCLE / "k1.csv", 1),
        ("points-incidents-janvier", LIFECYCLE / "incidents_janvier.gpkg", 2),
        ("hxl-hxl", FIXTURES / "incidents" / "hxl.csv", 2),
        ("zones_2023-01.zip", LIFECYCLE / "zones_2023-01.zip", 1),
    ],
)
def test_a_file_that_was_imported_before_is_known_under_its_sources_name(
    run: Run, tmp_path: Path, old: str, file: Path, count: int
) -> None:
    run("sources", "rename", old, "cas")
    with opened(tmp_path) as store:
        before = len(store.incidents(hazards=HazardType)), len(store.hazards())
    report = run("import", file, "--source", "cas", code=3 if file.name == "hxl.csv" else 0).output
    assert "0 new" in report
    assert f"{count} already there" in report, report
    with opened(tmp_path) as store:
        assert (len(store.incidents(hazards=HazardType)), len(store.hazards())) == before


def test_what_it_did_not_keep_cannot_be_taken_back_but_a_record_can(run: Run, tmp_path: Path) -> None:
    assert "sira withdraw" in run("undo", 1, "--yes", code=1).output
    run("withdraw", "imsma:A2", "--reason", "doublon")
    with opened(tmp_path) as store:
        assert "imsma:A2" not in store.incidents().index


def test_what_comes_after_can_be_taken_back_to_what_it_held(run: Run, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        before = store.incidents(hazards=HazardType)
    run("import", LIFECYCLE / "jan_v2.csv", "--source", "imsma")
    with opened(tmp_path) as store:
        assert store.incidents().loc["imsma:A1", "killed_total"] == 3
        run("undo", store.revision(), "--yes")
    with opened(tmp_path) as store:
        after = store.incidents(hazards=HazardType)
    assert before.drop(columns="geometry").equals(after.drop(columns="geometry"))


# A store of schema 0005, which kept each version by itself


#: The store above, after what the code of schema 0005 was told to do with it: files imported, some corrected, clashing,
#: complete or twice; a source renamed, records withdrawn, erased, a delivery taken back. Beside it, what it said.
VERSIONED = FIXTURES / "stores" / "schema_0005.sqlite"
SAID: dict[str, Any] = json.loads(VERSIONED.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.fixture(params=store_kit.KINDS)
def versioned(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Open a store of schema 0005 in either kind of database."""
    with store_kit.fresh_url(request.param, request) as url:
        with closing(Database(url)) as database:
            write_schema_0005(database)
        with Store.open(url, seed=False) as store:
            yield store


def write_schema_0005(database: Database) -> None:
    """Make the tables as the migrations up to 0005 did, and fill them."""
    scripts = _scripts()
    source = create_engine(f"sqlite:///{VERSIONED}")
    with database.write() as target, source.connect() as there:
        if database.is_sqlite:
            target.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        context = MigrationContext.configure(target, opts={"version_table": VERSION_TABLE})
        with Operations.context(context):
            for script in reversed(list(scripts.walk_revisions("base", "0005"))):
                script.module.upgrade()
                context.stamp(scripts, script.revision)
        tables = MetaData()
        tables.reflect(there)
        for table in tables.sorted_tables:
            rows = [dict(row) for row in there.execute(select(table)).mappings()]
            if rows and table.name != VERSION_TABLE:
                target.execute(insert(table), rows)
    source.dispose()


def bare(content: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if content is None else {name: value for name, value in content.items() if value is not None}


def held(store: Store) -> dict[str, list[Any]]:
    """Return what a store holds, as the file beside the fixture says it."""
    incidents = store.incidents(hazards=HazardType)
    names = ["source", "source_id", "date", "killed_total", "narrative"]
    rows = incidents[names].astype(object).where(incidents[names].notna(), None).itertuples(name=None)
    return {
        **{name: [source, number, str(day.date()), killed, text] for name, source, number, day, killed, text in rows},
        **{
            row.Index: [row.source, row.source_id, str(row.status), row.history] for row in store.hazards().itertuples()
        },
    }


def test_every_version_is_as_it_was(versioned: Store) -> None:
    assert held(versioned) == SAID["records"]
    checked = versioned.verify_journal()
    assert checked.faults == ()
    assert list(checked.erased) == SAID["erased"]
    for record, versions in SAID["history"].items():
        found = [
            [one.entry.number, one.outcome, bare(one.before), bare(one.after), one.undone]
            for one in versioned.history(record)
        ]
        assert found == versions, record


@pytest.mark.parametrize("revision", list(map(int, SAID["undone"])))
def test_every_delivery_can_be_taken_back_as_before(versioned: Store, revision: int) -> None:
    versioned.undo(revision)
    expected = {**SAID["records"], **SAID["undone"][str(revision)]}
    assert held(versioned) == {name: values for name, values in expected.items() if values is not None}
    assert versioned.verify_journal().faults == ()


def test_what_it_kept_is_known_when_it_comes_again(versioned: Store) -> None:
    read = readers.read(LIFECYCLE / "jan_v2.csv", boundaries=Boundaries.shipped(), today=TODAY, source="cas")
    report = versioned.add_incidents(read)
    assert (report.duplicate, report.changed) == (2, False)
    assert versioned.verify_journal().faults == ()


def test_erasing_reaches_what_it_kept(versioned: Store) -> None:
    versioned.erase(["imsma:A1"])
    assert all((one.after or {}).get("narrative") is None for one in versioned.history("imsma:A1"))
    checked = versioned.verify_journal()
    assert checked.faults == ()
    assert "imsma:A1" in checked.erased
