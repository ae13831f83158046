"""Jumps and rides: the longest chain of fixes that a mover can have gone through.

The three-point rule (a fix is a jump when nobody gets there and back, while its neighbours agree) is asked
of all at once: of all ways to leave fixes out, take the one that leaves out least and has the fewest legs
that cannot be. It looks ahead and back alike, so a jump at the beginning is found as one at the end, and one
that slipped in does no harm to the good fix after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled, inlined
from spatial.patrols.grading.plane import east, north

PLAIN, RIDE, BREAK = 0, 1, 2
"""How a leg was gone: by oneself, carried, or not at all."""

_STRAIGHT = 0.5
"""Cosine: a ride goes on when its next leg turns by less than 60 degrees."""

_HARD = 0.6
"""To change one's velocity by this share of the top speed from one leg to the next is hard."""
_EASY_MPS2 = 1.0
"""With so much time as this takes, one's velocity may be any other."""
_NOISE = 4.0
"""Two standard deviations of that change, squared: a change within them is little strain."""


@inlined
def _kind(metres: Any, seconds: Any, slack: Any, top: Any, ride: Any) -> Any:  # pragma: no cover
    excess = metres - slack
    if excess <= top * seconds:
        return 0
    return 1 if excess <= ride * seconds else 2


@compiled
def possible_chain(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, sigma: Any,
    top: float, ride: float, turn: float, sigmas: float, ahead: int, break_cost: float, ride_cost: float,
) -> Any:  # pragma: no cover  # fmt: skip
    """Choose the fixes (n,) that a mover can have gone through; int8 (n,): -1 left out, else how.

    Dynamic programme over (fix, how it was come to): O(n · ahead). Of equal chains the one with nearer
    neighbours is taken, so the answer is a function of the fixes alone.
    """
    n = len(time_us)
    found = np.full(n, -1, np.int8)
    if n == 0:
        return found
    cost = np.full((n, 2), np.inf)
    back = np.full((n, 2), -1, np.int32)
    back_state = np.zeros((n, 2), np.int8)
    kind = np.zeros((n, 2), np.int8)
    # Of the leg that each was come to by: metres a second east and north, seconds, sigma where it began.
    leg = np.zeros((n, 2, 4))
    for j in range(n):
        # A chain may begin anywhere: what stands before is left out.
        cost[j, 0] = float(j)
        for i in range(j - 1, max(-1, j - 2 - ahead), -1):
            seconds = max((time_us[j] - time_us[i]) * 1e-6, 1e-3)
            x = east(lon[i], lon[j], kx[i], kx[j])
            y = north(lat[i], lat[j], ky[i], ky[j])
            slack = sigmas * np.sqrt(sigma[i] * sigma[i] + sigma[j] * sigma[j])
            how = _kind(np.sqrt(x * x + y * y), seconds, slack, top, ride)
            to = 1 if how == 1 else 0
            for state in range(2):
                if cost[i, state] + (j - i - 1) >= cost[j, to]:
                    continue
                before = leg[i, state]
                total = cost[i, state] + (j - i - 1)
                if how == 2:
                    total += break_cost + 1.0
                elif how == 1:
                    total += ride_cost if state == 1 and _goes_on(before, x, y) else break_cost
                elif state == 0:
                    total += break_cost * _strain(before, x, y, seconds, sigma[i], sigma[j], top, turn)
                if total < cost[j, to]:
                    cost[j, to] = total
                    back[j, to], back_state[j, to], kind[j, to] = i, state, how
                    leg[j, to, 0], leg[j, to, 1] = x / seconds, y / seconds
                    leg[j, to, 2], leg[j, to, 3] = seconds, sigma[i]
                    if how == 2:
                        leg[j, to, 2] = 0.0
    _walk_back(found, cost, back, back_state, kind, ahead)
    return found


@inlined
def _goes_on(before: Any, x: Any, y: Any) -> Any:  # pragma: no cover
    """Whether a leg goes on in about the direction of the one before."""
    ahead = before[0] * x + before[1] * y
    return ahead > _STRAIGHT * np.sqrt((before[0] ** 2 + before[1] ** 2) * (x * x + y * y))


@inlined
def _strain(
    before: Any, x: Any, y: Any, seconds: Any, sigma_i: Any, sigma_j: Any, top: Any, turn: Any
) -> Any:  # pragma: no cover
    """How hard it is to go on so after the leg before, 0 to 1; what the noise explains is no strain.

    The fourth power: nothing for what movers do all the time, all for what they hardly can.
    """
    if before[2] == 0.0:
        return 0.0
    change = np.sqrt((x / seconds - before[0]) ** 2 + (y / seconds - before[1]) ** 2)
    first, second = 1.0 / before[2], 1.0 / seconds
    spread = (sigma_i * (first + second)) ** 2 + (before[3] * first) ** 2 + (sigma_j * second) ** 2
    mean = 0.5 * (before[2] + seconds)
    limit = min(turn * mean, max(_HARD * top, _EASY_MPS2 * mean))
    share = (change - np.sqrt(spread)) / np.sqrt(limit * limit + _NOISE * spread)
    return 0.0 if share <= 0.0 else min(1.0, share**4)


@compiled
def _walk_back(
    found: Any, cost: Any, back: Any, back_state: Any, kind: Any, ahead: int
) -> None:  # pragma: no cover
    n = len(found)
    at, state, least = n - 1, 0, np.inf
    for i in range(n - 1, max(-1, n - 2 - ahead), -1):
        for s in range(2):
            if cost[i, s] + (n - 1 - i) < least:
                least, at, state = cost[i, s] + (n - 1 - i), i, s
    while at >= 0:
        before = back[at, state]
        found[at] = kind[at, state] if before >= 0 else 0
        at, state = before, back_state[at, state]


@compiled
def spikes(
    time_us: Any, lon: Any, lat: Any, kx: Any, ky: Any, sigma: Any, how: Any,
    top: float, ride: float, turn: float, sigmas: float, gap_us: int,
) -> Any:  # pragma: no cover  # fmt: skip
    """Find fixes (n,) too far off the line between their neighbours to be braked and turned for; bool (n,).

    Of neighbours that are all off the line because of one, only that one.
    """
    n = len(time_us)
    ratio = np.zeros(n)
    for i in range(1, n - 1):
        first, second = time_us[i] - time_us[i - 1], time_us[i + 1] - time_us[i]
        if first > gap_us or second > gap_us or first + second == 0 or how[i] == 2 or how[i + 1] == 2:
            continue
        share = first / (first + second)
        x = east(lon[i - 1], lon[i], kx[i - 1], kx[i])
        x -= share * east(lon[i - 1], lon[i + 1], kx[i - 1], kx[i + 1])
        y = north(lat[i - 1], lat[i], ky[i - 1], ky[i])
        y -= share * north(lat[i - 1], lat[i + 1], ky[i - 1], ky[i + 1])
        spread = sigma[i] ** 2 + ((1 - share) * sigma[i - 1]) ** 2 + (share * sigma[i + 1]) ** 2
        speed = ride if how[i] == 1 or how[i + 1] == 1 else top
        bend = 0.5 * turn * (first * 1e-6) * (second * 1e-6)
        allowed = sigmas * np.sqrt(spread) + min(speed * min(first, second) * 1e-6, bend)
        ratio[i] = np.sqrt(x * x + y * y) / allowed
    found = np.zeros(n, np.bool_)
    for i in range(1, n - 1):
        found[i] = ratio[i] > 1.0 and ratio[i] > ratio[i - 1] and ratio[i] >= ratio[i + 1]
    return found
