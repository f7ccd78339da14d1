"""What an assessment forecasts, which incidents belong to it, and which model suits it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from geo.core.messages import Message, message
from geo.incidents.schema import EXPLOSIVE, HazardType
from models.risk.domain import Domain
from models.risk.location import Events

if TYPE_CHECKING:
    from models.risk.counts import CountHistory
    from models.risk.model import RiskModel


class Target(StrEnum):
    """What is forecast. Each has a fit of its own; they are never mixed."""

    IED = "ied"
    ERW = "erw"
    CONFLICT = "conflict"


#: Hazard types of each target: those by which its source can mean it. Devices that a source does not tell apart (ACLED
#: has one class for remote explosives, mines and IEDs) count with IEDs and mines: they are recorded when they go off or
#: are found on the way, as those are; so do events of devices of several types. What a source names as other ordnance,
#: or as air or indirect fire, is of none.
HAZARDS: Final = {
    Target.IED: (
        HazardType.IED,
        HazardType.AP_MINE,
        HazardType.AV_MINE,
        HazardType.UNKNOWN,
        HazardType.SEVERAL,
    ),
    Target.ERW: (HazardType.UXO, HazardType.AXO),
    Target.CONFLICT: (HazardType.NOT_EXPLOSIVE,),
}
#: Hazard types that reports of the target's events may name. Sources tell devices apart differently, so linked reports
#: are joined first, and only then is it asked which target the event is of; otherwise it would be one of two.
REPORTED_WITH: Final = {
    Target.IED: EXPLOSIVE,
    Target.ERW: EXPLOSIVE,
    Target.CONFLICT: HAZARDS[Target.CONFLICT],
}
#: Incidents outside the target that may help to tell where, as kernels of their own.
AUXILIARY: Final = {Target.IED: (HazardType.NOT_EXPLOSIVE,), Target.ERW: (), Target.CONFLICT: ()}
#: Fewer auxiliary incidents, or none in the last year, teach nothing.
LEAST_AUXILIARY: Final = 100
AUXILIARY_DAYS: Final = 365.0

#: With fewer incidents of the target, or a shorter record, nothing is said of any place.
LEAST_EVENTS: Final = 30
LEAST_DAYS: Final = 730.0

NAMES: Final = {
    Target.IED: message("IEDs and mines"),
    Target.ERW: message("explosive remnants of war (ERW)"),
    Target.CONFLICT: message("conflict events, which are not explosive incidents"),
}
#: What each target holds, for the card and the documents.
HOLDS: Final = {
    Target.IED: message(
        "Improvised explosive devices, suicide and vehicle-borne bombs among them, anti-personnel and anti-vehicle "
        "mines, and devices that their source does not tell apart and that may be one of these. Not in it: air "
        "strikes, shelling and other indirect fire, grenades; and what a source names as other ordnance."
    ),
    Target.ERW: message("Ordnance that its source names as unexploded or abandoned."),
    Target.CONFLICT: message(
        "Conflict events: without an explosive, or from a source that does not record the weapon. Not in it: air "
        "strikes, shelling and grenades where the source tells them apart."
    ),
}
#: What the figures count, in the middle of a sentence.
RECORDED: Final = {
    Target.IED: message("recorded incidents"),
    Target.ERW: message("recorded incidents"),
    Target.CONFLICT: message("recorded conflict events"),
}
WITH_AUXILIARY: Final = message("Other security incidents helped to tell where; they are not counted.")


def target_title(target: Target) -> Message:
    """Return what the target's figures are, for titles, legends and the card."""
    return message("Expected recorded incidents: {target}", target=NAMES[target])


def model_for(target: Target) -> RiskModel:
    """Return the target's estimator, not fitted.

    ERW lies where it fell until somebody clears it: its record does not age, and a quiet quarter proves nothing.
    """
    from models.risk.model import RiskModel  # whoever only shows what was estimated does without the estimators

    if target is Target.ERW:
        endless = float("inf")
        return RiskModel(decays_days=(endless,), training_decay_days=endless, pool_most=0.0)
    return RiskModel()


def history_for(target: Target, events: Events, domain: Domain, auxiliary: Events | None) -> CountHistory:
    """Return the rates per unit that the target's count model learns from."""
    from models.risk.counts import CountHistory, LastingHistory

    if target is Target.ERW:
        return LastingHistory(events, domain)
    return CountHistory(events, domain, auxiliary=auxiliary)
