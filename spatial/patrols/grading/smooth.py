"""The likely way: a constant-velocity Kalman filter, smoothed back (Rauch-Tung-Striebel), axis by axis.

Only distances and speeds are taken from it. The fixes themselves, which are evidence, stay as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled
from spatial.patrols.grading.plane import east, north


@compiled
def smoothed(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, spread: Any, swerve: Any, cut: Any,
    memory_s: float, top: float,
) -> Any:  # pragma: no cover  # fmt: skip
    """Smooth fixes (n,): metres east and north of where each was measured to where it likely was, (n, 2).

    spread (n,): variance of each along one axis in m²; swerve (n,): spectral density of the acceleration on
    the leg into each, m²/s³; cut (n,): true where no leg leads in, the way is smoothed between such places.
    memory_s: errors are alike for so long, so fixes closer together count for less each.
    """
    n = len(time_us)
    found = np.zeros((n, 2))
    begin = 0
    for end in range(1, n + 1):
        if end == n or cut[end]:
            if end - begin > 2:
                _smooth_part(found, time_us, lon, lat, kx, ky, spread, swerve, begin, end, memory_s, top)
            begin = end
    return found


@compiled
def _smooth_part(
    found: Any, time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, spread: Any, swerve: Any,
    begin: int, end: int, memory_s: float, top: float,
) -> None:  # pragma: no cover  # fmt: skip
    n = end - begin
    place = np.empty((n, 2))
    state, guess = np.empty((n, 2, 2)), np.empty((n, 2, 2))
    share, guess_share = np.empty((n, 3)), np.empty((n, 3))
    for i in range(n):
        at = begin + i
        place[i, 0] = east(lon[begin], lon[at], kx[begin], kx[begin])
        place[i, 1] = north(lat[begin], lat[at], ky[begin], ky[begin])
        noise = spread[at] * _alike(time_us, begin, end, at, memory_s)
        if i == 0:
            guess[0, :, 0], guess[0, :, 1] = place[0], 0.0
            guess_share[0, 0], guess_share[0, 1], guess_share[0, 2] = 1e12, 0.0, top * top
        else:
            step = (time_us[at] - time_us[at - 1]) * 1e-6
            _predict(state[i - 1], share[i - 1], step, swerve[at], guess[i], guess_share[i])
        a, b, c = guess_share[i]
        gain, lift = a / (a + noise), b / (a + noise)
        for axis in range(2):
            off = place[i, axis] - guess[i, axis, 0]
            state[i, axis, 0] = guess[i, axis, 0] + gain * off
            state[i, axis, 1] = guess[i, axis, 1] + lift * off
        share[i, 0], share[i, 1], share[i, 2] = a * (1 - gain), b * (1 - gain), c - lift * b
    _go_back(time_us, begin, n, state, share, guess, guess_share)
    for i in range(n):
        found[begin + i, 0], found[begin + i, 1] = state[i, 0, 0] - place[i, 0], state[i, 1, 0] - place[i, 1]


@compiled
def _alike(time_us: Any, begin: int, end: int, at: int, memory_s: float) -> Any:  # pragma: no cover
    """Say how many fixes share one error: twice the memory over the mean step, and one at least."""
    low, high = max(begin, at - 1), min(end - 1, at + 1)
    step = (time_us[high] - time_us[low]) * 1e-6 / max(high - low, 1)
    return max(1.0, 2.0 * memory_s / max(step, 0.1))


@compiled
def _predict(
    state: Any, share: Any, step: float, swerve: float, guess: Any, guess_share: Any
) -> None:  # pragma: no cover
    for axis in range(2):
        guess[axis, 0] = state[axis, 0] + step * state[axis, 1]
        guess[axis, 1] = state[axis, 1]
    a, b, c = share
    guess_share[0] = a + 2.0 * step * b + step * step * c + swerve * step**3 / 3.0
    guess_share[1] = b + step * c + swerve * step**2 / 2.0
    guess_share[2] = c + swerve * step


@compiled
def _go_back(
    time_us: Any, begin: int, n: int, state: Any, share: Any, guess: Any, guess_share: Any
) -> None:  # pragma: no cover
    for i in range(n - 2, -1, -1):
        step = (time_us[begin + i + 1] - time_us[begin + i]) * 1e-6
        a, b, c = share[i]
        p, q, r = guess_share[i + 1]
        least = max(p * r - q * q, 1e-12)
        # share · Fᵀ · guess_share⁻¹
        u0, u1, v0, v1 = a + step * b, b, b + step * c, c
        g00, g01 = (u0 * r - u1 * q) / least, (u1 * p - u0 * q) / least
        g10, g11 = (v0 * r - v1 * q) / least, (v1 * p - v0 * q) / least
        for axis in range(2):
            x = state[i + 1, axis, 0] - guess[i + 1, axis, 0]
            v = state[i + 1, axis, 1] - guess[i + 1, axis, 1]
            state[i, axis, 0] += g00 * x + g01 * v
            state[i, axis, 1] += g10 * x + g11 * v


@compiled
def leg_lengths(lon: Any, lat: Any, kx: Any, ky: Any, shift: Any, cut: Any) -> Any:  # pragma: no cover
    """Measure the leg into each fix (n,) along the smoothed way, in whole mm; 0 where none leads in."""
    n = len(lon)
    found = np.zeros(n, np.int64)
    for i in range(1, n):
        if not cut[i]:
            x = east(lon[i - 1], lon[i], kx[i - 1], kx[i]) + shift[i, 0] - shift[i - 1, 0]
            y = north(lat[i - 1], lat[i], ky[i - 1], ky[i]) + shift[i, 1] - shift[i - 1, 1]
            found[i] = np.int64(np.round(np.sqrt(x * x + y * y) * 1000.0))
    return found
