"""Schemas of collections (Part 5), their queryables (Part 3) and what they can be sorted by, in JSON Schema."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from api.base.i18n import translate
from api.collections.fields import Field, FieldType
from api.collections.registry import Collection
from api.layers.layer import GeometryType
from api.ogc.operands import GEOMETRY
from geo.core.messages import message

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_FORMATS: Final = MappingProxyType(
    {
        GeometryType.POINT: "geometry-point",
        GeometryType.MULTILINESTRING: "geometry-multilinestring",
        GeometryType.MULTIPOLYGON: "geometry-multipolygon",
    }
)
_TYPES: Final = MappingProxyType(
    {
        FieldType.STRING: {"type": "string"},
        FieldType.INTEGER: {"type": "integer"},
        FieldType.NUMBER: {"type": "number"},
        FieldType.BOOLEAN: {"type": "boolean"},
        FieldType.DATE: {"type": "string", "format": "date"},
        FieldType.DATETIME: {"type": "string", "format": "date-time"},
    }
)
#: Units that UCUM has a code for.
_UCUM: Final = MappingProxyType({"km²": "km2", "km": "km", "m²": "m2"})
_GEOMETRY_TITLE: Final = message("Geometry")
_GEOMETRY_TEXT: Final = message("Where it is; missing where no place is known.")


def schema(collection: Collection, address: str, lang: str) -> dict[str, Any]:
    """Return the schema of a collection's features: every property has one type, also where all values are null."""
    found = _head(collection, address, lang)
    found["properties"] = {
        GEOMETRY: geometry_schema(collection, lang) | {"x-ogc-role": "primary-geometry"},
        **{
            field.name: field_schema(field, lang)
            | {"x-ogc-propertySeq": number}
            | ({"x-ogc-role": "primary-instant"} if field.name == collection.time_field else {})
            for number, field in enumerate(collection.fields, start=1)
        },
    }
    return found | {"required": [field.name for field in collection.fields if not field.nullable]}


def queryables(collection: Collection, address: str, lang: str) -> dict[str, Any]:
    """Return what filters may speak of: every property and the geometry."""
    found = _head(collection, address, lang)
    found["properties"] = {
        **{field.name: field_schema(field, lang) for field in collection.fields},
        GEOMETRY: geometry_schema(collection, lang),
    }
    return found


def sortables(collection: Collection, address: str, lang: str) -> dict[str, Any]:
    """Return what ``sortby`` may name: every property."""
    found = _head(collection, address, lang)
    return found | {"properties": {field.name: field_schema(field, lang) for field in collection.fields}}


def field_schema(field: Field, lang: str) -> dict[str, Any]:
    """Return the schema of one property, in words of `lang`."""
    found: dict[str, Any] = {
        "title": translate(field.title, lang),
        "description": translate(field.description, lang),
        **_TYPES[field.type],
    }
    if field.choices:
        found["enum"] = list(field.choices)
    if field.unit is not None:
        found["x-unit"] = field.unit
        if field.unit in _UCUM:
            found["x-ogc-unit"] = _UCUM[field.unit]
    return found


def geometry_schema(collection: Collection, lang: str) -> dict[str, Any]:
    """Return the schema of the geometry."""
    return {
        "title": translate(_GEOMETRY_TITLE, lang),
        "description": translate(_GEOMETRY_TEXT, lang),
        "format": _FORMATS[collection.geometry],
    }


def _head(collection: Collection, address: str, lang: str) -> dict[str, Any]:
    return {
        "$schema": _DRAFT,
        "$id": address,
        "title": translate(collection.title, lang),
        "description": translate(collection.description, lang),
        "type": "object",
        "additionalProperties": False,
    }
