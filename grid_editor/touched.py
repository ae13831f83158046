"""Which units a change really touches: a neighbour that only gets a node on its border is not one of them."""

from __future__ import annotations

import shapely

from grid_editor.change import Change
from grid_editor.reach import ROUNDING, sees
from grid_editor.state import State
from spatial.rights.reader import Reader


def touched_units(before: State, after: State, change: Change, reader: Reader) -> set[str]:
    """Name the units, as far as the reader may know them, that are other ones after a change than before."""
    valued = {unit.id for unit in (*change.before, *change.after)}
    moved = {unit for unit in change.reshaped - valued if _moves(before, after, unit)}
    return {unit for unit in valued | moved if sees(after, unit, reader) or sees(before, unit, reader)}


def _moves(before: State, after: State, unit: str) -> bool:
    if before.find(unit) is None or after.find(unit) is None:
        return True
    was, now = before.polygon(unit), after.polygon(unit)
    difference = shapely.area(shapely.symmetric_difference(was, now))
    return bool(difference > ROUNDING * max(shapely.length(was), shapely.length(now)))
