"""The bulletin of a region, cercle or commune: `UnitFacts` in words, on one page."""

from __future__ import annotations

from typing import Final

from api.base.i18n import translate_text
from api.bulletin.blocks import Block, Column, Heading, Paragraph, Picture, Table
from api.bulletin.layout import Row, arrange
from api.bulletin.notable import Notable
from api.bulletin.page import Page
from api.bulletin.records import Records
from api.bulletin.sheet import banners, class_notes, foot, ground_sources, head, key_needed, legend, roads_sign
from api.bulletin.sketch import Road, Sketch
from api.bulletin.typography import Words
from api.bulletin.unit_facts import UnitFacts
from api.bulletin.unit_outlook import Outlook
from api.layers.labels import HAZARD_TYPES, LOCATION_PRECISIONS
from api.layers.registry import INCIDENTS
from api.layers.risk import notices
from geo.core.messages import message
from geo.incidents.schema import DatePrecision, LocationPrecision
from geo.roads import load_roads
from models.risk.class_limits import Band, Support
from models.risk.target import NAMES, Target
from models.routes.answer import Coverage

KIND: Final = message("Sira: bulletin of explosive incidents")
_CONFLICT_KIND: Final = message("Sira: bulletin of conflict events, which are not explosive incidents")
_LEVELS: Final = {
    "region": message("Region"),
    "cercle": message("Cercle"),
    "commune": message("Commune"),
}


def unit_page(facts: UnitFacts, lang: str) -> Page:
    """Return the page that says `facts` in `lang`."""
    return _UnitPage(facts, Words(lang)).page()


class _UnitPage:
    """Puts one unit's facts on a page."""

    def __init__(self, facts: UnitFacts, words: Words) -> None:
        self._facts = facts
        self._words = words
        self._say = words.say

    def page(self) -> Page:
        facts, words = self._facts, self._words
        place = facts.place
        name = words.print(place.name)
        records, outlook = Records(facts.counts, words), Outlook(facts, words)
        past = facts.assessment.window().notice(facts.today, words.month(facts.assessment.newest))
        kind = _CONFLICT_KIND if facts.target is Target.CONFLICT else KIND
        rows = [
            head(words, kind, name, self._about(), self._dates()),
            *banners(words, synthetic=facts.synthetic, past=past),
            Row((1.08, 1.0), [self._map(), outlook.forecast()]),
            Row((1.08, 1.0), [records.counts(), records.history(outlook.interval())]),
            Row((1.08, 1.0), [outlook.roads(), outlook.hotspots()]),
            Row.whole(*Incidents(facts, words).section()),
        ]
        about = message("Bulletin: {unit}, {date}", unit=name, date=words.day(facts.today))
        title = self._say(facts.assessment.window().mark_title(about, facts.today))
        return arrange(
            rows,
            self._foot(),
            title=title,
            subject=self._say(NAMES[facts.target]),
            lang=words.lang,
            day=facts.today,
            grows=(len(rows) - 4, len(rows) - 3),
        )

    def _about(self) -> str:
        place, words = self._facts.place, self._words
        parts = [self._say(_LEVELS[place.level])]
        if place.parent is not None:
            parts.append(words.print(place.parent))
        if place.pcode is not None:
            parts.append(words.print(f"{place.pcode} ({place.pcode_set})"))
        parts.append(self._say(message("boundaries of {vintage}", vintage=place.vintage)))
        if place.population is not None:
            people = message("{population} people ({year})", population=place.population, year=place.population_year)
            parts.append(self._say(people))
        return " · ".join(parts)

    def _dates(self) -> list[str]:
        facts, words = self._facts, self._words
        lines = [self._say(message("Made on {date}", date=words.day(facts.today)))]
        if facts.counts.newest is not None:
            lines.append(
                self._say(message("Newest record of this kind: {date}", date=words.month(facts.counts.newest)))
            )
        lines.append(self._say(message("Revision {revision} of the data", revision=facts.revision)))
        return lines

    def _map(self) -> list[Block]:
        facts, words = self._facts, self._words
        roads: tuple[Road, ...] = ()
        if facts.road_lines is not None:
            roads = tuple(
                Road(line, Band(band) if coverage != Coverage.NOT_ASSESSED.value else Band.NOT_ASSESSED)
                for line, band, coverage in zip(
                    facts.road_lines.geometry, facts.road_lines["band"], facts.road_lines["coverage"], strict=True
                )
            )
        else:
            roads = tuple(Road(line) for line in load_roads().geometry)
        sketch = Sketch(facts.units, facts.place.outline, roads, facts.points)
        signs = [("road", message("road, without assessment on this sheet"))]
        if facts.road_lines is not None:
            signs = [("roads", roads_sign(message("road: wider in a higher band, dashed where not assessed")))]
        if facts.points is not None:
            signs.append(("point", message("incident with a known position, last 24 months of data")))
        key = legend(words, signs, facts.target, Support(facts.place.level))
        return [Picture(lambda box: sketch.paint(box, words), 52.0, 112.0), key]

    def _foot(self) -> Row:
        facts, words = self._facts, self._words
        notes = [
            self._say(each)
            for each in notices(facts.assessment, facts.today, newest=words.month(facts.assessment.newest))
        ]
        notes.append(
            self._say(
                message(
                    "Estimates are of incidents that are likely to be recorded, from past records and who reports; how "
                    "good they were is under /model."
                )
            )
        )
        notes += class_notes(words, Support(facts.place.level))
        if facts.schematic:
            said = message("Roads are schematic: straight lines between towns, several km off in places.")
            notes.append(self._say(said))
        if facts.place.approximate:
            notes.append(self._say(message("The outline of this unit is approximate.")))
        if facts.place.note is not None:
            notes.append(words.print(translate_text(facts.place.note, words.lang)))
        names = [*facts.assessment.about["sources"], *facts.counts.sources]
        named = [words.print(name) for name in names] + [words.print(text) for text in ground_sources()]
        made = message(
            "Sira · {unit} · assessment of {date}, revision {revision} · counts of revision {counts_revision}",
            unit=facts.place.unit_id,
            date=words.day(facts.assessment.t0),
            revision=facts.assessment.revision,
            counts_revision=facts.revision,
        )
        return foot(words, message("Sources and limits"), notes, named, self._say(made))


class Incidents:
    """Puts incidents into words."""

    def __init__(self, facts: UnitFacts, words: Words) -> None:
        self._facts = facts
        self._words = words
        self._say = words.say

    def section(self) -> list[Block]:
        """Return the section, or in its place which key shows it."""
        facts = self._facts
        title = message("Recent incidents with most victims, last 24 months of data")
        blocks: list[Block] = [Heading(self._say(title))]
        if facts.incidents is None:
            blocks.append(key_needed(self._words, INCIDENTS.kind))
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
