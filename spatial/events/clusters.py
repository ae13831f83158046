"""Clusters of points (聚类): DBSCAN in metres, and in hours too where moments are given (ST-DBSCAN)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NOISE = -1


def clusters(
    points_m: FloatArray,
    radius_m: float,
    least: int,
    hours: FloatArray | None = None,
    radius_h: float = np.inf,
) -> IntArray:
    """Number the cluster of each point (n, 2), 0 being the largest; NOISE for points of none.

    A point with `least` points within the radius (itself counted; in hours too, where given) is a core; cores
    within reach of each other are one cluster (Ester et al. 1996; Birant & Kut 2007). A point that only
    borders on cores goes with the nearest of them, so the order of points does not matter.
    """
    count = len(points_m)
    if not count:
        return np.empty(0, np.int64)
    one, other, apart_m = _pairs(points_m, radius_m, hours, radius_h)
    degree = np.bincount(one, minlength=count) + np.bincount(other, minlength=count) + 1
    core = degree >= least
    both = core[one] & core[other]
    _, label = connected_components(
        coo_array((np.ones(both.sum()), (one[both], other[both])), (count, count))
    )
    label = np.where(core, label, NOISE).astype(np.int64)
    _adopt(label, core, one, other, apart_m)
    return _by_size(label)


def _pairs(
    points_m: FloatArray, radius_m: float, hours: FloatArray | None, radius_h: float
) -> tuple[IntArray, IntArray, FloatArray]:
    pairs = KDTree(points_m).query_pairs(radius_m, output_type="ndarray")
    one, other = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    if hours is not None:
        near = np.abs(hours[one] - hours[other]) <= radius_h
        one, other = one[near], other[near]
    return one, other, np.hypot(*(points_m[one] - points_m[other]).T)


def _adopt(
    label: IntArray,
    core: npt.NDArray[np.bool_],
    one: IntArray,
    other: IntArray,
    apart_m: FloatArray,
) -> None:
    """Give points that border on cores the cluster of the nearest one."""
    points = np.concatenate([one, other])
    towards = np.concatenate([other, one])
    distance = np.concatenate([apart_m, apart_m])
    lone = ~core[points] & core[towards]
    points, towards, distance = points[lone], towards[lone], distance[lone]
    order = np.lexsort((label[towards], distance, points))
    first = np.unique(points[order], return_index=True)[1]
    label[points[order][first]] = label[towards[order][first]]


def _by_size(label: IntArray) -> IntArray:
    """Number clusters anew, the largest first."""
    names, number, size = np.unique(label[label >= 0], return_inverse=True, return_counts=True)
    order = np.lexsort((names, -size))
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    found = np.full(len(label), NOISE, np.int64)
    found[label >= 0] = rank[number.ravel()]
    return found
