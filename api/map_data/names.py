"""Every name that the map finds: places and units, with their other spellings."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely

from api.encode import plain
from geo.places import places
from geo.regions import Boundaries
from geo.resolution import aliases

#: About 100 m.
_DECIMALS: Final = 3


def names(boundaries: Boundaries) -> dict[str, Any]:
    """Return places and units as columns, and other spellings as pairs of spelling and name.

    Names are reference data, for everyone; whoever picks one looks at the map there. A unit's point lies inside it.
    Communes stand among the places.
    """
    table = places()
    shown = table[["name", "also", "kind", "cercle", "population"]]
    lonlat = shapely.get_coordinates(table.geometry.array).round(_DECIMALS)
    return {
        "places": {
            "id": table.index.tolist(),
            **{name: [plain(value) for value in shown[name]] for name in shown},
            "lon": lonlat[:, 0].tolist(),
            "lat": lonlat[:, 1].tolist(),
        },
        "units": _units(boundaries),
        "aliases": [[alias, name] for alias, name, _ in aliases()],
    }


def _units(boundaries: Boundaries) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        name: [] for name in ("id", "name", "pcode", "level", "vintage", "lon", "lat", "span")
    }
    known: set[str] = set()
    for vintage in reversed(boundaries.vintages()):  # a unit of several vintages is shown in the newest
        for level in boundaries.levels(vintage):
            units = boundaries.units(level, vintage)
            units = units[~units.index.isin(known) & (level != "commune")]
            known |= set(units.index)
            points = shapely.get_coordinates(shapely.point_on_surface(units.geometry.array)).round(_DECIMALS)
            bounds = shapely.bounds(units.geometry.array)
            found["id"] += units.index.tolist()
            found["name"] += units["name"].tolist()
            found["pcode"] += [plain(value) for value in units["pcode"]]
            found["level"] += [level] * len(units)
            found["vintage"] += [vintage] * len(units)
            found["lon"] += points[:, 0].tolist()
            found["lat"] += points[:, 1].tolist()
            found["span"] += np.round(np.max(bounds[:, 2:] - bounds[:, :2], axis=1), 2).tolist() if len(units) else []
    return found
