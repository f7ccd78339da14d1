"""Dates as files write them. The order of day and month is settled once for a file, never row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.incidents.loose_dates import Moment, parse_loose
from geo.incidents.schema import DatePrecision
from geo.reading.text import fold, is_blank

Order = Literal["dmy", "mdy"]


class Trouble(StrEnum):
    """Why a cell is not a date."""

    UNREADABLE = "unreadable"
    IMPOSSIBLE = "impossible"
    SHORT_YEAR = "short_year"


_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february feb fevrier fevr fev",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil juill",
            "august aug aout",
            "september sep sept septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}

_TIME: Final = (
    r"(?:[T ]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"\s*(?P<tz>Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
)
_ISO: Final = re.compile(r"(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2})" + _TIME + ")?)?")
_COMPACT: Final = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_NUMERIC: Final = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + _TIME)
_SERIAL: Final = re.compile(r"(?P<day>\d{5})(?:[.,](?P<fraction>\d+))?")
_UNIX: Final = re.compile(r"\d{9,10}(?:\.0*)?")
_MONTH_FIRST: Final = re.compile(r"(?P<name>[a-z]+)_(?P<d>\d{1,2})(?:st|nd|rd|th)?_(?P<y>\d{4})")
_WRITTEN: Final = re.compile(r"(?<!\d)(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})(?!\d)")
_NAMED: Final = re.compile(r"(?:(?P<d>\d{1,2})(?:er|st|nd|rd|th)?_)?(?P<name>[a-z]+)_(?P<y>\d{4})")
#: How a spreadsheet shows a day or month by default, once the cell is text: ``12-janv-23``, ``mars-22``.
_SHOWN: Final = re.compile(r"(?:(?P<d>\d{1,2})[-/. ])?(?P<name>[^\W\d_]+)\.?[-/](?P<y>\d{2})")
_SHOWN_APART: Final = re.compile(r"(?P<d>\d{1,2})[- ](?P<name>[^\W\d_]+)\.? (?P<y>\d{2})")
#: Names of months that are French alone: who writes them writes day before month in numbers, too.
_FRENCH: Final = re.compile(
    r"(?:^|[^a-z])\d{1,2}(?:er)?[\s/.-]+(?:janvier|janv|f[eé]vrier|f[eé]vr|f[eé]v|mars|avril|avr|mai|juin|juillet|juil|juill|"
    r"ao[uû]t|septembre|octobre|novembre|d[eé]cembre|d[eé]c)(?![a-z])",
    re.IGNORECASE,
)

_HEADER_ORDER: Final = re.compile(
    r"(?:^|_)(?:(?P<d>(?:jj|dd|j|d|jour|day)_(?:mm|m|mois|month))|(?P<m>(?:mm|m|mois|month)_(?:jj|dd|j|d|jour|day)))_"
    r"(?:aaaa|aa|yyyy|yy|a|y|annee|year)(?:_|$)"
)
#: How the cell of a workbook that is a date reads as text.
_OF_WORKBOOK: Final = re.compile(r"\d{4}-(?P<m>\d{2})-(?P<d>\d{2}) 00:00:00")
#: Share of days that are no later than the 12th; how unlikely a division of a column by it must be to be told.
_EARLY: Final = 12 / 30.4
_RARE: Final = 0.02
#: Day 0 of a spreadsheet's serial dates (the 1900 system, which counts a 29 February 1900 that never was).
_SERIAL_ZERO: Final = datetime(1899, 12, 30)
_SERIALS: Final = range(20_000, 80_000)  # 1954 to 2119; a shorter number is a year, a longer one something else


def parse_date(text: str, order: Order | None, *, stamp: bool = False, short: bool = False) -> Moment | Trouble | None:
    """Read one cell.

    Parameters
    ----------
    text
        ISO (to the day, month or year, with or without a time), compact ISO, day and month by number in `order`,
        day and month by name (English or French), a spreadsheet's serial number; a span, a week, a quarter, "about"
        (`geo.incidents.loose_dates`).
    order
        Order of day and month by number; None only where every such date of the file reads the same in both.
    stamp
        Also read seconds since 1970 (columns that say when a record was entered).
    short
        Also read numbers with a year of two digits, in `order`: the file, or a person, says that it is the order.

    Returns
    -------
    The moment; the trouble with the cell; or None where the cell is blank.

    Examples
    --------
    >>> parse_date("25/03/2021", "dmy").at.date().isoformat()
    '2021-03-25'
    >>> parse_date("mars 2021", None).precision
    <DatePrecision.MONTH: 'month'>
    >>> parse_date("31/02/2021", "dmy")
    <Trouble.IMPOSSIBLE: 'impossible'>
    """
    if is_blank(text):
        return None
    cell = text.strip()
    if not cell.isascii() and not cell[0].isdigit() and not cell[0].isalpha():
        return Trouble.UNREADABLE
    if found := _ISO.fullmatch(cell) or _COMPACT.fullmatch(cell):
        return _build(found["y"], found["m"], found["d"], found.groupdict())
    if found := _NUMERIC.fullmatch(cell):
        year = found["y"]
        if len(year) == 2:
            if not short or order is None:
                return Trouble.SHORT_YEAR
            year = str(_century(int(year)))
        day, month = (found["b"], found["a"]) if order == "mdy" else (found["a"], found["b"])
        return _build(year, month, day, found.groupdict())
    if found := _SERIAL.fullmatch(cell):
        if int(found["day"]) not in _SERIALS:
            return Trouble.UNREADABLE
        seconds = round(float(f"0.{found['fraction'] or 0}") * 86_400)
        return Moment(_SERIAL_ZERO + timedelta(days=int(found["day"]), seconds=seconds), DatePrecision.DAY)
    if stamp and _UNIX.fullmatch(cell):
        return Moment(datetime(1970, 1, 1) + timedelta(seconds=int(float(cell))), DatePrecision.DAY)
    for pattern in (_NAMED, _MONTH_FIRST):
        if (found := pattern.fullmatch(fold(cell))) and found["name"] in _MONTHS:
            return _build(found["y"], str(_MONTHS[found["name"]]), found["d"], {})
    if (found := _shown(cell)) is not None:
        return _build(str(_century(int(found["y"]))), str(_MONTHS[fold(found["name"])]), found["d"], {})
    return parse_loose(cell, partial(parse_date, order=order, short=short)) or Trouble.UNREADABLE


def is_shown_short(text: str) -> bool:
    """Tell whether a date is written as a spreadsheet shows it, with a month's name and a year of two digits."""
    return _shown(text.strip()) is not None


