"""Split a unit by lines, or a unit above the base units between those below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID, uuid5

import numpy as np
import shapely

from grid_editor.change import Change, UnitValue
from grid_editor.faces import Face, Overlay
from grid_editor.noding import Chain, Line, Vertex
from grid_editor.operations.operation import (
    Operation,
    refuse_crossing_itself,
    the_base_unit,
    the_unit,
    the_units,
)
from grid_editor.operations.reading import Payload
from grid_editor.state import State
from spatial.errors import InvalidInput

_NOT_CUT = "the line does not cut the unit in two: it must begin and end outside the unit or on its border"


@dataclass(frozen=True)
class Split(Operation):
    """Split a unit (拆分): one part keeps the identity, the others are new."""

    unit: str
    lines: tuple[Line, ...]
    members: tuple[str, ...]
    """Of a unit above the base units: those below it that go to the new unit."""
    keeps: Vertex | None
    """A place in the part that keeps the identity; else the largest keeps it."""
    names: tuple[str, ...]
    """Names of the new parts, from west to east; an empty one is made from the old name."""
    names_en: tuple[str, ...]
    new: str
    """The seed of the new identities."""
    name: ClassVar[str] = "split"
    course: ClassVar[str] = "line"
    changes: ClassVar[tuple[str, ...] | None] = ("unit",)

    @classmethod
    def read(cls, given: Payload) -> Split:
        """Read {unit, line | lines | members, keeps?, names?, names_en?}."""
        by_members = given.has("members") and not (given.has("line") or given.has("lines"))
        return cls(
            given.text("unit"),
            () if by_members else given.lines("lines", "line"),
            given.texts("members", 1) if by_members else given.texts("members"),
            given.vertex_or_none("keeps"),
            given.names("names"),
            given.names("names_en"),
            given.new_id(),
        )

    def draft(self, state: State) -> Change:
        """Cut a base unit by the lines; divide the children of another."""
        unit = the_unit(state, "unit", self.unit)
        for i, line in enumerate(self.lines):
            refuse_crossing_itself("line" if len(self.lines) == 1 else f"lines[{i}]", line)
        return self._cut(state, unit) if unit.level == state.base.depth else self._divide(state, unit)

    def _cut(self, state: State, unit: UnitValue) -> Change:
        the_base_unit(state, "unit", unit.id)
        if not self.lines:
            raise InvalidInput.at("line", "is missing: this unit has nothing below it to be divided")
        overlay = Overlay.of(state, {unit.id}, self.lines)
        cut = [i for i, face in enumerate(overlay.faces) if _is_cut(overlay, face) and not face.is_hairline]
        if len(cut) < 2:
            raise InvalidInput.at("line", _NOT_CUT)
        keeper = self._keeper(overlay, cut)
        others = _west_to_east([overlay.faces[i] for i in cut if i != keeper])
        born = [self._born(unit, n) for n in range(len(others))]
        goes = {face: born[n].id for n, face in enumerate(others)}
        units = overlay.without_hairlines([goes.get(face, unit.id) for face in overlay.faces])
        return replace(overlay.change(units), after=tuple(sorted(born)))

    def _keeper(self, overlay: Overlay, cut: Sequence[int]) -> int:
        if self.keeps is None:
            return max(cut, key=lambda i: (overlay.faces[i].area, -i))
        place = overlay.placed(shapely.Point(self.keeps))
        for i in cut:
            if shapely.intersects(overlay.faces[i].polygon, place):
                return i
        raise InvalidInput.at("keeps", "lies in none of the parts")

    def _divide(self, state: State, unit: UnitValue) -> Change:
        """Give some of the children to a new unit beside this one."""
        children = set(state.children(unit.id))
        moving = {found.id for found in the_units(state, "members", self.members)} if self.members else set()
        if moving - children:
            raise InvalidInput.at("members", f"must all lie right below '{unit.name}'")
        groups = [moving] if moving else self._groups(state, unit)
        if any(group == children for group in groups):
            raise InvalidInput.at("members", f"nothing would be left of '{unit.name}'")
        born = [self._born(unit, n) for n in range(len(groups))]
        was = {id: state.unit(id) for group in groups for id in group}
        now = [
            replace(was[id], parent=new.id) for new, group in zip(born, groups, strict=True) for id in group
        ]
        return Change.between(before=was.values(), after=[*now, *born])

    def _groups(self, state: State, unit: UnitValue) -> list[set[str]]:
        """Divide the children by the lines: each goes where most of its area lies."""
        shape = shapely.transform(state.polygon(unit.id), _nano)
        parts = _parts(shape, self.lines)
        children = state.children(unit.id)
        shapes = [shapely.transform(state.polygon(child), _nano) for child in children]
        shares = np.array([shapely.area(shapely.intersection(parts, child)) for child in shapes])
        of_part = shares.argmax(axis=1)
        found = [{children[i] for i in np.flatnonzero(of_part == part)} for part in range(len(parts))]
        filled = [part for part in range(len(parts)) if found[part]]
        if len(filled) < 2:
            raise InvalidInput.at("line", _NOT_CUT.replace("unit", "area of its units"))
        keeper = max(filled, key=lambda part: parts[part].area)
        if self.keeps is not None:
            place = shapely.Point(self.keeps)
            keeper = min(filled, key=lambda part: shapely.distance(parts[part], place))
        order = sorted((part for part in filled if part != keeper), key=lambda part: _place(parts[part]))
        return [found[part] for part in order]

    def _born(self, unit: UnitValue, number: int) -> UnitValue:
        names = self.names[number : number + 1] or ("",)
        names_en = self.names_en[number : number + 1] or ("",)
        return replace(
            unit,
            id=str(uuid5(UUID(self.new), str(number))),
            code=None,
            name=names[0] or f"{unit.name}-{number + 2}",
            name_en=names_en[0] or (f"{unit.name_en}-{number + 2}" if unit.name_en else ""),
            generated=False,
            evidence=None,
            people=(),
        )


def _nano(lonlat: Any) -> Any:
    return np.rint(lonlat * 1e9)


def _is_line(chain: Chain) -> bool:
    return chain.of is None


def _is_cut(overlay: Overlay, face: Face) -> bool:
    return any(_is_line(overlay.noded.chains[number]) for number, _ in face.sides)


def _place(shape: Any) -> tuple[float, float]:
    centre = shapely.centroid(shape)
    return float(centre.x), -float(centre.y)


def _west_to_east(faces: Sequence[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: _place(face.polygon))


def _parts(shape: Any, lines: Sequence[Line]) -> Any:
    """Cut the shape of a unit above the base units; only shares of area are taken from it."""
    noded = shapely.union_all([shape.boundary, *(shapely.LineString(line) for line in lines)])
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return found[shapely.intersects(shape, shapely.point_on_surface(found))]
