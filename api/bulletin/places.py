"""One region, cercle or commune by its id, with its outline and the unit that it lies in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
import shapely

from api.base.query_parameters import shown
from api.layers.units import TOLERANCE_M
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.errors import NotFoundError
from geo.core.messages import message


@dataclass(frozen=True, slots=True)
class Place:
    """One unit: its row of the unit table, outline, and the unit that it lies in."""

    unit_id: str
    level: str
    vintage: str
    name: str
    pcode: str | None
    pcode_set: str | None
    parent: str | None
    population: int | None
    population_year: int | None
    approximate: bool
    note: str | None
    outline: shapely.Geometry


def find_unit(boundaries: Boundaries, unit_id: str, vintage: str | None = None) -> Place:
    """Return the unit with this id, of `vintage` or else of the first that has it, the default one before others.

    Raises
    ------
    NotFoundError
        No vintage has such a unit; the message says where the ids stand.
    """
    known = sorted(boundaries.vintages(), key=lambda name: name != DEFAULT_VINTAGE)
    for each in known if vintage is None else (vintage,):
        for level in boundaries.levels(each):
            place = _placed(boundaries, level, each).get(unit_id)
            if place is not None:
                return place
    raise NotFoundError(
        message(
            "There is no unit {unit}; the layers of regions, cercles and communes name each unit's unit_id.",
            unit=shown(unit_id),
        )
    )


@lru_cache(maxsize=32)
def _placed(boundaries: Boundaries, level: str, vintage: str) -> dict[str, Place]:
    table = boundaries.units(level, vintage)
    outlines = boundaries.simplified(level, vintage, TOLERANCE_M[level]).geometry
    # A vintage may hold cercles without the regions that they name.
    names = pd.concat([boundaries.units(each, vintage)["name"] for each in boundaries.levels(vintage)]).to_dict()
    return {
        str(unit_id): Place(
            unit_id=str(unit_id),
            level=level,
            vintage=vintage,
            name=str(row["name"]),
            pcode=str(row["pcode"]) if pd.notna(row["pcode"]) else None,
            pcode_set=str(row["pcode_set"]) if pd.notna(row["pcode_set"]) else None,
            parent=names.get(row["parent_id"]),
            population=int(row["population"]) if pd.notna(row["population"]) else None,
            population_year=int(row["population_year"]) if pd.notna(row["population_year"]) else None,
            approximate=bool(row["approximate"]),
            note=str(row["note"]) if pd.notna(row["note"]) else None,
            outline=outlines[unit_id],
        )
        for unit_id, row in table.drop(columns="geometry").iterrows()
    }
