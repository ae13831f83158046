"""Codes of the units that a plan makes: proposed while it is drafted, given when it is published."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
import shapely

from grid_editor.change import Change, UnitValue
from grid_editor.state import State
from spatial.errors import CitygridError
from spatial.grids.codes import first_codes

Issued = Callable[[str | None], Collection[str]]
"""Gives the codes below a parent's code that were ever given."""


def codes_for(state: State, issued: Issued, only: Collection[str] | None = None) -> dict[str, str]:
    """Give every unit without a code one by the profile of its coverage, by id; from coarse to fine.

    only: units whose codes are asked for; others are left out where they need not be known. New units of one
    parent count from west to east in rows from north to south, on from the highest number that was ever
    given there. InvalidInput or Conflict when a parent has no room.
    """
    found: dict[str, str] = {}
    lacking = _lacking(state, only)
    for level in sorted({unit.level for unit in lacking}):
        groups: dict[str | None, list[UnitValue]] = {}
        for unit in lacking:
            if unit.level == level:
                groups.setdefault(_parent_code(state, unit, found), []).append(unit)
        for parent, units in groups.items():
            found |= zip((unit.id for unit in units), _codes(state, parent, units, issued), strict=True)
    return found


def proposed(state: State, issued: Issued, only: Collection[str] | None = None) -> dict[str, str]:
    """Give the codes that a plan's units would get now; none when they cannot get any."""
    try:
        return codes_for(state, issued, only)
    except CitygridError:
        return {}


def codes_below(codes: Sequence[str], parent: str | None) -> Sequence[str]:
    """Keep of sorted codes those that begin with a parent's; all for none."""
    if not parent:
        return codes
    return codes[bisect_left(codes, parent) : bisect_left(codes, parent[:-1] + chr(ord(parent[-1]) + 1))]


def with_codes(state: State, issued: Issued) -> State:
    """Give the state in which every unit has its code."""
    codes = codes_for(state, issued)
    after = tuple(
        replace(unit, code=codes[unit.id]) if unit.code is None else unit for unit in state.change.after
    )
    change = state.change
    return State(state.base, Change(change.removed, change.added, change.before, after))


def _lacking(state: State, only: Collection[str] | None) -> list[UnitValue]:
    """List the units without a code: all, or those that are numbered together with some, and parents."""
    lacking = [unit for unit in state.change.after if unit.code is None]
    if only is None:
        return lacking
    wanted, parents = set(only), set[str | None]()
    while wanted:
        above = {unit.parent for unit in lacking if unit.id in wanted}
        wanted = {parent for parent in above - parents if parent is not None}
        parents |= above
    return [unit for unit in lacking if unit.parent in parents]


def _codes(state: State, parent: str | None, units: Sequence[UnitValue], issued: Issued) -> list[str]:
    middles = shapely.point_on_surface([state.polygon(unit.id) for unit in units])
    points = np.stack([shapely.get_x(middles), shapely.get_y(middles)], axis=1)
    taken = {*issued(parent), *(unit.code for unit in state.change.after if unit.code is not None)}
    return first_codes(state.base.about.code_profile, parent, np.nan_to_num(points), taken)


def _parent_code(state: State, unit: UnitValue, found: dict[str, str]) -> str | None:
    """A first level that lies in another coverage names the code of its unit there."""
    if unit.parent is None:
        return None
    above = state.find(unit.parent)
    if above is None:
        return unit.parent
    return above.code if above.code is not None else found.get(above.id)
