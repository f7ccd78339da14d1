"""The XLSForms of data/forms: they convert, are what their sources say, and what they send is read without a map."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from pyxform.xls2xform import convert
from sira_data.forms.build import TITLES, sheets

from geo.boundaries.regions import Boundaries
from geo.core.provenance import data_path
from geo.hazards import reading as areas
from geo.hazards.schema import HazardStatus, Method
from geo.incidents.readers import read
from geo.incidents.schema import DatePrecision, HazardType, LocationPrecision, Outcome

TODAY = dt.date(2026, 6, 1)
#: List of choices → the closed list that it is of, and what a form of one incident in the country does not offer.
CLOSED = {
    "date_precision": (DatePrecision, set()),
    "location_precision": (LocationPrecision, {"country"}),
    "hazard_type": (HazardType, {"several", "not_explosive"}),
    "outcome": (Outcome, set()),
    "status": (HazardStatus, set()),
    "method": (Method, set()),
    "device": (HazardType, {"several", "not_explosive", "air_or_indirect_fire"}),
}
#: Columns that KoBo and ODK Central add to what was asked.
KOBO = {"_id": "7{}", "_uuid": "7e1{}", "_submission_time": "2026-05-20T10:00:00", "meta/rootUuid": "uuid:7e1{}"}
KOBO_POINT = ("_{}_latitude", "_{}_longitude", "_{}_altitude", "_{}_precision")
ODK_POINT = ("{}-Latitude", "{}-Longitude", "{}-Altitude", "{}-Accuracy")
ODK = {"SubmissionDate": "2026-05-20T10:00:00.000Z", "KEY": "uuid:7e1{}", "SubmitterID": "4", "ReviewState": "approved"}


def answers(hazard: str, precision: str) -> dict[str, str]:
    """Return what a person answered, by the names of questions and choices: an incident at Boni, of four people."""
    return {
        "date_incident": "2026-05-17",
        "precision_date": "day",
        "gps": "15.0771 -2.2189 0 6",
        "precision_localisation": precision,
        "rayon_km": "12.5" if precision == "within_km" else "",
        "region": "mopti",
        "cercle": "douentza",
        "commune": "haire",
        "localite": "Boni",
        "type_engin": hazard,
        "nature_incident": "detonation",
        "nb_tues": "1",
        "femmes_tuees": "1",
        "civils_tues": "1",
        "nb_blesses": "3",
        "garcons_blesses": "2",
        "filles_blessees": "0",
        "humanitaires_blesses": "1",
        "commentaire": "Sur la piste, à l'ouest du village.",
    }


def export(
    form: str, given: dict[str, str], language: str | None = None, point: tuple[str, ...] = KOBO_POINT
) -> dict[str, str]:
    """Return an export's cells by header: names of questions and choices, or their words in a language."""
    (head, *questions), (columns, *choices) = sheets(form)["survey"], sheets(form)["choices"]
    words = {(row[0], row[1]): row[columns.index(f"label::{language}")] for row in choices} if language else {}
    found: dict[str, str] = {}
    for question in questions:
        cells = dict(zip(head, question, strict=True))
        header, value = cells[f"label::{language}"] if language else cells["name"], given.get(cells["name"], "")
        if cells["type"] == "geopoint":
            found |= {name.format(header): text for name, text in zip(point, value.split(), strict=True)}
        elif cells["type"] != "note":  # of several choices both write all, with blanks between them
            asked = cells["type"].partition(" ")[2]
            found[header] = " ".join(words.get((asked, each), each) for each in value.split(" "))
    return found


