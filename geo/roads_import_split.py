"""Splits ways that share points into pieces from junction to junction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.network.assemble import Pieces
from geo.network.graph import Flags, Floats, Ints, rows_of


@dataclass(frozen=True, slots=True)
class Vertices:
    """Points that ways are made of, degrees on WGS 84; NaN where the coordinates are not known.

    `barrier`, `stops` (no motor vehicle passes) and `ford` say what stands at the point.
    """

    lon: Floats
    lat: Floats
    barrier: Flags
    stops: Flags
    ford: Flags


@dataclass(frozen=True, slots=True)
class Split:
    """Pieces, what stands on each, how many points were missing, and barriers at junctions that close nothing."""

    pieces: Pieces
    barrier: Flags
    closed: Flags
    ford: Flags
    missing: int
    gates_on_junctions: int


def split_at_junctions(vertices: Vertices, point: Ints, way: Ints) -> Split:
    """Split ways where points are shared, and end them where a point's coordinates are missing.

    Parameters
    ----------
    vertices : Vertices
        The points, each once.
    point, way : int arrays
        The points of all ways one after the other, and the way of each; ways in rising order.
    """
    known = np.isfinite(vertices.lon[point]) & np.isfinite(vertices.lat[point])
    missing = int((~known).sum())
    # A run is a stretch of one way without a missing point.
    run = np.cumsum(np.concatenate([[True], way[1:] != way[:-1]]) | ~known)
    point, way, run = point[known], way[known], run[known]
    repeated = np.zeros(len(point), dtype=bool)
    repeated[1:] = (point[1:] == point[:-1]) & (run[1:] == run[:-1])
    point, way, run = point[~repeated], way[~repeated], run[~repeated]
    first = np.ones(len(point), dtype=bool)
    first[1:] = run[1:] != run[:-1]
    last = np.roll(first, -1)
    alone = first & last
    point, way, first, last = point[~alone], way[~alone], first[~alone], last[~alone]
    uses = np.bincount(point, minlength=len(vertices.lon))
    cuts = np.flatnonzero(first | last | (uses[point] > 1))
    starts = cuts[:-1][~last[cuts[:-1]]]
    ends = cuts[1:][~first[cuts[1:]]]
    count = ends - starts + 1
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    inside = starts.repeat(count) + np.arange(offsets[-1]) - offsets[:-1].repeat(count)
    coordinates = np.stack([vertices.lon[point[inside]], vertices.lat[point[inside]]], axis=1)
    pieces = Pieces(coordinates, offsets, point[starts], point[ends], way[starts])
    marks, gates = _marks(vertices, point[inside], pieces)
    pieces, kept = without_empty(pieces)
    barrier, closed, ford = (mark[kept] for mark in marks)
    return Split(pieces, barrier, closed, ford, missing, gates)


def _marks(vertices: Vertices, point: Ints, pieces: Pieces) -> tuple[tuple[Flags, Flags, Flags], int]:
    """Return which pieces have a barrier, are closed by one, and have a ford.

    What stands between the ends counts for the piece. What stands where two pieces meet counts once, for the first of
    them, except that both are closed by what stops vehicles. At a junction of more it is marked on all, and closes
    none: which of the roads it stands on is not known.
    """
    owner = np.arange(len(pieces.row)).repeat(np.diff(pieces.offsets))
    at_end = np.zeros(len(point), dtype=bool)
    at_end[pieces.offsets[:-1]] = at_end[pieces.offsets[1:] - 1] = True
    degree = np.bincount(point[at_end], minlength=len(vertices.lon))
    first_end = np.full(len(vertices.lon), len(owner))
    np.minimum.at(first_end, point[at_end], np.flatnonzero(at_end))
    counts = ~at_end | (degree[point] > 2) | (first_end[point] == np.arange(len(point)))
    closes = ~at_end | (degree[point] <= 2)
    marks = []
    for flag, where in ((vertices.barrier, counts), (vertices.stops, closes), (vertices.ford, counts)):
        mark = np.zeros(len(pieces.row), dtype=np.bool_)
        mark[owner[flag[point] & where]] = True
        marks.append(mark)
    return (marks[0], marks[1], marks[2]), int((vertices.stops & (degree > 2)).sum())


def without_empty(pieces: Pieces) -> tuple[Pieces, Ints]:
    """Drop pieces of no length, the junctions at their ends becoming one; also return which pieces stay."""
    vertex = pieces.coordinates
    same = np.all(vertex == vertex[pieces.offsets[:-1].repeat(np.diff(pieces.offsets))], axis=1)
    empty = np.logical_and.reduceat(same, pieces.offsets[:-1]) if len(pieces.row) else np.zeros(0, dtype=bool)
    kept = np.flatnonzero(~empty)
    if not empty.any():
        return pieces, kept
    ids, inverse = np.unique(np.concatenate([pieces.start, pieces.end]), return_inverse=True)
    start, end = np.split(inverse, 2)
    links = coo_array((np.ones(int(empty.sum())), (start[empty], end[empty])), shape=(len(ids), len(ids)))
    _, merged = connected_components(links, directed=False)
    offsets = np.concatenate([[0], np.cumsum(np.diff(pieces.offsets)[kept])]).astype(np.int64)
    rows = rows_of(pieces.offsets, kept)
    return Pieces(vertex[rows], offsets, merged[start[kept]], merged[end[kept]], pieces.row[kept]), kept
