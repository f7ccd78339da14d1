"""The one graph format: roads as arrays, one row an edge between two junctions, ready to be routed and stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.core.crs import GEOD
from geo.core.errors import NotFoundError
from geo.core.messages import message

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

#: OpenStreetMap's classes that motor vehicles use, most important first; links count as the class they lead to.
CLASSES: Final = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "track",
    "road",
    "ferry",
)
SURFACES: Final = ("paved", "unpaved", "unknown")

#: Index of a missing text.
NO_TEXT: Final = -1


@dataclass(frozen=True, slots=True)
class Network:
    """Roads as a graph of N nodes and E edges.

    Attributes
    ----------
    lon, lat : float64 (N,)
        Nodes, degrees on WGS 84.
    node_name : int32 (N,)
        Index into `texts`, `NO_TEXT` where the node has no name.
    tail, head : int32 (E,)
        The nodes an edge runs between; an edge with `oneway` may be travelled from tail to head only.
    coordinates : float64 (V, 2), offsets : int64 (E + 1,)
        Geometry of edge e: rows ``offsets[e]`` to ``offsets[e + 1]`` (lon, lat), from its tail to its head.
    length_km : float64 (E,)
        Along the ellipsoid.
    road_class, surface : int8 (E,)
        Index into `CLASSES` and `SURFACES`.
    name, ref : int32 (E,)
        Index into `texts`, or `NO_TEXT`.
    oneway, ferry, ford, barrier, seasonal, closed, schematic : bool (E,)
        `barrier`: a gate, checkpoint or the like stands on it. `seasonal`: passable in the dry season only. `closed`:
        no motor vehicle may or can pass. `schematic`: drawn straight from place to place.
    error_km : float64 (E,)
        How far the road may be from the drawn line.
    key : uint64 (E,)
        Made from the geometry, so that it stays the same when the same road is imported again; see `edge_ids`.
    origin : int64 (E,)
        Where in the source it comes from: the id of an OpenStreetMap way, or the row of a file, counted from 1.
    texts : tuple of str
        Names and references, each once.
    source : str
        Where the network comes from, as shown to people.
    """

    lon: Floats
    lat: Floats
    node_name: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    coordinates: Floats
    offsets: Ints
    length_km: Floats
    road_class: NDArray[np.int8]
    surface: NDArray[np.int8]
    name: NDArray[np.int32]
    ref: NDArray[np.int32]
    oneway: Flags
    ferry: Flags
    ford: Flags
    barrier: Flags
    seasonal: Flags
    closed: Flags
    schematic: Flags
    error_km: Floats
    key: NDArray[np.uint64]
    origin: Ints
    texts: tuple[str, ...]
    source: str

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.lon)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.tail)

    @property
    def is_schematic(self) -> bool:
        """Whether any of it is drawn straight from place to place; every answer made from it must say so."""
        return bool(self.schematic.any())

    def text(self, index: int) -> str | None:
        """Return the text that an entry of `name`, `ref` or `node_name` points to."""
        return None if index == NO_TEXT else self.texts[index]

    def edge_ids(self, edges: Iterable[int]) -> list[str]:
        """Return the stable ids of edges: 16 hexadecimal digits each."""
        return [f"{self.key[edge]:016x}" for edge in edges]

    def find_edges(self, ids: Iterable[str]) -> Ints:
        """Return the edges that have these ids, in the order asked for.

        Raises
        ------
        NotFoundError
            Naming the first id that no edge has.
        """
        wanted = list(ids)
        order = np.argsort(self.key)
        found = np.empty(len(wanted), dtype=np.int64)
        for position, text in enumerate(wanted):
            edge = self._edge_of(text, order)
            if edge is None:
                raise NotFoundError(message("The network has no road edge {edge}.", edge=text[:40]))
            found[position] = edge
        return found

    def _edge_of(self, text: str, order: NDArray[np.intp]) -> int | None:
        if len(text) != 16 or not all(digit in "0123456789abcdef" for digit in text):
            return None
        key = np.uint64(int(text, 16))
        place = int(np.searchsorted(self.key, key, sorter=order))
        if place == len(order) or self.key[order[place]] != key:
            return None
        return int(order[place])

    def lines(self, edges: Ints | None = None) -> NDArray[np.object_]:
        """Return the geometry of edges (all without `edges`) as LineStrings in lon, lat."""
        coordinates, offsets = self.coordinates, self.offsets
        if edges is not None:
            picked = ragged_rows(offsets, edges)
            coordinates = coordinates[picked]
            offsets = np.concatenate([[0], np.cumsum(np.diff(self.offsets)[edges])])
        lines: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, coordinates, (offsets,))
        return lines


def ragged_rows(offsets: Ints, parts: Ints) -> Ints:
    """Return the row numbers that belong to `parts` of a ragged array, part after part."""
    counts = np.diff(offsets)[parts]
    starts = np.repeat(offsets[:-1][parts] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return starts + np.arange(counts.sum())


def measure_km(coordinates: Floats, offsets: Ints) -> tuple[Floats, Floats]:
    """Return the length of each line along the ellipsoid, and the length of each step, in km.

    Steps are numbered like the vertex they start from; the last vertex of a line has a step of 0.
    """
    steps = np.zeros(len(coordinates))
    if len(coordinates) > 1:
        lon, lat = coordinates[:, 0], coordinates[:, 1]
        steps[:-1] = np.asarray(GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]) / 1000
    steps[offsets[1:] - 1] = 0.0
    return np.add.reduceat(steps, offsets[:-1]) if len(offsets) > 1 else np.zeros(0), steps


def edge_keys(coordinates: Floats, offsets: Ints, *, apart: bool = True) -> NDArray[np.uint64]:
    """Return a number for each line made from its vertices (to 1e-7°), the same in both directions.

    Lines on the same vertices (a road drawn twice) are told apart by their order, unless `apart` is False.

    References
    ----------
    Steele, G. L., Lea, D., Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA, 453-472.
    doi:10.1145/2660193.2660195 (the mixing function).
    """
    if len(offsets) == 1:
        return np.zeros(0, dtype=np.uint64)
    grid = np.rint(coordinates * 1e7).astype(np.int64).astype(np.uint64)
    vertex = _mixed(_mixed(grid[:, 0]) + grid[:, 1])
    ends = vertex[offsets[:-1]] + vertex[offsets[1:] - 1]  # a sum, so that the direction does not matter
    keys = _mixed(np.add.reduceat(vertex, offsets[:-1]) ^ _mixed(ends))
    if not apart:
        return keys
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    while (repeated := first[inverse] != np.arange(len(keys))).any():
        keys[repeated] = _mixed(keys[repeated])
        _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return keys


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
