"""The groups of the map and the project (threat, access, response, background): which collection belongs to which"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final

from api.access import Kind
from api.collections.registry import Collection
from geo.messages import Message, message
from geo.regions import DEFAULT_VINTAGE


class Group(Enum):
    """Groups, in the order in which they are listed."""

    THREAT = message("Threat")
    ACCESS = message("Access")
    RESPONSE = message("Response")
    BACKGROUND = message("Background")

    @property
    def title(self) -> Message:
        """The group's name."""
        return self.value


#: Family of collections (the id without its vintage) → group; what is not named here is a threat layer, or where
#: anybody may see it as it is, background.
_GROUPS: Final = MappingProxyType(
    {
        "road-segments": Group.ACCESS,
        "roads": Group.ACCESS,
        "axes": Group.ACCESS,
        "hazard-areas": Group.RESPONSE,
        "places": Group.BACKGROUND,
    }
)
#: What is ticked when the project opens: one measure, the roads and the towns.
_SHOWN: Final = (f"risk-cercles-{DEFAULT_VINTAGE}", "places", "hazard-areas", "road-segments")


def group_of(collection: Collection) -> Group:
    """Return the group of a collection."""
    usual = Group.BACKGROUND if collection.kind is Kind.REFERENCE else Group.THREAT
    return _GROUPS.get(collection.id, usual)


def is_shown(collection: Collection) -> bool:
    """Tell whether a collection is drawn as soon as the project is opened."""
    return collection.id in _SHOWN


def is_outline(collection: Collection) -> bool:
    """Tell whether a collection of areas is drawn as outlines or small areas, which may lie above filled units."""
    names = {field.name for field in collection.fields}
    return "pattern" in names or collection.id == "hazard-areas"
