"""Compiled loop that adds records up on a window of cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from spatial.grids.compiled import compiled
from spatial.patrols.heat.cells import BITS
from spatial.patrols.heat.records import HOUR_BITS, UNIT_BITS

_CELL_SHIFT = HOUR_BITS + UNIT_BITS
_HOUR = (1 << HOUR_BITS) - 1
_UNIT = (1 << UNIT_BITS) - 1
_COLUMN = (1 << BITS) - 1
_CELL = (1 << 2 * BITS) - 1


@compiled
def add_up(
    records: Any, sums: Any, sign: int, west: int, north: int, levels: int, first: int, until: int, units: Any
) -> None:  # pragma: no cover
    """Add milliseconds times `sign` to `sums` (rows, columns), whose corner is the cell (west, north).

    records (n,) of RECORD; their cells are `levels` finer. Only hours [first, until) count, and only units
    that are true in `units`; an empty array lets all through.
    """
    rows, columns = sums.shape
    for at in range(len(records)):
        # Signed: mixed with numbers, unsigned ones would become floating.
        key = np.int64(records[at]["key"])
        hour = key & _HOUR
        if hour < first or hour >= until:
            continue
        unit = (key >> HOUR_BITS) & _UNIT
        if len(units) and (unit >= len(units) or not units[unit]):
            continue
        cell = (key >> _CELL_SHIFT) & _CELL
        column = ((cell & _COLUMN) >> levels) - west
        row = ((cell >> BITS) >> levels) - north
        if 0 <= column < columns and 0 <= row < rows:
            sums[row, column] += sign * np.int64(records[at]["ms"])
