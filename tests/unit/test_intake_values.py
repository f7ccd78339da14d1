"""From cells to values: every file of tests/fixtures/intake comes to the values that its table of cases names."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.core.provenance import data_path
from geo.hazards.schema import HazardStatus, Method
from geo.incidents import Batch, notes
from geo.incidents.dates import Trouble, parse_date
from geo.incidents.loose_dates import Moment
from geo.incidents.readers import read
from geo.incidents.schema import VICTIM_COLUMNS, HazardType, Outcome
from geo.reading.people import Count, read_count
from geo.reading.word_lists import stem, words
from geo.store.store import Store

INTAKE = Path(__file__).parents[1] / "fixtures" / "intake"
TODAY = date(2026, 11, 30)


def take(name: str, **options: object) -> Batch:
    options = {"source": "cas"} | options
    return read(INTAKE / name, boundaries=Boundaries.shipped(), today=TODAY, **options)  # type: ignore[arg-type]


def take_rows(tmp_path: Path, *rows: list[str], **options: object) -> Batch:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = tmp_path / "rows.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    options = {"source": "cas"} | options
    return read(path, boundaries=Boundaries.shipped(), today=TODAY, **options)  # type: ignore[arg-type]


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


KOBO = ["date_incident", "type_engin", "_id", "_uuid", "_submission_time"]
SENT = ["2024-03-02", "EEI", "1", "uuid-1", "2024-03-02T09:00:00"]
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


@pytest.mark.parametrize("cell", ["n/d", "N.D.", "non disponible", "inconnue"])
def test_what_is_not_known_is_empty(tmp_path: Path, cell: str) -> None:
    batch = take_rows(
        tmp_path, ["id", "date", "cercle", "engin", "lat", "lon"], ["1", "2024-03-02", "Douentza", "EEI", cell, cell]
    )
    assert batch.accepted["location_unit"].tolist() == ["cercle-douentza"]


@pytest.mark.parametrize(
    ("others", "day"),
    [
        (["25/12/2022"], "2023-02-03"),
        (["12/25/2022"], "2023-03-02"),
        (["1er février 2023"], "2023-02-03"),
        (["1 February 2023"], None),
        ([], None),
    ],
)
def test_a_year_of_two_digits_is_read_where_other_dates_show_the_order(
    tmp_path: Path, others: list[str], day: str | None
) -> None:
    rows = [[str(number), date, "EEI", "15.12", "-2.95"] for number, date in enumerate(["03/02/23", *others])]
    batch = take_rows(tmp_path, ["id", "date", "engin", "lat", "lon"], *rows)
    assert [f"{each:%Y-%m-%d}" for each in batch.accepted["date"]][: 1 if day else 0] == ([day] if day else [])
    assert len(batch.quarantined) == (day is None)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("FAMa tués", "killed_security_force"),
        ("Nombre de civils blessés", "injured_civilian"),
        ("Tués/Femmes", "killed_women"),
        ("Victimes/Blessés/Garçons", "injured_boys"),
        ("women killed", "killed_women"),
        ("Enfants tués", None),  # boys or girls
        ("Victimes tuées", "killed_total"),
        ("Mort(s)", "killed_total"),
        ("Nombre de personnes blessées", "injured_total"),
        ("Mort", "killed_total"),
        ("Civils tués et blessés", None),
        ("Hommes et femmes tués", None),
    ],
)
def test_people_are_counted_by_who_they_were_under_any_words(tmp_path: Path, header: str, field: str | None) -> None:
    batch = take_rows(
        tmp_path, ["id", "date", "engin", "lat", "lon", header], ["1", "2024-03-02", "EEI", "15.12", "-2.95", "4"]
    )
    counts = batch.accepted[list(VICTIM_COLUMNS)].iloc[0].dropna()
    assert counts.to_dict() == ({field: 4} if field else {})


def test_the_questions_of_a_form_stand_for_its_fields(tmp_path: Path) -> None:
    asked = {
        "Quelle est la date de l'incident ?": "2023-02-02",
        "Dans quel cercle ?": "Bandiagara",
        "Quel type d'engin explosif ?": "EEI",
        "Que s'est-il passé ?": "Explosion",
        "Combien de personnes tuées ?": "1",
        "_GPS du lieu_latitude": "14.3512",
        "_GPS du lieu_longitude": "-3.6098",
        "_id": "7",
        "_uuid": "u7",
        "_submission_time": "2023-02-03T10:21:00",
    }
    (row,) = take_rows(tmp_path, list(asked), list(asked.values())).accepted.itertuples()
    assert (row.hazard_type, row.outcome, row.killed_total) == ("ied", "detonation", 1)
    assert (f"{row.date:%Y-%m-%d}", row.geometry.x) == ("2023-02-02", -3.6098)


def test_lines_that_stand_in_quotation_marks_as_a_whole_are_split(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('"id;date;lat;lon;engin;lieu"\n"1;2024-03-02;15,1213;-2,9512;EEI;""Koro"""\n', encoding="utf-8")
    (row,) = read(path, boundaries=Boundaries.shipped(), today=TODAY, source="cas").accepted.itertuples()
    assert (row.geometry.x, row.place_name) == (-2.9512, "Koro")


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


