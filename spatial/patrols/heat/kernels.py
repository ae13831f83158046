"""Compiled loop of the heat: where a mover is at the middle of each millisecond between its fixes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spatial.grids.compiled import compiled

HOUR_MS = 3_600_000


@compiled
def spread(
    time_ms: Any, x: Any, y: Any, unit: Any, known: Any, begin_ms: int, end_ms: int, most: int
) -> Any:  # pragma: no cover
    """Spread the time from each fix to the next over the cells on the straight way between them.

    time_ms, unit (n,) of the fixes; x, y (n - 1, 2): where each leg begins and ends, in cells. Legs
    that are not `known` (n - 1,) count nowhere. A millisecond belongs to the cell where its middle is; to the
    unit of the fix that is nearer in time; to the hour since `begin_ms`. Only what lies in [begin_ms,
    end_ms) is given. Returns (most, 4) with column<<32|row, hour, unit and milliseconds of each piece, and
    how many there are.
    """
    found = np.empty((most, 4), np.int64)
    count = 0
    for leg in range(len(time_ms) - 1):
        start, end = time_ms[leg], time_ms[leg + 1]
        first, last = max(start, begin_ms), min(end, end_ms)
        if first >= last or not known[leg]:
            continue
        ends = cuts(start, end, first, last, x[leg], y[leg], begin_ms)
        for piece in range(len(ends) - 1):
            since, until = ends[piece], ends[piece + 1]
            if since == until:
                continue
            part = ((since + until) / 2.0 - start) / (end - start)
            column = math.floor(x[leg, 0] + (x[leg, 1] - x[leg, 0]) * part)
            row = math.floor(y[leg, 0] + (y[leg, 1] - y[leg, 0]) * part)
            found[count, 0] = (np.int64(column) << 32) | np.int64(row)
            found[count, 1] = (since - begin_ms) // HOUR_MS
            found[count, 2] = unit[leg] if part < 0.5 else unit[leg + 1]
            found[count, 3] = until - since
            count += 1
    return found, count


@compiled
def cuts(
    start: int, end: int, first: int, last: int, x: Any, y: Any, begin_ms: int
) -> Any:  # pragma: no cover
    """Give the moments, in order, at which a leg [first, last) comes into another cell, unit or hour."""
    hours = (last - 1 - begin_ms) // HOUR_MS - (first - begin_ms) // HOUR_MS
    across = abs(math.floor(x[1]) - math.floor(x[0]))
    down = abs(math.floor(y[1]) - math.floor(y[0]))
    ends = np.empty(int(hours + across + down) + 3, np.int64)
    ends[0], ends[1] = first, last
    ends[2] = moment(0.5, start, end, first, last)
    at = 3
    for hour in range(hours):
        ends[at] = begin_ms + ((first - begin_ms) // HOUR_MS + 1 + hour) * HOUR_MS
        at += 1
    for pair, edges in ((x, across), (y, down)):
        low = math.floor(min(pair[0], pair[1]))
        for edge in range(int(edges)):
            share = (low + 1 + edge - pair[0]) / (pair[1] - pair[0])
            ends[at] = moment(share, start, end, first, last)
            at += 1
    ends.sort()
    return ends


@compiled
def moment(share: float, start: int, end: int, first: int, last: int) -> Any:  # pragma: no cover
    """Give the first millisecond whose middle lies beyond a part of the leg, within [first, last]."""
    at = start + np.int64(math.ceil(share * (end - start) - 0.5))
    return min(max(at, first), last)
