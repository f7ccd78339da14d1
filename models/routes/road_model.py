"""The kernel mixture on roads: expected recorded incidents per piece of road, coherent with the counts per cercle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.roads.graph import Floats, Ints
from models.risk.domain import Domain
from models.risk.intensity import FLOOR_PRIOR, HORIZON_DAYS, PRIOR, STEP_DAYS, SimplexWeights, origins
from models.risk.location import Events
from models.routes.lixels import Lixels, OnRoads, cells_on_roads

#: The finest stays on the piece of road that an event lies on: incidents repeat where they were, and at a junction a
#: wider kernel lends most of them to the roads that branch off (docs/model.md, "Along roads").
BANDWIDTHS_KM: Final = (0.5, 3.0, 15.0, 40.0, 100.0)
DECAYS_DAYS: Final = (60.0, 365.0, float("inf"))


class RoadEvents:
    """Events as the roads see them: points near a road on it, everything else spread over the roads it may lie on.

    Parameters
    ----------
    events : Events
    error_km : float array (n,)
        How far each event's point may be off; missing where it has no point.
    finest_km : float
        Points with a larger error are spread like events without a point.
    reach_km : float array (E,)
        How far from each edge an incident belongs to it.
    cells : sparse array, shape (cells, L)
        As `cells_on_roads` gives it.
    """

    def __init__(
        self,
        events: Events,
        error_km: Floats,
        lixels: Lixels,
        *,
        finest_km: float,
        reach_km: Floats,
        cells: sparse.csr_array,
    ) -> None:
        self.events: Final = events
        point = np.flatnonzero(np.isfinite(events.xy_m).all(axis=1) & (error_km <= finest_km))
        on = lixels.place(events.xy_m[point])
        near = on.distance_km <= reach_km[on.edge]
        self.point: Final = np.zeros(len(events), bool)
        self.point[point] = True
        #: Row in `places` of each event on a road; -1 elsewhere.
        self.place: Final = np.full(len(events), -1, np.int64)
        spots = np.round(events.xy_m[point[near]], 1)
        _, first, inverse = np.unique(spots, axis=0, return_index=True, return_inverse=True)
        self.place[point[near]] = inverse.ravel()
        kept = np.flatnonzero(near)[first]
        self.places: Final = OnRoads(on.edge[kept], on.at_km[kept], on.lixel[kept], on.distance_km[kept])
        blurred = sparse.diags_array((~self.point).astype(np.float64))
        #: Mass of the events without a usable point on each piece of road, shape (n, L).
        self.mass: Final = sparse.csr_array(blurred @ events.mass @ cells)
        self.teaches: Final = (self.place >= 0) & events.precise

    def decayed(self, t0: float, decays_days: Floats) -> tuple[Floats, Floats]:
        """Return what was known before `t0`, decayed: per place (T, P), and of what has no point per lixel (T, L)."""
        events = self.events
        past = np.flatnonzero((events.day < t0) & (events.known < t0))
        weight = np.exp(-(t0 - events.day[past]) / decays_days[:, None])
        place = self.place[past]
        on = place >= 0
        count = len(self.places.edge)
        by_place = np.stack([np.bincount(place[on], row[on], minlength=count) for row in weight]).astype(np.float64)
        by_lixel = np.asarray((sparse.csr_array(self.mass[past]).T @ weight.T), np.float64).T
        return by_place, by_lixel


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Learned weights of the terms: event kernels (H, T) and static layers (S,); together they sum to 1."""

    kernels: Floats
    layers: Floats
    bandwidths_km: Floats
    decays_days: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Intensity:
    """What a mixture says as of a day: the share of each piece of road before it is made coherent.

    `imprecise` is the part that rests on events without a usable point, `static` what rests on no event. `per_mass`
    (H, T) is what one unit of decayed mass adds, so that with it held further events only add.
    """

    share: Floats
    imprecise: Floats
    static: Floats
    per_mass: Floats

    @property
    def located(self) -> Floats:
        """The share of the events that will have a usable point.

        What rests on no event is shared out between them and the others as what rests on events is.
        """
        points = self.share - self.imprecise - self.static
        known = float((points + self.imprecise).sum())
        return points + self.static * (float(points.sum()) / known if known > 0 else 1.0)


