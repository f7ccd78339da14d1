"""Dates that give a span or no more than "about", and dates with a weekday, a time in words or an English order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from geo.incidents.schema import DatePrecision
from geo.reading.text import fold

#: A span is known to a month if it is no longer than one.
_MONTH_DAYS: Final = 31
#: No date is longer.
_LONGEST: Final = 60

_ABOUT: Final = re.compile(
    r"(?:vers|environ|env\.?|autour|about|around|circa|ca\.?|approx\.?|approximately|~|≈)\s*(?:le|du|la)?\s*(.+)", re.I
)
_PART_OF_MONTH: Final = re.compile(
    r"(?:au\s+)?(?:d[ée]but|mi|fin|milieu|early|mid|late|beginning|end|middle)[\s-]+(?:of\s+|de\s+|d')?(.+)", re.I
)
_TIME: Final = re.compile(
    r"(.+?)[\sT,]+(?:à|a|at|vers)?\s*\d{1,2}\s*(?:h|:|heures?)\s*(?:\d{2})?(?::\d{2})?\s*(?:min|mn|h|am|pm|utc|gmt)?",
    re.I,
)
_WEEKDAY: Final = re.compile(
    r"(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+(?:le\s+)?(\d.+|[a-z].+)", re.I
)
_QUARTERS: Final = tuple(
    map(
        re.compile,
        (
            r"[tq](?P<n>[1-4])_?(?P<y>\d{4})",
            r"(?P<y>\d{4})_?[tq](?P<n>[1-4])",
            r"(?P<n>[1-4])(?:er|e|eme|st|nd|rd|th)?_(?:trimestre|quarter)(?:_(?:de|of))?_(?P<y>\d{4})",
        ),
    )
)
_WEEKS: Final = tuple(
    map(re.compile, (r"(?P<y>\d{4})_?[ws](?P<n>\d{1,2})", r"(?:s|w|semaine|week)_?(?P<n>\d{1,2})_(?P<y>\d{4})"))
)
_MONTH: Final = re.compile(r"(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})")
_DAYS: Final = re.compile(
    r"(?:du|from|entre le|between)?\s*(\d{1,2})(?:er)?\s*(?:-|–|à|a|au|et|to|and|/)\s*(?:le\s+)?(\d{1,2})([\s/.-].+)",
    re.I,
)
_BETWEEN: Final = re.compile(
    r"\s*(?:-|–|—|/|\bà\b|\bau\b|\bto\b|\bet(?: le)?\b|\band\b|\bjusqu'au\b|\buntil\b)\s*", re.I
)
_FROM: Final = re.compile(r"(?:du|from|entre le|entre|between|de)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, perhaps with a time of day (UTC), and how closely it is known.

    Attributes
    ----------
    until
        Last day of a span that begins `at`.
    about
        The cell says "about", or a part of a month.
    written
        The day that the cell writes, where its time zone makes it another one in UTC.
    """

    at: datetime
    precision: DatePrecision
    until: date | None = None
    about: bool = False
    written: date | None = None


def span(first: date, last: date) -> Moment | None:
    """Return the moment of a span of days; None where it ends before it begins."""
    days = (last - first).days
    if days < 0:
        return None
    at = datetime(first.year, first.month, first.day)
    if days == 0:
        return Moment(at, DatePrecision.DAY)
    return Moment(at, DatePrecision.MONTH if days <= _MONTH_DAYS else DatePrecision.YEAR, until=last)


def parse_loose(cell: str, plain: Callable[[str], object]) -> Moment | None:
    """Return the moment of a cell that `plain` (`geo.incidents.dates.parse_date`) does not read as it stands.

    Examples
    --------
    >>> from functools import partial
    >>> from geo.incidents.dates import parse_date
    >>> read = partial(parse_loose, plain=partial(parse_date, order="dmy"))
    >>> read("12-14/01/2023").until, read("T1 2023").until, read("2023-W02").until
    (datetime.date(2023, 1, 14), datetime.date(2023, 3, 31), datetime.date(2023, 1, 15))
    >>> read("vers le 12/01/2023").about, read("2023-01-12 à 14h").at.day, read("plus tard")
    (True, 12, None)
    """
    if len(cell) > _LONGEST:
        return None
    for pattern in (_ABOUT, _PART_OF_MONTH):
        if found := pattern.fullmatch(cell):
            return _about(_read(found[1], plain))
    for pattern in (_WEEKDAY, _TIME):
        if found := pattern.fullmatch(cell):
            return _read(found[1], plain)
    if found := _MONTH.fullmatch(cell):
        return _read(f"{found['y']}-{found['m']}", plain)
    return _part_of_year(fold(cell)) or _span_of(cell, plain)


def _read(text: str, plain: Callable[[str], object]) -> Moment | None:
    found = plain(text.strip())
    return found if isinstance(found, Moment) else None


def _about(found: Moment | None) -> Moment | None:
    if found is None:
        return None
    precision = DatePrecision.MONTH if found.precision is DatePrecision.DAY else found.precision
    return replace(found, precision=precision, about=True)


def _part_of_year(folded: str) -> Moment | None:
    if found := next(filter(None, (pattern.fullmatch(folded) for pattern in _QUARTERS)), None):
        year, last = int(found["y"]), 3 * int(found["n"])
        after = date(year + last // 12, last % 12 + 1, 1)
        return span(date(year, last - 2, 1), after - timedelta(days=1))
    if found := next(filter(None, (pattern.fullmatch(folded) for pattern in _WEEKS)), None):
        try:
            monday = date.fromisocalendar(int(found["y"]), int(found["n"]), 1)
        except ValueError:
            return None
        return span(monday, monday + timedelta(days=6))
    return None


def _span_of(cell: str, plain: Callable[[str], object]) -> Moment | None:
    if found := _DAYS.fullmatch(cell):
        ends = [_read(f"{day}{found[3]}", plain) for day in (found[1], found[2])]
        if ends[0] is not None and ends[1] is not None:
            return span(ends[0].at.date(), ends[1].at.date())
    text = _FROM.sub("", cell, count=1) if _FROM.match(cell) else cell
    for cut in _BETWEEN.finditer(text):
        first, last = _read(text[: cut.start()], plain), _read(text[cut.end() :], plain)
        if first is not None and last is not None and first.precision == last.precision == DatePrecision.DAY:
            return span(first.at.date(), last.at.date())
    return None
