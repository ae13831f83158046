"""Fewer fixes for drawing: top-down time-ratio (TD-TR, Meratnia & de By 2004)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.grids.compiled import compiled
from spatial.patrols.grading.plane import east, north, scales

Float = npt.NDArray[np.float64]


def simplified(
    time_us: npt.NDArray[np.int64], lon: Float, lat: Float, most_m: float
) -> npt.NDArray[np.bool_]:
    """Choose fixes (n,), sorted by time, that say where the mover was to within `most_m`.

    Off by the synchronised distance: to the place on the line at the same time. First and last are kept.
    """
    kx, ky = scales(np.asarray(lat, np.float64))
    return np.asarray(_keep(time_us, lon, lat, kx, ky, float(most_m)))


@compiled
def _keep(time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, most_m: float) -> Any:  # pragma: no cover
    n = len(time_us)
    kept = np.zeros(n, np.bool_)
    if n == 0:
        return kept
    kept[0], kept[n - 1] = True, True
    stack = np.empty((n + 1, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, n - 1
    size = 1
    while size > 0:
        size -= 1
        first, last = stack[size]
        worst, at = most_m, -1
        for i in range(first + 1, last):
            off = _off(time_us, lon, lat, kx, ky, first, last, i)
            if off > worst:
                worst, at = off, i
        if at >= 0:
            kept[at] = True
            stack[size, 0], stack[size, 1] = first, at
            stack[size + 1, 0], stack[size + 1, 1] = at, last
            size += 2
    return kept


@compiled
def _off(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, first: int, last: int, i: int
) -> Any:  # pragma: no cover
    whole = time_us[last] - time_us[first]
    share = (time_us[i] - time_us[first]) / whole if whole > 0 else 0.0
    x = east(lon[first], lon[i], kx[i], kx[i]) - share * east(lon[first], lon[last], kx[i], kx[i])
    y = north(lat[first], lat[i], ky[i], ky[i]) - share * north(lat[first], lat[last], ky[i], ky[i])
    return np.sqrt(x * x + y * y)
