"""Compiled kernel of `geo.geojson`: whole numbers into bytes, with the decimal point and the brackets of GeoJSON."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled

Ints: TypeAlias = NDArray[np.int64]
Bytes: TypeAlias = NDArray[np.uint8]

_OPEN, _CLOSE, _COMMA, _MINUS, _POINT, _ZERO = (np.uint8(ord(sign)) for sign in "[],-.0")


@compiled
def _number(out: Bytes, at: int, value: int, decimals: int, one: int) -> int:
    """Write ``value / one`` with a decimal point and no needless zero behind it; returns where it ends.

    `one` is ``10**decimals``, worked out once: a division by a number not known beforehand is dear.
    """
    if value < 0:
        out[at] = _MINUS
        at += 1
        value = -value
    whole = value // one
    rest = value - whole * one
    digits, bound = 1, 10
    while whole >= bound:
        digits += 1
        bound *= 10
    for place in range(at + digits - 1, at - 1, -1):
        out[place] = _ZERO + np.uint8(whole % 10)
        whole //= 10
    at += digits
    out[at] = _POINT
    if decimals == 0:
        out[at + 1] = _ZERO
        return at + 2
    for place in range(at + decimals, at, -1):
        out[place] = _ZERO + np.uint8(rest % 10)
        rest //= 10
    end = at + decimals
    while end > at + 1 and out[end] == _ZERO:
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
    coordinates: Ints,
    rings: Ints,
    parts: Ints,
    shapes: Ints,
    brackets: Ints,
    decimals: int,
    out: Bytes,
    *,
    is_polygons: bool,
) -> tuple[Ints, int]:
    """Write the positions of each shape into `out`, in as many brackets as its type has around positions.

    The first ring of each part of a polygon is written anticlockwise, the others clockwise.

    Parameters
    ----------
    coordinates : array of int, shape (n, 2)
        In units of the last decimal.
    rings, parts, shapes : array of int
        Where each ring begins among the coordinates, each part among the rings, each shape among the parts; and the
        end of the last.

    Returns
    -------
    ends : array of int
        Where each shape ends in `out`; each begins where the one before ends.
    size : int
        Bytes written.
    """
    ends, at, one = np.empty(len(brackets), dtype=np.int64), 0, 10**decimals
    for shape in range(len(brackets)):
        depth = brackets[shape]
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
        ends[shape] = at
    return ends, at
