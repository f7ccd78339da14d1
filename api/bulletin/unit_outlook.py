"""The sections of a bulletin on what is likely: the forecast and what drives it, roads, hotspots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import pandas as pd

from api.base.access import Kind
from api.bulletin import plots
from api.bulletin.blocks import GREY, SMALL_PT, Block, Column, Heading, Paragraph, Picture, Table
from api.bulletin.roads_in import RoadIn
from api.bulletin.sheet import band_name, expected_title, key_needed
from api.bulletin.typography import Words
from api.bulletin.unit_facts import UnitFacts
from api.layers.registry import HOTSPOTS
from api.layers.shares import SHARES
from geo.core.messages import message
from geo.counting.reporting import reason_text
from models.risk.changes import NO_EARLIER
from models.risk.class_limits import Band
from models.risk.target import NAMES, Target
from models.risk.trends import Direction, direction
from models.routes.answer import Coverage
from models.routes.words import COVERAGE

_PATTERNS: Final = {
    "emerging": message("emerging"),
    "persistent": message("persistent"),
    "fading": message("fading"),
}
#: Shares below this say nothing on paper.
_LEAST_SHARE: Final = 0.005
_MOST_SHARES: Final = 4
#: Units that a road is said to lead to; how many more there are is said.
_MOST_NEIGHBOURS: Final = 3


class Outlook:
    """Puts what is expected in a unit into words."""

    def __init__(self, facts: UnitFacts, words: Words) -> None:
        self._facts = facts
        self._words = words
        self._say = words.say

    def interval(self) -> tuple[float, float, float] | None:
        """Return expected incidents with the ends of their interval, None where the unit is not assessed."""
        row = self._facts.row
        return (float(row["expected"]), float(row["low"]), float(row["high"])) if bool(row["assessed"]) else None

    def forecast(self) -> list[Block]:
        """Return what is expected next and what drives it, or why nothing is said."""
        facts, words, row = self._facts, self._words, self._facts.row
        assessment = facts.assessment
        period = message("{days} days", days=assessment.horizon_days)
        title = expected_title(assessment.window(), facts.today)
        blocks: list[Block] = [
            Heading(self._say(title)),
            Paragraph(self._say(period), SMALL_PT, False, GREY, most=1),
            Paragraph(self._say(NAMES[facts.target]), SMALL_PT, False, GREY, most=1),
        ]
        if not bool(row["assessed"]):
            reason = self._say(reason_text(str(row["reason"])))
            blocks.append(Paragraph(self._say(message("Not assessed")), 14.0, True, most=1))
            blocks.append(Paragraph(self._say(message("Why: {reason}.", reason=reason)), most=4))
            blocks.append(
                Paragraph(
                    self._say(message("There is no estimate. This is not a low risk: nobody can say how high it is.")),
                    bold=True,
                    most=3,
                )
            )
            blocks += self._reporting()
            return blocks
        expected = (
            message("{expected} recorded incidents expected", expected=words.number(float(row["expected"])))
            if facts.target is not Target.CONFLICT
            else message("{expected} recorded conflict events expected", expected=words.number(float(row["expected"])))
        )
        blocks.append(Paragraph(self._say(expected), 14.0, True, most=2, after=0.6))
        chance = words.percent(float(row["p_any"]))
        interval = message("Chance of at least one: {chance}.", chance=chance)
        if row["high"] > 0:  # from 0 to 0 beside what is expected would read as if nothing could happen
            interval = message(
                "90 % interval: {low} to {high}. Chance of at least one: {chance}.",
                low=words.number(float(row["low"]), 3),
                high=words.number(float(row["high"]), 3),
                chance=chance,
            )
        blocks.append(Paragraph(self._say(interval), bold=True, most=2))
        band = message("Band: {band}.", band=band_name(words, Band(row["band"])))
        blocks.append(Paragraph(f"{self._say(band)} {self._change()}", most=4))
        blocks.append(Paragraph(self._say(message("What it rests on, as shares of the estimate")), 7.4, True, most=1))
        ranked = sorted(((float(row[f"share_{name}"]), name) for name in SHARES), reverse=True)
        most = [(self._say(SHARES[name].words), share) for share, name in ranked if share >= _LEAST_SHARE]
        told = most[:_MOST_SHARES]
        height = len(told) * 3.4
        blocks.append(Picture(lambda box: plots.shares(box, words, told), height, height))
        behind = message(
            "About {events} past incidents stand behind it, by weight.", events=words.number(float(row["n_eff"]))
        )
        blocks.append(Paragraph(self._say(behind), SMALL_PT, False, GREY, most=2))
        blocks += self._reporting()
        return blocks

    def _change(self) -> str:
        row, words = self._facts.row, self._words
        since = self._facts.assessment.about["change_since"]
        if since is None:
            return self._say(NO_EARLIER)
        day = words.day(date.fromisoformat(since))
        if direction(row["low"], row["high"], row["before"]) is Direction.UNCLEAR:
            before = words.number(float(row["before"]))
            return self._say(message("No clear change since {date}: {before} expected then.", date=day, before=before))
        parts = {name: float(row[f"change_{name}"]) for name in ("new", "decay", "model")}
        change = sum(parts.values())
        return self._say(
            message(
                "Change since {date}: {change} (new records {new}, time {decay}, model {model}).",
                date=day,
                change=self._signed(change),
                **{name: self._signed(value) for name, value in parts.items()},
            )
        )

    def _signed(self, value: float) -> str:
        text = self._words.number(abs(value))
        return f"−{text}" if value < 0 and text != "0" else f"+{text}"

    def _reporting(self) -> Iterator[Block]:
        """How well the unit is observed."""
        row, words = self._facts.row, self._words
        reports, sources = words.number(float(row["reports"])), int(row["sources"])
        said = [
            self._say(
                message("Reports of any kind in five years: {reports}, from one source.", reports=reports)
                if sources == 1
                else message(
                    "Reports of any kind in five years: {reports}, from {sources} sources.",
                    reports=reports,
                    sources=sources,
                )
            )
        ]
        if pd.notna(row["months_since_last"]) and float(row["months_since_last"]) >= 0:
            ago = int(row["months_since_last"])
            said.append(self._say(message("Months since the last one: {months}.", months=ago)))
        if pd.notna(row["stopped_source"]):
            said.append(
                self._say(
                    message(
                        "The source {source} has stopped: fewer records are no improvement.",
                        source=str(row["stopped_source"]),
                    )
                )
            )
        yield Paragraph(" ".join(said), SMALL_PT, False, GREY, most=4, least=2)

    def roads(self) -> list[Block]:
        """Return the roads that lead in, with the highest rate of each."""
        facts = self._facts
        blocks: list[Block] = [Heading(self._say(message("Roads that lead in")))]
        if facts.roads is None:
            if facts.roads_wait is None:
                blocks.append(key_needed(self._words, Kind.ROUTES))
            else:
                blocks.append(Paragraph(self._say(facts.roads_wait), most=3, colour=GREY))
            return blocks
        if not facts.roads:
            blocks.append(Paragraph(self._say(message("No road of the network crosses this unit."))))
            return blocks
        columns = (
            Column(self._say(message("road")), flexible=True, most_lines=5, weight=1.5),
            Column(self._say(message("leads to")), flexible=True, most_lines=6),
            Column(self._say(message("expected")), right=True),
            Column(self._say(message("× median")), right=True),
            Column(self._say(message("band")), flexible=True, most_lines=3, weight=0.9),
        )
        rows = tuple(self._road(road) for road in facts.roads)

        def more(left: int) -> str:
            return self._say(message("and {count} more roads", count=left))

        blocks.append(Table(columns, rows, more, size_pt=7.0))
        said = [
            self._say(
                message(
                    "Of each road the stretch in the unit with the highest rate, at most 10 km: recorded incidents in "
                    "its corridor in {days} days, 90 % interval in brackets. Not the danger of a trip.",
                    days=facts.assessment.horizon_days,
                )
            ),
            self._say(message("× median: rate per km over that of the national median road.")),
        ]
        blocks.append(Paragraph(" ".join(said), SMALL_PT, False, GREY, most=5, least=3))
        return blocks

    def _road(self, road: RoadIn) -> tuple[str, ...]:
        words = self._words
        name = words.print(" ".join(part for part in (road.ref, road.name) if part))
        left = len(road.leads_to) - _MOST_NEIGHBOURS
        names = [*road.leads_to[:_MOST_NEIGHBOURS], *([f"+{left}"] if left > 0 else [])]
        leads = words.print(", ".join(names)) or "–"
        if road.expected is None or road.relative_rate is None:
            return name, leads, "–", "–", self._say(COVERAGE[Coverage.NOT_ASSESSED])
        band = band_name(words, road.band)
        if road.coverage is Coverage.UNDER_OBSERVED:
            band = self._say(message("{band}, under-observed", band=band))
        value = words.number(road.expected)
        if road.low is not None and road.high is not None and road.high > 0:
            value += f" ({words.number(road.low, 3)}–{words.number(road.high, 3)})"
        return name, leads, value, words.number(road.relative_rate), band

    def hotspots(self) -> list[Block]:
        """Return the communes whose records cluster."""
        facts, words = self._facts, self._words
        blocks: list[Block] = [Heading(self._say(message("Hotspots of records")))]
        if facts.hotspots is None:
            blocks.append(key_needed(self._words, HOTSPOTS.kind))
            return blocks
        caveat = message("A hotspot says where records cluster, which also depends on who reports. It is no forecast.")
        if not facts.hotspots:
            blocks.append(Paragraph(self._say(message("No commune stands out (Gi*, false discovery rate 5 %)."))))
            blocks.append(Paragraph(self._say(caveat), SMALL_PT, False, GREY, most=3))
            return blocks
        columns = (
            Column(self._say(message("commune")), flexible=True),
            Column(self._say(message("pattern"))),
            Column(self._say(message("recorded, 12 months")), right=True),
            Column("z", right=True),
        )
        rows = tuple(
            (
                words.print(each.name),
                self._say(_PATTERNS[each.pattern]),
                words.count(each.recorded),
                words.number(each.z),
            )
            for each in facts.hotspots
        )

        def more(left: int) -> str:
            return self._say(message("and {count} more communes", count=left))

        table = Table(columns, rows, more, shown=min(6, len(rows)))
        measured = message(
            "z: Gi* of the records of the commune and those around it in the 365 days before {date}; the pattern "
            "compares it with the years before.",
            date=words.day(facts.assessment.t0),
        )
        said = f"{self._say(caveat)} {self._say(measured)}"
        blocks += [table, Paragraph(said, SMALL_PT, False, GREY, most=5, least=2)]
        return blocks
