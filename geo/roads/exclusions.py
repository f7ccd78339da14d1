"""Edges that a request or the season leaves out, each under its name, and which of them cut a place off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order
from shapely.geometry.base import BaseGeometry

from geo.core.errors import GeometryError, NoRouteError
from geo.core.messages import Message, message
from geo.roads.arcs import Arcs, Position, arrivals, departures, same_edge_pieces
from geo.roads.graph import Flags, Network
from geo.roads.travel import Travel


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Edges that may not be used, and what is said of them."""

    label: Message
    edges: Flags


def exclude_edges(network: Network, ids: Iterable[str]) -> tuple[Exclusion, ...]:
    """Return one exclusion for each edge id; an id that no edge has raises `NotFoundError`."""
    wanted = list(dict.fromkeys(ids))
    found = network.find_edges(wanted)
    exclusions = []
    for text, edge in zip(wanted, found.tolist(), strict=True):
        edges = np.zeros(network.edge_count, dtype=np.bool_)
        edges[edge] = True
        name = network.text(int(network.ref[edge])) or network.text(int(network.name[edge])) or text
        exclusions.append(Exclusion(message("the road edge {edge} ({name})", edge=text, name=name), edges))
    return tuple(exclusions)


def exclude_areas(network: Network, areas: Mapping[str, BaseGeometry]) -> tuple[Exclusion, ...]:
    """Return one exclusion for each named polygon (lon, lat): the edges that touch it, whole.

    Raises
    ------
    GeometryError
        If an area is empty, invalid, no polygon, or has coordinates that are no longitude and latitude.
    """
    lines = network.lines()
    exclusions = []
    for name, area in areas.items():
        bounds = np.asarray(area.bounds)
        in_range = bool(np.isfinite(bounds).all()) and bool((np.abs(bounds) <= [180, 90, 180, 90]).all())
        if area.geom_type not in ("Polygon", "MultiPolygon") or not in_range or not area.is_valid:
            raise GeometryError(
                message("The excluded area {name} is no valid polygon in longitude and latitude.", name=name)
            )
        shapely.prepare(area)
        exclusions.append(Exclusion(message("the area {name}", name=name), shapely.intersects(area, lines)))
    return tuple(exclusions)


def seasonal_closures(network: Network, travel: Travel) -> tuple[Exclusion, ...]:
    """Return what the season leaves out: in the rains, roads that are passable in the dry season only."""
    if travel.season == "rainy" and network.seasonal.any():
        return (Exclusion(message("roads that are passable in the dry season only"), network.seasonal),)
    return ()


def closed_edges(network: Network, exclusions: Sequence[Exclusion]) -> Flags:
    """Return the edges that any of the exclusions, or the network itself, leaves out."""
    closed = network.closed.copy()
    for exclusion in exclusions:
        closed |= exclusion.edges
    return closed


def explain_no_route(
    network: Network,
    arcs: Arcs,
    start: Position,
    end: Position,
    exclusions: Sequence[Exclusion],
    names: tuple[str, str],
) -> NoRouteError:
    """Return the error that says why no route leads from `start` to `end`.

    It names each exclusion that cuts the way alone; where none does, the fewest found that cut it together (none of
    them can be left away).
    """
    origin, destination = names

    def cut(chosen: Sequence[Exclusion]) -> bool:
        return not reachable(network, arcs, start, end, closed_edges(network, chosen))

    if cut(()):
        return NoRouteError(
            message(
                "No road of the network leads from {origin} to {destination}.", origin=origin, destination=destination
            )
        )
    alone = [exclusion for exclusion in exclusions if cut((exclusion,))]
    if alone:
        labels = tuple(exclusion.label for exclusion in alone)
        return NoRouteError(
            message(
                "No route is left from {origin} to {destination}: cut by {exclusions}.",
                origin=origin,
                destination=destination,
                exclusions=labels,
            ),
            exclusions=labels,
        )
    needed = list(exclusions)
    for exclusion in exclusions:
        fewer = [each for each in needed if each is not exclusion]
        if cut(fewer):
            needed = fewer
    labels = tuple(exclusion.label for exclusion in needed)
    return NoRouteError(
        message(
            "No route is left from {origin} to {destination}: cut by these together: {exclusions}.",
            origin=origin,
            destination=destination,
            exclusions=labels,
        ),
        exclusions=labels,
    )


def reachable(network: Network, arcs: Arcs, start: Position, end: Position, closed: Flags) -> bool:
    """Whether a way leads from one position to another over the edges that are not closed."""
    if same_edge_pieces(network, start, end, closed) is not None:
        return True
    leaving = [stub.node for stub in departures(network, start, closed)]
    arriving = [stub.node for stub in arrivals(network, end, closed)]
    used = ~closed[arcs.edge]
    ones = np.ones(int(used.sum()), dtype=np.int8)
    shape = (network.node_count, network.node_count)
    matrix = csr_array((ones, (arcs.tail[used], arcs.head[used])), shape=shape)
    return any(
        np.isin(arriving, breadth_first_order(matrix, node, return_predecessors=False)).any() for node in leaving
    )
