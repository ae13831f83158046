"""The compiled loop of the space-time scan: the best cylinder of each centre."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spatial.grids.compiled import compiled


@compiled
def best_cylinders(
    counts: Any,
    zone_start: Any,
    zone_cells: Any,
    ends_ring: Any,
    longest: int,
    most: int,
    only_last: bool,
    logs: Any,
    shared: bool,
) -> Any:  # pragma: no cover
    """Find for each centre the zone and days with the largest likelihood ratio.

    counts: (cells, days). zone_cells[zone_start[c]:zone_start[c + 1]]: cells by distance from centre c; a
    zone ends only where ends_ring says that the next cell lies further away. logs: of 0 … all events.
    shared: only what beats all centres before is of interest. Returns ratios (centres,) and (centres, 4):
    cells of the zone, first day, day after the last, events.
    """
    days = counts.shape[1]
    centres = len(zone_start) - 1
    before = np.zeros(days + 1, np.int64)
    before[1:] = np.cumsum(counts.sum(axis=0))
    ratios = np.zeros(centres)
    found = np.zeros((centres, 4), np.int64)
    by_day = np.zeros(days, np.int64)
    highest = 0.0
    for centre in range(centres):
        by_day[:] = 0
        inside = 0
        best = highest if shared else 0.0
        for at in range(zone_start[centre], zone_start[centre + 1]):
            cell = zone_cells[at]
            for day in range(days):
                by_day[day] += counts[cell, day]
                inside += counts[cell, day]
            if not ends_ring[at]:
                continue
            if inside > most:
                break
            ratio, first, until, seen = _best_days(by_day, before, inside, longest, only_last, logs, best)
            if ratio > best:
                best = ratio
                ratios[centre] = ratio
                found[centre] = (at - zone_start[centre] + 1, first, until, seen)
        highest = max(highest, best)
    return ratios, found


@compiled
def _best_days(
    by_day: Any, before: Any, inside: int, longest: int, only_last: bool, logs: Any, best: float
) -> Any:  # pragma: no cover
    """Find the days of a zone that beat `best`: ratio, first, day after the last, events; all 0 for none.

    by_day: events of the zone; before[d]: events everywhere before day d; inside: events of the zone.
    """
    days = len(by_day)
    found = (0.0, 0, 0, 0)
    for first in range(max(0, days - longest) if only_last else 0, days):
        seen = 0
        for until in range(first + 1, min(days, first + longest) + 1):
            seen += by_day[until - 1]
            if only_last and until != days:
                continue
            ratio = _ratio(seen, inside, before[until] - before[first], before[days], logs, best)
            if ratio > best:
                best = ratio
                found = (ratio, first, until, seen)
    return found


@compiled
def _ratio(
    seen: int, inside: int, during: int, everything: int, logs: Any, best: float
) -> Any:  # pragma: no cover
    """Give the likelihood ratio of a cylinder; 0.0 where too few are seen, or it cannot beat `best`."""
    if seen < 2 or seen * everything <= inside * during:
        return 0.0
    # The second half of the ratio is below zero, so this is the most that it can be.
    ratio = seen * (logs[seen] + logs[everything] - logs[inside] - logs[during])
    if ratio <= best:
        return 0.0
    rest = everything - seen
    if rest > 0:
        ratio += rest * math.log(rest / (everything - inside * during / everything))
    return ratio
