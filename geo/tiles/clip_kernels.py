"""Compiled kernels that cut quantised rings and lines to a tile's window.

Coordinates are whole numbers. What is inside is decided at lines half a unit outside the window, where no vertex can
lie: an edge never runs along such a line and never ends on it, so there are no special cases to get wrong. Where an
edge crosses, its point on the window's own side is rounded, the same for both directions of the edge: what two
polygons share they still share after the cut.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.core.compiled import compiled

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Coordinates: TypeAlias = NDArray[np.int32]


@compiled
def _is_inside(x: int, y: int, window: Ints) -> bool:
    return bool(window[0] <= x <= window[2] and window[1] <= y <= window[3])


@compiled
def _crossings(ax: int, ay: int, bx: int, by: int, window: Ints) -> tuple[float, float, int, int]:
    """Return where the edge enters and leaves the window widened by a half: shares of its length, and sides.

    Sides count anticlockwise from the one of least y, as `_place` does; -1 where the edge begins or ends inside.
    Nothing of the edge is inside where the first share is not below the second.
    """
    enters, leaves, first, last = 0.0, 1.0, -1, -1
    dx, dy = float(bx - ax), float(by - ay)
    for side in range(4):
        if side == 0:
            towards, room = -dy, ay - (window[1] - 0.5)
        elif side == 1:
            towards, room = dx, (window[2] + 0.5) - ax
        elif side == 2:
            towards, room = dy, (window[3] + 0.5) - ay
        else:
            towards, room = -dx, ax - (window[0] - 0.5)
        # Liang and Barsky: at share s of the edge, room - s · towards is left to this side. An edge beside it stays in
        # or out; one that comes nearer leaves at room / towards, one that draws away enters there
        if towards == 0.0:
            if room < 0:
                return 1.0, 0.0, -1, -1
        elif towards < 0:
            if room / towards > enters:
                enters, first = room / towards, side
        elif room / towards < leaves:
            leaves, last = room / towards, side
    return enters, leaves, first, last


@compiled
def _place(ax: int, ay: int, bx: int, by: int, share: float, side: int, window: Ints) -> float:
    """Return how far along the widened window's outline, anticlockwise from its least corner, an edge crosses it."""
    x, y = ax + share * (bx - ax), ay + share * (by - ay)
    width, height = window[2] - window[0] + 1.0, window[3] - window[1] + 1.0
    if side == 0:
        before, on_side, length = 0.0, x - window[0] + 0.5, width
    elif side == 1:
        before, on_side, length = width, y - window[1] + 0.5, height
    elif side == 2:
        before, on_side, length = width + height, window[2] + 0.5 - x, width
    else:
        before, on_side, length = 2 * width + height, window[3] + 0.5 - y, height
    return float(before + min(max(on_side, 0.0), length))


@compiled
def _between(a: int, low: int, b: int, high: int, at: int) -> int:
    """Return the rounded ordinate at abscissa `at` on the edge from (a, low) to (b, high), the same from either end."""
    # always from the lesser end, so that the edge and its reverse round alike and neighbours keep a common border
    if a > b:
        a, low, b, high = b, high, a, low
    width = b - a
    return low + (2 * (at - a) * (high - low) + width) // (2 * width)


@compiled
def _point_at(ax: int, ay: int, bx: int, by: int, side: int, window: Ints) -> tuple[int, int]:
    """Return the whole point at which an edge meets a side of the window itself."""
    if side % 2 == 0:
        y = window[1] if side == 0 else window[3]
        return min(max(_between(ay, ax, by, bx, y), window[0]), window[2]), y
    x = window[2] if side == 1 else window[0]
    return x, min(max(_between(ax, ay, bx, by, x), window[1]), window[3])


