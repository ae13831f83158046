"""What all operations have in common: they are values, and say in words why they refuse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import shapely

from grid_editor.change import Change, UnitValue
from grid_editor.noding import Line, Vertex
from grid_editor.operations.reading import Area, Payload
from grid_editor.proof import prove
from grid_editor.state import State
from spatial.errors import InvalidInput, Problem

ROOM_NANO = 50_000_000
"""About five kilometres."""
MOST_FLAWS = 3


@dataclass(frozen=True)
class Entry:
    """A part of a payload that has fields of its own."""

    def payload(self) -> dict[str, Any]:
        """Write the fields as JSON values, those without a value and empty lists left out."""
        given = {given.metadata.get("key", given.name): getattr(self, given.name) for given in fields(self)}
        return {key: _write(value) for key, value in given.items() if value is not None and value != ()}


@dataclass(frozen=True)
class Operation(Entry, ABC):
    """One step of a plan; `change` is pure, and the same for the same state."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def read(cls, given: Payload) -> Self:
        """Take the fields from a payload."""

    def change(self, state: State) -> Change:
        """Say what it does to a state, proved; InvalidInput says in which field why it cannot be."""
        refuse_far_away(state, self.places())
        change = self.draft(state)
        if not change:
            raise InvalidInput.at("op", "this changes nothing")
        refuse_known(state, change)
        refuse_unproved(state, change, self.course, self._meant(state, change))
        return change

    course: ClassVar[str] = "op"
    """The field to name where the outcome is no proper coverage."""
    changes: ClassVar[tuple[str, ...] | None] = None
    """The fields that name the base units whose ground may change; None: all that are near."""

    def _meant(self, state: State, change: Change) -> Collection[str]:
        if self.changes is None:
            return change.reshaped
        found = set(change.born)
        for name in self.changes:
            given = getattr(self, name)
            units = given if isinstance(given, tuple) else (given,)
            found |= {the_unit(state, name, unit).id for unit in units if unit is not None}
        return found

    @abstractmethod
    def draft(self, state: State) -> Change:
        """Say what it does to a state, before the proof."""

    def payload(self) -> dict[str, Any]:
        """Write it as JSON values in WGS-84, with the identities drawn: `parse` reads it again."""
        return {"op": self.name, **super().payload()}

    def places(self) -> Iterator[tuple[str, Vertex]]:
        """List the vertices it was given, with their fields."""
        for given in fields(self):
            for vertex in _vertices(getattr(self, given.name)):
                yield given.metadata.get("key", given.name), vertex


def _is_vertex(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(x, int) for x in value)


def _vertices(value: Any) -> Iterator[Vertex]:
    if isinstance(value, Entry):
        value = tuple(getattr(value, given.name) for given in fields(value))
    if _is_vertex(value):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _vertices(part)


def _write(value: Any) -> Any:
    if isinstance(value, Entry):
        return value.payload()
    if _is_vertex(value):
        return [value[0] / 1e9, value[1] / 1e9]
    if isinstance(value, tuple):
        return [_write(part) for part in value]
    return value


def the_unit(state: State, where: str, given: str) -> UnitValue:
    """Find a unit by id or code; InvalidInput when there is none."""
    found = state.find(given) or state.unit_by_code(given)
    if found is None:
        raise InvalidInput.at(where, f"there is no unit '{given}' in this plan")
    return found


def the_units(state: State, where: str, given: Iterable[str]) -> list[UnitValue]:
    """Find units of one level by ids or codes, each once."""
    found = {unit.id: unit for unit in (the_unit(state, where, value) for value in given)}
    if len({unit.level for unit in found.values()}) > 1:
        raise InvalidInput.at(where, "the units must all be of one level")
    return list(found.values())


