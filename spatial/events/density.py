"""How dense points lie (热力): kernel density at places of choice, in points per square kilometre."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

FloatArray = npt.NDArray[np.float64]

_PAIRS = 2_000_000
"""Pairs of point and place that are held in memory at a time."""


def kernel_density(
    points_m: FloatArray,
    places_m: FloatArray,
    bandwidth_m: float,
    tick: Callable[[float], None] | None = None,
) -> FloatArray:
    """Measure the density of points (n, 2) at places (m, 2), both in metres; returns points per km², (m,).

    The quartic kernel 3/(πh²)·(1 - d²/h²)² weighs what lies nearer than the bandwidth h, exactly: every
    pair is measured. `tick` is told the share that is done.
    """
    density = np.zeros(len(places_m))
    if not len(points_m) or not len(places_m):
        return density
    places = KDTree(places_m)
    for start, stop in _pieces(points_m, places, bandwidth_m):
        pairs = KDTree(points_m[start:stop]).sparse_distance_matrix(
            places, bandwidth_m, output_type="ndarray"
        )
        weight = (1.0 - (pairs["v"] / bandwidth_m) ** 2) ** 2
        density += np.bincount(pairs["j"], weight, len(places_m))
        if tick is not None:
            tick(stop / len(points_m))
    return density * 3.0 / (np.pi * bandwidth_m**2) * 1e6


def _pieces(points_m: FloatArray, places: KDTree, bandwidth_m: float) -> list[tuple[int, int]]:
    """Cut the points so that no piece has many more pairs than may be held."""
    near = np.cumsum(places.query_ball_point(points_m, bandwidth_m, return_length=True))
    cuts = np.searchsorted(near, np.arange(_PAIRS, near[-1], _PAIRS))
    ends = np.unique([0, *cuts.tolist(), len(points_m)]).tolist()
    return list(pairwise(ends))