@compiled
def cut_line(xy: Coordinates, first: int, last: int, window: Ints, out: Ints, starts: Ints) -> int:
    """Write the pieces of the line of vertices `first` to `last` inside the window; return their number.

    `out` holds x and y of at least two points a vertex; piece i is ``out[starts[i]:starts[i + 1]]``, repeated points
    and pieces of one point left out.
    """
    pieces, count = 0, 0
    starts[0] = 0
    for at in range(first, last - 1):
        ax, ay = int(xy[at, 0]), int(xy[at, 1])
        bx, by = int(xy[at + 1, 0]), int(xy[at + 1, 1])
        begins, ends = _is_inside(ax, ay, window), _is_inside(bx, by, window)
        enters, leaves, side_in, side_out = 0.0, 1.0, -1, -1
        if not (begins and ends):
            enters, leaves, side_in, side_out = _crossings(ax, ay, bx, by, window)
            if not (begins or ends) and enters >= leaves:
                continue
        if not begins:
            ax, ay = _point_at(ax, ay, bx, by, side_in, window)
        if count == starts[pieces]:
            out[count, 0], out[count, 1] = ax, ay
            count += 1
        # from the vertices as they were: ax, ay may have been moved to the side by now
        if not ends:
            bx, by = _point_at(int(xy[at, 0]), int(xy[at, 1]), bx, by, side_out, window)
        if bx != out[count - 1, 0] or by != out[count - 1, 1]:
            out[count, 0], out[count, 1] = bx, by
            count += 1
        # the piece is over; one of a single point is taken back
        if not ends or at == last - 2:
            if count - starts[pieces] > 1:
                pieces += 1
                starts[pieces] = count
            else:
                count = starts[pieces]
    return pieces


@compiled
def _cut_ring(
    xy: Coordinates,
    first: int,
    last: int,
    window: Ints,
    points: Ints,
    chain_first: Ints,
    enters_at: Floats,
    leaves_at: Floats,
    chains: int,
) -> int:
    """Add the chains of a ring inside the window after the `chains` there are, and return how many there are then.

    A ring entirely inside or outside adds none.
    """
    # begin at a vertex outside, so that every chain is met from its entry on and none is cut by the start of the ring
    outside = -1
    for at in range(first, last):
        if not _is_inside(xy[at, 0], xy[at, 1], window):
            outside = at
            break
    if outside < 0:
        return chains
    count = chain_first[chains]
    for step in range(last - first):
        at = outside + step
        if at >= last:
            at -= last - first
        following = at + 1 if at + 1 < last else first
        ax, ay = int(xy[at, 0]), int(xy[at, 1])
        bx, by = int(xy[following, 0]), int(xy[following, 1])
        begins, ends = _is_inside(ax, ay, window), _is_inside(bx, by, window)
        if begins and ends:
            points[count, 0], points[count, 1] = bx, by
            count += 1
            continue
        enters, leaves, side_in, side_out = _crossings(ax, ay, bx, by, window)
        if not (begins or ends) and enters >= leaves:
            continue
        if not begins:
            points[count, 0], points[count, 1] = _point_at(ax, ay, bx, by, side_in, window)
            enters_at[chains] = _place(ax, ay, bx, by, enters, side_in, window)
            count += 1
        if ends:
            points[count, 0], points[count, 1] = bx, by
            count += 1
        else:
            points[count, 0], points[count, 1] = _point_at(ax, ay, bx, by, side_out, window)
            leaves_at[chains] = _place(ax, ay, bx, by, leaves, side_out, window)
            count += 1
            chains += 1
            chain_first[chains] = count
    return chains


@compiled
def _tidied(points: Ints, first: int, count: int) -> int:
    """Drop repeated points and ways there and back from the ring ``points[first:count]``; return its new end."""
    end = first
    for at in range(first, count):
        x, y = points[at, 0], points[at, 1]
        while end > first and (
            (points[end - 1, 0] == x and points[end - 1, 1] == y)
            or (end - 1 > first and _turns_back(points, end - 2, end - 1, x, y))
        ):
            end -= 1
        points[end, 0], points[end, 1] = x, y
        end += 1
    while end - first > 2:  # the same where the ring closes
        if (points[end - 1, 0] == points[first, 0] and points[end - 1, 1] == points[first, 1]) or _turns_back(
            points, end - 2, end - 1, points[first, 0], points[first, 1]
        ):
            end -= 1
        elif _turns_back(points, end - 1, first, points[first + 1, 0], points[first + 1, 1]):
            for at in range(first, end - 1):
                points[at, 0], points[at, 1] = points[at + 1, 0], points[at + 1, 1]
            end -= 1
        else:
            break
    return end


