"""Words, numbers and dates as a printed page has them, in French and English; text from elsewhere made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import parse_pattern

from api.base.i18n import translate
from api.bulletin.fonts import face, width_mm
from geo.core.messages import Message, message

#: Narrow no-break space: before ; : ! ? and inside « », and between thousands in French.
THIN: Final = "\u202f"
_ELLIPSIS: Final = "…"
_LOCALES: Final = {"fr": Locale("fr"), "en": Locale("en", "GB")}
_BEFORE: Final = re.compile(r"[ \u00a0](?=[;:!?»])")
_PERCENT: Final = re.compile(r"(?<=\d)[ \u00a0](?=%)")
_AFTER: Final = re.compile(r"(?<=«)[ \u00a0]")
_FIRST: Final = re.compile(
    r"(?<!\d)(?<![\d,.]\u202f)1(?= (?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|"
    r"décembre) \d{4})"
)
_FIRST_RIGHT_TO_LEFT: Final = "\u0590"
_WHOLE: Final = parse_pattern("#,##0")
_TENTHS: Final = parse_pattern("#,##0.#")
_SMALL: Final = parse_pattern("#,##0.######")
_REPLACEMENT: Final = "\ufffd"
#: After the dash between two names, not after that of an interval.
_AFTER_DASH: Final = re.compile(r"(?<=[^\W\d_]–)(?=[^\W\d_])")
#: Characters that a line may not be broken into the middle of a word for, unless a word is longer than its line.
_SPACES: Final = re.compile(" +")


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language, ready to be drawn."""

    lang: str

    def say(self, said: Message) -> str:
        """Return a message as printed text."""
        return self.print(translate(said, self.lang))

    def print(self, text: str) -> str:
        """Return `text` with the spaces of print, in French also its dates, and drawable: see `clean`.

        Examples
        --------
        >>> Words("fr").print("Le 1 mars 2026\u00a0: « rien » ?")
        'Le 1er mars 2026\u202f: «\u202frien\u202f»\u202f?'
        """
        text = _PERCENT.sub(THIN, text)
        if self.lang == "fr":
            text = _AFTER.sub(THIN, _BEFORE.sub(THIN, text))
            text = _FIRST.sub("1er", text)
        return clean(text)

    def number(self, value: float, digits: int = 2) -> str:
        """Write a number with that many significant digits, whole ones in full; rounding must not make a zero.

        Examples
        --------
        >>> Words("fr").number(1234.4), Words("fr").number(0.0456), Words("en").number(3.14159)
        ('1\u202f234', '0,046', '3.1')
        """
        rounded = float(f"{value:.{digits}g}")
        is_whole = abs(rounded) >= 10 ** (digits - 1)
        written: str = _WHOLE.apply(value, self._locale) if is_whole else _SMALL.apply(rounded, self._locale)
        return written

    def count(self, value: float) -> str:
        """Write a count of events, which has decimals where an event is shared out."""
        rounded = round(value, 1)
        if 0 < value < 0.05:
            return self.say(message("under 0.1"))
        written: str = _TENTHS.apply(rounded, self._locale)
        return written

    def percent(self, share: float) -> str:
        """Write a share of 1; neither none nor all where it is not quite that."""
        percent = 100 * share
        if 0 < percent < 1:
            return self.say(message("under 1 %"))
        if 99 < percent < 100:
            return self.say(message("over 99 %"))
        return self.say(message("{percent} %", percent=round(percent)))

    def day(self, day: date) -> str:
        """Write a date.

        Examples
        --------
        >>> Words("fr").day(date(2026, 3, 1)), Words("en").day(date(2026, 3, 1))
        ('1er mars 2026', '1 March 2026')
        """
        return _date(day, "long", self.lang)

    def month(self, day: date, *, short: bool = False) -> str:
        """Write the month of a date."""
        return _date(day.replace(day=1), "MMM y" if short else "MMMM y", self.lang)

    def listed(self, texts: Iterable[str]) -> str:
        """Return texts with semicolons between them, each once."""
        return (f"{THIN}; " if self.lang == "fr" else "; ").join(dict.fromkeys(texts))

    @property
    def _locale(self) -> Locale:
        return _LOCALES[self.lang]


