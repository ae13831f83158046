"""Give a unit a new border along a drawn line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import shapely

from grid_editor.change import OUTSIDE, Change
from grid_editor.faces import Overlay, length
from grid_editor.noding import Chain, Line
from grid_editor.operations.areas import units_near
from grid_editor.operations.operation import Operation, may_grow, refuse_crossing_itself, the_base_unit
from grid_editor.operations.reading import Payload
from grid_editor.state import State
from spatial.errors import InvalidInput


@dataclass(frozen=True)
class Reshape(Operation):
    """Let the border of a unit run along a line (调整边界) between the places where the line meets it.

    What the line cuts off goes to the neighbour that has most border with it; what lies between the border
    and the line comes to the unit.
    """

    unit: str
    line: Line
    outside: bool
    """The outer border of a complete coverage may move as well."""
    name: ClassVar[str] = "reshape"
    course: ClassVar[str] = "line"

    @classmethod
    def read(cls, given: Payload) -> Reshape:
        """Read {unit, line, outside?}."""
        return cls(given.text("unit"), given.line("line"), given.flag("outside"))

    def draft(self, state: State) -> Change:
        """Give and take the faces between the border and the line."""
        unit = the_base_unit(state, "unit", self.unit)
        refuse_crossing_itself("line", self.line)
        near = units_near(state, shapely.LineString(self.line))
        overlay = Overlay.of(state, {unit.id, *near, OUTSIDE}, [self.line])
        grows = may_grow(state, self.outside)
        mains = _mains(overlay)
        own = {i for i, face in enumerate(overlay.faces) if face.unit == unit.id}
        units = [face.unit for face in overlay.faces]
        for face in _pockets(overlay, own & mains, mains, grows):
            units[face] = unit.id
        for face in own - mains:
            units[face] = _heir(overlay, face, grows)
        if units == [face.unit for face in overlay.faces]:
            raise InvalidInput.at(
                "line", f"the line must begin and end on the border of '{unit.name}', or beyond it"
            )
        return overlay.change(overlay.without_hairlines(units))


def _by_line(chain: Chain) -> bool:
    return chain.of is None


def _by_border(chain: Chain) -> bool:
    return chain.of is not None


def _mains(overlay: Overlay) -> set[int]:
    """Choose the largest face of every part of a unit; what lies open to the world has none here."""
    mains, seen = set(), set()
    for start in range(len(overlay.faces)):
        if start in seen:
            continue
        part = _reach(overlay, start)
        seen |= part
        if not any(_is_open(overlay, face) for face in part):
            mains.add(max(part, key=lambda i: (overlay.faces[i].area, -i)))
    return mains


def _reach(overlay: Overlay, start: int) -> set[int]:
    """Find all faces that were one before the line came."""
    part, todo = {start}, [start]
    while todo:
        fresh = set(overlay.around(todo.pop(), _by_line)) - part
        part |= fresh
        todo += sorted(fresh)
    return part


def _is_open(overlay: Overlay, face: int) -> bool:
    """Tell whether there is open country behind the line."""
    return any(
        _by_line(overlay.noded.chains[number]) and (number, not is_left) not in overlay.owner
        for number, is_left in overlay.faces[face].sides
    )


def _pockets(overlay: Overlay, own: Iterable[int], mains: set[int], grows: bool) -> set[int]:
    """Find what lies between the border of the unit and the line: no part that keeps its unit its name."""
    found: set[int] = set()
    todo = sorted(own)
    while todo:
        for other in sorted(overlay.around(todo.pop(), _by_border)):
            is_free = other not in mains and other not in found
            if is_free and (grows or overlay.faces[other].unit != OUTSIDE):
                found.add(other)
                todo.append(other)
    return found


def _heir(overlay: Overlay, face: int, grows: bool) -> str:
    """Choose who gets what the line cuts off: the neighbour with most border; outside only if it must be."""
    far: dict[str, float] = {}
    unit = overlay.faces[face].unit
    for number, is_left in overlay.faces[face].sides:
        chain = overlay.noded.chains[number]
        if _by_border(chain):
            other = chain.right if is_left else chain.left
            far[other] = far.get(other, 0.0) + length(chain)
    far.pop(unit, None)
    neighbours: Sequence[str] = sorted(far.keys() - {OUTSIDE})
    if not neighbours and not grows:
        raise InvalidInput.at("line", "what the line cuts off has no neighbour that could take it")
    return max(neighbours, key=lambda id: far[id]) if neighbours else OUTSIDE
