"""The heat, worked out the long way: where somebody is at the middle of every single millisecond.

Shares no code with what it judges: Mercator, hours, units and sums are written anew.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

GAP_MS = 900_000
COUNTS = {0, 5, 22, 24, 25, 26}
"""Verdicts of fixes that say where somebody was."""
CELLS = 2**20


class Fix(NamedTuple):
    """A fix as the oracle sees it."""

    ms: int
    lon: float
    lat: float
    unit: str | None = None
    verdict: int = 0


class Stay(NamedTuple):
    """First and last millisecond, and where."""

    begin_ms: int
    end_ms: int
    lon: float
    lat: float


Heat = Counter[tuple[int, int, int, str | None]]
"""(column, row, hour, unit) → milliseconds."""


def heat(
    fixes: Sequence[Fix], midnight_ms: int, stays: Sequence[Stay] = (), breaks_ms: Sequence[int] = ()
) -> Heat:
    """Count the local day that begins at `midnight_ms`."""
    found: Heat = Counter()
    good = [fix for fix in sorted(fixes) if fix.verdict in COUNTS]
    for one, two in pairwise(good):
        broken = any(one.ms < each <= two.ms for each in breaks_ms)
        if two.ms - one.ms > GAP_MS or broken:
            continue
        where = next((s for s in stays if s.begin_ms <= one.ms and two.ms <= s.end_ms), None)
        moments = np.arange(max(one.ms, midnight_ms), min(two.ms, midnight_ms + 86_400_000))
        if not len(moments):
            continue
        part = (moments + 0.5 - one.ms) / (two.ms - one.ms)
        (x0, y0), (x1, y1) = (_spot(each.lon, each.lat) for each in ((where, where) if where else (one, two)))
        columns, rows = np.floor(x0 + (x1 - x0) * part), np.floor(y0 + (y1 - y0) * part)
        hours = (moments - midnight_ms) // 3_600_000
        units = [_unit(each, good, stays) for each in (one, two)]
        for at in (False, True):
            half = (part >= 0.5) == at
            unit = units[at]
            keys, counts = np.unique(
                np.column_stack([columns[half], rows[half], hours[half]]), axis=0, return_counts=True
            )
            for (column, row, hour), count in zip(keys.tolist(), counts.tolist(), strict=True):
                found[int(column), int(row), int(hour), unit] += count
    return found


def _unit(fix: Fix, good: Sequence[Fix], stays: Sequence[Stay]) -> str | None:
    """In a stay all is of the unit that it began in."""
    inside = [s for s in stays if s.begin_ms <= fix.ms <= s.end_ms]
    return next(each.unit for each in good if each.ms >= inside[0].begin_ms) if inside else fix.unit


def _spot(lon: float, lat: float) -> tuple[float, float]:
    across = (lon + 180) / 360 * CELLS
    down = (1 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi) / 2 * CELLS
    return across, down


def at_level(heat: Heat, level: int) -> Counter[tuple[int, int]]:
    """Add up by cell of a level."""
    found: Counter[tuple[int, int]] = Counter()
    for (column, row, _, _), ms in heat.items():
        found[column // 2**level, row // 2**level] += ms
    return found