@compiled
def _turns_back(points: Ints, before: int, at: int, x: int, y: int) -> bool:
    ux, uy = points[at, 0] - points[before, 0], points[at, 1] - points[before, 1]
    vx, vy = x - points[at, 0], y - points[at, 1]
    return bool(ux * vy - uy * vx == 0 and ux * vx + uy * vy < 0)


@compiled
def _area(points: Ints, first: int, end: int) -> int:
    """Return twice the signed area of a ring."""
    total = 0
    before = end - 1
    for at in range(first, end):
        total += (points[before, 0] - points[first, 0]) * (points[at, 1] - points[first, 1])
        total -= (points[at, 0] - points[first, 0]) * (points[before, 1] - points[first, 1])
        before = at
    return total


@compiled
def _holds_middle(xy: Coordinates, first: int, last: int, window: Ints) -> bool:
    """Tell whether a ring that does not meet the window lies around it."""
    # twice all coordinates: an odd middle is no vertex and lies on no level edge, so each crossing counts once
    x2, y2 = (window[0] + window[2]) // 2 * 2 + 1, (window[1] + window[3]) // 2 * 2 + 1
    is_within = False
    before = last - 1
    for at in range(first, last):
        ax, ay = 2 * int(xy[before, 0]) - x2, 2 * int(xy[before, 1]) - y2
        bx, by = 2 * int(xy[at, 0]) - x2, 2 * int(xy[at, 1]) - y2
        if (ay > 0) != (by > 0) and (ax * by - bx * ay > 0) == (by > ay):
            is_within = not is_within
        before = at
    return is_within


@compiled
def _side_of(points: Ints, first: int, end: int, x: int, y: int) -> int:
    """Return 1 where a point lies inside a ring, -1 outside, 0 on it."""
    is_within = False
    before = end - 1
    for at in range(first, end):
        ax, ay = points[before, 0] - x, points[before, 1] - y
        bx, by = points[at, 0] - x, points[at, 1] - y
        turn = ax * by - bx * ay
        if turn == 0 and min(ax, bx) <= 0 <= max(ax, bx) and min(ay, by) <= 0 <= max(ay, by):
            return 0
        if (ay > 0) != (by > 0) and (turn > 0) == (by > ay):
            is_within = not is_within
        before = at
    return 1 if is_within else -1


