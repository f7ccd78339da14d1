"""Makes junctions of lines that only look joined: nodes crossings, and snaps ends that miss their road by a little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.roads.assemble import Pieces
from geo.roads.graph import Flags, Floats, Ints, edge_keys, ragged_rows

#: Points this close are one: coordinates are written to some decimals, and crossings are worked out twice.
SAME_M: Final = 0.01

#: Metres of a degree of latitude, on a sphere of the Earth's mean radius.
_DEGREE_M: Final = 111_195.0


@dataclass(frozen=True, slots=True)
class Noded:
    """Pieces from junction to junction (`row` is the line), how many ends were snapped and how many pieces repeated."""

    pieces: Pieces
    snapped_ends: int
    repeated: int


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Where lines are cut: the line, metres along it, and x, y in metres. `fixed` cuts do not move when snapped."""

    line: Ints
    along: Floats
    xy: Floats
    fixed: NDArray[np.bool_]


def node_lines(coordinates: Floats, offsets: Ints, level: Ints, *, snap_m: float) -> Noded:
    """Cut lines where they meet and join ends that miss another line by at most `snap_m`.

    Parameters
    ----------
    coordinates : float array (V, 2), offsets : int array (L + 1,)
        Lines in lon, lat; each at least two vertices and longer than nothing.
    level : int array (L,)
        Lines cross at a junction only on the same level: a bridge is none.
    snap_m : float
        Metres. An end is moved to the nearest end of another line within it, else to the nearest point of one.

    Notes
    -----
    Lines run straight in lon, lat, as files of lines mean them. The plane used here keeps them straight: degrees times
    the metres of a degree at the middle latitude. Over the whole of Mali its distances err by up to 5 %.
    """
    degree_m = _DEGREE_M * np.array([np.cos(np.radians(coordinates[:, 1].mean())), 1.0])
    xy = coordinates * degree_m
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, xy, (offsets,))
    along = _along(xy, offsets)
    count = len(lines)
    ends = _Cuts(
        np.tile(np.arange(count), 2),
        np.concatenate([np.zeros(count), along[offsets[1:] - 1]]),
        np.concatenate([xy[offsets[:-1]], xy[offsets[1:] - 1]]),
        np.zeros(2 * count, dtype=bool),
    )
    tree = shapely.STRtree(lines)
    crossings = _crossings(lines, tree, level)
    loose = _loose_ends(ends, lines, tree, level)
    links, onto = _snaps(ends, loose, lines, tree, level, snap_m)
    ends.fixed[:] = ~loose
    cuts = _Cuts(
        *(
            np.concatenate(parts)
            for parts in zip(*((c.line, c.along, c.xy, c.fixed) for c in (ends, crossings, onto)), strict=True)
        )
    )
    # The cut made for the k-th snap onto a line is joined with the end it was made for.
    first_onto = len(ends.line) + len(crossings.line)
    links[links < 0] = first_onto + (-1 - links[links < 0])
    node = _clusters(cuts.xy, links)
    cuts = _moved(cuts, node)
    pieces = _pieces(coordinates, offsets, along, cuts, node, degree_m)
    pieces, _ = without_empty(pieces)
    pieces, repeated = _without_repeated(pieces)
    return Noded(pieces, len(links), repeated)


def _along(xy: Floats, offsets: Ints) -> Floats:
    """Return metres from the start of its line to each vertex."""
    steps = np.concatenate([[0.0], np.hypot(*np.diff(xy, axis=0).T)])
    steps[offsets[:-1]] = 0.0
    total = np.cumsum(steps)
    result: Floats = total - total[offsets[:-1]].repeat(np.diff(offsets))
    return result


def _crossings(lines: NDArray[np.object_], tree: shapely.STRtree, level: Ints) -> _Cuts:
    a, b = tree.query(lines, predicate="intersects")
    pair = (a < b) & (level[a] == level[b])
    a, b = a[pair], b[pair]
    # Where two lines run together, every vertex they share is a cut.
    points, which = shapely.get_coordinates(shapely.intersection(lines[a], lines[b]), return_index=True)
    line = np.concatenate([a[which], b[which]])
    xy = np.concatenate([points, points])
    at = shapely.line_locate_point(lines[line], shapely.points(xy)) if len(line) else np.zeros(0)
    return _Cuts(line.astype(np.int64), at, xy.reshape(-1, 2), np.ones(len(line), dtype=bool))


def _loose_ends(ends: _Cuts, lines: NDArray[np.object_], tree: shapely.STRtree, level: Ints) -> NDArray[np.bool_]:
    """Return which ends touch no other line of their level."""
    end, line = tree.query(shapely.points(ends.xy), predicate="dwithin", distance=SAME_M)
    other = (line != ends.line[end]) & (level[line] == level[ends.line[end]])
    loose: NDArray[np.bool_] = np.bincount(end[other], minlength=len(ends.line)) == 0
    return loose


