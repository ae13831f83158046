"""What events lie near of (关联分析): closer to some kind of place or component than events in general do.

The question is not whether events lie near shops (everything does), but whether those of one category lie
nearer than the others: labels are permuted among events of the same street, so neither where people are nor
which streets are busy shows as an answer. A permutation within a street draws without putting back, so the
count in a band is hypergeometric there, and is drawn as such: the same as shuffling, and much faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from scipy.stats import false_discovery_control

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

BANDS_M = (25.0, 50.0, 100.0, 200.0)
"""Ends of the bands of distance, the first of which begins at 0."""


@dataclass(frozen=True)
class Near:
    """How many events of the category lie in a band of distance of one kind of thing."""

    kind: int
    from_m: float
    to_m: float
    observed: int
    expected: float
    ratio: float
    """Observed among expected; 0 where nothing is expected."""
    p: float
    """Two-sided, by permutation."""
    q: float
    """p after Benjamini & Hochberg over all kinds and bands."""


def nearby(
    events_m: FloatArray,
    chosen: BoolArray,
    stratum: IntArray,
    things_m: Sequence[FloatArray],
    bands_m: Sequence[float] = BANDS_M,
    permutations: int = 9999,
    seed: int = 0,
) -> list[Near]:
    """Compare the chosen events (n,) with all (n, 2), kind by kind of things (m, 2); the surest first.

    stratum: (n,) 0 …: labels are permuted among events of one stratum alone.
    """
    dice = np.random.default_rng(seed)
    found = []
    for kind, things in enumerate(things_m):
        if not len(things) or not chosen.any():
            continue
        apart_m = KDTree(things).query(events_m)[0]
        for start, end in zip((0.0, *bands_m), bands_m, strict=False):
            inside = (apart_m >= start) & (apart_m < end)
            found.append((kind, start, end, *_compared(inside, chosen, stratum, permutations, dice)))
    if not found:
        return []
    q = false_discovery_control([each[-1] for each in found]).tolist()
    near = [
        Near(kind, start, end, seen, mean, seen / mean if mean else 0.0, p, each)
        for (kind, start, end, seen, mean, p), each in zip(found, q, strict=True)
    ]
    return sorted(near, key=lambda each: (each.q, each.p, -each.ratio))


def _compared(
    inside: BoolArray, chosen: BoolArray, stratum: IntArray, permutations: int, dice: np.random.Generator
) -> tuple[int, float, float]:
    """Give the observed count, the expected one and the two-sided p."""
    size = int(stratum.max(initial=0)) + 1
    all_of, in_band, wanted = (
        np.bincount(stratum[mask], minlength=size) for mask in (np.ones(len(stratum), bool), inside, chosen)
    )
    seen = int((inside & chosen).sum())
    live = np.flatnonzero((in_band > 0) & (wanted > 0))
    drawn = np.zeros(permutations, np.int64)
    for at in live.tolist():
        drawn += dice.hypergeometric(in_band[at], all_of[at] - in_band[at], wanted[at], permutations)
    mean = float((in_band[live] * wanted[live] / all_of[live]).sum())
    tail = min(int((drawn >= seen).sum()), int((drawn <= seen).sum()))
    return seen, mean, min(1.0, 2.0 * (tail + 1) / (permutations + 1))
