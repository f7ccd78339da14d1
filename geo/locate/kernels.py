"""Compiled kernels of `geo.locate.locator`: build a lookup of cells over polygons, and find the polygon of each point.

A point's polygon is read from its cell where no border crosses the cell. Elsewhere each candidate polygon is decided
by parity: it is known whether the cell's lower left corner r lies in the polygon, and each edge crossed on the way
from r up to the point's height (q) and then across to the point p changes the answer. All decisions use the exact
predicate of `geo.locate.predicates`. Where r, q or p is level with a vertex or r or q lies on an edge, they are taken
to be moved up by an infinitesimal ε and r and q to the right by a far smaller δ, in the building as in the looking up,
so that every crossing is counted once.

References
----------
Edelsbrunner, H., Mücke, E. P. (1990). Simulation of simplicity. ACM Transactions on Graphics 9, 66-104.
doi:10.1145/77635.77639 (the infinitesimal moves).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.core.compiled import compiled
from geo.locate.predicates import side

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int32]

#: A cell's value: the unit that fills it; OUTSIDE; or FIRST_BORDER - n for the n-th cell that a border crosses.
OUTSIDE = -1
FIRST_BORDER = -2

#: Cells that an edge comes this close to, in cells, count as crossed: far above rounding, and it costs nothing.
_PAD = 1e-3


@compiled
def _above(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    """Whether the corner (x + δ, y + ε) lies above the edge; the edge has points on both sides of x + δ."""
    if y >= max(ay, by):
        return True
    if y < min(ay, by):
        return False
    turn = side(ax, ay, bx, by, x, y)
    # on the edge, +ε lifts the corner above it; else left of an edge that runs east, or right of one that runs west
    return turn == 0 or (turn > 0) == (bx > ax)


@compiled
def _right(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    """Whether the corner (x + δ, y + ε) lies right of the edge; the edge has points on both sides of y + ε."""
    if x >= max(ax, bx):
        return True
    if x < min(ax, bx):
        return False
    turn = side(ax, ay, bx, by, x, y)
    if turn == 0:
        # on the edge ε, far larger than δ, decides: up is left of an edge that runs east, right of one that runs west
        turn = 1 if bx > ax else -1
    return (turn < 0) == (by > ay)


@compiled
def crossed_cells(edge: Floats, lefts: Floats, bottoms: Floats, found: Ints) -> int:
    """Write the numbers (row · columns + column) of the cells that `edge` may touch into `found`; return how many.

    Where `found` is too short, the rest is counted but not written.
    """
    columns = len(lefts) - 1
    rows = len(bottoms) - 1
    width = lefts[1] - lefts[0]
    height = bottoms[1] - bottoms[0]
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    first_row = max(0, int(np.floor((ay - bottoms[0]) / height - _PAD)))
    last_row = min(rows - 1, int(np.floor((by - bottoms[0]) / height + _PAD)))
    n = 0
    for row in range(first_row, last_row + 1):
        low = max(ay, bottoms[row] - _PAD * height)
        high = min(by, bottoms[row + 1] + _PAD * height)
        # where the edge is inside the row, a little widened; an edge that is level keeps both its ends
        x_low, x_high = ax, bx
        if by > ay:
            slope = (bx - ax) / (by - ay)
            x_low = ax + max(low - ay, 0.0) * slope
            x_high = ax + max(high - ay, 0.0) * slope
        west = max(min(x_low, x_high), min(ax, bx))
        east = min(max(x_low, x_high), max(ax, bx))
        first = max(0, int(np.floor((west - lefts[0]) / width - _PAD)))
        last = min(columns - 1, int(np.floor((east - lefts[0]) / width + _PAD)))
        for column in range(first, last + 1):
            if n < len(found):
                found[n] = row * columns + column
            n += 1
    return n


@compiled
def entries_of_edges(edges: Floats, lefts: Floats, bottoms: Floats) -> tuple[Ints, Ints]:
    """Return the cell and the edge of every pair in which the edge may touch the cell, in order of the edges."""
    nothing = np.empty(0, np.int32)
    total = 0
    longest = 0
    for e in range(len(edges)):
        n = crossed_cells(edges[e], lefts, bottoms, nothing)
        total += n
        longest = max(longest, n)
    cell_of = np.empty(total, np.int32)
    edge_of = np.empty(total, np.int32)
    found = np.empty(longest, np.int32)
    at = 0
    for e in range(len(edges)):
        n = crossed_cells(edges[e], lefts, bottoms, found)
        cell_of[at : at + n] = found[:n]
        edge_of[at : at + n] = e
        at += n
    return cell_of, edge_of


@compiled
def number_border_cells(cells: Ints, cell_of: Ints) -> int:
    """Number the cells of `cell_of` in `cells` (FIRST_BORDER - n, in order of their first mention); return how many."""
    n = 0
    for cell in cell_of:
        if cells[cell] == OUTSIDE:
            cells[cell] = FIRST_BORDER - n
            n += 1
    return n


@compiled
def _longer(array: Ints) -> Ints:
    longer = np.empty(2 * len(array), np.int32)
    longer[: len(array)] = array
    return longer


@compiled
def fill_lattice(
    edges: Floats, unit_edges: Ints, unit_entries: Ints, cell_of: Ints, lefts: Floats, bottoms: Floats, cells: Ints
) -> tuple[Ints, Ints, Ints]:
    """Write the unit of every cell that one fills into `cells`, and return the candidates of the border cells.

    `unit_edges` and `unit_entries` (units + 1) say where each unit's edges and (cell, edge) entries begin. A cell that
    several units fill belongs to the first. Returned are, in order of the units: the number of the border cell, the
    unit, and whether the cell's corner lies inside the unit.
    """
    columns = len(lefts) - 1
    rows = len(bottoms) - 1
    width = lefts[1] - lefts[0]
    height = bottoms[1] - bottoms[0]
    border = np.empty(max(len(cell_of), 1024), np.int32)
    unit_of = np.empty(len(border), np.int32)
    inside = np.empty(len(border), np.int32)
    n = 0
    for unit in range(len(unit_edges) - 1):
        own = edges[unit_edges[unit] : unit_edges[unit + 1]]
        touched = cell_of[unit_entries[unit] : unit_entries[unit + 1]]
        west, east, south, north = columns, -1, rows, -1
        for cell in touched:
            west, east = min(west, cell % columns), max(east, cell % columns)
            south, north = min(south, cell // columns), max(north, cell // columns)
        # bit 1: the unit begins or ends left of this corner; bit 2: an edge of the unit may touch this cell
        marks = np.zeros((north - south + 1, east - west + 2), np.uint8)
        for cell in touched:
            marks[cell // columns - south, cell % columns - west] |= 2
        for e in range(len(own)):
            ax, ay, bx, by = own[e, 0], own[e, 1], own[e, 2], own[e, 3]
            first = max(south, int(np.floor((min(ay, by) - bottoms[0]) / height)))
            last = min(north, int(np.floor((max(ay, by) - bottoms[0]) / height)) + 1)
            # mark the first corner right of the edge on each row line that it crosses: every mark changes in to out
            for row in range(first, last + 1):
                y = bottoms[row]
                if (ay <= y) == (by <= y):
                    continue
                x = ax + (y - ay) * ((bx - ax) / (by - ay))
                # the rounded crossing is a first guess only: the exact predicate walks from it to the right corner
                column = min(max(int(np.floor((x - lefts[0]) / width)) + 1, west), east + 1)
                while column > west and _right(ax, ay, bx, by, lefts[column - 1], y):
                    column -= 1
                while column <= east and not _right(ax, ay, bx, by, lefts[column], y):
                    column += 1
                marks[row - south, column - west] ^= 1
        for row in range(south, north + 1):
            # left of the unit no corner is inside; each mark on the way to the right changes that
            corner_inside = 0
            for column in range(west, east + 1):
                mark = marks[row - south, column - west]
                corner_inside ^= mark & 1
                if not (corner_inside or mark & 2):
                    continue
                cell = row * columns + column
                # cells at borders have been numbered, so OUTSIDE is one that no edge touches: the unit fills it whole
                if cells[cell] == OUTSIDE:
                    cells[cell] = unit
                elif cells[cell] <= FIRST_BORDER:
                    if n == len(border):
                        border, unit_of, inside = _longer(border), _longer(unit_of), _longer(inside)
                    border[n] = FIRST_BORDER - cells[cell]
                    unit_of[n] = unit
                    inside[n] = corner_inside
                    n += 1
    return border[:n], unit_of[:n], inside[:n]


@compiled
def group_starts(numbers: Ints, n: int) -> tuple[Ints, Ints]:
    """Sort by number, stably: return where each of the `n` numbers begins (n + 1) and the order of the rows."""
    starts = np.zeros(n + 1, np.int32)
    for number in numbers:
        starts[number + 1] += 1
    for k in range(n):
        starts[k + 1] += starts[k]
    following = starts[:-1].copy()
    order = np.empty(len(numbers), np.int32)
    for row in range(len(numbers)):
        order[following[numbers[row]]] = row
        following[numbers[row]] += 1
    return starts, order


@compiled
def edge_ranges(
    candidate_starts: Ints, candidate_unit: Ints, entry_starts: Ints, entry_unit: Ints, unit_range: Ints
) -> None:
    """Write where each candidate's entries begin into `unit_range` (candidates + 1); both are sorted by cell, unit."""
    for border in range(len(candidate_starts) - 1):
        entry = entry_starts[border]
        for candidate in range(candidate_starts[border], candidate_starts[border + 1]):
            unit_range[candidate] = entry
            while entry < entry_starts[border + 1] and entry_unit[entry] == candidate_unit[candidate]:
                entry += 1
    unit_range[-1] = entry_starts[-1]


