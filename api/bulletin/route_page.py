"""The report of a route on one page, made of the same rows as its text (`api.roads.report`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import orjson
import shapely

from api.base.access import Caller, Kind, disclose
from api.bulletin.blocks import GREY, SMALL_PT, Block, Column, Heading, Listing, Paragraph, Picture, Table
from api.bulletin.layout import Row, arrange
from api.bulletin.page import Page
from api.bulletin.sheet import banners, class_notes, foot, ground_sources, head, legend, roads_sign
from api.bulletin.sketch import Road, Sketch
from api.bulletin.typography import Words
from api.layers.labels import HAZARD_TYPES
from api.layers.units import TOLERANCE_M
from api.roads.answers import answer_json
from api.roads.planners import ReadyPlanner
from api.roads.report import OTHERS, Report
from api.roads.words import ENDED, HAZARDS, on_part
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.messages import Message, message
from geo.incidents.schema import HazardType
from models.risk.class_limits import Band, Support, scale_text
from models.risk.target import Target, target_title
from models.routes.answer import Coverage, RouteAnswer, RouteSegment

_KIND: Final = message("Sira: route report")
_LEVEL: Final = "cercle"
_MOST_INCIDENTS: Final = 8
_CELL_PT: Final = 7.0


@dataclass(frozen=True, slots=True, eq=False)
class RouteSheet:
    """A route that was answered, and for whom: what a page of it is made from. `names` are those of the waypoints."""

    answer: RouteAnswer
    names: Sequence[str]
    ready: ReadyPlanner
    caller: Caller
    today: date


def route_page(sheet: RouteSheet, lang: str) -> Page:
    """Return the page that reports a route in `lang`; of single incidents it holds what its reader may see.

    Raises
    ------
    AccessDeniedError
        The caller may not ask for routes.
    """
    disclose(Kind.ROUTES, sheet.caller)
    return _RoutePage(sheet, Words(lang)).page()


class _RoutePage:
    """Puts one answer on a page."""

    def __init__(self, sheet: RouteSheet, words: Words) -> None:
        self._sheet = sheet
        self._words = words
        self._say = words.say
        #: The answer as it may be told to the reader: single incidents are taken from here and nowhere else.
        self._told = answer_json(sheet.answer, sheet.ready, sheet.caller, words.lang, sheet.today)
        self._report = Report(sheet.answer, sheet.names, sheet.ready, words.lang)

    def page(self) -> Page:
        sheet, words, answer = self._sheet, self._words, self._sheet.answer
        assessment = sheet.ready.assessment
        name = words.print(" – ".join(sheet.names))
        dates = [
            self._say(message("Made on {date}", date=words.day(sheet.today))),
            self._say(
                message("Newest record of this kind: {date}", date=words.day(answer.newest))
                if assessment.about["events"]
                else message("Newest record of any kind: {date}; none of this kind", date=words.day(answer.newest))
            ),
            self._say(message("Revision {revision} of the data", revision=assessment.revision)),
        ]
        report = message("Route report: {route}, {date}", route=name, date=words.day(sheet.today))
        rows = [
            head(words, _KIND, name, self._say(target_title(assessment.target)), dates),
            *banners(words, synthetic=answer.synthetic, past=answer.window.notice(sheet.today)),
            *self._hazards(),
            Row((1.0, 1.0), [self._map(), self._summary()]),
            Row((1.0, 1.0), [self._stretches(), self._alternatives()]),
            Row.whole(*self._incidents()),
            Row.whole(*self._on_the_way()),
        ]
        return arrange(
            rows,
            self._foot(),
            title=self._say(answer.window.mark_title(report, sheet.today)),
            subject=self._say(target_title(assessment.target)),
            lang=words.lang,
            day=sheet.today,
            grows=(len(rows) - 4,),
        )

    def _hazards(self) -> list[Row]:
        """The hazard areas of today, before all else."""
        areas = self._sheet.answer.hazard_areas
        if not areas:
            return []
        entries = tuple(map(self._words.print, self._report.hazards(areas)))
        return [Row.whole(Heading(self._say(HAZARDS)), Listing(entries, self._joined))]

    def _map(self) -> list[Block]:
        answer, words = self._sheet.answer, self._words
        alternatives = tuple(each.geometry for each in answer.alternatives)
        sketch = Sketch(
            units=_cercles(self._sheet.ready),
            focus=shapely.union_all([answer.geometry, *alternatives]),
            points=self._points(),
            route=tuple(Road(each.geometry, _band(each)) for each in answer.segments),
            others=alternatives,
            stops=tuple(
                (each.lon, each.lat, name) for each, name in zip(answer.snapped, self._sheet.names, strict=False)
            ),
            labelled=False,
            outlined=False,
        )
        signs = [
            ("route", roads_sign(message("this route: wider in a higher band, dashed where not assessed"))),
            ("point", message("one of the latest incidents in the corridor")),
        ]
        if alternatives:
            signs.append(("other_route", message("other roads, see below")))
        key = legend(words, signs, self._sheet.ready.assessment.target, Support.CERCLE)
        return [Picture(lambda box: sketch.paint(box, words), 50.0, 100.0), key]

    def _points(self) -> np.ndarray[Any, np.dtype[np.object_]]:
        texts = [orjson.dumps(each["geometry"]) for each in self._told["incidents"] if each["geometry"] is not None]
        return np.asarray(shapely.from_geojson(texts), dtype=object)

    def _summary(self) -> list[Block]:
        answer, words = self._sheet.answer, self._words
        target = self._sheet.ready.assessment.target
        heading = message("Expected on this route from {days}", days=answer.window.days)
        blocks: list[Block] = [Heading(self._say(heading))]
        if answer.expected_incidents is None:
            blocks.append(Paragraph(self._say(message("Not assessed")), 14.0, True, most=1))
        else:
            value = words.number(answer.expected_incidents)
            said = message("{expected} recorded incidents expected", expected=value)
            if target is Target.CONFLICT:
                said = message("{expected} recorded conflict events expected", expected=value)
            said = on_part(said, answer.known_km, answer.length_km)
            blocks.append(Paragraph(self._say(said), 14.0, True, most=2, after=0.6))
        columns = (Column(""), Column("", flexible=True, most_lines=3))
        rows = tuple((words.print(name), words.print(value)) for name, value in self._report.summary())
        blocks.append(Table(columns, rows, lambda _: "", least=len(rows), size_pt=_CELL_PT))
        return blocks

    def _stretches(self) -> list[Block]:
        worst = self._report.worst()
        heading = message("Highest rates first") if worst else message("In order of travel")
        blocks: list[Block] = [Heading(self._say(heading))]
        table = self._table(self._report.stretches(worst or self._report.in_order()), 1, shown=8)
        said = message(
            "Expected: recorded incidents in the corridor in {days} days. × median: rate per km over that of the "
            "national median road.",
            days=self._sheet.answer.horizon_days,
        )
        limits = scale_text(Support.ROAD, self._sheet.ready.assessment.target)
        return [
            *blocks,
            table,
            Paragraph(self._say(said), SMALL_PT, False, GREY, most=3, least=1),
            Paragraph(self._say(limits), SMALL_PT, False, GREY),
        ]

    def _alternatives(self) -> list[Block]:
        blocks: list[Block] = [Heading(self._say(OTHERS))]
        if not self._sheet.answer.alternatives:
            blocks.append(Paragraph(self._say(message("No other road was looked for, or there is none.")), most=2))
            return blocks
        blocks.append(self._table(self._report.alternatives(), 0, shown=5))
        said = message(
            "Expected: recorded incidents in {days} days, in brackets 90 % of the outcomes. Times are assumed.",
            days=self._sheet.answer.horizon_days,
        )
        return [*blocks, Paragraph(self._say(said), SMALL_PT, False, GREY, most=3, least=1)]

    def _table(self, rows: Sequence[Sequence[str]], flexible: int, *, shown: int) -> Table:
        """Return a table of rows whose first holds the titles; numbers stand at the right."""
        words = self._words
        titles, *cells = rows
        last = len(titles) - 1
        columns = tuple(
            Column(
                words.print(text),
                right=number != flexible and not (flexible == 1 and number == last),
                flexible=number == flexible,
                most_lines=3,
            )
            for number, text in enumerate(titles)
        )
        printed = tuple(tuple(words.print(text) for text in row) for row in cells)

        def left_out(left: int) -> str:
            return self._say(message("{count} more", count=left))

        return Table(columns, printed, left_out, shown=min(shown, len(printed)), least=2, size_pt=_CELL_PT)

    def _incidents(self) -> list[Block]:
        words, told = self._words, self._told
        count = int(told["incidents_in_corridor"])
        heading = message("Latest of {count} recorded incidents in the corridor", count=count)
        blocks: list[Block] = [Heading(self._say(heading))]
        if not told["incidents"]:
            said = message("None is recorded in the corridor. That says nothing about danger.")
            return [*blocks, Paragraph(self._say(said), most=2)]
        columns = (
            Column(self._say(message("date"))),
            Column(self._say(message("device")), flexible=True),
            Column(self._say(message("km")), right=True),
            Column(self._say(message("from the road")), right=True),
            Column(self._say(message("position within")), right=True),
            Column(self._say(message("source")), flexible=True),
        )
        rows = tuple(
            (
                self._date(str(each["date"])),
                self._say(HAZARD_TYPES[HazardType(each["hazard_type"])]),
                "–" if each["at_km"] is None else words.number(each["at_km"], 3),
                "–" if each["distance_km"] is None else f"{words.number(each['distance_km'])}\u202fkm",
                "–" if each["location_error_km"] is None else f"{words.number(each['location_error_km'])}\u202fkm",
                words.print(str(each["source"])),
            )
            for each in told["incidents"]
        )

        def more(left: int) -> str:
            return self._say(message("{count} more", count=count - len(rows) + left))

        shown = min(_MOST_INCIDENTS, len(rows))
        return [*blocks, Table(columns, rows, more, shown=shown, least=2, size_pt=_CELL_PT)]

    def _date(self, text: str) -> str:
        words, parts = self._words, text.split("-")
        if len(parts) == 1:
            return text
        day = date(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) == 3 else 1)
        return words.day(day) if len(parts) == 3 else words.month(day)

    def _on_the_way(self) -> list[Block]:
        answer, words = self._sheet.answer, self._words
        found = (
            (ENDED, self._report.hazards(answer.ended_areas)),
            (message("Towns on the way"), self._report.each_nearby(answer.places)),
            (message("Airstrips on the way"), self._report.each_nearby(answer.airstrips)),
        )
        blocks: list[Block] = [Heading(self._say(message("On the way")))]
        for heading, near in found:
            if near:
                entries = tuple(map(words.print, near))
                blocks.append(Listing(entries, partial(self._listed, heading), _CELL_PT))
        return blocks if len(blocks) > 1 else []

    def _joined(self, entries: Sequence[str], left: int) -> str:
        more = [self._say(message("{count} more", count=left))] if left else []
        return self._words.listed([*entries, *more])

    def _listed(self, heading: Message, entries: Sequence[str], left: int) -> str:
        return self._say(message("{heading}: {listed}", heading=heading, listed=self._joined(entries, left)))

    def _foot(self) -> Row:
        sheet, words = self._sheet, self._words
        assessment = sheet.ready.assessment
        notes = [words.print(text) for text in self._report.caveats()]
        notes += class_notes(words, Support.CERCLE)  # those of the map
        named = [*assessment.about["sources"], sheet.ready.network.source, *ground_sources()]
        made = message(
            "Sira · assessment of {date}, revision {revision}",
            date=words.day(assessment.t0),
            revision=assessment.revision,
        )
        heading = message("What to keep in mind")
        return foot(words, heading, notes, [words.print(name) for name in named], self._say(made))


def _band(segment: RouteSegment) -> Band:
    return Band.NOT_ASSESSED if segment.coverage is Coverage.NOT_ASSESSED else Band(segment.band)


def _cercles(ready: ReadyPlanner) -> gpd.GeoDataFrame:
    """The cercles of the default vintage with their bands: what the route runs through."""
    units = Boundaries.shipped().simplified(_LEVEL, DEFAULT_VINTAGE, 2 * TOLERANCE_M[_LEVEL])
    table = ready.assessment.table(_LEVEL, DEFAULT_VINTAGE)
    units["band"] = table["band"].reindex(units.index).fillna(Band.NOT_ASSESSED.value)
    return units