def _shown(cell: str) -> re.Match[str] | None:
    found = _SHOWN.fullmatch(cell) or _SHOWN_APART.fullmatch(cell)
    return found if found is not None and fold(found["name"]) in _MONTHS else None


def is_short(text: str) -> bool:
    """Tell whether a date is written in numbers, with a year of two digits."""
    found = _NUMERIC.fullmatch(text.strip())
    return found is not None and len(found["y"]) == 2


def _century(year: int) -> int:
    """Return the year that spreadsheets take two digits for."""
    return year + (2000 if year < 30 else 1900)


def _build(year: str, month: str | None, day: str | None, rest: Mapping[str, str | None]) -> Moment | Trouble:
    precision = DatePrecision.YEAR if month is None else DatePrecision.MONTH if day is None else DatePrecision.DAY
    try:
        at = datetime(
            int(year), int(month or 1), int(day or 1), _hour(rest), int(rest.get("mi") or 0),
            int(rest.get("s") or 0),
        )  # fmt: skip
        written = at.date()
        zone = rest.get("tz") or "Z"
        if zone[0] in "+-":
            hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
            at -= (1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)
    except (ValueError, OverflowError):
        return Trouble.IMPOSSIBLE
    return Moment(at, precision, written=written if written != at.date() else None)


def _hour(rest: Mapping[str, str | None]) -> int:
    """Return the hour of 24; ``12 AM`` is midnight, ``12 PM`` noon."""
    hour, half = int(rest.get("h") or 0), (rest.get("half") or "").casefold()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of twelve")
    return hour % 12 + (12 if half == "p" else 0)


def settle_order(
    columns: Mapping[str, pd.Series], lines: NDArray[np.int64], file: str, given: Order | None
) -> tuple[Order | None, Message | None]:
    """Settle the order of day and month for the whole file from its unambiguous dates.

    Parameters
    ----------
    columns
        Header → text, all date columns of the file.
    given
        The order a person stated; it wins, and a date that contradicts it is set aside later as impossible.

    Returns
    -------
    order, note
        None, None where no date needs an order.

    Raises
    ------
    FileError
        The dates contradict each other, or every one of them could be read both ways.
    """
    if given is not None:
        return given, None
    stated = [order for header in columns if (order := _stated_order(header))]
    if stated and set(stated) == {stated[0]}:
        return stated[0], None
    seen: dict[str, tuple[int, str, str]] = {}  # "dmy", "mdy", "either", "short", "french" → line, header, text
    for header, values in columns.items():
        codes, texts = pd.factorize(values)
        for code, text in enumerate(texts):
            kind = _evidence(text)
            if kind:
                line = int(lines[np.flatnonzero(codes == code)[0]]) if kind not in seen else 0
                seen.setdefault(kind, (line, header, text))
    if "dmy" in seen and "mdy" in seen:
        day_first, month_first = seen["dmy"], seen["mdy"]
        raise FileError(
            message(
                "{file}: the order of day and month contradicts itself: {first} in row {first_row} can only be "
                "day/month, {second} in row {second_row} only month/day. Write the dates as YYYY-MM-DD, or state the "
                "order.",
                file=file,
                first=day_first[2],
                first_row=day_first[0],
                second=month_first[2],
                second_row=month_first[0],
            ),
            file=file,
        )
    for order in ("dmy", "mdy"):
        if order in seen:
            line, _, text = seen[order]
            template = (
                message("Dates are read as day/month/year, as row {row} shows: {text}.", row=line, text=text)
                if order == "dmy"
                else message("Dates are read as month/day/year, as row {row} shows: {text}.", row=line, text=text)
            )
            return ("dmy" if order == "dmy" else "mdy"), template
    if seen.keys() & {"either", "short"} and "french" in seen:
        line, _, text = seen["french"]
        return "dmy", message("Dates are read as day/month/year, as row {row} shows: {text}.", row=line, text=text)
    if "either" in seen:
        line, header, text = seen["either"]
        raise FileError(
            message(
                "{file}: every date could be day/month or month/day (row {row}, column {column}: {text}). State the "
                "order with --date-order dmy or --date-order mdy, or write the dates as YYYY-MM-DD.",
                file=file,
                row=line,
                column=header,
                text=text,
            ),
            file=file,
        )
    return None, None


