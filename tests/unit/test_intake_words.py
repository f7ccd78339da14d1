"""From cells to words: devices, outcomes and states of areas, and what teaches an unknown one."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import pytest
from intake_kit import INTAKE, KOBO, SENT, TODAY, take, take_rows

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.provenance import data_path
from geo.hazards.schema import HazardStatus, Method
from geo.incidents.schema import HazardType, Outcome
from geo.reading.word_lists import stem, words


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