def written(file: Path, rows: Sequence[dict[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return file


@pytest.mark.parametrize("form", TITLES)
def test_it_converts_without_a_warning(form: str) -> None:
    assert convert(data_path(f"forms/{form}.xlsx")).warnings == []


@pytest.mark.parametrize("form", TITLES)
def test_the_workbook_is_what_its_sources_say(form: str) -> None:
    book = openpyxl.load_workbook(data_path(f"forms/{form}.xlsx"), read_only=True)
    held = {each.title: [filled(row) for row in each.iter_rows(values_only=True)] for each in book}
    assert held == {name: [filled(row) for row in rows] for name, rows in sheets(form).items()}


def filled(row: Iterable[object]) -> dict[int, object]:
    return {column: cell for column, cell in enumerate(row) if cell}


def test_they_offer_every_value_of_the_closed_lists() -> None:
    choices = [row for form in TITLES for row in sheets(form)["choices"]]
    for name, (closed, left_out) in CLOSED.items():
        assert {row[1] for row in choices if row[0] == name} == {str(value) for value in closed} - left_out


#: Every device, and every precision.
REPORTED = [(hazard, "exact") for hazard in sorted({*HazardType} - {"several", "not_explosive"})] + [
    ("ied", precision) for precision in sorted({*LocationPrecision} - {"exact", "country"})
]


@pytest.mark.parametrize(
    ("language", "point", "system"),
    [
        (None, KOBO_POINT, KOBO),
        ("Français (fr)", KOBO_POINT, KOBO),
        ("English (en)", KOBO_POINT, KOBO),
        (None, ODK_POINT, ODK),
    ],
)
def test_an_incident_is_read(
    tmp_path: Path, language: str | None, point: tuple[str, ...], system: dict[str, str]
) -> None:
    rows = [
        export("incident", answers(*each), language, point) | {name: value.format(n) for name, value in system.items()}
        for n, each in enumerate(REPORTED)
    ]
    batch = read(written(tmp_path / "export.csv", rows), boundaries=Boundaries.shipped(), today=TODAY, source="Essai")
    assert batch.quarantined == ()
    for row, (hazard, precision) in zip(batch.accepted.to_dict("records"), REPORTED, strict=True):
        check(row, hazard, precision)


def check(row: dict[str, Any], hazard: str, precision: str) -> None:
    assert (row["hazard_type"], row["location_precision"], row["outcome"]) == (hazard, precision, "detonation")
    assert precision != "within_km" or row["location_error_km"] == 12.5
    assert precision != "commune" or row["location_unit"] == "commune-ml050608"
    assert row["date"] == dt.datetime(2026, 5, 17)
    assert row["place_name"] == "Boni"
    assert row["narrative"].startswith("Sur la piste")
    assert (row["killed_total"], row["killed_women"], row["killed_civilian"]) == (1, 1, 1)
    assert (row["injured_total"], row["injured_boys"], row["injured_girls"], row["injured_humanitarian"]) == (
        3,
        2,
        0,
        1,
    )


@pytest.mark.parametrize(
    ("language", "system", "devices"),
    [
        (None, KOBO, "other_explosive ap_mine"),
        (None, ODK, "uxo axo ied"),
        ("Français (fr)", KOBO, "uxo"),
        ("English (en)", KOBO, "av_mine"),
    ],
)
def test_an_area_is_read(tmp_path: Path, language: str | None, system: dict[str, str], devices: str) -> None:
    said = list(zip(HazardStatus, [*Method, *Method], strict=True))
    rows = [
        export("zone", area(n, status, method, devices), language)
        | {name: value.format(n) for name, value in system.items()}
        for n, (status, method) in enumerate(said)
    ]
    file = written(tmp_path / "export.csv", rows)
    batch = areas.read(file, boundaries=Boundaries.shipped(), today=TODAY, source="Essai")
    assert batch.quarantined == ()
    for n, (row, expected) in enumerate(zip(batch.accepted.to_dict("records"), said, strict=True)):
        assert (row["status"], row["method"]) == expected
        assert row["name"] == f"Boni {n}"
        assert set(row["device_categories"].split(";")) == set(devices.split())
        assert row["status_since"] == dt.datetime(2026, 5, 17)
        assert row["geometry"].equals(shapely.MultiPolygon([shapely.box(-2.22, 15.07, -2.21, 15.08 + n / 100)]))
        assert row["area_reported_m2"] == 1_200_000.5
        assert row["source_id"] in (KOBO["_id"].format(n), ODK["KEY"].format(n))


def area(number: int, status: str, method: str, devices: str) -> dict[str, str]:
    """Return what a person answered of an area: a box, its corners as they were touched."""
    north = 15.08 + number / 100
    corners = [(15.07, -2.22), (north, -2.22), (north, -2.21), (15.07, -2.21), (15.07, -2.22)]
    return {
        "nom_zone": f"Boni {number}",
        "statut_zone": status,
        "date_statut": "2026-05-17",
        "contour": ";".join(f"{lat} {lon} 0 0" for lat, lon in corners),
        "engins": devices,
        "methode": method,
        "date_enquete": "2026-05-16",
        "surface_m2": "1200000.5",
    }


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"contour": "15.07 -2.22 0 0;15.08 -2.22 0 0;15.08 -2.21 0 0;15.07 west"}, "a corner of the outline"),
        ({"contour": "15.07 -2.22 0 0;15.08 -2.22 0 0;15.07 -2.22 0 0"}, "2 corners"),
        ({"contour": "15.07 -2.22;15.08 -2.21;15.08 -2.22;15.07 -2.21"}, "Self-intersection"),
        ({"_validation_status": "validation_status_not_approved"}, "rejected in review"),
    ],
)
def test_an_area_that_is_not_right_is_set_aside(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    rows = [
        export("zone", area(0, "suspected", "nts", "ied")) | {"_validation_status": ""} | extra
        for extra in (cells, {"nom_zone": "Autre"})
    ]
    batch = areas.read(
        written(tmp_path / "export.csv", rows), boundaries=Boundaries.shipped(), today=TODAY, source="Essai"
    )
    assert [reason in str(aside.reason) for aside in batch.quarantined] == [True]
    assert list(batch.accepted["name"]) == ["Autre"]
