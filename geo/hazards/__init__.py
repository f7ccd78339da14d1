"""Contaminated areas: suspected, confirmed and released land, with IMAS status over time."""

from geo.hazards.areas import area_by_unit, area_difference, status_at
from geo.hazards.batch import HazardBatch, QuarantinedArea
from geo.hazards.reading import delivered, read
from geo.hazards.schema import HazardStatus, Method, conform, empty_hazards, merge_histories

__all__ = [
    "HazardBatch",
    "HazardStatus",
    "Method",
    "QuarantinedArea",
    "area_by_unit",
    "area_difference",
    "conform",
    "delivered",
    "empty_hazards",
    "merge_histories",
    "read",
    "status_at",
]