def _snaps(
    ends: _Cuts,
    loose: NDArray[np.bool_],
    lines: NDArray[np.object_],
    tree: shapely.STRtree,
    level: Ints,
    snap_m: float,
) -> tuple[Ints, _Cuts]:
    """Return pairs (end, what it is joined with: another end, or -1 - k for the k-th cut), and the cuts."""
    wanted = np.flatnonzero(loose)
    end, line = tree.query(shapely.points(ends.xy[wanted]), predicate="dwithin", distance=snap_m)
    end = wanted[end]
    usable = (line != ends.line[end]) & (level[line] == level[ends.line[end]])
    end, line = end[usable], line[usable]
    points = shapely.points(ends.xy[end])
    distance = shapely.distance(points, lines[line])
    at = shapely.line_locate_point(lines[line], points)
    length = shapely.length(lines[line])
    # An end of the other line within reach is preferred to a point on it.
    count = len(lines)
    to_start = np.hypot(*(ends.xy[end] - ends.xy[line]).T)
    to_end = np.hypot(*(ends.xy[end] - ends.xy[line + count]).T)
    joins_end = np.minimum(to_start, to_end) <= snap_m
    target = np.where(to_start <= to_end, line, line + count)
    distance = np.where(joins_end, np.minimum(to_start, to_end), distance)
    order = np.lexsort((line, distance, ~joins_end, end))
    order = order[np.concatenate([[True], end[order][1:] != end[order][:-1]])] if len(order) else order
    end, line, at, joins_end, target = end[order], line[order], at[order], joins_end[order], target[order]
    inner = ~joins_end
    xy = shapely.get_coordinates(shapely.line_interpolate_point(lines[line[inner]], at[inner])).reshape(-1, 2)
    onto = _Cuts(
        line[inner].astype(np.int64), np.minimum(at, length[order])[inner], xy, np.ones(int(inner.sum()), bool)
    )
    partner = target.astype(np.int64)
    partner[inner] = -1 - np.arange(int(inner.sum()))
    return np.stack([end, partner], axis=1).astype(np.int64), onto


def _clusters(xy: Floats, links: Ints) -> Ints:
    """Return the junction of each cut: those at the same place, and those linked, are one."""
    pairs = np.concatenate([cKDTree(xy).query_pairs(SAME_M, output_type="ndarray").reshape(-1, 2), links])
    matrix = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
    labels: Ints = connected_components(matrix, directed=False)[1].astype(np.int64)
    return labels


def _moved(cuts: _Cuts, node: Ints) -> _Cuts:
    """Put all cuts of a junction on one spot: a fixed one's where there is one, else the first's."""
    order = np.lexsort((np.arange(len(node)), ~cuts.fixed, node))
    first = order[np.concatenate([[True], node[order][1:] != node[order][:-1]])]
    return _Cuts(cuts.line, cuts.along, cuts.xy[first][node], cuts.fixed)


def _pieces(coordinates: Floats, offsets: Ints, along: Floats, cuts: _Cuts, node: Ints, degree_m: Floats) -> Pieces:
    vertex_line = np.arange(len(offsets) - 1).repeat(np.diff(offsets))
    # Cuts of one line at one place are one.
    order = np.lexsort((cuts.along, cuts.line))
    line, at, label, xy = cuts.line[order], cuts.along[order], node[order], cuts.xy[order]
    new = np.concatenate([[True], (line[1:] != line[:-1]) | (at[1:] - at[:-1] > SAME_M)])
    # The start of a line comes first of its group, and its end must not be lost to a cut just before it.
    line, at, label, xy = line[new], at[new], label[new], xy[new]
    lonlat = xy / degree_m
    near = np.zeros(len(vertex_line), dtype=bool)
    place = _order_key(vertex_line, along)
    cut_place = _order_key(line, at)
    right = np.searchsorted(cut_place, place)
    for candidate in (np.minimum(right, len(line) - 1), np.maximum(right - 1, 0)):
        same = (line[candidate] == vertex_line) & (np.abs(at[candidate] - along) <= SAME_M)
        near |= same
        # The file's own coordinates are kept where a cut lies on a vertex that was not moved.
        stays = same & (np.hypot(*((coordinates - lonlat[candidate]) * degree_m).T) <= SAME_M)
        lonlat[candidate[stays]] = coordinates[stays]
    kept = ~near
    all_line = np.concatenate([line, vertex_line[kept]])
    all_at = np.concatenate([at, along[kept]])
    all_lonlat = np.concatenate([lonlat, coordinates[kept]])
    all_node = np.concatenate([label, np.full(int(kept.sum()), -1)])
    order = np.lexsort((all_at, all_line))
    all_line, all_lonlat, all_node = all_line[order], all_lonlat[order], all_node[order]
    is_cut = np.flatnonzero(all_node >= 0)
    starts, ends = is_cut[:-1], is_cut[1:]
    within = all_line[starts] == all_line[ends]
    starts, ends = starts[within], ends[within]
    count = ends - starts + 1
    new_offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    inside = starts.repeat(count) + np.arange(new_offsets[-1]) - new_offsets[:-1].repeat(count)
    return Pieces(all_lonlat[inside], new_offsets, all_node[starts], all_node[ends], all_line[starts])


def _order_key(line: Ints, along: Floats) -> NDArray[np.complex128]:
    """Return values that sort by line, then by metres along it."""
    return line + 1j * along


def _without_repeated(pieces: Pieces) -> tuple[Pieces, int]:
    """Drop pieces on the same vertices as one before: roads drawn twice."""
    keys = edge_keys(pieces.coordinates, pieces.offsets, apart=False)
    kept = np.sort(np.unique(keys, return_index=True)[1])
    rows = ragged_rows(pieces.offsets, kept)
    offsets = np.concatenate([[0], np.cumsum(np.diff(pieces.offsets)[kept])]).astype(np.int64)
    return (
        Pieces(pieces.coordinates[rows], offsets, pieces.start[kept], pieces.end[kept], pieces.row[kept]),
        len(keys) - len(kept),
    )


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
    rows = ragged_rows(pieces.offsets, kept)
    return Pieces(vertex[rows], offsets, merged[start[kept]], merged[end[kept]], pieces.row[kept]), kept
