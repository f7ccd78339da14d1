"""Columns of collections, made from the tables that describe the layers' attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from api.layers.layer import Attribute
from api.layers.measures import MEASURES
from geo.core.messages import Message, message
from geo.incidents.schema import VICTIM_COLUMNS


class FieldType(StrEnum):
    """What a column holds. Missing values are allowed where a field is nullable."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a collection's table. `title` is a short alias for people; `choices` closes a list of values."""

    name: str
    type: FieldType
    title: Message
    description: Message
    unit: str | None = None
    nullable: bool = False
    choices: tuple[str, ...] = ()


#: Type of a column in pandas.
DTYPES: Final[Mapping[FieldType, Any]] = MappingProxyType(
    {
        FieldType.STRING: "string",
        FieldType.INTEGER: "Int64",
        FieldType.NUMBER: "Float64",
        FieldType.BOOLEAN: "boolean",
        FieldType.DATE: "datetime64[s]",
        FieldType.DATETIME: "datetime64[s]",
    }
)

_DAY: Final = "YYYY-MM-DD"
#: Lists become JSON text: every format and client takes text.
_TYPES: Final = MappingProxyType(
    {
        "string": FieldType.STRING,
        "array": FieldType.STRING,
        "integer": FieldType.INTEGER,
        "number": FieldType.NUMBER,
        "boolean": FieldType.BOOLEAN,
    }
)


def fields_of(attributes: Iterable[Attribute]) -> tuple[Field, ...]:
    """Return a field per attribute; one whose unit is YYYY-MM-DD is a date, and a list is its JSON text."""
    return tuple(_field_of(attribute) for attribute in attributes)


def _field_of(attribute: Attribute) -> Field:
    is_day = attribute.unit == _DAY
    return Field(
        name=attribute.name,
        type=FieldType.DATE if is_day else _TYPES[attribute.type],
        title=attribute.title or TITLES[attribute.name],
        description=attribute.text,
        unit=None if is_day or not attribute.unit else attribute.unit,
        nullable=attribute.nullable,
        choices=attribute.choices,
    )


_HARM: Final = MappingProxyType({"killed": message("Killed"), "injured": message("Injured")})
_GROUPS: Final = MappingProxyType(
    {
        "total": message("total"),
        "civilian": message("civilians"),
        "humanitarian": message("humanitarian staff"),
        "peacekeeper": message("peacekeepers"),
        "security_force": message("security forces"),
        "men": message("men"),
        "women": message("women"),
        "boys": message("boys"),
        "girls": message("girls"),
    }
)


def _victims() -> dict[str, Message]:
    titles = {}
    for column in VICTIM_COLUMNS:
        harm, _, group = column.partition("_")
        titles[column] = message("{harm}, {group}", harm=_HARM[harm], group=_GROUPS[group])
    return titles


#: Column → its short name. A column of the same name means the same in every collection.
TITLES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "unit_id": message("Unit id"),
        "name": message("Name"),
        "pcode": message("P-code"),
        "pcode_set": message("P-code set"),
        "level": message("Level"),
        "vintage": message("Vintage"),
        "parent_id": message("Lies in"),
        "area_km2": message("Area (km²)"),
        "population": message("Population"),
        "population_year": message("Year of population"),
        "approximate": message("Approximate outline"),
        **{name: measure.title for name, measure in MEASURES.items()},
        "events_exact": message("Incidents, certain"),
        "events_spread": message("Incidents, spread"),
        "rate_per_100k_year": message("Incidents per 100,000 people and year"),
        "last_event": message("Last month with an incident"),
        "conflict_events": message("Conflict events"),
        "area_suspected_m2": message("Suspected land (m²)"),
        "area_confirmed_m2": message("Confirmed land (m²)"),
        "area_released_m2": message("Released land (m²)"),
        "synthetic": message("Synthetic"),
        "note": message("Note"),
        "event_id": message("Event id"),
        "source": message("Source"),
        "source_id": message("Id at the source"),
        "date": message("Date"),
        "date_precision": message("Date known to the"),
        "location_precision": message("Place known to"),
        "location_error_km": message("Position error (km)"),
        "location_unit": message("Unit or road"),
        "hazard_type": message("Type of ordnance"),
        "outcome": message("Outcome"),
        **_victims(),
        "narrative": message("What the source wrote"),
        "place_name": message("Place, as written"),
        "status": message("Status"),
        "status_since": message("Status since"),
        "history": message("History (JSON)"),
        "device_categories": message("Types of ordnance (JSON)"),
        "survey_date": message("Survey"),
        "clearance_date": message("End of clearance"),
        "method": message("Method"),
        "area_m2": message("Area (m²)"),
        "area_reported_m2": message("Area as reported (m²)"),
        "ref": message("Road number"),
        "highway": message("Class of road"),
        "road_class": message("Class of road"),
        "surface": message("Surface"),
        "length_km": message("Length (km)"),
        "schematic": message("Schematic line"),
        "ferry": message("Ferry"),
        "also": message("Also called"),
        "kind": message("Kind"),
        "cercle": message("Cercle"),
        "error_km": message("Position error (km)"),
        "band": message("Band"),
        "band_label": message("Band, in words"),
        "not_assessed": message("Not assessed because"),
        "expected": message("Expected incidents"),
        "low": message("Expected, lower end"),
        "high": message("Expected, upper end"),
        "p_any": message("Chance of at least one"),
        "n_eff": message("Incidents behind the figure"),
        "events_half": message("Incidents that make up half"),
        "heaviest": message("Incidents of most weight (JSON)"),
        "before": message("Expected before"),
        "change_new": message("Change: new records"),
        "change_decay": message("Change: time passing"),
        "change_model": message("Change: model"),
        "change_direction": message("Change: what may be said"),
        "recorded": message("Recorded in 365 days"),
        "rate_raw": message("Rate, as it is"),
        "rate_shrunk": message("Rate, shrunk"),
        "reports": message("Reports in five years"),
        "sources": message("Sources"),
        "months_since_last": message("Months since the last report"),
        "observers_until": message("Observers until"),
        "stopped_source": message("Source that stopped"),
        "stopped_since": message("Stopped since"),
        "cell_id": message("Cell id"),
        "place_id": message("Place id"),
        "z": message("Gi* (z)"),
        "p": message("p"),
        "significant": message("Significant"),
        "pattern": message("Pattern over the years"),
        "assessed": message("Assessed"),
        "segment_id": message("Segment id"),
        "axis_id": message("Axis id"),
        "rank": message("Rank"),
        "rank_by_change": message("Rank by change"),
        "per_100_km": message("Expected per 100 km"),
        "per_100_km_before": message("Expected per 100 km, before"),
        "change": message("Change per 100 km"),
        "last_incident": message("Last incident"),
        "share_not_assessed": message("Share not assessed"),
        "share_under_observed": message("Share under-observed"),
        "relative_rate": message("Rate over the national median"),
        "incidents_behind": message("Recorded incidents in the corridor"),
        "imprecise_share": message("Share on imprecise positions"),
        "known_km": message("Length assessed"),
        "coverage": message("Coverage"),
        "coverage_label": message("Coverage, in words"),
        "corridor_km": message("Corridor (km)"),
    }
)
