"""Finds the point of the network nearest to a place, and says how far it is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import shapely

from geo.core.crs import GEOD, TO_METRIC
from geo.core.errors import OffNetworkError, ParameterError
from geo.core.messages import message
from geo.roads.arcs import Position
from geo.roads.cutting import point_at
from geo.roads.graph import Network

#: A place further from any road than this is off the network, unless the caller says otherwise.
MAX_SNAP_KM: Final = 10.0


class Snapper:
    """Finds positions on one network; the index over its edges is made once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        x, y = TO_METRIC.transform(network.coordinates[:, 0], network.coordinates[:, 1])
        self._lines = shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, np.stack([x, y], axis=1), (network.offsets,)
        )
        # Roads that no vehicle may use are not where a route starts or ends.
        self._open = np.flatnonzero(~network.closed)
        self._tree = shapely.STRtree(self._lines[self._open])

    def snap(self, lon: float, lat: float, *, max_km: float = MAX_SNAP_KM) -> Position:
        """Return the point of the network nearest to a place in degrees on WGS 84, and how far it is.

        Raises
        ------
        ParameterError
            If the coordinates are no longitude and latitude, or `max_km` no distance.
        OffNetworkError
            If the nearest road is farther than `max_km`; says how far.
        """
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            raise ParameterError(
                message("{lon}, {lat} is no longitude and latitude in degrees.", lon=str(lon), lat=str(lat)),
                parameter="point",
            )
        if not (math.isfinite(max_km) and max_km >= 0):
            raise ParameterError(
                message("The distance must be a number of km from 0 up, not {value}.", value=str(max_km)),
                parameter="max_km",
            )
        point = shapely.Point(TO_METRIC.transform(lon, lat))
        nearest = self._tree.nearest(point)
        if nearest is None:
            raise OffNetworkError(message("The network has no open road."), distance_km=math.inf)
        edge = int(self._open[nearest])
        fraction = min(1.0, max(0.0, float(shapely.line_locate_point(self._lines[edge], point, normalized=True))))
        on_lon, on_lat = point_at(self._network, edge, fraction)
        distance_km = GEOD.inv(lon, lat, on_lon, on_lat)[2] / 1000
        if distance_km > max_km:
            raise OffNetworkError(
                message(
                    "The place {lon}, {lat} lies {distance_km} km from the nearest road of the network; "
                    "the limit is {max_km} km.",
                    lon=round(lon, 4),
                    lat=round(lat, 4),
                    distance_km=round(distance_km, 1),
                    max_km=max_km,
                ),
                distance_km=distance_km,
            )
        return Position(edge, fraction, on_lon, on_lat, distance_km)


def at_node(network: Network, node: int) -> Position:
    """Return a junction as a position, on one of its edges: an open one where there is one."""
    edges = np.flatnonzero((network.tail == node) | (network.head == node))
    edge = int(min(edges, key=lambda each: (network.closed[each], each)))
    fraction = 0.0 if network.tail[edge] == node else 1.0
    return Position(edge, fraction, float(network.lon[node]), float(network.lat[node]), 0.0)
