"""A route's answer as a text of 80 columns, for a terminal or an e-mail, in French or English."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from api.i18n import translate
from api.labels import HAZARD_STATUSES, HAZARD_TYPES
from api.planner import Ready
from api.risk_layers import notices
from api.route_runs import Run, runs
from api.text_tables import table_lines
from geo.hazards.schema import HazardStatus
from geo.incidents.schema import HazardType
from geo.messages import Message, message
from geo.network.travel import Travel
from models.assessment import Assessment
from models.bands import Band, label
from models.route_answer import Alternative, Coverage, Nearby, Passages, RouteAnswer
from models.route_words import COVERAGE
from models.target import title

WIDTH: Final = 80
#: Rows of each table; the JSON answer has them all.
_MOST_ROWS: Final = 8
_LOCALES: Final = {"fr": Locale("fr"), "en": Locale("en", "GB")}

_VEHICLES: Final = {"light": message("light vehicle"), "truck": message("truck")}
_SEASONS: Final = {"dry": message("dry season"), "rainy": message("rainy season")}
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
_SNAPPED: Final = message("Start, end, stops")


class Report:
    """Writes one answer.

    Parameters
    ----------
    answer : RouteAnswer
    names : sequence of str
        Of the waypoints.
    ready : Ready
        What the answer was made with.
    travel : Travel
        Who travels, and in which season.
    """

    def __init__(self, answer: RouteAnswer, names: Sequence[str], ready: Ready, travel: Travel, lang: str) -> None:
        self._answer = answer
        self._names = names
        self._ready = ready
        self._travel = travel
        self._lang = lang

    def text(self) -> str:
        """Return the report; no line is longer than `WIDTH` columns."""
        answer = self._answer
        parts = (
            self._head(),
            self._summary(),
            self._stretches(message("Highest rates first"), self._worst()),
            self._stretches(message("In order of travel"), runs(answer.segments)),
            self._alternatives(),
            self._nearby(message("Hazardous areas on the way"), answer.hazard_areas),
            self._nearby(message("Towns on the way"), answer.places),
            self._nearby(message("Airstrips on the way"), answer.airstrips),
            self._incidents(),
            self._caveats(),
        )
        return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"

    def _say(self, said: Message) -> str:
        return translate(said, self._lang)

    def _number(self, value: float, digits: int = 2) -> str:
        """Write a number with that many significant digits, whole ones in full."""
        rounded = float(f"{value:.{digits}g}")
        pattern = "#,##0" if abs(rounded) >= 10 ** (digits - 1) else "#,##0.######"
        return format_decimal(value if abs(value) >= 10 ** (digits - 1) else rounded, pattern, _LOCALES[self._lang])

    def _percent(self, share: float) -> str:
        percent = 100 * share
        if 0 < percent < 1:
            return self._say(message("under 1 %"))
        if 99 < percent < 100:
            return self._say(message("over 99 %"))
        return self._say(message("{percent} %", percent=round(percent)))

    def _wrapped(self, text: str, indent: str = "", first: str | None = None) -> list[str]:
        opening = indent if first is None else first
        return textwrap.wrap(text, WIDTH, initial_indent=opening, subsequent_indent=indent, break_on_hyphens=False) or [
            opening
        ]

    def _title(self, said: Message) -> list[str]:
        return [self._say(said), "─" * WIDTH]

    def _head(self) -> Iterator[str]:
        yield from self._wrapped(" – ".join(self._names))
        yield from self._wrapped(self._say(title(self._ready.assessment.target)))
        yield "═" * WIDTH
        if self._answer.synthetic:
            yield from self._wrapped(self._say(message("SYNTHETIC DATA: drawn, not real. No decision may rest on it.")))
        if self._answer.out_of_date:
            yield from self._wrapped(
                self._say(message("OUT OF DATE: the newest record is of {date}.", date=self._answer.newest))
            )

    def _summary(self) -> Iterator[str]:
        answer = self._answer
        rows: list[tuple[Message, Message | str]] = [(_LENGTH, self._length(answer.length_km, answer.schematic))]
        if answer.duration_min is not None:
            took = message(
                "{time}, {vehicle}, {season}",
                time=self._time(answer.duration_min),
                vehicle=_VEHICLES[self._travel.vehicle],
                season=_SEASONS[self._travel.season],
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
        rows.append((_EXPECTED, self._estimate(answer.expected_incidents, answer.low, answer.high)))
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
                ),
            )
        )
        if any(each.distance_km >= 0.1 for each in answer.snapped):
            rows.append((_SNAPPED, self._distances()))
        width = max(len(self._say(name)) for name, _ in rows) + 2
        for name, value in rows:
            text = value if isinstance(value, str) else self._say(value)
            yield from self._wrapped(text, " " * width, self._say(name).ljust(width))

    def _length(self, km: float, is_schematic: bool) -> Message:
        if is_schematic:
            return message("{km} km on a schematic network: the road is longer", km=self._number(km, 3))
        return message("{km} km", km=self._number(km, 3))

    def _time(self, minutes: float) -> str:
        hours, rest = divmod(round(minutes), 60)
        if hours:
            return self._say(message("{hours} h {minutes} min", hours=hours, minutes=rest))
        return self._say(message("{minutes} min", minutes=rest))

    def _corridor(self) -> Message:
        answer = self._answer
        if answer.widest_km > answer.corridor_km + 0.05:
            return message(
                "{km} km to each side, up to {widest} km where the road is drawn inexactly",
                km=self._number(answer.corridor_km, 3),
                widest=self._number(answer.widest_km, 3),
            )
        return message("{km} km to each side", km=self._number(answer.corridor_km, 3))

    def _estimate(self, value: float | None, low: float | None, high: float | None) -> Message:
        if value is None or low is None or high is None:
            return message("no estimate: too little is recorded")
        return message(
            "{value} incidents (90 %: from {low} to {high})",
            value=self._number(value),
            low=self._number(low),
            high=self._number(high),
        )

    def _passages(self, each: Passages | None) -> list[tuple[Message, Message | str]]:
        if each is None:
            return []
        if each.expected is None:
            return [
                (_PASSAGES, message("traffic counted on {percent} only", percent=self._percent(each.counted_share)))
            ]
        return [(_PASSAGES, self._estimate(each.expected, each.low, each.high))]

    def _distances(self) -> Message:
        return message(
            "{distances} from the road",
            distances=tuple(
                message("{name} {km} km", name=name, km=round(each.distance_km, 1))
                for name, each in zip(self._names, self._answer.snapped, strict=False)
            ),
        )

    def _worst(self) -> list[Run]:
        by_id = {each.segment_id: each for each in reversed(self._answer.segments)}
        return [Run.of([by_id[name]]) for name in self._answer.worst if name in by_id][:_MOST_ROWS]

    def _stretches(self, head: Message, stretches: Sequence[Run]) -> Iterator[str]:
        """Lines of at most `WIDTH`: km, road and towns, expected, times the median, band."""
        if not stretches:
            return
        yield from self._title(head)
        columns = [message("km"), message("road"), message("expected"), message("× median"), message("band")]
        rows = [[self._say(each) for each in columns]]
        rows += [
            [
                self._km(run),
                self._where(run),
                self._short_estimate(run.expected, run.low, run.high),
                "–" if run.relative_rate is None else self._number(run.relative_rate),
                self._band(run),
            ]
            for run in stretches
        ]
        yield from table_lines(rows, WIDTH, flexible=1, right=(0, 2, 3))

    def _km(self, run: Run) -> str:
        decimals = 0 if run.to_km - run.from_km >= 1 else 1
        return "–".join(
            format_decimal(round(km, decimals), locale=_LOCALES[self._lang]) for km in (run.from_km, run.to_km)
        )

    def _where(self, run: Run) -> str:
        before = [place.name for place in self._answer.places if place.at_km <= run.from_km + 1]
        after = [place.name for place in self._answer.places if place.at_km >= run.to_km - 1]
        names = [*before[-1:], *after[:1]]
        towns = "–".join(dict.fromkeys(names))
        road = run.ref or ("" if towns else run.name or "")
        ferry = self._say(message("ferry")) if run.ferry else ""
        return " ".join(part for part in (road, towns, ferry) if part) or self._say(message("off the network"))

    def _short_estimate(self, value: float | None, low: float | None, high: float | None) -> str:
        if value is None:
            return "–"
        if low is None or high is None:
            return self._number(value)
        return f"{self._number(value)} ({self._number(low)}–{self._number(high)})"

    def _band(self, run: Run) -> str:
        if run.coverage is Coverage.ASSESSED:
            return self._say(label(Band(run.band)))
        return self._say(COVERAGE[run.coverage])

    def _alternatives(self) -> Iterator[str]:
        alternatives = self._answer.alternatives
        if not alternatives:
            return
        yield from self._title(message("Roads that no other beats in both time and recorded incidents"))
        columns = [message("which"), message("km"), message("time"), message("expected"), message("little observed")]
        rows = [[self._say(each) for each in columns]]
        rows += [
            [
                self._say(each.label) + self._mark(each),
                self._number(each.length_km, 3),
                self._time(each.duration_min),
                self._short_estimate(each.expected_incidents, each.low, each.high),
                self._percent(each.share_not_assessed + each.share_under_observed),
            ]
            for each in alternatives
        ]
        yield from table_lines(rows, WIDTH, flexible=0, right=(1, 2, 3, 4))

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
        words = []
        for each in found:
            status = ""
            if each.detail in tuple(HazardStatus):
                status = f", {self._say(HAZARD_STATUSES[HazardStatus(each.detail)])}"
            away = "" if each.distance_km < 1 else f", {self._number(each.distance_km)} km"
            words.append(f"{each.name} (km {each.at_km:.0f}{away}{status})")
        yield from self._wrapped("; ".join(words) if self._lang == "en" else "\u202f; ".join(words), "  ", "  ")

    def _incidents(self) -> Iterator[str]:
        near = self._answer.incidents
        if not near:
            return
        yield from self._title(message("Latest of {count} recorded incidents in the corridor", count=len(near)))
        kinds = self._ready.incidents.set_index("event_id")["hazard_type"]
        for each in near[:_MOST_ROWS]:
            kind = self._say(HAZARD_TYPES[HazardType(kinds[each.id])])
            day = format_date(each.date, format="medium", locale=_LOCALES[self._lang])
            where = message(
                "km {at}, {distance} km from the road",
                at=round(each.at_km),
                distance=self._number(each.distance_km),
            )
            yield from self._wrapped(f"{day}  {kind}, {self._say(where)}", "    ", "  ")

    def _caveats(self) -> Iterator[str]:
        yield from self._title(message("What to keep in mind"))
        for said in self._caveat_texts(self._ready.assessment):
            yield from self._wrapped(said, "  ", "• ")

    def _caveat_texts(self, assessment: Assessment) -> Iterable[str]:
        texts = [self._say(each) for each in self._answer.caveats]
        stopped = [each for each in notices(assessment, assessment.newest) if "source" in each.params]
        return dict.fromkeys([*texts, *(self._say(each) for each in stopped)])
