"""One total parser per query parameter: any text gives a value or a `ParameterError` that names the parameter.

Parsers know nothing of the web framework; the layers, the map page and the command line share them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import unquote_to_bytes

from api.base.i18n import LANGUAGES, negotiate
from geo.core.errors import ParameterError
from geo.core.messages import message
from geo.core.names import printable
from geo.incidents.schema import APART, HazardType

#: Longest part of a wrong value that an answer repeats.
_SHOWN: Final = 60
_LONGEST_QUERY: Final = 2_000
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
#: Nothing that Sira holds is older; later years are typing errors.
_YEARS: Final = range(1900, 2101)
#: Categories of characters that no text for people needs. Blanks of any width (Zs) are not among them: French has them.
_UNREADABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def parse_query(query: bytes, allowed: Sequence[str], *, longest: int = _LONGEST_QUERY) -> dict[str, str]:
    """Return the parameters of a raw query string, each given at most once, empty ones left out.

    Raises
    ------
    ParameterError
        For a parameter not in `allowed`, one given twice, one that is not percent-encoded UTF-8 or holds control
        characters, and a query of more than `longest` bytes.
    """
    if len(query) > longest:
        raise ParameterError(
            message(
                "The query is too long: {length} bytes, at most {most} expected.",
                length=len(query),
                most=longest,
            ),
            parameter="query",
        )
    found: dict[str, str] = {}
    for part in query.split(b"&"):
        if not part:
            continue
        raw_name, _, raw_value = part.partition(b"=")
        name = _decode(raw_name, "query")
        if name not in allowed:
            culprit = shown(name) or "query"
            raise ParameterError(
                message(
                    "{parameter}: no such parameter here; expected one of {expected}.",
                    parameter=culprit,
                    expected=tuple(allowed),
                ),
                parameter=culprit,
            )
        if name in found:
            raise ParameterError(message("{parameter}: given twice; expected once.", parameter=name), parameter=name)
        found[name] = _decode(raw_value, name)
    return {name: value for name, value in found.items() if value}


def parse_lang(text: str, *, parameter: str = "lang") -> str:
    """Return the language code ``fr`` or ``en``."""
    return parse_choice(text, LANGUAGES, parameter=parameter)


def language(given: Mapping[str, str], accept_language: str | None, default: str) -> str:
    """Return the language asked for: ``lang`` where it is given, else as the request's header prefers."""
    return parse_lang(given["lang"]) if "lang" in given else negotiate(accept_language, default)


def parse_choice(text: str, choices: Sequence[str], *, parameter: str) -> str:
    """Return `text` where it is one of `choices`, case and all."""
    if text not in choices:
        raise ParameterError(
            message(
                "{parameter}: {value} is not known; expected one of {expected}.",
                parameter=parameter,
                value=shown(text),
                expected=tuple(choices),
            ),
            parameter=parameter,
        )
    return text


def parse_date(text: str, *, parameter: str) -> date:
    """Return the date of ``YYYY-MM-DD``, or the first day of the month of ``YYYY-MM``.

    Examples
    --------
    >>> parse_date("2023-07", parameter="start")
    datetime.date(2023, 7, 1)
    """
    match = _DATE.fullmatch(text)
    if match is not None and int(match[1]) in _YEARS:
        try:
            return date(int(match[1]), int(match[2]), int(match[3] or 1))
        except ValueError:
            pass
    raise ParameterError(
        message(
            "{parameter}: {value} is not a date between 1900 and 2100; expected YYYY-MM or YYYY-MM-DD, as in "
            "2023-07 or 2023-07-15.",
            parameter=parameter,
            value=shown(text),
        ),
        parameter=parameter,
    )


def parse_hazards(text: str, *, parameter: str = "hazard") -> tuple[HazardType, ...]:
    """Return the hazard types of a comma-separated list, each once, in the order of the schema.

    ``air_or_indirect_fire`` and ``not_explosive`` (conflict events) stand alone: they are never added to incidents
    with explosive ordnance, nor to each other.

    Examples
    --------
    >>> [hazard.value for hazard in parse_hazards("uxo,ied")]
    ['ied', 'uxo']
    """
    words = text.split(",")
    chosen = [HazardType(parse_choice(word, [h.value for h in HazardType], parameter=parameter)) for word in words]
    if len(set(chosen)) < len(chosen):
        raise ParameterError(
            message(
                "{parameter}: {value} names a type twice; expected each once.", parameter=parameter, value=shown(text)
            ),
            parameter=parameter,
        )
    if len(chosen) > 1 and (alone := [kind.value for kind in APART if kind in chosen]):
        raise ParameterError(
            message(
                "{parameter}: {value} is never added to other types; expected it alone, or types of explosive "
                "ordnance.",
                parameter=parameter,
                value=alone[0],
            ),
            parameter=parameter,
        )
    return in_order(chosen)


def in_order(hazards: Iterable[HazardType]) -> tuple[HazardType, ...]:
    """Return hazard types in the order of the schema, so that equal sets give equal keys."""
    wanted = set(hazards)
    return tuple(hazard for hazard in HazardType if hazard in wanted)


def check_period(start: date | None, end: date | None) -> None:
    """Let pass a half-open period that holds at least one day; raises `ParameterError` naming ``end``."""
    if start is not None and end is not None and start >= end:
        raise ParameterError(
            message(
                "end: {end} is not after the start, {start}; the end itself is not part of the period.",
                start=start,
                end=end,
            ),
            parameter="end",
        )


def shown(text: str) -> str:
    """Return the part of a wrong value that may be repeated: one short line without control characters."""
    visible = printable(text)
    return visible if len(visible) <= _SHOWN else visible[:_SHOWN] + "…"


def _decode(raw: bytes, parameter: str) -> str:
    try:
        if _BROKEN_ESCAPE.search(raw):
            raise ValueError
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except ValueError:
        text = "\0"
    if any(unicodedata.category(character) in _UNREADABLE for character in text):
        raise ParameterError(
            message(
                "{parameter}: the value is not readable text; expected percent-encoded UTF-8 without control "
                "characters.",
                parameter=parameter,
            ),
            parameter=parameter,
        )
    return text
