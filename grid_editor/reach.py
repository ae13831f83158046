"""How far an administrator of an area may go in a plan: own units, and never the border of the area.

Who has the whole city may do everything. Somebody else's units are not told from none: an operation that
names one is refused like one that names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import shapely

from grid_editor.change import Change, UnitValue
from grid_editor.pieces import polygon_of
from grid_editor.state import State
from spatial.errors import Forbidden, InvalidInput, Problem
from spatial.rights.reader import Reader

ROUNDING = 2e-9
"""Degrees that a border may move when a node is put on it: both coordinates are rounded to the grid."""
REFERENCES = frozenset({"unit", "units", "from", "to", "into", "parent", "add", "remove"})
"""Fields of operations that name units, by id or code."""
_QUOTED = re.compile("'([^']*)'")


def is_own(state: State, unit: str, reader: Reader) -> bool:
    """Tell whether a unit lies below the reader's area; the area itself is its district's.

    A unit without a code lies where the unit above it does.
    """
    here = state.find(unit)
    if here is None or here.code is not None:
        return here is not None and _is_below(here.code, reader)
    return here.parent is not None and _is_home(state, here.parent, reader)


def sees(state: State, unit: str, reader: Reader) -> bool:
    """Tell whether the reader may know a unit: own ones, the area, and what it lies in."""
    found = state.find(unit)
    if found is None:
        return False
    return (
        reader.sees_everything
        or reader.holds(found.code)
        or found.code in reader.above
        or (is_own(state, unit, reader))
    )


def check_change(before: State, after: State, change: Change, reader: Reader, ground: Any = None) -> None:
    """Forbidden when a change leaves the reader's area, naming the own unit at whose border it does.

    ground: where own units may take and leave what nobody has, as in a coverage that lies within another.
    """
    if reader.sees_everything:
        return
    for unit, state in _valued(before, after, change):
        if not is_own(state, unit.id, reader):
            raise Forbidden(f"{_named(state, unit.id, reader)} is changed by a district administrator")
    _check_parents(after, change, reader)
    _check_territory(before, after, change, reader, ground)


def masked(
    state: State, reader: Reader, payload: Mapping[str, Any], change: Callable[[State], Change]
) -> Change:
    """Say what an operation does, without a word of units that the reader may not know.

    payload: as it was sent; a foreign unit named in it is refused like one that there is none of.
    """
    if reader.sees_everything:
        return change(state)
    for field in REFERENCES & payload.keys():
        for given in texts_of(payload[field]):
            found = state.find(given) or state.unit_by_code(given)
            if found is not None and not sees(state, found.id, reader):
                raise InvalidInput.at(field, f"there is no unit '{given}' in this plan")
    code = payload.get("code")
    if isinstance(code, str) and not reader.holds(code):
        raise Forbidden(f"code '{code[:40]}' is not one of your area")
    try:
        return change(state)
    except InvalidInput as error:
        names = {unit.name for unit in state.units() if not sees(state, unit.id, reader)}
        raise InvalidInput(
            [Problem(each.where, _without(each.reason, names)) for each in error.problems]
        ) from None


def texts_of(value: Any) -> list[str]:
    """List the texts of a field: one, a list, or those of objects in a list."""
    values = value if isinstance(value, list) else [value]
    inner = [each for one in values if isinstance(one, dict) for each in one.values()]
    return [text for text in [*values, *inner] if isinstance(text, str)]


def _without(reason: str, names: set[str]) -> str:
    return _QUOTED.sub(lambda found: "of another area" if found[1] in names else found[0], reason)


def _valued(before: State, after: State, change: Change) -> Iterator[tuple[UnitValue, State]]:
    yield from ((unit, before) for unit in change.before)
    yield from ((unit, after) for unit in change.after)


def _check_parents(after: State, change: Change, reader: Reader) -> None:
    """A unit moves between parents of the area only."""
    was = {unit.id: unit.parent for unit in change.before}
    for unit in change.after:
        if was.get(unit.id) != unit.parent and unit.parent and not _is_home(after, unit.parent, reader):
            raise Forbidden(f"unit '{unit.name}' would leave your area: that is for a district administrator")


def _is_home(state: State, parent: str, reader: Reader) -> bool:
    found = state.find(parent)
    if found is None:
        return reader.holds(parent)
    return reader.holds(found.code) or is_own(state, parent, reader)


def _check_territory(before: State, after: State, change: Change, reader: Reader, ground: Any) -> None:
    """All own units that get other borders must cover what they covered: nothing is taken, nothing given."""
    was, now = _own_land(before, change, reader), _own_land(after, change, reader)
    moved = shapely.symmetric_difference(was, now)
    if ground is not None:
        moved = shapely.difference(moved, ground)
    slack = ROUNDING * max(shapely.length(was), shapely.length(now))
    if shapely.area(moved) <= slack:
        return
    lon, lat = shapely.get_coordinates(shapely.point_on_surface(moved))[0]
    names = ", ".join(sorted(_own_names(before, after, change, reader))[:3])
    raise Forbidden(
        f"this would move the border of your area at {lon:.6f}, {lat:.6f}"
        + (f" (of {names})" if names else "")
        + ": that is for a district administrator"
    )


def _own_land(state: State, change: Change, reader: Reader) -> Any:
    own = frozenset(
        unit for unit in change.reshaped if state.find(unit) is not None and is_own(state, unit, reader)
    )
    return polygon_of({piece for unit in own for piece in state.pieces_of(unit)}, own)


def _own_names(before: State, after: State, change: Change, reader: Reader) -> Iterator[str]:
    for unit in change.reshaped:
        for state in (before, after):
            found = state.find(unit)
            if found is not None and is_own(state, unit, reader):
                yield f"'{found.name or found.code or 'new'}'"
                break


def _named(state: State, unit: str, reader: Reader) -> str:
    return f"unit '{state.unit(unit).name}'" if sees(state, unit, reader) else "a unit of another area"


def visible(state: State, units: Iterable[str], reader: Reader) -> set[str]:
    """Keep the units that the reader may know."""
    return {unit for unit in units if sees(state, unit, reader)}


def _is_below(code: str | None, reader: Reader) -> bool:
    return reader.sees_everything or (reader.holds(code) and code != reader.area)