@pytest.mark.parametrize(("header", "month"), [("Date (JJ/MM/AAAA)", 2), ("Date (mm/dd/yyyy)", 3)])
def test_a_header_may_say_the_order_of_day_and_month(tmp_path: Path, header: str, month: int) -> None:
    batch = take_rows(tmp_path, ["id", header, "engin", "lat", "lon"], ["1", "03/02/2024", "EEI", "15.12", "-2.95"])
    assert batch.accepted["date"].dt.month.tolist() == [month]


def test_metres_without_a_zone_are_refused_in_words(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "x", "y"]
    (row,) = take_rows(tmp_path, header, ["1", "2024-03-02", "EEI", "290000", "1658560"]).quarantined
    assert "add a column zone" in str(row.reason)


def test_all_faults_of_a_row_are_named_at_once() -> None:
    (row,) = take("multi.csv").quarantined
    assert {(fault.column, fault.kind) for fault in row.faults} == {
        ("date", "date"),
        ("device_category", "code"),
        ("killed", "count"),
        ("injured", "count"),
        ("longitude, latitude", "location"),
    }
    assert (row.column, row.kind) == ("date", "date")
    batch = take("lifecycle/q.csv")
    assert {row.row: {fault.column for fault in row.faults} for row in batch.quarantined} == {
        3: {"date"},
        4: {"longitude, latitude"},
        5: {"killed", "device_category"},
    }


def test_the_store_keeps_every_fault(tmp_path: Path) -> None:
    batch = take("multi.csv")
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    (kept,) = store.quarantine(store.add_incidents(batch).revision)
    assert [fault["column"] for fault in kept.details["others"]] == [f.column for f in batch.quarantined[0].others]


def test_a_point_outside_the_units_that_its_row_names_is_set_aside_with_the_unit_that_holds_it() -> None:
    first, second = take("p_admin_contradiction.csv").quarantined
    assert [(fault.column, fault.kind) for fault in first.faults] == [("region", "unit"), ("cercle", "unit")]
    assert all("lies in Gao" in str(fault.reason) for fault in first.faults)
    assert ["Mopti" in str(second.faults[0].reason), "Douentza" in str(second.faults[1].reason)] == [True, True]


def test_a_lost_minus_sign_is_offered_for_the_row_and_for_the_file() -> None:
    batch = take("p_lost_minus.csv")
    assert len(batch.accepted) == 0
    kinds = {row.row: row.kind for row in batch.quarantined}
    assert kinds == {2: "sign", 3: "unit", 4: "sign", 5: "sign", 6: "sign"}
    first, second, *_ = batch.quarantined
    assert "With −2.95 the point lies in Tombouctou, as the row says" in str(first.reason)
    assert "lies in Gao" in str(second.faults[1].reason)
    assert any("4 of 5 rows" in str(note) for note in batch.notes)


@pytest.mark.parametrize(
    ("lat", "lon", "region", "cercle", "commune", "taken"),
    [
        ("15.0012", "-2.9512", "Mopti", "Douentza", "", True),  # the regions of 2016
        ("15.0012", "-2.9512", "Douentza", "", "", True),  # and those of 2023
        ("15.9000", "2.4012", "Gao", "Ménaka", "", True),  # of 2015
        ("15.9000", "2.4012", "Ménaka", "", "", True),
        ("15.9000", "2.4012", "Ségou", "", "", False),
        ("15.0012", "-2.9512", "Mopti", "Almoustarat", "", True),  # a cercle of 2023, which no outline is known of
        ("15.0012", "-2.9512", "Mopti", "Douentza", "Sanga", False),
        ("14.6", "-3.5", "Mopti", "Bandiagara", "", True),
    ],
)
def test_a_point_is_compared_in_every_vintage_that_a_name_can_mean(
    tmp_path: Path, lat: str, lon: str, region: str, cercle: str, commune: str, taken: bool
) -> None:
    header = ["id", "date", "engin", "latitude", "longitude", "region", "cercle", "commune"]
    batch = take_rows(tmp_path, header, ["1", "2023-01-12", "EEI", lat, lon, region, cercle, commune])
    assert len(batch.accepted) == taken


