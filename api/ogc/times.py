"""Instants and intervals (RFC 3339), as ``datetime`` and filters write them. Dates are UTC."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Final

from api.dependencies import shown
from geo.errors import ParameterError
from geo.messages import message

DAY_S: Final = 86_400
#: With a "T" and no time behind it, as GDAL 3.12 writes a date.
_INSTANT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt](?:(\d{2}:\d{2}:\d{2})(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})?)?)?", re.ASCII
)
_OPEN: Final = ("", "..")


def parse_instant(text: str, *, parameter: str) -> float:
    """Return the seconds since 1970 of a date, which is its beginning, or of a date and time.

    Examples
    --------
    >>> parse_instant("1970-01-02T", parameter="datetime")
    86400.0
    """
    match = _INSTANT.fullmatch(text)
    if match is not None:
        day, time, zone = match.groups()
        try:
            if time is None:
                moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
            else:
                zone = "+00:00" if zone in (None, "Z", "z") else zone
                moment = datetime.fromisoformat(f"{day}T{time}{zone}")
            return moment.timestamp()
        except (ValueError, OverflowError):
            pass
    raise ParameterError(
        message(
            "{parameter}: {value} is not a time; expected a date or a date and time as RFC 3339 writes them, as in "
            "{example}.",
            parameter=parameter,
            value=shown(text),
            example="2023-07-15, 2023-07-15T12:00:00Z",
        ),
        parameter=parameter,
    )


def parse_interval(text: str, *, parameter: str) -> tuple[float, float]:
    """Return first and last instant of an instant or of an interval, whose ends may be open.

    Examples
    --------
    >>> parse_interval("1970-01-02/..", parameter="datetime")
    (86400.0, inf)
    """
    start, is_interval, end = text.partition("/")
    if not is_interval:
        instant = parse_instant(text, parameter=parameter)
        return instant, instant
    return ends(start, end, parameter=parameter)


def ends(start: str, end: str, *, parameter: str) -> tuple[float, float]:
    """Return the two ends of an interval."""
    first = -math.inf if start in _OPEN else parse_instant(start, parameter=parameter)
    last = math.inf if end in _OPEN else parse_instant(end, parameter=parameter)
    if first > last or (first == -math.inf and last == math.inf and start == end == ""):
        raise ParameterError(
            message(
                "{parameter}: {value} is not an interval; expected its beginning before its end, one of which may be "
                "open, as in {example}.",
                parameter=parameter,
                value=shown(f"{start}/{end}"),
                example="2023-01-01/2023-06-30, 2023-01-01/..",
            ),
            parameter=parameter,
        )
    return first, last
