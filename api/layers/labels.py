"""What people read instead of the closed lists' values: one `Message` each, in the field's own terms (IMAS)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from geo.core.messages import message
from geo.hazards.schema import HazardStatus
from geo.incidents.schema import HazardType, LocationPrecision, Outcome

HAZARD_TYPES: Final = MappingProxyType(
    {
        HazardType.IED: message("improvised explosive device (IED)"),
        HazardType.AP_MINE: message("anti-personnel mine"),
        HazardType.AV_MINE: message("anti-vehicle mine"),
        HazardType.UXO: message("unexploded ordnance (UXO)"),
        HazardType.AXO: message("abandoned explosive ordnance (AXO)"),
        HazardType.OTHER_EXPLOSIVE: message("other explosive ordnance"),
        HazardType.UNKNOWN: message("explosive ordnance of unknown type"),
        HazardType.SEVERAL: message("explosive ordnance of several types"),
        HazardType.AIR_OR_INDIRECT_FIRE: message("air strike, indirect fire or grenade"),
        HazardType.NOT_EXPLOSIVE: message("conflict event: not explosive, or weapon not recorded"),
    }
)

OUTCOMES: Final = MappingProxyType(
    {
        Outcome.DETONATION: message("detonation"),
        Outcome.FOUND: message("found"),
        Outcome.CLEARED: message("cleared"),
    }
)

LOCATION_PRECISIONS: Final = MappingProxyType(
    {
        LocationPrecision.EXACT: message("exact position"),
        LocationPrecision.SETTLEMENT: message("known to the settlement"),
        LocationPrecision.WITHIN_KM: message("known to some kilometres"),
        LocationPrecision.ROAD_AXIS: message("known to a road"),
        LocationPrecision.COMMUNE: message("known to the commune"),
        LocationPrecision.CERCLE: message("known to the cercle"),
        LocationPrecision.REGION: message("known to the region"),
        LocationPrecision.COUNTRY: message("known to the country"),
    }
)

HAZARD_STATUSES: Final = MappingProxyType(
    {
        HazardStatus.SUSPECTED: message("suspected hazardous area (SHA)"),
        HazardStatus.CONFIRMED: message("confirmed hazardous area (CHA)"),
        HazardStatus.REDUCED: message("reduced area"),
        HazardStatus.CANCELLED: message("cancelled area"),
        HazardStatus.CLEARED: message("cleared area"),
        HazardStatus.RELEASED: message("released area"),
    }
)
