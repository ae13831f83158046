"""Compiled loops of hot spots: conditional permutations, one place after the other.

Not imported where hot spots are judged by the normal distribution alone: compiling takes its time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled


@compiled
def permuted_tails(
    values: Any, indptr: Any, indices: Any, permutations: int, enough: int, seeds: Any
) -> Any:  # pragma: no cover
    """Count for each place how many random neighbourhoods sum up to at least, and at most, as much as its.

    The place keeps its value; its neighbours' are drawn from all others without putting back. A place is left
    when both counts have reached `enough` (Besag & Clifford 1991). Returns (n, 3): at least, at most, drawn.
    """
    count = len(values)
    found = np.zeros((count, 3), np.int64)
    pool = values.copy()
    for place in range(count):
        size = indptr[place + 1] - indptr[place]
        own = 0.0
        for at in range(indptr[place], indptr[place + 1]):
            own += values[indices[at]]
        # Rounding must not tell equal sums apart.
        slack = 1e-9 * (1.0 + abs(own))
        np.random.seed(seeds[place])
        pool[:] = values
        pool[place], pool[count - 1] = pool[count - 1], pool[place]
        for _ in range(permutations):
            total = 0.0
            for at in range(size):
                other = at + np.random.randint(0, count - 1 - at)
                pool[at], pool[other] = pool[other], pool[at]
                total += pool[at]
            found[place, 0] += total >= own - slack
            found[place, 1] += total <= own + slack
            found[place, 2] += 1
            if found[place, 0] >= enough and found[place, 1] >= enough:
                break
    return found
