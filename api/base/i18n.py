"""Says a `Message` in French or English, with numbers and dates in the reader's habit.

English is the language of the templates; French comes from the gettext catalogues ``api/i18n/fr/*.po``, one per
domain. ``tests/unit/test_i18n.py`` holds that every template in the source has its French and that both sides have
the same placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import cache
from importlib.resources import files
from numbers import Integral, Real
from types import MappingProxyType
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from geo.core.messages import Days, Message, Said

LANGUAGES: Final = ("fr", "en")

#: Day before month in both languages, as the field writes it.
_LOCALES: Final = MappingProxyType({"fr": Locale("fr"), "en": Locale("en", "GB")})

#: Placeholders that number or name something rather than count it: 2016, not 2 016.
_ORDINALS: Final = ("row", "line", "year", "number", "revision", "port", "status")

_QUALITY: Final = re.compile(
    r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{1,35})?\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def translate(message: Message, lang: str) -> str:
    """Return `message` as a sentence in `lang`.

    Values are written as people do: whole numbers and decimals grouped (years, rows and revisions are not), dates
    in words, nested messages translated, sequences joined by commas. Text is left as it is: escaping belongs to
    whoever puts it into HTML.

    Parameters
    ----------
    message : Message
        What to say. A template without a translation is said in English: messages kept in a store may be of an
        older version than the catalogue; for those in the source a test holds that none is missing.
    lang : {"fr", "en"}
        The reader's language.

    Examples
    --------
    >>> from geo.core.messages import message
    >>> translate(message("{count} rows", count=1541), "en")
    '1,541 rows'
    >>> translate(message("{count} {count:row|rows}", count=1), "en")
    '1 row'
    """
    template = message.template if lang == "en" else catalogue(lang).get(message.template, message.template)
    return template.format_map(
        {name: Said(_say(name, value, lang), is_one=_is_one(value, lang)) for name, value in message.params.items()}
    )


def _is_one(value: object, lang: str) -> bool:
    """Tell whether a number takes the singular: in French all below two do."""
    return isinstance(value, Real) and (abs(float(value)) < 2 if lang == "fr" else value == 1)


def translate_text(text: str, lang: str) -> str:
    """Return the translation of a sentence without placeholders, or `text` itself where the catalogue has none.

    For notes in tables, which may be Sira's own or a file's: a file's are left as they are.
    """
    return text if lang == "en" else catalogue(lang).get(text, text)


def negotiate(accept_language: str | None, default: str = "fr") -> str:
    """Return the language that an ``Accept-Language`` header prefers among `LANGUAGES` (RFC 9110, section 12.5.4).

    Any text gives a language: without a usable preference it is `default`. Ties go to the one named first.

    Examples
    --------
    >>> negotiate("en-GB, fr;q=0.8"), negotiate("de"), negotiate(None, "en")
    ('en', 'fr', 'en')
    """
    best, best_quality = default, 0.0
    for part in (accept_language or "").split(","):
        match = _QUALITY.fullmatch(part)
        if match is None:
            continue
        tag = default if match[1] == "*" else match[1].lower()
        quality = float(match[2]) if match[2] is not None else 1.0
        if tag in LANGUAGES and quality > best_quality:
            best, best_quality = tag, quality
    return best


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """Return template → translation of every domain of `lang`; raises `ValueError` where two domains disagree."""
    found: dict[str, str] = {}
    for file in sorted((files("api") / "i18n" / lang).iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".po"):
            continue
        with file.open("rb") as stream:
            entries = read_po(stream, locale=lang, abort_invalid=True)
        for entry in entries:
            template, translation = str(entry.id), str(entry.string)
            if not template:
                continue
            if found.setdefault(template, translation) != translation:
                raise ValueError(f"{file.name}: {template!r} is translated in two ways")
    return MappingProxyType(found)


def _say(name: str, value: object, lang: str) -> str:
    locale = _LOCALES[lang]
    if isinstance(value, Message):
        return translate(value, lang)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str | bool):
        return str(value)
    if isinstance(value, date):
        return _day(value, lang)
    if isinstance(value, Days):
        return _days(value, lang)
    if isinstance(value, Integral):
        is_ordinal = name in _ORDINALS or name.endswith(tuple(f"_{word}" for word in _ORDINALS))
        return str(int(value)) if is_ordinal else format_decimal(int(value), locale=locale)
    if isinstance(value, Real):
        return format_decimal(float(value), format="#,##0.######", locale=locale)
    if isinstance(value, list | tuple):
        return ", ".join(_say(name, item, lang) for item in value)
    return str(value)


def _day(day: date, lang: str, pattern: str = "long") -> str:
    """Write a day in words. French counts the first of a month, alone."""
    said = format_date(day, format=pattern, locale=_LOCALES[lang])
    return said.replace("1 ", "1er ", 1) if lang == "fr" and day.day == 1 else said


def _days(days: Days, lang: str) -> str:
    """Write "3 août au 1er novembre 2026", for a sentence that goes on from "du"; a year that both share once."""
    first = _day(days.first, lang, "d MMMM" if days.first.year == days.last.year else "long")
    return f"{first} {'au' if lang == 'fr' else 'to'} {_day(days.last, lang)}"
