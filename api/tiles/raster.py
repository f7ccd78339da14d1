"""The risk surface as pictures: the raster of the cells, drawn in the classes of the map."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.base.palette import BAND_COLOURS, PALETTE
from api.layers.raster import CODES
from api.tiles.addresses import Tile
from geo.counting.raster import NODATA
from models.risk.class_limits import Band

#: Pixels per side of a tile.
SIZE: Final = 256
_BAND_OF_CODES: Final = 4
#: Distance of the lines of the hatching, in pixels, and their width; the first divides `SIZE`, so they go on across
#: tiles.
HATCH_EVERY: Final = 8
_HATCH_WIDTH: Final = 2
_OPAQUE: Final = 225
_FAINT: Final = 130

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


def parse_rgb(colour: str) -> tuple[int, int, int]:
    """Return the parts of a colour like ``#fbb4b9``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def risk_picture(raster: bytes, tile: Tile, *, marks: Sequence[str]) -> bytes | None:
    """Return the PNG of one tile, None where the country is not in it.

    Parameters
    ----------
    raster : bytes
        As `api.layers.raster.risk_raster` returns it. Its band of classes is read at full resolution and without
        smoothing: a mean of two classes is no class.
    marks : sequence of str
        Which of the words of `api.tiles.raster` the picture says.
    """
    from rasterio.io import MemoryFile
    from rio_tiler.errors import TileOutsideBounds
    from rio_tiler.io import Reader  # loaded by the first picture: a service may run for long without one

    with (
        MemoryFile(raster) as memory,
        memory.open(OVERVIEW_LEVEL="NONE") as dataset,
        Reader("", dataset=dataset) as reader,
    ):
        try:
            image = reader.tile(tile.x, tile.y, tile.zoom, tilesize=SIZE, indexes=_BAND_OF_CODES, nodata=NODATA)
        except TileOutsideBounds:
            return None
    band = image.array[0]
    codes = np.where(np.ma.getmaskarray(band), -1, np.asarray(band.data)).astype(np.int16)
    if (codes < 0).all():
        return None
    picture = paint_bands(codes)
    draw_marks(picture, marks)
    return _png(picture)


def paint_bands(codes: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return red, green, blue and opacity, shape (4, height, width), of codes of bands; -1 is nothing at all.

    What is not assessed is hatched in grey: it must not look like the lowest band.
    """
    out = np.zeros((4, *codes.shape), np.uint8)
    for band, colour in BAND_COLOURS.items():
        out[:, codes == CODES[band]] = np.array([[*parse_rgb(colour), _OPAQUE]], np.uint8).T
    is_unknown = codes == CODES[Band.NOT_ASSESSED.value]
    lines = hatching(codes.shape)
    out[:, is_unknown & lines] = np.array([[*parse_rgb(str(PALETTE["hatch"])), _OPAQUE]], np.uint8).T
    out[:, is_unknown & ~lines] = np.array([[*parse_rgb(str(PALETTE["paper"])), _FAINT]], np.uint8).T
    return out


def hatching(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where the lines of the hatching run."""
    row, column = np.indices(shape)
    lines: NDArray[np.bool_] = (row + column) % HATCH_EVERY < _HATCH_WIDTH
    return lines


def hatch_png(scale: int) -> tuple[bytes, int]:
    """Return a square of hatching to fill areas with, and its side in pixels."""
    side = HATCH_EVERY * 2
    lines = np.kron(hatching((side, side)), np.ones((scale, scale), np.bool_))
    rgba = np.zeros((4, *lines.shape), np.uint8)
    rgba[:, lines] = np.array([[*parse_rgb(str(PALETTE["hatch"])), 255]], np.uint8).T
    rgba[:, ~lines] = np.array([[*parse_rgb(str(PALETTE["paper"])), 255]], np.uint8).T
    return _png(rgba), side * scale


def _png(rgba: NDArray[np.uint8]) -> bytes:
    from rio_tiler.utils import render

    options: dict[str, Any] = {"img_format": "PNG"}
    return bytes(render(rgba, **options))


def draw_marks(rgba: NDArray[np.uint8], lines: Sequence[str]) -> None:
    """Write lines into a picture, shape (4, height, width): small, one above the other in the lower left corner."""
    bottom = rgba.shape[1] - _MARGIN
    for line in reversed(lines):
        letters = [[[row >> (4 - column) & 1 for column in range(5)] + [0] for row in _LETTERS[each]] for each in line]
        word = np.concatenate(np.array(letters, np.bool_), axis=1)
        height, width = word.shape
        place = rgba[:, bottom - height : bottom, _MARGIN : _MARGIN + width]
        place[:, word] = np.array([_COLOUR], np.uint8).T
        bottom -= height + _BETWEEN
