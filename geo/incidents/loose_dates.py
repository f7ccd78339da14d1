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
_ORDINALS: Final[dict[str, str]] = {"pr": "1", "de": "2", "se": "2", "tr": "3", "qu": "4"}
#: What stands around a date and says no other day: an article, the part of the day, the night that it begins.
_AROUND_IT: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kept)
    for pattern, kept in (
        (r"^\(([^()]+)\)$", r"\1"),
        (r"[\s.;,]+$", ""),
        (r"^(?:date|le|the|on|en|in|dans|durant|courant|au cours d[eu]|mois d[e']|month of|ann[ée]e|year)\s*:?\s+"
         r"(?=.*\d)", ""),
        (r"^d[eu']\s*(?=(?:mois|l'ann|ann|[a-zéû]{3,}\.? \d))", ""),
        (r"^(?:la\s+)?(?:nuit|night|matin(?:[ée]e)?|morning|soir(?:[ée]e)?|evening|journ[ée]e|apr[èe]s-midi|afternoon)\s+"
         r"(?:du|de|of|le)\s+(?!.*\d\s*(?:-|au|et|to|and)\s)", ""),
        (r"^(?:la\s+)?nuit\s+(?=du\s)|^(?:the\s+)?night\s+(?=of|from)", ""),
        (r"[\s,]+\(?(?:au |dans la |in the |at )?(?:matin(?:[ée]e)?|morning|soir(?:[ée]e)?|evening|nuit|night|midi|"
         r"noon|apr[èe]s[- ]midi|afternoon|am|pm)\)?$", ""),
        (r"^(?:[àa]\s+)?\d{1,2}\s*(?:h|:)\s*(?:\d{2})?\s*(?:,|le|on)?\s+(?=\d)", ""),
        (r"(?<=\d)\s*([/.-])\s*(?=\d{1,2}\s*\1\s*\d{2,4}$)|(?<=\d)\s*([/.-])\s*(?=\d{4}$|\d{2}$)", r"\1\2"),
        (r"^(\d{1,2}) (\d{1,2}) (\d{4})$", r"\1/\2/\3"),
        (r"\b1\s*er\b", "1"),
        (r"(?<=\d)(?:[èe]me|e)\b", ""),
        (r"(?<=\d)(st|nd|rd|th)?\s+of\s+(?=[a-z])", " "),
        (r"^(\d{1,2})([a-zéû]{3,})\.?(\d{4}|\d{2})$", r"\1-\2-\3"),
        (r"^(\d{2})\d{4}Z?\s*([a-z]{3})\s*(\d{4}|\d{2})$", r"\1-\2-\3"),  # 121430Z JAN 23
        (r"^(\d{4})[\s/.-]([a-zéû]{3,})\.?[\s/.-](\d{1,2})$", r"\3 \2 \1"),
        (r"^(?:[a-z]{3},?\s+)?([a-z]{3,}\s+\d{1,2})\s+\d{1,2}:\d{2}(?::\d{2})?\s+(\d{4})$", r"\1 \2"),
        (r"^([a-zéû]{3,})\.?\s+(\d{1,2})\s*[-–]\s*(\d{1,2}),?\s+(\d{4})$", r"\2-\3 \1 \4"),
        (r"^(premier|deuxi[èe]me|second|troisi[èe]me|quatri[èe]me)(?=\s+(?:trimestre|semestre))",
         lambda found: _ORDINALS[found[1][:2].casefold()]),
    )
)  # fmt: skip
_UNSURE: Final = re.compile(
    r"(.+?)\s*\(?\s*(?:\?|env(?:iron|\.)?|approx(?:imatif|imately|\.)?|à confirmer|tbc)\s*\)?", re.I
)
_WEEK_OF: Final = re.compile(
    r"(?:la\s+)?(?:semaine|sem\.|week)\s+(?:du|of|commençant le|beginning)\s+(?:the\s+)?(.+)", re.I
)
_MONTHS_OF: Final = re.compile(r"([a-zéû]{3,})\.?\s*(?:-|–|/|à|a|au|et|to|and)\s*([a-zéû]{3,})\.?\s+(\d{4})", re.I)
_HALVES: Final = re.compile(
    r"(?P<n>[12])(?:er|e|eme)?_(?:semestre|half)(?:_(?:de|of))?_(?P<y>\d{4})|semestre_(?P<m>[12])_(?P<z>\d{4})"
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
# S1 and S2 may be halves of a year to some and weeks to others: they are none.
_WEEKS: Final = tuple(
    map(
        re.compile,
        (
            r"(?P<y>\d{4})_?(?:w|s(?![12]$))(?P<n>\d{1,2})",
            r"(?:s(?!_?[12]_)|w|semaine|week)_?(?P<n>\d{1,2})_(?P<y>\d{4})",
        ),
    )
)
_MONTH: Final = re.compile(r"(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})")
_DAYS: Final = re.compile(
    r"(?:du|from|entre le|between|of)?\s*(\d{1,2})(?:er)?\s*(?:-|–|à|a|au|et|ou|or|to|and|&|,|/)\s*"
    r"(?:le\s+)?(\d{1,2})([\s/.-].+)",
    re.I,
)
_BETWEEN: Final = re.compile(
    r"\s*(?:-|–|—|/|\bà\b|\bau\b|\bto\b|\bet(?: le)?\b|\band\b|\bou(?: le)?\b|\bor\b|&|\bjusqu'au\b|\buntil\b)\s*", re.I
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
    bare = cell
    for around, kept in _AROUND_IT:
        bare = around.sub(kept, bare)
    if bare != cell and bare.strip():
        return _read(bare, plain)
    for pattern in (_ABOUT, _PART_OF_MONTH, _UNSURE):
        if found := pattern.fullmatch(cell):
            return _about(_read(found[1], plain))
    if found := _WEEK_OF.fullmatch(cell):
        begin = _read(found[1], plain)
        if begin is None or begin.until is not None or begin.precision is not DatePrecision.DAY:
            return begin
        return span(begin.at.date(), begin.at.date() + timedelta(days=6))
    if found := _MONTHS_OF.fullmatch(cell):
        return _months(*(_read(f"{name} {found[3]}", plain) for name in found.groups()[:2]))
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


def _months(first: Moment | None, last: Moment | None) -> Moment | None:
    if first is None or last is None or not first.precision is last.precision is DatePrecision.MONTH:
        return None
    after = (last.at.replace(day=1) + timedelta(days=31)).replace(day=1)
    return span(first.at.date(), after.date() - timedelta(days=1))


def _part_of_year(folded: str) -> Moment | None:
    if found := _HALVES.fullmatch(folded):
        year, second = int(found["y"] or found["z"]), (found["n"] or found["m"]) == "2"
        return span(date(year, 7 if second else 1, 1), date(year, 12, 31) if second else date(year, 6, 30))
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
