"""Each reader against its format's full official header, and the sample against its known figures."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.incidents import Batch
from geo.incidents.readers import read
from geo.incidents.readers.column_map import load_column_map
from geo.incidents.schema import COLUMNS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "incidents"
TODAY = date(2026, 1, 1)

Reader = Callable[..., Batch]


@pytest.fixture(scope="module")
def take() -> Reader:
    boundaries = Boundaries.shipped()

    def read_fixture(name: str | Path, **options: object) -> Batch:
        path = FIXTURES / name if isinstance(name, str) else name
        return read(path, boundaries=boundaries, today=TODAY, **options)  # type: ignore[arg-type]

    return read_fixture


def _kinds(batch: Batch) -> dict[str, int]:
    return dict(Counter(row.kind for row in batch.quarantined))


@pytest.mark.parametrize(
    ("name", "label", "rows", "accepted"),
    [
        ("ucdp_ged_official.csv", "UCDP GED", 6, 5),
        ("ucdp_ged_subset.csv", "UCDP GED", 2, 1),
        ("acled.csv", "ACLED", 5, 5),
        ("imsma_accidents.csv", "IMSMA / IMAS", 3, 3),
        ("imsma_victims.csv", "IMSMA / IMAS", 5, 2),
        ("hxl.csv", "HXL", 3, 2),
        ("kobo.xlsx", "KoBo", 2, 1),
        ("points.geojson", "GeoJSON / GeoPackage", 3, 1),
    ],
)
def test_the_format_is_seen_and_every_row_accounted_for(
    take: Reader, name: str, label: str, rows: int, accepted: int
) -> None:
    batch = take(name, source="essai")
    assert (batch.format, batch.rows_read, len(batch.accepted)) == (label, rows, accepted)
    assert len(batch.accepted) + len(batch.quarantined) == rows
    assert list(batch.accepted.columns) == [*COLUMNS, "geometry"]
    assert batch.accepted.index.is_unique
    assert batch.accepted.crs.to_epsg() == 4326
    assert not batch.accepted["synthetic"].any()


@pytest.mark.parametrize("name", ["acled.csv", "imsma_accidents.csv", "kobo.xlsx", "hxl.csv", "points.geojson"])
def test_a_second_reading_gives_the_same_records(take: Reader, name: str) -> None:
    first, second = (take(name, source="essai").accepted.drop(columns="geometry") for _ in range(2))
    assert first.equals(second)


def test_ucdp_precisions_follow_the_codebook(take: Reader) -> None:
    table = take("ucdp_ged_official.csv").accepted.set_index("source_id")
    assert table["location_precision"].tolist() == ["settlement", "within_km", "cercle", "region", "country"]
    assert table["date_precision"].tolist() == ["day", "month", "month", "day", "year"]
    assert table.loc["900002", "location_error_km"] == 25
    assert table.loc["900002", "note"] == "between 2021-04-02 and 2021-04-06"
    assert table.loc["900003", "location_unit"] == "cercle-bandiagara"
    assert table.loc["900003", "geometry"] is None
    assert table.loc["900001", ["killed_total", "killed_civilian"]].tolist() == [3, 2]
    assert pd.isna(table.loc["900001", "injured_total"])
    assert set(table["hazard_type"]) == {"not_explosive"}


def test_the_ucdp_subset_says_what_is_assumed(take: Reader) -> None:
    batch = take("ucdp_ged_subset.csv")
    assert batch.accepted["location_precision"].tolist() == ["within_km"]
    assert batch.accepted["location_error_km"].tolist() == [25]
    assert "where_prec" in str(batch.notes[0])


@pytest.mark.sample
def test_the_ucdp_sample(take: Reader, sample_data: Path) -> None:
    batch = take(sample_data / "ucdp_ged_mali_burkina_niger_1990_2020.csv")
    assert (batch.rows_read, len(batch.accepted)) == (1541, 891)
    assert _kinds(batch) == {"outside": 650}
    near = batch.accepted["note"].dropna()
    assert len(near) == 3
    assert near.str.fullmatch(r"\d{2,3} m outside the border").all()
    assert set(batch.accepted["location_precision"]) == {"within_km"}
    assert any(str(note).startswith("3 points up to 1000 m outside") for note in batch.notes)
    assert len(batch.notes) == 2


def test_acled_explosions_are_explosive_and_the_rest_are_not(take: Reader) -> None:
    table = take("acled.csv").accepted
    assert table["hazard_type"].tolist() == [
        "unknown",
        "not_explosive",
        "ied",
        "air_or_indirect_fire",
        "not_explosive",
    ]
    assert table["outcome"].notna().tolist() == [True, False, True, True, False]
    assert table["location_precision"].tolist() == ["settlement", "cercle", "region", "settlement", "settlement"]
    assert table["date"].iloc[1] == pd.Timestamp("2023-03-01")
    assert table["updated_at"].iloc[0] == pd.Timestamp("2023-11-14 22:13:20")


def test_imsma_in_cp1252_with_semicolons_and_decimal_commas(take: Reader) -> None:
    batch = take("imsma_accidents.csv", source="imsma")
    table = batch.accepted
    assert "Windows-1252" in str(batch.notes[0])
    assert table.geometry.iloc[0] == Point(-4.1902, 14.4901)
    assert table["hazard_type"].tolist() == ["ied", "av_mine", "unknown"]
    assert table["location_unit"].iloc[2] == "commune-ml080403"
    assert table[["injured_men", "injured_women", "injured_boys"]].iloc[0].tolist() == [1, 1, 0]
    assert pd.isna(table["killed_total"].iloc[1])
    assert table["narrative"].iloc[0] == "Synthétique : véhicule civil | Activity: Déplacement"


def test_victims_of_one_accident_are_counted_together(take: Reader) -> None:
    batch = take("imsma_victims.csv", source="imsma")
    first = batch.accepted.loc["imsma:ML-9101"]
    assert (first["killed_total"], first["injured_total"], first["killed_boys"], first["injured_women"]) == (1, 2, 1, 1)
    assert first["killed_women"] == 0  # the only person killed is described
    assert pd.isna(first["injured_girls"])  # one of the injured has no age: none is not known
    assert (first["killed_civilian"], first["injured_civilian"]) == (1, 2)
    assert first["narrative"] == "activity: Playing; Household"
    assert [(row.row, row.kind) for row in batch.quarantined] == [(3, "merged"), (4, "merged"), (6, "duplicate")]
    assert "row 2" in str(batch.quarantined[0].reason)


def test_hxl_reads_hashtags_not_headers(take: Reader) -> None:
    batch = take("hxl.csv", source="Essai")
    assert batch.accepted.index.tolist() == ["essai:H-1", "essai:H-2"]
    assert batch.accepted["killed_women"].iloc[0] == 1
    assert batch.accepted["location_unit"].iloc[1] == "cercle-douentza"
    (wrong,) = batch.quarantined
    assert (wrong.row, wrong.column, wrong.value) == (5, "Cercle", "Nulle Part")


def test_a_hashtag_row_under_acleds_own_header_is_passed_over(take: Reader, tmp_path: Path) -> None:
    header, *rows = (FIXTURES / "acled.csv").read_text().splitlines()
    tags = ",".join(f"#meta+{name}" for name in header.split(","))
    path = tmp_path / "hdx.csv"
    path.write_text("\n".join([header, tags, *rows]) + "\n")
    batch = take(path)
    assert (batch.format, batch.rows_read) == ("ACLED", 5)
    assert batch.accepted.index.equals(take("acled.csv").accepted.index)


def test_kobo_reads_groups_geopoints_and_serial_dates_and_catches_formulas(take: Reader) -> None:
    batch = take("kobo.xlsx", source="kobo")
    row = batch.accepted.loc["kobo:1"]
    assert row["date"] == pd.Timestamp("2022-03-30")
    assert row.geometry == Point(-4.19, 14.49)
    assert (row["killed_total"], row["injured_total"], row["hazard_type"]) == (1, 2, "ied")
    (formula,) = batch.quarantined
    assert (formula.row, formula.column, formula.value, formula.kind) == (3, "infos/tues", "=1+1", "formula")


def test_geojson_keeps_hostile_text_as_text(take: Reader) -> None:
    batch = take("points.geojson", source="points")
    assert batch.accepted["narrative"].tolist() == ["Synthetic <img src=x onerror=alert(1)>"]
    assert _kinds(batch) == {"date": 1, "location": 1}


def test_geopackage_points(take: Reader, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"ref": ["a", "b"], "date": ["2023-01-01", "2023-01-02"], "hazard_type": ["uxo", "ied"]},
        geometry=[Point(-4.19, 14.49), Point(2.0, 48.0)],
        crs=4326,
    )
    path = tmp_path / "points.gpkg"
    frame.to_file(path, layer="points", driver="GPKG")
    batch = take(path, source="x")
    assert batch.accepted.index.tolist() == ["x:a"]
    assert _kinds(batch) == {"outside": 1}
    frame.to_crs(32630).to_file(tmp_path / "utm.gpkg", driver="GPKG")
    moved = take(tmp_path / "utm.gpkg", source="x")
    assert moved.accepted.geometry.iloc[0].equals_exact(batch.accepted.geometry.iloc[0], 1e-9)
    assert "UTM zone 30N" in str(moved.notes[0])


def test_a_database_that_is_no_geopackage(take: Reader, tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (x)")
    connection.close()
    with pytest.raises(FileError):
        take(path)


def test_a_column_map_reads_any_table(take: Reader) -> None:
    batch = take("mapped.csv", column_map=FIXTURES / "mapped.toml")
    assert batch.accepted.index.tolist() == ["ong-d-essai:A1", "ong-d-essai:A2"]
    assert batch.accepted["hazard_type"].tolist() == ["ied", "av_mine"]
    assert batch.accepted["date"].dt.strftime("%Y-%m-%d").tolist() == ["2021-12-31", "2022-02-01"]
    assert set(batch.accepted["outcome"]) == {"detonation"}
    with pytest.raises(FileError, match="--map"):
        take("mapped.csv", source="x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = ' '\n[columns]\ndate = 'x'", "source"),
        ("source = 'a'\n[columns]\nwhen = 'x'", "when"),
        ("source = 'a'\ndate_order = 'ymd'", "ymd"),
        ("source = 'a'\ncolumns = 3", "table"),
        ("source = 'a'\n[columns]\ndate = 3", "text"),
        ("source = ", "TOML"),
    ],
)
def test_a_wrong_column_map_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(FileError, match=said):
        load_column_map(path)


def test_a_map_names_only_columns_that_are_there(take: Reader, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text("source = 'a'\n[columns]\ndate = 'Datum'\nhazard_type = 'Engin'\n")
    with pytest.raises(FileError, match="Datum"):
        take("mapped.csv", column_map=path)