class RoadMixture:
    """Learns the mixture on one network and answers for any date."""

    def __init__(
        self,
        lixels: Lixels,
        domain: Domain,
        *,
        bandwidths_km: tuple[float, ...] = BANDWIDTHS_KM,
        decays_days: tuple[float, ...] = DECAYS_DAYS,
    ) -> None:
        self.lixels: Final = lixels
        self.bandwidths_km: Final = np.array(bandwidths_km)
        self.decays_days: Final = np.array(decays_days)
        #: Static densities over the pieces, each sums to 1; the floor, by length, comes first.
        self.layers: Final = _layers(lixels, domain)

    def fit(
        self, events: RoadEvents, t0: float, *, horizon_days: float = HORIZON_DAYS, step_days: float = STEP_DAYS
    ) -> Mixture:
        """Learn the weights on windows of the past that end before `t0`; without a single event they are the prior."""
        shape = (len(self.bandwidths_km), len(self.decays_days))
        prior = np.concatenate([np.full(shape[0] * shape[1] + len(self.layers), PRIOR)])
        prior[shape[0] * shape[1]] = FLOOR_PRIOR
        asked, at = np.unique(events.places.lixel, return_inverse=True)
        nothing = np.zeros((1, shape[0], len(events.places.edge)))
        _, single = self.lixels.spread(events.places, nothing, self.bandwidths_km, asked)
        starts = [float(start) for start in origins(events.events, t0, horizon_days, step_days)]
        known = [events.decayed(start, self.decays_days) for start in starts]
        # One product for all windows: a kernel may hold a gigabyte, and is gone through once.
        by_place = np.concatenate([np.empty((0, single.shape[1])), *(places for places, _ in known)])
        fields = (by_place @ single).reshape(shape[0], len(starts), shape[1], len(asked)).swapaxes(0, 1)
        rows = [
            self._at_targets(events, start, horizon_days, t0, asked, at, each, field)
            for start, each, field in zip(starts, known, fields, strict=True)
        ]
        densities = np.concatenate([*rows, np.empty((0, len(prior)))])
        weights = SimplexWeights(prior).fit(densities).weights_ if len(densities) else prior / prior.sum()
        kernels = weights[: shape[0] * shape[1]].reshape(shape)
        return Mixture(kernels, weights[shape[0] * shape[1] :], self.bandwidths_km, self.decays_days)

    def _at_targets(
        self,
        events: RoadEvents,
        start: float,
        horizon: float,
        t0: float,
        asked: Ints,
        at: Ints,
        decayed: tuple[Floats, Floats],
        fields: Floats,
    ) -> Floats:
        """Densities, relative to the uniform one, of every term at the events of the window after `start`.

        `at` is the row in `asked` of each place's piece of road, `decayed` what was known at `start`, and `fields`,
        shape (H, T, Q), what its points put on each piece `asked`.
        """
        known = events.events
        chosen = events.teaches & (known.day >= start) & (known.day < start + horizon) & (known.known < t0)
        target = at[events.place[chosen]]
        by_place, by_lixel = decayed
        total = by_place.sum(axis=1) + by_lixel.sum(axis=1)
        length = self.lixels.length_km
        blurred = by_lixel[:, asked[target]] / length[asked[target]]
        columns = []
        for field in fields:
            dense = field[:, target] + blurred
            uniform = np.ones((len(total), len(target))) / length.sum()
            columns.append(np.where(total[:, None] > 0, dense / np.where(total > 0, total, 1.0)[:, None], uniform))
        static = self.layers[:, asked[target]] / length[asked[target]]
        return np.asarray(np.concatenate([*columns, static]).T * length.sum(), np.float64)

    def intensity(
        self, mixture: Mixture, events: RoadEvents, t0: float, *, per_mass: Floats | None = None
    ) -> Intensity:
        """Return the share of each piece of road as of `t0`.

        Parameters
        ----------
        per_mass : float array (H, T), optional
            That of an earlier answer, to hold the weights: the shares then no longer sum to 1.
        """
        by_place, by_lixel = events.decayed(t0, self.decays_days)
        total = by_place.sum(axis=1) + by_lixel.sum(axis=1)
        if per_mass is None:
            per_mass = mixture.kernels / np.where(total > 0, total, np.inf)
        floor = mixture.kernels[:, total <= 0].sum()  # what terms without any event would have: spread by length
        field, _ = self.lixels.spread(events.places, (per_mass @ by_place)[None], self.bandwidths_km)
        blurred = per_mass.sum(axis=0) @ by_lixel
        static = mixture.layers @ self.layers + floor * self.layers[0]
        share = field[0] * self.lixels.length_km + blurred + static
        return Intensity(share, blurred, static, per_mass)


