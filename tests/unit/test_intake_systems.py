"""Tables and answers of other systems: JSON, ACLED's API, DHIS2, ODK Central, KoBo's review, IMSMA, Survey123."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.hazards.contents import contents
from geo.incidents import Batch
from geo.incidents.readers import read
from geo.incidents.readers.odk_dhis2 import as_kobo

FIXTURES = Path(__file__).parents[1] / "fixtures" / "intake"
RECORD = {"id": "A1", "date": "2023-01-12", "latitude": 15.01, "longitude": -2.95, "engin": "EEI", "tues": 2}


def take(path: Path | str, **options: Any) -> Batch:
    where = FIXTURES / path if isinstance(path, str) else path
    return read(where, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), source="cas", **options)


def notes(batch: Batch) -> str:
    return "\n".join(map(str, batch.notes))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "f.json"
    path.write_text(text, encoding="utf-8")
    return path


FORM = {
    "_id": "7",
    "_uuid": "u7",
    "_submission_time": "2024-03-03",
    "date": "2024-03-02",
    "lat": "15.01",
    "lon": "-2.95",
}


@pytest.mark.parametrize(
    ("answers", "device"),
    [
        ({"g/engin": "eei mine_ap"}, "several"),
        ({"g/engin": "mine ap"}, "ap_mine"),
        ({"g/engin/eei": "1", "g/engin/mine_ap": "0", "g/engin/mne": "0"}, "ied"),
        ({"g/engin/EEI": "True", "g/engin/Mine antipersonnel": "True", "g/engin/MNE": "False"}, "several"),
        ({"Quel type d'engin ?/EEI": "0", "Quel type d'engin ?/MNE": "1"}, "uxo"),
        ({"g/engin/eei": "0", "g/engin/mne": "0"}, "unknown"),
    ],
)
def test_choices_of_a_form_are_read_together_or_apart(tmp_path: Path, answers: dict[str, str], device: str) -> None:
    batch = take(written(tmp_path, json.dumps([{**FORM, **answers}])))
    assert batch.accepted["hazard_type"].tolist() == [device]


@pytest.mark.parametrize(("review", "taken"), [("not_approved", 0), ("approved", 1), ("on_hold", 1)])
def test_what_kobos_interface_says_of_a_review_is_heeded(tmp_path: Path, review: str, taken: int) -> None:
    status = {"uid": f"validation_status_{review}", "label": review}
    other = {**FORM, "_id": "8", "engin": "eei", "_validation_status": {}}
    batch = take(written(tmp_path, json.dumps([{**FORM, "engin": "eei", "_validation_status": status}, other])))
    assert len(batch.accepted) == 1 + taken


@pytest.mark.parametrize(
    ("name", "label", "days", "devices", "killed"),
    [
        ("incidents.jsonl", "IMSMA / IMAS", ["2023-01-12", "2023-02-25"], ["ied", "unknown"], [2, 0]),
        ("incidents_array.json", "IMSMA / IMAS", ["2023-01-12", "2023-02-25"], ["ied", "unknown"], [2, 0]),
        ("acled_api.json", "ACLED", ["2023-01-12"], ["ied"], [None]),
        ("dhis2.csv", "DHIS2", ["2023-01-12"], ["ied"], [2]),
        ("imsma_ng.csv", "IMSMA / IMAS", ["2023-01-12"], ["unknown"], [1]),
        ("imsma_core.csv", "IMSMA / IMAS", ["2023-01-12"], ["ied"], [2]),
        ("s123.csv", "IMSMA / IMAS", ["2023-01-25"], ["ied"], [None]),
        ("odk_central.csv", "ODK Central", ["2024-03-02"], ["ied"], [2]),
        ("kobo_groups.xlsx", "KoBo", ["2024-03-02"], ["ied"], [2]),
    ],
)
def test_the_cases(name: str, label: str, days: list[str], devices: list[str], killed: list[int | None]) -> None:
    assert contents(FIXTURES / name) == {"incidents"}
    batch = take(name)
    accepted = batch.accepted
    assert batch.format == label
    assert accepted["date"].tolist() == [pd.Timestamp(day) for day in days]
    assert accepted["hazard_type"].tolist() == devices
    assert [None if pd.isna(count) else count for count in accepted["killed_total"]] == killed
    assert [(point.x, point.y) for point in accepted.geometry][:1] == [(-2.95, 15.0)]


def test_two_victims_are_one_accident_of_imsma_ng() -> None:
    batch = take("imsma_ng.csv")
    assert (batch.accepted["killed_total"].tolist(), batch.accepted["injured_total"].tolist()) == ([1], [1])
    assert [(row.row, row.kind) for row in batch.quarantined] == [(3, "merged")]


def test_coordinates_of_imsma_in_another_system_are_not_taken_for_degrees(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text((FIXTURES / "imsma_ng.csv").read_text().replace(",4326,", ",32630,"))
    assert "reference system 32630" in str(take(path).quarantined[0].reason)


@pytest.mark.parametrize(
    ("name", "row", "column"), [("odk_central.csv", 3, "ReviewState"), ("kobo_groups.xlsx", 3, "_validation_status")]
)
def test_what_was_rejected_in_review_is_not_taken(name: str, row: int, column: str) -> None:
    (quarantined,) = take(name).quarantined
    assert (quarantined.row, quarantined.column, quarantined.kind) == (row, column, "review")
    assert "rejected in the review" in str(quarantined.reason)


def test_odk_s_names_are_read_as_kobo_s() -> None:
    names = ["SubmissionDate", "event-gps-Latitude", "gps-Longitude", "g-sub-point-Accuracy", "event-date_incident"]
    assert as_kobo(names) == [
        "SubmissionDate", "event/_gps_latitude", "_gps_longitude", "g-sub/_point_precision", "event/date_incident",
    ]  # fmt: skip
    accepted = take("odk_central.csv").accepted
    assert accepted["source_id"].tolist() == ["1"]
    assert accepted["entered_at"].tolist() == [pd.Timestamp("2024-03-02T09:00:00")]


def test_codes_of_other_sets_are_named() -> None:
    (quarantined,) = take("pc.csv").quarantined
    assert (quarantined.column, quarantined.value) == ("admin2", "MLI.5.2_1")
    assert "a code of GADM, which Sira does not hold" in str(quarantined.reason)


def test_ucdp_without_columns_for_the_position() -> None:
    accepted = take("ucdp_ged_v24_geomonly.csv").accepted.set_index("source_id")
    assert (accepted.geometry["500001"].x, accepted.geometry["500001"].y) == (-2.95, 15.0011)
    assert accepted["location_precision"].to_dict() == {
        "500001": "settlement",
        "500002": "country",
        "500003": "within_km",
    }


def test_the_answer_of_an_api_says_where_its_records_are() -> None:
    assert "The records are those under data." in notes(take("acled_api.json"))


def test_nested_records_and_faults_by_their_number(tmp_path: Path) -> None:
    nested = {**{k: v for k, v in RECORD.items() if "itude" not in k}, "lieu": {"latitude": 15.01, "longitude": -2.95}}
    batch = take(written(tmp_path, json.dumps([nested, {**nested, "id": "A2", "date": "soon"}])))
    assert batch.accepted["source_id"].tolist() == ["A1"]
    assert batch.accepted.geometry.iloc[0].y == 15.01
    assert [(row.row, row.column) for row in batch.quarantined] == [(2, "date")]
    lines = written(tmp_path, f"{json.dumps(RECORD)}\n\n{json.dumps({**RECORD, 'id': 'A2', 'date': 'soon'})}\n")
    assert [row.row for row in take(lines).quarantined] == [3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{json.dumps(RECORD)}\n{{"id": "A2", \n', "line 2: not valid JSON"),
        (json.dumps({"a": [RECORD], "b": [RECORD]}), r"holds no list of records, or several \(a, b\)"),
        (json.dumps([RECORD, 3]), "entry 2 of the list is no record"),
        ("[{", "not valid JSON"),
        (json.dumps([{"a": 1}]), "no format Sira knows"),
    ],
)
def test_json_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        take(written(tmp_path, text))


@pytest.mark.parametrize(
    ("clock", "hour"), [("12:00:00 AM", 0), ("9:05 am", 9), ("12:30 PM", 12), ("11:59:59 p.m.", 23)]
)
def test_hours_of_twelve(tmp_path: Path, clock: str, hour: int) -> None:
    record = {**RECORD, "data_entry_date": f"1/25/2023 {clock}"}
    assert take(written(tmp_path, json.dumps([record]))).accepted["entered_at"].dt.hour.tolist() == [hour]
