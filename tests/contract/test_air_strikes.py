"""Air strikes, shelling and grenades are a class of their own: in no target, in no count that does not name them."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from assessment_kit import coarse_domain
from click.testing import CliRunner
from fastapi.testclient import TestClient
from service_of import settings_in
from sqlalchemy import insert
from store_kit import incidents

from api.app import create_app
from api.base.access import Audience
from api.base.i18n import translate
from api.base.keys import create_key
from api.base.service import Service
from api.commands.main import build
from api.layers import labels
from api.layers.model_card import card_json
from api.layers.registry import INCIDENTS
from api.map.data.queries import SELECTABLE
from geo.boundaries.regions import Boundaries
from geo.hazards.fields import device_kinds
from geo.incidents import Batch, notes
from geo.incidents.duplicates import link
from geo.incidents.readers import read
from geo.incidents.schema import APART, COLUMNS, EXPLOSIVE, HazardType
from geo.reading.word_lists import words
from geo.store import Store, tables
from geo.store.database import APPLICATION_ID, Database
from geo.store.frames import to_records
from geo.store.migrate import VERSION_TABLE, _scripts
from models.evaluation.card import make_card
from models.risk.assessing import assess
from models.risk.target import AUXILIARY, HAZARDS, HOLDS, REPORTED_WITH, Target

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[1] / "fixtures"
ACLED_AIR = FIXTURES / "exchange" / "acled_air.csv"
TODAY = date(2026, 11, 29)
FIRE = HazardType.AIR_OR_INDIRECT_FIRE


def taken(path: Path, source: str | None = None) -> Batch:
    return read(path, boundaries=Boundaries.shipped(), today=TODAY, source=source)


def with_sub_events(tmp_path: Path, *names: str, event: str = "Explosions/Remote violence") -> Path:
    """Write a file of ACLED's with one event per sub-event."""
    with ACLED_AIR.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))[: len(names)]
    path = tmp_path / "acled.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(
            {**row, "event_type": event, "sub_event_type": name} for row, name in zip(rows, names, strict=True)
        )
    return path


# The class


@pytest.mark.parametrize(
    ("sub_event", "kind"),
    [
        ("Air/drone strike", FIRE),
        ("Shelling/artillery/missile attack", FIRE),
        ("Grenade", FIRE),
        ("Suicide bomb", HazardType.IED),
        ("Remote explosive/landmine/IED", HazardType.UNKNOWN),
        ("Chemical weapon", HazardType.OTHER_EXPLOSIVE),
    ],
)
def test_each_sub_event_of_the_codebook_has_its_class(tmp_path: Path, sub_event: str, kind: HazardType) -> None:
    found = taken(with_sub_events(tmp_path, sub_event)).accepted["hazard_type"].tolist()
    assert found == [kind]
    assert (kind in HAZARDS[Target.IED]) == (sub_event in ("Suicide bomb", "Remote explosive/landmine/IED"))


@pytest.mark.parametrize("sub_event", ["Unheard of", ""])
def test_a_sub_event_that_nobody_knows_is_set_aside_not_guessed(tmp_path: Path, sub_event: str) -> None:
    found = taken(with_sub_events(tmp_path, sub_event))
    assert len(found.accepted) == 0
    (row,) = found.quarantined
    assert (row.column, row.kind) == ("sub_event_type", "code")
    assert (sub_event or "Explosions/Remote violence") in str(row.reason)


def test_what_is_no_explosion_is_a_conflict_event(tmp_path: Path) -> None:
    path = with_sub_events(tmp_path, "Armed clash", "Grenade", event="Battles")
    assert set(taken(path).accepted["hazard_type"]) == {HazardType.NOT_EXPLOSIVE}


