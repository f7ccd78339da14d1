"""Compiled kernel of `geo.grid`: the area that a polygon covers of each cell of a square lattice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled


@compiled
def covered_area(edges: NDArray[np.float64], cell: float, area: NDArray[np.float64]) -> None:
    """Add the area that a polygon covers of each cell to `area` (rows, columns), in the unit of `edges` squared.

    Each edge (ax, ay, bx, by), the polygon on its left, is cut at the lattice's lines. A piece that climbs by dy
    takes away, in the cells of its row, all that lies right of it: a trapezium from its own cell and dy · cell from
    every cell to the right. Over a closed ring the signed sum is the area covered.

    Parameters
    ----------
    edges : array, shape (n, 4)
        Counter-clockwise shells and clockwise holes; all within the lattice, whose corner is the origin.
    cell : float
        Side of a cell.
    area : array, shape (rows, columns)
        Zeros, changed in place.
    """
    rows, columns = area.shape
    # what a piece takes from every cell right of its own, summed along the row at the end
    beyond = np.zeros((rows, columns + 1))
    touched = np.zeros((rows, columns), np.bool_)
    for e in range(len(edges)):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        step_x = 1 if bx > ax else -1
        step_y = 1 if by > ay else -1
        # the next lines that the edge meets, as shares of its length
        line_x = np.floor(ax / cell) + 1 if bx > ax else np.ceil(ax / cell) - 1
        line_y = np.floor(ay / cell) + 1 if by > ay else np.ceil(ay / cell) - 1
        start = 0.0
        while start < 1.0:
            at_x = (line_x * cell - ax) / (bx - ax) if bx != ax else np.inf
            at_y = (line_y * cell - ay) / (by - ay) if by != ay else np.inf
            end = min(at_x, at_y, 1.0)
            if at_x <= end:
                line_x += step_x
            if at_y <= end:
                line_y += step_y
            middle_x = ax + 0.5 * (start + end) * (bx - ax)
            middle_y = ay + 0.5 * (start + end) * (by - ay)
            column = min(max(int(middle_x / cell), 0), columns - 1)
            row = min(max(int(middle_y / cell), 0), rows - 1)
            climbed = (end - start) * (by - ay)
            area[row, column] -= climbed * ((column + 1) * cell - middle_x)
            beyond[row, column + 1] -= climbed * cell
            touched[row, column] = True
            start = end
    whole = cell * cell
    for row in range(rows):
        left = 0.0
        for column in range(columns):
            left += beyond[row, column]
            covered = area[row, column] + left
            if not touched[row, column]:
                # no border inside: all or nothing, whatever the rounding
                covered = whole if covered > 0.5 * whole else 0.0
            area[row, column] = min(max(covered, 0.0), whole)
