"""Naive forecasts that a model has to beat: on cells and per unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from geo.core.compiled import compiled
from models.risk.counts import CountHistory
from models.risk.distributions import Counts
from models.risk.domain import Domain, Floats, Ints
from models.risk.intensity import KernelBank, origins
from models.risk.kernels import without_denormals
from models.risk.location import Events

#: Weights of the uniform floor that a count baseline may choose from on past windows; a kernel density has 1 %.
FLOORS: Final = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
KERNEL_FLOOR: Final = 0.01
EIGHT_QUARTERS: Final = 8
Share = Callable[[float], Floats]
Pmf = Callable[[float], Floats]


@compiled
def neighbourhood(day: Floats, xy_m: Floats, memory_days: float, width_m: float) -> Floats:
    """Sum a Gaussian of the distance to the earlier events at each event, per m².

    Parameters
    ----------
    day : float array (n,)
        In order.
    xy_m : float array (n, 2)
    memory_days : float
        Events longer ago, or on the same day, do not count.
    """
    count = len(day)
    result = np.zeros(count)
    for later in range(count):
        for earlier in range(later - 1, -1, -1):
            age = day[later] - day[earlier]
            if age > memory_days:
                break
            if age > 0:
                dx, dy = xy_m[later, 0] - xy_m[earlier, 0], xy_m[later, 1] - xy_m[earlier, 1]
                result[later] += np.exp(-(dx * dx + dy * dy) / (2 * width_m * width_m))
    return result / (2 * np.pi * width_m * width_m)


@compiled
def triggering_shares(
    day: Floats, xy_m: Floats, base: Floats, memory_days: float, trigger: float, rate: float, reach_m: float
) -> tuple[Floats, float, float, float]:
    """Share each event among its background and the earlier events, one round of expectation maximisation.

    Parameters
    ----------
    day, xy_m, memory_days
        As for `neighbourhood`.
    base : float array (n,)
        Intensity of the background at each event.
    trigger, rate, reach_m : float
        Events that each one triggers, how soon (per day), how near.

    Returns
    -------
    total : float array (n,)
        Intensity at each event.
    triggered, age, square : float
        Events that others caused, and the sums of their ages and squared distances from the cause.
    """
    count = len(day)
    total = base.copy()
    kick, ages, squares = np.empty(count), np.empty(count), np.empty(count)
    triggered, age_sum, square_sum = 0.0, 0.0, 0.0
    scale = trigger * rate / (2 * np.pi * reach_m * reach_m)
    for later in range(count):
        found, kicks = 0, 0.0
        for earlier in range(later - 1, -1, -1):
            age = day[later] - day[earlier]
            if age > memory_days:
                break
            if age > 0:
                dx, dy = xy_m[later, 0] - xy_m[earlier, 0], xy_m[later, 1] - xy_m[earlier, 1]
                square = dx * dx + dy * dy
                power = rate * age + square / (2 * reach_m * reach_m)
                if power < 50.0:  # less is lost in rounding beside the background
                    kick[found], ages[found], squares[found] = scale * np.exp(-power), age, square
                    kicks += kick[found]
                    found += 1
        total[later] = max(base[later] + kicks, 1e-300)
        for each in range(found):
            cause = kick[each] / total[later]
            triggered += cause
            age_sum += cause * ages[each]
            square_sum += cause * squares[each]
    return total, triggered, age_sum, square_sum


class CellBaselines:
    """Shares of the cells by each naive rule; whatever a rule chooses, it chooses on windows before ``t0``.

    Parameters
    ----------
    bank : KernelBank
    horizon, step : float
        Length of a window and step between their origins, in days.
    """

    def __init__(self, bank: KernelBank, horizon: float, step: float) -> None:
        self._bank, self._horizon, self._step = bank, horizon, step
        self._counts: dict[tuple[float, float], Floats] = {}
        self._likelihood: dict[float, dict[tuple[float, float], float]] = {}
        self._last: dict[str, tuple[float, Floats]] = {}
        widths, endless = bank.bandwidths_m, (float("inf"),)
        self._taus = tuple(sorted({*bank.decays_days, *endless}))
        rules: dict[str, Share] = {
            "uniform": lambda _: bank.domain.uniform,
            "lastquarter": lambda t0: self._counted(t0, horizon),
            "last12months": lambda t0: self._counted(t0, 365.0),
            "longrun": lambda t0: self._counted(t0, np.inf),
            "conflictology": lambda t0: self._counted(t0, EIGHT_QUARTERS * horizon),
            "kde25": lambda t0: self._kernel(t0, (25_000.0,), endless),
            "kde_cv": lambda t0: self._kernel(t0, widths, endless),
            "kde_spacetime": lambda t0: self._kernel(t0, widths, self._taus),
            "selfexciting": lambda t0: SelfExciting(bank.domain).fit(bank.events.before(t0), t0).predict(horizon),
        }
        self.rules: Final[dict[str, Share]] = {name: partial(self._once, name, rule) for name, rule in rules.items()}

    def _once(self, name: str, rule: Share, t0: float) -> Floats:
        """A rule's share as of `t0`, worked out once: the counts per unit ask for it again."""
        if name not in self._last or self._last[name][0] != t0:
            self._last[name] = t0, rule(t0)
        return self._last[name][1]

    def _past(self, t0: float) -> Sequence[float]:
        return [float(start) for start in origins(self._bank.events, t0, self._horizon, self._step)]

    def _counts_before(self, t0: float, window: float) -> Floats:
        key = round(t0, 6), window
        if key not in self._counts:
            events, uniform = self._bank.events, self._bank.domain.uniform
            chosen = (events.day < t0) & (events.known < t0) & (events.day >= t0 - window)
            mass = np.asarray(events.mass[np.flatnonzero(chosen)].sum(axis=0)).ravel()
            self._counts[key] = mass / mass.sum() if mass.sum() > 0 else uniform
        return self._counts[key]

    def _counted(self, t0: float, window: float) -> Floats:
        """Share by counts of a window, mixed with the uniform floor that past windows liked best."""
        uniform = self._bank.domain.uniform
        likelihood = np.zeros(len(FLOORS))
        for start in self._past(t0):
            cells = self._bank.target_cells(start, self._horizon)
            seen = self._counts_before(start, window)[cells] / uniform[cells]
            likelihood += [np.log((1 - floor) * seen + floor).sum() for floor in FLOORS]
        floor = FLOORS[int(np.argmax(likelihood))]
        return (1 - floor) * self._counts_before(t0, window) + floor * uniform

    def _kernel(self, t0: float, bandwidths: tuple[float, ...], decays: tuple[float, ...]) -> Floats:
        """Return the one kernel density of all combinations that past windows liked best."""
        domain, starts = self._bank.domain, self._past(t0)
        likelihood = {(h, tau): 0.0 for h in bandwidths for tau in decays}
        if len(likelihood) > 1:
            for start in starts:
                for key, total in self._kernel_likelihood(start).items():
                    if key in likelihood:
                        likelihood[key] += total
        h, tau = max(likelihood, key=lambda key: likelihood[key])
        north, east, weight = self._separated(t0, h, (tau,))
        raster = (north * weight).T @ east
        field = raster[domain.rows, domain.columns] * domain.area_km2
        field = field / field.sum() if field.sum() > 0 else domain.uniform
        return np.asarray((1 - KERNEL_FLOOR) * field + KERNEL_FLOOR * domain.uniform, np.float64)

    def _kernel_likelihood(self, start: float) -> dict[tuple[float, float], float]:
        """Log likelihood of the window from `start` under each kernel, per unit area inside or outside the country."""
        if start not in self._likelihood:
            domain, scores = self._bank.domain, {}
            cells, count = np.unique(self._bank.target_cells(start, self._horizon), return_counts=True)
            country = domain.area_km2.sum() * 1e6
            for h in self._bank.bandwidths_m:
                for tau, dense in zip(self._taus, self._at_cells(start, cells, h), strict=True):
                    mixed = (1 - KERNEL_FLOOR) * dense * country + KERNEL_FLOOR
                    scores[h, tau] = float(count @ np.log(mixed))
            self._likelihood[start] = scores
        return self._likelihood[start]

    def _at_cells(self, t0: float, cells: Ints, h: float) -> Floats:
        """Exact Gaussian densities per m² of the precise events before `t0`, shape (decays, len(cells))."""
        domain = self._bank.domain
        north, east, weight = self._separated(t0, h, self._taus)
        result = np.zeros((len(self._taus), len(cells)))
        for first in range(0, len(weight), 4096):
            part = slice(first, first + 4096)
            result += weight[part].T @ (north[part, domain.rows[cells]] * east[part, domain.columns[cells]])
        return result

    def _separated(self, t0: float, h: float, decays: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
        """What the precise events before `t0` give to rows and columns of cells, and what each weighs per m².

        A Gaussian separates, so that its value at a cell's centre is the product of the two. Shapes (events, rows),
        (events, columns) and (events, decays).
        """
        events = self._bank.events
        chosen = (events.day < t0) & (events.known < t0) & events.precise
        points, age = events.xy_m[chosen], t0 - events.day[chosen]
        weight = np.exp(-age[:, None] / np.array(decays))
        weight /= np.maximum(weight.sum(axis=0), 1e-300) * 2 * np.pi * h**2
        x, y = lattice(self._bank.domain)
        east = np.exp(-((points[:, 0, None] - x) ** 2) / (2 * h**2))
        north = np.exp(-((points[:, 1, None] - y) ** 2) / (2 * h**2))
        return without_denormals(north), without_denormals(east), weight


class SelfExciting:
    """Background plus triggering, fitted by expectation maximisation.

    Intensity of an event: uniform background, a stationary background of earlier places (Gaussian of 10 km), and the
    events that each past event triggers, exponential in time and Gaussian in space. Each event is shared among its
    possible causes; the shares give the weights, the decay and the reach.

    References
    ----------
    Mohler, G. O. et al. (2011). Self-exciting point process modeling of crime. JASA 106(493), 100-108.
    """

    BACKGROUND_M: Final = 10_000.0
    LEAST_REACH_M: Final = 1_000.0
    MEMORY_DAYS: Final = 1_095.0
    ROUNDS: Final = 40
    #: Pairs of events grow with the square: of a longer record the latest so many teach the process.
    MOST_EVENTS: Final = 4_000

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def fit(self, events: Events, t0: float) -> SelfExciting:
        """Fit to the events before `t0`."""
        events = events.take(np.flatnonzero(events.precise)[-self.MOST_EVENTS :])
        order = np.argsort(events.day, kind="stable")
        self._t0, self._day, self._xy = t0, events.day[order], events.xy_m[order]
        n = len(events)
        area, span = self._domain.area_km2.sum() * 1e6, max(t0 - float(self._day.min(initial=t0)), 1.0)
        places = neighbourhood(self._day, self._xy, self.MEMORY_DAYS, self.BACKGROUND_M)
        flat, kept_places = np.full(n, n / span / area), n / span * places / np.maximum(np.arange(n), 1)
        self.flat, self.places, self.trigger = 0.2, 0.4, 0.4
        self.rate, self.reach_m = 1 / 90, 10_000.0
        for _ in range(self.ROUNDS):
            base = self.flat * flat + self.places * kept_places
            total, triggered, age, square = triggering_shares(
                self._day, self._xy, base, self.MEMORY_DAYS, self.trigger, self.rate, self.reach_m
            )
            triggered = max(triggered, 1e-9)
            self.flat = float((self.flat * flat / total).mean()) + 1e-6
            self.places = float((self.places * kept_places / total).mean())
            self.trigger = triggered / max(n, 1)
            self.rate = triggered / max(age, 1e-9)
            self.reach_m = max(float(np.sqrt(square / (2 * triggered))), self.LEAST_REACH_M)
        return self

    def predict(self, horizon: float) -> Floats:
        """Return the expected share of each cell over the horizon after ``t0``, shape (cells,)."""
        n = max(len(self._day), 1)
        span = max(self._t0 - float(self._day.min(initial=self._t0)), 1.0)
        expected = n / span * horizon
        background = self._spread(np.full(len(self._day), 1 / n), self.BACKGROUND_M)
        age = self._t0 - self._day
        kick = self.trigger * np.exp(-self.rate * age) * -np.expm1(-self.rate * horizon)
        share = expected * (self.flat * self._domain.uniform + self.places * background)
        share = share + self._spread(kick, self.reach_m)
        return np.asarray(share / share.sum(), np.float64)

    def _spread(self, weight: Floats, bandwidth: float) -> Floats:
        """Integrate a Gaussian around each event over the cells; it separates into rows and columns."""
        domain, half = self._domain, self._domain.cell_m / 2
        sides = []
        for axis, centres in enumerate(lattice(domain)):
            offset = np.abs(centres - self._xy[:, axis, None])
            sides.append(ndtr((half - offset) / bandwidth) - ndtr((-half - offset) / bandwidth))
        east, north = (without_denormals(side) for side in sides)
        return np.asarray(((north * weight[:, None]).T @ east)[domain.rows, domain.columns], np.float64)


def lattice(domain: Domain) -> tuple[Floats, Floats]:
    """Return the x of the columns' centres and the y of the rows', in metres."""
    (west, south), (rows, columns) = domain.south_west, domain.shape
    x: Floats = west + np.arange(0.5, columns) * domain.cell_m
    y: Floats = south + np.arange(0.5, rows) * domain.cell_m
    return x, y


class UnitBaselines:
    """Distributions of the counts per unit by each naive rule, as probabilities of 0, 1, …, shape (units, K).

    Rules that only say where are given the mean of the last eight quarters as how many, and Poisson's spread.
    """

    def __init__(self, history: CountHistory, cells: CellBaselines, horizon: float) -> None:
        self._history, self._horizon = history, horizon
        self.rules: Final[dict[str, Pmf]] = {
            "allzero": lambda _: np.ones((len(history.domain.unit_ids), 1)),
            "lastquarter": lambda t0: self._empirical(t0, 1),
            "last12months": lambda t0: self._empirical(t0, 4),
            "longrun": lambda t0: self._empirical(t0, 10_000),
            "conflictology": lambda t0: self._empirical(t0, EIGHT_QUARTERS),
        }
        for name, share in cells.rules.items():
            if name not in self.rules:
                self.rules[name] = lambda t0, share=share: self._poisson(t0, share(t0))  # type: ignore[misc]

    def _empirical(self, t0: float, quarters: int) -> Floats:
        return empirical_pmf(self._history.quarters(t0, quarters, self._horizon))

    def _poisson(self, t0: float, share: Floats) -> Floats:
        past = self._history.quarters(t0, EIGHT_QUARTERS, self._horizon)
        national = past.sum(axis=1).mean() if len(past) else 0.0
        return poisson_pmf(national * np.asarray(self._history.domain.share @ share))


def empirical_pmf(past: Counts) -> Floats:
    """Return the frequency of each count in `past`, shape (quarters, units); all zero where there is no quarter."""
    quarters, units = past.shape
    if not quarters:
        return np.ones((units, 1))
    shape = (units, int(past.max(initial=0)) + 1)
    unit = np.tile(np.arange(units), quarters)
    entries = (np.full(past.size, 1 / quarters), (unit, past.ravel()))
    return np.asarray(sparse.coo_array(entries, shape=shape).toarray(), np.float64)


def poisson_pmf(mean: Floats) -> Floats:
    """Return Poisson probabilities up to where all but next to nothing is covered, shape (n, K)."""
    most = int(np.ceil(mean.max(initial=0.0) + 10 * np.sqrt(mean.max(initial=0.0)) + 10))
    result = np.empty((len(mean), most + 1))
    result[:, 0] = np.exp(-mean)
    for count in range(1, most + 1):
        result[:, count] = result[:, count - 1] * mean / count
    return result
