"""Blocks → one page: columns side by side, rows below each other, shortened until they fit, never over the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from api.bulletin.blocks import Block, Picture
from api.bulletin.page import PRINTED, Box, Item, Page

_GUTTER: Final = 6.0
_BETWEEN: Final = 1.2


class PageFullError(RuntimeError):
    """What must be on the page does not fit on it: a fault of the sheet's design, not of what it says."""


@dataclass(slots=True)
class Row:
    """Columns side by side: shares of the width, and the blocks of each."""

    shares: tuple[float, ...]
    columns: list[list[Block]]

    @classmethod
    def whole(cls, *blocks: Block) -> Row:
        """Return a row of one column."""
        return cls((1.0,), [list(blocks)])

    def widths(self) -> list[float]:
        """Return the width of each column in mm."""
        room = PRINTED.width - _GUTTER * (len(self.shares) - 1)
        return [share * room / sum(self.shares) for share in self.shares]

    def heights(self) -> list[float]:
        """Return the height of each column."""
        return [
            sum(block.height(width) for block in blocks)
            for blocks, width in zip(self.columns, self.widths(), strict=True)
        ]

    def height(self) -> float:
        """Return the height of the highest column."""
        return max(self.heights())

    def shrink(self) -> bool:
        """Take a little from the highest column, the last of its blocks that can give; False where none can."""
        heights = self.heights()
        blocks = self.columns[heights.index(max(heights))]
        for number in reversed(range(len(blocks))):
            less = blocks[number].shrunk()
            if less is not None:
                blocks[number] = less
                return True
        return False

    def grow(self, mm: float) -> None:
        """Let the pictures take what room there is: `mm` more for the row, and what their column leaves free."""
        most = self.height() + mm
        for blocks, height in zip(self.columns, self.heights(), strict=True):
            free = most - height
            for number, block in enumerate(blocks):
                if isinstance(block, Picture) and free > 0:
                    higher = block.grown(free)
                    free -= higher.height(0) - block.height(0)
                    blocks[number] = higher

    def draw(self, top: float) -> list[Item]:
        """Return the items of the row, which begins at `top`."""
        items: list[Item] = []
        left = PRINTED.left
        for blocks, width in zip(self.columns, self.widths(), strict=True):
            at = top
            for block in blocks:
                height = block.height(width)
                items += block.draw(Box(left, at, left + width, at + height))
                at += height
            left += width + _GUTTER
        return items


def arrange(
    rows: Sequence[Row], foot: Row, *, title: str, subject: str, lang: str, day: date, grows: Sequence[int] = ()
) -> Page:
    """Return the page with `rows` from the top and `foot` at the bottom.

    Rows are shortened, the highest first, until all fit; what room is left then goes to the pictures of the row
    numbers `grows`, in that order.

    Raises
    ------
    PageFullError
        Where nothing more can be shortened.
    """

    def over() -> float:
        used = sum(row.height() + _BETWEEN for row in rows) + foot.height()
        return used - PRINTED.height

    while over() > 0:
        for row in sorted((*rows, foot), key=Row.height, reverse=True):
            if row.shrink():
                break
        else:
            raise PageFullError(f"{title}: {over():.1f} mm too much")
    for number in grows:
        rows[number].grow(-over())
    items: list[Item] = []
    top = PRINTED.top
    for row in rows:
        items += row.draw(top)
        top += row.height() + _BETWEEN
    items += foot.draw(PRINTED.bottom - foot.height())
    return Page(title, subject, lang, day, tuple(items))
