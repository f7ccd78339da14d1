"""Small plots: records per three months with what is expected next, and shares as bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import Final

from api.bulletin.blocks import GREY, INK, RULE, SMALL_PT, lines_of_text, text_height
from api.bulletin.fonts import ASCENT, MM_PER_POINT, width_mm
from api.bulletin.page import Box, Dot, Item, Line, Text, rectangle
from api.bulletin.tally import Tally
from api.bulletin.typography import Words, wrapped

_EXACT: Final = "#993404"
_SPREAD: Final = "#fec44f"
_EXPECTED: Final = "#053061"
_AXIS_PT: Final = 5.8


def history(box: Box, words: Words, counts: Tally, expected: tuple[float, float, float] | None) -> list[Item]:
    """Return bars of three months each, and to their right what is expected for the next three with its interval.

    Parameters
    ----------
    expected : tuple of float, optional
        Expected incidents, low and high; None where the unit is not assessed.
    """
    highest = max([exact + spread for _, exact, spread in counts.bars] + [expected[2] if expected else 0.0, 1.0])
    top_value, step = _nice(highest)
    foot = text_height(1, _AXIS_PT) + 0.6
    plot = Box(box.left + 6.0, box.top + 2.0, box.right, box.bottom - foot)
    slots = len(counts.bars) + (2 if expected else 0)
    items = _axis(box, plot, words, top_value, step)
    wide = plot.width / max(slots, 1)

    def y(value: float) -> float:
        return plot.bottom - value / top_value * plot.height

    for number, (_, exact, spread) in enumerate(counts.bars):
        left = plot.left + number * wide + 0.14 * wide
        right = left + 0.72 * wide
        if exact > 0:
            items.append(rectangle(Box(left, y(exact), right, plot.bottom), _EXACT))
        if spread > 0:
            items.append(rectangle(Box(left, y(exact + spread), right, y(exact)), _SPREAD, _EXACT, 0.1))
    for number, (period, _, _) in enumerate(counts.bars):
        if number % 4 == 0:
            text = words.month(period.start, short=True)
            frame = Box(box.left, plot.bottom, box.right, box.bottom)
            items.append(_below(plot.left + number * wide, plot.bottom, text, frame))
    if expected is not None:
        x = plot.left + (slots - 0.75) * wide
        value, low, high = expected
        items += [
            Line(((x, y(low)), (x, y(high))), _EXPECTED, 0.5),
            Line(((x - 1, y(low)), (x + 1, y(low))), _EXPECTED, 0.5),
            Line(((x - 1, y(high)), (x + 1, y(high))), _EXPECTED, 0.5),
            Dot(x, y(value), 0.95, _EXPECTED),
        ]
    items.append(Line(((plot.left, plot.bottom), (plot.right, plot.bottom)), INK, 0.25))
    return items


def keys_of_history() -> tuple[tuple[str, str], ...]:
    """Return what the colours of `history` mean, as (key, colour)."""
    return (("exact", _EXACT), ("spread", _SPREAD), ("expected", _EXPECTED))


def key_line(box: Box, entries: Sequence[tuple[str, str]]) -> list[Item]:
    """Return coloured chips with words beside each other, those below each other that find no room."""
    items: list[Item] = []
    left, top = box.left, box.top
    for text, colour in entries:
        wide = width_mm(text, SMALL_PT) + 3.4
        if left > box.left and left + wide > box.right:
            left, top = box.left, top + text_height(1, SMALL_PT) + 0.3
        middle = top + text_height(1, SMALL_PT) / 2
        items.append(rectangle(Box(left, middle - 0.9, left + 2.2, middle + 0.9), colour))
        cell = Box(left + 3.0, top, box.right, top + text_height(1, SMALL_PT))
        items += lines_of_text(wrapped(text, cell.width, SMALL_PT, most=1), cell, SMALL_PT)
        left += wide + 3.0
    return items


def shares(box: Box, words: Words, rows: Sequence[tuple[str, float]]) -> list[Item]:
    """Return a bar per row: its words, and its share of 1 drawn and written."""
    items: list[Item] = []
    step = box.height / max(len(rows), 1)
    label = min(max(width_mm(text, SMALL_PT) for text, _ in rows) + 1.5, box.width * 0.55)
    written = max(width_mm(words.percent(share), SMALL_PT) for _, share in rows) + 1.5
    for number, (text, share) in enumerate(rows):
        top = box.top + number * step
        line = Box(box.left, top, box.right, top + step)
        items += lines_of_text(wrapped(text, label - 1, SMALL_PT, most=1), line, SMALL_PT)
        left, most = box.left + label, box.width - label - written
        items.append(rectangle(Box(left, top + 0.5, left + max(min(share, 1.0) * most, 0.25), top + 2.4), _EXACT))
        value = Box(left + most + 0.5, top, box.right, top + step)
        items += lines_of_text([words.percent(share)], value, SMALL_PT, right=True)
    return items


def _axis(box: Box, plot: Box, words: Words, top_value: float, step: float) -> list[Item]:
    items: list[Item] = []
    value = 0.0
    while value <= top_value + 1e-9:
        y = plot.bottom - value / top_value * plot.height
        if value > 0:
            items.append(Line(((plot.left, y), (plot.right, y)), RULE, 0.12))
        text = words.number(value, 3)
        size = _AXIS_PT * MM_PER_POINT
        left = plot.left - 1.0 - width_mm(text, _AXIS_PT)
        items.append(
            Text(left, y + 0.35 * size, text, _AXIS_PT, Box(box.left, box.top - 1, plot.left, box.bottom), False, GREY)
        )
        value += step
    return items


def _below(left: float, top: float, text: str, frame: Box) -> Text:
    return Text(left, top + 0.5 + ASCENT * _AXIS_PT * MM_PER_POINT, text, _AXIS_PT, frame, False, GREY)


def _nice(highest: float) -> tuple[float, float]:
    """Return the top of an axis that holds `highest`, and the step between its at most five lines.

    Examples
    --------
    >>> _nice(1.0), _nice(7.2), _nice(130)
    ((1.0, 1.0), (8.0, 2.0), (150.0, 50.0))
    """
    rough = highest / 4
    power = 10.0 ** ceil(log10(rough) - 1) if rough > 1 else 1.0
    step = next(each * power for each in (1, 2, 5, 10, 20, 50, 100) if each * power >= rough)
    return float(max(ceil(highest / step), 1) * step), float(step)
