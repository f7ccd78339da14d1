"""Compiled kernel of `models.baselines.SelfExciting`: each event shared among the earlier ones that may have caused it.

Pairs of events are gone through without being kept, so that memory grows with the events and not with their square.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled

Floats = NDArray[np.float64]


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
def caused(
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
