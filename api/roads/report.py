"""A route's answer as a text of 80 columns, for a terminal or an e-mail, in French or English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from api.layers.labels import HAZARD_TYPES
from api.layers.risk import notices
from api.roads.planners import ReadyPlanner
from api.roads.report_writing import LOCALES, WIDTH, Writing
from api.roads.runs import Run, runs
from api.roads.text_tables import table_lines
from api.roads.words import ENDED, HAZARDS, hazard_texts, on_part
from geo.core.messages import Message, message
from geo.incidents.schema import HazardType
from models.risk.class_limits import Band, Support, band_label, scale_text
from models.risk.target import target_title
from models.routes.answer import Alternative, Coverage, Nearby, Passages, RouteAnswer
from models.routes.words import ABROAD, COVERAGE, SEASONS, VEHICLES

#: Figures per passage are told for so many: of one they are too small to read.
PASSAGES: Final = 100_000
#: Rows of each table; the JSON answer has them all.
_MOST_ROWS: Final = 8
_LEAST_KM: Final = 0.1
_DATES: Final = {"day": "medium", "month": "LLLL y", "year": "y"}

OTHERS: Final = message("Roads compared by time and by what is recorded")
_COLUMN_KM: Final = message("km")
_COLUMN_ROAD: Final = message("road")
_COLUMN_EXPECTED: Final = message("expected")
_COLUMN_ANY: Final = message("at least one")
_COLUMN_RATE: Final = message("× median")
_COLUMN_BAND: Final = message("band")
_LENGTH: Final = message("Length")
_DURATION: Final = message("Time")
_PERIOD: Final = message("Period")
_CORRIDOR: Final = message("Corridor")
_EXPECTED: Final = message("Expected recorded")
_ANY: Final = message("At least one")
_FREQUENCY: Final = message("Last 12 months")
_OBSERVED: Final = message("Not assessed")
_UNDER: Final = message("Under-observed")
_OFF: Final = message("Off the network")
_NEWEST: Final = message("Newest record")
_PASSAGES: Final = message("Per passage")
_ROADS: Final = message("Road network")
_NEAR: Final = message("under 1 km")
_SNAPPED: Final = message("Start, end, stops")


class Report(Writing):
    """Writes one answer.

    Parameters
    ----------
    answer : RouteAnswer
    names : sequence of str
        Of the waypoints.
    ready : Ready
        What the answer was made with.
    """

    def __init__(self, answer: RouteAnswer, names: Sequence[str], ready: ReadyPlanner, lang: str) -> None:
        self._answer = answer
        self._names = names
        self._ready = ready
        super().__init__(lang)
        self._alpha = ready.planner.alpha

    def text(self) -> str:
        """Return the report; no line is longer than `WIDTH` columns."""
        answer = self._answer
        parts = (
            self._head(),
            self._hazards(),
            self._summary(),
            self._stretches(message("Highest rates first"), self.worst()),
            self._stretches(message("In order of travel"), self.in_order()),
            self._columns(),
            self._alternatives(),
            self._listed(ENDED, self.hazards(answer.ended_areas)),
            self._nearby(message("Towns on the way"), answer.places),
            self._nearby(message("Airstrips on the way"), answer.airstrips),
            self._incidents(),
            self._caveats(),
        )
        return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"

    def _head(self) -> Iterator[str]:
        if self._answer.past is not None:
            yield from self._wrapped(self._say(self._answer.past))
        yield from self._wrapped(" – ".join(self._names))
        yield from self._wrapped(self._say(target_title(self._ready.assessment.target)))
        yield "═" * WIDTH
        if self._answer.synthetic:
            yield from self._wrapped(self._say(message("SYNTHETIC DATA: drawn, not real. No decision may rest on it.")))

    def _hazards(self) -> Iterator[str]:
        yield from self._listed(HAZARDS, self.hazards(self._answer.hazard_areas))

    def hazards(self, areas: Sequence[Nearby]) -> list[str]:
        """Return hazard areas on the way, one text each."""
        return [self._say(each) for each in hazard_texts(areas)]

    def _listed(self, head: Message, texts: Sequence[str]) -> Iterator[str]:
        if texts:
            yield from self._title(head)
        for text in texts:
            yield from self._wrapped(text, "  ", "• ")

    def _summary(self) -> Iterator[str]:
        rows = self.summary()
        width = max(len(name) for name, _ in rows) + 2
        for name, text in rows:
            yield from self._wrapped(text, " " * width, name.ljust(width))

    def summary(self) -> list[tuple[str, str]]:
        """Return what holds for the route as a whole, as names and values."""
        answer = self._answer
        rows: list[tuple[Message, Message | str]] = [(_LENGTH, self._length(answer.length_km, answer.schematic))]
        if answer.duration_min is not None:
            took = message(
                "about {time}, assumed: {vehicle}, {season}",
                time=self._time(answer.duration_min),
                vehicle=VEHICLES[answer.travel.vehicle],
                season=SEASONS[answer.travel.season],
            )
            rows.append((_DURATION, took))
        rows.append(
            (
                _PERIOD,
                message(
                    "from {start} to {end} (excluded), {days} days",
                    start=answer.start,
                    end=answer.end,
                    days=answer.horizon_days,
                ),
            )
        )
        rows.append((_CORRIDOR, self._corridor()))
        rows.append((_EXPECTED, self._estimate()))
        if answer.probability_any is not None:
            rows.append(
                (_ANY, message("{percent} likely to be recorded", percent=self._percent(answer.probability_any)))
            )
        if answer.frequency is not None:
            rows.append(
                (
                    _FREQUENCY,
                    message(
                        "{percent} of periods of {days} days had at least one",
                        percent=self._percent(answer.frequency),
                        days=answer.horizon_days,
                    ),
                )
            )
        rows += self._passages(answer.passages)
        rows.append((_OBSERVED, message("{percent} of the length", percent=self._percent(answer.share_not_assessed))))
        rows.append((_UNDER, message("{percent} of the length", percent=self._percent(answer.share_under_observed))))
        if answer.share_off_network > 0:
            rows.append((_OFF, message("{percent} of the length", percent=self._percent(answer.share_off_network))))
        rows.append(
            (
                _NEWEST,
                message(
                    "{date}; sources: {sources}",
                    date=answer.newest,
                    sources=tuple(self._ready.assessment.about["sources"]),
                )
                if self._ready.assessment.about["events"]
                else message("none of this kind; of any kind {date}", date=answer.newest),
            )
        )
        rows.append((_ROADS, self._ready.network.source))
        if any(each.distance_km >= 0.1 for each in answer.snapped):
            rows.append((_SNAPPED, self._distances()))
        return [(self._say(name), value if isinstance(value, str) else self._say(value)) for name, value in rows]

    def _length(self, km: float, is_schematic: bool) -> Message:
        if km < _LEAST_KM:
            return message("under {km} km", km=_LEAST_KM)
        if is_schematic:
            return message("{km} km on a schematic network: the road is longer", km=self._number(km, 3))
        return message("{km} km", km=self._number(km, 3))

    def _corridor(self) -> Message:
        answer = self._answer
        if answer.widest_km > answer.corridor_km + 0.05:
            return message(
                "{km} km to each side, up to {widest} km where the road is drawn inexactly",
                km=self._number(answer.corridor_km, 3),
                widest=self._number(answer.widest_km, 3),
            )
        return message("{km} km to each side", km=self._number(answer.corridor_km, 3))

    def _estimate(self) -> Message:
        answer = self._answer
        value, low, high = answer.expected_incidents, answer.low, answer.high
        if value is None:
            return message("not assessed") if answer.unknown else message("no estimate: too little is recorded")
        figure = message("{value} incidents", value=self._number(value))
        if low is not None and high is not None:
            figure = message(
                "{value} incidents (90 %: from {low} to {high})",
                value=self._number(value),
                low=self._number(low),
                high=self._number(high),
            )
        return on_part(figure, answer.known_km, answer.length_km)

    def _passages(self, each: Passages | None) -> list[tuple[Message, Message | str]]:
        if each is None:
            return []
        if each.expected is None or each.low is None or each.high is None:
            if each.counted_share == 1:
                return [(_PASSAGES, message("none: part of the way is not assessed"))]
            return [
                (_PASSAGES, message("traffic counted on {percent} only", percent=self._percent(each.counted_share)))
            ]
        said = message(
            "{value} recorded incidents per {passages} passages (90 %: from {low} to {high})",
            value=self._number(each.expected * PASSAGES),
            low=self._number(each.low * PASSAGES),
            high=self._number(each.high * PASSAGES),
            passages=PASSAGES,
        )
        return [(_PASSAGES, said)]

    def _distances(self) -> Message:
        return message(
            "{distances} from the road",
            distances=tuple(
                message("{name} {km} km", name=name, km=round(each.distance_km, 1))
                for name, each in zip(self._names, self._answer.snapped, strict=False)
            ),
        )

    def in_order(self) -> list[Run]:
        """Return the stretches in order of travel."""
        return runs(self._answer.segments, self._alpha)

    def worst(self) -> list[Run]:
        """Return the segments with the highest rates, highest first."""
        by_id = {each.segment_id: each for each in reversed(self._answer.segments)}
        return [Run.of([by_id[name]], self._alpha) for name in self._answer.worst if name in by_id][:_MOST_ROWS]

    def _stretches(self, head: Message, stretches: Sequence[Run]) -> Iterator[str]:
        """Lines of at most `WIDTH`: km, road and towns, expected, times the median, band."""
        if not stretches:
            return
        yield from self._title(head)
        yield from table_lines(self.stretches(stretches), WIDTH, flexible=1, right=(0, 2, 3, 4))

    def stretches(self, stretches: Sequence[Run]) -> list[list[str]]:
        """Return titles and a row per stretch: km, road and towns, expected, at least one, times the median, band."""
        columns = (_COLUMN_KM, _COLUMN_ROAD, _COLUMN_EXPECTED, _COLUMN_ANY, _COLUMN_RATE, _COLUMN_BAND)
        rows = [[self._say(each) for each in columns]]
        rows += [
            [
                self._km(run),
                self._where(run),
                "–" if run.expected is None else self._number(run.expected),
                "–" if run.any is None else self._percent(run.any, is_short=True),
                "–" if run.relative_rate is None else self._number(run.relative_rate),
                self._band(run),
            ]
            for run in stretches
        ]
        return rows

    def _columns(self) -> Iterator[str]:
        """What the columns of the stretches are."""
        if not self._answer.segments:
            return
        said = message(
            "Expected: recorded incidents in the corridor in {days} days; what lies near two stretches counts with the "
            "nearest, so that they add up to the route’s. At least one: the probability that one is recorded there. "
            "× median: rate per km over that of the national median road, the highest in the stretch.",
            days=self._answer.horizon_days,
        )
        yield from self._wrapped(self._say(said))
        yield from self._wrapped(self._say(scale_text(Support.ROAD, self._ready.assessment.target)))

    def _km(self, run: Run) -> str:
        decimals = 0 if run.to_km - run.from_km >= 1 else 1
        return "–".join(
            format_decimal(round(km, decimals), locale=LOCALES[self._lang]) for km in (run.from_km, run.to_km)
        )

    def _where(self, run: Run) -> str:
        before = [place.name for place in self._answer.places if place.at_km <= run.from_km + 1]
        after = [place.name for place in self._answer.places if place.at_km >= run.to_km - 1]
        names = [*before[-1:], *after[:1]]
        towns = "–".join(dict.fromkeys(names))
        road = run.ref or ("" if towns else run.name or "")
        ferry = self._say(message("ferry")) if run.ferry else ""
        return " ".join(part for part in (road, towns, ferry) if part) or self._say(message("off the network"))

    def _band(self, run: Run) -> str:
        if run.abroad:
            return self._say(ABROAD)
        if run.coverage is Coverage.ASSESSED and Band(run.band) is Band.NOT_ASSESSED:
            return "–"  # off the roads there is no band
        if run.coverage is Coverage.ASSESSED:
            return self._say(band_label(Band(run.band)))
        return self._say(COVERAGE[run.coverage])

    def _alternatives(self) -> Iterator[str]:
        alternatives = self._answer.alternatives
        if not alternatives:
            return
        yield from self._title(OTHERS)
        rows = self.alternatives()
        yield from table_lines(rows, WIDTH, flexible=0, right=range(1, len(rows[0])))
        said = message(
            "Expected: recorded incidents in {days} days, in brackets 90 % of the outcomes. Times are assumed.",
            days=self._answer.horizon_days,
        )
        yield from self._wrapped(self._say(said))
        if any(each.passages is not None for each in alternatives):
            said = message(
                "Per {passages}: recorded incidents per {passages} passages of one vehicle, by the traffic counts "
                "supplied, in brackets 90 % of their uncertainty; “–” where part of the way was not counted.",
                passages=PASSAGES,
            )
            yield from self._wrapped(self._say(said))

    def alternatives(self) -> list[list[str]]:
        """Return a row per alternative, the fastest first, under titles; traffic only where it was counted."""
        alternatives = self._answer.alternatives
        counted = any(each.passages is not None for each in alternatives)
        columns = [message("which"), _COLUMN_KM, message("time"), _COLUMN_EXPECTED, message("little observed")]
        if counted:
            columns.insert(4, message("per {passages}", passages=PASSAGES))
        rows = [[self._say(each) for each in columns]]
        for each in alternatives:
            row = [
                self._say(each.label) + self._mark(each),
                self._number(each.length_km, 3),
                self._time(each.duration_min),
                self._partly(each),
                self._percent(each.share_not_assessed + each.share_under_observed),
            ]
            if counted:
                row.insert(4, self._per_passages(each.passages))
            rows.append(row)
        return rows

    def _partly(self, each: Alternative) -> str:
        figure = self._short_estimate(each.expected_incidents, each.low, each.high)
        if each.expected_incidents is None or each.known_km >= each.length_km:
            return figure
        return self._say(message("{figure} on {km} km", figure=figure, km=self._number(each.known_km, 3)))

    def _per_passages(self, each: Passages | None) -> str:
        if each is None or each.expected is None or each.low is None or each.high is None:
            return "–"
        return self._short_estimate(each.expected * PASSAGES, each.low * PASSAGES, each.high * PASSAGES)

    def _mark(self, each: Alternative) -> str:
        passages = each.passages
        if passages is None or passages.better_than_fastest is None or not passages.better:
            return ""
        return " " + self._say(
            message("(lower per passage, {percent} likely)", percent=self._percent(passages.better_than_fastest))
        )

    def _nearby(self, head: Message, found: Sequence[Nearby]) -> Iterator[str]:
        if not found:
            return
        yield from self._title(head)
        yield from self._wrapped(self.nearby(found), "  ", "  ")

    def nearby(self, found: Sequence[Nearby]) -> str:
        """Return what lies on the way as one line."""
        return ("; " if self._lang == "en" else "\u202f; ").join(self.each_nearby(found))

    def each_nearby(self, found: Sequence[Nearby]) -> list[str]:
        """Return what lies on the way, one text each."""
        words = []
        for each in found:
            away = "" if each.distance_km < 1 else f", {self._number(each.distance_km)} km"
            words.append(f"{each.name} (km {each.at_km:.0f}{away})")
        return words

    def _incidents(self) -> Iterator[str]:
        near = self._answer.incidents
        if not near:
            return
        yield from self._title(message("Latest of {count} recorded incidents in the corridor", count=len(near)))
        reports = self._ready.incidents.set_index("event_id")
        for each in near[:_MOST_ROWS]:
            report = reports.loc[each.id]
            said = message(
                "{kind}, km {at}, {distance} from the road, position within {error} km ({source})",
                kind=HAZARD_TYPES[HazardType(report["hazard_type"])],
                at=round(each.at_km),
                distance=_NEAR if each.distance_km < 1 else message("{km} km", km=self._number(each.distance_km)),
                error=self._number(report["location_error_km"]),
                source=report["source"],
            )
            day = format_date(each.date, _DATES[report["date_precision"]], locale=LOCALES[self._lang])
            yield from self._wrapped(f"{day}  {self._say(said)}", "    ", "  ")

    def _caveats(self) -> Iterator[str]:
        yield from self._title(message("What to keep in mind"))
        for said in self.caveats():
            yield from self._wrapped(said, "  ", "• ")

    def caveats(self) -> Iterable[str]:
        """Return what is to be kept in mind, each sentence once."""
        assessment = self._ready.assessment
        texts = [self._say(each) for each in self._answer.caveats]
        stopped = [each for each in notices(assessment, assessment.newest) if "source" in each.params]
        return dict.fromkeys([*texts, *(self._say(each) for each in stopped)])
