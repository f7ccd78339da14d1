"""Positions on metric grids: MGRS references, and UTM eastings and northings with their zone."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Final

from pyproj import Transformer

from geo.core.crs import STORAGE_CRS
from geo.core.messages import Message, message
from geo.reading.numbers import parse_decimal

_MGRS: Final = re.compile(
    r"(?:MGRS\s*:?\s*)?(\d{1,2}\s*[C-HJ-NP-X]\s*[A-HJ-NP-Z]\s*[A-HJ-NP-V])\s*([\d ]*)", re.IGNORECASE
)
_DIGITS: Final = 5
_ZONE: Final = re.compile(
    r"(?:WGS ?84 ?/? ?)?(?:UTM)?\s*(?:zone|fuseau)?\s*(\d{1,2})\s*([A-Z]|nord|north|sud|south)?", re.IGNORECASE
)
_EPSG: Final = re.compile(r"(?:EPSG:)?32([67])(\d\d)")
_METRES: Final = r"(\d{6,7}(?:[.,]\d+)?|\d{1,3}(?: \d{3}){1,2}(?:[.,]\d+)?)"
_EAST: Final = rf"(?:[EX]\s*[:=]?\s*)?{_METRES}\s*(?:m\s*)?E?"
_NORTH: Final = rf"(?:(?:[NY]|UTM)\s*[:=]?\s*)?{_METRES}\s*(?:m\s*)?N?"
_THOUSANDS: Final = re.compile(r"(\d{1,3}(?:[. ',\u00a0\u202f]\d{3})+)((?<=[ '\u00a0\u202f]\d{3})[.,]\d+)?")
_FEWEST_METRES: Final = 6
_IN_CELL: Final = r"(?:(?:UTM\s*)?(?:(?:zone|fuseau)\s*)?(\d{1,2}\s*[C-HJ-NP-X])|(?:UTM|zone|fuseau)\s*(\d{1,2}))"
_UTM_FIRST: Final = re.compile(rf"{_IN_CELL}[\s,;:/]+{_EAST}[\s,;/]+{_NORTH}", re.IGNORECASE)
_UTM_LAST: Final = re.compile(rf"{_EAST}[\s,;/]+{_NORTH}[\s,;:/(]+{_IN_CELL}\)?", re.IGNORECASE)


def parse_grid(text: str) -> tuple[float, float, float] | None:
    """Return longitude, latitude (degrees, WGS 84) and error in km of an MGRS or UTM reference; None of anything else.

    An MGRS reference is a square: its centre is given, and half its diagonal as the error.

    Examples
    --------
    >>> [round(value, 4) for value in parse_grid("30P UC 123 678")]
    [-4.7535, 15.983, 0.0707]
    >>> [round(value, 4) for value in parse_grid("30N 290000 1658560")]
    [-4.953, 14.9937, 0.0007]
    """
    if found := _MGRS.fullmatch(text):
        return _mgrs(re.sub(r"\s", "", found[1]).upper(), re.sub(r"\s", "", found[2]))
    if found := _UTM_FIRST.fullmatch(text):
        place = parse_utm(found[1] or found[2], found[3], found[4])
    elif found := _UTM_LAST.fullmatch(text):
        place = parse_utm(found[3] or found[4], found[1], found[2])
    else:
        return None
    return None if isinstance(place, Message) else place


def parse_utm(zone: str, easting: str, northing: str) -> tuple[float, float, float] | Message:
    """Return longitude, latitude (degrees, WGS 84) and error in km of a UTM position; a message where it is none.

    A zone without a letter is north of the equator, and so is any band from N on; "S" alone says south.
    """
    x, y = parse_decimal(easting.replace(" ", "")), parse_decimal(northing.replace(" ", ""))
    if not (100_000 <= x < 1_000_000 and 0 <= y <= 10_000_000):
        if 100_000 <= y < 1_000_000 and 0 <= x <= 10_000_000:
            return message(
                "{x}, {y}: easting and northing look exchanged; the easting has six digits, the northing seven.",
                x=easting.strip(),
                y=northing.strip(),
            )
        return message(
            "{x}, {y} are no UTM easting and northing in metres.", x=easting.strip() or "–", y=northing.strip() or "–"
        )
    code = _zone_code(zone.strip())
    if code is None:
        return message("{zone} is no UTM zone; write it as 30N.", zone=zone.strip())
    lon, lat = _from_utm(code).transform(x, y)
    decimals = min(len(re.sub(r"^[^.,]*[.,]?", "", text.strip())) for text in (easting, northing))
    return float(lon), float(lat), math.sqrt(0.5) * 10.0**-decimals / 1_000


def whole_metres(text: str) -> str:
    """Return metres without the marks between their thousands; any other text as it is.

    Examples
    --------
    >>> whole_metres("1.586.218"), whole_metres("434 177,5"), whole_metres("434,177"), whole_metres("14.348")
    ('1586218', '434177,5', '434177', '14.348')
    """
    if found := _THOUSANDS.fullmatch(text.strip()):
        joined = re.sub(r"\D", "", found[1])
        return joined + (found[2] or "") if len(joined) >= _FEWEST_METRES else text
    return text


def _mgrs(square: str, digits: str) -> tuple[float, float, float] | None:
    from mgrs import MGRS  # here, because few files need it
    from mgrs.core import MGRSError

    if len(digits) % 2 or len(digits) > 2 * _DIGITS:
        return None
    try:
        zone, hemisphere, x, y = MGRS().MGRSToUTM(square + digits)
    except MGRSError:
        return None
    lon, lat = _from_utm((32600 if hemisphere == "N" else 32700) + zone).transform(x, y)
    return float(lon), float(lat), math.sqrt(0.5) * 10.0 ** (_DIGITS - len(digits) // 2) / 1_000


def _zone_code(text: str) -> int | None:
    """Return the EPSG code of a zone; None of what is none."""
    if found := _EPSG.fullmatch(text):
        south, number = found[1] == "7", int(found[2])
    elif found := _ZONE.fullmatch(text):
        letter = (found[2] or "N")[0].upper()
        south, number = letter < "N" or letter == "S", int(found[1])
    else:
        return None
    return (32700 if south else 32600) + number if 1 <= number <= 60 else None


@cache
def _from_utm(code: int) -> Transformer:
    return Transformer.from_crs(code, STORAGE_CRS, always_xy=True)
