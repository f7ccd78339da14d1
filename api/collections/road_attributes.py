"""Columns of the collections of roads, from what the answers about routes say of the same figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.collections.fields import chosen
from api.layers.asking import LayerName
from api.layers.attributes import ATTRIBUTES, Attribute
from api.roads.schemas import AXIS, SEGMENT
from geo.core.messages import message
from models.routes.answer import HORIZON_DAYS

_UNIT: Final = f"recorded incidents in the corridor in {HORIZON_DAYS} days"
_SYNTHETIC: Final = chosen(AXIS, "synthetic")

#: An expectation comes as three columns here.
_EXPECTED: Final = (
    Attribute(
        "expected",
        "number",
        message("Expected recorded incidents in the corridor and period; null where not assessed."),
        unit=_UNIT,
        nullable=True,
    ),
    Attribute("low", "number", message("Lower end of the 90 % interval."), unit=_UNIT, nullable=True),
    Attribute("high", "number", message("Upper end of the 90 % interval."), unit=_UNIT, nullable=True),
)


def _numbers(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """A column holds the figure; its interval, where the answers have one, is left out."""
    return tuple(replace(each, type="number") if each.type == "object" else each for each in attributes)


def _dated(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    return tuple(replace(each, unit="YYYY-MM-DD") if each.name == "last_incident" else each for each in attributes)


SEGMENT_ATTRIBUTES: Final = (
    *(replace(each, nullable=False) for each in chosen(SEGMENT, "segment_id")),
    *chosen(SEGMENT, "ref", "name"),
    Attribute("road_class", "string", message("Class of the road, in OpenStreetMap's words."), nullable=True),
    *chosen(ATTRIBUTES[LayerName.ROADS], "surface"),
    Attribute("length_km", "number", message("Length of the segment, at most 10 km."), unit="km"),
    *_EXPECTED,
    *_dated(
        chosen(
            SEGMENT,
            "relative_rate",
            "band",
            "band_label",
            "incidents_behind",
            "last_incident",
            "imprecise_share",
            "coverage",
            "coverage_label",
            "corridor_km",
            "schematic",
            "ferry",
        )
    ),
    *_SYNTHETIC,
)
AXIS_ATTRIBUTES: Final = (
    *chosen(AXIS, "axis_id", "ref", "name", "rank", "rank_by_change", "length_km", "known_km"),
    *_EXPECTED,
    *_numbers(chosen(AXIS, "per_100_km", "band", "band_label", "per_100_km_before")),
    Attribute(
        "change",
        "number",
        message("The difference of the two; null where chance alone may explain it."),
        unit=_UNIT,
        nullable=True,
    ),
    *_dated(
        chosen(
            AXIS,
            "last_incident",
            "share_not_assessed",
            "share_under_observed",
            "corridor_km",
            "schematic",
        )
    ),
    *_SYNTHETIC,
)
