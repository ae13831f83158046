"""The compiled search of `balance`: single blocks change sides while that pays."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled

LOAD, BORDER, DISRUPTION = 1.0, 2e-5, 5e-5
"""What a move is judged by: squared deviations, the price of borders, load that changes hands."""
_LEAST_GAIN = 1e-12


@compiled
def improve(
    starts: Any,
    near: Any,
    metres: Any,
    price: Any,
    load: Any,
    part: Any,
    home: Any,
    total: Any,
    target: Any,
    tolerance: Any,
    most_moves: Any,
) -> Any:
    """Move the best block over a border again and again; changes `part` and `total`, returns the moves made.

    starts, near, metres, price: the graph in compressed rows. home: the present part of each block, -1 where
    that is of no account. A block whose part would fall apart stays until its part has changed.
    """
    version = np.zeros(len(total), np.int64)
    stuck = np.full(len(part), -1, np.int64)
    seen = np.zeros(len(part), np.int64)
    queue = np.empty(len(part), np.int64)
    mean_m = max(metres.mean(), 1e-9) if len(metres) else 1.0
    moves, round_ = 0, 0
    while moves < most_moves and _worst(total, target) > tolerance:
        block, to = _best(
            starts, near, metres, price, load, part, home, total, target, stuck, version, mean_m
        )
        if block < 0:
            break
        round_ += 1
        here = part[block]
        if not _keeps_together(starts, near, part, block, seen, queue, round_):
            stuck[block] = version[here]
            continue
        total[here] -= load[block]
        total[to] += load[block]
        part[block] = to
        version[here] += 1
        version[to] += 1
        stuck[block] = -1
        moves += 1
    return moves


@compiled
def _worst(total: Any, target: Any) -> Any:
    worst = 0.0
    for one in total:
        worst = max(worst, abs(one / target - 1.0))
    return worst


@compiled
def _best(
    starts: Any,
    near: Any,
    metres: Any,
    price: Any,
    load: Any,
    part: Any,
    home: Any,
    total: Any,
    target: Any,
    stuck: Any,
    version: Any,
    mean_m: Any,
) -> Any:
    best, best_block, best_to = _LEAST_GAIN, -1, -1
    for block in range(len(part)):
        here = part[block]
        if stuck[block] == version[here]:
            continue
        for at in range(starts[block], starts[block + 1]):
            to = part[near[at]]
            if to == here:
                continue
            off_here, off_to, x = total[here] - target, total[to] - target, load[block]
            gain = (off_here**2 + off_to**2 - (off_here - x) ** 2 - (off_to + x) ** 2) / target**2
            if gain <= _LEAST_GAIN:
                continue
            border = 0.0
            for other in range(starts[block], starts[block + 1]):
                if part[near[other]] == here:
                    border += metres[other] * (0.1 + price[other])
                elif part[near[other]] == to:
                    border -= metres[other] * (0.1 + price[other])
            disrupted = 0.0
            if home[block] == here:
                disrupted = x
            elif home[block] == to:
                disrupted = -x
            worth = LOAD * gain - BORDER * border / mean_m - DISRUPTION * disrupted / target
            if worth > best:
                best, best_block, best_to = worth, block, to
    return best_block, best_to


@compiled
def _keeps_together(starts: Any, near: Any, part: Any, block: Any, seen: Any, queue: Any, round_: Any) -> Any:
    """Tell whether the part that loses a block hangs together as before, and does not vanish."""
    here, wanted, first = part[block], 0, -1
    for at in range(starts[block], starts[block + 1]):
        if part[near[at]] == here:
            wanted += 1
            first = near[at]
    if wanted == 0:
        return False
    seen[block] = round_
    seen[first] = round_
    queue[0] = first
    head, tail = 0, 1
    while head < tail:
        at_block = queue[head]
        head += 1
        for at in range(starts[at_block], starts[at_block + 1]):
            other = near[at]
            if seen[other] != round_ and part[other] == here:
                seen[other] = round_
                queue[tail] = other
                tail += 1
    for at in range(starts[block], starts[block + 1]):
        if part[near[at]] == here and seen[near[at]] != round_:
            return False
    return True
