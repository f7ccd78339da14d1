"""Neighbouring segments of a route that say the same, as one stretch to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from models.route_answer import Coverage, RouteSegment


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a route: one segment, or several neighbours of one road, band and coverage.

    `expected` is the sum over the stretch, `relative_rate` the highest in it. An interval stands only where the
    stretch is one segment: the ends of intervals do not add up.
    """

    from_km: float
    to_km: float
    ref: str | None
    name: str | None
    expected: float | None
    low: float | None
    high: float | None
    relative_rate: float | None
    band: str
    coverage: Coverage
    ferry: bool

    @classmethod
    def of(cls, segments: Sequence[RouteSegment]) -> Run:
        """Return one or more neighbouring segments as a stretch."""
        first = segments[0]
        expected = [each.expected for each in segments if each.expected is not None]
        rates = [each.relative_rate for each in segments if each.relative_rate is not None]
        alone = len(segments) == 1
        return cls(
            from_km=first.from_km,
            to_km=segments[-1].to_km,
            ref=first.ref,
            name=first.name,
            expected=sum(expected) if len(expected) == len(segments) else None,
            low=first.low if alone else None,
            high=first.high if alone else None,
            relative_rate=max(rates, default=None),
            band=first.band,
            coverage=first.coverage,
            ferry=first.ferry,
        )


def runs(segments: Sequence[RouteSegment]) -> list[Run]:
    """Return the stretches of a route in order of travel; their expectations add up to the segments'."""

    def alike(each: RouteSegment) -> tuple[object, ...]:
        return each.ref, each.band, each.coverage, each.ferry, not each.segment_id, each.expected is None

    return [Run.of(list(group)) for _, group in groupby(segments, key=alike)]
