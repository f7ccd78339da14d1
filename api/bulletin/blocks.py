"""What a sheet is made of: headings, paragraphs, tables, pictures. Each says how high it is and draws itself in a box.

A block that can do with less says so (`shrunk`), so that what is long is shortened and the page stays one page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from api.bulletin.fonts import ASCENT, DESCENT, MM_PER_POINT, line_mm, width_mm
from api.bulletin.page import Box, Item, Line, Text, rectangle
from api.bulletin.typography import wrapped

BODY_PT: Final = 7.6
SMALL_PT: Final = 6.4
INK: Final = "#1a1a1a"
GREY: Final = "#555555"
ACCENT: Final = "#7a2d0c"
RULE: Final = "#c9b8a8"
_HEAD_PT: Final = 9.0
_CELL_GAP: Final = 2.2
_LEAST_COLUMN: Final = 14.0


class Block(Protocol):
    """Something that takes the width it is given and says how high it is then."""

    def height(self, width: float) -> float:
        """Return the height in mm at that width."""

    def shrunk(self) -> Block | None:
        """Return the block with a little less in it, None where it cannot do with less."""

    def draw(self, box: Box) -> list[Item]:
        """Return what is drawn in `box`, whose height is at least the block's."""


def lines_of_text(
    lines: Sequence[str], box: Box, size_pt: float, *, bold: bool = False, colour: str = INK, right: bool = False
) -> list[Item]:
    """Return lines from the top of `box` on, at its left or right edge."""
    items: list[Item] = []
    baseline = box.top + _first_baseline(size_pt)
    for text in lines:
        left = box.right - width_mm(text, size_pt, bold=bold) if right else box.left
        items.append(Text(left, baseline, text, size_pt, box, bold, colour))
        baseline += line_mm(size_pt)
    return items


def text_height(lines: int, size_pt: float) -> float:
    """Return the height of that many lines."""
    return (lines - 1) * line_mm(size_pt) + (ASCENT + DESCENT) * size_pt * MM_PER_POINT if lines else 0.0


def _first_baseline(size_pt: float) -> float:
    return ASCENT * size_pt * MM_PER_POINT


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section, with a rule below."""

    text: str
    most: int = 2

    def height(self, width: float) -> float:
        """See `Block`."""
        return 1.6 + text_height(len(self._lines(width)), _HEAD_PT) + 1.2

    def shrunk(self) -> Block | None:
        """See `Block`."""
        return None

    def draw(self, box: Box) -> list[Item]:
        """See `Block`."""
        inner = Box(box.left, box.top + 1.6, box.right, box.bottom)
        lines = self._lines(box.width)
        rule = inner.top + text_height(len(lines), _HEAD_PT) + 0.3
        return [
            *lines_of_text(lines, inner, _HEAD_PT, bold=True, colour=ACCENT),
            Line(((box.left, rule), (box.right, rule)), RULE, 0.25),
        ]

    def _lines(self, width: float) -> Sequence[str]:
        return wrapped(self.text, width, _HEAD_PT, bold=True, most=self.most)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; of `most` lines it can do with `least`."""

    text: str
    size_pt: float = BODY_PT
    bold: bool = False
    colour: str = INK
    most: int | None = None
    least: int = 99
    after: float = 0.8
    right: bool = False

    def height(self, width: float) -> float:
        """See `Block`."""
        return text_height(len(self._lines(width)), self.size_pt) + self.after

    def shrunk(self) -> Block | None:
        """See `Block`."""
        most = 12 if self.most is None else self.most
        return replace(self, most=most - 1) if most > self.least else None

    def draw(self, box: Box) -> list[Item]:
        """See `Block`."""
        lines = self._lines(box.width)
        return lines_of_text(lines, box, self.size_pt, bold=self.bold, colour=self.colour, right=self.right)

    def _lines(self, width: float) -> Sequence[str]:
        return wrapped(self.text, width, self.size_pt, bold=self.bold, most=self.most)


