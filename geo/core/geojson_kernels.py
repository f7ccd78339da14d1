"""Compiled kernels for GeoJSON: positions into bytes, rounded and in brackets; columns of values into features."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.core.compiled import compiled

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]
Bools: TypeAlias = NDArray[np.bool_]

_OPEN, _CLOSE, _COMMA, _MINUS, _POINT, _ZERO, _BRACE, _QUOTE = (np.uint8(ord(sign)) for sign in '[],-.0}"')
_TEN: Final = np.uint64(10)


@compiled
def _number(out: Bytes, at: int, value: int, decimals: int, one: int) -> int:
    """Write ``value / one`` with a decimal point and no needless zero behind it; returns where it ends.

    `one` is ``10**decimals``, worked out once.
    """
    if value < 0:
        out[at] = _MINUS
        at += 1
        value = -value
    point, bound = at + 1, 10 * one
    while value >= bound:
        point += 1
        bound *= 10
    end, rest = point + decimals, np.uint64(value)  # unsigned: divided by 10 without a look at its sign
    for place in range(end, point, -1):
        out[place] = _ZERO + np.uint8(rest % _TEN)
        rest //= _TEN
    out[point] = _POINT
    for place in range(point - 1, at - 1, -1):
        out[place] = _ZERO + np.uint8(rest % _TEN)
        rest //= _TEN
    if decimals == 0:
        out[point + 1] = _ZERO
        return point + 2
    while end > point + 1 and out[end] == _ZERO:
        end -= 1
    return end + 1


@compiled
def _sign(out: Bytes, at: int, sign: np.uint8, is_written: bool) -> int:
    if is_written:
        out[at] = sign
        return at + 1
    return at


@compiled
def _is_anticlockwise(coordinates: Ints, first: int, end: int) -> bool:
    """Tell by twice the signed area, exact in whole numbers; a ring without area counts as anticlockwise."""
    twice = 0
    x0, y0 = coordinates[first, 0], coordinates[first, 1]
    for position in range(first, end - 1):
        x1, y1 = coordinates[position, 0] - x0, coordinates[position, 1] - y0
        x2, y2 = coordinates[position + 1, 0] - x0, coordinates[position + 1, 1] - y0
        twice += x1 * y2 - x2 * y1
    return twice >= 0


@compiled
def write(
    positions: Floats,
    rings: Ints,
    parts: Ints,
    shapes: Ints,
    brackets: Ints,
    heads: Bytes,
    decimals: int,
    out: Bytes,
    *,
    is_polygons: bool,
) -> tuple[Ints, int]:
    """Write each shape into `out`: the head of its type, positions in as many brackets as it has, and a brace.

    The first ring of each part of a polygon is written anticlockwise, the others clockwise.

    Parameters
    ----------
    positions : array of float, shape (n, 2)
        Finite.
    rings, parts, shapes : array of int
        Where each ring begins among the positions, each part among the rings, each shape among the parts; and the
        end of the last.
    brackets : array of int
        Around the positions of each shape.
    heads : array of bytes, shape (4, m)
        What stands before the positions of a shape with so many brackets; NUL fills it up.

    Returns
    -------
    ends : array of int
        Where each shape ends in `out`; each begins where the one before ends.
    size : int
        Bytes written.
    """
    ends, at, one = np.empty(len(brackets), dtype=np.int64), 0, 10**decimals
    coordinates = np.empty(positions.shape, dtype=np.int64)
    for position in range(len(positions)):
        coordinates[position, 0] = np.rint(positions[position, 0] * one)
        coordinates[position, 1] = np.rint(positions[position, 1] * one)
    for shape in range(len(brackets)):
        depth = brackets[shape]
        for sign in heads[depth]:
            at = _sign(out, at, sign, sign != 0)
        at = _sign(out, at, _OPEN, depth >= 3)
        for part in range(shapes[shape], shapes[shape + 1]):
            at = _sign(out, at, _COMMA, part > shapes[shape])
            at = _sign(out, at, _OPEN, depth >= 2)
            for ring in range(parts[part], parts[part + 1]):
                at = _sign(out, at, _COMMA, ring > parts[part])
                at = _sign(out, at, _OPEN, depth >= 1)
                first, end = rings[ring], rings[ring + 1]
                is_hole = ring > parts[part]
                is_turned = is_polygons and _is_anticlockwise(coordinates, first, end) == is_hole
                for step in range(end - first):
                    position = end - 1 - step if is_turned else first + step
                    at = _sign(out, at, _COMMA, step > 0)
                    at = _sign(out, at, _OPEN, True)
                    at = _number(out, at, coordinates[position, 0], decimals, one)
                    at = _sign(out, at, _COMMA, True)
                    at = _number(out, at, coordinates[position, 1], decimals, one)
                    at = _sign(out, at, _CLOSE, True)
                at = _sign(out, at, _CLOSE, depth >= 1)
            at = _sign(out, at, _CLOSE, depth >= 2)
        at = _sign(out, at, _CLOSE, depth >= 3)
        at = _sign(out, at, _BRACE, True)
        ends[shape] = at
    return ends, at


@compiled
def interleave(
    literals: Bytes, bounds: Ints, values: Bytes, starts: Ints, ends: Ints, is_quoted: Bools, out: Bytes
) -> tuple[Ints, int]:
    """Write rows into `out`: for each column what stands before its values and the value, then the last literal.

    Parameters
    ----------
    literals, bounds : array of bytes, array of int, shape (columns + 2,)
        Literal c is ``literals[bounds[c] : bounds[c + 1]]``.
    values : array of bytes
        Begins with ``null``.
    starts, ends : array of int, shape (columns, rows)
        Value r of column c is ``values[starts[c, r] : ends[c, r]]``.
    is_quoted : array of bool, shape (columns,)
        Whether the values of a column are written in quotation marks, where they are not null.

    Returns
    -------
    ends : array of int, shape (rows,)
        Where each row ends in `out`.
    size : int
        Bytes written.
    """
    columns, rows = starts.shape
    row_ends, at = np.empty(rows, dtype=np.int64), 0
    for row in range(rows):
        for column in range(columns):
            for place in range(bounds[column], bounds[column + 1]):
                out[at] = literals[place]
                at += 1
            start, end = starts[column, row], ends[column, row]
            is_marked = is_quoted[column] and start > 0
            at = _sign(out, at, _QUOTE, is_marked)
            out[at : at + end - start] = values[start:end]
            at += end - start
            at = _sign(out, at, _QUOTE, is_marked)
        for place in range(bounds[columns], bounds[columns + 1]):
            out[at] = literals[place]
            at += 1
        row_ends[row] = at
    return row_ends, at
