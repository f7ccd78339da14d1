"""Edges cut along their length: points on them, parts of them, the geometry of a route."""

from __future__ import annotations

import numpy as np
import shapely

from geo.roads.arcs import Route
from geo.roads.graph import Floats, Network, measure_km


def point_at(network: Network, edge: int, fraction: float) -> tuple[float, float]:
    """Return lon, lat of the point at a share of an edge's length from its tail."""
    line, along = _along(network, edge)
    lon, lat = _interpolated(line, along, np.array([fraction]))[0]
    return float(lon), float(lat)


def edge_part(network: Network, edge: int, start: float, end: float) -> Floats:
    """Return the vertices (lon, lat) of an edge from one share of its length to another, in that direction."""
    line, along = _along(network, edge)
    low, high = min(start, end), max(start, end)
    inside = (along > low) & (along < high)
    ends = _interpolated(line, along, np.array([low, high]))
    part = np.concatenate([ends[:1], line[inside], ends[1:]])
    return part if start <= end else part[::-1]


def route_line(network: Network, route: Route) -> shapely.LineString:
    """Return a route as one line in lon, lat, in the direction of travel; an empty one for a route without pieces."""
    parts: list[Floats] = []
    for edge, start, end in zip(route.edge.tolist(), route.start.tolist(), route.end.tolist(), strict=True):
        if {start, end} == {0.0, 1.0}:
            whole = network.coordinates[network.offsets[edge] : network.offsets[edge + 1]]
            part = whole if start < end else whole[::-1]
        else:
            part = edge_part(network, edge, start, end)
        parts.append(part[1:] if parts else part)  # the junction is the last vertex of the piece before
    return shapely.LineString(np.concatenate(parts)) if parts else shapely.LineString()


def _along(network: Network, edge: int) -> tuple[Floats, Floats]:
    """Return the vertices of an edge and the share of its length at which each lies."""
    line = network.coordinates[network.offsets[edge] : network.offsets[edge + 1]]
    _, steps = measure_km(line, np.array([0, len(line)]))
    reached = np.concatenate([[0.0], np.cumsum(steps[:-1])])
    return line, reached / reached[-1]


def _interpolated(line: Floats, along: Floats, shares: Floats) -> Floats:
    return np.stack([np.interp(shares, along, line[:, 0]), np.interp(shares, along, line[:, 1])], axis=1)
