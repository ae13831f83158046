"""How far fixes wobble: a device is believed only as far as its fixes bear it out."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled
from spatial.patrols.grading.plane import east, north

BLOCK_US = 300_000_000
"""Parts of the clock whose wobble is measured together: enough for a median, short enough for a street.
By the clock, so that a late fix changes nothing far from it."""
FEWEST = 8
"""Fixes of such a part that something is said for."""
_MEDIAN = 1.1774
"""Of the distance from the middle, where each axis has a standard deviation of 1 (Rayleigh)."""


@compiled
def wobble(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, memory_s: float, longest_s: float
) -> Any:  # pragma: no cover
    """Estimate the error of fixes (n,) from how far each is off the line between its neighbours.

    Standard deviation along one axis in metres, the median of five minutes; 0 where fixes are further apart
    than `longest_s`, since the mover itself turns in between. memory_s: for how long errors are alike.
    """
    n = len(time_us)
    found = np.zeros(n)
    off = np.empty(n)
    end = 0
    while end < n:
        begin, count = end, 0
        while end < n and time_us[end] // BLOCK_US == time_us[begin] // BLOCK_US:
            end += 1
        for i in range(max(begin, 1), min(end, n - 1)):
            first, second = (time_us[i] - time_us[i - 1]) * 1e-6, (time_us[i + 1] - time_us[i]) * 1e-6
            if first <= 0 or second <= 0 or first > longest_s or second > longest_s:
                continue
            share = first / (first + second)
            x = east(lon[i - 1], lon[i], kx[i], kx[i]) - share * east(lon[i - 1], lon[i + 1], kx[i], kx[i])
            y = north(lat[i - 1], lat[i], ky[i], ky[i]) - share * north(lat[i - 1], lat[i + 1], ky[i], ky[i])
            same = np.exp(-0.5 * (first + second) / memory_s)
            # Of an error that fades with time (Ornstein-Uhlenbeck), so much is left of it.
            left = np.sqrt(1.5 - 2.0 * same + 0.5 * same * same)
            off[count] = np.sqrt(x * x + y * y) / left
            count += 1
        if count >= FEWEST:
            found[begin:end] = np.median(off[:count]) / _MEDIAN
    return found
