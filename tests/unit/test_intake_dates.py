"""From cells to dates, in many writings."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_kit import take, take_rows

from geo.incidents.dates import Trouble, parse_date
from geo.incidents.loose_dates import Moment


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


@pytest.mark.parametrize(("header", "month"), [("Date (JJ/MM/AAAA)", 2), ("Date (mm/dd/yyyy)", 3)])
def test_a_header_may_say_the_order_of_day_and_month(tmp_path: Path, header: str, month: int) -> None:
    batch = take_rows(tmp_path, ["id", header, "engin", "lat", "lon"], ["1", "03/02/2024", "EEI", "15.12", "-2.95"])
    assert batch.accepted["date"].dt.month.tolist() == [month]


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