@dataclass(frozen=True, slots=True)
class Listing:
    """Running text that lists `entries`; `said` puts those shown, and how many more there are, into words."""

    entries: tuple[str, ...]
    said: Callable[[Sequence[str], int], str]
    size_pt: float = BODY_PT
    shown: int | None = None
    after: float = 0.8

    def height(self, width: float) -> float:
        """See `Block`."""
        return text_height(len(self._lines(width)), self.size_pt) + self.after

    def shrunk(self) -> Block | None:
        """See `Block`."""
        shown = len(self.entries) if self.shown is None else self.shown
        return replace(self, shown=shown - 1) if shown > 1 else None

    def draw(self, box: Box) -> list[Item]:
        """See `Block`."""
        return lines_of_text(self._lines(box.width), box, self.size_pt)

    def _lines(self, width: float) -> Sequence[str]:
        shown = self.entries[: self.shown]
        return wrapped(self.said(shown, len(self.entries) - len(shown)), width, self.size_pt)


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence on a coloured ground that nobody overlooks."""

    text: str
    fill: str = "#7a0019"
    colour: str = "#ffffff"
    size_pt: float = 8.6

    def height(self, width: float) -> float:
        """See `Block`."""
        return text_height(len(self._lines(width)), self.size_pt) + 2.4 + 1.0

    def shrunk(self) -> Block | None:
        """See `Block`."""
        return None

    def draw(self, box: Box) -> list[Item]:
        """See `Block`."""
        ground = Box(box.left, box.top, box.right, box.top + self.height(box.width) - 1.0)
        lines = self._lines(box.width)
        inner = Box(ground.left + 2, ground.top + 1.2, ground.right - 2, ground.bottom - 1.2)
        return [
            rectangle(ground, self.fill),
            *lines_of_text(lines, inner, self.size_pt, bold=True, colour=self.colour),
        ]

    def _lines(self, width: float) -> Sequence[str]:
        return wrapped(self.text, width - 4, self.size_pt, bold=True, most=3)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. The `flexible` ones give way where the table is too wide, and share the room by `weight`."""

    title: str
    right: bool = False
    flexible: bool = False
    bold: bool = False
    most_lines: int = 2
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under titles. `more` says how many rows are left out; no cell has more than `lines` lines."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    more: Callable[[int], str]
    least: int = 3
    shown: int | None = None
    size_pt: float = BODY_PT
    after: float = 1.0
    lines: int | None = None

    def height(self, width: float) -> float:
        """See `Block`."""
        widths = self._widths(width)
        head = self._row_height(tuple(c.title for c in self.columns), widths, SMALL_PT) + 0.8 if self._has_head() else 0
        rows = sum(self._row_height(row, widths, self.size_pt) + 0.5 for row in self._shown())
        rest = text_height(1, SMALL_PT) + 0.4 if self._left_out() else 0.0
        return head + rows + rest + self.after

    def shrunk(self) -> Block | None:
        """See `Block`."""
        shown = len(self._shown())
        if shown > self.least:
            return replace(self, shown=shown - 1)
        lines = max(self._most(column) for column in self.columns)
        return replace(self, lines=lines - 1) if lines > 1 else None

    def draw(self, box: Box) -> list[Item]:
        """See `Block`."""
        widths = self._widths(box.width)
        titles = tuple(column.title for column in self.columns)
        items: list[Item] = []
        top = box.top
        if self._has_head():
            height = self._row_height(titles, widths, SMALL_PT)
            items += self._row(titles, widths, Box(box.left, top, box.right, top + height), SMALL_PT, GREY)
            top += height + 0.4
            items.append(Line(((box.left, top), (box.right, top)), RULE, 0.15))
            top += 0.4
        for row in self._shown():
            height = self._row_height(row, widths, self.size_pt)
            items += self._row(row, widths, Box(box.left, top, box.right, top + height), self.size_pt, INK)
            top += height + 0.5
        if self._left_out():
            lines = wrapped(self.more(self._left_out()), box.width, SMALL_PT, most=1)
            items += lines_of_text(lines, Box(box.left, top, box.right, box.bottom), SMALL_PT, colour=GREY)
        return items

    def _shown(self) -> tuple[tuple[str, ...], ...]:
        return self.rows if self.shown is None else self.rows[: self.shown]

    def _most(self, column: Column) -> int:
        return column.most_lines if self.lines is None else min(column.most_lines, self.lines)

    def _has_head(self) -> bool:
        return any(column.title for column in self.columns)

    def _left_out(self) -> int:
        return len(self.rows) - len(self._shown())

    def _widths(self, width: float) -> list[float]:
        """Return the columns' widths: what they need, the flexible ones no more than their part of what is left."""
        needed = []
        for number, column in enumerate(self.columns):
            cells = [width_mm(row[number], self.size_pt, bold=column.bold) for row in self.rows]
            needed.append(max([width_mm(column.title, SMALL_PT), *cells]) + 0.1)
        room = width - _CELL_GAP * (len(self.columns) - 1)
        flexible = [number for number, column in enumerate(self.columns) if column.flexible]
        left = room - sum(need for number, need in enumerate(needed) if number not in flexible)
        if left < _LEAST_COLUMN * len(flexible):  # the fixed ones are too wide as well: all give way
            flexible, left = list(range(len(self.columns))), room
        while flexible:
            weight = sum(self.columns[number].weight for number in flexible)
            content = [n for n in flexible if needed[n] <= left * self.columns[n].weight / weight]
            for number in content:
                left -= needed[number]
                flexible.remove(number)
            if not content:
                for number in flexible:
                    needed[number] = left * self.columns[number].weight / weight
                return needed
        stretched = next(number for number, column in enumerate(self.columns) if column.flexible)
        needed[stretched] += left
        return needed

    def _cell_lines(self, text: str, column: Column, width: float, size_pt: float) -> Sequence[str]:
        return wrapped(text, width, size_pt, bold=column.bold and size_pt != SMALL_PT, most=self._most(column))

    def _row_height(self, row: Sequence[str], widths: Sequence[float], size_pt: float) -> float:
        lines = [
            len(self._cell_lines(text, column, width, size_pt))
            for text, column, width in zip(row, self.columns, widths, strict=True)
        ]
        return text_height(max(lines), size_pt)

    def _row(self, row: Sequence[str], widths: Sequence[float], box: Box, size_pt: float, colour: str) -> list[Item]:
        items: list[Item] = []
        left = box.left
        for text, column, width in zip(row, self.columns, widths, strict=True):
            cell = Box(left, box.top, left + width, box.bottom)
            lines = self._cell_lines(text, column, width, size_pt)
            bold = column.bold and size_pt != SMALL_PT
            items += lines_of_text(lines, cell, size_pt, bold=bold, colour=colour, right=column.right)
            left += width + _CELL_GAP
        return items


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of a given height, which may grow where the page has room."""

    paint: Callable[[Box], list[Item]]
    least: float
    most: float
    given: float | None = None

    def height(self, width: float) -> float:
        """See `Block`."""
        return (self.least if self.given is None else self.given) + 1.0

    def shrunk(self) -> Block | None:
        """See `Block`."""
        return None

    def grown(self, mm: float) -> Picture:
        """Return the picture higher by as much of `mm` as it may be."""
        now = self.least if self.given is None else self.given
        return replace(self, given=min(self.most, now + mm))

    def draw(self, box: Box) -> list[Item]:
        """See `Block`."""
        return self.paint(Box(box.left, box.top, box.right, box.top + self.height(box.width) - 1.0))
