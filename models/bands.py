"""Bands of expected recorded incidents: the same limits for every unit and period. None of them means harmless."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import ParameterError
from geo.messages import Message, message


class Band(StrEnum):
    """Bands, lowest first. *Not assessed* is not the lowest: it says that nothing can be said."""

    NOT_ASSESSED = "not_assessed"
    LOWER = "lower"
    ELEVATED = "elevated"
    HIGH = "high"
    VERY_HIGH = "very_high"


#: Expected recorded incidents per unit and 91 days from which on a band applies.
#: 0.1: at most about one chance in ten of any. 0.5: two in five. 2: some are to be expected.
LIMITS: Final = {Band.LOWER: 0.0, Band.ELEVATED: 0.1, Band.HIGH: 0.5, Band.VERY_HIGH: 2.0}
HORIZON_DAYS: Final = 91.0


def label(band: Band) -> Message:
    """Return the band's name for people."""
    names = {
        Band.NOT_ASSESSED: message("not assessed"),
        Band.LOWER: message("lower"),
        Band.ELEVATED: message("elevated"),
        Band.HIGH: message("high"),
        Band.VERY_HIGH: message("very high"),
    }
    return names[band]


def bands(expected: ArrayLike, assessed: ArrayLike, *, horizon_days: float = HORIZON_DAYS) -> NDArray[np.object_]:
    """Return the band of each unit, shape (n,).

    Parameters
    ----------
    expected : array-like, shape (n,)
        Expected recorded incidents over the horizon.
    assessed : array-like of bool, shape (n,)
        False where history or reporting is too thin to say anything.
    horizon_days : float
        Limits are stated for 91 days; another horizon is brought to that length first.

    Raises
    ------
    ParameterError
        If an assessed unit's expectation is missing or not above zero: no unit is without hazard.

    Examples
    --------
    >>> [str(b) for b in bands([0.02, 0.1, 7.0, 0.3], [True, True, True, False])]
    ['lower', 'elevated', 'very_high', 'not_assessed']
    """
    values = np.asarray(expected, np.float64) * (HORIZON_DAYS / horizon_days)
    judged = np.asarray(assessed, bool)
    if not (np.isfinite(values[judged]).all() and (values[judged] > 0).all()):
        raise ParameterError(
            message("The expected incidents of an assessed unit must be a number above zero."), parameter="expected"
        )
    order = list(LIMITS)
    position = np.searchsorted(list(LIMITS.values()), np.where(judged, values, 0.0), side="right") - 1
    result = np.array(order, dtype=object)[position]
    result[~judged] = Band.NOT_ASSESSED
    return result
