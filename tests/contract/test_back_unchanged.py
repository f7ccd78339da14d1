"""What Sira writes, Sira reads back unchanged: each format, audience and kind of record, as a property."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from service_of import settings_in
from store_kit import hazards

from api.base.access import Audience, Caller, visible_incidents
from api.base.service import Service
from api.collections.registry import collections
from api.collections.tables import OwnPlanners, Tables
from api.exports.content import Recipient, hashtag
from api.exports.package import write_package
from api.exports.single import FORMATS
from geo import hazards as hazard_files
from geo.boundaries.regions import Boundaries
from geo.hazards import schema as hazard_schema
from geo.hazards.batch import HazardBatch
from geo.hazards.contents import holds_areas
from geo.hazards.shapes import area_m2, as_multipolygon
from geo.incidents import readers, schema
from geo.incidents.batch import Batch
from geo.incidents.readers import sira
from geo.store import Store
from geo.store.records import ImportReport

pytestmark = pytest.mark.slow

TODAY: Final = dt.date(2026, 11, 29)
FORMS: Final = ("csv", "geojson", "fgb", "shp.zip", "gpkg", "parquet", "kml")
UNITS: Final = {
    "road_axis": "R08",
    "commune": "commune-ml050606",
    "cercle": "cercle-mopti",
    "region": "region-2016-mopti",
    "country": None,
}
NARRATIVES: Final = (
    None,
    "fait 1",
    "deux blessés ; l'un < 10 ans & évacué",
    "- liste; -12 km\n- suite",
    "é" * 200,
    "ligne 1\nligne 2, \"citée\"",
    "x" * 250 + "éé fin",
)  # fmt: skip

counts = st.none() | st.integers(0, 3) | st.just(1250)
days = st.dates(dt.date(2015, 1, 1), dt.date(2026, 10, 31))


@st.composite
def incident(draw: st.DrawFn) -> dict[str, Any]:
    precision = draw(st.sampled_from([*schema.LocationPrecision]))
    is_point = precision in ("exact", "settlement", "within_km")
    day, day_precision = draw(days), draw(st.sampled_from([*schema.DatePrecision]))
    if day_precision != "day":
        day = day.replace(day=1, **({"month": 1} if day_precision == "year" else {}))
    place = st.floats(-0.2, 0.2).map(lambda off: off if draw(st.booleans()) else round(off, 4))
    return {
        "source": draw(st.sampled_from(["ong-x", "kobo-a1", "police"])),
        "date": pd.Timestamp(day),
        "date_precision": str(day_precision),
        "location_precision": str(precision),
        "location_error_km": {
            "exact": 0.1,
            "settlement": 2.0,
            "within_km": draw(st.sampled_from([0.55, 4.8, 25.0])),
        }.get(precision),
        "location_unit": UNITS.get(precision),
        "hazard_type": str(draw(st.sampled_from([*schema.EXPLOSIVE]))),
        "outcome": draw(st.sampled_from([None, "detonation", "found", "cleared"])),
        "killed_total": draw(counts),
        "injured_women": draw(counts),
        "narrative": draw(st.sampled_from(NARRATIVES)),
        "place_name": draw(st.sampled_from([None, "Sévaré", "N'Tillit", "A & B"])),
        "note": draw(st.sampled_from([None, "150 m outside the border", "between 2020-01-01 and 2020-02-03; abc"])),
        "geometry": shapely.Point(-4.1 + draw(place), 14.5 + draw(place)) if is_point else None,
    }


@st.composite
def incidents(draw: st.DrawFn, *, synthetic: bool | None = None) -> gpd.GeoDataFrame:
    rows = draw(st.lists(incident(), min_size=1, max_size=4))
    synthetic = draw(st.booleans()) if synthetic is None else synthetic
    for number, row in enumerate(rows):
        made = draw(st.booleans())
        row["source_id"] = f"row-{number:020x}" if made else draw(st.sampled_from(["", "0", "A:"])) + str(number)
        row["synthetic"] = synthetic
    ids = [f"{row['source']}:{row['source_id']}" for row in rows]
    table = gpd.GeoDataFrame(rows, index=pd.Index(ids, dtype="str", name="id"), geometry="geometry", crs=4326)
    return schema.conform(table)


STATUSES: Final = [str(status) for status in hazard_schema.HazardStatus]


@st.composite
def area(draw: st.DrawFn, number: int) -> dict[str, Any]:
    since = draw(st.lists(days, min_size=1, max_size=3, unique=True))
    history = [[day.isoformat(), draw(st.sampled_from(STATUSES))] for day in sorted(since)]
    west, south = -5 + 0.1 * number + draw(st.floats(0, 0.01)), 14 + draw(st.floats(0, 0.01))
    shape: Any = shapely.box(west, south, west + 0.02, south + 0.013)
    if draw(st.booleans()):
        shape = shape.difference(shapely.box(west + 0.004, south + 0.004, west + 0.007, south + 0.0071))
    if draw(st.booleans()):
        shape = shapely.MultiPolygon([shape, shapely.box(west + 0.03, south, west + 0.033, south + 0.01)])
    source_id = draw(st.sampled_from(["", "0", "Z-"])) + str(number)
    return {
        "source": draw(st.sampled_from(["imsma-ml", "ong-x"])),
        "source_id": source_id,
        "name": draw(st.sampled_from([None, "Champ n° 3", "A & B <1>", "- tir", "é" * 150])),
        "history": json.dumps(history),
        "device_categories": draw(st.sampled_from([None, "ied", "ap_mine;uxo"])),
        "survey_date": draw(st.sampled_from([None, pd.Timestamp("2019-05-02")])),
        "clearance_date": draw(st.sampled_from([None, pd.Timestamp("2021-01-09")])),
        "method": draw(st.sampled_from([None, *map(str, hazard_schema.Method)])),
        "area_reported_m2": draw(st.sampled_from([None, 1.1e6, 1.1 * 1e4, 0.3 * 1e6, 2 / 3 * 1e4])),
        "note": draw(st.sampled_from([None, "status_date 2019 is taken as 2019-01-01", "it has no id; x y"])),
        "geometry": as_multipolygon(shape),
    }


@st.composite
def areas(draw: st.DrawFn) -> gpd.GeoDataFrame:
    rows = [draw(area(number)) for number in range(draw(st.integers(1, 3)))]
    synthetic = draw(st.booleans())
    for row in rows:
        row["synthetic"], row["area_measured_m2"] = synthetic, area_m2(row["geometry"])
    ids = [f"{row['source']}:{row['source_id']}" for row in rows]
    table = gpd.GeoDataFrame(rows, index=pd.Index(ids, dtype="str", name="id"), geometry="geometry", crs=4326)
    return hazard_schema.conform(table)


def delivered(table: gpd.GeoDataFrame) -> Batch | HazardBatch:
    kind = HazardBatch if "history" in table else Batch
    return kind("first.csv", "test", len(table), table, (), ())


def add(store: Store, batch: Batch | HazardBatch) -> ImportReport:
    return store.add_hazards(batch) if isinstance(batch, HazardBatch) else store.add_incidents(batch)


def read(path: Path) -> Batch | HazardBatch:
    take: Callable[..., Any] = hazard_files.read if holds_areas(path) else readers.read
    return take(path, boundaries=Boundaries.shipped(), today=TODAY)


def write(service: Service, collection: str, form: str, audience: Audience, folder: Path) -> Path:
    recipient = Recipient(Tables(service, OwnPlanners(service)), service.read_snapshot(), Caller(audience), "fr")
    path = folder / f"out.{form}"
    path.unlink(missing_ok=True)
    if form == "gpkg":
        write_package(service, recipient, [recipient.collection(collection)], path, lambda _: None)
    else:
        FORMATS[form].write(recipient, recipient.collection(collection), path)
    return path


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of this version without anything in it."""
    path = tmp_path_factory.mktemp("empty") / "sira.sqlite"
    Store.open(f"sqlite:///{path}", seed=False).close()
    return path