@compiled
def locate(
    xs: Floats,
    ys: Floats,
    lefts: Floats,
    bottoms: Floats,
    cells: Ints,
    candidate_starts: Ints,
    candidate_unit: Ints,
    candidate_inside: Ints,
    candidate_entries: Ints,
    entry_edge: Ints,
    edges: Floats,
    out: Ints,
) -> None:
    """Write the first unit, by position, that holds each point, its border included, into `out`; OUTSIDE if none."""
    columns = len(lefts) - 1
    rows = len(bottoms) - 1
    per_x = 1.0 / (lefts[1] - lefts[0])
    per_y = 1.0 / (bottoms[1] - bottoms[0])
    for k in range(len(xs)):
        x = xs[k]
        y = ys[k]
        across = (x - lefts[0]) * per_x
        up = (y - bottoms[0]) * per_y
        out[k] = OUTSIDE
        # written so that a coordinate that is not a number fails it
        if not (across >= 0.0 and across < columns and up >= 0.0 and up < rows):
            continue
        column = int(across)
        row = int(up)
        value = cells[row * columns + column]
        if value > FIRST_BORDER:
            out[k] = value
            continue
        border = FIRST_BORDER - value
        for candidate in range(candidate_starts[border], candidate_starts[border + 1]):
            # candidates stand in the order of the units: the first that holds the point is the answer
            mine = entry_edge[candidate_entries[candidate] : candidate_entries[candidate + 1]]
            if _holds(edges, mine, candidate_inside[candidate], lefts[column], bottoms[row], x, y):
                out[k] = candidate_unit[candidate]
                break


@compiled
def _holds(edges: Floats, mine: Ints, corner_inside: int, left: float, bottom: float, x: float, y: float) -> bool:
    """Whether the unit with the edges `mine` in this cell holds the point (x, y), its border included."""
    inside = corner_inside
    for e in mine:
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        # whether the edge spans the height y + ε, at which q and the point are compared
        level = (ay <= y) != (by <= y)
        point_right = x > max(ax, bx)
        if not point_right and x >= min(ax, bx) and y >= min(ay, by) and y <= max(ay, by):
            turn = side(ax, ay, bx, by, x, y)
            if turn == 0:
                return True
            point_right = (turn < 0) == (by > ay)
        # the way across, from q to the point: crossed where they lie on two sides of the edge
        if level and point_right != _right(ax, ay, bx, by, left, y):
            inside ^= 1
        # the way up, from r to q: the edge spans left + δ, and r and q lie on two sides of it
        if (ax <= left) != (bx <= left) and (_above(ax, ay, bx, by, left, bottom) != _above(ax, ay, bx, by, left, y)):
            inside ^= 1
    return inside == 1