def test_the_location_error_is_the_tolerance(tmp_path: Path) -> None:
    header = ["id", "date", "engin", "latitude", "longitude", "cercle"]
    near = ["2023-01-12", "EEI", "15.0012", "-2.9512", "Koro"]
    assert len(take_rows(tmp_path, header, ["1", *near]).accepted) == 0
    assert len(take_rows(tmp_path, [*header, "location_error_km"], ["1", *near, "100"]).accepted) == 1


def test_units_are_found_in_the_vintage_that_has_them() -> None:
    batch = take("units.csv")
    assert batch.quarantined == ()
    units = batch.accepted["location_unit"].str.removeprefix("commune-").to_dict()
    assert units == {
        "cas:A1": "ml050114",
        "cas:A2": "ml050705",
        "cas:A3": "ml070402",
        "cas:A4": "cercle-douentza",
        "cas:A5": "ml050609",
        "cas:A6": "cercle-san",
        "cas:A7": "cercle-niafunke",
        "cas:A8": "ml050218",
        "cas:A9": "cercle-macina",
        "cas:A10": "ml070301",
        "cas:A11": "cercle-bandiagara",
        "cas:A12": "ml050706",
    }
    remarks = batch.accepted["note"].dropna().to_dict()
    assert remarks == {
        "cas:A5": "Hombori is no known cercle",
        "cas:A12": "Commune de Dioungani taken for Diougani, a letter off",
    }


@pytest.mark.parametrize(
    ("region", "cercle", "commune", "unit"),
    [
        ("San", "", "", "region-2023-san"),
        ("Gao", "", "", "region-2016-gao"),
        ("", "Douentsa", "", None),  # a letter off, and nothing around it that narrows it down
        ("Mopti", "Douentsa", "", "cercle-douentza"),
        ("Kayes", "Douentsa", "", None),
        ("Mopti", "ML0504", "", None),  # a code is never a letter off
    ],
)
def test_a_name_a_letter_off_is_taken_inside_the_named_parent_only(
    tmp_path: Path, region: str, cercle: str, commune: str, unit: str | None
) -> None:
    header = ["id", "date", "engin", "region", "cercle", "commune"]
    batch = take_rows(tmp_path, header, ["1", "2023-01-12", "EEI", region, cercle, commune])
    assert batch.accepted["location_unit"].tolist() == ([unit] if unit else [])


@pytest.mark.parametrize("file", ["hxl_pcodes.csv", "imsma_name_and_pcode.csv"])
def test_p_codes_are_read_once_their_set_is_named(file: str, tmp_path: Path) -> None:
    (row,) = take(file).quarantined
    assert "--pcodes ocha2020 or --pcodes cod2015" in str(row.reason)
    assert take(file, pcodes="ocha2020").accepted["location_unit"].tolist() == ["cercle-djenne"]
    (tmp_path / "map.toml").write_text('pcodes = "cod2015"\n', encoding="utf-8")
    assert take(file, column_map=tmp_path / "map.toml").accepted["location_unit"].tolist() == ["cercle-bankass"]
    (tmp_path / "map.toml").write_text('pcodes = "2015"\n', encoding="utf-8")
    with pytest.raises(FileError, match="ocha2020"):
        take(file, column_map=tmp_path / "map.toml")


