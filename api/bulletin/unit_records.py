"""The sections of a bulletin on what was recorded: counts, trend, plot, and incidents one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from api.access import Kind
from api.bulletin import plots
from api.bulletin.blocks import GREY, SMALL_PT, Block, Column, Heading, Paragraph, Picture, Table, text_height
from api.bulletin.sheet import key_needed
from api.bulletin.tally import Count, Trend
from api.bulletin.typography import Words
from api.bulletin.unit_facts import Notable, UnitFacts
from api.labels import HAZARD_TYPES, LOCATION_PRECISIONS
from geo.incidents.schema import DatePrecision, LocationPrecision
from geo.messages import Message, message

_ROWS: Final = {
    "events": message("Incidents"),
    "killed": message("Killed"),
    "injured": message("Injured"),
    "civilians": message("Civilian victims"),
    "other": message("Other explosive ordnance, apart"),
    "conflict": message("Conflict events, apart"),
}


class Records:
    """Puts what was recorded in a unit into words."""

    def __init__(self, facts: UnitFacts, words: Words) -> None:
        self._facts = facts
        self._words = words
        self._say = words.say

    def counts(self) -> list[Block]:
        words, counts = self._words, self._facts.counts
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
            (self._say(_ROWS[name]), *(self._cell(count, name, found) for count in found))
            for name, found in counts.measures.items()
        )
        blocks.append(Table(columns, rows, lambda _: "", least=len(rows)))
        months = message(
            "Whole months up to {month}; the last one up to the newest record.",
            month=words.month(counts.periods[0].end - timedelta(days=1)),
        )
        said = [self._say(months)]
        spread = counts.measures["events"][1].spread
        if spread >= 0.05:
            shared = message(
                "Of the incidents of 12 months, {spread} are shares of incidents whose place or date is known too "
                "coarsely for this unit alone.",
                spread=words.count(spread),
            )
            said.append(self._say(shared))
        blocks.append(Paragraph(self._trend(), bold=True, most=4, least=2))
        blocks.append(Paragraph(" ".join(said), SMALL_PT, False, GREY, most=5, least=2))
        return blocks

    def _cell(self, count: Count, name: str, row: tuple[Count, ...]) -> str:
        """A count; what no event states is not zero, and a sum that lacks some is a least number."""
        if count.total is None:
            return "–"
        text = self._words.count(count.total)
        return f"≥\u202f{text}" if name not in ("events", "other", "conflict") and count.unknown >= 0.5 else text

    def _trend(self) -> str:
        counts, words = self._facts.counts, self._words
        trend = counts.trend
        if trend is None:
            if not counts.covers and counts.first is not None:
                return self._say(
                    message(
                        "No comparison with the year before: the data begin on {date}.", date=words.day(counts.first)
                    )
                )
            return self._say(
                message("No record in either year. That says nothing about danger: see how often anybody reported.")
            )
        return self._say(_trend_words(trend, words))

    def history(self) -> list[Block]:
        facts, words, row = self._facts, self._words, self._facts.row
        blocks: list[Block] = [Heading(self._say(message("Records per 3 months")))]
        if not facts.counts.bars:
            blocks.append(Paragraph(self._say(message("The data are too short for a plot."))))
            return blocks
        expected = None
        if bool(row["assessed"]):
            expected = (float(row["expected"]), float(row["low"]), float(row["high"]))
        counts = facts.counts
        blocks.append(Picture(lambda box: plots.history(box, words, counts, expected), 30.0, 62.0))
        keys = {
            "exact": message("located in the unit"),
            "spread": message("shares of imprecise ones"),
            "expected": message("expected next, with 90 % interval"),
        }
        entries = [
            (self._say(keys[name]), colour)
            for name, colour in plots.keys_of_history()
            if name != "expected" or expected is not None
        ]
        height = 2 * text_height(1, SMALL_PT) + 0.4
        blocks.append(Picture(lambda box: plots.key_line(box, entries), height, height))
        return blocks

    def incidents(self) -> list[Block]:
        facts = self._facts
        title = message("Recent incidents with most victims, last 24 months of data")
        blocks: list[Block] = [Heading(self._say(title))]
        if facts.incidents is None:
            blocks.append(key_needed(self._words, Kind.INCIDENT_POINTS))
            return blocks
        if not facts.incidents:
            said = message("None is recorded in this unit. That says nothing about danger.")
            blocks.append(Paragraph(self._say(said), most=2))
            return blocks
        columns = (
            Column(self._say(message("date"))),
            Column(self._say(message("device")), flexible=True),
            Column(self._say(message("killed")), right=True),
            Column(self._say(message("injured")), right=True),
            Column(self._say(message("where")), flexible=True),
            Column(self._say(message("position")), flexible=True),
        )
        rows = tuple(self._incident(each) for each in facts.incidents)
        known = facts.incidents_known
        shown = len(rows)

        def more(left: int) -> str:
            return self._say(message("{count} more are recorded in these 24 months", count=known - shown + left))

        blocks.append(Table(columns, rows, more, shown=min(8, shown), least=2, size_pt=7.2))
        return blocks

    def _incident(self, each: Notable) -> tuple[str, ...]:
        words = self._words
        day = {
            DatePrecision.DAY.value: words.day(each.date),
            DatePrecision.MONTH.value: words.month(each.date),
            DatePrecision.YEAR.value: str(each.date.year),
        }[each.date_precision]
        return (
            day,
            self._say(HAZARD_TYPES[each.hazard]),
            "–" if each.killed is None else words.number(each.killed, 3),
            "–" if each.injured is None else words.number(each.injured, 3),
            self._where(each),
            self._position(each),
        )

    def _where(self, each: Notable) -> str:
        words = self._words
        if each.written is not None:
            return words.print(each.written)
        if each.near is not None and each.km is not None:
            if each.km < 2:
                return words.print(each.near)
            return self._say(message("{km} km from {place}", km=round(each.km), place=each.near))
        return words.print(each.known_to) if each.known_to is not None else "–"

    def _position(self, each: Notable) -> str:
        said = self._say(LOCATION_PRECISIONS[each.precision])
        if each.precision in (LocationPrecision.WITHIN_KM, LocationPrecision.SETTLEMENT) and each.error_km is not None:
            return f"{said} (±\u202f{self._words.number(each.error_km)}\u202fkm)"
        return said


def _trend_words(trend: Trend, words: Words) -> Message:
    now, before = words.count(trend.now), words.count(trend.before)
    if trend.ratio is None or trend.high is None:
        return message("{now} in the last 12 months, none in the 12 before.", now=now)
    values = {
        "now": now,
        "before": before,
        "ratio": words.number(trend.ratio),
        "low": words.number(trend.low),
        "high": words.number(trend.high),
    }
    if trend.low > 1:
        return message(
            "More records: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: {low} "
            "to {high}).",
            **values,
        )
    if trend.high < 1:
        return message(
            "Fewer records: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: "
            "{low} to {high}). Fewer records are not less danger.",
            **values,
        )
    return message(
        "No clear change: {now} in the last 12 months, {before} in the 12 before, times {ratio} (90 % interval: {low} "
        "to {high}).",
        **values,
    )
