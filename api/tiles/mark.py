"""The words on pictures of invented data and of old forecasts: a picture travels without its description."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: In both languages.
SYNTHETIC: Final = "SYNTHETIQUE - SYNTHETIC"
OUT_OF_DATE: Final = "PERIME - OUT OF DATE"
OVER: Final = "PREVISION TERMINEE - FORECAST OVER"
#: Letters of five by seven pixels, a row of them a number whose bits are pixels from the left.
_LETTERS: Final = MappingProxyType(
    {
        "S": (0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110),
        "Y": (0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100),
        "N": (0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001),
        "T": (0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100),
        "H": (0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001),
        "E": (0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111),
        "I": (0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110),
        "Q": (0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101),
        "U": (0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110),
        "A": (0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001),
        "D": (0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110),
        "F": (0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000),
        "M": (0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001),
        "O": (0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110),
        "P": (0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000),
        "R": (0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001),
        "V": (0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100),
        "C": (0b01111, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b01111),
        "-": (0, 0, 0, 0b01110, 0, 0, 0),
        " ": (0, 0, 0, 0, 0, 0, 0),
    }
)
_COLOUR: Final = (74, 74, 74, 255)
_MARGIN: Final = 8
_BETWEEN: Final = 3


def mark(rgba: NDArray[np.uint8], lines: Sequence[str]) -> None:
    """Write lines into a picture, shape (4, height, width): small, one above the other in the lower left corner."""
    bottom = rgba.shape[1] - _MARGIN
    for line in reversed(lines):
        letters = [[[row >> (4 - column) & 1 for column in range(5)] + [0] for row in _LETTERS[each]] for each in line]
        word = np.concatenate(np.array(letters, np.bool_), axis=1)
        height, width = word.shape
        place = rgba[:, bottom - height : bottom, _MARGIN : _MARGIN + width]
        place[:, word] = np.array([_COLOUR], np.uint8).T
        bottom -= height + _BETWEEN