def test_a_column_map_may_teach_a_single_word(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[values.hazard_type]\n"Obus"="uxo"\n', encoding="utf-8")
    header = ["id", "date", "latitude", "longitude", "device_category"]
    row = ["1", "2023-01-12", "15.0012", "-2.9512", "obus"]
    for taught in (tmp_path / "map.toml", INTAKE / "m2.toml"):
        assert take_rows(tmp_path, header, row, column_map=taught).accepted["hazard_type"].tolist() == ["uxo"]
    (named,) = take_rows(tmp_path, header, row, column_map=INTAKE / "m2.toml", source=None).accepted["source"]
    assert named == "ong"


def test_ordinary_words_for_devices_and_outcomes_are_understood() -> None:
    batch = take("v_words.csv")
    assert batch.quarantined == ()
    found = batch.accepted[["hazard_type", "outcome"]].astype(object).where(batch.accepted["outcome"].notna(), None)
    assert list(found.itertuples(index=False, name=None)) == [
        ("ied", "detonation"),
        ("unknown", "detonation"),
        ("unknown", "found"),
        ("other_explosive", "cleared"),
        ("other_explosive", "cleared"),
        ("other_explosive", "found"),
        ("ied", "detonation"),
        ("unknown", "detonation"),
        ("unknown", "cleared"),
        ("unknown", "detonation"),
        ("ap_mine", "cleared"),
        ("av_mine", "cleared"),
        ("ied", "cleared"),
        ("uxo", "cleared"),
        (None, None),
    ]
    assert batch.accepted["hazard_type"].iloc[-1] == "not_explosive"
    assert not any("does not know" in str(note) for note in batch.notes)


def test_an_unknown_word_is_listed_once_with_the_line_that_teaches_it(tmp_path: Path) -> None:
    header = ["id", "date", "latitude", "longitude", "device_category", "outcome"]
    where = ["2023-01-12", "15.0012", "-2.9512"]
    rows = [["1", *where, "bidule", "explosé"], ["2", *where, "Bidule", "parti"], ["3", *where, "bidule", ""]]
    batch = take_rows(tmp_path, header, *rows)
    assert batch.accepted["hazard_type"].tolist() == ["unknown"] * 3
    assert batch.accepted["outcome"].isna().tolist() == [False, True, True]
    listed = [str(note) for note in batch.notes if "does not know" in str(note)]
    assert '[values.hazard_type] "bidule" = "…", "Bidule" = "…"' in listed[0]
    assert '[values.outcome] "parti" = "…"' in listed[1]
    assert "“bidule” is not known" in batch.accepted["note"].iloc[0]
    taught = tmp_path / "map.toml"
    taught.write_text('[values.hazard_type]\nbidule = "ied"\n[values.outcome]\nparti = "cleared"\n', encoding="utf-8")
    again = take_rows(tmp_path, header, *rows, column_map=taught)
    assert again.accepted["hazard_type"].tolist() == ["ied"] * 3
    assert again.accepted["outcome"].iloc[1] == "cleared"
    assert again.accepted["note"].isna().all()


@pytest.mark.parametrize("text", ["M. X, tél. +223 00 00 00 00", "12", "a@b.org", "x" * 80])
def test_what_is_no_word_sets_its_row_aside(tmp_path: Path, text: str) -> None:
    header = ["id", "date", "latitude", "longitude", "device_category"]
    (row,) = take_rows(tmp_path, header, ["1", "2023-01-12", "15.0012", "-2.9512", text]).quarantined
    assert (row.column, row.kind) == ("device_category", "code")


def test_several_devices_of_one_event_are_kept() -> None:
    (kept,) = take("kobo_multiple_engins.csv").accepted.to_dict("records")
    assert (kept["hazard_type"], kept["note"]) == ("several", "several devices: eei, mine")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("EEI + mine antichar", "several"),
        ("IED and UXO", "several"),
        ("mines antipersonnel, mines antichar", "several"),
        ("EEI ou mine", "unknown"),
        ("UXO/AXO", "unknown"),
        ("obus et roquettes", "other_explosive"),
        ("EEI télécommandé (RCIED)", "ied"),
        ("Mine anti-personnel PMN", "ap_mine"),
        ("tir de mortier", "air_or_indirect_fire"),
        ("mortar fire on the market", "air_or_indirect_fire"),
        ("Obus 82 mm", "other_explosive"),
        ("E.E.I.", "ied"),
        ("Roadside IED", "ied"),
        ("mine EEI", "unknown"),
        ("non EEI", "unknown"),
        ("EEI (obus de mortier)", "ied"),
        ("UXO - mortar", "uxo"),
        ("EEI obus 122 mm", "ied"),
        ("engin explosif non identifié", "unknown"),
        ("mine antichar TM-46", "av_mine"),
        ("charrette piégée", "ied"),
    ],
)
def test_words_are_put_together(tmp_path: Path, text: str, kind: str) -> None:
    header = ["id", "date", "latitude", "longitude", "device_category"]
    batch = take_rows(tmp_path, header, ["1", "2023-01-12", "15.0012", "-2.9512", text])
    assert batch.accepted["hazard_type"].tolist() == [kind]


