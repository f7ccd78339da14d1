"""Answers about routes in few bytes: what many of them share stands once, and each answer refers to it.

A segment of road is on hundreds of routes, with the same figures on most of them. So segments, the pieces of them that
are travelled, lines, what lies on the way and sentences are tables here, and an answer is numbers of rows.
``data/file-routes.js`` puts the answers together again, member for member as `api.roads.answers.answer_json` gives
them, but for the incidents one by one, which the map does not show.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

import shapely

from api.base.access import PUBLIC
from api.base.i18n import LANGUAGES
from api.map.file_data import as_columns, both_languages, delta_encode
from api.roads.answers import answer_json, round_significant, segment_json
from api.roads.planners import ReadyPlanner
from models.routes.answer import RouteAnswer, RouteSegment

#: Positions are kept to 1/`SCALE` of a degree (about 1 m), where something lies along a route to 1/`NEAR_SCALE` km.
SCALE: Final = 100_000
NEAR_SCALE: Final = 10
#: Digits kept of what is expected on a piece of road; decimals of its share, and of its length in km.
_DIGITS: Final = 6
_SHARE_DECIMALS: Final = 3
_KM_DECIMALS: Final = 6
#: Degrees that a line with many points may be off: about a pixel at zoom 12.
_TOLERANCE: Final = 0.0003

_EMPTY: Final = shapely.LineString()
#: Members of an answer that are numbers of its own.
_FIGURES: Final = (
    "schematic",
    "widest_corridor_km",
    "length_km",
    "known_km",
    "unknown",
    "duration_min",
    "expected_incidents",
    "probability_any",
    "frequency_12_months",
    "share_not_assessed",
    "share_under_observed",
    "share_off_network",
    "ferries",
    "passages",
)
_NEARBY: Final = ("hazard_areas", "ended_areas", "places", "airstrips")
#: Members that are put together from tables, and what is not held.
_APART: Final = {
    *_FIGURES,
    *_NEARBY,
    *("segments", "worst", "alternatives", "geometry", "caveats", "waypoints", "lang"),
    *("incidents", "incidents_in_corridor"),
}
#: Members of a segment that belong to the piece of it that is travelled.
_TRAVELLED: Final = ("from_km", "to_km", "share", "expected_incidents", "probability_any", "geometry")
#: Members of another route beside its line, its kind and its worst segments.
_OTHER: Final = (
    "length_km",
    "known_km",
    "duration_min",
    "expected_incidents",
    "probability_any",
    "share_not_assessed",
    "share_under_observed",
    "passages",
)

_Row = TypeVar("_Row", bound=Hashable)


class _Table(dict[_Row, int]):
    """Rows, each once, with their numbers."""

    def number(self, row: _Row) -> int:
        return self.setdefault(row, len(self))


class RouteTables:
    """Collects the answers of one planner."""

    def __init__(self, ready: ReadyPlanner, today: date) -> None:
        self._ready, self._today = ready, today
        self._about: dict[str, dict[str, Any]] = {}
        self._points: _Table[tuple[int, int]] = _Table()
        self._lines: _Table[tuple[int, ...]] = _Table()
        self._segments: _Table[str] = _Table()
        self._segment_rows: dict[str, list[dict[str, Any]]] = {lang: [] for lang in LANGUAGES}
        self._pieces: _Table[tuple[Any, ...]] = _Table()
        self._beside: dict[str, _Table[tuple[str, float]]] = {name: _Table() for name in _NEARBY}
        self._beside_rows: dict[str, dict[str, list[dict[str, Any]]]] = {
            name: {lang: [] for lang in LANGUAGES} for name in _NEARBY
        }
        self._sentences: _Table[tuple[str, ...]] = _Table()
        self._names: _Table[str] = _Table()
        self._lists: _Table[tuple[int, ...]] = _Table()
        self._kinds: dict[str, dict[str, str]] = {lang: {} for lang in LANGUAGES}
        self._answers: list[dict[str, Any]] = []
        self._others: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, answer: RouteAnswer) -> None:
        """Take in an answer, which gets the next number."""
        # Lines and segments are most of the work of telling an answer, and are known here already.
        bare = replace(
            answer,
            segments=(),
            incidents=(),
            geometry=_EMPTY,
            alternatives=tuple(replace(each, geometry=_EMPTY) for each in answer.alternatives),
        )
        told = {lang: answer_json(bare, self._ready, PUBLIC, lang, self._today) for lang in LANGUAGES}
        one = told[LANGUAGES[0]]
        if not self._about:
            self._about = {
                lang: {name: value for name, value in each.items() if name not in _APART} for lang, each in told.items()
            }
        others = [each.geometry for each in answer.alternatives]
        shapes = [answer.geometry, *others, *(each.geometry for each in answer.segments)]
        line, *lines = self._line_numbers(shapes)
        ways, pieces = lines[: len(others)], lines[len(others) :]
        sentences = zip(*(each["caveats"] for each in told.values()), strict=True)
        self._answers.append(
            {
                **{name: one[name] for name in _FIGURES},
                "incidents_in_corridor": len(answer.incidents),
                "caveats": self._list(map(self._sentences.number, sentences)),
                "worst": self._worst(answer.worst),
                "line": line,
                "pieces": [self._piece(each, drawn) for each, drawn in zip(answer.segments, pieces, strict=True)],
                "others": len(answer.alternatives),
                **{name: self._near(name, told) for name in _NEARBY},
            }
        )
        for number, drawn in enumerate(ways):
            self._add_other(drawn, {lang: each["alternatives"][number] for lang, each in told.items()}, one)

    def document(self) -> dict[str, Any]:
        """Return all answers, in the order in which they were added, and the tables that they refer to."""
        answers = as_columns(self._answers)
        pieces = zip(*self._pieces, strict=True)
        names = ("segment", "share", "km", "value", "low", "high", "any", "line")
        return {
            "about": both_languages(lambda lang: self._about[lang]),
            "scale": SCALE,
            "near_scale": NEAR_SCALE,
            "points": [delta_encode(axis) for axis in zip(*self._points, strict=True)],
            "lines": _flat(self._lines),
            "segments": both_languages(lambda lang: as_columns(self._segment_rows[lang])),
            "pieces": dict(zip(names, pieces, strict=True)),
            "sentences": dict(zip(LANGUAGES, zip(*self._sentences, strict=True), strict=True)),
            "names": list(self._names),
            "lists": _flat(self._lists),
            "kinds": self._kinds,
            "nearby": {name: self._nearby(name) for name in _NEARBY},
            "answers": {
                "figures": {name: answers[name] for name in (*_FIGURES, "incidents_in_corridor")},
                **{name: answers[name] for name in ("caveats", "worst", "line", "others")},
                "pieces": _flat(answers["pieces"]),
                **{name: [_flat(numbers) for numbers in _unzipped(answers[name])] for name in _NEARBY},
            },
            "others": {
                **as_columns(
                    [{name: each[name] for name in ("kind", "worst", "line", "same")} for each in self._others]
                ),
                "own": as_columns([each["own"] for each in self._others if not each["same"]]),
            },
        }

    def _piece(self, each: RouteSegment, line: int) -> int:
        if each.segment_id not in self._segments:
            self._segments.number(each.segment_id)
            for lang, rows in self._segment_rows.items():
                told = segment_json(replace(each, geometry=_EMPTY), lang)
                rows.append({name: value for name, value in told.items() if name not in _TRAVELLED})
        return self._pieces.number(
            (
                self._segments[each.segment_id],
                round(each.share, _SHARE_DECIMALS),
                round(each.length_km, _KM_DECIMALS),
                round_significant(each.expected, _DIGITS),
                round_significant(each.low),
                round_significant(each.high),
                round_significant(each.probability_any),
                line,
            )
        )

    def _line_numbers(self, shapes: list[shapely.LineString]) -> list[int]:
        if not self._ready.network.is_schematic:
            shapes = shapely.simplify(shapes, _TOLERANCE, preserve_topology=False).tolist()
        points = (shapely.get_coordinates(shapes) * SCALE).round().astype(int).tolist()
        numbers = [self._points.number((lon, lat)) for lon, lat in points]
        ends = shapely.get_num_coordinates(shapes).cumsum().tolist()
        return [self._lines.number(tuple(numbers[start:end])) for start, end in zip((0, *ends), ends, strict=False)]

    def _worst(self, ids: Sequence[str]) -> int:
        return self._list(map(self._names.number, ids))

    def _list(self, numbers: Iterable[int]) -> int:
        return self._lists.number(tuple(numbers))

    def _near(self, name: str, told: dict[str, dict[str, Any]]) -> list[tuple[int, int]]:
        """Return what of a kind lies on the way: its row, and where along the route."""
        table, found = self._beside[name], []
        for number, row in enumerate(told[LANGUAGES[0]][name]):
            key = row["id"], row["distance_km"]
            if key not in table:
                for lang, rows in self._beside_rows[name].items():
                    each = told[lang][name][number]
                    rows.append({member: value for member, value in each.items() if member != "at_km"})
            found.append((table.number(key), round(row["at_km"] * NEAR_SCALE)))
        return found

    def _nearby(self, name: str) -> dict[str, Any]:
        return both_languages(lambda lang: as_columns(self._beside_rows[name][lang]))

    def _add_other(self, line: int, told: dict[str, dict[str, Any]], answer: dict[str, Any]) -> None:
        one = told[LANGUAGES[0]]
        for lang, each in told.items():
            self._kinds[lang][each["kind"]] = each["label"]
        own = {name: one[name] for name in _OTHER}
        self._others.append(
            {
                "kind": one["kind"],
                "worst": self._worst(one["worst"]),
                "line": line,
                "same": own == {name: answer[name] for name in _OTHER},  # the fastest is the route itself
                "own": own,
            }
        )


def _flat(lists: Iterable[Sequence[int]]) -> dict[str, list[int]]:
    """Return lists of numbers as their lengths and all numbers one after the other, each list in steps."""
    found = list(lists)
    return {"count": [len(each) for each in found], "steps": [step for each in found for step in delta_encode(each)]}


def _unzipped(lists: Iterable[Sequence[tuple[int, int]]]) -> tuple[list[list[int]], list[list[int]]]:
    found = list(lists)
    return [[one for one, _ in each] for each in found], [[other for _, other in each] for each in found]
