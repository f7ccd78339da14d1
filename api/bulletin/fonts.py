"""The font of printed sheets: which characters it can draw, and how wide they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import uharfbuzz as hb  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from api.base.vendored import FONTS, VENDOR
from geo.core.errors import NotFoundError
from geo.core.messages import message

MM_PER_POINT: Final = 25.4 / 72
#: Shares of the font's size above and below the baseline that its letters take, accents on capitals included.
ASCENT: Final = 0.93
DESCENT: Final = 0.24

#: What sheets may hold: Latin with the letters of Bambara, Fulfulde, Songhay and Tamasheq, punctuation, Arabic with
#: the forms that joining gives, Tifinagh.
_RANGES: Final = (
    (0x20, 0x7E),
    (0xA0, 0x2AF),
    (0x300, 0x36F),
    (0x600, 0x6FF),
    (0x1E00, 0x1EFF),
    (0x2009, 0x2009),
    (0x2010, 0x2027),
    (0x202F, 0x205E),
    (0x20AC, 0x20AC),
    (0x2190, 0x2199),
    (0x2212, 0x2212),
    (0x2260, 0x2265),
    (0x25A0, 0x25CF),
    (0x2D30, 0x2D7F),
    (0xFB50, 0xFDFB),
    (0xFE70, 0xFEFC),
    (0xFFFD, 0xFFFD),
)
REPERTOIRE: Final = frozenset(code for first, last in _RANGES for code in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Face:
    """One weight: its file and the width of each character in thousandths of the size."""

    path: Path
    widths: Mapping[int, int]


@cache
def face(*, bold: bool = False) -> Face:
    """Return a weight of the font.

    Raises
    ------
    NotFoundError
        When set-up has not fetched it; the message names the command that does.
    """
    path = VENDOR / FONTS["bold" if bold else "regular"]
    if not path.exists():
        raise NotFoundError(message("The font {file} is missing: run make setup, which fetches it.", file=path.name))
    with TTFont(path, lazy=True) as font:
        scale, metrics = 1000 / font["head"].unitsPerEm, font["hmtx"].metrics
        # Whole thousandths, as they stand in the PDF.
        widths = {
            code: round(scale * metrics[glyph][0] + 0.001)
            for code, glyph in font.getBestCmap().items()
            if code in REPERTOIRE
        }
    return Face(path, widths)


def subset_font(codes: Iterable[int], *, bold: bool = False) -> bytes:
    """Return the font with no more than what the characters `codes` need, joined forms of Arabic included.

    A sheet holds some hundred of the font's 5,800 glyphs. HarfBuzz takes them out in less than a millisecond; to read
    the whole font, as who writes the PDF would, takes a hundred times as long.
    """
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(codes)
    wanted.flags |= hb.SubsetFlags.NOTDEF_OUTLINE
    return bytes(hb.subset(_readable(bold), wanted).blob.data)


@cache
def _readable(bold: bool) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(face(bold=bold).path)))


@lru_cache(maxsize=16_384)
def width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide `text` is drawn.

    Raises
    ------
    KeyError
        For a character that the font cannot draw: see `api.bulletin.typography.clean`.
    """
    widths = face(bold=bold).widths
    return sum(widths[ord(character)] for character in text) * size_pt * MM_PER_POINT / 1000


def line_mm(size_pt: float) -> float:
    """Return the distance between two lines of text."""
    return 1.22 * size_pt * MM_PER_POINT