def _stated_order(header: str) -> Order | None:
    """Return the order that a header says: ``Date (JJ/MM/AAAA)``."""
    found = _HEADER_ORDER.search(fold(header))
    return None if found is None else "mdy" if found["m"] else "dmy"


def _evidence(text: str) -> str:
    found = _NUMERIC.fullmatch(text.strip()) or _WRITTEN.search(text)
    if not found:
        return "french" if _FRENCH.search(text) else ""
    if len(found["y"]) == 2:
        return "short"
    first, second = int(found["a"]), int(found["b"])
    if first == second:
        return ""  # 05.05.2021 reads the same both ways
    if first > 12:
        return "dmy" if second <= 12 else ""
    return "mdy" if second > 12 else "either"


def exchanged(texts: Iterable[str]) -> tuple[int, int] | None:
    """Tell whether a spreadsheet has probably exchanged day and month in a part of a column.

    One that reads month/day makes 03/01/2024 a date, of 1 March, and leaves 13/01/2024 as text; so a column whose dates
    are all of days 1 to 12, and whose texts are all of later days, was probably written day/month. And vice versa.

    Returns
    -------
    How many cells are dates that may be exchanged, and how many are text; None where that may well be chance.
    """
    dates: list[tuple[int, int]] = []
    written: list[tuple[int, int]] = []
    for text in texts:
        if found := _OF_WORKBOOK.fullmatch(text.strip()):
            dates.append((int(found["d"]), int(found["m"])))
        elif found := _NUMERIC.fullmatch(text.strip()):
            written.append((int(found["a"]), int(found["b"])))
    telling = sum(day != month for day, month in dates)
    later = all(one > 12 >= other for one, other in written) or all(other > 12 >= one for one, other in written)
    if not later or any(day > 12 for day, _ in dates):
        return None
    is_chance = _EARLY**telling * (1 - _EARLY) ** len(written) > _RARE
    return None if not telling or not written or is_chance else (telling, len(written))


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A parsed column: seconds-precise datetimes (NaT where blank or bad), precision, trouble and moment per cell."""

    at: NDArray[np.datetime64]
    precision: NDArray[np.object_]
    trouble: NDArray[np.object_]
    moments: NDArray[np.object_]


def parse_dates(values: Iterable[str], order: Order | None, *, stamp: bool = False) -> DateColumn:
    """Read a text column, each distinct text once, also years of two digits where the order is known."""
    codes, texts = pd.factorize(pd.Series(values, dtype=object))
    moments = [parse_date(text, order, stamp=stamp, short=True) for text in texts]
    at = np.array(
        [np.datetime64(m.at, "s") if isinstance(m, Moment) else np.datetime64("NaT", "s") for m in moments],
        dtype="datetime64[s]",
    )
    precision = np.array([str(m.precision) if isinstance(m, Moment) else None for m in moments], dtype=object)
    trouble = np.array([m if isinstance(m, Trouble) else None for m in moments], dtype=object)
    read = np.empty(len(moments), dtype=object)
    read[:] = moments
    return DateColumn(at[codes], precision[codes], trouble[codes], read[codes])


def first_of(at: NDArray[np.datetime64], precision: NDArray[np.object_]) -> NDArray[np.datetime64]:
    """Cut dates to the first day of the day, month or year that `precision` gives."""
    days = at.astype("datetime64[D]")
    by_month = precision == DatePrecision.MONTH.value
    by_year = precision == DatePrecision.YEAR.value
    result = days.copy()
    result[by_month] = days[by_month].astype("datetime64[M]").astype("datetime64[D]")
    result[by_year] = days[by_year].astype("datetime64[Y]").astype("datetime64[D]")
    return result.astype("datetime64[s]")


#: Nothing is imported from before this day; such a date is a slip of the pen.
EARLIEST: Final = date(1900, 1, 1)
