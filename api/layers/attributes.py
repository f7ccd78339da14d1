"""What each layer's attributes mean, with types and units: the OpenAPI document is made from these tables.

``tests/contract/test_api_schemas.py`` holds that every answer has exactly these attributes with these types.
"""

from __future__ import annotations

from typing import Any, Final

from api.base.i18n import translate, translate_text
from api.layers.layer import PARTIAL_DATE, Attribute
from api.layers.measures import MEASURES, VICTIMS
from geo.boundaries.places import KINDS
from geo.core.messages import Message, message
from geo.hazards.schema import HazardStatus, Method
from geo.incidents.schema import VICTIM_COLUMNS, DatePrecision, HazardType, LocationPrecision, Outcome


def _values(choices: Any) -> tuple[str, ...]:
    return tuple(choice.value for choice in choices)


UNIT: Final = (
    Attribute("unit_id", "string", message("Sira's id of the unit; also the feature's id.")),
    Attribute("name", "string", message("Name of the unit.")),
    Attribute("pcode", "string", message("P-code, in the code set that pcode_set names."), nullable=True),
    Attribute(
        "pcode_set",
        "string",
        message("Code set of the P-code: the same code means different cercles in cod2015 and ocha2020."),
        nullable=True,
    ),
    Attribute("level", "string", message("Administrative level."), choices=("region", "cercle", "commune")),
    Attribute("vintage", "string", message("Which administrative division the unit belongs to.")),
    Attribute("parent_id", "string", message("Id of the unit that this one lies in."), nullable=True),
    Attribute("area_km2", "number", message("Area of the unit, measured in an equal-area projection."), unit="km²"),
    Attribute(
        "population",
        "integer",
        message("People, where known for exactly this unit."),
        unit="people",
        nullable=True,
    ),
    Attribute("population_year", "integer", message("Year of the population figure."), unit="year", nullable=True),
    Attribute("approximate", "boolean", message("Whether the outline is approximate; the note says why.")),
    Attribute("events", "number", MEASURES["events"].text, unit=MEASURES["events"].unit),
    Attribute(
        "events_exact",
        "number",
        message("Of these, incidents that lie in this unit and this period for sure."),
        unit="incidents",
    ),
    Attribute(
        "events_spread",
        "number",
        message("Of these, parts of incidents that may lie elsewhere: known to a larger unit, a road or a year only."),
        unit="incidents",
    ),
    *(Attribute(name, "number", each.text, unit=each.unit, nullable=True) for name, each in VICTIMS.items()),
    Attribute(
        "rate_per_100k_year",
        "number",
        message("Incidents per 100,000 people and year; null where the population of exactly this unit is unknown."),
        unit="incidents per 100,000 people per year",
        nullable=True,
    ),
    Attribute(
        "last_event",
        "string",
        message("Last month of the period with an incident that lies in this unit for sure."),
        unit="YYYY-MM",
        nullable=True,
    ),
    Attribute(
        "conflict_events",
        "number",
        message("Conflict events, kept apart from explosive incidents; null where no figure exists for this unit."),
        unit="events",
        nullable=True,
    ),
    Attribute(
        "area_suspected_m2",
        "number",
        message("Land suspected at the end of the period; null where no area is recorded."),
        unit="m²",
        nullable=True,
    ),
    Attribute(
        "area_confirmed_m2",
        "number",
        message("Land confirmed as hazardous at the end of the period; null where no area is recorded."),
        unit="m²",
        nullable=True,
    ),
    Attribute(
        "area_released_m2",
        "number",
        message("Land released by the end of the period; null where no area is recorded."),
        unit="m²",
        nullable=True,
    ),
    Attribute("synthetic", "boolean", message("Whether any of the counted data is synthetic: drawn, not real.")),
    Attribute("note", "string", message("What to know about this unit."), nullable=True, words=translate_text),
)

_VICTIMS: Final = tuple(
    Attribute(
        column,
        "integer",
        message("People harmed, by what happened to them and who they were; null is unknown, not zero."),
        unit="people",
        nullable=True,
    )
    for column in VICTIM_COLUMNS
)

INCIDENT: Final = (
    Attribute("event_id", "string", message("Event that the report tells of; reports of one event share it.")),
    Attribute("source", "string", message("Who published the report.")),
    Attribute("source_id", "string", message("The report's id at its source; for analysts."), nullable=True),
    Attribute("date", "string", message("Date, as closely as it is known."), unit=PARTIAL_DATE),
    Attribute("date_precision", "string", message("How closely the date is known."), choices=_values(DatePrecision)),
    Attribute(
        "location_precision",
        "string",
        message("How closely the place is known; positions are rounded to 0.01° for partners."),
        choices=_values(LocationPrecision),
    ),
    Attribute("location_error_km", "number", message("Radius that holds the true place."), unit="km", nullable=True),
    Attribute("location_unit", "string", message("Unit or road, where no more is known."), nullable=True),
    Attribute("hazard_type", "string", message("Type of explosive ordnance."), choices=_values(HazardType)),
    Attribute("outcome", "string", message("What became of the device."), nullable=True, choices=_values(Outcome)),
    *_VICTIMS,
    Attribute(
        "narrative", "string", message("What the source wrote: text, never markup; for analysts."), nullable=True
    ),
    Attribute("place_name", "string", message("Place, as the source wrote it; for analysts."), nullable=True),
    Attribute("synthetic", "boolean", message("Whether the report is synthetic: drawn, not real.")),
    Attribute(
        "note",
        "string",
        message("What Sira did to take the report; for analysts."),
        nullable=True,
        words=translate_text,
    ),
)

