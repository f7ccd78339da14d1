"""From cells to positions: degrees, metres and grids in any columns, with the error of their writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_kit import KOBO, SENT, TODAY, take, take_rows

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.incidents.readers import read


@pytest.mark.parametrize(
    ("file", "lon", "lat", "precision", "error_km"),
    [
        ("c_coordonnees.csv", -2.95, 15.0012, "exact", 0.1),
        ("c_dms.csv", -2.95, 15.00347, "exact", 0.1),
        ("c_mgrs.csv", -4.75354, 15.98340, "exact", 0.1),
        ("c_utm_cols.csv", -4.95297, 14.99374, "exact", 0.1),
        ("c_integers.csv", -3, 15, "within_km", 55.6),
        ("p_kobo_bad_accuracy.csv", -2.95, 15.0, "within_km", 4.8),
    ],
)
def test_positions_are_read_with_the_error_of_their_writing(
    file: str, lon: float, lat: float, precision: str, error_km: float
) -> None:
    batch = take(file)
    assert batch.quarantined == ()
    assert max(abs(batch.accepted.geometry.x - lon)) < 1e-4
    assert max(abs(batch.accepted.geometry.y - lat)) < 2e-4
    assert set(batch.accepted["location_precision"]) == {precision}
    assert max(abs(batch.accepted["location_error_km"] - error_km)) < 0.01 * error_km


START = ["start-geopoint", "_start-geopoint_latitude", "_start-geopoint_longitude", "_geolocation"]
BAMAKO = ["12.63 -8.00 0 5", "12.63", "-8.00", "[12.63, -8.0]"]


def split(stem: str) -> list[str]:
    return [f"_{stem}_latitude", f"_{stem}_longitude", f"_{stem}_precision"]


def test_the_interviewers_position_is_never_the_events(tmp_path: Path) -> None:
    there = ["15.12", "-2.95", "250"]
    batch = take_rows(tmp_path, [*KOBO, *START, *split("lieu")], [*SENT, *BAMAKO, *there])
    assert batch.accepted.geometry.iloc[0].coords[0] == (-2.95, 15.12)
    with pytest.raises(FileError, match="only where the form was filled in"):
        take_rows(tmp_path, [*KOBO, *START], [*SENT, *BAMAKO])
    batch = take_rows(tmp_path, [*KOBO, *START, "cercle"], [*SENT, *BAMAKO, "Douentza"])
    assert batch.accepted["location_unit"].tolist() == ["cercle-douentza"]


def test_of_two_positions_neither_is_chosen(tmp_path: Path) -> None:
    header = [*KOBO, *split("engin"), *split("village")]
    with pytest.raises(FileError, match=r"engin, village"):
        take_rows(tmp_path, header, [*SENT, "15.12", "-2.95", "5", "15.2", "-2.9", "5"])


def test_two_columns_that_state_other_places_set_the_row_aside(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "latitude", "longitude", "gps"]
    good = ["1", "2024-03-02", "EEI", "15.12", "-2.95", "15.121 -2.951"]
    (row,) = take_rows(tmp_path, header, good, ["2", *good[1:5], "14.2, -4.1"]).quarantined
    assert (row.row, row.column) == (3, "gps")
    assert "-2.95, 15.12" in str(row.reason)


@pytest.mark.parametrize(
    ("header", "cell", "precision", "error_km"),
    [
        ("Précision GPS", "±5 m", "exact", 0.1),
        ("Précision GPS", "450 mètres", "within_km", 0.45),
        ("accuracy_m", "2,5 km", "within_km", 2.5),
        ("Précision", "5 km", "within_km", 5.0),
        ("Précision", "village", "settlement", 2.0),
        ("Précision GPS", "bonne", None, None),
        ("Précision", "5.5", None, None),
    ],
)
def test_a_distance_may_have_its_unit(
    tmp_path: Path, header: str, cell: str, precision: str | None, error_km: float | None
) -> None:
    batch = take_rows(
        tmp_path, ["id", "date", "engin", "lat", "lon", header], ["1", "2024-03-02", "EEI", "15.1213", "-2.9512", cell]
    )
    assert batch.accepted["location_precision"].tolist() == ([precision] if precision else [])
    assert batch.accepted["location_error_km"].tolist() == ([error_km] if error_km else [])


#: Columns of one position beside each other → longitude, latitude; None where the row is set aside.
BESIDE = [
    (["lat", "lat_dir", "lon", "lon_dir"], ["16.2717", "N", "0.3444", "W"], (-0.3444, 16.2717)),
    (["Latitude", "N/S", "Longitude", "E/O"], ["16,2717", "N", "0,3444", "O"], (-0.3444, 16.2717)),
    (["Latitude", "Hémisphère", "Longitude", "Hémisphère"], ["16,2717", "Nord", "0,3444", "Est"], (0.3444, 16.2717)),
    (
        ["Lat_deg", "Lat_min", "Lat_sec", "Lon_deg", "Lon_min", "Lon_sec"],
        ["15", "7", "12", "-2", "57", "0"],
        (-2.95, 15.12),
    ),
    (["deg_lat", "min_lat", "deg_lon", "min_lon", "E/W"], ["15", "7.2", "2", "57", "W"], (-2.95, 15.12)),
    (["Lat_deg", "Lat_min", "Lon_deg", "Lon_min"], ["15", "7", "2", "57"], None),
    (["lat", "lon", "Latitude", "Longitude"], ["15.12", "-2.95", "15.12", "-2.9504"], (-2.9504, 15.12)),
    (["lat", "lon", "Latitude", "Longitude"], ["15.12", "-2.95", "15.3", "-2.7"], None),
    (["lat", "lon", "Latitude", "Longitude"], ["15.12", "-2.95", "", ""], (-2.95, 15.12)),
    (["X", "Y", "Latitude", "Longitude"], ["505375", "1671604", "15.12", "-2.95"], (-2.95, 15.12)),
    (["X", "Y", "Latitude", "Longitude"], ["505375", "1658459", "15.12", "-2.95"], None),
    (["easting", "northing", "zone", "lat", "lon"], ["505375", "1658459", "30N", "15.12", "-2.95"], None),
    (["Latitude (WGS84)", "Longitude (DD)"], ["15.12", "-2.95"], (-2.95, 15.12)),
    (["Coordonnées GPS (Lat)", "Coordonnées GPS (Long)"], ["15,12", "-2,95"], (-2.95, 15.12)),
    (["Lat incident", "Long incident", "Lat village", "Long village"], ["15.12", "-2.95", "15", "-3"], (-2.95, 15.12)),
    (["Latitude (DMS)", "Longitude (DMS)"], ["15 07 12", "-2 57 00"], (-2.95, 15.12)),
    (["X_UTM30N", "Y_UTM30N"], ["505375", "1671605"], (-2.95, 15.12)),
    (["X UTM", "Y UTM", "Zone UTM"], ["505.375", "1.671.605", "30P"], (-2.95, 15.12)),
    (["easting", "northing", "zone", "cercle"], ["505", "1671", "30N", "Douentza"], None),
    (["MGRS de l'incident"], ["30PWB0537571605"], (-2.95, 15.12)),
    (["Lien carte"], ["https://maps.google.com/?q=15.12,-2.95"], (-2.95, 15.12)),
    (["Location"], ["15.1200, -2.9500"], (-2.95, 15.12)),
]


@pytest.mark.parametrize(
    ("header", "cells", "point"), BESIDE, ids=lambda value: ", ".join(map(str, value or ["aside"]))
)
def test_a_position_in_several_columns_or_under_a_longer_header(
    tmp_path: Path, header: list[str], cells: list[str], point: tuple[float, float] | None
) -> None:
    batch = take_rows(tmp_path, ["id", "date", "engin", *header], ["1", "2024-03-02", "EEI", *cells])
    assert len(batch.accepted) == (point is not None)
    if point is not None:
        assert batch.accepted.geometry.iloc[0].coords[0] == pytest.approx(point, abs=2e-4)


def test_columns_that_mostly_say_another_place_are_named_with_the_map_that_settles_it(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "lat", "lon", "Latitude", "Longitude"]
    rows = [[str(number), "2024-03-02", "EEI", "15.12", "-2.95", "15.3", "-2.7"] for number in range(3)]
    batch = take_rows(tmp_path, header, *rows)
    assert len(batch.accepted) == 0
    assert any("columns lon, lat say another place" in str(note) for note in batch.notes)


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("téléphone", "76 54 32 10"),
        ("réf", "12.5, 3.2"),
        ("Position de l'enquêteur", "15.1213, -2.9512"),
        ("date2", "12 01 2023"),
    ],
)
def test_numbers_that_may_be_something_else_are_no_position(tmp_path: Path, header: str, cell: str) -> None:
    batch = take_rows(tmp_path, ["id", "date", "cercle", "engin", header], ["1", "2024-03-02", "Douentza", "EEI", cell])
    assert batch.accepted["location_unit"].tolist() == ["cercle-douentza"]


@pytest.mark.parametrize("header", ["Direction", "Sens", "side"])
def test_a_direction_is_no_side_of_a_coordinate(tmp_path: Path, header: str) -> None:
    batch = take_rows(
        tmp_path,
        ["id", "date", "engin", "lat", "lon", header],
        ["1", "2024-03-02", "EEI", "16.2711", "0.5022", "Ouest"],
    )
    assert batch.accepted.geometry.x.tolist() == [0.5022]


def test_of_two_columns_that_look_like_positions_none_is_chosen(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "ici", "là"]
    with pytest.raises(FileError, match="several positions"):
        take_rows(tmp_path, header, ["1", "2024-03-02", "EEI", "15.12, -2.95", "15.31, -2.71"])


def test_metres_without_a_zone_are_refused_in_words(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "x", "y"]
    (row,) = take_rows(tmp_path, header, ["1", "2024-03-02", "EEI", "290000", "1658560"]).quarantined
    assert "add a column zone" in str(row.reason)


def test_decimal_commas_that_split_coordinates_are_offered_for_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,date,latitude,longitude,engin\n1,2023-01-12,15,0012,-2,95,EEI\n2,2023-01-12,14,5,-4,1,EEI\n")
    batch = read(path, boundaries=Boundaries.shipped(), today=TODAY, source="cas")
    assert [row.kind for row in batch.quarantined] == ["shape", "shape"]
    assert any("In 2 rows" in str(note) and "15,0012 and -2,95" in str(note) for note in batch.notes)


def test_degrees_without_their_decimal_mark_are_no_metres(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "latitude", "longitude"]
    (row,) = take_rows(tmp_path, header, ["1", "2024-03-02", "EEI", "150012", "-29500"]).quarantined
    assert "decimal point or comma missing" in str(row.reason)


def test_a_header_may_say_that_degrees_count_to_the_west(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "Latitude (N)", "Longitude (O)"]
    rows = [["1", *SENT[:2], "15.0012", "2.9512"], ["2", *SENT[:2], "15°00'04\"", "2°57'04\""]]
    batch = take_rows(tmp_path, header, *rows, ["3", *SENT[:2], "15.0012", "-2.9512"])
    assert batch.accepted.geometry.x.round(2).tolist() == [-2.95, -2.95, -2.95]
    assert any("degrees west" in str(note) for note in batch.notes)


def test_a_column_of_wkt_points_is_read(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "geometry"]
    (taken,) = take_rows(tmp_path, header, ["1", *SENT[:2], "POINT (-2.9512 15.0012)"]).accepted.geometry
    assert (taken.x, taken.y) == (-2.9512, 15.0012)
