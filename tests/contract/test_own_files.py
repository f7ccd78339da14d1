"""What Sira writes is known when it comes back: invented records stay invented, rounded positions stay rounded."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from service_of import settings_in
from store_kit import hazard_batch, hazards, incidents

from api.app import create_app
from api.base.access import Audience, Caller
from api.base.service import Service
from api.collections.tables import OwnPlanners, Tables
from api.commands.main import build
from api.exports.content import Recipient
from api.exports.package import write_package
from api.exports.single import FORMATS
from geo import hazards as hazard_files
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, InputError, SourceNeededError
from geo.hazards.contents import holds_areas
from geo.incidents import readers, schema
from geo.incidents.batch import Batch
from geo.store import Store
from geo.store.terms import Batch as AnyBatch

pytestmark = pytest.mark.slow

EXCHANGE = Path(__file__).parents[1] / "fixtures" / "exchange"
TODAY = date(2026, 11, 29)
#: Kept for no reader: not in the files.
NOT_WRITTEN = ["entered_at", "updated_at"]
READ_BACK = ("csv", "geojson", "fgb", "shp.zip", "gpkg", "parquet", "kml")


def reports() -> gpd.GeoDataFrame:
    """Real reports of every precision, and one that is synthetic."""
    table = incidents([f"ong:{number}" for number in range(8)])
    table["source"], table["source_id"] = "ong", [str(number) for number in range(8)]
    table["location_precision"] = [
        "exact", "settlement", "within_km", "road_axis", "commune", "cercle", "region", "country",
    ]  # fmt: skip
    table["location_error_km"] = [0.1, 2.0, 4.8, None, None, None, None, None]
    table["location_unit"] = [
        None, None, None, "R08", "commune-ml050606", "cercle-mopti", "region-2016-mopti", None,
    ]  # fmt: skip
    table.loc[table.index[3:], "geometry"] = None
    table["date_precision"] = ["day", "month", "year", *["day"] * 5]
    table["date"] = pd.to_datetime(["2021-03-04", "2021-04-01", "2020-01-01", *["2021-03-05"] * 5])
    table["outcome"] = ["detonation", "found", "cleared", None, "found", "found", "found", "found"]
    table["killed_total"], table["injured_women"] = [2, 0, None, 1, 1, 1, 1, 1], [None, 3, *[None] * 6]
    table["note"] = ["150 m outside the border", *[None] * 7]
    return schema.conform(table)


def service_with(home: Path, *batches: AnyBatch) -> Service:
    service = Service(settings_in(home))
    for batch in batches:
        add = service.store.add_incidents if isinstance(batch, Batch) else service.store.add_hazards
        add(batch)
    return service


def write(service: Service, collection: str, kind: str, folder: Path, audience: Audience) -> Path:
    """Write an export and return its path."""
    recipient = Recipient(Tables(service, OwnPlanners(service)), service.read_snapshot(), Caller(audience), "fr")
    chosen = recipient.collection(collection)
    path = folder / f"{collection}.{kind}"
    if kind == "gpkg":
        write_package(service, recipient, [recipient.collection("places"), chosen], path, lambda _: None)
    else:
        FORMATS[kind].write(recipient, chosen, path)
    return path


def read(path: Path, **options: object) -> AnyBatch:
    take: Callable[..., AnyBatch] = hazard_files.read if holds_areas(path) else readers.read
    try:
        return take(path, boundaries=Boundaries.shipped(), today=TODAY, **options)
    except SourceNeededError:
        return take(path, boundaries=Boundaries.shipped(), today=TODAY, source="ong", **options)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Service:
    table = reports()
    areas = hazards(["imsma:1", "imsma:2"], device_categories=["ied;uxo", None], area_reported_m2=[1.1e6, None])
    areas["source_id"] = ["1", "2"]
    home = tmp_path_factory.mktemp("real")
    return service_with(home, Batch("a.csv", "test", len(table), table, (), ()), hazard_batch(areas))


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return service_with(tmp_path_factory.mktemp("synthetic"))


@pytest.mark.parametrize("kind", READ_BACK)
def test_an_analysts_file_comes_back_as_it_was(real: Service, tmp_path: Path, kind: str) -> None:
    batch = read(write(real, "incidents", kind, tmp_path, Audience.ANALYST))
    assert (batch.format, batch.quarantined) == ("Sira", ())
    expected = real.store.incidents().drop(columns=["event_id", *NOT_WRITTEN])
    got = batch.accepted.sort_index().drop(columns=NOT_WRITTEN)
    pd.testing.assert_frame_equal(
        pd.DataFrame(got.drop(columns="geometry")), pd.DataFrame(expected.drop(columns="geometry"))
    )
    assert [None if p is None else p.wkt for p in got.geometry] == [
        None if p is None else p.wkt for p in expected.geometry
    ]


@pytest.mark.parametrize("kind", READ_BACK)
def test_a_partners_file_is_never_more_exact_than_it_left(real: Service, tmp_path: Path, kind: str) -> None:
    batch = read(write(real, "incidents", kind, tmp_path, Audience.PARTNER))
    assert batch.quarantined == ()
    got = batch.accepted.sort_values("date")
    assert sorted(got["location_error_km"].dropna().round(3)) == [0.9, 2.8, 5.6]
    assert "exact" not in set(got["location_precision"])
    assert set(got["location_unit"].dropna()) == {"R08", "commune-ml050606", "cercle-mopti", "region-2016-mopti"}


@pytest.mark.parametrize("kind", ["csv", "gpkg"])
def test_a_partners_file_is_known_whatever_stores_it_passed_through(real: Service, tmp_path: Path, kind: str) -> None:
    before = real.store.incidents()
    file = write(real, "incidents", kind, tmp_path, Audience.PARTNER)
    for name in ("second", "third"):
        other = service_with(tmp_path / name, read(file))
        assert len(other.store.incidents()) == len(before)
        folder = tmp_path / f"{name} out"
        folder.mkdir()
        file = write(other, "incidents", kind, folder, Audience.PARTNER)
        assert not other.store.add_incidents(read(file)).changed
        other.close()
    report = real.store.add_incidents(read(file))
    assert (report.new, report.duplicate, report.changed) == (0, len(before), False)
    pd.testing.assert_frame_equal(real.store.incidents(), before)


def test_what_an_earlier_version_took_from_a_partners_file_is_known(real: Service, tmp_path: Path) -> None:
    batch = read(write(real, "incidents", "csv", tmp_path, Audience.PARTNER))
    table = batch.accepted.copy()
    table["source_id"] = table["source_id"].str.replace("sira-", "")
    table.index = table.index.str.replace("sira-", "")
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", seed=False) as store:
        store.add_incidents(Batch("a.csv", "Sira", len(table), table, (), ()))
        assert store.add_incidents(batch).duplicate == len(table)


def test_an_id_of_a_source_is_told_to_no_partner_though_it_looks_like_a_pseudonym(tmp_path: Path) -> None:
    name = "0123456789abcdef0123"
    table = incidents([f"ong:{name}"], source=["ong"], source_id=[name])
    service = service_with(tmp_path / "home", Batch("a.csv", "test", 1, table, (), ()))
    assert name not in write(service, "incidents", "csv", tmp_path, Audience.PARTNER).read_text(encoding="utf-8-sig")
    service.close()


@pytest.mark.parametrize("audience", [Audience.PARTNER, Audience.ANALYST])
@pytest.mark.parametrize(
    ("collection", "kind"),
    [*(("incidents", kind) for kind in READ_BACK), *(("hazard-areas", kind) for kind in READ_BACK)],
)
def test_what_is_invented_stays_so_in_every_format(
    invented: Service, tmp_path: Path, collection: str, kind: str, audience: Audience
) -> None:
    batch = read(write(invented, collection, kind, tmp_path, audience))
    assert len(batch.accepted) > 20
    assert batch.accepted["synthetic"].all()
    assert batch.quarantined == ()


def test_what_is_not_read_back_is_refused_by_what_it_is(invented: Service, tmp_path: Path) -> None:
    path = write(invented, "places", "csv", tmp_path, Audience.ANALYST)
    with pytest.raises(FileError, match="lacks the columns date, date_precision"):
        read(path)


@pytest.mark.parametrize("tagged", [True, False])
def test_counts_are_no_incidents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tagged: bool) -> None:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    path = tmp_path / "counts.csv"
    words = ["counts", "--by", "region", "--period", "year", "--out", str(path), *(["--hxl"] if tagged else [])]
    assert CliRunner().invoke(build(), words).exit_code == 0
    with pytest.raises(FileError, match="holds counts that Sira made"):
        read(path)


def test_areas_in_kml_and_their_history_come_back(real: Service, tmp_path: Path) -> None:
    for kind in ("kml", "gpkg", "geojson", "shp.zip", "parquet"):
        got = read(write(real, "hazard-areas", kind, tmp_path, Audience.ANALYST)).accepted.sort_index()
        expected = real.store.hazards()
        assert list(got.index) == list(expected.index)
        for name in ("history", "device_categories", "area_reported_m2", "synthetic", "status"):
            assert got[name].equals(expected[name]), (kind, name)


@pytest.mark.parametrize("address", ["/layers/incidents.geojson", "/ogc/collections/incidents/items?limit=2000"])
def test_what_the_service_answers_is_known_too(tmp_path: Path, address: str) -> None:
    app = create_app(settings_in(tmp_path / "home"))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 4711)) as asking:
        got = asking.get(address)
    path = tmp_path / "answer.geojson"
    path.write_bytes(got.content)
    batch = read(path)
    assert batch.format == "Sira"
    assert len(batch.accepted) == batch.rows_read == 1229
    assert batch.accepted["synthetic"].all()
    assert set(batch.accepted["location_precision"]) >= {"within_km", "commune", "road_axis"}


def test_the_files_of_earlier_versions(tmp_path: Path) -> None:
    head = read(EXCHANGE / "synthetic_export_head.csv")
    assert head.accepted["synthetic"].all()
    partner = read(EXCHANGE / "partner_export.csv")
    assert set(partner.accepted["location_error_km"]) == {0.9}
    assert set(partner.accepted["location_precision"]) == {"within_km"}
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        store.add_incidents(head)
        assert store.synthetic_only()
        store.add_incidents(partner)
        assert not store.incidents()["synthetic"].any()
        before = store.revision()
        with pytest.raises(InputError, match=r"synthetic_export_head\.csv holds 38 synthetic records"):
            store.add_incidents(head)
        assert store.revision() == before


def _changed(tmp_path: Path, change: Callable[[list[list[str]]], None]) -> Path:
    with (EXCHANGE / "synthetic_export_head.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    path = tmp_path / "changed.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("synthetic", ""),
        ("synthetic", "peut-être"),
        ("location_precision", ""),
        ("location_precision", "près"),
        ("location_error_km", "0,x"),
        ("location_unit", "commune-nowhere"),
        ("date_precision", ""),
        ("source", ""),
    ],
)
def test_a_mark_that_cannot_be_read_refuses_the_file(tmp_path: Path, column: str, value: str) -> None:
    def spoil(rows: list[list[str]]) -> None:
        rows[5][rows[0].index(column)] = value

    with pytest.raises(FileError) as refused:
        read(_changed(tmp_path, spoil))
    assert "row 6" in str(refused.value)
    assert f"column {column}" in str(refused.value)


def test_a_column_map_does_not_hide_what_a_file_says(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        'source = "x"\n[columns]\ndate = "date"\nhazard_type = "hazard_type"\nlongitude = "lon"\nlatitude = "lat"\n'
    )
    assert read(EXCHANGE / "synthetic_export_head.csv", column_map=path).accepted["synthetic"].all()


def _keep(rows: list[list[str]], names: list[str]) -> None:
    places = [rows[0].index(name) for name in names]
    rows[:] = [[row[place] for place in places] for row in rows]


FEW = ["source_id", "date", "hazard_type", "lon", "lat"]


@pytest.mark.parametrize("names", [[*FEW, "synthetic"], [*FEW, "source"], [*FEW, "narrative"]])
@pytest.mark.parametrize("tagged", [True, False])
def test_any_one_mark_that_is_left_is_enough(tmp_path: Path, names: list[str], tagged: bool) -> None:
    def cut(rows: list[list[str]]) -> None:
        _keep(rows, names)
        if not tagged:
            del rows[1]

    batch = read(_changed(tmp_path, cut))
    assert len(batch.accepted) > 20
    assert batch.accepted["synthetic"].all()


def test_hashtags_alone_are_enough(tmp_path: Path) -> None:
    def rename(rows: list[list[str]]) -> None:
        rows[0] = [f"c{number}" for number in range(len(rows[0]))]
        error, precision = rows[1].index("#indicator+locationerrorkm+num"), rows[1].index("#meta+locationprecision")
        for row in rows[2:]:
            row[error], row[precision] = "4.8", "within_km"

    batch = read(_changed(tmp_path, rename))
    assert set(batch.accepted["location_error_km"]) == {4.8}
    assert batch.accepted["synthetic"].all()


def test_a_file_that_only_says_of_the_whole_that_it_holds_invented_records(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"it lacks the columns .*date_precision"):
        read(_changed(tmp_path, lambda rows: _keep(rows, [*FEW, "sira_synthetic"])))
    document = {
        "type": "FeatureCollection",
        "sira": {"synthetic": True},
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [-4.1, 14.5]},
                "properties": {"id": "1", "date": "2021-03-04", "hazard_type": "ied"},
            }
        ],
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(document))
    with pytest.raises(FileError, match=r"it lacks the columns .*date_precision"):
        read(path)


def test_saved_again_as_a_workbook(tmp_path: Path) -> None:
    with (EXCHANGE / "partner_export.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    path = tmp_path / "partner.xlsx"
    workbook.save(path)
    assert set(read(path).accepted["location_error_km"]) == {0.9}
