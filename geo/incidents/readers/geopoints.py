"""Which position of a form is the event's: never the interviewer's, and of two of a kind none before a person says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from geo.core.errors import FileError
from geo.core.messages import message
from geo.incidents.raw import Table
from geo.reading.coordinates import AROUND, Position, parse_position
from geo.reading.links import Link, parse_link
from geo.reading.text import fold, is_blank

#: KoBo splits a geopoint question GPS into _GPS_latitude, _GPS_longitude, _GPS_altitude, _GPS_precision.
_PART: Final = re.compile(r"_(.*)_(latitude|longitude|precision)")
_FIELDS: Final = {"latitude": "latitude", "longitude": "longitude", "precision": "accuracy_m"}
#: Words in the name of a question that asks where the form is filled in.
_INTERVIEWER: Final = frozenset(
    {
        "start", "end", "debut", "fin", "geolocation", "interviewer", "interview", "enumerator", "surveyor",
        "enqueteur", "enqueteuse", "enqueteurs", "enquete", "agent", "moniteur", "saisie", "device",
    }
)  # fmt: skip
_WHOLE: Final = ("geopoint", "gps", "coordinates", "coordonnees", "location_gps")
#: Cells of a column that are looked at, and digits that a position has at least.
_LOOKED_AT: Final = 50
_FEWEST_DIGITS: Final = 5
#: Numbers that are mostly written less finely may be anything else.
_COARSEST_KM: Final = 1.0
_ELSEWHERE: Final = ("geopoint", "easting", "commune", "cercle", "region")


def event_position(folded: Table, header: Sequence[str], chosen: Mapping[str, int]) -> dict[str, int]:
    """Return field → column of the one geopoint question that may be the event's, beyond what is `chosen` by name.

    Raises
    ------
    FileError
        Several questions hold positions, or the only one is where the interviewer stood and no unit is named.
    """
    parts: dict[str, dict[str, int]] = {}
    for position, name in enumerate(header):
        if found := _PART.fullmatch(name.rsplit("/", 1)[-1].strip().casefold()):
            parts.setdefault(found[1], {})[_FIELDS[found[2]]] = position
    points = {stem: fields for stem, fields in parts.items() if {"latitude", "longitude"} <= set(fields)}
    split = {fields["latitude"] for fields in points.values()}
    if "latitude" in chosen and chosen["latitude"] not in split:
        return {}
    own = {stem: fields for stem, fields in points.items() if not _is_interviewers(stem)}
    whole = [name for name in _WHOLE if name in folded.header]
    names = list(dict.fromkeys([*map(fold, own), *whole]))
    if len(names) > 1:
        raise _several(folded, names)
    if points and not names and not set(_ELSEWHERE) & set(chosen):
        raise FileError(
            message(
                "{file} says only where the form was filled in ({columns}), which is not where the event was. If it "
                "is, say so in a column map (--map FILE.toml).",
                file=folded.file,
                columns=", ".join(points),
            ),
            file=folded.file,
        )
    return next(iter(own.values()), {})


def _several(table: Table, names: Sequence[str]) -> FileError:
    return FileError(
        message(
            "{file} holds several positions of each row ({columns}): a column map (--map FILE.toml) says which is "
            "the event's.",
            file=table.file,
            columns=", ".join(names),
        ),
        file=table.file,
    )


def _is_interviewers(stem: str) -> bool:
    return bool(_INTERVIEWER.intersection(fold(stem).split("_")))


def position_by_content(folded: Table, chosen: Mapping[str, int]) -> dict[str, int]:
    """Return the one column that no name tells and whose every cell is a position, or a link that holds one.

    Raises
    ------
    FileError
        Several columns hold positions.
    """
    taken = {position for field, position in chosen.items() if field != "place_name"}
    found = [
        position
        for position, header in enumerate(folded.header)
        if header and position not in taken and not _is_interviewers(header) and _holds_positions(folded, position)
    ]
    if len(found) > 1:
        raise _several(folded, [folded.header[position] for position in found])
    return {"geopoint": found[0]} if found else {}


def _holds_positions(table: Table, position: int) -> bool:
    cells = [row[position] for row in table.rows if position < len(row) and not is_blank(row[position])][:_LOOKED_AT]
    told = [cell for cell in cells if sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS]
    if not told or 2 * len(told) <= len(cells):
        return False
    found = [parse_position(cell, AROUND) for cell in told if not isinstance(parse_link(cell), Link)]
    near = [place for place in found if isinstance(place, Position) and _is_near(place)]
    fine = len(told) - len(found) + sum(place.error_km < _COARSEST_KM for place in near)
    return len(near) == len(found) and 2 * fine > len(told)


def _is_near(place: Position) -> bool:
    west, south, east, north = AROUND
    return west <= place.lon <= east and south <= place.lat <= north
