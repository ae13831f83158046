"""Hot and cold spots (热点分析): Getis-Ord Gi* of values per unit or cell, with what chance alone would do.

Getis & Ord 1992, Ord & Getis 1995; false discovery rate by Benjamini & Hochberg 1995. The statistic counts
a place among its own neighbours, weights are 0 or 1, and z is judged against the normal distribution, or by
conditional permutations: the place keeps its value, and those of its neighbours are drawn from all others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array
from scipy.special import ndtr

FloatArray = npt.NDArray[np.float64]

LEVELS = (0.10, 0.05, 0.01)
"""False discovery rates of classes 1, 2 and 3."""
LEAST = 3
"""Fewest places that can be compared."""
ENOUGH = 50
"""Permutations that give more, and less, than what is: a place needs no more of them to be ordinary."""


class HotSpots(NamedTuple):
    """What is found for each of n places."""

    z: FloatArray
    """Standard deviations above (hot) or below (cold) what chance would give; 0 where nothing can be said."""
    p: FloatArray
    """Two-sided probability of a z as large as this by chance."""
    kind: npt.NDArray[np.int8]
    """3, 2, 1: hot at a false discovery rate of 1, 5, 10 %; negative: cold; 0: neither."""
    neighbours: npt.NDArray[np.int64]
    """How many neighbours each place has, itself not counted."""


def hot_spots(values: FloatArray, adjacent: csr_array) -> HotSpots:
    """Compute Gi* of values (n,) by who is adjacent to whom: a symmetric matrix (n, n), its diagonal empty.

    Where all values are equal, or a place neighbours all others, z is 0 and p is 1.
    """
    count = len(values)
    # Summed with 1.0 each: a matrix of truth values would add up to True.
    weights = csr_array(adjacent, dtype=np.float64) + eye_array(count, format="csr")
    total = np.asarray(weights.sum(axis=1), np.float64).ravel()
    mean = values.mean() if count else 0.0
    spread = np.sqrt(max(float((values**2).mean() - mean**2), 0.0)) if count else 0.0
    z = np.zeros(count)
    # Below this the spread is what rounding leaves of equal values.
    if count >= LEAST and spread > 1e-12 * max(1.0, float(np.abs(values).max())):
        scale = spread * np.sqrt(np.maximum(count * total - total**2, 0.0) / (count - 1))
        np.divide(weights @ values - mean * total, scale, out=z, where=scale > 0)
    p = 2.0 * ndtr(-np.abs(z))
    return HotSpots(z, p, _kinds(z, p), total.astype(np.int64) - 1)


def permuted(
    values: FloatArray, adjacent: csr_array, permutations: int = 9999, seed: int = 0, enough: int = ENOUGH
) -> HotSpots:
    """Compute Gi* as `hot_spots` does, with p from conditional permutations; the same seed, the same p.

    p is twice the smaller tail, at least 2 / (permutations + 1): for classes among n places, take at least
    some n / 0.01 permutations. A place that `enough` draws show to be ordinary gets no more of them.
    """
    found = hot_spots(values, adjacent)
    count = len(values)
    if count < LEAST or not permutations:
        return found
    # Late: the compiler takes seconds to import.
    from spatial.events.hot_spot_kernels import permuted_tails

    links = csr_array(adjacent)
    seeds = np.random.default_rng(seed).integers(0, 2**32 - 1, count, np.int64)
    tails = permuted_tails(
        np.asarray(values, np.float64), links.indptr.astype(np.int64), links.indices.astype(np.int64),
        permutations, enough, seeds,
    )  # fmt: skip
    p = np.minimum(1.0, 2.0 * (np.minimum(tails[:, 0], tails[:, 1]) + 1) / (tails[:, 2] + 1))
    p[found.z == 0] = 1.0
    return HotSpots(found.z, p, _kinds(found.z, p), found.neighbours)


def false_discovery_limit(p: FloatArray, rate: float) -> float:
    """Give the largest p that stands at a false discovery rate; -1 when none does (Benjamini-Hochberg)."""
    ordered = np.sort(p)
    good = np.flatnonzero(ordered <= rate * np.arange(1, len(p) + 1) / max(1, len(p)))
    return float(ordered[good[-1]]) if len(good) else -1.0


def _kinds(z: FloatArray, p: FloatArray) -> npt.NDArray[np.int8]:
    strength = np.zeros(len(p), np.int8)
    for rate in LEVELS:
        strength += p <= false_discovery_limit(p, rate)
    return (strength * np.sign(z)).astype(np.int8)


def adjacent_areas(vertices: FloatArray, owners: npt.NDArray[np.int64], count: int) -> csr_array:
    """Tell which areas touch, in an edge or in a corner, by the vertices that they share.

    vertices: (v, 2) of all rings; owners: (v,) the area 0 … count-1 of each. Exact where touching areas
    have the very same vertices along their border, as the units of a coverage do: their arcs are shared.
    """
    _, number = np.unique(vertices, axis=0, return_inverse=True)
    number = number.ravel()
    meets = csr_array((np.ones(len(owners), np.int32), (owners, number)), shape=(count, number.max() + 1))
    shared = (meets @ meets.T).tocoo()
    apart = shared.row != shared.col
    pairs = shared.row[apart], shared.col[apart]
    return csr_array((np.ones(len(pairs[0]), bool), pairs), shape=(count, count))
