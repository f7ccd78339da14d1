"""From cells to units: a point and the region, cercle and commune that its row names."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_kit import take, take_rows

from geo.core.errors import FileError


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
