"""The sections of a bulletin on what was recorded: counts, trend, plot."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from api.bulletin import plots
from api.bulletin.blocks import GREY, SMALL_PT, Block, Column, Heading, Paragraph, Picture, Table, text_height
from api.bulletin.tally import PeriodCount, Tally
from api.bulletin.typography import Words
from api.layers.measures import MEASURES
from geo.core.messages import message
from models.risk import trends

_ROWS: Final = {
    **{name: measure.title for name, measure in MEASURES.items()},
    "other": message("Other explosive ordnance, apart"),
    "fire": message("Air strikes, shelling, grenades, apart"),
    "conflict": message("Conflict events, apart"),
}
#: Rows that count events, of which none lacks its number.
_EVENTS: Final = ("events", "other", "fire", "conflict")


class Records:
    """Puts counts into words; `is_national` where they are of the whole country."""

    def __init__(self, counts: Tally, words: Words, *, is_national: bool = False) -> None:
        self._counts = counts
        self._words = words
        self._is_national = is_national
        self._say = words.say

    def counts(self) -> list[Block]:
        """Return the table of counts and how they changed."""
        words, counts = self._words, self._counts
        blocks: list[Block] = [Heading(self._say(message("What was recorded")))]
        if not counts.periods:
            blocks.append(Paragraph(self._say(message("The data hold no record of this kind."))))
            return blocks
        titles = [
            message("Last 3 months"),
            message("Last 12 months"),
            message("12 months before"),
        ]
        columns = (Column("", flexible=True), *(Column(self._say(title), right=True) for title in titles))
        rows = tuple(
            (self._say(_ROWS[name]), *(self._cell(count, name) for count in found))
            for name, found in counts.measures.items()
        )
        blocks.append(Table(columns, rows, lambda _: "", least=len(rows)))
        months = message(
            "Whole months up to {month}; the last one up to the newest record.",
            month=words.month(counts.periods[0].end - timedelta(days=1)),
        )
        said = [self._say(months)]
        if any(count.partial for found in counts.measures.values() for count in found):
            said.append(self._say(message("“–”: the data hold nothing of this time; “≥”: they hold a part of it.")))
        spread = counts.measures["events"][1].spread
        if self._is_national and any(count.spread >= 0.05 for count in counts.measures["events"]):
            said.append(
                self._say(message("Decimals: an incident whose month is not known counts in part in several months."))
            )
        elif spread >= 0.05:
            shared = message(
                "Of the incidents of 12 months, {spread} are shares of incidents whose place or date is known too "
                "coarsely for this unit alone.",
                spread=words.count(spread),
            )
            said.append(self._say(shared))
        blocks.append(Paragraph(self._trend(), bold=True, most=4, least=2))
        blocks.append(Paragraph(" ".join(said), SMALL_PT, False, GREY, most=5, least=2))
        return blocks

    def _cell(self, count: PeriodCount, name: str) -> str:
        """A count; what no event states is not zero, and a sum that lacks some is a least number."""
        if count.total is None:
            return "–"
        text = self._words.count(count.total)
        is_least = count.partial or (name not in _EVENTS and count.unknown >= 0.5)
        return f"≥\u202f{text}" if is_least else text

    def _trend(self) -> str:
        counts, words = self._counts, self._words
        trend = counts.trend
        if trend is None:
            if not counts.covers and counts.first is not None:
                return self._say(
                    message(
                        "No comparison with the year before: the data begin on {date}.", date=words.day(counts.first)
                    )
                )
            return self._say(trends.TOO_FEW)
        return self._say(trends.trend_message(trend, words.count, words.number))

    def history(self, expected: tuple[float, float, float] | None) -> list[Block]:
        """Return the plot of records per three months, with what is expected next and its interval, where given."""
        words, counts = self._words, self._counts
        blocks: list[Block] = [Heading(self._say(message("Records per 3 months")))]
        if not counts.bars:
            blocks.append(Paragraph(self._say(message("The data are too short for a plot."))))
            return blocks
        blocks.append(Picture(lambda box: plots.history(box, words, counts, expected), 25.0, 62.0))
        keys = {
            "exact": message("place and month known"),
            "spread": message("shares of imprecise ones"),
            "expected": message("expected, with 90 % interval"),
        }
        entries = [
            (self._say(keys[name]), colour)
            for name, colour in plots.keys_of_history()
            if name != "expected" or expected is not None
        ]
        height = 2 * text_height(1, SMALL_PT) + 0.4
        blocks.append(Picture(lambda box: plots.key_line(box, entries), height, height))
        return blocks
