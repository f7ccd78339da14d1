"""Coordinates in degrees as people write them: 15.0012, 15,0012, 15°00'04" N, N 15 00.1, 2:57:00 O."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final, Literal

Axis = Literal["longitude", "latitude"]

_LETTERS: Final[dict[str, tuple[Axis, int]]] = {
    "N": ("latitude", 1), "S": ("latitude", -1), "LAT": ("latitude", 0), "Y": ("latitude", 0),
    "E": ("longitude", 1), "W": ("longitude", -1), "LON": ("longitude", 0), "X": ("longitude", 0),
}  # fmt: skip
_UNITS: Final = "°'\""
_DIVISORS: Final = (1, 60, 3600)

_SIXTIETHS: Final = r"(\d{1,2}(?:[.,]\d+)?)"
# Spellings that mean the same are first written one way: letters as N, S, E, W, signs as ° ' ".
_SPELLINGS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), sign)
    for pattern, sign in (
        (r"[\u2212\u2013\u2010\u2011]", "-"),
        (r"(?<=[\d\s°'\"NSEWO])\s*(?:\bet\b|\band\b|&)\s*", " ; "),
        (r"(?<![a-z])([nsewo])\s*[:=]\s*(?=\d)", r"\1 "),
        (r"\blat(?:itude)?\b\.?\s*[:=]?", " LAT "),
        (r"\b(?:lng|long?(?:itude)?)\b\.?\s*[:=]?", " LON "),
        (r"\b([xy])\s*[:=]", r" \1 "),
        (r"(?<=\d)\s*(?:degrés?|degres?|degrees?|deg|d|[\u00ba\u02da\u02c6])(?![a-z])\.?", "°"),
        (r"(?:''|[\u2033\u201c\u201d\u00a8]|\u2019\u2019|\u2032\u2032|\u00b4\u00b4)", '"'),
        (r"(?<=\d)\s*(?:secondes?|seconds?|sec)(?![a-z])\.?", '"'),
        (r"[\u2032\u2019\u2018\u00b4`]", "'"),
        (r"(?<=\d)\s*(?:minutes?|min|mn)(?![a-z])\.?", "'"),
        (r"(?<=\d)\s*m\s*(?=\d)", "'"),
        (r"('\s*\d{1,2}(?:[.,]\d+)?)\s*(?-i:s)(?![a-z])", r'\1"'),
        (r"('\s*\d{1,2}(?:[.,]\d+)?)\s*(?-i:s)(?=[NSEWO])", r'\1"'),
        (r"(?<![a-z])n(?:ord|orth)?(?![a-z])", "N"),
        (r"(?<![a-z])s(?:ud|outh)(?![a-z])", "S"),
        (r"(?<![a-z])(?:est|east|e(?!\d))(?![a-z])|(?-i:E)(?![A-Za-z])", "E"),
        (r"(?<![a-z])(?:ouest|west|w|o)(?![a-z])", "W"),
        (r"(?<=\d)\s*s\s*(?=[NSEW])", '"'),
        (r"(?<![a-z])s(?![a-z])", "S"),
        # 150004N, 0025700W, 1500.072N, 00257.000W: no mark at all, degrees of latitude have two digits.
        (r"(?<![\d.,])(\d{2})(\d{2})(\d{2}(?:[.,]\d+)?)\s*([NS])(?![a-z])", r"\1°\2'" + r'\3"\4'),
        (r"(?<![\d.,])(\d{3})(\d{2})(\d{2}(?:[.,]\d+)?)\s*([EW])(?![a-z])", r"\1°\2'" + r'\3"\4'),
        (r"(?<![a-z])([NS])\s*(\d{2})(\d{2})(\d{2}(?:[.,]\d+)?)(?![\d.,°'\"])", r"\1\2°\3'" + r'\4"'),
        (r"(?<![a-z])([EW])\s*(\d{3})(\d{2})(\d{2}(?:[.,]\d+)?)(?![\d.,°'\"])", r"\1\2°\3'" + r'\4"'),
        (r"(?<![\d.,])(\d{2})(\d{2}[.,]\d+)\s*([NS])(?![a-z])", r"\1°\2'\3"),
        (r"(?<![\d.,])(\d{3})(\d{2}[.,]\d+)\s*([EW])(?![a-z])", r"\1°\2'\3"),
        # 15:00:04, 15-00-04 N, 15 00 04 N, N 15 00 04: colons say it, blanks and hyphens only beside a letter.
        (rf"(\d{{1,3}}):{_SIXTIETHS}:{_SIXTIETHS}", r"\1°\2'" + r'\3"'),
        (rf"(\d{{1,3}}):{_SIXTIETHS}", r"\1°\2'"),
        (rf"(?<![\d.,])(\d{{1,3}})[- ]+{_SIXTIETHS}[- ]+{_SIXTIETHS}\s*([NSEW])", r"\1°\2'" + r'\3"\4'),
        (rf"(?<![\d.,])(?<!\d )(\d{{1,3}})[- ]+{_SIXTIETHS}\s*([NSEW])", r"\1°\2'\3"),
        (rf"([NSEW])\s*(\d{{1,3}})[- ]+{_SIXTIETHS}[- ]+{_SIXTIETHS}(?![\d.,])", r"\1\2°\3'" + r'\4"'),
        (rf"([NSEW])\s*(\d{{1,3}})[- ]+{_SIXTIETHS}(?![\d.,])", r"\1\2°\3'"),
    )
)  # fmt: skip
_NUMBERS: Final = {
    ".": re.compile(r"\d{1,17}(?:\.\d*)?|\.\d+"),
    ".,": re.compile(r"\d{1,17}(?:[.,]\d*(?=\D|$))?|[.,]\d+"),
}
_PLAIN: Final = re.compile(r"([+-]?\d{1,17})(?:[.,](\d*))?(?:[eE]([+-]?\d{1,3}))?")
#: Degrees, minutes and seconds apart by blanks: of one coordinate, not three numbers.
_SPACED: Final = re.compile(r"([+-]?)\s*(\d{1,3})\s+(\d{1,2})\s+(\d{1,2}(?:[.,]\d+)?)")
_WORD: Final = re.compile(r"LAT|LON|[NSEWXY]")


@dataclass(frozen=True, slots=True)
class Angle:
    """One coordinate.

    Attributes
    ----------
    degrees
        East and north are positive.
    half_step
        Half of the last unit that is written, in degrees: the value may be off by that much.
    decimals
        Digits after the mark of plain decimal degrees; None for other writings.
    axis
        What its letter says; None without a letter.
    sided
        It is said which side it is on: plain degrees say it by having no minus sign, others by a letter or sign.
    """

    degrees: float
    half_step: float
    decimals: int | None = None
    axis: Axis | None = None
    sided: bool = True


@dataclass(slots=True)
class _Draft:
    """An angle being read: its numbers with their units, its sign and its letter."""

    numbers: list[str] = field(default_factory=list)
    unit: int = -1  # of the last number: 0 degrees, 1 minutes, 2 seconds; -1 where none was said
    sign: int = 0
    letter: str = ""


def parse_angles(text: str, mark: str = ".,") -> list[Angle]:
    """Return the coordinates that `text` writes, one after the other; empty where any part of it is something else.

    Parameters
    ----------
    mark
        Characters that may stand before decimals: a comma that is none parts numbers.

    Examples
    --------
    >>> [round(angle.degrees, 4) for angle in parse_angles("15°00,072' N ; 2°57'00 Ouest")]
    [15.0012, -2.95]
    >>> [angle.degrees for angle in parse_angles("15,0012, -2,95")]
    [15.0012, -2.95]
    >>> parse_angles("15°75' N"), parse_angles("Douentza")
    ([], [])
    """
    plain = " ".join(text.split())
    for pattern, sign in _SPELLINGS:
        plain = pattern.sub(sign, plain)
    drafts = _drafts(plain.strip(), _NUMBERS[mark])
    angles = [_finish(draft) for draft in drafts] if drafts else []
    return [] if None in angles else [angle for angle in angles if angle is not None]


def parse_angle(text: str) -> Angle | None:
    """Return the one coordinate that `text` writes; None where it writes none, or several."""
    if found := _PLAIN.fullmatch(text.strip()):  # most cells
        number = f"{found[1]}.{found[2] or ''}"
        decimals = len(found[2] or "") - int(found[3] or 0)
        degrees = float(f"{number}e{found[3] or 0}")
        return Angle(degrees, 0.5 * 10.0**-decimals, decimals) if math.isfinite(degrees) else None
    if found := _SPACED.fullmatch(text.strip()):
        text = f"{found[1]}{found[2]}°{found[3]}'{found[4]}\""
    angles = parse_angles(text)
    return angles[0] if len(angles) == 1 else None


def _drafts(text: str, number: re.Pattern[str]) -> list[_Draft] | None:
    drafts = [_Draft()]
    letters_first = _WORD.match(text) is not None
    at = 0
    while at < len(text):
        draft = drafts[-1]
        if text[at] in " ,;/|":
            if text[at] != " " and draft.numbers:
                drafts.append(_Draft())
            at += 1
        elif text[at] in "+-":
            if draft.numbers:
                drafts.append(draft := _Draft())
            if draft.sign:
                return None
            draft.sign, at = (1 if text[at] == "+" else -1), at + 1
        elif found := _WORD.match(text, at):
            names = found[0] not in "NSEW"  # lat, lon, x and y stand before their number, a letter on either side
            if _completes(found[0], draft.letter):
                draft.letter, at = found[0], found.end()
                continue
            if draft.letter or (draft.numbers and (letters_first or names)):
                drafts.append(draft := _Draft())
            draft.letter, at = found[0], found.end()
        elif found := number.match(text, at):
            at = found.end()
            unit = _UNITS.find(text[at]) if at < len(text) else -1
            at += unit >= 0
            _take(drafts, found[0].replace(",", "."), unit)
        else:
            return None
    return [draft for draft in drafts if draft.numbers or draft.letter or draft.sign]


def _completes(letter: str, name: str) -> bool:
    """Tell whether a letter says the side of an axis that is named already: ``Lat 15.0012 N``."""
    return letter in "NSEW" and name != "" and name not in "NSEW" and _LETTERS[letter][0] == _LETTERS[name][0]


def _take(drafts: list[_Draft], number: str, unit: int) -> None:
    """Give a number to the angle it goes on, minutes after degrees and seconds after minutes, or begin the next."""
    draft = drafts[-1]
    goes_on = draft.numbers and draft.unit >= 0 and unit in (-1, draft.unit + 1) and draft.unit < 2
    if draft.numbers and not goes_on:
        drafts.append(draft := _Draft())
    draft.unit = draft.unit + 1 if goes_on else unit
    draft.numbers.append(number)


def _finish(draft: _Draft) -> Angle | None:
    if not 1 <= len(draft.numbers) <= 3 or (len(draft.numbers) == 1 and draft.unit > 0):
        return None
    *whole, last = draft.numbers
    if any("." in part for part in whole) or any(float(part) >= 60 for part in draft.numbers[1:]):
        return None
    axis, side = _LETTERS[draft.letter] if draft.letter else (None, 0)
    if draft.sign < 0 < side:
        return None  # the minus sign and the letter contradict each other
    degrees = sum(float(part) / divisor for part, divisor in zip(draft.numbers, _DIVISORS, strict=False))
    decimals = len(last.partition(".")[2])
    half_step = 0.5 * 10.0**-decimals / _DIVISORS[len(whole)]
    negative = side < 0 or draft.sign < 0
    sided = not whole or bool(draft.sign or side)
    return Angle(-degrees if negative else degrees, half_step, None if whole else decimals, axis, sided)