@contextmanager
def home_with(empty: Path, folder: Path, table: gpd.GeoDataFrame) -> Iterator[Service]:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    shutil.copy(empty, home / "sira.sqlite")
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}", seed=False) as store:
        add(store, delivered(table))
    service = Service(settings_in(home))
    try:
        yield service
    finally:
        service.close()


def all_of(store: Store, collection: str) -> gpd.GeoDataFrame:
    return store.hazards() if collection == "hazard-areas" else store.incidents()


def _told(store: Store, report: ImportReport, before: gpd.GeoDataFrame) -> str:
    """Say what an import that should have changed nothing changed."""
    aside = [f"{row.column} {row.value!r}: {row.reason}" for row in report.set_aside]
    versions = [] if store.synthetic_only() else [store.history(name)[-1] for name in before.index]
    changed = [
        f"{name}: {one.before[name]!r} → {after!r}"
        for one in versions
        if one.before and one.after
        for name, after in one.after.items()
        if one.before[name] != after
    ]
    return f"{report.new} new, {report.updated} updated, {report.duplicate} there; {aside} {changed}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("audience", [Audience.PARTNER, Audience.ANALYST])
@pytest.mark.parametrize("collection", ["incidents", "hazard-areas"])
def test_it_is_already_there_and_comes_into_an_empty_store_as_it_left(
    empty: Path, tmp_path: Path, collection: str, audience: Audience, form: str
) -> None:
    @settings(max_examples=4)
    @given(incidents() if collection == "incidents" else areas())
    def check(table: gpd.GeoDataFrame) -> None:
        with home_with(empty, tmp_path, table) as service:
            before, revision = all_of(service.store, collection), service.store.revision()
            batch = read(write(service, collection, form, audience, tmp_path))
            report = add(service.store, batch)
            said = (report.new, report.updated, report.duplicate, report.quarantined, report.changed)
            assert said == (0, 0, len(table), 0, False), _told(service.store, report, before)
            assert service.store.revision() == revision
            pd.testing.assert_frame_equal(pd.DataFrame(all_of(service.store, collection)), pd.DataFrame(before))
            secret = service.store.secret("pseudonyms")
        _assert_alike(_in_an_empty_store(empty, tmp_path, batch), _as_told(before, audience, form, secret))

    check()


