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
    rf"(?:au moins|au minimum|minimum|mini?\.?|at least|>\s*=|=\s*>|≥|⩾|\+)\s*{_N}\b.*"
    rf"|{_N}\s*(?:\+|et plus|ou plus|and more|or more|au moins|minimum|mini?\b).*",
    re.IGNORECASE,
)
_MORE: Final = re.compile(rf"(?:plus de|\+ de|plus que|sup[ée]rieure? à|more than|over|>)\s*{_N}\b.*", re.IGNORECASE)
_VAGUE: Final = re.compile(
    r"(?:~|≈|env(?:iron)?\b|about|around|approx|circa|ca\b|vers|près de|pres de|presque|nearly|almost|quelques?|"
    r"\d+\s*\?|\(\s*\d+\s*\)|<|≤|moins de|less than|fewer than|under|jusqu|up to|au plus|at most|max|"
    r"une? (?:dizaine|vingtaine|trentaine|quinzaine|cinquantaine|centaine)|des (?:dizaines|centaines)|dozens?|tens of|"
    r"hundreds|(?:dizaine|douzaine|quinzaine|vingtaine|trentaine|cinquantaine|centaine)s?\b|(?:a )?few\b|a dozen|"
    r"inf[ée]rieur|entre \D|bilan (?!\d)).*",
    re.IGNORECASE,
)
#: What makes a number before it a rough one: "10 environ", "3 approx", "10aine".
_ROUGHLY: Final = re.compile(r"\d+\s*(?:env(?:iron|\.)?|approx|à peu près|about|aine|zaine).*", re.IGNORECASE)
#: Numbers of several groups of people: only their sum would be the count, and it may hold a part of another.
_COUNTED: Final = re.compile(rf"{_N}\s*(?:[(*,;]|[a-zà-ÿ]).*", re.IGNORECASE)
_NONE: Final = re.compile(
    r"(?:aucune?s?|zero|nil|neant|nul|non?|none|nobody|rien|sans|pas_de|pas_d)"
    r"(?:_(?:mort|tue|deces|blesse|victime|perte|personne|casualt(?:y|ies)|victim|killed|injured|wounded|death|fatalit(?:y|ies)"
    r"|injur(?:y|ies))e?s?)?(?:_0)?"
)
_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            "", "un une one", "deux two", "trois three", "quatre four", "cinq five", "six", "sept seven", "huit eight",
            "neuf nine", "dix ten", "onze eleven", "douze twelve", "treize thirteen", "quatorze fourteen",
            "quinze fifteen", "seize sixteen", "", "", "", "vingt twenty",
        )
    )
    for word in words.split()
}  # fmt: skip
#: Words of one who reports nothing: nobody harmed, or nothing known of it.
_SILENT: Final = frozenset(
    {
        "ras", "r_a_s", "rien_a_signaler", "nr", "n_r", "non_rapporte", "not_reported", "nc", "n_c", "non_communique",
        "non_connu", "pas_connu", "not_known", "nsp", "ne_sait_pas", "plusieurs", "several", "many", "multiple", "some",
        "nombreux", "nombreuses", "beaucoup", "a_preciser", "a_confirmer", "a_verifier", "tbc", "tbd", "en_cours",
        "indetermine", "indeterminee", "unclear", "x", "xx", "oui", "yes", "inconnus", "inconnues", "a_determiner",
        "non_precise", "non_precisee", "non_determine", "non_renseigne", "non_renseignee", "non_declare",
        "non_disponible",
        "non_confirme", "not_available", "not_specified", "not_stated", "en_attente", "pending", "pas_d_information",
        "pas_d_info", "aucune_information", "aucune_info", "no_information", "no_info", "bilan_inconnu", "ras_0",
        "tous", "toutes", "all", "indisponible", "ignore", "non_su",
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
    >>> [read_count(text).number for text in ("deux (2)", "aucune victime")]
    [2, 0]
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


def _spelled(parts: list[str]) -> int | None:
    """Return the number that a cell writes in words and in digits: "deux (2)", "05 (cinq)"; words alone are none."""
    numbers = {_NUMBERS[part] for part in parts if part in _NUMBERS}
    digits = {int(part) for part in parts if part.isascii() and part.isdigit()}
    return numbers.pop() if len(numbers) == 1 and numbers == digits else None


def _in_words(cell: str) -> Count | None:
    if fold(cell) in _SILENT or _VAGUE.fullmatch(cell) or _ROUGHLY.fullmatch(cell):
        return Count(None)
    if _NONE.fullmatch(fold(cell)):
        return Count(0)
    if (number := _spelled(fold(cell).split("_"))) is not None:
        return Count(number)
    if found := _MORE.fullmatch(cell):
        return Count(int(found[1]) + 1)
    for pattern in (_LEAST, _RANGE, _COUNTED):
        if found := pattern.fullmatch(cell):
            return Count(min(int(number) for number in found.groups() if number is not None))
    return None
