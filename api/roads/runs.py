"""Neighbouring segments of a route that say the same, as one stretch to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.routes.answer import Coverage, RouteSegment
from models.routes.probability import negative_binomial_any

#: A longer stretch would say little of where along it the incidents are.
MOST_KM: Final = 100.0


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a route: one segment, or several neighbours of one road, band and coverage.

    `expected` is the sum over the stretch, `relative_rate` the highest in it. `any` is the probability that at least
    one incident is recorded on it: of a count that is mostly 0, an interval says less.
    """

    from_km: float
    to_km: float
    ref: str | None
    name: str | None
    expected: float | None
    any: float | None
    relative_rate: float | None
    band: str
    coverage: Coverage
    abroad: bool
    ferry: bool

    @classmethod
    def of(cls, segments: Sequence[RouteSegment], alpha: float) -> Run:
        """Return one or more neighbouring segments as a stretch; `alpha` is the overdispersion of their counts."""
        first = segments[0]
        expected = [each.expected for each in segments if each.expected is not None]
        rates = [each.relative_rate for each in segments if each.relative_rate is not None]
        total = sum(expected) if len(expected) == len(segments) else None
        return cls(
            from_km=first.from_km,
            to_km=segments[-1].to_km,
            ref=first.ref,
            name=first.name,
            expected=total,
            any=None if total is None else negative_binomial_any(total, alpha),
            relative_rate=max(rates, default=None),
            band=first.band,
            coverage=first.coverage,
            abroad=first.abroad,
            ferry=first.ferry,
        )


def runs(segments: Sequence[RouteSegment], alpha: float) -> list[Run]:
    """Return the stretches of a route in order of travel; their expectations add up to the segments'.

    A stretch ends where the next segment would make it longer than `MOST_KM`.
    """

    def alike(each: RouteSegment) -> tuple[object, ...]:
        return each.ref, each.band, each.coverage, each.abroad, each.ferry, not each.segment_id, each.expected is None

    found: list[list[RouteSegment]] = []
    for each in segments:
        last = found[-1] if found else []
        if last and alike(last[0]) == alike(each) and each.to_km - last[0].from_km <= MOST_KM:
            last.append(each)
        else:
            found.append([each])
    return [Run.of(stretch, alpha) for stretch in found]
