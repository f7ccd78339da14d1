"""What every sheet has: its head, what must be said first, the legend of its map, its foot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Final

from api.base.access import REQUIRED, Kind
from api.base.palette import BAND_COLOURS
from api.bulletin.blocks import (
    ACCENT,
    GREY,
    INK,
    SMALL_PT,
    Banner,
    Block,
    Paragraph,
    Picture,
    lines_of_text,
    text_height,
)
from api.bulletin.fonts import line_mm, width_mm
from api.bulletin.layout import Row
from api.bulletin.page import Area, Box, Item, Line, rectangle
from api.bulletin.sketch import (
    CASING_MM,
    OTHER_COLOUR,
    OTHER_DASH,
    PAPER,
    ROAD_DASH,
    ROAD_WIDTHS,
    ROUTE_CASING_MM,
    ROUTE_COLOUR,
)
from api.bulletin.typography import Words, wrapped
from geo.core.messages import Message, message
from geo.core.provenance import sources
from models.risk.class_limits import (
    JUDGED,
    SCALES,
    Band,
    Support,
    band_label,
    band_with_limits,
    kept_class_note,
    scale_heading,
)
from models.risk.target import Target
from models.risk.windows import Window

#: What must be said first, as the map and the command line say it.
SYNTHETIC: Final = message("SYNTHETIC DATA: drawn, not real. No decision may rest on it.")
NO_REPORT: Final = message("No report is not safety")
NO_REPORT_MORE: Final = message(
    "A place without recorded incidents may be dangerous and simply not reported from. No band means safe, and this "
    "sheet clears no ground and no road."
)
_TITLE_PT: Final = 19.0
_CHIP: Final = 3.2
_LEGEND_STEP: Final = line_mm(SMALL_PT) + 0.4


def head(words: Words, kind: Message, title: str, about: str, right: Sequence[str]) -> Row:
    """Return the head: what the sheet is, of what, and at the right when and from what data."""
    return Row(
        (2.1, 1.0),
        [
            [
                Paragraph(words.say(kind), 8.0, True, ACCENT, most=1, after=0.4),
                Paragraph(title, _TITLE_PT, True, INK, most=1, after=0.4),
                Paragraph(about, 7.6, False, GREY, most=2, after=0.4),
            ],
            [Paragraph(line, 7.0, False, GREY, most=2, after=0.3, right=True) for line in right],
        ],
    )


def banners(words: Words, *, synthetic: bool, past: Message | None) -> list[Row]:
    """Return what nobody may overlook; `past` is what is said where the window of the figures is over."""
    rows = []
    if synthetic:
        rows.append(Row.whole(Banner(words.say(SYNTHETIC))))
    if past is not None:
        rows.append(Row.whole(Banner(words.say(past), "#4d4d4d")))
    return rows


def expected_title(window: Window, today: date) -> Message:
    """Return the heading of what is expected: of which days, and that nothing current is where they are over."""
    if window.mark(today) is None:
        return message("Expected from {days}", days=window.days)
    return message("Expected then, from {days}: no current forecast", days=window.days)


def foot(words: Words, heading: Message, notes: Iterable[str], sources: Sequence[str], made: str) -> Row:
    """Return the foot: sources and limits in small print, and that no report is not safety."""
    blocks: list[Block] = [
        Paragraph(words.say(heading), 7.4, True, ACCENT, most=1, after=0.3),
        Paragraph(" ".join(dict.fromkeys(notes)), SMALL_PT, False, INK, least=3, after=0.3),
    ]
    if sources:
        said = words.say(message("Sources: {sources}.", sources=words.listed(sources)))
        blocks.append(Paragraph(said, SMALL_PT, False, INK, most=4, least=2, after=0.9))
    blocks.append(Banner(f"{words.say(NO_REPORT)}. {words.say(NO_REPORT_MORE)}", "#f2e6dc", "#5c1a00", 7.8))
    blocks.append(Paragraph(made, 6.0, False, GREY, most=1, after=0.0))
    return Row.whole(*blocks)


def band_name(words: Words, band: Band) -> str:
    """Return a band as people say it."""
    return words.say(band_label(band))


def legend(words: Words, others: Sequence[tuple[str, Message]], target: Target, support: Support) -> Picture:
    """Return the key to a map: bands with their limits and hatching at the left, at the right what else is drawn.

    Parameters
    ----------
    others : sequence of (sign, Message)
        Signs are ``road``, ``roads`` (by band), ``route``, ``other_route`` and ``point``.
    """
    bands = _bands(words, support)
    told = [(sign, words.say(said)) for sign, said in others]
    height = text_height(1, SMALL_PT) + 0.8 + len(bands) * _LEGEND_STEP
    return Picture(
        lambda box: _draw_legend(box, words.say(scale_heading(support, target)), bands, told), height, height
    )


def roads_sign(what: Message) -> Message:
    """Return what a line in the colours of the classes says in a key, with the limits of roads."""
    limits = SCALES[Support.ROAD]
    return message(
        "{what} (classes from {first} / {second} / {third} per {per} km and {days} days)",
        what=what,
        first=limits.limits[0],
        second=limits.limits[1],
        third=limits.limits[2],
        per=limits.per,
        days=limits.days,
    )


def class_notes(words: Words, support: Support) -> list[str]:
    """Return what the foot says of a support's classes."""
    kept = kept_class_note(support)
    return [] if kept is None else [words.say(kept)]


