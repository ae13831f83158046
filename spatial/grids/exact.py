"""The one geometric question that decides everything, answered exactly: on which side of a line is a point?

A floating-point filter settles nearly every call; the rest is computed without rounding by expansion
arithmetic (J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
Predicates, 1997). Compiled by numba without fast-math: no operation may be reordered or fused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled, inlined

_EPSILON = 2.0**-53
_FILTER = (3.0 + 16.0 * _EPSILON) * _EPSILON
_UNDERFLOW = 1e-290
_SPLITTER = 2.0**27 + 1.0
# Keeps the low halves of products of very small differences above the underflow threshold.
_SCALE = 2.0**500


@inlined
def side_terms(
    ax: float, ay: float, bx: float, by: float, px: float, py: float
) -> tuple[float, float, float]:
    """Give two numbers, left > right when p lies left, and the difference that is too small to tell."""
    left = (bx - ax) * (py - ay)
    right = (by - ay) * (px - ax)
    return left, right, _FILTER * (abs(left) + abs(right)) + _UNDERFLOW


@inlined
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Give 1 if p lies left of the line from a to b, -1 if right, 0 if exactly on it.

    Exact for a and b on the precision grid and p any double of at most 360.
    """
    left, right, bound = side_terms(ax, ay, bx, by, px, py)
    if left - right > bound:
        return 1
    if left - right < -bound:
        return -1
    return _side_without_rounding(ax, ay, bx, by, px, py)


@compiled
def _side_without_rounding(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    ax, ay, bx, by, px, py = (
        ax * _SCALE, ay * _SCALE, bx * _SCALE, by * _SCALE, px * _SCALE, py * _SCALE
    )  # fmt: skip
    terms = np.zeros(16)
    _add_product(terms, 0, _two_difference(bx, ax), _two_difference(py, ay), 1.0)
    _add_product(terms, 8, _two_difference(by, ay), _two_difference(px, ax), -1.0)
    for i in range(15, -1, -1):
        if terms[i] != 0.0:
            return 1 if terms[i] > 0.0 else -1
    return 0


@compiled
def _add_product(terms: Any, count: int, u: Any, v: Any, sign: float) -> None:
    """Add sign * u * v, both of two parts, to the expansion of `count` terms: eight more terms."""
    for i in range(2):
        for j in range(2):
            high, low = _two_product(sign * u[i], v[j])
            _grow(terms, count, low)
            _grow(terms, count + 1, high)
            count += 2


@compiled
def _grow(terms: Any, count: int, value: float) -> None:
    carry = value
    for i in range(count):
        carry, terms[i] = _two_sum(carry, terms[i])
    terms[count] = carry


@compiled
def _two_sum(a: float, b: float) -> tuple[float, float]:
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@compiled
def _two_difference(a: float, b: float) -> tuple[float, float]:
    return _two_sum(a, -b)


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


@compiled
def _split(a: float) -> tuple[float, float]:
    shifted = _SPLITTER * a
    high = shifted - (shifted - a)
    return high, a - high
