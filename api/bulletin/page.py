"""A page as it will be drawn: texts, lines and areas in millimetres from the top left corner, nothing else.

What is laid out can be checked before it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from api.bulletin.fonts import ASCENT, DESCENT, MM_PER_POINT, width_mm

#: A4, in mm.
WIDTH: Final = 210.0
HEIGHT: Final = 297.0
MARGIN: Final = 11.0

#: Texts may come so near to each other, or to their frame, in mm: rounding.
_TOUCH: Final = 0.05

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `bottom` is below `top`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def meets(self, other: Box) -> bool:
        """Tell whether the two share more than an edge."""
        return (
            self.left < other.right - _TOUCH
            and other.left < self.right - _TOUCH
            and self.top < other.bottom - _TOUCH
            and other.top < self.bottom - _TOUCH
        )

    def holds(self, other: Box) -> bool:
        """Tell whether `other` lies inside."""
        return (
            self.left <= other.left + _TOUCH
            and self.top <= other.top + _TOUCH
            and self.right >= other.right - _TOUCH
            and self.bottom >= other.bottom - _TOUCH
        )

    def shrunk(self, mm: float) -> Box:
        """Return the box without a border of that width."""
        return Box(self.left + mm, self.top + mm, self.right - mm, self.bottom - mm)


#: Where anything may stand.
PRINTED: Final = Box(MARGIN, MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text: `left` of its first letter and its baseline. `frame` is the box that it must stay in."""

    left: float
    baseline: float
    text: str
    size_pt: float
    frame: Box
    bold: bool = False
    colour: str = "#1a1a1a"

    @property
    def box(self) -> Box:
        """What the text covers, with the room of accents and descenders."""
        size = self.size_pt * MM_PER_POINT
        right = self.left + width_mm(self.text, self.size_pt, bold=self.bold)
        return Box(self.left, self.baseline - ASCENT * size, right, self.baseline + DESCENT * size)


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; `dash` holds the lengths of a dash and a gap."""

    points: Sequence[Point]
    colour: str
    width: float
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon without holes, with an outline where `stroke` names its colour."""

    points: Sequence[Point]
    fill: str
    stroke: str | None = None
    width: float = 0.2
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle with an outline."""

    x: float
    y: float
    radius: float
    fill: str
    stroke: str = "#ffffff"
    width: float = 0.15


Item: TypeAlias = Text | Line | Area | Dot


@dataclass(frozen=True, slots=True)
class Page:
    """What is on the page, in the order in which it is drawn."""

    title: str
    subject: str
    lang: str
    day: date
    items: tuple[Item, ...]

    @property
    def texts(self) -> list[Text]:
        """The texts in order."""
        return [item for item in self.items if isinstance(item, Text)]


def rectangle(box: Box, fill: str, stroke: str | None = None, width: float = 0.2) -> Area:
    """Return a box as an area."""
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    return Area(corners, fill, stroke, width)
