"""Whole rows and headers: forms, tags, quotation marks, and all faults of a row at once."""

from __future__ import annotations

from pathlib import Path

from intake_kit import TODAY, take, take_rows

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.incidents.readers import read
from geo.store.store import Store


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


def test_a_whole_french_sheet() -> None:
    batch = take("mixed_fr.csv")
    assert batch.accepted["source_id"].tolist() == ["1", "2", "3", "5", "6"]
    assert batch.accepted["killed_total"].tolist() == [2, 1, 0, 0, 2]
    assert "au moins 2" in batch.accepted["note"].iloc[-1]
    (row,) = batch.quarantined
    assert (row.row, row.column, row.value) == (5, "Date", "31/02/2023")
    assert any("TOTAL" in str(note) for note in batch.notes)


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