def test_words_for_the_state_of_an_area_are_understood_or_asked_for_once() -> None:
    read_areas = partial(hazards.read, INTAKE / "hz_status_fr.csv", boundaries=Boundaries.shipped(), today=TODAY)
    batch = read_areas(source="cas")
    assert batch.accepted["status"].tolist() == [
        *("suspected", "suspected", "confirmed", "cleared", "cleared", "suspected", "cancelled")
    ]
    assert [(row.value, row.kind) for row in batch.quarantined] == [
        (word, "code") for word in ("Ouverte", "Fermée", "Open", "Closed")
    ]
    (listed,) = (str(note) for note in batch.notes if "does not know" in str(note))
    assert '[values.status] "Ouverte" = "…", "Fermée" = "…", "Open" = "…", "Closed" = "…"' in listed
    words = {"ouverte": "suspected", "open": "suspected", "fermée": "cleared", "closed": "cleared"}
    assert read_areas(source="cas", values={"status": words}).quarantined == ()
    assert "date of its survey stands for it" in str(batch.accepted["note"].iloc[3])


@pytest.mark.parametrize("name", ["devices", "outcomes", "statuses", "methods"])
def test_no_word_of_a_list_means_two_things(name: str) -> None:
    with data_path(f"words/{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    meanings: dict[str, set[str]] = {}
    for row in rows:
        meanings.setdefault(stem(row["word"]), set()).add(row["means"])
    assert {word for word, means in meanings.items() if len(means) > 1} == set()
    allowed = {
        "devices": set(HazardType) - {HazardType.SEVERAL},
        "outcomes": {*Outcome, "false_alarm"},
        "statuses": set(HazardStatus),
        "methods": set(Method),
    }
    assert {row["means"] for row in rows} == {str(each) for each in allowed[name]}
    assert {row["language"] for row in rows} == {"en", "fr"}


def test_a_count_that_is_a_range_or_a_minimum_costs_no_incident() -> None:
    batch = take("n_ranges.csv")
    assert batch.quarantined == ()
    killed, injured = (batch.accepted[name].astype(object).where(batch.accepted[name].notna(), None) for name in HARMED)
    assert killed.tolist() == [2, 2, 2, None, None, 2]
    assert injured.tolist() == [None, None, None, 0, 2, 4]
    assert batch.accepted["note"].str.contains("killed: “").all()
    assert [str(note) for note in notes.read(batch.accepted["note"].iloc[0])] == [
        "killed: “2-3”, taken as at least 2",
        "injured: “plusieurs”, taken as not known",
    ]


def test_a_thousand_is_never_one() -> None:
    batch = take("counts.csv")
    assert batch.quarantined == ()
    killed, injured = (batch.accepted[name].astype(object).where(batch.accepted[name].notna(), None) for name in HARMED)
    assert killed.tolist() == [2, None, 100, None, None, None]
    assert injured.tolist() == [1000, 0, 0, 0, 0, 0]


HARMED = ("killed_total", "injured_total")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("entre 2 et 4", 2),
        ("2 à 3 blessés", 2),
        ("2 ou 3", 2),
        ("min. 2", 2),
        ("at least 12 people", 12),
        ("≥ 3", 3),
        ("plus de 10", 11),
        ("5 et plus", 5),
        ("3 civils", 3),
        ("aucun", 0),
        ("une dizaine", None),
        ("environ 20", None),
        ("moins de 5", None),
        ("several", None),
        ("3 ?", None),
        ("2, dont 1 enfant", 2),
        ("2*", 2),
        ("12.000", None),
        ("1e9", None),
        ("10 environ", None),
        ("10aine", None),
        ("+ de 5", 6),
        ("aucune victime", 0),
        ("pas de blessés", 0),
        ("Rien", 0),
        ("Inconnus", None),
        ("non précisé", None),
        ("aucune information", None),
        ("oui", None),
        ("Deux (2)", 2),
        ("05 (cinq)", 5),
    ],
)
def test_what_reports_write_for_a_count(text: str, number: int | None) -> None:
    assert read_count(text) == Count(number)


@pytest.mark.parametrize(
    "text", ["12/01/23", "12:30", "deux", "-4", "12/01/2023", "+223 70 00 00 00", "x y z", "1.000.000", "15°"]
)
def test_what_is_no_count_of_people(text: str) -> None:
    assert read_count(text) is None