def _bands(words: Words, support: Support) -> list[tuple[str, str]]:
    found = [(band.value, words.say(band_with_limits(band, support))) for band in JUDGED]
    return [*found, ("hatch", words.say(message("not assessed: nothing can be said")))]


def _draw_legend(
    box: Box, title: str, bands: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]
) -> list[Item]:
    items = lines_of_text(wrapped(title, box.width, SMALL_PT, bold=True, most=1), box, SMALL_PT, bold=True)
    widest = max(width_mm(text, SMALL_PT) for _, text in bands) + _CHIP * 1.5 + 1.4
    split = min(widest, box.width * 0.55)
    top = box.top + text_height(1, SMALL_PT) + 0.8
    for entries, most, left, right in (
        (bands, 1, box.left, box.left + split),
        (others, 3, box.left + split + 3.0, box.right),
    ):
        at = top
        for key, text in entries:
            chip = Box(left, at + 0.1, left + _CHIP * 1.5, at + 0.1 + _CHIP * 0.75)
            items += _chip(key, chip)
            lines = wrapped(text, right - chip.right - 1.3, SMALL_PT, most=most)
            cell = Box(chip.right + 1.3, at, right, at + len(lines) * _LEGEND_STEP)
            items += lines_of_text(lines, cell, SMALL_PT)
            at = cell.bottom
    return items


def _road_chip(box: Box, casing: str, wider: float) -> list[Item]:
    """The lowest class, the highest, and what is not assessed."""
    middle, third = (box.top + box.bottom) / 2, box.width / 3
    items: list[Item] = []
    for n, band in enumerate((Band.LOWER, Band.VERY_HIGH)):
        ends = (box.left + third * n, middle), (box.left + third * (n + 1), middle)
        items += [Line(ends, casing, ROAD_WIDTHS[band] + wider), Line(ends, BAND_COLOURS[band], ROAD_WIDTHS[band])]
    dash = (ROAD_DASH[0] / 2, 0.5)
    return [*items, Line(((box.left + 2 * third + 0.4, middle), (box.right, middle)), casing, wider, dash)]


def _chip(key: str, box: Box) -> list[Item]:
    middle = (box.top + box.bottom) / 2
    if key in ("roads", "route"):
        return _road_chip(box, *((ROUTE_COLOUR, ROUTE_CASING_MM) if key == "route" else (INK, CASING_MM)))
    if key == "other_route":
        return [Line(((box.left, middle), (box.right, middle)), OTHER_COLOUR, 0.6, OTHER_DASH)]
    if key == "road":
        return [Line(((box.left, middle), (box.right, middle)), INK, 0.25)]
    if key == "point":
        x = (box.left + box.right) / 2
        return [
            Area(tuple((x + 0.8 * dx, middle + 0.8 * dy) for dx, dy in _CIRCLE), INK),
        ]
    items: list[Item] = [rectangle(box, BAND_COLOURS.get(key, PAPER), "#7d6a5c", 0.15)]
    if key == "hatch":
        count = 4
        for number in range(count):
            x = box.left + number * box.width / count
            items.append(Line(((x, box.bottom), (x + box.width / count, box.top)), "#8a8a8a", 0.15))
    return items


_CIRCLE: Final = ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))


def key_needed(words: Words, kind: Kind) -> Paragraph:
    """Return what stands in place of a section that the reader may not see."""
    said = message(
        "Shown with a key of the audience {audience} or above; this sheet was made without.",
        audience=REQUIRED[kind].label,
    )
    return Paragraph(words.say(said), most=3, colour=GREY)


@cache
def ground_sources() -> tuple[str, ...]:
    """Return how outlines, neighbours, rivers, roads and towns of the maps must be credited."""
    wanted = ("regions/communes.fgb", "regions/neighbours.fgb", "regions/rivers.fgb", "regions/places.csv")
    return tuple(dict.fromkeys(source.attribution for source in sources() if source.path in wanted))