@lru_cache(maxsize=1_024)
def _date(day: date, pattern: str, lang: str) -> str:
    return Words(lang).print(format_date(day, format=pattern, locale=_LOCALES[lang]))


def clean(text: str) -> str:
    """Return `text` as one line that the font can draw.

    White space becomes one space, no-break spaces stay; control and formatting characters, which could turn the text
    around, are left out; what the font lacks becomes a replacement character.

    Examples
    --------
    >>> clean("a\\tb\\n\\u202ec\\x00"), clean("日")
    ('a b c', '\ufffd')
    """
    text = unicodedata.normalize("NFC", text)
    if _plain().issuperset(text):
        return _SPACES.sub(" ", text).strip(" ")
    drawable = face().widths
    kept = []
    for character in text:
        if character in "\t\n\v\f\r\u0085\u2028\u2029":
            kept.append(" ")
        elif unicodedata.category(character) in ("Cc", "Cf"):
            continue
        else:
            kept.append(character if ord(character) in drawable else _REPLACEMENT)
    return _SPACES.sub(" ", "".join(kept)).strip(" ")


@cache
def _plain() -> frozenset[str]:
    """Return what stays as it is: all that the font can draw and that does nothing to the text around it."""
    return frozenset(
        character for character in map(chr, face().widths) if unicodedata.category(character) not in ("Cc", "Cf")
    )


def is_right_to_left(text: str) -> bool:
    """Tell whether `text` holds letters that are written from right to left, which must be joined and turned."""
    return max(text, default="") >= _FIRST_RIGHT_TO_LEFT and any(
        unicodedata.bidirectional(character) in ("R", "AL") for character in text
    )


def shortened(text: str, width: float, size_pt: float, *, bold: bool = False) -> str:
    """Return `text`, or as much of it as fits into `width` mm with an ellipsis."""
    if width_mm(text, size_pt, bold=bold) <= width:
        return text
    left = width - width_mm(_ELLIPSIS, size_pt, bold=bold)
    kept = []
    for character in text:
        left -= width_mm(character, size_pt, bold=bold)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


@lru_cache(maxsize=4_096)
def wrapped(text: str, width: float, size_pt: float, *, bold: bool = False, most: int | None = None) -> tuple[str, ...]:
    """Return `text` in lines of at most `width` mm, broken at spaces and after dashes, a longer word where it must be.

    Parameters
    ----------
    most : int, optional
        Lines at most; the last one then ends with an ellipsis where something is left out.
    """
    space = width_mm(" ", size_pt, bold=bold)
    lines, leads = [""], [""]
    room = width
    for word in text.split(" "):
        for number, piece in enumerate(_pieces(word, width, size_pt, bold=bold)):
            lead = " " if number == 0 and lines[-1] else ""
            needed = width_mm(piece, size_pt, bold=bold)
            if lines[-1] and needed + (space if lead else 0.0) > room:
                lines.append(piece)
                leads.append(lead)
                room = width - needed
            else:
                lines[-1] += lead + piece
                room -= needed + (space if lead else 0.0)
    if most is None or len(lines) <= most:
        return tuple(lines)
    rest = "".join(lead + line for lead, line in zip(leads[most - 1 :], lines[most - 1 :], strict=True)).lstrip(" ")
    return (*lines[: most - 1], shortened(rest, width, size_pt, bold=bold))


def _pieces(word: str, width: float, size_pt: float, *, bold: bool) -> list[str]:
    """Return the parts between which a word may be broken: after a dash, or anywhere where a part has no room."""
    found = []
    for part in _AFTER_DASH.split(word):
        rest = part
        while width_mm(rest, size_pt, bold=bold) > width:
            taken, used = 0, 0.0
            for character in rest:
                used += width_mm(character, size_pt, bold=bold)
                if used > width and taken:
                    break
                taken += 1
            found.append(rest[:taken])
            rest = rest[taken:]
        found.append(rest)
    return found