@compiled
def _add_corners(points: Ints, count: int, leaves: float, enters: float, window: Ints) -> int:
    """Add the window's corners that lie anticlockwise between two places on its outline."""
    width, height = window[2] - window[0] + 1.0, window[3] - window[1] + 1.0
    around = 2 * (width + height)
    until = enters if enters > leaves else enters + around
    # two times round: the way may pass the least corner, where places begin again at 0
    for turn in range(8):
        corner = turn % 4
        at = (turn // 4) * around
        at += width * (corner >= 1) + height * (corner >= 2) + width * (corner >= 3)
        if leaves < at < until:
            points[count, 0] = window[2] if corner in (1, 2) else window[0]
            points[count, 1] = window[3] if corner >= 2 else window[1]
            count += 1
    return count


@compiled
def cut_polygon(
    xy: Coordinates, ring_first: Ints, first_ring: int, last_ring: int, window: Ints
) -> tuple[Ints, Ints, int]:
    """Return the part of a polygon inside the window as rings: points, where each ring begins, and their number.

    Exterior rings run anticlockwise (positive area as x and y are written), interior ones clockwise, and each
    interior one stands behind the exterior one it lies in. Where border and window nearly touch, the rounding at the
    window's sides may let an exterior ring touch itself there; nothing changes further inside.

    Parameters
    ----------
    xy : int32 array, shape (n, 2)
        Vertices; rings are open and ring r is ``xy[ring_first[r]:ring_first[r + 1]]``, the exterior one first.
    window : int64 array, shape (4,)
        Least x and y, greatest x and y.
    """
    vertices = ring_first[last_ring] - ring_first[first_ring]
    rings = last_ring - first_ring
    pieces = np.empty((2 * vertices + 2, 2), np.int64)
    chain_first = np.zeros(vertices + 2, np.int64)
    enters_at, leaves_at = np.empty(vertices + 1), np.empty(vertices + 1)
    chains = 0
    whole = np.zeros(rings, np.bool_)
    for ring in range(rings):
        first, last = ring_first[first_ring + ring], ring_first[first_ring + ring + 1]
        known = chains
        chains = _cut_ring(xy, first, last, window, pieces, chain_first, enters_at, leaves_at, chains)
        if chains == known:
            if _is_inside(xy[first, 0], xy[first, 1], window):
                whole[ring] = True
            elif _holds_middle(xy, first, last, window) == (ring > 0) and chains == 0:
                return pieces, chain_first, 0  # the window is in a hole, or beside it all
    points = np.empty((2 * vertices + 8 * (chains + 1) + 8, 2), np.int64)
    starts = np.zeros(chains + rings + 2, np.int64)
    found, count = 0, 0
    # Weiler and Atherton: from where a chain leaves, the polygon runs along the outline, anticlockwise, to the nearest
    # entry of any chain, since its inside lies to the left of both. Joined so until a chain comes again, rings close
    order = np.argsort(enters_at[:chains])
    sorted_places = enters_at[:chains][order]
    is_used = np.zeros(chains, np.bool_)
    for start in range(chains):
        if is_used[start]:
            continue
        chain = start
        while not is_used[chain]:
            is_used[chain] = True
            for at in range(chain_first[chain], chain_first[chain + 1]):
                points[count, 0], points[count, 1] = pieces[at, 0], pieces[at, 1]
                count += 1
            place = np.searchsorted(sorted_places, leaves_at[chain])
            following = order[place] if place < chains else order[0]
            count = _add_corners(points, count, leaves_at[chain], enters_at[following], window)
            chain = following
        count = _tidied(points, starts[found], count)
        # rounding can leave a ring without area, or turned over: nothing of it would show
        if count - starts[found] > 2 and _area(points, starts[found], count) > 0:
            found += 1
            starts[found] = count
        else:
            count = starts[found]
    # no border meets the window and it is not in a hole or beside: the polygon fills it (leaves = enters: all corners)
    if chains == 0 and not whole[0]:
        count = _add_corners(points, 0, -0.5, -0.5, window)
        found = 1
        starts[1] = count
    exteriors = found
    for ring in range(rings):
        if whole[ring]:
            for at in range(ring_first[first_ring + ring], ring_first[first_ring + ring + 1]):
                points[count, 0], points[count, 1] = xy[at, 0], xy[at, 1]
                count += 1
            found += 1
            starts[found] = count
            if ring == 0:
                exteriors += 1
    if exteriors > 1 and found > exteriors:
        return _holes_behind_exteriors(points, starts, exteriors, found)
    return points, starts, found


@compiled
def _holes_behind_exteriors(points: Ints, starts: Ints, exteriors: int, found: int) -> tuple[Ints, Ints, int]:
    owner = np.arange(found)
    for hole in range(exteriors, found):
        owner[hole] = 0
        for exterior in range(exteriors):
            # a hole may touch its exterior: the first of its points that is not on that border decides
            side = 0
            for at in range(starts[hole], starts[hole + 1]):
                side = _side_of(points, starts[exterior], starts[exterior + 1], points[at, 0], points[at, 1])
                if side != 0:
                    break
            if side > 0:
                owner[hole] = exterior
                break
    ordered, firsts = np.empty_like(points), np.zeros_like(starts)
    count, written = 0, 0
    for exterior in range(exteriors):
        for ring in range(exterior, found):
            if owner[ring] == exterior and (ring == exterior or ring >= exteriors):
                for at in range(starts[ring], starts[ring + 1]):
                    ordered[count, 0], ordered[count, 1] = points[at, 0], points[at, 1]
                    count += 1
                written += 1
                firsts[written] = count
    return ordered, firsts, written
