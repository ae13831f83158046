"""Lay two partitions over each other: which part of what lies in what, measured on the ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from spatial.geometry.equal_area import areas_m2
from spatial.grids.weights import FloatArray, PointWeights, shares

IntArray = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

DUST_SHARE = 1e-6
DUST_M2 = 0.05
"""A piece that is both smaller than this and a smaller part of its unit is what rounding a new vertex to the
precision grid (0.1 mm) leaves along a border: nothing that belonged to anybody."""


@dataclass(frozen=True)
class Pieces:
    """The parts (p) of units before that lie in units after."""

    before: IntArray
    """(p,) index."""
    after: IntArray
    """(p,) index; -1: in none."""
    shapes: Shapes
    """(p,) what both have in common; None for what lies in none."""
    area_m2: FloatArray
    share: FloatArray
    """(p,) of the area of the unit before; they add up to 1 for each."""
    fresh_m2: FloatArray
    """(a,) what of each unit after lay in no unit before; 0 for mere dust."""


def overlay(before: Shapes, after: Shapes) -> Pieces:
    """Cut units (b,) by units (a,), each set without overlaps, lon/lat degrees; what is left lies in none.

    Every unit before has a piece at least. None before gives no pieces.
    """
    one, other = shapely.STRtree(after).query(before, predicate="intersects") if len(after) else _NO_PAIRS
    # query() gives the pairs as (of before, of after).
    common = shapely.intersection(before[one], after[other]) if len(one) else np.empty(0, object)
    area = areas_m2(common)
    whole = areas_m2(before)
    left, fresh = _beyond(whole, one, area), _beyond(areas_m2(after), other, area)
    real = _is_real(area, whole[one])
    one, other, common, area = one[real], other[real], common[real], area[real]
    over = np.flatnonzero(left)
    one, other = np.append(one, over), np.append(other, np.full(len(over), -1))
    shapes = np.append(common, np.full(len(over), None, object))
    area = np.append(area, left[over])
    total = np.bincount(one, area, len(before))
    order = np.lexsort((other, one))
    return Pieces(one[order], other[order], shapes[order], area[order], (area / total[one])[order], fresh)


def _beyond(whole: FloatArray, unit: IntArray, area: FloatArray) -> FloatArray:
    """Give what is left of units (n,) without their common parts; 0 for dust."""
    left = whole - np.bincount(unit, area, len(whole))
    return np.where(_is_real(left, whole), left, 0.0)


_NO_PAIRS: Any = np.empty((2, 0), np.int64)


def _is_real(area: FloatArray, whole: FloatArray) -> npt.NDArray[np.bool_]:
    return np.asarray((area > DUST_M2) | (area > DUST_SHARE * whole))


def weighed(before: Shapes, pieces: Pieces, points: PointWeights | None) -> FloatArray | None:
    """Give every piece (p,) its share of what points count in its unit before; None without points.

    What is in no piece lies in none of the units after. Where a unit has nothing, its area decides.
    """
    if points is None:
        return None
    inside = pieces.after >= 0
    amount = np.zeros(len(pieces.before))
    amount[inside] = points.sums(pieces.shapes[inside])
    found = np.bincount(pieces.before, amount, len(before))
    beyond = np.maximum(points.sums(before) - found, 0.0)[pieces.before]
    return shares(np.where(inside, amount, beyond), pieces.before, pieces.share)