def test_a_whole_french_sheet() -> None:
    batch = take("mixed_fr.csv")
    assert batch.accepted["source_id"].tolist() == ["1", "2", "3", "5", "6"]
    assert batch.accepted["killed_total"].tolist() == [2, 1, 0, 0, 2]
    assert "au moins 2" in batch.accepted["note"].iloc[-1]
    (row,) = batch.quarantined
    assert (row.row, row.column, row.value) == (5, "Date", "31/02/2023")
    assert any("TOTAL" in str(note) for note in batch.notes)


def test_dates_in_many_writings() -> None:
    batch = take("dates.csv")
    assert [(row.row, row.kind) for row in batch.quarantined] == [
        (12, "shape"),
        (17, "date"),
        (18, "date"),
        (23, "date"),  # ten digits may be anything
        (27, "date"),
    ]
    taken = batch.accepted.set_index("source_id")
    when = taken["date"].dt.date.astype(str) + " " + taken["date_precision"]
    months = {"A6", "A7", "A8", "A17", "A18", "A20"}
    assert set(when[taken["date_precision"] == "month"].index) == months
    assert set(when[sorted(months)]) == {"2023-01-01 month"}
    assert when[["A5", "A19"]].tolist() == ["2023-01-01 year"] * 2
    others = when.drop([*months, "A5", "A19", "A1", "A14", "A24"])
    assert set(others) == {"2023-01-12 day"}
    assert when[["A1", "A14", "A24"]].tolist() == ["2023-01-13 day", "2023-01-05 day", "2026-11-30 day"]
    assert taken["note"].dropna().to_dict() == {
        "A1": "2023-01-13 in UTC, 2023-01-12 where it was written",
        "A17": "date: “vers le 12/01/2023”",
        "A18": "between 2023-01-12 and 2023-01-14",
        "A19": "between 2023-01-01 and 2023-03-31",
        "A20": "between 2023-01-09 and 2023-01-15",
    }


@pytest.mark.parametrize(
    ("text", "day", "precision", "until"),
    [
        ("du 12 au 14 janvier 2023", "2023-01-12", "month", "2023-01-14"),
        ("12-14/01/2023", "2023-01-12", "month", "2023-01-14"),
        ("2023-01-12/2023-01-14", "2023-01-12", "month", "2023-01-14"),
        ("between 30/12/2022 and 02/01/2023", "2022-12-30", "month", "2023-01-02"),
        ("1er trimestre 2023", "2023-01-01", "year", "2023-03-31"),
        ("Q4 2023", "2023-10-01", "year", "2023-12-31"),
        ("semaine 2 2023", "2023-01-09", "month", "2023-01-15"),
        ("jeudi 12 janvier 2023", "2023-01-12", "day", None),
        ("Jan 12, 2023", "2023-01-12", "day", None),
        ("12 janvier 2023 à 14h30", "2023-01-12", "day", None),
        ("début janvier 2023", "2023-01-01", "month", None),
        ("~ 2023", "2023-01-01", "year", None),
        ("01-2023", "2023-01-01", "month", None),
        ("le 12/01/2023", "2023-01-12", "day", None),
        ("Le 1 er janvier 2023", "2023-01-01", "day", None),
        ("(12 / 01 / 2023).", "2023-01-12", "day", None),
        ("12 01 2023", "2023-01-12", "day", None),
        ("12th of January 2023", "2023-01-12", "day", None),
        ("12JAN23", "2023-01-12", "day", None),
        ("121430Z JAN 23", "2023-01-12", "day", None),
        ("5 mars 23", "2023-03-05", "day", None),
        ("2023-Jan-12", "2023-01-12", "day", None),
        ("Thu Jan 12 14:30:00 2023", "2023-01-12", "day", None),
        ("2023-01-12 14:30:00+00", "2023-01-12", "day", None),
        ("10h30 12/01/2023", "2023-01-12", "day", None),
        ("matin du 12 janvier 2023", "2023-01-12", "day", None),
        ("12 janvier 2023 (soir)", "2023-01-12", "day", None),
        ("dans la nuit du 12 au 13 janvier 2023", "2023-01-12", "month", "2023-01-13"),
        ("January 12-14, 2023", "2023-01-12", "month", "2023-01-14"),
        ("12 ou 13 janvier 2023", "2023-01-12", "month", "2023-01-13"),
        ("semaine du 9 janvier 2023", "2023-01-09", "month", "2023-01-15"),
        ("janvier à mars 2023", "2023-01-01", "year", "2023-03-31"),
        ("premier trimestre 2023", "2023-01-01", "year", "2023-03-31"),
        ("2e semestre 2023", "2023-07-01", "year", "2023-12-31"),
        ("courant janvier 2023", "2023-01-01", "month", None),
        ("en 2023", "2023-01-01", "year", None),
        ("12/01/2023 ?", "2023-01-01", "month", None),
    ],
)
def test_spans_and_dates_in_words(text: str, day: str, precision: str, until: str | None) -> None:
    moment = parse_date(text, "dmy")
    assert isinstance(moment, Moment)
    shown = moment.at.date().replace(day=1) if moment.about else moment.at.date()
    assert (shown.isoformat(), moment.precision) == (day, precision)
    assert (moment.until.isoformat() if moment.until else None) == until


