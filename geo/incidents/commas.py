"""Recognises decimal commas that split coordinates into two cells: offered for the file, never put together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.core.messages import Message, message

_WHOLE: Final = re.compile(r"[+-]?\d{1,3}")
_DECIMALS: Final = re.compile(r"\d{1,8}")


def split_decimals(
    rows: Sequence[Sequence[str]], lines: NDArray[np.int64], width: int, chosen: Mapping[str, int]
) -> list[Message]:
    """Return a note where rows have two cells too many and four numbers where longitude and latitude stand."""
    if abs(chosen.get("longitude", -9) - chosen.get("latitude", -9)) != 1 or "longitude" not in chosen:
        return []
    begin = min(chosen["longitude"], chosen["latitude"])
    split = [at for at, row in enumerate(rows) if len(row) == width + 2 and _are_halves(row[begin : begin + 4])]
    if not split:
        return []
    first = [cell.strip() for cell in rows[split[0]][begin : begin + 4]]
    return [
        message(
            "In {count} {count:row|rows} decimal commas seem to have split the coordinates: row {row} would read "
            "{first} and {second}. Save the file with semicolons between its columns, or with decimal points, and "
            "import it again.",
            count=len(split),
            row=int(lines[split[0]]),
            first=f"{first[0]},{first[1]}",
            second=f"{first[2]},{first[3]}",
        )
    ]


def _are_halves(cells: Sequence[str]) -> bool:
    shapes = (_WHOLE, _DECIMALS, _WHOLE, _DECIMALS)
    return all(shape.fullmatch(cell.strip()) for shape, cell in zip(shapes, cells, strict=True))
