"""Stays (停留): where a mover stood, found in one pass (Li et al. 2008 in its streaming form).

A stay begins at its anchor, the first fix, and lasts while fixes lie within reach of it. With an excursion
of 0 s and no share of the accuracy this is the plain rule that trackintel's `sliding` has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled
from spatial.patrols.grading.plane import east, north

NEAR = 0.5
"""Within this share of the reach of a stay's middle a fix is at the stay; beyond it has drifted."""
_FAR = 3.0
"""Who is so many times out of reach has left, however soon it comes back."""


@compiled
def stay_runs(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, reach: Any,
    least_us: int, gap_us: int, excursion_us: int,
) -> Any:  # pragma: no cover  # fmt: skip
    """Find stays among fixes (n,): int64 (m, 2), first and last fix of each.

    reach (n,): metres from the anchor within which each fix is at the same place. Once it is long enough to
    be a stay, the anchor is the mean of its fixes: one bad first fix does not end it.
    """
    n = len(time_us)
    found = np.empty((n, 2), np.int64)
    count = 0
    if n == 0:
        return found[:0]
    start, last, out, i = 0, 0, -1, 1
    mean_lon, mean_lat, weight = lon[0], lat[0], 1.0
    while i < n:
        left = time_us[i] - time_us[i - 1] > gap_us
        again = i
        if not left:
            x = east(mean_lon, lon[i], kx[i], kx[i])
            y = north(mean_lat, lat[i], ky[i], ky[i])
            away = np.sqrt(x * x + y * y)
            if away < reach[i]:
                last, out, weight = i, -1, weight + 1.0
                if excursion_us > 0 and time_us[i] - time_us[start] >= least_us:
                    mean_lon += (lon[i] - mean_lon) / weight
                    mean_lat += (lat[i] - mean_lat) / weight
            else:
                if out < 0:
                    out = i
                again = out
                left = time_us[i] - time_us[out] >= excursion_us or away > _FAR * reach[i]
        if left:
            if time_us[last] - time_us[start] >= least_us:
                found[count, 0], found[count, 1] = start, last
                count += 1
            # Begin anew where it left: fixes of the excursion are looked at once more.
            start, last, out, i = again, again, -1, again
            mean_lon, mean_lat, weight = lon[again], lat[again], 1.0
        i += 1
    if time_us[last] - time_us[start] >= least_us:
        found[count, 0], found[count, 1] = start, last
        count += 1
    return found[:count]


@compiled
def middles(lon: Any, lat: Any, runs: Any) -> Any:  # pragma: no cover
    """Find the middle of each stay, the median of its fixes: float64 (m, 2), lon and lat."""
    found = np.empty((len(runs), 2))
    for k in range(len(runs)):
        first, end = runs[k, 0], runs[k, 1] + 1
        found[k, 0], found[k, 1] = np.median(lon[first:end]), np.median(lat[first:end])
    return found


@compiled
def merged(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, reach: Any, runs: Any, pause_us: int
) -> Any:  # pragma: no cover
    """Join stays (m, 2) at one place with no more than a pause between them."""
    middle = middles(lon, lat, runs)
    kept = runs.copy()
    count = 0
    for k in range(len(runs)):
        if count > 0:
            a, b = kept[count - 1, 1], runs[k, 0]
            x = east(middle[k - 1, 0], middle[k, 0], kx[a], kx[b])
            y = north(middle[k - 1, 1], middle[k, 1], ky[a], ky[b])
            if time_us[b] - time_us[a] <= pause_us and np.sqrt(x * x + y * y) < reach[b]:
                kept[count - 1, 1] = runs[k, 1]
                continue
        kept[count] = runs[k]
        count += 1
    return kept[:count]


@compiled
def trimmed(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, reach: Any, runs: Any, least_us: int, gap_us: int
) -> Any:  # pragma: no cover
    """Cut the ways in and out off stays (m, 2): a stay is from the first to the last fix near its middle.

    Where nothing comes before, or after, there is no way in or out: what is off there has drifted.
    """
    middle = middles(lon, lat, runs)
    kept = runs.copy()
    count = 0
    for k in range(len(runs)):
        first, last = runs[k]
        comes = first > 0 and time_us[first] - time_us[first - 1] <= gap_us
        goes = last < len(time_us) - 1 and time_us[last + 1] - time_us[last] <= gap_us
        while comes and first < last and not _there(lon, lat, kx, ky, reach, first, 1, last, middle[k]):
            first += 1
        while goes and last > first and not _there(lon, lat, kx, ky, reach, last, -1, first, middle[k]):
            last -= 1
        if time_us[last] - time_us[first] >= least_us:
            kept[count, 0], kept[count, 1] = first, last
            count += 1
    return kept[:count]


@compiled
def _there(
    lon: Any, lat: Any, kx: Any, ky: Any, reach: Any, at: int, step: int, end: int, middle: Any
) -> Any:  # pragma: no cover
    """Whether a fix and the two behind it are at the stay: one alone may be so by its error."""
    for ahead in range(3):
        i = at + ahead * step
        if (i - end) * step > 0:
            break
        if _off(lon, lat, kx, ky, i, middle) > NEAR * reach[i]:
            return False
    return True


@compiled
def _off(lon: Any, lat: Any, kx: Any, ky: Any, i: int, middle: Any) -> Any:  # pragma: no cover
    x = east(middle[0], lon[i], kx[i], kx[i])
    y = north(middle[1], lat[i], ky[i], ky[i])
    return np.sqrt(x * x + y * y)


@compiled
def drifted(
    lon: Any, lat: Any, kx: Any, ky: Any, reach: Any, runs: Any, middle: Any
) -> Any:  # pragma: no cover
    """Say of each fix (n,) whether it wandered off in a stay, and in which stay it is (-1: none)."""
    off, stay = np.zeros(len(lon), np.bool_), np.full(len(lon), -1, np.int32)
    for k in range(len(runs)):
        for i in range(runs[k, 0], runs[k, 1] + 1):
            stay[i] = k
            off[i] = _off(lon, lat, kx, ky, i, middle[k]) > NEAR * reach[i]
    return off, stay
