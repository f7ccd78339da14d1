"""Events with a usable point, and which of them lie near lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.core.crs import TO_METRIC, TO_STORAGE
from geo.roads.graph import Floats, Ints, Network

if TYPE_CHECKING:
    from models.routes.road_model import RoadEvents


@dataclass(frozen=True, slots=True)
class Rounding:
    """How positions are shown to whoever may not see them exactly: decimals of a degree, and the error it adds."""

    decimals: int
    error_km: float


class Near:
    """Events with a usable point, and which of them lie within a distance of lines.

    Events in one place are looked up once. With a `rounding` all is told from the rounded positions, and by its error
    further out so that nothing near is missed: from exact ones, a line that is moved until an event drops out would
    tell where it lies.
    """

    def __init__(self, events: RoadEvents, rounding: Rounding | None = None) -> None:
        spots, _, self._at = spots_of(events)
        if rounding is not None:
            degrees = np.column_stack(TO_STORAGE.transform(*spots.T)).round(rounding.decimals)
            spots = np.column_stack(TO_METRIC.transform(*degrees.T))
        self._recorded, self._wider_km = events, 0.0 if rounding is None else rounding.error_km
        self.events: Final = events.events
        self._points = shapely.points(spots)
        self._tree = shapely.STRtree(self._points)
        self._count = np.diff(self._at.indptr)
        self._latest = np.array(
            [
                self.events.day[self._at.indices[a:b]].max()
                for a, b in zip(self._at.indptr, self._at.indptr[1:], strict=False)
            ]
        )

    def rounded(self, rounding: Rounding) -> Near:
        """Return the same events at rounded positions."""
        return Near(self._recorded, rounding)

    def pairs(self, lines: NDArray[np.object_], half_km: Floats) -> tuple[Ints, Ints]:
        """Return which line and which place lie within `half_km` of each other."""
        line, spot = self._tree.query(lines, predicate="dwithin", distance=(half_km + self._wider_km) * 1000)
        return np.asarray(line, np.int64), np.asarray(spot, np.int64)

    def counted(self, lines: NDArray[np.object_], half_km: Floats) -> tuple[Ints, Floats]:
        """Return how many events lie near each line, and the latest one's day, -inf where there is none."""
        line, spot = self.pairs(lines, half_km)
        count = np.bincount(line, self._count[spot], minlength=len(lines)).astype(np.int64)
        latest = np.full(len(lines), -np.inf)
        np.maximum.at(latest, line, self._latest[spot])
        return count, latest

    def of_spots(self, spots: Ints) -> tuple[Ints, Ints]:
        """Return the events at places, and each one's place."""
        chosen = self._at[spots]
        return np.asarray(chosen.indices, np.int64), np.repeat(spots, np.diff(chosen.indptr))

    def point(self, spots: Ints) -> NDArray[np.object_]:
        """Return places as points in the metric CRS."""
        points: NDArray[np.object_] = self._points[spots]
        return points


def as_metric_lines(network: Network) -> NDArray[np.object_]:
    """Return the network's edges in the metric CRS."""
    lines: NDArray[np.object_] = shapely.transform(
        network.lines(), lambda xy: np.column_stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]))
    )
    return lines


def spots_of(events: RoadEvents) -> tuple[Floats, Ints, sparse.csr_array]:
    """Return the distinct places (P, 2) of the events with a usable point, and each event's place (-1 without)."""
    point = np.flatnonzero(events.point)
    spots, inverse = np.unique(np.round(events.events.xy_m[point], 1), axis=0, return_inverse=True)
    place = np.full(len(events.events), -1, np.int64)
    place[point] = inverse.ravel()
    at = sparse.csr_array((np.ones(len(point)), (inverse.ravel(), point)), shape=(len(spots), len(events.events)))
    return spots, place, at
