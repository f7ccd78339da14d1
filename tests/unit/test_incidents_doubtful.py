"""What is probably not what a file means is told: dates exchanged by a spreadsheet, parts beyond their total."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.incidents import Batch
from geo.incidents.dates import exchanged
from geo.incidents.readers import read


def take(path: Path) -> Batch:
    return read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), source="cas")


def days(*cells: datetime | str) -> list[str]:
    return [cell if isinstance(cell, str) else cell.isoformat(sep=" ") for cell in cells]


EARLY = [datetime(2024, 3, 1), datetime(2024, 5, 2), datetime(2024, 12, 2)]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (days(*EARLY, "13/01/2024", "25/01/2024", "14/02/2024"), (3, 3)),
        (days(*EARLY, "01/13/2024", "01/25/2024", "02/14/2024"), (3, 3)),
        (days(*EARLY, datetime(2024, 4, 4), "13/01/2024", "25/01/2024", "14/02/2024"), (3, 3)),  # 4 April is 4 April
        (days(*EARLY, datetime(2024, 3, 20), "13/01/2024", "25/01/2024", "14/02/2024"), None),
        (days(*EARLY, "13/01/2024", "25/01/2024", "04/02/2024"), None),
        (days(*EARLY[:2], "13/01/2024"), None),  # may be chance
        (days(*EARLY * 9), None),
        (["13/01/2024"] * 9, None),
        ([], None),
    ],
)
def test_a_column_divided_by_the_twelfth_day_was_probably_exchanged(
    cells: list[str], found: tuple[int, int] | None
) -> None:
    assert exchanged(cells) == found


def test_a_workbook_whose_dates_were_probably_exchanged_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["ID", "Date", "Cercle", "Latitude", "Longitude", "Engin"])
    for number, day in enumerate([*EARLY, "13/01/2024", "25/01/2024", "14/02/2024"]):
        book.active.append([f"u{number}", day, "Gao", 16.27, -0.04, "EEI"])
    book.save(tmp_path / "mixed.xlsx")
    told = [str(note) for note in take(tmp_path / "mixed.xlsx").notes]
    assert any(
        note.startswith("In the column Date, 3 cells are dates, all of days 1 to 12, and 3 are text") for note in told
    )


def test_parts_beyond_the_total_are_named(tmp_path: Path) -> None:
    path = tmp_path / "parts.csv"
    header = "ID;Date;Cercle;Latitude;Longitude;Engin;Hommes tués;Femmes tuées;Tués;Civils blessés;Blessés\n"
    place = "2024-01-13;Gao;16.2700;-0.0400;EEI"
    path.write_text(f"{header}a;{place};3;2;1;;\nb;{place};3;2;;;\nc;{place};1;;2;4;4\nd;{place};;;;5;4\n")
    batch = take(path)
    assert batch.accepted["killed_total"].tolist()[0] == 1
    assert "In 2 rows those counted by sex, age or standing are more than the total" in str(batch.notes[-1])
    assert "(rows 2, 5)" in str(batch.notes[-1])


def test_a_table_of_a_million_columns_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(";".join(f"c{number}" for number in range(1_000_000)) + "\n1;2\n")
    with pytest.raises(FileError, match="1000000 columns; at most 16384"):
        take(path)


def test_a_table_of_no_known_format_is_told_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "unknown.csv"
    path.write_text('Réf.;"Moment\ndu fait";Cercle;Engin\nR1;2024-01-13;Gao;EEI\n')
    with pytest.raises(FileError, match=r"lacks a column for date.*Réf., Moment du fait, Cercle, Engin"):
        take(path)
