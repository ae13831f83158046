"""One person, several devices: which fix is said twice, and which device tells the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from spatial.grids.compiled import compiled
from spatial.patrols.columns import Columns
from spatial.patrols.grading.parameters import Parameters

Bool = npt.NDArray[np.bool_]

_SAME_DEG = 1.000001e-6
_SAME_US = 1_000_000
_MOST_AT_ONCE = 64
"""Fixes of one second that the next is compared with: a flood must not take the square of its time."""


@compiled
def duplicates(time_us: Any, device: Any, lon: Any, lat: Any, accuracy: Any) -> Any:  # pragma: no cover
    """Find fixes (n,), sorted by time, that say what another has said; bool (n,).

    Of fixes of one device and one moment the most accurate stays, of equally good ones the first in order of
    the key. The same place within less than a second is the same fix by another way.
    """
    n = len(time_us)
    found = np.zeros(n, np.bool_)
    recent = np.empty(_MOST_AT_ONCE, np.int64)
    count = 0
    for i in range(n):
        kept = 0
        for k in range(count):
            j = recent[k]
            if time_us[i] - time_us[j] >= _SAME_US:
                continue
            same_place = abs(lon[i] - lon[j]) <= _SAME_DEG and abs(lat[i] - lat[j]) <= _SAME_DEG
            same_moment = time_us[i] == time_us[j] and device[i] == device[j]
            better = same_moment and accuracy[i] < accuracy[j]
            if (same_place or same_moment) and better:
                found[j] = True
                continue
            found[i] |= same_place or same_moment
            recent[kept] = j
            kept += 1
        count = kept
        if not found[i] and count < _MOST_AT_ONCE:
            recent[count] = i
            count += 1
    return found


def of_other_device(columns: Columns, good: Bool, parameters: Parameters) -> Bool:
    """Find the fixes (n,) of which another device tells the way; `good` are those that may tell it.

    In each hour of the clock the device with most good fixes tells the way (of equals the one with the lower
    number), and where it is silent the others do.
    """
    found = np.zeros(len(columns), bool)
    rows = np.flatnonzero(good)
    devices, device = np.unique(columns.device[rows], return_inverse=True)
    if len(devices) < 2:
        return found
    times = columns.time_us[rows]
    window = times // (parameters.device_window_s * 1_000_000)
    windows, window = np.unique(window, return_inverse=True)
    counts = np.zeros((len(windows), len(devices)), np.int64)
    np.add.at(counts, (window, device), 1)
    leads = counts.argmax(axis=1)[window] == device
    leading = times[leads]
    after = np.searchsorted(leading, times)
    before = np.abs(times - leading[np.maximum(after - 1, 0)])
    later = np.abs(leading[np.minimum(after, len(leading) - 1)] - times)
    silent = np.minimum(before, later) > parameters.device_silence_s * 1_000_000
    found[rows[~leads & ~silent]] = True
    return found
