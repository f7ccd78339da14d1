"""On which side of a line a point lies, decided exactly for any floating-point coordinates.

References
----------
Shewchuk, J. R. (1997). Adaptive precision floating-point arithmetic and fast robust geometric predicates.
Discrete & Computational Geometry 18, 305-363. doi:10.1007/PL00009321 (error bound A of orient2d; two-sum,
two-product and grow-expansion, theorems 7, 18 and 10).
"""

from __future__ import annotations

import numpy as np

from geo.core.compiled import compiled

#: Relative error of the plain determinant, (3 + 16 ε) ε with ε = 2**-53.
_ERROR_BOUND = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
_SPLITTER = 2.0**27 + 1.0


@compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Return 1 where p lies left of the line from a to b, -1 where right, 0 exactly on it.

    Exact unless a product of two coordinates leaves the range of normal floating-point numbers.
    """
    left = (bx - ax) * (py - ay)
    right = (by - ay) * (px - ax)
    determinant = left - right
    bound = _ERROR_BOUND * (abs(left) + abs(right))
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    return _side_exactly(ax, ay, bx, by, px, py)


@compiled
def _side_exactly(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    # the determinant written out, without differences, so that each term is a product of two inputs
    first = (ax, -ax, -px, -ay, ay, py)
    second = (by, py, by, bx, px, bx)
    expansion = np.zeros(12)
    length = 0
    for k in range(6):
        high, low = _two_product(first[k], second[k])
        length = _grow(expansion, length, low)
        length = _grow(expansion, length, high)
    # components do not overlap and grow in size: the last one that is not zero has the sign of the sum
    for k in range(length - 1, -1, -1):
        if expansion[k] > 0.0:
            return 1
        if expansion[k] < 0.0:
            return -1
    return 0


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    product = a * b
    shifted = _SPLITTER * a
    a_high = shifted - (shifted - a)
    a_low = a - a_high
    shifted = _SPLITTER * b
    b_high = shifted - (shifted - b)
    b_low = b - b_high
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, error


@compiled
def _grow(expansion: np.ndarray, length: int, value: float) -> int:
    carried = value
    for k in range(length):
        total = carried + expansion[k]
        virtual = total - carried
        expansion[k] = (carried - (total - virtual)) + (expansion[k] - virtual)
        carried = total
    expansion[length] = carried
    return length + 1
