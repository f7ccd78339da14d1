"""Files of hazard areas that Sira itself wrote: known by their columns, and given back what their format took away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from geo.core.messages import Message, message
from geo.core.written import CUT, full_names, unmarked
from geo.hazards.batch import RawArea
from geo.reading.text import fold

#: The columns that every format of the exports has (`api.layers.attributes`).
COLUMNS: Final = (
    "id", "name", "status", "status_since", "history", "device_categories", "survey_date", "clearance_date", "method",
    "area_m2", "area_reported_m2", "source", "source_id", "synthetic", "note",
)  # fmt: skip
#: Together no other program's files have them.
_TELLING: Final = frozenset({"status_since", "history", "synthetic", "area_m2"})
#: What people wrote.
_TEXTS: Final = ("name", "note", "source_id")


def wrote(columns: Iterable[str]) -> bool:
    """Tell whether Sira wrote a file of areas, by its columns under their full names."""
    return set(columns) >= _TELLING


def restored(area: RawArea, kind: str) -> RawArea:
    """Return an area with the columns' full names and the texts as they were, as far as they can be told.

    Parameters
    ----------
    kind
        Format of the file, as `geo.hazards.reading` calls it.
    """
    names = full_names(area.properties, map(fold, COLUMNS))
    properties = {names.get(name, name): text for name, text in area.properties.items()}
    if not wrote(properties):
        return area
    notes: tuple[Message, ...] = ()
    for name in _TEXTS:
        properties[name] = unmarked(properties.get(name, ""), "table" if kind.endswith("-wkt") else kind)
    history = properties["history"].strip()
    if len(history.encode()) in CUT and not history.endswith("]"):
        since, status = properties["status_since"], properties.get("status", "")
        whole = history[: history.rfind("}") + 1]
        properties["history"] = f'{whole}{", " if whole else "["}{{"since": "{since}", "status": "{status}"}}]'
        notes = (message("its history was cut by the shapefile: statuses before the last may be missing"),)
    return replace(area, properties=properties, notes=(*area.notes, *notes))