@pytest.mark.parametrize(
    "word", ["frappe aérienne", "Tir de mortier", "shelling", "jet de grenade", "drone strike", FIRE]
)
def test_words_of_tables_name_the_class(tmp_path: Path, word: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,date,cercle,device_category\n1,2025-02-03,Koro,{word}\n")
    assert taken(path, "ong").accepted["hazard_type"].tolist() == [FIRE]


@pytest.mark.parametrize("word", ["VBIED", "SVBIED", "PBIED"])
def test_vehicle_borne_and_suicide_bombs_stay_ieds(tmp_path: Path, word: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,date,cercle,device_category\n1,2025-02-03,Koro,{word}\n")
    assert taken(path, "ong").accepted["hazard_type"].tolist() == [HazardType.IED]


def test_the_class_is_apart_wherever_types_are_listed() -> None:
    assert FIRE in APART
    assert FIRE not in EXPLOSIVE
    assert all(FIRE not in kinds for table in (HAZARDS, REPORTED_WITH, AUXILIARY) for kinds in table.values())
    assert HazardType.OTHER_EXPLOSIVE not in HAZARDS[Target.IED]  # its source says that it is none of these
    assert translate(labels.HAZARD_TYPES[FIRE], "fr") == "frappe aérienne, tir indirect ou grenade"
    assert FIRE in SELECTABLE
    choices = next(each.choices for each in INCIDENTS.attributes if each.name == "hazard_type")
    assert FIRE in (choices or ())
    assert all(FIRE not in device_kinds(word) for word in words("devices").means)  # nothing that lies in an area
    assert set(HOLDS) == set(Target)


def test_an_air_strike_hides_no_device_near_by() -> None:
    both = incidents(["acled:1", "ong:1"], hazard_type=[FIRE.value, "unknown"], source=["acled", "ong"])
    both["date"] = both["date"].iloc[0]
    both["geometry"] = both.geometry.iloc[0]
    assert link(both, boundaries=Boundaries.shipped()).nunique() == 2
    both["hazard_type"] = FIRE.value
    assert link(both, boundaries=Boundaries.shipped()).nunique() == 1


# What becomes of 120 air strikes


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    service = Service(settings_in(tmp_path_factory.mktemp("air")))
    service.store.add_incidents(taken(ACLED_AIR))
    return service


def test_they_are_not_forecast_as_ieds_and_mines(service: Service) -> None:
    boundaries = Boundaries.shipped()
    made = assess(
        service.store.incidents(hazards=tuple(HazardType)),
        boundaries,
        target=Target.IED,
        as_of=TODAY,
        revision=1,
        domain=coarse_domain(boundaries),
    )
    cercles = made.table("cercle", "2016")
    assert made.about["events"] == 40
    assert cercles.loc["cercle-abeibara", "recorded"] == 0
    assert not cercles.loc["cercle-abeibara", "expected"] > 1


def test_they_are_counted_where_they_alone_are_asked_for(service: Service) -> None:
    app = create_app(service.settings)
    key = create_key(service.store, Audience.ADMIN, label="test")
    headers = {"Authorization": f"Bearer {key}"}
    with TestClient(app) as asking:

        def counted(hazard: str) -> float:
            got = asking.get(f"/layers/cercles.geojson?hazard={hazard}", headers=headers).json()
            return sum(feature["properties"]["events"] for feature in got["features"])

        by_default = asking.get("/layers/cercles.geojson", headers=headers).json()
        assert sum(feature["properties"]["events"] for feature in by_default["features"]) == pytest.approx(40, abs=1)
        assert counted("air_or_indirect_fire") == pytest.approx(120, abs=1)
        assert counted("unknown") == pytest.approx(40, abs=1)
        for mixed in ("ied,air_or_indirect_fire", "air_or_indirect_fire,not_explosive"):
            refused = asking.get(f"/layers/cercles.geojson?hazard={mixed}", headers=headers)
            assert refused.status_code == 422
            assert "air_or_indirect_fire" in refused.json()["detail"]
        for span in ("months", "days30"):
            address = f"/map/counts.json?level=cercle&span={span}&hazard=air_or_indirect_fire"
            assert asking.get(address, headers=headers).status_code == 200
        points = asking.get("/map/incidents.json", headers=headers).json()
        apart = points["hazards"].index(FIRE)
        assert points["apart"] == [apart]
        assert points["hazard"].count(apart) == 120
        openapi = asking.get("/openapi.json").text
        assert '"air_or_indirect_fire"' in openapi
        queryables = asking.get("/ogc/collections/incidents/queryables", headers=headers).json()
        assert FIRE in queryables["properties"]["hazard_type"]["enum"]


def test_the_command_counts_them_by_name_and_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIRA_HOME", str(service.settings.home))
    monkeypatch.delenv("SIRA_STORE", raising=False)

    def counted(*words: str) -> str:
        return CliRunner().invoke(build(), ["--lang", "en", "counts", *words]).output

    assert "air_or_indirect_fire" in counted("--hazard", "air_or_indirect_fire")
    assert "air_or_indirect_fire" not in counted()
    assert "is never added to other types" in counted("--hazard", "air_or_indirect_fire", "--hazard", "ied")


# A store of an earlier version


def old_store(path: Path, file: Path, *, change: Callable[[list[dict[str, object]]], None] = lambda _: None) -> str:
    """Make a store as the first schema and its reader of ACLED left it after the import of `file`."""
    url = f"sqlite:///{path}"
    read_now = taken(file).accepted
    read_now["hazard_type"] = read_now["hazard_type"].replace({FIRE.value: "other_explosive"})
    records = to_records(read_now, COLUMNS)
    for record in records:
        record |= {"event_id": record["id"], "revision_added": 1, "revision_updated": 1}
    change(records)
    database = Database(url)
    try:
        with database.write() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            first = next(script for script in _scripts().walk_revisions() if script.revision == "0001")
            with Operations.context(context):
                first.module.upgrade()
                context.stamp(_scripts(), "0001")
            connection.execute(
                insert(tables.revisions).values(
                    id=1,
                    created_at=read_now["date"].iloc[0].to_pydatetime(),
                    kind="incidents",
                    file=file.name,
                    format="ACLED",
                    digest="x",
                    counts={"new": len(records)},
                    notes=[],
                )
            )
            connection.execute(insert(tables.incidents), records)
    finally:
        database.close()
    return url


@pytest.fixture
def upgraded(tmp_path: Path) -> str:
    return old_store(tmp_path / "sira.sqlite", ACLED_AIR)


def test_the_upgrade_counts_them_and_names_the_file(upgraded: str) -> None:
    with Store.open(upgraded, seed=False) as store:
        assert store.revision() == 2  # so that what was assessed before is assessed again
        last = store.revisions()[-1]
        assert (last.kind, last.counts) == ("upgrade", {"updated": 120})
        (told,) = store.to_import_again()
        assert (told.params["count"], told.params["files"]) == (120, "acled_air.csv")
        assert "acled_air.csv" in translate(told, "fr")
        assert len(store.incidents()) == 40
        fire = store.incidents(hazards=[FIRE])
        assert len(fire) == 120
        assert all(notes.read(text) == (notes.sub_event_lost(),) for text in fire["note"])


def test_the_same_file_again_sets_the_classes_right(upgraded: str) -> None:
    with Store.open(upgraded, seed=False) as store:
        again = taken(ACLED_AIR)
        report = store.add_incidents(again)
        assert (report.updated, report.duplicate, report.new) == (120, 40, 0)
        assert store.to_import_again() == ()
        assert store.incidents(hazards=[FIRE])["note"].isna().all()
        assert not store.add_incidents(again).changed
    with Store.open(upgraded, seed=False) as store:
        assert store.revision() == 3


def test_a_chemical_weapon_among_them_is_none_of_them(tmp_path: Path) -> None:
    file = with_sub_events(tmp_path, "Grenade", "Chemical weapon", "Suicide bomb")
    with Store.open(old_store(tmp_path / "sira.sqlite", file), seed=False) as store:
        assert len(store.incidents(hazards=[FIRE])) == 2
        assert store.add_incidents(taken(file)).updated == 2
        assert store.incidents(hazards=tuple(HazardType))["hazard_type"].tolist() == [FIRE, "other_explosive", "ied"]
        assert store.to_import_again() == ()


def test_a_file_that_was_given_another_source_is_found_too(tmp_path: Path) -> None:
    def rename(records: list[dict[str, object]]) -> None:
        for record in records:
            record["source"] = "partner"
        records[0]["note"] = "150 m outside the border"

    with Store.open(old_store(tmp_path / "sira.sqlite", ACLED_AIR, change=rename), seed=False) as store:
        fire = store.incidents(hazards=[FIRE])
        assert len(fire) == 120
        first = [notes.read(text) for text in fire["note"] if "outside" in text]
        assert first == [(notes.Message(notes.outside_border(0).template, {"distance": "150"}), notes.sub_event_lost())]


def test_other_records_stay_as_they_are(tmp_path: Path) -> None:
    def others(records: list[dict[str, object]]) -> None:
        records[:] = records[:3]
        for record, changes in zip(
            records,
            ({"synthetic": True}, {"hazard_type": "unknown"}, {"hazard_type": "not_explosive"}),
            strict=True,
        ):
            record |= changes

    with Store.open(old_store(tmp_path / "sira.sqlite", ACLED_AIR, change=others), seed=False) as store:
        assert store.revision() == 1
        assert store.to_import_again() == ()


def test_a_backup_of_an_earlier_version_is_upgraded_as_it_is_restored(upgraded: str, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'new.sqlite'}", seed=False) as store:
        store.restore(Path(upgraded.removeprefix("sqlite:///")))
        assert len(store.to_import_again()) == 1
        assert len(store.incidents(hazards=[FIRE])) == 120


def test_commands_and_the_services_log_say_it_until_it_is_done(
    upgraded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    run = lambda *words: CliRunner().invoke(build(), ["--lang", "fr", *words])  # noqa: E731
    assert "À importer de nouveau\u00a0: acled_air.csv" in run("keys", "list").stderr
    service = Service(settings_in(tmp_path))
    with caplog.at_level(logging.WARNING, logger="sira"):
        assert service.store.revision() == 2
    service.close()
    assert "Import again: acled_air.csv" in caplog.text
    assert run("import", str(ACLED_AIR)).exit_code == 0
    assert "acled_air" not in run("keys", "list").stderr


# Words


def test_the_card_says_what_each_target_holds(service: Service) -> None:
    boundaries = Boundaries.shipped()
    made = assess(
        service.store.incidents(hazards=tuple(HazardType)),
        boundaries,
        target=Target.IED,
        as_of=TODAY,
        revision=1,
        domain=coarse_domain(boundaries),
    )
    told = card_json(make_card([made]), (made,), "fr")["targets"]["ied"]["holds"]
    assert "frappes aériennes" in told
    assert "grenades" in told
