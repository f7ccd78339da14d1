"""From cells to numbers of people."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_kit import take, take_rows

from geo.incidents import notes
from geo.incidents.schema import VICTIM_COLUMNS
from geo.reading.people import Count, read_count


@pytest.mark.parametrize("cell", ["n/d", "N.D.", "non disponible", "inconnue"])
def test_what_is_not_known_is_empty(tmp_path: Path, cell: str) -> None:
    batch = take_rows(
        tmp_path, ["id", "date", "cercle", "engin", "lat", "lon"], ["1", "2024-03-02", "Douentza", "EEI", cell, cell]
    )
    assert batch.accepted["location_unit"].tolist() == ["cercle-douentza"]


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
