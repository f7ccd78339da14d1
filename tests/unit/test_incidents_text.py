"""Formulas, control characters, numbers and dates as files write them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from geo.core.errors import FileError
from geo.incidents.dates import Moment, Trouble, first_of, parse_date, parse_dates, settle_order
from geo.incidents.returned import harmless
from geo.reading.numbers import parse_column, parse_count, parse_decimal
from geo.reading.text import control_characters, fold, is_blank, is_formula, visible


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        " =cmd|' /C calc'!A0",
        "@SUM(A1:A2)",
        "+A1",
        "-A1+B2",
        "-2+3",
        "+1*2",
        "-1=1",
        "-cmd|'x'!A0",
        "+HYPERLINK(x)",
        "\t=1",
        "-3&A1",
    ],
)
def test_formulas_are_caught(text: str) -> None:
    assert is_formula(text)
    assert harmless(text).startswith("'")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "+",
        "-4.19",
        "-4,19",
        "-1.5e-3",
        "+223 20 22 33 44",
        "+223-20-22",
        "- two killed",
        "--",
        "-2 morts",
        "a=b",
        "me@example.org",
        "-12 %",
        "-.5",
        "\u2013 tiret",
        "Mopti",
    ],
)
def test_numbers_phones_and_lists_are_no_formulas(text: str) -> None:
    assert not is_formula(text)
    assert harmless(text) == text


def test_what_a_semicolon_would_cut_off_is_harmless_too() -> None:
    assert harmless("deux tués;=cmd|' /C x'!A0;fin") == "deux tués;'=cmd|' /C x'!A0;fin"
    assert harmless("line\n\t@SUM(A1)") == "line\n\t'@SUM(A1)"
    assert harmless("--1+cmd|' /C x'!A0\n- cmd|' /C x'!A0") == "'--1+cmd|' /C x'!A0\n'- cmd|' /C x'!A0"
    assert harmless("line\n- a list\n-- of two") == "line\n- a list\n-- of two"


def test_control_characters_are_found_and_shown() -> None:
    values = pd.Series(["line\nbreak\tand tab", "bell\x07", "over\u202eride", "c1\x85", "\ufeffbom"], dtype=object)
    assert control_characters(values).tolist() == [False, True, True, True, True]
    assert visible("bell\x07") == "bell\\x07"
    assert control_characters(pd.Series(["clean"], dtype=object)).tolist() == [False]


def test_blank_words() -> None:
    assert all(is_blank(word) for word in ("", "  ", "N/A", "Inconnu", "non renseigné", "?"))
    assert not any(is_blank(word) for word in ("0", "-1", "non", "zero"))
    assert fold("Catégorie d’engin") == "categorie_d_engin"


def test_numbers() -> None:
    assert parse_decimal("14,49") == parse_decimal("14.49") == 14.49
    assert parse_decimal("\u22124.19") == -4.19
    assert all(np.isnan(parse_decimal(text)) for text in ("1.234,5", "14°", "1 4", "nan", "0x1", "--4"))
    assert parse_count("1\u202f541") == 1541
    assert np.isnan(parse_count("2,5"))
    numbers, unreadable = parse_column(pd.Series(["3", "", "unknown", "three"]), parse_count)
    assert np.isnan(numbers[1:]).all()
    assert unreadable.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2021-03-25", date(2021, 3, 25), "day"),
        ("2021/3/5", date(2021, 3, 5), "day"),
        ("20210325", date(2021, 3, 25), "day"),
        ("2021-03-25T23:30:00-01:00", date(2021, 3, 26), "day"),
        ("2021-03-25 10:00:00.000", date(2021, 3, 25), "day"),
        ("2021-03", date(2021, 3, 1), "month"),
        ("2021", date(2021, 1, 1), "year"),
        ("25/03/2021", date(2021, 3, 25), "day"),
        ("25.3.2021 08:15", date(2021, 3, 25), "day"),
        ("44650", date(2022, 3, 30), "day"),
        ("44650.75", date(2022, 3, 30), "day"),
        ("25 March 2021", date(2021, 3, 25), "day"),
        ("1er août 2021", date(2021, 8, 1), "day"),
        ("15-Jan-2021", date(2021, 1, 15), "day"),
        ("février 2021", date(2021, 2, 1), "month"),
    ],
)
def test_dates_of_every_form(text: str, day: date, precision: str) -> None:
    moment = parse_date(text, "dmy")
    assert isinstance(moment, Moment)
    assert (moment.at.date(), str(moment.precision)) == (day, precision)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("31/02/2021", Trouble.IMPOSSIBLE),
        ("2021-13-01", Trouble.IMPOSSIBLE),
        ("0000-01-01", Trouble.IMPOSSIBLE),
        ("25/03/21", Trouble.SHORT_YEAR),
        ("last week", Trouble.UNREADABLE),
        ("1640995200", Trouble.UNREADABLE),
        ("99999", Trouble.UNREADABLE),
    ],
)
def test_what_is_no_date(text: str, trouble: Trouble) -> None:
    assert parse_date(text, "dmy") is trouble


def test_seconds_since_1970_only_where_records_were_entered() -> None:
    moment = parse_date("1640995200", None, stamp=True)
    assert isinstance(moment, Moment)
    assert moment.at.isoformat() == "2022-01-01T00:00:00"


def _settle(*texts: str, given: str | None = None) -> tuple[str | None, str]:
    lines = np.arange(2, 2 + len(texts))
    order, note = settle_order({"date": pd.Series(texts, dtype=object)}, lines, "f.csv", given)  # type: ignore[arg-type]
    return order, str(note or "")


def test_the_order_of_day_and_month_is_settled_for_the_file() -> None:
    assert _settle("01/02/2021", "25/03/2021") == (
        "dmy",
        "Dates are read as day/month/year, as row 3 shows: 25/03/2021.",
    )
    assert _settle("01/02/2021", "03/25/2021")[0] == "mdy"
    assert _settle("2021-02-01", "05/05/2021") == (None, "")
    assert _settle("01/02/2021", given="mdy") == ("mdy", "")


def test_an_unsettled_or_contradictory_order_is_refused() -> None:
    with pytest.raises(FileError, match=r"row 2.*01/02/2021"):
        _settle("01/02/2021", "03/04/2021")
    with pytest.raises(FileError, match=r"25/03/2021 in row 3.*03/25/2021 in row 4"):
        _settle("01/02/2021", "25/03/2021", "03/25/2021")


def test_coarser_dates_hold_their_first_day() -> None:
    column = parse_dates(["2021-03-25", "2021-03-25", "2021-03-25"], None)
    cut = first_of(column.at, np.array(["day", "month", "year"], dtype=object))
    assert cut.astype("datetime64[D]").astype(str).tolist() == ["2021-03-25", "2021-03-01", "2021-01-01"]
