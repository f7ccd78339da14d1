"""HXL hashtags of the columns of files (https://hxlstandard.org/standard/1-1final/dictionary/)"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from api.collections.fields import Field, FieldType
from api.collections.registry import Collection
from geo.incidents.schema import VICTIM_COLUMNS

KEY: Final = "#meta+id"

_HARM: Final = MappingProxyType({"killed": "killed", "injured": "injured"})
_GROUPS: Final = MappingProxyType(
    {"total": "", "men": "+m+adults", "women": "+f+adults", "boys": "+m+children", "girls": "+f+children"}
)


def _victims() -> dict[str, str]:
    tags = {}
    for column in VICTIM_COLUMNS:
        harm, _, group = column.partition("_")
        tags[column] = f"#affected+{_HARM[harm]}{_GROUPS.get(group, f'+{group}')}"
    return tags


_TAGS: Final = MappingProxyType(
    {
        **_victims(),
        "killed": "#affected+killed",
        "injured": "#affected+injured",
        "civilians": "#affected+civilian",
        "population": "#population",
        "population_year": "#date+year+population",
        "date": "#date+occurred",
        "last_event": "#date+latest",
        "status_since": "#date+status",
        "survey_date": "#date+survey",
        "clearance_date": "#date+clearance",
        "source": "#meta+source",
        "sources": "#meta+source+num",
        "note": "#description+note",
        "narrative": "#description",
        "event_id": "#event+id",
        "hazard_type": "#event+type",
        "outcome": "#impact+type",
        "status": "#status",
        "method": "#activity+method",
        "events": "#indicator+incidents+num",
        "expected": "#indicator+expected+num",
        "synthetic": "#meta+synthetic",
        "cercle": "#adm2+id",
    }
)
_ADM: Final = MappingProxyType({"region": "#adm1", "cercle": "#adm2", "commune": "#adm3"})
_UNIT: Final = MappingProxyType({"name": "+name", "pcode": "+code", "unit_id": "+id"})
_NUMERIC: Final = (FieldType.INTEGER, FieldType.NUMBER)


def hashtag(collection: Collection, field: Field) -> str:
    """Return the HXL hashtag of a collection's column: every column has one.

    Examples
    --------
    A unit's name is of its level, whichever file it stands in: ``#adm2+name`` in a file of cercles.
    """
    if collection.level is not None and field.name in _UNIT:
        return _ADM[collection.level] + _UNIT[field.name]
    if field.name == "name":
        return "#loc+name"
    if field.name in _TAGS:
        return _TAGS[field.name]
    attribute = field.name.replace("_", "")
    if field.type in _NUMERIC:
        return f"#indicator+{attribute}+num"
    return f"#date+{attribute}" if field.type in (FieldType.DATE, FieldType.DATETIME) else f"#meta+{attribute}"
