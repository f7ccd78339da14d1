"""Columns of collections, made from the tables that describe the layers' attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from api.collections.titles import TITLES
from api.schemas import Attribute
from geo.messages import Message


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
        title=TITLES[attribute.name],
        description=attribute.text,
        unit=None if is_day or not attribute.unit else attribute.unit,
        nullable=attribute.nullable,
        choices=attribute.choices,
    )


def chosen(attributes: Iterable[Attribute], *names: str) -> tuple[Attribute, ...]:
    """Return the attributes of these names, in this order."""
    by_name = {attribute.name: attribute for attribute in attributes}
    return tuple(by_name[name] for name in names)


def with_text(attribute: Attribute, text: Message, unit: str) -> Attribute:
    """Return an attribute described otherwise."""
    return replace(attribute, text=text, unit=unit)