HAZARD: Final = (
    Attribute("name", "string", message("Name of the area, as its source wrote it."), nullable=True),
    Attribute(
        "status",
        "string",
        message("Status on the last day of the period, in the terms of IMAS."),
        choices=_values(HazardStatus),
    ),
    Attribute("status_since", "string", message("Date from which it holds."), unit="YYYY-MM-DD"),
    Attribute("history", "array", message("Statuses until then, each with the date from which it held.")),
    Attribute("device_categories", "array", message("Types of explosive ordnance; empty where unknown.")),
    Attribute("survey_date", "string", message("Date of the last survey."), unit="YYYY-MM-DD", nullable=True),
    Attribute("clearance_date", "string", message("End of clearance."), unit="YYYY-MM-DD", nullable=True),
    Attribute(
        "method",
        "string",
        message("Last activity: non-technical survey, technical survey or clearance."),
        nullable=True,
        choices=_values(Method),
    ),
    Attribute("area_m2", "number", message("Area of the outline, measured."), unit="m²"),
    Attribute("area_reported_m2", "number", message("Area as its source states it."), unit="m²", nullable=True),
    Attribute("source", "string", message("Who published the record.")),
    Attribute("source_id", "string", message("The record's id at its source."), nullable=True),
    Attribute("synthetic", "boolean", message("Whether the area is synthetic: drawn, not real.")),
    Attribute("note", "string", message("What Sira did to take the record."), nullable=True, words=translate_text),
)

ROAD: Final = (
    Attribute("name", "string", message("Towns that the road joins.")),
    Attribute("ref", "string", message("Number of the road."), nullable=True),
    Attribute("highway", "string", message("Class of the road, in OpenStreetMap's words."), nullable=True),
    Attribute("surface", "string", message("Surface, in OpenStreetMap's words."), nullable=True),
    Attribute(
        "length_km",
        "number",
        message("Length of the drawn line; of a schematic road, shorter than the road."),
        unit="km",
    ),
    Attribute("schematic", "boolean", message("Whether the line runs straight from town to town.")),
)

PLACE: Final = (
    Attribute("name", "string", message("Name of the place.")),
    Attribute("also", "string", message("Another spelling, or an airstrip's ICAO code."), nullable=True),
    Attribute("kind", "string", message("What it is."), choices=KINDS),
    Attribute("cercle", "string", message("Name of the cercle that it lies in."), nullable=True),
    Attribute("population", "integer", message("People, where the source says."), unit="people", nullable=True),
    Attribute("error_km", "number", message("How far the point may be from what the name means."), unit="km"),
    Attribute("source", "string", message("Where the place is taken from.")),
)


def schema_of(title: Message, attributes: tuple[Attribute, ...], lang: str) -> dict[str, Any]:
    """Return the JSON Schema of a FeatureCollection with these attributes, described in `lang`."""
    properties = {
        "type": "object",
        "required": [attribute.name for attribute in attributes],
        "additionalProperties": False,
        "properties": {attribute.name: _property_schema(attribute, lang) for attribute in attributes},
    }
    feature = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "geometry": {"type": ["object", "null"], "description": translate(_GEOMETRY, lang)},
            "properties": properties,
        },
    }
    return {
        "title": translate(title, lang),
        "type": "object",
        "required": ["type", "sira", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "sira": {"type": "object", "description": translate(_MEMBER, lang)},
            "features": {"type": "array", "items": feature},
        },
    }


_GEOMETRY: Final = message(
    "GeoJSON geometry (RFC 7946): longitude, latitude in WGS 84, at most six decimals; null where no place is known."
)
_MEMBER: Final = message(
    "About the answer as a whole: whether any of it is synthetic, revision, vintage, period, hazards, sources, caveat."
)


def _property_schema(attribute: Attribute, lang: str) -> dict[str, Any]:
    text = translate(attribute.text, lang)
    schema: dict[str, Any] = {
        "type": [attribute.type, "null"] if attribute.nullable else attribute.type,
        "description": f"{text} [{attribute.unit}]" if attribute.unit else text,
    }
    if attribute.unit:
        schema["x-unit"] = attribute.unit
    if attribute.choices:
        schema["enum"] = [*attribute.choices, None] if attribute.nullable else list(attribute.choices)
    return schema
