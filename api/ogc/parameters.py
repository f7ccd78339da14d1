"""What the items of a collection may be asked: one total parser per parameter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from api.base.query_parameters import parse_choice, parse_lang, parse_query, shown
from api.collections.fields import Field, FieldType
from api.collections.negotiation import FORMATS
from api.collections.registry import Collection
from api.ogc.cql import LANGUAGES as FILTER_LANGUAGES
from api.ogc.cql import parse_filter
from api.ogc.crs import CRS84, parse_bbox, parse_crs
from api.ogc.paging import Cursor, Sort, parse_cursor
from geo.core.errors import ParameterError
from geo.core.messages import message

#: Features in a page where nothing else is asked for, and at most. QGIS takes its page size from these: so large that
#: a layer of some thousand features is a few requests.
DEFAULT_LIMIT: Final = 2_000
MOST: Final = 10_000
#: In a page for people.
HTML_LIMIT: Final = 25

PARAMETERS: Final = (
    "f",
    "lang",
    "limit",
    "bbox",
    "bbox-crs",
    "datetime",
    "crs",
    "filter",
    "filter-lang",
    "filter-crs",
    "sortby",
    "cursor",
)
_LONGEST: Final = 16_000
_TRUTHS: Final = {"true": True, "false": False}
#: On the largest integer in JSON that every reader keeps exactly.
_MOST_NUMBER: Final = 2.0**53

DAY_S: Final = 86_400
#: With a "T" and no time behind it, as GDAL 3.12 writes a date.
_INSTANT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt](?:(\d{2}:\d{2}:\d{2})(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})?)?)?", re.ASCII
)
_OPEN: Final = ("", "..")


@dataclass(frozen=True, slots=True, eq=False)
class ItemsQuery:
    """One question for the items of a collection. `area` is in lon, lat; `time` are seconds since 1970."""

    limit: int | None
    crs: str
    area: Any = None
    time: tuple[float, float] | None = None
    filter: Any = None
    filter_crs: str = CRS84
    equal: tuple[tuple[str, str | float | bool], ...] = ()
    sorts: tuple[Sort, ...] = ()
    cursor: Cursor | None = None


def parse_items_query(query: bytes, collection: Collection) -> ItemsQuery:
    """Return the question that a raw query string asks; raises `ParameterError` naming the parameter."""
    fields = {field.name: field for field in collection.fields}
    given = given_parameters(query, (*PARAMETERS, *fields))
    bbox_crs = parse_crs(given["bbox-crs"], parameter="bbox-crs") if "bbox-crs" in given else CRS84
    return ItemsQuery(
        limit=parse_limit(given["limit"]) if "limit" in given else None,
        crs=parse_crs(given["crs"], parameter="crs") if "crs" in given else CRS84,
        area=parse_bbox(given["bbox"], bbox_crs) if "bbox" in given else None,
        time=parse_interval(given["datetime"], parameter="datetime") if "datetime" in given else None,
        filter=parse_filter(given.get("filter"), given.get("filter-lang", FILTER_LANGUAGES[0])),
        filter_crs=parse_crs(given["filter-crs"], parameter="filter-crs") if "filter-crs" in given else CRS84,
        equal=tuple((name, parse_value(fields[name], text)) for name, text in given.items() if name in fields),
        sorts=parse_sortby(given["sortby"], fields) if "sortby" in given else (),
        cursor=parse_cursor(given["cursor"]) if "cursor" in given else None,
    )


def given_parameters(query: bytes, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters of a raw query string, ``f`` and ``lang`` checked; unknown ones are an error."""
    given = parse_query(query, allowed, longest=_LONGEST)
    if "f" in given:
        parse_choice(given["f"], FORMATS, parameter="f")
    if "lang" in given:
        parse_lang(given["lang"])
    return given


def parse_limit(text: str) -> int:
    """Return the number of features asked for, at most `MOST`: more is not wrong, and gets as many as there are."""
    if text.isascii() and text.isdigit() and len(text) < 16 and int(text) > 0:
        return min(int(text), MOST)
    raise ParameterError(
        message(
            "limit: {value} is not a number of features; expected a whole number from 1 to {most}.",
            value=shown(text),
            most=MOST,
        ),
        parameter="limit",
    )


def parse_sortby(text: str, fields: dict[str, Field]) -> tuple[Sort, ...]:
    """Return the columns to order by: names separated by commas, a minus before those that descend."""
    sorts = []
    for part in text.split(","):
        # A plus sign in an address reads as a space.
        is_descending, name = part.startswith("-"), part.lstrip(" ").removeprefix("-").removeprefix("+")
        sorts.append(Sort(parse_choice(name, tuple(fields), parameter="sortby"), is_descending))
    if len({sort.name for sort in sorts}) < len(sorts):
        raise ParameterError(
            message("sortby: {value} names a property twice; expected each once.", value=shown(text)),
            parameter="sortby",
        )
    return tuple(sorts)


def parse_value(field: Field, text: str) -> str | float | bool:
    """Return the value that a property has to have; a date as seconds since 1970."""
    if field.type is FieldType.STRING:
        return parse_choice(text, field.choices, parameter=field.name) if field.choices else text
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return parse_instant(text, parameter=field.name)
    if field.type is FieldType.BOOLEAN:
        return _TRUTHS[parse_choice(text, tuple(_TRUTHS), parameter=field.name)]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) > _MOST_NUMBER:
        raise ParameterError(
            message("{parameter}: {value} is not a number.", parameter=field.name, value=shown(text)),
            parameter=field.name,
        )
    return number


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
    return parse_ends(start, end, parameter=parameter)


def parse_ends(start: str, end: str, *, parameter: str) -> tuple[float, float]:
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