@dataclass(frozen=True, slots=True, eq=False)
class RoadForecast:
    """Expected recorded incidents per piece of road, and what lies off every road, over the horizon.

    Attributes
    ----------
    expected : float array (L,)
        NaN on roads outside the country, and in cercles of which the assessment says nothing.
    imprecise : float array (L,)
        The part that rests on events without a usable point.
    located : float array (L,)
        What is expected of incidents that will have a usable point.
    off_road : float array (cells,)
        Expected incidents of the cells that are near no road; with `expected` they sum to the cercles' counts.
    scale : float array (units,)
        What each cercle's shares are multiplied with.
    """

    expected: Floats
    imprecise: Floats
    located: Floats
    off_road: Floats
    scale: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """How pieces of road, cells and cercles belong together.

    `unit` (L,) is the cercle of each piece, -1 outside the country; `cell_unit` (cells,); `near` (cells,) says which
    cells belong to a road.
    """

    unit: Ints
    cell: Ints
    cell_unit: Ints
    near: NDArray[np.bool_]
    cells: sparse.csr_array
    units: int

    @classmethod
    def of(cls, lixels: Lixels, domain: Domain, reach_km: Floats) -> Surroundings:
        """Lay the network over the cells."""
        cells = cells_on_roads(lixels, domain, reach_km)
        home = np.asarray(domain.share.toarray().argmax(axis=0), np.int64)
        cell = domain.locate(lixels.xy_m[:, 0], lixels.xy_m[:, 1])
        unit = np.where(cell >= 0, home[cell], -1)
        near = np.asarray(cells.sum(axis=1)).ravel() > 0
        # A cercle without a piece of road keeps its incidents where they are.
        near &= np.isin(home, unit)
        return cls(unit, cell, home, near, cells, len(domain.unit_ids))

    def forecast(self, shares: Intensity, cells: Floats, *, share_near: float = 1.0) -> RoadForecast:
        """Make shares coherent with the expected incidents `cells` (cells,) of an assessment.

        Parameters
        ----------
        share_near : float
            The part of the incidents near roads that is looked at, where only exact positions count.
        """
        inside = self.unit >= 0
        near = share_near * np.bincount(self.cell_unit[self.near], cells[self.near], minlength=self.units)
        known = np.bincount(self.unit[inside], shares.share[inside], minlength=self.units)
        scale = near / np.where(known > 0, known, np.inf)
        scale[self.cell_unit[np.isnan(cells)]] = np.nan
        factor = np.where(inside, scale[self.unit], np.nan)
        off_road = np.where(self.near, 0.0, share_near * cells)
        return RoadForecast(factor * shares.share, factor * shares.imprecise, factor * shares.located, off_road, scale)


def _layers(lixels: Lixels, domain: Domain) -> Floats:
    rows = [lixels.length_km / lixels.length_km.sum()]
    cell = domain.locate(lixels.xy_m[:, 0], lixels.xy_m[:, 1])
    for name in ("settlement", "population"):
        if name in domain.layers:
            per_km2 = domain.layers[name] / domain.area_km2
            weight = np.where(cell >= 0, per_km2[cell], 0.0) * lixels.length_km
            if weight.sum() > 0:
                rows.append(weight / weight.sum())
    return np.array(rows)
