"""What lies beside a route: places, airstrips and hazard areas, each with where along it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.grid import to_metric
from geo.hazards.schema import RELEASED_STATUSES, HazardStatus
from models.route_answer import Nearby

PLACE_KM: Final = 5.0
#: A hazard area within this distance, beside what the road may be off, is passed.
HAZARD_KM: Final = 1.0
AIRSTRIP_KM: Final = 10.0
_TOWNS: Final = ("town", "village")
_AIRSTRIPS: Final = ("airstrip",)


class Beside:
    """Shapes that a route may pass, with their names.

    Parameters
    ----------
    table : GeoDataFrame
        In lon, lat, with a ``name``.
    detail : str
        The column that is answered beside the name.
    """

    def __init__(self, table: gpd.GeoDataFrame, detail: str) -> None:
        self._ids = table.index.astype(str).to_numpy(object)
        self._names = table["name"].to_numpy(object)
        self._details = table[detail].to_numpy(object)
        self._shapes: NDArray[np.object_] = to_metric(table.geometry.to_numpy())
        self._tree = shapely.STRtree(self._shapes)

    def near(self, line: shapely.LineString, km: float) -> tuple[Nearby, ...]:
        """Return what lies within `km` of a line in the metric CRS, in the order of travel."""
        if line.is_empty:
            return ()
        found = self._tree.query(line, predicate="dwithin", distance=km * 1000)
        shapes = self._shapes[found]
        distance = shapely.distance(line, shapes)
        # Where it comes nearest; for an area that the line crosses, a point of the crossing.
        nearest = shapely.get_point(shapely.shortest_line(line, shapes), 0)
        at = shapely.line_locate_point(line, nearest)
        order = np.argsort(at, kind="stable")
        return tuple(
            Nearby(
                self._ids[row],
                str(self._names[row]),
                str(self._details[row]),
                float(at[i] / 1000),
                float(distance[i] / 1000),
            )
            for i, row in ((int(i), int(found[i])) for i in order)
        )


#: The worst first; the rest have ended.
_PRESENT: Final = (HazardStatus.CONFIRMED, HazardStatus.SUSPECTED)


def by_status(areas: Sequence[Nearby]) -> tuple[tuple[Nearby, ...], tuple[Nearby, ...]]:
    """Return the hazard areas of today, worst status first and then in the order of travel, and those that ended."""
    present = [each for each in areas if each.detail not in RELEASED_STATUSES]
    ended = tuple(each for each in areas if each.detail in RELEASED_STATUSES)
    return tuple(sorted(present, key=lambda each: _PRESENT.index(HazardStatus(each.detail)))), ended


def towns(places: gpd.GeoDataFrame) -> Beside:
    """Return towns and villages."""
    return Beside(places[places["kind"].isin(_TOWNS)], "kind")


def airstrips(places: gpd.GeoDataFrame) -> Beside:
    """Return airstrips."""
    return Beside(places[places["kind"].isin(_AIRSTRIPS)], "kind")
