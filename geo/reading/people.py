"""Counts of people as reports write them: numbers, ranges, minima, and words for "not known"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from geo.reading.numbers import MOST_PEOPLE, parse_count, parse_decimal
from geo.reading.text import fold

#: From so many digits on a cell holds a telephone number or an id rather than a count.
_TOO_MANY_DIGITS: Final = 7

_N: Final = r"(\d{1,5})"
#: 1,000 and 1.000 are a thousand to some and one to others.
_THOUSANDS: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_RANGE: Final = re.compile(
    rf"(?:entre|between|de|from)?\s*{_N}\s*(?:-|–|—|à|a|to|et|and|ou|or|/)\s*{_N}\b(?!\s*[-/.]\s*\d).*", re.IGNORECASE
)
_LEAST: Final = re.compile(
    rf"(?:au moins|au minimum|minimum|mini?\.?|at least|>\s*=|≥|\+)\s*{_N}\b.*"
    rf"|{_N}\s*(?:\+|et plus|ou plus|and more|or more|au moins|minimum|mini?\b).*",
    re.IGNORECASE,
)
_MORE: Final = re.compile(rf"(?:plus de|plus que|more than|over|>)\s*{_N}\b.*", re.IGNORECASE)
_VAGUE: Final = re.compile(
    r"(?:~|≈|env(?:iron)?\b|about|around|approx|circa|ca\b|vers|près de|pres de|presque|nearly|almost|quelques?|"
    r"\d+\s*\?|\(\s*\d+\s*\)|<|≤|moins de|less than|fewer than|under|jusqu|up to|au plus|at most|max|"
    r"une? (?:dizaine|vingtaine|trentaine|quinzaine|cinquantaine|centaine)|des (?:dizaines|centaines)|dozens?|tens of|"
    r"hundreds).*",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(rf"{_N}\s*(?:[(*,;]|[a-zà-ÿ]).*", re.IGNORECASE)
_NONE: Final = frozenset({"aucun", "aucune", "zero", "nil", "neant", "nul", "aucun_mort", "aucun_blesse", "no", "non"})
#: Words of one who reports nothing: nobody harmed, or nothing known of it.
_SILENT: Final = frozenset(
    {
        "ras", "r_a_s", "rien_a_signaler", "nr", "n_r", "non_rapporte", "not_reported", "nc", "n_c", "non_communique",
        "non_connu", "pas_connu", "not_known", "nsp", "ne_sait_pas", "plusieurs", "several", "many", "multiple", "some",
        "nombreux", "nombreuses", "beaucoup", "a_preciser", "a_confirmer", "a_verifier", "tbc", "tbd", "en_cours",
        "indetermine", "indeterminee", "unclear", "x", "xx",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """A count of people, None where it is not known; `is_exact` where the cell says just that number."""

    number: int | None
    is_exact: bool = False


def read_count(text: str) -> Count | None:
    """Return the count of a cell that is not blank: a number, the lower bound of what it says, or not known.

    None where the cell is no count at all, or a negative one.

    Examples
    --------
    >>> [read_count(text).number for text in ("2", "1 541", "2-3", "au moins 2", "2+", "> 3", "2 (dont 1 enfant)")]
    [2, 1541, 2, 2, 2, 4, 2]
    >>> [read_count(text) for text in ("RAS", "~5", "1,000", "1.5", "999999")] == [Count(None)] * 5
    True
    >>> read_count("deux"), read_count("-4"), read_count("12/01/2023")
    (None, None, None)
    """
    cell = " ".join(text.split())
    if sum(letter.isdigit() for letter in cell) >= _TOO_MANY_DIGITS:
        return None
    if _THOUSANDS.fullmatch(cell):
        return Count(None)
    number = parse_count(cell)
    if number == number and not cell.startswith("+"):
        return Count(int(number), True) if 0 <= number <= MOST_PEOPLE else Count(None) if number > 0 else None
    if parse_decimal(cell) > 0 and not cell.startswith("+"):
        return Count(None)
    return _in_words(cell)


def _in_words(cell: str) -> Count | None:
    if fold(cell) in _NONE:
        return Count(0)
    if fold(cell) in _SILENT or _VAGUE.fullmatch(cell):
        return Count(None)
    if found := _MORE.fullmatch(cell):
        return Count(int(found[1]) + 1)
    for pattern in (_LEAST, _RANGE, _COUNTED):
        if found := pattern.fullmatch(cell):
            return Count(min(int(number) for number in found.groups() if number is not None))
    return None
