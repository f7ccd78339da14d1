"""The section of a bulletin on incidents one by one, as far as its reader may see them."""

from __future__ import annotations

from api.access import Kind
from api.bulletin.blocks import Block, Column, Heading, Paragraph, Table
from api.bulletin.notable import Notable
from api.bulletin.sheet import key_needed
from api.bulletin.typography import Words
from api.bulletin.unit_facts import UnitFacts
from api.labels import HAZARD_TYPES, LOCATION_PRECISIONS
from geo.incidents.schema import DatePrecision, LocationPrecision
from geo.messages import message


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
