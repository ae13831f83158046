"""Emerging hot spots (新兴热点): how hot places were slice after slice, and where that is going.

Gi* over a cube of places and slices of time, a bin's neighbours being those of its place in its own slice and
in the one before; the trend of each place's z by Mann-Kendall; the categories as ArcGIS' "Emerging Hot Spot
Analysis" defines them, so that people who know that tool read the same words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, eye_array, kron
from scipy.special import ndtr

from spatial.events.hot_spots import LEAST, false_discovery_limit, hot_spots

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEAST_SLICES = 4
MOST_OF = 0.9
"""Share of the slices that a place must be hot in to be so always."""
TREND = 0.05
RATE = 0.05
"""False discovery rate over all bins of the cube."""
CATEGORIES = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)


class Emerging(NamedTuple):
    """What is found for each of n places over t slices."""

    z: FloatArray
    """(n, t) of Gi*."""
    state: npt.NDArray[np.int8]
    """(n, t) 1 hot, -1 cold, 0 neither, at the false discovery rate."""
    trend_z: FloatArray
    """(n,) of Mann-Kendall: above 0 it grows."""
    trend_p: FloatArray
    category: list[str]
    """(n,) "hot:new", "cold:persistent" …; "none"."""


def emerging(counts: FloatArray, adjacent: csr_array, rate: float = RATE) -> Emerging:
    """Judge counts (n, t) of places by slice, oldest first; adjacent: (n, n), its diagonal empty.

    ValueError when there are fewer than LEAST places or LEAST_SLICES slices.
    """
    places, slices = counts.shape
    if places < LEAST or slices < LEAST_SLICES:
        raise ValueError(f"needs {LEAST} places and {LEAST_SLICES} slices")
    found = hot_spots(np.asarray(counts, np.float64).T.ravel(), _cube(adjacent, slices))
    z = found.z.reshape(slices, places).T
    p = found.p.reshape(slices, places).T
    state = (np.sign(z) * (p <= false_discovery_limit(found.p, rate))).astype(np.int8)
    trend_z, trend_p = mann_kendall(z)
    return Emerging(z, state, trend_z, trend_p, _categories(state, trend_z, trend_p))


def _cube(adjacent: csr_array, slices: int) -> csr_array:
    """Tell which bins are neighbours; a bin is not its own, as hot_spots counts it in by itself."""
    own = csr_array(adjacent, dtype=np.float64) + eye_array(adjacent.shape[0], format="csr")
    now = kron(eye_array(slices, format="csr"), csr_array(adjacent, dtype=np.float64), format="csr")
    before = kron(eye_array(slices, k=-1, format="csr"), own, format="csr")
    return csr_array(now + before)


def mann_kendall(series: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Test each row (n, t) for a trend; returns z and two-sided p (Mann 1945, Kendall 1975)."""
    count = series.shape[1]
    earlier, later = np.triu_indices(count, 1)
    score = np.sign(series[:, later] - series[:, earlier]).sum(axis=1)
    variance = np.full(len(series), count * (count - 1) * (2 * count + 5) / 18.0)
    for row, values in enumerate(series):
        ties = np.unique(values, return_counts=True)[1].astype(np.float64)
        variance[row] -= (ties * (ties - 1) * (2 * ties + 5)).sum() / 18.0
    z = np.zeros(len(series))
    np.divide(score - np.sign(score), np.sqrt(np.maximum(variance, 0.0)), out=z, where=variance > 0)
    return z, 2.0 * ndtr(-np.abs(z))


def _categories(state: npt.NDArray[np.int8], trend_z: FloatArray, trend_p: FloatArray) -> list[str]:
    trends = zip(trend_z.tolist(), trend_p.tolist(), strict=True)
    return [_either(row, *trend) for row, trend in zip(state, trends, strict=True)]


def _either(row: npt.NDArray[np.int8], trend_z: float, trend_p: float) -> str:
    for name, sign in (("hot", 1), ("cold", -1)):
        # A cold spot grows as its z falls.
        found = category_of(row == sign, row == -sign, trend_z * sign, trend_p)
        if found:
            return f"{name}:{found}"
    return "none"


def category_of(hot: BoolArray, cold: BoolArray, trend_z: float, trend_p: float) -> str | None:
    """Name what a place is, by the slices it was hot and cold in; None: nothing that has a name."""
    always = hot.mean() >= MOST_OF
    if not hot[-1]:
        return "historical" if hot[:-1].mean() >= MOST_OF else None
    if always:
        if trend_p <= TREND:
            return "intensifying" if trend_z > 0 else "diminishing"
        return "persistent"
    if not hot[:-1].any():
        return "new"
    first = int(np.argmax(hot))
    if hot[first:].all():
        return "consecutive"
    return "oscillating" if cold.any() else "sporadic"
