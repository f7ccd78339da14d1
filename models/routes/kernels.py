"""Compiled kernel of `models.routes.lixels`: distances along the network from many places, and kernels of them.

Distances ignore one-way signs and closures: an incident on a closed road still tells of its surroundings.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from geo.core.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def near_lixels(
    edge: int,
    at_km: float,
    cutoff_km: float,
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    length_km: Floats,
    first_edge: Ints,
    edges_at: Ints,
    first_lixel: Ints,
    node_km: Floats,
    distance: Floats,
    touched: Ints,
    nodes: Ints,
) -> tuple[int, int]:
    """Find the lixels within `cutoff_km` of a point on an edge, and how far their middles are.

    `node_km` (N,) and `distance` (L,) hold infinity everywhere on entry; the caller puts it back for the `nodes` and
    `touched` lixels that are reported. Returns how many of either there are.
    """
    heap = [(at_km, np.int64(tail[edge])), (length_km[edge] - at_km, np.int64(head[edge]))]
    heapq.heapify(heap)
    count = 0
    reached = 0
    # On the edge itself.
    parts = first_lixel[edge + 1] - first_lixel[edge]
    step = length_km[edge] / parts
    for part in range(parts):
        far = abs((part + 0.5) * step - at_km)
        if far <= cutoff_km:
            lixel = first_lixel[edge] + part
            distance[lixel] = far
            touched[count] = lixel
            count += 1
    while len(heap) > 0:
        km, node = heapq.heappop(heap)
        # reached before by a way that is no longer
        if km >= node_km[node] or km > cutoff_km:
            continue
        if node_km[node] == np.inf:
            nodes[reached] = node
            reached += 1
        node_km[node] = km
        for place in range(first_edge[node], first_edge[node + 1]):
            e = edges_at[place]
            parts = first_lixel[e + 1] - first_lixel[e]
            step = length_km[e] / parts
            # pieces are numbered from the tail, but passed from this end: the first beyond the cutoff is the last
            from_tail = tail[e] == node
            for number in range(parts):
                far = km + (number + 0.5) * step
                if far > cutoff_km:
                    break
                part = number if from_tail else parts - 1 - number
                lixel = first_lixel[e] + part
                # a piece may be reached from both ends of its edge: the shorter way counts
                if far < distance[lixel]:
                    if distance[lixel] == np.inf:
                        touched[count] = lixel
                        count += 1
                    distance[lixel] = far
            other = head[e] if from_tail else tail[e]
            beyond = km + length_km[e]
            if beyond < node_km[other] and beyond <= cutoff_km:
                heapq.heappush(heap, (beyond, np.int64(other)))
    return count, reached


@compiled
def spread(
    edges: Ints,
    at_km: Floats,
    weights: Floats,
    bandwidths_km: Floats,
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    length_km: Floats,
    first_edge: Ints,
    edges_at: Ints,
    first_lixel: Ints,
    lixel_km: Floats,
    asked: Ints,
    reach: float,
) -> tuple[Floats, Floats]:
    """Spread mass from places on the network by Gaussians of network distance, each of which keeps its mass.

    Parameters
    ----------
    edges, at_km : arrays (P,)
        Places: an edge and the km from its tail.
    weights : float array (G, H, P)
        Mass of each place in each of G groups and H bandwidths.
    bandwidths_km : float array (H,)
    lixel_km : float array (L,)
    asked : int array (Q,)
        Lixels for which each place's kernels are wanted one by one.
    reach : float
        Bandwidths after which a kernel is cut.

    Returns
    -------
    field : float array (G, L)
        Mass per km at each lixel.
    single : float array (H, P, Q)
        The density per km of each place's kernel at the lixels asked for.
    """
    groups, kinds, places = weights.shape
    lixels = len(lixel_km)
    field = np.zeros((groups, lixels))
    single = np.zeros((kinds, places, len(asked)))
    cutoff = reach * bandwidths_km.max()
    node_km = np.full(len(first_edge) - 1, np.inf)
    distance = np.full(lixels, np.inf)
    touched = np.empty(lixels, np.int64)
    nodes = np.empty(len(first_edge) - 1, np.int64)
    factor = np.empty(groups)
    for place in range(places):
        count, reached = near_lixels(
            edges[place],
            at_km[place],
            cutoff,
            tail,
            head,
            length_km,
            first_edge,
            edges_at,
            first_lixel,
            node_km,
            distance,
            touched,
            nodes,
        )
        for kind in range(kinds):
            width = bandwidths_km[kind]
            # divided by its sum over the pieces within reach, each kernel keeps its mass whatever branches off
            total = 0.0
            for i in range(count):
                z = distance[touched[i]] / width
                if z <= reach:
                    total += np.exp(-0.5 * z * z) * lixel_km[touched[i]]
            if total == 0.0:
                # The kernel falls between the middles of two pieces: all of it in the nearest one.
                nearest = touched[0]
                for i in range(count):
                    if distance[touched[i]] < distance[nearest]:
                        nearest = touched[i]
                for group in range(groups):
                    field[group, nearest] += weights[group, kind, place] / lixel_km[nearest]
                for q in range(len(asked)):
                    if asked[q] == nearest:
                        single[kind, place, q] = 1.0 / lixel_km[nearest]
                continue
            wanted = False
            for group in range(groups):
                factor[group] = weights[group, kind, place] / total
                wanted = wanted or factor[group] > 0.0
            if wanted:
                for i in range(count):
                    z = distance[touched[i]] / width
                    if z <= reach:
                        value = np.exp(-0.5 * z * z)
                        for group in range(groups):
                            field[group, touched[i]] += factor[group] * value
            for q in range(len(asked)):
                z = distance[asked[q]] / width
                if z <= reach:
                    single[kind, place, q] = np.exp(-0.5 * z * z) / total
        # put back only what was touched: a pass costs what is near, not what the network holds
        for i in range(count):
            distance[touched[i]] = np.inf
        for i in range(reached):
            node_km[nodes[i]] = np.inf
    return field, single


@compiled
def cover(column: Floats, row: Floats, reach: Floats, best: Floats, owner: Ints) -> int:
    """Paint discs onto a raster: which disc holds each cell deepest, and how deep.

    Parameters
    ----------
    column, row, reach : float arrays (n,)
        Centre and radius of each disc, in cells.
    best : float array (rows, columns), owner : int array (rows, columns)
        0 and -1 everywhere on entry: the part of the cell that is covered (a cell on the edge counts in proportion to
        how far its middle lies inside), and the disc.

    Returns
    -------
    int
        How many cells are covered.
    """
    rows, columns = best.shape
    depth = np.zeros(best.shape)
    count = 0
    for disc in range(len(column)):
        # half a cell wider: cells count in full from half a cell inside the rim on, in part to half a cell outside it
        size = reach[disc] + 0.5
        for r in range(max(0, int(np.ceil(row[disc] - size))), min(rows, int(np.floor(row[disc] + size)) + 1)):
            for c in range(
                max(0, int(np.ceil(column[disc] - size))), min(columns, int(np.floor(column[disc] + size)) + 1)
            ):
                inside = size - np.sqrt((r - row[disc]) ** 2 + (c - column[disc]) ** 2)
                if inside > depth[r, c]:
                    if owner[r, c] < 0:
                        count += 1
                    depth[r, c] = inside
                    owner[r, c] = disc
                    best[r, c] = min(inside, 1.0)
    return count
