"""Classes of expected recorded incidents: a scale for each kind of place, in its unit. None of them means harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from models.risk.target import RECORDED, Target


class Band(StrEnum):
    """Classes, lowest first. *Not assessed* is not the lowest: it says that nothing can be said."""

    NOT_ASSESSED = "not_assessed"
    LOWER = "lower"
    ELEVATED = "elevated"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Support(StrEnum):
    """What a figure is of: figures of two supports are not compared, and their classes neither."""

    REGION = "region"
    CERCLE = "cercle"
    COMMUNE = "commune"
    CELL = "cell"
    ROAD = "road"


@dataclass(frozen=True, slots=True)
class Scale:
    """The classes of one support.

    Attributes
    ----------
    limits : tuple of float
        From which figure on a place is elevated, high and very high, in expected recorded incidents in `days` days.
    days : int
        Another period is brought to this length first.
    per : int, optional
        Of how many km² (cells) or km of road the figure is; None where it is the place's own.
    remembers : bool
        Whether a place keeps its last class until the figure is `MARGIN` past the limit.
    """

    limits: tuple[float, float, float]
    days: int
    per: int | None = None
    remembers: bool = False

    def start(self, band: Band) -> float | None:
        """Return from which figure on a class applies; None for what is not assessed."""
        return dict(zip(JUDGED, (0.0, *self.limits), strict=True)).get(band)

    def end(self, band: Band) -> float | None:
        """Return below which figure a class applies; None for the highest and for what is not assessed."""
        return dict(zip(JUDGED, self.limits, strict=False)).get(band)


#: The classes of what is assessed, lowest first.
JUDGED: Final = (Band.LOWER, Band.ELEVATED, Band.HIGH, Band.VERY_HIGH)
#: How far past a limit, as a share of it, a unit's figure must be for its class to change.
MARGIN: Final = 0.15
_UNIT: Final = Scale((0.1, 0.5, 2.0), days=91, remembers=True)
#: The one table of limits; docs/adr/0007 says how they were chosen.
SCALES: Final[Mapping[Support, Scale]] = MappingProxyType(
    {
        Support.REGION: _UNIT,
        Support.CERCLE: _UNIT,
        Support.COMMUNE: Scale((0.01, 0.05, 0.2), days=91, remembers=True),
        Support.CELL: Scale((0.005, 0.025, 0.1), days=91, per=1000),
        Support.ROAD: Scale((0.03, 0.1, 0.3), days=30, per=100),
    }
)


def band_label(band: Band) -> Message:
    """Return the class's name for people."""
    names = {
        Band.NOT_ASSESSED: message("not assessed"),
        Band.LOWER: message("lower"),
        Band.ELEVATED: message("elevated"),
        Band.HIGH: message("high"),
        Band.VERY_HIGH: message("very high"),
    }
    return names[band]


def band_with_limits(band: Band, support: Support) -> Message:
    """Return the class's name with its limits, for a legend that says their unit."""
    low, high = SCALES[support].start(band), SCALES[support].end(band)
    if low is None:
        return band_label(band)
    if not low:
        return message("{label}: under {high}", label=band_label(band), high=high)
    if high is None:
        return message("{label}: {low} and more", label=band_label(band), low=low)
    return message("{label}: {low} to {high}", label=band_label(band), low=low, high=high)


def scale_heading(support: Support, target: Target) -> Message:
    """Return what the limits of a support's classes are of: the heading of every legend."""
    words = {"what": RECORDED[target], "per": SCALES[support].per, "days": SCALES[support].days}
    said = {
        Support.REGION: message("Classes: {what} expected per region and {days} days", **words),
        Support.CERCLE: message("Classes: {what} expected per cercle and {days} days", **words),
        Support.COMMUNE: message("Classes: {what} expected per commune and {days} days", **words),
        Support.CELL: message("Classes: {what} expected per {per} km² and {days} days", **words),
        Support.ROAD: message("Classes: {what} expected per {per} km of road and {days} days", **words),
    }
    return said[support]


def kept_class_note(support: Support) -> Message | None:
    """Return what must be said where a class may be that of the last assessment; None where it never is."""
    if not SCALES[support].remembers:
        return None
    return message(
        "A class changes once the figure is {percent} % past the limit; until then it is that of the last assessment.",
        percent=round(100 * MARGIN),
    )


def scale_text(support: Support, target: Target) -> Message:
    """Return a support's whole scale as one sentence, for where there is no legend."""
    lower, elevated, high, very_high = (band_with_limits(band, support) for band in JUDGED)
    return message(
        "{unit} ({lower}; {elevated}; {high}; {very_high}).",
        unit=scale_heading(support, target),
        lower=lower,
        elevated=elevated,
        high=high,
        very_high=very_high,
    )


def classify(
    support: Support,
    expected: ArrayLike,
    assessed: ArrayLike,
    *,
    days: float,
    size: ArrayLike | None = None,
    before: ArrayLike | None = None,
) -> NDArray[np.object_]:
    """Return the class of each place of a support, shape (n,).

    Parameters
    ----------
    expected : array-like, shape (n,)
        Expected recorded incidents over `days` days in each place.
    assessed : array-like of bool, shape (n,)
        False where history or reporting is too thin to say anything.
    days : float
        Brought to the length that the scale is of.
    size : array-like, shape (n,), optional
        km² of each cell or km of each road; for those two only.
    before : array-like, shape (n,), optional
        Classes of the last assessment, of a support that remembers: kept while the figure is within `MARGIN` of the
        limit that it crossed. Missing or not assessed means no memory.

    Raises
    ------
    ParameterError
        If an assessed place's expectation is missing or not above zero: no place is without hazard.

    Examples
    --------
    >>> [str(b) for b in classify(Support.CERCLE, [0.02, 0.1, 7.0, 0.3], [True, True, True, False], days=91)]
    ['lower', 'elevated', 'very_high', 'not_assessed']
    >>> str(classify(Support.CERCLE, [0.11], [True], days=91, before=["lower"])[0])
    'lower'
    """
    scale = SCALES[support]
    values = np.asarray(expected, np.float64) * (scale.days / days)
    judged = np.asarray(assessed, bool)
    if not (np.isfinite(values[judged]).all() and (values[judged] > 0).all()):
        raise ParameterError(
            message("The expected incidents of an assessed unit must be a number above zero."), parameter="expected"
        )
    if scale.per is not None:
        values = values * (scale.per / np.where(judged, np.asarray(size, np.float64), 1.0))
    values, limits = np.where(judged, values, 0.0), np.array(scale.limits)
    rank = np.searchsorted(limits, values, side="right")
    if before is not None and scale.remembers:
        rank = _remembered(rank, values, limits, np.asarray(before, object))
    result = np.array(JUDGED, dtype=object)[rank]
    result[~judged] = Band.NOT_ASSESSED
    return result


def _remembered(
    rank: NDArray[np.intp], values: NDArray[np.float64], limits: NDArray[np.float64], before: NDArray[np.object_]
) -> NDArray[np.intp]:
    """Return the rank of each class where the last one is kept as far as the figure has not left it clearly."""
    ranks = {band.value: number for number, band in enumerate(JUDGED)}
    last = np.array([ranks.get(str(band), -1) for band in before])
    least = np.searchsorted(limits * (1 + MARGIN), values, side="left")
    most = np.searchsorted(limits * (1 - MARGIN), values, side="right")
    return np.where(last < 0, rank, np.clip(last, least, most))
