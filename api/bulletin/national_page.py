"""The national sheet: the country at a glance, and published figures beside what the store counts."""

from __future__ import annotations

import re
from typing import Final

from api.base.country import NAME
from api.base.i18n import translate_text
from api.bulletin.blocks import GREY, SMALL_PT, Block, Column, Heading, Paragraph, Picture, Table
from api.bulletin.comparison import Comparison
from api.bulletin.layout import Row, arrange
from api.bulletin.national_facts import NationalFacts
from api.bulletin.page import Page
from api.bulletin.records import Records
from api.bulletin.sheet import band_name, banners, class_notes, expected_title, foot, ground_sources, head, legend
from api.bulletin.sketch import Road, Sketch
from api.bulletin.typography import Words
from api.layers.risk import notices
from geo.boundaries.regions import Boundaries
from geo.core.messages import message
from geo.core.provenance import sources
from geo.roads import load_roads
from models.risk.class_limits import Band, Support
from models.risk.target import NAMES

_KIND: Final = message("Sira: national sheet of explosive incidents")
_MOST_CERCLES: Final = 8
_CELL_PT: Final = 6.0
#: "(to the date of the sheet, early 2023)" in either language: the months beside it say so.
_OPEN_END: Final = re.compile(r" \([^()]*, [^()]*2023\)$")


def national_page(facts: NationalFacts, lang: str) -> Page:
    """Return the page that says `facts` in `lang`."""
    return _NationalPage(facts, Words(lang)).page()