def the_base_unit(state: State, where: str, given: str) -> UnitValue:
    """Find a unit that has borders of its own."""
    unit = the_unit(state, where, given)
    refuse_composed(state, where)
    if unit.level != state.base.depth:
        finest = state.base.about.levels[-1]
        raise InvalidInput.at(
            where, f"'{unit.name}' is made of units below it: borders are drawn at the level '{finest}'"
        )
    return unit


def refuse_composed(state: State, where: str) -> None:
    """Refuse to draw in a coverage that has no borders of its own."""
    if state.base.about.composed_of is not None:
        raise InvalidInput.at(
            where, "the units of this coverage are lists of grids: change the lists, not the borders"
        )


def the_parent(state: State, where: str, given: str, level: int) -> UnitValue:
    """Find the unit above units of a level."""
    parent = the_unit(state, where, given)
    if parent.level != level - 1:
        raise InvalidInput.at(where, f"'{parent.name}' is not of the level right above the units")
    return parent


def refuse_emptied(state: State, where: str, units: Iterable[UnitValue], moved: Iterable[str]) -> None:
    """Refuse to leave a unit above with nothing below it.

    units: those that leave it (as they were); moved: all that leave their unit above in this operation.
    """
    leaving = set(moved)
    for parent in sorted({unit.parent for unit in units if unit.parent is not None}):
        above = state.find(parent)
        if above is not None and leaving.issuperset(state.children(parent)):
            raise InvalidInput.at(
                where,
                f"'{above.name}' would be left without any area: merge it into another unit, or retire it",
            )


def region(where: str, area: Area) -> Any:
    """Make the MultiPolygon (whole nano-degrees as doubles) of an area; InvalidInput when it is none."""
    shape = shapely.multipolygons([shapely.polygons(rings[0], list(rings[1:]) or None) for rings in area])
    if not shapely.is_valid(shape):
        raise InvalidInput.at(where, f"the area is not a proper one: {_reason(shape)}")
    return shape


def _reason(shape: Any) -> str:
    lonlat = shapely.transform(shape, lambda xy: xy / 1e9)
    return str(shapely.is_valid_reason(lonlat)).replace("Self-intersection", "its border crosses itself at ")


def rings(area: Area) -> list[Line]:
    """List the rings of an area."""
    return [ring for polygon in area for ring in polygon]


def refuse_crossing_itself(where: str, line: Line) -> None:
    """Refuse a line that crosses or touches itself; it may be closed."""
    if len(set(line)) < 2:
        raise InvalidInput.at(where, "the line needs two different vertices at least")
    if not shapely.LineString(line).is_simple:
        raise InvalidInput.at(where, "the line crosses itself")


def may_grow(state: State, asked: bool) -> bool:
    """Tell whether what lies outside the coverage may be taken."""
    return asked or not state.base.about.complete


def refuse_far_away(state: State, places: Iterable[tuple[str, Vertex]]) -> None:
    """Refuse places that cannot be meant: lat before lon, a forgotten datum, another city."""
    bounds = state.base.bounds
    if bounds is None:
        return
    west, south, east, north = bounds
    room = max(east - west, north - south) // 2 + ROOM_NANO
    for where, (lon, lat) in places:
        if not (west - room <= lon <= east + room and south - room <= lat <= north + room):
            raise InvalidInput.at(
                where, f"{lon / 1e9:.6f}, {lat / 1e9:.6f} lies far outside the city: longitude comes first"
            )


def refuse_known(state: State, change: Change) -> None:
    """Refuse to make a unit twice, as when a payload is sent again, or to bring back a retired identity."""
    if any(state.find(id) is not None or id in state.base.units for id in change.born):
        raise InvalidInput.at("new", "a unit with this identity was made already")


def refuse_unproved(state: State, change: Change, where: str, meant: Collection[str]) -> None:
    """Refuse a change whose outcome is no proper coverage."""
    if not change.reshaped:
        return
    flaws = prove(state, state.apply(change), change, meant)
    if flaws:
        raise InvalidInput([Problem(where, flaw.sentence(state)) for flaw in flaws[:MOST_FLAWS]])
