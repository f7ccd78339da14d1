"""In which form a route is answered: JSON, GeoJSON, GPX or PDF, by ``f=`` or by what ``Accept`` prefers."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from api.base.problems import FormatError
from api.base.query_parameters import parse_choice
from geo.core.errors import ParameterError


class Format(StrEnum):
    """The forms, as ``f=`` names them."""

    JSON = "json"
    GEOJSON = "geojson"
    GPX = "gpx"
    PDF = "pdf"


MEDIA_TYPES: Final = MappingProxyType(
    {
        Format.JSON: "application/json",
        Format.GEOJSON: "application/geo+json",
        Format.GPX: "application/gpx+xml",
        Format.PDF: "application/pdf",
    }
)
#: Kind of media range → the form it gets; exact types before ranges.
_RANGES: Final = MappingProxyType(
    {**{media: form for form, media in MEDIA_TYPES.items()}, "application/*": Format.JSON, "*/*": Format.JSON}
)


def parse_format(text: str) -> Format:
    """Return the form named `text`; raises `FormatError`."""
    try:
        return Format(parse_choice(text, [each.value for each in Format], parameter="f"))
    except ParameterError as error:
        raise FormatError(error.message) from None


def accepted_format(accept: str | None) -> Format:
    """Return the form that an ``Accept`` header prefers (RFC 9110, section 12.5.1); JSON where it names none of them.

    Examples
    --------
    >>> accepted_format("application/gpx+xml"), accepted_format("application/gpx+xml;q=0.5, application/geo+json")
    (<Format.GPX: 'gpx'>, <Format.GEOJSON: 'geojson'>)
    >>> accepted_format("text/html, */*;q=0.1"), accepted_format(None)
    (<Format.JSON: 'json'>, <Format.JSON: 'json'>)
    """
    best, most = Format.JSON, 0.0
    for part in (accept or "").lower().split(","):
        media, *parameters = (each.strip() for each in part.split(";"))
        weight = next((_weight(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        if media in _RANGES and weight > most:
            best, most = _RANGES[media], weight
    return best


def _weight(text: str) -> float:
    """Return a quality value; what is none counts as not wanted."""
    whole, _, decimals = text.partition(".")
    if whole not in ("0", "1") or len(decimals) > 3 or not (decimals or "0").isdecimal():
        return 0.0
    return min(float(f"{whole}.{decimals or 0}"), 1.0)