class _NationalPage:
    """Puts the country's facts on a page."""

    def __init__(self, facts: NationalFacts, words: Words) -> None:
        self._facts = facts
        self._words = words
        self._say = words.say

    def page(self) -> Page:
        facts, words = self._facts, self._words
        past = facts.assessment.window().notice(facts.today, words.month(facts.assessment.newest))
        records = Records(facts.counts, words, is_national=True)
        about = message("{cercles} cercles of 2016 · {target}", cercles=len(facts.units), target=NAMES[facts.target])
        sheet = message("National sheet, {date}", date=words.day(facts.today))
        rows = [
            head(words, _KIND, NAME, self._say(about), self._dates()),
            *banners(words, synthetic=facts.synthetic, past=past),
            Row((1.08, 1.0), [self._map(), self._cercles()]),
            Row((1.08, 1.0), [records.counts(), records.history(None)]),
            Row.whole(*self._figures()),
        ]
        return arrange(
            rows,
            self._foot(),
            title=self._say(facts.assessment.window().mark_title(sheet, facts.today)),
            subject=self._say(NAMES[facts.target]),
            lang=words.lang,
            day=facts.today,
            grows=(len(rows) - 3, len(rows) - 2),
        )

    def _dates(self) -> list[str]:
        facts, words = self._facts, self._words
        lines = [self._say(message("Made on {date}", date=words.day(facts.today)))]
        if facts.counts.newest is not None:
            lines.append(
                self._say(message("Newest record of this kind: {date}", date=words.month(facts.counts.newest)))
            )
        return [*lines, self._say(message("Revision {revision} of the data", revision=facts.revision))]

    def _map(self) -> list[Block]:
        words = self._words
        roads = tuple(Road(line) for line in load_roads().geometry)
        country = Boundaries.shipped().country()
        sketch = Sketch(self._facts.units, country, roads, labelled=False, outlined=False, margin=0.02, most_towns=9)
        signs = [("road", message("road, without assessment on this sheet"))]
        key = legend(words, signs, self._facts.target, Support.CERCLE)
        return [Picture(lambda box: sketch.paint(box, words), 40.0, 84.0), key]

    def _cercles(self) -> list[Block]:
        """The cercles with the highest estimates, and how many nobody can judge."""
        facts, words = self._facts, self._words
        assessment, units = facts.assessment, facts.units
        title = expected_title(assessment.window(), facts.today)
        assessed = units[units["assessed"].fillna(False).astype(bool)]
        ranked = assessed.sort_values("expected", ascending=False, kind="stable").head(_MOST_CERCLES)
        said = message(
            "{judged} of {all} cercles are assessed; of {unjudged} nothing can be said, which is not a low risk.",
            judged=len(assessed),
            all=len(units),
            unjudged=len(units) - len(assessed),
        )
        blocks: list[Block] = [
            Heading(self._say(title)),
            Paragraph(self._say(message("{days} days", days=assessment.horizon_days)), SMALL_PT, False, GREY, most=1),
            Paragraph(self._say(said), bold=True, most=3),
        ]
        if ranked.empty:
            return blocks
        columns = (
            Column(self._say(message("Cercle")), flexible=True),
            Column(self._say(message("expected")), right=True),
            Column(self._say(message("90 % interval")), right=True),
            Column(self._say(message("band"))),
        )
        rows = tuple(
            (
                words.print(str(row["name"])),
                words.number(float(row["expected"])),
                f"{words.number(float(row['low']), 3)}–{words.number(float(row['high']), 3)}"
                if row["high"] > 0
                else "–",
                band_name(words, Band(row["band"])),
            )
            for _, row in ranked.iterrows()
        )
        left = len(assessed) - len(ranked)

        def more(hidden: int) -> str:
            return self._say(message("{count} more cercles are assessed", count=left + hidden))

        blocks.append(Table(columns, rows, more, least=4, after=0.4))
        return blocks

    def _figures(self) -> list[Block]:
        """Published figures beside the store's."""
        facts, words = self._facts, self._words
        blocks: list[Block] = [
            Heading(self._say(message("Published figures, and what the store counts for the same months")))
        ]
        columns = (
            Column(self._say(message("published figure")), flexible=True, most_lines=4, weight=1.0),
            Column(self._say(message("months"))),
            Column(self._say(message("published")), right=True, bold=True),
            Column(self._say(message("store")), right=True, bold=True),
            Column(self._say(message("why the two differ")), flexible=True, most_lines=4, weight=2.0),
        )
        rows = tuple(self._figure(each) for each in facts.comparisons if each.period is not None)

        def more(left: int) -> str:
            return self._say(message("{count} more figures are under /figures.json", count=left))

        if facts.synthetic:
            drawn = message("The store's records are drawn, not real: here the two can only differ.")
            blocks.append(Paragraph(self._say(drawn), bold=True, most=2))
        blocks.append(Table(columns, rows, more, least=6, size_pt=_CELL_PT))
        others = [each for each in facts.comparisons if each.period is None]
        listed = [
            self._say(message("{area}: {figure}", area=self._named(each), figure=self._value(each.value, each.unit)))
            for each in others
        ]
        said = message("Not counted by Sira: {figures}.", figures=words.listed(listed))
        blocks.append(Paragraph(self._say(said), _CELL_PT, most=5, least=4))
        note = message(
            "A published figure and the store's have different sources, definitions and missing reports; where "
            "they differ, neither corrects the other. Published figures: {sources}.",
            sources=tuple(dict.fromkeys(translate_text(each.source, words.lang) for each in facts.comparisons)),
        )
        blocks.append(Paragraph(self._say(note), _CELL_PT, False, GREY, most=4, least=2))
        return blocks

    def _figure(self, each: Comparison) -> tuple[str, ...]:
        words = self._words
        assert each.period is not None
        assert each.counted is not None
        name = self._named(each)
        if each.area != NAME:
            name = (
                f"{words.print(each.area)}: {name}" if words.lang == "en" else f"{words.print(each.area)}\u202f: {name}"
            )
        first, last = words.month(each.period.start, short=True), words.month(each.period.last_day, short=True)
        counted = "–"
        if each.counted.value is not None:
            counted = self._value(each.counted.value, each.unit.removesuffix(" (more than)"))
            if each.counted.unknown >= 1 and "share" not in each.unit:
                counted = f"≥\u202f{counted}"
        why = " ".join(self._say(reason) for reason in each.reasons) or self._say(message("Sources and reporting."))
        return name, f"{first} – {last}", self._value(each.value, each.unit), counted, why

    def _named(self, each: Comparison) -> str:
        return self._words.print(_OPEN_END.sub("", translate_text(each.definition, self._words.lang)))

    def _value(self, value: float, unit: str) -> str:
        words = self._words
        if unit.startswith("share"):
            return words.percent(value) if "more than" not in unit else f">\u202f{words.percent(value)}"
        if unit == "m2":
            return f"{words.number(value, 1)}\u202fm²"
        return words.number(round(value), 1)

    def _foot(self) -> Row:
        facts, words = self._facts, self._words
        notes = [
            self._say(each)
            for each in notices(facts.assessment, facts.today, newest=words.month(facts.assessment.newest))
        ]
        notes += class_notes(words, Support.CERCLE)
        notes.append(self._say(message("Roads are schematic: straight lines between towns, several km off in places.")))
        people = [source.attribution for source in sources() if source.path == "regions/population_2020.csv"]
        named = [*facts.assessment.about["sources"], *facts.counts.sources, *ground_sources(), *people]
        made = message(
            "Sira · assessment of {date}, revision {revision} · counts of revision {counts_revision}",
            date=words.day(facts.assessment.t0),
            revision=facts.assessment.revision,
            counts_revision=facts.revision,
        )
        return foot(words, message("Sources and limits"), notes, [words.print(name) for name in named], self._say(made))