@pytest.mark.parametrize(
    "text",
    [
        "14/01/2023-12/01/2023",
        "W60 2023",
        "S2 2023",
        "mars 22",
        "avant le 12/01/2023",
        "12 janvier",
        "12/13/2023x",
        "bientôt",
        "vers midi",
        "à" * 5_000,
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert isinstance(parse_date(text, "dmy"), Trouble)


def test_hxl_with_the_tags_that_people_write() -> None:
    first, second = take("hxl_lat_long_tags.csv").accepted.to_dict("records")
    assert (first["hazard_type"], first["killed_total"], first["narrative"]) == ("unknown", 1, "Texte")
    assert (first["geometry"].x, first["geometry"].y) == (-2.95, 15.0)
    # a position that its source censors is known to the region that it names
    assert (second["hazard_type"], second["location_unit"]) == ("ied", "region-2016-mopti")


def test_a_form_exported_with_its_labels_is_understood() -> None:
    (taken,) = take("kobo_labels_fr.xlsx").accepted.to_dict("records")
    assert (taken["hazard_type"], taken["killed_total"], taken["injured_total"]) == ("ied", 2, 1)
    assert (taken["geometry"].x, taken["geometry"].y) == (-2.95, 15)
    assert (taken["location_precision"], taken["location_error_km"]) == ("exact", 0.1)  # the device gave 4.9 m


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


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Zone dangereuse suspectée (ZDS)", "suspected"),
        ("SHA - suspected hazardous area", "suspected"),
        ("Dépolluée en 2022", "cleared"),
        ("Partiellement dépolluée", None),
        ("dépolluée partiellement", None),
        ("non dépolluée", None),
        ("dépollution en cours", None),
    ],
)
def test_no_area_is_cleared_by_half_a_word(text: str, status: str | None) -> None:
    assert words("statuses").find(text) == status


def test_choices_with_blanks_in_their_names_are_told_apart(tmp_path: Path) -> None:
    asked = "Quel type d'engin ?"
    header = [*KOBO[:1], asked, f"{asked}/Engin explosif improvisé", f"{asked}/Mine antichar", *KOBO[2:], "cercle"]
    row = [SENT[0], "Engin explosif improvisé Mine antichar", "1", "1", *SENT[2:], "Douentza"]
    (taken,) = take_rows(tmp_path, header, row).accepted.to_dict("records")
    assert (taken["hazard_type"], taken["note"]) == (
        "several",
        "several devices: Engin explosif improvisé, Mine antichar",
    )


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


def test_all_faults_of_an_area_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(
        "area_id,statut,date_enquete,engins,area_m2,wkt\n"
        'Z1,Ouverte,2031-01-01,bidule,beaucoup,"POLYGON((2.35 48.85,2.36 48.85,2.36 48.86,2.35 48.85))"\n',
        encoding="utf-8",
    )
    (area,) = hazards.read(path, boundaries=Boundaries.shipped(), today=TODAY, source="cas").quarantined
    assert {area.column, *(fault.column for fault in area.others)} == {
        *("geometry", "survey_date", "status", "devices", "area_m2")
    }
    assert len(area.others) == 4
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    batch = hazards.read(path, boundaries=Boundaries.shipped(), today=TODAY, source="cas")
    (kept,) = store.quarantine(store.add_hazards(batch).revision)
    assert len(kept.details["others"]) == 4  # type: ignore[arg-type]