def _in_an_empty_store(empty: Path, folder: Path, batch: Batch | HazardBatch) -> gpd.GeoDataFrame:
    shutil.copy(empty, folder / "other.sqlite")
    with Store.open(f"sqlite:///{folder / 'other.sqlite'}", seed=False) as store:
        report = add(store, batch)
        assert (report.new, report.quarantined) == (len(batch.accepted), 0)
        return store.hazards() if isinstance(batch, HazardBatch) else store.incidents()


def _as_told(table: gpd.GeoDataFrame, audience: Audience, form: str, secret: bytes) -> gpd.GeoDataFrame:
    """Return records as a file of this form tells them to this audience."""
    told = table.copy()
    if audience is Audience.PARTNER and "event_id" in table:
        told = schema.conform(visible_incidents(table, Caller(audience), secret=secret).drop(columns="event_id"))
        told["source_id"] = "sira-" + told.index
        told.index = pd.Index(told["source"] + ":" + told["source_id"], name="id")
    if form == "shp.zip":
        for name in {"narrative", "name", "place_name", "note"} & set(told.columns):
            cut = told[name].map(lambda text: text.encode()[:254].decode(errors="ignore"), na_action="ignore")
            told[name] = cut.astype(told[name].dtype)
    return told.sort_index()


def _assert_alike(got: gpd.GeoDataFrame, expected: gpd.GeoDataFrame) -> None:
    """Compare two tables, positions to a tenth of a metre: GeoJSON has no more decimals."""
    left_out = ["geometry", "event_id"]
    one, other = (pd.DataFrame(table.drop(columns=left_out, errors="ignore")) for table in (got, expected))
    pd.testing.assert_frame_equal(one, other, rtol=1e-7, check_dtype=False)
    for shape, was in zip(got.geometry, expected.geometry, strict=True):
        same = shape == was or shapely.equals_exact(shape, was, 1e-6)
        assert same or shapely.equals_exact(shape.normalize(), was.normalize(), 1e-6), (shape, was)


def test_a_history_longer_than_a_shapefile_holds(empty: Path, tmp_path: Path) -> None:
    history = [[f"20{number:02}-05-02", "suspected" if number % 2 else "confirmed"] for number in range(10, 19)]
    table = hazards(["imsma:1"], history=[json.dumps(history)], source_id=["1"])
    with home_with(empty, tmp_path, table) as service:
        before = service.store.hazards()
        batch = read(write(service, "hazard-areas", "shp.zip", Audience.ANALYST, tmp_path))
        assert add(service.store, batch).duplicate == 1
        pd.testing.assert_frame_equal(pd.DataFrame(service.store.hazards()), pd.DataFrame(before))
    other = _in_an_empty_store(empty, tmp_path, batch)
    left = json.loads(other["history"].iloc[0])
    assert left[-1] == history[-1]
    assert left[:-1] == history[: len(left) - 1]
    assert 2 < len(left) < len(history)
    assert "cut by the shapefile" in " ".join(map(str, batch.notes))


def test_the_hashtags_that_are_known_are_those_that_are_written(empty: Path, tmp_path: Path) -> None:
    with home_with(empty, tmp_path, hazards(["imsma:1"])) as service:
        known = collections(service.read_snapshot())["incidents"]
    written = {hashtag(known, field): field.name for field in known.fields if field.name != "synthetic"}
    assert written.items() <= sira.TAGS.items()
