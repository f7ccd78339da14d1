"""How well the mixture on roads tells where along them: quarter after quarter, beside counts per segment and a KDE.

Nothing of a quarter or after it is used to forecast it. Only events that can be put onto a road are scored, on segments
of at most 10 km; the density is by length of road.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.roads.graph import Floats, Network
from models.evaluation.baselines import FLOORS, KERNEL_FLOOR
from models.evaluation.benchmark import Benchmark
from models.evaluation.evaluate import quarter_starts
from models.evaluation.scores import hit_rates, information_gain, ratio_interval
from models.risk.intensity import HORIZON_DAYS, STEP_DAYS, origins
from models.routes.answer import CORRIDOR_KM
from models.routes.lixels import Lixels
from models.routes.road_model import RoadEvents, RoadMixture, Surroundings

MIXTURE: Final = "network mixture"
COUNTS: Final = "segment counts"
KDE: Final = "planar KDE 25 km"
FRACTIONS: Final = (0.01, 0.05, 0.1)
KDE_M: Final = 25_000.0


@dataclass(frozen=True, slots=True, eq=False)
class RoadScores:
    """Sums over each quarter's events: one row per model and quarter with ``gain``, ``hit_1``, ``hit_5``, ``hit_10``.

    `events` (quarters,) holds how many were scored.
    """

    events: Floats
    scores: pd.DataFrame

    def score(self, model: str, metric: str, over: str | None = None) -> tuple[float, float, float]:
        """Return a score per event, or the paired difference from another model, with its 90 % interval."""
        values = self.scores.xs(model, level="model")[metric].to_numpy(np.float64)
        if over is not None:
            values = values - self.scores.xs(over, level="model")[metric].to_numpy(np.float64)
        return ratio_interval(values, self.events)


def road_scores(benchmark: Benchmark, network: Network, *, reach_km: float = CORRIDOR_KM) -> RoadScores:
    """Forecast each quarter of the benchmark along the roads of a network.

    Parameters
    ----------
    reach_km : float
        How far from a road an event still belongs to it, to which the road's positional error is added.
    """
    events, lixels = benchmark.events, Lixels(network)
    reach = reach_km + network.error_km
    cells = Surroundings.of(lixels, benchmark.domain, reach).cells
    exact = np.zeros(len(events))  # points stay where the source put them, as on the cells
    on_roads = RoadEvents(events, exact, lixels, finest_km=reach_km, reach_km=reach, cells=cells)
    rules = _Rules(lixels, on_roads, RoadMixture(lixels, benchmark.domain))
    length = lixels.by_segment(lixels.length_km)
    rows, numbers = [], []
    starts = quarter_starts(benchmark.begin, benchmark.until, HORIZON_DAYS, STEP_DAYS)
    for quarter, t0 in enumerate(starts.tolist()):
        seen = rules.counted(t0, t0 + HORIZON_DAYS)
        numbers.append(seen.sum())
        for name, rule in rules.all.items():
            share = rule(t0)
            caught = hit_rates(share, length, seen, FRACTIONS)
            gain = information_gain(share, length / length.sum(), seen)
            rows.append((name, quarter, gain, *caught))
    columns = ["model", "quarter", "gain", "hit_1", "hit_5", "hit_10"]
    table = pd.DataFrame(rows, columns=columns).set_index(["model", "quarter"]).sort_index()
    return RoadScores(np.array(numbers, np.float64), table)


class _Rules:
    """Shares of the segments as of a day, shape (S,); each sums to 1."""

    def __init__(self, lixels: Lixels, events: RoadEvents, mixture: RoadMixture) -> None:
        self._lixels, self._events, self._mixture = lixels, events, mixture
        self._on = np.flatnonzero(events.teaches)
        self._segment = lixels.segment[events.places.lixel[events.place[self._on]]]
        self._uniform = lixels.by_segment(lixels.length_km / lixels.length_km.sum())
        self.all: dict[str, Callable[[float], Floats]] = {
            MIXTURE: self._mixed,
            COUNTS: self._long_run,
            KDE: self._planar,
        }

    def counted(self, start: float, end: float, known: float = np.inf) -> Floats:
        """Return how many events lie on each segment, shape (S,)."""
        events = self._events.events
        day, entered = events.day[self._on], events.known[self._on]
        chosen = (day >= start) & (day < end) & (entered < known)
        return np.bincount(self._segment[chosen], minlength=len(self._uniform)).astype(np.float64)

    def _mixed(self, t0: float) -> Floats:
        mixture = self._mixture.fit(self._events, t0)
        share = self._lixels.by_segment(self._mixture.intensity(mixture, self._events, t0).share)
        return np.asarray(share / share.sum(), np.float64)

    def _long_run(self, t0: float) -> Floats:
        """Counts of all time, mixed with the floor by length that past windows liked best."""
        likelihood = np.zeros(len(FLOORS))
        for start in self._windows(t0):
            past, came = self._share(start), self.counted(start, start + HORIZON_DAYS, t0)
            hit = came > 0
            ratio = past[hit] / self._uniform[hit]
            likelihood += [came[hit] @ np.log((1 - floor) * ratio + floor) for floor in FLOORS]
        floor = FLOORS[int(np.argmax(likelihood))]
        return (1 - floor) * self._share(t0) + floor * self._uniform

    def _share(self, t0: float) -> Floats:
        counts = self.counted(-np.inf, t0, t0)
        return counts / counts.sum() if counts.sum() > 0 else self._uniform

    def _windows(self, t0: float) -> Sequence[float]:
        return [float(start) for start in origins(self._events.events, t0, HORIZON_DAYS, STEP_DAYS)]

    def _planar(self, t0: float) -> Floats:
        """Straight-line distances: a Gaussian of 25 km around every earlier event that lies on a road."""
        events = self._events.events
        past = self._on[(events.day[self._on] < t0) & (events.known[self._on] < t0)]
        xy = self._lixels.xy_m
        density = np.zeros(len(xy))
        for x, y in events.xy_m[past]:
            density += np.exp(-((xy[:, 0] - x) ** 2 + (xy[:, 1] - y) ** 2) / (2 * KDE_M**2))
        share = self._lixels.by_segment(density * self._lixels.length_km)
        share = share / share.sum() if share.sum() > 0 else self._uniform
        return np.asarray((1 - KERNEL_FLOOR) * share + KERNEL_FLOOR * self._uniform, np.float64)
