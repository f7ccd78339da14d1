"""Compiled kernels of `geo.roads.pareto`: lower bounds by Dijkstra's algorithm, and label setting over two criteria.

Costs are whole numbers held as float64, so that sums are exact and comparisons mean what they say.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.core.compiled import compiled

Floats: TypeAlias = NDArray[np.float64]
Nodes: TypeAlias = NDArray[np.int32]
Ints: TypeAlias = NDArray[np.int64]
Values = TypeVar("Values", Floats, Ints, Nodes, NDArray[np.bool_])


@compiled
def _sift_up(keys: Floats, second: Floats, items: Ints, place: int) -> None:
    key, other, item = keys[place], second[place], items[place]
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] < key or (keys[above] == key and second[above] <= other):
            break
        keys[place], second[place], items[place] = keys[above], second[above], items[above]
        place = above
    keys[place], second[place], items[place] = key, other, item


@compiled
def _sift_down(keys: Floats, second: Floats, items: Ints, size: int) -> None:
    """Put the entry at the top of a heap of `size` where it belongs."""
    key, other, item = keys[0], second[0], items[0]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        right = below + 1
        if right < size and (
            keys[right] < keys[below] or (keys[right] == keys[below] and second[right] < second[below])
        ):
            below = right
        if key < keys[below] or (key == keys[below] and other <= second[below]):
            break
        keys[place], second[place], items[place] = keys[below], second[below], items[below]
        place = below
    keys[place], second[place], items[place] = key, other, item


@compiled
def lower_bounds(end_cost: Floats, weight: Floats, tail: Nodes, in_first: Ints, in_arcs: Nodes) -> Floats:
    """Return the least cost from every node to the target, which is `end_cost` away from the nodes beside it.

    `weight` is infinite for arcs that may not be used.
    """
    cost = end_cost.copy()
    nodes = len(cost)
    room = len(tail) + nodes + 1
    keys, second, items = np.empty(room), np.zeros(room), np.empty(room, np.int64)
    size = 0
    for node in range(nodes):
        if cost[node] < np.inf:
            keys[size], items[size] = cost[node], node
            _sift_up(keys, second, items, size)
            size += 1
    while size:
        key, node = keys[0], items[0]
        size -= 1
        keys[0], items[0] = keys[size], items[size]
        _sift_down(keys, second, items, size)
        # an entry is not removed when a shorter way is found: the later, longer one is passed over here
        if key > cost[node]:
            continue
        for position in range(in_first[node], in_first[node + 1]):
            arc = in_arcs[position]
            reached = key + weight[arc]
            if reached < cost[tail[arc]]:
                cost[tail[arc]] = reached
                keys[size], items[size] = reached, tail[arc]
                _sift_up(keys, second, items, size)
                size += 1
    return cost


@compiled
def label_setting(
    start_nodes: Ints,
    start_costs: Floats,
    end_costs: Floats,
    known: Floats,
    weights: Floats,
    bounds: Floats,
    head: Nodes,
    out_first: Ints,
    out_arcs: Nodes,
    slack: float,
    most_found: int,
    most_labels: int,
) -> tuple[Ints, Ints, Nodes, Ints, Floats, bool]:
    """Find the paths that no other beats in both criteria, or some that come within a share of each of them.

    A label stands for a path, and with `slack` for all paths merged into it: besides the costs of its path it holds
    the apex, the least of their costs in each criterion. Two labels are merged while both wait at one junction and the
    path kept stays within ``1 + slack`` of the apex, bounds to the target included.

    Parameters
    ----------
    start_nodes (S,), start_costs (2, S)
        Junctions one gets to from the start, and what it costs.
    end_costs (2, N)
        Cost from a junction to the target; infinite but for those beside it.
    known (2,)
        Cost of the way from start to target that passes no junction; infinite where there is none.
    weights (2, A), bounds (2, N)
        Cost of arcs, infinite where closed; `lower_bounds` of each criterion.
    slack
        0 finds every cost that no other beats, with one path each.
    most_found, most_labels
        Stop after so many solutions, or labels; in the latter case the last value returned is False.

    Returns
    -------
    Label numbers of the solutions, lowest first cost first (-1 for the way that passes no junction); parent and arc of
    each label (a label at start s has -1 - s as parent); node of each label; costs of the solutions (2, K); and
    whether the search was finished.
    """
    nodes = bounds.shape[1]
    room = 1 << 14
    parent, arc_of, node_of = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room, np.int64)
    cost1, cost2 = np.empty(room), np.empty(room)  # of the label's path
    apex1, apex2 = np.empty(room), np.empty(room)
    waiting_next = np.empty(room, np.int64)  # the next label that waits at the same node
    settled = np.empty(room, np.bool_)
    count = 0
    keys, second, items = np.empty(room), np.empty(room), np.empty(room, np.int64)
    size = 0
    waiting = np.full(nodes, -1, np.int64)
    least = np.full(nodes, np.inf)  # smallest second cost of the labels settled at a node
    best_end = np.inf
    solutions, found1, found2 = np.empty(64, np.int64), np.empty(64), np.empty(64)
    found = 0
    limit = 1.0 + slack
    if known[0] < np.inf:
        keys[0], second[0], items[0] = known[0], known[1], -1
        size = 1
    for start in range(len(start_nodes)):
        node = start_nodes[start]
        if start_costs[0, start] + bounds[0, node] == np.inf:
            continue
        parent[count], arc_of[count], node_of[count], settled[count] = -1 - start, -1, node, False
        cost1[count], cost2[count] = start_costs[0, start], start_costs[1, start]
        apex1[count], apex2[count] = cost1[count], cost2[count]
        waiting_next[count], waiting[node] = waiting[node], count
        keys[size], second[size] = cost1[count] + bounds[0, node], cost2[count] + bounds[1, node]
        items[size] = count
        _sift_up(keys, second, items, size)
        size += 1
        count += 1
    while size:
        key, other, label = keys[0], second[0], items[0]
        size -= 1
        keys[0], second[0], items[0] = keys[size], second[size], items[size]
        _sift_down(keys, second, items, size)
        # Entries come by first cost. A solution found before has no higher first cost, so one that is not lower in the
        # second cannot be new
        if best_end < np.inf and other * limit >= best_end:
            continue
        # An entry of -2 - l is the target as reached from label l; -1 is the way that passes no junction.
        if label < 0:
            if found == len(solutions):
                solutions, found1, found2 = _more(solutions), _more(found1), _more(found2)
            last = -2 - label
            solutions[found] = last
            if last < 0:
                found1[found], found2[found] = known[0], known[1]
            else:
                found1[found] = cost1[last] + end_costs[0, node_of[last]]
                found2[found] = cost2[last] + end_costs[1, node_of[last]]
            best_end = min(best_end, found2[found])
            found += 1
            if found == most_found:
                break
            continue
        node = node_of[label]
        if settled[label] or key != apex1[label] + bounds[0, node] or other != apex2[label] + bounds[1, node]:
            continue  # merged since with another label, and waiting under another key
        settled[label] = True
        # labels are settled by first cost: an earlier one here costs no more in either
        if apex2[label] >= least[node]:
            continue
        least[node] = apex2[label]
        # room for the target and for every arc out of the junction
        if size + 2 + out_first[node + 1] - out_first[node] > len(keys):
            keys, second, items = _more(keys), _more(second), _more(items)
        if end_costs[0, node] < np.inf:
            keys[size], second[size] = apex1[label] + end_costs[0, node], apex2[label] + end_costs[1, node]
            items[size] = -2 - label
            _sift_up(keys, second, items, size)
            size += 1
        for position in range(out_first[node], out_first[node + 1]):
            arc = out_arcs[position]
            to = head[arc]
            a1, a2 = apex1[label] + weights[0, arc], apex2[label] + weights[1, arc]
            h1, h2 = bounds[0, to], bounds[1, to]
            if a1 + h1 == np.inf or a2 >= least[to] or (best_end < np.inf and (a2 + h2) * limit >= best_end):
                continue
            g1, g2 = cost1[label] + weights[0, arc], cost2[label] + weights[1, arc]
            merged = -1
            if slack > 0.0:
                previous, each = -1, waiting[to]
                while each >= 0:
                    after = waiting_next[each]
                    if settled[each]:  # no longer waiting: take it off the list
                        if previous < 0:
                            waiting[to] = after
                        else:
                            waiting_next[previous] = after
                    else:
                        m1, m2 = min(a1, apex1[each]), min(a2, apex2[each])
                        # the path that waits may stand for both, or the new one may, or neither: then both are kept
                        if cost1[each] + h1 <= limit * (m1 + h1) and cost2[each] + h2 <= limit * (m2 + h2):
                            merged = each
                            break
                        if g1 + h1 <= limit * (m1 + h1) and g2 + h2 <= limit * (m2 + h2):
                            parent[each], arc_of[each], cost1[each], cost2[each] = label, arc, g1, g2
                            merged = each
                            break
                        previous = each
                    each = after
            if merged >= 0:
                m1, m2 = min(a1, apex1[merged]), min(a2, apex2[merged])
                if m1 == apex1[merged] and m2 == apex2[merged]:
                    continue  # its entry in the heap stays right
                # its entry in the heap is stale from now on: passed over when it comes, since its keys no longer match
                apex1[merged], apex2[merged] = m1, m2
            else:
                if count == most_labels:
                    return solutions[:found], parent, arc_of, node_of, np.stack((found1[:found], found2[:found])), False
                if count == len(parent):
                    parent, node_of, waiting_next = _more(parent), _more(node_of), _more(waiting_next)
                    cost1, cost2, apex1, apex2 = _more(cost1), _more(cost2), _more(apex1), _more(apex2)
                    arc_of, settled = _more(arc_of), _more(settled)
                merged = count
                parent[count], arc_of[count], node_of[count], settled[count] = label, arc, to, False
                cost1[count], cost2[count], apex1[count], apex2[count] = g1, g2, a1, a2
                waiting_next[count], waiting[to] = waiting[to], count
                count += 1
            keys[size], second[size], items[size] = apex1[merged] + h1, apex2[merged] + h2, merged
            _sift_up(keys, second, items, size)
            size += 1
    return solutions[:found], parent, arc_of, node_of, np.stack((found1[:found], found2[:found])), True


@compiled
def _more(values: Values) -> Values:
    """Return `values` in an array of twice the room; what stands in the new half is not set."""
    larger = np.empty(2 * len(values), values.dtype)
    larger[: len(values)] = values
    return larger
