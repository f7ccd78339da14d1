"""What the address of a tile says: any text gives a tile or an error that names the part that is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.base.query_parameters import parse_choice, shown
from api.collections.registry import Collection
from api.layers.layer import GeometryType
from geo.core.errors import NotFoundError, ParameterError
from geo.core.messages import message

#: Deepest zoom of the tiles: a step of the grid is 2.4 m there, and clients enlarge what is deeper.
MOST_ZOOM: Final = 12
#: Cells are smaller than five pixels above it, and too many.
_LEAST_ZOOM_OF_CELLS: Final = 5
_CELLS: Final = ("risk-cells",)
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of Web Mercator: column from the west, row from the north."""

    zoom: int
    x: int
    y: int


def zooms(collection: Collection) -> tuple[int, int]:
    """Return the least and greatest zoom for which a collection has tiles."""
    return (_LEAST_ZOOM_OF_CELLS if collection.id in _CELLS else 0), MOST_ZOOM


def parse_tile(zoom: str, x: str, y: str, limits: tuple[int, int], *, names: Sequence[str] = ("z", "x", "y")) -> Tile:
    """Return the tile of three texts; raises `ParameterError` naming the one that is wrong, as `names` call them."""
    least, most = limits
    z = _parse_number(zoom, least, most, names[0])
    last = (1 << z) - 1
    return Tile(z, _parse_number(x, 0, last, names[1]), _parse_number(y, 0, last, names[2]))


def _parse_number(text: str, least: int, most: int, parameter: str) -> int:
    if _NUMBER.fullmatch(text) is None or not least <= int(text) <= most:
        raise ParameterError(
            message(
                "{parameter}: {value} is not there; expected a whole number from {least} to {most}.",
                parameter=parameter,
                value=shown(text),
                least=str(least),
                most=str(most),
            ),
            parameter=parameter,
        )
    return int(text)


def parse_file(text: str, formats: Sequence[str], *, parameter: str = "format") -> str:
    """Return the row that a file's name like ``29.mvt`` begins with; its ending must be one of `formats`."""
    row, _, ending = text.partition(".")
    parse_choice(ending, formats, parameter=parameter)
    return row


def unknown_collection(name: str, known: Sequence[str]) -> NotFoundError:
    """Return the error for a collection that is not there."""
    return NotFoundError(
        message(
            "{parameter}: {value} is not known; expected one of {expected}.",
            parameter="collection",
            value=shown(name),
            expected=tuple(known),
        )
    )


def geometry_dimension(collection: Collection) -> int:
    """Return 0 for points, 1 for lines, 2 for areas."""
    return (GeometryType.POINT, GeometryType.MULTILINESTRING, GeometryType.MULTIPOLYGON).index(collection.geometry)
